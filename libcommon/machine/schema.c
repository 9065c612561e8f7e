/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Schema: the sections, and how names find their rows. */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/diag.h"
#include "machine/schema_rows.h"
#include "wire/plan.h"

#define PLAIN	    SCHEMA_PLAIN
#define NAMED	    SCHEMA_NAMED
#define NUMBERED    SCHEMA_NUMBERED
#define MACRO	    SCHEMA_MACRO
#define IGNORED	    SCHEMA_IGNORED
#define SECTION_OWN SCHEMA_SECTION_OWN
#define ANY_KEY	    SCHEMA_ANY_KEY

/* Cables go by letters; the last three of them are X, Y and Z elsewhere. */
#define CABLE(name)                                                            \
	{                                                                      \
		name, PLAIN, "motor of a winch's cable",                       \
		{                                                              \
			schema_stepper, schema_anchor, NULL                    \
		}                                                              \
	}

const struct schema_section schema_sections[] = {
    {"", PLAIN | SECTION_OWN, "keys outside all groups", {schema_root, NULL}},
    {"mcu", PLAIN | NAMED, "a board", {schema_mcu, NULL}},
    {"printer", PLAIN, "the machine as a whole", {schema_printer, NULL}},
    {"stepper_x", PLAIN | NUMBERED, "motor and carriage of X",
	{schema_stepper, schema_rail, schema_anchor, NULL}},
    {"stepper_y", PLAIN | NUMBERED, "motor and carriage of Y",
	{schema_stepper, schema_rail, schema_anchor, NULL}},
    {"stepper_z", PLAIN | NUMBERED, "motor and carriage of Z",
	{schema_stepper, schema_rail, schema_anchor, NULL}},
    {"stepper_a", PLAIN | NUMBERED, "motor of a tower, shoulder or cable",
	{schema_stepper, schema_rail, schema_stepper_own, schema_anchor, NULL}},
    {"stepper_b", PLAIN | NUMBERED, "motor of a tower, shoulder or cable",
	{schema_stepper, schema_rail, schema_stepper_own, schema_anchor, NULL}},
    {"stepper_c", PLAIN | NUMBERED, "motor of a tower, shoulder or cable",
	{schema_stepper, schema_rail, schema_stepper_own, schema_anchor, NULL}},
    CABLE("stepper_d"), CABLE("stepper_e"), CABLE("stepper_f"),
    CABLE("stepper_g"), CABLE("stepper_h"), CABLE("stepper_i"),
    CABLE("stepper_j"), CABLE("stepper_k"), CABLE("stepper_l"),
    CABLE("stepper_m"), CABLE("stepper_n"), CABLE("stepper_o"),
    CABLE("stepper_p"), CABLE("stepper_q"), CABLE("stepper_r"),
    CABLE("stepper_s"), CABLE("stepper_t"), CABLE("stepper_u"),
    CABLE("stepper_v"), CABLE("stepper_w"),
    {"stepper_left", PLAIN, "motor of a deltesian's left tower",
	{schema_stepper, schema_rail, schema_stepper_own, NULL}},
    {"stepper_right", PLAIN, "motor of a deltesian's right tower",
	{schema_stepper, schema_rail, schema_stepper_own, NULL}},
    {"stepper_bed", PLAIN, "motor that turns a polar machine's bed",
	{schema_stepper, schema_rail, NULL}},
    {"stepper_arm", PLAIN, "motor of a polar machine's arm",
	{schema_stepper, schema_rail, NULL}},
    {"stepper", NAMED, "motor of a generic_cartesian machine",
	{schema_stepper, schema_carriages, NULL}},
    {"carriage", NAMED, "carriage of a generic_cartesian machine",
	{schema_carriage, schema_rail, NULL}},
    {"extra_carriage", NAMED, "carriage that accompanies another",
	{schema_carriage, schema_rail, NULL}},
    {"dual_carriage", PLAIN | NAMED, "second carriage of an axis",
	{schema_carriage, schema_rail, schema_dual_carriage, NULL}},
    {"extruder", PLAIN | NUMBERED, "extruder and hotend",
	{schema_dual_carriage, schema_extruder, schema_heater, schema_sensor,
	    schema_extruder_stepper, schema_advance, schema_spi, schema_i2c,
	    NULL}},
    {"extruder_stepper", NAMED, "motor that follows an extruder",
	{schema_stepper, schema_extruder_stepper, schema_advance, NULL}},
    {"manual_stepper", NAMED, "motor that is moved by commands",
	{schema_stepper, schema_manual_stepper, NULL}},
    {"heater_bed", PLAIN, "heated bed",
	{schema_heater, schema_sensor, schema_spi, schema_i2c, NULL}},
    {"heater_generic", NAMED, "another heater",
	{schema_heater, schema_sensor, schema_spi, schema_i2c, NULL}},
    {"verify_heater", NAMED, "proof that a heater heats",
	{schema_verify_heater, NULL}},
    {"homing_heaters", PLAIN, "heaters that are off while homing",
	{schema_homing_heaters, NULL}},
    {"thermistor", NAMED, "a thermistor of your own",
	{schema_thermistor, NULL}},
    {"adc_temperature", NAMED, "an analog sensor of your own",
	{schema_adc_temperature, NULL}},
    {"temperature_sensor", NAMED, "a temperature to watch",
	{schema_sensor, schema_spi, schema_i2c, NULL}},
    {"temperature_probe", NAMED, "temperature of a probe",
	{schema_sensor, schema_temperature_probe, schema_i2c, NULL}},
    {"temperature_fan", NAMED, "fan that holds a temperature",
	{schema_fan, schema_sensor, schema_temperature_fan, schema_spi,
	    schema_i2c, NULL}},
    {"z_thermal_adjust", PLAIN,
	"correction of Z by the temperature of the frame",
	{schema_sensor, schema_z_thermal_adjust, NULL}},
    {"fan", PLAIN, "part cooling fan, M106", {schema_fan, NULL}},
    {"heater_fan", NAMED, "fan that runs while a heater is warm",
	{schema_fan, schema_heater_fan, NULL}},
    {"controller_fan", NAMED, "fan that runs while motors or heaters work",
	{schema_fan, schema_controller_fan, NULL}},
    {"fan_generic", NAMED, "fan that is set by commands", {schema_fan, NULL}},
    {"bed_mesh", PLAIN | NAMED, "mesh of the bed", {schema_bed_mesh, NULL}},
    {"bed_tilt", PLAIN, "tilt of the bed", {schema_bed_tilt, NULL}},
    {"bed_screws", PLAIN, "screws of the bed", {schema_bed_screws, NULL}},
    {"screws_tilt_adjust", PLAIN, "screws of the bed, by the probe",
	{schema_screws_tilt, NULL}},
    {"z_tilt", PLAIN, "several Z motors levelled by the probe",
	{schema_z_tilt, NULL}},
    {"quad_gantry_level", PLAIN, "four Z motors levelled by the probe",
	{schema_quad_gantry_level, NULL}},
    {"skew_correction", PLAIN | NAMED, "correction of axes that are not square",
	{schema_skew, NULL}},
    {"axis_twist_compensation", PLAIN, "correction of a twisted gantry",
	{schema_twist, NULL}},
    {"delta_calibrate", PLAIN, "calibration of a delta",
	{schema_delta_calibrate, NULL}},
    {"safe_z_home", PLAIN, "where Z is homed", {schema_safe_z_home, NULL}},
    {"homing_override", PLAIN, "your own homing",
	{schema_homing_override, NULL}},
    {"endstop_phase", PLAIN | NAMED,
	"end switches made exact by the phase of the motor",
	{schema_endstop_phase, NULL}},
    {"probe", PLAIN, "a probe",
	{schema_probe, schema_probe_common, schema_probe_gcode, NULL}},
    {"bltouch", PLAIN, "a BLTouch probe",
	{schema_bltouch, schema_probe_common, NULL}},
    {"smart_effector", PLAIN, "a smart effector probe",
	{schema_smart_effector, schema_probe_common, schema_probe_gcode, NULL}},
    {"probe_eddy_current", NAMED, "an eddy current probe",
	{schema_eddy, schema_probe_common, schema_i2c, NULL}},
    {"manual_probe", PLAIN, "what a calibration by hand saved",
	{schema_manual_probe, NULL}},
    {"input_shaper", PLAIN, "shaping of moves against ringing",
	{schema_input_shaper, NULL}},
    {"resonance_tester", PLAIN, "measurement of resonances",
	{schema_resonance_tester, NULL}},
    {"adxl345", PLAIN | NAMED, "an accelerometer",
	{schema_accelerometer, schema_spi, schema_i2c, NULL}},
    {"lis2dw", PLAIN | NAMED, "an accelerometer",
	{schema_accelerometer, schema_spi, schema_i2c, NULL}},
    {"lis3dh", PLAIN | NAMED, "an accelerometer",
	{schema_accelerometer, schema_spi, schema_i2c, NULL}},
    {"bmi160", PLAIN | NAMED, "an accelerometer",
	{schema_accelerometer, schema_spi, schema_i2c, NULL}},
    {"mpu9250", PLAIN | NAMED, "an accelerometer",
	{schema_accelerometer, schema_spi, schema_i2c, NULL}},
    {"icm20948", PLAIN | NAMED, "an accelerometer",
	{schema_accelerometer, schema_spi, schema_i2c, NULL}},
    {"angle", NAMED, "angle of a motor, measured",
	{schema_angle, schema_spi, NULL}},
    {"tmc2130", NAMED, "a TMC2130 driver",
	{schema_tmc, schema_tmc_sense_110, schema_spi, schema_tmc_chain,
	    schema_tmc_speed, schema_tmc_diag, schema_tmc2130_fields, NULL}},
    {"tmc2208", NAMED, "a TMC2208 driver",
	{schema_tmc, schema_tmc_sense_110, schema_tmc_uart,
	    schema_tmc2208_fields, NULL}},
    {"tmc2209", NAMED, "a TMC2209 driver",
	{schema_tmc, schema_tmc_sense_110, schema_tmc_uart, schema_tmc_speed,
	    schema_tmc_diag, schema_tmc2209_fields, NULL}},
    {"tmc2240", NAMED, "a TMC2240 driver",
	{schema_tmc, schema_spi, schema_tmc_uart, schema_tmc_chain,
	    schema_tmc_speed, schema_tmc_diag, schema_tmc_rref,
	    schema_tmc2240_fields, NULL}},
    {"tmc2660", NAMED, "a TMC2660 driver",
	{schema_tmc, schema_tmc_sense_own, schema_spi, schema_tmc2660_own,
	    schema_tmc2660_fields, NULL}},
    {"tmc5160", NAMED, "a TMC5160 driver",
	{schema_tmc, schema_tmc_sense_075, schema_spi, schema_tmc_chain,
	    schema_tmc_speed, schema_tmc_diag, schema_tmc5160_fields, NULL}},
    {"output_pin", NAMED, "an output", {schema_output_pin, NULL}},
    {"pwm_tool", NAMED, "an output that changes in time with moves",
	{schema_output_pin, NULL}},
    {"pwm_cycle_time", NAMED, "an output with a period of its own",
	{schema_output_pin, NULL}},
    {"static_pwm_clock", NAMED, "a clock on an output",
	{schema_pwm_clock, NULL}},
    {"static_digital_output", NAMED, "outputs that never change",
	{schema_pins, NULL}},
    {"multi_pin", NAMED, "several outputs as one", {schema_pins, NULL}},
    {"servo", NAMED, "a servo", {schema_servo, NULL}},
    {"led", NAMED, "lights on PWM outputs", {schema_led, NULL}},
    {"neopixel", NAMED, "a chain of WS2812 lights", {schema_neopixel, NULL}},
    {"dotstar", NAMED, "a chain of APA102 lights", {schema_dotstar, NULL}},
    {"pca9533", NAMED, "lights of a PCA9533",
	{schema_i2c_led, schema_i2c, NULL}},
    {"pca9632", NAMED, "lights of a PCA9632",
	{schema_i2c_led, schema_i2c, NULL}},
    {"gcode_button", NAMED, "a button", {schema_gcode_button, NULL}},
    {"filament_switch_sensor", NAMED, "a switch that feels filament",
	{schema_switch_sensor, schema_runout, NULL}},
    {"filament_motion_sensor", NAMED, "a wheel that feels filament move",
	{schema_switch_sensor, schema_motion_sensor, schema_runout, NULL}},
    {"ad5206", NAMED, "currents of motors set by an AD5206",
	{schema_digipot, schema_spi, schema_i2c, NULL}},
    {"mcp4451", NAMED, "currents of motors set by an MCP4451",
	{schema_digipot, schema_spi, schema_i2c, NULL}},
    {"mcp4728", NAMED, "currents of motors set by an MCP4728",
	{schema_digipot, schema_spi, schema_i2c, NULL}},
    {"mcp4018", NAMED, "currents of motors set by an MCP4018",
	{schema_digipot, schema_spi, schema_i2c, NULL}},
    {"dac084S085", NAMED, "currents of motors set by a DAC084S085",
	{schema_digipot, schema_spi, schema_i2c, NULL}},
    {"adc_scaled", NAMED, "analog inputs corrected by two others",
	{schema_adc_scaled, NULL}},
    {"board_pins", PLAIN | NAMED, "names for pins", {schema_board_pins, NULL}},
    {"duplicate_pin_override", PLAIN, "pins that may be used more than once",
	{schema_pins, NULL}},
    {"gcode_arcs", PLAIN, "arcs: G2 and G3", {schema_gcode_arcs, NULL}},
    {"exclude_object", PLAIN, "objects that can be left out", {NULL}},
    {"firmware_retraction", PLAIN, "retraction by G10 and G11",
	{schema_firmware_retraction, NULL}},
    {"idle_timeout", PLAIN, "rest after a time without work",
	{schema_idle_timeout, NULL}},
    {"force_move", PLAIN, "moves without homing", {schema_force_move, NULL}},
    {"pause_resume", PLAIN, "pause and resume", {schema_pause_resume, NULL}},
    {"display_status", PLAIN, "M73 and M117", {NULL}},
    {"respond", PLAIN, "M118 and RESPOND", {schema_respond, NULL}},
    {"save_variables", PLAIN, "variables kept in a file",
	{schema_save_variables, NULL}},
    {"virtual_sdcard", PLAIN, "folder of prints",
	{schema_virtual_sdcard, NULL}},
    {"gcode_macro", NAMED | MACRO, "a macro", {schema_macro, NULL}},
    {"delayed_gcode", NAMED | MACRO, "G-code that runs after a time",
	{schema_delayed_gcode, NULL}},
    {"display", PLAIN | NAMED | IGNORED, "there is no display on a pipe",
	{NULL}},
    {"display_data", PLAIN | NAMED | IGNORED, "there is no display on a pipe",
	{NULL}},
    {"display_template", PLAIN | NAMED | IGNORED,
	"there is no display on a pipe", {NULL}},
    {"display_glyph", PLAIN | NAMED | IGNORED, "there is no display on a pipe",
	{NULL}},
    {"menu", PLAIN | NAMED | IGNORED, "there is no display on a pipe", {NULL}},
    {"sdcard_loop", PLAIN | NAMED | IGNORED,
	"loops belong in the slicer or a shell", {NULL}},
    {"replicape", PLAIN | NAMED | IGNORED, "this board needs a host of its own",
	{NULL}},
    {"palette2", PLAIN | NAMED | IGNORED, "this device is not supported",
	{NULL}},
    {"samd_sercom", PLAIN | NAMED | IGNORED,
	"pins of these chips are chosen by the firmware", {NULL}},
    {"sx1509", PLAIN | NAMED | IGNORED, "this chip is not supported", {NULL}},
    {"ads1x1x", PLAIN | NAMED | IGNORED, "this chip is not supported", {NULL}},
    {"load_cell", PLAIN | NAMED | IGNORED, "load cells are not supported",
	{NULL}},
    {"load_cell_probe", PLAIN | NAMED | IGNORED, "load cells are not supported",
	{NULL}},
    {"tsl1401cl_filament_width_sensor", PLAIN | NAMED | IGNORED,
	"this sensor is not supported", {NULL}},
    {"hall_filament_width_sensor", PLAIN | NAMED | IGNORED,
	"this sensor is not supported", {NULL}},
    {"gcode_shell_command", PLAIN | NAMED | IGNORED, "use a pipe", {NULL}},
    {"motor", NAMED | SECTION_OWN, "what a motor is, for speeds and torques",
	{schema_motor, NULL}},
    {"supply", NAMED | SECTION_OWN, "a supply rail", {schema_supply, NULL}},
    {"board", PLAIN | SECTION_OWN, "the board and the rails at its terminals",
	{schema_board, NULL}},
    {"clearance", PLAIN | SECTION_OWN,
	"room around the nozzle, and the receptacle for waste",
	{schema_clearance, NULL}},
    {"keep_out", NAMED | SECTION_OWN, "a box where nothing may move",
	{schema_keep_out, NULL}},
    {"cameras", NAMED | SECTION_OWN, "a camera", {schema_camera, NULL}},
    {"lint", PLAIN | SECTION_OWN | ANY_KEY, "levels of gcode-lint's rules",
	{schema_lint, NULL}},
    {NULL, 0, NULL, {NULL}}};

