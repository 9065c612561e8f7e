/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Joins the points at which the extruder stepped into straight beads. */
#include "mcu-fw/sim/laid.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"

/* mm2: thinner than this no bead holds together; 0.1 wide on 0.1 mm */
#define SECTION_MIN 0.01
/* mm: a bead that climbs more is cut (spiral vases), so that layers sort */
#define CLIMB_MAX 0.02

void
laid_init(struct laid *l, double filament_area, double tolerance)
{
	memset(l, 0, sizeof(*l));
	l->filament_area = filament_area;
	l->tolerance = tolerance;
}

void
laid_release(struct laid *l)
{
	free(l->v);
	laid_init(l, l->filament_area, l->tolerance);
}

static void
start_at(struct laid *l, const double pos[3], double e)
{
	memcpy(l->anchor, pos, sizeof(l->anchor));
	l->anchor_e = e;
	l->reach2 = 0;
	l->fan = false;
	l->open = true;
}

static void
close_segment(struct laid *l)
{
	struct laid_segment *s;

	if (!l->open || l->reach2 <= 0)
		return;
	ALLOC_GROW(l->v, l->n + 1, l->alloc);
	s = &l->v[l->n++];
	s->t = l->last_t;
	s->x0 = (float)l->anchor[0];
	s->y0 = (float)l->anchor[1];
	s->z0 = (float)l->anchor[2];
	s->x1 = (float)l->last[0];
	s->y1 = (float)l->last[1];
	s->z1 = (float)l->last[2];
	s->filament_mm = (float)(l->high_e - l->anchor_e);
}

static double
cross(const double a[2], const double b[2])
{
	return a[0] * b[1] - a[1] * b[0];
}

/*
 * Whether the point at v from the anchor fits on the open segment: it lies in
 * the fan of directions that pass within the tolerance of all points before,
 * and further out.  Narrows the fan.
 *
 *              hi
 *           /     o <- v        a point at distance r narrows the fan
 *   anchor <--------- tolerance to +-asin(tolerance / r) around it
 *           \     |
 *              lo
 */
static bool
fits(struct laid *l, const double v[3])
{
	double r2 = v[0] * v[0] + v[1] * v[1];
	double s, c, r, lo[2], hi[2];

	if (fabs(v[2]) > CLIMB_MAX || r2 + v[2] * v[2] < l->reach2)
		return false;
	r = sqrt(r2);
	if (r <= l->tolerance)
		return true;
	if (l->fan && (cross(l->lo, v) < 0 || cross(v, l->hi) < 0))
		return false;
	s = l->tolerance / r;
	c = sqrt(1 - s * s);
	lo[0] = (v[0] * c + v[1] * s) / r;
	lo[1] = (v[1] * c - v[0] * s) / r;
	hi[0] = (v[0] * c - v[1] * s) / r;
	hi[1] = (v[1] * c + v[0] * s) / r;
	if (!l->fan || cross(l->lo, lo) > 0)
		memcpy(l->lo, lo, sizeof(lo));
	if (!l->fan || cross(hi, l->hi) > 0)
		memcpy(l->hi, hi, sizeof(hi));
	l->fan = true;
	return true;
}

void
laid_point(struct laid *l, double t, const double pos[3], double e)
{
	double de = e - l->high_e, d[3], v[3], d2 = 0;
	int i;

	if (de <= 0)
		return;
	for (i = 0; i < 3; i++) {
		d[i] = pos[i] - l->last[i];
		v[i] = pos[i] - l->anchor[i];
		d2 += d[i] * d[i];
	}
	if (!l->open || fabs(d[2]) > CLIMB_MAX ||
	    de * l->filament_area < sqrt(d2) * SECTION_MIN) {
		close_segment(l);
		start_at(l, pos, e);
	} else if (d2 <= 0) {
		if (l->reach2 <= 0) /* a blob: pushed while standing */
			l->anchor_e = e;
	} else {
		if (!fits(l, v)) {
			close_segment(l);
			start_at(l, l->last, l->high_e);
			for (i = 0; i < 3; i++)
				v[i] = d[i];
			fits(l, v);
		}
		l->reach2 = v[0] * v[0] + v[1] * v[1] + v[2] * v[2];
	}
	memcpy(l->last, pos, sizeof(l->last));
	l->last_t = t;
	l->high_e = e;
}

void
laid_finish(struct laid *l)
{
	close_segment(l);
	l->open = false;
}

static int
by_time(const void *a, const void *b)
{
	const struct laid_segment *x = a, *y = b;

	return (x->t > y->t) - (x->t < y->t);
}

void
laid_take(struct laid *l, struct laid *from)
{
	bool merged = l->n > 0;

	laid_finish(from);
	if (from->n == 0)
		return;
	ALLOC_GROW(l->v, l->n + from->n, l->alloc);
	memcpy(l->v + l->n, from->v, from->n * sizeof(*l->v));
	l->n += from->n;
	from->n = 0;
	if (merged)
		qsort(l->v, l->n, sizeof(*l->v), by_time);
}

int
laid_write_csv(const struct laid *l, FILE *fp)
{
	const struct laid_segment *s;

	fputs("#time,x0,y0,z0,x1,y1,z1,filament\n", fp);
	for (s = l->v; s < l->v + l->n; s++)
		fprintf(fp, "%.6f,%.4f,%.4f,%.4f,%.4f,%.4f,%.4f,%.5f\n", s->t,
		    (double)s->x0, (double)s->y0, (double)s->z0, (double)s->x1,
		    (double)s->y1, (double)s->z1, (double)s->filament_mm);
	return ferror(fp) ? -1 : 0;
}
