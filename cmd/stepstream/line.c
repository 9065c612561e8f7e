/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The time line: committing, slowing, stopping and going on. */
#include "line.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "profile.h"

#define RING_MIN 256
/* Speeds this near are equal, mm/s: rounding of the planner. */
#define SAME_SPEED 1e-6
/* No piece of a move is cut shorter than this, s. */
#define PIECE_MIN_S 0.001
/* Motion from rest needs at least this, to get to the board, s, and what
 * filters look ahead. */
#define LEAD_MIN_S 0.100

void
line_init(struct line *l, struct axes *axes, line_fn *fn, void *ctx)
{
	memset(l, 0, sizeof(*l));
	l->axes = axes;
	l->fn = fn;
	l->ctx = ctx;
	l->size = RING_MIN;
	l->ring = xcalloc(l->size, sizeof(*l->ring));
	l->cap = xcalloc(l->size, sizeof(*l->cap));
	l->factor = 1;
	l->dwell_end = -HUGE_VAL;
}

static struct plan_record *
at(const struct line *l, size_t i)
{
	return &l->ring[i & (l->size - 1)];
}

struct plan_record *
line_at(const struct line *l, size_t i)
{
	return at(l, i);
}

static bool
has_text(const struct plan_record *r)
{
	switch (r->type) {
	case PLAN_MESSAGE:
	case PLAN_OBJECT:
	case PLAN_REPORT:
	case PLAN_SOURCE:
	case PLAN_MOTORS_OFF:
	case PLAN_EXTRUDER:
		return true;
	default:
		return false;
	}
}

void
line_drop_text(struct plan_record *r)
{
	if (has_text(r))
		free((char *)(uintptr_t)r->u.text.s);
}

static void
drop_head(struct line *l)
{
	line_drop_text(at(l, l->head++));
}

void
line_clear(struct line *l)
{
	while (l->head != l->tail)
		drop_head(l);
}

void
line_release(struct line *l)
{
	line_clear(l);
	free(l->ring);
	free(l->cap);
}

static void
grow(struct line *l)
{
	size_t size = l->size * 2;
	struct plan_record *ring = xcalloc(size, sizeof(*ring));
	double *cap = xcalloc(size, sizeof(*cap));

	for (size_t i = l->head; i != l->tail; i++) {
		ring[i & (size - 1)] = *at(l, i);
		cap[i & (size - 1)] = l->cap[i & (l->size - 1)];
	}
	free(l->ring);
	free(l->cap);
	l->ring = ring;
	l->cap = cap;
	l->size = size;
}

/* The same path, f times as fast. */
static void
scale_move(struct plan_move *m, double f)
{
	m->start_v *= f;
	m->cruise_v *= f;
	m->accel *= f * f;
	m->jerk *= f * f * f;
	m->accel_t /= f;
	m->cruise_t /= f;
	m->decel_t /= f;
}

void
line_push(struct line *l, const struct plan_record *rec)
{
	struct plan_record *r;

	if (l->tail - l->head == l->size)
		grow(l);
	r = at(l, l->tail);
	*r = *rec;
	if (has_text(rec))
		r->u.text.s = xstrdup(rec->u.text.s);
	r->t = (rec->t - l->plan_t) / l->factor + l->last_t;
	l->plan_t = rec->t;
	l->last_t = r->t;
	if (rec->type == PLAN_MOVE && l->factor != 1)
		scale_move(&r->u.move, l->factor);
	l->cap[l->tail & (l->size - 1)] = HUGE_VAL;
	l->tail++;
}

void
line_set_factor(struct line *l, double factor)
{
	double by = factor / l->factor, from;

	l->factor = factor;
	if (line_empty(l))
		return;
	from = at(l, l->head)->t;
	for (size_t i = l->head; i != l->tail; i++) {
		struct plan_record *r = at(l, i);

		r->t = from + (r->t - from) / by;
		if (r->type == PLAN_MOVE)
			scale_move(&r->u.move, by);
	}
	l->last_t = from + (l->last_t - from) / by;
}

bool
line_empty(const struct line *l)
{
	return l->head == l->tail;
}

size_t
line_count(const struct line *l)
{
	return l->tail - l->head;
}

