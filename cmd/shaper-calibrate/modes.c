/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The resonances in a frequency response, by least squares. */
#include "modes.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "base/xalloc.h"

#define DAMPING_MIN 0.001
#define DAMPING_MAX 0.5
#define DAMPING_BESIDE                                                         \
	0.25		 /* of one of several: what is damped more does not    \
			    ring, but makes up for what is wrong elsewhere */
#define GAIN_MIN    0.02 /* smaller ones are ripple and noise */
#define MISFIT_FINE 1.25 /* all that noise leaves to be found is found */
#define BIC_STEP    12	 /* another mode must be worth it */
#define DRIFT_HZ    50	 /* where the delay is what it is */
#define POOR	    0.05 /* of the response may be left */
#define DRIFT_WORTH 0.75 /* of the misfit, or there is none */

enum {
	FOLDS = 8,  /* of the jackknife */
	A_MODE = 4, /* freq, damping, c0, c1 */
	REST = 3,   /* direct, delay, drift */
	PARAMS = A_MODE * MODES_MAX + REST,
};

/* what a fit works on: H measured and its weight, group by group */
struct points {
	size_t n;
	double *f, *w, *re, *im;
	bool drifts; /* the drift is a parameter too */
};

static int
params(const struct points *p, int modes)
{
	return A_MODE * modes + REST - !p->drifts;
}

static void
points_free(struct points *p)
{
	free(p->f);
	free(p->w);
	free(p->re);
	free(p->im);
}

/* Points of each or every `merge` groups; without every FOLDS-th from
 * `without` on, if >= 0. */
static void
points_of(const struct frf *f, size_t merge, int without, struct points *p)
{
	size_t n = f->n / merge + 1;

	p->f = xcalloc(n, sizeof(*p->f));
	p->w = xcalloc(n, sizeof(*p->w));
	p->re = xcalloc(n, sizeof(*p->re));
	p->im = xcalloc(n, sizeof(*p->im));
	p->n = 0;
	p->drifts = false;
	for (size_t g = 0; g + merge <= f->n; g += merge) {
		double xx = 0, re = 0, im = 0, moment = 0, noise = 0;

		if (without >= 0 && g % FOLDS == (size_t)without)
			continue;
		for (size_t k = g; k < g + merge; k++) {
			xx += f->xx[k];
			re += f->re[k];
			im += f->im[k];
			moment += f->xx[k] * f->freq_hz[k];
			noise += f->noise[k] / (double)merge;
		}
		if (!(xx > 0))
			continue;
		p->f[p->n] = moment / xx;
		p->re[p->n] = re / xx;
		p->im[p->n] = im / xx;
		p->w[p->n++] = 2 * xx / noise;
	}
}

/*
 * The hot part of the fit: response and, if wanted, its derivatives by every
 * parameter, in plain real arithmetic (a complex product in C looks after
 * infinities and costs ten times as much).
 */
static struct response
times(struct response a, struct response b)
{
	return (struct response){
	    a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re};
}

/* How late frequency f is.  In a sweep each frequency has its time, so that a
 * clock that is a little fast shows as a delay that rises with frequency. */
static double
late_s(const double *rest, double f)
{
	return rest[1] + rest[2] * (f - DRIFT_HZ);
}

