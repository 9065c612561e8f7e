/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A recording thinned out to what lies below 200 Hz. */
#ifndef GANTRY_SHAPER_TRACK_H
#define GANTRY_SHAPER_TRACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A low-pass filter and every factor-th sample, about 500 a second, kept as
 * floats.  No more than a fixed number of them is held: when the track is
 * full its owner is called, who uses some and drops them; without an owner
 * what comes later is counted only.
 *
 * Time: samples that are missing between two rows are put in as a straight
 * line, so that the index goes with time, and the clock is the mean time of
 * every half second's raw samples with straight lines between them.  Jitter of
 * single stamps is averaged away, and a clock that wanders is followed.
 */
enum {
	TRACK_MAX = (1 << 17) - 256, /* four minutes */
};

struct track {
	int axes;
	size_t factor;
	double fs_hz;	  /* as told */
	size_t n, room;	  /* samples held */
	uint64_t dropped; /* before them */
	float *a[3];	  /* offset subtracted */
	double offset[3];
	uint64_t raw;	 /* raw samples seen, those put in among them */
	uint64_t put_in; /* for missing ones */
	/* the clock: knot i is of the raw samples around
	 * (first_knot + i) * knot + (knot - 1) / 2 */
	size_t knot;
	double *knot_s;
	size_t n_knots, room_knots;
	uint64_t first_knot;
	double first_s, last_s, last[3];
	unsigned steady; /* even steps of time up to now */
	double sum_s;	 /* of the knot in work, since first_s */
	/* the filter and the raw samples it still needs */
	size_t taps;
	float *tap, *held[3], *table;
	size_t fill, next; /* held; raw index, in held, of the next output */
	void (*full)(void *ctx);
	void *full_ctx;
};

/* room: samples that are held, TRACK_MAX or fewer */
void track_init(
    struct track *, int axes, size_t room, double fs_hz, const double *offset);
void track_release(struct track *);
/* t_s NULL: the clock is the rate */
void track_add(
    struct track *, const double *t_s, const double *const *a, size_t n);
/* Sample i of the track stands for the raw sample (dropped + i) * factor. */
void track_finish(struct track *);
/* Drops the first n samples and what the clock knows only about them. */
void track_drop(struct track *, size_t n);

/* Time of a raw sample since the first one, which may be a fraction. */
double track_time(const struct track *, double raw);

/*
 * Samples along a direction at even times: sample i at (from + i) / rate_hz
 * after the first raw sample, by the clock.  What is not held is 0.
 */
void track_even(struct track *, const double direction[3], double rate_hz,
    int64_t from, double *out, size_t n);

#endif
