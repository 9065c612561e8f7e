/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What G-code coordinates mean. */
#include "machine/gcode_state.h"

#define START_SPEED_MM_S 25 /* until the first F */

void
gcode_state_init(struct gcode_state *st)
{
	*st = (struct gcode_state){
	    .absolute = true,
	    .absolute_e = true,
	    .speed = START_SPEED_MM_S,
	    .speed_factor = 1.0 / 60,
	    .extrude_factor = 1,
	};
}

double
gcode_state_position(const struct gcode_state *st, int axis)
{
	double g = st->last[axis] - st->base[axis];

	return axis == GCODE_STATE_E ? g / st->extrude_factor : g;
}

double
gcode_state_target(const struct gcode_state *st, int axis, double word)
{
	bool absolute = st->absolute;

	if (axis == GCODE_STATE_E) {
		word *= st->extrude_factor;
		absolute = absolute && st->absolute_e;
	}
	return word + (absolute ? st->base[axis] : st->last[axis]);
}

void
gcode_state_set(struct gcode_state *st, int axis, double word)
{
	if (axis == GCODE_STATE_E)
		word *= st->extrude_factor;
	st->base[axis] = st->last[axis] - word;
}

void
gcode_state_speed_factor(struct gcode_state *st, double percent)
{
	double factor = percent / (60 * 100.0);

	/* the F given last counts from now on, too */
	st->speed = st->speed / st->speed_factor * factor;
	st->speed_factor = factor;
}

void
gcode_state_extrude_factor(struct gcode_state *st, double percent)
{
	double g = gcode_state_position(st, GCODE_STATE_E);

	st->extrude_factor = percent / 100;
	st->base[GCODE_STATE_E] =
	    st->last[GCODE_STATE_E] - g * st->extrude_factor;
}

double
gcode_state_offset(struct gcode_state *st, int axis, double offset)
{
	double delta = offset - st->offset[axis];

	st->base[axis] += delta;
	st->offset[axis] = offset;
	return delta;
}

void
gcode_state_homed(struct gcode_state *st, int axis, double pos)
{
	st->last[axis] = pos;
	st->base[axis] = st->offset[axis];
}

void
gcode_state_extruder(struct gcode_state *st, double e)
{
	st->last[GCODE_STATE_E] = st->base[GCODE_STATE_E] = e;
	st->extrude_factor = 1;
}

void
gcode_state_restore(struct gcode_state *st, const struct gcode_state *saved)
{
	struct gcode_state now = *st;

	*st = *saved;
	for (int i = 0; i < GCODE_STATE_AXES; i++)
		st->last[i] = now.last[i];
	st->base[GCODE_STATE_E] +=
	    now.last[GCODE_STATE_E] - saved->last[GCODE_STATE_E];
}
