/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What printer["object"] holds at this moment. */
#include <string.h>

#include "machine/macro_private.h"

static void
put(struct macro_world *w, struct jj_value d, const char *key,
    struct jj_value v)
{
	jj_put(w->j, d, key, v);
}

/* a value that only the machine knows */
static struct jj_value
live(struct macro_world *w, const char *object, const char *field,
    struct jj_value assumed)
{
	if (w->flags & MACRO_ASSUME)
		return assumed;
	return jj_live(w->j, object, field);
}

static struct jj_value
coord(struct macro_world *w, const double v[4])
{
	return jj_coord(w->j, v[0], v[1], v[2], jj_float(v[3]));
}

/* A machine that runs is somewhere else by now: what it alone knows has to be
 * asked for. */
bool
macro_stale(const struct macro_world *w)
{
	return w->machine && w->ask && !w->fresh;
}

static struct jj_value
heater(struct macro_world *w, const struct macro_heater *h)
{
	struct jj_value d = jj_dict_new(w->j);
	bool hot = h->temperature >= h->min_extrude_temp;
	bool known = h->known || (h->live && !macro_stale(w));
	bool motion =
	    w->extruder >= 0 && &w->heater[w->extruder] == h && !w->idle;

	put(w, d, "temperature",
	    known ? jj_float(h->temperature)
		  : live(w, h->name, "temperature", jj_float(0)));
	put(w, d, "target", jj_float(h->target));
	put(w, d, "power", live(w, h->name, "power", jj_float(0)));
	if (!h->extruder)
		return d;
	put(w, d, "can_extrude",
	    known ? jj_bool(hot)
		  : live(w, h->name, "can_extrude", jj_bool(true)));
	put(w, d, "pressure_advance", jj_float(h->pressure_advance));
	put(w, d, "smooth_time", jj_float(h->smooth_time));
	put(w, d, "motion_queue", motion ? jj_strz(w->j, h->name) : jj_none());
	return d;
}

static struct jj_value
toolhead(struct macro_world *w)
{
	struct jj_value d = jj_dict_new(w->j), axes = jj_dict_new(w->j);
	const char *extruder =
	    w->extruder >= 0 ? w->heater[w->extruder].name : "";
	char homed[4];
	int n = 0;

	for (int a = 0; a < 3; a++)
		if (w->homed & 1u << a)
			homed[n++] = (char)('x' + a);
	put(w, d, "homed_axes", jj_string(w->j, homed, (size_t)n));
	put(w, d, "axis_minimum",
	    jj_coord(w->j, w->axis_min[0], w->axis_min[1], w->axis_min[2],
		jj_int(0)));
	put(w, d, "axis_maximum",
	    jj_coord(w->j, w->axis_max[0], w->axis_max[1], w->axis_max[2],
		jj_int(0)));
	if (w->delta)
		put(w, d, "cone_start_z", jj_float(w->cone_start_z));
	put(w, d, "print_time",
	    live(w, "toolhead", "print_time", jj_float(macro_now(w))));
	put(w, d, "stalls", live(w, "toolhead", "stalls", jj_int(0)));
	put(w, d, "estimated_print_time",
	    live(
		w, "toolhead", "estimated_print_time", jj_float(macro_now(w))));
	put(w, d, "extruder", jj_strz(w->j, extruder));
	put(w, d, "position", coord(w, w->g.last));
	put(w, d, "max_velocity", jj_float(w->max_velocity));
	put(w, d, "max_accel", jj_float(w->max_accel));
	put(w, d, "minimum_cruise_ratio", jj_float(w->cruise_ratio));
	put(w, d, "square_corner_velocity", jj_float(w->square_corner));
	if (*extruder)
		put(w, axes, extruder, jj_int(3));
	put(w, d, "extra_axes", axes);
	return d;
}

