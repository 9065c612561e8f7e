/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A recording thinned out to what lies below 200 Hz. */
#include "track.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "base/xalloc.h"
#include "welch.h"

#define RATE_HZ	     500
#define TAPS_A_PHASE 14 /* 60 dB from 335 Hz on at 535 samples a second */

#define GAP_MAX_S 60  /* longer ones are another recording */
#define GAP_MAX	  2e5 /* samples; and no more are put in than came */
#define KNOT_S	  0.5

enum {
	HELD_MAX = 4096,
	STEADY = 8,   /* even steps of time before a gap is believed */
	REACH = 8,    /* samples to each side of an interpolated one */
	PHASES = 256, /* of its table */
};

/* Low pass at half the new rate: a Hamming-windowed sinc, unit sum. */
static void
design(struct track *t)
{
	double middle = (double)(t->taps - 1) / 2, sum = 0;

	for (size_t i = 0; i < t->taps; i++) {
		double u = ((double)i - middle) / (double)t->factor * NUM_PI;
		double w = 0.54 + 0.46 * cos(NUM_PI * ((double)i - middle) /
					     (middle + 1));
		double v = t->factor == 1   ? (double)i == middle
			   : fabs(u) < 1e-9 ? w
					    : w * sin(u) / u;

		t->tap[i] = (float)v;
		sum += v;
	}
	for (size_t i = 0; i < t->taps; i++)
		t->tap[i] /= (float)sum;
}

void
track_init(
    struct track *t, int axes, size_t room, double fs_hz, const double *offset)
{
	memset(t, 0, sizeof(*t));
	t->axes = axes;
	t->room = room;
	t->fs_hz = fs_hz;
	t->factor = fs_hz < 2 * RATE_HZ ? 1 : (size_t)(fs_hz / RATE_HZ);
	if (t->factor > 64)
		t->factor = 64;
	t->taps = t->factor * TAPS_A_PHASE + 1;
	t->tap = xcalloc(t->taps, sizeof(*t->tap));
	design(t);
	for (int k = 0; k < axes; k++) {
		t->offset[k] = offset ? offset[k] : 0;
		t->held[k] = xcalloc(HELD_MAX + t->taps, sizeof(*t->held[k]));
		t->a[k] = xcalloc(room, sizeof(*t->a[k]));
	}
	t->knot = (size_t)fmax(fs_hz * KNOT_S, 64);
	t->room_knots = room * t->factor / t->knot + 8;
	t->knot_s = xcalloc(t->room_knots, sizeof(*t->knot_s));
	/* what lay before the first sample counts as the offset: zeros */
	t->fill = t->taps / 2;
}

void
track_release(struct track *t)
{
	for (int k = 0; k < 3; k++) {
		free(t->a[k]);
		free(t->held[k]);
	}
	free(t->knot_s);
	free(t->table);
	free(t->tap);
	memset(t, 0, sizeof(*t));
}

static float
filter(const struct track *t, const float *x)
{
	float acc[8] = {0};
	size_t i;

	for (i = 0; i + 8 <= t->taps; i += 8)
		for (size_t k = 0; k < 8; k++)
			acc[k] += t->tap[i + k] * x[i + k];
	for (; i < t->taps; i++)
		acc[0] += t->tap[i] * x[i];
	return ((acc[0] + acc[4]) + (acc[1] + acc[5])) +
	       ((acc[2] + acc[6]) + (acc[3] + acc[7]));
}

/* outputs for which the held samples suffice; drops what is past */
static void
drain(struct track *t)
{
	size_t at = t->next;

	for (; at + t->taps <= t->fill; at += t->factor) {
		if (t->n == t->room && t->full)
			t->full(t->full_ctx);
		if (t->n == t->room)
			continue;
		for (int k = 0; k < t->axes; k++)
			t->a[k][t->n] = filter(t, t->held[k] + at);
		t->n++;
	}
	if (at > t->fill) { /* the next one begins in what is to come */
		t->next = at - t->fill;
		t->fill = 0;
		return;
	}
	for (int k = 0; k < t->axes; k++)
		memmove(t->held[k], t->held[k] + at,
		    (t->fill - at) * sizeof(float));
	t->fill -= at;
	t->next = 0;
}

