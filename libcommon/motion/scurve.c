/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Trapezoids become profiles of limited jerk. */
#include "motion/scurve.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"

#define PASS_AT	   256	 /* moves between two looks at what is final */
#define MOVES_MAX  16384 /* more are not kept: the first half goes */
#define HILL_MAX   512	 /* moves; then a plateau may be cut */
#define ABSENT_S   1e-9	 /* a phase that is none */
#define REST_V	   1e-9
#define NOTHING_MM 1e-12 /* no piece of its own */
#define LEFT_MM	   1e-9	 /* of a move: it is done */

struct item {
	struct planner_move m;
	double v0, top, v1, first_a, last_a; /* of its trapezoid */
	bool knot;			     /* at its start */
};

/* a hill: items first..end - 1 */
struct block {
	size_t first, end;
	double d, a, top;
	double v0, v1; /* at its knots, as far as they are known */
};

/* of constant jerk j, from acceleration a on */
struct phase {
	double a, j, t;
};

#define PHASES 7

struct scurve {
	scurve_fn *emit;
	void *ctx;
	double jerk, trapezoids_s;
	struct item *item;
	size_t n, alloc, next_pass;
	struct block *block;
	size_t n_blocks, block_alloc;
	double *loose; /* v1 of the blocks when the end is as it is seen */
	size_t loose_alloc;
	double v0; /* at the first item; decided */
	/* the piece that may still grow */
	struct planner_move out;
	struct planner_profile profile;
	bool open;
};

struct scurve *
scurve_new(scurve_fn *emit, void *ctx, double jerk)
{
	struct scurve *s = xcalloc(1, sizeof(*s));

	s->emit = emit;
	s->ctx = ctx;
	s->jerk = jerk;
	s->next_pass = PASS_AT;
	return s;
}

void
scurve_free(struct scurve *s)
{
	if (!s)
		return;
	free(s->item);
	free(s->block);
	free(s->loose);
	free(s);
}

double
scurve_trapezoids_s(const struct scurve *s)
{
	return s->trapezoids_s;
}

/* --- ramps ------------------------------------------------------------- */

double
scurve_time(double dv, double accel, double jerk)
{
	dv = fabs(dv);
	return dv * jerk >= accel * accel ? dv / accel + accel / jerk
					  : 2 * sqrt(dv / jerk);
}

double
scurve_way(double v0, double v1, double accel, double jerk)
{
	return (v0 + v1) / 2 * scurve_time(v1 - v0, accel, jerk);
}

/*
 * The way between two speeds at most, whatever is below the lower one: from a
 * little speed a ramp can be longer than from rest.  It grows with the higher
 * speed and shrinks with the lower, as the passes need it.
 */
static double
way_at_most(double low, double high, double a, double j)
{
	return scurve_way(
	    fmax(low, fmin(high / 3, a * a / (2 * j))), high, a, j);
}

/* the highest speed, at most `most`, to or from v within d */
static double
reach(double v, double d, double a, double j, double most)
{
	double low = v, high = most;

	if (most <= v || way_at_most(v, most, a, j) <= d)
		return most;
	for (int i = 0; i < 60 && high - low > 1e-12 * high; i++) {
		double mid = (low + high) / 2;

		if (way_at_most(fmin(v, mid), mid, a, j) <= d)
			low = mid;
		else
			high = mid;
	}
	return low;
}

/* --- knots ------------------------------------------------------------- */

static void
find_blocks(struct scurve *s)
{
	s->n_blocks = 0;
	for (size_t i = 0; i < s->n; i++) {
		const struct item *it = &s->item[i];
		struct block *b = i ? &s->block[s->n_blocks - 1] : NULL;

		if (i == 0 || it->knot ||
		    (i - b->first >= HILL_MAX && it->first_a == 0 &&
			it[-1].last_a == 0)) {
			ALLOC_GROW(s->block, s->n_blocks + 1, s->block_alloc);
			s->block[s->n_blocks++] =
			    (struct block){.first = i, .a = HUGE_VAL};
		}
		b = &s->block[s->n_blocks - 1];
		b->end = i + 1;
		b->d += it->m.distance;
		b->a = fmin(b->a, it->m.accel);
		b->top = fmax(b->top, it->top);
		b->v1 = it->v1;
	}
}

