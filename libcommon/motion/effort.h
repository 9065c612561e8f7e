/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the motors of a machine can bear, as limits of its moves. */
#ifndef GANTRY_MOTION_EFFORT_H
#define GANTRY_MOTION_EFFORT_H

#include "motion/torque.h"

/*
 * A linear machine: each motor's coordinate is a weighted sum of X, Y and Z,
 * q = W x, so along the direction u at speed v and acceleration a
 *
 *	motor i turns at	v |W_i u|
 *	and pushes with		a |B_i m u| + a J_i |W_i u| + friction,
 *
 * B = W (W^T W)^-1 being how forces at the axes are spread over the motors
 * (two on an axis take half each), m the masses of X, Y and Z, and J the
 * rotor's inertia as a mass.  What it can push with falls with its speed
 * (motion/torque.h, lower bound), of which a share is used.
 *
 * effort_limit() takes a move's speed and acceleration, and lowers speed
 * until the motors still have that acceleration there, as the rest of a plan
 * relies on it anywhere in the move; only what they cannot give at any speed
 * takes from the acceleration.  A move long enough to reach its speed from
 * rest and come to rest again may trade: of some accelerations below, the one
 * that takes the least time is used.
 *
 * The steps of all motors of a board together are held below its rate.
 */
#define EFFORT_MOTORS 16
#define EFFORT_BOARDS 4
#define EFFORT_TABLE  128

struct effort_motor {
	double weight[3]; /* of X, Y, Z in its coordinate */
	double step;	  /* mm of its coordinate */
	int board;	  /* -1: without limit */
	/* set by effort_torque() */
	double push;	   /* N at rest; 0: unknown, never the limit */
	double rotor_mass; /* kg */
	double friction;   /* N */
	double speed[EFFORT_TABLE + 1]; /* mm/s that leave k / TABLE of it */
	/* set by effort_ready() */
	double bears[3]; /* kg that X, Y, Z weigh on it */
};

struct effort {
	struct effort_motor motor[EFFORT_MOTORS];
	int n_motors;
	double mass[3];		    /* kg along X, Y, Z */
	double rate[EFFORT_BOARDS]; /* steps a second; 0: not limited */
	/* with this acceleration moves in X and Y are free up to this speed */
	double free_accel, free_speed;
	unsigned long long slowed; /* moves that had to be */
};

/* The share of its torque that a motor may use; several on one driver count
 * as one that is so much stronger. */
void effort_torque(struct effort_motor *, const struct torque_motor *,
    const struct torque_drive *, const struct torque_axis *, int count,
    double share);
/* All motors and masses are there; -1 when weights have not rank 3. */
int effort_ready(struct effort *);
/* For a move of d mm along a unit vector. */
void effort_limit(
    struct effort *, const double dir[3], double d, double *v, double *a);
/* The part of the usable force that the busiest motor gives at v and a. */
double effort_used(
    const struct effort *, const double dir[3], double v, double a);

#endif
