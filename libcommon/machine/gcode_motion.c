/* SPDX-License-Identifier: GPL-3.0-or-later */
/* G0 to G3, G10 and G11: from words to checked moves. */
#include <math.h>
#include <string.h>

#include "machine/gcode_arc.h"
#include "machine/gcode_private.h"

/* A polar bed turns by half a circle there, in no time. */
#define CENTRE_MM 0.01

static const char axis_name[] = "XYZE";

/* where the axis stands in the line, for a complaint */
static const char *
axis_place(const struct gcode_exec *ex, int axis)
{
	const char *s = ex->line_start;
	char lower = (char)(axis_name[axis] + 'a' - 'A');

	for (; *s && *s != '\n' && *s != ';'; s++)
		if (*s == axis_name[axis] || *s == lower)
			return s;
	return NULL;
}

static int
not_homed(struct gcode_exec *ex, int axis)
{
	return gcode_fail(ex, axis_place(ex, axis), "not-homed",
	    "'%c' is not homed: G28 has to come before the first move",
	    axis_name[axis]);
}

/* On a bed the machine is elsewhere; between the ends it may be lower or
 * higher than there. */
static int
out_of_range_on_bed(
    struct gcode_exec *ex, const double from[3], const double to[3])
{
	const struct reach *r = &ex->reach;
	double low, high, beyond;

	if (!(ex->homed & PLAN_Z))
		return not_homed(ex, 2);
	bed_span(&ex->mesh.bed, from, to, &low, &high);
	if (low >= r->low[2] && high <= r->high[2])
		return 0;
	beyond = low < r->low[2] ? low : high;
	return gcode_fail(ex, axis_place(ex, 2), "out-of-range",
	    "'Z' would get to %.3f mm on the bed mesh '%s', outside of "
	    "%g..%g mm: check %s",
	    beyond, ex->mesh.name, r->low[2], r->high[2],
	    low < r->low[2] ? "position_min" : "position_max");
}

/* The quick look found something, or the machine is no box. */
static int
out_of_range(struct gcode_exec *ex, const double target[4])
{
	const double *from = planner_position(ex->planner);
	double low, high, to[3];
	int axis;

	memcpy(to, target, sizeof(to));
	for (int i = 0; i < 3; i++)
		if (to[i] != from[i] && !(ex->homed >> i & 1))
			return not_homed(ex, i);
	if (gcode_on_bed(ex) && memcmp(from, to, sizeof(to)) != 0) {
		if (out_of_range_on_bed(ex, from, to))
			return -1;
		to[2] += bed_offset(&ex->mesh.bed, to);
	}
	if (ex->reach.kind == REACH_POLAR &&
	    (to[0] != from[0] || to[1] != from[1]) &&
	    reach_nearest(from, to) < CENTRE_MM)
		return gcode_fail(ex, axis_place(ex, 0), "out-of-range",
		    "the move would come within %g mm of the centre, where "
		    "the bed would have to turn at once: go around it",
		    CENTRE_MM);
	if (reach_allows(&ex->reach, from, to, &axis, &low, &high))
		return 0;
	if (axis < 0 && ex->reach.kind == REACH_WINCH)
		return gcode_fail(ex, axis_place(ex, 0), "out-of-range",
		    "at X %.3f Y %.3f no cables hold the head: that is outside "
		    "of the anchors",
		    to[0], to[1]);
	if (ex->reach.kind == REACH_WINCH && low == -HUGE_VAL)
		return gcode_fail(ex, axis_place(ex, 2), "out-of-range",
		    "'Z' would go to %.3f mm, and no higher than %g mm do the "
		    "cables pull the head there",
		    to[2], high);
	if (axis < 0)
		return gcode_fail(ex, axis_place(ex, 0), "out-of-range",
		    "the move would end %.3f mm from the centre, outside of "
		    "%g mm: move or shrink the object",
		    hypot(to[0], to[1]), high);
	return gcode_fail(ex, axis_place(ex, axis), "out-of-range",
	    "'%c' would go to %.3f mm, outside of %g..%g mm: move or shrink "
	    "the object, or check %s",
	    axis_name[axis], to[axis], low, high,
	    to[axis] < low ? "position_min" : "position_max");
}

static int
cold(struct gcode_exec *ex)
{
	const struct machine_extruder *e;
	const struct machine_heater *h;

	if (ex->extruder < 0)
		return gcode_fail(ex, axis_place(ex, 3), "no-extruder",
		    "'E' moves nothing: the machine has no [extruder]");
	e = &ex->machine->extruder[ex->extruder];
	h = &ex->machine->heater[e->heater];
	return gcode_fail(ex, axis_place(ex, 3), "cold-extrude",
	    "'%s' was never heated to %g C, below which it does not extrude: "
	    "M109 has to come first",
	    e->name, h->min_extrude_temp);
}

