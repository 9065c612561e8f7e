/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The planner by its properties: limits, continuity, symmetry, cuts. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "motion/planner.h"
#include "tests/unit/tap.h"

#define PATHS 60
#define MOVES 400

struct done {
	struct planner_move move;
	struct planner_profile profile;
};

struct run {
	struct done done[MOVES];
	size_t n;
};

static const struct planner_limits usual = {
    .velocity = 300,
    .accel = 3000,
    .square_corner_velocity = 5,
    .minimum_cruise_ratio = 0.5,
    .z_velocity = 5,
    .z_accel = 100,
};

static const struct planner_extruder extruder = {
    .max_ratio = 0.266,
    .nozzle_diameter = 0.4,
    .corner_velocity = 1,
    .only_velocity = 79.8,
    .only_accel = 798,
    .only_distance = 50,
};

static void
collect(
    void *ctx, const struct planner_move *m, const struct planner_profile *q)
{
	struct run *run = ctx;

	run->done[run->n].move = *m;
	run->done[run->n++].profile = *q;
}

/* a small generator of our own: the same numbers everywhere */
static uint64_t seed;

static double
uniform(double low, double high)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return low + (high - low) * (double)(seed >> 40) / (double)(1 << 24);
}

struct path {
	double point[MOVES + 1][4];
	double speed[MOVES];
	size_t n;
};

/* what prints are made of: small steps, lines, lifts, retractions */
static void
random_path(struct path *p, bool plain)
{
	double angle = 0;

	p->n = (size_t)uniform(2, MOVES);
	memset(p->point[0], 0, sizeof(p->point[0]));
	for (size_t i = 0; i < p->n; i++) {
		double *to = p->point[i + 1], kind = uniform(0, 1);
		double d =
		    uniform(0, 1) < 0.7 ? uniform(0.01, 2) : uniform(2, 80);

		memcpy(to, p->point[i], sizeof(p->point[i]));
		p->speed[i] = uniform(5, 400);
		if (!plain && kind < 0.04) {
			to[3] += uniform(-3, 3);
			continue;
		}
		angle += uniform(0, 1) < 0.7 ? uniform(-0.3, 0.3)
					     : uniform(-3.2, 3.2);
		to[0] += d * cos(angle);
		to[1] += d * sin(angle);
		if (!plain && kind < 0.1)
			to[2] += uniform(-0.4, 0.4);
		if (!plain && kind > 0.3)
			to[3] += d * 0.04;
	}
}

static void
plan(const struct path *p, const struct planner_limits *l, size_t batch,
    bool backwards, struct run *run)
{
	struct planner *pl = planner_new(collect, run);
	double value;

	run->n = 0;
	planner_set_limits(pl, l);
	planner_set_extruder(pl, &extruder);
	planner_set_batch(pl, batch);
	planner_set_position(pl, p->point[backwards ? p->n : 0]);
	for (size_t i = 0; i < p->n; i++) {
		size_t k = backwards ? p->n - 1 - i : i;

		planner_add(pl, p->point[backwards ? k : k + 1], p->speed[k],
		    (uint32_t)i, &value);
	}
	planner_flush(pl);
	planner_free(pl);
}

static double
duration(const struct run *r)
{
	double t = 0;

	for (size_t i = 0; i < r->n; i++)
		t += r->done[i].profile.accel_t + r->done[i].profile.cruise_t +
		     r->done[i].profile.decel_t;
	return t;
}

static void
test_by_hand(void)
{
	static struct run run;
	struct path p = {.point = {{0}, {1}}, .speed = {100}, .n = 1};

	plan(&p, &usual, 0, false, &run);
	is_near(run.done[0].profile.cruise_v, sqrt(1500), 1e-12,
	    "1 mm from rest to rest peaks where half the acceleration "
	    "would");
	is_near(run.done[0].profile.accel_t, sqrt(1500) / 3000, 1e-15,
	    "but is accelerated in full");
	p = (struct path){.point = {{0}, {30}, {30, 30}, {50, 50}, {50, 10}},
	    .speed = {100, 100, 100, 100},
	    .n = 4};
	plan(&p, &usual, 0, false, &run);
	is_near(run.done[1].profile.start_v, 5, 1e-12,
	    "a right angle is passed at the square corner velocity");
	is_near(run.done[2].profile.start_v, 11.2108646991721, 1e-10,
	    "45 degrees are passed faster");
	is_near(
	    run.done[3].profile.start_v, 2.5337, 1e-4, "135 degrees slower");
	p = (struct path){.point = {{0}, {10, 0, 1}}, .speed = {100}, .n = 1};
	plan(&p, &usual, 0, false, &run);
	is_near(run.done[0].move.accel * run.done[0].move.dir[2], 100, 1e-9,
	    "a move with 1 mm of Z keeps Z to its acceleration");
}

