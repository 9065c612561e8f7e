/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Two carriages on one axis: which of them moves, and how far. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "machine/drive.h"
#include "machine/gcode_private.h"

/*
 * Each carriage stands at scale * x + offset, x being the head's place on the
 * axis (motion.md 3.5).  Whatever changes, offset is chosen so that nothing
 * moves by it.
 */
static double
place(const struct gcode_dual *d, int which, double x)
{
	return d->scale[which] * x + d->offset[which];
}

static const struct machine_rail *
rail(const struct gcode_exec *ex, int axis, int which)
{
	const struct gcode_dual *d = &ex->dual[axis];

	return which ? &ex->machine->carriage[d->second].rail
		     : &ex->machine->rail[axis];
}

/* The first carriage is on the side of lower coordinates. */
static bool
first_is_low(const struct gcode_exec *ex, int axis)
{
	const struct machine_rail *a = rail(ex, axis, 0);
	const struct machine_rail *b = rail(ex, axis, 1);

	if (a->position_min + a->position_max !=
	    b->position_min + b->position_max)
		return a->position_min + a->position_max <
		       b->position_min + b->position_max;
	return a->position_endstop <= b->position_endstop;
}

static double
safe_distance(const struct gcode_exec *ex, int axis)
{
	return ex->machine->carriage[ex->dual[axis].second].safe_distance;
}

/* Neither leaves its rail, and they keep apart. */
static void
limit(struct gcode_exec *ex, int axis)
{
	const struct gcode_dual *d = &ex->dual[axis];
	int p = d->primary, o = !p;
	const struct machine_rail *r = rail(ex, axis, o);
	double x = planner_position(ex->planner)[axis], safe;
	double low = rail(ex, axis, p)->position_min;
	double high = rail(ex, axis, p)->position_max;
	bool below = first_is_low(ex, axis) == (p == 0);

	safe = safe_distance(ex, axis);
	if (d->mode[o] == PLAN_CARRIAGE_COPY) {
		low = fmax(low, r->position_min - d->offset[o]);
		high = fmin(high, r->position_max - d->offset[o]);
	} else if (d->mode[o] == PLAN_CARRIAGE_MIRROR) {
		low = fmax(low, d->offset[o] - r->position_max);
		high = fmin(high, d->offset[o] - r->position_min);
		if (safe > 0 && below)
			high = fmin(high, 0.5 * (d->offset[o] - safe));
		else if (safe > 0)
			low = fmax(low, 0.5 * (d->offset[o] + safe));
	} else if (safe > 0 && d->homed) {
		if (below)
			high = fmin(high, place(d, o, x) - safe);
		else
			low = fmax(low, place(d, o, x) + safe);
	}
	ex->reach.low[axis] = low;
	ex->reach.high[axis] = fmax(low, high);
	gcode_set_homed(ex, ex->homed);
}

/* The head is there on this axis, since another carriage is the head. */
static void
stand(struct gcode_exec *ex, int axis, double x)
{
	double pos[4];

	memcpy(pos, planner_position(ex->planner), sizeof(pos));
	if (pos[axis] == x)
		return;
	pos[axis] = x;
	gcode_exclude_reset(ex);
	planner_set_position(ex->planner, pos);
	memcpy(ex->seen.from, pos, sizeof(ex->seen.from));
	if (gcode_differs(ex))
		gcode_read_back(ex);
	else
		ex->st.last[axis] = x;
}

static void
set_mode(struct gcode_exec *ex, int axis, int which, int mode)
{
	struct plan_record rec = gcode_record(ex, PLAN_CARRIAGE);
	struct gcode_dual *d = &ex->dual[axis];
	double x, at[2];

	gcode_barrier(ex);
	x = planner_position(ex->planner)[axis];
	for (int i = 0; i < 2; i++)
		at[i] = place(d, i, x);
	d->mode[which] = mode;
	if (mode == PLAN_CARRIAGE_PRIMARY) {
		d->primary = which;
		d->mode[!which] = PLAN_CARRIAGE_INACTIVE;
		x = at[which];
	}
	for (int i = 0; i < 2; i++) {
		d->scale[i] = d->mode[i] == PLAN_CARRIAGE_INACTIVE ? 0
			      : d->mode[i] == PLAN_CARRIAGE_MIRROR ? -1
								   : 1;
		d->offset[i] = at[i] - d->scale[i] * x;
	}
	rec.u.carriage.axis = 1u << axis;
	rec.u.carriage.index = (uint32_t)which;
	rec.u.carriage.mode = (uint32_t)mode;
	rec.u.carriage.pos = x;
	gcode_post(ex, &rec, NULL);
	stand(ex, axis, x);
	limit(ex, axis);
}

