/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where a polynomial turns, and where it takes a value. */
#include "motion/steps_piece.h"

#include <math.h>

/* Parts shorter than this share of the piece are none. */
#define SLIVER 1e-9
/* Roots are this exact, s: a hundredth of what a recording shows. */
#define ROOT_TIME 2e-11

/*
 * Signs of a polynomial on [0, 1] from its Bernstein coefficients: it has at
 * most as many roots there as they change sign, and an even number less
 * (Descartes).
 */
static int
sign_changes(const double *b, int degree)
{
	int changes = 0;
	double last = 0;

	for (int i = 0; i <= degree; i++) {
		if (b[i] == 0)
			continue;
		if (last * b[i] < 0)
			changes++;
		last = b[i];
	}
	return changes;
}

/* de Casteljau at the middle: b becomes the left half. */
static void
halve(double *b, double *right, int degree)
{
	for (int i = 0; i <= degree; i++) {
		right[degree - i] = b[degree];
		for (int j = degree; j > i; j--)
			b[j] = (b[j] + b[j - 1]) / 2;
	}
}

/* The value at x of [0, 1]. */
static double
bernstein(const double *b, int degree, double x)
{
	double v[PIECE_DEGREE + 1];

	for (int i = 0; i <= degree; i++)
		v[i] = b[i];
	for (int n = degree; n > 0; n--) {
		for (int i = 0; i < n; i++)
			v[i] += x * (v[i + 1] - v[i]);
	}
	return v[0];
}

/* The only sign change in (0, 1): the chord's root, an end that stays twice
 * counting half (Illinois). */
static double
only_turn(const double *b, int degree)
{
	double lo = 0, hi = 1, at_lo = b[0], at_hi = b[degree], x = 0.5;
	int stayed = 0;

	for (int i = 0; i < 60 && hi - lo > 1e-13; i++) {
		double v;

		x = (lo * at_hi - hi * at_lo) / (at_hi - at_lo);
		v = bernstein(b, degree, x);
		if (v == 0 || x <= lo || x >= hi)
			break;
		if ((v > 0) == (at_hi > 0)) {
			hi = x;
			at_hi = v;
			at_lo = stayed == 1 ? at_lo / 2 : at_lo;
			stayed = 1;
		} else {
			lo = x;
			at_lo = v;
			at_hi = stayed == -1 ? at_hi / 2 : at_hi;
			stayed = -1;
		}
	}
	return x;
}

struct turns {
	int n;
	double at[PIECE_DEGREE];
};

/* Sign changes of b on [lo, hi] (of [0, 1]), in order. */
static void
find_turns(double *b, int degree, double lo, double hi, struct turns *t)
{
	double right[PIECE_DEGREE + 1];
	int changes = sign_changes(b, degree);

	if (changes == 0)
		return;
	if (changes == 1 && b[0] != 0 && b[degree] != 0) {
		if (t->n < PIECE_DEGREE - 1)
			t->at[t->n++] = lo + (hi - lo) * only_turn(b, degree);
		return;
	}
	if (hi - lo < 1e-13) {
		if (changes % 2 == 1 && t->n < PIECE_DEGREE - 1)
			t->at[t->n++] = (lo + hi) / 2;
		return;
	}
	halve(b, right, degree);
	find_turns(b, degree, lo, (lo + hi) / 2, t);
	/* a root on the cut itself is a sign change that neither half sees */
	if (right[0] == 0 && t->n < PIECE_DEGREE - 1 &&
	    (t->n == 0 || t->at[t->n - 1] < (lo + hi) / 2))
		t->at[t->n++] = (lo + hi) / 2;
	find_turns(right, degree, (lo + hi) / 2, hi, t);
}

/* Bernstein coefficients of p' on [0, length], all times length. */
static void
slope_bernstein(const struct step_piece *p, double *b)
{
	static const double binomial[5][5] = {
	    {1}, {1, 1}, {1, 2, 1}, {1, 3, 3, 1}, {1, 4, 6, 4, 1}};
	int n = p->degree - 1;
	double a[PIECE_DEGREE], power = p->length;

	for (int i = 0; i <= n; i++) {
		a[i] = (i + 1) * p->c[i + 1] * power / binomial[n][i];
		power *= p->length;
	}
	for (int j = 0; j <= n; j++) {
		b[j] = 0;
		for (int i = 0; i <= j; i++)
			b[j] += binomial[j][i] * a[i];
	}
}

/* It does not where the speed at its start is more than all else can take
 * away. */
static bool
may_turn(const struct step_piece *p)
{
	double most = 0;

	for (int i = p->degree; i > 1; i--)
		most = (most + i * fabs(p->c[i])) * p->length;
	return most >= fabs(p->c[1]);
}

void
step_piece_cut(struct step_piece *p)
{
	struct turns t = {0, {0}};
	double b[PIECE_DEGREE + 1];

	p->part = 0;
	p->parts = 0;
	p->root = 0;
	if (p->degree == 2) {
		double c1 = p->c[1], c2 = p->c[2];

		if ((c1 * c2 < 0) &
		    (fabs(c1) < p->length * fabs(2 * c2) * (1 - SLIVER)))
			p->part_end[p->parts++] = -c1 / (2 * c2);
	} else if (may_turn(p)) {
		slope_bernstein(p, b);
		find_turns(b, p->degree - 1, 0, 1, &t);
		for (int i = 0; i < t.n; i++) {
			if (t.at[i] > SLIVER && t.at[i] < 1 - SLIVER)
				p->part_end[p->parts++] = t.at[i] * p->length;
		}
	}
	p->part_end[p->parts++] = p->length;
}

double
step_piece_root(
    const struct step_piece *p, double y, double lo, double hi, double x)
{
	bool up = step_piece_at(p, hi) > step_piece_at(p, lo);

	if (!(x > lo && x < hi))
		x = (lo + hi) / 2;
	for (int i = 0; i < 100; i++) {
		double v = p->c[p->degree], d = 0, next;

		for (int k = p->degree - 1; k >= 0; k--) {
			d = d * x + v;
			v = v * x + p->c[k];
		}
		if ((v > y) == up)
			hi = x;
		else
			lo = x;
		next = x - (v - y) / d;
		if (!(next > lo && next < hi)) {
			if (fabs(next - x) <= ROOT_TIME)
				return x;
			next = (lo + hi) / 2;
		}
		if (fabs(next - x) <= ROOT_TIME || hi - lo <= ROOT_TIME)
			return next;
		x = next;
	}
	return x;
}
