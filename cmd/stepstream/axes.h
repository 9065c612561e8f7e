/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The motors: committed motion becomes steps on the board. */
#ifndef STEPSTREAM_AXES_H
#define STEPSTREAM_AXES_H

#include <stdbool.h>
#include <stdint.h>

#include "machine/drive.h"
#include "machine/machine.h"
#include "mcu.h"
#include "motion/shaper_def.h"
#include "motion/steps.h"
#include "wire/plan.h"

/*
 * What is committed here will be executed; what may still change waits in the
 * line (line.h).  Positions are X, Y, Z of the machine and E of the active
 * extruder, mm; times are on the print clock.
 */
struct axes_motor {
	const struct machine_stepper *config;
	struct mcu_stepper *stepper;
	struct mcu_output *enable; /* NULL: always on */
	struct step_motor *motor;  /* NULL: of an inactive extruder */
	int number;		   /* in the kinematics, -1: moves no axis */
	uint32_t axes;		   /* that it moves, PLAN_X | ... */
	int extruder;		   /* its index, -1: none */
	bool enabled;
	double advance, smooth_time; /* an extruder's */
	uint64_t last_clock;
	int64_t bias; /* the board's position counter - step_motor_count() */
	int64_t counted, moved;	  /* before a homing move, and in it */
	uint64_t steps, commands; /* of motors before this one */
};

struct axes {
	const struct machine *machine;
	struct mcu *mcu;
	struct motion_queue *queue;
	struct machine_drive drive;
	double max_error_s;
	struct axes_motor *motor;
	int n_motors;
	struct mcu_endstop *endstop[MACHINE_AXES]; /* by rail */
	double pos[4];	  /* where committed motion ends */
	double end_time;  /* when */
	uint32_t homed;	  /* PLAN_X | ... */
	int extruder;	  /* the active one, -1: none */
	double rest_time; /* filtered motion has ended by then */
};

void axes_init(
    struct axes *, const struct machine *, struct mcu *, double max_error_s);
/* The board is configured: reads its counters.  0, or -1 failed. */
int axes_begin(struct axes *);
void axes_release(struct axes *);

/* The move begins at t0 and cannot be taken back any more. */
void axes_commit(struct axes *, const struct plan_move *, double t0);
/* Steps of committed motion up to t, or as near to it as filters allow, go to
 * the board; rest: it ends at rest and nothing follows for now. */
void axes_generate(struct axes *, double t, bool rest);
/* When motion from rest may begin: filters reach back from its start. */
double axes_free_time(const struct axes *);
/* The machine stands there now, says whoever knows. */
void axes_set_position(struct axes *, const double pos[4]);
/* Where it was at a time not long ago, or is to be. */
void axes_position(const struct axes *, double t, double pos[4]);
void axes_select_extruder(struct axes *, int index);
/* Pressure advance of an extruder's motor, from the next move on; whether the
 * machine has to be at rest for it. */
bool axes_advance_needs_rest(
    const struct axes *, int extruder, double advance, double smooth_time);
void axes_set_advance(
    struct axes *, int extruder, double advance, double smooth_time);
/* At rest.  freq 0: none.  -1: there is no such shaper, one line in why. */
int axes_set_shaper(struct axes *, int axis, const char *type, double freq,
    double damping, char *why);

/* All motors or, by its name, one; at print time t. */
void axes_disable(struct axes *, const char *name, double t);
bool axes_any_enabled(const struct axes *);

/* --- axes-board.c: where the board has got to -------------------------- */

/* Does the end stop of this rail stop that motor? */
bool axes_stops(const struct axes *, int rail, const struct axes_motor *);
void axes_enable(struct axes_motor *, double t);
/* Motors that stop at the end stop of a rail are about to home. */
void axes_begin_rail(struct axes *, int rail, double t);
/* Steps a second of the busiest motor on a straight way at speed v. */
double axes_step_rate(
    const struct axes *, const double from[3], const double to[3], double v);

/*
 * The end stops of a homing move have stopped their motors, at these times:
 * the head was at `home` where all have triggered; axes that were not homed
 * are where their motors say.  at_rest: where it stands.  0, or -1 failed.
 */
int axes_stopped(struct axes *, const struct machine_homing *,
    const double trigger_time[], double at_rest[3]);
/* Has any motor of this rail moved since then? */
bool axes_rail_moved(const struct axes *, int rail);

/* Steps were lost on the way to the board, which has done what it got: where
 * everything stands, E too.  Motion begins anew from there.  0 or -1. */
int axes_recover(struct axes *, double pos[4]);

struct axes_totals {
	uint64_t steps, commands;
	double error_max_s, error_rms_s, rate_max_hz;
};
void axes_totals(const struct axes *, struct axes_totals *);

#endif