/* The header's first word is the section's name; digits may follow it. */
static bool
matches(const struct schema_section *s, const char *word, size_t len, bool tail)
{
	size_t n = strlen(s->name);

	if (n > len || n == 0 || memcmp(s->name, word, n) != 0)
		return false;
	if (n == len)
		return tail ? s->flags & SCHEMA_NAMED : s->flags & SCHEMA_PLAIN;
	if (tail || !(s->flags & SCHEMA_NUMBERED))
		return false;
	for (; n < len; n++)
		if (!isdigit((unsigned char)word[n]))
			return false;
	return true;
}

const struct schema_section *
schema_section(const char *header, const char **suffix)
{
	size_t len = strcspn(header, " \t");
	const char *tail = header + len + strspn(header + len, " \t");
	const struct schema_section *s;

	*suffix = *tail ? tail : NULL;
	for (s = schema_sections; s->name; s++)
		if (matches(s, header, len, *tail))
			return s;
	return NULL;
}

/* '#' stands for digits, a '*' at the end for anything. */
static bool
key_matches(const char *pattern, const char *name)
{
	for (;; pattern++, name++) {
		if (*pattern == '*')
			return true;
		if (*pattern == '#') {
			if (!isdigit((unsigned char)*name))
				return false;
			while (isdigit((unsigned char)name[1]))
				name++;
		} else if (tolower((unsigned char)*pattern) !=
			   tolower((unsigned char)*name)) {
			return false;
		} else if (*pattern == '\0') {
			return true;
		}
	}
}

