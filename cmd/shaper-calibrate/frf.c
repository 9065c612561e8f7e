/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The frequency response from the known command to what was measured. */
#include "frf.h"

#include <fftw3.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "base/xalloc.h"

#define LOWEST_HZ  8.0 /* below it friction and gravity speak */
#define HIGHEST_HZ 200.0
#define GROUP_HZ   0.1
#define STOP_ACCEL 3000 /* mm/s2, after a sweep that ends in motion */
#define TAIL_S	   0.3	/* room for the last ringing */

/* the smallest product of 2, 3 and 5 that is even and not below n */
static size_t
good_length(size_t n)
{
	for (n += n & 1;; n += 2) {
		size_t m = n;

		while (m % 2 == 0)
			m /= 2;
		while (m % 3 == 0)
			m /= 3;
		while (m % 5 == 0)
			m /= 5;
		if (m == 1)
			return n;
	}
}

/* time of raw sample i after the first, by the remembered time stamps */
static double
raw_time(const struct track *t, double fs_hz, size_t i)
{
	size_t k = i / TRACK_KNOT, last = (size_t)t->raw - 1;
	double from = t->knot_s[k], to, span;

	if (k + 1 < t->n_knots) {
		to = t->knot_s[k + 1];
		span = TRACK_KNOT;
	} else if (t->n < TRACK_MAX && last > k * TRACK_KNOT) {
		to = t->last_s;
		span = (double)(last - k * TRACK_KNOT);
	} else {
		to = from + TRACK_KNOT / fs_hz;
		span = TRACK_KNOT;
	}
	return from - t->knot_s[0] +
	       (to - from) * (double)(i - k * TRACK_KNOT) / span;
}

/*
 * The command through the recording's own clock and filter, as if a perfect
 * sensor had felt it from the first sample on.
 */
static void
command_track(struct track *x, const struct track *y, double fs_hz,
    const struct command *c)
{
	enum {
		BLOCK = 2048
	};
	double *a = xcalloc(BLOCK, sizeof(*a));
	const double *axes[3] = {a, NULL, NULL};
	size_t total = y->n * y->factor, hint = 0;

	if (total > y->raw)
		total = (size_t)y->raw;
	track_init(x, 1, fs_hz, NULL);
	for (size_t i = 0; i < total; i += BLOCK) {
		size_t n = total - i < BLOCK ? total - i : BLOCK;
		/* the clock is straight within a block */
		double t0 = raw_time(y, fs_hz, i);
		double t1 = raw_time(y, fs_hz, i + n - 1);
		double h = n > 1 ? (t1 - t0) / (double)(n - 1) : 1 / fs_hz;

		if (!(h > 0))
			h = 1 / fs_hz;
		command_means(c, t0, h, STOP_ACCEL, &hint, a, n);
		track_add(x, NULL, axes, n);
	}
	track_finish(x);
	free(a);
}

/* the recording along the direction, without its mean */
static void
project(const struct track *t, const double d[3], double *out)
{
	double mean = 0;

	for (size_t i = 0; i < t->n; i++) {
		out[i] = 0;
		for (int k = 0; k < 3; k++)
			out[i] += d[k] * (double)t->a[k][i];
		mean += out[i];
	}
	mean /= (double)t->n;
	for (size_t i = 0; i < t->n; i++)
		out[i] -= mean;
}

struct pair {
	size_t n, bins; /* transform length; n/2 + 1 */
	double *buffer; /* n + 2 */
	fftw_complex *x, *y;
};

static void
transform(struct pair *p, fftw_complex *to)
{
	fftw_plan plan = fftw_plan_dft_r2c_1d((int)p->n, p->buffer,
	    (fftw_complex *)(void *)p->buffer, FFTW_ESTIMATE);

	fftw_execute(plan);
	fftw_destroy_plan(plan);
	memcpy(to, p->buffer, p->bins * sizeof(*to));
}

/*
 * Where the command lies in the recording: the largest correlation within
 * the band.  Returns the lag in samples and its height.
 */
static double
align(struct pair *p, size_t lo, size_t hi, size_t longest, double *height)
{
	fftw_complex *c = (fftw_complex *)(void *)p->buffer;
	double sum = 0, best = -1;
	fftw_plan plan = fftw_plan_dft_c2r_1d((int)p->n,
	    (fftw_complex *)(void *)p->buffer, p->buffer, FFTW_ESTIMATE);
	size_t at = 0;

	memset(p->buffer, 0, (p->n + 2) * sizeof(double));
	for (size_t k = lo; k < hi; k++) {
		const double *x = p->x[k], *y = p->y[k];
		double size = sqrt(y[0] * y[0] + y[1] * y[1]) + 1e-300;

		/* the phase of Y alone, or a fan's line would drown the rest
		 * and a resonance would blur the peak */
		c[k][0] = (x[0] * y[0] + x[1] * y[1]) / size;
		c[k][1] = (x[0] * y[1] - x[1] * y[0]) / size;
		sum += sqrt(x[0] * x[0] + x[1] * x[1]);
	}
	fftw_execute(plan);
	fftw_destroy_plan(plan);
	for (size_t i = 0; i < p->n; i++) {
		bool early = i <= longest || i + 16 > p->n;

		if (early && fabs(p->buffer[i]) > best) {
			best = fabs(p->buffer[i]);
			at = i;
		}
	}
	*height = best / (2 * sum + 1e-300);
	return at <= p->n / 2 ? (double)at : (double)at - (double)p->n;
}

