/* SPDX-License-Identifier: GPL-3.0-or-later */
/* When each sample of a free-running sensor was taken, by the board's clock. */
#include "sample-clock.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"

enum {
	PER_KNOT = 32, /* points, three seconds */
	LEAST = 8,     /* points of a piece that has its own slope */
};

#define LATE 2.0 /* times the usual answer */
#define FAR  5.0 /* times the usual distance from the chain */

void
sample_clock_release(struct sample_clock *c)
{
	free(c->point);
	free(c->line);
	memset(c, 0, sizeof(*c));
}

void
sample_clock_reset(struct sample_clock *c)
{
	c->n = c->lines = 0;
}

void
sample_clock_add(struct sample_clock *c, const struct sample_point *p)
{
	if (c->n > 0 && !(p->n > c->point[c->n - 1].n))
		return;
	ALLOC_GROW(c->point, c->n + 1, c->alloc);
	c->point[c->n++] = *p;
}

static int
compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static double
median(double *v, size_t n)
{
	qsort(v, n, sizeof(*v), compare);
	return v[n / 2];
}

/* answers that took long say little about when: out with them */
static void
drop_late(struct sample_clock *c)
{
	double *took = xcalloc(c->n + 1, sizeof(*took)), limit;
	size_t kept = 0;

	for (size_t i = 0; i < c->n; i++)
		took[i] = c->point[i].took;
	limit = LATE * median(took, c->n);
	for (size_t i = 0; i < c->n; i++)
		if (c->point[i].took <= limit)
			c->point[kept++] = c->point[i];
	c->n = kept;
	free(took);
}

/* slope of the whole, ticks a sample, over pieces without a cut */
static double
mean_period(const struct sample_clock *c)
{
	double dn = 0, dc = 0;

	for (size_t i = 1; i < c->n; i++) {
		const struct sample_point *p = &c->point[i];

		if (p->overflows != p[-1].overflows)
			continue;
		dn += p->n - p[-1].n;
		dc += p->clock - p[-1].clock;
	}
	return dn > 0 ? dc / dn : 0;
}

/* a piece without a cut, and the chain over it */
struct piece {
	const struct sample_point *p;
	size_t n, k;	 /* points, lines */
	bool *out;	 /* points that do not count */
	double *clock;	 /* of the k + 1 knots, since the first point */
	size_t *at;	 /* which lie at these points */
	size_t *line_of; /* points to lines */
};

static void
piece_init(struct piece *c, const struct sample_point *p, size_t n)
{
	size_t k = (n + PER_KNOT / 2) / PER_KNOT;

	*c = (struct piece){.p = p, .n = n, .k = k ? k : 1};
	c->out = xcalloc(n, sizeof(*c->out));
	c->clock = xcalloc(c->k + 1, sizeof(*c->clock));
	c->at = xcalloc(c->k + 1, sizeof(*c->at));
	c->line_of = xcalloc(n, sizeof(*c->line_of));
	for (size_t j = 0; j <= c->k; j++)
		c->at[j] = j * (n - 1) / c->k;
	for (size_t i = 0, j = 0; i < n; i++) {
		if (j + 1 < c->k && i >= c->at[j + 1])
			j++;
		c->line_of[i] = j;
	}
}

static void
piece_release(struct piece *c)
{
	free(c->out);
	free(c->clock);
	free(c->at);
	free(c->line_of);
}

/* how far along its line a point is, 0..1 */
static double
part_of(const struct piece *c, size_t i)
{
	size_t j = c->line_of[i];
	double from = c->p[c->at[j]].n, to = c->p[c->at[j + 1]].n;

	return (c->p[i].n - from) / (to - from);
}

/*
 * The chain that is nearest to the points: each pulls at the knots to its
 * sides, so that the equations have three diagonals.
 */
