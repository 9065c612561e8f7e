/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Following motion: moves, modes, origins, homing, states put aside. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "machine/gcode_arc.h"
#include "machine/macro_commands.h"
#include "machine/macro_private.h"

/* ---- parameters ---- */

int
macro_get_double(struct macro_world *w, const struct macro_line *l,
    const char *key, double *out)
{
	const char *s = macro_line_get(l, key);

	if (!s)
		return 0;
	if (klippercfg_double(s, out) == 0)
		return 1;
	return macro_error(w, "parameter",
	    "Error on '%.*s': unable to parse %s", (int)l->len, l->text, s);
}

int
macro_get_int(struct macro_world *w, const struct macro_line *l,
    const char *key, int64_t *out)
{
	const char *s = macro_line_get(l, key);

	if (!s)
		return 0;
	if (klippercfg_int(s, out) == 0)
		return 1;
	return macro_error(w, "parameter",
	    "Error on '%.*s': unable to parse %s", (int)l->len, l->text, s);
}

const char *
macro_need(struct macro_world *w, const struct macro_line *l, const char *key)
{
	const char *s = macro_line_get(l, key);

	if (!s)
		macro_error(w, "parameter", "Error on '%.*s': missing %s",
		    (int)l->len, l->text, key);
	return s;
}

/* ---- moves ---- */

/* Only timers (delayed_gcode) look at the clock. */
void
macro_moved(struct macro_world *w, const double from[4])
{
	w->idle = w->probed = false;
	if (w->n_delayed)
		macro_clock_move(w, from, w->g.last);
}

static int
bad_move(struct macro_world *w, const struct macro_line *l)
{
	return macro_error(
	    w, "move", "Unable to parse move '%.*s'", (int)l->len, l->text);
}

static int
read_speed(struct macro_world *w, const struct macro_line *l)
{
	const char *s = macro_line_get(l, "F");
	double f;

	if (!s)
		return 0;
	if (klippercfg_double(s, &f))
		return bad_move(w, l);
	if (!(f > 0))
		return macro_error(
		    w, "move", "Invalid speed in '%.*s'", (int)l->len, l->text);
	w->g.speed = f * w->g.speed_factor;
	return 0;
}

/* to the target of the words; where from, for the clock */
static int
go(struct macro_world *w, struct macro_line *l, double from[4])
{
	static const char *const axis[] = {"X", "Y", "Z", "E"};

	memcpy(from, w->g.last, 4 * sizeof(*from));
	for (int a = 0; a < 4; a++) {
		const char *s = macro_line_get(l, axis[a]);
		double v;

		if (!s)
			continue;
		if (klippercfg_double(s, &v))
			return bad_move(w, l);
		w->g.last[a] = gcode_state_target(&w->g, a, v);
	}
	return read_speed(w, l);
}

int
macro_cmd_move(struct macro_world *w, struct macro_line *l)
{
	double from[4];

	if (go(w, l, from))
		return -1;
	macro_moved(w, from);
	return 0;
}

static bool
word(const struct macro_line *l, const char *key, double *v)
{
	const char *s = macro_line_get(l, key);

	return s && klippercfg_double(s, v) == 0;
}

/* the time of an arc in X and Y; of another one that of its chord */
static void
arc_time(struct macro_world *w, const struct macro_line *l,
    const double from[4], bool clockwise)
{
	double offset[2] = {0, 0}, turns = 0, r, gap;
	struct gcode_arc arc;
	bool i = word(l, "I", &offset[0]), j = word(l, "J", &offset[1]);

	if (!word(l, "P", &turns))
		turns = 0;
	if (i || j) {
		macro_clock_arc(w, from, w->g.last, offset, clockwise, turns);
		return;
	}
	gcode_arc_plane(&arc, 17);
	if (word(l, "R", &r) && !gcode_arc_centre(&arc, from, w->g.last, r,
				    clockwise, offset, &gap))
		macro_clock_arc(w, from, w->g.last, offset, clockwise, turns);
	else
		macro_clock_move(w, from, w->g.last);
}

/* G2, G3: they end at their target */
int
macro_cmd_arc(struct macro_world *w, struct macro_line *l)
{
	double from[4];

	if (!w->g.absolute)
		return macro_error(
		    w, "move", "G2/G3 does not support relative move mode");
	if (macro_line_get(l, "R") && w->klipper)
		return macro_error(w, "move", "G2/G3 does not support R moves");
	if (!macro_line_get(l, "I") && !macro_line_get(l, "J") &&
	    !macro_line_get(l, "K") && !macro_line_get(l, "R"))
		return macro_error(
		    w, "move", "G2/G3 requires IJ, IK or JK parameters");
	if (go(w, l, from))
		return -1;
	w->idle = w->probed = false;
	if (w->n_delayed)
		arc_time(w, l, from, l->command[1] == '2');
	return 0;
}

