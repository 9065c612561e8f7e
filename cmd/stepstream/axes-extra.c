/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Motors that move by themselves: manual ones, and any other when forced. */
#include <math.h>
#include <string.h>

#include "axes.h"
#include "profile.h"

/* From rest to rest over d mm; without acceleration at once at full speed. */
static void
plan(struct plan_move *m, double from, double d, double v, double a)
{
	memset(m, 0, sizeof(*m));
	m->start[0] = from;
	m->dir[0] = d < 0 ? -1 : 1;
	if (a > 0) {
		profile_from_rest(m, fabs(d), v, a);
		return;
	}
	m->distance = fabs(d);
	m->start_v = m->cruise_v = v;
	m->cruise_t = m->distance / v;
}

static void
add(struct motion_queue *q, const struct plan_move *m, double t)
{
	struct motion_segment_in in = profile_segment(m, t);

	motion_queue_add(q, &in);
}

/* All of its steps at once: nothing slows them any more. */
static double
run(struct axes *a, struct axes_motor *m, const struct plan_move *way, double t)
{
	axes_enable(m, t - ENABLE_LEAD_S);
	add(m->own, way, t);
	t = motion_queue_end(m->own);
	step_motor_generate(m->motor, t, true);
	motion_queue_expire(m->own, t);
	a->own_end = fmax(a->own_end, t);
	return t;
}

void
axes_go_along(struct axes *a, const struct plan_move *m, double t0)
{
	if (a->n_own == 0 ||
	    (m->dir[0] == 0 && m->dir[1] == 0 && m->dir[2] == 0))
		return;
	for (int i = 0; i < a->n_motors; i++) {
		struct axes_motor *k = &a->motor[i];
		double r = fabs(k->along);
		struct plan_move way = {0};

		if (!k->own || r == 0)
			continue;
		way.start[0] = k->own_pos;
		way.dir[0] = k->along < 0 ? -1 : 1;
		way.distance = m->distance * r;
		way.accel_t = m->accel_t;
		way.cruise_t = m->cruise_t;
		way.decel_t = m->decel_t;
		way.start_v = m->start_v * r;
		way.cruise_v = m->cruise_v * r;
		way.accel = m->accel * r;
		way.jerk = m->jerk * r;
		k->own_pos += m->distance * k->along;
		k->own_speed = way.cruise_v;
		k->own_accel = way.accel;
		run(a, k, &way, t0);
	}
}

void
axes_bring_back(struct axes *a, double t)
{
	double along = -HUGE_VAL;

	for (int i = 0; i < a->n_motors; i++) {
		struct axes_motor *m = &a->motor[i];
		struct plan_move way;
		double d = m->own_pos - m->own_at, end;

		if (!m->own || fabs(d) < m->step_distance / 2)
			continue;
		plan(&way, m->own_at, d, m->own_speed, m->own_accel);
		end = run(a, m, &way, t);
		if (m->goes_along)
			along = fmax(along, end);
	}
	a->end_time = fmax(a->end_time, along);
	a->rest_time = fmax(a->rest_time, along);
	/* what the axes do next is not before that */
	mcu_flush(a->mcu, fmax(along, t));
}

/* Another motor takes its place for this once; where the axes are does not
 * change. */
static double
force(
    struct axes *a, struct axes_motor *m, const struct plan_record *r, double t)
{
	struct axes_motor alone = *m;
	struct plan_move way;
	double origin[4] = {0};

	axes_settle(a);
	memset(alone.coef, 0, sizeof(alone.coef));
	alone.coef[0] = 1;
	alone.curve = alone.pushes = false;
	alone.own = motion_queue_new();
	axes_make_motor(a, &alone, alone.own);
	step_motor_set_position(alone.motor, origin);
	plan(&way, 0, r->u.stepper.pos, r->u.stepper.speed, r->u.stepper.accel);
	t = run(a, &alone, &way, t);
	m->enabled = alone.enabled;
	m->bias += step_motor_count(alone.motor);
	m->last_clock = alone.last_clock;
	m->steps += step_motor_stats(alone.motor)->steps;
	m->commands += step_motor_stats(alone.motor)->commands;
	step_motor_free(alone.motor);
	motion_queue_free(alone.own);
	if (m->motor)
		step_motor_reset_clock(m->motor, m->last_clock);
	/* it may be a motor of the axes: they wait */
	a->end_time = fmax(a->end_time, t);
	return t;
}

int
axes_stopped_alone(struct axes *a, struct axes_motor *m)
{
	int64_t now = step_motor_count(m->motor);
	double pos[4] = {step_motor_coordinate(m->motor), 0, 0, 0};
	int32_t counter;

	if (mcu_stepper_position(m->stepper, &counter) != 0)
		return -1;
	pos[0] += (double)(counter - m->bias - now) * m->step_distance;
	m->moved = counter - m->bias - m->counted;
	m->bias = counter - now;
	m->last_clock = 0;
	step_motor_reset_clock(m->motor, 0);
	motion_queue_clear(m->own);
	step_motor_set_position(m->motor, pos);
	m->own_pos = pos[0];
	a->own_end = -HUGE_VAL;
	return 0;
}

double
axes_begin_alone(struct axes *a, struct axes_motor *m,
    const struct plan_record *r, double t, double *speed)
{
	struct plan_move way;

	axes_enable(m, t - ENABLE_LEAD_S);
	m->counted = step_motor_count(m->motor);
	plan(&way, m->own_pos, r->u.stepper.pos - m->own_pos,
	    r->u.stepper.speed, r->u.stepper.accel);
	add(m->own, &way, t);
	*speed = way.cruise_v;
	a->own_end = motion_queue_end(m->own);
	return a->own_end;
}

void
axes_place_alone(struct axes_motor *m, double to)
{
	double pos[4] = {to, 0, 0, 0};

	step_motor_set_position(m->motor, pos);
	m->own_pos = to;
}

double
axes_move_alone(
    struct axes *a, struct axes_motor *m, const struct plan_record *r, double t)
{
	double pos[4] = {r->u.stepper.pos, 0, 0, 0}, d = pos[0] - m->own_pos;
	struct plan_move way;

	m->goes_along = false;
	m->along = 0;
	if (r->u.stepper.how == PLAN_STEPPER_BY)
		return force(a, m, r, t);
	if (r->u.stepper.how == PLAN_STEPPER_IS) {
		axes_place_alone(m, pos[0]);
		return t;
	}
	t = fmax(t, motion_queue_end(m->own));
	if (d == 0)
		return t;
	plan(&way, m->own_pos, d, r->u.stepper.speed, r->u.stepper.accel);
	m->own_pos = pos[0];
	m->own_speed = r->u.stepper.speed;
	m->own_accel = r->u.stepper.accel;
	return run(a, m, &way, t);
}