static void
fit_chain(struct piece *c)
{
	double *diagonal = xcalloc(c->k + 1, sizeof(double));
	double *above = xcalloc(c->k + 1, sizeof(double));
	double *right = xcalloc(c->k + 1, sizeof(double));

	for (size_t i = 0; i < c->n; i++) {
		double part = part_of(c, i), y = c->p[i].clock - c->p->clock;
		size_t j = c->line_of[i];

		if (c->out[i])
			continue;
		diagonal[j] += (1 - part) * (1 - part);
		diagonal[j + 1] += part * part;
		above[j] += part * (1 - part);
		right[j] += (1 - part) * y;
		right[j + 1] += part * y;
	}
	for (size_t j = 1; j <= c->k; j++) {
		double r = above[j - 1] / diagonal[j - 1];

		diagonal[j] -= r * above[j - 1];
		right[j] -= r * right[j - 1];
	}
	c->clock[c->k] = right[c->k] / diagonal[c->k];
	for (size_t j = c->k; j-- > 0;)
		c->clock[j] =
		    (right[j] - above[j] * c->clock[j + 1]) / diagonal[j];
	free(diagonal);
	free(above);
	free(right);
}

/* Points far from the chain are out, but none that a knot lies at: the
 * equations need it.  Are there any? */
static bool
drop_far(struct piece *c)
{
	double *off = xcalloc(c->n, sizeof(*off));
	double *sorted = xcalloc(c->n, sizeof(*sorted)), limit;
	size_t dropped = 0;

	for (size_t i = 0; i < c->n; i++) {
		size_t j = c->line_of[i];
		double part = part_of(c, i);

		off[i] =
		    fabs(c->p[i].clock - c->p->clock -
			 (1 - part) * c->clock[j] - part * c->clock[j + 1]);
		sorted[i] = off[i];
	}
	limit = FAR * median(sorted, c->n);
	for (size_t i = 0; i < c->n; i++) {
		c->out[i] = limit > 0 && off[i] > limit;
		dropped += c->out[i];
	}
	for (size_t j = 0; j <= c->k; j++)
		c->out[c->at[j]] = false;
	free(off);
	free(sorted);
	return dropped > 0;
}

static void
add_line(struct sample_clock *c, const struct sample_line *l)
{
	ALLOC_GROW(c->line, c->lines + 1, c->alloc_lines);
	c->line[c->lines++] = *l;
}

static void
solve_piece(struct sample_clock *c, const struct sample_point *p, size_t n,
    double period)
{
	struct sample_line l = {p->n, p->n, 0, period};
	struct piece piece;

	if (n < LEAST) {
		for (size_t i = 0; i < n; i++)
			l.clock +=
			    (p[i].clock - period * (p[i].n - p->n)) / (double)n;
		add_line(c, &l);
		return;
	}
	piece_init(&piece, p, n);
	fit_chain(&piece);
	if (drop_far(&piece))
		fit_chain(&piece);
	for (size_t j = 0; j < piece.k; j++) {
		l.from = l.at = p[piece.at[j]].n;
		l.clock = p->clock + piece.clock[j];
		l.slope = (piece.clock[j + 1] - piece.clock[j]) /
			  (p[piece.at[j + 1]].n - l.at);
		add_line(c, &l);
	}
	piece_release(&piece);
}

int
sample_clock_solve(struct sample_clock *c)
{
	double period;

	c->lines = 0;
	if (c->n > 0)
		drop_late(c);
	period = mean_period(c);
	if (c->n < 2 || !(period > 0))
		return -1;
	for (size_t i = 0; i < c->n;) {
		size_t from = i;

		for (i++; i < c->n; i++)
			if (c->point[i].overflows != c->point[from].overflows)
				break;
		solve_piece(c, c->point + from, i - from, period);
	}
	return 0;
}

double
sample_clock_at(const struct sample_clock *c, double n, size_t *hint)
{
	const struct sample_line *l;

	while (*hint + 1 < c->lines && c->line[*hint + 1].from <= n)
		++*hint;
	l = &c->line[*hint];
	return l->clock + l->slope * (n - l->at);
}
