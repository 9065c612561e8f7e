/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where machines can go, and where they have to be slow. */
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "base/num.h"
#include "motion/reach.h"
#include "tests/unit/tap.h"

static const double endstop[3] = {297.05, 297.05, 297.05};
static const double arms[3] = {333, 333, 333};

static struct reach
usual_delta(double print_radius)
{
	struct reach r = {.velocity = 300, .accel = 3000};

	reach_delta(&r, 333, 174.75, 1 / 80.0, print_radius, endstop, arms, 0);
	return r;
}

static bool
may(const struct reach *r, double x, double y, double z)
{
	const double from[3] = {0, 0, 1}, to[3] = {x, y, z};
	double low, high;
	int axis;

	return reach_allows(r, from, to, &axis, &low, &high);
}

/* speed and acceleration that are left of 300 and 3000 from a to b */
static double
left(struct reach *r, double ax, double ay, double bx, double by, double *a)
{
	double d = hypot(bx - ax, by - ay), v = 300;
	const double start[3] = {ax, ay, 0};
	const double dir[3] = {(bx - ax) / d, (by - ay) / d, 0};

	*a = 3000;
	reach_limit(r, start, dir, d, &v, a);
	return v;
}

static void
test_delta(void)
{
	struct reach r = usual_delta(0);
	double a, step, rest;

	is_near(r.slow, 141.168, 1e-3, "a delta is slow from here");
	is_near(r.very_slow, 153.725, 1e-3, "and very slow from here");
	is_near(r.radius, 157.106, 1e-3, "and ends where towers race");
	ok(may(&r, 157, 0, 10) && !may(&r, 157.2, 0, 10), "the radius");
	ok(!may(&r, 0, 10, -1) && may(&r, 0, 0, 297.05) &&
		!may(&r, 0, 0, 297.1),
	    "bottom and top");
	step = reach_radius(&r, r.cone_z + 20);
	rest = 174.75 - sqrt(333 * 333 - 313 * 313);
	is_near(step, fmin(r.radius, rest), 1e-9, "the cone at its top");
	ok(!may(&r, step + 0.01, 0, r.cone_z + 20), "is no place to go");
	is_near(left(&r, 0, 0, 100, 0, &a), 300, 0, "full speed inside");
	is_near(left(&r, 0, 0, 0, 145, &a), 150, 0, "half at the rim");
	is_near(a, 1500, 0, "and half the acceleration");
	is_near(left(&r, 0, 155, 0, 0, &a), 75, 0, "a quarter beyond");
}

static void
test_delta_home(void)
{
	static const double angle[3] = {210, 330, 90};
	double z[3], to[3], tower[2], worst = 0;

	for (int i = 0; i < 3; i++)
		z[i] = 297.05 + sqrt(333 * 333 - 174.75 * 174.75);
	reach_delta_home(angle, 174.75, arms, z, to);
	ok(fabs(to[0]) < 1e-9 && fabs(to[1]) < 1e-9 &&
		fabs(to[2] - 297.05) < 1e-9,
	    "with equal end stops a delta stands in the middle");
	z[0] += 1.5;
	z[2] -= 0.7;
	reach_delta_home(angle, 174.75, arms, z, to);
	for (int i = 0; i < 3; i++) {
		tower[0] = 174.75 * cos(angle[i] * NUM_PI / 180) - to[0];
		tower[1] = 174.75 * sin(angle[i] * NUM_PI / 180) - to[1];
		worst = fmax(
		    worst, fabs(sqrt(tower[0] * tower[0] + tower[1] * tower[1] +
				     (z[i] - to[2]) * (z[i] - to[2])) -
				333));
	}
	ok(worst < 1e-9 && to[2] < z[0],
	    "with others it is an arm's length below each: %.1e", worst);
}