static double
record_end(const struct plan_record *r)
{
	if (r->type == PLAN_MOVE)
		return r->t + profile_duration(&r->u.move);
	if (r->type == PLAN_DWELL)
		return r->t + r->u.dwell.duration;
	return r->t;
}

double
line_end(const struct line *l)
{
	if (line_empty(l))
		return -HUGE_VAL;
	return record_end(at(l, l->tail - 1)) + l->offset;
}

double
line_head_time(const struct line *l)
{
	if (line_empty(l) || !l->started)
		return HUGE_VAL;
	return at(l, l->head)->t + l->offset;
}

void
line_start(struct line *l, double t)
{
	l->offset = t;
	l->started = true;
}

void
line_stop(struct line *l)
{
	l->started = false;
	l->offset = l->plan_t = l->last_t = 0;
}

bool
line_stops_before(const struct line *l, size_t i)
{
	double v = 0;

	for (; i != l->head; i--) {
		const struct plan_move *m = &at(l, i - 1)->u.move;

		if (at(l, i - 1)->type != PLAN_MOVE)
			continue;
		if (v >= profile_end_v(m) - SAME_SPEED)
			v = m->start_v; /* as planned */
		else
			v = fmin(m->start_v,
			    sqrt(v * v + 2 * m->accel * m->distance));
	}
	return l->v <= v + SAME_SPEED;
}

void
line_take(struct line *l, size_t i, struct plan_record *out)
{
	double plan_t = l->plan_t, last_t = l->last_t;

	for (size_t k = i; k != l->tail; k++, out++) {
		*out = *at(l, k);
		out->t = plan_t - (last_t - out->t) * l->factor;
		if (out->type == PLAN_MOVE && l->factor != 1)
			scale_move(&out->u.move, 1 / l->factor);
		if (k == i) {
			l->plan_t = out->t;
			l->last_t = at(l, k)->t;
		}
	}
	l->tail = i;
}

void
line_go_on(struct line *l, double plan_t, double at, double t)
{
	l->started = true;
	l->plan_t = plan_t;
	l->last_t = at;
	l->offset = t - at;
}

void
line_brake(struct line *l)
{
	if (l->mode == LINE_RUN)
		l->mode = l->v > 0 ? LINE_BRAKE : LINE_HELD;
}

void
line_resume(struct line *l)
{
	l->mode = LINE_RUN;
}

bool
line_resting(const struct line *l)
{
	return l->v == 0 && (l->mode == LINE_HELD || line_empty(l));
}

/* --- coming to rest within the path that is there ----------------------- */

/* From the end back: how fast each move may end, so that the machine stands
 * at the end of the line.  Most moves are far enough from it. */
static void
cap_speeds(struct line *l)
{
	size_t lo = l->cap_lo > l->head ? l->cap_lo : l->head;
	double v = 0;

	for (size_t i = lo; i < l->cap_hi; i++)
		l->cap[i & (l->size - 1)] = HUGE_VAL;
	l->cap_lo = l->cap_hi = l->tail;
	for (size_t i = l->tail; i != l->head; i--) {
		const struct plan_record *r = at(l, i - 1);
		const struct plan_move *m = &r->u.move;

		if (r->type != PLAN_MOVE)
			continue;
		if (v >= profile_end_v(m) - SAME_SPEED)
			break;
		l->cap[(i - 1) & (l->size - 1)] = v;
		l->cap_lo = i - 1;
		v = fmin(m->start_v, sqrt(v * v + 2 * m->accel * m->distance));
	}
}

/* --- one move ---------------------------------------------------------- */

static void
put(struct line *l, const struct plan_move *m, double t0)
{
	axes_commit(l->axes, m, t0);
	axes_go_along(l->axes, m, t0);
	l->v = profile_end_v(m);
}

/* The head of the line is m, beginning at t0: commits it up to `until`, the
 * rest stays at the head.  True when all of it is gone. */
static bool
commit_until(struct line *l, struct plan_record *r, const struct plan_move *m,
    double t0, double until)
{
	double took = profile_duration(m), x = until - t0;
	double slower = took - profile_duration(&r->u.move);
	struct plan_move head, tail;

	l->offset += slower;
	if (took <= x + PIECE_MIN_S) {
		put(l, m, t0);
		return true;
	}
	x = fmax(x, PIECE_MIN_S);
	profile_split(m, x, &head, &tail);
	put(l, &head, t0);
	l->v = tail.start_v;
	r->t += x - slower;
	r->u.move = tail;
	return false;
}