static struct jj_value
gcode_move(struct macro_world *w)
{
	static const char *const axis[] = {"X", "Y", "Z", "E"};
	struct jj_value d = jj_dict_new(w->j), map = jj_dict_new(w->j);
	const struct gcode_state *g = &w->g;
	double at[4];

	for (int a = 0; a < 4; a++) {
		at[a] = gcode_state_position(g, a);
		put(w, map, axis[a], jj_int(a));
	}
	put(w, d, "speed_factor", jj_float(g->speed_factor * 60));
	put(w, d, "speed", jj_float(g->speed / g->speed_factor));
	put(w, d, "extrude_factor", jj_float(g->extrude_factor));
	put(w, d, "absolute_coordinates", jj_bool(g->absolute));
	put(w, d, "absolute_extrude", jj_bool(g->absolute_e));
	put(w, d, "homing_origin", coord(w, g->offset));
	put(w, d, "position", coord(w, g->last));
	put(w, d, "gcode_position", coord(w, at));
	put(w, d, "axis_map", map);
	return d;
}

static struct jj_value
heaters(struct macro_world *w)
{
	struct jj_value d = jj_dict_new(w->j);
	struct jj_value all = jj_list_new(w->j, 4), sensors;

	for (int round = 0; round < 2; round++)
		for (unsigned i = 0; i < w->n_heaters; i++)
			if (w->heater[i].extruder == (round == 1))
				jj_append(w->j, all,
				    jj_strz(w->j, w->heater[i].name));
	sensors = jj_list_new(w->j, 8);
	for (unsigned i = 0; i < w->n_objects; i++) {
		const struct macro_object *o = &w->object[i];

		if (o->kind == MK_HEATER || o->kind == MK_TEMPERATURE_FAN ||
		    (o->fields && strncmp(o->fields, "temperature ?", 13) == 0))
			jj_append(w->j, sensors, jj_strz(w->j, o->name));
	}
	put(w, d, "available_heaters", all);
	put(w, d, "available_sensors", sensors);
	put(w, d, "available_monitors", jj_list_new(w->j, 0));
	return d;
}

static struct jj_value
or_none(struct macro_world *w, const char *s)
{
	return s ? jj_strz(w->j, s) : jj_none();
}

static struct jj_value
print_stats(struct macro_world *w)
{
	struct jj_value d = jj_dict_new(w->j), info = jj_dict_new(w->j);
	const char *o = "print_stats";

	put(w, d, "filename", jj_strz(w->j, w->sd_file ? w->sd_file : ""));
	put(w, d, "total_duration", live(w, o, "total_duration", jj_float(0)));
	put(w, d, "print_duration", live(w, o, "print_duration", jj_float(0)));
	put(w, d, "filament_used", live(w, o, "filament_used", jj_float(0)));
	put(w, d, "state", jj_strz(w->j, w->print_state));
	put(w, d, "message", jj_strz(w->j, ""));
	put(w, info, "total_layer",
	    w->layers < 0 ? jj_none() : jj_int(w->layers));
	put(w, info, "current_layer",
	    w->layer < 0 ? jj_none() : jj_int(w->layer));
	put(w, d, "info", info);
	return d;
}

static struct jj_value
sdcard(struct macro_world *w)
{
	struct jj_value d = jj_dict_new(w->j);
	double part = w->sd_len ? (double)w->sd_pos / (double)w->sd_len : 0;

	put(w, d, "file_path", or_none(w, w->sd_file));
	put(w, d, "progress", jj_float(part));
	put(w, d, "is_active", jj_bool(w->sd_active));
	put(w, d, "file_position", jj_int((int64_t)w->sd_pos));
	put(w, d, "file_size", jj_int((int64_t)w->sd_len));
	return d;
}

static struct jj_value
configfile(struct macro_world *w)
{
	struct jj_value d = jj_dict_new(w->j);

	put(w, d, "config", w->config);
	put(w, d, "settings", w->settings);
	put(w, d, "warnings", jj_list_new(w->j, 0));
	put(w, d, "save_config_pending", jj_bool(false));
	put(w, d, "save_config_pending_items", jj_dict_new(w->j));
	return d;
}

static struct jj_value
pair(struct macro_world *w, double a, double b)
{
	struct jj_value t = jj_tuple_new(w->j, 2);

	jj_append(w->j, t, jj_float(a));
	jj_append(w->j, t, jj_float(b));
	return t;
}

