/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Correlations of two signals over short lags, block by block. */
#include "correlate.h"

#include <fftw3.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "base/xalloc.h"

enum {
	SIZE = CORRELATE_SIZE,
	BINS = CORRELATE_BINS,
};

struct correlate {
	double *in;		    /* SIZE */
	fftw_complex *x, *y, *w;    /* BINS */
	fftw_complex *xx, *yy, *xy; /* sums */
	fftw_plan forth, back;
};

struct correlate *
correlate_new(void)
{
	struct correlate *c = xcalloc(1, sizeof(*c));
	fftw_complex **each[] = {&c->x, &c->y, &c->w, &c->xx, &c->yy, &c->xy};

	c->in = fftw_malloc(SIZE * sizeof(*c->in));
	for (size_t i = 0; i < sizeof(each) / sizeof(*each); i++) {
		*each[i] = fftw_malloc(BINS * sizeof(fftw_complex));
		memset(*each[i], 0, BINS * sizeof(fftw_complex));
	}
	c->forth = fftw_plan_dft_r2c_1d(SIZE, c->in, c->w, FFTW_ESTIMATE);
	c->back = fftw_plan_dft_c2r_1d(SIZE, c->w, c->in, FFTW_ESTIMATE);
	return c;
}

void
correlate_free(struct correlate *c)
{
	if (!c)
		return;
	fftw_destroy_plan(c->forth);
	fftw_destroy_plan(c->back);
	fftw_free(c->in);
	fftw_free(c->x);
	fftw_free(c->y);
	fftw_free(c->w);
	fftw_free(c->xx);
	fftw_free(c->yy);
	fftw_free(c->xy);
	free(c);
}

/* the transform of all, or of the block alone with zeros around it */
static void
transform(struct correlate *c, const double *v, bool block, fftw_complex *to)
{
	if (block) {
		memset(c->in, 0, SIZE * sizeof(*c->in));
		memcpy(c->in + CORRELATE_LAG, v + CORRELATE_LAG,
		    CORRELATE_BLOCK * sizeof(*v));
	} else {
		memcpy(c->in, v, SIZE * sizeof(*v));
	}
	fftw_execute_dft_r2c(c->forth, c->in, to);
}

static void
sum(fftw_complex *to, fftw_complex *a, fftw_complex *b)
{
	for (size_t k = 0; k < BINS; k++) {
		to[k][0] += a[k][0] * b[k][0] + a[k][1] * b[k][1];
		to[k][1] += a[k][0] * b[k][1] - a[k][1] * b[k][0];
	}
}

void
correlate_add(struct correlate *c, const double *x, const double *y)
{
	transform(c, x, true, c->x);
	transform(c, x, false, c->w);
	sum(c->xx, c->x, c->w);
	transform(c, y, false, c->w);
	sum(c->xy, c->x, c->w);
	transform(c, y, true, c->y);
	sum(c->yy, c->y, c->w);
}

/* of the window: flat, then half a cosine down to nothing */
static double
window(double lag, double length)
{
	double u = 2 * lag / length - 1;

	return u <= 0 ? 1 : u >= 1 ? 0 : 0.5 + 0.5 * cos(NUM_PI * u);
}

static double
slope(double lag, double length)
{
	double u = 2 * lag / length - 1;

	return u <= 0 || u >= 1 ? 0 : -NUM_PI / length * sin(NUM_PI * u);
}

/* the sums as lags, their mean over both ends of even ones, in c->in */
static void
lags(struct correlate *c, fftw_complex *of)
{
	memcpy(c->w, of, BINS * sizeof(*of));
	fftw_execute_dft_c2r(c->back, c->w, c->in);
}

static void
cut(struct correlate *c, double length)
{
	for (size_t i = 0; i < SIZE; i++) {
		double lag = i <= SIZE / 2 ? (double)i : (double)(SIZE - i);

		c->in[i] *= window(lag, length) / SIZE;
	}
	fftw_execute_dft_r2c(c->forth, c->in, c->w);
}

/*
 * The first moment of the power under the kernel: multiplying the kernel by
 * frequency is taking the slope of the window.
 */
static void
moments(struct correlate *c, double length, double *shift, const double *xx)
{
	lags(c, c->xx);
	for (size_t i = 0; i < SIZE; i++) {
		double lag = i <= SIZE / 2 ? (double)i : (double)(SIZE - i);

		c->in[i] *= slope(lag, length) / SIZE * (i > SIZE / 2 ? -1 : 1);
	}
	fftw_execute_dft_r2c(c->forth, c->in, c->w);
	for (size_t k = 0; k < BINS; k++)
		shift[k] =
		    xx[k] > 0 ? -c->w[k][1] / (2 * NUM_PI) * SIZE / xx[k] : 0;
}

void
correlate_spectra(
    struct correlate *c, size_t lag, struct correlate_spectra *out)
{
	double length = (double)lag;

	out->xx = xcalloc(BINS, sizeof(double));
	out->yy = xcalloc(BINS, sizeof(double));
	out->re = xcalloc(BINS, sizeof(double));
	out->im = xcalloc(BINS, sizeof(double));
	out->shift = xcalloc(BINS, sizeof(double));
	lags(c, c->xx);
	cut(c, length);
	for (size_t k = 0; k < BINS; k++)
		out->xx[k] = c->w[k][0];
	lags(c, c->yy);
	cut(c, length);
	for (size_t k = 0; k < BINS; k++)
		out->yy[k] = c->w[k][0];
	lags(c, c->xy);
	cut(c, length);
	for (size_t k = 0; k < BINS; k++) {
		out->re[k] = c->w[k][0];
		out->im[k] = c->w[k][1];
	}
	moments(c, length, out->shift, out->xx);
}

void
correlate_spectra_release(struct correlate_spectra *s)
{
	free(s->xx);
	free(s->yy);
	free(s->re);
	free(s->im);
	free(s->shift);
	memset(s, 0, sizeof(*s));
}
