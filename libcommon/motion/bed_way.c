/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What following the bed asks of Z. */
#include <stddef.h>

#include "base/xalloc.h"
#include "motion/bed.h"

/* Looks at a cell along a way through it. */
#define LOOKS	  16
#define LOOKS_MAX 100000
/* Rounding of a place between cells, of one. */
#define BETWEEN 1e-9
/* A way that stays in its row as far as counts, cells. */
#define FLAT 1e-6

/* --- a cell --------------------------------------------------------------- */

/* A cell as a Bezier patch: nothing of it leaves the hull of these points, and
 * what is true of their differences is true of its derivatives. */
static void
patch(const struct bed *b, int i, int j, double p[4][4])
{
	size_t stride = (size_t)b->mesh.nx + 2;

	for (int e = 0; e < 2; e++) {
		double ty = e ? -1.0 / 3 : 1.0 / 3;
		int end = 3 * e, next = 1 + e;

		for (int k = 0; k < 2; k++) {
			const double *n =
			    b->node[(size_t)(j + e) * stride + (size_t)(i + k)];
			double tx = k ? -1.0 / 3 : 1.0 / 3;

			p[end][3 * k] = n[0];
			p[end][1 + k] = n[0] + tx * n[1];
			p[next][3 * k] = n[0] + ty * n[2];
			p[next][1 + k] =
			    n[0] + tx * n[1] + ty * n[2] + tx * ty * n[3];
		}
	}
}

struct range {
	double low, high;
};

struct bounds {
	struct range height, slope[2], bend[3];
};

static const struct range nothing = {HUGE_VAL, -HUGE_VAL};

static inline void
take(struct range *r, double v)
{
	r->low = v < r->low ? v : r->low;
	r->high = v > r->high ? v : r->high;
}

static double
most(struct range r)
{
	return fmax(fabs(r.low), fabs(r.high));
}

static void
scale(struct range *r, double by)
{
	r->low *= by;
	r->high *= by;
}

/* What a cell has, in mm. */
static void
cell_bounds(const struct bed *b, int i, int j, struct bounds *o)
{
	double dx = b->mesh.dx, dy = b->mesh.dy, p[4][4];

	o->height = nothing;
	for (int k = 0; k < 2; k++)
		o->slope[k] = nothing;
	for (int k = 0; k < 3; k++)
		o->bend[k] = nothing;
	patch(b, i, j, p);
	for (int k = 0; k < 4; k++)
		for (int l = 0; l < 4; l++) {
			take(&o->height, p[k][l]);
			if (l < 3)
				take(&o->slope[0], p[k][l + 1] - p[k][l]);
			if (k < 3)
				take(&o->slope[1], p[k + 1][l] - p[k][l]);
			if (l < 2)
				take(&o->bend[0],
				    p[k][l + 2] - 2 * p[k][l + 1] + p[k][l]);
			if (k < 3 && l < 3)
				take(&o->bend[1], p[k + 1][l + 1] -
						      p[k + 1][l] -
						      p[k][l + 1] + p[k][l]);
			if (k < 2)
				take(&o->bend[2],
				    p[k + 2][l] - 2 * p[k + 1][l] + p[k][l]);
		}
	scale(&o->slope[0], 3 / dx);
	scale(&o->slope[1], 3 / dy);
	scale(&o->bend[0], 6 / (dx * dx));
	scale(&o->bend[1], 9 / (dx * dy));
	scale(&o->bend[2], 6 / (dy * dy));
}

/* ... of a cell and those around it: each gives its own to them. */
static void
spread(struct bed *b, int i, int j, const struct bed_near *own)
{
	int nx = b->mesh.nx, ny = b->mesh.ny;

	for (int v = j > 0 ? j - 1 : j; v <= (j < ny ? j + 1 : j); v++)
		for (int u = i > 0 ? i - 1 : i; u <= (i < nx ? i + 1 : i);
		     u++) {
			struct bed_near *at =
			    &b->near[(size_t)v * (size_t)(nx + 1) + (size_t)u];

			for (int k = 0; k < 2; k++)
				at->slope[k] =
				    fmax(at->slope[k], own->slope[k]);
			for (int k = 0; k < 3; k++)
				at->bend[k] = fmax(at->bend[k], own->bend[k]);
		}
}

