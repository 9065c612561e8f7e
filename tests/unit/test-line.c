/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The time line: cut anywhere, braked, starved and resumed, motion stays
 * within what the plan allows. */
#include <stdint.h>
#include <stdlib.h>

#include "cmd/stepstream/line.h"
#include "cmd/stepstream/profile.h"
#include "tests/unit/tap.h"

#define MOVES  600
#define ROUNDS 300

static uint64_t seed = 88172645463325252u;

static double
uniform(double min, double max)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return min + (max - min) * (double)(seed >> 11) / 9007199254740992.0;
}

/* --- what the line does to the motors, looked at ------------------------ */

static struct plan_record plan[MOVES];
static double total_mm;
static bool jerky; /* most ramps of plans have jerk */

static struct {
	double x, v, t;	       /* reached */
	double begun;	       /* the last move */
	double jump_x, jump_v; /* worst discontinuities */
	double over;	       /* worst speed above the plan, mm/s */
	double steep;	       /* worst acceleration above the move's */
	int moves, events;
} seen;

/* Planned speed at x. */
static const struct plan_move *
planned(double x, double *v)
{
	static size_t near;
	const struct plan_move *m;
	double s, rise, fall;

	while (near > 0 && x < plan[near].u.move.start[0])
		near--;
	while (near + 1 < MOVES && x >= plan[near + 1].u.move.start[0])
		near++;
	m = &plan[near].u.move;
	s = x - m->start[0];
	rise = m->start_v * m->start_v + 2 * m->accel * s;
	fall = pow(profile_end_v(m), 2) + 2 * m->accel * (m->distance - s);
	*v = sqrt(fmax(0, fmin(m->cruise_v * m->cruise_v, fmin(rise, fall))));
	/* slowed, a ramp with jerk is a straight one */
	*v += fabs(m->jerk) / 4 * pow(m->accel_t + m->decel_t, 2);
	return m;
}

static double
max_of(double a, double b)
{
	return a > b ? a : b;
}

static void
look_at(const struct plan_move *m)
{
	double took = profile_duration(m), v = m->start_v, x = m->start[0];
	double allowed;

	for (int i = 0; i <= 16; i++) {
		const double part[3] = {m->accel_t, m->cruise_t, m->decel_t};
		const double mean[3] = {m->accel, 0, -m->accel};
		double t = took * i / 16, u = m->start_v, s = 0;

		for (int k = 0; k < 3; k++) {
			double y = fmin(t, part[k]), j = k == 1 ? 0 : m->jerk;
			double from = mean[k] - j * part[k] / 2;

			s += (u + (from / 2 + j / 6 * y) * y) * y;
			u += (from + j / 2 * y) * y;
			t -= y;
		}
		planned(m->start[0] + s, &allowed);
		seen.over = max_of(seen.over, u - allowed);
		v = u;
		x = m->start[0] + s;
	}
	seen.x = x;
	seen.v = v < 1e-6 ? 0 : v;
}

void
axes_go_along(struct axes *a, const struct plan_move *m, double t0)
{
	(void)a;
	(void)m;
	(void)t0;
}

void
axes_commit(struct axes *a, const struct plan_move *m, double t0)
{
	const struct plan_move *whole;
	double v, limit;

	whole = planned(m->start[0] + m->distance / 2, &v);
	limit = profile_peak(whole);
	seen.jump_x = max_of(seen.jump_x, fabs(m->start[0] - seen.x));
	if (t0 < seen.t - 1e-9)
		seen.jump_x = HUGE_VAL;
	/* standing in between is allowed only at rest */
	if (t0 > seen.t + 1e-7 && seen.v > 0)
		seen.jump_v = HUGE_VAL;
	seen.jump_v = max_of(seen.jump_v, fabs(m->start_v - seen.v));
	seen.steep = max_of(seen.steep, m->accel - limit);
	look_at(m);
	seen.moves++;
	seen.begun = t0;
	seen.t = a->end_time = t0 + profile_duration(m);
}

static double looks_ahead;

double
axes_ahead(const struct axes *a)
{
	(void)a;
	return looks_ahead;
}

double
axes_free_time(const struct axes *a)
{
	(void)a;
	return -HUGE_VAL;
}

static void
committed(void *ctx, const struct plan_record *r, double t)
{
	(void)ctx;
	(void)r;
	(void)t;
	seen.events++;
}

