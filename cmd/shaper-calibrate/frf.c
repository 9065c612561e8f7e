/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The frequency response from the known command to what was measured. */
#include "frf.h"

#include <fftw3.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "base/xalloc.h"
#include "correlate.h"

#define LOWEST_HZ      8.0 /* below it friction and gravity speak */
#define HIGHEST_HZ     200.0
#define STOP_ACCEL     3000 /* mm/s2, after a sweep that ends in motion */
#define TAIL_S	       0.3  /* room for the last ringing */
#define LATE_S	       0.5  /* that a recording may lack of its command */
#define CLEANEST       1e-7 /* no part of |Y|^2 is known better */
#define UNKNOWN_END_HZ 300  /* no sweep goes on beyond it */
#define ALIGN_HZ       80   /* of the sweep, to find its place by */
#define ALIGN_S	       20   /* and of time */
#define COUNT_MIN      4    /* bins a point, to tell noise by */
/* mean square of the window over its lags, both sides: 1 + 3/8 */
#define WINDOW_POWER 1.375

enum {
	ALIGN = 1 << 17, /* more than a track holds, and the ringing */
	EARLY = 16,	 /* samples the command may begin before it */
	MARGIN = 32,	 /* that interpolation needs, and then some */
};

struct frf_stream {
	struct command_spec spec;
	struct command_walk walk;
	struct track x; /* the command, thinned out like the recording */
	uint64_t x_raw;
	double rate_hz, direction[3];
	bool extended; /* the end of the sweep is not known yet */
	int64_t lag;   /* sample 0 of the command in the recording */
	double correlation;
	int64_t at;	 /* the command's sample that the block begins with */
	double *xs, *ys; /* CORRELATE_SIZE, of them CORRELATE_LAG before at */
	int64_t fresh;	 /* samples that ys lacks of what lies before */
	struct correlate *sums;
};

/* the command as if a perfect sensor had felt it: the next n samples */
static void
command_samples(struct frf_stream *s, double *out, size_t n)
{
	double a[512];
	const double *axes[3] = {a, NULL, NULL};
	double h = 1 / s->x.fs_hz;

	while (s->x.n < n) {
		command_means(&s->walk, (double)s->x_raw * h, h, a, 512);
		track_add(&s->x, NULL, axes, 512);
		s->x_raw += 512;
	}
	for (size_t i = 0; i < n; i++)
		out[i] = (double)s->x.a[0][i];
	track_drop(&s->x, n);
}

static void
command_start(struct frf_stream *s, double fs_hz)
{
	track_release(&s->x);
	track_init(&s->x, 1, 2 * CORRELATE_BLOCK, fs_hz, NULL);
	command_walk_init(&s->walk, &s->spec, STOP_ACCEL);
	s->x_raw = 0;
}

struct pair {
	size_t n, bins;	      /* transform length */
	fftw_complex *buffer; /* ALIGN: x + i y, then their correlation */
	fftw_complex *x, *y;
};

static void
execute(struct pair *p, int sign)
{
	fftw_plan plan = fftw_plan_dft_1d(
	    (int)p->n, p->buffer, p->buffer, sign, FFTW_ESTIMATE);

	fftw_execute(plan);
	fftw_destroy_plan(plan);
}

/*
 * Where the command lies in the recording: the largest correlation within
 * the band.  Returns the lag in samples and its height.
 */
static double
align(struct pair *p, size_t lo, size_t hi, size_t longest, double *height)
{
	double sum = 0, best = -1;
	size_t at = 0;

	memset(p->buffer, 0, ALIGN * sizeof(*p->buffer));
	for (size_t k = lo; k < hi; k++) {
		const double *x = p->x[k], *y = p->y[k];
		double size = sqrt(y[0] * y[0] + y[1] * y[1]) + 1e-300;
		double *c = p->buffer[k], *d = p->buffer[p->n - k];

		/* the phase of Y alone, or a fan's line would drown the rest
		 * and a resonance would blur the peak */
		d[0] = c[0] = (x[0] * y[0] + x[1] * y[1]) / size;
		c[1] = (x[0] * y[1] - x[1] * y[0]) / size;
		d[1] = -c[1];
		sum += sqrt(x[0] * x[0] + x[1] * x[1]);
	}
	execute(p, FFTW_BACKWARD);
	for (size_t i = 0; i < p->n; i++) {
		bool early = i <= longest || i + EARLY > p->n;

		if (early && fabs(p->buffer[i][0]) > best) {
			best = fabs(p->buffer[i][0]);
			at = i;
		}
	}
	*height = best / (2 * sum + 1e-300);
	return at <= p->n / 2 ? (double)at : (double)at - (double)p->n;
}

