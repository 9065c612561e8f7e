/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Steps of trapezoids against a search that only evaluates positions. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "motion/steps.h"
#include "tests/unit/steps-record.h"
#include "tests/unit/tap.h"

#define FREQ	16e6
#define MOVES	400
#define SAMPLES 1500 /* of a move, when looking for crossings */

static uint64_t seed = 88172645463325252u;

static double
uniform(double min, double max)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return min + (max - min) * (double)(seed >> 11) / 9007199254740992.0;
}

static struct motion_segment_in move[MOVES];
static int n_moves;

/* --- the truth ---------------------------------------------------------- */

static double
path(const struct motion_segment_in *m, double x)
{
	double s = 0, v = m->start_v, t = fmin(x, m->accel_t);

	s += v * t + m->accel * t * t / 2;
	x -= t;
	t = fmin(x, m->cruise_t);
	s += m->cruise_v * t;
	x -= t;
	t = fmin(x, m->decel_t);
	return s + m->cruise_v * t - m->accel * t * t / 2;
}

static double
duration(const struct motion_segment_in *m)
{
	return m->accel_t + m->cruise_t + m->decel_t;
}

static double
coordinate(const struct motion_segment_in *m, const double coef[4], double x)
{
	double s = path(m, x);
	double p = coef[3] * (m->start_e + m->ratio_e * s);

	for (int i = 0; i < 3; i++)
		p += coef[i] * (m->start[i] + m->dir[i] * s);
	return p;
}

struct crossing {
	double t, full; /* full: where the step is complete, grid units */
	int dir;
	double extreme; /* furthest in dir before the next crossing */
};

static struct crossing *cross;
static size_t n_cross, cap_cross;

static void
note(double t, long k, int dir, double p)
{
	if (n_cross == cap_cross) {
		cap_cross = cap_cross * 2 + 1024;
		cross = xreallocarray(cross, cap_cross, sizeof(*cross));
	}
	cross[n_cross].t = t;
	cross[n_cross].dir = dir;
	cross[n_cross].full = (double)(dir > 0 ? k + 1 : k);
	cross[n_cross++].extreme = p;
}

/* All midpoints between two samples, each found by bisection. */
static void
search(const struct motion_segment_in *m, const double coef[4], double anchor,
    double d, double a, double b)
{
	double pa = (coordinate(m, coef, a) - anchor) / d;
	double pb = (coordinate(m, coef, b) - anchor) / d;
	int dir = pb > pa ? 1 : -1;
	long from = lround(floor(fmin(pa, pb) + 0.5));
	long to = lround(floor(fmax(pa, pb) + 0.5)) - 1;

	for (long i = from; i <= to; i++) {
		long k = dir > 0 ? i : to - (i - from);
		double lo = a, hi = b;

		for (int n = 0; n < 60; n++) {
			double mid = (lo + hi) / 2;
			double p = (coordinate(m, coef, mid) - anchor) / d;

			if ((p - ((double)k + 0.5)) * dir < 0)
				lo = mid;
			else
				hi = mid;
		}
		note(m->t0 + lo, k, dir, pb);
	}
	if (n_cross > 0) {
		struct crossing *c = &cross[n_cross - 1];

		if ((pb - c->extreme) * c->dir > 0)
			c->extreme = pb;
	}
}

/* The step-dir-step filter as a sentence: see motion/steps.h. */
static void
filter(void)
{
	size_t n = 0;
	bool held = false;

	for (size_t i = 0; i < n_cross; i++) {
		struct crossing c = cross[i];

		if (held && c.dir != cross[n - 1].dir &&
		    c.t - cross[n - 1].t < 0.00075 &&
		    (cross[n - 1].extreme - cross[n - 1].full) *
			    cross[n - 1].dir <
			0) {
			n--;
			held = false;
			continue;
		}
		cross[n++] = c;
		held = true;
	}
	n_cross = n;
}

