/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Random plans for tests of the step generator, and where they are when. */
#include "tests/unit/steps-plan.h"

#include <math.h>
#include <string.h>

void
steps_plan_init(struct steps_plan *p, uint64_t seed)
{
	memset(p, 0, sizeof(*p));
	p->seed = seed * 0x9e3779b97f4a7c15u + 1;
}

double
steps_plan_uniform(struct steps_plan *p, double min, double max)
{
	p->seed ^= p->seed << 13;
	p->seed ^= p->seed >> 7;
	p->seed ^= p->seed << 17;
	return min + (max - min) * (double)(p->seed >> 11) / 9007199254740992.0;
}

static double
duration(const struct motion_segment_in *m)
{
	return m->accel_t + m->cruise_t + m->decel_t;
}

/* Leaves one ramp, and gives it jerk. */
static void
jerk(struct steps_plan *p, struct motion_segment_in *m, double accel)
{
	double *gone =
	    steps_plan_uniform(p, 0, 1) < 0.5 ? &m->accel_t : &m->decel_t;

	*gone = 0;
	if (gone == &m->accel_t)
		m->start_v = m->cruise_v;
	if (m->accel_t + m->decel_t > 0)
		m->jerk = steps_plan_uniform(p, -2, 2) * accel /
			  (m->accel_t + m->decel_t);
}

void
steps_plan_move(struct steps_plan *p, const double d[4], double v0, double vc,
    double v1, double accel, double pause)
{
	struct motion_segment_in *m = &p->move[p->n];
	double cruise, e = d[3];

	memset(m, 0, sizeof(*m));
	m->t0 = 0.25 + pause;
	memcpy(m->start, p->start, sizeof(m->start));
	m->start_e = p->start[3];
	if (p->n > 0)
		m->t0 = m[-1].t0 + duration(m - 1) + pause;
	m->distance = sqrt(d[0] * d[0] + d[1] * d[1] + d[2] * d[2]);
	if (m->distance == 0)
		m->distance = fabs(e);
	for (int i = 0; i < 3; i++)
		m->dir[i] = d[i] / m->distance;
	m->ratio_e = e / m->distance;
	m->advance = e > 0 && (d[0] != 0 || d[1] != 0);
	vc = fmin(vc, sqrt((v0 * v0 + v1 * v1) / 2 + accel * m->distance));
	v0 = fmin(v0, vc);
	v1 = fmin(v1, vc);
	m->accel_t = (vc - v0) / accel;
	m->decel_t = (vc - v1) / accel;
	cruise = m->distance - (vc * vc - v0 * v0) / (2 * accel) -
		 (vc * vc - v1 * v1) / (2 * accel);
	m->cruise_t = fmax(cruise, 0) / vc;
	m->start_v = v0;
	m->cruise_v = vc;
	if (p->jerky && steps_plan_uniform(p, 0, 1) < 0.8)
		jerk(p, m, accel);
	v0 = m->start_v;
	v1 = vc - accel * m->decel_t;
	m->distance = (v0 + vc) / 2 * m->accel_t + vc * m->cruise_t +
		      (vc + v1) / 2 * m->decel_t -
		      m->jerk / 12 * pow(m->accel_t + m->decel_t, 3);
	m->accel = accel;
	for (int i = 0; i < 3; i++)
		p->start[i] += m->dir[i] * m->distance;
	p->start[3] += m->ratio_e * m->distance;
	p->n++;
}

void
steps_plan_random(struct steps_plan *p, int n, double size, double box)
{
	double home[3];

	memcpy(home, p->start, sizeof(home));
	while (p->n < n) {
		bool rest = steps_plan_uniform(p, 0, 1) < 0.2;
		double l = size * pow(steps_plan_uniform(p, 0, 1), 3);
		double d[4] = {0, 0, 0, 0};

		if (steps_plan_uniform(p, 0, 1) < 0.1) {
			d[3] = steps_plan_uniform(p, -1, 1);
			steps_plan_move(p, d, 0, 40, 0, 800, rest ? 0.01 : 0);
			continue;
		}
		for (int i = 0; i < 2; i++) {
			d[i] = l * steps_plan_uniform(p, -1, 1);
			if (fabs(p->start[i] + d[i] - home[i]) > box)
				d[i] = -d[i];
		}
		if (steps_plan_uniform(p, 0, 1) < 0.1)
			d[2] = p->start[2] > home[2] ? -0.3 : 0.3;
		if (steps_plan_uniform(p, 0, 1) < 0.7)
			d[3] = l * 0.04;
		steps_plan_move(p, d, rest ? 0 : steps_plan_uniform(p, 0, 30),
		    steps_plan_uniform(p, 5, 300),
		    steps_plan_uniform(p, 0, 1) < 0.3
			? 0
			: steps_plan_uniform(p, 0, 30),
		    steps_plan_uniform(p, 100, 5000),
		    rest ? steps_plan_uniform(p, 0, 0.3) : 0);
	}
}

double
steps_plan_end(const struct steps_plan *p)
{
	return p->move[p->n - 1].t0 + duration(&p->move[p->n - 1]);
}

/* Path or speed x seconds after the start of a move, within it. */
static double
path(const struct motion_segment_in *m, double x, int derivative)
{
	const double t[3] = {m->accel_t, m->cruise_t, m->decel_t};
	const double mean[3] = {m->accel, 0, -m->accel};
	double s = 0, v = m->start_v;

	for (int i = 0; i < 3; i++) {
		double y = fmin(x, t[i]), j = i == 1 ? 0 : m->jerk;
		double a = mean[i] - j * t[i] / 2;

		s += (v + (a / 2 + j / 6 * y) * y) * y;
		v += (a + j / 2 * y) * y;
		x -= y;
		if (x <= 0)
			break;
	}
	return derivative ? v : s;
}

double
steps_plan_at(const struct steps_plan *p, int axis, double t, int derivative)
{
	int a = 0, b = p->n; /* of the moves that begin at t or before */
	const struct motion_segment_in *m;
	double x, start, dir;

	while (b - a > 1) {
		int mid = (a + b) / 2;

		if (p->move[mid].t0 <= t)
			a = mid;
		else
			b = mid;
	}
	m = &p->move[a];
	x = t - m->t0;
	start = axis == 3 ? m->start_e : m->start[axis];
	dir = axis == 3 ? m->ratio_e : m->dir[axis];
	if (x < 0 || x > duration(m)) {
		if (derivative)
			return 0;
		return x < 0 ? start : start + dir * path(m, duration(m), 0);
	}
	return (derivative ? 0 : start) + dir * path(m, x, derivative);
}
