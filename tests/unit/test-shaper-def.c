/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Shapers against published values and against what they are for. */
#include "motion/shaper_def.h"

#include "base/num.h"
#include "tests/unit/tap.h"

static struct shaper_type
type_of(const char *name)
{
	struct shaper_type t;
	char why[SHAPER_WHY_MAX] = "";

	ok(shaper_type_parse(name, strlen(name), &t, why) == 0,
	    "%s is a shaper%s", name, why);
	return t;
}

static struct shaper
make(const char *name, double freq, double damping)
{
	struct shaper_type t = type_of(name);
	struct shaper s;

	ok(shaper_make(&t, freq, damping, &s) == 0, "%s at %g Hz, %g", name,
	    freq, damping);
	return s;
}

/* normalised amplitudes and times at 1 Hz, damping 0.1 */
static const struct {
	const char *name;
	int n;
	double a[5], t[5];
} known[] = {
    {"zv", 2, {.57828618, .42171382}, {0, .50251891}},
    {"mzv", 3, {.36512789, .40748935, .22738276}, {0, .37688918, .75377836}},
    {"zvd", 3, {.33441491, .48774255, .17784254}, {0, .50251891, 1.00503782}},
    {"ei", 3, {.35488138, .45299809, .19212053}, {0, .50724015, 1.00503782}},
    {"2hump_ei", 4, {.25853548, .35993570, .27276382, .10876501},
	{0, .5159056, 1.0082062, 1.4889263}},
    {"3hump_ei", 5, {.22085441, .27721147, .25969969, .16705516, .07517927},
	{0, .5405019, 1.0280510, 1.5058990, 1.9829271}},
    {"mzv(n=5,t=1)", 5, {.18024413, .26659946, .26288520, .19441702, .09585420},
	{0, .25125945, .50251891, .75377836, 1.00503782}},
};

static void
test_impulses(void)
{
	for (size_t k = 0; k < sizeof(known) / sizeof(known[0]); k++) {
		struct shaper s = make(known[k].name, 1, 0.1);

		is_int(s.n, known[k].n, "%s: impulses", known[k].name);
		for (int i = 0; i < s.n; i++) {
			is_near(s.a[i], known[k].a[i], 6e-9, "%s: A%d",
			    known[k].name, i + 1);
			is_near(s.t_s[i], known[k].t[i], 6e-8, "%s: T%d",
			    known[k].name, i + 1);
		}
	}
}

static void
test_families_with_arguments(void)
{
	struct shaper a = make("mzv", 50, 0.07),
		      b = make("mzv(3,0.75)", 50, 0.07);
	struct shaper c = make("mzv(n=5, tau=1)", 40, 0), d;
	static const char *const wrong[] = {"", "zw", "zv(1)", "mzv(", "mzv()",
	    "mzv(n=5)", "mzv(n=5,t=1,tau=1)", "mzv(n=2,t=1)", "mzv(n=3.5,t=1)",
	    "mzv(n=11,t=1)", "mzv(n=3,t=1)", "mzv(5,t=1)", "mzv(n=3,t=0)",
	    "ei(v_tol=0)", "ei(v=0.1)", "ei(0.02,3)", "mzv(n=5,n=5)",
	    "mzv(n=5,t=1))", "zvx"};

	for (int i = 0; i < 3; i++)
		is_near(
		    a.a[i], b.a[i], 1e-15, "mzv is mzv(3,0.75), A%d", i + 1);
	for (int i = 0; i < 5; i++)
		is_near(
		    c.a[i], 0.2, 1e-14, "mzv(n=5,tau=1): A%d is a fifth", i);
	d = make("mzv(4,1)", 40, 0);
	is_near(d.a[1], 1 / 3., 1e-14, "mzv(4,1): A2 is a third");
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct shaper_type t;
		char why[SHAPER_WHY_MAX] = "";

		ok(shaper_type_parse(wrong[i], strlen(wrong[i]), &t, why) ==
			    -1 &&
			why[0],
		    "'%s' is refused: %s", wrong[i], why);
	}
	{
		struct shaper_type t = type_of("3hump_ei");

		ok(shaper_make(&t, 50, 0.21, &a) == -1,
		    "damping beyond the fit");
		ok(shaper_make(&t, 0, 0.1, &a) == -1, "no frequency");
		ok(shaper_make(&t, 50, -0.1, &a) == -1, "negative damping");
	}
}

/* A mode driven by the shaped command, integrated exactly between impulses:
 * what is left against what one impulse leaves. */
static double
simulated(const struct shaper *s, double freq, double z)
{
	double w = 2 * NUM_PI * freq, wd = w * sqrt(1 - z * z), x = 0, y = 0;

	for (int i = 0; i < s->n; i++) {
		double dt = i ? s->t_s[i] - s->t_s[i - 1] : 0;
		double e = exp(-z * w * dt), c = cos(wd * dt), n = sin(wd * dt);
		double r = e * (x * c - y * n);

		y = e * (x * n + y * c);
		x = r + s->a[i];
	}
	return sqrt(x * x + y * y);
}