static void
truth(const double coef[4], double anchor, double d)
{
	n_cross = 0;
	for (int i = 0; i < n_moves; i++) {
		const struct motion_segment_in *m = &move[i];

		for (int j = 0; j < SAMPLES; j++)
			search(m, coef, anchor, d, duration(m) * j / SAMPLES,
			    duration(m) * (j + 1) / SAMPLES);
	}
	filter();
}

/* --- plans -------------------------------------------------------------- */

/* A move from where the last one ended, from v0 over vc to v1. */
static void
add_move(double x, double y, double z, double e, double v0, double vc,
    double v1, double accel, double pause)
{
	struct motion_segment_in *m = &move[n_moves];
	double s, cruise;

	memset(m, 0, sizeof(*m));
	m->t0 = 0.25 + pause;
	if (n_moves > 0) {
		const struct motion_segment_in *p = m - 1;

		m->t0 = p->t0 + duration(p) + pause;
		for (int i = 0; i < 3; i++)
			m->start[i] = p->start[i] + p->dir[i] * p->distance;
		m->start_e = p->start_e + p->ratio_e * p->distance;
	}
	m->distance = sqrt(x * x + y * y + z * z);
	if (m->distance == 0)
		m->distance = fabs(e);
	m->dir[0] = x / m->distance;
	m->dir[1] = y / m->distance;
	m->dir[2] = z / m->distance;
	m->ratio_e = e / m->distance;
	/* lower the peak until the ramps fit, then the ends */
	s = (v0 * v0 + v1 * v1) / 2 + accel * m->distance;
	vc = fmin(vc, sqrt(s));
	v0 = fmin(v0, vc);
	v1 = fmin(v1, vc);
	m->accel_t = (vc - v0) / accel;
	m->decel_t = (vc - v1) / accel;
	cruise = m->distance - (vc * vc - v0 * v0) / (2 * accel) -
		 (vc * vc - v1 * v1) / (2 * accel);
	m->cruise_t = fmax(cruise, 0) / vc;
	m->distance = (v0 + vc) / 2 * m->accel_t + vc * m->cruise_t +
		      (vc + v1) / 2 * m->decel_t;
	m->start_v = v0;
	m->cruise_v = vc;
	m->accel = accel;
	n_moves++;
}

static void
random_plan(double size)
{
	n_moves = 0;
	while (n_moves < MOVES) {
		bool only_e = uniform(0, 1) < 0.1;
		bool rest = uniform(0, 1) < 0.2;
		double l = size * pow(uniform(0, 1), 3);

		if (only_e)
			add_move(0, 0, 0, uniform(-1, 1), 0, 40, 0, 800,
			    rest ? 0.01 : 0);
		else
			add_move(l * uniform(-1, 1), l * uniform(-1, 1),
			    uniform(0, 1) < 0.1 ? uniform(-0.3, 0.3) : 0,
			    uniform(0, 1) < 0.7 ? l * 0.04 : 0,
			    rest ? 0 : uniform(0, 30), uniform(5, 300),
			    uniform(0, 1) < 0.3 ? 0 : uniform(0, 30),
			    uniform(100, 5000), rest ? uniform(0, 0.3) : 0);
	}
}

/* --- what the generator says -------------------------------------------- */

static struct steps_record rec;

/* Moves from number i on, `together` of them while the queue is held and what
 * was there before is made. */
static void
add_held(struct motion_queue *q, struct step_motor *m, int i, int together)
{
	while (i < n_moves) {
		/* not to the very end: what follows is not known there */
		double seen = motion_queue_end(q) - 1e-4;

		motion_queue_hold(q, true);
		for (int k = 0; k < together && i < n_moves; k++)
			if (!motion_queue_full(q))
				motion_queue_add(q, &move[i++]);
		step_motor_generate(m, seen, false);
		motion_queue_hold(q, false);
		motion_queue_expire(q, seen);
	}
}

