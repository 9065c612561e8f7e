/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The longest command whose steps all lie in their windows, exactly. */
#include "motion/steps_search.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "base/pair.h"

/*
 * Step k = 1, 2, ... of a command lies at L + k I + k (k-1)/2 add, where L is
 * the step sent last.  Divided by k, with x = (k-1)/2, every window becomes a
 * bar that the line I + add x must pass:
 *
 *	(lo_k - L)/k  <=  I + add x_k  <=  (hi_k - L)/k
 *
 * For a given add the bars leave an interval of I, which shrinks as k grows.
 * When the bar of k empties it, that bar and the one it collides with cannot
 * both be passed on this side of the slope of the line through their
 * corners: an exact bound for add (a Newton step on a convex problem).  The
 * search tries slopes until the bounds from both sides meet; the best one
 * seen then is the longest command there is.  All of it is exact: k I and
 * k (k-1)/2 add are integers below 2^53.
 */
#define ADD_MIN (-32768)
#define ADD_MAX 32767

/* Bars worked out at a time; a divisor of SEARCH_INVERSE. */
#define BARS 8
/* No add lies beyond; and it is a number that an int holds. */
#define SLOPE_MAX 1e6
/* Rounding of a slope. */
#define SLOPE_SLACK 1e-6

/* --- bars --------------------------------------------------------------- */

/* Bars as (lower end, upper end negated): of both the greatest counts. */
static void
fill_bars(struct step_search *s, int from)
{
	const double *restrict lo = s->lo, *restrict hi = s->hi;
	const double *restrict inverse = s->inverse;
	double *restrict bar = s->bar;
	pair base = pair_both(s->base);
	int end = from + BARS < s->limit ? from + BARS : s->limit, i = from;

	for (; i + 1 < end; i += 2) {
		pair r = from < SEARCH_INVERSE
			     ? pair_load(inverse + i)
			     : pair_both(1) / pair_of(i + 1, i + 2);
		pair low = (pair_load(lo + i) - base) * r;
		pair high = (base - pair_load(hi + i)) * r;

		pair_store(bar + 2 * i, pair_firsts(low, high));
		pair_store(bar + 2 * i + 2, pair_seconds(low, high));
	}
	if (i < end) {
		double r = 1.0 / (i + 1);

		bar[2 * i] = (lo[i] - s->base) * r;
		bar[2 * i + 1] = (s->base - hi[i]) * r;
	}
	s->filled = end;
}

struct scan {
	int count;	  /* steps that fit */
	double min, max;  /* the interval, for those */
	int k_min, k_max; /* which bars bound it, when it failed */
};

/* A whole number lies between them; both are below 2^51. */
static inline bool
whole_between(double min, double max)
{
	double w = (max + 0x1.8p52) - 0x1.8p52; /* the nearest */

	w -= (double)(w > max);
	return w >= min;
}

/* A slope on its way along the bars. */
struct way {
	pair bound;    /* of the interval: what is at least, what at most */
	pair which;    /* bars that give it */
	pair x, slope; /* what it takes off the next bar */
	pair k;	       /* its number */
};

static inline void
pass(struct way *w, const double *bar)
{
	pair b = pair_load(bar) - w->x;

	w->which = pair_where_greater(b, w->bound, w->k, w->which);
	w->bound = pair_max(b, w->bound);
	w->x += w->slope;
	w->k += pair_both(1);
}

/* A whole number is left for the interval. */
static inline bool
leaves_room(const struct way *w)
{
	return pair_sum(w->bound) <= -1 ||
	       whole_between(w->bound[0], -w->bound[1]);
}

/* How far does this slope get?  What does not get as far as the best so far is
 * only told why, by the two bars that it misses most. */