static void
test_residual(void)
{
	for (size_t k = 0; k < sizeof(known) / sizeof(known[0]); k++) {
		struct shaper s = make(known[k].name, 50, 0.1);
		double worst = 0;

		for (double f = 1; f < 200; f += 3.7)
			for (double z = 0; z < 0.5; z += 0.11)
				worst =
				    fmax(worst, fabs(shaper_residual(&s, f, z) -
						     simulated(&s, f, z)));
		is_near(worst, 0, 1e-12,
		    "%s: residual is that of a driven mode", known[k].name);
		is_near(shaper_residual(&s, 1e-9, 0.1), 1, 1e-6,
		    "%s: slow modes are left alone", known[k].name);
	}
	{
		struct shaper s = make("zv", 50, 0.1);

		is_near(shaper_residual(&s, 50, 0.1), 0, 1e-15,
		    "zv cancels its own mode");
		is_near(shaper_residual(&s, 45, 0.075), .143575341942, 1e-11,
		    "zv: 45 Hz, 0.075");
	}
}

static void
test_smoothing(void)
{
	static const struct {
		const char *name;
		double smoothing, accel[3]; /* scv 5, 10, 20 */
	} v[] = {{"zv", .067696, {9742.8, 8472.0, 5030.9}},
	    {"mzv", .081468, {7364.8, 7122.4, 4357.0}},
	    {"zvd", .123167, {4871.4, 4477.9, 2231.4}},
	    {"ei", .131798, {4552.4, 4012.3, 1816.4}},
	    {"2hump_ei", .226502, {2649.0, 1840.6, 208.6}},
	    {"3hump_ei", .361658, {1533.2, 865.9, 0}}};

	for (size_t k = 0; k < sizeof(v) / sizeof(v[0]); k++) {
		struct shaper s = make(v[k].name, 50, 0.1);
		double scv = 5;

		is_near(shaper_smoothing(&s, 5000, 5), v[k].smoothing, 6e-7,
		    "%s: smoothing", v[k].name);
		for (int i = 0; i < 3; i++, scv *= 2)
			is_near(shaper_max_accel(&s, 0.12, scv), v[k].accel[i],
			    0.06, "%s: acceleration at corner %g mm/s",
			    v[k].name, scv);
		is_near(shaper_smoothing(&s, shaper_max_accel(&s, 0.3, 5), 5),
		    0.3, 1e-12,
		    "%s: the largest acceleration reaches the limit",
		    v[k].name);
	}
}

/* Simpson over the kernel; the moment of order k */
static double
moment(const struct shaper *s, int k)
{
	double sum = 0;

	for (int i = 0; i <= 2000; i++) {
		double x = i / 2000. - 0.5, w = 0;

		for (int j = s->n_coefs - 1; j >= 0; j--)
			w = w * x + s->c[j];
		sum += w * pow(x * s->width_s, k) *
		       (i == 0 || i == 2000 ? 1
			   : i % 2	    ? 4
					    : 2);
	}
	return sum / 6000;
}

static void
test_smooth(void)
{
	static const double bound[] = {0.09, 0.09, 0.09, 0.09, 0.09, 0.09};

	for (int i = SHAPER_SMOOTH_ZV; i < SHAPER_FAMILIES; i++) {
		const char *name = shaper_family_names[i];
		struct shaper s = make(name, 50, 0);

		is_near(moment(&s, 0), 1, 2e-4, "%s: unit area", name);
		is_near(moment(&s, 1), s.offset_s, 2e-9, "%s: offset", name);
		ok(shaper_residual(&s, 50, 0.1) < bound[i - SHAPER_SMOOTH_ZV],
		    "%s: leaves little at its frequency (%.4f)", name,
		    shaper_residual(&s, 50, 0.1));
		is_near(shaper_residual(&s, 1e-9, 0), 1, 2e-4,
		    "%s: slow modes are left alone", name);
		is_near(shaper_ahead_s(&s) + shaper_behind_s(&s), s.width_s,
		    1e-15, "%s: reach is the width", name);
		is_near(shaper_smoothing(&s, shaper_max_accel(&s, 0.12, 5), 5),
		    0.12, 1e-12, "%s: acceleration reaches the limit", name);
	}
}

/* A train of one's own: ZV's impulses make ZV. */
static void
test_custom(void)
{
	static const char *const bad[] = {"custom", "custom()", "custom(1:0)",
	    "custom(1:0,1:0)", "custom(.5:0,.5:.5", "custom(1:.1,1:.5)",
	    "custom(.5:0,.5)", "custom(1:0,-1:1)", "custom(1:0,1:x)",
	    "custom(1:0,1:1,1:2,1:3,1:4,1:5,1:6,1:7,1:8,1:9,1:10)"};
	struct shaper zv = make("zv", 50, 0);
	struct shaper own = make("custom(2:0, 2:.5)", 50, 0);
	struct shaper_type type;
	char why[SHAPER_WHY_MAX];

	is_int(own.n, 2, "custom: two impulses");
	for (int i = 0; i < 2; i++) {
		is_near(own.a[i], zv.a[i], 1e-15, "custom: amplitude %d", i);
		is_near(own.t_s[i], zv.t_s[i], 1e-15, "custom: time %d", i);
	}
	is_near(own.centre_s, zv.centre_s, 1e-15, "custom: no delay");
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		why[0] = 0;
		ok(shaper_type_parse(bad[i], strlen(bad[i]), &type, why) < 0 &&
			why[0],
		    "%s: %s", bad[i], why);
	}
}

int
main(void)
{
	struct shaper s;

	test_impulses();
	test_custom();
	test_families_with_arguments();
	test_residual();
	test_smoothing();
	test_smooth();
	s = make("mzv", 50, 0.1);
	is_near(shaper_ahead_s(&s), 6.499491e-3, 5e-10, "mzv looks ahead");
	is_near(shaper_behind_s(&s), 8.576077e-3, 5e-10, "mzv looks behind");
	return done_testing();
}
