/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A speed scan: how loud the machine is at every speed and angle. */
#include "vibrations.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "base/xalloc.h"
#include "peaks.h"
#include "vibrations-cmd.h"

#define TOP_HZ	   1000
#define SMOOTH	   15 /* columns */
#define NEAR_PEAK  3  /* mm/s left out on both sides of a speed to avoid */
#define LEAST_PEAK 0.05

double
scan_column_speed(const struct scan *s, size_t c)
{
	return s->low_speed + (s->high_speed - s->low_speed) * (double)c /
				  (double)(s->columns - 1);
}

void
scan_release(struct scan *s)
{
	free(s->speed);
	free(s->energy[0]);
	free(s->energy[1]);
	free(s->map);
	free(s->least);
	free(s->most);
	free(s->metric);
	free(s->by_angle);
	spectrum_release(&s->motor);
	memset(s, 0, sizeof(*s));
}

/* by linear interpolation; the first interval goes on below the slowest */
static double
energy_at(const struct scan *s, int angle, double v)
{
	const double *e = s->energy[angle];
	int k = 0;

	while (k + 2 < s->n_speeds && s->speed[k + 1] <= v)
		k++;
	return e[k] + (e[k + 1] - e[k]) * (v - s->speed[k]) /
			  (s->speed[k + 1] - s->speed[k]);
}

static void
fill_map(struct scan *s)
{
	for (int a = 0; a < SCAN_ANGLES; a++) {
		double c = cos(a * NUM_PI / 180), n = sin(a * NUM_PI / 180);
		double k1 = s->corexy ? fabs(c + n) / sqrt(2) : fabs(c);
		double k2 = s->corexy ? fabs(c - n) / sqrt(2) : fabs(n);

		for (size_t i = 0; i < s->columns; i++) {
			double v = scan_column_speed(s, i);

			s->map[(size_t)a * s->columns + i] = (float)fmax(0,
			    energy_at(s, 0, v * k1) + energy_at(s, 1, v * k2));
		}
	}
}

/* moving average; the ends stand for what lies beyond them, or the circle
 * closes */
static void
smooth(double *x, size_t n, bool circle)
{
	double *y = xcalloc(n, sizeof(*y));
	long reach = SMOOTH / 2, size = (long)n;

	for (long i = 0; i < size; i++) {
		for (long k = i - reach; k <= i + reach; k++) {
			long at = circle      ? (k + size) % size
				  : k < 0     ? 0
				  : k >= size ? size - 1
					      : k;

			y[i] += x[at] / SMOOTH;
		}
	}
	memcpy(x, y, n * sizeof(*y));
	free(y);
}

static void
curves(struct scan *s)
{
	double top_most = 0, top_var = 0;

	for (size_t i = 0; i < s->columns; i++) {
		double sum = 0, sq = 0, lo = HUGE_VAL, hi = 0;

		for (size_t a = 0; a < SCAN_ANGLES; a++) {
			double e = (double)s->map[a * s->columns + i];

			sum += e / SCAN_ANGLES;
			sq += e * e / SCAN_ANGLES;
			lo = fmin(lo, e);
			hi = fmax(hi, e);
			s->by_angle[a] += e;
		}
		s->least[i] = lo;
		s->most[i] = hi;
		s->metric[i] = fmax(0, sq - sum * sum);
		top_most = fmax(top_most, hi);
		top_var = fmax(top_var, s->metric[i]);
	}
	smooth(s->by_angle, SCAN_ANGLES, true);
	for (size_t i = 0; i < s->columns; i++)
		s->metric[i] *= top_var > 0 ? top_most / top_var : 0;
	smooth(s->least, s->columns, false);
	smooth(s->most, s->columns, false);
	smooth(s->metric, s->columns, false);
	for (size_t i = 0; i < s->columns; i++)
		s->metric[i] *= s->most[i];
	smooth(s->metric, s->columns, false);
}

/* Peaks of the metric that rise out of what surrounds them. */
static void
find_avoid(struct scan *s)
{
	double top = 0;
	long n = (long)s->columns, reach = 10;

	for (long i = 0; i < n; i++)
		top = fmax(top, s->metric[i]);
	for (long i = 1; i + 1 < n && s->n_avoid < SCAN_BANDS_MAX; i++) {
		double low = HUGE_VAL;
		bool best = s->metric[i] >= LEAST_PEAK * top;

		for (long k = i - reach; k <= i + reach && best; k++) {
			if (k < 0 || k >= n)
				continue;
			low = fmin(low, s->metric[k]);
			best = s->metric[k] < s->metric[i] ||
			       (s->metric[k] == s->metric[i] && k >= i);
		}
		if (best && s->metric[i] - low > 0.04 * s->metric[i])
			s->avoid[s->n_avoid++] =
			    scan_column_speed(s, (size_t)i);
	}
}

