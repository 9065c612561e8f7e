/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Schema: outputs, lights, sensors, accelerometers, cameras, the print. */
#include "machine/schema_rows.h"

const struct schema_key schema_output_pin[] = {PIN("pin", MUST, "the output"),
    B("pwm", "false", "levels between off and on"),
    D("value", "", FROM0, "0.", "level at the start, in units of scale"),
    D("shutdown_value", "", FROM0, "0.", "level after an emergency stop"),
    D("cycle_time", "s", ABOVE0, "0.100", "period of the PWM"),
    B("hardware_pwm", "false", "let a timer of the chip do the PWM"),
    D("scale", "", ABOVE0, "1.", "value that is full power"),
    D("maximum_mcu_duration", "s", FROM0, "=0",
	"the board switches off when nothing came for that long"),
    D("static_value", "", ANY, NONE, "a level that never changes"),
    {"supply", SCHEMA_STRING, "", ANY | SCHEMA_OWN, NONE, NULL,
	"the rail that feeds what hangs on it, one of the group supply", 0},
    D("current", "A", OWN(ABOVE0), NONE, "of what hangs on it"), END};

const struct schema_key schema_servo[] = {
    PIN("pin", MUST, "pulses for the servo"),
    D("maximum_servo_angle", "deg", ABOVE0, "180.", "of the servo"),
    D("minimum_pulse_width", "s", INSIDE(0, 0.020), "0.001",
	"pulse at 0 degrees"),
    D("maximum_pulse_width", "s", INSIDE(0, 0.020), "0.002",
	"pulse at the greatest angle"),
    D("initial_angle", "deg", ANY, NONE, "angle at the start"),
    D("initial_pulse_width", "s", FROM0, "0.", "pulse at the start"), END};

/* four channels */
#define COLOURS                                                                \
	D("initial_RED", "", IN(0, 1), "0.", "at the start"),                  \
	    D("initial_GREEN", "", IN(0, 1), "0.", "at the start"),            \
	    D("initial_BLUE", "", IN(0, 1), "0.", "at the start"),             \
	    D("initial_WHITE", "", IN(0, 1), "0.", "at the start")

const struct schema_key schema_led[] = {PIN("red_pin", NONE, "red"),
    PIN("green_pin", NONE, "green"), PIN("blue_pin", NONE, "blue"),
    PIN("white_pin", NONE, "white"),
    D("cycle_time", "s", ABOVE0, "0.010", "period of the PWM"),
    B("hardware_pwm", "false", "let a timer of the chip do the PWM"), COLOURS,
    END};

const struct schema_key schema_neopixel[] = {
    PIN("pin", MUST, "data of the chain"),
    I("chain_count", "", FROM(1), "1", "lights in the chain"),
    L("color_order", STRINGS, "", ANY, "GRB", "order of the colours"), COLOURS,
    END};

const struct schema_key schema_dotstar[] = {
    PIN("data_pin", MUST, "data of the chain"),
    PIN("clock_pin", MUST, "clock of the chain"),
    I("chain_count", "", FROM(1), "1", "lights in the chain"), COLOURS, END};

const struct schema_key schema_i2c_led[] = {
    S("color_order", "RGBW", "order of the colours"), COLOURS, END};

const struct schema_key schema_gcode_button[] = {PIN("pin", MUST, "the button"),
    LN("analog_range", 2, DOUBLES, "ohm", FROM0, NONE,
	"resistance while pressed"),
    D("analog_pullup_resistor", "ohm", ABOVE0, "4700.", "of an analog button"),
    G("press_gcode", "", "runs when pressed"),
    G("release_gcode", "", "runs when released"),
    D("debounce_delay", "s", FROM0, "0.", "changes shorter than that are none"),
    END};

const struct schema_key schema_runout[] = {
    B("pause_on_runout", "true", "pause when the filament ends"),
    G("runout_gcode", "", "runs when the filament ends"),
    G("insert_gcode", NONE, "runs when filament comes"),
    D("event_delay", "s", FROM0, "3.", "between two events, at least"),
    D("pause_delay", "s", FROM0, "0.5", "between the pause and runout_gcode"),
    D("debounce_delay", "s", FROM0, "0.", "changes shorter than that are none"),
    END};

const struct schema_key schema_switch_sensor[] = {
    PIN("switch_pin", MUST, "the sensor"), END};

const struct schema_key schema_motion_sensor[] = {
    D("detection_length", "mm", ABOVE0, "7.",
	"filament between two pulses, at most"),
    S("extruder", MUST, "the extruder that is watched"), END};

const struct schema_key schema_accelerometer[] = {
    L("axes_map", STRINGS, "", ANY, "x, y, z",
	"axes of the chip on those of the machine"),
    I("rate", "Hz", FROM(25), "3200", "readings per second of an ADXL345"),
    END};

const struct schema_key schema_resonance_tester[] = {
    L("probe_points", POINTS, "mm", ANY, NONE, "X, Y, Z of the test"),
    S("accel_chip", NONE, "accelerometer for all axes"),
    S("accel_chip_x", NONE, "accelerometer for X"),
    S("accel_chip_y", NONE, "accelerometer for Y"),
    S("accel_chip_z", NONE, "accelerometer for Z"),
    D("max_smoothing", "mm", FROM(0.05), NONE,
	"greatest smoothing of a shaper"),
    D("move_speed", "mm/s", ABOVE0, "50.", "of travel to the point"),
    D("min_freq", "Hz", FROM(1), "5.", "lowest frequency"),
    D("max_freq", "Hz", IN(1, 300), "135.", "highest frequency"),
    D("max_freq_z", "Hz", IN(1, 300), "100.", "highest frequency along Z"),
    D("accel_per_hz", "mm/s", ABOVE0, "60.", "acceleration per frequency"),
    D("accel_per_hz_z", "mm/s", ABOVE0, "15.",
	"acceleration per frequency along Z"),
    D("hz_per_sec", "Hz/s", IN(0.1, 2), "1.", "speed of the sweep"),
    D("sweeping_accel", "mm/s2", ABOVE0, "400.", "of the slow sweeping move"),
    D("sweeping_accel_z", "mm/s2", ABOVE0, "50.",
	"of the slow sweeping move along Z"),
    D("sweeping_period", "s", FROM0, "1.2",
	"of the slow sweeping move; 0: none"),
    END};

