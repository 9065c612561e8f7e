/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where a bed is probed for its mesh. */
#include "motion/mesh_grid.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"

#define SPACING_MIN_MM 1.0
#define FAULTY_EPS_MM  1e-5
#define COUNT_MIN      3
#define LAGRANGE_MAX   6 /* points along a side */
#define SPLINE_MIN     4

static int
least_count(int count, double part)
{
	int n = (int)ceil(count * part - 1e-9);

	return n > COUNT_MIN ? n : COUNT_MIN;
}

static void
keep_splines(int count[2])
{
	int most = count[0] > count[1] ? count[0] : count[1];

	for (int i = 0; i < 2; i++)
		if (most > LAGRANGE_MAX && count[i] < SPLINE_MIN)
			count[i] = SPLINE_MIN;
}

/* the rectangle around the print, in the mesh; false: not smaller */
static bool
shrink(struct mesh_grid_setup *s, const struct mesh_region *area)
{
	double low[2], high[2];

	for (int i = 0; i < 2; i++) {
		low[i] = fmax(area->low[i], s->low[i]);
		high[i] = fmin(area->high[i], s->high[i]);
		if (!(low[i] < high[i]))
			return false;
	}
	for (int i = 0; i < 2; i++) {
		s->count[i] = least_count(
		    s->count[i], (high[i] - low[i]) / (s->high[i] - s->low[i]));
		s->low[i] = low[i];
		s->high[i] = high[i];
	}
	keep_splines(s->count);
	return true;
}

/* the circle around it, where it is inside of the round bed */
static bool
shrink_round(struct mesh_grid_setup *s, const struct mesh_region *area)
{
	double size[2], middle[2], r;
	int n[2];

	for (int i = 0; i < 2; i++) {
		double low = fmax(area->low[i], s->origin[i] - s->radius);
		double high = fmin(area->high[i], s->origin[i] + s->radius);

		if (!(low < high))
			return false;
		size[i] = high - low;
		middle[i] = (low + high) / 2;
		n[i] = least_count(s->count[0], size[i] / (2 * s->radius));
	}
	keep_splines(n);
	n[0] = n[0] > n[1] ? n[0] : n[1];
	n[0] |= 1;
	r = hypot(size[0], size[1]) / 2;
	r = fmax(r, n[0]);
	if (r + hypot(middle[0] - s->origin[0], middle[1] - s->origin[1]) >=
	    s->radius)
		return false;
	s->radius = r;
	s->count[0] = s->count[1] = n[0];
	memcpy(s->origin, middle, sizeof(middle));
	return true;
}

/* the region that a point lies in, or NULL */
static const struct mesh_region *
in_region(const struct mesh_grid_setup *s, const double p[2])
{
	for (int k = 0; k < s->n_faulty; k++) {
		const struct mesh_region *r = &s->faulty[k];
		bool inside = true;

		for (int i = 0; i < 2; i++)
			inside &= p[i] > r->low[i] - FAULTY_EPS_MM &&
				  p[i] < r->high[i] + FAULTY_EPS_MM;
		if (inside)
			return r;
	}
	return NULL;
}

static void
add(struct mesh_grid *g, double x, double y, int column, int row)
{
	g->probe[g->n_probes++] = (struct mesh_probe){{x, y}, column, row};
}

/* points on the edges of a region; -1: none of them is in the mesh */
static int
add_substitutes(struct mesh_grid *g, const struct mesh_region *r,
    const double p[2], int column, int row)
{
	double edge[4][2] = {{r->low[0], p[1]}, {p[0], r->low[1]},
	    {p[0], r->high[1]}, {r->high[0], p[1]}};
	int before = g->n_probes;

	for (int k = 0; k < 4; k++) {
		/* on the way back from right to left */
		const double *e =
		    edge[row & 1 && (k == 0 || k == 3) ? 3 - k : k];

		if (e[0] >= g->low[0] && e[0] <= g->high[0] &&
		    e[1] >= g->low[1] && e[1] <= g->high[1])
			add(g, e[0], e[1], column, row);
	}
	return g->n_probes > before ? 0 : -1;
}

/* The cell with this lower corner and its margin; those at the edges go on. */
static void
cell(const struct mesh_grid *g, const int at[2], double margin, double low[2],
    double high[2])
{
	for (int i = 0; i < 2; i++) {
		low[i] = at[i] == 0 ? -HUGE_VAL
				    : g->low[i] + at[i] * g->step[i] - margin +
					  FAULTY_EPS_MM;
		high[i] = at[i] == g->count[i] - 2
			      ? HUGE_VAL
			      : g->low[i] + (at[i] + 1) * g->step[i] + margin -
				    FAULTY_EPS_MM;
	}
}

static void
want_all(struct mesh_grid *g)
{
	for (int i = 0; i < g->count[0] * g->count[1]; i++)
		g->wanted[i] = true;
}

/* the points of the cells in which something is printed */
static void
want(struct mesh_grid *g, const struct hulls *print, double margin)
{
	int nx = g->count[0], at[2];

	for (at[1] = 0; at[1] + 1 < g->count[1]; at[1]++) {
		for (at[0] = 0; at[0] + 1 < nx; at[0]++) {
			bool *w = g->wanted + at[1] * nx + at[0];
			double low[2], high[2];

			cell(g, at, margin, low, high);
			if (hulls_touch(print, low, high))
				w[0] = w[1] = w[nx] = w[nx + 1] = true;
		}
	}
}

