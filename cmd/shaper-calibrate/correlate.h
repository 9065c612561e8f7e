/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Correlations of two signals over short lags, block by block. */
#ifndef GANTRY_SHAPER_CORRELATE_H
#define GANTRY_SHAPER_CORRELATE_H

#include <fftw3.h>
#include <stddef.h>

/*
 * Long signals x and y come in blocks of CORRELATE_BLOCK samples.  Of every
 * block its products with what lies up to CORRELATE_LAG samples before and
 * behind it are summed, by transforms, so memory does not depend on how many
 * blocks there are.  The correlations over those lags are exact, as if the
 * signals had been held as a whole; an impulse response that dies within
 * them is in them completely.
 *
 * correlate_spectra() cuts the lags by a window that is flat up to half its
 * length, which is the spectrum of the whole seen through a kernel as wide as
 * the inverse of that length.
 */
enum {
	CORRELATE_BLOCK = 8192,
	CORRELATE_LAG = 4096,
	CORRELATE_SIZE = CORRELATE_BLOCK + 2 * CORRELATE_LAG,
	CORRELATE_BINS = CORRELATE_SIZE / 2 + 1,
};

struct correlate;

struct correlate *correlate_new(void);
void correlate_free(struct correlate *);

/* x and y: CORRELATE_SIZE samples each, the block in the middle */
void correlate_add(struct correlate *, const double *x, const double *y);

/* bin k is at k / CORRELATE_SIZE of the rate; CORRELATE_BINS of each */
struct correlate_spectra {
	double *xx, *yy;
	double *re, *im; /* of conj(x) y */
	double *shift;	 /* bins from k to the middle of x's power there */
};

/* lag: length of the window, at most CORRELATE_LAG; the sums stay */
void correlate_spectra(
    struct correlate *, size_t lag, struct correlate_spectra *out);
void correlate_spectra_release(struct correlate_spectra *);

/* Bin k of x and of y out of the transform of x + i y, of length n. */
void correlate_part(
    fftw_complex *z, size_t n, size_t k, double x[2], double y[2]);

#endif
