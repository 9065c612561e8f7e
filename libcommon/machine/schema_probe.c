/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Schema: homing, probing, levelling, correction of the bed. */
#include "machine/schema_rows.h"

const struct schema_key schema_probe_common[] = {
    D("x_offset", "mm", ANY, "0.", "from the nozzle to the probe, X"),
    D("y_offset", "mm", ANY, "0.", "from the nozzle to the probe, Y"),
    D("z_offset", "mm", ANY, NONE,
	"from the bed to the nozzle when the probe triggers"),
    D("speed", "mm/s", ABOVE0, "5.0", "of probing"),
    I("samples", "", FROM(1), "1", "times that each point is probed"),
    D("sample_retract_dist", "mm", ABOVE0, "2.0", "way up between them"),
    D("lift_speed", "mm/s", ABOVE0, "=speed", "of the way up"),
    C("samples_result", "average|median", "average", "result of the samples"),
    D("samples_tolerance", "mm", FROM0, "0.100",
	"samples may differ that much"),
    I("samples_tolerance_retries", "", FROM0, "0",
	"how often to try again when they differ more"),
    END};

const struct schema_key schema_probe_gcode[] = {
    G("activate_gcode", "", "runs before each probing"),
    G("deactivate_gcode", "", "runs after each probing"),
    B("deactivate_on_each_sample", "true",
	"deactivate between the samples too"),
    END};

const struct schema_key schema_probe[] = {
    PIN("pin", MUST, "triggers at the bed"), END};

const struct schema_key schema_bltouch[] = {
    PIN("sensor_pin", MUST, "triggers at the bed"),
    PIN("control_pin", MUST, "tells the probe what to do"),
    D("pin_move_time", "s", ABOVE0, "0.680", "wait for the pin to move"),
    B("stow_on_each_sample", "true", "stow the pin between samples"),
    B("probe_with_touch_mode", "false", "probe in touch mode"),
    B("pin_up_reports_not_triggered", "true",
	"the probe says 'not triggered' when the pin is up"),
    B("pin_up_touch_mode_reports_triggered", "true",
	"in touch mode it says 'triggered' when the pin is up"),
    C("set_output_mode", "5V|OD", NONE, "sets the output of a 3.1 probe"), END};

const struct schema_key schema_smart_effector[] = {
    PIN("pin", MUST, "triggers at the bed"),
    PIN("control_pin", NONE, "sets the sensitivity"),
    D("probe_accel", "mm/s2", FROM0, "0",
	"acceleration while probing; 0: as is"),
    D("recovery_time", "s", FROM0, "0.4", "rest between travel and probing"),
    END};

const struct schema_key schema_eddy[] = {
    C("sensor_type", "ldc1612", MUST, "chip of the probe"),
    I("frequency", "Hz", IN(2000000, 40000000), "12000000",
	"clock of the chip"),
    PIN("intb_pin", NONE, "interrupt of the chip"),
    D("max_sensor_hz", "Hz", ABOVE0, NONE, "greatest frequency of the coil"),
    D("descend_z", "mm", ABOVE0, NONE, "height at which the probe measures"),
    D("tap_threshold", "", FROM0, "0", "threshold of tapping; 0: off"),
    D("tap_z_offset", "mm", ANY, "0.0", "added to what tapping found"),
    D("reg_drive_current", "", IN(0, 31), NONE, "saved by the calibration"),
    S("calibrate", NONE, "saved by the calibration"), END};

const struct schema_key schema_safe_z_home[] = {
    LN("home_xy_position", 2, DOUBLES, "mm", ANY, MUST,
	"X and Y where Z is homed"),
    D("speed", "mm/s", ABOVE0, "50.0", "of the travel there"),
    D("z_hop", "mm", ANY, "0.0", "lift before homing X and Y"),
    D("z_hop_speed", "mm/s", ABOVE0, "15.", "of the lift"),
    B("move_to_previous", "false", "go back to X and Y afterwards"), END};

const struct schema_key schema_homing_override[] = {
    G("gcode", MUST, "runs in place of G28"),
    S("axes", "XYZ", "only when one of these axes is homed"),
    D("set_position_x", "mm", ANY, NONE, "assumed X before it runs"),
    D("set_position_y", "mm", ANY, NONE, "assumed Y before it runs"),
    D("set_position_z", "mm", ANY, NONE, "assumed Z before it runs"), END};

