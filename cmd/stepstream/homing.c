/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Homing: two passes against endstops, and the way there and back. */
#include <math.h>
#include <string.h>

#include "cli/cli.h"
#include "io/signals.h"
#include "probe.h"
#include "profile.h"
#include "session.h"
#include "surface.h"

/* From arming the endstop to the first move, s. */
#define ARM_S PROBE_ARM_S
/* Of the time between two steps: what triggers is seen before the next one,
 * even where steps are rounded. */
#define SAMPLES PROBE_SAMPLES

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

void
homing_plan(const struct session *s, const double from[3], const double to[3],
    double v, struct plan_move *m)
{
	double a = s->machine->max_accel, d = 0;

	memset(m, 0, sizeof(*m));
	for (int i = 0; i < 3; i++)
		d += pow(to[i] - from[i], 2);
	d = sqrt(d);
	for (int i = 0; i < 3 && d > 0; i++)
		m->dir[i] = (to[i] - from[i]) / d;
	memcpy(m->start, from, sizeof(m->start));
	m->start_e = s->axes.pos[3];
	v = fmin(v, s->machine->max_velocity);
	if (m->dir[2] != 0) {
		v = fmin(v, s->machine->max_z_velocity);
		a = fmin(a, s->machine->max_z_accel);
	}
	profile_from_rest(m, d, v, a);
}

/* What the switch of a rail is called. */
static char
rail_name(const struct session *s, int rail)
{
	enum machine_kinematics k = s->machine->kinematics;

	if (k == MACHINE_KIN_DELTA || k == MACHINE_KIN_ROTARY_DELTA)
		return (char)('a' + rail);
	if (k == MACHINE_KIN_DELTESIAN)
		return "lry"[rail];
	return (char)('x' + rail);
}

static int
no_trigger(struct session *s, int rail, double d)
{
	session_stop(s, STOP_REFUSED, EXIT_NO,
	    "endstop '%c' did not trigger within %.1f mm: check its switch, "
	    "its pin and the motor's direction",
	    rail_name(s, rail), fabs(d));
	return -1;
}

static void
place(struct session *s, const double xyz[3])
{
	double pos[4];

	memcpy(pos, xyz, 3 * sizeof(*pos));
	pos[3] = s->axes.pos[3];
	axes_set_position(&s->axes, pos);
}

/* What stops the motors of a pass: the rails' switches, in their order, then
 * those of further motors. */
struct switches {
	struct mcu_endstop *e[MACHINE_AXES * MACHINE_RAIL_STEPPERS];
	struct axes_motor *motor[MACHINE_AXES * MACHINE_RAIL_STEPPERS];
	double hit[MACHINE_AXES * MACHINE_RAIL_STEPPERS];
	int n;
};

static void
find_switches(
    struct session *s, const struct machine_homing *h, struct switches *w)
{
	memset(w, 0, sizeof(*w));
	for (int i = 0; i < h->n; i++)
		w->e[w->n++] = s->axes.endstop[h->rail[i]];
	for (int i = 0; i < s->axes.n_motors; i++) {
		struct axes_motor *m = &s->axes.motor[i];
		bool stops = false;

		for (int k = 0; k < h->n; k++)
			stops |= axes_stops(&s->axes, h->rail[k], m);
		if (!stops || !m->own_switch)
			continue;
		w->motor[w->n] = m;
		w->e[w->n++] = m->own_switch;
	}
}

/* All stopped: where is it, and did it move at all?  It need not (stood) where
 * it was homed before, and is on its switch still. */
static int
judge_pass(struct session *s, const struct machine_homing *h, double d,
    const struct switches *w, bool missed, bool stood)
{
	for (int i = 0; i < w->n; i++) {
		if (!missed || !isnan(w->hit[i]))
			continue;
		if (!w->motor[i])
			return no_trigger(s, h->rail[i], d);
		session_stop(s, STOP_REFUSED, EXIT_NO,
		    "the endstop of '%s' did not trigger within %.1f mm",
		    w->motor[i]->config->name, fabs(d));
		return -1;
	}
	for (int i = 0; i < h->n; i++) {
		if (stood || axes_rail_moved(&s->axes, h->rail[i]))
			continue;
		session_stop(s, STOP_REFUSED, EXIT_NO,
		    "endstop '%c' is triggered before the axis has moved: is "
		    "it stuck, inverted, or homing_retract_dist too short?",
		    rail_name(s, h->rail[i]));
		return -1;
	}
	return 0;
}

/* One pass from where it stands to home at v; it is where the end stops say
 * afterwards. */
