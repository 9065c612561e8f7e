/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Random paths on a machine of every kind: what has to hold for all of them. */
#include <math.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/num.h"
#include "base/xalloc.h"
#include "machine/drive.h"
#include "machine/gcode_exec.h"
#include "motion/steps.h"
#include "tests/unit/plan-path.h"
#include "tests/unit/tap.h"

#define POINTS	 80
#define SAMPLE_S 0.0007
#define CLOCK_HZ 16e6
/* times finer steps, where vibration is to be seen beneath them */
#define FINE	  50
#define JERK	  1e5
#define SHAPED_HZ 45.
#define DAMPING	  0.1

static uint64_t seed;

static double
uniform(double low, double high)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return low + (high - low) * (double)(seed >> 11) / 9007199254740992.0;
}

/* Where each machine is sent: a box, or a ring around the middle. */
static const struct kind {
	const char *name;
	double low[3], high[3];
	double radius;	   /* 0: all of the box */
	const char *rails; /* of rails.cfg; NULL: has a file of its own */
	enum machine_kinematics kinematics;
} kinds[] = {
    {"cartesian", {0, 0, 0}, {235, 235, 200}, 0, "rails",
	MACHINE_KIN_CARTESIAN},
    {"corexy", {0, 0, 0}, {235, 235, 200}, 0, "rails", MACHINE_KIN_COREXY},
    {"corexz", {0, 0, 0}, {235, 235, 200}, 0, "rails", MACHINE_KIN_COREXZ},
    {"hybrid_corexy", {0, 0, 0}, {235, 235, 200}, 0, "rails",
	MACHINE_KIN_HYBRID_COREXY},
    {"hybrid_corexz", {0, 0, 0}, {235, 235, 200}, 0, "rails",
	MACHINE_KIN_HYBRID_COREXZ},
    {"delta", {-165, -165, 0}, {165, 165, 120}, 155, NULL, 0},
    {"deltesian", {-56, 5, 1}, {56, 195, 60}, 0, NULL, 0},
    {"rotary_delta", {-90, -90, 1}, {90, 90, 60}, 90, NULL, 0},
    {"polar", {-200, -200, 1}, {200, 200, 90}, 200, NULL, 0},
    {"winch", {-300, -300, 0}, {300, 300, 200}, 0, NULL, 0},
    {"generic_cartesian", {1, 1, 1}, {230, 230, 200}, 0, NULL, 0},
};

static void
complain(struct diag_sink *sink, enum diag_level level,
    const struct diag_place *place, const char *slug, const char *text)
{
	struct path *p = (struct path *)((char *)sink + sizeof(*sink));

	(void)place;
	(void)slug;
	if (level == DIAG_ERROR)
		snprintf(p->error, sizeof(p->error), "%s", text);
}

struct told {
	struct diag_sink sink;
	struct path path;
};

static void
plan(const struct machine *m, double point[][3], int n, bool back, double jerk,
    struct told *told)
{
	struct gcode_options options = {.assume_ready = true, .jerk = jerk};
	struct gcode_hooks hooks = {.record = path_record};
	struct buf b = BUF_INIT;
	struct gcode_exec *ex;

	memset(told, 0, sizeof(*told));
	told->sink.emit = complain;
	for (int i = 0; i < n; i++) {
		const double *p = point[back ? n - 1 - i : i];

		buf_addf(&b,
		    i == 0
			? "SET_KINEMATIC_POSITION X=%.3f Y=%.3f Z=%.3f ;%.0f\n"
			: "G1 X%.3f Y%.3f Z%.3f F%.0f\n",
		    p[0], p[1], p[2], 60 * m->max_velocity);
	}
	ex = gcode_exec_new(m, &options, &hooks, &told->path, &told->sink);
	gcode_exec_lines(ex, b.data, b.len);
	gcode_exec_end(ex);
	gcode_exec_free(ex);
	buf_release(&b);
}

/* acceleration at the begin of a move, or at its end */
static double
accel_at(const struct plan_move *m, bool end)
{
	double a = m->accel_t > 0 ? m->accel : -m->accel;
	double half = m->jerk * (m->accel_t + m->decel_t) / 2;

	if (end ? m->decel_t == 0 && m->cruise_t > 0
		: m->accel_t == 0 && m->cruise_t > 0)
		return 0;
	return end ? (m->decel_t > 0 ? -m->accel : a) + half : a - half;
}