static struct scan
scan(struct step_search *s, int add)
{
	const double *bars = s->bar;
	struct way w = {
	    .bound = pair_both(-HUGE_VAL),
	    .slope = pair_of(add * 0.5, add * -0.5),
	};
	pair before = w.bound;
	int n = 0, end = s->count;
	struct scan r;

	for (; n < end; n++)
		pass(&w, bars + 2 * n);
	if (n > 0 && !leaves_room(&w)) {
		n = 0;
		goto out;
	}
	while (n < s->limit) {
		if (n >= s->filled)
			fill_bars(s, n);
		for (end = s->filled; n < end; n++) {
			before = w.bound;
			pass(&w, bars + 2 * n);
			if (!leaves_room(&w))
				goto out;
		}
	}
	before = w.bound;
out:
	r.count = n;
	r.min = before[0];
	r.max = -before[1];
	r.k_min = (int)w.which[0];
	r.k_max = (int)w.which[1];
	if (n < s->limit && pair_sum(w.bound) <= 0)
		r.k_min = r.k_max = -1; /* only whole numbers are missing */
	return r;
}

/* --- bounds of the slope ------------------------------------------------ */

static inline double
inverse(const struct step_search *s, int n)
{
	return n <= SEARCH_INVERSE ? s->inverse[n - 1] : 1.0 / n;
}

/*
 * The least slope that passes below the upper end of bar j and then above the
 * lower end of bar i.  With side 1 all is upside down: the least negated slope
 * that passes above the lower end of j and then below the upper end of i.
 */
static inline double
least_slope(const struct step_search *s, int side, int j, int i)
{
	double rise = s->bar[2 * i + side] + s->bar[2 * j + 1 - side];

	return rise * 2 * inverse(s, i - j);
}

static inline void
tighten(struct step_search *s, int side, double bound)
{
	bound = bound < SLOPE_MAX ? bound : SLOPE_MAX;
	s->bound[side] = bound > s->bound[side] ? bound : s->bound[side];
}

/* What a failed scan says about add. */
static void
cut(struct step_search *s, int add, const struct scan *r)
{
	/* side 0: the last bar is too high, it takes a steeper slope */
	int side = r->k_min < r->k_max;
	int first = side ? r->k_min : r->k_max;
	int last = side ? r->k_max : r->k_min;
	int k;

	if (r->k_min < 0) {
		if (!s->hole)
			s->hole_min = s->hole_max = add;
		s->hole = true;
		if (add < s->hole_min)
			s->hole_min = add;
		if (add > s->hole_max)
			s->hole_max = add;
		return;
	}
	s->side = side;
	tighten(s, side, add * (1.0 - 2 * side) + 0.5);
	tighten(s, side, least_slope(s, side, first, last));
	/* Where the first and the last bar pull one way, bars before the
	 * first pull the other: these, if all else is as good as it can be. */
	k = (int)(0.2 * (first + 1));
	if (k < first)
		tighten(s, !side, least_slope(s, !side, k, first));
	k = (int)(0.4 * (first + 1));
	if (k < first)
		tighten(s, !side, least_slope(s, !side, k, first));
}

/* The least whole slope on a side. */
static inline int
whole_slope(const struct step_search *s, int side)
{
	double bound = s->bound[side] - SLOPE_SLACK;
	int whole = (int)bound;

	return whole + (whole < bound);
}

/* The next slope beside the hole; false when none is left. */
static bool
beside_hole(const struct step_search *s, int *add)
{
	int min = whole_slope(s, 0), max = -whole_slope(s, 1);

	if (s->hole_max < max && s->hole_max + 1 >= min)
		*add = s->hole_max + 1;
	else if (s->hole_min > min && s->hole_min - 1 <= max)
		*add = s->hole_min - 1;
	else if (min > s->hole_max && min <= max)
		*add = min;
	else if (max < s->hole_min && min <= max)
		*add = max;
	else
		return false;
	return true;
}

/*
 * The next slope to try; false when none is left.  Slopes for k steps that
 * lie perfectly on a parabola span 4.6 windows over k^2: another so far away
 * may be as good.
 */
static bool
next_add(const struct step_search *s, int k, int *add)
{
	double n = inverse(s, k + 1);
	int span = (int)(s->window * 4.6 * n * n) - 1;
	int from, room;

	if (s->hole)
		return beside_hole(s, add);
	from = whole_slope(s, s->side);
	room = -whole_slope(s, !s->side) - from;
	if (room < 0)
		return false;
	span = span < 0 ? 0 : span;
	from += span < room / 2 ? span : room / 2;
	*add = s->side ? -from : from;
	return true;
}

