/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Live values from outside: snapshots and single assignments. */
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "lang/jinja_json.h"
#include "machine/macro_private.h"

#define LAYERS_MAX 1e9 /* what is more is no count of layers */

/* objects and fields that the stream itself decides */
bool
macro_follows(const char *object, const char *field)
{
	static const char *const followed[][2] = {{"gcode_move", ""},
	    {"toolhead", "homed_axes"}, {"toolhead", "position"},
	    {"toolhead", "extruder"}, {"toolhead", "max_velocity"},
	    {"toolhead", "max_accel"}, {"toolhead", "square_corner_velocity"},
	    {"toolhead", "minimum_cruise_ratio"}, {"extruder", ""},
	    {"heater_bed", ""}, {"heater_generic", ""}, {"fan", "speed"},
	    {"fan_generic", "speed"}, {"output_pin", "value"},
	    {"pause_resume", ""}, {"display_status", ""},
	    {"exclude_object", ""}, {"bed_mesh", "profile_name"},
	    {"print_stats", "state"}, {"print_stats", "info"},
	    {"gcode_macro", ""}, {"save_variables", ""},
	    {"firmware_retraction", ""}, {"idle_timeout", "idle_timeout"},
	    {"quad_gantry_level", ""}, {"z_tilt", ""}, {"virtual_sdcard", ""},
	    {"filament_switch_sensor", "enabled"}};
	size_t n = strcspn(object, " 0123456789");

	for (size_t i = 0; i < sizeof(followed) / sizeof(followed[0]); i++)
		if (strlen(followed[i][0]) == n &&
		    strncmp(followed[i][0], object, n) == 0 &&
		    (!*followed[i][1] || strcmp(followed[i][1], field) == 0))
			return true;
	return false;
}

/* ---- from a snapshot into the state that is followed from there on ---- */

static struct jj_value
field(struct macro_world *w, const char *object, const char *key)
{
	struct jj_value o = jj_get(w->j, w->extra, object, strlen(object));

	return o.kind == JJ_DICT ? jj_get(w->j, o, key, strlen(key))
				 : (struct jj_value){.kind = JJ_MISSING};
}

static bool
number(struct jj_value v, double *out)
{
	if (v.kind == JJ_INT)
		*out = (double)v.u.i;
	else if (v.kind == JJ_FLOAT)
		*out = v.u.f;
	else
		return false;
	return true;
}

static bool
take_number(
    struct macro_world *w, const char *object, const char *key, double *out)
{
	return number(field(w, object, key), out);
}

static void
take_bool(struct macro_world *w, const char *object, const char *key, bool *out)
{
	struct jj_value v = field(w, object, key);

	if (v.kind == JJ_BOOL)
		*out = v.u.b;
}

static const char *
take_text(struct macro_world *w, const char *object, const char *key)
{
	struct jj_value v = field(w, object, key);

	return v.kind == JJ_STR ? v.u.s->data : NULL;
}

static void
take_axes(
    struct macro_world *w, const char *object, const char *key, double *out)
{
	struct jj_value v = field(w, object, key);

	if (v.kind != JJ_LIST && v.kind != JJ_TUPLE)
		return;
	for (uint32_t i = 0; i < 4 && i < v.u.l->n; i++)
		number(v.u.l->v[i], &out[i]);
}

static void
apply_heaters(struct macro_world *w)
{
	for (unsigned i = 0; i < w->n_heaters; i++) {
		struct macro_heater *h = &w->heater[i];
		bool can;

		if (take_number(w, h->name, "temperature", &h->temperature)) {
			h->live = w->machine;
			h->known |= !w->machine;
		}
		take_number(w, h->name, "target", &h->target);
		take_number(
		    w, h->name, "pressure_advance", &h->pressure_advance);
		can = h->temperature >= h->min_extrude_temp;
		take_bool(w, h->name, "can_extrude", &can);
		if (!h->known && !h->live && can) {
			h->known = true;
			h->temperature = h->min_extrude_temp;
		}
	}
	for (unsigned i = 0; i < w->n_levels; i++) {
		struct macro_level *l = &w->level[i];

		if (!take_number(w, l->name, "speed", &l->value))
			take_number(w, l->name, "value", &l->value);
		take_number(w, l->name, "target", &l->target);
		take_bool(w, l->name, "enabled", &l->enabled);
	}
}