const struct schema_key schema_endstop_phase[] = {
    D("endstop_accuracy", "mm", ABOVE0, NONE, "of the switch"),
    S("trigger_phase", NONE, "phase of the motor at the switch, as 12/64"),
    B("endstop_align_zero", "false", "move the zero to a full step"), END};

/* travel between points */
#define TRAVEL                                                                 \
	D("horizontal_move_z", "mm", ANY, "5.", "height of travel"),           \
	    D("speed", "mm/s", ABOVE0, "50.", "of travel")

const struct schema_key schema_bed_mesh[] = {
    {"method", SCHEMA_CHOICE, "", ANY | SCHEMA_OWN, "smooth", "smooth|split",
	"how moves follow the mesh: without facets, or cut as Klipper does", 0},
    D("mesh_radius", "mm", ABOVE0, NONE, "of a round bed"),
    LN("mesh_origin", 2, DOUBLES, "mm", ANY, NONE, "centre of a round bed"),
    LN("mesh_min", 2, DOUBLES, "mm", ANY, NONE, "lower corner of the mesh"),
    LN("mesh_max", 2, DOUBLES, "mm", ANY, NONE, "upper corner of the mesh"),
    L("probe_count", INTS, "", FROM(3), "3, 3", "points along X and Y"),
    I("round_probe_count", "", FROM(3), "5", "points across a round bed"),
    D("fade_start", "mm", FROM0, "1.", "height where the correction fades"),
    D("fade_end", "mm", FROM0, "0.", "height where it has gone; 0: it stays"),
    D("fade_target", "mm", ANY, NONE, "what it fades to; default the mean"),
    D("split_delta_z", "mm", FROM(0.01), ".025", "split: greatest step of Z"),
    D("move_check_distance", "mm", FROM(3), "5.",
	"split: length of the pieces"),
    L("mesh_pps", INTS, "", FROM0, "2, 2",
	"points put between the probed ones"),
    C("algorithm", "lagrange|bicubic", "lagrange", "how they are found"),
    D("bicubic_tension", "", IN(0, 2), ".2", "of the bicubic surface"),
    LN("zero_reference_position", 2, DOUBLES, "mm", ANY, NONE,
	"X and Y where the mesh is zero"),
    LN("faulty_region_#_min", 2, DOUBLES, "mm", ANY, NONE,
	"lower corner of a region that cannot be probed"),
    LN("faulty_region_#_max", 2, DOUBLES, "mm", ANY, NONE, "its upper corner"),
    D("adaptive_margin", "mm", ANY, "0.0", "around the objects of a print"),
    D("scan_overshoot", "mm", FROM(1), "=0",
	"way beyond the mesh when scanning"),
    TRAVEL,
    /* [bed_mesh NAME]: what was measured */
    I("version", "", ANY, NONE, "saved mesh: version of its format"),
    L("points", POINTS, "mm", ANY, NONE, "saved mesh: heights"),
    I("x_count", "", FROM(1), NONE, "saved mesh: points along X"),
    I("y_count", "", FROM(1), NONE, "saved mesh: points along Y"),
    I("mesh_x_pps", "", FROM0, NONE, "saved mesh: points between, along X"),
    I("mesh_y_pps", "", FROM0, NONE, "saved mesh: points between, along Y"),
    C("algo", "lagrange|bicubic|direct", NONE,
	"saved mesh: how they are found"),
    D("tension", "", ANY, NONE, "saved mesh: of the bicubic surface"),
    D("min_x", "mm", ANY, NONE, "saved mesh: least X"),
    D("max_x", "mm", ANY, NONE, "saved mesh: greatest X"),
    D("min_y", "mm", ANY, NONE, "saved mesh: least Y"),
    D("max_y", "mm", ANY, NONE, "saved mesh: greatest Y"), END};

const struct schema_key schema_bed_tilt[] = {
    D("x_adjust", "", ANY, "0.", "tilt along X"),
    D("y_adjust", "", ANY, "0.", "tilt along Y"),
    D("z_adjust", "mm", ANY, "0.", "height at X 0 Y 0"),
    L("points", POINTS, "mm", ANY, NONE, "X and Y to probe"), TRAVEL, END};

const struct schema_key schema_bed_screws[] = {
    LN("screw#", 2, DOUBLES, "mm", ANY, NONE,
	"X and Y of the nozzle above a screw"),
    S("screw#_name", NONE, "name of the screw"),
    LN("screw#_fine_adjust", 2, DOUBLES, "mm", ANY, NONE,
	"X and Y for the fine adjustment"),
    TRAVEL,
    D("probe_height", "mm", ANY, "0.", "height of the nozzle at a screw"),
    D("probe_speed", "mm/s", ABOVE0, "5.", "of the way down to it"), END};

