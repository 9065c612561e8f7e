/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The objects of a plan: where they stand, what they take. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/xalloc.h"
#include "cmd/gcode-plan/gcode-plan.h"
#include "lang/json.h"

void
objects_release(struct objects *o)
{
	for (size_t i = 0; i < o->n; i++)
		free(o->object[i].name);
	free(o->object);
	memset(o, 0, sizeof(*o));
}

struct object *
objects_find(const struct objects *o, const char *name)
{
	for (size_t i = 0; i < o->n; i++)
		if (strcasecmp(o->object[i].name, name) == 0)
			return &o->object[i];
	return NULL;
}

static struct object *
get(struct objects *o, const char *name)
{
	struct object *found = objects_find(o, name);

	if (found)
		return found;
	ALLOC_GROW(o->object, o->n + 1, o->alloc);
	found = &o->object[o->n++];
	*found = (struct object){
	    .name = xstrdup(name),
	    .low = {HUGE_VAL, HUGE_VAL, HUGE_VAL},
	    .high = {-HUGE_VAL, -HUGE_VAL, -HUGE_VAL},
	};
	return found;
}

/* What is laid down: filament that was drawn back, mostly elsewhere, has to
 * come forth again first. */
static double
laid(struct objects *o, const struct plan_move *m)
{
	double e = m->ratio_e * m->distance - o->drawn_mm;

	o->drawn_mm = fmax(-e, 0);
	return fmax(e, 0);
}

static void
add_move(struct object *obj, const struct plan_move *m, double filament_mm)
{
	obj->time_s += m->accel_t + m->cruise_t + m->decel_t;
	obj->filament_mm += filament_mm;
	if (!m->advance)
		return;
	for (int i = 0; i < 3; i++) {
		double a = m->start[i], b = a + m->distance * m->dir[i];

		obj->low[i] = fmin(obj->low[i], fmin(a, b));
		obj->high[i] = fmax(obj->high[i], fmax(a, b));
	}
}

void
objects_add(struct objects *o, const struct plan_record *rec)
{
	if (rec->type == PLAN_OBJECT && rec->u.text.s[0]) {
		o->current = (size_t)(get(o, rec->u.text.s) - o->object) + 1;
	} else if (rec->type == PLAN_OBJECT) {
		o->current = 0;
	} else if (rec->type == PLAN_MOVE) {
		double filament_mm = laid(o, &rec->u.move);

		if (o->current)
			add_move(&o->object[o->current - 1], &rec->u.move,
			    filament_mm);
	}
}

/* A terminal takes no orders from a file. */
static void
put_name(struct buf *out, const char *s)
{
	for (; *s; s++)
		buf_addc(out, (unsigned char)*s < ' ' || *s == 0x7f ? '?' : *s);
	buf_addc(out, '\n');
}

void
objects_text(const struct objects *o, struct buf *out)
{
	if (!o->n)
		buf_adds(out, "no objects are labelled\n");
	for (size_t i = 0; i < o->n; i++) {
		const struct object *obj = &o->object[i];

		/* a number that got its name a line later */
		if (obj->time_s == 0)
			continue;
		put_name(out, obj->name);
		if (obj->low[0] > obj->high[0]) {
			buf_adds(out, "\tnothing is laid down\n");
			continue;
		}
		buf_addf(out,
		    "\tX %.2f..%.2f, Y %.2f..%.2f, Z %.2f..%.2f mm, "
		    "%.0f s, %.3f m\n",
		    obj->low[0], obj->high[0], obj->low[1], obj->high[1],
		    obj->low[2], obj->high[2], obj->time_s,
		    obj->filament_mm / 1000);
	}
}

void
objects_json(const struct objects *o, struct buf *out)
{
	static const char *const axis[] = {"x", "y", "z"};
	struct json j;

	json_begin(&j, out);
	json_array(&j, NULL);
	for (size_t i = 0; i < o->n; i++) {
		const struct object *obj = &o->object[i];

		if (obj->time_s == 0)
			continue;
		json_object(&j, NULL);
		json_string(&j, "name", obj->name);
		json_fixed(&j, "time_s", obj->time_s, 3);
		json_fixed(&j, "filament_mm", obj->filament_mm, 3);
		for (int k = 0; obj->low[0] <= obj->high[0] && k < 3; k++) {
			json_array(&j, axis[k]);
			json_fixed(&j, NULL, obj->low[k], 4);
			json_fixed(&j, NULL, obj->high[k], 4);
			json_close(&j);
		}
		json_close(&j);
	}
	json_close(&j);
	json_newline(&j);
}