static void
apply_motion(struct macro_world *w)
{
	const char *s = take_text(w, "toolhead", "homed_axes");
	double at[4], v;

	if (s)
		w->homed = (strchr(s, 'x') ? 1u : 0) |
			   (strchr(s, 'y') ? 2u : 0) |
			   (strchr(s, 'z') ? 4u : 0);
	take_axes(w, "toolhead", "position", w->g.last);
	take_axes(w, "gcode_move", "position", w->g.last);
	take_axes(w, "gcode_move", "homing_origin", w->g.offset);
	for (int a = 0; a < 4; a++)
		at[a] = w->g.last[a] - w->g.base[a];
	take_axes(w, "gcode_move", "gcode_position", at);
	take_bool(w, "gcode_move", "absolute_coordinates", &w->g.absolute);
	take_bool(w, "gcode_move", "absolute_extrude", &w->g.absolute_e);
	if (take_number(w, "gcode_move", "speed_factor", &v) && v > 0)
		w->g.speed_factor = v / 60;
	if (take_number(w, "gcode_move", "extrude_factor", &v) && v > 0)
		w->g.extrude_factor = v;
	if (take_number(w, "gcode_move", "speed", &v) && v > 0)
		w->g.speed = v * w->g.speed_factor;
	at[3] *= w->g.extrude_factor;
	for (int a = 0; a < 4; a++)
		w->g.base[a] = w->g.last[a] - at[a];
	take_number(w, "toolhead", "max_velocity", &w->max_velocity);
	take_number(w, "toolhead", "max_accel", &w->max_accel);
	take_number(w, "toolhead", "square_corner_velocity", &w->square_corner);
	take_number(w, "toolhead", "minimum_cruise_ratio", &w->cruise_ratio);
	s = take_text(w, "toolhead", "extruder");
	for (unsigned i = 0; s && i < w->n_heaters; i++)
		if (strcmp(w->heater[i].name, s) == 0)
			w->extruder = (int)i;
}

static void
apply_print(struct macro_world *w)
{
	static const char *const states[] = {
	    "standby", "printing", "paused", "complete", "cancelled", "error"};
	const char *s = take_text(w, "print_stats", "state");
	double v;

	for (int i = 0; s && i < 6; i++)
		if (strcmp(s, states[i]) == 0)
			w->print_state = states[i];
	take_bool(w, "pause_resume", "is_paused", &w->paused);
	take_bool(w, "quad_gantry_level", "applied", &w->qgl);
	take_bool(w, "z_tilt", "applied", &w->z_tilt);
	take_number(w, "display_status", "progress", &w->progress);
	s = take_text(w, "display_status", "message");
	if (s) {
		free(w->message);
		w->message = xstrdup(s);
	}
	s = take_text(w, "idle_timeout", "state");
	if (s)
		w->idle = strcmp(s, "Idle") == 0;
	if (take_number(w, "idle_timeout", "idle_timeout", &v))
		w->idle_timeout = v;
	s = take_text(w, "bed_mesh", "profile_name");
	if (s && *s) {
		w->mesh_on = macro_mesh_new(w, s);
		w->mesh_name = w->mesh_on->name;
	}
}

static void
apply_layers(struct macro_world *w)
{
	struct jj_value info = field(w, "print_stats", "info");
	double v;

	if (info.kind != JJ_DICT)
		return;
	if (number(jj_get(w->j, info, "current_layer", 13), &v) && v >= 0 &&
	    v < LAYERS_MAX)
		w->layer = (int64_t)v;
	if (number(jj_get(w->j, info, "total_layer", 11), &v) && v >= 0 &&
	    v < LAYERS_MAX)
		w->layers = (int64_t)v;
}

