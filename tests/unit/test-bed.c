/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The surface of a bed, what it asks of Z, and motors that follow it. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "motion/bed.h"
#include "motion/shaper_def.h"
#include "motion/steps.h"
#include "tests/unit/steps-plan.h"
#include "tests/unit/steps-record.h"
#include "tests/unit/tap.h"

#define FREQ 16e6
#define STEP 0.0025

static const double heights[] = {
    0.1, -0.2, 0.3, 0, 0.4, 0.1, -0.1, 0.2, -0.3, 0.2, 0, 0.1};

/* 4 x 3 points, 30 mm apart, so much of these heights */
static struct bed
make(double share, struct mesh_fade fade)
{
	double z[12];
	struct mesh_setup setup = {.probed = z,
	    .nx = 4,
	    .ny = 3,
	    .min_x = 10,
	    .max_x = 100,
	    .min_y = 20,
	    .max_y = 80};
	struct bed b = {.fade = fade};
	const char *why;

	for (int i = 0; i < 12; i++)
		z[i] = share * heights[i];
	is_int(mesh_make(&b.mesh, &setup, &why), 0, "a mesh of 4 x 3");
	is_int(bed_ready(&b, &why), 0, "is steady where it fades");
	return b;
}

/* --- the surface -----------------------------------------------------------
 */

/* Along a line that leaves it on both sides, rising: what derivatives say
 * against differences. */
static void
test_surface(void)
{
	struct bed b = make(1, (struct mesh_fade){1, 9, 0.05});
	double meet = 0, rate = 0, bend = 0, back = 0, kink = 0;
	const double h = 1e-3;

	for (int i = 0; i < 12; i++) {
		double p[3] = {10 + 30 * (i % 4), 20 + 30 * (i / 4), 0};

		meet = fmax(meet, fabs(bed_offset(&b, p) - heights[i]));
	}
	ok(meet < 1e-12, "the surface meets all points of the mesh");
	for (int i = -2000; i < 6000; i++) {
		double t = i * 0.03, v[3], at[3];
		struct jet p[3], j;

		for (int k = 0; k < 3; k++) {
			double x = t + (k - 1) * h;

			at[0] = x;
			at[1] = 15 + 0.6 * x;
			at[2] = 0.08 * x;
			v[k] = bed_offset(&b, at);
		}
		p[0] = (struct jet){t, 1, 0};
		p[1] = (struct jet){15 + 0.6 * t, 0.6, 0};
		p[2] = (struct jet){0.08 * t, 0.08, 0};
		j = bed_jet(&b, p);
		kink = fmax(kink, fabs(v[2] - 2 * v[1] + v[0]) / h);
		/* where two cells meet the second derivative jumps, where it
		 * begins or ends to fade the first: not over them */
		if (fabs(v[2] - 2 * v[1] + v[0]) < 1e-8) {
			rate = fmax(rate, fabs((v[2] - v[0]) / 2 / h - j.d));
			bend = fmax(
			    bend, fabs((v[2] - 2 * v[1] + v[0]) / h / h - j.h));
		}
		at[0] = t;
		at[1] = 15 + 0.6 * t;
		at[2] = 0.08 * t + v[1];
		back = fmax(back, fabs(bed_inverse(&b, at) - 0.08 * t));
	}
	ok(rate < 1e-8, "its slope is the slope (%.3g)", rate);
	ok(bend < 1e-6, "its bend is the bend (%.3g)", bend);
	ok(kink < 0.01, "the slope jumps by what it fades at most (%.3g)",
	    kink);
	ok(back < 1e-12, "and the way back is found (%.3g)", back);
	bed_release(&b);
}

/* At one height, over cells, edges and beyond. */
static void
test_smooth(void)
{
	struct bed b = make(1, (struct mesh_fade){0, 0, 0});
	double kink = 0, far[3] = {500, 35, 0}, edge[3] = {100, 35, 0};
	const double h = 1e-3;

	for (int i = 0; i < 20000; i++) {
		double v[3];

		for (int k = 0; k < 3; k++) {
			double x = i * 0.01 - 50 + k * h;
			double at[3] = {x, 70 - 0.7 * x, 0};

			v[k] = bed_offset(&b, at);
		}
		kink = fmax(kink, fabs(v[2] - 2 * v[1] + v[0]) / h);
	}
	ok(kink < 1e-5, "no slope jumps between cells nor at the edge (%.3g)",
	    kink);
	is_near(bed_offset(&b, far), bed_offset(&b, edge), 1e-12,
	    "far outside the edge is held");
	bed_release(&b);
}

/* Fading over less than the bed is high, Z would not tell the place. */
static void
test_steady(void)
{
	struct bed b = make(1, (struct mesh_fade){1, 9, 0.05});
	const char *why;

	b.fade.end = 1.4;
	ok(bed_ready(&b, &why) == -1 && why, "too short a fade is refused");
	bed_release(&b);
}

/* --- what it asks of Z ------------------------------------------------------
 */

