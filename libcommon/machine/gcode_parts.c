/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lines past the centre of a polar machine, in parts. */
#include <math.h>
#include <string.h>

#include "machine/gcode_private.h"

/*
 * The bed turns the faster the nearer to its centre the head passes, at the
 * same speed.  A line would be as slow everywhere as it has to be there.  So it
 * is cut where its distance r from the centre has grown by a ratio:
 *
 *	--|------|---|--|-|||-|--|---|------|-->	r = near GROWS^k
 *	                   |
 *	                   | near
 *	                   o
 *
 * Each part is a move with limits of its own; the planner has the speed change
 * between them as it does between any two moves, and in one line there is no
 * corner.  With GROWS the speed of a part is at most GROWS^2 below what its
 * fastest place would bear.  Parts that no limit holds stay together.
 */
#define GROWS	    1.1892071150027210667 /* 2 ^ (1 / 4) */
#define GROWN_MIN   1.5	 /* ends that far apart in r are worth it */
#define WORTH	    0.99 /* of the time in one piece */
#define NEAR_MIN_MM 1e-3 /* moves that come nearer are refused */
#define CUTS_MAX    256	 /* of r from 0.01 to 1e6 mm, both ways: 214 */

struct line {
	struct gcode_exec *ex;
	double from[4], to[4];
	double dir[3], d; /* of X, Y, Z */
	double speed;
};

/* Recorded plans have their lines whole. */
bool
gcode_has_parts(const struct gcode_exec *ex)
{
	const struct reach *r = &ex->reach;

	if (r->kind != REACH_POLAR)
		return false;
	for (int i = 0; ex->effort && i < ex->effort->n_motors; i++)
		if (ex->effort->motor[i].push > 0)
			return true;
	return r->angular_exact && r->angular_velocity > 0;
}

static bool
measure(struct line *l)
{
	double d2 = 0;

	for (int i = 0; i < 3; i++) {
		l->dir[i] = l->to[i] - l->from[i];
		d2 += l->dir[i] * l->dir[i];
	}
	l->d = sqrt(d2);
	for (int i = 0; i < 3; i++)
		l->dir[i] /= l->d;
	return d2 > 0 && (l->dir[0] != 0 || l->dir[1] != 0);
}

/* The planner may refuse the whole line, when nothing of it is to be done: what
 * draws filament back for long, or lays down too much. */
static bool
doubtful(const struct line *l)
{
	const struct gcode_exec *ex = l->ex;
	double de = l->to[3] - l->from[3];

	return de < 0 ||
	       (de > 0 && de > l->d * ex->machine->extruder[ex->extruder]
					  .max_extrude_ratio);
}

/* Where r is near GROWS^k, in order along the way; how many. */
static int
cuts_of(const struct line *l, double cut[CUTS_MAX])
{
	double flat2 = l->dir[0] * l->dir[0] + l->dir[1] * l->dir[1];
	double middle =
	    -(l->from[0] * l->dir[0] + l->from[1] * l->dir[1]) / flat2;
	double across = hypot(
	    l->from[0] + middle * l->dir[0], l->from[1] + middle * l->dir[1]);
	double near = reach_nearest(l->from, l->to);
	double far =
	    fmax(hypot(l->from[0], l->from[1]), hypot(l->to[0], l->to[1]));
	double step[CUTS_MAX / 2];
	int steps = 0, n = 0;

	if (!(far > GROWN_MIN * near) || near < NEAR_MIN_MM)
		return 0;
	for (double r = near * GROWS; r < far && steps < CUTS_MAX / 2;
	     r *= GROWS)
		step[steps++] = sqrt(fmax(r * r - across * across, 0) / flat2);
	for (int i = -steps; i < steps; i++) {
		double at = i < 0 ? middle - step[-i - 1] : middle + step[i];

		if (at > 0 && at < l->d)
			cut[n++] = at;
	}
	return n;
}

/* What the machine bears of a part, as the planner will find it. */
static void
limits_of(const struct line *l, double from, double to, double *v, double *a)
{
	struct gcode_exec *ex = l->ex;
	unsigned long long slowed = ex->effort ? ex->effort->slowed : 0;
	double z = fabs(l->dir[2]);
	struct planner_move m = {
	    .distance = to - from,
	    .ratio_e = (l->to[3] - l->from[3]) / l->d,
	};

	for (int i = 0; i < 3; i++) {
		m.start[i] = l->from[i] + from * l->dir[i];
		m.dir[i] = l->dir[i];
	}
	*v = fmin(l->speed, ex->limits.velocity);
	*a = ex->limits.accel;
	if (z > 0) {
		*v = fmin(*v, ex->limits.z_velocity / z);
		*a = fmin(*a, ex->limits.z_accel / z);
	}
	reach_limit(&ex->reach, m.start, m.dir, m.distance, v, a);
	if (!ex->effort)
		return;
	effort_limit(ex->effort, &m, v, a);
	ex->effort->slowed = slowed;
}

static bool
same(double a, double b)
{
	return fabs(a - b) <= 1e-9 * fabs(b);
}

/* Drops cuts between parts that bear the same, or all when in one piece it is
 * about as fast (a long move may trade acceleration for speed); how many are
 * left. */
static int
join_parts(const struct line *l, double cut[CUTS_MAX], int n)
{
	double from = 0, v = 0, a = 0, takes = 0, edge = 0;
	int left = 0;

	for (int i = 0; i <= n; i++) {
		double to = i < n ? cut[i] : l->d, part_v, part_a;

		limits_of(l, from, to, &part_v, &part_a);
		if (i > 0 && !(same(part_v, v) && same(part_a, a)))
			cut[left++] = from;
		v = part_v;
		a = part_a;
		takes += (to - from) / v;
		edge = fmax(edge, v / a);
		from = to;
	}
	limits_of(l, 0, l->d, &v, &a);
	return takes + edge < WORTH * (l->d / v + v / a) ? left : 0;
}

enum planner_result
gcode_plan_parts(
    struct gcode_exec *ex, const double to[4], double speed, double *value)
{
	struct line l = {.ex = ex, .speed = speed};
	enum planner_result r = PLANNER_MOVED;
	double cut[CUTS_MAX];
	int n = 0;

	memcpy(l.from, planner_position(ex->planner), sizeof(l.from));
	memcpy(l.to, to, sizeof(l.to));
	if (measure(&l) && !doubtful(&l))
		n = cuts_of(&l, cut);
	if (n > 0)
		n = join_parts(&l, cut, n);
	for (int i = 0; i < n && r == PLANNER_MOVED; i++) {
		double at[4];

		for (int k = 0; k < 4; k++)
			at[k] =
			    l.from[k] + (l.to[k] - l.from[k]) * cut[i] / l.d;
		r = planner_add(ex->planner, at, speed, ex->place.line, value);
		ex->accepted += r == PLANNER_MOVED;
	}
	return planner_add(ex->planner, to, speed, ex->place.line, value);
}