static int
home_pass(
    struct session *s, const struct machine_homing *h, double v, bool stood)
{
	double t = session_soonest(s), rest[3], last = 0, rate, arm;
	double trigger[MACHINE_AXES];
	struct switches w;
	struct plan_move m;
	struct pass p = {.s = s};
	int result;

	homing_plan(s, s->axes.pos, h->home, v, &m);
	find_switches(s, h, &w);
	rate = axes_step_rate(&s->axes, m.start, h->home, m.cruise_v);
	/* before the first step, which filters have come before the move */
	arm = t - axes_ahead(&s->axes);
	for (int i = 0; i < h->n; i++)
		axes_begin_rail(&s->axes, h->rail[i], arm - 0.050);
	for (int i = 0; i < w.n; i++)
		mcu_endstop_arm(w.e[i], arm, SAMPLES / rate, false);
	axes_commit(&s->axes, &m, t + ARM_S);
	p.end = s->axes.end_time;
	result = mcu_endstops_wait(w.e, w.n, p.end, feed, &p, w.hit);
	if (result < 0) {
		/* a signal: the motors stand, wherever */
		s->axes.homed &= ~h->axes;
		motion_queue_clear(s->axes.queue);
		s->axes.end_time = session_now(s);
		return session_run(s, s->axes.end_time, -1);
	}
	for (int i = 0; i < w.n; i++) {
		double hit = isnan(w.hit[i]) ? p.end : w.hit[i];

		last = fmax(last, hit);
		if (w.motor[i])
			w.motor[i]->switch_time = hit;
		else
			trigger[i] = hit;
	}
	if (axes_stopped(&s->axes, h, trigger, rest) != 0)
		return session_run(s, session_now(s), -1);
	s->axes.end_time = fmin(s->axes.end_time, fmax(last, session_now(s)));
	place(s, rest);
	return judge_pass(s, h, m.distance, &w, result > 0, stood);
}

/* A BLTouch has a pin of its own to put out and in. */
static int
home_once(
    struct session *s, const struct machine_homing *h, double v, bool stood)
{
	bool probe = h->axes & PLAN_Z && s->axes.probe &&
		     s->axes.endstop[2] == s->axes.probe;

	if (probe && probe_out(s) != 0)
		return -1;
	if (home_pass(s, h, v, stood) != 0)
		return -1;
	return probe ? probe_in(s) : 0;
}

static void
tell(struct session *s, const struct machine_homing *h)
{
	for (int i = 0; i < MACHINE_AXES; i++) {
		char name[2] = {(char)('x' + i), '\0'};
		struct json *j;

		if (!(h->axes >> i & 1))
			continue;
		j = session_event(s, session_now(s), "homed");
		json_string(j, "axis", name);
		json_fixed(j, "position", s->axes.pos[i], 4);
		json_fixed(j, "overshoot", s->axes.pos[i] - h->home[i], 4);
		events_close(&s->events);
	}
}

/* The place that lies d mm before home on the way to it. */
static void
before_home(const struct machine_homing *h, double d, double out[3])
{
	double way = 0;

	for (int i = 0; i < 3; i++)
		way += pow(h->home[i] - h->from[i], 2);
	way = sqrt(way);
	for (int i = 0; i < 3; i++)
		out[i] =
		    h->home[i] + (h->from[i] - h->home[i]) * fmin(d / way, 1);
}

/* was: the axes that were homed before; of two passes the second tells a switch
 * that is stuck. */
static int
home_together(struct session *s, struct machine_homing *h, uint32_t was)
{
	const struct machine_rail *rail = s->axes.drive.rail[h->rail[0]];
	double retract = rail->homing_retract_dist, to[3];
	bool stood = retract > 0 || (h->axes & ~was) == 0;

	for (int i = 0; i < MACHINE_AXES; i++)
		if (!(h->axes >> i & 1))
			h->home[i] = h->from[i] = s->axes.pos[i];
	place(s, h->from);
	if (home_once(s, h, rail->homing_speed, stood) != 0)
		return -1;
	for (int i = 0; i < MACHINE_AXES; i++)
		if (!(h->axes >> i & 1))
			h->home[i] = h->from[i] = s->axes.pos[i];
	if (retract > 0) {
		before_home(h, retract, to);
		if (session_move_to(s, to, rail->homing_retract_speed) != 0)
			return -1;
		before_home(h, 2 * retract, to);
		place(s, to);
		if (home_once(s, h, rail->second_homing_speed, false) != 0)
			return -1;
	}
	s->axes.homed |= h->axes;
	tell(s, h);
	return 0;
}

