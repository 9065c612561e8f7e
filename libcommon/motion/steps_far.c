/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The longest command where it is long: a search for the slope. */
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "motion/steps_bars.h"

/*
 * For a given add the bars leave an interval of I, which shrinks as k grows.
 * When the bar of k empties it, that bar and the one it collides with cannot
 * both be passed on this side of the slope of the line through their
 * corners: an exact bound for add (a Newton step on a convex problem).  The
 * search tries slopes until the bounds from both sides meet; the best one
 * seen then is the longest command there is.
 */
/* No add lies beyond; and it is a number that an int holds. */
#define SLOPE_MAX 1e6

/* How much of the window a guess fills, and of its last correction it takes:
 * these took the fewest scans. */
#define GUESS_FILL  0.75
#define GUESS_TRUST 0.85

/* --- scans -------------------------------------------------------------- */

struct scan {
	int count;	  /* steps that fit */
	double bound[2];  /* of the interval, for those */
	int k_min, k_max; /* bars that leave nothing; -1: nothing whole */
};

/* A slope on its way along the bars. */
struct way {
	pair bound;    /* of the interval: what is at least, what at most */
	pair which;    /* four bars from there on have the one that gives it */
	pair k;	       /* number of the next bar */
	pair x, slope; /* what it takes off that */
};

/* Four bars less the line. */
struct four {
	pair b[4];
};

static inline struct four
four_of(const struct way *w, const double *bar)
{
	pair s2 = w->slope + w->slope, x1 = w->x + w->slope;
	struct four f;

	f.b[0] = pair_load(bar) - w->x;
	f.b[1] = pair_load(bar + 2) - x1;
	f.b[2] = pair_load(bar + 4) - (w->x + s2);
	f.b[3] = pair_load(bar + 6) - (x1 + s2);
	return f;
}

static inline void
pass(struct way *w, const struct four *f)
{
	pair b =
	    pair_max(pair_max(f->b[0], f->b[1]), pair_max(f->b[2], f->b[3]));
	pair s2 = w->slope + w->slope;

	w->which = pair_where_greater(b, w->bound, w->k, w->which);
	w->bound = pair_max(b, w->bound);
	w->x += s2 + s2;
	w->k += pair_both(4);
}

static inline void
pass_one(struct way *w, const double *bar)
{
	pair b = pair_load(bar) - w->x;

	w->which = pair_where_greater(b, w->bound, w->k, w->which);
	w->bound = pair_max(b, w->bound);
	w->x += w->slope;
	w->k += pair_both(1);
}

/* A whole number is left for the interval: the least is not above the
 * greatest. */
static inline bool
leaves_room(const struct way *w)
{
	return w->bound[0] + whole_up(w->bound)[1] <= 0;
}

/* Two bounds: for how many? */
static inline int
leave_room(pair p, pair q)
{
	pair sum = pair_firsts(p, q) + whole_up(pair_seconds(p, q));

	return (sum[0] <= 0) + (sum[1] <= 0);
}

/* The bar that gives the bound: the first of four that is not below it. */
static inline int
bar_of(const struct way *w, const double *bar, int side)
{
	double bound = w->bound[side], slope = w->slope[side];
	double x = w->which[side] * slope;
	int k = (int)w->which[side], below;

	bar += 2 * k + side;
	below = bar[0] - x < bound;
	k += below;
	below &= bar[2] - (x + slope) < bound;
	k += below;
	below &= bar[4] - (x + 2 * slope) < bound;
	return k + below;
}

/* Past the bars that the best so far has passed; false: not so far. */
static inline bool
keeps_up(struct way *w, const double *bar, int count)
{
	struct four f;
	int n = 0;

	if (count < 4) {
		for (; n < count; n++)
			pass_one(w, bar + 2 * n);
		return leaves_room(w);
	}
	for (; n < count - 4; n += 4) {
		f = four_of(w, bar + 2 * n);
		pass(w, &f);
	}
	n = count - 4; /* again, some of them */
	w->k = pair_both(n);
	w->x = w->k * w->slope;
	f = four_of(w, bar + 2 * n);
	pass(w, &f);
	return leaves_room(w);
}

/* How many of the four bars that are too many for it are not?  The way ends
 * at the one that is; *before is its bound before that. */
static inline int
pass_some(struct way *w, const struct four *f, pair *before)
{
	pair p[5];
	int n;

	p[0] = w->bound;
	for (int i = 0; i < 4; i++)
		p[i + 1] = pair_max(f->b[i], p[i]);
	n = leave_room(p[1], p[2]) + leave_room(p[3], p[4]);
	*before = p[n];
	w->bound = p[n + 1];
	w->which = pair_where_greater(w->bound, p[0], w->k, w->which);
	return n;
}

