/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Encodes exact step clocks as the longest commands their windows allow. */
#include "motion/steps_encode.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/die.h"
#include "base/pair.h"
#include "base/xalloc.h"

/* Windows are narrowed by this much so that rounding stays inside, ticks. */
#define SLACK 1e-3

void
encoder_init(struct step_encoder *e)
{
	memset(e, 0, sizeof(*e));
	e->last_exact = -HUGE_VAL;
	e->last_hi = -HUGE_VAL;
	e->gap_min = HUGE_VAL;
	e->guess_count = 8;
	for (int i = 0; i < SEARCH_INVERSE; i++)
		e->inverse[i] = 1.0 / (i + 1);
	for (int i = 0; i < SEARCH_NEAR; i++)
		e->twice[2 * i] = e->twice[2 * i + 1] = 2.0 / (SEARCH_NEAR - i);
}

void
encoder_release(struct step_encoder *e)
{
	free(e->clock);
	free(e->lo);
	free(e->hi);
	free(e->bar);
}

void
encoder_room(struct step_encoder *e)
{
	if (e->n + ENCODE_BATCH <= e->cap)
		return;
	if (e->head > 0) {
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

/* The whole window for each of these steps; returns the least gap between
 * any two of them. */
static double
fit_windows(struct step_encoder *e, size_t begin, size_t end, double half)
{
	const double *restrict clock = e->clock;
	double *restrict lo = e->lo, *restrict hi = e->hi;
	pair w = pair_both(half), gap = pair_both(HUGE_VAL);
	double least[2];
	size_t i = begin;

	for (; i + 2 < end; i += 2) {
		pair c = pair_load(clock + i);

		gap = pair_min(gap, pair_load(clock + i + 1) - c);
		pair_store(lo + i, c - w);
		pair_store(hi + i, c + w);
	}
	pair_store(least, gap);
	for (; i < end; i++) {
		lo[i] = clock[i] - half;
		hi[i] = clock[i] + half;
		if (i + 1 < end && clock[i + 1] - clock[i] < least[0])
			least[0] = clock[i + 1] - clock[i];
	}
	return least[0] < least[1] ? least[0] : least[1];
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
	if (end < e->n)
		next = e->clock[end];
	if (fit_windows(e, begin, end, w) >= near &&
	    e->clock[begin] - before >= near &&
	    next - e->clock[end - 1] >= near)
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

/* How far count steps are from where they should be: the worst and the sum of
 * the squares, ticks. */
static void
miss(const double *clock, double base, int count, double interval, double add,
    double *worst, double *sum)
{
	/* two steps at a time: whole numbers, hence exact */
	pair at = pair_of(base + interval, base + 2 * interval + add);
	pair gap = pair_of(2 * interval + 3 * add, 2 * interval + 5 * add);
	pair bend = pair_both(4 * add), w = pair_both(0), q = pair_both(0);
	double each[2];
	int k = 0;

	for (; k + 1 < count; k += 2) {
		pair d = pair_abs(at - pair_load(clock + k));

		w = pair_max(w, d);
		q += d * d;
		at += gap;
		gap += bend;
	}
	*sum = pair_sum(q);
	pair_store(each, w);
	*worst = each[0] > each[1] ? each[0] : each[1];
	if (k < count) {
		double d;

		pair_store(each, at);
		d = fabs(each[0] - clock[k]);
		*sum += d * d;
		*worst = d > *worst ? d : *worst;
	}
}

static void
emit(struct step_encoder *e, int count, double interval, int add)
{
	struct step_command cmd = {.cubic = false};
	double base = (double)e->last, worst, sum, gap;
	double more = 0.5 * count * (count - 1) * add; /* whole */

	miss(e->clock + e->head, base, count, interval, add, &worst, &sum);
	cmd.first_clock = (uint64_t)(base + interval);
	cmd.last_clock = (uint64_t)(base + count * interval + more);
	cmd.interval = (uint32_t)(uint64_t)interval;
	cmd.count = (uint16_t)count;
	cmd.add = (int16_t)add;
	gap = fmin(interval, interval + (double)add * (count - 1));
	encoder_emit(e, &cmd, worst, sum, gap);
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
	struct step_search s;

	s.lo = e->lo + e->head;
	s.hi = e->hi + e->head;
	s.clock = e->clock + e->head;
	s.base = (double)e->last;
	if (s.clock[0] - s.base >= ENCODE_GAP) {
		emit(e, 1, rint(s.clock[0]) - s.base, 0);
		return true;
	}
	s.limit = have < ENCODE_COUNT ? (int)have : ENCODE_COUNT;
	if ((size_t)s.limit + 4 > e->bar_cap) {
		e->bar_cap = s.limit + s.limit / 2 + 64;
		e->bar = xreallocarray(e->bar, 2 * e->bar_cap, sizeof(double));
	}
	if (e->cubic)
		return encode_cubic(e, whole);
	s.bar = e->bar;
	s.inverse = e->inverse;
	s.twice = e->twice;
	step_search_longest(&s, e->guess_count);
	if (s.count == 0) /* the window holds no tick after the last step */
		BUG("no clock for a step at %.3f after %.0f", s.clock[0],
		    s.base);
	left = s.limit - s.count;
	if (whole && (left < s.count || left < SEARCH_LOOK) &&
	    s.limit < ENCODE_COUNT)
		return false;
	emit(e, s.count, s.interval, s.add);
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
