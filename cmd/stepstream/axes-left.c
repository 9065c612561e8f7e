/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where the motors were left by a board that failed, and when. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "axes.h"
#include "base/xalloc.h"

/* A corner is taken at such a speed at once: a motor that is let go does not
 * run on far enough to lose its place. */
#define CORNER_MIN_MM_S 5
#define LOOK_S		0.001

bool
axes_counted(const struct axes *a)
{
	for (int axis = 0; axis < 2; axis++)
		if (a->dual[axis].second >= 0)
			return false;
	return true;
}

double
axes_zero(const struct axes_motor *m)
{
	return step_motor_coordinate(m->motor) -
	       (double)(step_motor_count(m->motor) + m->bias) *
		   m->step_distance;
}

/* mm/s when it was let go; radians of a bed are never slow. */
static double
speed_left(const struct axes_motor *m, double gap_s)
{
	if (isinf(gap_s))
		return 0;
	return m->config->radians || gap_s == 0 ? HUGE_VAL
						: m->step_distance / gap_s;
}

int
axes_left(struct axes *a, const double *zero, struct axes_left *left)
{
	double corner =
	    fmax(a->machine->square_corner_velocity, CORNER_MIN_MM_S);
	double *c = xcalloc((size_t)a->n_motors + 1, sizeof(*c));
	int result = 0;

	memset(left, 0, sizeof(*left));
	memcpy(left->pos, a->pos, sizeof(left->pos));
	for (int i = 0; i < a->n_motors; i++) {
		const struct axes_motor *m = &a->motor[i];
		double gap_s, v;
		int32_t counter;

		if (m->own || !m->motor)
			continue;
		if (!mcu_stepper_left(m->stepper, &counter, &gap_s) ||
		    (zero && isnan(zero[i]))) {
			result = -1;
			continue;
		}
		c[i] = (zero ? zero[i] : axes_zero(m)) +
		       counter * m->step_distance;
		if (m->pushes) {
			if (m->extruder >= 0 && m->extruder == m->follows)
				left->pos[3] = c[i] * m->coef[3];
			continue;
		}
		v = speed_left(m, gap_s);
		if (v <= corner)
			continue;
		left->lost |= m->axes;
		if (v > left->speed) {
			left->speed = v;
			left->fastest = m->config->name;
		}
	}
	if (result == 0)
		axes_inverse(a, c, left->pos);
	free(c);
	return result;
}

/* How far the steps that were to be at that time are from those made. */
static double
off_by(const struct axes *a, double t)
{
	uint64_t clock = (uint64_t)fmax(t * mcu_clock_freq(a->mcu), 0);
	double sum = 0;

	for (int i = 0; i < a->n_motors; i++) {
		const struct axes_motor *m = &a->motor[i];
		double gap_s;
		int32_t counter;
		int64_t then;

		if (m->own || !m->motor ||
		    !mcu_stepper_left(m->stepper, &counter, &gap_s))
			continue;
		if (step_motor_count_at(m->motor, clock, &then) != 0)
			return HUGE_VAL;
		sum += fabs((double)(counter - m->bias - then));
	}
	return sum;
}

double
axes_moment(const struct axes *a, double from, double to)
{
	double best = HUGE_VAL, at = from;

	for (double t = from; t <= to; t += LOOK_S) {
		double off = off_by(a, t);

		if (off >= best)
			continue;
		best = off;
		at = t;
	}
	return at;
}