/* Position and speed of the head at t; *i is where the last one was found. */
static double
head_at(const struct path *p, double t, int *i, double pos[3])
{
	const struct plan_move *m;
	double x, s, v;

	while (*i + 1 < p->n && t >= p->t0[*i + 1])
		++*i;
	m = &p->move[*i];
	x = fmax(t - p->t0[*i], 0);
	if (x <= m->accel_t) {
		v = m->start_v + m->accel * x;
		s = (m->start_v + m->accel * x / 2) * x;
	} else {
		double y = fmin(x - m->accel_t, m->cruise_t);
		double z = fmin(x - m->accel_t - y, m->decel_t);

		v = m->cruise_v - m->accel * z;
		s = (m->start_v + m->accel * m->accel_t / 2) * m->accel_t +
		    m->cruise_v * y + (m->cruise_v - m->accel * z / 2) * z;
	}
	for (int k = 0; k < 3; k++)
		pos[k] = m->start[k] + m->dir[k] * s;
	return v;
}

/* --- the plan ---------------------------------------------------------------
 */

static void
test_joints(const char *name, const struct path *p)
{
	double gap = 0, jump = 0, late = 0;

	for (int i = 1; i < p->n; i++) {
		const struct plan_move *a = &p->move[i - 1], *b = &p->move[i];
		double took = a->accel_t + a->cruise_t + a->decel_t;

		for (int k = 0; k < 3; k++)
			gap = fmax(
			    gap, fabs(a->start[k] + a->dir[k] * a->distance -
				      b->start[k]));
		jump = fmax(jump,
		    fabs(a->cruise_v - a->accel * a->decel_t - b->start_v));
		late = fmax(late, fabs(p->t0[i - 1] + took - p->t0[i]));
	}
	ok(gap < 1e-9, "%s: the path has no gap", name);
	ok(jump < 1e-6, "%s: the speed does not jump", name);
	ok(late < 1e-9, "%s: no time is lost between moves", name);
}

static void
test_limits(const char *name, const struct machine *m, const struct path *p)
{
	double fast = 0, accel = 0, spin = 0, last = 0, pos[3];
	int at = 0;

	for (int i = 0; i < p->n; i++)
		accel = fmax(accel, p->move[i].accel);
	for (double t = 0; t < p->end; t += SAMPLE_S) {
		double v = head_at(p, t, &at, pos), angle;
		const struct plan_move *b = &p->move[at];

		fast = fmax(fast, v);
		if (m->kinematics != MACHINE_KIN_POLAR)
			continue;
		angle = (pos[0] * b->dir[1] - pos[1] * b->dir[0]) * v /
			(pos[0] * pos[0] + pos[1] * pos[1]);
		/* the recorded rule is exact for what is asked to go at
		 * max_velocity; Z makes it less, and the bed faster */
		if (b->dir[2] == 0)
			spin = fmax(spin, fabs(angle));
		last = fmax(last, fabs(b->dir[2]) * v);
	}
	ok(fast <= m->max_velocity * (1 + 1e-9), "%s: never above max_velocity",
	    name);
	ok(accel <= m->max_accel * (1 + 1e-9), "%s: never above max_accel",
	    name);
	if (m->kinematics != MACHINE_KIN_POLAR)
		return;
	ok(spin <= m->max_angular_velocity * (1 + 1e-6) && spin > 1,
	    "%s: along the bed it turns at most as fast as it may", name);
	ok(last <= m->max_z_velocity * (1 + 1e-9), "%s: nor Z too fast", name);
}