/* held: moves that are added together, 0: each by itself. */
static void
generate_by(const double coef[4], const double pos[4], double d, double piece,
    double hold_s, int held)
{
	struct motion_queue *q = motion_queue_new();
	struct step_motor_setup setup = {.step_distance = d};
	struct step_encoder_setup enc = {.clock_freq = FREQ,
	    .hold_s = hold_s,
	    .command = steps_record_command,
	    .exact = steps_record_exact,
	    .ctx = &rec};
	struct step_motor *m;
	double t = 0;

	steps_record_init(&rec, FREQ);
	memcpy(setup.coef, coef, sizeof(setup.coef));
	m = step_motor_new(q, &setup, &enc);
	step_motor_set_position(m, pos);
	for (int i = 0; i < (held > 0 ? 1 : n_moves); i++) {
		motion_queue_add(q, &move[i]);
		while (t + piece < motion_queue_end(q)) {
			t += piece;
			step_motor_generate(m, t, false);
			motion_queue_expire(q, t);
		}
	}
	if (held > 0)
		add_held(q, m, 1, held);
	step_motor_generate(m, motion_queue_end(q), true);
	step_motor_free(m);
	motion_queue_free(q);
}

static void
generate(const double coef[4], const double pos[4], double d, double piece,
    double hold_s)
{
	generate_by(coef, pos, d, piece, hold_s, 0);
}

static void
test_plan(const char *what, const double coef[4], double d)
{
	double pos[4] = {0, 0, 0, 0}, worst = 0, max, mean_sq;
	size_t wrong = 0, at = 0;
	const char *why;

	truth(coef, 0, d);
	generate(coef, pos, d, 0.1, 0);
	is_int(rec.n, n_cross, "%s: every step exists", what);
	for (size_t i = 0; i < rec.n && i < n_cross; i++) {
		wrong += rec.dir[i] != cross[i].dir;
		if (fabs(rec.t[i] - cross[i].t) > worst) {
			worst = fabs(rec.t[i] - cross[i].t);
			at = i;
		}
	}
	is_int(wrong, 0, "%s: in the same direction", what);
	/* near standstill a rounding of 1e-14 mm is 1e-8 s */
	ok(worst < 0.05e-6, "%s: within 0.05 us", what);
	printf("# %s: %zu steps, largest %.6f us at %zu\n", what, rec.n,
	    worst * 1e6, at);
	why = steps_record_verify(&rec, STEP_MAX_ERROR_S, &max, &mean_sq);
	ok(why == NULL, "%s: encoded within the bound (%s)", what,
	    why ? why : "12.5 us");
	steps_record_release(&rec);
}

static bool
same_steps(const struct steps_record *first)
{
	return rec.n == first->n && rec.commands == first->commands &&
	       memcmp(rec.t, first->t, rec.n * sizeof(*rec.t)) == 0 &&
	       memcmp(rec.clock, first->clock, rec.n * sizeof(*rec.clock)) == 0;
}

static void
test_pieces(const double coef[4])
{
	static const double pieces[] = {0.0003, 0.013, 0.5, 1e9};
	double pos[4] = {0, 0, 0, 0};
	struct steps_record first;

	generate(coef, pos, 0.0125, pieces[0], 1e9);
	first = rec;
	for (int i = 1; i < 4; i++) {
		generate(coef, pos, 0.0125, pieces[i], 1e9);
		ok(same_steps(&first),
		    "pieces of %g s and of %g s give the same bits", pieces[0],
		    pieces[i]);
		steps_record_release(&rec);
	}
	for (int held = 1; held < 1000; held *= 9) {
		generate_by(coef, pos, 0.0125, 1e9, 1e9, held);
		ok(same_steps(&first),
		    "and %d moves at a time behind a queue that is held", held);
		steps_record_release(&rec);
	}
	steps_record_release(&first);
}

/* --- the rules one by one ----------------------------------------------- */

static const double plain_x[4] = {1, 0, 0, 0};

