/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Cutting and slowing trapezoids. */
#include "profile.h"

#include <math.h>
#include <string.h>

/* What is left of a ramp has some, mm/s2. */
#define ACCEL_MIN 1e-6

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

double
profile_peak(const struct plan_move *m)
{
	return m->accel + fabs(m->jerk) / 2 * (m->accel_t + m->decel_t);
}

/* A phase that begins with v and speeds up by a on the mean of t, with jerk j
 * in it. */
struct phase {
	double v, a, j, t;
};

static double
speed(const struct phase *p, double x)
{
	return p->v + (p->a + p->j / 2 * (x - p->t)) * x;
}

static double
path(const struct phase *p, double x)
{
	return (p->v + (p->a / 2 + p->j * (x / 6 - p->t / 4)) * x) * x;
}

/* Time for the path s: Newton's way, kept between what is known. */
static double
time_for(const struct phase *p, double s)
{
	double root = p->v * p->v + 2 * p->a * s, x, low = 0, high = p->t;

	root = root > 0 ? sqrt(root) : 0;
	x = p->v + root > 0 ? 2 * s / (p->v + root) : 0;
	if (p->j != 0)
		x = fmin(x, p->t);
	for (int i = 0; p->j != 0 && i < 60; i++) {
		double off = path(p, x) - s, v = speed(p, x), next;

		if (off > 0)
			high = fmin(high, x);
		else
			low = fmax(low, x);
		next = v > 0 ? x - off / v : -1;
		if (!(next > low && next < high))
			next = (low + high) / 2;
		if (fabs(next - x) < 1e-13)
			break;
		x = next;
	}
	return x;
}

static void
phases(const struct plan_move *m, struct phase p[3])
{
	p[0] = (struct phase){m->start_v, m->accel, m->jerk, m->accel_t};
	p[1] = (struct phase){m->cruise_v, 0, 0, m->cruise_t};
	p[2] = (struct phase){m->cruise_v, -m->accel, m->jerk, m->decel_t};
}

static double
path_at(const struct plan_move *m, double x)
{
	struct phase p[3];
	double s = 0;

	phases(m, p);
	for (int i = 0; i < 2; i++) {
		if (x <= p[i].t)
			return s + path(&p[i], x);
		s += path(&p[i], p[i].t);
		x -= p[i].t;
	}
	return s + path(&p[2], x);
}

double
profile_time_at(const struct plan_move *m, double s)
{
	struct phase p[3];
	double t = 0;

	phases(m, p);
	for (int i = 0; i < 2; i++) {
		double all = path(&p[i], p[i].t);

		if (s <= all)
			return t + time_for(&p[i], s);
		s -= all;
		t += p[i].t;
	}
	return t + fmin(time_for(&p[2], s), p[2].t);
}

/* The mean acceleration of what is left of a ramp that had x cut off, or, if
 * head, of what was cut off. */
static double
part_accel(const struct plan_move *m, double x, bool head)
{
	double j = m->decel_t > 0 ? -m->jerk : m->jerk;
	double t = m->accel_t + m->decel_t;

	return fmax(m->accel + j / 2 * (head ? x - t : x), ACCEL_MIN);
}

void
profile_split(const struct plan_move *m, double x, struct plan_move *head,
    struct plan_move *tail)
{
	double s = path_at(m, x), left = x;
	struct phase p[3];

	phases(m, p);
	*head = *tail = *m;
	head->accel_t = fmin(left, m->accel_t);
	left -= head->accel_t;
	head->cruise_t = fmin(left, m->cruise_t);
	left -= head->cruise_t;
	head->decel_t = left;
	head->distance = s;
	if (x < m->accel_t)
		head->cruise_v = speed(&p[0], x);

	tail->accel_t = m->accel_t - head->accel_t;
	tail->cruise_t = m->cruise_t - head->cruise_t;
	tail->decel_t = m->decel_t - head->decel_t;
	tail->start_v =
	    x <= m->accel_t ? speed(&p[0], x) : speed(&p[2], head->decel_t);
	if (head->decel_t > 0)
		tail->cruise_v = tail->start_v;
	if (m->jerk != 0) { /* one ramp */
		left = head->accel_t + head->decel_t;
		head->accel = part_accel(m, left, true);
		tail->accel = part_accel(m, left, false);
	}
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
	m->jerk = 0; /* it no longer is as it was planned */
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
	    .jerk = m->jerk,
	    .advance = m->advance,
	};

	memcpy(in.start, m->start, sizeof(in.start));
	memcpy(in.dir, m->dir, sizeof(in.dir));
	return in;
}
