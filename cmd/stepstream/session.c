/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The loop of a print, and coming to an end in any way. */
#include "session.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/xalloc.h"
#include "cli/cli.h"
#include "io/signals.h"
#include "profile.h"
#include "transport.h"

#define START_S 0.250 /* from now to the first move */
#define SEND_S	0.200 /* from now to its first step, at least */
/* committed ahead of now, at least, and what filters look ahead */
#define LEAD_LOW_S   0.450
#define LEAD_HIGH_S  0.700
#define MUST_S	     0.350 /* what is slowed is kept back until then */
#define OFFLINE_S    1.0   /* what is kept in the line when none waits */
#define LATE_S	     0.020 /* what is due so soon comes too late */
#define TICK_S	     0.100
#define POLL_S	     0.050 /* the control socket */
#define PAUSED_NS    20000000ll
#define BACK_MM_S    20.0 /* on the way back after lost steps */
#define BACK_WAIT_S  0.050
#define CONFIRM_S    1.0 /* for steps that are on their way */
#define LOOK_S	     0.005
#define CONFIRMS     3
#define SETTLE_S     0.300 /* for the last commands to take effect */
#define OFFLINE_STEP 1024  /* records */

/* --- the loop ---------------------------------------------------------- */

static bool
offline(const struct session *s)
{
	return mcu_kind(s->mcu) == MCU_OFFLINE;
}

double
session_now(struct session *s)
{
	if (offline(s))
		return fmax(s->axes.end_time, 0);
	return mcu_now(s->mcu);
}

/* Shapers and pressure advance begin before the move does. */
static double
start_s(const struct session *s)
{
	return fmax(START_S, SEND_S + axes_ahead(&s->axes));
}

double
session_soonest(struct session *s)
{
	double free = fmax(s->axes.end_time, axes_free_time(&s->axes));

	if (offline(s))
		return free > 0 ? free : start_s(s);
	return fmax(mcu_now(s->mcu) + start_s(s), free);
}

void
session_stop(struct session *s, enum stop_reason reason, int status,
    const char *fmt, ...)
{
	va_list ap;

	if (s->stop != STOP_NONE && reason != STOP_BOARD)
		return;
	if (s->stop == STOP_BOARD || s->stop == STOP_HEAT ||
	    s->stop == STOP_EMERGENCY)
		return;
	s->stop = reason;
	s->status = status;
	buf_clear(&s->why);
	va_start(ap, fmt);
	buf_vaddf(&s->why, fmt, ap);
	va_end(ap);
}

/* Nobody waits, but the end of the line may still have to be slowed. */
static void
commit_offline(struct session *s)
{
	double never = -(double)INFINITY, all = (double)INFINITY;

	if (s->no_more || s->unwinding)
		line_commit(&s->line, all, all, never, session_soonest(s));
	else if (line_count(&s->line) > OFFLINE_STEP)
		line_commit(&s->line, line_end(&s->line) - OFFLINE_S, never,
		    never, never);
}

/* From where a motor feels a move that comes to where it feels one no more. */
static double
reach(const struct session *s)
{
	double ahead, behind;

	motion_queue_reach(s->axes.queue, &ahead, &behind);
	return ahead + behind;
}

/*
 * Has the motion that was committed its end, and is it time to say so?  The
 * last steps are made then, so it may not be later.  What follows at once must
 * not find filters settled; it has been committed by that time.
 */
static bool
settled(const struct session *s, double now)
{
	double end = s->axes.end_time;

	if (s->generated || s->line.v > 0 ||
	    (!line_resting(&s->line) &&
		line_head_time(&s->line) < end + reach(s)))
		return false;
	return s->no_more || s->unwinding || s->line.mode == LINE_HELD ||
	       end < now + axes_ahead(&s->axes) + MUST_S;
}

/* Which sensor the board found out of range: its last readings were. */
static void
name_sensor(struct session *s, struct buf *out)
{
	for (int i = 0; i < s->machine->n_heaters; i++) {
		const struct heater *h = &s->heater[i].heater;
		const struct machine_sensor *c = &h->config->sensor;

		if (h->seen && (h->temperature <= c->min_temp ||
				   h->temperature >= c->max_temp))
			buf_addf(out, "; '%s' reads %.0f C, outside of %g..%g",
			    h->config->name, h->temperature, c->min_temp,
			    c->max_temp);
	}
}

