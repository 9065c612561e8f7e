/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Encodes exact step clocks as third-order commands. */
#include <math.h>
#include <string.h>

#include "base/die.h"
#include "base/xalloc.h"
#include "motion/steps_encode.h"
#include "proto/cubic.h"

/*
 * The steps of a command lie on a cubic of their number (proto/cubic.h), of
 * which nothing is bound: is there one through the windows of steps 1..n?
 * The cubic whose largest error, measured in half windows, is least over n
 * steps is found by exchange (Remez): on five of them it errs by the same
 * amount with alternating sign; a step where it errs more takes the place of
 * one of the five, and the amount grows.  When it exceeds 1 these five windows
 * have no cubic in common, and no command reaches the last of them.  What is
 * found is rounded to the fractions that the command has and then carried out
 * in whole numbers; only what holds there counts.
 */
#define TERMS	  4    /* coefficients of a cubic */
#define COUNT_MAX 1024 /* steps looked at; straight runs need no more */
#define ROUNDS	  40

struct fit {
	int n;		   /* coefficients; n + 1 steps in the reference */
	int at[TERMS + 1]; /* the reference, rising, from 0 */
	double weight[TERMS + 1];
	double b[TERMS]; /* Newton's form on at[0..n-1] */
	double error;	 /* signed, in half windows */
};

struct cubic_search {
	const double *lo, *hi;
	double *mid, *half; /* of the windows, mid relative to base */
	double base;
	int limit, filled;
};

static void
fill(struct cubic_search *s, int n)
{
	for (; s->filled < n; s->filled++) {
		int k = s->filled;

		s->mid[k] = (s->lo[k] + s->hi[k]) / 2 - s->base;
		s->half[k] = (s->hi[k] - s->lo[k]) / 2;
	}
}

static double
value(const struct fit *f, int k)
{
	double v = f->b[f->n - 1];

	for (int i = f->n - 2; i >= 0; i--)
		v = v * (k - f->at[i]) + f->b[i];
	return v;
}

/* Levels the error over the reference; how large it is. */
static double
level(const struct cubic_search *s, struct fit *f)
{
	double sum = 0, size = 0;
	int n = f->n;

	for (int i = 0; i <= n; i++) {
		double p = 1;

		for (int j = 0; j <= n; j++) {
			if (j != i)
				p *= f->at[i] - f->at[j];
		}
		f->weight[i] = 1 / p;
		sum += f->weight[i] * s->mid[f->at[i]];
		size += fabs(f->weight[i]) * s->half[f->at[i]];
	}
	f->error = sum / size;
	for (int i = 0; i < n; i++)
		f->b[i] = s->mid[f->at[i]] - (f->weight[i] > 0 ? 1 : -1) *
						 f->error * s->half[f->at[i]];
	for (int j = 1; j < n; j++) {
		for (int i = n - 1; i >= j; i--)
			f->b[i] =
			    (f->b[i] - f->b[i - 1]) / (f->at[i] - f->at[i - j]);
	}
	return fabs(f->error);
}

/* Step k errs more than the reference: it takes the place of a neighbour that
 * errs to the same side. */
static void
exchange(const struct cubic_search *s, struct fit *f, int k)
{
	bool up = s->mid[k] > value(f, k);
	int n = f->n, i = 0;

	/* the side to which reference i errs */
#define UP(i) ((f->weight[i] > 0) == (f->error > 0))
	if (k < f->at[0]) {
		if (up != UP(0))
			memmove(f->at + 1, f->at, n * sizeof(int));
		f->at[0] = k;
	} else if (k > f->at[n]) {
		if (up != UP(n))
			memmove(f->at, f->at + 1, n * sizeof(int));
		f->at[n] = k;
	} else {
		while (f->at[i + 1] < k)
			i++;
		f->at[up == UP(i) ? i : i + 1] = k;
	}
#undef UP
}

/* Whether a polynomial passes the first n windows, starting from f; if not, no
 * one reaches f->at[f->n]. */
