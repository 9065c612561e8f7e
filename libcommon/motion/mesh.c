/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The height of a bed that is not flat. */
#include "motion/mesh.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"

#define LAGRANGE_MAX 6

/* one row or column: n values, a stride apart, known at every step'th */
struct line {
	double *v;
	int n, stride, step;
};

static double
known(const struct line *l, int i)
{
	return l->v[(long)i * l->step * l->stride];
}

static double
lagrange(const struct line *l, int count, double at)
{
	double sum = 0;

	for (int i = 0; i < count; i++) {
		double term = known(l, i);

		for (int k = 0; k < count; k++)
			if (k != i)
				term *= (at - k) / (i - k);
		sum += term;
	}
	return sum;
}

static double
spline(const struct line *l, int count, double at, double tension)
{
	int i = (int)at;
	double u = at - i, u2 = u * u, u3 = u2 * u;
	double p1 = known(l, i), p2 = known(l, i + 1);
	double p0 = i ? known(l, i - 1) : p1;
	double p3 = i + 2 < count ? known(l, i + 2) : p2;

	return p1 * (2 * u3 - 3 * u2 + 1) + p2 * (3 * u2 - 2 * u3) +
	       tension * (p2 - p0) * (u3 - 2 * u2 + u) +
	       tension * (p3 - p1) * (u3 - u2);
}

static void
fill(const struct line *l, const struct mesh_setup *s,
    enum mesh_algorithm algorithm)
{
	int count = (l->n - 1) / l->step + 1;

	for (int i = 0; i < l->n; i++) {
		double at = (double)i / l->step;

		if (i % l->step == 0)
			continue;
		l->v[(long)i * l->stride] =
		    algorithm == MESH_LAGRANGE
			? lagrange(l, count, at)
			: spline(l, count, at, s->tension);
	}
}

/* what the number of points leaves of the choice; *why when nothing */
static enum mesh_algorithm
algorithm_of(const struct mesh_setup *s, const char **why)
{
	int most = s->nx > s->ny ? s->nx : s->ny;
	int least = s->nx < s->ny ? s->nx : s->ny;

	if (s->algorithm == MESH_BICUBIC && least < 4) {
		if (most <= LAGRANGE_MAX)
			return MESH_LAGRANGE;
		*why = "a bicubic mesh needs 4 points on each axis";
	}
	if (s->algorithm == MESH_LAGRANGE && most > LAGRANGE_MAX)
		*why = "a lagrange mesh has at most 6 points on an axis";
	return s->algorithm;
}

static void
measure(struct mesh *m)
{
	double sum = 0;
	long n = (long)m->nx * m->ny;

	m->low = HUGE_VAL;
	m->high = -HUGE_VAL;
	for (long i = 0; i < n; i++) {
		sum += m->z[i];
		m->low = fmin(m->low, m->z[i]);
		m->high = fmax(m->high, m->z[i]);
	}
	m->mean = sum / (double)n;
}

int
mesh_make(struct mesh *m, const struct mesh_setup *s, const char **why)
{
	int px = s->algorithm == MESH_DIRECT ? 1 : s->pps_x + 1;
	int py = s->algorithm == MESH_DIRECT ? 1 : s->pps_y + 1;
	enum mesh_algorithm algorithm;

	*why = NULL;
	memset(m, 0, sizeof(*m));
	if (s->nx < 2 || s->ny < 2 || !(s->max_x > s->min_x) ||
	    !(s->max_y > s->min_y))
		*why = "the mesh has no extent";
	else if (px < 1 || py < 1 || s->nx > MESH_POINTS_MAX / px ||
		 s->ny > MESH_POINTS_MAX / py)
		*why = "the mesh has too many points";
	algorithm = algorithm_of(s, why);
	if (*why)
		return -1;
	m->nx = (s->nx - 1) * px + 1;
	m->ny = (s->ny - 1) * py + 1;
	m->x0 = s->min_x;
	m->y0 = s->min_y;
	m->dx = (s->max_x - s->min_x) / (m->nx - 1);
	m->dy = (s->max_y - s->min_y) / (m->ny - 1);
	m->z = xcalloc((size_t)m->nx * (size_t)m->ny, sizeof(*m->z));
	for (int y = 0; y < s->ny; y++) {
		struct line row = {m->z + (long)y * py * m->nx, m->nx, 1, px};

		for (int x = 0; x < s->nx; x++)
			row.v[x * px] = s->probed[y * s->nx + x];
		fill(&row, s, algorithm);
	}
	for (int x = 0; x < m->nx; x++) {
		struct line column = {m->z + x, m->ny, m->nx, py};

		fill(&column, s, algorithm);
	}
	measure(m);
	return 0;
}

void
mesh_release(struct mesh *m)
{
	free(m->z);
	memset(m, 0, sizeof(*m));
}

/* the cell and how far into it, 0..1 */
static int
cell(double at, double d, int n, double *t)
{
	double i = floor(at / d);

	i = fmax(0, fmin(n - 2, i));
	*t = fmax(0, fmin(1, (at - i * d) / d));
	return (int)i;
}

double
mesh_z(const struct mesh *m, double x, double y)
{
	double tx, ty, a, b;
	const double *z;
	int i, j;

	if (!m->z)
		return 0;
	i = cell(x - m->x0, m->dx, m->nx, &tx);
	j = cell(y - m->y0, m->dy, m->ny, &ty);
	z = m->z + (long)j * m->nx + i;
	a = (1 - tx) * z[0] + tx * z[1];
	b = (1 - tx) * z[m->nx] + tx * z[m->nx + 1];
	return (1 - ty) * a + ty * b;
}

double
mesh_factor(const struct mesh_fade *f, double z)
{
	if (f->end <= f->start || z < f->start)
		return 1;
	return z >= f->end ? 0 : (f->end - z) / (f->end - f->start);
}

double
mesh_offset(const struct mesh *m, const struct mesh_fade *f, double x, double y,
    double factor)
{
	return factor * (mesh_z(m, x, y) - f->target) + f->target;
}

double
mesh_inverse(const struct mesh *m, const struct mesh_fade *f, double x,
    double y, double z)
{
	double height = mesh_z(m, x, y), a = height - f->target, factor = 1;

	if (f->end > f->start) {
		if (fmin(z, z - height) >= f->end)
			factor = 0;
		else if (fmax(z, z - height) >= f->start)
			factor = fmax(0, fmin(1, (f->end + f->target - z) /
						     (f->end - f->start - a)));
	}
	return z - (factor * a + f->target);
}
