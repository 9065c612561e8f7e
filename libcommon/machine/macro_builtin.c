/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The commands of a printer, and how macros take their names. */
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "machine/macro_commands.h"
#include "machine/macro_private.h"

#define MESH	"bed_mesh"
#define PAUSE	"pause_resume"
#define OBJECTS "exclude_object"
#define SD	"virtual_sdcard"
#define PROBE	"probe"

const struct macro_builtin_row macro_builtins[] = {
    {"G0", macro_cmd_move, NULL, false}, {"G1", macro_cmd_move, NULL, false},
    {"G2", macro_cmd_arc, "gcode_arcs", false},
    {"G3", macro_cmd_arc, "gcode_arcs", false},
    {"G4", macro_cmd_dwell, NULL, false},
    {"G10", macro_cmd_retract, "firmware_retraction", false},
    {"G11", macro_cmd_retract, "firmware_retraction", false},
    {"G17", NULL, "gcode_arcs", false}, {"G18", NULL, "gcode_arcs", false},
    {"G19", NULL, "gcode_arcs", false}, {"G20", NULL, NULL, false},
    {"G21", NULL, NULL, false}, {"G28", macro_cmd_home, NULL, false},
    {"G90", macro_cmd_mode, NULL, false}, {"G91", macro_cmd_mode, NULL, false},
    {"G92", macro_cmd_g92, NULL, false},
    {"M18", macro_cmd_motors_off, NULL, false},
    {"M84", macro_cmd_motors_off, NULL, false},
    {"M82", macro_cmd_mode, NULL, false}, {"M83", macro_cmd_mode, NULL, false},
    {"M104", macro_cmd_hotend, "extruder", false},
    {"M109", macro_cmd_hotend, "extruder", false},
    {"M140", macro_cmd_bed, "heater_bed", false},
    {"M190", macro_cmd_bed, "heater_bed", false}, {"M105", NULL, NULL, false},
    {"M106", macro_cmd_fan, "fan", false},
    {"M107", macro_cmd_fan, "fan", false}, {"M110", NULL, NULL, false},
    {"M112", macro_cmd_stop, NULL, false},
    {"M114", macro_cmd_m114, NULL, false}, {"M115", NULL, NULL, false},
    {"M117", macro_cmd_m117, "display_status", false},
    {"M118", macro_cmd_m118, "respond", false},
    {"M119", NULL, "query_endstops", false}, {"M20", NULL, SD, true},
    {"M21", NULL, SD, true}, {"M23", macro_cmd_m23, SD, true},
    {"M24", macro_cmd_m24, SD, true}, {"M25", macro_cmd_m25, SD, true},
    {"M26", NULL, SD, true}, {"M27", NULL, SD, true}, {"M28", NULL, SD, true},
    {"M29", NULL, SD, true}, {"M30", NULL, SD, true},
    {"M204", macro_cmd_m204, NULL, false},
    {"M220", macro_cmd_factor, NULL, false},
    {"M221", macro_cmd_factor, NULL, false}, {"M400", NULL, NULL, false},
    {"M73", macro_cmd_m73, "display_status", false},
    {"ACTIVATE_EXTRUDER", macro_cmd_activate, "extruder", false},
    {"BED_MESH_CALIBRATE", macro_cmd_mesh, MESH, false},
    {"BED_MESH_CLEAR", macro_cmd_mesh_clear, MESH, false},
    {"BED_MESH_MAP", NULL, MESH, false}, {"BED_MESH_OFFSET", NULL, MESH, false},
    {"BED_MESH_OUTPUT", NULL, MESH, false},
    {"BED_MESH_PROFILE", macro_cmd_mesh_profile, MESH, false},
    {"BED_SCREWS_ADJUST", NULL, "bed_screws", false},
    {"BLTOUCH_DEBUG", NULL, "bltouch", false},
    {"BLTOUCH_STORE", NULL, "bltouch", false},
    {"CALC_MEASURED_SKEW", NULL, "skew_correction", false},
    {"CANCEL_PRINT", macro_cmd_cancel, PAUSE, false},
    {"CLEAR_PAUSE", macro_cmd_clear_pause, PAUSE, false},
    {"DELTA_ANALYZE", NULL, "delta_calibrate", false},
    {"DELTA_CALIBRATE", NULL, "delta_calibrate", false},
    {"DISABLE_INPUT_SHAPER", NULL, "input_shaper", false},
    {"DUMP_TMC", NULL, "tmc", false}, {"ECHO", NULL, NULL, false},
    {"ENABLE_INPUT_SHAPER", NULL, "input_shaper", false},
    {"ENDSTOP_PHASE_CALIBRATE", NULL, "endstop_phase", false},
    {"EXCLUDE_OBJECT", macro_cmd_exclude, OBJECTS, false},
    {"EXCLUDE_OBJECT_DEFINE", macro_cmd_define_object, OBJECTS, false},
    {"EXCLUDE_OBJECT_END", macro_cmd_end_object, OBJECTS, false},
    {"EXCLUDE_OBJECT_START", macro_cmd_start_object, OBJECTS, false},
    {"FIRMWARE_RESTART", NULL, NULL, false},
    {"FORCE_MOVE", NULL, "force_move", false},
    {"GET_CURRENT_SKEW", NULL, "skew_correction", false},
    {"GET_POSITION", NULL, NULL, false},
    {"GET_RETRACTION", NULL, "firmware_retraction", false},
    {"HELP", NULL, NULL, false}, {"INIT_TMC", NULL, "tmc", false},
    {"MANUAL_PROBE", NULL, NULL, false},
    {"MANUAL_STEPPER", NULL, "manual_stepper", false},
    {"MEASURE_AXES_NOISE", NULL, "resonance_tester", false},
    {"PAUSE", macro_cmd_pause, PAUSE, false},
    {"PID_CALIBRATE", NULL, NULL, false}, {"PROBE", NULL, PROBE, false},
    {"PROBE_ACCURACY", NULL, PROBE, false},
    {"PROBE_CALIBRATE", NULL, PROBE, false},
    {"QUAD_GANTRY_LEVEL", macro_cmd_applied, "quad_gantry_level", false},
    {"QUERY_ADC", NULL, NULL, false},
    {"QUERY_BUTTON", NULL, "gcode_button", false},
    {"QUERY_ENDSTOPS", NULL, NULL, false},
    {"QUERY_FILAMENT_SENSOR", NULL, "filament_switch_sensor", false},
    {"QUERY_PROBE", NULL, PROBE, false},
    {"RESPOND", macro_cmd_respond, "respond", false},
    {"RESTART", NULL, NULL, false},
    {"RESTORE_GCODE_STATE", macro_cmd_restore_state, NULL, false},
    {"RESUME", macro_cmd_resume, PAUSE, false},
    {"RUN_SHELL_COMMAND", NULL, "gcode_shell_command", true},
    {"SAVE_CONFIG", NULL, NULL, false},
    {"SAVE_GCODE_STATE", macro_cmd_save_state, NULL, false},
    {"SAVE_VARIABLE", macro_cmd_save_variable, "save_variables", true},
    {"SCREWS_TILT_CALCULATE", NULL, "screws_tilt_adjust", false},
    {"SDCARD_PRINT_FILE", macro_cmd_sd_print, SD, true},
    {"SDCARD_RESET_FILE", macro_cmd_sd_reset, SD, true},
    {"SET_DISPLAY_GROUP", NULL, "display", true},
    {"SET_DISPLAY_TEXT", macro_cmd_display, "display_status", false},
    {"SET_DUAL_CARRIAGE", macro_cmd_dual, "dual_carriage", false},
    {"SET_EXTRUDER_ROTATION_DISTANCE", NULL, "extruder", false},
    {"SET_FAN_SPEED", macro_cmd_fan_speed, "fan_generic", false},
    {"SET_FILAMENT_SENSOR", macro_cmd_filament, "filament_switch_sensor", true},
    {"SET_GCODE_OFFSET", macro_cmd_offset, NULL, false},
    {"SET_GCODE_VARIABLE", macro_cmd_set_variable, NULL, true},
    {"SET_HEATER_TEMPERATURE", macro_cmd_set_heater, NULL, false},
    {"SET_IDLE_TIMEOUT", macro_cmd_idle, NULL, false},
    {"SET_INPUT_SHAPER", NULL, "input_shaper", false},
    {"SET_KINEMATIC_POSITION", macro_cmd_kinematic_position, "force_move",
	false},
    {"SET_LED", macro_cmd_led, "led", false},
    {"SET_LED_TEMPLATE", NULL, "led", false},
    {"SET_PIN", macro_cmd_pin, "output_pin", false},
    {"SET_PRESSURE_ADVANCE", macro_cmd_advance, "extruder", false},
    {"SET_PRINT_STATS_INFO", macro_cmd_stats, SD, true},
    {"SET_RETRACTION", macro_cmd_retraction, "firmware_retraction", false},
    {"SET_SERVO", macro_cmd_servo, "servo", false},
    {"SET_SKEW", NULL, "skew_correction", false},
    {"SET_STEPPER_ENABLE", NULL, NULL, false},
    {"SET_TEMPERATURE_FAN_TARGET", macro_cmd_fan_target, "temperature_fan",
	false},
    {"SET_TMC_CURRENT", macro_cmd_tmc_current, "tmc", false},
    {"SET_TMC_FIELD", NULL, "tmc", false},
    {"SET_VELOCITY_LIMIT", macro_cmd_limits, NULL, false},
    {"SET_Z_THERMAL_ADJUST", NULL, "z_thermal_adjust", false},
    {"SHAPER_CALIBRATE", NULL, "resonance_tester", false},
    {"SKEW_PROFILE", NULL, "skew_correction", false},
    {"STATUS", NULL, NULL, false}, {"STEPPER_BUZZ", NULL, NULL, false},
    {"SYNC_EXTRUDER_MOTION", NULL, "extruder", false},
    {"SYNC_STEPPER_TO_EXTRUDER", NULL, "extruder", false},
    {"TEMPERATURE_WAIT", macro_cmd_wait, NULL, false},
    {"TEST_RESONANCES", NULL, "resonance_tester", false},
    {"ACCELEROMETER_MEASURE", NULL, "adxl345", false},
    {"ACCELEROMETER_QUERY", NULL, "adxl345", false},
    {"TUNING_TOWER", NULL, NULL, false},
    {"TURN_OFF_HEATERS", macro_cmd_heaters_off, NULL, false},
    {"UPDATE_DELAYED_GCODE", macro_cmd_delay, "delayed_gcode", true},
    {"Z_ENDSTOP_CALIBRATE", NULL, NULL, false},
    {"Z_OFFSET_APPLY_ENDSTOP", NULL, NULL, false},
    {"Z_OFFSET_APPLY_PROBE", NULL, PROBE, false},
    {"Z_TILT_ADJUST", macro_cmd_applied, "z_tilt", false},
    {NULL, NULL, NULL, false}};