static void
put(struct track *t, const double *const *a, size_t from, size_t n)
{
	for (int k = 0; k < t->axes; k++) {
		float *to = t->held[k] + t->fill;
		const double *x = a[k] + from;

		for (size_t i = 0; i < n; i++)
			to[i] = (float)(x[i] - t->offset[k]);
	}
	t->fill += n;
	drain(t);
}

static void
put_all(struct track *t, const double *const *a, size_t from, size_t n)
{
	while (n > 0) {
		size_t some = n < HELD_MAX / 2 ? n : HELD_MAX / 2;

		put(t, a, from, some);
		from += some;
		n -= some;
	}
}

/* one more raw sample's time for the clock */
static void
tick(struct track *t, double s)
{
	t->sum_s += s - t->first_s;
	t->raw++;
	if (t->raw % t->knot != 0)
		return;
	if (t->n_knots < t->room_knots)
		t->knot_s[t->n_knots++] = t->sum_s / (double)t->knot;
	t->sum_s = 0;
}

/* a straight line over the gap between the last row and row i */
static void
bridge(struct track *t, const double *const *a, size_t i, double from_s,
    double dt, size_t missing)
{
	double row[3];
	const double *axes[3] = {&row[0], &row[1], &row[2]};

	for (size_t m = 1; m <= missing; m++) {
		double part = (double)m / (double)(missing + 1);

		for (int k = 0; k < t->axes; k++)
			row[k] = t->last[k] + part * (a[k][i] - t->last[k]);
		put(t, axes, 0, 1);
		tick(t, from_s + part * dt);
	}
	t->put_in += missing;
}

static void
remember(struct track *t, const double *const *a, size_t i)
{
	for (int k = 0; k < t->axes; k++)
		t->last[k] = a[k][i];
}

void
track_add(struct track *t, const double *t_s, const double *const *a, size_t n)
{
	size_t from = 0;

	if (!t_s) {
		put_all(t, a, 0, n);
		t->raw += n;
		return;
	}
	if (t->raw == 0 && n > 0)
		t->first_s = t->last_s = t_s[0] - 1 / t->fs_hz;
	for (size_t i = 0; i < n; i++) {
		double dt = t_s[i] - t->last_s, steps = dt * t->fs_hz;

		/* a lone gap among even steps: rows are missing */
		if (steps > 1.5 && t->steady >= STEADY && dt < GAP_MAX_S &&
		    steps < GAP_MAX &&
		    (double)t->put_in + steps < (double)t->raw + GAP_MAX) {
			put_all(t, a, from, i - from);
			if (i > 0)
				remember(t, a, i - 1);
			bridge(
			    t, a, i, t->last_s, dt, (size_t)round(steps) - 1);
			from = i;
		}
		t->steady = steps > 0.7 && steps < 1.3 ? t->steady + 1 : 0;
		t->last_s = t_s[i];
		tick(t, t_s[i]);
	}
	put_all(t, a, from, n - from);
	if (n > 0)
		remember(t, a, n - 1);
}

void
track_finish(struct track *t)
{
	static const double none[HELD_MAX / 2];
	const double *zeros[3] = {none, none, none};
	uint64_t want = (t->raw + t->factor - 1) / t->factor;
	double offset[3];

	memcpy(offset, t->offset, sizeof(offset));
	memset(t->offset, 0, sizeof(t->offset));
	put(t, zeros, 0, t->taps);
	memcpy(t->offset, offset, sizeof(offset));
	if (t->dropped + t->n > want)
		t->n = (size_t)(want - t->dropped);
}

static double
knot_raw(const struct track *t, size_t i)
{
	return (double)((t->first_knot + i) * t->knot) +
	       ((double)t->knot - 1) / 2;
}

