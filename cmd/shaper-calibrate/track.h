/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A recording thinned out to what lies below 200 Hz. */
#ifndef GANTRY_SHAPER_TRACK_H
#define GANTRY_SHAPER_TRACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A low-pass filter and every factor-th sample, about 500 a second, kept as
 * floats: 3 axes of 130 s are 0.8 MB.  At most TRACK_MAX of them are kept
 * (16 minutes); what comes later is counted only, so memory has a bound
 * whatever the recording's length.
 */
enum {
	TRACK_MAX = 1 << 19,
	TRACK_KNOT = 8192, /* raw samples between remembered times */
};

struct track {
	int axes;
	size_t factor;
	size_t n, alloc; /* samples kept */
	float *a[3];	 /* offset subtracted */
	double offset[3];
	uint64_t raw;	/* raw samples seen */
	double *knot_s; /* time of raw sample i * TRACK_KNOT */
	size_t n_knots, alloc_knots;
	double last_s;
	/* the filter and the raw samples it still needs */
	size_t taps;
	float *tap, *held[3];
	size_t fill, next; /* held; raw index, in held, of the next output */
};

void track_init(struct track *, int axes, double fs_hz, const double *offset);
void track_release(struct track *);
/* t_s NULL: times are not remembered */
void track_add(
    struct track *, const double *t_s, const double *const *a, size_t n);
/* Sample i of the track stands for the raw sample i * factor. */
void track_finish(struct track *);

#endif
