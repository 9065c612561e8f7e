/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Schema: the machine as a whole, motors, carriages, kinematics. */
#include "machine/schema_rows.h"

const struct schema_key schema_root[] = {
    {"macros", SCHEMA_STRINGS, "", ANY | SCHEMA_OWN, NONE, NULL,
	"files of macros in Klipper's format, read in this order; patterns are "
	"allowed",
	0},
    OC("on_error", "heaters_off|keep_heat", "heaters_off",
	"what a print that was cut off does with its heat"),
    END};

const struct schema_key schema_mcu[] = {
    S("serial", NONE,
	"device of the board, as /dev/serial/by-id/...; \"sim:\" is the "
	"simulator"),
    I("baud", "bit/s", IN(2400, 4000000), "250000",
	"speed of the serial line; USB does not care"),
    S("canbus_uuid", NONE, "name of the board on a CAN bus"),
    S("canbus_interface", "can0", "network interface of the CAN bus"),
    C("restart_method", "arduino|cheetah|rpi_usb|command", NONE,
	"how the board is reset when its configuration has to change"),
    D("max_step_rate", "Hz", OWN(ABOVE0), NONE,
	"steps a second that the board makes for all its motors together; "
	"plans stay below"),
    D("max_stepper_error", "s", IN(2e-7, 2e-4), NONE,
	"how wide the window is that a step's time lies in the middle of"),
    END};

const struct schema_key schema_printer[] = {
    C("kinematics",
	"cartesian|corexy|corexz|hybrid_corexy|hybrid_corexz|delta|"
	"deltesian|rotary_delta|polar|winch|generic_cartesian|none",
	MUST, "how motors move the tool head"),
    D("max_velocity", "mm/s", ABOVE0, MUST,
	"greatest speed of the tool head relative to the print"),
    D("max_accel", "mm/s2", ABOVE0, MUST,
	"greatest acceleration of the tool head"),
    D("minimum_cruise_ratio", "", UNDER(0, 1), "0.5",
	"share of a move that is done at its cruising speed, at least"),
    D("max_accel_to_decel", "mm/s2", ABOVE0, NONE,
	"the older way to say minimum_cruise_ratio"),
    D("square_corner_velocity", "mm/s", FROM0, "5.0",
	"greatest speed through a corner of 90 degrees"),
    D("max_z_velocity", "mm/s", ABOVE0, "=max_velocity",
	"greatest speed along Z"),
    D("max_z_accel", "mm/s2", ABOVE0, "=max_accel",
	"greatest acceleration along Z"),
    D("max_x_velocity", "mm/s", OWN(ABOVE0), "=max_velocity",
	"greatest speed along X"),
    D("max_x_accel", "mm/s2", OWN(ABOVE0), "=max_accel",
	"greatest acceleration along X"),
    D("max_y_velocity", "mm/s", OWN(ABOVE0), "=max_velocity",
	"greatest speed along Y"),
    D("max_y_accel", "mm/s2", OWN(ABOVE0), "=max_accel",
	"greatest acceleration along Y"),
    D("max_jerk", "mm/s3", OWN(ABOVE0), NONE,
	"greatest change of acceleration, for the jerk-limited profile"),
    D("torque_share", "", OWN(IN(0, 1)), "0.5",
	"share of the torque at a speed that plans use, where the group motor "
	"describes the motors and their rail; 0: plans do not look at it"),
    D("max_angular_velocity", "rad/s", ABOVE0, NONE,
	"greatest speed of a polar machine's bed"),
    OC("angular_limit", "incumbent|exact", "incumbent",
	"how max_angular_velocity is kept: as the incumbent does, which lets "
	"the bed turn faster in moves slower than max_velocity, or always"),
    D("minimum_z_position", "mm", ANY, "=0", "lowest Z of a delta machine"),
    D("delta_radius", "mm", ABOVE0, NONE,
	"from the centre to a tower's arm joint, with all arms level"),
    D("print_radius", "mm", ABOVE0, "=delta_radius",
	"radius that a delta machine can print on"),
    D("min_angle", "deg", IN(0, 90), "=5",
	"smallest angle of a deltesian arm to the horizon"),
    D("print_width", "mm", FROM0, NONE, "width that a deltesian prints on"),
    D("slow_ratio", "", FROM0, "=3",
	"a deltesian slows down where its arms move that much faster"),
    D("shoulder_radius", "mm", ABOVE0, NONE,
	"from the centre to a shoulder of a rotary delta"),
    D("shoulder_height", "mm", ABOVE0, NONE,
	"from the bed to the shoulders of a rotary delta"),
    END};