static int
walk(struct mesh_grid *g, const struct mesh_grid_setup *s)
{
	for (int row = 0; row < g->count[1]; row++) {
		for (int k = 0; k < g->count[0]; k++) {
			int column = row & 1 ? g->count[0] - 1 - k : k;
			double p[2] = {g->low[0] + column * g->step[0],
			    g->low[1] + row * g->step[1]};
			const struct mesh_region *r;

			if (!g->wanted[row * g->count[0] + column])
				continue;
			if (s->round && hypot(p[0] - s->origin[0],
					    p[1] - s->origin[1]) > s->radius)
				continue;
			r = in_region(s, p);
			if (!r)
				add(g, p[0], p[1], column, row);
			else if (add_substitutes(g, r, p, column, row))
				return -1;
		}
	}
	return 0;
}

/* spacing in whole hundredths, and the ends that come of it */
static int
lay_out(struct mesh_grid *g, const struct mesh_grid_setup *s)
{
	for (int i = 0; i < 2; i++) {
		double size = s->round ? 2 * s->radius : s->high[i] - s->low[i];
		int n = s->count[i];

		g->count[i] = n;
		g->step[i] = floor(100 * size / (n - 1) + 1e-9) / 100;
		if (g->step[i] < SPACING_MIN_MM)
			return -1;
		g->low[i] =
		    s->round ? s->origin[i] - n / 2 * g->step[i] : s->low[i];
		g->high[i] = g->low[i] + (n - 1) * g->step[i];
	}
	return 0;
}

static const char *
wrong(const struct mesh_grid_setup *s)
{
	for (int i = 0; i < 2; i++)
		if (s->count[i] < COUNT_MIN || s->count[i] > MESH_GRID_MAX)
			return "it has less than 3 points along a side, or "
			       "more than 100";
	if (s->round && (!(s->radius > 0) || !(s->count[0] & 1)))
		return "a round one needs a radius and an odd number of "
		       "points";
	for (int i = 0; i < 2 && !s->round; i++)
		if (!(s->low[i] < s->high[i]))
			return "mesh_min is not below mesh_max";
	for (int a = 0; a < s->n_faulty; a++)
		for (int b = 0; b < a; b++) {
			const struct mesh_region *p = &s->faulty[a];
			const struct mesh_region *q = &s->faulty[b];

			if (p->low[0] < q->high[0] && q->low[0] < p->high[0] &&
			    p->low[1] < q->high[1] && q->low[1] < p->high[1])
				return "two faulty regions overlap";
		}
	return NULL;
}

/* Those around the print, or all; 0 or -1. */
static int
choose(struct mesh_grid *g, const struct mesh_grid_setup *s,
    const struct hulls *print, double margin)
{
	int result;

	/* a round bed may be too small to shrink, and have corners to spare */
	if (g->adaptive || (print && s->round))
		want(g, print, margin);
	result = walk(g, s);
	if (result == 0 && g->n_probes > 0) {
		g->adaptive |= print && s->round;
	} else if (result == 0) {
		g->adaptive = false;
		want_all(g);
		result = walk(g, s);
	}
	if (result)
		mesh_grid_release(g);
	return result;
}

int
mesh_grid_make(struct mesh_grid *g, const struct mesh_grid_setup *setup,
    const struct hulls *print, double margin, const char **why)
{
	struct mesh_grid_setup s = *setup;
	struct mesh_region area;

	memset(g, 0, sizeof(*g));
	if (s.round) {
		s.radius = floor(s.radius * 10) / 10;
		s.count[1] = s.count[0];
		s.n_faulty = 0;
	}
	*why = wrong(&s);
	if (*why)
		return -1;
	if (print && hulls_bounds(print, area.low, area.high)) {
		for (int i = 0; i < 2; i++) {
			area.low[i] -= margin;
			area.high[i] += margin;
		}
		g->adaptive =
		    s.round ? shrink_round(&s, &area) : shrink(&s, &area);
	}
	*why = "its points would be less than 1 mm apart";
	if (lay_out(g, &s))
		return -1;
	g->wanted = xcalloc(
	    (size_t)g->count[0] * (size_t)g->count[1], sizeof(*g->wanted));
	g->probe = xcalloc(
	    4 * (size_t)g->count[0] * (size_t)g->count[1], sizeof(*g->probe));
	*why = "a point in a faulty region has no substitute inside of it";
	return choose(g, &s, print, margin);
}

void
mesh_grid_release(struct mesh_grid *g)
{
	free(g->probe);
	free(g->wanted);
	memset(g, 0, sizeof(*g));
}

bool
mesh_grid_covers(const struct mesh_grid *g, const double at[2])
{
	int nx = g->count[0], c[2];
	const bool *w;

	for (int i = 0; i < 2; i++) {
		double k = floor((at[i] - g->low[i]) / g->step[i]);

		if (at[i] < g->low[i] || at[i] > g->high[i])
			return false;
		c[i] = (int)fmax(0, fmin(k, g->count[i] - 2));
	}
	w = g->wanted + c[1] * nx + c[0];
	return w[0] && w[1] && w[nx] && w[nx + 1];
}
