/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where the motors are, as their board says: after a trigger, after a loss. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "axes.h"
#include "base/xalloc.h"

/* The first motor of each law speaks for the others. */
void
axes_inverse(const struct axes *a, const double *c, double xyz[3])
{
	const struct kinematics *k = &a->drive.kinematics;
	double at[KINEMATICS_MOTORS];
	bool seen[KINEMATICS_MOTORS] = {false};

	for (int n = 0; n < k->n_motors; n++)
		at[n] = kinematics_motor(k, n, a->pos, 0);
	for (int i = 0; i < a->n_motors; i++) {
		int n = a->motor[i].number;

		if (n < 0 || seen[n])
			continue;
		seen[n] = true;
		at[n] = c[i];
	}
	if (k->n_motors == 0 || kinematics_position(k, at, xyz) != 0)
		memcpy(xyz, a->pos, 3 * sizeof(*xyz));
}

int
axes_begin(struct axes *a)
{
	for (int i = 0; i < a->n_motors; i++) {
		int32_t counter;

		if (mcu_stepper_position(a->motor[i].stepper, &counter) != 0)
			return -1;
		a->motor[i].bias = counter;
	}
	return 0;
}

/* --- homing -------------------------------------------------------------- */

bool
axes_stops(const struct axes *a, int rail, const struct axes_motor *m)
{
	if (m->pushes || m->own)
		return false;
	if (machine_drive_rail(&a->drive, 1) >= 0)
		return m->number >= 0 &&
		       machine_drive_rail(&a->drive, m->number) == rail;
	return m->coef[rail] != 0;
}

void
axes_begin_rail(struct axes *a, int rail, double t)
{
	for (int i = 0; i < a->n_motors; i++) {
		struct axes_motor *m = &a->motor[i];

		if (!axes_stops(a, rail, m))
			continue;
		axes_enable(m, t);
		m->counted = step_motor_count(m->motor);
	}
}

double
axes_step_rate(
    const struct axes *a, const double from[3], const double to[3], double v)
{
	const struct kinematics *k = &a->drive.kinematics;
	double d = 0, most = 0;

	for (int i = 0; i < 3; i++)
		d += pow(to[i] - from[i], 2);
	d = sqrt(d);
	for (int i = 0; i < a->n_motors && d > 0; i++) {
		const struct axes_motor *m = &a->motor[i];
		double c;

		if (m->pushes || m->own)
			continue;
		if (m->curve) {
			c = kinematics_motor(k, m->number, from, 0);
			c -= kinematics_motor(k, m->number, to, c);
		} else {
			c = m->coef[0] * (to[0] - from[0]) +
			    m->coef[1] * (to[1] - from[1]) +
			    m->coef[2] * (to[2] - from[2]);
		}
		most = fmax(most, fabs(c) / d * v / m->step_distance);
	}
	return most > 0 ? most : 1000;
}

bool
axes_rail_moved(const struct axes *a, int rail)
{
	for (int i = 0; i < a->n_motors; i++)
		if (axes_stops(a, rail, &a->motor[i]) && a->motor[i].moved != 0)
			return true;
	return false;
}

/* The end stop that stopped this motor; -1: none did. */
static int
stopped_by(const struct axes *a, const struct machine_homing *h,
    const struct axes_motor *m)
{
	for (int i = 0; i < h->n; i++)
		if (axes_stops(a, h->rail[i], m))
			return i;
	return -1;
}

/* Its coordinate at the trigger and at rest, by the board's counter. */
static int
read_stopped(
    struct axes *a, struct axes_motor *m, double t, double *hit, double *rest)
{
	uint64_t clock = (uint64_t)fmax(t * mcu_clock_freq(a->mcu) + 0.5, 0);
	double c, d = m->step_distance;
	int64_t then, now;
	int32_t counter;

	if (mcu_stepper_position(m->stepper, &counter) != 0)
		return -1;
	now = step_motor_count(m->motor);
	if (step_motor_count_at(m->motor, clock, &then) != 0)
		then = now;
	c = step_motor_coordinate(m->motor);
	*hit = c + (double)(then - now) * d;
	*rest = c + (double)(counter - m->bias - now) * d;
	m->moved = counter - m->bias - m->counted;
	/* counts of steps that never happened are forgotten */
	m->bias = counter - now;
	m->last_clock = 0;
	m->switch_time = (double)NAN;
	step_motor_reset_clock(m->motor, 0);
	return 0;
}