static struct jj_value
matrix(struct macro_world *w, const struct macro_mesh *m)
{
	struct jj_value rows = jj_list_new(w->j, 4), row;

	if (!m || (!m->z && !(w->flags & MACRO_ASSUME))) {
		if (m)
			return live(w, "bed_mesh", "probed_matrix", rows);
		jj_append(w->j, rows, jj_list_new(w->j, 0));
		return rows;
	}
	for (unsigned y = 0; y < m->ny; y++) {
		row = jj_list_new(w->j, m->nx);
		for (unsigned x = 0; x < m->nx; x++)
			jj_append(w->j, row,
			    jj_float(m->z ? m->z[y * m->nx + x] : 0));
		jj_append(w->j, rows, row);
	}
	return rows;
}

static struct jj_value
bed_mesh(struct macro_world *w)
{
	struct jj_value d = jj_dict_new(w->j), profiles = jj_dict_new(w->j);
	const struct macro_mesh *m = w->mesh_on;

	put(w, d, "profile_name", jj_strz(w->j, m ? w->mesh_name : ""));
	put(w, d, "mesh_min", pair(w, m ? m->min[0] : 0, m ? m->min[1] : 0));
	put(w, d, "mesh_max", pair(w, m ? m->max[0] : 0, m ? m->max[1] : 0));
	put(w, d, "probed_matrix", matrix(w, m));
	put(w, d, "mesh_matrix", matrix(w, m));
	for (m = w->mesh; m; m = m->next) {
		struct jj_value p = jj_dict_new(w->j), q = jj_dict_new(w->j);

		put(w, q, "min_x", jj_float(m->min[0]));
		put(w, q, "max_x", jj_float(m->max[0]));
		put(w, q, "min_y", jj_float(m->min[1]));
		put(w, q, "max_y", jj_float(m->max[1]));
		put(w, q, "x_count", jj_int(m->nx));
		put(w, q, "y_count", jj_int(m->ny));
		put(w, p, "points", matrix(w, m));
		put(w, p, "mesh_params", q);
		put(w, profiles, m->name, p);
	}
	put(w, d, "profiles", profiles);
	return d;
}

static struct jj_value
leds(struct macro_world *w, const struct macro_leds *l)
{
	struct jj_value d = jj_dict_new(w->j), all = jj_list_new(w->j, l->n);

	for (unsigned i = 0; i < l->n; i++) {
		struct jj_value t = jj_tuple_new(w->j, 4);

		for (int c = 0; c < 4; c++)
			jj_append(w->j, t, jj_float(l->colour[i][c]));
		jj_append(w->j, all, t);
	}
	put(w, d, "color_data", all);
	return d;
}

static struct jj_value
steppers(struct macro_world *w)
{
	struct jj_value d = jj_dict_new(w->j), all = jj_dict_new(w->j);

	for (uint32_t i = 0; i < w->settings.u.d->n; i++) {
		struct jj_value key = w->settings.u.d->e[i].key;
		const char *s = key.u.s->data;

		if (strncmp(s, "stepper_", 8) == 0)
			put(w, all, s, jj_bool(!w->idle));
	}
	put(w, d, "steppers", all);
	return d;
}

static struct jj_value
dual_carriage(struct macro_world *w)
{
	struct jj_value d = jj_dict_new(w->j), all = jj_dict_new(w->j);

	put(w, d, "carriage_0", jj_strz(w->j, w->dual_mode[0]));
	put(w, d, "carriage_1", jj_strz(w->j, w->dual_mode[1]));
	put(w, all, "0", jj_strz(w->j, w->dual_mode[0]));
	put(w, all, "1", jj_strz(w->j, w->dual_mode[1]));
	put(w, d, "carriages", all);
	return d;
}

static struct jj_value
copy_of(struct macro_world *w, struct jj_value v)
{
	return jj_copy(jinja_arena(w->j), v, JJ_SCRATCH);
}

