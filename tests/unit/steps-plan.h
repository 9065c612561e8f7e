/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Random plans for tests of the step generator, and where they are when. */
#ifndef GANTRY_TESTS_STEPS_PLAN_H
#define GANTRY_TESTS_STEPS_PLAN_H

#include <stdint.h>

#include "motion/steps.h"

#define STEPS_PLAN_MAX 600

struct steps_plan {
	struct motion_segment_in move[STEPS_PLAN_MAX];
	int n;
	uint64_t seed;
	double start[4];
	bool jerky; /* ramps of moves to come have jerk, most of them */
};

void steps_plan_init(struct steps_plan *, uint64_t seed);
double steps_plan_uniform(struct steps_plan *, double min, double max);
/* A move by d (X, Y, Z, E), speeds v0, vc and v1 lowered until they fit, after
 * a pause. */
void steps_plan_move(struct steps_plan *, const double d[4], double v0,
    double vc, double v1, double accel, double pause);
/* n moves of at most size mm in a box of half width box mm around the start;
 * retractions, rests and moves of Z among them. */
void steps_plan_random(struct steps_plan *, int n, double size, double box);
double steps_plan_end(const struct steps_plan *);
/* Position on axis 0..3 at t, 1: its speed; at the ends it stands still. */
double steps_plan_at(
    const struct steps_plan *, int axis, double t, int derivative);

#endif