const struct schema_key schema_virtual_sdcard[] = {
    S("path", MUST, "folder of the G-code files"),
    G("on_error_gcode", NONE, "runs when a print fails"), END};

const struct schema_key schema_pause_resume[] = {
    D("recover_velocity", "mm/s", ABOVE0, "50.",
	"of the way back to the print"),
    END};

const struct schema_key schema_respond[] = {
    C("default_type", "echo|command|error", "echo", "what M118 prefixes"),
    S("default_prefix", "echo:", "prefix of M118"), END};

const struct schema_key schema_save_variables[] = {
    S("filename", MUST, "file of the saved variables"), END};

const struct schema_key schema_board_pins[] = {
    L("mcu", STRINGS, "", ANY, "mcu", "boards that have these aliases"),
    L("aliases*", STRINGS, "", ANY, NONE, "NAME=PIN, ..."), END};

const struct schema_key schema_pins[] = {
    L("pins", STRINGS, "", ANY, MUST, "the pins"), END};

const struct schema_key schema_pwm_clock[] = {PIN("pin", MUST, "the output"),
    I("frequency", "Hz", IN(1, 520000000), "100", "of the clock"), END};

const struct schema_key schema_digipot[] = {
    PIN("enable_pin", NONE, "selects the chip"),
    D("channel_#", "", FROM0, NONE, "value of a channel"),
    D("wiper_#", "", FROM0, NONE, "value of a wiper"),
    D("wiper", "", FROM0, NONE, "value of the wiper"),
    D("channel_a", "", FROM0, NONE, "value of a channel"),
    D("channel_b", "", FROM0, NONE, "value of a channel"),
    D("channel_c", "", FROM0, NONE, "value of a channel"),
    D("channel_d", "", FROM0, NONE, "value of a channel"),
    D("scale", "", ABOVE0, "1.", "value that is full scale"), END};

const struct schema_key schema_adc_scaled[] = {
    PIN("vref_pin", MUST, "reads the reference"),
    PIN("vssa_pin", MUST, "reads the ground"),
    D("smooth_time", "s", ABOVE0, "2.",
	"time over which readings are smoothed"),
    END};

const struct schema_key schema_angle[] = {
    C("sensor_type", "a1333|as5047d|tle5012b|mt6816|mt6826s", MUST, "chip"),
    D("sample_period", "s", ABOVE0, "0.000400", "between readings"),
    S("stepper", NONE, "motor whose angle is read"), END};

const struct schema_key schema_macro[] = {G("gcode", MUST, "the template"),
    S("rename_existing", NONE, "new name of the command that is replaced"),
    S("description", "G-Code macro", "what it does"),
    S("variable_*", NONE, "a variable's first value"), END};

const struct schema_key schema_delayed_gcode[] = {
    G("gcode", MUST, "the template"),
    D("initial_duration", "s", FROM0, "0.",
	"time from the start until it runs"),
    END};

/* Gantry's own */
const struct schema_key schema_camera[] = {
    OS("device", NONE,
	"the camera: /dev/v4l/by-id/..., by-path/..., or test:, mjpeg:, http:"),
    OS("usb_id", NONE, "make and model of the camera, as \"046d:0825\""),
    OS("serial", NONE, "serial number of the camera"),
    OS("port", NONE, "where it is plugged in, as camctl list says"),
    OS("model", NONE, "what the camera calls itself"),
    OS("name", NONE, "name of the camera, where it is not a word"),
    OS("resolution", NONE, "width x height, as \"1280x720\""),
    D("fps", "Hz", OWN(IN(0.1, 240)), "15", "frames per second, at most"),
    OC("format",
	"auto|mjpeg|yuyv|yvyu|uyvy|nv12|yu12|yv12|nv12m|yu12m|yv12m|grey|rgb24|"
	"bgr24",
	"auto", "what the camera is asked for"),
    I("quality", "", OWN(IN(1, 100)), "80", "of JPEGs made here"),
    I("http_port", "", OWN(IN(1, 65535)), NONE,
	"a port of its own on the loopback, beside the common one"),
    {"controls", SCHEMA_STRINGS, "", ANY | SCHEMA_OWN, NONE, NULL,
	"settings of the camera, as \"focus_absolute=30\"", 0},
    END};

const struct schema_key schema_lint[] = {
    {"known", SCHEMA_STRINGS, "", ANY | SCHEMA_OWN, NONE, NULL,
	"commands that somebody else carries out", 0},
    OS("printer", NONE, "the printer as the slicer calls it"),
    D("max_step_rate", "Hz", OWN(ABOVE0), NONE,
	"steps a second that the board gives one motor"),
    D("hot_idle", "s", OWN(ABOVE0), "120",
	"how long a hot nozzle may stand still"),
    D("arc_tolerance", "mm", OWN(ABOVE0), "0.05",
	"how far chords may leave their arc"),
    OS("*", NONE, "level of a rule: off, note, warning or error"), END};