const struct schema_key schema_screws_tilt[] = {
    LN("screw#", 2, DOUBLES, "mm", ANY, NONE,
	"X and Y of the nozzle, so that the probe is above a screw"),
    S("screw#_name", NONE, "name of the screw"), TRAVEL,
    C("screw_thread",
	"CW-M3|CCW-M3|CW-M4|CCW-M4|CW-M5|CCW-M5|CW-M6|CCW-M6|CW-M8|CCW-M8",
	"CW-M3",
	"thread of the screws, and how they raise the bed: clockwise or not"),
    END};

const struct schema_key schema_z_tilt[] = {
    L("z_positions", POINTS, "mm", ANY, NONE, "X and Y of each Z screw"),
    L("points", POINTS, "mm", ANY, NONE, "X and Y to probe"), TRAVEL,
    I("retries", "", FROM0, "0", "how often to try again"),
    D("retry_tolerance", "mm", IN(0, 1), "0.", "good enough"), END};

const struct schema_key schema_quad_gantry_level[] = {
    L("gantry_corners", POINTS, "mm", ANY, NONE,
	"X and Y of two corners of the gantry"),
    L("points", POINTS, "mm", ANY, NONE, "X and Y of the four points to probe"),
    TRAVEL, D("max_adjust", "mm", FROM0, "4.", "more than that is an error"),
    I("retries", "", FROM0, "0", "how often to try again"),
    D("retry_tolerance", "mm", IN(0, 1), "0.", "good enough"), END};

const struct schema_key schema_skew[] = {
    D("xy_skew", "rad", ANY, NONE, "saved: between X and Y"),
    D("xz_skew", "rad", ANY, NONE, "saved: between X and Z"),
    D("yz_skew", "rad", ANY, NONE, "saved: between Y and Z"), END};

const struct schema_key schema_twist[] = {TRAVEL,
    D("calibrate_start_x", "mm", ANY, NONE, "least X of the calibration"),
    D("calibrate_end_x", "mm", ANY, NONE, "greatest X of the calibration"),
    D("calibrate_y", "mm", ANY, NONE, "Y of the calibration along X"),
    D("calibrate_start_y", "mm", ANY, NONE, "least Y of the calibration"),
    D("calibrate_end_y", "mm", ANY, NONE, "greatest Y of the calibration"),
    D("calibrate_x", "mm", ANY, NONE, "X of the calibration along Y"),
    L("z_compensations", DOUBLES, "mm", ANY, NONE,
	"saved: corrections along X"),
    D("compensation_start_x", "mm", ANY, NONE, "saved: least X"),
    D("compensation_end_x", "mm", ANY, NONE, "saved: greatest X"),
    L("zy_compensations", DOUBLES, "mm", ANY, NONE,
	"saved: corrections along Y"),
    D("compensation_start_y", "mm", ANY, NONE, "saved: least Y"),
    D("compensation_end_y", "mm", ANY, NONE, "saved: greatest Y"), END};

const struct schema_key schema_delta_calibrate[] = {
    D("radius", "mm", ABOVE0, NONE, "of the circle to probe"), TRAVEL,
    S("height#", NONE, "saved by the calibration"),
    S("height#_pos", NONE, "saved by the calibration"),
    S("manual_height#", NONE, "saved by the calibration"),
    S("manual_height#_pos", NONE, "saved by the calibration"),
    S("distance#", NONE, "saved by the calibration"),
    S("distance#_pos1", NONE, "saved by the calibration"),
    S("distance#_pos2", NONE, "saved by the calibration"), END};

const struct schema_key schema_z_thermal_adjust[] = {
    D("temp_coeff", "mm/deg C", IN(-1, 1), NONE, "growth of the frame"),
    D("smooth_time", "s", ABOVE0, "2.",
	"time over which readings are smoothed"),
    D("z_adjust_off_above", "mm", IN(0, 1e9), "99999999.",
	"no correction above that height"),
    D("max_z_adjustment", "mm", IN(0, 1e9), "99999999.", "greatest correction"),
    END};

const struct schema_key schema_manual_probe[] = {
    D("z_position_endstop", "mm", ANY, NONE, "saved by the calibration"), END};
