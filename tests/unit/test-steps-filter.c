/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Shaped, advanced and curved motion against its definition. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "motion/steps.h"
#include "tests/unit/steps-plan.h"
#include "tests/unit/steps-record.h"
#include "tests/unit/tap.h"

#define FREQ	16e6
#define SMOOTH	0.040
#define ADVANCE 0.05

static struct steps_plan plan;
static struct steps_record rec;

struct setup {
	const char *shaper[3];
	double freq[3];
	double coef[4], step;
	double k;
	struct step_advance_model model;
	bool follow;
	const struct kinematics *kinematics;
	int motor;
};

static struct shaper shaper[3];

static void
make_shapers(const struct setup *s)
{
	memset(shaper, 0, sizeof(shaper));
	for (int i = 0; i < 3; i++) {
		struct shaper_type type;
		char why[SHAPER_WHY_MAX];

		if (s->shaper[i] == NULL)
			continue;
		if (shaper_type_parse(
			s->shaper[i], strlen(s->shaper[i]), &type, why) < 0 ||
		    shaper_make(&type, s->freq[i], 0.1, &shaper[i]) < 0)
			ok(false, "shaper %s", s->shaper[i]);
	}
}

/* In pieces of so many seconds, or each move as far as it is settled. */
static void
generate(const struct setup *s, double piece)
{
	struct motion_queue *q = motion_queue_new();
	struct step_motor_setup setup = {.step_distance = s->step,
	    .follow_shaper = s->follow,
	    .kinematics = s->kinematics,
	    .kinematics_motor = s->motor};
	struct step_encoder_setup enc = {.clock_freq = FREQ,
	    .hold_s = 1e9,
	    .command = steps_record_command,
	    .exact = steps_record_exact,
	    .ctx = &rec};
	const struct motion_segment_in *first = &plan.move[0];
	double pos[4] = {
	    first->start[0], first->start[1], first->start[2], first->start_e};
	struct step_motor *m;
	double t = 0, ahead, behind;

	make_shapers(s);
	steps_record_init(&rec, FREQ);
	memcpy(setup.coef, s->coef, sizeof(setup.coef));
	m = step_motor_new(q, &setup, &enc);
	for (int i = 0; i < 3; i++) {
		if (s->shaper[i] != NULL)
			motion_queue_set_shaper(q, i, &shaper[i]);
	}
	step_motor_set_advance(m, s->k, SMOOTH);
	step_motor_set_model(m, &s->model);
	step_motor_set_position(m, pos);
	motion_queue_reach(q, &ahead, &behind);
	for (int i = 0; i < plan.n; i++) {
		motion_queue_add(q, &plan.move[i]);
		if (piece == 0)
			step_motor_generate(
			    m, motion_queue_end(q) - ahead, false);
		while (piece > 0 && t + piece + ahead < motion_queue_end(q)) {
			t += piece;
			step_motor_generate(m, t, false);
			motion_queue_expire(q, t - behind);
		}
	}
	step_motor_generate(m, motion_queue_end(q) + behind, true);
	step_motor_free(m);
	motion_queue_free(q);
}

/* --- the definition ----------------------------------------------------- */

/*
 * The end of the phase of a move that t is in, or the beginning of the next
 * move; at most `to`.
 */
static double
phase_end(double t, double to)
{
	for (int i = 0; i < plan.n; i++) {
		const struct motion_segment_in *m = &plan.move[i];
		double at = m->t0;
		const double phase[4] = {
		    0, m->accel_t, m->cruise_t, m->decel_t};

		if (at > to)
			break;
		for (int j = 0; j < 4; j++) {
			at += phase[j];
			if (at > t + 1e-12 && at < to)
				to = at;
		}
	}
	return to;
}

/* Eight points of Gauss. */
static const double gauss_x[8] = {-0.9602898564975363, -0.7966664774136267,
    -0.5255324099163290, -0.1834346424956498, 0.1834346424956498,
    0.5255324099163290, 0.7966664774136267, 0.9602898564975363};
static const double gauss_w[8] = {0.1012285362903763, 0.2223810344533745,
    0.3137066458778873, 0.3626837833783620, 0.3626837833783620,
    0.3137066458778873, 0.2223810344533745, 0.1012285362903763};

