/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An axis under a smooth shaper: the mean over a window, from its integrals. */
#include <math.h>

#include "motion/steps_motor.h"

/*
 * The kernel w is a polynomial on a window of width T, the path a quadratic (a
 * cubic with jerk) between the ends of its segments, so the mean
 *
 *	x_s(t) = int w(u) x(t + o - u) du
 *
 * is a sum of antiderivatives of w u^k over the segments in the
 * window, and a polynomial of t for as long as no edge of the window meets the
 * end of one (motion.md 4.5).  w is 0 at both edges: speed and acceleration are
 * those of the path under w and, since its speed may jump, its speed under w'.
 * Two taps of no weight stand at the edges: they hold the segments between and
 * end the pieces.
 */
#define MOMENTS 4
/* Ends of segments this close to the edge are at it, s: then it does not
 * matter whether what comes after is known already. */
#define AT_EDGE 1e-12

struct window {
	const struct shaper *shaper;
	/* int_0^y w y^k and w' y^k, where the last segment ended */
	double w[MOMENTS], slope[MOMENTS - 1];
};

static void
moments(struct window *win, double y)
{
	static const double part[SHAPER_COEFS_MAX + MOMENTS - 1] = {1, 1.0 / 2,
	    1.0 / 3, 1.0 / 4, 1.0 / 5, 1.0 / 6, 1.0 / 7, 1.0 / 8, 1.0 / 9,
	    1.0 / 10, 1.0 / 11, 1.0 / 12};
	const struct shaper *s = win->shaper;
	double power = 1;

	for (int k = 0; k < MOMENTS; k++)
		win->w[k] = 0;
	win->slope[0] = win->slope[1] = win->slope[2] = 0;
	for (int j = 0; j < s->n_coefs; j++) {
		double c = s->c[j] * power * y;

		win->w[0] += c * part[j];
		win->w[1] += c * y * part[j + 1];
		win->w[2] += c * y * y * part[j + 2];
		win->w[3] += c * y * y * y * part[j + 3];
		/* j c y^(j-1) */
		win->slope[0] += s->c[j] * power;
		win->slope[1] += c * j * part[j];
		win->slope[2] += c * y * j * part[j + 1];
		power *= y;
	}
}

/*
 * The part of a stretch that moves as f[0] + f[1] s + f[2] s^2 + f[3] s^3,
 * s = -u the time from the middle of the window, from where the last one ended
 * to s1.
 */
static void
weigh(struct window *win, const double f[4], double s1, struct jet *sum)
{
	double width = win->shaper->width_s, m[MOMENTS], d[MOMENTS - 1];
	struct window was = *win;

	moments(win, -s1 / width);
	/* u falls as s rises */
	for (int k = 0; k < MOMENTS; k++)
		m[k] = was.w[k] - win->w[k];
	for (int k = 0; k < MOMENTS - 1; k++)
		d[k] = (was.slope[k] - win->slope[k]) / width;
	sum->v += f[0] * m[0] +
		  (-f[1] * m[1] + (f[2] * m[2] - f[3] * width * m[3]) * width) *
		      width;
	sum->d +=
	    f[1] * m[0] + (-2 * f[2] * m[1] + 3 * f[3] * width * m[2]) * width;
	/* int w'(u) x'(t + o - u) du */
	sum->h +=
	    f[1] * d[0] + (-2 * f[2] * d[1] + 3 * f[3] * width * d[2]) * width;
}

static const struct step_tap *
edge(const struct step_motor *m, int axis)
{
	for (int i = 0; i < m->n_taps; i++)
		if (m->tap[i].edge == TAP_LATE && m->tap[i].axis == axis)
			return &m->tap[i];
	return NULL;
}

struct jet
step_smooth_at(const struct step_motor *m, int axis, double t)
{
	const struct motion_queue *q = m->queue;
	struct window win = {.shaper = &q->shaper[axis]};
	const struct step_tap *late = edge(m, axis);
	double half = win.shaper->width_s / 2, edge_s = half - AT_EDGE;
	double s = -half, ref = late->a[0];
	double middle = t + win.shaper->offset_s, end = 0;
	struct jet sum = {0, 0, 0};
	double f[4], whole;

	moments(&win, 0.5);
	whole = win.w[0];
	if (late->begun)
		ref = queue_segment(q, late->segment)->start[axis];
	for (uint64_t n = late->segment; n < q->last && s < edge_s; n++) {
		const struct queued_segment *g = queue_segment(q, n);
		double s0 = g->t0 - middle, s1 = fmin(g->t1 - middle, half);
		double r = g->dir[axis], x = g->t1 - g->t0;

		f[1] = f[2] = f[3] = 0;
		if (s0 > s && !(late->begun && n == late->segment)) {
			f[0] = end;
			weigh(&win, f, fmin(s0, half), &sum);
			s = fmin(s0, half);
		}
		end = g->start[axis] - ref + r * segment_way(g, x);
		if (s1 <= s)
			continue;
		f[0] = g->start[axis] - ref + r * segment_way(g, -s0);
		f[1] = r * (g->v - (2 * g->h - 3 * g->g * s0) * s0);
		f[2] = r * (g->h - 3 * g->g * s0);
		f[3] = r * g->g;
		weigh(&win, f, s1, &sum);
		s = s1;
	}
	if (s < edge_s) {
		f[0] = end;
		f[1] = f[2] = f[3] = 0;
		weigh(&win, f, half, &sum);
	}
	moments(&win, -0.5);
	whole -= win.w[0];
	return (struct jet){ref + sum.v / whole, sum.d / whole, sum.h / whole};
}
