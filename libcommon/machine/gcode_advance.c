/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SET_PRESSURE_ADVANCE, and extruders that are shaped as the head is. */
#include <stdio.h>
#include <string.h>

#include "machine/gcode_private.h"

/* An extruder's motor, or behind them an extruder_stepper, by its name. */
static int
find_pusher(const struct gcode_exec *ex, const char *name)
{
	const struct machine *m = ex->machine;

	for (int i = 0; i < m->n_extruders; i++)
		if (strcmp(m->extruder[i].name, name) == 0)
			return i;
	for (int i = 0; i < m->n_extra; i++)
		if (!m->extra[i].manual && strcmp(m->extra[i].name, name) == 0)
			return m->n_extruders + i;
	return -1;
}

const char *
gcode_pusher_name(const struct gcode_exec *ex, int i)
{
	const struct machine *m = ex->machine;

	return i < m->n_extruders ? m->extruder[i].name
				  : m->extra[i - m->n_extruders].name;
}

void
gcode_pusher_configured(const struct machine *m, int i,
    struct machine_advance *law, double *advance, double *smooth_time)
{
	const struct machine_extra_stepper *x =
	    i < m->n_extruders ? NULL : &m->extra[i - m->n_extruders];

	*law = x ? x->advance : m->extruder[i].advance;
	*advance = x ? x->pressure_advance : m->extruder[i].pressure_advance;
	*smooth_time = x ? x->pressure_advance_smooth_time
			 : m->extruder[i].pressure_advance_smooth_time;
}

static int
no_pusher(struct gcode_exec *ex, const char *place, const char *name)
{
	return gcode_fail(ex, place, "unknown-name",
	    "the machine has no extruder '%s'", name);
}

int
gcode_pusher_of(struct gcode_exec *ex, const struct gcode_line *line)
{
	char name[64];
	int i;

	if (!gcode_text(line, "EXTRUDER", name)) {
		if (ex->extruder < 0)
			gcode_fail(ex, NULL, "no-extruder",
			    "the machine has no [extruder]");
		return ex->extruder;
	}
	i = find_pusher(ex, name);
	return i < 0
		   ? no_pusher(ex, gcode_word(line, "EXTRUDER")->value.s, name)
		   : i;
}

static bool
same_law(const struct machine_advance *a, const struct machine_advance *b)
{
	return a->law == b->law && a->shaped == b->shaped &&
	       a->linear == b->linear && a->offset == b->offset &&
	       a->velocity == b->velocity && a->time_offset == b->time_offset;
}

static void
post_law(struct gcode_exec *ex, int i)
{
	const struct machine_advance *law = &ex->extruders[i].law;
	struct plan_record rec = gcode_record(ex, PLAN_LAW);

	snprintf(rec.u.law.extruder, sizeof(rec.u.law.extruder), "%s",
	    gcode_pusher_name(ex, i));
	rec.u.law.law = law->law == MACHINE_ADVANCE_TANH     ? PLAN_LAW_TANH
			: law->law == MACHINE_ADVANCE_RECIPR ? PLAN_LAW_RECIPR
							     : PLAN_LAW_LINEAR;
	rec.u.law.shaped = law->shaped;
	rec.u.law.linear = law->linear;
	rec.u.law.offset = law->offset;
	rec.u.law.velocity = law->velocity;
	rec.u.law.time_offset = law->time_offset;
	gcode_effort_extruder(ex);
	gcode_barrier(ex);
	gcode_post(ex, &rec, NULL);
}

/*
 * The names are the forks': with another law than the linear one ADVANCE is
 * linear_advance, OFFSET nonlinear_offset and VELOCITY linearization_velocity.
 * 0, or -1 reported.
 */
static int
read_law(struct gcode_exec *ex, const struct gcode_line *line,
    struct machine_advance *law)
{
	const struct gcode_word *w = gcode_word(line, "OFFSET");
	bool linear = law->law == MACHINE_ADVANCE_LINEAR;

	w = w ? w : gcode_word(line, "VELOCITY");
	if (linear && w)
		return gcode_fail(ex, w->value.s, "bad-value",
		    "'OFFSET' and 'VELOCITY' belong to other laws than the "
		    "linear one: pressure_advance_model says which it is");
	if (gcode_number(
		ex, line, "TIME_OFFSET", -0.2, 0.2, &law->time_offset) < 0)
		return -1;
	if (linear)
		return 0;
	if (gcode_number(ex, line, "ADVANCE", 0, 1000, &law->linear) < 0 ||
	    gcode_number(ex, line, "OFFSET", 0, 1000, &law->offset) < 0 ||
	    gcode_number(ex, line, "VELOCITY", 1e-6, 1e6, &law->velocity) < 0)
		return -1;
	return 0;
}