static void
apply_retraction(struct macro_world *w)
{
	static const char *const keys[] = {"retract_length", "retract_speed",
	    "unretract_extra_length", "unretract_speed"};

	for (int i = 0; i < 4; i++)
		take_number(w, "firmware_retraction", keys[i], &w->retract[i]);
}

/* those that there are; a snapshot makes no new ones */
static void
apply_variables(struct macro_world *w)
{
	for (unsigned i = 0; i < w->n_macros; i++) {
		struct macro_def *m = &w->macro[i];
		struct jj_value from =
		    jj_get(w->j, w->extra, m->section, strlen(m->section));
		struct jj_value vars = m->vars;
		bool any = false;

		for (uint32_t k = 0; from.kind == JJ_DICT && k < from.u.d->n;
		     k++) {
			struct jj_value key = from.u.d->e[k].key;

			if (key.kind != JJ_STR ||
			    jj_get(w->j, vars, key.u.s->data, key.u.s->len)
				    .kind == JJ_MISSING)
				continue;
			jj_put(w->j, vars, key.u.s->data, from.u.d->e[k].value);
			any = true;
		}
		if (any)
			macro_keep_vars(m, vars);
	}
	macro_take_saved(w, field(w, "save_variables", "variables"));
}

void
macro_apply(struct macro_world *w)
{
	apply_heaters(w);
	apply_motion(w);
	apply_print(w);
	apply_layers(w);
	apply_retraction(w);
	apply_variables(w);
}

/* ---- taking them in ---- */

void
macro_keep_extra(struct macro_world *w, struct jj_value all)
{
	struct arena fresh;
	const char *suffix;

	arena_init(&fresh);
	w->extra = jj_copy(&fresh, all, JJ_SHARED);
	arena_release(&w->extra_arena);
	w->extra_arena = fresh;
	/* objects that nothing here knows exist now, too */
	for (uint32_t i = 0; i < w->extra.u.d->n; i++) {
		struct jj_value key = w->extra.u.d->e[i].key;

		/* what a configuration would have, and this one has not, the
		 * printer has not either */
		if (key.kind == JJ_STR &&
		    !schema_section(key.u.s->data, &suffix))
			macro_add_object(w, key.u.s->data, MK_LIVE, 0, NULL);
	}
	macro_index_objects(w);
}

static void
merge(struct macro_world *w, struct jj_value to, struct jj_value from)
{
	for (uint32_t i = 0; i < from.u.d->n; i++) {
		const struct jj_entry *e = &from.u.d->e[i];
		struct jj_value old;

		if (e->key.kind != JJ_STR)
			continue;
		old = jj_get(w->j, to, e->key.u.s->data, e->key.u.s->len);
		if (old.kind == JJ_DICT && e->value.kind == JJ_DICT)
			merge(w, old, e->value);
		else
			jj_put(w->j, to, e->key.u.s->data, e->value);
	}
}

/* ---- the snapshot of stepstream, in terms of printer[...] ---- */

static void
move_fields(struct macro_world *w, struct jj_value to, struct jj_value from,
    const char *field)
{
	if (from.kind != JJ_DICT)
		return;
	for (uint32_t i = 0; i < from.u.d->n; i++) {
		const struct jj_entry *e = &from.u.d->e[i];
		struct jj_value o = e->value;

		if (field) {
			o = jj_dict_new(w->j);
			jj_put(w->j, o, field, e->value);
		}
		jj_put(w->j, to, e->key.u.s->data, o);
	}
}

