/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Objects that the file declares, and where their beads go. */
#include "objects.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "base/xalloc.h"

void
objects_init(struct objects *o)
{
	*o = (struct objects){.at = -1};
}

void
objects_release(struct objects *o)
{
	for (size_t i = 0; i < o->n; i++) {
		free(o->v[i].name);
		free(o->v[i].corner);
	}
	free(o->v);
	objects_init(o);
}

int
objects_find(const struct objects *o, struct gcode_view name)
{
	for (size_t i = 0; i < o->n; i++)
		if (gcode_view_is(name, o->v[i].name))
			return (int)i;
	return -1;
}

/* the numbers of the text in pairs; anything else only separates them */
static void
read_polygon(struct object *o, struct gcode_view text)
{
	double v[2];
	int at = 0;
	size_t i = 0;

	o->corner = xcalloc(OBJECT_CORNERS_MAX, sizeof(*o->corner));
	while (i < text.n && o->n_corners < OBJECT_CORNERS_MAX) {
		size_t from = i;

		while (i < text.n && strchr("+-.0123456789", text.s[i]))
			i++;
		if (i == from) {
			i++;
			continue;
		}
		if (num_parse_decimal(text.s + from, i - from, &v[at]) != 0)
			break;
		if (++at == 2) {
			memcpy(o->corner[o->n_corners++], v, sizeof(v));
			at = 0;
		}
	}
	if (o->n_corners < 3)
		o->n_corners = 0;
}

void
objects_define(
    struct objects *o, struct gcode_view name, struct gcode_view polygon)
{
	int i = objects_find(o, name);
	struct object *v;

	if (i < 0 && o->n == OBJECTS_MAX)
		return;
	if (i < 0) {
		ALLOC_GROW(o->v, o->n + 1, o->alloc);
		v = &o->v[o->n++];
		*v = (struct object){.name = xstrndup(name.s, name.n)};
	} else {
		v = &o->v[i];
		free(v->corner);
		v->corner = NULL;
		v->n_corners = 0;
	}
	if (polygon.n)
		read_polygon(v, polygon);
}

/* distance of p from the side a b */
static double
from_side(const double p[2], const double a[2], const double b[2])
{
	double dx = b[0] - a[0], dy = b[1] - a[1];
	double len2 = dx * dx + dy * dy, f = 0;

	if (len2 > 0)
		f = ((p[0] - a[0]) * dx + (p[1] - a[1]) * dy) / len2;
	f = fmin(fmax(f, 0), 1);
	return hypot(p[0] - a[0] - f * dx, p[1] - a[1] - f * dy);
}

bool
object_outside(const struct object *o, const double at[2], double margin)
{
	bool inside = false;
	double near = HUGE_VAL;

	for (int i = 0, k = o->n_corners - 1; i < o->n_corners; k = i++) {
		const double *a = o->corner[i], *b = o->corner[k];

		if ((a[1] > at[1]) != (b[1] > at[1]) &&
		    at[0] <
			(b[0] - a[0]) * (at[1] - a[1]) / (b[1] - a[1]) + a[0])
			inside = !inside;
		near = fmin(near, from_side(at, a, b));
	}
	return o->n_corners > 0 && !inside && near > margin;
}