static bool
passes(struct cubic_search *s, struct fit *f, int n)
{
	fill(s, n);
	for (int round = 0; round < ROUNDS; round++) {
		double worst = 1 + 1e-6;
		int at = -1;

		if (level(s, f) > 1)
			return false;
		for (int k = 0; k < n; k++) {
			double d = fabs(s->mid[k] - value(f, k));

			if (d > worst * s->half[k]) {
				worst = d / s->half[k];
				at = k;
			}
		}
		if (at < 0)
			return true;
		exchange(s, f, at);
	}
	f->at[f->n] = n - 1;
	return false;
}

/* A first reference over n steps: where a Chebyshev polynomial peaks. */
static void
spread(struct fit *f, int n)
{
	static const double peak[TERMS + 1][TERMS + 1] = {[2] = {0, 0.5, 1},
	    [3] = {0, 0.25, 0.75, 1},
	    [4] = {0, 0.14644660940672624, 0.5, 0.8535533905932737, 1}};

	for (int i = 0; i <= f->n; i++) {
		f->at[i] = (int)(peak[f->n][i] * (n - 1) + 0.5);
		if (i > 0 && f->at[i] <= f->at[i - 1])
			f->at[i] = f->at[i - 1] + 1;
	}
	f->at[f->n] = n - 1;
	for (int i = f->n - 1; i >= 0; i--) {
		if (f->at[i] >= f->at[i + 1])
			f->at[i] = f->at[i + 1] - 1;
	}
}

/* The most steps that a polynomial of n terms passes; 0: not even n + 1. */
static int
longest(struct cubic_search *s, int terms, int guess, struct fit *best)
{
	int n = 0, out = s->limit + 1, m = guess;
	struct fit f;

	while (true) {
		m = m < terms + 1 ? terms + 1 : m;
		m = m >= out ? out - 1 : m;
		if (m < terms + 1)
			return 0;
		if (n > 0) {
			f = *best;
		} else {
			f.n = terms;
			spread(&f, m);
		}
		if (passes(s, &f, m)) {
			n = m;
			*best = f;
			for (; n + 1 < out; n++) {
				fill(s, n + 1);
				if (fabs(s->mid[n] - value(best, n)) >
				    s->half[n])
					break;
			}
			m = n + 1 + n / 4;
		} else {
			out = f.at[terms] + 1 < m ? f.at[terms] + 1 : m;
			m = n > 0 ? (n + out) / 2 : m * 3 / 4;
		}
		if (n + 1 >= out)
			return n;
	}
}

/* --- whole numbers ------------------------------------------------------ */

struct cubic_numbers {
	double first, interval, add, add2; /* whole */
};

/*
 * What rounding takes from a coefficient the lower ones make good, as far as
 * they can: over n steps k^3 is (3 n k^2 - 9/8 n^2 k + n^3/16) / 2 but for a
 * Chebyshev polynomial, k^2 is n k - n^2/8.
 */
static void
round_numbers(const double y[TERMS], int n, int bits, struct cubic_numbers *c)
{
	double unit = (double)(1 << bits), p = y[0], l = n;
	double i = (y[1] - y[0]) * unit, rest;
	double a = (y[2] - 2 * y[1] + y[0]) * unit;
	double b = (y[3] - 3 * y[2] + 3 * y[1] - y[0]) * unit;

	c->add2 = n > 3 ? rint(b) : 0;
	rest = n > 3 ? b - c->add2 : 0;
	a += rest * l / 2;
	i -= rest * l * l * 3 / 32;
	p += rest * l * l * l / 192 / unit;
	c->add = n > 2 ? rint(a) : 0;
	rest = n > 2 ? a - c->add : 0;
	i += rest * l / 2;
	p -= rest * l * l / 16 / unit;
	c->interval = n > 1 ? rint(i) : 0;
	p += n > 1 ? (i - c->interval) * l / 2 / unit : 0;
	c->first = rint(p);
}

