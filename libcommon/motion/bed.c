/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The mesh as a smooth surface, with its derivatives. */
#include "motion/bed.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"

/* Where it fades, Z of the machine rises with that of the plan at least by
 * this share: less, and a micron of the one is many of the other. */
#define FADE_LEAST 0.1

/* --- nodes -----------------------------------------------------------------
 */

/* Values and slopes along a line of n points, stride apart, ring included: the
 * first and the last hold the edge. */
static void
slopes_along(double (*node)[4], int n, size_t stride, int value, int slope)
{
	for (int i = 0; i < n; i++) {
		double *at = node[(size_t)i * stride];
		int low = i > 1 ? i - 1 : i, high = i < n - 2 ? i + 1 : i;

		if (i == 0)
			at[value] = node[stride][value];
		else if (i == n - 1)
			at[value] = node[(size_t)(i - 1) * stride][value];
		at[slope] = 0;
		if (i > 0 && i < n - 1)
			at[slope] = (node[(size_t)high * stride][value] -
					node[(size_t)low * stride][value]) /
				    (high - low);
	}
}

static void
make_nodes(struct bed *b)
{
	const struct mesh *m = &b->mesh;
	int nx = m->nx + 2, ny = m->ny + 2;

	b->node = xcalloc((size_t)nx * (size_t)ny, sizeof(*b->node));
	for (int j = 1; j < ny - 1; j++) {
		double(*row)[4] = b->node + (size_t)j * (size_t)nx;

		for (int i = 1; i < nx - 1; i++)
			row[i][0] = m->z[(size_t)(j - 1) * (size_t)m->nx +
					 (size_t)(i - 1)];
		slopes_along(row, nx, 1, 0, 1);
	}
	for (int i = 0; i < nx; i++) {
		slopes_along(b->node + i, ny, (size_t)nx, 0, 2);
		slopes_along(b->node + i, ny, (size_t)nx, 1, 3);
	}
}

int
bed_ready(struct bed *b, const char **why)
{
	const struct mesh_fade *f = &b->fade;
	double most;

	if (!b->node) {
		make_nodes(b);
		bed_measure(b);
	}
	most = fmax(b->high - f->target, f->target - b->low);
	*why = "it fades over less than it is high";
	if (f->end > f->start &&
	    !(most < (1 - FADE_LEAST) * (f->end - f->start)))
		return -1;
	return 0;
}

void
bed_release(struct bed *b)
{
	mesh_release(&b->mesh);
	free(b->node);
	free(b->near);
	b->near = NULL;
	b->node = NULL; /* .shift stays: it is asked for without a mesh, too */
}

/* --- the surface -----------------------------------------------------------
 */

/* Where a coordinate is among the nodes: the cell, and how far in it; how much
 * of a cell a mm is, 0 where nothing changes any more. */
struct place {
	int cell;
	double u, per_mm;
};

static inline struct place
find(double at, double from, double d, int n)
{
	double t = (at - from) / d + 1;

	if (!(t > 0))
		return (struct place){0, 0, 0};
	if (t >= n + 1)
		return (struct place){n, 1, 0};
	return (struct place){(int)t, t - (int)t, 1 / d};
}

/* Of the values and slopes at both ends, how much at u. */
static inline void
weights(double u, double w[4])
{
	double v = 1 - u;

	w[0] = v * v * (1 + 2 * u);
	w[1] = v * v * u;
	w[2] = u * u * (1 + 2 * v);
	w[3] = -u * u * v;
}

static inline void
weights_rate(double u, double w[4])
{
	double v = 1 - u;

	w[2] = 6 * u * v;
	w[0] = -w[2];
	w[1] = v * (1 - 3 * u);
	w[3] = u * (3 * u - 2);
}

static inline void
weights_bend(double u, double w[4])
{
	w[0] = 12 * u - 6;
	w[1] = 6 * u - 4;
	w[2] = -w[0];
	w[3] = 6 * u - 2;
}

/* The nodes of a cell as values and slopes along Y (first index) of values and
 * slopes along X. */
static inline void
corners(const struct bed *b, int i, int j, double c[4][4])
{
	size_t stride = (size_t)b->mesh.nx + 2;

	for (int e = 0; e < 2; e++)
		for (int k = 0; k < 2; k++) {
			const double *n =
			    b->node[(size_t)(j + e) * stride + (size_t)(i + k)];

			c[2 * e][2 * k] = n[0];
			c[2 * e][2 * k + 1] = n[1];
			c[2 * e + 1][2 * k] = n[2];
			c[2 * e + 1][2 * k + 1] = n[3];
		}
}

static inline double
dot(const double a[4], const double b[4])
{
	return a[0] * b[0] + a[1] * b[1] + a[2] * b[2] + a[3] * b[3];
}