static double
top_hz(double freq_end_hz, double rate_hz)
{
	return fmin(fmin(HIGHEST_HZ, 1.15 * freq_end_hz), 0.4 * rate_hz);
}

/* even samples of what the track holds, and those that were dropped */
static int64_t
samples_end(const struct track *t, double rate_hz)
{
	double raw = (double)((t->dropped + t->n) * t->factor);

	return (int64_t)(track_time(t, raw) * rate_hz);
}

/* the smallest 2^k, 3 2^k or 5 2^k that is not below n, ALIGN at most */
static size_t
transform_length(size_t n)
{
	size_t best = ALIGN;

	for (size_t odd = 1; odd <= 5; odd += 2)
		for (size_t m = odd * 64; m < best; m *= 2)
			if (m >= n)
				best = m;
	return best;
}

static void
find_start(struct frf_stream *s, struct track *t, bool whole)
{
	struct pair p = {0};
	double length_s = command_length_s(&s->spec), late;
	int64_t end = samples_end(t, s->rate_hz);
	double most = ALIGN - TAIL_S * s->rate_hz, some;
	size_t held;

	/* of a recording that goes on, half may pass before it begins */
	held = (size_t)fmin(fmax((double)end, 0), most);
	late = whole ? fmax((double)held / s->rate_hz - length_s, 0) + LATE_S
		     : (double)held / s->rate_hz / 2;
	/* a part of the sweep is enough */
	some = (late + fmax(ALIGN_HZ / s->spec.hz_per_s, ALIGN_S)) * s->rate_hz;
	held = (size_t)fmin((double)held, some);
	p.n = transform_length(held + (size_t)(TAIL_S * s->rate_hz));
	/* what lies above the sweep is not kept */
	p.bins = (size_t)(fmin(top_hz(s->spec.freq_end_hz, s->rate_hz),
			      s->rate_hz / 2) *
			  (double)p.n / s->rate_hz);
	/* as large as ever, whatever the recording's length */
	p.buffer = fftw_malloc(ALIGN * sizeof(*p.buffer));
	p.x = xcalloc(ALIGN / 2 + 1, sizeof(*p.x));
	p.y = xcalloc(ALIGN / 2 + 1, sizeof(*p.y));
	memset(p.buffer, 0, ALIGN * sizeof(*p.buffer));
	for (size_t i = 0; i < held; i += CORRELATE_BLOCK) {
		size_t n =
		    held - i < CORRELATE_BLOCK ? held - i : CORRELATE_BLOCK;

		command_samples(s, s->xs, n);
		track_even(t, s->direction, s->rate_hz, (int64_t)i, s->ys, n);
		for (size_t k = 0; k < n; k++) {
			p.buffer[i + k][0] = s->xs[k];
			p.buffer[i + k][1] = s->ys[k];
		}
	}
	execute(&p, FFTW_FORWARD);
	for (size_t k = 0; k < p.bins; k++)
		correlate_part(p.buffer, p.n, k, p.x[k], p.y[k]);
	s->lag = (int64_t)align(&p, (size_t)(5 * (double)p.n / s->rate_hz),
	    p.bins, (size_t)(late * s->rate_hz), &s->correlation);
	fftw_free(p.buffer);
	free(p.x);
	free(p.y);
}

