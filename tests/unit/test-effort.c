/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Moves are as fast as the motors can make them, and no faster. */
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "base/num.h"
#include "motion/effort.h"
#include "tests/unit/tap.h"

/* the stock 42-40 of hardware.md 4.9, at 0.8 A */
static const struct torque_motor motor = {3.9, 8.9e-3, .42, 1, 54e-7, 200};
static const struct torque_axis axis = {40, 1.0, 2, 1};
static const struct torque_axis screw = {8, 1.8, 2, .4};

static uint64_t seed = 88172645463325252u;

static double
uniform(double min, double max)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return min + (max - min) * (double)(seed >> 11) / 9007199254740992.0;
}

static void
add(struct effort *e, double x, double y, double z, double volts,
    const struct torque_axis *a)
{
	struct torque_drive drive = {.8, volts - 1};
	struct effort_motor *m = &e->motor[e->n_motors++];

	*m = (struct effort_motor){
	    .weight = {x, y, z}, .step = a->rotation_distance / 3200};
	effort_torque(m, &motor, &drive, a, 1, .5);
}

static struct planner_move
move(const double dir[3], double d)
{
	struct planner_move m = {.distance = d};

	memcpy(m.dir, dir, sizeof(m.dir));
	return m;
}

static void
limit(struct effort *e, const double dir[3], double d, double *v, double *a)
{
	struct planner_move m = move(dir, d);

	effort_limit(e, &m, v, a);
}

static void
machine(struct effort *e, bool corexy, double volts)
{
	memset(e, 0, sizeof(*e));
	add(e, 1, corexy ? 1 : 0, 0, volts, &axis);
	add(e, corexy ? 1 : 0, corexy ? -1 : 1, 0, volts, &axis);
	add(e, 0, 0, 1, volts, &screw);
	add(e, 0, 0, 1, volts, &screw); /* Z has two */
	e->mass[0] = .35;
	e->mass[1] = 1.0;
	e->mass[2] = 1.8;
}

/* what is left for one axis, by the formula of hardware.md 4.5 */
static double
accel_at(double speed, double mass, double volts)
{
	struct torque_drive drive = {.8, volts - 1};
	struct torque_axis a = axis;

	a.mass = mass;
	return torque_acceleration(&motor, &drive, &a, speed, .5, TORQUE_LOWER);
}

static void
test_axis(double volts)
{
	static const double x[3] = {1, 0, 0}, y[3] = {0, -1, 0};
	double v = 5000, a = 3000;
	struct effort e;

	machine(&e, false, volts);
	effort_ready(&e);
	limit(&e, x, 0.5, &v, &a);
	is_near(
	    a, 3000, 0, "on %g V a short move along X keeps 3000 mm/s2", volts);
	is_near(accel_at(v, .35, volts), 3000, 3, "up to %.0f mm/s", v);
	v = 5000;
	a = 60000;
	limit(&e, y, 0.5, &v, &a);
	is_near(
	    a, accel_at(0, 1, volts), 1, "Y, with 1 kg, has %.0f at most", a);
	is_near(accel_at(v, 1, volts), a, a * 1e-3, "up to %.0f mm/s", v);
}

static void
test_volts(void)
{
	static const double dir[3] = {
	    .70710678118654752, .70710678118654752, 0};
	double v24 = 5000, v48 = 5000, a = 3000;
	struct effort low, high;

	machine(&low, false, 24);
	machine(&high, false, 48);
	effort_ready(&low);
	effort_ready(&high);
	limit(&low, dir, 0.5, &v24, &a);
	limit(&high, dir, 0.5, &v48, &a);
	ok(v48 > 1.9 * v24 && v48 < 2.3 * v24,
	    "48 V give %.0f mm/s where 24 V give %.0f", v48, v24);
}

/* forces of a corexy by hand: each belt takes half of the sum or difference */
static void
test_corexy(void)
{
	double dir[3] = {.6, .8, 0}, v = 5000, a = 2000, need, speed;
	struct torque_drive drive = {.8, 23};
	struct effort e;

	machine(&e, true, 24);
	effort_ready(&e);
	limit(&e, dir, 0.5, &v, &a);
	speed = 1.4 * v;
	need = (.35 * .6 + 1.0 * .8) / 2 * a / 1000 + 2 +
	       torque_rotor_mass(&motor, &axis) * 1.4 * a / 1000;
	is_near(.5 * torque_force(
			 &axis, torque_at(&motor, &drive,
				    speed * 2 * NUM_PI / 40, TORQUE_LOWER)),
	    need, need * 1e-3, "on a corexy the belt that does most counts");
}

static void
test_anything(void)
{
	int over = 0, idle = 0, raised = 0;
	double worst = 0;
	struct effort e;

	for (int i = 0; i < 20000; i++) {
		double dir[3], n = 0, v0 = uniform(1, 2000), a0, v, a, used;
		struct planner_move m;

		if (i % 100 == 0) {
			machine(&e, i & 128, uniform(12, 60));
			effort_ready(&e);
		}
		for (int k = 0; k < 3; k++) {
			dir[k] = k == 2 && i & 1 ? 0 : uniform(-1, 1);
			n += dir[k] * dir[k];
		}
		for (int k = 0; k < 3; k++)
			dir[k] /= sqrt(n);
		v = v0;
		a = a0 = exp(uniform(3, 11));
		limit(&e, dir, exp(uniform(-4, 6)), &v, &a);
		m = move(dir, 1);
		used = effort_used(&e, &m, v, a);
		worst = fmax(worst, used);
		over += used > 1.0005;
		raised += v > v0 || a > a0 || !(v > 0) || !(a > 0);
		/* slowed down for nothing? */
		idle += (v < v0 * (1 - 1e-9) && used < .999);
	}
	is_int(over, 0, "no motor ever gives more than it may (%.5f)", worst);
	is_int(raised, 0, "limits only lower");
	is_int(idle, 0, "and what is slowed down has a motor at its limit");
}

static void
test_trade(void)
{
	static const double x[3] = {1, 0, 0};
	double v = 600, a = 15000, slow = 600, all = 15000, t, same;
	struct effort e;

	machine(&e, false, 24);
	effort_ready(&e);
	limit(&e, x, 1, &slow, &all);
	limit(&e, x, 300, &v, &a);
	t = 300 / v + v / a;
	same = 300 / slow + slow / all;
	ok(v > slow && a < all && t < same,
	    "300 mm take %.0f ms at %.0f mm/s and %.0f mm/s2, not %.0f",
	    1000 * t, v, a, 1000 * same);
}

static void
test_steps(void)
{
	double dir[3] = {.6, .8, 0}, v = 300, a = 3000;
	struct effort e;

	machine(&e, false, 48);
	for (int i = 0; i < e.n_motors; i++)
		e.motor[i].push = 0; /* nothing known of them */
	e.rate[0] = 14000;
	effort_ready(&e);
	limit(&e, dir, 100, &v, &a);
	is_near(v, 14000 / (1.4 * 80), 1e-9, "X and Y share 14000 steps/s");
	is_near(a, 3000, 0, "which do not ask for less acceleration");
	e.motor[1].board = -1;
	v = 300;
	e.free_accel = 0;
	limit(&e, dir, 100, &v, &a);
	is_near(v, 14000 / (.6 * 80), 1e-9, "a motor on another board is free");
}

int
main(void)
{
	struct effort e = {.n_motors = 2};

	is_int(effort_ready(&e), -1, "motors that do not span space");
	test_axis(24);
	test_axis(48);
	test_volts();
	test_corexy();
	test_anything();
	test_trade();
	test_steps();
	return done_testing();
}