/* The same ways with limited jerk. */
static void
test_jerk(const char *name, const struct machine *m, double point[][3])
{
	double step = 0, jerk = 0, accel = 0, fast = 0;
	struct told there, back;
	const struct path *p = &there.path;

	plan(m, point, POINTS, false, JERK, &there);
	plan(m, point, POINTS, true, JERK, &back);
	is_near(back.path.end, p->end, 1e-3 * p->end,
	    "%s: with jerk there and back take the same time, to 0.1 %%", name);
	test_joints(name, p);
	for (int i = 0; i < p->n; i++) {
		const struct plan_move *b = &p->move[i];

		jerk = fmax(jerk, fabs(b->jerk));
		accel = fmax(accel,
		    fmax(fabs(accel_at(b, false)), fabs(accel_at(b, true))));
		fast = fmax(fast, b->cruise_v);
		step = fmax(step,
		    fabs(accel_at(b, false) - (i ? accel_at(b - 1, true) : 0)));
	}
	ok(jerk > 0 && jerk <= JERK * (1 + 1e-9), "%s: jerk has its limit",
	    name);
	ok(step < m->max_accel * 1e-3, "%s: acceleration is continuous (%.2g)",
	    name, step);
	ok(accel <= m->max_accel * (1 + 1e-6) &&
		fast <= m->max_velocity * (1 + 1e-9),
	    "%s: and it and speed within their limits", name);
	path_free(&there.path);
	path_free(&back.path);
}

/* However fast a move was to be: the bed of a polar machine, exactly. */
static void
test_bed(const char *name, const struct machine *m, double point[][3])
{
	struct machine exact = *m;
	double most = 0, pos[3];
	struct told told, back;
	int at = 0;

	exact.angular_exact = true;
	exact.max_z_velocity = 10; /* slow enough for it to matter */
	/* which smooths from the end, where accelerations differ */
	exact.minimum_cruise_ratio = 0;
	plan(&exact, point, POINTS, false, 0, &told);
	for (double t = 0; t < told.path.end; t += SAMPLE_S) {
		double v = head_at(&told.path, t, &at, pos);
		const struct plan_move *b = &told.path.move[at];
		double turn = pos[0] * b->dir[1] - pos[1] * b->dir[0];

		most = fmax(
		    most, fabs(turn) * v / (pos[0] * pos[0] + pos[1] * pos[1]));
	}
	ok(most <= m->max_angular_velocity * (1 + 1e-9) && most > 1,
	    "%s: the bed turns at most as fast as it may (%.3f)", name, most);
	plan(&exact, point, POINTS, true, 0, &back);
	is_near(back.path.end, told.path.end, 1e-6 * told.path.end,
	    "%s: in parts, there and back take the same time", name);
	path_free(&back.path);
	path_free(&told.path);
}

/* Beyond these radii a delta's towers run so much faster than the head. */
static void
test_rim(const char *name, const struct machine *m, const struct path *p)
{
	int slow = 0, good = 0;

	for (int i = 0; i < p->n; i++) {
		const struct plan_move *a = &p->move[i];
		double r0 = hypot(a->start[0], a->start[1]);
		double r1 = hypot(a->start[0] + a->dir[0] * a->distance,
		    a->start[1] + a->dir[1] * a->distance);

		if (fmax(r0, r1) < 141.2)
			continue;
		slow++;
		good += a->cruise_v <= m->max_velocity / 2 * (1 + 1e-9) &&
			a->accel <= m->max_accel / 2 * (1 + 1e-9);
	}
	ok(slow > 5 && slow == good, "%s: half as fast near the rim", name);
}

/* --- the steps ---------------------------------------------------------------
 */

struct steps {
	double *t;
	int8_t *dir;
	int n, alloc;
};

static void
exact(void *ctx, double t, int dir)
{
	struct steps *s = ctx;

	if (s->n == s->alloc) {
		s->alloc = s->alloc * 2 + 1024;
		s->t = xreallocarray(s->t, s->alloc, sizeof(*s->t));
		s->dir = xreallocarray(s->dir, s->alloc, sizeof(*s->dir));
	}
	s->t[s->n] = t;
	s->dir[s->n++] = (int8_t)dir;
}

static void
command(void *ctx, const struct step_command *c)
{
	(void)ctx;
	(void)c;
}

