/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the motors of a machine can bear, as limits of its moves. */
#ifndef GANTRY_MOTION_EFFORT_H
#define GANTRY_MOTION_EFFORT_H

#include <stdbool.h>

#include "motion/kinematics.h"
#include "motion/planner.h"
#include "motion/torque.h"

/*
 * A motor's coordinate is a function q of X, Y and Z.  Along the direction u
 * at speed v and acceleration a
 *
 *	motor i turns at	v |q'|, q' = grad q_i . u
 *	speeds up by		a q' + v^2 q'', the second where q is no sum
 *	and pushes with		a |B_i M u| + J_i (a |q'| + v^2 |q''|)
 *				+ |B_i M g| + friction,
 *
 * B = J (J^T J)^-1 being how forces at the axes are spread over the motors
 * whose gradients are the rows of J (two on an axis take half each), M the
 * masses of X, Y and Z, and J_i what the rotor, and what moves with this motor
 * alone, weigh at its coordinate.  What it can push with falls with its speed
 * (motion/torque.h, lower bound), of which a share is used.  Coordinates that
 * are angles have rad for mm, N mm for N and kg mm2 for kg.
 *
 * On a linear machine q' is the weights W u and q'' is 0: that is exact, and
 * weight is left to friction, as it is a Z axis alone that bears it.  On any
 * other all four are looked at along the move (effort_survey()), and the most
 * of each counts.
 *
 * effort_limit() takes a move's speed and acceleration, and lowers speed
 * until the motors still have that acceleration there, as the rest of a plan
 * relies on it anywhere in the move; only what they cannot give at any speed
 * takes from the acceleration.  A move long enough to reach its speed from
 * rest and come to rest again may trade: of some accelerations below, the one
 * that takes the least time is used.
 *
 * The steps of all motors of a board together are held below its rate, and
 * those of each below what its pulses leave time for.
 */
#define EFFORT_MOTORS	 KINEMATICS_MOTORS
#define EFFORT_EXTRUDERS 16
#define EFFORT_BOARDS	 4
#define EFFORT_TABLE	 128
#define EFFORT_CELLS	 1021
#define EFFORT_GRAVITY	 9.81 /* m/s2 */

struct effort_motor {
	double weight[3]; /* of X, Y, Z in its coordinate; if linear */
	int coordinate;	  /* of the kinematics; if not */
	bool alone;	  /* moves its axis while others of it rest (IDEX) */
	double step;	  /* mm of its coordinate */
	int board;	  /* -1: without limit */
	double rate;	  /* steps/s that its pulses leave time for; 0: any */
	/* set by effort_torque() */
	double push;	   /* N at rest; 0: unknown, never the limit */
	double rotor_mass; /* kg; what moves with it alone may be added */
	double friction;   /* N */
	double speed[EFFORT_TABLE + 1]; /* mm/s that leave k / TABLE of it */
	/* set by effort_ready() */
	double bears[3]; /* kg that X, Y, Z weigh on it; if linear */
};

/*
 * Filament is pushed at r v, r being E a mm of path, and K e' is added to e
 * where pressure advance applies, smoothed by a triangle of half width H.  The
 * mean of something is never above its most, and e' may jump by the corner
 * velocity c between two moves, hence
 *
 *	speed		r v + K (r a + c / H)
 *	acceleration	r a (1 + 2 K / H) + c / H + K c / H^2
 *
 * at most; with K = 0 r v and r a.  What friction is to an axis the pressure
 * in the nozzle is here.
 */
struct effort_extruder {
	struct effort_motor motor;
	bool used; /* turns with the extruder that is in use */
	double advance, half_s;
};

/* a part of space; see effort_cell.c */
struct effort_cell {
	int32_t key[3];
	bool known;
	double accel, speed; /* free with it up to there */
	double pulses[EFFORT_BOARDS];
};

struct effort {
	struct effort_motor motor[EFFORT_MOTORS];
	int n_motors;
	double mass[3];		    /* kg along X, Y, Z */
	double rate[EFFORT_BOARDS]; /* steps a second; 0: not limited */
	struct kinematics kinematics;
	bool curved; /* q is that of the kinematics, not of weights */
	struct effort_extruder extruder[EFFORT_EXTRUDERS];
	int n_extruders;
	double corner; /* instantaneous, mm/s of filament */
	/* with this acceleration moves in X and Y are free up to this speed */
	double free_accel, free_speed;
	double free_pulses[EFFORT_BOARDS]; /* steps a mm of such, at most */
	/* pushed no faster than this, and with no more acceleration, mm of
	 * filament, it is free; steps a mm of it, and those beside */
	double flow_accel, flow_speed;
	double flow_pulses[EFFORT_BOARDS], flow_fixed[EFFORT_BOARDS];
	unsigned long long slowed; /* moves that had to be */
	struct effort_cell cell[EFFORT_CELLS];
};

/* The share of its torque that a motor may use; several on one driver count
 * as one that is so much stronger. */
void effort_torque(struct effort_motor *, const struct torque_motor *,
    const struct torque_drive *, const struct torque_axis *, int count,
    double share);
/* All motors and masses are there; -1 when weights have not rank 3. */
int effort_ready(struct effort *);
/* The planner_motors_fn, ctx is the struct effort. */
void effort_limit(void *ctx, const struct planner_move *, double *v, double *a);
/* The corner velocity of the extruder in use, lowered until a quarter of its
 * motor's speed bears what pressure advance makes of it. */
double effort_corner(const struct effort *, double corner);

/* What a motor has to do for a move of 1 mm/s and 1 mm/s2: the most anywhere
 * in it. */
struct effort_load {
	double turns; /* |q'| */
	double bend;  /* |q''|, 1/mm */
	double bears; /* |B M u|, kg */
	double holds; /* |B M g|, N */
};

/* Fills in one for each motor. */
void effort_survey(
    const struct effort *, const struct planner_move *, struct effort_load *);
/* The part of the usable force that the busiest motor gives at v and a. */
double effort_used(
    const struct effort *, const struct planner_move *, double v, double a);

/* Whether a move of that speed and acceleration is free, whatever its
 * direction; told quickly, and not of all that are. */
bool effort_cell_free(
    struct effort *, const struct planner_move *, double v, double a);
/* The speed up to which a load is free, 0: there is none; and its steps. */
double effort_free_speed(const struct effort *, const struct effort_load *,
    double a, double per_mm[EFFORT_BOARDS]);
/* B, from the rows of J; -1: it has no bound. */
int effort_spread(const struct effort *, double row[][3], double spread[][3]);

/* The inverse of a symmetric matrix whose determinant is at least so much;
 * -1: there is none. */
int effort_invert(double m[3][3], double least, double out[3][3]);
/* The speed at which a motor still pushes with f newtons. */
double effort_speed_for(const struct effort_motor *, double f);
/* Which extruders are used, or what advance they have, has changed. */
void effort_flow_reset(struct effort *);
/* Lowers v and a to what the extruder bears; tells its steps, per board: those
 * of a mm of path, and those that do not depend on speed. */
void effort_extrude(struct effort *, const struct planner_move *, double *v,
    double *a, double per_mm[EFFORT_BOARDS], double fixed[EFFORT_BOARDS]);

#endif