/* --- plans -------------------------------------------------------------- */

/* Jerk for a move of one ramp. */
static void
add_jerk(struct plan_move *m)
{
	double t = m->accel_t + m->decel_t;

	if (!jerky || t == 0 || (m->accel_t > 0 && m->decel_t > 0))
		return;
	m->jerk = uniform(-2, 2) * m->accel / t;
	m->distance -= m->jerk / 12 * t * t * t;
}

/* A chain of moves along X that begins and ends at rest. */
static double
make_plan(void)
{
	double x = 0, t = 0, v = 0;

	for (int i = 0; i < MOVES; i++) {
		struct plan_move *m = &plan[i].u.move;
		double d =
		    uniform(0, 1) < 0.1 ? uniform(5, 60) : uniform(0.02, 2);
		double a = uniform(0, 1) < 0.2 ? 1000 : 3000, lo, hi, v1, peak;

		memset(&plan[i], 0, sizeof(plan[i]));
		plan[i].type = PLAN_MOVE;
		plan[i].line = (uint32_t)i + 1;
		plan[i].t = t;
		/* leave a way to stop in the end */
		hi = sqrt(fmin(v * v + 2 * a * d, 200.0 * 200.0));
		hi = fmin(hi, sqrt(2 * 1000 * 0.02 * (MOVES - 1 - i)));
		lo = sqrt(fmax(v * v - 2 * a * d, 0));
		v1 = hi <= lo ? lo : uniform(lo, hi);
		if (i == MOVES - 1 || uniform(0, 1) < 0.05)
			v1 = lo;
		peak = sqrt(
		    fmin((v * v + v1 * v1) / 2 + a * d, uniform(100, 40000)));
		m->start[0] = x;
		m->dir[0] = 1;
		m->distance = d;
		m->accel = a;
		m->cruise_v = max_of(peak, max_of(v, v1));
		v = profile_slow(m, v, v1);
		add_jerk(m);
		x += m->distance;
		t += profile_duration(m);
	}
	total_mm = x;
	return v;
}

static void
fresh(struct line *l, struct axes *a)
{
	memset(&seen, 0, sizeof(seen));
	memset(a, 0, sizeof(*a));
	a->end_time = -HUGE_VAL;
	line_init(l, a, committed, NULL);
}

static bool
sound(const char **why)
{
	static char text[160];

	snprintf(text, sizeof(text),
	    "gap %.3g mm, jump %.3g mm/s, over %.3g mm/s, steep %.3g",
	    seen.jump_x, seen.jump_v, seen.over, seen.steep);
	*why = text;
	return seen.jump_x < 1e-6 && seen.jump_v < 1e-3 && seen.over < 1e-3 &&
	       seen.steep <= 1e-9;
}

/* --- tests -------------------------------------------------------------- */

static void
test_as_planned(void)
{
	struct line l;
	struct axes a;
	const char *why = "";
	bool good;
	double end;

	make_plan();
	fresh(&l, &a);
	for (int i = 0; i < MOVES; i++)
		line_push(&l, &plan[i]);
	line_start(&l, 10);
	line_commit(&l, HUGE_VAL, HUGE_VAL, -HUGE_VAL, 0);
	end = plan[MOVES - 1].t + profile_duration(&plan[MOVES - 1].u.move);
	good = sound(&why);
	ok(good, "a whole plan is committed as it is: %s", why);
	is_int(seen.moves, MOVES, "move by move");
	is_near(seen.t, 10 + end, 1e-9, "and ends at its time");
	line_release(&l);
}

static void
test_pieces(void)
{
	int bad = 0, late = 0;
	const char *why = "";
	struct line l;
	struct axes a;

	for (int round = 0; round < ROUNDS; round++) {
		double t = 0, end;
		int fed = 0;

		make_plan();
		fresh(&l, &a);
		line_start(&l, 0);
		while (fed < MOVES || !line_empty(&l)) {
			for (int n = 60; n > 0 && fed < MOVES; n--)
				line_push(&l, &plan[fed++]);
			t += uniform(0.001, 0.2);
			line_commit(
			    &l, t, fed == MOVES ? HUGE_VAL : 0, -HUGE_VAL, 0);
		}
		end = plan[MOVES - 1].t +
		      profile_duration(&plan[MOVES - 1].u.move);
		bad += !sound(&why) || fabs(seen.x - total_mm) > 1e-6;
		late += fabs(seen.t - end) > 1e-6;
		line_release(&l);
	}
	ok(bad == 0, "cut anywhere it is the same path and speed: %s", why);
	is_int(late, 0, "and takes the same time");
}