static double
height(const struct bed *b, double x, double y)
{
	struct place p = find(x, b->mesh.x0, b->mesh.dx, b->mesh.nx);
	struct place q = find(y, b->mesh.y0, b->mesh.dy, b->mesh.ny);
	double c[4][4], w[4], row[4];

	corners(b, p.cell, q.cell, c);
	weights(p.u, w);
	for (int k = 0; k < 4; k++)
		row[k] = dot(c[k], w);
	weights(q.u, w);
	return dot(row, w);
}

static struct jet
surface(const struct bed *b, struct jet x, struct jet y)
{
	struct place p = find(x.v, b->mesh.x0, b->mesh.dx, b->mesh.nx);
	struct place q = find(y.v, b->mesh.y0, b->mesh.dy, b->mesh.ny);
	double c[4][4], w[3][4], v[3][4], row[3][4];
	double xd = x.d * p.per_mm, xh = x.h * p.per_mm;
	double yd = y.d * q.per_mm, yh = y.h * q.per_mm, sx, sy;

	corners(b, p.cell, q.cell, c);
	weights(p.u, w[0]);
	weights_rate(p.u, w[1]);
	weights_bend(p.u, w[2]);
	weights(q.u, v[0]);
	weights_rate(q.u, v[1]);
	weights_bend(q.u, v[2]);
	for (int n = 0; n < 3; n++)
		for (int k = 0; k < 4; k++)
			row[n][k] = dot(c[k], w[n]);
	sx = dot(row[1], v[0]);
	sy = dot(row[0], v[1]);
	return (struct jet){dot(row[0], v[0]), sx * xd + sy * yd,
	    sx * xh + sy * yh + dot(row[2], v[0]) * xd * xd +
		2 * dot(row[1], v[1]) * xd * yd + dot(row[0], v[2]) * yd * yd};
}

struct jet
bed_jet(const struct bed *b, const struct jet pos[3])
{
	const struct mesh_fade *f = &b->fade;
	double z = pos[2].v + b->shift[2], share = mesh_factor(f, z);
	struct jet s, factor;

	if (!b->node)
		return jet_const(0);
	if (share == 0)
		return jet_const(f->target);
	s = surface(b, jet_scale(pos[0], 1, b->shift[0]),
	    jet_scale(pos[1], 1, b->shift[1]));
	if (share == 1)
		return s;
	factor = jet_scale(pos[2], -1 / (f->end - f->start),
	    (f->end - b->shift[2]) / (f->end - f->start));
	s = jet_mul(jet_scale(s, 1, -f->target), factor);
	return jet_scale(s, 1, f->target);
}

void
bed_plane(const struct bed *b, const double pos[3], double plane[3])
{
	const struct mesh *m = &b->mesh;
	struct place p = find(pos[0] + b->shift[0], m->x0, m->dx, m->nx);
	struct place q = find(pos[1] + b->shift[1], m->y0, m->dy, m->ny);
	double share = mesh_factor(&b->fade, pos[2] + b->shift[2]);
	double c[4][4], w[4], d[4], row[4], rate[4];

	corners(b, p.cell, q.cell, c);
	weights(p.u, w);
	weights_rate(p.u, d);
	for (int k = 0; k < 4; k++) {
		row[k] = dot(c[k], w);
		rate[k] = dot(c[k], d);
	}
	weights(q.u, w);
	weights_rate(q.u, d);
	plane[0] = share * (dot(row, w) - b->fade.target) + b->fade.target;
	plane[1] = share * dot(rate, w) * p.per_mm;
	plane[2] = share * dot(row, d) * q.per_mm;
}

double
bed_slope(const struct bed *b, const double pos[2], const double dir[2])
{
	struct jet x = {pos[0] + b->shift[0], dir[0], 0};
	struct jet y = {pos[1] + b->shift[1], dir[1], 0};

	return surface(b, x, y).d;
}

double
bed_offset(const struct bed *b, const double pos[3])
{
	const struct mesh_fade *f = &b->fade;
	double share;

	if (!b->node)
		return 0;
	share = mesh_factor(f, pos[2] + b->shift[2]);
	if (share == 0)
		return f->target;
	return share * (height(b, pos[0] + b->shift[0], pos[1] + b->shift[1]) -
			   f->target) +
	       f->target;
}

/*
 * At one place of the bed Z of the machine is a broken line over that of the
 * plan, which always rises (bed_ready()): the piece in the middle says on
 * which one it is.
 */
double
bed_inverse(const struct bed *b, const double pos[3])
{
	const struct mesh_fade *f = &b->fade;
	double up, z, range = f->end - f->start;

	if (!b->node)
		return pos[2];
	up = height(b, pos[0] + b->shift[0], pos[1] + b->shift[1]) - f->target;
	if (!(range > 0))
		return pos[2] - up - f->target;
	z = (pos[2] - f->target - up * (f->end - b->shift[2]) / range) /
	    (1 - up / range);
	if (z + b->shift[2] < f->start)
		return pos[2] - up - f->target;
	if (z + b->shift[2] >= f->end)
		return pos[2] - f->target;
	return z;
}