void
track_drop(struct track *t, size_t n)
{
	size_t knots = 0;

	for (int k = 0; k < t->axes; k++)
		memmove(t->a[k], t->a[k] + n, (t->n - n) * sizeof(float));
	t->n -= n;
	t->dropped += n;
	while (knots + 2 < t->n_knots &&
	       knot_raw(t, knots + 1) < (double)(t->dropped * t->factor))
		knots++;
	memmove(t->knot_s, t->knot_s + knots,
	    (t->n_knots - knots) * sizeof(*t->knot_s));
	t->n_knots -= knots;
	t->first_knot += knots;
}

/* the straight line of the clock from knot i on; before the first and after
 * the last knot its neighbour's goes on */
static void
line(const struct track *t, size_t i, double *raw, double *s, double *step)
{
	*step = 1 / t->fs_hz;
	*raw = *s = 0;
	if (t->n_knots == 0 && t->raw > 1 && t->last_s > t->first_s)
		*step = (t->last_s - t->first_s) / (double)(t->raw - 1);
	if (t->n_knots == 0)
		return;
	if (i + 1 >= t->n_knots)
		i = t->n_knots > 1 ? t->n_knots - 2 : 0;
	*raw = knot_raw(t, i);
	*s = t->knot_s[i];
	if (t->n_knots > 1)
		*step = (t->knot_s[i + 1] - t->knot_s[i]) / (double)t->knot;
	/* a clock that stands or goes back is none */
	if (!(*step > 0.1 / t->fs_hz))
		*step = 1 / t->fs_hz;
}

double
track_time(const struct track *t, double raw)
{
	double at = floor((raw - knot_raw(t, 0)) / (double)t->knot), r, s, step;

	line(t, at > 0 ? (size_t)at : 0, &r, &s, &step);
	return s + (raw - r) * step;
}

/* A sinc under a Kaiser window: flat up to three quarters of the band. */
static void
fill_table(struct track *t)
{
	float(*table)[2 * REACH] = xcalloc(PHASES + 1, sizeof(*table));

	t->table = &table[0][0];
	for (int p = 0; p <= PHASES; p++) {
		double sum = 0, v[2 * REACH];

		for (int i = 0; i < 2 * REACH; i++) {
			double u = i - (REACH - 1) - (double)p / PHASES;
			double w = 1 - u * u / (REACH * REACH), x = NUM_PI * u;

			w = w > 0 ? welch_bessel_i0(7 * sqrt(w)) : 0;
			v[i] = w * (fabs(x) < 1e-9 ? 1 : sin(x) / x);
			sum += v[i];
		}
		for (int i = 0; i < 2 * REACH; i++)
			table[p][i] = (float)(v[i] / sum);
	}
}

static float
between(const float *x, const float *left, const float *right, float part)
{
	float sum = 0;

	for (int i = 0; i < 2 * REACH; i++)
		sum += x[i] * (left[i] + part * (right[i] - left[i]));
	return sum;
}

void
track_even(struct track *t, const double d[3], double rate_hz, int64_t from,
    double *out, size_t n)
{
	size_t knot = 0;

	if (!t->table)
		fill_table(t);
	for (size_t i = 0; i < n; i++) {
		double s = (double)(from + (int64_t)i) / rate_hz, r, at, step;
		double phase, first;
		const float *row;

		while (knot + 2 < t->n_knots && t->knot_s[knot + 1] <= s)
			knot++;
		line(t, knot, &r, &at, &step);
		r = (r + (s - at) / step) / (double)t->factor -
		    (double)t->dropped;
		first = floor(r);
		phase = (r - first) * PHASES;
		out[i] = 0;
		first -= REACH - 1;
		if (first < 0 || first + 2 * REACH > (double)t->n)
			continue;
		row = t->table + (size_t)phase * (2 * REACH);
		for (int k = 0; k < t->axes; k++)
			if (d[k] != 0)
				out[i] +=
				    d[k] *
				    (double)between(t->a[k] + (size_t)first,
					row, row + 2 * REACH,
					(float)(phase - floor(phase)));
	}
}
