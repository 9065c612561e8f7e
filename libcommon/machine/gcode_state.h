/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What G-code coordinates mean: modes, origins, offsets and factors. */
#ifndef GANTRY_MACHINE_GCODE_STATE_H
#define GANTRY_MACHINE_GCODE_STATE_H

#include <stdbool.h>

/*
 * An axis word w becomes the planner's coordinate `last`: absolute w + base,
 * relative last + w; E is scaled by the extrusion factor.  base is the origin
 * that G92 and offsets have made.  The planner's coordinate never jumps by
 * itself: every command here moves origins, only moves move `last`.
 */
enum {
	GCODE_STATE_E = 3,
	GCODE_STATE_AXES
};

struct gcode_state {
	double last[GCODE_STATE_AXES]; /* mm, planner coordinates */
	double base[GCODE_STATE_AXES];
	double offset[GCODE_STATE_AXES]; /* SET_GCODE_OFFSET */
	bool absolute, absolute_e;
	double speed;	       /* mm/s */
	double speed_factor;   /* mm/s for one F: 1/60 is 100 % */
	double extrude_factor; /* 1 is 100 % */
};

void gcode_state_init(struct gcode_state *);

/* what the G-code calls the place where we stand (M114) */
double gcode_state_position(const struct gcode_state *, int axis);
/* the target coordinate of a word, as the modes have it; last stays */
double gcode_state_target(const struct gcode_state *, int axis, double word);

void gcode_state_set(struct gcode_state *, int axis, double word); /* G92 */
void gcode_state_speed_factor(struct gcode_state *, double percent);
void gcode_state_extrude_factor(struct gcode_state *, double percent);
/* Moves the origin by what the offset changes; returns that difference. */
double gcode_state_offset(struct gcode_state *, int axis, double offset);
/* The axis was homed and stands at pos: G92 is forgotten, the offset stays. */
void gcode_state_homed(struct gcode_state *, int axis, double pos);
/* Another extruder, which stands at e, is active from now on. */
void gcode_state_extruder(struct gcode_state *, double e);
/* Everything as saved, but for where we stand; absolute E goes on. */
void gcode_state_restore(struct gcode_state *, const struct gcode_state *saved);

#endif
