/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Power spectral densities: the four curves of one recording. */
#ifndef GANTRY_SHAPER_SPECTRUM_H
#define GANTRY_SHAPER_SPECTRUM_H

#include <stdbool.h>
#include <stddef.h>

enum {
	AXIS_X,
	AXIS_Y,
	AXIS_Z,
	AXIS_SUM,
	CURVES
};

/* (mm/s2)^2/Hz over Hz; owned arrays of n. */
struct spectrum {
	size_t n;
	double *freq_hz;
	double *psd[CURVES];
	double step_hz;	 /* bin spacing; 0 when bins are not even */
	bool has_axes;	 /* false: only the sum is known */
	bool normalised; /* divided by frequency, once, as spectrum_normalise()
			    does */
};

void spectrum_alloc(struct spectrum *, size_t n);
void spectrum_copy(struct spectrum *to, const struct spectrum *from);
void spectrum_release(struct spectrum *);
/* Drops bins above max_hz. */
void spectrum_cut(struct spectrum *, double max_hz);

/*
 * Divides by f + 0.1 Hz, since the test's acceleration grows with f, and
 * fades out what lies below 10 Hz; applied even when it was applied before.
 */
void spectrum_normalise(struct spectrum *);

/* Linear interpolation of a curve at f; its end values beyond the ends. */
double spectrum_at(const struct spectrum *, const double *curve, double f);

/* index of the largest of curve at or above min_hz */
size_t spectrum_peak(
    const struct spectrum *, const double *curve, double min_hz);

#endif