static int
refused(struct gcode_exec *ex, enum planner_result r, double value)
{
	const struct machine_extruder *e = &ex->machine->extruder[ex->extruder];

	if (r == PLANNER_TOO_LONG)
		return gcode_fail(ex, axis_place(ex, 3), "extrude-length",
		    "'E' would move %.3f mm by itself, more than "
		    "max_extrude_only_distance, %g mm: is E absolute where "
		    "it should be relative (M83)?",
		    value, e->max_extrude_only_distance);
	return gcode_fail(ex, axis_place(ex, 3), "extrude-ratio",
	    "'E' would lay down %.3f mm2, more than "
	    "max_extrude_cross_section, %.3f mm2: is E absolute where it "
	    "should be relative (M83)?",
	    value * e->filament_area, e->max_extrude_ratio * e->filament_area);
}

static void
see_move(struct gcode_exec *ex, const double to[4], double speed)
{
	memcpy(ex->seen.to, to, sizeof(ex->seen.to));
	ex->seen.speed = speed;
	ex->seen.place = ex->place;
	ex->hooks.move(ex->ctx, &ex->seen);
	memcpy(ex->seen.from, to, sizeof(ex->seen.from));
}

static double
length_to(const struct gcode_exec *ex, const double to[4])
{
	const double *from = planner_position(ex->planner);

	return sqrt(pow(to[0] - from[0], 2) + pow(to[1] - from[1], 2) +
		    pow(to[2] - from[2], 2));
}

int
gcode_plan_to(struct gcode_exec *ex, const double to[4], double speed)
{
	enum planner_result r;
	double value;

	if (to[0] < ex->low[0] || to[0] > ex->high[0] || to[1] < ex->low[1] ||
	    to[1] > ex->high[1] || to[2] < ex->low[2] || to[2] > ex->high[2] ||
	    ex->shaped)
		if (out_of_range(ex, to))
			return -1;
	if (!ex->hot && to[3] != planner_position(ex->planner)[3])
		return cold(ex);
	if (ex->goes_along && gcode_along_next(ex, length_to(ex, to)))
		return -1;
	r = ex->in_parts && !ex->goes_along
		? gcode_plan_parts(ex, to, speed, &value)
		: planner_add(ex->planner, to, speed, ex->place.line, &value);
	if (r == PLANNER_MOVED)
		ex->accepted++;
	else if (ex->goes_along)
		gcode_along_undo(ex);
	if (r != PLANNER_MOVED && r != PLANNER_STAYED)
		return refused(ex, r, value);
	if (ex->hooks.move)
		see_move(ex, to, speed);
	return 0;
}

int
gcode_go_machine(struct gcode_exec *ex, const double target[4],
    const double to[4], double speed)
{
	const double *from = planner_position(ex->planner);
	double straight[4];

	if (ex->skew.on) {
		memcpy(straight, to, sizeof(straight));
		gcode_skew_apply(&ex->skew, straight);
		to = straight;
	}
	if (to[3] > from[3] && ex->hot &&
	    (to[0] != from[0] || to[1] != from[1]))
		gcode_layer_move(ex, to);
	if (ex->mesh.cuts ? gcode_mesh_cut(ex, to, speed)
			  : gcode_plan_to(ex, to, speed))
		return -1;
	if (target[3] > ex->max_e)
		ex->max_e = target[3];
	memcpy(ex->st.last, target, sizeof(ex->st.last));
	return 0;
}

int
gcode_go(struct gcode_exec *ex, const double target[4], double speed)
{
	if (ex->exclude.active)
		return gcode_exclude_go(ex, target, speed);
	return gcode_go_machine(ex, target, target, speed);
}

void
gcode_go_unchecked(struct gcode_exec *ex, const double target[4], double speed)
{
	double value;

	if (ex->goes_along)
		(void)gcode_along_next(ex, 0);
	if (planner_add(ex->planner, target, speed, ex->place.line, &value) ==
	    PLANNER_MOVED)
		ex->accepted++;
	if (ex->hooks.move)
		see_move(ex, target, speed);
	memcpy(ex->st.last, target, sizeof(ex->st.last));
	if (gcode_differs(ex))
		gcode_read_back(ex);
}

static int
bad_speed(struct gcode_exec *ex, double f)
{
	return gcode_fail(
	    ex, NULL, "bad-value", "'F%g' is no speed: it must be above 0", f);
}