static void
test_touch(void)
{
	double pos[4] = {0, 0, 0, 0};

	/* the end of the first move is a midpoint: the step belongs to it */
	n_moves = 0;
	add_move(0.0375 + 0.00625, 0, 0, 0, 0, 50, 0, 3000, 0);
	add_move(1, 0, 0, 0, 0, 50, 0, 3000, 0.5);
	generate(plain_x, pos, 0.0125, 1e9, 0);
	is_int(rec.n, 84, "a move that ends on a midpoint: all steps exist");
	is_near(rec.t[3], 0.25 + duration(&move[0]), 1e-9,
	    "the step on the midpoint belongs to the move that arrives");
	steps_record_release(&rec);

	/* back by less than the turning margin: no step, then it goes on */
	n_moves = 0;
	add_move(0.0375 + 0.00625, 0, 0, 0, 0, 50, 0, 3000, 0);
	add_move(-5e-9, 0, 0, 0, 0, 50, 0, 3000, 0.5);
	add_move(0.013, 0, 0, 0, 0, 50, 0, 3000, 0.5);
	generate(plain_x, pos, 0.0125, 1e9, 0);
	is_int(rec.n, 5, "backing off by 5e-9 mm from a midpoint is no step");
	steps_record_release(&rec);
	move[1].distance = 0;
	n_moves = 1;
	add_move(-5e-8, 0, 0, 0, 0, 50, 0, 3000, 0.5);
	generate(plain_x, pos, 0.0125, 1e9, 0);
	is_int(rec.n, 5, "backing off by 5e-8 mm from a midpoint is one");
	is_int(rec.dir[4], -1, "and it goes back");
	steps_record_release(&rec);
}

/* There and back by x mm, with the peak at speed-free standstill. */
static size_t
there_and_back(double x)
{
	double pos[4] = {0, 0, 0, 0};
	size_t n;

	n_moves = 0;
	add_move(x, 0, 0, 0, 0, 50, 0, 3000, 0);
	add_move(-x, 0, 0, 0, 0, 50, 0, 3000, 0);
	generate(plain_x, pos, 0.0125, 1e9, 0);
	n = rec.n;
	steps_record_release(&rec);
	return n;
}

static void
test_filter(void)
{
	is_int(there_and_back(0.0062), 0, "short of the midpoint: no step");
	is_int(there_and_back(0.0063), 0, "a reversal after 0.4 ms vanishes");
	is_int(there_and_back(0.0070), 2, "one after more than 0.75 ms stays");
	is_int(there_and_back(0.0126), 2, "one past the full step stays");
}

static void
test_gap(void)
{
	double pos[4] = {0, 0, 0, 0}, max, mean_sq;
	const char *why;

	n_moves = 0;
	add_move(0.1, 0, 0, 0, 0, 50, 0, 3000, 0);
	add_move(0.1, 0, 0, 0, 0, 0.0001, 0, 3000, 900);
	add_move(0.1, 0, 0, 0, 0, 50, 0, 3000, 900);
	generate(plain_x, pos, 0.0125, 1e9, 0);
	why = steps_record_verify(&rec, STEP_MAX_ERROR_S, &max, &mean_sq);
	ok(why == NULL && rec.n == 24,
	    "rests of 900 s and steps 125 s apart (%s)", why ? why : "exact");
	steps_record_release(&rec);
}

int
main(void)
{
	static const double x[4] = {1, 0, 0, 0}, z[4] = {0, 0, 1, 0};
	static const double e[4] = {0, 0, 0, 1}, a[4] = {1, 1, 0, 0};
	static const double b[4] = {1, -1, 0, 0};

	random_plan(20);
	test_plan("cartesian x", x, 0.0125);
	test_plan("cartesian z", z, 0.0025);
	test_plan("extruder", e, 1 / 93.0);
	test_plan("corexy a", a, 0.0125);
	test_plan("corexy b", b, 0.0125);
	random_plan(0.1);
	test_plan("x, tiny moves", x, 0.0125);
	test_plan("extruder, tiny moves", e, 1 / 93.0);
	random_plan(5);
	test_pieces(a);
	test_touch();
	test_filter();
	test_gap();
	free(cross);
	return done_testing();
}