static void
test_brake(void)
{
	int bad = 0, moving = 0, unfinished = 0;
	double slowest = 0;
	const char *why = "", *worst = "";
	struct line l;
	struct axes a;

	for (int round = 0; round < ROUNDS; round++) {
		make_plan();
		fresh(&l, &a);
		for (int i = 0; i < MOVES; i++)
			line_push(&l, &plan[i]);
		line_start(&l, 0);
		for (int stops = 0; stops < 4; stops++) {
			double from, v;

			line_commit(
			    &l, seen.t + uniform(0.05, 0.6), 0, -HUGE_VAL, 0);
			v = l.v;
			from = seen.t;
			line_brake(&l);
			line_commit(&l, 0, 0, -HUGE_VAL, 0);
			moving += seen.v != 0 || l.mode != LINE_HELD;
			slowest = max_of(slowest, (seen.t - from) - v / 1000);
			line_resume(&l);
		}
		line_commit(&l, HUGE_VAL, HUGE_VAL, -HUGE_VAL, 0);
		unfinished += fabs(seen.x - total_mm) > 1e-6 || !line_empty(&l);
		if (!sound(&why)) {
			bad++;
			worst = why;
		}
		line_release(&l);
	}
	is_int(moving, 0, "braking ends at rest");
	/* what is left of a ramp with jerk may be a gentle one */
	ok(slowest < (jerky ? 0.5 : 1e-6), "after v/a at most (%.3g)", slowest);
	ok(bad == 0, "and stays within the plan %s", worst);
	is_int(unfinished, 0, "what is left is done when it is resumed");
}

static void
test_starved(void)
{
	int bad = 0, moving = 0;
	const char *why = "", *worst = "";
	struct line l;
	struct axes a;

	for (int round = 0; round < ROUNDS; round++) {
		int n = (int)uniform(1, MOVES - 1);
		double x;

		make_plan();
		fresh(&l, &a);
		for (int i = 0; i < n; i++)
			line_push(&l, &plan[i]);
		line_start(&l, 0);
		line_commit(&l, HUGE_VAL, HUGE_VAL, -HUGE_VAL, 0);
		x = plan[n].u.move.start[0];
		moving += seen.v != 0 || fabs(seen.x - x) > 1e-6;
		/* the rest comes much later */
		for (int i = n; i < MOVES; i++)
			line_push(&l, &plan[i]);
		line_commit(&l, HUGE_VAL, HUGE_VAL, seen.t + 5, seen.t + 5.25);
		moving += seen.v != 0 || fabs(seen.x - total_mm) > 1e-6;
		if (!sound(&why)) {
			bad++;
			worst = why;
		}
		line_release(&l);
	}
	is_int(moving, 0, "when no more comes it rests where the plan ends");
	ok(bad == 0, "slowed within its limits %s", worst);
}

static void
test_late(void)
{
	struct line l;
	struct axes a;
	double before;

	make_plan();
	fresh(&l, &a);
	for (int i = 0; i < MOVES; i++)
		line_push(&l, &plan[i]);
	line_start(&l, 0);
	line_commit(&l, 0.5, 0, -HUGE_VAL, 0);
	before = seen.t;
	seen.v = l.v = 0; /* the board ran dry, and was brought back */
	line_commit(&l, before + 3, 0, before + 1, before + 1.25);
	is_int((long long)l.pauses, 1, "a host that overslept is counted");
	ok(seen.jump_v < 1e-3, "motion begins anew from rest");
	ok(seen.t > before + 3, "and goes on");
	line_release(&l);
}

/* When the first move is committed that was due so long after now. */
static double
begins(double due, double ahead)
{
	struct line l;
	struct axes a;
	make_plan();
	fresh(&l, &a);
	looks_ahead = ahead;
	line_push(&l, &plan[0]);
	line_start(&l, due);
	line_commit(&l, HUGE_VAL, HUGE_VAL, 0, 0.2 + ahead);
	looks_ahead = 0;
	line_release(&l);
	return seen.begun;
}

