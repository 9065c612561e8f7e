/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the motors of a machine can bear. */
#include "motion/effort.h"

#include <math.h>
#include <string.h>

#include "base/num.h"

/* slower than this a motor stands */
#define STANDS 1e-9
/* of a motor's force, for what the shape of the way takes at speed */
#define FOR_BENDS 0.25

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

int
effort_invert(double m[3][3], double least, double out[3][3])
{
	double c[3], det;

	for (int i = 0; i < 3; i++)
		c[i] = m[1][(i + 1) % 3] * m[2][(i + 2) % 3] -
		       m[1][(i + 2) % 3] * m[2][(i + 1) % 3];
	det = m[0][0] * c[0] + m[0][1] * c[1] + m[0][2] * c[2];
	if (!(fabs(det) > least))
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

	e->free_accel = e->free_speed = 0;
	if (e->curved)
		return 0;
	for (int i = 0; i < e->n_motors; i++)
		for (int j = 0; j < 3 && !e->motor[i].alone; j++)
			for (int k = 0; k < 3; k++)
				square[j][k] += e->motor[i].weight[j] *
						e->motor[i].weight[k];
	if (effort_invert(square, 1e-9, inverse))
		return -1;
	for (int i = 0; i < e->n_motors; i++) {
		struct effort_motor *m = &e->motor[i];

		for (int k = 0; k < 3; k++) {
			double share = 0;

			for (int j = 0; j < 3 && !m->alone; j++)
				share += m->weight[j] * inverse[j][k];
			if (m->alone) /* bears is its axis */
				share = m->bears[k];
			m->bears[k] = share * e->mass[k];
		}
	}
	return 0;
}

double
effort_speed_for(const struct effort_motor *m, double f)
{
	double at = f / m->push * EFFORT_TABLE;
	int k = (int)at;

	if (k >= EFFORT_TABLE)
		return m->speed[EFFORT_TABLE];
	return m->speed[k] + (m->speed[k + 1] - m->speed[k]) * (at - k);
}

/* --- what a move asks of them ------------------------------------------ */

/* kg that a motor sees, but for what bends take */
static double
weighs(const struct effort_motor *m, const struct effort_load *l)
{
	return l->bears + m->rotor_mass * l->turns;
}

/* N at v and a */
static double
needs(const struct effort_motor *m, const struct effort_load *l, double v,
    double a)
{
	double kg = weighs(m, l), bend = m->rotor_mass * l->bend;

	return (kg * a + bend * v * v) / 1000 + l->holds + m->friction;
}

/* it is known, and can hold what it has to at rest */
static bool
counts(const struct effort_motor *m, const struct effort_load *l)
{
	return m->push > l->holds + m->friction && weighs(m, l) > STANDS;
}

/* the greatest acceleration from rest, mm/s2 */
static double
accel_of(const struct effort *e, const struct effort_load *load, double most)
{
	for (int i = 0; i < e->n_motors; i++) {
		const struct effort_motor *m = &e->motor[i];
		const struct effort_load *l = &load[i];
		double room = m->push - m->friction - l->holds;

		if (!counts(m, l))
			continue;
		if (l->bend > 0)
			room *= 1 - FOR_BENDS;
		most = fmin(most, 1000 * room / weighs(m, l));
	}
	return most;
}

static bool
bears(const struct effort_motor *m, const struct effort_load *l, double v,
    double a)
{
	double f = needs(m, l, v, a);

	return f <= m->push && v * l->turns <= effort_speed_for(m, f);
}

/* the greatest speed at which a motor has this acceleration */
static double
motor_speed(const struct effort_motor *m, const struct effort_load *l, double a,
    double most)
{
	double low = 0, high = most;

	if (l->bend == 0)
		return l->turns > STANDS
			   ? effort_speed_for(m, needs(m, l, 0, a)) / l->turns
			   : most;
	if (bears(m, l, most, a))
		return most;
	for (int i = 0; i < 40 && high - low > 1e-6 * high; i++) {
		double mid = (low + high) / 2;

		if (bears(m, l, mid, a))
			low = mid;
		else
			high = mid;
	}
	return low;
}

/* steps of a board, per mm of path and whatever the speed */
struct pulses {
	double per_mm[EFFORT_BOARDS], fixed[EFFORT_BOARDS];
};

static double
pulses_speed(const struct effort *e, const struct pulses *p, double most)
{
	for (int i = 0; i < EFFORT_BOARDS; i++) {
		double left = fmax(e->rate[i] - p->fixed[i], e->rate[i] / 2);

		if (e->rate[i] > 0 && p->per_mm[i] * most > left)
			most = left / p->per_mm[i];
	}
	return most;
}

/* the greatest speed at which there is this acceleration */
static double
speed_of(const struct effort *e, const struct effort_load *load,
    const struct pulses *p, double a, double most)
{
	for (int i = 0; i < e->n_motors; i++) {
		const struct effort_motor *m = &e->motor[i];
		const struct effort_load *l = &load[i];

		if (counts(m, l))
			most = fmin(most, motor_speed(m, l, a, most));
		if (m->rate > 0 && most * l->turns > m->rate * m->step)
			most = m->rate * m->step / l->turns;
	}
	return pulses_speed(e, p, most);
}