static void
test_refused(void)
{
	static struct run run;
	struct planner *pl = planner_new(collect, &run);
	double value, at[4] = {0}, before;

	planner_set_limits(pl, &usual);
	planner_set_extruder(pl, &extruder);
	at[3] = 51;
	ok(planner_add(pl, at, 10, 1, &value) == PLANNER_TOO_LONG &&
		value == 51,
	    "E alone too far is refused");
	before = planner_position(pl)[3];
	ok(before == 0 && planner_pending(pl) == 0, "and leaves no trace");
	at[0] = 10;
	at[3] = 5;
	ok(planner_add(pl, at, 10, 1, &value) == PLANNER_TOO_THICK &&
		fabs(value - 0.5) < 1e-12,
	    "too much E for the way is refused");
	at[0] = 0.1;
	at[3] = 0.1;
	ok(planner_add(pl, at, 10, 1, &value) == PLANNER_MOVED,
	    "a tiny blob is not");
	ok(planner_add(pl, at, 10, 1, &value) == PLANNER_STAYED,
	    "a move to where we are is none");
	at[3] = 0.1 + 5e-15; /* as M221 leaves it */
	ok(planner_add(pl, at, 10, 1, &value) == PLANNER_STAYED,
	    "nor is what rounding makes of the same E");
	at[0] = 0.2;
	ok(planner_add(pl, at, 10, 1, &value) == PLANNER_MOVED &&
		planner_position(pl)[3] == at[3],
	    "the next move makes up for it");
	planner_free(pl);
}

/* the corner's cap, from the angle itself */
static double
corner_cap(const struct planner_move *a, const struct planner_move *b)
{
	double c = a->dir[0] * b->dir[0] + a->dir[1] * b->dir[1] +
		   a->dir[2] * b->dir[2];
	double half = acos(c > 1 ? 1 : c < -1 ? -1 : c) / 2;
	double r = 25 * (sqrt(2) - 1) / 3000 * cos(half) / (1 - cos(half));

	return sqrt(r * fmin(a->accel, b->accel));
}

struct worst {
	double jump, cover, fast, ramp, corner, extrude;
};

static void
larger(double *worst, double v)
{
	if (!(v <= *worst))
		*worst = v;
}

static void
check_move(struct worst *w, const struct done *d, const struct done *last)
{
	const struct planner_profile *q = &d->profile;
	const struct planner_move *m = &d->move;
	double covered = (q->start_v + q->cruise_v) / 2 * q->accel_t +
			 q->cruise_v * q->cruise_t +
			 (q->end_v + q->cruise_v) / 2 * q->decel_t;
	double before = last ? last->profile.end_v : 0;

	larger(&w->jump, fabs(q->start_v - before));
	larger(&w->cover, fabs(covered - m->distance));
	larger(&w->fast, q->cruise_v - sqrt(m->cruise_v2));
	larger(
	    &w->ramp, fabs(q->start_v + m->accel * q->accel_t - q->cruise_v));
	larger(&w->ramp, fabs(q->end_v + m->accel * q->decel_t - q->cruise_v));
	if (last && q->start_v > 1e-3) {
		larger(&w->corner, q->start_v / corner_cap(&last->move, m) - 1);
		larger(&w->extrude,
		    fabs(m->ratio_e - last->move.ratio_e) * q->start_v);
	}
}

