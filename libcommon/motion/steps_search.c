/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The longest command whose steps all lie in their windows, exactly. */
#include "motion/steps_search.h"

#include <math.h>

#include "motion/steps_bars.h"

/* Bars worked out at a time; a divisor of SEARCH_INVERSE. */
#define BARS 8

static inline void
two_bars(double *bar, const double *lo, const double *hi, const double *inverse,
    pair base)
{
	pair r = pair_load(inverse);
	pair low = (pair_load(lo) - base) * r;
	pair high = (base - pair_load(hi)) * r;

	pair_store(bar, pair_firsts(low, high));
	pair_store(bar + 2, pair_seconds(low, high));
}

void
step_bars_fill(struct step_search *s)
{
	int from = s->filled;
	const double *lo = s->lo + from, *hi = s->hi + from;
	const double *r = s->inverse + from;
	double *restrict bar = s->bar + 2 * from;
	pair base = pair_both(s->base);
	int end = from + BARS < s->limit ? from + BARS : s->limit;
	int left = end - from;
	double far[BARS];

	if (from >= SEARCH_INVERSE) {
		for (int i = 0; i < left; i++)
			far[i] = 1.0 / (from + i + 1);
		r = far;
	}
	for (; left > 1; left -= 2) {
		two_bars(bar, lo, hi, r, base);
		lo += 2;
		hi += 2;
		r += 2;
		bar += 4;
	}
	if (left > 0) {
		bar[0] = (lo[0] - s->base) * r[0];
		bar[1] = (s->base - hi[0]) * r[0];
	}
	if (end == s->limit)
		for (int i = 2 * end; i < 2 * end + 8; i++)
			s->bar[i] = HUGE_VAL;
	s->filled = end;
}

/* --- all pairs ---------------------------------------------------------- */

/*
 * Each two bars bound the slope from both sides: it passes above the lower end
 * of the one and below the upper end of the other.  A line passes all of them
 * just when it has a slope that all pairs allow (Helly's theorem for the
 * intervals of I).  Up to SEARCH_NEAR bars that takes less time than to look
 * for the slope, and nothing needs to be guessed.
 */
struct group {
	pair bar[4];   /* (upper end negated, lower end) */
	pair bound[4]; /* of the slope: (the greatest negated, the least) */
};

static inline pair
narrow(pair bound, pair late, pair early, const double *twice)
{
	return pair_max(bound, (late + early) * pair_load(twice));
}

/* Each of the four with all bars before the group. */
static inline void
pair_before(struct group *g, const struct step_search *s, int k)
{
	const double *twice = s->twice + 2 * (SEARCH_NEAR - k);
	pair b0 = g->bound[0], b1 = b0, b2 = b0, b3 = b0;

	for (int j = 0; j < 2 * k; j += 2) {
		pair early = pair_load(s->bar + j);

		b0 = narrow(b0, g->bar[0], early, twice + j);
		b1 = narrow(b1, g->bar[1], early, twice + j - 2);
		b2 = narrow(b2, g->bar[2], early, twice + j - 4);
		b3 = narrow(b3, g->bar[3], early, twice + j - 6);
	}
	g->bound[0] = b0;
	g->bound[1] = b1;
	g->bound[2] = b2;
	g->bound[3] = b3;
}

/* The four with each other, and what is bounded by one is by the next. */
static inline void
pair_within(struct group *g, const struct step_search *s, int k)
{
	const double *one = s->twice + 2 * (SEARCH_NEAR - 1);
	pair e0 = pair_load(s->bar + 2 * k), e1 = pair_load(s->bar + 2 * k + 2);
	pair e2 = pair_load(s->bar + 2 * k + 4), *b = g->bound;

	b[1] = pair_max(narrow(b[1], g->bar[1], e0, one), b[0]);
	b[2] = narrow(b[2], g->bar[2], e0, one - 2);
	b[2] = pair_max(narrow(b[2], g->bar[2], e1, one), b[1]);
	b[3] = narrow(b[3], g->bar[3], e0, one - 4);
	b[3] = narrow(b[3], g->bar[3], e1, one - 2);
	b[3] = pair_max(narrow(b[3], g->bar[3], e2, one), b[2]);
}

/* Bars k to k + 3, of which there is at least the first. */
static inline void
fill_group(struct step_search *s, int k)
{
	pair base = pair_both(s->base);

	if (k + 4 > s->limit) {
		step_bars_fill(s);
		return;
	}
	for (int i = k; i < k + 4; i += 2)
		two_bars(
		    s->bar + 2 * i, s->lo + i, s->hi + i, s->inverse + i, base);
	s->filled = k + 4;
}

/* How many bars some line passes, SEARCH_NEAR at most, and how the first n of
 * them bound its slope: bound[n]. */