/*
 * A new factor counts from the next move on.  A new smoothing, and anything
 * of a law that bends, changes what the past still does to the motor: the
 * machine comes to rest for it.
 */
int
gcode_do_pressure_advance(struct gcode_exec *ex, const struct gcode_line *line)
{
	struct plan_record rec = gcode_record(ex, PLAN_ADVANCE);
	int i = gcode_pusher_of(ex, line);
	struct gcode_extruder_state *e, now;
	bool linear;

	if (i < 0)
		return -1;
	e = &ex->extruders[i];
	now = *e;
	linear = e->law.law == MACHINE_ADVANCE_LINEAR;
	if (read_law(ex, line, &now.law) ||
	    (linear &&
		gcode_number(ex, line, "ADVANCE", 0, 1000, &now.advance) < 0) ||
	    gcode_number(ex, line, "SMOOTH_TIME", 0, 0.2, &now.smooth_time) < 0)
		return -1;
	if (!same_law(&now.law, &e->law)) {
		e->law = now.law;
		post_law(ex, i);
	}
	if (!linear && now.smooth_time == e->smooth_time)
		return 0;
	if ((now.advance > 0 ? now.smooth_time : 0) !=
	    (e->advance > 0 ? e->smooth_time : 0))
		gcode_barrier(ex);
	*e = now;
	gcode_effort_extruder(ex);
	snprintf(rec.u.advance.extruder, sizeof(rec.u.advance.extruder), "%s",
	    gcode_pusher_name(ex, i));
	rec.u.advance.advance = now.advance;
	rec.u.advance.smooth_time = now.smooth_time;
	gcode_post(ex, &rec, NULL);
	return 0;
}

/* --- in time with the shaped head ----------------------------------------- */

static void
shape_extruder(struct gcode_exec *ex, int i, bool on)
{
	struct machine_advance *law = &ex->extruders[i].law;

	if (law->shaped == on)
		return;
	law->shaped = on;
	post_law(ex, i);
}

static void
shape_axis(struct gcode_exec *ex, int axis, bool on)
{
	if (ex->unshaped[axis] == !on)
		return;
	ex->unshaped[axis] = !on;
	if (ex->shaper[axis].freq > 0)
		gcode_post_shaper(ex, axis);
}

/* "x,y", "extruder,extruder1": each of them; 0, or -1 reported */
static int
each_of(struct gcode_exec *ex, const struct gcode_line *line, const char *key,
    bool on)
{
	struct gcode_view v = gcode_word(line, key)->value;
	bool axes = *key == 'A';
	char name[64];

	for (size_t i = 0; i < v.n;) {
		size_t n = 0;
		int which;

		while (i + n < v.n && v.s[i + n] != ',')
			n++;
		snprintf(name, sizeof(name), "%.*s", (int)n, v.s + i);
		name[strcspn(name, " ")] = '\0';
		which = axes ? (int)strcspn("xXyYzZ", name) / 2
			     : find_pusher(ex, name);
		if (axes && (name[0] == '\0' || name[1] || which > 2))
			return gcode_fail(ex, v.s + i, "bad-value",
			    "'AXIS' is X, Y or Z, or some of them with commas "
			    "between, not '%s'",
			    name);
		if (which < 0)
			return no_pusher(ex, v.s + i, name);
		if (axes)
			shape_axis(ex, which, on);
		else
			shape_extruder(ex, which, on);
		i += n + 1;
	}
	return 0;
}

/* Without any name all axes are meant, and no extruder. */
static int
enable(struct gcode_exec *ex, const struct gcode_line *line, bool on)
{
	bool axis = gcode_word(line, "AXIS"),
	     extruder = gcode_word(line, "EXTRUDER");

	if ((axis && each_of(ex, line, "AXIS", on)) ||
	    (extruder && each_of(ex, line, "EXTRUDER", on)))
		return -1;
	for (int i = 0; i < 3 && !axis && !extruder; i++)
		shape_axis(ex, i, on);
	return 0;
}

int
gcode_do_enable_shaper(struct gcode_exec *ex, const struct gcode_line *line)
{
	return enable(ex, line, true);
}

int
gcode_do_disable_shaper(struct gcode_exec *ex, const struct gcode_line *line)
{
	return enable(ex, line, false);
}
