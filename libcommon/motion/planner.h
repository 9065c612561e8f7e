/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Moves with limits become trapezoids: junctions and look-ahead. */
#ifndef GANTRY_MOTION_PLANNER_H
#define GANTRY_MOTION_PLANNER_H

#include <stddef.h>
#include <stdint.h>

/*
 * Moves are added one after the other, each from where the last one ended.
 * How fast the head passes the corner between two of them follows from square
 * corner velocity, acceleration and the extruder's own corner velocity; how
 * fast it may be in between, from the whole queue: it must always be able to
 * come to rest where the queue ends.  A move is final, and handed to emit(),
 * as soon as no later move can change it.  What is emitted does not depend on
 * when that is found out.
 *
 *	 v ^	     ______			   W  the move's own cap
 *	   |	    /	   \   __		   S  cap of the corner
 *	   |	 __/	    \_/	 \		   c  what is reached
 *	   |	/		  \
 *	   +---|---|---------|---|--|----> s
 *
 * minimum_cruise_ratio m holds short moves down: peaks of a run of moves are
 * no higher than acceleration A (1 - m) reaches, although the ramps use A.
 *
 * Everything is squared speed (mm2/s2) inside, mm, mm/s and s outside.  Pure:
 * no I/O, no globals; memory is the queue alone.
 */
struct planner_limits {
	double velocity, accel; /* mm/s, mm/s2 */
	double square_corner_velocity;
	double minimum_cruise_ratio; /* 0 <= m < 1 */
	double z_velocity, z_accel;
};

struct planner_extruder {
	double max_ratio; /* mm of filament a mm of path */
	double nozzle_diameter;
	double corner_velocity; /* instantaneous, mm/s of filament */
	/* retractions, wipes and moves of E alone */
	double only_velocity, only_accel, only_distance;
};

/* one move of the queue; what planner_fn may read of it */
struct planner_move {
	double start[3], start_e;
	double dir[3];	/* unit vector, or 0 when E moves alone */
	double ratio_e; /* dE a mm of path; +-1 when E moves alone */
	double distance;
	double accel;
	double cruise_v2; /* W: the most that limits allow */
	uint32_t line;
	/* private */
	double delta_v2;  /* 2 d a: what the whole move can gain */
	double smooth_v2; /* the same under the cruise ratio */
	double corner_v2; /* S: entry */
	double smooth_corner_v2;
	double jd_v2;		  /* junction deviation times acceleration */
	double entry_v2, peak_v2; /* s and c of the last pass; c < 0: open */
};

struct planner_profile {
	double accel_t, cruise_t, decel_t;
	double start_v, cruise_v, end_v;
	double jerk; /* 0; motion/scurve.h puts it in */
};

typedef void planner_fn(
    void *ctx, const struct planner_move *, const struct planner_profile *);
/* Lowers *v and *a of a move to what the kinematics bear there. */
typedef void planner_limit_fn(void *ctx, const double start[3],
    const double dir[3], double distance, double *v, double *a);

/* The same for what motors bear, asked last; start, dir, ratio_e and distance
 * of the move are there. */
typedef void planner_motors_fn(
    void *ctx, const struct planner_move *, double *v, double *a);

enum planner_result {
	PLANNER_MOVED,
	PLANNER_STAYED,	   /* the target is where we stand, to 1e-9 mm */
	PLANNER_TOO_LONG,  /* extrusion alone, above only_distance */
	PLANNER_TOO_THICK, /* ratio above max_ratio */
};

struct planner;
struct planner *planner_new(planner_fn *emit, void *ctx);
void planner_free(struct planner *);

/* These hold for moves added later. */
void planner_set_limits(struct planner *, const struct planner_limits *);
void planner_set_extruder(struct planner *, const struct planner_extruder *);
void planner_set_kinematics(struct planner *, planner_limit_fn *, void *ctx);
void planner_set_motors(struct planner *, planner_motors_fn *, void *ctx);
/* How many moves come together before a pass over them; for tests. */
void planner_set_batch(struct planner *, size_t moves);

/* X, Y, Z, E where the next move begins; only while the queue is empty. */
void planner_set_position(struct planner *, const double pos[4]);
const double *planner_position(const struct planner *);

/* Adds a straight move at speed (mm/s); may emit.  When the result is an
 * error nothing has changed and *value is the length or ratio in question. */
enum planner_result planner_add(struct planner *, const double target[4],
    double speed, uint32_t line, double *value);

/* For the next move alone: what goes along with it allows so much speed and
 * acceleration, and so much speed at its entry. */
void planner_cap_next(
    struct planner *, double velocity, double accel, double corner);

/* Makes all moves final: the machine comes to rest behind the last one. */
void planner_flush(struct planner *);
size_t planner_pending(const struct planner *);

#endif