static struct jj_value
exclude(struct macro_world *w)
{
	struct jj_value d = jj_dict_new(w->j);

	put(w, d, "objects", copy_of(w, w->exclude_objects));
	put(w, d, "excluded_objects", copy_of(w, w->excluded));
	put(w, d, "current_object", or_none(w, w->exclude_current));
	return d;
}

static struct jj_value
idle(struct macro_world *w)
{
	struct jj_value d = jj_dict_new(w->j);

	put(w, d, "state", jj_strz(w->j, w->idle ? "Idle" : "Printing"));
	put(w, d, "printing_time",
	    live(w, "idle_timeout", "printing_time", jj_float(0)));
	put(w, d, "idle_timeout", jj_float(w->idle_timeout));
	return d;
}

static struct jj_value
retraction(struct macro_world *w)
{
	struct jj_value d = jj_dict_new(w->j);

	put(w, d, "retract_length", jj_float(w->retract[0]));
	put(w, d, "retract_speed", jj_float(w->retract[1]));
	put(w, d, "unretract_extra_length", jj_float(w->retract[2]));
	put(w, d, "unretract_speed", jj_float(w->retract[3]));
	return d;
}

static struct jj_value
level(struct macro_world *w, const struct macro_object *o)
{
	const struct macro_level *l = &w->level[o->index];
	struct jj_value d = jj_dict_new(w->j);

	switch (o->kind) {
	case MK_FAN:
		put(w, d, "speed", jj_float(l->value));
		put(w, d, "rpm", jj_none());
		break;
	case MK_TEMPERATURE_FAN:
		put(w, d, "speed", live(w, o->name, "speed", jj_float(0)));
		put(w, d, "rpm", jj_none());
		put(w, d, "temperature",
		    live(w, o->name, "temperature", jj_float(0)));
		put(w, d, "target", jj_float(l->target));
		break;
	case MK_FILAMENT:
		put(w, d, "filament_detected",
		    live(w, o->name, "filament_detected", jj_bool(false)));
		put(w, d, "enabled", jj_bool(l->enabled));
		break;
	default:
		put(w, d, "value", jj_float(l->value));
	}
	return d;
}

static struct jj_value
tmc(struct macro_world *w, const struct macro_object *o)
{
	struct jj_value d = jj_dict_new(w->j);
	double run = macro_number(w, o->name, "run_current", 0);

	put(w, d, "mcu_phase_offset", jj_none());
	put(w, d, "phase_offset_position", jj_none());
	put(w, d, "run_current",
	    w->tmc_current && w->tmc_current[o - w->object] > 0
		? jj_float(w->tmc_current[o - w->object])
		: jj_float(run));
	put(w, d, "hold_current",
	    jj_float(macro_number(w, o->name, "hold_current", run)));
	put(w, d, "drv_status", jj_none());
	put(w, d, "temperature", jj_none());
	return d;
}

/* "name value;..." of macro_objects.c */
static struct jj_value
fields(struct macro_world *w, const struct macro_object *o)
{
	struct jj_value d = jj_dict_new(w->j);

	for (const char *p = o->fields; *p;) {
		size_t n = strcspn(p, " "), m = strcspn(p + n + 1, ";");
		struct jj_value name = jj_string(w->j, p, n), v;
		struct jinja_error e = JINJA_ERROR_INIT;

		if (p[n + 1] == '?')
			v = live(w, o->name, name.u.s->data, jj_float(0));
		else if (jj_literal(w->j, p + n + 1, m, &v, &e))
			v = jj_string(w->j, p + n + 1, m);
		jinja_error_release(&e);
		put(w, d, name.u.s->data, v);
		p += n + 1 + m;
		p += *p == ';';
	}
	return d;
}

static struct jj_value
one(struct macro_world *w, const char *key, struct jj_value v)
{
	struct jj_value d = jj_dict_new(w->j);

	put(w, d, key, v);
	return d;
}