/* The plan goes on from pos, the endstop itself: the overshoot is taken back,
 * first up, then across, then down.  Above a mesh Z has to go along though it
 * was X that was homed. */
static int
stand_at(struct session *s, const double pos[3])
{
	bool homed = s->axes.homed & PLAN_Z;
	bool up = homed && pos[2] > s->axes.pos[2];
	double to[3];

	for (int turn = 0; turn < 2; turn++) {
		memcpy(to, s->axes.pos, sizeof(to));
		if ((turn == 0) == up) {
			to[2] = homed ? pos[2] : to[2];
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
	struct machine_homing h[MACHINE_AXES];
	int n = machine_drive_homings(&s->axes.drive, axes, pos, h);
	uint32_t was = s->axes.homed;
	bool known;

	session_state(s, "homing");
	surface_flat(s);
	for (int i = 0; i < n; i++)
		s->axes.homed &= ~h[i].axes;
	session_note_place(s);
	for (int i = 0; i < n; i++)
		if (home_together(s, &h[i], was) != 0)
			return -1;
	s->lost = false;
	/* a plan that knows the bed has the end stop of Z as the machine's */
	known = s->bed_known && axes & PLAN_Z;
	if (known && stand_at(s, pos) != 0)
		return -1;
	surface_follow(s);
	if (!known && stand_at(s, pos) != 0)
		return -1;
	line_stop(&s->line);
	session_note_place(s);
	session_state(s, "printing");
	return 0;
}

/* --- motors that move by themselves --------------------------------------- */

/* of a step: what two clocks may differ by */
#define CLOCKS_OFF 0.05

struct alone {
	struct axes_motor *motor;
	double end;
};

static void
feed_alone(void *ctx, double until)
{
	struct alone *p = ctx;

	step_motor_generate(p->motor->motor, fmin(until, p->end), true);
}

/* It stands some steps, whole ones, beyond where it triggered, which was at and
 * is to from now on. */
static void
name_place(struct axes_motor *m, double to, double at, bool down)
{
	double way = (m->own_pos - at) / m->step_distance;
	double steps = fmax(rint((down ? -way : way) - CLOCKS_OFF), 0);

	axes_place_alone(m, to + (down ? -steps : steps) * m->step_distance);
}

/* Until its end stop says so. */
static int
home_alone(struct session *s, struct axes_motor *m, const struct plan_record *r)
{
	uint32_t how = r->u.stepper.how;
	bool released = (how & (PLAN_STEPPER_TRY - 1)) == PLAN_STEPPER_FREE;
	double t, from = m->own_pos, hit, speed, at[4];
	struct alone p = {.motor = m};
	int result;

	/* it may still be on a way of its own */
	if (session_wait(s, s->axes.own_end) != 0)
		return -1;
	t = fmax(session_soonest(s), s->axes.own_end);
	if (r->u.stepper.pos == m->own_pos)
		return 0;
	p.end = axes_begin_alone(&s->axes, m, r, t + ARM_S, &speed);
	mcu_endstop_arm(
	    m->own_stop, t, SAMPLES * m->step_distance / speed, released);
	result =
	    mcu_endstops_wait(&m->own_stop, 1, p.end, feed_alone, &p, &hit);
	if (result == 0 && motion_queue_position(m->own, hit, at) != 0)
		at[0] = m->own_pos;
	if (axes_stopped_alone(&s->axes, m) != 0 || result < 0)
		return session_run(s, session_now(s), -1);
	if (result == 0 && how & PLAN_STEPPER_HOME)
		name_place(m, r->u.stepper.pos, at[0], r->u.stepper.pos < from);
	if (result > 0 && !(how & PLAN_STEPPER_TRY)) {
		session_stop(s, STOP_REFUSED, EXIT_NO,
		    "the endstop of '%s' was not %s on its way to %g mm",
		    m->config->name, released ? "released" : "triggered",
		    r->u.stepper.pos);
		return -1;
	}
	return 0;
}

int
session_stepper(struct session *s, const struct plan_record *r)
{
	struct axes_motor *m = axes_find_motor(&s->axes, r->u.stepper.name);
	double t;

	if (r->u.stepper.how != PLAN_STEPPER_BY)
		return home_alone(s, m, r);
	/* it may still be on a way of its own */
	if (m->own && session_wait(s, s->axes.own_end) != 0)
		return -1;
	t = session_soonest(s);
	if (m->own)
		t = fmax(t, s->axes.own_end);
	return session_wait(s, axes_move_alone(&s->axes, m, r, t));
}