static void
generate(const struct path *p, const struct machine_drive *d, int motor,
    double step, const struct shaper *shaper, struct steps *out)
{
	struct motion_queue *q = motion_queue_new();
	struct step_motor_setup setup = {.step_distance = step,
	    .kinematics = &d->kinematics,
	    .kinematics_motor = motor};
	struct step_encoder_setup enc = {.clock_freq = CLOCK_HZ,
	    .command = command,
	    .exact = exact,
	    .ctx = out};
	struct step_motor *m = step_motor_new(q, &setup, &enc);
	double pos[4] = {0}, ahead, behind;

	for (int i = 0; i < 3 && shaper; i++)
		motion_queue_set_shaper(q, i, shaper);
	motion_queue_reach(q, &ahead, &behind);
	/* shaped, the first move begins before 0, but no clock does */
	step_motor_set_clock(m, 10 * CLOCK_HZ, CLOCK_HZ);
	memcpy(pos, p->move[0].start, 3 * sizeof(*pos));
	step_motor_set_position(m, pos);
	for (int i = 0; i < p->n; i++) {
		const struct plan_move *a = &p->move[i];
		struct motion_segment_in in = {
		    .t0 = p->t0[i],
		    .distance = a->distance,
		    .accel_t = a->accel_t,
		    .cruise_t = a->cruise_t,
		    .decel_t = a->decel_t,
		    .start_v = a->start_v,
		    .cruise_v = a->cruise_v,
		    .accel = a->accel,
		    .jerk = a->jerk,
		};

		memcpy(in.start, a->start, sizeof(in.start));
		memcpy(in.dir, a->dir, sizeof(in.dir));
		motion_queue_add(q, &in);
		step_motor_generate(m, p->t0[i] - ahead, false);
	}
	step_motor_generate(m, p->end + behind, true);
	step_motor_free(m);
	motion_queue_free(q);
}

static void
test_motor(const char *name, const struct path *p,
    const struct machine_drive *d, int motor, double step)
{
	const struct kinematics *k = &d->kinematics;
	struct steps s = {0};
	double anchor, pos[3], off = 0, apart = 0, c;
	int64_t count = 0;
	int back = 0, at = 0, next = 0;

	generate(p, d, motor, step, NULL, &s);
	anchor = kinematics_motor(k, motor, p->move[0].start, 0);
	for (int i = 0; i < s.n; i++) {
		double grid = anchor + (double)count * step;

		back += i > 0 && s.t[i] < s.t[i - 1];
		head_at(p, s.t[i], &at, pos);
		c = kinematics_motor(k, motor, pos, grid);
		/* each step where the motor crosses half the way to it */
		off = fmax(off, fabs(c - grid - s.dir[i] * step / 2));
		count += s.dir[i];
	}
	at = 0;
	count = 0;
	for (double t = 0; t < p->end; t += SAMPLE_S) {
		for (; next < s.n && s.t[next] <= t; next++)
			count += s.dir[next];
		head_at(p, t, &at, pos);
		c = anchor + (double)count * step;
		apart =
		    fmax(apart, fabs(kinematics_motor(k, motor, pos, c) - c));
	}
	ok(s.n > 500 && back == 0, "%s %d: no step before the one before it",
	    name, motor);
	ok(off < 0.01 * step, "%s %d: each where it is half-way, to 1 %%", name,
	    motor);
	/* a step that would be taken back at once is not taken at all */
	ok(apart < 1.01 * step, "%s %d: never a whole step away", name, motor);
	free(s.t);
	free(s.dir);
}

/* --- what it is for --------------------------------------------------------
 */

/*
 * How far an oscillator at the head swings along X behind the end of a plan,
 * when it is moved by the steps of all motors.
 */
static double
ringing(const struct machine *m, const struct machine_drive *d,
    const struct path *p, const struct shaper *shaper)
{
	double w = 2 * NUM_PI * SHAPED_HZ, wd = w * sqrt(1 - DAMPING * DAMPING);
	double at[KINEMATICS_MOTORS], step[KINEMATICS_MOTORS], pos[3], last = 0;
	struct steps s[KINEMATICS_MOTORS] = {{0}};
	int next[KINEMATICS_MOTORS] = {0}, n = d->kinematics.n_motors;
	double c = 0, z = 0, end = p->end + 0.1;

	for (int i = 0; i < m->n_steppers; i++) {
		int k = machine_drive_motor(d, i);

		if (k < 0)
			continue;
		step[k] = m->stepper[i].step_distance / FINE;
		generate(p, d, k, step[k], shaper, &s[k]);
		at[k] =
		    kinematics_motor(&d->kinematics, k, p->move[0].start, 0);
	}
	for (double t = -0.1; t < end; t += 1e-4) {
		for (int k = 0; k < n; k++)
			for (; next[k] < s[k].n && s[k].t[next[k]] <= t;
			     next[k]++)
				at[k] += s[k].dir[next[k]] * step[k];
		kinematics_position(&d->kinematics, at, pos);
		if (t > -0.1) {
			double a =
			    (pos[0] - last) * exp(-DAMPING * w * (end - t));

			c += a * cos(wd * t);
			z += a * sin(wd * t);
		}
		last = pos[0];
	}
	for (int k = 0; k < n; k++) {
		free(s[k].t);
		free(s[k].dir);
	}
	return sqrt(c * c + z * z);
}