/* --- a first guess ------------------------------------------------------ */

/* Within 4 %: a third of the exponent, and of the mantissa. */
static double
rough_cube_root(double x)
{
	float f = (float)x;
	uint32_t bits;

	memcpy(&bits, &f, sizeof(bits));
	bits = bits / 3 + 0x2a514067;
	memcpy(&f, &bits, sizeof(f));
	return (double)f;
}

/*
 * How many steps a command should reach: the best parabola through the origin
 * errs by c n^3/26 over n steps of a cubic c k^3, whose third difference over
 * n/3 steps is 6 c (n/3)^3.
 */
static int
foresee(const struct step_search *s, int n)
{
	double ratio;
	const double *c = s->clock;

	if (n > s->limit)
		n = s->limit;
	for (int turn = 0; n >= 6; turn++) {
		int j = n / 3;

		ratio = c[3 * j - 1] - s->base - 3 * (c[2 * j - 1] - c[j - 1]);
		ratio = s->window * 2.89 / (fabs(ratio) + 1e-9);
		if (ratio > 3 && turn < 4 && 2 * n <= s->limit) {
			n *= 2;
		} else if (ratio < 0.2) {
			n = n * 5 / 8;
			turn = 4;
		} else {
			ratio = ratio > 8 ? 8 : ratio;
			n = (int)(3 * j * rough_cube_root(ratio) + 0.5);
			break;
		}
	}
	n = n < 3 ? 3 : n;
	return n > s->limit ? s->limit : n;
}

/*
 * A parabola through the exact clocks of two steps near 0.464 n and 0.928 n:
 * for a cubic error that is the best fit which passes 0.
 */
static int
guess(const struct step_search *s, int n)
{
	int i, j;
	double a;

	if (n < 3)
		return 0;
	j = (int)(n * 0.928 + 0.5);
	i = (int)(n * 0.464 + 0.5);
	if (i < 1)
		i = 1;
	if (j <= i)
		j = i + 1;
	a = ((s->clock[j - 1] - s->base) * inverse(s, j) -
		(s->clock[i - 1] - s->base) * inverse(s, i)) *
	    2 * inverse(s, j - i);
	if (a > ADD_MAX)
		return ADD_MAX;
	if (a < ADD_MIN)
		return ADD_MIN;
	return (int)rint(a);
}

/* --- the search --------------------------------------------------------- */

static void
keep(struct step_search *s, int add, const struct scan *r)
{
	struct step_slope slope = {add, r->min, r->max};

	if (r->count > s->count) {
		s->count = r->count;
		s->least = s->most = slope;
	} else if (add < s->least.add) {
		s->least = slope;
	} else if (add > s->most.add) {
		s->most = slope;
	}
}

/* Of many commands the first step is all: where the motor hardly moves, gaps
 * differ by more than add can say. */
static bool
single(struct step_search *s)
{
	double first_lo = s->lo[0] - s->base, first_hi = s->hi[0] - s->base;

	if (s->limit > 1 &&
	    s->lo[1] - s->base - 2 * first_hi < ADD_MAX + SLOPE_SLACK &&
	    s->hi[1] - s->base - 2 * first_lo > ADD_MIN - SLOPE_SLACK)
		return false;
	s->count = whole_between(first_lo, first_hi);
	s->least.add = 0;
	s->least.min_interval = first_lo;
	s->least.max_interval = first_hi;
	s->most = s->least;
	return true;
}

void
step_search_longest(struct step_search *s, int expected)
{
	int add;

	if (single(s))
		return;
	s->count = 0;
	s->bound[0] = ADD_MIN;
	s->bound[1] = -ADD_MAX;
	s->hole = false;
	s->window = s->hi[0] - s->lo[0];
	s->filled = 0;
	add = guess(s, foresee(s, expected));
	do {
		struct scan r = scan(s, add);

		if (r.count >= s->count)
			keep(s, add, &r);
		if (r.count == s->limit)
			return;
		cut(s, add, &r);
		if (!next_add(s, s->count, &add))
			return;
	} while (true);
}
