/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Encodes exact step clocks as the longest commands their windows allow. */
#include "motion/steps_encode.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/die.h"
#include "base/xalloc.h"

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

/* Windows are narrowed by this much so that rounding stays inside, ticks. */
#define SLACK 1e-3
/* Bars worked out at a time. */
#define BARS 16
/* Steps after a command that tell how it should end. */
#define LOOK_MIN 3

void
encoder_init(struct step_encoder *e)
{
	memset(e, 0, sizeof(*e));
	e->last_exact = -HUGE_VAL;
	e->last_hi = -HUGE_VAL;
	e->gap_min = HUGE_VAL;
	e->guess_count = 8;
	for (int i = 0; i < ENCODE_INVERSE; i++)
		e->inverse[i] = 1.0 / (i + 1);
}

void
encoder_release(struct step_encoder *e)
{
	free(e->clock);
	free(e->lo);
	free(e->hi);
	free(e->y_lo);
	free(e->y_hi);
}

void
encoder_room(struct step_encoder *e)
{
	if (e->head > 0 && e->n + ENCODE_BATCH > e->cap) {
		size_t n = e->n - e->head, w = e->windowed - e->head;

		memmove(e->clock, e->clock + e->head, n * sizeof(double));
		memmove(e->lo, e->lo + e->head, w * sizeof(double));
		memmove(e->hi, e->hi + e->head, w * sizeof(double));
		e->head = 0;
		e->windowed = w;
		e->n = n;
	}
	if (e->n + ENCODE_BATCH > e->cap) {
		e->cap = e->n + 2 * ENCODE_BATCH;
		e->clock = xreallocarray(e->clock, e->cap, sizeof(double));
		e->lo = xreallocarray(e->lo, e->cap, sizeof(double));
		e->hi = xreallocarray(e->hi, e->cap, sizeof(double));
	}
}

void
encoder_drop(struct step_encoder *e)
{
	e->head = e->windowed = e->n = 0;
	e->dir = 0;
}

/* --- windows ------------------------------------------------------------ */

/*
 * One step between near neighbours: half the gap on either side, and at
 * least the tick itself.  Bounds become whole ticks, a quarter apart from
 * rounding trouble.
 */
static void
narrow_window(struct step_encoder *e, size_t i, double before, double hi_before,
    double after)
{
	double c = e->clock[i], w = e->error, lo, hi;

	if (w > (c - before) / 2)
		w = (c - before) / 2;
	if (w > (after - c) / 2)
		w = (after - c) / 2;
	lo = ceil(c - w);
	hi = floor(c + w);
	if (w < 1)
		lo = hi = rint(c);
	if (lo <= hi_before)
		lo = floor(hi_before) + 1;
	if (hi < lo)
		hi = lo;
	e->lo[i] = lo - 0.25;
	e->hi[i] = hi + 0.25;
}

/* Some of these n steps, one before and one after are closer than near. */
static bool
crowded(const double *clock, size_t n, double before, double after, double near)
{
	bool found = clock[0] - before < near || after - clock[n - 1] < near;

	for (size_t i = 1; i < n; i++)
		found |= clock[i] - clock[i - 1] < near;
	return found;
}

/* Windows of [windowed, end); the step after the last is not before next. */
static void
fill_windows(struct step_encoder *e, size_t end, double next)
{
	double w = e->error - SLACK;
	double near = w < 1 ? HUGE_VAL : 2 * e->error;
	double before, hi_before;
	size_t begin = e->windowed;

	if (begin >= end)
		return;
	if (e->windowed > e->head) {
		before = e->clock[e->windowed - 1];
		hi_before = e->hi[e->windowed - 1];
	} else {
		before = e->last_exact;
		hi_before = e->last_hi;
	}
	e->windowed = end;
	for (size_t i = begin; i < end; i++) {
		e->lo[i] = e->clock[i] - w;
		e->hi[i] = e->clock[i] + w;
	}
	if (end < e->n)
		next = e->clock[end];
	if (!crowded(e->clock + begin, end - begin, before, next, near))
		return;
	for (size_t i = begin; i < end; i++) {
		double c = e->clock[i];
		double after = i + 1 < end ? e->clock[i + 1] : next;

		if (c - before < near || after - c < near)
			narrow_window(e, i, before,
			    i > begin ? e->hi[i - 1] : hi_before, after);
		before = c;
	}
}