const char *
macro_scan(
    struct macro_world *w, const char *s, const char *end, uint32_t *lines)
{
	struct gcode_move m;
	double from[4];

	while (s < end) {
		const char *next = gcode_scan_move(&m, s, end);

		if (!next || !(w->scan_mask & 1u << m.number) || w->shut)
			return s;
		if (m.number > 1)
			return s;
		if (m.has & 1u << GCODE_F && !(m.v[GCODE_F] > 0))
			return s;
		if (w->n_delayed)
			memcpy(from, w->g.last, sizeof(from));
		for (int a = 0; a < 4; a++)
			if (m.has & 1u << a)
				w->g.last[a] =
				    gcode_state_target(&w->g, a, m.v[a]);
		if (m.has & 1u << GCODE_F)
			w->g.speed = m.v[GCODE_F] * w->g.speed_factor;
		w->idle = w->probed = false;
		s = next;
		++*lines;
		if (w->n_delayed) {
			macro_clock_move(w, from, w->g.last);
			if (macro_timer_due(w))
				return s;
		}
	}
	return s;
}

/* ---- modes and origins ---- */

int
macro_cmd_mode(struct macro_world *w, struct macro_line *l)
{
	bool g = l->command[0] == 'G';
	char last = l->command[2];

	if (g)
		w->g.absolute = last == '0'; /* G90, G91 */
	else
		w->g.absolute_e = last == '2'; /* M82, M83 */
	return 0;
}

int
macro_cmd_g92(struct macro_world *w, struct macro_line *l)
{
	static const char *const axis[] = {"X", "Y", "Z", "E"};
	bool any = false;

	for (int a = 0; a < 4; a++) {
		double v;
		int got = macro_get_double(w, l, axis[a], &v);

		if (got < 0)
			return -1;
		if (!got)
			continue;
		any = true;
		gcode_state_set(&w->g, a, v);
	}
	for (int a = 0; a < 4 && !any; a++)
		gcode_state_set(&w->g, a, 0);
	return 0;
}

int
macro_cmd_factor(struct macro_world *w, struct macro_line *l)
{
	double s = 100;

	if (macro_get_double(w, l, "S", &s) < 0)
		return -1;
	if (!(s > 0))
		return macro_error(w, "parameter",
		    "Error on '%.*s': S must be above 0.0", (int)l->len,
		    l->text);
	if (strcmp(l->command, "M220") == 0)
		gcode_state_speed_factor(&w->g, s);
	else
		gcode_state_extrude_factor(&w->g, s);
	return 0;
}

int
macro_cmd_offset(struct macro_world *w, struct macro_line *l)
{
	static const char *const axis[] = {"X", "Y", "Z", "E"};
	static const char *const adjust[] = {
	    "X_ADJUST", "Y_ADJUST", "Z_ADJUST", "E_ADJUST"};
	double delta[4] = {0, 0, 0, 0}, from[4];
	int64_t move = 0;

	for (int a = 0; a < 4; a++) {
		double v;
		int got = macro_get_double(w, l, axis[a], &v);

		if (!got) {
			got = macro_get_double(w, l, adjust[a], &v);
			v += w->g.offset[a];
		}
		if (got < 0)
			return -1;
		if (got)
			delta[a] = gcode_state_offset(&w->g, a, v);
	}
	if (macro_get_int(w, l, "MOVE", &move) < 0)
		return -1;
	if (!move)
		return 0;
	memcpy(from, w->g.last, sizeof(from));
	for (int a = 0; a < 4; a++)
		w->g.last[a] += delta[a];
	macro_moved(w, from);
	return 0;
}

/* ---- states put aside ---- */

static const char *
state_name(const struct macro_line *l)
{
	const char *s = macro_line_get(l, "NAME");

	return s ? s : "default";
}

static struct macro_saved *
find_saved(struct macro_world *w, const char *name)
{
	struct macro_saved *s = w->saved;

	while (s && strcmp(s->name, name) != 0)
		s = s->next;
	return s;
}

int
macro_cmd_save_state(struct macro_world *w, struct macro_line *l)
{
	struct macro_saved *s = find_saved(w, state_name(l));
	unsigned n = 0;

	for (struct macro_saved *c = w->saved; c; c = c->next)
		n++;
	if (!s && n >= 1000)
		return macro_error(
		    w, "limit", "more than 1000 states are saved");
	if (!s) {
		s = xcalloc(1, sizeof(*s));
		s->name = xstrdup(state_name(l));
		s->next = w->saved;
		w->saved = s;
	}
	s->state = w->g;
	return 0;
}

