/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Objects that are left out. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "machine/gcode_private.h"

/*
 * G-code goes on counting while the machine stays where it is: every skipped
 * target moves the offset between the two.  Behind the object the first move
 * in X or Y goes straight to its target, the offset vanishes; a move of Z or
 * E alone before that is made on the spot.  What differs is how far filament
 * is drawn back: there (adjust) the machine catches up with the first move.
 */

static bool
same_name(const char *a, const char *b)
{
	return gcode_view_is((struct gcode_view){a, strlen(a)}, b);
}

static int
find_name(const struct gcode_exclude *x, const char *name)
{
	for (size_t i = 0; i < x->n; i++)
		if (same_name(x->name[i], name))
			return (int)i;
	return -1;
}

bool
gcode_excludes(const struct gcode_exec *ex, const char *name)
{
	return find_name(&ex->exclude, name) >= 0;
}

static void
leave(struct gcode_exec *ex)
{
	struct gcode_exclude *x = &ex->exclude;

	if (!x->skipped)
		return;
	x->skipped = false;
	x->adjust = (x->max_skipped - x->last_skipped[3]) -
		    (ex->max_e - x->last_real[3]);
}

/* what the object at hand means for the moves to come */
void
gcode_exclude_update(struct gcode_exec *ex)
{
	struct gcode_exclude *x = &ex->exclude;

	x->inside = ex->object[0] &&
		    (find_name(x, ex->object) >= 0 ||
			(ex->number[0] && find_name(x, ex->number) >= 0));
	if (x->inside && !x->active) {
		x->active = true;
		memcpy(x->last_real, ex->st.last, sizeof(x->last_real));
	}
}

/* Who carries out the plan may have to tell of it, when it is cut off. */
static void
post(struct gcode_exec *ex, enum plan_type type, const char *name)
{
	struct plan_record rec = gcode_record(ex, type);

	rec.flags = PLAN_SKIPPABLE;
	gcode_post(ex, &rec, name);
}

void
gcode_exclude_add(struct gcode_exec *ex, const char *name)
{
	struct gcode_exclude *x = &ex->exclude;

	if (find_name(x, name) >= 0)
		return;
	ALLOC_GROW(x->name, x->n + 1, x->alloc);
	x->name[x->n++] = xstrdup(name);
	post(ex, PLAN_OBJECT_LEFT, name);
	gcode_exclude_update(ex);
}

void
gcode_object_told(struct gcode_exec *ex, const char *name)
{
	post(ex, PLAN_OBJECT_TOLD, name);
	if (find_name(&ex->exclude, name) >= 0)
		post(ex, PLAN_OBJECT_LEFT, name);
}

void
gcode_exclude_remove(struct gcode_exec *ex, const char *name)
{
	struct gcode_exclude *x = &ex->exclude;
	int i = find_name(x, name);

	if (i < 0)
		return;
	post(ex, PLAN_OBJECT_TOLD, name);
	free(x->name[i]);
	x->name[i] = x->name[--x->n];
	gcode_exclude_update(ex);
}

static void
exclude_none(struct gcode_exec *ex)
{
	struct gcode_exclude *x = &ex->exclude;

	while (x->n)
		gcode_exclude_remove(ex, x->name[x->n - 1]);
}

void
gcode_exclude_free(struct gcode_exec *ex)
{
	struct gcode_exclude *x = &ex->exclude;

	while (x->n)
		free(x->name[--x->n]);
	free(x->name);
}

/* The machine was put somewhere: both count from there. */
void
gcode_exclude_reset(struct gcode_exec *ex)
{
	struct gcode_exclude *x = &ex->exclude;

	memset(x->offset, 0, sizeof(x->offset));
	x->adjust = 0;
	x->skipped = false;
	memcpy(x->last_real, ex->st.last, sizeof(x->last_real));
}

static int
skip(struct gcode_exec *ex, const double target[4])
{
	struct gcode_exclude *x = &ex->exclude;

	if (!x->skipped && x->max_skipped < ex->max_e)
		x->max_skipped = ex->max_e;
	x->skipped = true;
	for (int i = 0; i < 3; i++)
		x->offset[i] = target[i] - x->last_real[i];
	x->offset[3] += target[3] - ex->st.last[3];
	if (target[3] > x->max_skipped)
		x->max_skipped = target[3];
	memcpy(x->last_skipped, target, sizeof(x->last_skipped));
	memcpy(ex->st.last, target, sizeof(ex->st.last));
	return 0;
}

int
gcode_exclude_go(struct gcode_exec *ex, const double target[4], double speed)
{
	struct gcode_exclude *x = &ex->exclude;
	double machine[4];

	if (x->inside)
		return skip(ex, target);
	leave(ex);
	if ((x->offset[0] != 0 || x->offset[1] != 0) &&
	    (target[0] != x->last_skipped[0] ||
		target[1] != x->last_skipped[1])) {
		x->offset[0] = x->offset[1] = x->offset[2] = 0;
		x->offset[3] += x->adjust;
		x->adjust = 0;
	}
	if (x->offset[2] != 0 && target[2] != x->last_skipped[2])
		x->offset[2] = 0;
	if (x->adjust != 0 && target[3] != x->last_skipped[3]) {
		x->offset[3] += x->adjust;
		x->adjust = 0;
	}
	for (int i = 0; i < 4; i++)
		machine[i] = target[i] - x->offset[i];
	if (gcode_go_machine(ex, target, machine, speed))
		return -1;
	memcpy(x->last_real, target, sizeof(x->last_real));
	return 0;
}

/* EXCLUDE_OBJECT [NAME= | CURRENT=1] [RESET=1] */
int
gcode_do_exclude(struct gcode_exec *ex, const struct gcode_line *line)
{
	double reset = 0, current = 0;
	char name[GCODE_OBJECT_MAX];
	bool named;

	if (gcode_number(ex, line, "RESET", 0, 1, &reset) < 0 ||
	    gcode_number(ex, line, "CURRENT", 0, 1, &current) < 0)
		return -1;
	named = gcode_object_name(line, name);
	if (reset != 0) {
		if (named)
			gcode_exclude_remove(ex, name);
		else
			exclude_none(ex);
		return 0;
	}
	if (current != 0) {
		if (!ex->object[0])
			return gcode_fail(ex, NULL, "unknown-name",
			    "'CURRENT' excludes nothing: no object has "
			    "begun");
		gcode_exclude_add(ex, ex->object);
	} else if (named) {
		gcode_exclude_add(ex, name);
	}
	return 0;
}

/* M486: T says how many, S begins one, A names it, P and C leave out */
