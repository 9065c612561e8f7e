/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Macros: the printer as the configuration describes it, switched on. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "machine/macro_private.h"

/* ---- walking over sections, whatever file they came from ---- */

static bool
starts(const char *name, const char *word)
{
	size_t n = strlen(word);

	return strncmp(name, word, n) == 0 &&
	       (name[n] == ' ' || name[n] == '\0');
}

/* each section once: from the printer.cfg, or from the tree */
static void
each_section(
    struct macro_world *w, void (*f)(struct macro_world *, const char *name))
{
	if (w->klipper) {
		for (unsigned i = 0; i < w->n_cfg; i++)
			for (struct klippercfg_section *s = w->cfg[i]->section;
			     s; s = s->next)
				f(w, s->name);
		return;
	}
	for (struct tree_section *s = w->tree ? w->tree->section : NULL; s;
	     s = s->next)
		f(w, s->name);
}

static const char *
alias_of(const char *name)
{
	const char *p = strchr(name, ' ');

	return p ? p + 1 + strspn(p + 1, " ") : name;
}

/* ---- heaters ---- */

static bool
is_extruder(const char *name)
{
	return strncmp(name, "extruder", 8) == 0 &&
	       strspn(name + 8, "0123456789") == strlen(name + 8);
}

static void
add_heater(struct macro_world *w, const char *name)
{
	struct macro_heater *h;

	if (!is_extruder(name) && strcmp(name, "heater_bed") != 0 &&
	    !starts(name, "heater_generic"))
		return;
	w->heater =
	    xreallocarray(w->heater, w->n_heaters + 1, sizeof(*w->heater));
	h = &w->heater[w->n_heaters++];
	memset(h, 0, sizeof(*h));
	h->name = name;
	h->alias = alias_of(name);
	h->extruder = is_extruder(name);
	h->min_temp = macro_number(w, name, "min_temp", 0);
	h->max_temp = macro_number(w, name, "max_temp", 300);
	h->min_extrude_temp = macro_number(w, name, "min_extrude_temp", 170);
	h->pressure_advance = macro_number(w, name, "pressure_advance", 0);
	h->smooth_time =
	    macro_number(w, name, "pressure_advance_smooth_time", 0.040);
}

struct macro_heater *
macro_find_heater(struct macro_world *w, const char *name)
{
	for (unsigned i = 0; i < w->n_heaters; i++)
		if (strcmp(w->heater[i].name, name) == 0)
			return &w->heater[i];
	for (unsigned i = 0; i < w->n_heaters; i++)
		if (strcmp(w->heater[i].alias, name) == 0)
			return &w->heater[i];
	return NULL;
}

/* ---- fans, pins, servos, sensors ---- */

static const char *const level_kinds[] = {"fan", "fan_generic", "heater_fan",
    "controller_fan", "temperature_fan", "output_pin", "pwm_tool",
    "pwm_cycle_time", "servo", "filament_switch_sensor",
    "filament_motion_sensor"};

static void
add_level(struct macro_world *w, const char *name)
{
	struct macro_level *l;
	size_t i, n = sizeof(level_kinds) / sizeof(level_kinds[0]);

	for (i = 0; i < n && !starts(name, level_kinds[i]); i++)
		;
	if (i == n || (i == 0 && name[3]))
		return;
	w->level = xreallocarray(w->level, w->n_levels + 1, sizeof(*w->level));
	l = &w->level[w->n_levels++];
	memset(l, 0, sizeof(*l));
	l->name = name;
	l->alias = alias_of(name);
	l->enabled = true;
	l->scale = macro_number(w, name, "scale", 1);
	l->max_power = macro_number(w, name, "max_power", 1);
	l->off_below = macro_number(w, name, "off_below", 0);
	if (strstr(level_kinds[i], "fan") == NULL)
		l->value = macro_number(w, name, "value", 0) / l->scale;
	l->target = macro_number(w, name, "target_temp", 40);
	l->min_width = macro_number(w, name, "minimum_pulse_width", 0.001);
	l->max_width = macro_number(w, name, "maximum_pulse_width", 0.002);
	l->max_angle = macro_number(w, name, "maximum_servo_angle", 180);
}

/* kind NULL: any */
struct macro_level *
macro_find_level(struct macro_world *w, const char *kind, const char *name)
{
	for (unsigned i = 0; i < w->n_levels; i++)
		if ((!kind || starts(w->level[i].name, kind)) &&
		    (strcmp(w->level[i].alias, name) == 0 ||
			strcmp(w->level[i].name, name) == 0))
			return &w->level[i];
	return NULL;
}

static void
add_leds(struct macro_world *w, const char *name)
{
	static const char *const kind[] = {
	    "neopixel", "dotstar", "led", "pca9533", "pca9632"};
	static const char *const initial[] = {
	    "initial_red", "initial_green", "initial_blue", "initial_white"};
	struct macro_leds *l;
	double chain;
	size_t i;

	for (i = 0; i < 5 && !starts(name, kind[i]); i++)
		;
	if (i == 5)
		return;
	w->leds = xreallocarray(w->leds, w->n_leds + 1, sizeof(*w->leds));
	l = &w->leds[w->n_leds++];
	chain = macro_number(w, name, "chain_count", 1);
	l->name = name;
	l->alias = alias_of(name);
	l->n = chain >= 1 && chain <= 4096 ? (unsigned)chain : 1;
	l->colour = xcalloc(l->n, sizeof(*l->colour));
	for (unsigned k = 0; k < l->n; k++)
		for (int c = 0; c < 4; c++)
			l->colour[k][c] = macro_number(w, name, initial[c], 0);
}

