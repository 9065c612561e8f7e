/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What homing and probing ask of motors. */
#ifndef GANTRY_MACHINE_HOMING_LOAD_H
#define GANTRY_MACHINE_HOMING_LOAD_H

#include "base/buf.h"
#include "machine/machine.h"

/*
 * The last stage homes and probes by itself: as fast as the configuration says
 * for that, with the acceleration of the machine.  No planner slows these moves
 * to what motors bear (motion/effort.h); so whoever has the motors' data has to
 * be told when they bear less.
 */
struct homing_load {
	const char *key;     /* "homing_speed" */
	const char *section; /* that has it, "stepper_x"; the machine's */
	const char *name;    /* of what it moves: the section, or "the probe" */
	uint32_t axes;	     /* PLAN_X | ... */
	bool probes;	     /* it is a probing, no homing */
	double speed, accel; /* as it will move, mm/s and mm/s2 */
	double used;	     /* of the force that plans use; infinite: none is
				left at that speed */
	/* What the motors do bear: of speed with that acceleration, of
	 * acceleration up to that speed; 0: none. */
	double bears_speed, bears_accel;
};

/* three rails and as many second carriages, with three speeds each, and a probe
 * with two */
#define HOMING_LOADS_MAX 20

/* Those that ask more than plans use; returns how many.  None where motors or
 * masses are unknown, or torque_share is 0. */
int homing_loads(
    const struct machine *, struct homing_load out[HOMING_LOADS_MAX]);
/* ... and what to say of one. */
void homing_load_text(const struct homing_load *, struct buf *);

#endif