static bool
near_avoid(const struct scan *s, double v)
{
	for (int k = 0; k < s->n_avoid; k++)
		if (fabs(v - s->avoid[k]) < NEAR_PEAK)
			return true;
	return false;
}

static void
find_good(struct scan *s)
{
	double mean = 0, sq = 0, lo = HUGE_VAL, hi = 0, limit;
	double n = (double)s->columns;
	bool in = false;

	for (size_t i = 0; i < s->columns; i++) {
		mean += s->metric[i] / n;
		sq += s->metric[i] * s->metric[i] / n;
		lo = fmin(lo, s->metric[i]);
		hi = fmax(hi, s->metric[i]);
	}
	limit = mean + (hi - lo) / 4 - 0.7 * sqrt(fmax(0, sq - mean * mean));
	for (size_t i = 0; i < s->columns; i++) {
		double v = scan_column_speed(s, i);
		bool good = s->metric[i] < limit && !near_avoid(s, v);

		if (good && !in && s->n_good < SCAN_BANDS_MAX)
			s->good[s->n_good++] = (struct band){v, v, 0};
		if (good && s->n_good > 0)
			s->good[s->n_good - 1].to = v;
		in = good;
	}
}

/* The quarter of the map before the middle of the measured angles against the
 * quarter behind it: equal motors and belts sound alike. */
static double
symmetry_of(const struct scan *s)
{
	int middle = (int)((s->angle[0] + s->angle[1]) / 2);
	double sa = 0, sb = 0, aa = 0, bb = 0, ab = 0, n = 0, r;

	for (int k = 0; k < 90; k++) {
		int a = (middle - 90 + k + 360) % 360, b = (middle + k) % 360;

		for (size_t i = 0; i < s->columns; i++) {
			double x = (double)s->map[(size_t)a * s->columns + i];
			double y = (double)s->map[(size_t)b * s->columns + i];

			sa += x;
			sb += y;
			aa += x * x;
			bb += y * y;
			ab += x * y;
			n++;
		}
	}
	r = (ab - sa * sb / n) /
	    sqrt((aa - sa * sa / n) * (bb - sb * sb / n) + 1e-300);
	return r > 0 ? fmin(100, 100 * pow(r, 0.75) + 10) : 0;
}

/*
 * The resonance of the motors.  Each speed leaves lines of its own in the mean
 * spectrum; the resonance is the top of the curve over them: a parabola in the
 * logarithm through the highest line and its neighbours.
 */
static void
find_motor(struct scan *s)
{
	struct peaks p;
	double l, m, r, bend;
	int k = 0;

	peaks_find(&s->motor, s->motor.psd[AXIS_SUM], 0.02, 8, 30, 400, &p);
	for (int i = 0; i < p.n; i++)
		if (p.v[i].height > p.v[k].height)
			k = i;
	if (p.n == 0)
		return;
	s->motor_freq_hz = p.v[k].freq_hz;
	if (k == 0 || k + 1 == p.n)
		return;
	l = log(p.v[k - 1].height);
	m = log(p.v[k].height);
	r = log(p.v[k + 1].height);
	bend = l - 2 * m + r;
	s->motor_freq_hz += 0.5 * (l - r) / bend * 0.5 *
			    (p.v[k + 1].freq_hz - p.v[k - 1].freq_hz);
}

double
scan_energy(const struct spectrum *s)
{
	const double *p = s->psd[AXIS_SUM];
	double sum = 0;

	for (size_t k = 1; k < s->n && s->freq_hz[k] <= TOP_HZ; k++)
		sum +=
		    (p[k] + p[k - 1]) / 2 * (s->freq_hz[k] - s->freq_hz[k - 1]);
	return sum;
}

void
scan_evaluate(struct scan *s)
{
	s->columns = (size_t)(SCAN_PER_SPEED * s->n_speeds);
	s->low_speed = s->speed[0];
	s->high_speed = s->speed[s->n_speeds - 1];
	s->map = xcalloc(SCAN_ANGLES * s->columns, sizeof(*s->map));
	s->least = xcalloc(s->columns, sizeof(double));
	s->most = xcalloc(s->columns, sizeof(double));
	s->metric = xcalloc(s->columns, sizeof(double));
	s->by_angle = xcalloc(SCAN_ANGLES, sizeof(double));
	fill_map(s);
	curves(s);
	find_avoid(s);
	find_good(s);
	s->symmetry = symmetry_of(s);
	find_motor(s);
}
