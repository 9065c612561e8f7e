/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The electrical side of a machine: is it one that can work? */
#include "machine/hardware.h"

#include <string.h>

void
hardware_finding(struct hardware *c, enum diag_level level,
    const struct tree_section *s, const char *key, const char *slug,
    const char *fmt, ...)
{
	const struct tree_entry *e = s && key ? tree_entry(s, key) : NULL;
	struct diag_place place = {c->t->file, 0, 0};
	va_list ap;

	if (e && e->given)
		place = e->place;
	else if (s)
		place = s->place;
	va_start(ap, fmt);
	diag_vreport(c->sink, level, &place, slug, fmt, ap);
	va_end(ap);
}

static void
recognise_board(struct hardware *c)
{
	const char *model =
	    tree_string(tree_section(c->t, "board"), "model", "");

	c->m8p = strstr(model, "M8P") != NULL;
	c->avr = strstr(model, "Melzi") || strstr(model, "RAMPS") ||
		 strstr(model, "2560") || strstr(model, "1284") ||
		 strstr(model, "Creality 1.1");
}

void
hardware_check(const struct machine *m, struct diag_sink *sink)
{
	struct hardware c = {m, machine_tree(m), sink, false, false};

	recognise_board(&c);
	hardware_pins(&c);
	hardware_heat(&c);
	hardware_drivers(&c);
	hardware_motors(&c);
	hardware_supplies(&c);
}