/* ---- meshes that the configuration has saved ---- */

static void
read_points(struct macro_mesh *m, const char *text)
{
	size_t n = (size_t)m->nx * m->ny, i = 0;

	m->z = xcalloc(n + 1, sizeof(*m->z));
	while (*text && i < n) {
		char *end;
		double v = strtod(text, &end);

		if (end == text) {
			text++;
			continue;
		}
		m->z[i++] = v;
		text = end;
	}
	if (i < n) {
		free(m->z);
		m->z = NULL;
	}
}

struct macro_mesh *
macro_mesh_new(struct macro_world *w, const char *name)
{
	struct macro_mesh **p = &w->mesh, *m;

	for (; *p; p = &(*p)->next)
		if (strcmp((*p)->name, name) == 0)
			return *p;
	m = xcalloc(1, sizeof(*m));
	m->name = arena_strdup(&w->arena, name);
	*p = m;
	return m;
}

static void
add_mesh(struct macro_world *w, const char *name)
{
	struct macro_mesh *m;
	const char *points;
	double nx, ny;

	if (!starts(name, "bed_mesh") || !name[8])
		return;
	m = macro_mesh_new(w, alias_of(name));
	m->min[0] = macro_number(w, name, "min_x", 0);
	m->max[0] = macro_number(w, name, "max_x", 0);
	m->min[1] = macro_number(w, name, "min_y", 0);
	m->max[1] = macro_number(w, name, "max_y", 0);
	nx = macro_number(w, name, "x_count", 0);
	ny = macro_number(w, name, "y_count", 0);
	points = macro_text(w, name, "points");
	if (points && nx >= 1 && nx <= 1000 && ny >= 1 && ny <= 1000) {
		m->nx = (unsigned)nx;
		m->ny = (unsigned)ny;
		read_points(m, points);
	}
}

/* ---- rails ---- */

static bool
by_probe(const struct macro_world *w, const char *section)
{
	const char *pin = macro_text(w, section, "endstop_pin");

	return pin && strstr(pin, "z_virtual_endstop");
}

static void
make_rails(struct macro_world *w)
{
	static const char *const rail[] = {
	    "stepper_x", "stepper_y", "stepper_z"};
	char carriage[16];

	for (int a = 0; a < 3; a++) {
		const char *s = rail[a];

		snprintf(carriage, sizeof(carriage), "carriage %c", 'x' + a);
		if (!macro_has_section(w, s) && macro_has_section(w, carriage))
			s = carriage;
		w->axis_min[a] = macro_number(w, s, "position_min", 0);
		w->axis_max[a] = macro_number(w, s, "position_max", 0);
		w->endstop[a] = macro_number(w, s, "position_endstop", 0);
		if (by_probe(w, s)) {
			static const char *const probe[] = {"probe", "bltouch",
			    "smart_effector", "probe_eddy_current"};

			for (int i = 0; i < 4; i++)
				if (macro_has_section(w, probe[i]))
					w->endstop[a] = macro_number(
					    w, probe[i], "z_offset", 0);
		}
	}
}

static void
make_limits(struct macro_world *w)
{
	w->max_velocity = macro_number(w, "printer", "max_velocity", 0);
	w->max_accel = macro_number(w, "printer", "max_accel", 0);
	w->square_corner =
	    macro_number(w, "printer", "square_corner_velocity", 5);
	w->cruise_ratio =
	    macro_number(w, "printer", "minimum_cruise_ratio", 0.5);
	w->idle_timeout = macro_number(w, "idle_timeout", "timeout", 600);
	w->retract[0] =
	    macro_number(w, "firmware_retraction", "retract_length", 0);
	w->retract[1] =
	    macro_number(w, "firmware_retraction", "retract_speed", 20);
	w->retract[2] =
	    macro_number(w, "firmware_retraction", "unretract_extra_length", 0);
	w->retract[3] =
	    macro_number(w, "firmware_retraction", "unretract_speed", 10);
}

void
macro_make_machine(struct macro_world *w)
{
	const char *kin = macro_text(w, "printer", "kinematics");

	gcode_state_init(&w->g);
	arena_init(&w->exclude_arena);
	arena_init(&w->saved_arena);
	arena_init(&w->extra_arena);
	/* beds and generic heaters are there before extruders */
	each_section(w, add_heater);
	each_section(w, add_level);
	each_section(w, add_leds);
	each_section(w, add_mesh);
	make_rails(w);
	make_limits(w);
	if (kin && strcmp(kin, "delta") == 0)
		macro_make_delta(w);
	w->extruder = -1;
	for (unsigned i = 0; i < w->n_heaters; i++)
		if (strcmp(w->heater[i].name, "extruder") == 0)
			w->extruder = (int)i;
	w->idle = true;
	w->print_state = "standby";
	w->layer = w->layers = -1;
	w->mesh_name = "";
	w->dual_mode[0] = "PRIMARY";
	w->dual_mode[1] = "INACTIVE";
	jinja_begin(w->j);
	w->exclude_objects =
	    jj_copy(&w->exclude_arena, jj_list_new(w->j, 0), JJ_SHARED);
	w->excluded =
	    jj_copy(&w->exclude_arena, jj_list_new(w->j, 0), JJ_SHARED);
	w->extra = jj_copy(&w->extra_arena, jj_dict_new(w->j), JJ_SHARED);
	macro_read_saved(w);
}