/* From bar n on, as far as it gets. */
static inline int
go_on(struct step_search *s, struct way *w, int n, pair *before)
{
	for (;; n += 4) {
		struct way next = *w;
		struct four f;

		if (n + 4 > s->filled && s->filled < s->limit)
			step_bars_fill(s);
		f = four_of(w, s->bar + 2 * n);
		pass(&next, &f);
		if (!leaves_room(&next))
			return n + pass_some(w, &f, before);
		*w = next;
	}
}

/* How far does this slope get?  What does not get as far as the best so far is
 * only told why, by the two bars that it misses most. */
static struct scan
scan(struct step_search *s, double add)
{
	struct way w = {
	    .bound = pair_both(-HUGE_VAL),
	    .slope = pair_of(add * 0.5, add * -0.5),
	};
	pair before = w.bound;
	struct scan r = {.k_min = -1, .k_max = -1};

	if (keeps_up(&w, s->bar, s->count))
		r.count = go_on(s, &w, s->count, &before);
	pair_store(r.bound, before);
	if (r.count < s->limit && pair_sum(w.bound) > 0) {
		r.k_min = bar_of(&w, s->bar, 0);
		r.k_max = bar_of(&w, s->bar, 1);
	}
	return r;
}

/* --- bounds of the slope ------------------------------------------------ */

static inline double
inverse(const struct step_search *s, int n)
{
	return n <= SEARCH_INVERSE ? s->inverse[n - 1] : 1.0 / n;
}

/* Reciprocals of n and of smaller numbers. */
static inline double
inverse_upto(const struct step_search *s, bool known, int n)
{
	return known ? s->inverse[n - 1] : 1.0 / n;
}

static inline double
larger(double a, double b)
{
	return a > b ? a : b;
}

/* What passes through less than a whole number of intervals. */
static void
widen_hole(struct step_search *s, double add)
{
	if (!s->hole)
		s->hole_min = s->hole_max = add;
	s->hole = true;
	if (add < s->hole_min)
		s->hole_min = add;
	if (add > s->hole_max)
		s->hole_max = add;
}

/*
 * What a failed scan says about add.  The least slope that passes below the
 * upper end of bar `first` and then above the lower end of bar `last` is a
 * bound; with side 1 all is upside down: the least negated slope that passes
 * above the lower end of the first and then below the upper end of the last.
 */
static void
cut(struct step_search *s, double add, const struct scan *r)
{
	/* side 0: the last bar is too high, it takes a steeper slope */
	int side = r->k_min < r->k_max;
	int first = side ? r->k_min : r->k_max;
	int last = side ? r->k_max : r->k_min;
	bool known = last <= SEARCH_INVERSE;
	double here = s->bound[side], there = s->bound[!side];
	const double *same = s->bar + side, *other = s->bar + !side;
	double end = other[2 * first];

	here = larger(here, add * (1.0 - 2 * side) + 0.5);
	here = larger(here, (same[2 * last] + end) *
				(2 * inverse_upto(s, known, last - first)));
	/* Where the first and the last bar pull one way, bars before the
	 * first pull the other: these, if all else is as good as it can be. */
	if (first > 0) {
		int j = (first + 1) * 5 / 32, k = (first + 1) * 11 / 32;

		there =
		    larger(there, (end + same[2 * j]) *
				      (2 * inverse_upto(s, known, first - j)));
		there =
		    larger(there, (end + same[2 * k]) *
				      (2 * inverse_upto(s, known, first - k)));
	}
	s->side = side;
	s->bound[side] = here < SLOPE_MAX ? here : SLOPE_MAX;
	s->bound[!side] = there < SLOPE_MAX ? there : SLOPE_MAX;
}

/* The least whole slope on a side. */
static inline double
whole_slope(const struct step_search *s, int side)
{
	return whole_up(pair_both(s->bound[side] - SLOPE_SLACK))[0];
}