/* theta: modes of {freq, damping, c0, c1}, then direct, delay, drift */
static struct response
gradient(const double *theta, int modes, double f, struct response *g)
{
	double angle = -2 * NUM_PI * f * late_s(theta + A_MODE * modes, f);
	struct response turn = {cos(angle), sin(angle)};
	struct response h = {theta[A_MODE * modes], 0};

	for (int k = 0; k < modes; k++) {
		const double *m = theta + A_MODE * k;
		double u = f / m[0], dr = 1 - u * u, di = 2 * m[1] * u;
		double size = 1 / (dr * dr + di * di);
		struct response r = {dr * size, -di * size}; /* 1 over it */
		struct response n = times(r, (struct response){m[2], m[3] * u});
		struct response t;

		h.re += n.re;
		h.im += n.im;
		if (!g)
			continue;
		r = times(r, turn);
		/* by c0 and c1 */
		g[A_MODE * k + 2] = r;
		g[A_MODE * k + 3] = (struct response){-u * r.im, u * r.re};
		/* by damping: -2 u n r; by frequency: -u/f (c1 - n (2u+2z)) r
		 */
		t = times(n, r);
		g[A_MODE * k + 1] =
		    (struct response){2 * u * t.im, -2 * u * t.re};
		t = times(n, (struct response){2 * m[1], 2 * u});
		t = times((struct response){m[3] - t.re, -t.im}, r);
		g[A_MODE * k] =
		    (struct response){u / m[0] * t.im, -u / m[0] * t.re};
	}
	h = times(h, turn);
	if (g) {
		g[A_MODE * modes] = turn;
		g[A_MODE * modes + 1] = (struct response){
		    2 * NUM_PI * f * h.im, -2 * NUM_PI * f * h.re};
		g[A_MODE * modes + 2] =
		    (struct response){g[A_MODE * modes + 1].re * (f - DRIFT_HZ),
			g[A_MODE * modes + 1].im * (f - DRIFT_HZ)};
	}
	return h;
}

struct response
modes_response(const struct modes *m, double freq_hz)
{
	double theta[PARAMS];

	for (int k = 0; k < m->n; k++) {
		const struct mode *o = &m->mode[k];
		double v[A_MODE] = {o->freq_hz, o->damping, o->c0, o->c1};

		memcpy(theta + A_MODE * k, v, sizeof(v));
	}
	theta[A_MODE * m->n] = m->direct;
	theta[A_MODE * m->n + 1] = m->delay_s;
	theta[A_MODE * m->n + 2] = m->drift_s_hz;
	return gradient(theta, m->n, freq_hz, NULL);
}

static double
cost(const struct points *p, const double *theta, int modes)
{
	double sum = 0;

	for (size_t q = 0; q < p->n; q++) {
		struct response h = gradient(theta, modes, p->f[q], NULL);
		double er = p->re[q] - h.re, ei = p->im[q] - h.im;

		sum += p->w[q] * (er * er + ei * ei);
	}
	return sum;
}

/* Solves the symmetric positive a x = b of order n; -1 if it is not. */
static int
solve(int n, double a[PARAMS][PARAMS], const double *b, double *x)
{
	double l[PARAMS][PARAMS], y[PARAMS];

	for (int i = 0; i < n; i++) {
		for (int j = 0; j <= i; j++) {
			double s = a[i][j];

			for (int k = 0; k < j; k++)
				s -= l[i][k] * l[j][k];
			if (i == j && !(s > 0))
				return -1;
			l[i][j] = i == j ? sqrt(s) : s / l[j][j];
		}
		y[i] = b[i];
		for (int k = 0; k < i; k++)
			y[i] -= l[i][k] * y[k];
		y[i] /= l[i][i];
	}
	for (int i = n - 1; i >= 0; i--) {
		x[i] = y[i];
		for (int k = i + 1; k < n; k++)
			x[i] -= l[k][i] * x[k];
		x[i] /= l[i][i];
	}
	return 0;
}

/* normal equations at theta; returns the cost */
static double
normal(const struct points *p, const double *theta, int modes,
    double a[PARAMS][PARAMS], double *b)
{
	int n = params(p, modes);
	struct response g[PARAMS];
	double sum = 0;

	for (int i = 0; i < n; i++) {
		b[i] = 0;
		for (int j = 0; j <= i; j++)
			a[i][j] = 0;
	}
	for (size_t q = 0; q < p->n; q++) {
		struct response h = gradient(theta, modes, p->f[q], g);
		double er = p->re[q] - h.re, ei = p->im[q] - h.im;
		double w = p->w[q];

		sum += w * (er * er + ei * ei);
		for (int i = 0; i < n; i++) {
			double gr = w * g[i].re, gi = w * g[i].im;

			b[i] += gr * er + gi * ei;
			for (int j = 0; j <= i; j++)
				a[i][j] += gr * g[j].re + gi * g[j].im;
		}
	}
	for (int i = 0; i < n; i++)
		for (int j = 0; j < i; j++)
			a[j][i] = a[i][j];
	return sum;
}