/* int w(u) x(t + o - u) du over int w: exact up to degree 15, phase by
 * phase */
static double
smoothed(int axis, double t)
{
	const struct shaper *s = &shaper[axis];
	double mid = t + s->offset_s, from = mid - s->width_s / 2, sum = 0;
	double end = mid + s->width_s / 2, area = 0;

	while (from < end) {
		double to = phase_end(from, end);

		for (int i = 0; i < 8; i++) {
			double at =
			    (from + to) / 2 + (to - from) / 2 * gauss_x[i];
			double y = (mid - at) / s->width_s, w = 0;

			for (int k = s->n_coefs - 1; k >= 0; k--)
				w = w * y + s->c[k];
			w *= gauss_w[i] * (to - from) / 2 / s->width_s;
			area += w;
			sum += w * steps_plan_at(&plan, axis, at, 0);
		}
		from = to;
	}
	return sum / area;
}

static double
shaped(int axis, double t, int derivative)
{
	const struct shaper *s = &shaper[axis];
	double x = 0;

	if (s->n_coefs > 0 && derivative == 0)
		return smoothed(axis, t);
	if (s->n == 0)
		return steps_plan_at(&plan, axis, t, derivative);
	for (int i = 0; i < s->n; i++)
		x += s->a[i] * steps_plan_at(&plan, axis,
				   t - (s->t_s[i] - s->centre_s), derivative);
	return x;
}

/* e + K e' where advance is allowed */
static double
pushed(double t, double k)
{
	int a = 0, b = plan.n;
	const struct motion_segment_in *m;

	while (b - a > 1) {
		int mid = (a + b) / 2;

		if (plan.move[mid].t0 <= t)
			a = mid;
		else
			b = mid;
	}
	m = &plan.move[a];
	return steps_plan_at(&plan, 3, t, 0) +
	       (m->advance ? k * steps_plan_at(&plan, 3, t, 1) : 0);
}

/* int_a^b f(u) (H - |u - t|) du where f is a quadratic: Gauss, three points */
static double
stretch(double t, double a, double b, double k)
{
	static const double x[3] = {-0.7745966692414834, 0, 0.7745966692414834};
	static const double w[3] = {5 / 9.0, 8 / 9.0, 5 / 9.0};
	double sum = 0;

	for (int i = 0; i < 3; i++) {
		double u = (a + b) / 2 + (b - a) / 2 * x[i];

		sum += w[i] * pushed(u, k) * (SMOOTH / 2 - fabs(u - t));
	}
	return sum * (b - a) / 2;
}

/* The triangle's integral, from one end of a phase to the next. */
static double
advanced(double t, double k)
{
	double h = SMOOTH / 2, sum = 0, from = t - h;

	while (from < t + h) {
		double to = phase_end(from, from < t ? t : t + h);

		sum += stretch(t, from, to, k);
		from = to;
	}
	return sum / (h * h);
}

static double
coordinate(const struct setup *s, double t)
{
	double pos[3], c = 0;

	for (int i = 0; i < 3; i++)
		pos[i] = shaped(i, t, 0);
	if (s->kinematics != NULL)
		return kinematics_motor(s->kinematics, s->motor, pos, 0);
	for (int i = 0; i < 3; i++)
		c += s->coef[i] * pos[i];
	if (s->coef[3] != 0 && s->model.kind != STEP_ADVANCE_LINEAR) {
		const struct step_advance_model *a = &s->model;
		double at = t + a->time_offset_s;
		/* what K makes of E is K times the smoothed speed */
		double u = advanced(at, 1) - advanced(at, 0);
		double v = u / a->velocity_mm_s;

		v = a->kind == STEP_ADVANCE_TANH ? tanh(v) : 1 - 1 / (1 + v);
		c += steps_plan_at(&plan, 3, at, 0) + a->linear * u +
		     a->offset_mm * v;
	} else if (s->coef[3] != 0)
		c += s->k != 0 ? advanced(t, s->k)
			       : steps_plan_at(&plan, 3, t, 0);
	return c;
}

/*
 * Every step lies on the midpoint it claims, in order; none is missing
 * between the samples of the definition.
 */