/* Steps that stay in their windows as the chip carries them out. */
static int
holds(const struct cubic_search *s, const struct cubic_numbers *c, int bits,
    int n, double last)
{
	int64_t interval = (int64_t)c->interval, add = (int64_t)c->add;
	int64_t frac = bits > 0 ? (int64_t)1 << (bits - 1) : 0, t;
	const int64_t most = 4294967295 - ((int64_t)1 << bits);
	double first = s->base + c->first - last;
	int k;

	if (!(first >= 1 && first < 2147483648.0) ||
	    fabs(c->add2) > 2147483647 || fabs(c->add) > 2147483647 ||
	    c->interval < 0)
		return 0;
	t = (int64_t)(s->base + c->first);
	for (k = 0; k < n; k++) {
		if ((double)t < s->lo[k] || (double)t > s->hi[k] ||
		    interval < 0 || interval > most || add > INT32_MAX ||
		    add < INT32_MIN)
			break;
		frac += interval;
		t += frac >> bits;
		frac &= ((int64_t)1 << bits) - 1;
		interval += add;
		add += (int64_t)c->add2;
	}
	return k;
}

static void
command(struct step_encoder *e, const struct cubic_search *s,
    const struct cubic_numbers *c, int count)
{
	struct step_command cmd = {.cubic = true,
	    .count = (uint16_t)count,
	    .first = (uint32_t)(s->base + c->first - (double)e->last),
	    .interval = (uint32_t)c->interval,
	    .cubic_add = (int32_t)c->add,
	    .cubic_add2 = (int32_t)c->add2};
	struct cubic_steps step = {.wake = 0};
	const double *exact = e->clock + e->head;
	double worst = 0, sum = 0, gap = cmd.first, base = (double)e->last;
	uint32_t was = 0;

	cubic_load(&step, (uint8_t)e->cubic_bits, cmd.first, cmd.interval,
	    cmd.cubic_add, cmd.cubic_add2);
	for (int k = 0; k < count; k++) {
		double d = fabs(base + step.wake - exact[k]);

		worst = fmax(worst, d);
		sum += d * d;
		gap = fmin(gap, step.wake - was);
		was = step.wake;
		if (k + 1 < count)
			cubic_next(&step, (uint8_t)e->cubic_bits);
	}
	cmd.first_clock = e->last + cmd.first;
	cmd.last_clock = e->last + was;
	encoder_emit(e, &cmd, worst, sum, gap);
}

bool
encode_cubic(struct step_encoder *e, bool whole)
{
	size_t have = e->windowed - e->head;
	struct cubic_search s = {.lo = e->lo + e->head,
	    .hi = e->hi + e->head,
	    .mid = e->bar,
	    .half = e->bar + e->bar_cap,
	    .base = rint(e->clock[e->head]),
	    .limit = have < COUNT_MAX ? (int)have : COUNT_MAX};
	struct cubic_numbers best = {0, 0, 0, 0};
	int count = 0, bits = e->cubic_bits;

	for (int terms = TERMS; terms > 1; terms--) {
		struct cubic_numbers c;
		struct fit f = {.n = 0};
		int n = longest(&s, terms, e->guess_count, &f), k;
		double y[TERMS];

		if (n == 0) { /* so few: the windows' middles */
			n = s.limit < terms ? s.limit : terms;
			fill(&s, n);
		}
		for (int i = 0; i < TERMS; i++)
			y[i] = f.n > 0 ? value(&f, i) : i < n ? s.mid[i] : 0;
		round_numbers(y, n, bits, &c);
		k = holds(&s, &c, bits, n, (double)e->last);
		if (k > count) {
			count = k;
			best = c;
		}
		if (k == n || 2 * count > n)
			break;
	}
	if (count == 0) {
		best.first = 0;
		best.interval = best.add = best.add2 = 0;
		count = holds(&s, &best, bits, 1, (double)e->last);
	}
	if (count == 0)
		BUG("no clock for a step at %.3f after %llu", *e->clock,
		    (unsigned long long)e->last);
	if (whole && count == s.limit && s.limit < COUNT_MAX)
		return false;
	command(e, &s, &best, count);
	return true;
}