static void
keep_within(double *theta, int modes, const struct points *p)
{
	for (int k = 0; k < modes; k++) {
		double *m = theta + A_MODE * k;

		m[0] = fmin(fmax(m[0], p->f[0]), p->f[p->n - 1]);
		m[1] = fmin(fmax(m[1], DAMPING_MIN), DAMPING_MAX);
	}
}

/* Levenberg and Marquardt's way downhill; returns the cost reached. */
static double
descend(const struct points *p, double *theta, int modes, int rounds)
{
	static const double enough = 1e-6;
	double a[PARAMS][PARAMS], b[PARAMS], next[PARAMS];
	double lambda = 1e-3, now;
	int n = params(p, modes);

	memcpy(next, theta, sizeof(next));
	now = normal(p, theta, modes, a, b);
	for (int round = 0; round < rounds; round++) {
		double damped[PARAMS][PARAMS], step[PARAMS];
		double then;

		memcpy(damped, a, sizeof(damped));
		for (int i = 0; i < n; i++)
			damped[i][i] += lambda * a[i][i] + 1e-30;
		if (solve(n, damped, b, step) != 0) {
			lambda *= 10;
			continue;
		}
		for (int i = 0; i < n; i++)
			next[i] = theta[i] + step[i];
		keep_within(next, modes, p);
		then = cost(p, next, modes);
		if (!(then < now)) {
			lambda *= 8;
			if (lambda > 1e6)
				break;
			continue;
		}
		memcpy(theta, next, sizeof(next));
		lambda = fmax(lambda / 10, 1e-9);
		if (now - then < enough * now) {
			now = then;
			break;
		}
		now = normal(p, theta, modes, a, b);
	}
	return now;
}

/* what theta leaves, turned back by the delay that the last of `late` say:
 * then columns need no turning */
static void
leave(const struct points *p, const double *theta, int modes,
    const double *late, struct response *rest)
{
	for (size_t q = 0; q < p->n; q++) {
		struct response h = gradient(theta, modes, p->f[q], NULL);
		double angle = 2 * NUM_PI * p->f[q] * late_s(late, p->f[q]);

		rest[q] =
		    times((struct response){p->re[q] - h.re, p->im[q] - h.im},
			(struct response){cos(angle), sin(angle)});
	}
}

/*
 * The best size of one more mode at f and z, with the direct part, all else
 * as it is: a linear problem of three.  Returns how far the cost falls.
 */
static double
try_mode(const struct points *p, const struct response *rest, double f,
    double z, double out[3])
{
	double a[PARAMS][PARAMS] = {{0}}, b[3] = {0};

	for (size_t q = 0; q < p->n; q++) {
		double u = p->f[q] / f, dr = 1 - u * u, di = 2 * z * u;
		double w = p->w[q], size = 1 / (dr * dr + di * di);
		double gr = dr * size, gi = -di * size; /* times i u: c1 */

		b[0] += w * (gr * rest[q].re + gi * rest[q].im);
		b[1] += w * u * (gr * rest[q].im - gi * rest[q].re);
		b[2] += w * rest[q].re;
		a[0][0] += w * size;
		a[1][1] += w * u * u * size;
		a[2][0] += w * gr;
		a[2][1] -= w * u * gi;
		a[2][2] += w;
	}
	a[0][2] = a[2][0];
	a[1][2] = a[2][1];
	if (solve(3, a, b, out) != 0)
		return 0;
	return out[0] * b[0] + out[1] * b[1] + out[2] * b[2];
}

