/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The objects of printer[...]: which there are, in order. */
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "machine/macro_private.h"

/*
 * Objects whose fields do not change here: "name value; ..." with literals;
 * '?' is a value that only the machine knows.
 */
static const struct row {
	const char *section; /* first word; its objects exist if this does */
	enum macro_kind kind;
	const char *fields;
} rows[] = {{"heater_bed", MK_HEATER, NULL},
    {"heater_generic", MK_HEATER, NULL}, {"fan", MK_FAN, NULL},
    {"fan_generic", MK_FAN, NULL}, {"heater_fan", MK_FAN, NULL},
    {"controller_fan", MK_FAN, NULL},
    {"temperature_fan", MK_TEMPERATURE_FAN, NULL}, {"output_pin", MK_PIN, NULL},
    {"pwm_tool", MK_PIN, NULL}, {"pwm_cycle_time", MK_PIN, NULL},
    {"servo", MK_PIN, NULL}, {"filament_switch_sensor", MK_FILAMENT, NULL},
    {"filament_motion_sensor", MK_FILAMENT, NULL}, {"neopixel", MK_LEDS, NULL},
    {"dotstar", MK_LEDS, NULL}, {"led", MK_LEDS, NULL},
    {"pca9533", MK_LEDS, NULL}, {"pca9632", MK_LEDS, NULL},
    {"gcode_macro", MK_MACRO, NULL}, {"pause_resume", MK_PAUSE, NULL},
    {"display_status", MK_DISPLAY, NULL}, {"exclude_object", MK_EXCLUDE, NULL},
    {"bed_mesh", MK_MESH, NULL}, {"quad_gantry_level", MK_APPLIED, NULL},
    {"z_tilt", MK_APPLIED, NULL}, {"save_variables", MK_SAVED, NULL},
    {"firmware_retraction", MK_RETRACTION, NULL},
    {"dual_carriage", MK_DUAL, NULL}, {"tmc2130", MK_TMC, NULL},
    {"tmc2208", MK_TMC, NULL}, {"tmc2209", MK_TMC, NULL},
    {"tmc2240", MK_TMC, NULL}, {"tmc2660", MK_TMC, NULL},
    {"tmc5160", MK_TMC, NULL},
    {"probe", MK_STATIC,
	"name probe;last_query ?;last_probe_position ?;last_z_result ?"},
    {"bltouch", MK_STATIC,
	"name bltouch;last_query ?;last_probe_position ?;last_z_result ?"},
    {"temperature_sensor", MK_STATIC,
	"temperature ?;measured_min_temp ?;measured_max_temp ?"},
    {"gcode_button", MK_STATIC, "state ?"},
    {"skew_correction", MK_STATIC, "current_profile_name ''"},
    {"screws_tilt_adjust", MK_STATIC,
	"error False;max_deviation None;results {}"},
    {"bed_screws", MK_STATIC,
	"is_active False;state None;current_screw 0;accepted_screws 0"},
    {"endstop_phase", MK_STATIC, "last_home {}"},
    {"z_thermal_adjust", MK_STATIC,
	"temperature ?;measured_min_temp ?;measured_max_temp ?;"
	"current_z_adjust ?;z_adjust_ref_temperature ?;enabled True"},
    {"manual_stepper", MK_STATIC, "position ?"},
    {"bme280", MK_STATIC, "temperature ?;pressure ?;humidity ?"},
    {"htu21d", MK_STATIC, "temperature ?;humidity ?"},
    {"sht3x", MK_STATIC, "temperature ?;humidity ?"},
    {"lm75", MK_STATIC, "temperature ?"},
    {"aht10", MK_STATIC, "temperature ?;humidity ?"},
    {"hall_filament_width_sensor", MK_STATIC, "Diameter ?;Raw ?;is_active ?"},
    {"load_cell", MK_STATIC, "is_calibrated ?;counts_per_gram ?"},
    {"angle", MK_STATIC, "temperature ?"}};

static unsigned
index_of(struct macro_world *w, enum macro_kind kind, const char *name)
{
	unsigned n = kind == MK_HEATER	? w->n_heaters
		     : kind == MK_LEDS	? w->n_leds
		     : kind == MK_MACRO ? w->n_macros
					: w->n_levels;

	for (unsigned i = 0; i < n; i++) {
		const char *s = kind == MK_HEATER  ? w->heater[i].name
				: kind == MK_LEDS  ? w->leds[i].name
				: kind == MK_MACRO ? w->macro[i].section
						   : w->level[i].name;

		if (strcmp(s, name) == 0)
			return i;
	}
	return 0;
}