struct jj_value
macro_status(struct macro_world *w, const struct macro_object *o)
{
	struct jj_value d;

	switch (o->kind) {
	case MK_HEATER:
		return heater(w, &w->heater[o->index]);
	case MK_MACRO:
		return copy_of(w, w->macro[o->index].vars);
	case MK_TOOLHEAD:
		return toolhead(w);
	case MK_GCODE_MOVE:
		return gcode_move(w);
	case MK_CONFIGFILE:
		return configfile(w);
	case MK_HEATERS:
		return heaters(w);
	case MK_PRINT_STATS:
		return print_stats(w);
	case MK_SDCARD:
		return sdcard(w);
	case MK_PAUSE:
		return one(w, "is_paused", jj_bool(w->paused));
	case MK_DISPLAY:
		d = one(w, "progress", jj_float(w->progress));
		put(w, d, "message", or_none(w, w->message));
		return d;
	case MK_EXCLUDE:
		return exclude(w);
	case MK_IDLE:
		return idle(w);
	case MK_MESH:
		return bed_mesh(w);
	case MK_APPLIED:
		return one(w, "applied",
		    jj_bool(o->name[0] == 'z' ? w->z_tilt : w->qgl));
	case MK_SAVED:
		return one(w, "variables", copy_of(w, w->saved_vars));
	case MK_RETRACTION:
		return retraction(w);
	case MK_LEDS:
		return leds(w, &w->leds[o->index]);
	case MK_STEPPERS:
		return steppers(w);
	case MK_DUAL:
		return dual_carriage(w);
	case MK_TMC:
		return tmc(w, o);
	case MK_STATIC:
		return fields(w, o);
	case MK_LIVE:
		return jj_dict_new(w->j);
	default:
		return level(w, o);
	}
}

/* ---- the object "printer" ---- */

/* fields of a snapshot go over those that are followed here only where these
 * are not known, or unknown here at all */
static void
merge(struct macro_world *w, struct jj_value d, struct jj_value over,
    const char *name)
{
	for (uint32_t i = 0; i < over.u.d->n; i++) {
		struct jj_value key = over.u.d->e[i].key;
		struct jj_value v = over.u.d->e[i].value, old;

		if (key.kind != JJ_STR)
			continue;
		old = jj_get(w->j, d, key.u.s->data, key.u.s->len);
		if (old.kind == JJ_DICT && v.kind == JJ_DICT)
			merge(w, old, v, name);
		else if (old.kind == JJ_MISSING || old.kind == JJ_LIVE ||
			 !macro_follows(name, key.u.s->data))
			put(w, d, key.u.s->data,
			    macro_stale(w) ? jj_live(w->j, name, key.u.s->data)
					   : copy_of(w, v));
	}
}

static struct jj_value
lookup(struct jinja *j, void *data, const char *key, size_t len)
{
	struct macro_world *w = data;
	struct jj_value at, over;
	uint32_t i;

	while (len && (*key == ' ' || *key == '\t')) {
		key++;
		len--;
	}
	while (len && (key[len - 1] == ' ' || key[len - 1] == '\t'))
		len--;
	at = jj_get(j, w->by_name, key, len);
	if (at.kind != JJ_INT)
		return at;
	i = (uint32_t)at.u.i;
	if (w->cached[i] == w->render)
		return w->cache[i];
	w->cache[i] = macro_status(w, &w->object[i]);
	w->cached[i] = w->render;
	over = jj_get(j, w->extra, key, len);
	if (over.kind == JJ_DICT)
		merge(w, w->cache[i], over, w->object[i].name);
	return w->cache[i];
}

struct jj_value
macro_look_up(struct macro_world *w, const char *object, size_t len)
{
	return lookup(w->j, w, object, len);
}

static struct jj_value
names(struct jinja *j, void *data)
{
	struct macro_world *w = data;
	struct jj_value l = jj_list_new(j, w->n_objects);

	for (unsigned i = 0; i < w->n_objects; i++)
		jj_append(j, l, jj_strz(j, w->object[i].name));
	return l;
}

struct jj_value
macro_printer(struct macro_world *w)
{
	struct jj_host h = {
	    "extras.gcode_macro.GetStatusWrapper", lookup, names, w};

	return jj_host(w->j, &h);
}

void
macro_forget_status(struct macro_world *w)
{
	w->render++;
}