static void
test_steps(const char *what, const struct setup *s, double within)
{
	double anchor, worst = 0, gap = 0;
	int64_t at = 0;
	size_t backwards = 0, n = 0;
	int every = s->k != 0 ? 5 : 1;

	generate(s, 0.1);
	anchor = coordinate(s, 0);
	for (size_t i = 0; i < rec.n; i++) {
		double mid = anchor + ((double)at + 0.5 * rec.dir[i]) * s->step;

		if (i % (size_t)every == 0)
			worst =
			    fmax(worst, fabs(coordinate(s, rec.t[i]) - mid));
		at += rec.dir[i];
		backwards += i > 0 && rec.t[i] < rec.t[i - 1];
	}
	ok(rec.n > 100, "%s: there is motion", what);
	ok(worst < within, "%s: steps are on their midpoints (%.3g)", what,
	    worst);
	is_int(backwards, 0, "%s: time does not go back", what);
	/* half a step and what the step-dir-step filter may hold back */
	at = 0;
	for (double t = 0.2; t < steps_plan_end(&plan) + 0.1;
	     t += every * 0.00037) {
		while (n < rec.n && rec.t[n] <= t)
			at += rec.dir[n++];
		gap = fmax(gap,
		    fabs(coordinate(s, t) - anchor - (double)at * s->step));
	}
	ok(gap < s->step * 1.01, "%s: never a step behind (%.3g of one)", what,
	    gap / s->step);
	steps_record_release(&rec);
}

static void
test_pieces(const char *what, const struct setup *s)
{
	static const double pieces[] = {0.0007, 0.013, 0.4, 1e9};
	struct steps_record first;
	double worst = 0;

	generate(s, pieces[0]);
	first = rec;
	for (int i = 1; i < 4; i++) {
		bool same;

		generate(s, pieces[i]);
		same = rec.n == first.n && rec.commands == first.commands &&
		       memcmp(rec.t, first.t, rec.n * sizeof(*rec.t)) == 0 &&
		       memcmp(rec.clock, first.clock,
			   rec.n * sizeof(*rec.clock)) == 0;
		ok(same, "%s: pieces of %g s and of %g s give the same bits",
		    what, pieces[0], pieces[i]);
		steps_record_release(&rec);
	}
	/* at the end of the queue rounding decides whether a filter waits */
	generate(s, 0);
	for (size_t i = 0; i < rec.n && i < first.n; i++)
		worst = fmax(worst, fabs(rec.t[i] - first.t[i]));
	ok(rec.n == first.n && worst < 1e-9,
	    "%s: the same steps when each move is the last for a while "
	    "(%.2g s)",
	    what, worst);
	steps_record_release(&rec);
	steps_record_release(&first);
}

/* --- what it is for ----------------------------------------------------- */

/*
 * How an oscillator of this frequency and damping rings at the end: each step
 * excites it as a jump does.
 */
static double
ringing(double freq, double damping, double step)
{
	double w = 6.283185307179586 * freq,
	       wd = w * sqrt(1 - damping * damping);
	double c = 0, s = 0, end = rec.t[rec.n - 1];

	for (size_t i = 0; i < rec.n; i++) {
		double a =
		    step * rec.dir[i] * exp(-damping * w * (end - rec.t[i]));

		c += a * cos(wd * rec.t[i]);
		s += a * sin(wd * rec.t[i]);
	}
	return sqrt(c * c + s * s);
}

/*
 * What the literature says a shaper leaves of a mode at its own frequency: none
 * (Singer and Seering 1990), or the tolerance that it was made for (Singhose
 * 1997); the fits of the incumbent miss that by less than 0.0015.
 */
static const struct {
	const char *type;
	double freq, leaves;
} shapers[] = {{"zv", 50, 0}, {"zv", 23.7, 0}, {"mzv", 57.2, 0},
    {"mzv(n=5,tau=1)", 50, 0}, {"zvd", 50, 0}, {"custom(1:0,1:.5)", 50, 0.16},
    {"ei", 41.6, 0.05}, {"ei(v_tol=0.02)", 41.6, 0.02}, {"2hump_ei", 50, 0.05},
    {"3hump_ei", 50, 0.05}, {"smooth_zv", 50, 0.05}, {"smooth_mzv", 50, 0.05},
    {"smooth_ei", 50, 0.05}, {"smooth_2hump_ei", 50, 0.05},
    {"smooth_si", 50, 0.05}, {"smooth_zvd_ei", 50, 0.05}};

