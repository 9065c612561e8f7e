/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Motor functions: there and back, derivatives, reach. */
#include <math.h>
#include <stdint.h>
#include <stdio.h>

#include "motion/kinematics.h"
#include "tests/unit/tap.h"

static uint64_t seed = 88172645463325252u;

static double
uniform(double min, double max)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return min + (max - min) * (double)(seed >> 11) / 9007199254740992.0;
}

/* Random points within r of the axis, from z0 to z1. */
static void
test_round_trip(const char *what, const struct kinematics *k, double r,
    double z0, double z1)
{
	double worst = 0;
	int lost = 0;

	for (int n = 0; n < 2000; n++) {
		double p[3] = {uniform(-r, r), uniform(-r, r), uniform(z0, z1)};
		double motor[KINEMATICS_MOTORS], back[3];

		if (hypot(p[0], p[1]) > r)
			continue;
		for (int i = 0; i < k->n_motors; i++)
			motor[i] = kinematics_motor(k, i, p, 0);
		if (kinematics_position(k, motor, back) < 0) {
			lost++;
			continue;
		}
		for (int i = 0; i < 3; i++)
			worst = fmax(worst, fabs(back[i] - p[i]));
	}
	is_int(lost, 0, "%s: every point has a way back", what);
	ok(worst < 1e-9, "%s: and it is the same point (%.2g mm)", what, worst);
}

/* On a parabola through space, against differences. */
static void
test_jets(const char *what, const struct kinematics *k, double r, double z0,
    double z1)
{
	const double e = 1e-3;
	double speed = 0, accel = 0;

	for (int n = 0; n < 500; n++) {
		struct jet p[3];
		double m[3];

		for (int i = 0; i < 3; i++) {
			p[i].v =
			    i < 2 ? uniform(0.2 * r, 0.7 * r) : uniform(z0, z1);
			p[i].d = uniform(-10, 10);
			p[i].h = uniform(-50, 50);
		}
		for (int i = 0; i < k->n_motors; i++) {
			struct jet j = kinematics_jet(k, i, p, 0);

			for (int s = 0; s < 3; s++) {
				double t = (s - 1) * e, q[3];

				for (int a = 0; a < 3; a++)
					q[a] = p[a].v + p[a].d * t +
					       p[a].h * t * t / 2;
				m[s] = kinematics_motor(k, i, q, j.v);
			}
			speed =
			    fmax(speed, fabs(j.d - (m[2] - m[0]) / (2 * e)));
			accel = fmax(accel,
			    fabs(j.h - (m[2] - 2 * m[1] + m[0]) / (e * e)));
		}
	}
	ok(speed < 1e-3, "%s: speed is the derivative (%.2g)", what, speed);
	ok(accel < 1e-2, "%s: so is acceleration (%.2g)", what, accel);
}

static void
test(const char *what, const struct kinematics *k, double r, double z0,
    double z1)
{
	test_round_trip(what, k, r, z0, z1);
	test_jets(what, k, r, z0, z1);
}

static void
test_linear(void)
{
	static const struct {
		const char *name;
		enum kinematics_kind kind;
	} kinds[] = {{"cartesian", KINEMATICS_CARTESIAN},
	    {"corexy", KINEMATICS_COREXY}, {"corexz", KINEMATICS_COREXZ},
	    {"hybrid corexy", KINEMATICS_HYBRID_COREXY},
	    {"hybrid corexz", KINEMATICS_HYBRID_COREXZ}};
	const double four[4][3] = {
	    {1, 1, 0}, {1, -1, 0}, {0, 0, 1}, {0.5, 0, 1}};
	const double flat[3][3] = {{1, 1, 0}, {1, -1, 0}, {2, 0, 0}};
	struct kinematics k;
	double w[3];

	for (int i = 0; i < 5; i++) {
		kinematics_linear(&k, kinds[i].kind);
		test(kinds[i].name, &k, 100, 0, 200);
	}
	is_int(kinematics_generic(&k, 4, &four[0][0]), 0, "four rows do");
	test("generic", &k, 100, 0, 200);
	is_int(kinematics_generic(&k, 3, &flat[0][0]), -1,
	    "rows that leave a direction free are refused");
	kinematics_linear(&k, KINEMATICS_HYBRID_COREXY);
	kinematics_carriage(&k, 0, -1, w);
	ok(w[0] == -1 && w[1] == 1 && w[2] == 0,
	    "the other carriage's belt runs the other way round");
}

int
main(void)
{
	const double arm[3] = {333, 334, 332.5}, angle[3] = {210, 330, 90};
	const double low[3] = {320, 320, 320}, up[3] = {170, 170, 170};
	const double swing[3] = {30, 150, 270};
	const double two[2] = {217, 217}, apart[2] = {160, 160};
	const double anchors[4][3] = {{0, -2000, -100}, {2000, 1000, -100},
	    {-2000, 1000, -100}, {0, 0, 3000}};
	double p[3] = {-100, 1e-9, 5}, far[3] = {500, 0, 0};
	struct kinematics k;

	test_linear();
	kinematics_delta(&k, 174.75, arm, angle);
	test("delta", &k, 140, 0, 250);
	is_near(kinematics_motor(&k, 0, far, 0), 0, 0,
	    "out of a delta's reach its tower stands at the effector");
	kinematics_deltesian(&k, two, apart);
	test("deltesian", &k, 50, 0, 100);
	kinematics_rotary_delta(&k, 33.9, 412.9, up, low, swing);
	test("rotary delta", &k, 100, 5, 60);
	kinematics_winch(&k, 4, &anchors[0][0]);
	test("winch", &k, 800, 0, 900);
	kinematics_polar(&k);
	test("polar", &k, 150, 0, 100);
	is_near(kinematics_motor(&k, 0, p, -3.2), -3.14159265, 1e-6,
	    "a polar bed turns on past half a turn");
	is_near(kinematics_motor(&k, 0, p, 9.3), 9.42477796, 1e-6,
	    "and after more than one");
	p[0] = p[1] = 0;
	is_near(kinematics_motor(&k, 0, p, 1.5), 1.5, 0,
	    "in the middle it stays as it is");
	return done_testing();
}
