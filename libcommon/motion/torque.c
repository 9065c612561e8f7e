/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Torque against speed of stepper motors. */
#include "motion/torque.h"

#include <math.h>

#include "base/num.h"

double
torque_constant(const struct torque_motor *m)
{
	return m->holding_torque / (sqrt(2) * m->rated_current);
}

/* electrical rad for a mechanical one: a quarter of the full steps */
static double
teeth(const struct torque_motor *m)
{
	return m->full_steps / 4.;
}

double
torque_corner(const struct torque_motor *m, const struct torque_drive *d)
{
	double kt = torque_constant(m), i = sqrt(2) * d->current;
	double x = teeth(m) * m->inductance * i, r = m->resistance * i;
	/* (kt w + r)^2 + (x w)^2 = V^2 */
	double a = kt * kt + x * x, b = kt * r;
	double c = r * r - d->voltage * d->voltage;

	if (c >= 0)
		return 0;
	return (-b + sqrt(b * b - a * c)) / a;
}

double
torque_at(const struct torque_motor *m, const struct torque_drive *d,
    double omega, enum torque_bound bound)
{
	double kt = torque_constant(m), peak = sqrt(2) * d->current;
	double r = m->resistance, v = d->voltage, i;
	double x = teeth(m) * m->inductance * omega, z2 = r * r + x * x;

	if (omega <= torque_corner(m, d))
		return kt * peak;
	if (bound == TORQUE_LOWER) {
		double under = v * v * z2 - kt * omega * x * kt * omega * x;

		i = under > 0 ? (-kt * omega * r + sqrt(under)) / z2 : 0;
	} else {
		i = v / sqrt(z2) - kt * omega * r / z2;
	}
	if (i <= 0)
		return 0;
	return kt * (i < peak ? i : peak);
}

/* Beyond the corner torque only falls. */
double
torque_speed(const struct torque_motor *m, const struct torque_drive *d,
    double share, enum torque_bound bound)
{
	double want = share * torque_at(m, d, 0, bound);
	double low = torque_corner(m, d), high = low + 1;

	while (high < 1e6 && torque_at(m, d, high, bound) >= want)
		high *= 2;
	for (int i = 0; i < 60; i++) {
		double mid = (low + high) / 2;

		if (torque_at(m, d, mid, bound) >= want)
			low = mid;
		else
			high = mid;
	}
	return low;
}

static double
radius_m(const struct torque_axis *a)
{
	return a->rotation_distance / (2 * NUM_PI) / 1000;
}

double
torque_force(const struct torque_axis *a, double torque)
{
	return torque * a->efficiency / radius_m(a);
}

double
torque_rotor_mass(const struct torque_motor *m, const struct torque_axis *a)
{
	return m->rotor_inertia / (radius_m(a) * radius_m(a));
}

double
torque_acceleration(const struct torque_motor *m, const struct torque_drive *d,
    const struct torque_axis *a, double speed, double share,
    enum torque_bound bound)
{
	double omega = speed * 2 * NUM_PI / a->rotation_distance;
	double force = torque_force(a, share * torque_at(m, d, omega, bound)) -
		       a->friction;
	double mass = a->mass + torque_rotor_mass(m, a);

	return force > 0 && mass > 0 ? 1000 * force / mass : 0;
}