int
gcode_linear(struct gcode_exec *ex, const struct gcode_move *m)
{
	struct gcode_state *st = &ex->st;
	double target[4], speed = st->speed;
	unsigned has = m->has;

	for (int i = 0; i < 3; i++)
		target[i] =
		    !(has >> i & 1)
			? st->last[i]
			: m->v[i] + (st->absolute ? st->base[i] : st->last[i]);
	target[3] = st->last[3];
	if (has & 1u << GCODE_E)
		target[3] = gcode_state_target(st, 3, m->v[GCODE_E]);
	if (has & 1u << GCODE_F) {
		if (!(m->v[GCODE_F] > 0))
			return bad_speed(ex, m->v[GCODE_F]);
		speed = m->v[GCODE_F] * st->speed_factor;
	}
	if (ex->goes_along &&
	    memcmp(target, st->last, 3 * sizeof(target[0])) == 0 &&
	    gcode_along_alone(ex, target[3] != st->last[3], speed))
		return -1;
	if (gcode_go(ex, target, speed))
		return -1;
	st->speed = speed;
	return 0;
}

/* the words of a line that did not take the fast road */
static int
words_of(
    struct gcode_exec *ex, const struct gcode_line *line, struct gcode_move *m)
{
	static const char *const key[GCODE_AXES] = {
	    "X", "Y", "Z", "E", "F", "I", "J", "K", "R"};

	m->has = 0;
	m->number = line->number;
	for (int i = 0; i < GCODE_AXES; i++) {
		int r;

		if (i >= GCODE_I && line->number < 2)
			break;
		r = gcode_number(ex, line, key[i], -1e9, 1e9, &m->v[i]);
		if (r < 0)
			return -1;
		if (r > 0)
			m->has |= 1u << i;
	}
	return 0;
}

int
gcode_do_move(struct gcode_exec *ex, const struct gcode_line *line)
{
	struct gcode_move m;

	if (words_of(ex, line, &m) ||
	    (ex->goes_along && gcode_along_read(ex, line)))
		return -1;
	if (gcode_linear(ex, &m) == 0)
		return 0;
	gcode_along_forget(ex);
	return -1;
}

/* the centre, from the words that the plane has; 0 or -1 */
static int
arc_offset(struct gcode_exec *ex, const struct gcode_arc *arc,
    const struct gcode_move *m, const double target[4], double offset[2])
{
	static const char letter[] = "IJK";
	bool clockwise = m->number == 2;
	double gap, r = m->v[GCODE_R];

	offset[0] =
	    m->has >> (GCODE_I + arc->a) & 1 ? m->v[GCODE_I + arc->a] : 0;
	offset[1] =
	    m->has >> (GCODE_I + arc->b) & 1 ? m->v[GCODE_I + arc->b] : 0;
	if (offset[0] != 0 || offset[1] != 0)
		return 0;
	if (!(m->has >> GCODE_R & 1))
		return gcode_fail(ex, NULL, "bad-arc",
		    "the arc has no centre: '%c', '%c' and 'R' are missing "
		    "or zero",
		    letter[arc->a], letter[arc->b]);
	if (gcode_arc_centre(
		arc, ex->st.last, target, r, clockwise, offset, &gap) == 0)
		return 0;
	if (gap == 0)
		return gcode_fail(ex, NULL, "bad-arc",
		    "an arc by 'R' ends where it begins: a whole circle needs "
		    "its centre by 'I' and 'J'");
	return gcode_fail(ex, NULL, "bad-arc",
	    "no arc of radius %g mm joins points that are %.3f mm apart", r,
	    gap);
}

/* each chord is a move of its own */
static int
arc_chords(struct gcode_exec *ex, const struct gcode_arc *arc,
    const double target[4], double speed)
{
	double start_e = ex->st.last[3], point[4];
	int r = 0;

	ex->seen.arc = true;
	for (uint32_t k = 1; k <= arc->chords && !r; k++) {
		double part = (double)k / arc->chords;

		gcode_arc_point(arc, k, point);
		point[3] = k == arc->chords
			       ? target[3]
			       : start_e + (target[3] - start_e) * part;
		ex->along_part = part;
		r = gcode_go(ex, point, speed);
	}
	ex->along_part = 1;
	ex->seen.arc = false;
	return r;
}

static int
circular(struct gcode_exec *ex, const struct gcode_move *m, uint32_t turns)
{
	struct gcode_state *st = &ex->st;
	double target[4], offset[2], speed = st->speed;
	struct gcode_arc arc;

	for (int i = 0; i < 4; i++)
		target[i] = m->has >> i & 1 ? gcode_state_target(st, i, m->v[i])
					    : st->last[i];
	if (m->has >> GCODE_F & 1) {
		if (!(m->v[GCODE_F] > 0))
			return bad_speed(ex, m->v[GCODE_F]);
		speed = m->v[GCODE_F] * st->speed_factor;
	}
	gcode_arc_plane(&arc, ex->plane);
	arc.turns = turns;
	if (arc_offset(ex, &arc, m, target, offset))
		return -1;
	if (gcode_arc_set(&arc, st->last, target, offset, m->number == 2,
		ex->machine->arc_resolution, ex->options.arc_tolerance))
		return gcode_fail(ex, NULL, "bad-arc",
		    "the arc, of radius %g mm, would need more than %d chords",
		    arc.radius, GCODE_ARC_CHORDS_MAX);
	if (arc_chords(ex, &arc, target, speed))
		return -1;
	st->speed = speed;
	return 0;
}