/* what makes a motor step; also of extruders and manual steppers */
const struct schema_key schema_stepper[] = {
    PIN("step_pin", MUST, "a pulse here is a microstep"),
    PIN("dir_pin", MUST, "direction; '!' turns the motor round"),
    PIN("enable_pin", NONE, "switches the motor on; mostly inverted"),
    D("rotation_distance", "mm", ABOVE0, NONE,
	"travel for one turn of the motor (behind its gears)"),
    I("microsteps", "", IN(1, 256), MUST, "microsteps for a full step"),
    I("full_steps_per_rotation", "", FROM(4), "200",
	"200 for motors of 1.8 degrees, 400 for 0.9"),
    L("gear_ratio", RATIOS, "", ABOVE0, "",
	"gears between motor and axis, as \"50:17\" or \"57:11, 2:1\""),
    D("step_pulse_duration", "s", IN(0, 0.001), "=0.000002",
	"shortest pulse that the driver sees"),
    END};

/* of carriages that are homed */
const struct schema_key schema_rail[] = {
    PIN("endstop_pin", NONE,
	"end switch, or probe:z_virtual_endstop, or a driver's "
	"virtual_endstop"),
    D("position_min", "mm", ANY, "0", "smallest position"),
    D("position_max", "mm", ANY, NONE, "greatest position"),
    D("position_endstop", "mm", ANY, NONE, "where the end switch is"),
    D("homing_speed", "mm/s", ABOVE0, "5.0", "first touch of the switch"),
    D("second_homing_speed", "mm/s", ABOVE0, "=homing_speed / 2",
	"second touch of the switch"),
    D("homing_retract_dist", "mm", FROM0, "5.0",
	"way back between the touches; 0: only one touch"),
    D("homing_retract_speed", "mm/s", ABOVE0, "=homing_speed",
	"speed of the way back"),
    B("homing_positive_dir", "=the nearer end",
	"the switch is at the upper end"),
    END};

/* of some kinematics */
const struct schema_key schema_stepper_own[] = {
    D("arm_length", "mm", ABOVE0, NONE, "length of a delta's arm"),
    D("arm_x_length", "mm", ABOVE0, NONE,
	"from a deltesian's tower to the tool head, along X, when homed"),
    D("angle", "deg", ANY, NONE, "where a tower or shoulder stands"),
    D("upper_arm_length", "mm", ABOVE0, NONE, "of a rotary delta"),
    D("lower_arm_length", "mm", ABOVE0, NONE, "of a rotary delta"), END};

const struct schema_key schema_anchor[] = {
    D("anchor_x", "mm", ANY, NONE, "where a winch's cable starts, X"),
    D("anchor_y", "mm", ANY, NONE, "where a winch's cable starts, Y"),
    D("anchor_z", "mm", ANY, NONE, "where a winch's cable starts, Z"), END};

const struct schema_key schema_carriage[] = {
    C("axis", "x|y|z", NONE, "the axis that the carriage moves on"),
    S("primary_carriage", NONE, "the carriage that this one accompanies"),
    D("safe_distance", "mm", FROM0, NONE,
	"between the two carriages of an axis, at least"),
    END};

const struct schema_key schema_carriages[] = {
    S("carriages", MUST, "what the motor moves, as \"carriage_x-carriage_y\""),
    END};

const struct schema_key schema_dual_carriage[] = {
    PIN("step_pin", NONE, "a pulse here is a microstep"),
    PIN("dir_pin", NONE, "direction"),
    PIN("enable_pin", NONE, "switches the motor on"),
    D("rotation_distance", "mm", ABOVE0, NONE,
	"travel for one turn of the motor"),
    I("microsteps", "", IN(1, 256), NONE, "microsteps for a full step"),
    I("full_steps_per_rotation", "", FROM(4), "200",
	"full steps for one turn of the motor"),
    L("gear_ratio", RATIOS, "", ABOVE0, "", "gears between motor and axis"),
    D("step_pulse_duration", "s", IN(0, 0.001), "=0.000002",
	"shortest pulse that the driver sees"),
    END};