/* frequencies where what is left is largest, with room between them */
static int
candidates(
    const struct points *p, const struct response *rest, double *out, int limit)
{
	int n = 0;

	while (n < limit) {
		double top = 0;
		size_t at = 0;

		for (size_t q = 0; q < p->n; q++) {
			double v = p->w[q] * (rest[q].re * rest[q].re +
						 rest[q].im * rest[q].im);
			bool near = false;

			if (v <= top)
				continue;
			for (int i = 0; i < n; i++)
				near |= fabs(p->f[q] - out[i]) < 2;
			if (!near) {
				top = v;
				at = q;
			}
		}
		if (top <= 0)
			break;
		out[n++] = p->f[at];
	}
	return n;
}

/*
 * theta gains one mode where it helps most, at a delay that is `late` more
 * than theta's.  Returns how far the cost fell.
 */
static double
add_mode(const struct points *p, double *theta, int modes, double late)
{
	static const double z[] = {0.015, 0.06};
	struct response *rest = xcalloc(p->n, sizeof(*rest));
	const double *before = theta + A_MODE * modes;
	double found[A_MODE + REST] = {
	    60, 0.1, 0, 0, before[0], before[1] + late, before[2]};
	double f[8], best = 0, now[3], direct = before[0];
	int n;

	leave(p, theta, modes, found + A_MODE, rest);
	n = candidates(p, rest, f, 8);
	for (int i = 0; i < n * 2; i++) {
		double gain = try_mode(p, rest, f[i / 2], z[i % 2], now);

		if (gain <= best)
			continue;
		best = gain;
		found[0] = f[i / 2];
		found[1] = z[i % 2];
		found[2] = now[0];
		found[3] = now[1];
		found[4] = direct + now[2];
	}
	memcpy(theta + A_MODE * modes, found, sizeof(found));
	free(rest);
	return best;
}

/*
 * The alignment is off, either way, by up to half a period of the strongest
 * mode.  The first two modes are tried from the best few delays and the best
 * is kept.
 */
static void
find_delay(const struct points *p, double drift, double *theta)
{
	enum {
		DELAYS = 37,
		EARLIEST = -36, /* ms */
		EACH = 2,
		STARTS = 4,
	};
	double start[DELAYS][PARAMS], gain[DELAYS], least = HUGE_VAL;

	for (int d = 0; d < DELAYS; d++) {
		memset(start[d], 0, sizeof(start[d]));
		start[d][2] = drift;
		gain[d] =
		    add_mode(p, start[d], 0, (EARLIEST + EACH * d) * 1e-3);
	}
	for (int tried = 0; tried < STARTS; tried++) {
		double t[PARAMS], first[PARAMS], then;
		int top = 0;

		for (int d = 0; d < DELAYS; d++)
			if (gain[d] > gain[top])
				top = d;
		memcpy(t, start[top], sizeof(t));
		/* its neighbours lead to the same place */
		for (int d = top - 2; d <= top + 2; d++)
			if (d >= 0 && d < DELAYS)
				gain[d] = -1;
		descend(p, t, 1, 15);
		memcpy(first, t, sizeof(first));
		add_mode(p, t, 1, 0);
		then = descend(p, t, 2, 20);
		if (then < least) {
			least = then;
			memcpy(theta, first, sizeof(first));
		}
	}
}

static double
gain_of(const double *m)
{
	/* at the resonance c1 u + c0 over what 2 z u + 1 would be there */
	return hypot(m[2], m[3]) / hypot(1, 2 * m[1]);
}

static bool
sound(const struct frf *f, const double *theta, int modes)
{
	for (int k = 0; k < modes; k++) {
		const double *m = theta + A_MODE * k;

		if (gain_of(m) < GAIN_MIN || m[1] <= DAMPING_MIN * 1.001 ||
		    m[1] >=
			(modes > 1 ? DAMPING_BESIDE : DAMPING_MAX) * 0.999 ||
		    m[0] <= f->freq_hz[0] * 1.001 || m[0] < 0.8 * f->low_hz ||
		    m[0] > 1.05 * f->high_hz)
			return false;
	}
	return true;
}