/* Knots as fast as jerk lets them be, when the last one has speed v. */
static void
pass(struct scurve *s, double v)
{
	double at = s->v0;

	for (size_t k = 0; k < s->n_blocks; k++) {
		struct block *b = &s->block[k];

		b->v0 = at;
		at = b->v1 =
		    reach(at, b->d, b->a, s->jerk, s->item[b->end - 1].v1);
	}
	if (at > v)
		at = v;
	for (size_t k = s->n_blocks; k-- > 0;) {
		struct block *b = &s->block[k];

		b->v1 = at;
		if (k > 0)
			at = b->v0 = reach(at, b->d, b->a, s->jerk, b->v0);
	}
}

/* --- phases ------------------------------------------------------------ */

static void
ramp(struct phase *out, int *n, double dv, double accel, double jerk)
{
	double sign = dv < 0 ? -1 : 1, peak = accel, flat = 0;

	dv = fabs(dv);
	if (dv <= REST_V)
		return;
	if (dv * jerk >= accel * accel)
		flat = dv / accel - accel / jerk;
	else
		peak = sqrt(dv * jerk);
	out[(*n)++] = (struct phase){0, sign * jerk, peak / jerk};
	if (flat > ABSENT_S)
		out[(*n)++] = (struct phase){sign * peak, 0, flat};
	out[(*n)++] = (struct phase){sign * peak, -sign * jerk, peak / jerk};
}

/* the seven phases of a hill, or fewer; how many */
static int
shape(const struct scurve *s, const struct block *b, struct phase *out)
{
	double low = fmax(b->v0, b->v1), high = fmax(b->top, low), way;
	int n = 0;

	if (scurve_way(b->v0, high, b->a, s->jerk) +
		scurve_way(b->v1, high, b->a, s->jerk) <=
	    b->d)
		low = high;
	for (int i = 0; i < 60 && high - low > 1e-12 * high; i++) {
		double mid = (low + high) / 2;

		if (scurve_way(b->v0, mid, b->a, s->jerk) +
			scurve_way(b->v1, mid, b->a, s->jerk) <=
		    b->d)
			low = mid;
		else
			high = mid;
	}
	way = (low - b->v0 > REST_V) * scurve_way(b->v0, low, b->a, s->jerk) +
	      (low - b->v1 > REST_V) * scurve_way(b->v1, low, b->a, s->jerk);
	ramp(out, &n, low - b->v0, b->a, s->jerk);
	if (low > 0 && b->d > way)
		out[n++] = (struct phase){0, 0, (b->d - way) / low};
	ramp(out, &n, b->v1 - low, b->a, s->jerk);
	return n;
}

static void
put_open(struct scurve *s, bool last)
{
	bool worth = s->open && s->out.distance > NOTHING_MM;

	if (worth || last)
		s->emit(s->ctx, &s->out, worth ? &s->profile : NULL, last);
	s->open = false;
}

/* d mm of an item from `done` on: in t, from v to v1, a on the mean */
static void
put(struct scurve *s, const struct item *it, double done, double d, double v,
    double v1, const struct phase *p)
{
	struct planner_profile *q = &s->profile;
	double a = p->a;

	/* a trapezoid has one ramp with jerk, or two without, as steep */
	if (s->open &&
	    (a > 0 || q->decel_t > 0 ||
		(a < 0 && q->accel_t > 0 &&
		    (p->j != 0 || q->jerk != 0 || s->out.accel != -a))))
		put_open(s, false);
	if (!s->open) {
		s->open = true;
		s->out = it->m;
		s->out.distance = 0;
		for (int i = 0; i < 3; i++)
			s->out.start[i] += it->m.dir[i] * done;
		s->out.start_e += it->m.ratio_e * done;
		*q = (struct planner_profile){
		    .start_v = v, .cruise_v = v, .end_v = v};
	}
	if (a != 0) {
		s->out.accel = fabs(a);
		q->jerk = p->j;
	}
	if (a > 0)
		q->accel_t = p->t;
	else if (a < 0)
		q->decel_t = p->t;
	else
		q->cruise_t += p->t;
	if (a > 0)
		q->cruise_v = v1;
	q->end_v = v1;
	s->out.distance += d;
}

static double
phase_way(const struct phase *p, double v, double x)
{
	return (v + (p->a / 2 + p->j / 6 * x) * x) * x;
}

