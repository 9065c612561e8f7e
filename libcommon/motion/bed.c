/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The mesh as a smooth surface, with its derivatives. */
#include "motion/bed.h"

/* Rounds until Z is found; each gains three digits on any real bed. */
#define ROUNDS	 30
#define FOUND_MM 1e-12

/* The cell, and the part of it; outside it stands still. */
static int
cell(struct jet at, double from, double d, int n, struct jet *t)
{
	int i;

	*t = jet_scale(at, 1 / d, -from / d);
	if (!(t->v > 0)) {
		*t = jet_const(0);
		return 0;
	}
	if (t->v >= n - 1) {
		*t = jet_const(1);
		return n - 2;
	}
	i = (int)t->v;
	t->v -= i;
	return i;
}

/* p1 at 0, p2 at 1, with the slopes of their neighbours. */
static struct jet
cubic(const struct jet p[4], struct jet t)
{
	struct jet c1 = jet_scale(jet_sub(p[2], p[0]), 0.5, 0), c2, c3;

	c2 = jet_sub(jet_scale(p[2], 2, 0), jet_scale(p[1], 2.5, 0));
	c2 = jet_add(c2, jet_sub(p[0], jet_scale(p[3], 0.5, 0)));
	c3 = jet_scale(jet_sub(p[1], p[2]), 1.5, 0);
	c3 = jet_add(c3, jet_scale(jet_sub(p[3], p[0]), 0.5, 0));
	c2 = jet_add(c2, jet_mul(c3, t));
	c1 = jet_add(c1, jet_mul(c2, t));
	return jet_add(p[1], jet_mul(c1, t));
}

/* A height of the grid; beyond its edge the slope goes on. */
static double
height(const struct mesh *m, int i, int j)
{
	if (i < 0)
		return 2 * height(m, 0, j) - height(m, 1, j);
	if (i >= m->nx)
		return 2 * height(m, m->nx - 1, j) - height(m, m->nx - 2, j);
	if (j < 0)
		return 2 * height(m, i, 0) - height(m, i, 1);
	if (j >= m->ny)
		return 2 * height(m, i, m->ny - 1) - height(m, i, m->ny - 2);
	return m->z[(long)j * m->nx + i];
}

static struct jet
surface(const struct mesh *m, struct jet x, struct jet y)
{
	struct jet tx, ty, row[4], p[4];
	int i = cell(x, m->x0, m->dx, m->nx, &tx);
	int j = cell(y, m->y0, m->dy, m->ny, &ty);

	for (int k = 0; k < 4; k++) {
		for (int l = 0; l < 4; l++)
			p[l] = jet_const(height(m, i + l - 1, j + k - 1));
		row[k] = cubic(p, tx);
	}
	return cubic(row, ty);
}

struct jet
bed_jet(const struct bed *b, const struct jet pos[3])
{
	const struct mesh_fade *f = &b->fade;
	struct jet p[3], s, factor;

	if (!b->mesh.z)
		return jet_const(0);
	for (int i = 0; i < 3; i++)
		p[i] = jet_scale(pos[i], 1, b->shift[i]);
	factor = jet_const(mesh_factor(f, p[2].v));
	if (factor.v > 0 && factor.v < 1)
		factor = jet_scale(p[2], -1 / (f->end - f->start),
		    f->end / (f->end - f->start));
	s = jet_scale(surface(&b->mesh, p[0], p[1]), 1, -f->target);
	return jet_scale(jet_mul(s, factor), 1, f->target);
}

double
bed_offset(const struct bed *b, const double pos[3])
{
	struct jet p[3] = {
	    jet_const(pos[0]), jet_const(pos[1]), jet_const(pos[2])};

	return bed_jet(b, p).v;
}

double
bed_inverse(const struct bed *b, const double pos[3])
{
	double at[3] = {pos[0], pos[1], pos[2]}, z;

	for (int i = 0; i < ROUNDS; i++) {
		z = pos[2] - bed_offset(b, at);
		if (fabs(z - at[2]) < FOUND_MM)
			break;
		at[2] = z;
	}
	return at[2];
}