void
macro_add_object(struct macro_world *w, const char *name, enum macro_kind kind,
    unsigned index, const char *fields)
{
	struct macro_object *o;

	for (unsigned i = 0; i < w->n_objects; i++)
		if (strcmp(w->object[i].name, name) == 0)
			return;
	w->object =
	    xreallocarray(w->object, w->n_objects + 1, sizeof(*w->object));
	o = &w->object[w->n_objects++];
	o->name = arena_strdup(&w->arena, name);
	o->kind = kind;
	o->index = index;
	o->fields = fields;
}

static void
add_section(struct macro_world *w, const char *name)
{
	size_t n = strcspn(name, " ");

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (strlen(rows[i].section) != n ||
		    strncmp(rows[i].section, name, n) != 0)
			continue;
		/* saved profiles are no objects */
		if (rows[i].kind == MK_MESH && name[n])
			return;
		macro_add_object(w, name, rows[i].kind,
		    index_of(w, rows[i].kind, name), rows[i].fields);
		return;
	}
}

static void
add_sections(struct macro_world *w)
{
	for (unsigned i = 0; i < w->n_cfg; i++)
		for (struct klippercfg_section *s = w->cfg[i]->section; s;
		     s = s->next)
			add_section(w, s->name);
	for (struct tree_section *s = w->tree && !w->klipper ? w->tree->section
							     : NULL;
	     s; s = s->next)
		add_section(w, s->name);
}

static void
add_last(struct macro_world *w)
{
	macro_add_object(w, "stepper_enable", MK_STEPPERS, 0, NULL);
	macro_add_object(w, "motion_report", MK_STATIC, 0,
	    "live_position ?;live_velocity ?;live_extruder_velocity ?");
	macro_add_object(w, "query_endstops", MK_STATIC, 0, "last_query ?");
	macro_add_object(w, "toolhead", MK_TOOLHEAD, 0, NULL);
	for (unsigned i = 0; i < w->n_heaters; i++)
		if (w->heater[i].extruder)
			macro_add_object(
			    w, w->heater[i].name, MK_HEATER, i, NULL);
	macro_add_object(
	    w, "system_stats", MK_STATIC, 0, "sysload ?;cputime ?;memavail ?");
	macro_add_object(w, "manual_probe", MK_STATIC, 0,
	    "is_active False;z_position None;z_position_lower None;"
	    "z_position_upper None");
	macro_add_object(w, "mcu", MK_STATIC, 0,
	    "mcu_version ?;mcu_constants ?;last_stats ?");
}

void
macro_make_objects(struct macro_world *w)
{
	macro_add_object(w, "webhooks", MK_STATIC, 0,
	    "state ready;state_message 'Printer is ready'");
	macro_add_object(w, "configfile", MK_CONFIGFILE, 0, NULL);
	macro_add_object(w, "heaters", MK_HEATERS, 0, NULL);
	macro_add_object(w, "gcode_move", MK_GCODE_MOVE, 0, NULL);
	if (macro_has_section(w, "virtual_sdcard") || !w->klipper) {
		macro_add_object(w, "print_stats", MK_PRINT_STATS, 0, NULL);
		macro_add_object(w, "virtual_sdcard", MK_SDCARD, 0, NULL);
	}
	macro_add_object(w, "idle_timeout", MK_IDLE, 0, NULL);
	add_sections(w);
	if (!w->klipper) { /* a Gantry machine has these anyway */
		macro_add_object(w, "pause_resume", MK_PAUSE, 0, NULL);
		macro_add_object(w, "display_status", MK_DISPLAY, 0, NULL);
		macro_add_object(w, "exclude_object", MK_EXCLUDE, 0, NULL);
	}
	add_last(w);
	/* a virtual SD card brings print_stats, a display display_status */
	if (macro_has_section(w, "display")) {
		macro_add_object(w, "display_status", MK_DISPLAY, 0, NULL);
		macro_add_object(w, "menu", MK_STATIC, 0,
		    "timeout 0;running False;rows 4;cols 16");
	}
	macro_index_objects(w);
}

void
macro_index_objects(struct macro_world *w)
{
	struct jj_value d;

	jinja_begin(w->j);
	d = jj_dict_new(w->j);
	for (unsigned i = 0; i < w->n_objects; i++)
		jj_put(w->j, d, w->object[i].name, jj_int(i));
	w->by_name = jj_copy(&w->arena, d, JJ_SHARED);
	jinja_begin(w->j);
	free(w->cache);
	free(w->cached);
	w->cache = xcalloc(w->n_objects + 1, sizeof(*w->cache));
	w->cached = xcalloc(w->n_objects + 1, sizeof(*w->cached));
}
