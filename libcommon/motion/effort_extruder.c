/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the motors that push filament can bear. */
#include <math.h>
#include <string.h>

#include "motion/effort.h"

/* Of what a motor can do at most: that for pressure advance may not take all
 * of it. */
#define SHARE_CORNER 0.25
#define SHARE_ACCEL  0.5
/* More flow than this will come. */
#define FLOW_AHEAD 1.25

/* K, where it counts, and the rates that a corner adds */
struct advance {
	double k, corner_v, corner_a;
};

static struct advance
advance_of(
    const struct effort *e, const struct effort_extruder *x, bool advances)
{
	struct advance a = {0, 0, 0};

	if (!advances || x->advance <= 0 || x->half_s <= 0)
		return a;
	a.k = x->advance;
	a.corner_v = a.k * e->corner / x->half_s;
	a.corner_a = (e->corner + a.corner_v) / x->half_s;
	return a;
}

/* the speed of filament that its torque allows; may take from a */
static double
speed_of(const struct effort_extruder *x, const struct advance *k, double r,
    double *a)
{
	const struct effort_motor *m = &x->motor;
	double gain = r * (k->k > 0 ? 1 + 2 * k->k / x->half_s : 1);
	double least = m->friction + m->rotor_mass * k->corner_a / 1000;
	double fast;

	if (m->push <= least) /* corners alone are more than it has */
		return HUGE_VAL;
	if (m->rotor_mass > 0)
		*a =
		    fmin(*a, 1000 * (m->push - least) / (m->rotor_mass * gain));
	fast = effort_speed_for(m, least + m->rotor_mass * gain * *a / 1000);
	if (k->k > 0) {
		*a = fmin(*a, SHARE_ACCEL * fast / (k->k * r));
		fast = effort_speed_for(
		    m, least + m->rotor_mass * gain * *a / 1000);
	}
	return fast;
}

static void
limit_motor(const struct effort_extruder *x, const struct advance *k, double r,
    double *v, double *a)
{
	const struct effort_motor *m = &x->motor;
	double fast = m->push > 0 ? speed_of(x, k, r, a) : HUGE_VAL;

	if (m->rate > 0) {
		fast = fmin(fast, m->rate * m->step);
		if (k->k > 0)
			*a = fmin(*a, SHARE_ACCEL * fast / (k->k * r));
	}
	if (fast == HUGE_VAL)
		return;
	/* never to nothing: a corner has a quarter at most */
	fast = fmax(fast - k->k * r * *a - k->corner_v,
	    fast * (1 - SHARE_CORNER - SHARE_ACCEL));
	*v = fmin(*v, fast / r);
}

/* What is free of all motors in use, with this acceleration of filament. */
static void
find_flow(struct effort *e, double accel)
{
	effort_flow_reset(e);
	e->flow_accel = accel;
	e->flow_speed = 1e6;
	for (int i = 0; i < e->n_extruders; i++) {
		const struct effort_extruder *x = &e->extruder[i];
		struct advance k = advance_of(e, x, true);
		double a = accel, step = x->motor.step;
		int board = x->motor.board;

		if (!x->used)
			continue;
		limit_motor(x, &k, 1, &e->flow_speed, &a);
		if (a < accel)
			e->flow_speed = 0;
		if (board < 0)
			continue;
		e->flow_pulses[board] += 1 / step;
		e->flow_fixed[board] += (k.k * accel + k.corner_v) / step;
	}
}

void
effort_flow_reset(struct effort *e)
{
	e->flow_accel = e->flow_speed = 0;
	memset(e->flow_pulses, 0, sizeof(e->flow_pulses));
	memset(e->flow_fixed, 0, sizeof(e->flow_fixed));
}

void
effort_extrude(struct effort *e, const struct planner_move *move, double *v,
    double *a, double per_mm[EFFORT_BOARDS], double fixed[EFFORT_BOARDS])
{
	bool advances =
	    move->ratio_e > 0 && (move->dir[0] != 0 || move->dir[1] != 0);
	double r = fabs(move->ratio_e);

	if (e->flow_accel == 0 || (advances && r * *a > e->flow_accel))
		find_flow(e, advances ? FLOW_AHEAD * r * *a : 1);
	for (int i = 0; i < EFFORT_BOARDS; i++) {
		per_mm[i] = r * e->flow_pulses[i];
		fixed[i] = e->flow_fixed[i];
	}
	if (r * *a <= e->flow_accel && r * *v <= e->flow_speed)
		return;
	for (int i = 0; i < e->n_extruders; i++) {
		const struct effort_extruder *x = &e->extruder[i];
		struct advance k = advance_of(e, x, advances);

		if (x->used)
			limit_motor(x, &k, r, v, a);
	}
}

double
effort_corner(const struct effort *e, double corner)
{
	for (int i = 0; i < e->n_extruders; i++) {
		const struct effort_extruder *x = &e->extruder[i];
		double most = HUGE_VAL;

		if (!x->used || x->advance <= 0)
			continue;
		if (x->motor.push > 0)
			most = x->motor.speed[EFFORT_TABLE];
		if (x->motor.rate > 0)
			most = fmin(most, x->motor.rate * x->motor.step);
		corner =
		    fmin(corner, SHARE_CORNER * most * x->half_s / x->advance);
	}
	return corner;
}