static void
test_polar(void)
{
	struct reach r = {.kind = REACH_POLAR,
	    .velocity = 300,
	    .accel = 3000,
	    .radius = 100,
	    .low = {-HUGE_VAL, -HUGE_VAL, 0},
	    .high = {HUGE_VAL, HUGE_VAL, 50},
	    .cone_z = HUGE_VAL,
	    .angular_velocity = 5};
	double a;

	ok(may(&r, 60, 80, 10) && !may(&r, 61, 80, 10), "a disc");
	is_near(left(&r, -20, 10, 20, 10, &a), 50, 1e-9,
	    "past the centre at 10 mm and 5 rad/s");
	is_near(a, 500, 1e-9, "with acceleration in proportion");
	is_near(left(&r, 30, 10, 60, 10, &a), 5 * hypot(30, 10), 1e-9,
	    "away from it the nearest end counts");
}

static void
test_deltesian(void)
{
	struct reach r = {.kind = REACH_DELTESIAN,
	    .velocity = 300,
	    .accel = 3000,
	    .low = {-50, 0, 0},
	    .high = {50, 200, 100},
	    .arm = 217,
	    .foot = 160,
	    .slow = 45,
	    .very_slow = 48};
	double a;

	r.arm_top = 100 + sqrt(217 * 217 - 160 * 160);
	ok(may(&r, 0, 10, 99.9), "the top in the middle");
	ok(!may(&r, 40, 10, 99.9) && may(&r, 40, 10, 60),
	    "is lower aside, where the nearer arm is steep");
	is_near(left(&r, 0, 0, 46, 0, &a), 150, 0, "slow aside");
	is_near(left(&r, 49, 0, 0, 0, &a), 75, 0, "very slow further");
}

static void
test_winch(void)
{
	struct reach r = {.kind = REACH_WINCH,
	    .low = {-1e6, -1e6, -1e6},
	    .high = {1e6, 1e6, 1e6},
	    .anchor = {{0, -2000, -100}, {2000, 1000, -100},
		{-2000, 1000, -100}, {0, 0, 3000}, {5, -7, 300}},
	    .n_anchors = 5};
	uint64_t seed = 7;
	int out = 0, bad = 0;

	ok(may(&r, 0, 0, 3000) && !may(&r, 0, 0, 3001), "up to an anchor");
	ok(may(&r, 0, -1000, 1450) && !may(&r, 0, -1000, 1450.1),
	    "half-way to the next half as high");
	ok(may(&r, 0, 900, -500) && !may(&r, 0, 1001, -500),
	    "below the anchors, and not beside them");
	/* the mean of any places that are in reach is, too */
	for (int i = 0; i < 20000; i++) {
		double p[3][3];

		for (int k = 0; k < 9; k++) {
			seed =
			    seed * 6364136223846793005u + 1442695040888963407u;
			p[k / 3][k % 3] =
			    ((double)(seed >> 11) / 9007199254740992. - 0.4) *
			    3000;
		}
		for (int k = 0; k < 3; k++)
			p[2][k] = (p[0][k] + p[1][k]) / 2;
		if (!may(&r, p[0][0], p[0][1], p[0][2]) ||
		    !may(&r, p[1][0], p[1][1], p[1][2]))
			out++;
		else
			bad += !may(&r, p[2][0], p[2][1], p[2][2]);
	}
	ok(bad == 0 && out > 1000 && out < 19000,
	    "a way between two places is in reach (%d of 20000 tried)",
	    20000 - out);
	r.n_anchors = 0;
	ok(may(&r, 5000, 0, 9999), "anywhere without anchors");
}

static void
test_axes(void)
{
	struct reach r = {.velocity = 300,
	    .accel = 3000,
	    .low = {0, 0, 0},
	    .high = {200, 200, 200},
	    .axis_velocity = {100, HUGE_VAL},
	    .axis_accel = {3000, 700}};
	double a;

	is_near(left(&r, 0, 0, 50, 0, &a), 100, 0, "X by itself");
	is_near(a, 3000, 0, "has all its acceleration");
	is_near(left(&r, 0, 0, 40, 30, &a), 125, 1e-9, "aslant it has more");
	is_near(a, 700 / 0.6, 1e-9, "until Y is at its limit");
}

int
main(void)
{
	test_delta();
	test_delta_home();
	test_polar();
	test_deltesian();
	test_winch();
	test_axes();
	return done_testing();
}
