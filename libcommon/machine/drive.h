/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which steppers move the head, by what law, and where they are homed. */
#ifndef GANTRY_MACHINE_DRIVE_H
#define GANTRY_MACHINE_DRIVE_H

#include <stdbool.h>
#include <stdint.h>

#include "machine/machine.h"
#include "motion/kinematics.h"

/*
 * A machine's kinematics counts motors in an order of its own
 * (motion/kinematics.h); the configuration names steppers, of which several
 * may share a rail and so the law of one motor.  machine_drive_init() joins
 * the two.
 */
struct machine_drive {
	const struct machine *machine;
	struct kinematics kinematics; /* n_motors 0: kinematics "none" */
	/* whose end stop counts: of the first carriage, until told otherwise */
	const struct machine_rail *rail[MACHINE_AXES];
};

void machine_drive_init(struct machine_drive *, const struct machine *);

/* The number of a stepper among the motors of the kinematics; -1: it moves no
 * axis. */
int machine_drive_motor(const struct machine_drive *, int stepper);

/* The rail that the motor's carriage runs on, where end stops are at the
 * carriages (delta, deltesian, rotary delta, polar); -1: they are where the
 * head gets to, or the motor has none. */
int machine_drive_rail(const struct machine_drive *, int motor);

/* Its coordinate where the end stop of its own rail triggers. */
double machine_drive_home(const struct machine_drive *, int motor);

/* The second carriage of an axis, an index; -1: there is none. */
int machine_second_carriage(const struct machine *, int axis);

/* The machine's axes that this motor moves: 1 X, 2 Y, 4 Z. */
uint32_t machine_drive_axes(const struct machine_drive *, int motor);

/*
 * Axes that are homed in one go: each end stop stops its own motors, and when
 * all have triggered the head is at `home`.  It comes from `from`, far enough
 * away for any place where it may really be.
 */
struct machine_homing {
	uint32_t axes;
	int n;
	int rail[MACHINE_AXES];	 /* their end stops */
	double home[3], from[3]; /* of these axes; the others stay */
};

/* For the axes asked for, in order; home is where the plan has the head stand
 * when all is done.  Returns how many. */
int machine_drive_homings(const struct machine_drive *, uint32_t axes,
    const double home[3], struct machine_homing out[MACHINE_AXES]);

#endif