const struct schema_key *
schema_key_at(const struct schema_section *s, size_t n)
{
	for (const struct schema_key *const *set = s->set; *set; set++)
		for (const struct schema_key *k = *set; k->name; k++)
			if (n-- == 0)
				return k;
	return NULL;
}

const struct schema_key *
schema_key(const struct schema_section *s, const char *name)
{
	for (const struct schema_key *const *set = s->set; *set; set++)
		for (const struct schema_key *k = *set; k->name; k++)
			if (key_matches(k->name, name))
				return k;
	return NULL;
}

#define NAMES_MAX 256

const char *
schema_nearest_section(const char *name)
{
	const char *names[NAMES_MAX];
	int n = 0;

	for (const struct schema_section *s = schema_sections;
	     s->name && n < NAMES_MAX; s++)
		if (*s->name)
			names[n++] = s->name;
	return diag_nearest(name, names, n);
}

const char *
schema_nearest_key(const struct schema_section *s, const char *name)
{
	const char *names[NAMES_MAX];
	const struct schema_key *k;
	int n = 0;

	for (size_t i = 0; n < NAMES_MAX && (k = schema_key_at(s, i)); i++)
		names[n++] = k->name;
	return diag_nearest(name, names, n);
}

struct schema_key
schema_bounded(const struct schema_key *k)
{
	static const struct {
		const char *unit;
		double least, most; /* least: where it has to be above 0 */
	} row[] = {
	    {"mm", 0, PLAN_LENGTH_MAX_MM},
	    {"mm/s", PLAN_SPEED_MIN_MM_S, PLAN_SPEED_MAX_MM_S},
	    {"mm/s2", PLAN_ACCEL_MIN_MM_S2, PLAN_ACCEL_MAX_MM_S2},
	};
	struct schema_key b = *k;

	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		if (strcmp(k->unit, row[i].unit) != 0 || isfinite(k->max))
			continue;
		b.max = row[i].most;
		if (!isfinite(k->min))
			b.min = -row[i].most;
		if (k->min == 0 && (k->flags & SCHEMA_ABOVE) &&
		    row[i].least > 0) {
			b.min = row[i].least;
			b.flags &= ~(unsigned)SCHEMA_ABOVE;
		}
	}
	return b;
}