static double
uniform(double low, double high)
{
	static uint64_t seed = 88172645463325252u;

	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return low + (high - low) * (double)(seed >> 11) / 9007199254740992.0;
}

/* Z of the machine along a move, with its derivatives by the way */
static struct jet
machine_z(
    const struct bed *b, const double start[3], const double dir[3], double s)
{
	struct jet p[3];

	for (int i = 0; i < 3; i++)
		p[i] = (struct jet){start[i] + s * dir[i], dir[i], 0};
	return jet_add(p[2], bed_jet(b, p));
}

static void
test_bounds(void)
{
	struct bed b = make(1, (struct mesh_fade){1, 5, 0.05});
	double slope = 0, bend = 0, span = 0, said = 0, had = 0;

	for (int k = 0; k < 400; k++) {
		double start[3] = {
		    uniform(-40, 150), uniform(-20, 120), uniform(0, 6)};
		double to[3], dir[3], d, low, high, most = 0, least, top;
		struct bed_way w;

		if (k % 5 == 0) /* along the lines of the mesh, too */
			start[1] = 20 + 30 * (k % 3);
		to[0] = start[0] + uniform(-40, 40);
		to[1] = start[1] + (k % 5 == 0 ? 0 : uniform(-40, 40));
		to[2] = start[2] + (k % 3 == 0 ? uniform(-2, 2) : 0);
		d = hypot(hypot(to[0] - start[0], to[1] - start[1]),
		    to[2] - start[2]);
		for (int i = 0; i < 3; i++)
			dir[i] = (to[i] - start[i]) / d;
		bed_way(&b, start, dir, d, &w);
		bed_span(&b, start, to, &low, &high);
		least = HUGE_VAL;
		top = -HUGE_VAL;
		for (int i = 0; i <= 400; i++) {
			struct jet z = machine_z(&b, start, dir, d * i / 400);

			slope = fmax(slope, fabs(z.d) - w.slope);
			bend = fmax(bend, fabs(z.h) - w.bend);
			most = fmax(most, fabs(z.d));
			least = fmin(least, z.v);
			top = fmax(top, z.v);
		}
		span = fmax(span, fmax(low - least, top - high));
		said += w.slope;
		had += most;
	}
	ok(slope < 1e-12 && bend < 1e-12,
	    "no move is steeper or bent more than it is said to be");
	ok(said < 1.3 * had, "nor much less steep (%.2f x in the mean)",
	    said / had);
	ok(span < 1e-3, "the lowest and the highest of a way are found (%.3g)",
	    span);
	bed_release(&b);
}

/* Any speed and acceleration: what is left of them Z can do. */
static void
test_limit(void)
{
	struct bed b = make(1, (struct mesh_fade){1, 5, 0.05});
	double speed = 0, accel = 0, fastest = 0, slowest = 1000;
	int kept = 0;

	for (int k = 0; k < 600; k++) {
		double start[3] = {
		    uniform(0, 110), uniform(10, 90), uniform(0, 6)};
		double a = uniform(500, 20000), v = uniform(10, 800), d = 20;
		double angle = uniform(0, 6.28), v0 = v, a0 = a;
		double rise = k % 4 == 0 ? uniform(-1, 1) : 0;
		double flat = sqrt(1 - rise * rise);
		double dir[3] = {flat * cos(angle), flat * sin(angle), rise};

		/* as the planner has Z keep to them on a plane */
		v = v0 = fmin(v, 5 / fabs(rise));
		a = a0 = fmin(a, 100 / fabs(rise));
		bed_limit(&b, start, dir, d, 5, 100, &v, &a);
		kept += v == v0 && a == a0;
		for (int i = 0; i <= 200; i++) {
			struct jet z = machine_z(&b, start, dir, d * i / 200);

			speed = fmax(speed, fabs(z.d) * v);
			accel = fmax(accel, fabs(z.d * a + z.h * v * v));
			accel = fmax(accel, fabs(z.d * a - z.h * v * v));
		}
		fastest = fmax(fastest, v);
		slowest = fmin(slowest, v);
	}
	ok(speed <= 5 + 1e-9 && speed > 3,
	    "Z keeps to its speed (%.3f of 5 mm/s)", speed);
	ok(accel <= 100 + 1e-9 && accel > 60,
	    "and to its acceleration (%.2f of 100 mm/s2)", accel);
	ok(kept > 50 && fastest > 700 && slowest > 4,
	    "where it can, nothing is slower (%d of 600, none below %.1f)",
	    kept, slowest);
	bed_release(&b);
}

/* --- motors ----------------------------------------------------------------
 */

static struct steps_plan plan;
static struct steps_record rec;
static struct shaper shaper[3];

static void
make_shaper(int axis, const char *name, double freq)
{
	struct shaper_type type;
	char why[SHAPER_WHY_MAX];

	ok(shaper_type_parse(name, strlen(name), &type, why) == 0 &&
		shaper_make(&type, freq, 0.1, &shaper[axis]) == 0,
	    "%s on %c", name, "XYZ"[axis]);
}