int
gcode_circular(struct gcode_exec *ex, const struct gcode_move *m)
{
	return circular(ex, m, 0);
}

/* P: how many whole circles there are */
static int
turns_of(struct gcode_exec *ex, const struct gcode_line *line, uint32_t *turns)
{
	double p = 0;

	*turns = 0;
	if (gcode_number(ex, line, "P", 0, GCODE_ARC_CHORDS_MAX, &p) < 0)
		return -1;
	if (p != floor(p))
		return gcode_fail(ex, gcode_word(line, "P")->key.s, "bad-value",
		    "'P' is %g: whole circles are counted", p);
	*turns = (uint32_t)p;
	return 0;
}

int
gcode_do_arc(struct gcode_exec *ex, const struct gcode_line *line)
{
	struct gcode_move m;
	uint32_t turns;

	if (words_of(ex, line, &m) || turns_of(ex, line, &turns) ||
	    (ex->goes_along && gcode_along_read(ex, line)))
		return -1;
	if (circular(ex, &m, turns) == 0)
		return 0;
	gcode_along_forget(ex);
	return -1;
}

int
gcode_do_plane(struct gcode_exec *ex, const struct gcode_line *line)
{
	ex->plane = line->number;
	return 0;
}

/* E alone, without a trace in G-code's coordinates */
static int
retract_by(struct gcode_exec *ex, double length, double speed)
{
	struct gcode_state *st = &ex->st;
	double target[4], by = length * st->extrude_factor;

	memcpy(target, st->last, sizeof(target));
	target[3] += by;
	/* whole mm/min, as in the F word that this stands for */
	if (gcode_go(ex, target, rint(speed * 60) * st->speed_factor))
		return -1;
	st->base[3] += by;
	return 0;
}

int
gcode_do_retract(struct gcode_exec *ex, const struct gcode_line *line)
{
	(void)line;
	if (ex->retracted)
		return 0;
	if (retract_by(ex, -ex->retract_length, ex->retract_speed))
		return -1;
	ex->retracted = true;
	return 0;
}

int
gcode_do_unretract(struct gcode_exec *ex, const struct gcode_line *line)
{
	(void)line;
	if (!ex->retracted)
		return 0;
	if (retract_by(ex, ex->retract_length + ex->unretract_extra,
		ex->unretract_speed))
		return -1;
	ex->retracted = false;
	return 0;
}

int
gcode_do_set_retraction(struct gcode_exec *ex, const struct gcode_line *line)
{
	double length = ex->retract_length, speed = ex->retract_speed;
	double extra = ex->unretract_extra, back = ex->unretract_speed;

	if (gcode_number(ex, line, "RETRACT_LENGTH", 0, 1000, &length) < 0 ||
	    gcode_number(ex, line, "RETRACT_SPEED", 1, 1e4, &speed) < 0 ||
	    gcode_number(ex, line, "UNRETRACT_EXTRA_LENGTH", 0, 1000, &extra) <
		0 ||
	    gcode_number(ex, line, "UNRETRACT_SPEED", 1, 1e4, &back) < 0)
		return -1;
	ex->retract_length = length;
	ex->retract_speed = speed;
	ex->unretract_extra = extra;
	ex->unretract_speed = back;
	ex->retracted = false;
	return 0;
}

void
gcode_set_limits(struct gcode_exec *ex)
{
	planner_set_limits(ex->planner, &ex->limits);
}

/* Axes that are not homed may go nowhere: every target is outside.  What is
 * inside by the quick look is so wherever it is on the bed. */
void
gcode_set_homed(struct gcode_exec *ex, uint32_t axes)
{
	const struct bed *b = &ex->mesh.bed;

	ex->homed = axes;
	for (int i = 0; i < 3; i++) {
		bool homed = axes >> i & 1;

		ex->low[i] = homed ? ex->reach.low[i] : HUGE_VAL;
		ex->high[i] = homed ? ex->reach.high[i] : -HUGE_VAL;
	}
	if (gcode_on_bed(ex)) {
		ex->low[2] -= fmin(fmin(b->low, b->fade.target), 0);
		ex->high[2] -= fmax(fmax(b->high, b->fade.target), 0);
	}
}

/* The next move begins where this extruder stands. */
void
gcode_use_extruder(struct gcode_exec *ex, int index)
{
	const struct machine_extruder *e = &ex->machine->extruder[index];

	ex->extruder = index;
	gcode_effort_extruder(ex);
	ex->hot = ex->options.assume_ready || ex->warm[e->heater];
}