/* --- search ------------------------------------------------------------- */

struct search {
	const double *lo, *hi; /* windows of step 1, 2, ... at [0], [1], ... */
	const double *clock;
	double *y_lo, *y_hi;
	const double *inverse; /* 1/k of step k */
	double base;	       /* L */
	int limit;	       /* steps there are */
	int filled;	       /* of y_lo, y_hi */
	int count;	       /* best so far */
	int add;
	double min_interval, max_interval; /* with this add */
	/* add lies in [min, max] without the hole */
	int min, max;
	bool hole;
	int hole_min, hole_max;
};

static void
fill_bars(struct search *s, int n)
{
	const double *restrict lo = s->lo, *restrict hi = s->hi;
	const double *restrict inverse = s->inverse;
	double *restrict y_lo = s->y_lo, *restrict y_hi = s->y_hi;
	double base = s->base;
	int end = n + BARS < s->limit ? n + BARS : s->limit, i = s->filled;

	for (; i < end && i < ENCODE_INVERSE; i++) {
		y_lo[i] = (lo[i] - base) * inverse[i];
		y_hi[i] = (hi[i] - base) * inverse[i];
	}
	for (; i < end; i++) {
		double r = 1.0 / (i + 1);

		y_lo[i] = (lo[i] - base) * r;
		y_hi[i] = (hi[i] - base) * r;
	}
	s->filled = end;
}

struct scan {
	int count;	  /* steps that fit */
	double min, max;  /* the interval, for those */
	int k_min, k_max; /* which bars bound it, when it failed */
};

/* How far does this slope get? */
static struct scan
scan(struct search *s, int add)
{
	const double *y_lo = s->y_lo, *y_hi = s->y_hi;
	double half = add * 0.5, x = 0;
	double min = -HUGE_VAL, max = HUGE_VAL;
	int limit = s->limit, k = 0, k_min = 0, k_max = 0, end;
	struct scan r = {0, min, max, 0, 0};

	do {
		if (k >= s->filled)
			fill_bars(s, k);
		end = s->filled < limit ? s->filled : limit;
		for (; k < end; k++) {
			double lo = y_lo[k] - x, hi = y_hi[k] - x;

			if (lo > min) {
				min = lo;
				k_min = k;
			}
			if (hi < max) {
				max = hi;
				k_max = k;
			}
			if (max - min < 1 && floor(max) < min)
				goto out;
			r.min = min;
			r.max = max;
			x += half;
		}
	} while (k < limit);
out:
	r.count = k;
	r.k_min = k_min;
	r.k_max = k_max;
	if (k < limit && min <= max)
		r.k_min = r.k_max = -1; /* only whole numbers are missing */
	return r;
}

/* Slope through a lower corner of bar i and an upper one of bar j. */
static double
slope(const struct search *s, int i, int j)
{
	return (s->y_lo[i] - s->y_hi[j]) * 2 / (i - j);
}

/* The next whole number; one past those that add can be, at most. */
static int
up(double bound)
{
	int whole;

	if (bound > ADD_MAX)
		return ADD_MAX + 1;
	if (bound < ADD_MIN)
		return ADD_MIN;
	whole = (int)bound;
	return whole < bound ? whole + 1 : whole;
}

/* What a failed scan says about add. */
static void
cut(struct search *s, int add, const struct scan *r)
{
	double bound;

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
	bound = slope(s, r->k_min, r->k_max);
	if (r->k_min > r->k_max) { /* the last bar is too high: steeper */
		s->min = up(bound - 1e-6);
		if (s->min <= add)
			s->min = add + 1;
	} else {
		s->max = -up(-bound - 1e-6);
		if (s->max >= add)
			s->max = add - 1;
	}
}