static int
all_pairs(struct step_search *s, pair bound[SEARCH_NEAR + 1])
{
	bound[0] = pair_of(-STEP_ADD_MAX, STEP_ADD_MIN);
	for (int k = 0; k < SEARCH_NEAR && k < s->limit; k += 4) {
		struct group g;
		int n = 0;

		fill_group(s, k);
		for (int i = 0; i < 4; i++)
			g.bar[i] = pair_swap(pair_load(s->bar + 2 * (k + i)));
		g.bound[0] = bound[k];
		pair_before(&g, s, k);
		pair_within(&g, s, k);
		for (int i = 0; i < 4; i++) {
			bound[k + i + 1] = g.bound[i];
			n += pair_sum(g.bound[i]) <= 2 * SLOPE_SLACK;
		}
		if (n < 4)
			return k + n;
	}
	return SEARCH_NEAR < s->limit ? SEARCH_NEAR : s->limit;
}

/* --- how it ends -------------------------------------------------------- */

enum ending {
	EARLY,
	LATE,
	MIDDLE
};

/*
 * How early or late the last step is decides how well the next command begins.
 * A parabola errs most at its ends: where the third difference of the clocks
 * is positive it begins too late and ends too early, so the command before it
 * does well to end late, and early where it is negative.
 */
static enum ending
ending(const struct step_search *s, int n)
{
	int left = s->limit - n, far = (n < left ? n : left) / 5;
	const double *c = s->clock + n - 1;
	double bend;

	if (left < SEARCH_LOOK)
		return MIDDLE;
	far = far > 1 ? far : 1;
	bend = c[3 * far] - c[0] - 3 * (c[2 * far] - c[far]);
	return bend >= (s->lo[0] - s->hi[0]) / 20 ? LATE : EARLY;
}

/* The whole interval for an ending; false when there is none. */
static bool
settle(struct step_search *s, int n, double add, pair bound, enum ending end)
{
	pair up = whole_up(bound);

	if (bound[0] + up[1] > 0)
		return false;
	s->count = n;
	s->add = (int)add;
	s->interval = end == EARLY ? up[0] : -up[1];
	if (end == MIDDLE)
		s->interval = floor((up[0] - up[1]) / 2);
	return true;
}

/* ... of n bars with that slope. */
static bool
settle_slope(struct step_search *s, int n, double add, enum ending end)
{
	pair slope = pair_of(add * 0.5, add * -0.5), twice = slope + slope;
	pair b0 = pair_load(s->bar), b1 = b0, x0 = slope, x1 = twice;
	int i = 1;

	for (; i + 1 < n; i += 2) {
		b0 = pair_max(b0, pair_load(s->bar + 2 * i) - x0);
		b1 = pair_max(b1, pair_load(s->bar + 2 * i + 2) - x1);
		x0 += twice;
		x1 += twice;
	}
	if (i < n)
		b0 = pair_max(b0, pair_load(s->bar + 2 * i) - x0);
	return settle(s, n, add, pair_max(b0, b1), end);
}

/* Of all slopes that the pairs leave for n bars the one that ends best: the
 * steeper, the later.  False: none leaves room for a whole interval. */
static bool
settle_any(struct step_search *s, int n, pair bound)
{
	pair up = whole_up(bound - pair_both(SLOPE_SLACK));
	double least = up[1], most = -up[0];
	enum ending end = ending(s, n);

	if (end == MIDDLE && settle_slope(s, n, floor((least + most) / 2), end))
		return true;
	if (end == LATE)
		for (; most >= least; most--)
			if (settle_slope(s, n, most, end))
				return true;
	for (; least <= most; least++)
		if (settle_slope(s, n, least, end))
			return true;
	return false;
}

/* --- the search --------------------------------------------------------- */

/* Of many commands the first step is all: where the motor hardly moves, gaps
 * differ by more than add can say. */
static bool
only_one(const struct step_search *s)
{
	double first_lo = s->lo[0] - s->base, first_hi = s->hi[0] - s->base;

	return s->limit == 1 ||
	       s->lo[1] - s->base - 2 * first_hi >=
		   STEP_ADD_MAX + SLOPE_SLACK ||
	       s->hi[1] - s->base - 2 * first_lo <= STEP_ADD_MIN - SLOPE_SLACK;
}

/* False when only whole numbers keep it from getting so far. */
static bool
settle_far(struct step_search *s, pair bound, int expected)
{
	const struct step_slope *slope;
	enum ending end;

	pair_store(s->bound, pair_swap(bound));
	step_search_far(s, expected);
	if (s->count < SEARCH_NEAR)
		return false;
	end = ending(s, s->count);
	slope = &s->end[end == LATE];
	return settle(s, s->count, slope->add, pair_load(slope->bound), end);
}

void
step_search_longest(struct step_search *s, int expected)
{
	pair bound[SEARCH_NEAR + 1];
	pair first = pair_of(s->lo[0] - s->base, s->base - s->hi[0]);
	int n;

	s->count = 0;
	if (!only_one(s)) {
		s->filled = 0;
		n = all_pairs(s, bound);
		if (n == SEARCH_NEAR && n < s->limit &&
		    settle_far(s, bound[n], expected))
			return;
		for (; n > 1; n--)
			if (settle_any(s, n, bound[n]))
				return;
	}
	settle(s, 1, 0, first, ending(s, 1));
}