/* ---- who has which name ---- */

static void
add(struct macro_world *w, const char *name,
    const struct macro_builtin_row *builtin, struct macro_def *macro)
{
	struct macro_command *c = macro_find_command(w, name);

	if (!c) {
		c = xcalloc(1, sizeof(*c));
		c->name = xstrdup(name);
		HASH_ADD_KEYPTR(hh, w->command, c->name, strlen(c->name), c);
	}
	c->builtin = builtin;
	c->macro = macro;
}

static void
drop(struct macro_world *w, struct macro_command *c)
{
	HASH_DEL(w->command, c);
	free(c->name);
	free(c);
}

/* does some section begin with that word? */
static bool
has_kind(const struct macro_world *w, const char *word)
{
	size_t n = strlen(word);

	for (unsigned i = 0; i < w->n_cfg; i++)
		for (struct klippercfg_section *s = w->cfg[i]->section; s;
		     s = s->next)
			if (strncmp(s->name, word, n) == 0)
				return true;
	return false;
}

static bool
is_there(const struct macro_world *w, const char *section)
{
	static const char *const same[][2] = {{"probe", "bltouch"},
	    {"probe", "smart_effector"}, {"probe", "probe_eddy_current"},
	    {"probe", "beacon"}, {"probe", "cartographer"},
	    {"probe", "scanner"}, {"led", "neopixel"}, {"led", "dotstar"},
	    {"led", "pca9"}, {"display_status", "display"},
	    {"filament_switch_sensor", "filament_motion_sensor"},
	    {"output_pin", "pwm_"}, {"adxl345", "lis2dw"},
	    {"adxl345", "mpu9250"}, {"display_status", "menu"}};

	/* a Gantry machine has all commands; what it cannot do, it says */
	if (!section || !w->klipper || has_kind(w, section))
		return true;
	for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++)
		if (strcmp(section, same[i][0]) == 0 && has_kind(w, same[i][1]))
			return true;
	return false;
}