struct frf_stream *
frf_stream_new(struct track *t, const double direction[3],
    const struct command_spec *spec, bool whole, bool open)
{
	double rate = t->fs_hz / (double)t->factor;
	struct frf_stream *s;

	if (t->n < 64 ||
	    (whole && command_length_s(spec) >
			  (double)samples_end(t, rate) / rate + LATE_S))
		return NULL;
	s = xcalloc(1, sizeof(*s));
	s->spec = *spec;
	s->rate_hz = rate;
	memcpy(s->direction, direction, sizeof(s->direction));
	s->xs = xcalloc(CORRELATE_SIZE, sizeof(double));
	s->ys = xcalloc(CORRELATE_SIZE, sizeof(double));
	command_start(s, t->fs_hz);
	find_start(s, t, whole);
	s->extended = open && !whole;
	if (s->extended)
		s->spec.freq_end_hz = UNKNOWN_END_HZ;
	command_start(s, t->fs_hz);
	memset(s->xs, 0, CORRELATE_SIZE * sizeof(double));
	memset(s->ys, 0, CORRELATE_SIZE * sizeof(double));
	s->sums = correlate_new();
	s->fresh = 2 * CORRELATE_LAG;
	command_samples(s, s->xs + CORRELATE_LAG, CORRELATE_BLOCK);
	command_samples(
	    s, s->xs + CORRELATE_LAG + CORRELATE_BLOCK, CORRELATE_LAG);
	return s;
}

void
frf_stream_free(struct frf_stream *s)
{
	if (!s)
		return;
	track_release(&s->x);
	correlate_free(s->sums);
	free(s->xs);
	free(s->ys);
	free(s);
}

double
frf_stream_end_s(const struct frf_stream *s)
{
	return (double)s->lag / s->rate_hz + command_length_s(&s->spec);
}

/* the command where nothing was recorded is no command */
static void
blank(struct frf_stream *s, int64_t end)
{
	int64_t first = s->at - CORRELATE_LAG + s->lag;

	for (int64_t i = 0; i < CORRELATE_SIZE; i++)
		if (first + i < 0 || first + i >= end)
			s->xs[i] = 0;
}

void
frf_stream_feed(struct frf_stream *s, struct track *t, bool whole)
{
	int64_t end = samples_end(t, s->rate_hz), last;
	double length_s = command_length_s(&s->spec) + TAIL_S;

	last = whole ? end - s->lag
		     : end - s->lag - CORRELATE_BLOCK - CORRELATE_LAG - MARGIN;
	while (s->at < last && (double)s->at < length_s * s->rate_hz) {
		if (whole || s->at + s->lag <= CORRELATE_LAG)
			blank(s, whole ? end : INT64_MAX);
		track_even(t, s->direction, s->rate_hz,
		    s->at + s->lag + CORRELATE_LAG - s->fresh,
		    s->ys + 2 * CORRELATE_LAG - s->fresh,
		    (size_t)(CORRELATE_BLOCK + s->fresh));
		s->fresh = 0;
		correlate_add(s->sums, s->xs, s->ys);
		s->at += CORRELATE_BLOCK;
		memmove(s->ys, s->ys + CORRELATE_BLOCK,
		    2 * CORRELATE_LAG * sizeof(double));
		memmove(s->xs, s->xs + CORRELATE_BLOCK,
		    2 * CORRELATE_LAG * sizeof(double));
		command_samples(s, s->xs + 2 * CORRELATE_LAG, CORRELATE_BLOCK);
	}
}

size_t
frf_stream_spare(const struct frf_stream *s, const struct track *t)
{
	double want = (double)(s->at + s->lag - CORRELATE_LAG - MARGIN);
	double n = 0;

	/* the clock is all but straight: twice is enough */
	for (int i = 0; i < 3; i++)
		n += want - track_time(t,
				((double)t->dropped + n) * (double)t->factor) *
				s->rate_hz;
	n -= 1;
	return n <= 0 ? 0 : n > (double)t->n ? t->n : (size_t)n;
}

