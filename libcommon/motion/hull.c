/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What lies on the bed, as convex outlines. */
#include "motion/hull.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"

#define ISLANDS_MAX 512

static int
by_place(const void *a, const void *b)
{
	const double *p = a, *q = b;

	if (p[0] != q[0])
		return p[0] < q[0] ? -1 : 1;
	return (p[1] > q[1]) - (p[1] < q[1]);
}

/* > 0: c is on the left of the way from a to b */
static double
turn(const double a[2], const double b[2], const double c[2])
{
	return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]);
}

/* Along the lower side, then back along the upper: only left turns stay. */
static size_t
enclose(double (*at)[2], size_t n, double (*out)[2])
{
	size_t k = 0, lower;

	qsort(at, n, sizeof(*at), by_place);
	for (size_t i = 0; i < n; i++) {
		while (k >= 2 && turn(out[k - 2], out[k - 1], at[i]) <= 0)
			k--;
		memcpy(out[k++], at[i], sizeof(*out));
	}
	lower = k + 1;
	for (size_t i = n - 1; i-- > 0;) {
		while (k >= lower && turn(out[k - 2], out[k - 1], at[i]) <= 0)
			k--;
		memcpy(out[k++], at[i], sizeof(*out));
	}
	/* it ends where it began; points may all be the same */
	k -= k > 1;
	return k == 2 && memcmp(out[0], out[1], sizeof(*out)) == 0 ? 1 : k;
}

static void
make(struct hull *h, double (*at)[2], size_t n)
{
	h->at = xcalloc(2 * n + 1, sizeof(*h->at));
	h->n = enclose(at, n, h->at);
	h->at = xreallocarray(h->at, h->n, sizeof(*h->at));
	for (int k = 0; k < 2; k++) {
		h->low[k] = h->high[k] = h->at[0][k];
		for (size_t i = 1; i < h->n; i++) {
			h->low[k] = fmin(h->low[k], h->at[i][k]);
			h->high[k] = fmax(h->high[k], h->at[i][k]);
		}
	}
}

/* Is all of q farther than the gap on the right of an edge of h? */
static bool
parts(const struct hull *h, const double (*q)[2], size_t n, double gap)
{
	for (size_t i = 0; i < h->n; i++) {
		const double *a = h->at[i], *b = h->at[(i + 1) % h->n];
		double length = hypot(b[0] - a[0], b[1] - a[1]);
		size_t k = 0;

		while (k < n && turn(a, b, q[k]) < -gap * length)
			k++;
		if (k == n && length > 0)
			return true;
	}
	return false;
}

static bool
is_near(const struct hull *a, const struct hull *b, double gap)
{
	for (int k = 0; k < 2; k++)
		if (a->low[k] > b->high[k] + gap ||
		    b->low[k] > a->high[k] + gap)
			return false;
	return !parts(a, (const double(*)[2])b->at, b->n, gap) &&
	       !parts(b, (const double(*)[2])a->at, a->n, gap);
}

static bool
is_inside(const struct hull *h, const struct hull *of)
{
	for (int k = 0; k < 2; k++)
		if (h->low[k] < of->low[k] || h->high[k] > of->high[k])
			return false;
	if (of->n < 3)
		return false;
	for (size_t i = 0; i < of->n; i++)
		for (size_t k = 0; k < h->n; k++)
			if (turn(of->at[i], of->at[(i + 1) % of->n], h->at[k]) <
			    0)
				return false;
	return true;
}

/* both become the second */
static void
merge(struct hull *a, struct hull *b)
{
	double(*all)[2] = xcalloc(a->n + b->n, sizeof(*all));
	struct hull both;

	memcpy(all, a->at, a->n * sizeof(*all));
	memcpy(all + a->n, b->at, b->n * sizeof(*all));
	make(&both, all, a->n + b->n);
	free(all);
	free(a->at);
	free(b->at);
	*b = both;
}

void
hulls_add(struct hulls *hs, double (*at)[2], size_t n, double gap)
{
	struct hull h;

	if (n == 0)
		return;
	make(&h, at, n);
	for (size_t i = 0; i < hs->n; i++) {
		if (is_inside(&h, &hs->v[i])) {
			free(h.at);
			return;
		}
	}
	if (hs->n >= ISLANDS_MAX)
		gap = HUGE_VAL;
	/* what has grown may have come near to those that were far */
	for (size_t i = 0; i < hs->n;) {
		if (!is_near(&hs->v[i], &h, gap)) {
			i++;
			continue;
		}
		merge(&hs->v[i], &h);
		hs->v[i] = hs->v[--hs->n];
		i = 0;
	}
	ALLOC_GROW(hs->v, hs->n + 1, hs->alloc);
	hs->v[hs->n++] = h;
}

bool
hulls_touch(const struct hulls *hs, const double low[2], const double high[2])
{
	const double corner[4][2] = {{low[0], low[1]}, {high[0], low[1]},
	    {high[0], high[1]}, {low[0], high[1]}};

	for (size_t i = 0; i < hs->n; i++) {
		const struct hull *h = &hs->v[i];

		if (h->low[0] < high[0] && h->high[0] > low[0] &&
		    h->low[1] < high[1] && h->high[1] > low[1] &&
		    !parts(h, corner, 4, 0))
			return true;
	}
	return false;
}

bool
hulls_bounds(const struct hulls *hs, double low[2], double high[2])
{
	for (int k = 0; k < 2; k++) {
		low[k] = HUGE_VAL;
		high[k] = -HUGE_VAL;
		for (size_t i = 0; i < hs->n; i++) {
			low[k] = fmin(low[k], hs->v[i].low[k]);
			high[k] = fmax(high[k], hs->v[i].high[k]);
		}
	}
	return hs->n > 0;
}

void
hulls_release(struct hulls *hs)
{
	for (size_t i = 0; i < hs->n; i++)
		free(hs->v[i].at);
	free(hs->v);
	memset(hs, 0, sizeof(*hs));
}
