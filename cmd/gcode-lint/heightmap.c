/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How high the print stands, cell by cell of the bed. */
#include "heightmap.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"

void
heightmap_init(struct heightmap *h, const double min[2], const double max[2])
{
	double w = fmax(max[0] - min[0], 1), d = fmax(max[1] - min[1], 1);
	size_t n;

	*h = (struct heightmap){.x0 = min[0], .y0 = min[1]};
	h->cell = fmax(HEIGHTMAP_CELL, sqrt(w * d / HEIGHTMAP_CELLS_MAX));
	h->nx = (int)(w / h->cell) + 1;
	h->ny = (int)(d / h->cell) + 1;
	n = (size_t)h->nx * (size_t)h->ny;
	h->top = xcalloc(n, sizeof(*h->top));
	h->owner = xcalloc(n, 1);
	h->nbx = h->nx / HEIGHTMAP_BLOCK + 1;
	h->nby = h->ny / HEIGHTMAP_BLOCK + 1;
	h->row = xcalloc((size_t)h->ny, sizeof(*h->row));
	h->block = xcalloc((size_t)h->nbx * (size_t)h->nby, sizeof(*h->block));
}

void
heightmap_release(struct heightmap *h)
{
	free(h->top);
	free(h->owner);
	free(h->row);
	free(h->block);
}

void
heightmap_clear(struct heightmap *h)
{
	size_t n = (size_t)h->nx * (size_t)h->ny;

	if (!h->laid)
		return;
	h->laid = false;
	memset(h->top, 0, n * sizeof(*h->top));
	memset(h->owner, 0, n);
	memset(h->row, 0, (size_t)h->ny * sizeof(*h->row));
	memset(
	    h->block, 0, (size_t)h->nbx * (size_t)h->nby * sizeof(*h->block));
	h->max_top = 0;
}

/* how many cells a step apart cover the way */
static int
steps(const struct heightmap *h, const double a[2], const double b[2])
{
	double way = fmax(fabs(b[0] - a[0]), fabs(b[1] - a[1]));

	return way < 1e6 ? (int)(way / h->cell) + 1 : 0;
}

/* -1: off the grid */
static long
cell_at(const struct heightmap *h, double x, double y)
{
	double cx = (x - h->x0) / h->cell, cy = (y - h->y0) / h->cell;

	if (!(cx >= 0 && cy >= 0 && cx < h->nx && cy < h->ny))
		return -1;
	return (long)cy * h->nx + (long)cx;
}

static void
raise_cell(struct heightmap *h, long c, float top)
{
	long x = c % h->nx, y = c / h->nx;
	long b = y / HEIGHTMAP_BLOCK * h->nbx + x / HEIGHTMAP_BLOCK;

	h->top[c] = top;
	if (h->row[y] < top)
		h->row[y] = top;
	if (h->block[b] < top)
		h->block[b] = top;
}

void
heightmap_lay(struct heightmap *h, const double a[2], const double b[2],
    double z, enum heightmap_owner owner)
{
	int n = steps(h, a, b);
	double dx = n ? (b[0] - a[0]) / n : 0, dy = n ? (b[1] - a[1]) / n : 0;
	float top = (float)z;

	h->laid = true;
	for (int i = 0; i <= n; i++) {
		long c = cell_at(h, a[0] + i * dx, a[1] + i * dy);

		if (c < 0)
			continue;
		if (h->top[c] < top)
			raise_cell(h, c, top);
		if (h->owner[c] < owner)
			h->owner[c] = (uint8_t)owner;
	}
	if (h->max_top < z)
		h->max_top = z;
}

bool
heightmap_hits(const struct heightmap *h, const double a[3], const double b[3],
    double slack, double *top, double at[2])
{
	int n;

	if (fmin(a[2], b[2]) >= h->max_top - slack)
		return false;
	n = steps(h, a, b);
	for (int i = 0; i <= n; i++) {
		double f = n ? (double)i / n : 0;
		double x = a[0] + f * (b[0] - a[0]);
		double y = a[1] + f * (b[1] - a[1]);
		long c = cell_at(h, x, y);

		if (c < 0 || h->owner[c] == HEIGHTMAP_FREE ||
		    (double)h->top[c] <= a[2] + f * (b[2] - a[2]) + slack)
			continue;
		*top = (double)h->top[c];
		at[0] = x;
		at[1] = y;
		return true;
	}
	return false;
}

/* where a coordinate falls among n cells, at most at their ends */
static int
index_of(double v, double v0, double cell, int n)
{
	double i = floor((v - v0) / cell);

	return i < 0 ? 0 : i > n - 1 ? n - 1 : (int)i;
}

static double
highest_in_block(const struct heightmap *h, int bx, int by, const int from[2],
    const int to[2], double top)
{
	int x0 = bx * HEIGHTMAP_BLOCK, x1 = x0 + HEIGHTMAP_BLOCK - 1;
	int y0 = by * HEIGHTMAP_BLOCK, y1 = y0 + HEIGHTMAP_BLOCK - 1;

	for (int y = y0 < from[1] ? from[1] : y0; y <= y1 && y <= to[1]; y++)
		for (int x = x0 < from[0] ? from[0] : x0; x <= x1 && x <= to[0];
		     x++)
			top = fmax(top, (double)h->top[(long)y * h->nx + x]);
	return top;
}

double
heightmap_highest(
    const struct heightmap *h, const double min[2], const double max[2])
{
	double top = 0;
	int from[2] = {index_of(min[0], h->x0, h->cell, h->nx),
	    index_of(min[1], h->y0, h->cell, h->ny)};
	int to[2] = {index_of(max[0], h->x0, h->cell, h->nx),
	    index_of(max[1], h->y0, h->cell, h->ny)};

	if (max[0] < h->x0 || max[1] < h->y0 ||
	    min[0] > h->x0 + h->nx * h->cell ||
	    min[1] > h->y0 + h->ny * h->cell)
		return 0;
	for (int by = from[1] / HEIGHTMAP_BLOCK; by <= to[1] / HEIGHTMAP_BLOCK;
	     by++)
		for (int bx = from[0] / HEIGHTMAP_BLOCK;
		     bx <= to[0] / HEIGHTMAP_BLOCK; bx++)
			if ((double)h->block[by * h->nbx + bx] > top)
				top =
				    highest_in_block(h, bx, by, from, to, top);
	return top;
}

double
heightmap_highest_rows(const struct heightmap *h, double y0, double y1)
{
	double top = 0;

	if (y1 < h->y0 || y0 > h->y0 + h->ny * h->cell)
		return 0;
	for (int y = index_of(y0, h->y0, h->cell, h->ny),
		 end = index_of(y1, h->y0, h->cell, h->ny);
	     y <= end; y++)
		top = fmax(top, (double)h->row[y]);
	return top;
}

bool
heightmap_crosses(const struct heightmap *h, const double a[2],
    const double b[2], enum heightmap_owner owner)
{
	int n = steps(h, a, b);

	for (int i = 0; i <= n; i++) {
		double f = n ? (double)i / n : 0;
		long c = cell_at(
		    h, a[0] + f * (b[0] - a[0]), a[1] + f * (b[1] - a[1]));

		if (c >= 0 && h->owner[c] == owner)
			return true;
	}
	return false;
}