/* When the way is d, which it is within the phase: Newton's, bracketed. */
static double
phase_time(const struct phase *p, double v, double d)
{
	double low = 0, high = p->t, x = p->t / 2;

	for (int i = 0; i < 100; i++) {
		double off = phase_way(p, v, x) - d;
		double slope = v + (p->a + p->j / 2 * x) * x;
		double next = slope > 0 ? x - off / slope : -1;

		if (off > 0)
			high = x;
		else
			low = x;
		if (!(next > low && next < high))
			next = (low + high) / 2;
		if (fabs(next - x) <= 1e-15 + 1e-15 * x)
			return next;
		x = next;
	}
	return x;
}

/* Hands out a hill: its phases, cut where its moves end. */
static void
put_block(struct scurve *s, const struct block *b)
{
	struct phase phase[PHASES], p = {0, 0, 0};
	int n = shape(s, b, phase), k = 0;
	double v = b->v0;

	if (n)
		p = phase[0];
	for (size_t i = b->first; i < b->end; i++) {
		const struct item *it = &s->item[i];
		double done = 0;

		while (k < n && it->m.distance - done > LEFT_MM) {
			double left = it->m.distance - done;
			double d = phase_way(&p, v, p.t), v1;
			struct phase piece = p;

			if (d > left + LEFT_MM) {
				piece.t = phase_time(&p, v, left);
				d = left;
			}
			piece.a += p.j / 2 * piece.t;
			v1 = fmax(v + piece.a * piece.t, 0);
			put(s, it, done, d, v, v1, &piece);
			done += d;
			v = v1;
			p.t -= piece.t;
			p.a += p.j * piece.t;
			if (p.t <= ABSENT_S * 1e-3 && ++k < n)
				p = phase[k];
		}
		put_open(s, true);
	}
}

/* --- the queue --------------------------------------------------------- */

static void
put_blocks(struct scurve *s, size_t n)
{
	size_t gone;

	if (!n)
		return;
	for (size_t k = 0; k < n; k++)
		put_block(s, &s->block[k]);
	s->v0 = s->block[n - 1].v1;
	gone = s->block[n - 1].end;
	s->n -= gone;
	memmove(s->item, s->item + gone, s->n * sizeof(s->item[0]));
}

/*
 * A knot is final when it is the same whether the machine comes to rest at the
 * end of the queue or goes on there as it was planned.  The last hill may grow.
 */
static void
settle(struct scurve *s)
{
	size_t final = 0, n;

	find_blocks(s);
	n = s->n_blocks;
	pass(s, s->item[s->n - 1].v1);
	ALLOC_GROW(s->loose, n, s->loose_alloc);
	for (size_t k = 0; k < n; k++)
		s->loose[k] = s->block[k].v1;
	pass(s, 0);
	while (final + 1 < n && s->block[final].v1 == s->loose[final])
		final++;
	if (s->n > MOVES_MAX && final < n / 2)
		final = n / 2; /* as if it came to rest: safe, if slower */
	put_blocks(s, final);
	s->next_pass = 2 * s->n > PASS_AT ? 2 * s->n : PASS_AT;
}

void
scurve_flush(struct scurve *s)
{
	if (!s->n)
		return;
	find_blocks(s);
	pass(s, 0);
	put_blocks(s, s->n_blocks);
	s->v0 = 0;
	s->next_pass = PASS_AT;
}

void
scurve_add(
    void *ctx, const struct planner_move *m, const struct planner_profile *q)
{
	struct scurve *s = ctx;
	struct item *it;

	ALLOC_GROW(s->item, s->n + 1, s->alloc);
	it = &s->item[s->n];
	*it = (struct item){
	    .m = *m, .v0 = q->start_v, .top = q->cruise_v, .v1 = q->end_v};
	/* what takes no time may bend any way: a knot before and behind */
	it->first_a = q->accel_t > ABSENT_S    ? m->accel
		      : q->cruise_t > ABSENT_S ? 0
		      : q->decel_t > ABSENT_S  ? -m->accel
					       : HUGE_VAL;
	it->last_a = q->decel_t > ABSENT_S    ? -m->accel
		     : q->cruise_t > ABSENT_S ? 0
		     : q->accel_t > ABSENT_S  ? m->accel
					      : -HUGE_VAL;
	it->knot =
	    s->n == 0 || q->start_v <= REST_V || it->first_a > it[-1].last_a;
	s->trapezoids_s += q->accel_t + q->cruise_t + q->decel_t;
	if (++s->n >= s->next_pass)
		settle(s);
}
