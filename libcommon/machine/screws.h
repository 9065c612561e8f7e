/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The screws that hold the bed: [screws_tilt_adjust]. */
#ifndef GANTRY_MACHINE_SCREWS_H
#define GANTRY_MACHINE_SCREWS_H

#include <stdbool.h>

#include "machine/machine.h"

#define MACHINE_SCREWS_MAX	99
#define MACHINE_SCREWS_MIN	3
#define MACHINE_SCREW_NAME_SIZE 64

struct machine_screws {
	int n;
	struct machine_screw {
		double at[2]; /* of the nozzle: the probe is above it */
		char name[MACHINE_SCREW_NAME_SIZE];
	} screw[MACHINE_SCREWS_MAX];
	double pitch_mm;
	bool ccw; /* turned clockwise it lets the bed down */
	const char *thread;
};

/* As configured, up to the first number that is missing; how many, 0: none. */
int machine_screws(const struct machine *, struct machine_screws *);

/*
 * Which screw stays as it is, z being how high the bed is at each: the first
 * one, or with a direction the one from which all others have to be turned
 * that way.
 */
enum machine_screw_turn {
	MACHINE_SCREW_EITHER,
	MACHINE_SCREW_CW,
	MACHINE_SCREW_CCW,
	MACHINE_SCREW_TURNS
};
int machine_screw_base(
    const struct machine_screws *, const double *z, enum machine_screw_turn);

/* Of a screw that is to be raised by that, mm. */
struct machine_screw_way {
	bool ccw;
	int turns, minutes; /* a turn has 60, as a clock has */
};
struct machine_screw_way machine_screw_way(
    const struct machine_screws *, double raise);

#endif
