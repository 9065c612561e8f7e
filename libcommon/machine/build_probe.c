/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The probe: what triggers at the bed. */
#include <string.h>

#include "machine/build.h"

static const struct {
	const char *section, *pin;
} kinds[] = {
    {"probe", "pin"}, {"bltouch", "sensor_pin"}, {"smart_effector", "pin"}};

void
build_probe(struct tree *t, struct machine *m)
{
	struct machine_probe *p = &m->probe;
	struct tree_section *s = NULL;
	size_t i = 0;

	for (; i < sizeof(kinds) / sizeof(kinds[0]) && !s; i++)
		s = tree_section(t, kinds[i].section);
	if (!s)
		return;
	build_pin(t, s, kinds[i - 1].pin, &p->pin);
	if (strcmp(s->name, "bltouch") == 0)
		build_pin(t, s, "control_pin", &p->control);
	p->offset[0] = tree_double(s, "x_offset", 0);
	p->offset[1] = tree_double(s, "y_offset", 0);
	p->offset[2] = tree_double(s, "z_offset", 0);
	p->speed = tree_double(s, "speed", 5);
	p->lift_speed = tree_double(s, "lift_speed", p->speed);
	p->samples = tree_int(s, "samples", 1);
	p->retries = tree_int(s, "samples_tolerance_retries", 0);
	p->retract = tree_double(s, "sample_retract_dist", 2);
	p->tolerance = tree_double(s, "samples_tolerance", 0.1);
	p->median =
	    strcmp(tree_string(s, "samples_result", "average"), "median") == 0;
	p->pin_move_time = tree_double(s, "pin_move_time", 0.680);
	p->stow_each = tree_bool(s, "stow_on_each_sample", true);
	p->touch_mode = tree_bool(s, "probe_with_touch_mode", false);
}

const struct machine_pin *
machine_endstop(const struct machine *m, const struct machine_rail *r)
{
	if (r->endstop.mcu && strcmp(r->endstop.mcu, "probe") == 0)
		return &m->probe.pin;
	return &r->endstop;
}