/* The next slope to try; false when none is left. */
static bool
next_add(struct search *s, int k, int *add)
{
	int a;

	if (s->hole) {
		if (s->hole_max < s->max && s->hole_max + 1 >= s->min)
			*add = s->hole_max + 1;
		else if (s->hole_min > s->min && s->hole_min - 1 <= s->max)
			*add = s->hole_min - 1;
		else if (s->min > s->hole_max && s->min <= s->max)
			*add = s->min;
		else if (s->max < s->hole_min && s->min <= s->max)
			*add = s->max;
		else
			return false;
		return true;
	}
	if (s->min > s->max)
		return false;
	/* with one bound only: how wide the choice is when all is well, see
	 * the comment on encode_one() */
	a = (int)((s->hi[k] - s->lo[k]) * 4.6 / ((double)(k + 1) * (k + 1)));
	if (a < 1)
		a = 1;
	if (s->max == ADD_MAX && s->min > ADD_MIN)
		a = s->min + a - 1;
	else if (s->min == ADD_MIN && s->max < ADD_MAX)
		a = s->max - a + 1;
	else
		a = s->min + (s->max - s->min) / 2;
	if (a < s->min)
		a = s->min;
	if (a > s->max)
		a = s->max;
	*add = a;
	return true;
}

/*
 * A parabola through the exact clocks of two steps near 0.464 n and 0.928 n:
 * for a cubic error that is the best fit which passes 0.
 */
static int
guess(const struct search *s, int n)
{
	int i, j;
	double a;

	if (n > s->limit)
		n = s->limit;
	if (n < 3)
		return 0;
	j = (int)(n * 0.928 + 0.5);
	i = (int)(n * 0.464 + 0.5);
	if (i < 1)
		i = 1;
	if (j <= i)
		j = i + 1;
	a = ((s->clock[j - 1] - s->base) / j -
		(s->clock[i - 1] - s->base) / i) *
	    2 / (j - i);
	if (a > ADD_MAX)
		return ADD_MAX;
	if (a < ADD_MIN)
		return ADD_MIN;
	return (int)rint(a);
}

static void
search_longest(struct search *s, int guess_count)
{
	int add = guess(s, guess_count);

	do {
		struct scan r = scan(s, add);

		if (r.count > s->count) {
			s->count = r.count;
			s->add = add;
			s->min_interval = r.min;
			s->max_interval = r.max;
		}
		if (r.count == s->limit)
			return;
		cut(s, add, &r);
		if (!next_add(s, r.count, &add))
			return;
	} while (true);
}

/* --- emission ----------------------------------------------------------- */

void
encoder_emit(struct step_encoder *e, struct step_command *cmd, double worst,
    double sum, double gap)
{
	size_t end = e->head + cmd->count - 1;

	cmd->dir = (int8_t)e->dir;
	cmd->dir_changed = e->dir != e->sent_dir;
	if (gap < e->gap_min)
		e->gap_min = gap;
	if (worst > e->error_max)
		e->error_max = worst;
	e->error_sum_sq += sum;
	e->commands++;
	e->steps += cmd->count;
	e->sent_dir = e->dir;
	e->emit(e->ctx, cmd);
	e->last = cmd->last_clock;
	e->last_exact = e->clock[end];
	e->last_hi = e->hi[end];
	if (e->last_hi < (double)e->last)
		e->last_hi = (double)e->last;
	e->guess_count = cmd->count;
	e->head = end + 1;
	if (e->windowed < e->head)
		e->windowed = e->head;
}