static void
test_limits(void)
{
	static struct path path;
	static struct run run;
	struct worst w = {0};
	double rest = 0;

	seed = 1;
	for (int k = 0; k < PATHS; k++) {
		random_path(&path, false);
		plan(&path, &usual, 0, false, &run);
		for (size_t i = 0; i < run.n; i++)
			check_move(
			    &w, &run.done[i], i ? &run.done[i - 1] : NULL);
		larger(&rest, run.done[run.n - 1].profile.end_v);
	}
	ok(w.jump < 1e-9, "speed is continuous: %.1e mm/s", w.jump);
	ok(w.cover < 1e-9, "the phases cover each move: %.1e mm", w.cover);
	ok(w.fast < 1e-9, "no move is faster than it may: %.1e", w.fast);
	ok(w.ramp < 1e-9, "ramps have the acceleration: %.1e", w.ramp);
	ok(w.corner < 1e-6, "no corner is passed too fast: %.1e", w.corner);
	ok(w.extrude < 1 + 1e-9, "nor does E jump: %.4f of 1 mm/s", w.extrude);
	ok(rest == 0, "the last move ends at rest");
}

static bool
same(const struct run *a, const struct run *b)
{
	if (a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++)
		if (memcmp(&a->done[i].profile, &b->done[i].profile,
			sizeof(a->done[i].profile)) != 0)
			return false;
	return true;
}

static void
test_cuts(void)
{
	static const size_t batch[] = {1, 2, 3, 17, 128};
	static struct path path;
	static struct run whole, cut;
	bool good = true;

	seed = 2;
	for (int k = 0; k < PATHS; k++) {
		random_path(&path, k % 2);
		plan(&path, &usual, MOVES + 1, false, &whole);
		for (int i = 0; i < 5; i++) {
			plan(&path, &usual, batch[i], false, &cut);
			good = good && same(&whole, &cut);
		}
	}
	ok(good, "the plan does not depend on when moves become final");
}

static void
test_symmetry(void)
{
	struct planner_limits l = usual;
	static struct path path;
	static struct run there, back;
	double worst = 0;

	seed = 3;
	l.minimum_cruise_ratio = 0;
	for (int k = 0; k < PATHS; k++) {
		random_path(&path, true);
		plan(&path, &l, 0, false, &there);
		plan(&path, &l, 0, true, &back);
		larger(&worst, fabs(duration(&there) - duration(&back)));
	}
	ok(worst < 1e-9, "the way back takes as long: %.1e s", worst);
}

/* with no cruise ratio each junction is as fast as both sides can make it */
static void
test_fastest(void)
{
	struct planner_limits l = usual;
	static double v2[MOVES + 1];
	static struct path path;
	static struct run run;
	double worst = 0;

	seed = 4;
	l.minimum_cruise_ratio = 0;
	for (int k = 0; k < PATHS; k++) {
		random_path(&path, true);
		plan(&path, &l, 0, false, &run);
		for (size_t i = 0; i <= run.n; i++)
			v2[i] =
			    !i || i == run.n ? 0 : run.done[i].move.corner_v2;
		for (size_t i = run.n; i-- > 0;)
			v2[i] =
			    fmin(v2[i], v2[i + 1] + run.done[i].move.delta_v2);
		for (size_t i = 0; i < run.n; i++) {
			v2[i + 1] =
			    fmin(v2[i + 1], v2[i] + run.done[i].move.delta_v2);
			larger(&worst,
			    fabs(run.done[i].profile.start_v - sqrt(v2[i])));
		}
	}
	ok(worst < 1e-9, "without cruise ratio nothing is faster: %.1e mm/s",
	    worst);
}

static void
slow_left(void *ctx, const double start[3], const double dir[3],
    double distance, double *v, double *a)
{
	(void)ctx;
	(void)dir;
	(void)distance;
	if (start[0] < 0) {
		*v = fmin(*v, 10);
		*a = fmin(*a, 50);
	}
}

static void
test_kinematics(void)
{
	static struct run run;
	struct planner *pl = planner_new(collect, &run);
	double value, at[4] = {-20};

	planner_set_limits(pl, &usual);
	planner_set_extruder(pl, &extruder);
	planner_set_kinematics(pl, slow_left, NULL);
	planner_set_position(pl, at);
	at[0] = -10;
	planner_add(pl, at, 100, 1, &value);
	planner_flush(pl);
	planner_free(pl);
	ok(run.n == 1 && run.done[0].profile.cruise_v == 10 &&
		run.done[0].move.accel == 50,
	    "the kinematics have a say");
}

int
main(void)
{
	test_by_hand();
	test_refused();
	test_limits();
	test_cuts();
	test_symmetry();
	test_fastest();
	test_kinematics();
	return done_testing();
}
