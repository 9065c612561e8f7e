/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Homing: two passes against an endstop, and the way there and back. */
#include <math.h>
#include <string.h>

#include "cli/cli.h"
#include "io/signals.h"
#include "profile.h"
#include "session.h"

/* The axis may have to travel so much more than its range. */
#define TRAVEL 1.5
/* From arming the endstop to the first move, s. */
#define ARM_S 0.002
/* A pass that ends sooner did not move at all, mm. */
#define STUCK_MM 1e-9

struct pass {
	struct session *s;
	double end;
};

/* Hands out the steps of the next piece. */
static void
feed(void *ctx, double until)
{
	struct pass *p = ctx;

	axes_generate(&p->s->axes, fmin(until, p->end), true);
}

static double
travel(const struct machine_rail *rail)
{
	double d = rail->homing_positive_dir
		       ? rail->position_endstop - rail->position_min
		       : rail->position_max - rail->position_endstop;

	return TRAVEL * d;
}

/* Steps of the busiest motor a second, at speed v of the axis. */
static double
step_rate(const struct session *s, int axis, double v)
{
	double most = 0;

	for (int i = 0; i < s->axes.n_motors; i++) {
		const struct axes_motor *m = &s->axes.motor[i];

		if (m->rail >= 0)
			most = fmax(most,
			    fabs(m->coef[axis]) * v / m->config->step_distance);
	}
	return most > 0 ? most : 1000;
}

static void
plan_pass(
    const struct session *s, int axis, double d, double v, struct plan_move *m)
{
	double a = s->machine->max_accel;

	memset(m, 0, sizeof(*m));
	for (int i = 0; i < 3; i++)
		m->start[i] = s->axes.pos[i];
	m->start_e = s->axes.pos[3];
	m->dir[axis] = d < 0 ? -1 : 1;
	v = fmin(v, s->machine->max_velocity);
	if (axis == MACHINE_Z) {
		v = fmin(v, s->machine->max_z_velocity);
		a = fmin(a, s->machine->max_z_accel);
	}
	profile_from_rest(m, fabs(d), v, a);
}

static int
no_trigger(struct session *s, int axis, double d)
{
	session_stop(s, STOP_REFUSED, EXIT_NO,
	    "endstop '%c' did not trigger within %.1f mm: check its switch, "
	    "its pin and the motor's direction",
	    'x' + axis, fabs(d));
	return -1;
}

/* One pass of d mm; the axis is where the endstop says afterwards. */
static int
home_pass(struct session *s, int axis, double d, double v, double *overshoot)
{
	const struct machine_rail *rail = &s->machine->rail[axis];
	struct mcu_endstop *e = s->axes.endstop[axis];
	double t = session_soonest(s), hit, from = s->axes.pos[axis];
	double trigger[3], rest[3], pos[4];
	struct plan_move m;
	struct pass p = {.s = s};
	int result;

	plan_pass(s, axis, d, v, &m);
	axes_enable_all(&s->axes, axis, t - 0.050);
	mcu_endstop_arm(e, t, 1 / step_rate(s, axis, m.cruise_v));
	axes_commit(&s->axes, &m, t + ARM_S);
	p.end = s->axes.end_time;
	result = mcu_endstop_wait(e, p.end, feed, &p, &hit);
	if (result > 0)
		hit = p.end;
	if (result < 0) {
		/* a signal: the motors stand, wherever */
		s->axes.homed &= ~(1u << axis);
		motion_queue_clear(s->axes.queue);
		s->axes.end_time = session_now(s);
		return session_run(s, s->axes.end_time, -1);
	}
	if (axes_stopped(&s->axes, axis, hit, trigger, rest) != 0)
		return session_run(s, session_now(s), -1);
	*overshoot = rest[axis] - trigger[axis];
	memcpy(pos, s->axes.pos, sizeof(pos));
	memcpy(pos, rest, sizeof(rest));
	pos[axis] = rail->position_endstop + *overshoot;
	s->axes.end_time = fmin(s->axes.end_time, fmax(hit, session_now(s)));
	axes_set_position(&s->axes, pos);
	if (result > 0)
		return no_trigger(s, axis, d);
	if (fabs(rest[axis] - from) < STUCK_MM) {
		session_stop(s, STOP_REFUSED, EXIT_NO,
		    "endstop '%c' is triggered before the axis has moved: is "
		    "it stuck, inverted, or homing_retract_dist too short?",
		    'x' + axis);
		return -1;
	}
	return 0;
}

static void
place_axis(struct session *s, int axis, double at)
{
	double pos[4];

	memcpy(pos, s->axes.pos, sizeof(pos));
	pos[axis] = at;
	axes_set_position(&s->axes, pos);
}

static void
tell(struct session *s, int axis, double overshoot)
{
	struct json *j = session_event(s, session_now(s), "homed");
	char name[2] = {(char)('x' + axis), '\0'};

	json_string(j, "axis", name);
	json_fixed(j, "position", s->axes.pos[axis], 4);
	json_fixed(j, "overshoot", overshoot, 4);
	events_close(&s->events);
}

static int
home_axis(struct session *s, int axis)
{
	const struct machine_rail *rail = &s->machine->rail[axis];
	double way = rail->homing_positive_dir ? 1 : -1;
	double retract = rail->homing_retract_dist, overshoot, to[3];
	double far = travel(rail);

	place_axis(s, axis, rail->position_endstop - way * far);
	if (home_pass(s, axis, way * far, rail->homing_speed, &overshoot) != 0)
		return -1;
	if (retract > 0) {
		memcpy(to, s->axes.pos, sizeof(to));
		to[axis] = rail->position_endstop - way * retract;
		if (session_move_to(s, to, rail->homing_retract_speed) != 0)
			return -1;
		place_axis(s, axis, rail->position_endstop - way * 2 * retract);
		if (home_pass(s, axis, way * 2 * retract,
			rail->second_homing_speed, &overshoot) != 0)
			return -1;
	}
	s->axes.homed |= 1u << axis;
	tell(s, axis, overshoot);
	return 0;
}

/* The plan goes on from pos, the endstop itself: the overshoot is taken back,
 * first up, then across, then down. */
static int
stand_at(struct session *s, const double pos[3], uint32_t axes)
{
	bool up = axes & PLAN_Z && pos[2] > s->axes.pos[2];
	double to[3];

	for (int turn = 0; turn < 2; turn++) {
		memcpy(to, s->axes.pos, sizeof(to));
		if ((turn == 0) == up) {
			to[2] = axes & PLAN_Z ? pos[2] : to[2];
		} else {
			to[0] = s->axes.homed & PLAN_X ? pos[0] : to[0];
			to[1] = s->axes.homed & PLAN_Y ? pos[1] : to[1];
		}
		if (session_move_to(s, to, s->machine->max_velocity) != 0)
			return -1;
	}
	return 0;
}

int
session_home(struct session *s, uint32_t axes, const double pos[3])
{
	session_state(s, "homing");
	for (int i = 0; i < MACHINE_AXES; i++)
		if (axes >> i & 1 && home_axis(s, i) != 0)
			return -1;
	s->lost = false;
	if (stand_at(s, pos, axes) != 0)
		return -1;
	line_stop(&s->line);
	session_state(s, "printing");
	return 0;
}