static int
stopped(struct axes *a, const struct machine_homing *h,
    const double trigger_time[], double *at_trigger, double at_rest[3])
{
	const struct kinematics *k = &a->drive.kinematics;
	double *hit = xcalloc((size_t)a->n_motors + 1, sizeof(*hit));
	double *rest = xcalloc((size_t)a->n_motors + 1, sizeof(*rest));
	double home[3];
	int result = 0;

	for (int i = 0; i < a->n_motors && result == 0; i++) {
		struct axes_motor *m = &a->motor[i];
		int by = stopped_by(a, h, m);

		if (m->pushes || m->own)
			continue;
		if (by >= 0)
			result = read_stopped(a, m,
			    isnan(m->switch_time) ? trigger_time[by]
						  : m->switch_time,
			    &hit[i], &rest[i]);
		else
			hit[i] = rest[i] = step_motor_coordinate(m->motor);
	}
	/* where they stand is what they have gone on since, from home */
	axes_inverse(a, hit, home);
	if (at_trigger)
		memcpy(at_trigger, home, sizeof(home));
	for (int i = 0; i < 3; i++)
		if (h->axes >> i & 1)
			home[i] = h->home[i];
	for (int i = 0; i < a->n_motors; i++) {
		const struct axes_motor *m = &a->motor[i];

		if (m->number >= 0 && stopped_by(a, h, m) >= 0)
			rest[i] +=
			    kinematics_motor(k, m->number, home, hit[i]) -
			    hit[i];
	}
	axes_inverse(a, rest, at_rest);
	free(hit);
	free(rest);
	motion_queue_clear(a->queue);
	a->rest_time = -HUGE_VAL;
	return result;
}

int
axes_stopped(struct axes *a, const struct machine_homing *h,
    const double trigger_time[], double at_rest[3])
{
	return stopped(a, h, trigger_time, NULL, at_rest);
}

/* Where end stops are at the carriages every tower lifts the head. */
int
axes_probe_rails(const struct axes *a, int rail[MACHINE_AXES])
{
	enum machine_kinematics k = a->machine->kinematics;
	int n = 0;

	if (k == MACHINE_KIN_DELTA || k == MACHINE_KIN_ROTARY_DELTA ||
	    k == MACHINE_KIN_DELTESIAN) {
		rail[n++] = 0;
		rail[n++] = 1;
	}
	if (k != MACHINE_KIN_DELTESIAN)
		rail[n++] = 2;
	return n;
}

int
axes_probed(struct axes *a, double trigger_time, double at_trigger[3],
    double at_rest[3])
{
	double t[MACHINE_AXES] = {trigger_time, trigger_time, trigger_time};
	struct machine_homing h;

	memset(&h, 0, sizeof(h));
	h.n = axes_probe_rails(a, h.rail);
	return stopped(a, &h, t, at_trigger, at_rest);
}

/* --- after a loss -------------------------------------------------------- */

/* Nothing moves it any more. */
static void
stand_alone(struct axes_motor *m, double at)
{
	double pos[4] = {at, 0, 0, 0};

	m->own_at = at;
	motion_queue_clear(m->own);
	step_motor_set_position(m->motor, pos);
}

int
axes_recover(struct axes *a, double pos[4])
{
	double *rest = xcalloc((size_t)a->n_motors + 1, sizeof(*rest));
	int result = 0;

	memcpy(pos, a->pos, sizeof(a->pos));
	for (int i = 0; i < a->n_motors && result == 0; i++) {
		struct axes_motor *m = &a->motor[i];
		int64_t now;
		int32_t counter;

		if (!m->motor)
			continue;
		mcu_stepper_restart(m->stepper);
		if (mcu_stepper_position(m->stepper, &counter) != 0) {
			result = -1;
			break;
		}
		now = step_motor_count(m->motor);
		rest[i] = step_motor_coordinate(m->motor) +
			  (double)(counter - m->bias - now) * m->step_distance;
		m->bias = counter - now;
		m->last_clock = 0;
		if (m->own)
			stand_alone(m, rest[i]);
		if (m->extruder >= 0 && m->extruder == m->follows)
			pos[3] = rest[i] * m->coef[3];
	}
	axes_inverse(a, rest, pos);
	free(rest);
	motion_queue_clear(a->queue);
	a->rest_time = a->own_end = -HUGE_VAL;
	for (int i = 0; i < a->n_motors; i++)
		if (a->motor[i].motor)
			step_motor_reset_clock(a->motor[i].motor, 0);
	return result;
}

int
axes_confirm(struct axes *a, bool *all)
{
	axes_settle(a);
	*all = true;
	for (int i = 0; i < a->n_motors && *all; i++) {
		struct axes_motor *m = &a->motor[i];
		int32_t counter;

		if (!m->motor || (m->own && a->own_end > mcu_now(a->mcu)))
			continue;
		if (mcu_stepper_position(m->stepper, &counter) != 0)
			return -1;
		*all = counter - m->bias == step_motor_count(m->motor);
	}
	return 0;
}