static void
test_look_ahead(void)
{
	is_near(begins(0.12, 0), 0.12, 1e-9, "what is due soon is in time");
	is_near(begins(0.08, 0), 0.2, 1e-9, "what is due sooner waits");
	is_near(begins(0.12, 0.15), 0.35, 1e-9,
	    "steps that a shaper has before it are in time, too");
	is_near(begins(0.26, 0.15), 0.26, 1e-9, "and no later than needed");
}

/* Long slow moves: the line is often one move that has begun, with the next
 * one upstream. */
static void
test_in_time(void)
{
	double x = 0, t = 0, now = 0, v = 25;
	struct line l;
	struct axes a;
	int fed = 0;

	memset(plan, 0, sizeof(plan));
	for (int i = 0; i < MOVES; i++) {
		struct plan_move *m = &plan[i].u.move;

		plan[i].type = PLAN_MOVE;
		plan[i].t = t;
		m->start[0] = x;
		m->dir[0] = 1;
		m->distance = i % 3 ? 40 : 3;
		m->accel = 3000;
		m->cruise_v = v;
		profile_slow(m, i ? v : 0, i + 1 < MOVES ? v : 0);
		x += m->distance;
		t += profile_duration(m);
	}
	fresh(&l, &a);
	line_start(&l, 1);
	for (; fed < MOVES || !line_empty(&l); now += 0.1) {
		while (fed < MOVES && line_end(&l) < now + 1.25)
			line_push(&l, &plan[fed++]);
		line_commit(&l, now + 0.7, fed == MOVES ? HUGE_VAL : now + 0.35,
		    now, now + 0.25);
	}
	is_near(seen.t, 1 + t, 1e-6, "fed in time, long moves are not slowed");
	line_release(&l);
}

static void
test_factor(void)
{
	struct line l;
	struct axes a;
	double end;
	int fed = MOVES / 2;

	make_plan();
	fresh(&l, &a);
	for (int i = 0; i < fed; i++)
		line_push(&l, &plan[i]);
	line_start(&l, 0);
	line_set_factor(&l, 0.5);
	for (int i = fed; i < MOVES; i++)
		line_push(&l, &plan[i]);
	line_commit(&l, HUGE_VAL, HUGE_VAL, -HUGE_VAL, 0);
	end = plan[MOVES - 1].t + profile_duration(&plan[MOVES - 1].u.move);
	is_near(
	    seen.t, 2 * end, 1e-6, "at half the speed it takes twice as long");
	ok(fabs(seen.x - total_mm) < 1e-6 && seen.over < 1e-3,
	    "on the same path");
	line_release(&l);
}

static void
test_split(void)
{
	double worst = 0;

	for (int i = 0; i < 20000; i++) {
		struct plan_move m = {.dir = {1}, .accel = 3000}, h, t;
		double x, d = uniform(0.01, 50), v1;

		m.distance = d;
		m.cruise_v = uniform(10, 300);
		v1 = profile_slow(&m, uniform(0, 10), uniform(0, 10));
		if (i & 1) { /* one ramp, with jerk */
			double *gone = i & 2 ? &m.accel_t : &m.decel_t;

			m.distance -=
			    *gone * (m.cruise_v - m.accel / 2 * *gone);
			*gone = 0;
			if (i & 2)
				m.start_v = m.cruise_v;
			add_jerk(&m);
			v1 = profile_end_v(&m);
			d = m.distance;
		}
		x = uniform(0.001, 0.999) * profile_duration(&m);
		profile_split(&m, x, &h, &t);
		worst = max_of(worst, fabs(profile_duration(&h) - x));
		worst = max_of(worst, fabs(h.distance + t.distance - d));
		worst = max_of(worst, fabs(t.start[0] - h.distance));
		worst = max_of(worst, fabs(profile_end_v(&t) - v1));
		worst = max_of(worst, fabs(profile_end_v(&h) - t.start_v));
		worst = max_of(
		    worst, fabs(profile_time_at(&m, h.distance) - x) * 1e-3);
	}
	ok(worst < 1e-6, "both parts of a cut make the whole (%.2g)", worst);
}

int
main(void)
{
	jerky = true;
	test_split();
	test_as_planned();
	test_pieces();
	test_brake();
	test_starved();
	jerky = false;
	test_as_planned();
	test_pieces();
	test_brake();
	test_starved();
	test_late();
	test_look_ahead();
	test_in_time();
	test_factor();
	return done_testing();
}
