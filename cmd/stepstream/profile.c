/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Cutting and slowing trapezoids. */
#include "profile.h"

#include <math.h>
#include <string.h>

double
profile_duration(const struct plan_move *m)
{
	return m->accel_t + m->cruise_t + m->decel_t;
}

double
profile_end_v(const struct plan_move *m)
{
	double v = m->cruise_v - m->accel * m->decel_t;

	/* the differences of sums: what is left of a full stop is rounding */
	return v > 1e-6 ? v : 0;
}

/* Path of a phase that begins with v and speeds up by a. */
static double
path(double v, double a, double t)
{
	return (v + a / 2 * t) * t;
}

static double
path_at(const struct plan_move *m, double x)
{
	double s;

	if (x <= m->accel_t)
		return path(m->start_v, m->accel, x);
	s = path(m->start_v, m->accel, m->accel_t);
	x -= m->accel_t;
	if (x <= m->cruise_t)
		return s + m->cruise_v * x;
	s += m->cruise_v * m->cruise_t;
	return s + path(m->cruise_v, -m->accel, x - m->cruise_t);
}

/* Time for the path s, beginning with v. */
static double
time_for(double v, double a, double s)
{
	double root = v * v + 2 * a * s;

	root = root > 0 ? sqrt(root) : 0;
	return v + root > 0 ? 2 * s / (v + root) : 0;
}

double
profile_time_at(const struct plan_move *m, double s)
{
	double phase = path(m->start_v, m->accel, m->accel_t);

	if (s <= phase)
		return time_for(m->start_v, m->accel, s);
	s -= phase;
	phase = m->cruise_v * m->cruise_t;
	if (s <= phase)
		return m->accel_t + s / m->cruise_v;
	s -= phase;
	return m->accel_t + m->cruise_t +
	       fmin(time_for(m->cruise_v, -m->accel, s), m->decel_t);
}

void
profile_split(const struct plan_move *m, double x, struct plan_move *head,
    struct plan_move *tail)
{
	double s = path_at(m, x), left = x;

	*head = *tail = *m;
	head->accel_t = fmin(left, m->accel_t);
	left -= head->accel_t;
	head->cruise_t = fmin(left, m->cruise_t);
	left -= head->cruise_t;
	head->decel_t = left;
	head->distance = s;
	if (x < m->accel_t)
		head->cruise_v = m->start_v + m->accel * x;

	tail->accel_t = m->accel_t - head->accel_t;
	tail->cruise_t = m->cruise_t - head->cruise_t;
	tail->decel_t = m->decel_t - head->decel_t;
	if (x <= m->accel_t)
		tail->start_v = m->start_v + m->accel * x;
	else
		tail->start_v = m->cruise_v - m->accel * head->decel_t;
	if (head->decel_t > 0)
		tail->cruise_v = tail->start_v;
	tail->distance = m->distance - s;
	for (int i = 0; i < 3; i++)
		tail->start[i] = m->start[i] + m->dir[i] * s;
	tail->start_e = m->start_e + m->ratio_e * s;
}

double
profile_slow(struct plan_move *m, double v0, double v1)
{
	double a = m->accel, d = m->distance;
	double u0 = v0 * v0, u1 = v1 * v1, up, cruise;

	if (u1 > u0 + 2 * a * d)
		u1 = u0 + 2 * a * d;
	v1 = sqrt(u1);
	up = fmin(m->cruise_v * m->cruise_v, (u0 + u1) / 2 + a * d);
	up = fmax(up, fmax(u0, u1));
	m->start_v = v0;
	m->cruise_v = sqrt(up);
	m->accel_t = fmax((m->cruise_v - v0) / a, 0);
	m->decel_t = fmax((m->cruise_v - v1) / a, 0);
	cruise = d - (up - u0) / (2 * a) - (up - u1) / (2 * a);
	m->cruise_t = cruise > d * 1e-12 ? cruise / m->cruise_v : 0;
	return v1;
}

void
profile_from_rest(struct plan_move *m, double d, double v, double a)
{
	m->distance = d;
	m->accel = a;
	m->cruise_v = v;
	profile_slow(m, 0, 0);
}

struct motion_segment_in
profile_segment(const struct plan_move *m, double t0)
{
	struct motion_segment_in in = {
	    .t0 = t0,
	    .start_e = m->start_e,
	    .ratio_e = m->ratio_e,
	    .distance = m->distance,
	    .accel_t = m->accel_t,
	    .cruise_t = m->cruise_t,
	    .decel_t = m->decel_t,
	    .start_v = m->start_v,
	    .cruise_v = m->cruise_v,
	    .accel = m->accel,
	    .advance = m->advance,
	};

	memcpy(in.start, m->start, sizeof(in.start));
	memcpy(in.dir, m->dir, sizeof(in.dir));
	return in;
}
