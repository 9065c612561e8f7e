/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The commands that the executor knows, and those it passes by. */
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "machine/gcode_private.h"

/* G4: P in ms; S in s, as other firmware has it */
static int
do_dwell(struct gcode_exec *ex, const struct gcode_line *line)
{
	double ms = 0, s = 0;

	if (gcode_number(ex, line, "P", 0, 1e9, &ms) < 0 ||
	    gcode_number(ex, line, "S", 0, 1e6, &s) < 0)
		return -1;
	return gcode_dwell(ex, gcode_letter(line, 'P') ? ms / 1000 : s);
}

static int
do_inches(struct gcode_exec *ex, const struct gcode_line *line)
{
	return gcode_fail(ex, line->name.s, "inches",
	    "'G20': inches are not read; let the slicer write millimetres");
}

static int
do_nothing(struct gcode_exec *ex, const struct gcode_line *line)
{
	(void)ex;
	(void)line;
	return 0;
}

static int
do_progress(struct gcode_exec *ex, const struct gcode_line *line)
{
	struct plan_record rec = gcode_record(ex, PLAN_PROGRESS);
	double p = 0;
	int r = gcode_number(ex, line, "P", 0, 1e6, &p);

	if (r < 0)
		return -1;
	rec.u.progress.fraction = p < 100 ? p / 100 : 1;
	if (r)
		gcode_post(ex, &rec, NULL);
	return 0;
}

static void
post_text(struct gcode_exec *ex, enum plan_type type, struct gcode_view v)
{
	size_t n = v.n < PLAN_TEXT_MAX ? v.n : PLAN_TEXT_MAX;
	struct plan_record rec = gcode_record(ex, type);
	char *text = xstrndup(v.s, n);

	gcode_post(ex, &rec, text);
	free(text);
}

static int
do_message(struct gcode_exec *ex, const struct gcode_line *line)
{
	post_text(ex, PLAN_MESSAGE, line->raw);
	return 0;
}

/* RESPOND, SET_DISPLAY_TEXT */
static int
do_msg(struct gcode_exec *ex, const struct gcode_line *line)
{
	const struct gcode_word *w = gcode_word(line, "MSG");

	post_text(ex, PLAN_MESSAGE, w ? w->value : (struct gcode_view){"", 0});
	return 0;
}

static int
report(struct gcode_exec *ex, const char *what)
{
	struct plan_record rec = gcode_record(ex, PLAN_REPORT);

	gcode_post(ex, &rec, what);
	return 0;
}

static int
do_report_temperature(struct gcode_exec *ex, const struct gcode_line *line)
{
	(void)line;
	return report(ex, "temperature");
}

static int
do_report_position(struct gcode_exec *ex, const struct gcode_line *line)
{
	(void)line;
	return report(ex, "position");
}

static int
do_report_endstops(struct gcode_exec *ex, const struct gcode_line *line)
{
	(void)line;
	gcode_to_rest(ex);
	return report(ex, "endstops");
}

/* NOTE goes into the recording, as what was done meanwhile. */
static int
do_accelerometer(struct gcode_exec *ex, const struct gcode_line *line)
{
	const struct gcode_word *w = gcode_word(line, "NOTE");
	struct buf text = BUF_INIT;

	gcode_to_rest(ex);
	buf_adds(&text, "accelerometer");
	if (w && w->value.n > 0) {
		buf_addc(&text, ' ');
		buf_add(&text, w->value.s, w->value.n);
	}
	post_text(ex, PLAN_REPORT,
	    (struct gcode_view){.s = text.data, .n = text.len});
	buf_release(&text);
	return 0;
}

static int
do_pause(struct gcode_exec *ex, const struct gcode_line *line)
{
	struct plan_record rec = gcode_record(ex, PLAN_PAUSE);

	(void)line;
	gcode_barrier(ex);
	gcode_post(ex, &rec, NULL);
	return 0;
}

static int
do_pause_job(struct gcode_exec *ex, const struct gcode_line *line)
{
	return do_pause(ex, line) ? -1 : gcode_pause_keep(ex);
}

static int
do_stop(struct gcode_exec *ex, const struct gcode_line *line)
{
	struct plan_record rec = gcode_record(ex, PLAN_STOP);

	(void)line;
	gcode_to_rest(ex);
	gcode_post(ex, &rec, NULL);
	ex->stopped = true;
	return 0;
}

static int
do_finish_moves(struct gcode_exec *ex, const struct gcode_line *line)
{
	struct plan_record rec = gcode_record(ex, PLAN_SYNC);

	(void)line;
	gcode_to_rest(ex);
	gcode_post(ex, &rec, NULL);
	return 0;
}

