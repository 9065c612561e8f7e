/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Trapezoids become profiles of limited jerk. */
#ifndef GANTRY_MOTION_SCURVE_H
#define GANTRY_MOTION_SCURVE_H

#include <stdbool.h>

#include "motion/planner.h"

/*
 * Stands behind the planner and takes its trapezoids.  Where they bend upwards
 * (a valley, the end of a plateau before a rise, rest) is a knot; between two
 * knots speed over time is concave, one hill:
 *
 *	v ^        ______
 *	  |       /      \          trapezoids
 *	  |     ./  ,--.  \.        what is made of them: a = 0 at the knots,
 *	  |   ./ ,-'    `-. \.      jerk J between
 *	  |  o--'          `-o
 *	  +---------------------> s
 *
 * Each hill gets the seven phases from its first knot to its last.  As it
 * begins and ends at or below the trapezoids, and never accelerates more, it
 * is nowhere faster than they are: every limit of theirs holds.  Where the
 * way is too short for the jerk a knot is lowered, forwards and backwards
 * until all fit.
 *
 *	ramp of dv:	T = dv/A + A/J, or 2 sqrt(dv/J) below dv = A^2/J
 *			way = (v0 + v1) T / 2
 *
 * A phase of constant jerk is handed out as it is, cut where moves end: the
 * profile of each piece is a trapezoid of one ramp, of which accel is the mean,
 * and its jerk (wire/plan.h).  So acceleration along the path is continuous
 * everywhere, and never changes faster than J.
 */

/* one piece; last: the move that it is part of ends with it, or, without a
 * profile, has ended: there was nothing left of it */
typedef void scurve_fn(void *ctx, const struct planner_move *,
    const struct planner_profile *, bool last);

struct scurve;
struct scurve *scurve_new(scurve_fn *emit, void *ctx, double jerk);
void scurve_free(struct scurve *);
/* The planner_fn, ctx is the struct scurve. */
void scurve_add(
    void *ctx, const struct planner_move *, const struct planner_profile *);
/* The machine is at rest behind the last one. */
void scurve_flush(struct scurve *);
/* s that the trapezoids would have taken, all together. */
double scurve_trapezoids_s(const struct scurve *);

/* mm and s that a change of speed takes */
double scurve_way(double v0, double v1, double accel, double jerk);
double scurve_time(double dv, double accel, double jerk);

#endif