/* the snapshot of a machine that goes on? */
static bool
runs(struct macro_world *w, struct jj_value v)
{
	static const char *const over[] = {"done", "interrupted", "cancelled",
	    "cut-off", "refused", "emergency-stop", "heater-fault",
	    "board-fault"};
	struct jj_value state = jj_get(w->j, v, "state", 5);

	if (state.kind != JJ_STR || jj_get(w->j, v, "line", 4).kind != JJ_INT)
		return false;
	for (size_t i = 0; i < sizeof(over) / sizeof(over[0]); i++)
		if (strcmp(state.u.s->data, over[i]) == 0)
			return false;
	return true;
}

static struct jj_value
from_gantry(struct macro_world *w, struct jj_value v)
{
	struct jj_value to, toolhead, o;

	if (jj_get(w->j, v, "heaters", 7).kind != JJ_DICT ||
	    jj_get(w->j, v, "line", 4).kind != JJ_INT)
		return v;
	to = jj_dict_new(w->j);
	toolhead = jj_dict_new(w->j);
	move_fields(w, to, jj_get(w->j, v, "heaters", 7), NULL);
	move_fields(w, to, jj_get(w->j, v, "sensors", 7), "temperature");
	move_fields(w, to, jj_get(w->j, v, "fans", 4), "speed");
	move_fields(w, to, jj_get(w->j, v, "pins", 4), "value");
	o = jj_get(w->j, v, "position", 8);
	if (o.kind == JJ_LIST)
		jj_put(w->j, toolhead, "position", o);
	o = jj_get(w->j, v, "homed", 5);
	if (o.kind == JJ_STR)
		jj_put(w->j, toolhead, "homed_axes", o);
	o = jj_get(w->j, v, "extruder", 8);
	if (o.kind == JJ_STR)
		jj_put(w->j, toolhead, "extruder", o);
	jj_put(w->j, to, "toolhead", toolhead);
	return to;
}

bool
macro_reached(struct macro_world *w, const char *text, size_t len,
    const char *file, uint64_t line)
{
	struct jinja_error e = JINJA_ERROR_INIT;
	struct jj_value v, at, source;
	bool there = true;

	jinja_begin(w->j);
	if (jj_read_json(w->j, text, len, &v, &e) == 0 && v.kind == JJ_DICT) {
		at = jj_get(w->j, v, "line", 4);
		source = jj_get(w->j, v, "source", 6);
		if (at.kind == JJ_INT)
			there = at.u.i >= 0 && (uint64_t)at.u.i >= line;
		if (at.kind == JJ_INT && file && source.kind == JJ_STR)
			there &= strcmp(source.u.s->data, file) == 0;
	}
	jinja_error_release(&e);
	return there;
}

void
macro_random(struct macro_world *w, uint64_t seed)
{
	jinja_seed(w->j, seed);
}

static int
take(struct macro_world *w, const char *text, size_t len, const char *name,
    bool all_of_it)
{
	struct jinja_error e = JINJA_ERROR_INIT;
	struct jj_value v, all;
	int status = 0;

	jinja_begin(w->j);
	if (jj_read_json(w->j, text, len, &v, &e) || v.kind != JJ_DICT) {
		struct diag_place at = {name, e.line, e.col};

		diag_report(w->sink, DIAG_ERROR, &at, "state-json",
		    "the state is not a JSON object: %s",
		    e.text.data ? e.text.data : "it is something else");
		status = -1;
	} else {
		w->machine = runs(w, v);
		all = jj_copy(jinja_arena(w->j), w->extra, JJ_SCRATCH);
		merge(w, all, from_gantry(w, v));
		macro_keep_extra(w, all);
		if (all_of_it)
			macro_apply(w);
		else
			apply_heaters(w);
	}
	jinja_error_release(&e);
	return status;
}

int
macro_state(
    struct macro_world *w, const char *text, size_t len, const char *name)
{
	return take(w, text, len, name, true);
}

int
macro_live(
    struct macro_world *w, const char *text, size_t len, const char *name)
{
	return take(w, text, len, name, false);
}

void
macro_ask(
    struct macro_world *w, int (*ask)(struct macro_world *, void *), void *data)
{
	w->ask = ask;
	w->ask_data = data;
}