/* Back to how they stood to each other. */
static void
set_modes(struct gcode_exec *ex, int axis, int primary, int other)
{
	set_mode(ex, axis, primary, PLAN_CARRIAGE_PRIMARY);
	if (other == PLAN_CARRIAGE_COPY || other == PLAN_CARRIAGE_MIRROR)
		set_mode(ex, axis, !primary, other);
}

void
gcode_carriages_init(struct gcode_exec *ex)
{
	for (int axis = 0; axis < 3; axis++) {
		struct gcode_dual *d = &ex->dual[axis];

		d->second = machine_second_carriage(ex->machine, axis);
		d->mode[0] = PLAN_CARRIAGE_PRIMARY;
		d->scale[0] = 1;
	}
	if (ex->options.assume_ready)
		gcode_carriages_ready(ex);
}

/* As if both had been homed. */
void
gcode_carriages_ready(struct gcode_exec *ex)
{
	for (int axis = 0; axis < 3; axis++) {
		struct gcode_dual *d = &ex->dual[axis];

		if (d->second < 0 || d->homed)
			continue;
		d->homed = true;
		d->offset[1] = rail(ex, axis, 1)->position_endstop;
		limit(ex, axis);
	}
}

void
gcode_carriages_free(struct gcode_exec *ex)
{
	for (size_t i = 0; i < ex->n_saved_dual; i++)
		free(ex->saved_dual[i].name);
	free(ex->saved_dual);
}

/* Somebody says where the head is: limits follow it. */
void
gcode_carriages_moved(struct gcode_exec *ex)
{
	for (int axis = 0; axis < 3; axis++)
		if (ex->dual[axis].second >= 0)
			limit(ex, axis);
}

/* Both, one after the other; the one that homes away from the other first. */
void
gcode_carriages_home(
    struct gcode_exec *ex, int axis, void (*home)(struct gcode_exec *, int))
{
	struct gcode_dual *d = &ex->dual[axis];
	int primary = d->primary, other = d->mode[!primary];
	bool first =
	    first_is_low(ex, axis) != rail(ex, axis, 0)->homing_positive_dir;

	d->homed = false; /* they may stand anywhere */
	for (int i = 0; i < 2; i++) {
		set_mode(
		    ex, axis, first == (i == 0) ? 0 : 1, PLAN_CARRIAGE_PRIMARY);
		home(ex, axis);
	}
	d->homed = true;
	set_modes(ex, axis, primary, other);
}

double
gcode_carriage_endstop(const struct gcode_exec *ex, int axis)
{
	const struct gcode_dual *d = &ex->dual[axis];

	return rail(ex, axis, d->second >= 0 ? d->primary : 0)
	    ->position_endstop;
}

/* --- commands --------------------------------------------------------------
 */

/* CARRIAGE=: 0, 1, or a name of the configuration */
static int
find(struct gcode_exec *ex, const struct gcode_line *line, int *axis)
{
	const struct machine *m = ex->machine;
	char name[64];

	if (!gcode_text(line, "CARRIAGE", name))
		return gcode_fail(
		    ex, NULL, "missing-argument", "'CARRIAGE' is missing");
	for (int a = 0; a < 3; a++) {
		if (ex->dual[a].second < 0)
			continue;
		*axis = a;
		if (m->kinematics != MACHINE_KIN_GENERIC_CARTESIAN &&
		    (strcmp(name, "0") == 0 || strcmp(name, "1") == 0))
			return *name - '0';
		for (int i = 0; i < m->n_carriages; i++)
			if (m->carriage[i].axis == a &&
			    m->carriage[i].primary < 0 &&
			    strcmp(m->carriage[i].name, name) == 0)
				return m->carriage[i].dual;
		if (strcmp(m->carriage[ex->dual[a].second].name, name) == 0)
			return 1;
	}
	return gcode_fail(ex, gcode_word(line, "CARRIAGE")->value.s,
	    "unknown-name", "the machine has no carriage '%s' of two", name);
}

