/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Profiles of limited jerk: smooth, never faster, and as quick as they can. */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "base/xalloc.h"
#include "motion/scurve.h"
#include "tests/unit/tap.h"

#define JERK  1e5
#define ACCEL 3000.
#define LIMIT 1000000

static uint64_t seed = 88172645463325252u;

static double
uniform(double min, double max)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return min + (max - min) * (double)(seed >> 11) / 9007199254740992.0;
}

/* constant jerk, along the whole path; a at the begin */
struct piece {
	double s, t, v, a, j, dt;
};
struct track {
	struct piece *p;
	size_t n, alloc;
	double s, t;
	size_t moves, records;
};

static struct track wanted, got;
static struct scurve *scurve;
static double gap; /* worst jump of place between two slices */

static void
phase(struct track *k, double v, double mean, double j, double dt)
{
	double a = mean - j * dt / 2;

	if (dt <= 0)
		return;
	ALLOC_GROW(k->p, k->n + 1, k->alloc);
	k->p[k->n++] = (struct piece){k->s, k->t, v, a, j, dt};
	k->s += (v + (a / 2 + j / 6 * dt) * dt) * dt;
	k->t += dt;
}

static void
add(struct track *k, const struct planner_move *m,
    const struct planner_profile *q)
{
	phase(k, q->start_v, m->accel, q->jerk, q->accel_t);
	phase(k, q->cruise_v, 0, 0, q->cruise_t);
	phase(k, q->cruise_v, -m->accel, q->jerk, q->decel_t);
	k->records++;
}

static void
on_slice(void *ctx, const struct planner_move *m,
    const struct planner_profile *q, bool last)
{
	static double end[3];

	(void)ctx;
	got.moves += last;
	if (!q)
		return;
	if (got.records)
		for (int i = 0; i < 3; i++)
			gap = fmax(gap, fabs(m->start[i] - end[i]));
	for (int i = 0; i < 3; i++)
		end[i] = m->start[i] + m->dir[i] * m->distance;
	add(&got, m, q);
}

static void
on_move(
    void *ctx, const struct planner_move *m, const struct planner_profile *q)
{
	(void)ctx;
	add(&wanted, m, q);
	wanted.moves++;
	scurve_add(scurve, m, q);
}

static void
fresh(void)
{
	free(wanted.p);
	free(got.p);
	memset(&wanted, 0, sizeof(wanted));
	memset(&got, 0, sizeof(got));
	gap = 0;
}

static struct planner *
make(void)
{
	struct planner_limits l = {.velocity = 300,
	    .accel = ACCEL,
	    .square_corner_velocity = 5,
	    .minimum_cruise_ratio = 0.5,
	    .z_velocity = 20,
	    .z_accel = 500};
	struct planner_extruder e = {1, .4, 1, 80, 800, 50};
	struct planner *p = planner_new(on_move, NULL);
	double home[4] = {0};

	planner_set_limits(p, &l);
	planner_set_extruder(p, &e);
	planner_set_position(p, home);
	scurve = scurve_new(on_slice, NULL, JERK);
	return p;
}

static void
finish(struct planner *p)
{
	planner_flush(p);
	scurve_flush(scurve);
	planner_free(p);
	scurve_free(scurve);
}

/* zig-zags, arcs of short chords, changes of speed, Z moves, retractions */
static void
draw(struct planner *p, int moves)
{
	double at[4] = {0}, turn = 0, bend = 0, speed = 50, length = 1, value;

	for (int i = 0; i < moves; i++) {
		if (uniform(0, 1) < 0.1) {
			bend = uniform(0, 1) < 0.4 ? 0 : uniform(-.2, .2);
			length = exp(uniform(-3, 3));
			speed = uniform(5, 320);
		}
		if (uniform(0, 1) < 0.05)
			turn += uniform(1, 3);
		turn += bend;
		at[0] += length * cos(turn);
		at[1] += length * sin(turn);
		at[2] += uniform(0, 1) < 0.02 ? uniform(-.5, .5) : 0;
		at[3] += uniform(0, 1) < 0.5 ? length * 0.03 : 0;
		planner_add(p, at, speed, (uint32_t)i, &value);
		if (uniform(0, 1) < 0.01) { /* next to nothing */
			at[0] += 1e-9;
			planner_add(p, at, speed, (uint32_t)i, &value);
		}
		if (uniform(0, 1) < 0.01) {
			at[3] -= 0.8;
			planner_add(p, at, 35, (uint32_t)i, &value);
		}
	}
}

/* of the trapezoids, whose jerk is 0 */
static double
speed_at(const struct track *k, size_t *i, double s)
{
	const struct piece *p;
	double v2;

	while (*i + 1 < k->n && k->p[*i + 1].s <= s)
		++*i;
	p = &k->p[*i];
	v2 = p->v * p->v + 2 * p->a * (s - p->s);
	return v2 > 0 ? sqrt(v2) : 0;
}

/* the most that it is faster than its trapezoids anywhere */
static double
excess(void)
{
	double worst = -HUGE_VAL;
	size_t i = 0;

	for (size_t k = 0; k < got.n; k++) {
		const struct piece *p = &got.p[k];

		for (int part = 0; part < 8; part++) {
			double t = p->dt * (part + 0.5) / 8;
			double s =
			    p->s + (p->v + (p->a / 2 + p->j / 6 * t) * t) * t;
			double v = p->v + (p->a + p->j / 2 * t) * t;

			worst = fmax(worst, v - speed_at(&wanted, &i, s));
		}
	}
	return worst;
}