static void
emit(struct step_encoder *e, int count, double interval, int add)
{
	struct step_command cmd = {.cubic = false};
	const double *c = e->clock + e->head;
	double base = (double)e->last, worst = 0, sum = 0;
	double p = base, gap = interval;

	for (int k = 0; k < count; k++) {
		double d;

		p += gap; /* whole numbers: exact */
		gap += add;
		d = fabs(p - c[k]);
		worst = d > worst ? d : worst;
		sum += d * d;
	}
	cmd.first_clock = (uint64_t)(base + interval);
	cmd.last_clock = (uint64_t)p;
	cmd.interval = (uint32_t)(uint64_t)interval;
	cmd.count = (uint16_t)count;
	cmd.add = (int16_t)add;
	gap = add < 0 ? interval + (double)add * (count - 1) : interval;
	encoder_emit(e, &cmd, worst, sum, gap);
}

/*
 * How early or late the last step is decides how well the next command begins.
 * A parabola errs most at its ends: where the third difference of the clocks
 * is positive it begins too late and ends too early, so the command before it
 * does well to end late, and early where it is negative.  The next command is
 * taken to be as long as this one; that saves one command in eighty.
 */
static double
best_interval(const struct search *s, double error)
{
	int n = s->count, left = s->limit - n;
	int third = n < 2 * LOOK_MIN ? 1 : (n < left ? n : left) / 3;
	const double *c = s->clock + n - 1;
	double bend;

	if (left < LOOK_MIN)
		return floor(
		    (ceil(s->min_interval) + floor(s->max_interval)) / 2);
	bend = c[3 * third] - c[0] - 3 * (c[2 * third] - c[third]);
	return bend < -error / 3 ? ceil(s->min_interval)
				 : floor(s->max_interval);
}

/*
 * The next command from the steps whose windows are known; false when `whole`
 * wants as many steps behind it, to see what comes.
 */
static bool
encode_one(struct step_encoder *e, bool whole)
{
	size_t have = e->windowed - e->head;
	int left;
	struct search s = {
	    .lo = e->lo + e->head,
	    .hi = e->hi + e->head,
	    .clock = e->clock + e->head,
	    .base = (double)e->last,
	    .min = ADD_MIN,
	    .max = ADD_MAX,
	};

	if (s.clock[0] - s.base >= ENCODE_GAP) {
		emit(e, 1, rint(s.clock[0]) - s.base, 0);
		return true;
	}
	s.limit = have < ENCODE_COUNT ? (int)have : ENCODE_COUNT;
	if ((size_t)s.limit > e->y_cap) {
		e->y_cap = s.limit + s.limit / 2 + 64;
		e->y_lo = xreallocarray(e->y_lo, e->y_cap, sizeof(double));
		e->y_hi = xreallocarray(e->y_hi, e->y_cap, sizeof(double));
	}
	if (e->cubic)
		return encode_cubic(e, whole);
	s.y_lo = e->y_lo;
	s.y_hi = e->y_hi;
	s.inverse = e->inverse;
	search_longest(&s, e->guess_count);
	if (s.count == 0) /* the window holds no tick after the last step */
		BUG("no clock for a step at %.3f after %.0f", s.clock[0],
		    s.base);
	left = s.limit - s.count;
	if (whole && (left < s.count || left < LOOK_MIN) &&
	    s.limit < ENCODE_COUNT)
		return false;
	emit(e, s.count, best_interval(&s, e->error), s.count > 1 ? s.add : 0);
	return true;
}

void
encode_steps(struct step_encoder *e)
{
	if (e->n <= e->head + 1)
		return;
	fill_windows(e, e->n - 1, 0);
	while (e->windowed > e->head && encode_one(e, true))
		continue;
}

void
encode_until(struct step_encoder *e, double clock, double next)
{
	encode_steps(e);
	if (e->head < e->n && e->clock[e->n - 1] < clock)
		fill_windows(e, e->n, next);
	while (e->windowed > e->head && e->clock[e->head] < clock)
		encode_one(e, false);
}

void
encode_all(struct step_encoder *e, double next)
{
	fill_windows(e, e->n, next);
	while (e->windowed > e->head)
		encode_one(e, false);
	e->head = e->windowed = e->n = 0;
}