const struct schema_key schema_manual_stepper[] = {
    D("velocity", "mm/s", ABOVE0, "5.", "speed where a command gives none"),
    D("accel", "mm/s2", FROM0, "0.",
	"acceleration where a command gives none; 0: none"),
    PIN("endstop_pin", NONE, "end switch for STOP_ON_ENDSTOP"),
    D("position_min", "mm", ANY, NONE, "smallest position"),
    D("position_max", "mm", ANY, NONE, "greatest position"), END};

const struct schema_key schema_extruder_stepper[] = {
    S("extruder", NONE, "the extruder that the motor follows at the start"),
    D("pressure_advance", "s", IN(0, 1000), "0",
	"filament pushed ahead per speed of the filament"),
    D("pressure_advance_smooth_time", "s", OVER(0, 0.200), "0.040",
	"time over which pressure advance is smoothed"),
    END};

const struct schema_key schema_extruder[] = {
    D("nozzle_diameter", "mm", ABOVE0, MUST, "bore of the nozzle"),
    D("filament_diameter", "mm", ABOVE0, MUST, "of the filament as fed"),
    D("max_extrude_cross_section", "mm2", ABOVE0, "=4 * nozzle_diameter ^ 2",
	"greatest cross-section of a line"),
    D("instantaneous_corner_velocity", "mm/s", FROM0, "1.",
	"greatest change of the extruder's speed in a corner"),
    D("max_extrude_only_distance", "mm", FROM0, "50.",
	"longest extrusion without travel"),
    D("max_extrude_only_velocity", "mm/s", ABOVE0,
	"=max_velocity * max cross-section / filament area",
	"greatest speed of extrusion without travel"),
    D("max_extrude_only_accel", "mm/s2", ABOVE0,
	"=max_accel * max cross-section / filament area",
	"greatest acceleration of extrusion without travel"),
    D("max_volumetric_flow", "mm3/s", OWN(ABOVE0), NONE,
	"greatest flow that the hotend melts"),
    S("shared_heater", NONE, "the extruder whose heater this one uses"), END};

/* the plan's view of pressure in the nozzle; the names are the forks' */
const struct schema_key schema_advance[] = {
    {"pressure_advance_model", SCHEMA_CHOICE, "", ANY | SCHEMA_OWN, "linear",
	"linear|tanh|recipr", "law of the pressure advance", 0},
    D("linear_advance", "s", OWN(IN(0, 1000)), "0",
	"the linear part of the tanh and recipr laws"),
    D("nonlinear_offset", "mm", OWN(IN(0, 1000)), "0",
	"the bounded part of the tanh and recipr laws"),
    D("linearization_velocity", "mm/s", OWN(ABOVE0), NONE,
	"speed of the filament at which the bounded part bends"),
    D("pressure_advance_time_offset", "s", OWN(IN(-0.2, 0.2)), "0",
	"the filament runs that far ahead of the head"),
    OB("shape_with_head", "false",
	"the extruder is shaped as the tool head is, to stay in time"),
    END};

