/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Cutting and slowing the trapezoids of a plan. */
#ifndef STEPSTREAM_PROFILE_H
#define STEPSTREAM_PROFILE_H

#include "motion/steps.h"
#include "wire/plan.h"

/*
 * A planned move says how fast each point of its path may be passed.  The
 * machine can be slower than that where it has to come to rest, or where it
 * starts from rest in the middle of a plan; the path stays the same:
 *
 *	v^2
 *	 |     ______________
 *	 |    /     plan     \        v0: what it has at the start,
 *	 |   / .____________. \       v1: what it may have at the end;
 *	 |  / /              \ \      slopes are the move's own acceleration
 *	 | / /                \ \
 *	 +-v0------------------v1--> s
 *
 * A ramp with jerk is cut as it is; slowed, it has its mean acceleration all
 * the way, which keeps below the trapezoids that the plan was made from.
 */
double profile_duration(const struct plan_move *);
double profile_end_v(const struct plan_move *);
/* The most acceleration in it, either way. */
double profile_peak(const struct plan_move *);
/* Seconds until the path has the length s. */
double profile_time_at(const struct plan_move *, double s);

/* Cuts at x seconds after the start; 0 < x < duration. */
void profile_split(const struct plan_move *, double x, struct plan_move *head,
    struct plan_move *tail);

/*
 * Slows the move: starts with v0 (at most its start_v) and ends with at most
 * v1.  v1 has to be in reach, v0^2 <= v1^2 + 2 a d; returns the speed at the
 * end, which may be lower than v1 when v0 was low.
 */
double profile_slow(struct plan_move *, double v0, double v1);

/* The move as the step queues take it, from the print time t0 on. */
struct motion_segment_in profile_segment(const struct plan_move *, double t0);

/* A straight move from rest to rest of d mm at most at v and a. */
void profile_from_rest(struct plan_move *, double d, double v, double a);

#endif