static const struct {
	char letter;
	int number;
	gcode_command_fn *fn;
} classic[] = {
    {'G', 0, gcode_do_move},
    {'G', 1, gcode_do_move},
    {'G', 2, gcode_do_arc},
    {'G', 3, gcode_do_arc},
    {'G', 4, do_dwell},
    {'G', 10, gcode_do_retract},
    {'G', 11, gcode_do_unretract},
    {'G', 17, gcode_do_plane},
    {'G', 18, gcode_do_plane},
    {'G', 19, gcode_do_plane},
    {'G', 20, do_inches},
    {'G', 21, do_nothing},
    {'G', 28, gcode_do_home},
    {'G', 90, gcode_do_absolute},
    {'G', 91, gcode_do_relative},
    {'G', 92, gcode_do_set_origin},
    {'M', 0, do_pause},
    {'M', 1, do_pause},
    {'M', 18, gcode_do_motors_off},
    {'M', 24, do_nothing},
    {'M', 25, do_pause},
    {'M', 73, do_progress},
    {'M', 82, gcode_do_absolute_e},
    {'M', 83, gcode_do_relative_e},
    {'M', 84, gcode_do_motors_off},
    {'M', 104, gcode_do_extruder_heat},
    {'M', 105, do_report_temperature},
    {'M', 106, gcode_do_fan},
    {'M', 107, gcode_do_fan_off},
    {'M', 109, gcode_do_extruder_wait},
    {'M', 110, do_nothing},
    {'M', 112, do_stop},
    {'M', 114, do_report_position},
    {'M', 115, do_nothing},
    {'M', 117, do_message},
    {'M', 118, do_message},
    {'M', 119, do_report_endstops},
    {'M', 140, gcode_do_bed_heat},
    {'M', 141, gcode_do_chamber_heat},
    {'M', 190, gcode_do_bed_wait},
    {'M', 191, gcode_do_chamber_wait},
    {'M', 204, gcode_do_acceleration},
    {'M', 220, gcode_do_speed_factor},
    {'M', 221, gcode_do_extrude_factor},
    {'M', 400, do_finish_moves},
    {'M', 486, gcode_do_m486},
    {'M', 600, do_pause},
};

#define N_CLASSIC (sizeof(classic) / sizeof(classic[0]))

static const struct {
	const char *name;
	gcode_command_fn *fn;
} extended[] = {
    {"ABORT", gcode_do_abort},
    {"ACCELEROMETER_MEASURE", do_accelerometer},
    {"ACCEPT", gcode_do_accept},
    {"ACTIVATE_EXTRUDER", gcode_do_activate_extruder},
    {"BED_MESH_CALIBRATE", gcode_do_mesh_calibrate},
    {"BED_MESH_CLEAR", gcode_do_mesh_clear},
    {"BED_MESH_OFFSET", gcode_do_mesh_offset},
    {"BED_MESH_PROFILE", gcode_do_mesh_profile},
    {"CALC_MEASURED_SKEW", gcode_do_calc_skew},
    {"CLEAR_PAUSE", gcode_do_clear_pause},
    {"DISABLE_INPUT_SHAPER", gcode_do_disable_shaper},
    {"ENABLE_INPUT_SHAPER", gcode_do_enable_shaper},
    {"EXCLUDE_OBJECT", gcode_do_exclude},
    {"EXCLUDE_OBJECT_DEFINE", gcode_do_object_define},
    {"EXCLUDE_OBJECT_END", gcode_do_object_end},
    {"EXCLUDE_OBJECT_START", gcode_do_object_start},
    {"FORCE_MOVE", gcode_do_force_move},
    {"GET_CURRENT_SKEW", gcode_do_get_skew},
    {"GET_POSITION", do_report_position},
    {"GET_RETRACTION", do_nothing},
    {"LINE_PURGE", gcode_do_line_purge},
    {"MANUAL_PROBE", gcode_do_manual_probe},
    {"MANUAL_STEPPER", gcode_do_manual_stepper},
    {"PAUSE", do_pause_job},
    {"PROBE", gcode_do_probe},
    {"PROBE_ACCURACY", gcode_do_probe_accuracy},
    {"PROBE_CALIBRATE", gcode_do_probe_calibrate},
    {"QUERY_ENDSTOPS", do_report_endstops},
    {"QUERY_PROBE", do_report_endstops},
    {"RESPOND", do_msg},
    {"RESTORE_DUAL_CARRIAGE_STATE", gcode_do_restore_carriages},
    {"RESTORE_GCODE_STATE", gcode_do_restore},
    {"RESUME", gcode_do_resume},
    {"SAVE_DUAL_CARRIAGE_STATE", gcode_do_save_carriages},
    {"SAVE_GCODE_STATE", gcode_do_save},
    {"SCREWS_TILT_CALCULATE", gcode_do_screws_tilt},
    {"SET_DISPLAY_TEXT", do_msg},
    {"SET_DUAL_CARRIAGE", gcode_do_dual_carriage},
    {"SET_EXTRUDER_ROTATION_DISTANCE", gcode_do_rotation_distance},
    {"SET_FAN_SPEED", gcode_do_fan_speed},
    {"SET_GCODE_OFFSET", gcode_do_offset},
    {"SET_HEATER_TEMPERATURE", gcode_do_set_heater},
    {"SET_INPUT_SHAPER", gcode_do_input_shaper},
    {"SET_KINEMATIC_POSITION", gcode_do_set_position},
    {"SET_PIN", gcode_do_pin},
    {"SET_PRESSURE_ADVANCE", gcode_do_pressure_advance},
    {"SET_PRINT_STATS_INFO", do_nothing},
    {"SET_RETRACTION", gcode_do_set_retraction},
    {"SET_SKEW", gcode_do_set_skew},
    {"SET_STEPPER_ENABLE", gcode_do_stepper_enable},
    {"SET_VELOCITY_LIMIT", gcode_do_velocity_limit},
    {"SKEW_PROFILE", gcode_do_skew_profile},
    {"SMART_PARK", gcode_do_smart_park},
    {"SYNC_EXTRUDER_MOTION", gcode_do_sync_extruder},
    {"TEMPERATURE_WAIT", gcode_do_temperature_wait},
    {"TESTZ", gcode_do_testz},
    {"TURN_OFF_HEATERS", gcode_do_heaters_off},
    {"VORON_PURGE", gcode_do_logo_purge},
    {"Z_ENDSTOP_CALIBRATE", gcode_do_endstop_calibrate},
    {"Z_OFFSET_APPLY_ENDSTOP", gcode_do_apply_endstop},
    {"Z_OFFSET_APPLY_PROBE", gcode_do_apply_probe},
};

