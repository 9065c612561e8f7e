/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A recording thinned out to what lies below 200 Hz. */
#include "track.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "base/xalloc.h"

#define RATE_HZ	     500
#define TAPS_A_PHASE 14 /* 60 dB from 335 Hz on at 535 samples a second */

enum {
	HELD_MAX = 4096,
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
track_init(struct track *t, int axes, double fs_hz, const double *offset)
{
	memset(t, 0, sizeof(*t));
	t->axes = axes;
	t->factor = fs_hz < 2 * RATE_HZ ? 1 : (size_t)(fs_hz / RATE_HZ);
	if (t->factor > 64)
		t->factor = 64;
	t->taps = t->factor * TAPS_A_PHASE + 1;
	t->tap = xcalloc(t->taps, sizeof(*t->tap));
	design(t);
	for (int k = 0; k < axes; k++) {
		t->offset[k] = offset ? offset[k] : 0;
		t->held[k] = xcalloc(HELD_MAX + t->taps, sizeof(*t->held[k]));
	}
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
		if (t->n >= TRACK_MAX)
			continue;
		if (t->n == t->alloc) {
			t->alloc = t->alloc ? t->alloc + t->alloc / 8 : 4096;
			for (int k = 0; k < t->axes; k++)
				t->a[k] = xreallocarray(
				    t->a[k], t->alloc, sizeof(float));
		}
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

void
track_add(struct track *t, const double *t_s, const double *const *a, size_t n)
{
	for (size_t i = 0; t_s && i < n; i++) {
		if ((t->raw + i) % TRACK_KNOT == 0 && t->n < TRACK_MAX) {
			ALLOC_GROW(t->knot_s, t->n_knots + 1, t->alloc_knots);
			t->knot_s[t->n_knots++] = t_s[i];
		}
	}
	if (t_s && n)
		t->last_s = t_s[n - 1];
	t->raw += n;
	for (size_t from = 0; from < n;) {
		size_t some = n - from < HELD_MAX / 2 ? n - from : HELD_MAX / 2;

		put(t, a, from, some);
		from += some;
	}
}

void
track_finish(struct track *t)
{
	static const double none[HELD_MAX / 2];
	const double *zeros[3] = {none, none, none};
	size_t want = (size_t)((t->raw + t->factor - 1) / t->factor);
	double offset[3];

	memcpy(offset, t->offset, sizeof(offset));
	memset(t->offset, 0, sizeof(t->offset));
	put(t, zeros, 0, t->taps);
	memcpy(t->offset, offset, sizeof(offset));
	if (want > TRACK_MAX)
		want = TRACK_MAX;
	if (t->n > want)
		t->n = want;
}
