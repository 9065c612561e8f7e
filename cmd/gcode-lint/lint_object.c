/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Objects: their order, their pairs, their polygons (rules O). */
#include <stdio.h>
#include <string.h>

#include "lint.h"

#define POLYGON_MARGIN 1.0 /* mm: half a bead, and a polygon's own rounding */

static void
begin(struct lint *l, struct gcode_view name)
{
	int i = objects_find(&l->objects, name);

	if (l->objects.at >= 0)
		finding(l->f, RULE_OBJECT_PAIRS, name.s, name.n,
		    "'%.*s' begins inside of '%s' (line %u)", (int)name.n,
		    name.s, l->objects.v[l->objects.at].name,
		    l->objects.at_line);
	if (i < 0) {
		if (l->objects.n > 0 && l->objects_declared)
			finding(l->f, RULE_OBJECT_PAIRS, name.s, name.n,
			    "the object '%.*s' was never defined", (int)name.n,
			    name.s);
		objects_define(&l->objects, name, (struct gcode_view){NULL, 0});
		i = objects_find(&l->objects, name);
	}
	l->objects.at = i;
	l->objects.at_line = l->line;
}

static void
end(struct lint *l, struct gcode_view name)
{
	const struct gcode_view all = l->parsed.name;

	if (l->objects.at < 0)
		finding(l->f, RULE_OBJECT_PAIRS, all.s, all.n,
		    "an object ends that did not begin");
	else if (name.n && objects_find(&l->objects, name) != l->objects.at)
		finding(l->f, RULE_OBJECT_PAIRS, name.s, name.n,
		    "'%.*s' ends where '%s' began (line %u)", (int)name.n,
		    name.s, l->objects.v[l->objects.at].name,
		    l->objects.at_line);
	l->objects.at = -1;
}

static void
define(struct lint *l, const struct gcode_word *name)
{
	const struct gcode_word *polygon = gcode_word(&l->parsed, "POLYGON");

	if (!name)
		return;
	l->objects_declared = true;
	objects_define(&l->objects, name->value,
	    polygon ? polygon->value : (struct gcode_view){NULL, 0});
	if ((l->any_bead || l->mesh_made) && !l->late_said) {
		l->late_said = true;
		finding(l->f, RULE_OBJECT_LATE, name->key.s,
		    name->key.n + 1 + name->value.n,
		    "'%.*s' is defined after %s", (int)name->value.n,
		    name->value.s,
		    l->mesh_made ? "the mesh was made for the objects"
				 : "the print has begun");
	}
}

/* M486 T4, S0, S-1, A name */
static void
m486(struct lint *l)
{
	const struct gcode_word *s = gcode_m486_word(&l->parsed, 'S');
	int64_t n;
	char name[24];

	if (!s || gcode_word_int(s, &n) != 1)
		return;
	if (n < 0) {
		l->objects.at = -1;
		return;
	}
	snprintf(name, sizeof(name), "%lld", (long long)n);
	l->objects.at = -1; /* a new number ends the one before */
	objects_define(&l->objects, (struct gcode_view){name, strlen(name)},
	    (struct gcode_view){NULL, 0});
	l->objects.at =
	    objects_find(&l->objects, (struct gcode_view){name, strlen(name)});
	l->objects.at_line = l->line;
}

void
check_object_command(struct lint *l)
{
	const struct gcode_line *p = &l->parsed;
	const struct gcode_word *name;

	if (p->kind == GCODE_CLASSIC) {
		if (p->number == 486)
			m486(l);
		return;
	}
	name = gcode_word(p, "NAME");
	if (gcode_view_is(p->name, "EXCLUDE_OBJECT_DEFINE"))
		define(l, name);
	else if (gcode_view_is(p->name, "EXCLUDE_OBJECT_START") && name)
		begin(l, name->value);
	else if (gcode_view_is(p->name, "EXCLUDE_OBJECT_END"))
		end(l, name ? name->value : (struct gcode_view){NULL, 0});
	else if (gcode_view_is(p->name, "BED_MESH_CALIBRATE") ||
		 gcode_view_is(p->name, "PRINT_START") ||
		 gcode_view_is(p->name, "START_PRINT"))
		l->mesh_made = true;
}

void
check_object_bead(struct lint *l, const double to[4])
{
	struct object *o;

	if (l->objects.at < 0)
		return;
	o = &l->objects.v[l->objects.at];
	if (o->n_corners == 0 || o->outside_said ||
	    !object_outside(o, to, POLYGON_MARGIN))
		return;
	o->outside_said = true;
	finding(l->f, RULE_OBJECT_POLYGON, NULL, 0,
	    "'%s' prints at X %.2f Y %.2f, outside of its polygon", o->name,
	    to[0], to[1]);
}

void
check_object_end(struct lint *l)
{
	const struct objects *o = &l->objects;

	if (o->at >= 0 && l->objects_declared)
		finding_at(l->f, RULE_OBJECT_PAIRS, o->at_line,
		    "the object '%s' begins and never ends", o->v[o->at].name);
}