static void
board_failed(struct session *s)
{
	struct buf sensor = BUF_INIT;

	buf_adds(&sensor, "");
	if (strstr(mcu_failed(s->mcu), "ADC out of range"))
		name_sensor(s, &sensor);
	session_stop(s, STOP_BOARD, mcu_failed_status(s->mcu), "%s%s",
	    mcu_failed(s->mcu), sensor.data);
	buf_release(&sensor);
}

static void
look_around(struct session *s)
{
	if (mcu_failed(s->mcu))
		board_failed(s);
	if (signals_pending())
		session_stop(s, STOP_SIGNAL, 128 + signals_pending(),
		    "stopped by signal %d", signals_pending());
}

/* The straight way from where everything stands to pos, from rest to rest. */
static void
way_back(struct session *s, const double from[4], const double to[4],
    struct plan_move *m)
{
	double d = 0;

	memset(m, 0, sizeof(*m));
	for (int i = 0; i < 3; i++)
		d += pow(to[i] - from[i], 2);
	d = sqrt(d);
	for (int i = 0; i < 3 && d > 1e-9; i++)
		m->dir[i] = (to[i] - from[i]) / d;
	memcpy(m->start, from, sizeof(m->start));
	m->start_e = from[3];
	if (d <= 1e-9)
		d = fabs(to[3] - from[3]);
	if (d > 0)
		m->ratio_e = (to[3] - from[3]) / d;
	profile_from_rest(m, d, BACK_MM_S,
	    fmin(s->machine->max_accel, s->machine->max_z_accel));
}

/*
 * This computer or the link slept and the board ran out of steps. When it has
 * done what it got, the motors are brought to where the motion that was lost
 * would have ended, and the plan goes on from there.
 */
static void
rejoin(struct session *s)
{
	double to[4], from[4], until, t;
	struct plan_move m;

	memcpy(to, s->axes.pos, sizeof(to));
	mcu_drop_steps(s->mcu);
	until = fmax(s->axes.end_time, mcu_now(s->mcu));
	until =
	    fmax(until, s->axes.own_end) + BACK_WAIT_S + mcu_dry_stop_s(s->mcu);
	while (mcu_now(s->mcu) < until && !mcu_failed(s->mcu) &&
	       !signals_pending())
		mcu_run(s->mcu, until, -1);
	(void)mcu_steps_lost(s->mcu); /* other motors said so, too */
	if (mcu_failed(s->mcu) || axes_recover(&s->axes, from) != 0)
		return;
	axes_set_position(&s->axes, from);
	s->axes.end_time = mcu_now(s->mcu);
	way_back(s, from, to, &m);
	t = s->axes.end_time + start_s(s);
	if (m.distance > 0) {
		axes_commit(&s->axes, &m, t);
		axes_generate(&s->axes, s->axes.end_time, true);
	}
	axes_bring_back(&s->axes, t);
	s->generated = true;
	s->line.late++;
	s->line.v = 0;
	events_close((session_event(s, mcu_now(s->mcu), "late"), &s->events));
}

/* Steps of the motion under way are due, and still here. */
static bool
ran_dry(const struct session *s, double now)
{
	return mcu_kind(s->mcu) == MCU_LIVE && !s->generated &&
	       axes_supplied(&s->axes) < now + LATE_S;
}

