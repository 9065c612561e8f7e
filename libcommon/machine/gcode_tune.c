/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Limits, pressure advance, shapers and tools. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "machine/gcode_private.h"
#include "motion/shaper_def.h"

/* M204: S, or the lesser of P and T */
int
gcode_do_acceleration(struct gcode_exec *ex, const struct gcode_line *line)
{
	double s = 0, p = 0, t = 0;
	int has_s = gcode_number(ex, line, "S", 1e-3, 1e7, &s);
	int has_p = gcode_number(ex, line, "P", 1e-3, 1e7, &p);
	int has_t = gcode_number(ex, line, "T", 1e-3, 1e7, &t);

	if (has_s < 0 || has_p < 0 || has_t < 0)
		return -1;
	if (!has_s && (!has_p || !has_t)) {
		gcode_note(ex, DIAG_WARNING, NULL, "missing-argument",
		    "'M204' without 'S', or both 'P' and 'T', changes "
		    "nothing");
		return 0;
	}
	ex->limits.accel = has_s ? s : p < t ? p : t;
	gcode_set_limits(ex);
	return 0;
}

int
gcode_do_velocity_limit(struct gcode_exec *ex, const struct gcode_line *line)
{
	struct planner_limits l = ex->limits;
	double decel = 0;
	int r;

	if (gcode_number(ex, line, "VELOCITY", 1e-3, 1e6, &l.velocity) < 0 ||
	    gcode_number(ex, line, "ACCEL", 1e-3, 1e7, &l.accel) < 0 ||
	    gcode_number(ex, line, "SQUARE_CORNER_VELOCITY", 0, 1e5,
		&l.square_corner_velocity) < 0 ||
	    gcode_number(ex, line, "MINIMUM_CRUISE_RATIO", 0, 0.999999,
		&l.minimum_cruise_ratio) < 0)
		return -1;
	/* the older name for the same thing */
	r = gcode_number(ex, line, "ACCEL_TO_DECEL", 1e-3, 1e7, &decel);
	if (r < 0)
		return -1;
	if (r)
		l.minimum_cruise_ratio =
		    decel < l.accel ? 1 - decel / l.accel : 0;
	ex->limits = l;
	gcode_set_limits(ex);
	return 0;
}

/* as it is set, or none where it is disabled */
void
gcode_post_shaper(struct gcode_exec *ex, int axis)
{
	const struct gcode_shaper_state *s = &ex->shaper[axis];
	struct plan_record rec = gcode_record(ex, PLAN_SHAPER);

	rec.u.shaper.axis = 1u << axis;
	memcpy(rec.u.shaper.type, s->type, sizeof(s->type));
	rec.u.shaper.freq = ex->unshaped[axis] ? 0 : s->freq;
	rec.u.shaper.damping = s->damping;
	gcode_barrier(ex);
	gcode_post(ex, &rec, NULL);
}

/* one axis of SET_INPUT_SHAPER, checked; 0 or -1 */
static int
shaper_axis(struct gcode_exec *ex, const struct gcode_line *line, int axis,
    struct gcode_shaper_state *s)
{
	static const char letter[] = "XYZ";
	char key[32], why[SHAPER_WHY_MAX];
	const struct gcode_word *w;
	struct shaper_type type;

	snprintf(key, sizeof(key), "SHAPER_FREQ_%c", letter[axis]);
	if (gcode_number(ex, line, key, 0, 1e5, &s->freq) < 0)
		return -1;
	snprintf(key, sizeof(key), "DAMPING_RATIO_%c", letter[axis]);
	if (gcode_number(ex, line, key, 0, 1, &s->damping) < 0)
		return -1;
	snprintf(key, sizeof(key), "SHAPER_TYPE_%c", letter[axis]);
	w = gcode_word(line, key);
	if (!w)
		w = gcode_word(line, "SHAPER_TYPE");
	if (w && w->value.n >= sizeof(s->type))
		return gcode_fail(ex, w->value.s, "bad-shaper",
		    "the name of a shaper has %zu bytes at most",
		    sizeof(s->type) - 1);
	if (w) {
		memset(s->type, 0, sizeof(s->type));
		for (size_t i = 0; i < w->value.n; i++)
			s->type[i] =
			    (char)tolower((unsigned char)w->value.s[i]);
	}
	if (shaper_type_parse(s->type, strlen(s->type), &type, why))
		return gcode_fail(ex, w ? w->value.s : NULL, "bad-shaper",
		    "'%s': %s", s->type, why);
	if (s->freq > 0 && s->damping > type.max_damping)
		return gcode_fail(ex, NULL, "bad-shaper",
		    "damping ratio %g is above %g, which '%s' is good for",
		    s->damping, type.max_damping, s->type);
	if (s->freq > 0 && shaper_check_reach(&type, s->freq, s->damping, why))
		return gcode_fail(ex, NULL, "bad-shaper", "%s", why);
	return 0;
}

int
gcode_do_input_shaper(struct gcode_exec *ex, const struct gcode_line *line)
{
	struct gcode_shaper_state now[3];

	memcpy(now, ex->shaper, sizeof(now));
	for (int i = 0; i < 3; i++)
		if (shaper_axis(ex, line, i, &now[i]))
			return -1;
	if (!line->n_words) /* asks, and changes nothing */
		return 0;
	gcode_barrier(ex);
	for (int i = 0; i < 3; i++) {
		if (memcmp(&now[i], &ex->shaper[i], sizeof(now[i])) == 0)
			continue;
		ex->shaper[i] = now[i];
		if (!ex->unshaped[i])
			gcode_post_shaper(ex, i);
	}
	return 0;
}

/* T<n> and ACTIVATE_EXTRUDER */
static void
activate(struct gcode_exec *ex, int index)
{
	struct plan_record rec = gcode_record(ex, PLAN_EXTRUDER);
	struct gcode_extruder_state *was, *now;
	double pos[4];

	if (index == ex->extruder)
		return;
	gcode_barrier(ex);
	was = &ex->extruders[ex->extruder];
	now = &ex->extruders[index];
	memcpy(pos, planner_position(ex->planner), sizeof(pos));
	was->e = ex->st.last[3];
	was->exclude_offset = ex->exclude.offset[3];
	was->max_e = ex->max_e;
	ex->exclude.offset[3] = now->exclude_offset;
	ex->max_e = now->max_e;
	gcode_state_extruder(&ex->st, now->e);
	gcode_use_extruder(ex, index);
	pos[3] = now->e - now->exclude_offset;
	planner_set_position(ex->planner, pos);
	ex->seen.from[3] = pos[3];
	gcode_post(ex, &rec, ex->machine->extruder[index].name);
}

int
gcode_do_tool(struct gcode_exec *ex, const struct gcode_line *line)
{
	if (line->number < 0 || line->number >= ex->machine->n_extruders)
		return gcode_fail(ex, line->name.s, "unknown-name",
		    "the machine has no extruder for '%.*s', only %d",
		    (int)line->name.n, line->name.s, ex->machine->n_extruders);
	activate(ex, line->number);
	return 0;
}

int
gcode_do_activate_extruder(struct gcode_exec *ex, const struct gcode_line *line)
{
	int i = gcode_pusher_of(ex, line);

	if (i < 0)
		return -1;
	if (i >= ex->machine->n_extruders)
		return gcode_fail(ex, gcode_word(line, "EXTRUDER")->value.s,
		    "unknown-name",
		    "'%s' is a motor beside an extruder, not an extruder",
		    gcode_pusher_name(ex, i));
	activate(ex, i);
	return 0;
}