int
gcode_do_dual_carriage(struct gcode_exec *ex, const struct gcode_line *line)
{
	static const char *const modes[] = {
	    "INACTIVE", "PRIMARY", "COPY", "MIRROR"};
	int axis = 0, which = find(ex, line, &axis), mode = 1;
	struct gcode_dual *d = &ex->dual[axis];
	char name[64];

	if (which < 0)
		return -1;
	if (gcode_text(line, "MODE", name)) {
		const struct gcode_word *w = gcode_word(line, "MODE");

		for (mode = 3; mode > 0; mode--)
			if (gcode_view_is(w->value, modes[mode]))
				break;
		if (mode == 0)
			return gcode_fail(ex, w->value.s, "bad-value",
			    "'%s' is no mode: PRIMARY, COPY or MIRROR", name);
	}
	if (mode != PLAN_CARRIAGE_PRIMARY && which == d->primary)
		return gcode_fail(ex, NULL, "bad-value",
		    "this carriage is the head: another one can follow it in "
		    "mode %s",
		    modes[mode]);
	if (mode != PLAN_CARRIAGE_PRIMARY && !d->homed &&
	    !(ex->homed >> axis & 1))
		return gcode_fail(ex, NULL, "not-homed",
		    "'%c' is not homed: G28 has to come before mode %s",
		    "XYZ"[axis], modes[mode]);
	set_mode(ex, axis, which, mode);
	return 0;
}

static struct gcode_saved_dual *
saved(struct gcode_exec *ex, const char *name)
{
	for (size_t i = 0; i < ex->n_saved_dual; i++)
		if (strcmp(ex->saved_dual[i].name, name) == 0)
			return &ex->saved_dual[i];
	return NULL;
}

int
gcode_do_save_carriages(struct gcode_exec *ex, const struct gcode_line *line)
{
	char name[64];
	struct gcode_saved_dual *s;

	if (!gcode_text(line, "NAME", name))
		memcpy(name, "default", sizeof("default"));
	s = saved(ex, name);
	if (!s) {
		if (ex->n_saved_dual >= GCODE_SAVED_MAX)
			return gcode_fail(ex, NULL, "bad-value",
			    "more than %d states are saved", GCODE_SAVED_MAX);
		ALLOC_GROW(
		    ex->saved_dual, ex->n_saved_dual + 1, ex->saved_dual_alloc);
		s = &ex->saved_dual[ex->n_saved_dual++];
		s->name = xstrdup(name);
	}
	memcpy(s->dual, ex->dual, sizeof(s->dual));
	memcpy(s->at, planner_position(ex->planner), sizeof(s->at));
	return 0;
}

/* The carriage moves there as the head; the way is checked as any. */
static int
bring(struct gcode_exec *ex, int axis, int which, double to, double speed)
{
	double target[4];

	if (ex->dual[axis].primary != which)
		set_mode(ex, axis, which, PLAN_CARRIAGE_PRIMARY);
	memcpy(target, ex->st.last, sizeof(target));
	target[axis] += to - planner_position(ex->planner)[axis];
	if (fabs(target[axis] - ex->st.last[axis]) < 1e-9)
		return 0;
	return gcode_go(ex, target, speed);
}

/* Both back: the one first that makes room for the other. */
static int
bring_back(struct gcode_exec *ex, int axis, const struct gcode_saved_dual *s,
    double speed)
{
	const struct gcode_dual *d = &ex->dual[axis], *was = &s->dual[axis];
	double x = planner_position(ex->planner)[axis], to[2], way;
	int first;

	for (int i = 0; i < 2; i++)
		to[i] = place(was, i, s->at[axis]);
	/* the low one goes first when it goes down */
	way = to[0] - place(d, 0, x);
	first = (way < 0) == first_is_low(ex, axis) ? 0 : 1;
	if (bring(ex, axis, first, to[first], speed) ||
	    bring(ex, axis, !first, to[!first], speed))
		return -1;
	return 0;
}

int
gcode_do_restore_carriages(struct gcode_exec *ex, const struct gcode_line *line)
{
	double move = 1, speed = ex->st.speed;
	char name[64];
	const struct gcode_saved_dual *s;

	if (!gcode_text(line, "NAME", name))
		memcpy(name, "default", sizeof("default"));
	s = saved(ex, name);
	if (!s)
		return gcode_fail(ex, NULL, "unknown-name",
		    "no state '%s' of the carriages was saved", name);
	if (gcode_number(ex, line, "MOVE", 0, 1, &move) < 0 ||
	    gcode_number(ex, line, "MOVE_SPEED", 1e-3, 1e6, &speed) < 0)
		return -1;
	for (int axis = 0; axis < 3; axis++) {
		const struct gcode_dual *was = &s->dual[axis];

		if (ex->dual[axis].second < 0)
			continue;
		if (move != 0 && bring_back(ex, axis, s, speed))
			return -1;
		set_modes(ex, axis, was->primary, was->mode[!was->primary]);
	}
	return 0;
}
