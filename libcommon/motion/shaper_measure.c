/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Input shapers measured: reach, residual vibration, smoothing. */
#include <math.h>
#include <stdio.h>

#include "base/num.h"
#include "motion/shaper_def.h"

double
shaper_ahead_s(const struct shaper *s)
{
	if (s->n)
		return s->centre_s;
	return s->width_s / 2 + s->offset_s;
}

double
shaper_behind_s(const struct shaper *s)
{
	if (s->n)
		return s->t_s[s->n - 1] - s->centre_s;
	return s->width_s / 2 - s->offset_s;
}

int
shaper_check_reach(
    const struct shaper_type *type, double freq_hz, double damping, char *why)
{
	struct shaper s;

	if (shaper_make(type, freq_hz, damping, &s) == 0 &&
	    shaper_ahead_s(&s) <= SHAPER_AHEAD_MAX_S)
		return 0;
	snprintf(why, SHAPER_WHY_MAX, "at %g Hz it looks more than %g s ahead",
	    freq_hz, SHAPER_AHEAD_MAX_S);
	return -1;
}

/* w at u = x * width, times the width */
static double
kernel_at(const struct shaper *s, double x)
{
	double w = 0;

	for (int k = s->n_coefs - 1; k >= 0; k--)
		w = w * x + s->c[k];
	return w;
}

/* The same sum as for impulses, as an integral: Simpson's rule, whose error
 * is below 1e-9 while the kernel spans fewer than about 20 periods. */
static double
smooth_residual(const struct shaper *s, double decay, double w)
{
	enum {
		STEPS = 512
	};
	double re = 0, im = 0;

	for (int i = 0; i <= STEPS; i++) {
		double x = (double)i / STEPS - 0.5, u = x * s->width_s;
		double weight = i == 0 || i == STEPS ? 1 : i % 2 ? 4 : 2;
		double a = weight * kernel_at(s, x) *
			   exp(-decay * (s->width_s / 2 - u));

		re += a * cos(w * u);
		im += a * sin(w * u);
	}
	return sqrt(re * re + im * im) / (3 * STEPS);
}

double
shaper_residual(const struct shaper *s, double freq_hz, double damping)
{
	double w = 2 * NUM_PI * freq_hz, decay = damping * w;
	double wd = w * sqrt(1 - damping * damping), re = 0, im = 0;

	if (!s->n)
		return smooth_residual(s, decay, wd);
	for (int i = 0; i < s->n; i++) {
		double a =
		    s->a[i] * exp(-decay * (s->t_s[s->n - 1] - s->t_s[i]));

		re += a * cos(wd * s->t_s[i]);
		im += a * sin(wd * s->t_s[i]);
	}
	return sqrt(re * re + im * im);
}

/* moments about the centre: whole second, and first and second of the later
 * half */
struct moments {
	double m2, p1, p2;
};

static void
add_moment(struct moments *m, double weight, double late)
{
	m->m2 += weight * late * late;
	if (late >= 0) {
		m->p1 += weight * late;
		m->p2 += weight * late * late;
	}
}

static void
moments_of(const struct shaper *s, struct moments *m)
{
	enum {
		STEPS = 4096
	};

	*m = (struct moments){0};
	for (int i = 0; i < s->n; i++)
		add_moment(m, s->a[i], s->t_s[i] - s->centre_s);
	for (int i = 0; !s->n && i < STEPS; i++) {
		double x = (i + 0.5) / STEPS - 0.5; /* midpoints */

		add_moment(
		    m, kernel_at(s, x) / STEPS, x * s->width_s - s->offset_s);
	}
}

double
shaper_smoothing(const struct shaper *s, double accel_mm_s2, double scv_mm_s)
{
	struct moments m;

	moments_of(s, &m);
	return fmax(accel_mm_s2 / 2 * m.m2,
	    sqrt(2) * (scv_mm_s * m.p1 + accel_mm_s2 / 2 * m.p2));
}

double
shaper_max_accel(const struct shaper *s, double limit_mm, double scv_mm_s)
{
	struct moments m;

	moments_of(s, &m);
	if (sqrt(2) * scv_mm_s * m.p1 > limit_mm)
		return 0;
	return fmin(2 * limit_mm / m.m2,
	    2 * (limit_mm / sqrt(2) - scv_mm_s * m.p1) / m.p2);
}
