/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The time of the moves, by which delayed_gcode wakes. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "machine/gcode_arc.h"
#include "machine/macro_private.h"
#include "motion/planner.h"

/*
 * Moves go through the planner that gcode-plan uses, with look-ahead.  It
 * holds the last of them back until the next ones are known; until then they
 * count with their distance at their speed, so that the clock never stands
 * and never runs ahead of the plan.
 */
struct macro_clock {
	struct planner *plan;
	struct planner_limits limits;
	double z_velocity, z_accel; /* the configuration's */
	double done_s;
	uint64_t pending_us; /* of moves that the planner holds */
};

static void
planned(
    void *ctx, const struct planner_move *m, const struct planner_profile *p)
{
	struct macro_clock *c = ctx;

	c->done_s += p->accel_t + p->cruise_t + p->decel_t;
	c->pending_us -= m->line;
}

static void
set_extruder(const struct macro_world *w, struct planner *p)
{
	const char *s = "extruder";
	double nozzle = macro_number(w, s, "nozzle_diameter", 0.4);
	double filament = macro_number(w, s, "filament_diameter", 1.75);
	double area = filament * filament * atan(1), ratio = 0;
	struct planner_extruder e = {
	    .max_ratio = 1e9, .nozzle_diameter = nozzle, .only_distance = 1e9};

	if (area > 0)
		ratio = 4 * nozzle * nozzle / area;
	e.corner_velocity =
	    macro_number(w, s, "instantaneous_corner_velocity", 1);
	e.only_velocity = macro_number(
	    w, s, "max_extrude_only_velocity", w->max_velocity * ratio);
	e.only_accel =
	    macro_number(w, s, "max_extrude_only_accel", w->max_accel * ratio);
	if (!(e.only_velocity > 0))
		e.only_velocity = 1e9;
	if (!(e.only_accel > 0))
		e.only_accel = 1e9;
	planner_set_extruder(p, &e);
}

static double
positive(double v)
{
	return v > 0 ? v : 1e9;
}

static struct macro_clock *
clock_of(struct macro_world *w)
{
	struct macro_clock *c = w->moves;
	struct planner_limits l;

	if (!c) {
		c = w->moves = xcalloc(1, sizeof(*c));
		c->plan = planner_new(planned, c);
		set_extruder(w, c->plan);
		c->z_velocity = positive(macro_number(
		    w, "printer", "max_z_velocity", w->max_velocity));
		c->z_accel = positive(
		    macro_number(w, "printer", "max_z_accel", w->max_accel));
	}
	memset(&l, 0, sizeof(l)); /* compared as a whole */
	l.velocity = positive(w->max_velocity);
	l.accel = positive(w->max_accel);
	l.square_corner_velocity = w->square_corner;
	l.minimum_cruise_ratio = w->cruise_ratio;
	l.z_velocity = c->z_velocity;
	l.z_accel = c->z_accel;
	if (memcmp(&l, &c->limits, sizeof(l)) != 0) {
		c->limits = l;
		planner_set_limits(c->plan, &l);
	}
	return c;
}

void
macro_clock_move(
    struct macro_world *w, const double from[4], const double to[4])
{
	struct macro_clock *c = clock_of(w);
	double d2 = 0, d, us, v = w->g.speed, value;

	for (int i = 0; i < 3; i++)
		d2 += (to[i] - from[i]) * (to[i] - from[i]);
	d = d2 > 0 ? sqrt(d2) : fabs(to[3] - from[3]);
	if (!(d > 0) || !(v > 0) || !isfinite(d))
		return;
	if (memcmp(planner_position(c->plan), from, 4 * sizeof(*from)) != 0) {
		planner_flush(c->plan);
		planner_set_position(c->plan, from);
	}
	us = d / fmin(v, c->limits.velocity) * 1e6;
	us = us < UINT32_MAX ? us : UINT32_MAX;
	c->pending_us += (uint32_t)us;
	if (planner_add(c->plan, to, v, (uint32_t)us, &value) != PLANNER_MOVED)
		c->pending_us -= (uint32_t)us;
}

void
macro_clock_arc(struct macro_world *w, const double from[4], const double to[4],
    const double offset[2], bool clockwise, double turns)
{
	double at[4], next[4];
	struct gcode_arc arc;

	gcode_arc_plane(&arc, 17);
	if (turns > 0 && turns <= GCODE_ARC_CHORDS_MAX)
		arc.turns = (uint32_t)turns;
	if (gcode_arc_set(&arc, from, to, offset, clockwise, 1, 0)) {
		macro_clock_move(w, from, to);
		return;
	}
	memcpy(at, from, sizeof(at));
	for (uint32_t k = 1; k <= arc.chords; k++) {
		gcode_arc_point(&arc, k, next);
		next[3] = from[3] + (to[3] - from[3]) * k / arc.chords;
		macro_clock_move(w, at, next);
		memcpy(at, next, sizeof(at));
	}
}

void
macro_clock_rest(struct macro_world *w, double wait_s)
{
	if (w->moves)
		planner_flush(w->moves->plan);
	w->waited_s += wait_s;
}

double
macro_now(const struct macro_world *w)
{
	const struct macro_clock *c = w->moves;

	return w->waited_s + (c ? c->done_s + (double)c->pending_us * 1e-6 : 0);
}

void
macro_clock_free(struct macro_world *w)
{
	if (!w->moves)
		return;
	planner_free(w->moves->plan);
	free(w->moves);
	w->moves = NULL;
}