static void
add_number(struct buf *out, double v, const char *unit)
{
	buf_addf(out, "%.10g%s%s", v, *unit ? " " : "", unit);
}

void
schema_range(const struct schema_key *k, struct buf *out)
{
	bool low = isfinite(k->min), high = isfinite(k->max);
	bool above = k->flags & SCHEMA_ABOVE, below = k->flags & SCHEMA_BELOW;

	if (low && high && !above && !below) {
		buf_addf(out, "%.10g to ", k->min);
		add_number(out, k->max, k->unit);
	} else {
		if (low)
			buf_adds(out, above ? "above " : "at least ");
		if (low)
			add_number(out, k->min, high ? "" : k->unit);
		if (low && high)
			buf_adds(out, ", ");
		if (high)
			buf_adds(out, below ? "below " : "at most ");
		if (high)
			add_number(out, k->max, k->unit);
	}
}

void
schema_type_name(const struct schema_key *k, struct buf *out)
{
	static const char *const one[] = {"number", "whole number",
	    "true or false", "text", "one of", "pin", "G-code", "numbers",
	    "whole numbers", "texts", "lists of numbers", "ratios"};

	if (k->flags & SCHEMA_LIST_N)
		buf_addf(out, "list of %d %s", k->count, one[k->type]);
	else if (k->type >= SCHEMA_DOUBLES)
		buf_addf(out, "list of %s", one[k->type]);
	else
		buf_adds(out, one[k->type]);
}
