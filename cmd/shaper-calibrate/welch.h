/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Welch's estimate of the power spectral density, sample by sample. */
#ifndef GANTRY_SHAPER_WELCH_H
#define GANTRY_SHAPER_WELCH_H

#include <stddef.h>
#include <stdint.h>

#include "spectrum.h"

/*
 * Segments of m samples that overlap by half, each with its own mean taken
 * away, under a symmetric Kaiser window of beta 6; squared magnitudes are
 * averaged, doubled but at 0 Hz and at the highest bin, and divided by the
 * rate and the window's power.  The tail that fills no segment is dropped.
 * (P. D. Welch, IEEE Trans. Audio Electroacoust. 15, 1967.)
 */
struct welch;

/* m: a power of two, at least 16; three axes */
struct welch *welch_new(size_t m);
void welch_free(struct welch *);
void welch_add(struct welch *, const double *x, const double *y,
    const double *z, size_t n);
uint64_t welch_segments(const struct welch *);
/* Called after each segment with the squared magnitudes of x + y + z, not
 * doubled, m/2 + 1 of them. */
void welch_on_segment(struct welch *,
    void (*call)(void *ctx, const double *power, size_t bins), void *ctx);
/* What divides a squared magnitude: rate times the window's power. */
double welch_scale(const struct welch *, double fs_hz);
/* The mean of all segments at this rate; needs one segment. */
void welch_result(const struct welch *, double fs_hz, struct spectrum *out);

/* The segment length for a rate: half a second, up to a power of two. */
size_t welch_length(double fs_hz);

/* The modified Bessel function of order 0, of Kaiser's window. */
double welch_bessel_i0(double x);

#endif