void
frf_release(struct frf *f)
{
	free(f->freq_hz);
	free(f->xx);
	free(f->yy);
	free(f->re);
	free(f->im);
	free(f->noise);
	memset(f, 0, sizeof(*f));
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
 * What of Y does not come from X, by how much the bins of a point disagree;
 * the median over neighbours, as a point has few bins.  The kernel is not
 * positive everywhere: where Y is steep and clean, what is left may be below
 * 0, and is as wrong as if it were above.
 */
static void
estimate_noise(struct frf *f)
{
	enum {
		REACH = 12
	};
	double *own = xcalloc(f->n, sizeof(*own));

	for (size_t g = 0; g < f->n; g++) {
		double c = f->re[g] * f->re[g] + f->im[g] * f->im[g];
		double rest = f->xx[g] > 0 ? f->yy[g] - c / f->xx[g] : f->yy[g];

		own[g] = fabs(rest) / fmax(f->count - 1, 1);
	}
	for (size_t g = 0; g < f->n; g++) {
		double near[2 * REACH + 1];
		size_t n = 0, from = g < REACH ? 0 : g - REACH;

		for (size_t k = from; k < f->n && k <= g + REACH; k++)
			near[n++] = own[k];
		f->noise[g] = median(near, n) + 1e-12 +
			      CLEANEST * fabs(f->yy[g]) / f->count;
	}
	free(own);
}

static void
fill(struct frf *f, const struct correlate_spectra *c, size_t lo, size_t each,
    double bin_hz)
{
	f->freq_hz = xcalloc(f->n + 1, sizeof(double));
	f->xx = xcalloc(f->n + 1, sizeof(double));
	f->yy = xcalloc(f->n + 1, sizeof(double));
	f->re = xcalloc(f->n + 1, sizeof(double));
	f->im = xcalloc(f->n + 1, sizeof(double));
	f->noise = xcalloc(f->n + 1, sizeof(double));
	for (size_t g = 0; g < f->n; g++) {
		size_t k = lo + g * each;
		double shift = fmin(fmax(c->shift[k], -1.5), 1.5);

		f->freq_hz[g] = ((double)k + shift) * bin_hz;
		f->xx[g] = c->xx[k] * f->count;
		f->yy[g] = c->yy[k] * f->count;
		f->re[g] = c->re[k] * f->count;
		f->im[g] = c->im[k] * f->count;
	}
	estimate_noise(f);
}

int
frf_stream_result(struct frf_stream *s, double freq_end_hz, struct frf *f)
{
	double samples =
	    fmin((double)s->at, command_length_s(&s->spec) * s->rate_hz);
	double lag = fmin(CORRELATE_LAG, samples / (COUNT_MIN * WINDOW_POWER));
	double bin = s->rate_hz / CORRELATE_SIZE;
	double top = top_hz(freq_end_hz, s->rate_hz);
	struct correlate_spectra c;
	size_t lo, hi, each;

	memset(f, 0, sizeof(*f));
	if (lag < 64)
		return -1;
	each = (size_t)fmax(
	    round(CORRELATE_SIZE / (WINDOW_POWER * floor(lag))), 1);
	lo = (size_t)ceil(LOWEST_HZ / bin);
	/* the command that was made went on where the true one had ended */
	hi = (size_t)((s->extended ? fmin(top, freq_end_hz - 1) : top) / bin);
	f->start_s = (double)s->lag / s->rate_hz;
	f->correlation = s->correlation;
	f->low_hz = s->spec.freq_start_hz;
	f->high_hz = freq_end_hz;
	f->count = samples / (WINDOW_POWER * lag);
	f->n = hi > lo ? (hi - lo) / each : 0;
	correlate_spectra(s->sums, (size_t)lag, &c);
	fill(f, &c, lo, each, bin);
	correlate_spectra_release(&c);
	return f->n >= 16 ? 0 : -1;
}

double
frf_coherence(const struct frf *f, size_t g)
{
	double n = f->count, rest;

	if (f->xx[g] <= 0 || f->yy[g] <= 0)
		return 0;
	rest =
	    f->yy[g] - (f->re[g] * f->re[g] + f->im[g] * f->im[g]) / f->xx[g];
	rest = rest * n / fmax(n - 1, 1) / f->yy[g];
	return rest >= 1 ? 0 : rest < 0 ? 1 : 1 - rest;
}