/* Decelerates along the move from t0 on; true when all of it is gone. */
static bool
commit_braking(struct line *l, struct plan_record *r, double t0)
{
	struct plan_move m = r->u.move, tail;
	double planned = profile_duration(&m), x, a = profile_peak(&m);
	double stop = l->v * l->v / (2 * a);

	if (stop >= m.distance * (1 - 1e-9)) {
		double u = l->v * l->v - 2 * a * m.distance;

		m.accel = a;
		m.cruise_v = l->v;
		profile_slow(&m, l->v, u > 0 ? sqrt(u) : 0);
		put(l, &m, t0);
		l->offset += profile_duration(&m) - planned;
		return true;
	}
	/* where it stops the rest of the move is kept as it was planned */
	x = profile_time_at(&r->u.move, stop);
	profile_split(&r->u.move, x, &m, &tail);
	m.accel = a;
	m.cruise_v = l->v;
	profile_slow(&m, l->v, 0);
	put(l, &m, t0);
	l->v = 0;
	r->u.move = tail;
	r->t += x;
	l->offset += profile_duration(&m) - x;
	return false;
}

/* How long a move that was slowed is still as it was planned. */
static double
same_for(const struct plan_move *planned, const struct plan_move *slowed)
{
	if (fabs(planned->start_v - slowed->start_v) > SAME_SPEED ||
	    (planned->jerk != slowed->jerk && planned->accel_t > 0))
		return 0;
	if (planned->cruise_v - slowed->cruise_v > SAME_SPEED)
		return slowed->accel_t;
	return slowed->accel_t + slowed->cruise_t;
}

static bool
commit_move(
    struct line *l, struct plan_record *r, double t0, double until, double must)
{
	struct plan_move m = r->u.move;
	double cap = l->cap[l->head & (l->size - 1)], v1;

	if (l->mode == LINE_BRAKE)
		return commit_braking(l, r, t0);
	v1 = profile_end_v(&m);
	if (fabs(l->v - m.start_v) > SAME_SPEED || cap < v1)
		profile_slow(&m, fmin(l->v, m.start_v), fmin(cap, v1));
	/* a long move slows down late: more may have come by then */
	if (t0 + same_for(&r->u.move, &m) > must && must > t0) {
		m = r->u.move;
		until = fmin(until, must);
	}
	return commit_until(l, r, &m, t0, until);
}

/* --- the line ---------------------------------------------------------- */

/* The machine stands while the next is overdue: the rest of the time line moves
 * to where it can begin. */
static void
catch_up(struct line *l, double now, double soonest)
{
	double due;

	if (line_empty(l) || l->mode == LINE_HELD || l->v > 0)
		return;
	due = at(l, l->head)->t + l->offset;
	if (due >= fmax(now + LEAD_MIN_S + axes_ahead(l->axes),
		       axes_free_time(l->axes)))
		return;
	l->offset += soonest - due;
	l->pauses++;
}

void
line_commit(
    struct line *l, double until, double must, double now, double soonest)
{
	if (!l->started)
		return;
	catch_up(l, now, soonest);
	cap_speeds(l);
	while (!line_empty(l) && l->mode != LINE_HELD) {
		struct plan_record *r = at(l, l->head);
		double t = r->t + l->offset;
		double cap = l->cap[l->head & (l->size - 1)];

		if (t >= until && l->mode == LINE_RUN)
			break;
		if (r->type != PLAN_MOVE) {
			if (r->type == PLAN_DWELL)
				l->dwell_end = t + r->u.dwell.duration;
			else
				l->fn(l->ctx, r, t);
			drop_head(l);
			continue;
		}
		if (cap != HUGE_VAL && t >= must - PIECE_MIN_S &&
		    l->mode == LINE_RUN)
			break;
		t = fmax(t, l->axes->end_time);
		if (commit_move(
			l, r, t, until, cap == HUGE_VAL ? HUGE_VAL : must)) {
			l->fn(l->ctx, r, l->axes->end_time);
			drop_head(l);
		}
		if (l->mode == LINE_BRAKE && l->v == 0)
			l->mode = LINE_HELD;
	}
	if (l->mode == LINE_BRAKE && l->v == 0)
		l->mode = LINE_HELD;
}