const struct schema_key schema_input_shaper[] = {
    D("shaper_freq_x", "Hz", IN(0, 1e5), "0",
	"resonance along X; 0: no shaper"),
    D("shaper_freq_y", "Hz", IN(0, 1e5), "0",
	"resonance along Y; 0: no shaper"),
    D("shaper_freq_z", "Hz", IN(0, 1e5), "0",
	"resonance along Z; 0: no shaper"),
    S("shaper_type", "mzv",
	"zv, mzv, zvd, ei, 2hump_ei, 3hump_ei, smooth_mzv, custom and others; "
	"stepstream(1) has them"),
    S("shaper_type_x", "=shaper_type", "shaper of X"),
    S("shaper_type_y", "=shaper_type", "shaper of Y"),
    S("shaper_type_z", "=shaper_type", "shaper of Z"),
    D("damping_ratio_x", "", IN(0, 1), "0.1", "of the resonance along X"),
    D("damping_ratio_y", "", IN(0, 1), "0.1", "of the resonance along Y"),
    D("damping_ratio_z", "", IN(0, 1), "0.1", "of the resonance along Z"),
    L("enabled_extruders", STRINGS, "", ANY, NONE,
	"extruders that are shaped as the tool head is, to stay in time"),
    D("vibration_tolerance", "", OWN(INSIDE(0, 1)), "0.05",
	"share of vibration that the ei shaper lets pass"),
    L("shaper_a_x", DOUBLES, "", OWN(ANY), NONE,
	"amplitudes of a custom shaper on X"),
    L("shaper_t_x", DOUBLES, "s", OWN(FROM0), NONE, "their times"),
    L("shaper_a_y", DOUBLES, "", OWN(ANY), NONE,
	"amplitudes of a custom shaper on Y"),
    L("shaper_t_y", DOUBLES, "s", OWN(FROM0), NONE, "their times"),
    L("shaper_a_z", DOUBLES, "", OWN(ANY), NONE,
	"amplitudes of a custom shaper on Z"),
    L("shaper_t_z", DOUBLES, "s", OWN(FROM0), NONE, "their times"), END};

const struct schema_key schema_gcode_arcs[] = {
    D("resolution", "mm", ABOVE0, "1.0", "length of the chords of an arc"),
    D("max_chord_error", "mm", OWN(ABOVE0), NONE,
	"distance from arc to chord; replaces resolution"),
    END};

const struct schema_key schema_firmware_retraction[] = {
    D("retract_length", "mm", FROM0, "0.", "filament drawn back by G10"),
    D("retract_speed", "mm/s", FROM(1), "20.", "speed of G10"),
    D("unretract_extra_length", "mm", FROM0, "0.",
	"filament that G11 adds to it"),
    D("unretract_speed", "mm/s", FROM(1), "10.", "speed of G11"), END};

const struct schema_key schema_idle_timeout[] = {
    G("gcode", NONE, "runs when nothing happened for that long"),
    D("timeout", "s", ABOVE0, "600", "time until the motors rest"), END};

const struct schema_key schema_force_move[] = {
    B("enable_force_move", "false",
	"allow FORCE_MOVE and SET_KINEMATIC_POSITION"),
    END};

/* what the planner keeps clear of; Gantry's own */
const struct schema_key schema_keep_out[] = {
    LN("min", 3, DOUBLES, "mm", OWN(ANY), MUST,
	"lower corner X, Y, Z of the box"),
    LN("max", 3, DOUBLES, "mm", OWN(ANY), MUST,
	"upper corner X, Y, Z of the box"),
    OS("reason", NONE, "what stands there"), END};

const struct schema_key schema_clearance[] = {
    D("gantry_height", "mm", OWN(ABOVE0), NONE,
	"from the nozzle's tip up to the lowest part of the gantry, the "
	"beam along X"),
    D("head_z", "mm", OWN(FROM0), "1",
	"from the nozzle's tip up to the lowest part of the tool head"),
    D("head_x_min", "mm", OWN(FROM0), "0",
	"tool head to the left of the nozzle"),
    D("head_x_max", "mm", OWN(FROM0), "0",
	"tool head to the right of the nozzle"),
    D("head_y_min", "mm", OWN(FROM0), "0", "tool head before the nozzle"),
    D("head_y_max", "mm", OWN(FROM0), "0", "tool head behind the nozzle"),
    LN("receptacle", 2, DOUBLES, "mm", OWN(ANY), NONE,
	"where waste may be dropped, X and Y"),
    D("receptacle_z", "mm", OWN(ANY), NONE, "height of the receptacle's rim"),
    LN("receptacle_size", 2, DOUBLES, "mm", OWN(ABOVE0), NONE,
	"how large the receptacle is around that point, along X and Y"),
    LN("bed_min", 2, DOUBLES, "mm", OWN(ANY), NONE,
	"lower corner of the surface that can be printed on"),
    LN("bed_max", 2, DOUBLES, "mm", OWN(ANY), NONE,
	"upper corner of the surface that can be printed on"),
    END};