static void
sums_alloc(struct frf_sums *s, size_t n)
{
	s->xx = xcalloc(n, sizeof(double));
	s->yy = xcalloc(n, sizeof(double));
	s->re = xcalloc(n, sizeof(double));
	s->im = xcalloc(n, sizeof(double));
	s->moment = xcalloc(n, sizeof(double));
}

static void
sums_free(struct frf_sums *s)
{
	free(s->xx);
	free(s->yy);
	free(s->re);
	free(s->im);
	free(s->moment);
}

void
frf_release(struct frf *f)
{
	free(f->freq_hz);
	free(f->count);
	free(f->noise);
	sums_free(&f->all);
	for (int i = 0; i < FRF_FOLDS; i++)
		sums_free(&f->fold[i]);
	memset(f, 0, sizeof(*f));
}

/* one fine bin; sqr and the like are spelt out: complex products would call
 * the library for the sake of infinities */
static void
sums_add(
    struct frf_sums *s, size_t g, double hz, const double *x, const double *y)
{
	double xx = x[0] * x[0] + x[1] * x[1];

	s->xx[g] += xx;
	s->yy[g] += y[0] * y[0] + y[1] * y[1];
	s->re[g] += x[0] * y[0] + x[1] * y[1];
	s->im[g] += x[0] * y[1] - x[1] * y[0];
	s->moment[g] += xx * hz;
}

/* the median of a few: sorting them in place is quickest */
static double
median(double *v, size_t n)
{
	for (size_t i = 1; i < n; i++) {
		double x = v[i];
		size_t k = i;

		for (; k > 0 && v[k - 1] > x; k--)
			v[k] = v[k - 1];
		v[k] = x;
	}
	return v[n / 2];
}

/*
 * What of Y does not come from X, by how much the fine bins of a group
 * disagree; the median over neighbours, as a group has few bins.
 */
static void
estimate_noise(struct frf *f)
{
	enum {
		REACH = 12
	};
	double *own = xcalloc(f->n, sizeof(*own));

	for (size_t g = 0; g < f->n; g++) {
		const struct frf_sums *s = &f->all;
		double c = s->re[g] * s->re[g] + s->im[g] * s->im[g];
		double rest = s->xx[g] > 0 ? s->yy[g] - c / s->xx[g] : s->yy[g];

		own[g] = fmax(rest, 0) / fmax(f->count[g] - 1, 1);
	}
	for (size_t g = 0; g < f->n; g++) {
		double near[2 * REACH + 1];
		size_t n = 0, from = g < REACH ? 0 : g - REACH;

		for (size_t k = from; k < f->n && k <= g + REACH; k++)
			near[n++] = own[k];
		f->noise[g] = median(near, n) + 1e-12;
	}
	free(own);
}

static void
gather(struct frf *f, const struct pair *p, double fs_hz, double lag_s)
{
	double fine = fs_hz / (double)p->n;
	size_t each = (size_t)fmax(round(GROUP_HZ / fine), 4);
	size_t lo = (size_t)ceil(LOWEST_HZ / fine);
	size_t hi = p->bins;

	f->fine_hz = fine;
	f->n = hi > lo ? (hi - lo) / each : 0;
	f->freq_hz = xcalloc(f->n + 1, sizeof(double));
	f->count = xcalloc(f->n + 1, sizeof(double));
	f->noise = xcalloc(f->n + 1, sizeof(double));
	sums_alloc(&f->all, f->n + 1);
	for (int i = 0; i < FRF_FOLDS; i++)
		sums_alloc(&f->fold[i], f->n + 1);
	for (size_t g = 0; g < f->n; g++) {
		size_t first = lo + g * each;
		double turn = -2 * NUM_PI * fine * lag_s;
		double c = cos(turn * (double)first);
		double n = sin(turn * (double)first);
		double dc = cos(turn), dn = sin(turn);

		for (size_t k = first; k < first + each; k++) {
			double hz = (double)k * fine, next = c * dc - n * dn;
			double x[2] = {p->x[k][0] * c - p->x[k][1] * n,
			    p->x[k][0] * n + p->x[k][1] * c};

			sums_add(&f->all, g, hz, x, p->y[k]);
			sums_add(&f->fold[k % FRF_FOLDS], g, hz, x, p->y[k]);
			n = c * dn + n * dc;
			c = next;
		}
		f->count[g] = (double)each;
		f->freq_hz[g] =
		    f->all.xx[g] > 0
			? f->all.moment[g] / f->all.xx[g]
			: ((double)first + (double)(each - 1) / 2) * fine;
	}
	estimate_noise(f);
}

static double
top_hz(const struct command_spec *s, double rate_hz)
{
	return fmin(fmin(HIGHEST_HZ, 1.15 * s->freq_end_hz), 0.4 * rate_hz);
}

