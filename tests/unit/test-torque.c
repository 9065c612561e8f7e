/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Torque against speed: worked figures, and what must hold for any motor. */
#include "base/num.h"
#include "motion/torque.h"
#include "tests/unit/tap.h"

#define RD 40.

static double
omega(double mm_s)
{
	return mm_s * 2 * NUM_PI / RD;
}

static double
speed(double w)
{
	return w * RD / (2 * NUM_PI);
}

static const struct torque_motor m4234 = {6, 8.8e-3, .28, .84, 35e-7, 200};
static const struct torque_motor m4240 = {3.9, 8.9e-3, .42, 1, 54e-7, 200};
static const struct torque_motor ldo09 = {1.4, 2e-3, .44, 2, 68e-7, 400};

struct row {
	const char *name;
	const struct torque_motor *motor;
	double current, volts;
	/* N cm at rest; mm/s: corner, half torque lower and upper */
	double t0, corner, low, up;
	/* N cm at a speed, lower and upper */
	double at, at_low, at_up;
};

static const struct row rows[] = {
    {"42-34 24 V", &m4234, .67, 24, 22, 261, 421, 599, 500, 7, 13},
    {"42-34 48 V", &m4234, .67, 48, 22, 584, 907, 1335, 1000, 9, 15},
    {"42-40 24 V", &m4240, .8, 24, 34, 223, 348, 513, 300, 22, 28},
    {"42-40 48 V", &m4240, .8, 48, 34, 486, 741, 1121, 700, 19, 27},
    {"0.9 deg 24 V", &ldo09, 1.4, 24, 31, 327, 559, 703, 400, 24, 27},
    {"0.9 deg 48 V", &ldo09, 1.4, 48, 31, 687, 1166, 1476, 1000, 19, 23},
};

static void
test_row(const struct row *r)
{
	struct torque_drive d = {r->current, r->volts - 1};
	const struct torque_motor *m = r->motor;

	is_near(torque_at(m, &d, 0, TORQUE_LOWER) * 100, r->t0, .5,
	    "%s: torque at rest", r->name);
	is_near(
	    speed(torque_corner(m, &d)), r->corner, 1, "%s: corner", r->name);
	is_near(speed(torque_speed(m, &d, .5, TORQUE_LOWER)), r->low, 1,
	    "%s: half torque, lower bound", r->name);
	is_near(speed(torque_speed(m, &d, .5, TORQUE_UPPER)), r->up, 1,
	    "%s: half torque, upper bound", r->name);
	is_near(torque_at(m, &d, omega(r->at), TORQUE_LOWER) * 100, r->at_low,
	    .55, "%s: at %g mm/s, lower bound", r->name, r->at);
	is_near(torque_at(m, &d, omega(r->at), TORQUE_UPPER) * 100, r->at_up,
	    .55, "%s: at %g mm/s, upper bound", r->name, r->at);
}

static void
test_properties(void)
{
	struct torque_drive d = {.8, 23};
	double last[2] = {1, 1};
	bool falls = true, ordered = true;

	for (double w = 0; w < 1000; w += 1) {
		double t[2];

		for (int b = 0; b < 2; b++) {
			t[b] = torque_at(&m4240, &d, w, (enum torque_bound)b);
			falls &= t[b] <= last[b] + 1e-12;
			last[b] = t[b];
		}
		ordered &= t[TORQUE_LOWER] <= t[TORQUE_UPPER] + 1e-12;
	}
	ok(falls, "torque never rises with speed");
	ok(ordered, "the lower bound is never above the upper");
	d.voltage = 1;
	is_near(torque_corner(&m4240, &d), 0, 0,
	    "a rail that cannot drive the current has no corner");
}

static void
test_axis(void)
{
	struct torque_drive d = {.8, 23};
	struct torque_axis a = {RD, 1.0, 2, 1};

	is_near(torque_force(&a, .336), 52.8, .05, "52.8 N at the belt");
	is_near(torque_rotor_mass(&m4240, &a), .133, .0005,
	    "the rotor is as heavy as 0.133 kg");
	is_near(torque_acceleration(&m4240, &d, &a, 0, .5, TORQUE_LOWER), 21500,
	    50, "21.5 m/s2 for a bed of 1 kg");
	is_near(torque_acceleration(&m4240, &d, &a, 300, .5, TORQUE_LOWER),
	    13500, 150, "13.5 m/s2 at 300 mm/s");
	is_near(torque_acceleration(&m4240, &d, &a, 2000, .5, TORQUE_LOWER), 0,
	    0, "none where there is no torque");
}

int
main(void)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		test_row(&rows[i]);
	test_properties();
	test_axis();
	return done_testing();
}