static void
count_pulses(
    const struct effort *e, const struct effort_load *load, struct pulses *p)
{
	for (int i = 0; i < e->n_motors; i++) {
		const struct effort_motor *m = &e->motor[i];

		if (m->board >= 0)
			p->per_mm[m->board] += load[i].turns / m->step;
	}
}

double
effort_free_speed(const struct effort *e, const struct effort_load *load,
    double a, double per_mm[EFFORT_BOARDS])
{
	struct pulses p = {{0}, {0}};

	for (int i = 0; i < e->n_motors; i++)
		if (e->motor[i].push > 0 && !counts(&e->motor[i], &load[i]))
			return 0;
	count_pulses(e, load, &p);
	memcpy(per_mm, p.per_mm, sizeof(p.per_mm));
	return accel_of(e, load, a) < a ? 0 : speed_of(e, load, &p, a, 1e6);
}

/* Whatever the direction in the plane: at worst it lies along the vectors
 * that count. */
static void
find_free(struct effort *e, double a)
{
	double most = HUGE_VAL, *steps = e->free_pulses;

	memset(steps, 0, sizeof(e->free_pulses));
	for (int i = 0; i < e->n_motors; i++) {
		const struct effort_motor *m = &e->motor[i];
		double turns = hypot(m->weight[0], m->weight[1]), f;

		if (turns <= STANDS)
			continue;
		if (m->board >= 0)
			steps[m->board] += turns / m->step;
		if (m->rate > 0)
			most = fmin(most, m->rate * m->step / turns);
		f = hypot(m->bears[0], m->bears[1]) + m->rotor_mass * turns;
		f = f * a / 1000 + m->friction;
		if (m->push > 0)
			most = fmin(most,
			    f < m->push ? effort_speed_for(m, f) / turns : 0);
	}
	for (int i = 0; i < EFFORT_BOARDS; i++)
		if (e->rate[i] > 0 && steps[i] > 0)
			most = fmin(most, e->rate[i] / steps[i]);
	e->free_accel = a;
	e->free_speed = most;
}

/* --- limits ------------------------------------------------------------- */

/* from rest to rest; infinite when it would not get as fast */
static double
takes(double d, double v, double a)
{
	return v * v <= d * a ? d / v + v / a : HUGE_VAL;
}

static void
limit_axes(struct effort *e, const struct planner_move *m, struct pulses *p,
    double *v, double *a)
{
	struct effort_load load[EFFORT_MOTORS];
	double d = m->distance, full, speed, best;

	effort_survey(e, m, load);
	count_pulses(e, load, p);
	full = accel_of(e, load, *a);
	speed = speed_of(e, load, p, full, *v);
	*a = full;
	if (speed >= *v)
		return;
	best = takes(d, speed, full);
	if (isinf(best))
		best = 2 * sqrt(d / full);
	for (size_t i = 0; i < sizeof(trade) / sizeof(trade[0]); i++) {
		double less = full * trade[i];
		double fast = speed_of(e, load, p, less, *v);
		double t = takes(d, fast, less);

		if (t >= best)
			continue;
		best = t;
		speed = fast;
		*a = less;
	}
	*v = speed;
}

/* The board has steps for the extruder left, whatever the axes do. */
static bool
room_for(const struct effort *e, const struct pulses *p, double v)
{
	for (int i = 0; i < EFFORT_BOARDS; i++)
		if (e->rate[i] > 0 && (p->per_mm[i] > 0 || p->fixed[i] > 0) &&
		    (p->per_mm[i] + e->free_pulses[i]) * v + p->fixed[i] >
			e->rate[i])
			return false;
	return true;
}

static bool
is_free(struct effort *e, const struct planner_move *m, double v, double a)
{
	if (e->curved)
		return effort_cell_free(e, m, v, a);
	if (a > e->free_accel)
		find_free(e, a);
	return v <= e->free_speed && fabs(m->dir[2]) <= STANDS;
}

void
effort_limit(void *ctx, const struct planner_move *m, double *v, double *a)
{
	static const double still[3];
	struct effort *e = ctx;
	struct pulses p = {{0}, {0}};
	double v0 = *v, a0 = *a;
	bool alone = memcmp(m->dir, still, sizeof(still)) == 0;

	if (m->ratio_e != 0 && e->n_extruders)
		effort_extrude(e, m, v, a, p.per_mm, p.fixed);
	if (alone)
		*v = pulses_speed(e, &p, *v);
	else if (!is_free(e, m, *v, *a) || !room_for(e, &p, *v))
		limit_axes(e, m, &p, v, a);
	e->slowed += *v < v0 || *a < a0;
}

double
effort_used(
    const struct effort *e, const struct planner_move *move, double v, double a)
{
	struct effort_load load[EFFORT_MOTORS];
	double most = 0;

	effort_survey(e, move, load);
	for (int i = 0; i < e->n_motors; i++) {
		const struct effort_motor *m = &e->motor[i];
		double turns = load[i].turns, have;
		int k = 0;

		if (!counts(m, &load[i]))
			continue;
		while (k < EFFORT_TABLE && m->speed[k + 1] >= v * turns)
			k++;
		have = k;
		if (k < EFFORT_TABLE)
			have += (m->speed[k] - v * turns) /
				(m->speed[k] - m->speed[k + 1]);
		/* nothing is left behind the table: infinite */
		most = fmax(most, needs(m, &load[i], v, a) * EFFORT_TABLE /
				      (fmax(have, 0) * m->push));
	}
	return most;
}