#define N_EXTENDED (sizeof(extended) / sizeof(extended[0]))

static gcode_command_fn *
look_up(const struct gcode_line *line)
{
	if (line->kind == GCODE_CLASSIC) {
		if (line->letter == 'T' && line->number >= 0)
			return gcode_do_tool;
		for (size_t i = 0; i < N_CLASSIC; i++)
			if (gcode_is(
				line, classic[i].letter, classic[i].number))
				return classic[i].fn;
		return NULL;
	}
	for (size_t i = 0; i < N_EXTENDED; i++)
		if (gcode_view_is(line->name, extended[i].name))
			return extended[i].fn;
	return NULL;
}

bool
gcode_exec_knows(const struct gcode_line *line)
{
	return look_up(line) != NULL;
}

static gcode_command_fn *
find(const struct gcode_exec *ex, const struct gcode_line *line)
{
	gcode_command_fn *fn = look_up(line);

	if ((fn == gcode_do_retract || fn == gcode_do_unretract) &&
	    !ex->machine->has_firmware_retraction)
		return NULL;
	return fn;
}

/* whether this is the first time that the name is met */
static bool
first_time(struct gcode_unknown *u, struct gcode_view name)
{
	for (int i = 0; i < u->n; i++)
		if (gcode_view_is(name, u->name[i]))
			return false;
	if (u->n == GCODE_UNKNOWN_MAX)
		return false;
	u->name[u->n++] = xstrndup(name.s, name.n);
	return true;
}

bool
gcode_first_lack(struct gcode_exec *ex, const char *section)
{
	return first_time(
	    &ex->unknown, (struct gcode_view){section, strlen(section)});
}

void
gcode_unknown_free(struct gcode_exec *ex)
{
	for (int i = 0; i < ex->unknown.n; i++)
		free(ex->unknown.name[i]);
}

/* the command that was meant, perhaps; NULL */
static const char *
nearest(const struct gcode_line *line)
{
	const char *names[N_EXTENDED];
	char name[64];

	if (line->kind != GCODE_EXTENDED || line->name.n >= sizeof(name))
		return NULL;
	memcpy(name, line->name.s, line->name.n);
	name[line->name.n] = '\0';
	for (size_t i = 0; i < N_EXTENDED; i++)
		names[i] = extended[i].name;
	return diag_nearest(name, names, (int)N_EXTENDED);
}

/* Most are other firmware's, and harmless; a macro is not. */
static void
unknown(struct gcode_exec *ex, const struct gcode_line *line)
{
	struct gcode_view name = line->name;
	const char *near;

	if (name.n > 60)
		name.n = 60;
	if (!first_time(&ex->unknown, name))
		return;
	near = nearest(line);
	if (near)
		gcode_note(ex, DIAG_WARNING, name.s, "unknown-command",
		    "'%.*s' is unknown and passed by; is it '%s'?", (int)name.n,
		    name.s, near);
	else if (line->kind == GCODE_EXTENDED)
		gcode_note(ex, DIAG_NOTE, name.s, "unknown-command",
		    "'%.*s' is unknown and passed by; if it is a macro, "
		    "macro-expand has to come first",
		    (int)name.n, name.s);
	else
		gcode_note(ex, DIAG_NOTE, name.s, "unknown-command",
		    "'%.*s' is unknown and passed by", (int)name.n, name.s);
}

int
gcode_command(struct gcode_exec *ex, const struct gcode_line *line)
{
	gcode_command_fn *fn = find(ex, line);

	if (!fn) {
		unknown(ex, line);
		return 0;
	}
	if (line->why)
		return gcode_fail(ex, line->wrong, "malformed", "%s: '%.*s'",
		    line->why, (int)line->raw.n, line->raw.s);
	if (line->kind == GCODE_EXTENDED)
		gcode_look_at_keys(ex, line);
	return fn(ex, line);
}