static void
test_ringing(const char *type, double design, double leaves)
{
	struct setup s = {.step = 0.0002};
	double d[4] = {40, 0, 12, 0}, plain, left;

	steps_plan_init(&plan, 1);
	/* peaks such that the plain motion does excite it */
	steps_plan_move(&plan, d, 0, 100, 0, 9000, 0);
	for (int axis = 0; axis < 3; axis += 2) {
		memset(s.coef, 0, sizeof(s.coef));
		s.coef[axis] = 1;
		s.shaper[axis] = NULL;
		generate(&s, 1e9);
		plain = ringing(design, 0.1, s.step);
		steps_record_release(&rec);
		s.shaper[axis] = type;
		s.freq[axis] = design;
		generate(&s, 1e9);
		left = ringing(design, 0.1, s.step);
		ok(plain > 0.01 && left <= plain * (leaves + 0.0015),
		    "%s at %g Hz on %c leaves %.4f of %.4f mm, %.4f allowed",
		    type, design, "XYZ"[axis], left, plain, leaves * plain);
		steps_record_release(&rec);
	}
}

/* With the same shaper on X and Y, E is a shaped E: in line with the head. */
static void
test_follow(void)
{
	struct setup s = {.coef = {0, 0, 0, 1},
	    .step = 0.002,
	    .follow = true,
	    .shaper = {"mzv", "mzv", "mzv"},
	    .freq = {50, 50, 50}};
	double worst = 0;
	int64_t at = 0;

	steps_plan_init(&plan, 7);
	steps_plan_random(&plan, 200, 10, 60);
	generate(&s, 0.05);
	for (size_t i = 0; i < rec.n; i++) {
		double e = 0;

		for (int k = 0; k < shaper[0].n; k++)
			e += shaper[0].a[k] *
			     steps_plan_at(&plan, 3,
				 rec.t[i] -
				     (shaper[0].t_s[k] - shaper[0].centre_s),
				 0);
		worst = fmax(
		    worst, fabs(e - ((double)at + 0.5 * rec.dir[i]) * s.step));
		at += rec.dir[i];
	}
	ok(rec.n > 1000 && worst < 2e-9,
	    "the extruder follows the shaped head (%.3g mm)", worst);
	steps_record_release(&rec);
}

/* A new K counts for the moves queued after it; old ones keep theirs. */
static void
test_change(void)
{
	struct motion_queue *q = motion_queue_new();
	struct step_motor_setup setup = {
	    .coef = {0, 0, 0, 1}, .step_distance = 0.001};
	struct step_encoder_setup enc = {.clock_freq = FREQ,
	    .hold_s = 1e9,
	    .command = steps_record_command,
	    .exact = steps_record_exact,
	    .ctx = &rec};
	struct step_motor *m = step_motor_new(q, &setup, &enc);
	double d[4] = {20, 0, 0, 1}, pos[4] = {0, 0, 0, 0}, most[2] = {0, 0};
	int64_t at = 0;
	double change;

	steps_plan_init(&plan, 3);
	steps_plan_move(&plan, d, 0, 100, 100, 3000, 0);
	steps_plan_move(&plan, d, 100, 100, 0, 3000, 0);
	change = plan.move[1].t0;
	steps_record_init(&rec, FREQ);
	step_motor_set_position(m, pos);
	step_motor_set_advance(m, 0.02, SMOOTH);
	motion_queue_add(q, &plan.move[0]);
	step_motor_set_advance(m, 0.06, SMOOTH);
	motion_queue_add(q, &plan.move[1]);
	step_motor_generate(m, motion_queue_end(q) + SMOOTH / 2, true);
	/* in steady motion E is K e' ahead: 0.1 mm and 0.3 mm at 5 mm/s */
	for (size_t i = 0; i < rec.n; i++) {
		double ahead;

		at += rec.dir[i];
		ahead =
		    (double)at * 0.001 - steps_plan_at(&plan, 3, rec.t[i], 0);
		if (rec.t[i] < change - SMOOTH / 2)
			most[0] = fmax(most[0], ahead);
		else if (rec.t[i] > change + SMOOTH / 2)
			most[1] = fmax(most[1], ahead);
	}
	is_near(most[0], 0.1, 0.002, "K before the change");
	is_near(most[1], 0.3, 0.002, "K after it");
	steps_record_release(&rec);
	step_motor_free(m);
	motion_queue_free(q);
}

