/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Welch's estimate of the power spectral density, sample by sample. */
#include "welch.h"

#include <fftw3.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"

struct welch {
	size_t m, fill;
	double *window, power;	    /* power: sum of squares of the window */
	double *held[3];	    /* the last samples, up to m */
	double *in, *mean[3], *sum; /* mean: sums of squared magnitudes */
	fftw_complex *out;
	fftw_plan plan;
	uint64_t segments;
	void (*call)(void *, const double *, size_t);
	void *ctx;
};

/* modified Bessel function of order 0, by its series */
double
welch_bessel_i0(double x)
{
	double term = 1, sum = 1;

	for (int m = 1; term > 1e-17 * sum; m++) {
		term *= x / 2 / m * (x / 2 / m);
		sum += term;
	}
	return sum;
}

struct welch *
welch_new(size_t m)
{
	struct welch *w = xcalloc(1, sizeof(*w));

	w->m = m;
	w->window = xcalloc(m, sizeof(double));
	w->sum = xcalloc(m / 2 + 1, sizeof(double));
	for (int k = 0; k < 3; k++) {
		w->held[k] = xcalloc(m, sizeof(double));
		w->mean[k] = xcalloc(m / 2 + 1, sizeof(double));
	}
	for (size_t i = 0; i < m; i++) {
		double u = 2 * (double)i / (double)(m - 1) - 1;

		w->window[i] = welch_bessel_i0(6 * sqrt(fmax(0, 1 - u * u))) /
			       welch_bessel_i0(6);
		w->power += w->window[i] * w->window[i];
	}
	w->in = fftw_malloc(m * sizeof(double));
	w->out = fftw_malloc((m / 2 + 1) * sizeof(fftw_complex));
	/* an estimated plan is the same every time: so are the last bits */
	w->plan = fftw_plan_dft_r2c_1d((int)m, w->in, w->out, FFTW_ESTIMATE);
	return w;
}

void
welch_free(struct welch *w)
{
	if (!w)
		return;
	fftw_destroy_plan(w->plan);
	fftw_free(w->in);
	fftw_free(w->out);
	for (int k = 0; k < 3; k++) {
		free(w->held[k]);
		free(w->mean[k]);
	}
	free(w->window);
	free(w->sum);
	free(w);
}

void
welch_on_segment(struct welch *w,
    void (*call)(void *ctx, const double *power, size_t bins), void *ctx)
{
	w->call = call;
	w->ctx = ctx;
}

/* window, transform, squared magnitudes onto acc and, if wanted, sum */
static void
one_axis(struct welch *w, const double *x, double *acc, double *sum)
{
	double mean[4] = {0}, m;

	for (size_t i = 0; i < w->m; i += 4)
		for (int k = 0; k < 4; k++)
			mean[k] += x[i + (size_t)k];
	m = (mean[0] + mean[1] + mean[2] + mean[3]) / (double)w->m;
	for (size_t i = 0; i < w->m; i++)
		w->in[i] = (x[i] - m) * w->window[i];
	fftw_execute(w->plan);
	for (size_t i = 0; i <= w->m / 2; i++) {
		double p =
		    w->out[i][0] * w->out[i][0] + w->out[i][1] * w->out[i][1];

		acc[i] += p;
		if (sum)
			sum[i] += p;
	}
}

static void
segment(struct welch *w)
{
	double *sum = w->call ? w->sum : NULL;

	if (sum)
		memset(sum, 0, (w->m / 2 + 1) * sizeof(*sum));
	for (int k = 0; k < 3; k++) {
		one_axis(w, w->held[k], w->mean[k], sum);
		memmove(w->held[k], w->held[k] + w->m / 2,
		    w->m / 2 * sizeof(double));
	}
	if (sum)
		w->call(w->ctx, sum, w->m / 2 + 1);
	w->fill = w->m / 2;
	w->segments++;
}

void
welch_add(struct welch *w, const double *x, const double *y, const double *z,
    size_t n)
{
	while (n > 0) {
		size_t some = w->m - w->fill < n ? w->m - w->fill : n;

		memcpy(w->held[0] + w->fill, x, some * sizeof(*x));
		memcpy(w->held[1] + w->fill, y, some * sizeof(*y));
		memcpy(w->held[2] + w->fill, z, some * sizeof(*z));
		w->fill += some;
		x += some;
		y += some;
		z += some;
		n -= some;
		if (w->fill == w->m)
			segment(w);
	}
}

uint64_t
welch_segments(const struct welch *w)
{
	return w->segments;
}

double
welch_scale(const struct welch *w, double fs_hz)
{
	return fs_hz * w->power;
}

void
welch_result(const struct welch *w, double fs_hz, struct spectrum *out)
{
	size_t n = w->m / 2 + 1;
	double scale = 1 / (welch_scale(w, fs_hz) *
			       (double)(w->segments ? w->segments : 1));

	spectrum_alloc(out, n);
	out->step_hz = fs_hz / (double)w->m;
	out->has_axes = true;
	for (size_t i = 0; i < n; i++) {
		double s = i == 0 || i == n - 1 ? scale : 2 * scale;

		out->freq_hz[i] = (double)i * fs_hz / (double)w->m;
		for (int k = 0; k < 3; k++)
			out->psd[k][i] = w->mean[k][i] * s;
		out->psd[AXIS_SUM][i] = out->psd[AXIS_X][i] +
					out->psd[AXIS_Y][i] +
					out->psd[AXIS_Z][i];
	}
}

size_t
welch_length(double fs_hz)
{
	double x = floor(0.5 * fs_hz - 1);
	size_t m = 1;

	while ((double)m <= x && m < (size_t)1 << 24)
		m *= 2;
	return m;
}
