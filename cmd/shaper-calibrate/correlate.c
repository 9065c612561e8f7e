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

/*
 * Two real signals go through one complex transform, as its real and its
 * imaginary part: besides halving the work that spares FFTW the planning of
 * real transforms, which takes longer than all of them here.
 */
struct correlate {
	fftw_complex *in, *z;	    /* SIZE */
	fftw_complex *x, *y;	    /* BINS: of the block */
	fftw_complex *xx, *yy, *xy; /* BINS: sums */
	fftw_plan forth, back;	    /* in to z */
};

struct correlate *
correlate_new(void)
{
	struct correlate *c = xcalloc(1, sizeof(*c));
	fftw_complex **each[] = {
	    &c->in, &c->z, &c->x, &c->y, &c->xx, &c->yy, &c->xy};

	for (size_t i = 0; i < sizeof(each) / sizeof(*each); i++) {
		size_t n = i < 2 ? SIZE : BINS;

		*each[i] = fftw_malloc(n * sizeof(fftw_complex));
		memset(*each[i], 0, n * sizeof(fftw_complex));
	}
	c->forth =
	    fftw_plan_dft_1d(SIZE, c->in, c->z, FFTW_FORWARD, FFTW_ESTIMATE);
	c->back =
	    fftw_plan_dft_1d(SIZE, c->in, c->z, FFTW_BACKWARD, FFTW_ESTIMATE);
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
	fftw_free(c->z);
	fftw_free(c->x);
	fftw_free(c->y);
	fftw_free(c->xx);
	fftw_free(c->yy);
	fftw_free(c->xy);
	free(c);
}

void
correlate_part(fftw_complex *z, size_t n, size_t k, double x[2], double y[2])
{
	const double *a = z[k], *b = z[k ? n - k : 0];

	x[0] = (a[0] + b[0]) / 2;
	x[1] = (a[1] - b[1]) / 2;
	y[0] = (a[1] + b[1]) / 2;
	y[1] = (b[0] - a[0]) / 2;
}

void
correlate_add(struct correlate *c, const double *x, const double *y)
{
	memset(c->in, 0, SIZE * sizeof(*c->in));
	for (size_t i = CORRELATE_LAG; i < CORRELATE_LAG + CORRELATE_BLOCK;
	     i++) {
		c->in[i][0] = x[i];
		c->in[i][1] = y[i];
	}
	fftw_execute(c->forth);
	for (size_t k = 0; k < BINS; k++)
		correlate_part(c->z, SIZE, k, c->x[k], c->y[k]);
	for (size_t i = 0; i < SIZE; i++) {
		c->in[i][0] = x[i];
		c->in[i][1] = y[i];
	}
	fftw_execute(c->forth);
	for (size_t k = 0; k < BINS; k++) {
		const double *bx = c->x[k], *by = c->y[k];
		double ex[2], ey[2];

		correlate_part(c->z, SIZE, k, ex, ey);
		c->xx[k][0] += bx[0] * ex[0] + bx[1] * ex[1];
		c->xx[k][1] += bx[0] * ex[1] - bx[1] * ex[0];
		c->yy[k][0] += by[0] * ey[0] + by[1] * ey[1];
		c->yy[k][1] += by[0] * ey[1] - by[1] * ey[0];
		c->xy[k][0] += bx[0] * ey[0] + bx[1] * ey[1];
		c->xy[k][1] += bx[0] * ey[1] - bx[1] * ey[0];
	}
}

/* flat, then half a cosine down to nothing */
static double
window(double lag, double length)
{
	double u = 2 * fabs(lag) / length - 1;

	return u <= 0 ? 1 : u >= 1 ? 0 : 0.5 + 0.5 * cos(NUM_PI * u);
}

static double
slope(double lag, double length)
{
	double u = 2 * fabs(lag) / length - 1;

	if (u <= 0 || u >= 1)
		return 0;
	return copysign(NUM_PI / length * sin(NUM_PI * u), -lag);
}

/* the sums as lags, times a window of them, back as a spectrum in c->z */
static void
cut(struct correlate *c, fftw_complex *of, double length,
    double (*w)(double lag, double length))
{
	for (size_t k = 0; k < BINS; k++) {
		size_t m = k ? SIZE - k : 0;

		c->in[m][0] = c->in[k][0] = of[k][0];
		c->in[m][1] = -of[k][1];
		c->in[k][1] = of[k][1];
	}
	fftw_execute(c->back);
	for (size_t i = 0; i < SIZE; i++) {
		double lag = i <= SIZE / 2 ? (double)i : (double)i - SIZE;

		c->in[i][0] = c->z[i][0] * w(lag, length) / SIZE;
		c->in[i][1] = 0;
	}
	fftw_execute(c->forth);
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
	cut(c, c->xx, length, window);
	for (size_t k = 0; k < BINS; k++)
		out->xx[k] = c->z[k][0];
	cut(c, c->yy, length, window);
	for (size_t k = 0; k < BINS; k++)
		out->yy[k] = c->z[k][0];
	cut(c, c->xy, length, window);
	for (size_t k = 0; k < BINS; k++) {
		out->re[k] = c->z[k][0];
		out->im[k] = c->z[k][1];
	}
	/* the first moment of the power under the kernel: multiplying the
	 * kernel by frequency is taking the slope of the window */
	cut(c, c->xx, length, slope);
	for (size_t k = 0; k < BINS; k++)
		out->shift[k] = out->xx[k] > 0 ? -c->z[k][1] / (2 * NUM_PI) *
						     SIZE / out->xx[k]
					       : 0;
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