static void export(const double *theta, int modes, struct modes *out)
{
	double total = 0;

	out->n = modes;
	out->direct = theta[A_MODE * modes];
	out->delay_s = theta[A_MODE * modes + 1];
	out->drift_s_hz = theta[A_MODE * modes + 2];
	for (int k = 0; k < modes; k++) {
		const double *m = theta + A_MODE * k;
		struct mode *o = &out->mode[k];

		*o = (struct mode){.freq_hz = m[0],
		    .damping = m[1],
		    .c0 = m[2],
		    .c1 = m[3],
		    .gain = gain_of(m)};
		o->weight = o->gain / (o->freq_hz * o->freq_hz);
		total += o->weight;
	}
	for (int k = 0; k < modes; k++)
		out->mode[k].weight /= total;
	for (int i = 0; i < modes; i++)
		for (int k = i + 1; k < modes; k++)
			if (out->mode[k].freq_hz < out->mode[i].freq_hz) {
				struct mode m = out->mode[i];

				out->mode[i] = out->mode[k];
				out->mode[k] = m;
			}
}

/* How far each mode moves when a fold is left out: the jackknife. */
static void
spread(const struct frf *f, const double *theta, int modes, bool drifts,
    struct modes *out)
{
	double mean[PARAMS] = {0}, sq[PARAMS] = {0};

	for (int fold = 0; fold < FOLDS; fold++) {
		struct points p;
		double t[PARAMS];

		memcpy(t, theta, sizeof(t));
		points_of(f, 1, fold, &p);
		p.drifts = drifts;
		descend(&p, t, modes, 4);
		points_free(&p);
		for (int i = 0; i < A_MODE * modes; i++) {
			mean[i] += (t[i] - theta[i]) / FOLDS;
			sq[i] += (t[i] - theta[i]) * (t[i] - theta[i]);
		}
	}
	for (int k = 0; k < modes; k++) {
		for (int i = 0; i < out->n; i++) {
			struct mode *m = &out->mode[i];
			int at = A_MODE * k;
			double v = FOLDS - 1;

			if (m->freq_hz != theta[at])
				continue;
			m->sd_freq_hz =
			    sqrt(v / FOLDS *
				 fmax(0, sq[at] - FOLDS * mean[at] * mean[at]));
			m->sd_damping =
			    sqrt(v / FOLDS *
				 fmax(0, sq[at + 1] - FOLDS * mean[at + 1] *
							  mean[at + 1]));
		}
	}
}

static void
judge(const struct frf *f, struct modes *m)
{
	double power = 0, left = 0, coherent = 0;

	for (size_t g = 0; g < f->n; g++) {
		struct response h = modes_response(m, f->freq_hz[g]);

		power += f->yy[g];
		coherent += f->yy[g] * frf_coherence(f, g);
		left += f->yy[g] - 2 * (h.re * f->re[g] + h.im * f->im[g]) +
			(h.re * h.re + h.im * h.im) * f->xx[g];
	}
	m->coherent = power > 0 ? coherent / power : 0;
	m->explained = power > 0 ? fmin(1 - left / power, 1) : 0;
	for (int k = 0; k < m->n; k++) {
		struct mode *o = &m->mode[k];
		double reach = fmax(1, o->damping * o->freq_hz), yy = 0, c = 0;

		for (size_t g = 0; g < f->n; g++) {
			if (fabs(f->freq_hz[g] - o->freq_hz) > reach)
				continue;
			yy += f->yy[g];
			c += f->yy[g] * frf_coherence(f, g);
		}
		o->coherence = yy > 0 ? c / yy : 0;
	}
}

/*
 * By Bayes' criterion, with noise as large as what is left is, where that is
 * more than was told beforehand: the motors' steps and friction follow the
 * command as well, no mode is made of them, and yet one more would always take
 * up a little.
 */
static bool
worth_it(double less, int more, double misfit, double data)
{
	return less / fmax(misfit, 1) > A_MODE * more * log(data) + BIC_STEP;
}

struct fitted {
	double theta[PARAMS], chi, misfit;
	int modes;	      /* 0: none */
	double first[PARAMS]; /* with one mode alone */
};