static bool
valid_name(const char *s)
{
	if (macro_is_traditional(s))
		return true;
	for (size_t i = 0; s[i]; i++) {
		bool digit = s[i] >= '0' && s[i] <= '9';

		if (!digit && s[i] != '_' && !(s[i] >= 'A' && s[i] <= 'Z') &&
		    !(s[i] & 0x80))
			return false;
		if (digit && i < 2)
			return false;
	}
	/* a digit ends the name: nothing but digits may follow */
	for (size_t i = 0; s[i]; i++)
		if (s[i] >= '0' && s[i] <= '9' &&
		    strspn(s + i, "0123456789") != strlen(s + i))
			return false;
	return true;
}

static void
register_macro(struct macro_world *w, struct macro_def *m)
{
	if (!valid_name(m->name)) {
		macro_load_error(w, &m->place, "macro-name",
		    "Can't register '%s' as it is an invalid name", m->name);
		return;
	}
	if (macro_find_command(w, m->name)) {
		macro_load_error(w, &m->place, "macro-name",
		    "gcode command %s already registered", m->name);
		return;
	}
	add(w, m->name, NULL, m);
}

static void
rename_one(struct macro_world *w, struct macro_def *m)
{
	struct macro_command *c = macro_find_command(w, m->name);
	struct buf up = BUF_INIT;

	for (const char *p = m->rename; *p; p++)
		buf_addc(&up, *p >= 'a' && *p <= 'z' ? (char)(*p - 32) : *p);
	buf_adds(&up, "");
	if (macro_is_traditional(m->name) != macro_is_traditional(up.data)) {
		macro_load_error(w, &m->place, "rename",
		    "G-Code macro rename of different types ('%s' vs '%s')",
		    m->name, m->rename);
	} else if (!c && w->has_addons) {
		/* a command of a section that nobody here knows */
		add(w, m->name, NULL, m);
	} else if (!c) {
		macro_load_error(w, &m->place, "rename",
		    "Existing command '%s' not found in gcode_macro rename",
		    m->name);
	} else if (macro_find_command(w, up.data)) {
		macro_load_error(w, &m->place, "rename",
		    "gcode command %s already registered", up.data);
	} else {
		const struct macro_builtin_row *b = c->builtin;
		struct macro_def *other = c->macro;

		drop(w, c);
		add(w, up.data, b, other);
		add(w, m->name, NULL, m);
	}
	buf_release(&up);
}

void
macro_register(struct macro_world *w)
{
	static const char *const moves[] = {"G0", "G1", "G2", "G3"};

	for (const struct macro_builtin_row *b = macro_builtins; b->name; b++)
		if (is_there(w, b->section))
			add(w, b->name, b, NULL);
	for (unsigned i = 0; i < w->n_macros; i++)
		if (!w->macro[i].rename)
			register_macro(w, &w->macro[i]);
	for (unsigned i = 0; i < w->n_macros; i++)
		if (w->macro[i].rename)
			rename_one(w, &w->macro[i]);
	for (unsigned i = 0; i < 4; i++) {
		struct macro_command *c = macro_find_command(w, moves[i]);

		if (c && c->builtin)
			w->scan_mask |= 1u << i;
	}
}
