/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as printer.conf or as printer.cfg: read, built, changed. */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "lang/conftext.h"
#include "machine/build.h"
#include "machine/machine.h"
#include "machine/tree.h"
#include "tests/fuzz/fuzz.h"

static void
quiet(struct diag_sink *s, enum diag_level level,
    const struct diag_place *place, const char *slug, const char *text)
{
	(void)s;
	(void)level;
	(void)place;
	(void)slug;
	(void)text;
}

/* What the sensors answer is of no interest, only that they do. */
static double
ask(const struct machine *m)
{
	double sum = 0;

	for (int i = 0; i < m->n_heaters; i++) {
		const struct machine_sensor *s = &m->heater[i].sensor;

		sum += machine_sensor_temperature(s, 0.5);
		sum += machine_sensor_ratio(s, 200);
	}
	machine_get(m, "printer.max_accel");
	machine_get(m, "fan_generic.exhaust.pin");
	return sum;
}

static void
find_setting(const char *text, size_t len)
{
	static const char *const path[] = {"fan_generic", "exhaust", "pin"};
	struct conftext_place place;
	struct buf wide = BUF_INIT;

	conftext_find(text, len, path + 2, 1, &place);
	conftext_find(text, len, path, 3, &place);
	if (place.at > len || (place.found && place.value.at > len))
		abort();
	conftext_widen(text, len, &wide);
	if (wide.len < len)
		abort();
	buf_release(&wide);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct diag_sink sink = {.emit = quiet};
	const char *text = (const char *)data;
	struct buf out = BUF_INIT;
	struct machine *m;
	struct tree *t;

	t = tree_parse(
	    text, len, "fuzz", TREE_NO_INCLUDE | TREE_EVEN_WRONG, &sink);
	m = machine_from_tree(t);
	ask(m);
	for (const struct tree_section *s = t->section; s; s = s->next) {
		for (const struct tree_entry *e = s->entry; e; e = e->next) {
			buf_clear(&out);
			tree_format(e->key, &e->value, &out);
			tree_format_conf(&e->value, &out);
		}
	}
	buf_release(&out);
	machine_free(m);
	find_setting(text, len);
	return 0;
}