/* Where the head is at t, shaped. */
static double
at(int axis, double t)
{
	const struct shaper *s = &shaper[axis];
	double sum = 0;

	if (s->n == 0)
		return steps_plan_at(&plan, axis, t, 0);
	for (int i = 0; i < s->n; i++)
		sum += s->a[i] * steps_plan_at(&plan, axis,
				     t - s->t_s[i] + s->centre_s, 0);
	return sum;
}

static double
z_at(const struct bed *b, double t)
{
	double p[3] = {at(0, t), at(1, t), at(2, t)};

	return p[2] + bed_offset(b, p);
}

/* All steps of a motor of Z above the bed, in pieces of so many seconds. */
static void
generate(const struct kinematics *k, double piece)
{
	struct motion_queue *q = motion_queue_new();
	struct step_motor_setup setup = {
	    .step_distance = STEP, .kinematics = k, .kinematics_motor = 2};
	struct step_encoder_setup enc = {.clock_freq = FREQ,
	    .hold_s = 1e9,
	    .command = steps_record_command,
	    .exact = steps_record_exact,
	    .ctx = &rec};
	const struct motion_segment_in *first = &plan.move[0];
	double pos[4] = {first->start[0], first->start[1], first->start[2], 0};
	double t = 0, ahead, behind;
	struct step_motor *m;

	steps_record_init(&rec, FREQ);
	m = step_motor_new(q, &setup, &enc);
	for (int i = 0; i < 3; i++)
		if (shaper[i].n > 0)
			motion_queue_set_shaper(q, i, &shaper[i]);
	step_motor_set_position(m, pos);
	motion_queue_reach(q, &ahead, &behind);
	for (int i = 0; i < plan.n; i++) {
		motion_queue_add(q, &plan.move[i]);
		while (t + piece + ahead < motion_queue_end(q)) {
			t += piece;
			step_motor_generate(m, t, false);
			motion_queue_expire(q, t - behind);
		}
	}
	step_motor_generate(m, motion_queue_end(q) + behind, true);
	step_motor_free(m);
	motion_queue_free(q);
}

/*
 * A step is due where Z of the machine, by the surface's own definition,
 * crosses the middle between two.  A step and its reversal within 0.75 ms are
 * left out: so Z is nowhere as far as a step from where the motor is.
 */
static void
judge(const struct bed *b, const char *what)
{
	double z0 = z_at(b, 0), stands = z0, off = 0, strays = 0, worst, sq;
	double t = 0, end = steps_plan_end(&plan) + 0.1;
	const char *wrong = steps_record_verify(&rec, 12.5e-6, &worst, &sq);
	size_t n = 0;

	for (size_t i = 0; i < rec.n; i++) {
		double mid = stands + rec.dir[i] * STEP / 2;

		off = fmax(off, fabs(z_at(b, rec.t[i]) - mid));
		stands += rec.dir[i] * STEP;
	}
	ok(rec.n > 300 && off < 2e-8,
	    "%s: %zu steps, each where Z crosses it, to %.2g mm", what, rec.n,
	    off);
	for (stands = z0; t < end; t += 0.0007) {
		for (; n < rec.n && rec.t[n] <= t; n++)
			stands += rec.dir[n] * STEP;
		strays = fmax(strays, fabs(z_at(b, t) - stands));
	}
	ok(strays < STEP, "%s: never as far as a step from it, %.4f mm", what,
	    strays);
	ok(!wrong, "%s: on the board within %.2f us (%s)", what, worst * 1e6,
	    wrong ? wrong : "all there");
}

/* Moves on and beside the mesh, at that height. */
static void
make_plan(double z, uint64_t seed)
{
	steps_plan_init(&plan, seed);
	plan.start[0] = 55;
	plan.start[1] = 50;
	plan.start[2] = z;
	steps_plan_random(&plan, 500, 15, 60);
}

static void
test_motors(void)
{
	struct bed b = make(0.5, (struct mesh_fade){1, 9, 0.01});
	struct kinematics k;
	double *once;
	size_t n;

	kinematics_linear(&k, KINEMATICS_COREXY);
	k.bed = &b;
	make_plan(0.2, 11);
	generate(&k, 1);
	judge(&b, "plain");
	steps_record_release(&rec);
	make_shaper(0, "mzv", 57.2);
	make_shaper(1, "ei", 41.6);
	generate(&k, 1);
	judge(&b, "shaped");
	n = rec.n;
	once = malloc(n * sizeof(*once));
	memcpy(once, rec.t, n * sizeof(*once));
	steps_record_release(&rec);
	generate(&k, 0.05);
	ok(n == rec.n && memcmp(once, rec.t, n * sizeof(*once)) == 0,
	    "however the time is cut, it is the same to the bit");
	free(once);
	steps_record_release(&rec);
	make_plan(8.8, 12); /* up to where all of it has faded, and back */
	generate(&k, 0.3);
	judge(&b, "high");
	steps_record_release(&rec);
	bed_release(&b);
}

int
main(void)
{
	test_surface();
	test_smooth();
	test_steady();
	test_bounds();
	test_limit();
	test_motors();
	return done_testing();
}
