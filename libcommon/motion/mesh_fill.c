/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Heights of a bed where it was not probed. */
#include "motion/mesh_fill.h"

#include <math.h>
#include <stdlib.h>

#include "base/xalloc.h"

#define SLOPE_WEIGHT 1e-4 /* 1 / L^2 */

/*
 * a z = b for the points left out, of which each meets only those up to band
 * before and behind it: row i of a holds a[i][i - band .. i].
 */
struct plate {
	const struct mesh_fill *fill;
	int *unknown; /* of a point: its row, or -1 */
	int n, band;
	double *a, *b;
};

static double *
entry(const struct plate *p, int row, int column)
{
	return p->a + (size_t)row * (size_t)(p->band + 1) + p->band -
	       (row - column);
}

/* weight * (sum of coefficient * height)^2, if all of it is on the bed */
static void
term(struct plate *p, const int *at, const double *c, int n, double weight)
{
	const struct mesh_fill *f = p->fill;

	for (int i = 0; i < n; i++)
		if (f->point[at[i]] == MESH_OUTSIDE)
			return;
	for (int i = 0; i < n; i++) {
		int row = p->unknown[at[i]];

		if (row < 0)
			continue;
		for (int k = 0; k < n; k++) {
			int column = p->unknown[at[k]];

			if (column < 0)
				p->b[row] -= weight * c[i] * c[k] * f->z[at[k]];
			else if (column <= row)
				*entry(p, row, column) += weight * c[i] * c[k];
		}
	}
}

/* all differences that begin at this point */
static void
differences(struct plate *p, int x, int y)
{
	static const double second[] = {1, -2, 1}, first[] = {-1, 1},
			    twist[] = {1, -1, -1, 1};
	const struct mesh_fill *f = p->fill;
	int i = y * f->nx + x, nx = f->nx;
	double ratio = f->dx / f->dy; /* in points of x */

	if (x + 2 < f->nx)
		term(p, (int[]){i, i + 1, i + 2}, second, 3, 1);
	if (y + 2 < f->ny)
		term(p, (int[]){i, i + nx, i + 2 * nx}, second, 3,
		    pow(ratio, 4));
	if (x + 1 < f->nx)
		term(p, (int[]){i, i + 1}, first, 2, SLOPE_WEIGHT);
	if (y + 1 < f->ny)
		term(p, (int[]){i, i + nx}, first, 2,
		    SLOPE_WEIGHT * ratio * ratio);
	if (x + 1 < f->nx && y + 1 < f->ny)
		term(p, (int[]){i, i + 1, i + nx, i + nx + 1}, twist, 4,
		    2 * ratio * ratio);
}

/* Cholesky's factor in place of a, then the two triangles. */
static int
solve(struct plate *p)
{
	for (int i = 0; i < p->n; i++) {
		int first = i > p->band ? i - p->band : 0;

		for (int k = first; k <= i; k++) {
			int from = k > p->band ? k - p->band : 0;
			double sum = *entry(p, i, k);

			for (int m = from > first ? from : first; m < k; m++)
				sum -= *entry(p, i, m) * *entry(p, k, m);
			if (k < i)
				*entry(p, i, k) = sum / *entry(p, k, k);
			else if (sum > 0)
				*entry(p, i, i) = sqrt(sum);
			else
				return -1;
		}
	}
	for (int i = 0; i < p->n; i++) {
		for (int k = i > p->band ? i - p->band : 0; k < i; k++)
			p->b[i] -= *entry(p, i, k) * p->b[k];
		p->b[i] /= *entry(p, i, i);
	}
	for (int i = p->n; i-- > 0;) {
		p->b[i] /= *entry(p, i, i);
		for (int k = i > p->band ? i - p->band : 0; k < i; k++)
			p->b[k] -= *entry(p, i, k) * p->b[i];
	}
	return 0;
}

static int
bend(struct plate *p)
{
	const struct mesh_fill *f = p->fill;
	size_t n = (size_t)p->n;
	int result;

	p->a = xcalloc(n * (size_t)(p->band + 1), sizeof(*p->a));
	p->b = xcalloc(n, sizeof(*p->b));
	for (int y = 0; y < f->ny; y++)
		for (int x = 0; x < f->nx; x++)
			differences(p, x, y);
	result = solve(p);
	for (int i = 0; i < f->nx * f->ny && result == 0; i++)
		if (p->unknown[i] >= 0)
			f->z[i] = p->b[p->unknown[i]];
	free(p->a);
	free(p->b);
	return result;
}

int
mesh_fill(const struct mesh_fill *f, const char **why)
{
	struct plate p = {.fill = f};
	int points = f->nx * f->ny, felt = 0, result = 0;

	*why = "it lacks points, and has too many to reckon them";
	p.unknown = xcalloc((size_t)points, sizeof(*p.unknown));
	for (int i = 0; i < points; i++) {
		felt += f->point[i] == MESH_FELT;
		p.unknown[i] = f->point[i] == MESH_LEFT_OUT ? p.n++ : -1;
	}
	p.band = p.n < 2 * f->nx + 1 ? p.n : 2 * f->nx;
	if (felt == 0) {
		*why = "none of its points was felt";
		result = -1;
	} else if (p.n > 0 &&
		   (f->nx > MESH_FILL_MAX || f->ny > MESH_FILL_MAX)) {
		result = -1;
	} else if (p.n > 0) {
		*why = "its cells are too long and thin";
		result = bend(&p);
	}
	free(p.unknown);
	return result;
}
