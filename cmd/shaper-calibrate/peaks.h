/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Peaks of a curve, and how alike two curves are. */
#ifndef GANTRY_SHAPER_PEAKS_H
#define GANTRY_SHAPER_PEAKS_H

#include "spectrum.h"

enum {
	PEAKS_MAX = 16,
};

struct peak {
	double
	    freq_hz; /* between bins: the top of a parabola in the logarithm */
	double height;
};

struct peaks {
	int n;
	struct peak v[PEAKS_MAX]; /* by rising frequency */
};

/* Local maxima of at least `least` of the highest, apart by apart_hz, from
 * min_hz to max_hz; the highest ones when there are too many. */
void peaks_find(const struct spectrum *, const double *curve, double least,
    double apart_hz, double min_hz, double max_hz, struct peaks *);

/* Pearson's correlation of two summed curves over 500 points up to 200 Hz,
 * in percent, never negative. */
double peaks_similarity(const struct spectrum *, const struct spectrum *);

/*
 * Pairs peaks that are nearest to each other, closest first, while they are
 * not further apart than the limit: pair[i] is the index in b, or -1.
 */
void peaks_pair(const struct peaks *a, const struct peaks *b, double limit_hz,
    int pair[PEAKS_MAX]);

#endif