void
bed_measure(struct bed *b)
{
	int nx = b->mesh.nx, ny = b->mesh.ny;
	struct bed_near own;
	struct bounds c;

	b->near =
	    xcalloc((size_t)(nx + 1) * (size_t)(ny + 1), sizeof(*b->near));
	b->low = HUGE_VAL;
	b->high = -HUGE_VAL;
	for (int j = 0; j <= ny; j++)
		for (int i = 0; i <= nx; i++) {
			cell_bounds(b, i, j, &c);
			b->low = fmin(b->low, c.height.low);
			b->high = fmax(b->high, c.height.high);
			for (int k = 0; k < 2; k++) {
				own.slope[k] = most(c.slope[k]);
				b->slope[k] = fmax(b->slope[k], own.slope[k]);
			}
			for (int k = 0; k < 3; k++) {
				own.bend[k] = most(c.bend[k]);
				b->bend[k] = fmax(b->bend[k], own.bend[k]);
			}
			spread(b, i, j, &own);
		}
}

/* --- a way ---------------------------------------------------------------- */

/* The slope and the bend of the bed along a direction become those of Z, with
 * what Z of the plan does. */
static void
add_plan(const struct bed *b, const double start[3], const double dir[3],
    double distance, struct bed_way *w)
{
	const struct mesh_fade *f = &b->fade;
	double z = fabs(dir[2]), slope = w->slope;
	double z0 = start[2] + b->shift[2], z1 = z0 + distance * dir[2];
	double share = mesh_factor(f, fmin(z0, z1));

	w->slope *= share;
	w->bend *= share;
	if (z == 0)
		return;
	if (f->end > f->start && fmax(z0, z1) > f->start &&
	    fmin(z0, z1) < f->end) {
		double k = z / (f->end - f->start);

		w->bend += 2 * k * slope;
		w->slope += k * fmax(f->target - b->low, 0);
	}
	w->slope += z;
}

static struct range
times(struct range r, double by)
{
	return by < 0 ? (struct range){r.high * by, r.low * by}
		      : (struct range){r.low * by, r.high * by};
}

static void
add_cell(
    const struct bed *b, int i, int j, const double dir[3], struct bed_way *w)
{
	double x = dir[0], y = dir[1];
	struct range r[3];
	struct bounds c;

	cell_bounds(b, i, j, &c);
	r[0] = times(c.slope[0], x);
	r[1] = times(c.slope[1], y);
	w->slope = fmax(w->slope,
	    most((struct range){r[0].low + r[1].low, r[0].high + r[1].high}));
	r[0] = times(c.bend[0], x * x);
	r[1] = times(c.bend[1], 2 * x * y);
	r[2] = times(c.bend[2], y * y);
	w->bend =
	    fmax(w->bend, most((struct range){r[0].low + r[1].low + r[2].low,
			      r[0].high + r[1].high + r[2].high}));
}

static int
cell(double at, int n)
{
	return at > 0 ? at < n ? (int)at : n : 0;
}

const struct bed_near *
bed_near(const struct bed *b, const double pos[3])
{
	const struct mesh *m = &b->mesh;
	int i = cell((pos[0] + b->shift[0] - m->x0) / m->dx + 1, m->nx);
	int j = cell((pos[1] + b->shift[1] - m->y0) / m->dy + 1, m->ny);

	return &b->near[(size_t)j * (size_t)(m->nx + 1) + (size_t)i];
}