/* One mode after the other, as long as it is worth it. */
static void
fit_modes(const struct frf *f, const struct points *fine,
    const struct points *coarse, double drift, struct fitted *out)
{
	double theta[PARAMS] = {0}, data = 2 * f->count * (double)f->n;

	*out = (struct fitted){.chi = HUGE_VAL, .misfit = HUGE_VAL};
	for (int modes = 1; modes <= MODES_MAX && coarse->n > PARAMS; modes++) {
		double chi, misfit;

		if (modes == 1)
			find_delay(coarse, drift, theta);
		else
			add_mode(coarse, theta, modes - 1, 0);
		descend(coarse, theta, modes, 30);
		chi = descend(fine, theta, modes, 12);
		if (modes == 1)
			memcpy(out->first, theta, sizeof(theta));
		misfit = chi / (2 * (double)fine->n - params(fine, modes));
		if (!worth_it(
			out->chi - chi, modes - out->modes, misfit, data) ||
		    !sound(f, theta, modes))
			continue;
		out->chi = chi;
		out->misfit = misfit;
		out->modes = modes;
		memcpy(out->theta, theta, sizeof(theta));
		if (misfit < MISFIT_FINE)
			break;
	}
}

/* Fewer modes and a clock are likelier than more modes and none. */
static bool
likelier(const struct fitted *a, const struct fitted *than)
{
	double worth = a->modes < than->modes ? 1 / DRIFT_WORTH : DRIFT_WORTH;

	return a->modes > 0 && a->misfit < worth * than->misfit;
}

/* Is much of the response left? */
static bool
poor(const struct points *p, const struct fitted *a)
{
	double all = 0;

	for (size_t q = 0; q < p->n; q++)
		all += p->w[q] * (p->re[q] * p->re[q] + p->im[q] * p->im[q]);
	return cost(p, a->theta, a->modes) > POOR * all;
}

/*
 * Where a clock leads: from the first mode alone, before others have made up
 * for it, from all of them, or anew.  False: it would be no better.
 */
static bool
lead(const struct points *coarse, const struct fitted *plain, int from,
    double *drift)
{
	double theta[PARAMS], before;
	int modes = from ? plain->modes : 1;

	*drift = 0;
	if (from == 2)
		return true;
	memcpy(theta, from ? plain->theta : plain->first, sizeof(theta));
	before = cost(coarse, theta, modes);
	if (descend(coarse, theta, modes, 30) > DRIFT_WORTH * before)
		return false;
	*drift = theta[A_MODE * modes + 2];
	return true;
}

/* Would it be better if the recording's clock went otherwise? */
static void
fit_drift(const struct frf *f, struct points *fine, struct points *coarse,
    struct fitted *best)
{
	struct fitted plain = *best, other;
	int starts = poor(coarse, best) ? 3 : 2;
	bool better = false;
	double drift;

	for (int from = plain.modes > 1 ? 0 : 1; from < starts; from++) {
		fine->drifts = coarse->drifts = true;
		if (!lead(coarse, &plain, from, &drift))
			continue;
		fit_modes(f, fine, coarse, drift, &other);
		if (better ? other.modes > 0 && other.misfit < best->misfit
			   : likelier(&other, best)) {
			*best = other;
			better = true;
		}
	}
	fine->drifts = coarse->drifts = better;
}

int
modes_fit(const struct frf *f, struct modes *out)
{
	struct points fine, coarse;
	struct fitted best;

	memset(out, 0, sizeof(*out));
	points_of(f, 1, -1, &fine);
	points_of(f, 5, -1, &coarse);
	fit_modes(f, &fine, &coarse, 0, &best);
	if (best.modes > 0 && best.misfit > MISFIT_FINE)
		fit_drift(f, &fine, &coarse, &best);
	if (best.modes > 0) {
		export(best.theta, best.modes, out);
		out->misfit = best.misfit;
		spread(f, best.theta, best.modes, fine.drifts, out);
		judge(f, out);
	}
	points_free(&fine);
	points_free(&coarse);
	return best.modes > 0 ? 0 : -1;
}