static void
test_ringing(const struct kind *kind, const struct machine *m,
    const struct machine_drive *d)
{
	double x = (kind->low[0] + kind->high[0]) / 2 + 12, y = 20, z = 5;
	double point[2][3] = {{x, y, z}, {x + 14.3, y, z}}, plain, left, theory;
	struct machine fast = *m;
	struct shaper_type type;
	char why[SHAPER_WHY_MAX];
	struct shaper shaper;
	struct told told;

	fast.max_accel = 9000;
	if (shaper_type_parse("mzv", 3, &type, why) < 0 ||
	    shaper_make(&type, SHAPED_HZ, DAMPING, &shaper) < 0)
		return;
	plan(&fast, point, 2, false, 0, &told);
	plain = ringing(m, d, &told.path, NULL);
	left = ringing(m, d, &told.path, &shaper);
	theory = shaper_residual(&shaper, SHAPED_HZ, DAMPING);
	ok(plain > 1e-3 && left <= plain * theory + 2e-5,
	    "%s: rings %.2g of %.2g mm shaped, theory leaves %.2g", kind->name,
	    left, plain, plain * theory);
	path_free(&told.path);
}

static void
test_kind(const struct kind *kind)
{
	struct diag_sink quiet = {NULL, {0, 0, 0}};
	double point[POINTS][3], pos[3], off = 0, to[3];
	struct told there, back;
	struct machine_drive d;
	struct machine *m;
	char path[100];

	snprintf(path, sizeof(path), "tests/cases/kinematics/%s.cfg",
	    kind->rails ? kind->rails : kind->name);
	m = machine_load(path, &quiet);
	ok(m != NULL, "%s is a machine", kind->name);
	if (!m)
		return;
	if (kind->rails)
		m->kinematics = kind->kinematics;
	machine_drive_init(&d, m);
	for (int i = 0; i < POINTS; i++) {
		do
			for (int a = 0; a < 3; a++)
				point[i][a] =
				    uniform(kind->low[a], kind->high[a]);
		while (kind->radius > 0 &&
		       hypot(point[i][0], point[i][1]) > kind->radius);
		if (i % 4 != 0) /* most go along the bed */
			point[i][2] = point[i - 1][2];
	}
	plan(m, point, POINTS, false, 0, &there);
	plan(m, point, POINTS, true, 0, &back);
	is_str(there.path.error, "", "%s: every point is in reach", kind->name);
	if (there.path.n == 0)
		return;
	is_near(back.path.end, there.path.end, 1e-6 * there.path.end,
	    "%s: there and back take the same time", kind->name);
	test_joints(kind->name, &there.path);
	test_limits(kind->name, m, &there.path);
	if (m->kinematics == MACHINE_KIN_DELTA)
		test_rim(kind->name, m, &there.path);
	test_jerk(kind->name, m, point);
	if (m->kinematics == MACHINE_KIN_POLAR)
		test_bed(kind->name, m, point);
	test_ringing(kind, m, &d);
	for (int i = 0; i < POINTS; i++) {
		double at[KINEMATICS_MOTORS];

		memcpy(pos, point[i], sizeof(pos));
		for (int n = 0; n < d.kinematics.n_motors; n++)
			at[n] = kinematics_motor(&d.kinematics, n, pos, 0);
		kinematics_position(&d.kinematics, at, to);
		for (int a = 0; a < 3; a++)
			off = fmax(off, fabs(to[a] - pos[a]));
	}
	ok(off < 1e-6, "%s: motors and head find each other", kind->name);
	for (int i = 0; i < m->n_steppers; i++) {
		int motor = machine_drive_motor(&d, i);

		if (motor >= 0)
			test_motor(kind->name, &there.path, &d, motor,
			    m->stepper[i].step_distance);
	}
	path_free(&there.path);
	path_free(&back.path);
	machine_free(m);
}

int
main(void)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		seed = 20240 + i;
		test_kind(&kinds[i]);
	}
	return done_testing();
}