int
main(void)
{
	const double arm[3] = {333, 333, 333}, angle[3] = {210, 330, 90};
	struct kinematics delta, polar;
	struct setup x = {.shaper = {"mzv"},
	    .freq = {57.2},
	    .coef = {1, 0, 0, 0},
	    .step = 0.0125};
	struct setup plain = {.coef = {1, 0, 0, 0}, .step = 0.0125};
	struct setup a = {.shaper = {"mzv", "3hump_ei"},
	    .freq = {60, 45},
	    .coef = {1, 1, 0, 0},
	    .step = 0.0125};
	struct setup e = {.coef = {0, 0, 0, 1}, .step = 1 / 93.0, .k = ADVANCE};
	struct setup tower = {.shaper = {"zvd", "ei", NULL},
	    .freq = {50, 40, 0},
	    .step = 0.0125,
	    .kinematics = &delta,
	    .motor = 1};
	struct setup bed = {.step = 0.0004, .kinematics = &polar, .motor = 0};

	struct setup smooth = {.shaper = {"smooth_mzv"},
	    .freq = {50},
	    .coef = {1, 0, 0, 0},
	    .step = 0.0125};
	struct setup mixed = {.shaper = {"smooth_2hump_ei", "ei"},
	    .freq = {60, 45},
	    .coef = {1, -1, 0, 0},
	    .step = 0.0125};
	struct setup pillar = {.shaper = {"smooth_zv", "smooth_si", NULL},
	    .freq = {50, 40, 0},
	    .step = 0.0125,
	    .kinematics = &delta,
	    .motor = 0};
	struct setup bowden = {.coef = {0, 0, 0, 1},
	    .step = 1 / 93.0,
	    .k = 1,
	    .model = {STEP_ADVANCE_TANH, 0.02, 0.4, 3, 0}};
	struct setup early = {.coef = {0, 0, 0, 1},
	    .step = 1 / 93.0,
	    .k = 1,
	    .model = {STEP_ADVANCE_RECIPR, 0, 0.3, 2, 0.011}};

	kinematics_delta(&delta, 174.75, arm, angle);
	kinematics_polar(&polar);
	steps_plan_init(&plan, 11);
	steps_plan_random(&plan, 300, 20, 80);
	test_steps("X shaped", &x, 2e-9);
	test_steps("corexy, two shapers", &a, 2e-9);
	test_steps("pressure advance", &e, 2e-9);
	test_steps("delta, shaped", &tower, 2e-9);
	steps_plan_init(&plan, 11);
	plan.jerky = true;
	steps_plan_random(&plan, 300, 20, 80);
	test_steps("X with jerk", &plain, 2e-9);
	test_steps("X shaped, with jerk", &x, 2e-9);
	test_steps("corexy, two shapers, with jerk", &a, 2e-9);
	test_steps("pressure advance, with jerk", &e, 2e-9);
	test_steps("delta, shaped, with jerk", &tower, 2e-9);
	/* from here on everything has jerk */
	test_steps("X under a smooth shaper", &smooth, 2e-9);
	test_steps("corexy, smooth and not", &mixed, 2e-9);
	test_steps("delta under smooth shapers", &pillar, 2e-9);
	test_steps("advance by tanh", &bowden, 2e-9);
	test_steps("advance by reciprocal, early", &early, 2e-9);
	test_pieces("X under a smooth shaper", &smooth);
	test_pieces("advance by tanh", &bowden);
	test_pieces("X shaped", &x);
	test_pieces("corexy, two shapers", &a);
	test_pieces("pressure advance", &e);
	test_pieces("delta, shaped", &tower);
	steps_plan_init(&plan, 12);
	plan.start[0] = 90;
	steps_plan_random(&plan, 300, 20, 60);
	test_steps("polar bed", &bed, 2e-9);
	for (size_t i = 0; i < sizeof(shapers) / sizeof(*shapers); i++)
		test_ringing(
		    shapers[i].type, shapers[i].freq, shapers[i].leaves);
	test_follow();
	test_change();
	return done_testing();
}