/* The cells on the way, in cells from the ring's corner. */
static void
add_cells(const struct bed *b, double x0, double y0, const double dir[3],
    double distance, struct bed_way *w)
{
	double x1 = x0 + distance * dir[0] / b->mesh.dx;
	double y1 = y0 + distance * dir[1] / b->mesh.dy;
	int nx = b->mesh.nx, ny = b->mesh.ny, first, last;
	bool slanted = fabs(y1 - y0) > FLAT;
	double rate = slanted ? (x1 - x0) / (y1 - y0) : 0;

	first = cell(fmin(y0, y1) - BETWEEN, ny);
	last = cell(fmax(y0, y1) + BETWEEN, ny);
	for (int j = first; j <= last; j++) {
		double a = x0, e = x1;

		/* the part of the way in this row; beyond the ring the first
		 * and the last one go on */
		if (slanted) {
			double low = fmax(fmin(y0, y1), j == 0 ? -HUGE_VAL : j);
			double high =
			    fmin(fmax(y0, y1), j == ny ? HUGE_VAL : j + 1);

			a = x0 + rate * (low - y0);
			e = x0 + rate * (high - y0);
		}
		for (int i = cell(fmin(a, e) - BETWEEN, nx);
		     i <= cell(fmax(a, e) + BETWEEN, nx); i++)
			add_cell(b, i, j, dir, w);
	}
}

void
bed_way(const struct bed *b, const double start[3], const double dir[3],
    double distance, struct bed_way *w)
{
	const struct mesh *m = &b->mesh;
	double steep = 0, step;
	int looks;

	w->slope = w->bend = 0;
	add_cells(b, (start[0] + b->shift[0] - m->x0) / m->dx + 1,
	    (start[1] + b->shift[1] - m->y0) / m->dy + 1, dir, distance, w);
	/* of a cell only a part may be on the way */
	step = distance * (fabs(dir[0]) / m->dx + fabs(dir[1]) / m->dy);
	looks = (int)fmin(ceil(LOOKS * step), LOOKS_MAX) + 1;
	step = distance / looks;
	for (int i = 0; i <= looks; i++) {
		double at[2] = {
		    start[0] + i * step * dir[0], start[1] + i * step * dir[1]};

		steep = fmax(steep, fabs(bed_slope(b, at, dir)));
	}
	w->slope = fmin(w->slope, steep + w->bend * step / 2);
	add_plan(b, start, dir, distance, w);
}

/*
 * Z accelerates with slope a, and in the bends of the bed with bend v^2.  The
 * acceleration gives way as long as it has half of what Z can, then the speed.
 */
void
bed_limit(const struct bed *b, const double start[3], const double dir[3],
    double distance, double z_velocity, double z_accel, double *v, double *a)
{
	double x = fabs(dir[0]), y = fabs(dir[1]);
	struct bed_way w = {b->slope[0] * x + b->slope[1] * y,
	    b->bend[0] * x * x + 2 * b->bend[1] * x * y + b->bend[2] * y * y};
	double bent;

	add_plan(b, start, dir, distance, &w);
	if (*v * w.slope <= z_velocity &&
	    *a * w.slope + *v * *v * w.bend <= z_accel)
		return;
	bed_way(b, start, dir, distance, &w);
	*v = fmin(*v, z_velocity / w.slope);
	bent = *v * *v * w.bend;
	if (*a * w.slope + bent <= z_accel)
		return;
	if (bent <= z_accel / 2) {
		*a = fmin(*a, (z_accel - bent) / w.slope);
		return;
	}
	*a = fmin(*a, z_accel / 2 / w.slope);
	*v = fmin(*v, sqrt((z_accel - *a * w.slope) / w.bend));
}

void
bed_span(const struct bed *b, const double from[3], const double to[3],
    double *low, double *high)
{
	double x = fabs(to[0] - from[0]) / b->mesh.dx;
	double y = fabs(to[1] - from[1]) / b->mesh.dy;
	double looks = fmin(ceil(LOOKS * (x + y)) + 1, LOOKS_MAX);

	*low = HUGE_VAL;
	*high = -HUGE_VAL;
	for (int k = 0; k <= looks; k++) {
		double part = k / looks, p[3], z;

		for (int i = 0; i < 3; i++)
			p[i] = (1 - part) * from[i] + part * to[i];
		z = p[2] + bed_offset(b, p);
		*low = fmin(*low, z);
		*high = fmax(*high, z);
	}
}
