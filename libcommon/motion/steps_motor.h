/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inside of the step generator: one motor. */
#ifndef GANTRY_MOTION_STEPS_MOTOR_H
#define GANTRY_MOTION_STEPS_MOTOR_H

#include <stdbool.h>
#include <stdint.h>

#include "motion/jet.h"
#include "motion/steps_encode.h"
#include "motion/steps_piece.h"
#include "motion/steps_queue.h"

#define STEP_HISTORY 1024 /* commands kept for step_motor_count_at() */

struct step_history {
	uint64_t first_clock, last_clock;
	int64_t count_before;
	uint32_t interval;
	uint16_t count;
	int32_t add, add2;
	bool cubic;
	int8_t dir;
};

/*
 * A motor's coordinate is a sum of taps: the path as it was (or will be) by
 * a fixed delay, weighted per axis.  One tap without a filter; one for every
 * impulse of a shaper; pressure advance takes three, integrated twice (see
 * steps_filter.c).  At motor time t, with x = t - t0, a tap contributes
 * a[0] + a[1] x + a[2] x^2 + a[3] x^3 until `until`; a[3] is 0 where the plan
 * has no jerk.
 */
enum {
	TAP_LATE = 1,
	TAP_EARLY
};

struct step_tap {
	double delay;
	double w[4];  /* on X, Y, Z, E */
	int only;     /* the weight that is not 0; -1: several, or a share */
	int axis;     /* that it adds to; 0 unless the motor is a curve */
	int share;    /* axis whose part of E counts; -1: all of E */
	bool twice;   /* integrated twice, with pressure advance */
	bool simple;  /* one weight, and not that */
	bool late;    /* the one of such three that is furthest behind */
	int edge;     /* of a smooth window: no part of the sum */
	bool begun;   /* in segment; else waiting for it to begin */
	bool settled; /* a holds while it waits (else: where it begins) */
	uint64_t segment;
	double until;
	double t0, a[4];
};

/* Pressure advance from a segment on. */
struct step_advance {
	uint64_t from;
	double k;
};

/* A motor of Z above a bed: where its coordinate was computed last, what it was
 * and how it changes along X and Y, and what bounds that has around there. */
struct step_seen {
	double pos[3], at, slope[2];
	double share; /* of the bed, at that height */
	const struct bed_near *near;
	/* where the piece at hand ends, seen from there */
	bool ends;
	double in_plane, way[3];
};

struct step_motor {
	struct step_motor *next; /* of the same queue */
	struct motion_queue *queue;
	uint64_t cursor; /* segments before it are done */
	double coef[4], step_distance, steps_per_mm;

	struct step_tap *tap;
	int n_taps;
	int n_waiting; /* of them have not begun */
	bool alike;    /* they all add to the same */
	bool plain;    /* and it is the coordinate: no advance, no bend */
	double change; /* the tap `changing` is the next to change, then */
	int changing;
	double ahead, behind; /* reach of the taps, s */
	double time;	      /* the taps stand here; -inf: nothing yet */
	struct step_piece piece;
	bool jerky; /* a tap has met jerk: a[3] counts */
	/* pressure advance */
	double smooth_half; /* H, s; 0: none */

	struct step_advance *advance;
	int n_advance, cap_advance;
	bool follow_shaper;
	/* a coordinate that is no weighted sum of X, Y, Z: see steps_curve.c */
	bool curve;
	bool bent; /* nor is it one now: smooth shapers, models of advance */
	bool smooth[3]; /* its axes under a smooth shaper */
	struct step_advance_model model;
	const struct kinematics *kinematics;
	int kinematics_motor;
	double stretch; /* length of the quintic before, s */
	bool on_bed;	/* Z alone above a bed: see steps_bed.c */
	struct step_seen seen;
	double e_weight; /* of E in the coordinate, if smoothed */
	double e_ref;	 /* taps integrated twice are relative to it, mm */
	double e[2];	 /* E and E' at `time`, of those */
	double bend[4];	 /* E'' over the piece, of those */
	int unsettled;	 /* pieces since both were computed afresh */

	/* the grid: the motor stands nearest to anchor + index * distance */
	double anchor;
	int64_t index;
	int dir;	/* of the step generated last; 0: none yet */
	bool committed; /* the last pending step can no longer be cancelled */

	double clock_offset, clock_freq;
	double hold_s, max_error_s;
	double generated; /* all steps before this time are known, s */
	struct step_encoder enc;
	step_exact_fn *exact;
	step_command_fn *command;
	void *ctx;
	int64_t count, count_at_anchor; /* emitted */
	struct step_history *history;
	uint64_t n_history;
	struct step_stats stats;
};

/* The next segment is the first that counts; taps are made anew. */
void step_motor_forget(struct step_motor *);

/* The tap stands in its segment. */
void step_tap_load(struct step_motor *, struct step_tap *);

/* Pieces of the coordinate until time t go through step_piece_run(). */
void step_filter_run(struct step_motor *, double t);
void step_filter_release(struct step_motor *);

/* No part of m->piece has a step in it, nor settles one: told quickly, and not
 * of all that have none. */
bool step_piece_idle(const struct step_motor *);

/* Steps of m->piece until x seconds after its start; true when it is done. */
bool step_piece_run(struct step_motor *, double x);

/* Makes m->piece, of the given length at most, from X, Y and Z as cubics of
 * the time since its start. */
void step_curve_begin(struct step_motor *, double path[3][4]);

/* The bed cannot have it make a step before the end of m->piece, which is X, Y
 * and Z as cubics of the time since its start: told quickly, and not of all
 * that make none. */
bool step_bed_idle(struct step_motor *, double path[3][4]);
/* The same of what comes: taps go on over all pieces in which nothing happens,
 * to the end of the last one, *to.  False: there is none. */
bool step_bed_leap(struct step_motor *, double *to);

/* A smoothly shaped axis at print time t. */
struct jet step_smooth_at(const struct step_motor *, int axis, double t);

#endif