/* Keeps the board supplied. */
static void
advance(struct session *s)
{
	double before, now = mcu_now(s->mcu);
	double ahead = now + axes_ahead(&s->axes);

	if (ran_dry(s, now))
		rejoin(s);
	before = s->axes.end_time;
	if (offline(s)) {
		commit_offline(s);
	} else if (s->line.mode == LINE_BRAKE || s->line.v == 0 ||
		   s->axes.end_time < ahead + LEAD_LOW_S) {
		bool last = s->no_more || s->unwinding;

		line_commit(&s->line, ahead + LEAD_HIGH_S,
		    last ? (double)INFINITY : ahead + MUST_S, now,
		    session_soonest(s));
	}
	if (s->axes.end_time > before) {
		s->generated = false;
		s->idle_since = s->axes.end_time;
	}
	if (settled(s, now)) {
		axes_generate(&s->axes, s->axes.end_time, true);
		s->generated = true;
	} else if (s->axes.end_time > before) {
		axes_generate(&s->axes, s->axes.end_time, false);
	}
	/* nothing else hands over the steps of manual steppers then */
	if (s->generated && s->axes.own_end > now)
		mcu_flush(
		    s->mcu, offline(s) ? s->axes.own_end : now + LEAD_LOW_S);
}

int
session_run(struct session *s, double until, int fd)
{
	double now, wake = until;

	advance(s);
	if (!offline(s)) {
		if (!line_resting(&s->line) && s->line.started)
			wake = fmin(wake, fmax(s->axes.end_time - LEAD_LOW_S -
						   axes_ahead(&s->axes),
					      mcu_now(s->mcu) + 0.001));
		wake = fmin(wake, s->next_tick);
		if (s->due_at < s->n_due)
			wake = fmin(wake, s->due[s->due_at].t);
		if (s->control)
			wake = fmin(wake, mcu_now(s->mcu) + POLL_S);
	}
	mcu_run(s->mcu, wake, fd);
	if (mcu_steps_lost(s->mcu))
		rejoin(s);
	if (s->paused && mcu_kind(s->mcu) == MCU_SIMULATED)
		transport_pause(PAUSED_NS); /* people are slow */
	now = session_now(s);
	session_do_due(s, now);
	if (!offline(s) && now >= s->next_tick) {
		s->next_tick = now + TICK_S;
		session_tick(s, now);
	}
	events_flush(&s->events);
	if (s->control)
		control_poll(s->control, s);
	look_around(s);
	if (s->stop == STOP_BOARD)
		return -1;
	return s->stop == STOP_NONE || s->unwinding ? 0 : -1;
}

int
session_wait(struct session *s, double until)
{
	if (offline(s))
		return session_run(s, until, -1);
	do {
		if (session_run(s, until, -1) != 0)
			return -1;
	} while (mcu_now(s->mcu) < until);
	return 0;
}

int
session_drain(struct session *s)
{
	int result = 0;

	if (!s->line.started && !line_empty(&s->line))
		line_start(&s->line, session_soonest(s));
	/* nothing is added before it is empty: it ends where it ends */
	s->no_more = true;
	do {
		result = session_run(s, 0, -1);
		if (result == 0 && !line_empty(&s->line))
			result = session_run(s, (double)INFINITY, -1);
	} while (result == 0 && (!line_empty(&s->line) || s->line.v > 0));
	s->no_more = false;
	if (result != 0)
		return -1;
	session_close_line(s);
	/* a dwell has no motion to wait for */
	return session_wait(s, fmax(s->axes.end_time, s->line.dwell_end));
}

/* A link that is held up at the end of a motion tells only later that steps
 * were lost: nothing that builds on them may begin before. */
int
session_confirm(struct session *s)
{
	double until = mcu_now(s->mcu) + CONFIRM_S;
	int rounds = 0;
	bool all;

	while (!offline(s)) {
		if (axes_confirm(&s->axes, &all) != 0)
			return session_run(s, session_now(s), -1);
		if (all)
			return 0;
		if (mcu_now(s->mcu) > until) {
			if (++rounds > CONFIRMS) {
				session_stop(s, STOP_REFUSED, EXIT_PROTO,
				    "the board does not make the steps that "
				    "it was sent");
				return -1;
			}
			rejoin(s);
			until = s->axes.end_time + CONFIRM_S;
		}
		if (session_wait(s,
			fmax(s->axes.end_time, mcu_now(s->mcu) + LOOK_S)) != 0)
			return -1;
	}
	return 0;
}