int
macro_cmd_restore_state(struct macro_world *w, struct macro_line *l)
{
	struct macro_saved *s = find_saved(w, state_name(l));
	int64_t move = 0;
	double from[4];

	if (!s)
		return macro_error(
		    w, "state-name", "Unknown g-code state: %s", state_name(l));
	gcode_state_restore(&w->g, &s->state);
	if (macro_get_int(w, l, "MOVE", &move) < 0)
		return -1;
	if (!move)
		return 0;
	memcpy(from, w->g.last, sizeof(from));
	memcpy(w->g.last, s->state.last, 3 * sizeof(double));
	macro_moved(w, from);
	return 0;
}

/* ---- homing and what undoes it ---- */

int
macro_cmd_home(struct macro_world *w, struct macro_line *l)
{
	static const char *const axis[] = {"X", "Y", "Z"};
	bool any = false;

	for (int a = 0; a < 3; a++)
		any |= macro_line_get(l, axis[a]) != NULL;
	for (int a = 0; a < 3; a++) {
		if (any && !w->delta && !macro_line_get(l, axis[a]))
			continue;
		w->homed |= 1u << a;
		gcode_state_homed(&w->g, a, w->endstop[a]);
		if (a == 2 && macro_has_section(w, "safe_z_home")) {
			double hop = macro_number(w, "safe_z_home", "z_hop", 0);

			if (hop > w->g.last[2])
				gcode_state_homed(&w->g, 2, hop);
		}
	}
	w->idle = false;
	return 0;
}

int
macro_cmd_motors_off(struct macro_world *w, struct macro_line *l)
{
	(void)l;
	w->homed = 0;
	w->z_tilt = w->qgl = false;
	return 0;
}

int
macro_cmd_kinematic_position(struct macro_world *w, struct macro_line *l)
{
	static const char *const axis[] = {"X", "Y", "Z"};
	const char *set = macro_line_get(l, "SET_HOMED");
	const char *clear = macro_line_get(l, "CLEAR_HOMED");
	bool all = !set && !clear;

	for (int a = 0; a < 3; a++) {
		double v = w->g.last[a];
		char low = (char)('x' + a), up = (char)('X' + a);

		if (macro_get_double(w, l, axis[a], &v) < 0)
			return -1;
		w->g.last[a] = v;
		if (all || (set && (strchr(set, low) || strchr(set, up))))
			w->homed |= 1u << a;
		if (clear && (strchr(clear, low) || strchr(clear, up)))
			w->homed &= ~(1u << a);
	}
	return 0;
}

int
macro_cmd_dwell(struct macro_world *w, struct macro_line *l)
{
	double p = 0, s = 0;

	if (macro_get_double(w, l, "P", &p) < 0 ||
	    (!w->klipper && macro_get_double(w, l, "S", &s) < 0))
		return -1;
	macro_clock_rest(w, (p > 0 ? p / 1000 : 0) + (s > 0 ? s : 0));
	w->idle = false;
	return 0;
}

int
macro_cmd_limits(struct macro_world *w, struct macro_line *l)
{
	if (macro_get_double(w, l, "VELOCITY", &w->max_velocity) < 0 ||
	    macro_get_double(w, l, "ACCEL", &w->max_accel) < 0 ||
	    macro_get_double(
		w, l, "SQUARE_CORNER_VELOCITY", &w->square_corner) < 0 ||
	    macro_get_double(w, l, "MINIMUM_CRUISE_RATIO", &w->cruise_ratio) <
		0)
		return -1;
	return 0;
}

int
macro_cmd_m204(struct macro_world *w, struct macro_line *l)
{
	double s, p, t;
	int got = macro_get_double(w, l, "S", &s);

	if (got < 0)
		return -1;
	if (got) {
		w->max_accel = s;
		return 0;
	}
	if (macro_get_double(w, l, "P", &p) == 1 &&
	    macro_get_double(w, l, "T", &t) == 1)
		w->max_accel = p < t ? p : t;
	else if (!w->failed)
		macro_respond(w, "// Invalid M204 command \"%.*s\"",
		    (int)l->len, l->text);
	return w->failed ? -1 : 0;
}

int
macro_cmd_m114(struct macro_world *w, struct macro_line *l)
{
	(void)l;
	macro_respond(w, "X:%.3f Y:%.3f Z:%.3f E:%.3f",
	    gcode_state_position(&w->g, 0), gcode_state_position(&w->g, 1),
	    gcode_state_position(&w->g, 2), gcode_state_position(&w->g, 3));
	return 0;
}