/* The next slope beside the hole; false when none is left. */
static bool
beside_hole(const struct step_search *s, double *add)
{
	double min = whole_slope(s, 0), max = -whole_slope(s, 1);

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
next_add(const struct step_search *s, int k, double *add)
{
	double r = inverse(s, (k + s->foreseen + 1) / 2);
	double span = -whole_up(pair_both(1 - s->window * 4.6 * r * r))[0];
	double from, room;

	if (s->hole)
		return beside_hole(s, add);
	from = whole_slope(s, s->side);
	room = -whole_slope(s, !s->side) - from;
	if (room < 0)
		return false;
	room = -whole_up(pair_both(room * -0.5))[0];
	span = span < room ? span : room;
	from += larger(span, 0);
	*add = s->side ? -from : from;
	return true;
}

/* --- a first guess ------------------------------------------------------ */

/* Within 4 %: a third of the exponent, and of the mantissa. */
static inline double
rough_cube_root(double x)
{
	uint64_t bits;

	memcpy(&bits, &x, sizeof(bits));
	bits = bits / 3 + 0x2a9f789300000000;
	memcpy(&x, &bits, sizeof(x));
	return x;
}

/* A parabola that is as late at two of three steps as it is early at the one
 * between them: by gap / span ticks; above 0, it is early at the last one. */
struct level {
	double gap, span;
	double add, share; /* its slope is add + share gap / span */
};

/*
 * Of all parabolas from 0 on, the best for a cubic errs by a Chebyshev
 * polynomial T3 of which 0 is a root, and most at 0.196, 0.732 and 1 of its
 * length.  It is the best for these three steps of any path.
 */
static inline struct level
level(const struct step_search *s, int n)
{
	const double *c = s->clock;
	int j = (n * 50 + 128) >> 8, k = (n * 187 + 128) >> 8;
	bool known = n <= SEARCH_INVERSE;
	double rj, rk, rn, first, second, share, rest;

	j = j < 1 ? 1 : j;
	k = k <= j ? j + 1 : k;
	rj = inverse_upto(s, known, j);
	rk = inverse_upto(s, known, k);
	rn = inverse_upto(s, known, n);
	share = 2 * inverse_upto(s, known, k - j);
	rest = 2 * inverse_upto(s, known, n - k);
	second = (c[k - 1] - s->base) * rk;
	first = (second - (c[j - 1] - s->base) * rj) * share;
	second = ((c[n - 1] - s->base) * rn - second) * rest;
	share *= rj + rk;
	rest *= rk + rn;
	return (struct level){second - first, share + rest, first, share};
}

/* How much longer a command could be, were its error as it should be: that
 * grows as the third power. */
static inline double
longer(const struct step_search *s, const struct level *l)
{
	double ratio =
	    s->window * (0.5 * GUESS_FILL) * l->span / (fabs(l->gap) + 1e-9);

	ratio = ratio < 4 ? ratio : 4;
	ratio = ratio > 0.05 ? ratio : 0.05;
	return rough_cube_root(ratio);
}

/*
 * The first slope to try: of a command so long that its error at the three
 * steps fills GUESS_FILL of the window, as others err more.  The slope grows
 * in proportion to the length, by 72 errors over the length squared; a cubic
 * is as far as one may trust this.
 */
static double
guess(struct step_search *s, int expected)
{
	int n = expected < s->limit ? expected : s->limit;
	double least = whole_slope(s, 0), most = -whole_slope(s, 1);
	double ratio, r, error, add;
	struct level l;

	n = n > 3 ? n : 3;
	l = level(s, n);
	n = (int)(n * longer(s, &l) + 0.5);
	n = n < s->limit ? n : s->limit;
	n = n > 3 ? n : 3;
	l = level(s, n);
	error = l.gap / l.span;
	ratio = longer(s, &l);
	s->foreseen = (int)(n * ratio + 0.5);
	r = inverse(s, n);
	ratio = ratio > 0.6 ? ratio : 0.6;
	add = l.add + error * l.share +
	      GUESS_TRUST * 72 * error * r * r * (ratio - 1);
	add = rint(add);
	add = add < most ? add : most;
	return add > least ? add : least;
}

/* --- the search --------------------------------------------------------- */

static void
keep(struct step_search *s, double add, const struct scan *r)
{
	struct step_slope slope = {(int)add, {r->bound[0], r->bound[1]}};

	if (r->count > s->count) {
		s->count = r->count;
		s->end[0] = s->end[1] = slope;
	} else if (add < s->end[0].add) {
		s->end[0] = slope;
	} else if (add > s->end[1].add) {
		s->end[1] = slope;
	}
}

void
step_search_far(struct step_search *s, int expected)
{
	double add;

	s->hole = false;
	s->window = s->hi[0] - s->lo[0];
	add = guess(s, expected);
	do {
		struct scan r = scan(s, add);

		if (r.count > 0 && r.count >= s->count)
			keep(s, add, &r);
		if (r.count == s->limit)
			return;
		if (r.k_min < 0)
			widen_hole(s, add);
		else
			cut(s, add, &r);
	} while (next_add(s, s->count, &add));
}