/* the greatest jerk, acceleration, and jumps of it and of speed */
struct worst {
	double jerk, accel, step, jump;
};

static void
look_at_jerk(struct worst *w)
{
	double end_v = 0, end_a = 0;

	for (size_t k = 0; k < got.n; k++) {
		const struct piece *p = &got.p[k];
		double a = p->a + p->j * p->dt;

		w->jump = fmax(w->jump, fabs(p->v - end_v));
		w->step = fmax(w->step, fabs(p->a - end_a));
		w->jerk = fmax(w->jerk, fabs(p->j));
		w->accel = fmax(w->accel, fmax(fabs(p->a), fabs(a)));
		end_v = p->v + (p->a + a) / 2 * p->dt;
		end_a = a;
	}
	w->step = fmax(w->step, fabs(end_a));
}

static void
test_one(void)
{
	double to[4] = {100, 0, 0, 0}, value, want;
	struct planner *p = make();

	fresh();
	planner_add(p, to, 100, 1, &value);
	finish(p);
	want = 2 * (100 / ACCEL + ACCEL / JERK);
	is_near(scurve_time(100, ACCEL, JERK), want / 2, 1e-12,
	    "from rest to 100 mm/s: dv/A + A/J");
	is_near(scurve_way(0, 100, ACCEL, JERK), 50 * want / 2, 1e-12,
	    "on the mean speed times that");
	want += (100 - 50 * want) / 100;
	is_near(got.t, want, 1e-9, "a line of 100 mm takes %.4f s", want);
	is_near(got.s, 100, 1e-9, "and is as long as it was");
	fresh();
	p = make();
	to[0] = 0.5;
	planner_add(p, to, 100, 1, &value);
	finish(p);
	/* never at full acceleration: d / 2 = v sqrt(v / J) */
	want = 4 * sqrt(pow(0.25 * sqrt(JERK), 2 / 3.) / JERK);
	is_near(got.t, want, 1e-9, "half a millimetre takes %.4f s", want);
}

static void
test_any(void)
{
	double over = -HUGE_VAL, worst = 0, far = 0, slower = HUGE_VAL;
	struct worst w = {0, 0, 0, 0};
	size_t records = 0, moves = 0;
	int lost = 0;

	for (int round = 0; round < 20; round++) {
		struct planner *p = make();

		fresh();
		draw(p, 2000);
		finish(p);
		far = fmax(far, fabs(got.s - wanted.s));
		lost += got.moves != wanted.moves;
		over = fmax(over, excess());
		look_at_jerk(&w);
		worst = fmax(worst, gap);
		slower = fmin(slower, got.t / wanted.t);
		records += got.records;
		moves += wanted.moves;
	}
	is_int(lost, 0, "every move comes to its end");
	ok(far < 1e-5 && worst < 1e-6, "the path is the same (%.2g, %.2g mm)",
	    far, worst);
	ok(w.jump < 1e-5, "speed is continuous (%.2g mm/s)", w.jump);
	/* at rest moves of 1e-9 mm are over before they began */
	ok(w.step < ACCEL * 1e-3, "acceleration is (%.2g mm/s2)", w.step);
	ok(w.jerk <= JERK * (1 + 1e-12), "jerk is never above its limit");
	ok(w.accel <= ACCEL * (1 + 1e-9), "nor acceleration (%.9g)", w.accel);
	ok(over < 1e-3, "nor speed above the trapezoids' (%.2g mm/s)", over);
	ok(slower >= 1, "it is never quicker than without");
	ok(records < 3 * moves, "%zu records are enough for %zu moves", records,
	    moves);
}

/* how the queue is cut does not matter */
static void
test_batches(void)
{
	static const size_t batch[] = {1, 7, 100, 100000};
	double t[4], s[4];
	size_t records[4];

	for (int i = 0; i < 4; i++) {
		struct planner *p = make();

		seed = 42424242;
		fresh();
		planner_set_batch(p, batch[i]);
		draw(p, 5000);
		finish(p);
		t[i] = got.t;
		s[i] = got.p[got.n / 2].s;
		records[i] = got.records;
	}
	ok(t[0] == t[1] && t[1] == t[2] && t[2] == t[3] && s[0] == s[3] &&
		records[0] == records[3],
	    "it does not depend on how the input is cut (%.6f s)", t[0]);
}

/* a vase: one long curve that never slows down */
static void
test_vase(void)
{
	double at[4] = {20, 0, 0, 0}, value;
	struct planner *p = make();
	size_t before;

	fresh();
	for (int i = 0; i < 20000; i++) {
		at[0] = 20 * cos(i * .02);
		at[1] = 20 * sin(i * .02);
		at[3] += .01;
		planner_add(p, at, 60, 1, &value);
	}
	before = got.moves;
	finish(p);
	ok(before > 15000, "a vase is planned as it comes: %zu of 20001 moves",
	    before);
	ok(got.t - wanted.t < 0.2, "and takes %.3f s more", got.t - wanted.t);
}

int
main(void)
{
	test_one();
	test_any();
	test_batches();
	test_vase();
	fresh();
	return done_testing();
}
