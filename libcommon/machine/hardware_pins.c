/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Checks: pins that are used twice, pins that cannot do what is asked. */
#include <stdio.h>
#include <string.h>

#include "machine/build.h"
#include "machine/hardware.h"

/* Keys whose pin may be shared: motors on one enable, drivers on one line,
 * buses, switches that a probe or a second axis reads too. */
static bool
is_shared(const char *key)
{
	static const char *const ends[] = {"enable_pin", "uart_pin", "tx_pin",
	    "sclk_pin", "mosi_pin", "miso_pin", "scl_pin", "sda_pin", "cs_pin",
	    "endstop_pin", "diag_pin", "diag0_pin", "diag1_pin", "latch_pin"};
	size_t len = strlen(key);

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		size_t n = strlen(ends[i]);

		if (len >= n && strcmp(key + len - n, ends[i]) == 0)
			return true;
	}
	return false;
}

struct use {
	const struct tree_section *s;
	const struct tree_entry *e;
	struct machine_pin pin;
};

#define USES_MAX 1024

static bool
is_overridden(const struct hardware *c, const struct machine_pin *p)
{
	const struct tree_entry *e =
	    tree_entry(tree_section(c->t, "duplicate_pin_override"), "pins");

	for (uint32_t i = 0; e && i < e->value.list.n; i++) {
		const char *name = e->value.list.item[i].s;
		const char *colon = strchr(name, ':');

		if (strcmp(colon ? colon + 1 : name, p->name) == 0)
			return true;
	}
	return false;
}

static void
check_twice(struct hardware *c, const struct use *use, int n)
{
	const struct use *now = &use[n];

	for (int i = 0; i < n; i++) {
		const struct use *other = &use[i];

		if (strcmp(now->pin.name, other->pin.name) != 0 ||
		    strcmp(now->pin.mcu, other->pin.mcu) != 0 ||
		    is_overridden(c, &now->pin))
			continue;
		hardware_finding(c, DIAG_ERROR, now->s, now->e->name, "hw-pin",
		    "pin %s is '%s' of '%s' and '%s' of '%s'", now->pin.name,
		    other->e->name, other->s->name, now->e->name, now->s->name);
		return;
	}
}

/* Timers that are not there, or are taken */
static void
check_pwm(struct hardware *c, const struct tree_section *s,
    const struct machine_pin *pin)
{
	static const char *const none[] = {"PF5", "PA4", NULL};
	static const char *const steps[] = {
	    "PD4", "PD5", "PB5", "PB6", "PB7", NULL};
	const char *const *bad = c->m8p ? none : c->avr ? steps : NULL;

	if (!bad || !tree_bool(s, "hardware_pwm", false))
		return;
	for (; *bad; bad++)
		if (strcmp(*bad, pin->name) == 0)
			hardware_finding(c, DIAG_ERROR, s, "hardware_pwm",
			    "hw-pwm-pin",
			    c->m8p ? "'%s': pin %s has no timer"
				   : "'%s': the timer of pin %s makes the "
				     "steps",
			    s->name, pin->name);
}

static const char *const channels[][2] = {
    {"PA0", "PA5"}, {"PA3", "PB11"}, {"PF8", "PA6"}};

static void
check_channel(struct hardware *c, const struct use *use, int n)
{
	const struct use *now = &use[n];

	if (!c->m8p || !tree_bool(now->s, "hardware_pwm", false))
		return;
	for (int i = 0; i < n; i++) {
		if (!tree_bool(use[i].s, "hardware_pwm", false))
			continue;
		for (size_t k = 0; k < sizeof(channels) / sizeof(channels[0]);
		     k++) {
			const char *a = channels[k][0], *b = channels[k][1];
			bool both = (!strcmp(now->pin.name, a) &&
					!strcmp(use[i].pin.name, b)) ||
				    (!strcmp(now->pin.name, b) &&
					!strcmp(use[i].pin.name, a));

			if (both)
				hardware_finding(c, DIAG_WARNING, now->s,
				    "hardware_pwm", "hw-pwm-pin",
				    "'%s' and '%s' share one timer channel "
				    "(%s, %s)",
				    now->s->name, use[i].s->name, a, b);
		}
	}
}

static void
check_enable(struct hardware *c)
{
	const struct machine *m = c->m;

	for (int i = 1; i < m->n_steppers; i++) {
		const struct machine_pin *a = &m->stepper[0].enable;
		const struct machine_pin *b = &m->stepper[i].enable;

		if (!a->name || !b->name || strcmp(a->name, b->name) != 0 ||
		    strcmp(a->mcu, b->mcu) != 0)
			continue;
		hardware_finding(c, DIAG_NOTE,
		    tree_section(c->t, m->stepper[i].name), "enable_pin",
		    "hw-enable",
		    "%s and %s hang on one enable pin, %s: they are released "
		    "together or not at all",
		    m->stepper[0].name, m->stepper[i].name, a->name);
		return;
	}
}

void
hardware_pins(struct hardware *c)
{
	static struct use use[USES_MAX];
	int n = 0;

	for (const struct tree_section *s = c->t->section; s; s = s->next) {
		for (const struct tree_entry *e = s->entry; e; e = e->next) {
			if (e->key->type != SCHEMA_PIN || !e->given ||
			    n == USES_MAX)
				continue;
			if (!build_pin(c->m->tree, s, e->name, &use[n].pin))
				continue;
			use[n].s = s;
			use[n].e = e;
			check_pwm(c, s, &use[n].pin);
			if (is_shared(e->name) || strchr(use[n].pin.name, '_'))
				continue;
			check_twice(c, use, n);
			check_channel(c, use, n);
			n++;
		}
	}
	check_enable(c);
}
