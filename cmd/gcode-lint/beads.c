/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Beads of a layer or an object in sum, for comparing two prints. */
#include "beads.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"

#define BIT	  0.5  /* mm of bead that are shared out at once */
#define MARGIN	  4    /* nodes, when the grid grows */
#define SIDE_MAX  1024 /* nodes; what lies farther out is not kept */
#define PLACE_MAX 1e5  /* mm */

void
beads_init(struct beads *b)
{
	*b = (struct beads){0};
	for (int i = 0; i < 2; i++) {
		b->min[i] = HUGE_VAL;
		b->max[i] = -HUGE_VAL;
	}
}

void
beads_release(struct beads *b)
{
	free(b->grid.node);
	b->grid.node = NULL;
}

struct beads_node
beads_at(const struct beads_grid *g, int x, int y)
{
	x -= g->x0;
	y -= g->y0;
	if (x < 0 || y < 0 || x >= g->nx || y >= g->ny)
		return (struct beads_node){0, 0};
	return g->node[y * g->nx + x];
}

/* makes room for the nodes x, y and their neighbours above; false: too far */
static bool
make_room(struct beads_grid *g, int x, int y)
{
	struct beads_grid old = *g;
	int x1 = g->x0 + g->nx, y1 = g->y0 + g->ny;

	if (x >= g->x0 && x + 2 <= x1 && y >= g->y0 && y + 2 <= y1)
		return true;
	if (g->nx == 0) {
		g->x0 = x1 = x;
		g->y0 = y1 = y;
	}
	if (x < g->x0)
		g->x0 = x - MARGIN;
	if (y < g->y0)
		g->y0 = y - MARGIN;
	if (x + 2 > x1)
		x1 = x + 2 + MARGIN;
	if (y + 2 > y1)
		y1 = y + 2 + MARGIN;
	if (x1 - g->x0 > SIDE_MAX || y1 - g->y0 > SIDE_MAX) {
		*g = old;
		return false;
	}
	g->nx = x1 - g->x0;
	g->ny = y1 - g->y0;
	g->node = xcalloc((size_t)g->nx * (size_t)g->ny, sizeof(*g->node));
	for (int row = 0; row < old.ny; row++)
		memcpy(
		    &g->node[(row + old.y0 - g->y0) * g->nx + old.x0 - g->x0],
		    &old.node[row * old.nx],
		    (size_t)old.nx * sizeof(*old.node));
	free(old.node);
	return true;
}

static void
share_out(
    struct beads_grid *g, double x, double y, double bead, double filament)
{
	double cx = x / BEADS_CELL, cy = y / BEADS_CELL;
	int ix = (int)floor(cx), iy = (int)floor(cy);
	double fx = cx - ix, fy = cy - iy;

	if (!make_room(g, ix, iy))
		return;
	for (int i = 0; i < 4; i++) {
		double w = (i & 1 ? fx : 1 - fx) * (i & 2 ? fy : 1 - fy);
		struct beads_node *n =
		    &g->node[(iy - g->y0 + (i >> 1)) * g->nx + ix - g->x0 +
			     (i & 1)];

		n->bead += (float)(w * bead);
		n->filament += (float)(w * filament);
	}
}

static void
on_grid(struct beads_grid *g, const struct plan_move *v)
{
	int n = (int)fmin(ceil(v->distance / BIT), 1e6);
	double bit = v->distance / n;

	for (int i = 0; i < n; i++) {
		double x = v->start[0] + v->dir[0] * bit * (i + 0.5);
		double y = v->start[1] + v->dir[1] * bit * (i + 0.5);

		if (fabs(x) < PLACE_MAX && fabs(y) < PLACE_MAX)
			share_out(g, x, y, bit, bit * v->ratio_e);
	}
}

static void
range(double v[2], double now, bool first)
{
	v[0] = first ? now : fmin(v[0], now);
	v[1] = first ? now : fmax(v[1], now);
}

void
beads_add(struct beads *b, const struct plan_move *v, double time,
    const double now[3], bool gridded)
{
	double d = v->distance, x = v->start[0], y = v->start[1];
	double dx = v->dir[0] * d, dy = v->dir[1] * d;
	bool first = b->bead == 0;

	for (int i = 0; i < 2; i++) {
		double from = v->start[i], to = from + v->dir[i] * d;

		b->min[i] = fmin(b->min[i], fmin(from, to));
		b->max[i] = fmax(b->max[i], fmax(from, to));
	}
	b->bead += d;
	b->bead_time += time;
	/* integrals along a straight line */
	b->moment[0] += d * (x + dx / 2);
	b->moment[1] += d * (y + dy / 2);
	b->moment[2] += d * (x * x + x * dx + dx * dx / 3);
	b->moment[3] += d * (y * y + y * dy + dy * dy / 3);
	range(b->nozzle, now[0], first);
	range(b->bed, now[1], first);
	range(b->fan, now[2], first);
	if (gridded && d > 0)
		on_grid(&b->grid, v);
}
