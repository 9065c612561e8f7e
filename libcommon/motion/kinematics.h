/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From the position of the head to those of the motors, and back. */
#ifndef GANTRY_MOTION_KINEMATICS_H
#define GANTRY_MOTION_KINEMATICS_H

#include <stdbool.h>

#include "motion/bed.h"
#include "motion/jet.h"

/*
 * Motor coordinates as functions of X, Y, Z (motion.md 3.4), mm or, for the
 * bed of a polar machine and the shoulders of a rotary delta, radians.  In
 * the order of the motors:
 *
 *	cartesian	x; y; z
 *	corexy		x + y; x - y; z
 *	corexz		x + z; y; x - z
 *	hybrid corexy	x - y; y; z
 *	hybrid corexz	x - z; y; z
 *	generic		rows of a matrix of rank 3
 *	delta		sqrt(L^2 - (tx - x)^2 - (ty - y)^2) + z, per tower
 *	deltesian	left sqrt(L^2 - (x + b)^2) + z; right with x - b; y
 *	rotary delta	angle of each shoulder
 *	polar		angle of the bed; radius of the arm; z
 *	winch		distance to each anchor
 *
 * A second motor on an axis has the same function as the first, a second
 * carriage (IDEX) the same times its scale (kinematics_carriage()).
 */
enum kinematics_kind {
	KINEMATICS_CARTESIAN,
	KINEMATICS_COREXY,
	KINEMATICS_COREXZ,
	KINEMATICS_HYBRID_COREXY,
	KINEMATICS_HYBRID_COREXZ,
	KINEMATICS_GENERIC,
	KINEMATICS_DELTA,
	KINEMATICS_DELTESIAN,
	KINEMATICS_ROTARY_DELTA,
	KINEMATICS_POLAR,
	KINEMATICS_WINCH,
};

#define KINEMATICS_MOTORS 26

struct kinematics {
	enum kinematics_kind kind;
	int n_motors;
	double row[KINEMATICS_MOTORS][3];    /* of the linear ones */
	double anchor[KINEMATICS_MOTORS][3]; /* winch; towers of a delta */
	double arm2[3];			     /* mm^2: delta, deltesian, lower */
	double upper[3];		     /* rotary delta */
	double arm_x[2];		     /* deltesian */
	double cosine[3], sine[3];	     /* of the rotary delta's arms */
	double radius, height;		     /* delta; shoulders */
	/* added to Z before all of this; NULL: flat.  What has a part of Z is
	 * no sum of axes then. */
	const struct bed *bed;
};

/* The linear ones but generic. */
void kinematics_linear(struct kinematics *, enum kinematics_kind);
/* n rows of three; -1 when they have not rank 3. */
int kinematics_generic(struct kinematics *, int n, const double *row);
void kinematics_delta(struct kinematics *, double radius_mm,
    const double arm_mm[3], const double angle_deg[3]);
void kinematics_deltesian(
    struct kinematics *, const double arm_mm[2], const double arm_x_mm[2]);
void kinematics_rotary_delta(struct kinematics *, double shoulder_radius_mm,
    double shoulder_height_mm, const double upper_mm[3],
    const double lower_mm[3], const double angle_deg[3]);
void kinematics_polar(struct kinematics *);
void kinematics_winch(struct kinematics *, int n, const double *anchor_mm);

/* The weights of a motor on X, Y, Z; false: it is not linear. */
bool kinematics_weights(const struct kinematics *, int motor, double weight[3]);

/* Is it Z alone, but for the bed? */
bool kinematics_on_bed(const struct kinematics *, int motor);

/* The second carriage along an axis of a hybrid or cartesian machine: the
 * belt runs the other way round, so where the first has x - y it has x + y.
 * scale is 1, -1 (mirror) or 0 (inactive). */
void kinematics_carriage(
    const struct kinematics *, int axis, double scale, double weight[3]);

/* A motor's coordinate; near is where it was, for angles that go round. */
double kinematics_motor(
    const struct kinematics *, int motor, const double pos[3], double near);
/* The same with derivatives. */
struct jet kinematics_jet(
    const struct kinematics *, int motor, const struct jet pos[3], double near);

/* X, Y, Z from the coordinates of all motors; -1 when there is no such
 * point. */
int kinematics_position(
    const struct kinematics *, const double motor[], double pos[3]);

#endif
