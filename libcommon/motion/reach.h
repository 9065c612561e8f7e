/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where a machine can go, and how fast it may be there. */
#ifndef GANTRY_MOTION_REACH_H
#define GANTRY_MOTION_REACH_H

#include <stdbool.h>

/*
 * Every kinematics has a shape of its own: a box, a disc that narrows towards
 * the top, an arc.  Where motors would have to run much faster than the head
 * does, speed and acceleration are cut.  Lengths in mm, angles in rad.
 *
 *	box		each axis between its ends
 *	delta		radius; above cone_z it shrinks with what the arms
 *			leave; beyond slow_radius half the speed, beyond
 *			very_slow_radius a quarter
 *	deltesian	box, Z shrinks with |x|; slow and very slow by |x|
 *	rotary delta	radius; above cone_z it is the square root of what is
 *			left; Z speed is not scaled
 *	polar		radius; the bed turns at most at angular_velocity
 *	winch		where its cables hold the head against its weight: they
 *			only pull, so that is below the hull of the anchors, or
 *			in it; anywhere without anchors
 */
#define REACH_ANCHORS 26

enum reach_kind {
	REACH_BOX,
	REACH_DELTA,
	REACH_DELTESIAN,
	REACH_ROTARY_DELTA,
	REACH_POLAR,
	REACH_WINCH,
};

struct reach {
	enum reach_kind kind;
	double low[3], high[3]; /* of the box, of Z; may be infinite */
	double velocity, accel; /* of the machine, as configured */
	double z_velocity;	/* rotary delta */
	double radius;		/* largest */
	double cone_z;		/* the radius shrinks above */
	double arm, centre;	/* delta: arm length, delta radius */
	double slow, very_slow; /* radius, or |x| */
	/* rad/s; 0: not limited; recorded plans keep to it only where they go
	 * as fast as the machine may, exact ones always */
	double angular_velocity;
	bool angular_exact;
	/* deltesian: Z ends at arm_top - sqrt(arm^2 - (foot - |x|)^2), where
	 * the carriage of the nearer arm is at its end stop */
	double foot, arm_top;
	double anchor[REACH_ANCHORS][3]; /* of a winch */
	int n_anchors;
	/* box: limits of X and Y by themselves; infinite when there are none */
	double axis_velocity[2], axis_accel[2];
};

/*
 * A delta of arm length L (the shortest), delta radius R, step distance of
 * its towers, the end stops above the bed and the arms they belong to.
 * print_radius <= 0: the delta radius.
 */
void reach_delta(struct reach *, double arm, double centre,
    double step_distance, double print_radius, const double endstop_z[3],
    const double arms[3], double min_z);

/*
 * Where a delta stands when its carriages are at these heights above the bed
 * (end stop + the height of the arm): towers at the angles, delta radius R.
 */
void reach_delta_home(const double angle_deg[3], double centre,
    const double arm[3], const double carriage_z[3], double out[3]);

/* the largest radius at this height */
double reach_radius(const struct reach *, double z);

/*
 * Whether a move may end at to.  When not, *axis is the axis that is to
 * blame (0..2) and *low and *high what it may be between there; -1 when it is
 * the radius, which has to be at most *high, or there is no cable on one side.
 */
bool reach_allows(const struct reach *, const double from[3],
    const double to[3], int *axis, double *low, double *high);

/* How high the cables of a winch can pull the head here; -HUGE_VAL: where they
 * hold it at no height.  All that is below is in reach, and all between two
 * places that are. */
double reach_top(const struct reach *, double x, double y);

/* How near a straight move comes to the middle. */
double reach_nearest(const double from[3], const double to[3]);

/* for planner_set_kinematics(), ctx is the struct reach */
void reach_limit(void *ctx, const double start[3], const double dir[3],
    double distance, double *v, double *a);

#endif