int
frf_measure(struct frf *f, const struct track *t, double fs_hz,
    const double direction[3], const struct command_spec *spec)
{
	double rate = fs_hz / (double)t->factor, lag;
	struct command c;
	struct track x;
	struct pair p = {0};
	double length_s;

	memset(f, 0, sizeof(*f));
	command_build(&c, spec);
	length_s = c.n ? c.segment[c.n - 1].end_s : 0;
	/* of a recording beyond what is kept, both are cut */
	if (t->n < 64 ||
	    (t->n < TRACK_MAX && length_s > (double)t->n / rate + 0.5)) {
		command_release(&c);
		return -1;
	}
	command_track(&x, t, fs_hz, &c);
	command_release(&c);
	p.n = good_length(t->n + (size_t)(TAIL_S * rate));
	/* what lies above the sweep is not kept */
	p.bins =
	    (size_t)(fmin(top_hz(spec, rate), rate / 2) * (double)p.n / rate);
	p.buffer = fftw_malloc((p.n + 2) * sizeof(double));
	p.x = xcalloc(p.bins, sizeof(*p.x));
	p.y = xcalloc(p.bins, sizeof(*p.y));
	memset(p.buffer, 0, (p.n + 2) * sizeof(double));
	for (size_t i = 0; i < x.n && i < t->n; i++)
		p.buffer[i] = (double)x.a[0][i];
	transform(&p, p.x);
	track_release(&x);
	memset(p.buffer, 0, (p.n + 2) * sizeof(double));
	project(t, direction, p.buffer);
	transform(&p, p.y);
	lag = align(&p, (size_t)(5 * (double)p.n / rate), p.bins,
	    t->n > (size_t)(length_s * rate)
		? t->n - (size_t)(length_s * rate) + (size_t)(0.5 * rate)
		: (size_t)(0.5 * rate),
	    &f->correlation);
	f->start_s = lag / rate;
	f->low_hz = spec->freq_start_hz;
	f->high_hz = spec->freq_end_hz;
	gather(f, &p, rate, f->start_s);
	fftw_free(p.buffer);
	free(p.x);
	free(p.y);
	return f->n >= 16 ? 0 : -1;
}

double
frf_coherence(const struct frf *f, size_t g)
{
	const struct frf_sums *s = &f->all;
	double n = f->count[g], rest;

	if (s->xx[g] <= 0 || s->yy[g] <= 0)
		return 0;
	rest =
	    s->yy[g] - (s->re[g] * s->re[g] + s->im[g] * s->im[g]) / s->xx[g];
	rest = rest * n / fmax(n - 1, 1) / s->yy[g];
	return rest >= 1 ? 0 : 1 - rest;
}

/* Largest eigenvector of the covariance, by repeated squaring in effect. */
void
frf_main_direction(const struct track *t, double d[3], double *share)
{
	double mean[3] = {0}, c[3][3] = {{0}}, v[3] = {1, 1, 1}, power = 0;

	for (int k = 0; k < 3; k++) {
		for (size_t i = 0; i < t->n; i++)
			mean[k] += (double)t->a[k][i];
		mean[k] /= (double)t->n;
	}
	for (size_t i = 0; i < t->n; i++)
		for (int j = 0; j < 3; j++)
			for (int k = 0; k < 3; k++)
				c[j][k] += ((double)t->a[j][i] - mean[j]) *
					   ((double)t->a[k][i] - mean[k]);
	for (int k = 0; k < 3; k++) {
		power += c[k][k];
		v[k] = c[k][k];
	}
	for (int round = 0; round < 200; round++) {
		double w[3] = {0}, length = 0;

		for (int j = 0; j < 3; j++)
			for (int k = 0; k < 3; k++)
				w[j] += c[j][k] * v[k];
		for (int k = 0; k < 3; k++)
			length += w[k] * w[k];
		length = sqrt(length);
		for (int k = 0; k < 3 && length > 0; k++)
			v[k] = w[k] / length;
		*share = power > 0 ? length / power : 0;
	}
	for (int k = 0; k < 3; k++)
		d[k] = v[k];
	/* the larger component is positive */
	for (int k = 0; k < 3; k++)
		if (fabs(d[k]) > 0.5 && d[k] < 0) {
			for (int j = 0; j < 3; j++)
				d[j] = -d[j];
			break;
		}
}

void
frf_snap_direction(double d[3])
{
	double best = cos(25 * NUM_PI / 180), found[3] = {d[0], d[1], d[2]};

	for (int i = 1; i < 27; i++) {
		double v[3] = {i % 3, i / 3 % 3, i / 9}, length = 0, dot = 0;

		for (int k = 0; k < 3; k++) {
			v[k] = v[k] > 1 ? -1 : v[k];
			length += v[k] * v[k];
		}
		for (int k = 0; k < 3; k++)
			dot += v[k] * d[k] / sqrt(length);
		if (length > 2 || dot <= best)
			continue;
		best = dot;
		for (int k = 0; k < 3; k++)
			found[k] = v[k] / sqrt(length);
	}
	for (int k = 0; k < 3; k++)
		d[k] = found[k];
}