int
session_move_to(struct session *s, const double xyz[3], double v)
{
	const struct machine *m = s->machine;
	struct plan_record r = {.type = PLAN_MOVE, .line = s->input.line};
	struct plan_move *move = &r.u.move;
	double d = 0, a = m->max_accel, dz = xyz[2] - s->axes.pos[2];

	for (int i = 0; i < 3; i++)
		d += pow(xyz[i] - s->axes.pos[i], 2);
	d = sqrt(d);
	if (d < 1e-9)
		return 0;
	if (fabs(dz) > 1e-9) {
		v = fmin(v, m->max_z_velocity * d / fabs(dz));
		a = fmin(a, m->max_z_accel * d / fabs(dz));
	}
	for (int i = 0; i < 3; i++) {
		move->start[i] = s->axes.pos[i];
		move->dir[i] = (xyz[i] - s->axes.pos[i]) / d;
	}
	move->start_e = s->axes.pos[3];
	v = fmin(v, m->max_velocity);
	if (s->axes.drive.kinematics.bed)
		bed_limit(s->axes.drive.kinematics.bed, move->start, move->dir,
		    d, m->max_z_velocity, m->max_z_accel, &v, &a);
	profile_from_rest(move, d, v, a);
	line_stop(&s->line);
	line_push(&s->line, &r);
	if (session_drain(s) != 0)
		return -1;
	line_stop(&s->line);
	return 0;
}

void
session_note_place(struct session *s)
{
	if (!offline(s))
		report_write(s, mcu_now(s->mcu), true);
}

/* --- the end ----------------------------------------------------------- */

void
session_heaters_off(struct session *s)
{
	double t = fmax(mcu_now(s->mcu), 0) + TICK_S;

	for (int i = 0; i < s->machine->n_heaters; i++) {
		struct heater_unit *u = &s->heater[i];

		heater_set_target(&u->heater, 0);
		if (u->pin_value != 0)
			mcu_output_set(u->pin, t, 0);
		u->pin_value = 0;
	}
}

void
session_emergency(struct session *s)
{
	session_heaters_off(s);
	mcu_emergency_stop(s->mcu);
}

static bool
any_heat(const struct session *s)
{
	for (int i = 0; i < s->machine->n_heaters; i++)
		if (s->heater[i].heater.target > 0)
			return true;
	return false;
}

/* on_error = keep_heat: until somebody comes, or the idle timeout. */
static void
keep_heat(struct session *s)
{
	double until = session_now(s) + s->machine->idle_timeout;

	session_state(s, "holding");
	if (!s->options.quiet)
		cli_warn("the heaters stay on for %.0f s, as on_error says; "
			 "interrupt to turn them off",
		    s->machine->idle_timeout);
	while (session_now(s) < until && !signals_pending())
		if (session_run(s, until, -1) != 0)
			return;
}

void
session_end(struct session *s)
{
	bool keep = s->stop == STOP_UPSTREAM &&
		    s->machine->keep_heat_on_error && any_heat(s) &&
		    mcu_kind(s->mcu) == MCU_LIVE;
	double t;

	if (s->stop == STOP_EMERGENCY || s->stop == STOP_HEAT)
		session_emergency(s);
	if (mcu_failed(s->mcu) || s->stop == STOP_BOARD ||
	    s->stop == STOP_EMERGENCY || s->stop == STOP_HEAT) {
		session_salvage(s);
		return;
	}
	s->unwinding = true;
	s->paused = false;
	if (s->stop != STOP_NONE) {
		if (!keep)
			session_heaters_off(s);
		line_brake(&s->line);
		while (s->line.v > 0 || s->line.mode == LINE_BRAKE)
			if (session_run(s, (double)INFINITY, -1) != 0)
				return;
		session_wait(s, s->axes.end_time);
	}
	if (keep)
		keep_heat(s);
	session_heaters_off(s);
	/* shaped, motors turn on behind the end of the plan */
	t = fmax(session_now(s), s->axes.rest_time);
	axes_disable(&s->axes, NULL, t + TICK_S);
	/* a heater that was just told to stay on hears of it later */
	t = fmax(t, mcu_outputs_settled(s->mcu));
	session_wait(s, t + SETTLE_S);
}
