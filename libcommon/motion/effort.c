/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the motors of a machine can bear. */
#include "motion/effort.h"

#include <math.h>
#include <string.h>

#include "base/num.h"

/* slower than this a motor stands */
#define STANDS 1e-9

/* accelerations that a long move may trade for speed */
static const double trade[] = {.84, .7, .59, .5, .42, .35, .3, .25, .2};

void
effort_torque(struct effort_motor *e, const struct torque_motor *m,
    const struct torque_drive *d, const struct torque_axis *axis, int count,
    double share)
{
	double turn = axis->rotation_distance / (2 * NUM_PI);

	e->push = share * count *
		  torque_force(axis, torque_at(m, d, 0, TORQUE_LOWER));
	e->rotor_mass = count * torque_rotor_mass(m, axis);
	e->friction = axis->friction;
	if (e->push <= e->friction) /* nothing that could be planned with */
		e->push = 0;
	for (int k = 0; k <= EFFORT_TABLE; k++)
		e->speed[k] = turn * torque_speed(m, d,
					 k ? (double)k / EFFORT_TABLE : 1e-3,
					 TORQUE_LOWER);
}

/* the inverse of a symmetric matrix; -1: there is none */
static int
invert(double m[3][3], double out[3][3])
{
	double c[3], det;

	for (int i = 0; i < 3; i++)
		c[i] = m[1][(i + 1) % 3] * m[2][(i + 2) % 3] -
		       m[1][(i + 2) % 3] * m[2][(i + 1) % 3];
	det = m[0][0] * c[0] + m[0][1] * c[1] + m[0][2] * c[2];
	if (!(fabs(det) > 1e-9))
		return -1;
	for (int i = 0; i < 3; i++)
		for (int j = 0; j < 3; j++) {
			int a = (i + 1) % 3, b = (i + 2) % 3;
			int p = (j + 1) % 3, q = (j + 2) % 3;

			out[j][i] =
			    (m[a][p] * m[b][q] - m[a][q] * m[b][p]) / det;
		}
	return 0;
}

int
effort_ready(struct effort *e)
{
	double square[3][3] = {{0}}, inverse[3][3];

	for (int i = 0; i < e->n_motors; i++)
		for (int j = 0; j < 3; j++)
			for (int k = 0; k < 3; k++)
				square[j][k] += e->motor[i].weight[j] *
						e->motor[i].weight[k];
	if (invert(square, inverse))
		return -1;
	for (int i = 0; i < e->n_motors; i++) {
		struct effort_motor *m = &e->motor[i];

		for (int k = 0; k < 3; k++) {
			double share = 0;

			for (int j = 0; j < 3; j++)
				share += m->weight[j] * inverse[j][k];
			m->bears[k] = share * e->mass[k];
		}
	}
	e->free_accel = e->free_speed = 0;
	return 0;
}

static double
dot(const double a[3], const double b[3])
{
	return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

/* the speed at which a motor still pushes with f newtons */
static double
speed_for(const struct effort_motor *m, double f)
{
	double at = f / m->push * EFFORT_TABLE;
	int k = (int)at;

	if (k >= EFFORT_TABLE)
		return m->speed[EFFORT_TABLE];
	return m->speed[k] + (m->speed[k + 1] - m->speed[k]) * (at - k);
}

/* kg that a motor sees along a direction in which it turns so fast */
static double
load(const struct effort_motor *m, const double dir[3], double turns)
{
	return fabs(dot(m->bears, dir)) + m->rotor_mass * turns;
}

/* the greatest acceleration from rest, mm/s2 */
static double
accel_of(const struct effort *e, const double dir[3], double most)
{
	for (int i = 0; i < e->n_motors; i++) {
		const struct effort_motor *m = &e->motor[i];
		double turns = fabs(dot(m->weight, dir));

		if (m->push > 0 && turns > STANDS)
			most = fmin(most, 1000 * (m->push - m->friction) /
					      load(m, dir, turns));
	}
	return most;
}

/* the greatest speed at which there is this acceleration */
static double
speed_of(const struct effort *e, const double dir[3], double a, double most)
{
	double steps[EFFORT_BOARDS] = {0};

	for (int i = 0; i < e->n_motors; i++) {
		const struct effort_motor *m = &e->motor[i];
		double turns = fabs(dot(m->weight, dir));

		if (turns <= STANDS)
			continue;
		if (m->push > 0) {
			double f = load(m, dir, turns) * a / 1000 + m->friction;

			most = fmin(most, speed_for(m, f) / turns);
		}
		if (m->board >= 0)
			steps[m->board] += turns / m->step;
	}
	for (int i = 0; i < EFFORT_BOARDS; i++)
		if (e->rate[i] > 0 && steps[i] * most > e->rate[i])
			most = e->rate[i] / steps[i];
	return most;
}

/* Whatever the direction in the plane: at worst it lies along the vectors
 * that count. */
static void
find_free(struct effort *e, double a)
{
	double most = HUGE_VAL, steps[EFFORT_BOARDS] = {0};

	for (int i = 0; i < e->n_motors; i++) {
		const struct effort_motor *m = &e->motor[i];
		double turns = hypot(m->weight[0], m->weight[1]), f;

		if (turns <= STANDS)
			continue;
		if (m->board >= 0)
			steps[m->board] += turns / m->step;
		f = hypot(m->bears[0], m->bears[1]) + m->rotor_mass * turns;
		f = f * a / 1000 + m->friction;
		if (m->push > 0)
			most = fmin(
			    most, f < m->push ? speed_for(m, f) / turns : 0);
	}
	for (int i = 0; i < EFFORT_BOARDS; i++)
		if (e->rate[i] > 0 && steps[i] > 0)
			most = fmin(most, e->rate[i] / steps[i]);
	e->free_accel = a;
	e->free_speed = most;
}

/* from rest to rest; infinite when it would not get as fast */
static double
takes(double d, double v, double a)
{
	return v * v <= d * a ? d / v + v / a : HUGE_VAL;
}

void
effort_limit(
    struct effort *e, const double dir[3], double d, double *v, double *a)
{
	double full, speed, best;

	if (*a > e->free_accel)
		find_free(e, *a);
	if (*v <= e->free_speed && fabs(dir[2]) <= STANDS)
		return;
	full = accel_of(e, dir, *a);
	speed = speed_of(e, dir, full, *v);
	e->slowed += full < *a || speed < *v;
	*a = full;
	if (speed >= *v)
		return;
	best = takes(d, speed, full);
	if (isinf(best))
		best = 2 * sqrt(d / full);
	for (size_t i = 0; i < sizeof(trade) / sizeof(trade[0]); i++) {
		double less = full * trade[i];
		double fast = speed_of(e, dir, less, *v);
		double t = takes(d, fast, less);

		if (t >= best)
			continue;
		best = t;
		speed = fast;
		*a = less;
	}
	*v = speed;
}

double
effort_used(const struct effort *e, const double dir[3], double v, double a)
{
	double most = 0;

	for (int i = 0; i < e->n_motors; i++) {
		const struct effort_motor *m = &e->motor[i];
		double turns = fabs(dot(m->weight, dir)), f, have;
		int k = 0;

		if (m->push <= 0 || turns <= STANDS)
			continue;
		while (k < EFFORT_TABLE && m->speed[k + 1] >= v * turns)
			k++;
		have = k;
		if (k < EFFORT_TABLE)
			have += (m->speed[k] - v * turns) /
				(m->speed[k] - m->speed[k + 1]);
		f = load(m, dir, turns) * a / 1000 + m->friction;
		most = fmax(most, f * EFFORT_TABLE / (have * m->push));
	}
	return most;
}
