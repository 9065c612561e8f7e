/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Short words for the rows of the schema tables; only they include it. */
#ifndef GANTRY_MACHINE_SCHEMA_ROWS_H
#define GANTRY_MACHINE_SCHEMA_ROWS_H

#include "machine/schema.h"

/* ranges: min, max, flags */
#define ANY	     -(double)INFINITY, (double)INFINITY, 0
#define FROM0	     0, (double)INFINITY, 0
#define ABOVE0	     0, (double)INFINITY, SCHEMA_ABOVE
#define FROM(a)	     (a), (double)INFINITY, 0
#define ABOVE(a)     (a), (double)INFINITY, SCHEMA_ABOVE
#define IN(a, b)     (a), (b), 0
#define OVER(a, b)   (a), (b), SCHEMA_ABOVE
#define UNDER(a, b)  (a), (b), SCHEMA_BELOW
#define INSIDE(a, b) (a), (b), SCHEMA_ABOVE | SCHEMA_BELOW
#define OWN(range)   range | SCHEMA_OWN

#define MUST "!"
#define NONE NULL

#define D(name, unit, range, def, help)                                        \
	{                                                                      \
		name, SCHEMA_DOUBLE, unit, range, def, NULL, help, 0           \
	}
#define I(name, unit, range, def, help)                                        \
	{                                                                      \
		name, SCHEMA_INT, unit, range, def, NULL, help, 0              \
	}
#define B(name, def, help)                                                     \
	{                                                                      \
		name, SCHEMA_BOOL, "", ANY, def, NULL, help, 0                 \
	}
#define S(name, def, help)                                                     \
	{                                                                      \
		name, SCHEMA_STRING, "", ANY, def, NULL, help, 0               \
	}
#define C(name, choices, def, help)                                            \
	{                                                                      \
		name, SCHEMA_CHOICE, "", ANY, def, choices, help, 0            \
	}
#define PIN(name, def, help)                                                   \
	{                                                                      \
		name, SCHEMA_PIN, "", ANY, def, NULL, help, 0                  \
	}
#define G(name, def, help)                                                     \
	{                                                                      \
		name, SCHEMA_GCODE, "", ANY, def, NULL, help, 0                \
	}
/* lists: of any length, and of n elements */
#define L(name, type, unit, range, def, help)                                  \
	{                                                                      \
		name, SCHEMA_##type, unit, range, def, NULL, help, 0           \
	}
#define LN(name, n, type, unit, range, def, help)                              \
	{                                                                      \
		name, SCHEMA_##type, unit, range | SCHEMA_LIST_N, def, NULL,   \
		    help, n                                                    \
	}
/* the same, Gantry's own */
#define OB(name, def, help)                                                    \
	{                                                                      \
		name, SCHEMA_BOOL, "", ANY | SCHEMA_OWN, def, NULL, help, 0    \
	}
#define OS(name, def, help)                                                    \
	{                                                                      \
		name, SCHEMA_STRING, "", ANY | SCHEMA_OWN, def, NULL, help, 0  \
	}
#define OC(name, choices, def, help)                                           \
	{                                                                      \
		name, SCHEMA_CHOICE, "", ANY | SCHEMA_OWN, def, choices, help, \
		    0                                                          \
	}
#define END                                                                    \
	{                                                                      \
		NULL, SCHEMA_DOUBLE, NULL, 0, 0, 0, NULL, NULL, NULL, 0        \
	}

/* key sets, one file a family */
extern const struct schema_key schema_root[];
extern const struct schema_key schema_mcu[];
extern const struct schema_key schema_printer[];
extern const struct schema_key schema_stepper[];
extern const struct schema_key schema_rail[];
extern const struct schema_key schema_stepper_own[];
extern const struct schema_key schema_anchor[];
extern const struct schema_key schema_carriages[];
extern const struct schema_key schema_carriage[];
extern const struct schema_key schema_dual_carriage[];
extern const struct schema_key schema_extruder[];
extern const struct schema_key schema_heater[];
extern const struct schema_key schema_sensor[];
extern const struct schema_key schema_extruder_stepper[];
extern const struct schema_key schema_advance[];
extern const struct schema_key schema_spi[];
extern const struct schema_key schema_i2c[];
extern const struct schema_key schema_manual_stepper[];
extern const struct schema_key schema_verify_heater[];
extern const struct schema_key schema_homing_heaters[];
extern const struct schema_key schema_thermistor[];
extern const struct schema_key schema_adc_temperature[];
extern const struct schema_key schema_temperature_probe[];
extern const struct schema_key schema_fan[];
extern const struct schema_key schema_temperature_fan[];
extern const struct schema_key schema_z_thermal_adjust[];
extern const struct schema_key schema_heater_fan[];
extern const struct schema_key schema_controller_fan[];
extern const struct schema_key schema_bed_mesh[];
extern const struct schema_key schema_bed_tilt[];
extern const struct schema_key schema_bed_screws[];
extern const struct schema_key schema_screws_tilt[];
extern const struct schema_key schema_z_tilt[];
extern const struct schema_key schema_quad_gantry_level[];
extern const struct schema_key schema_skew[];
extern const struct schema_key schema_twist[];
extern const struct schema_key schema_delta_calibrate[];
extern const struct schema_key schema_safe_z_home[];
extern const struct schema_key schema_homing_override[];
extern const struct schema_key schema_endstop_phase[];
extern const struct schema_key schema_probe[];
extern const struct schema_key schema_probe_common[];
extern const struct schema_key schema_probe_gcode[];
extern const struct schema_key schema_bltouch[];
extern const struct schema_key schema_smart_effector[];
extern const struct schema_key schema_eddy[];
extern const struct schema_key schema_manual_probe[];
extern const struct schema_key schema_input_shaper[];
extern const struct schema_key schema_resonance_tester[];
extern const struct schema_key schema_accelerometer[];
extern const struct schema_key schema_angle[];
extern const struct schema_key schema_tmc[];
extern const struct schema_key schema_tmc_sense_110[];
extern const struct schema_key schema_tmc_chain[];
extern const struct schema_key schema_tmc_speed[];
extern const struct schema_key schema_tmc_diag[];
extern const struct schema_key schema_tmc2130_fields[];
extern const struct schema_key schema_tmc_uart[];
extern const struct schema_key schema_tmc2208_fields[];
extern const struct schema_key schema_tmc2209_fields[];
extern const struct schema_key schema_tmc_rref[];
extern const struct schema_key schema_tmc2240_fields[];
extern const struct schema_key schema_tmc_sense_own[];
extern const struct schema_key schema_tmc2660_own[];
extern const struct schema_key schema_tmc2660_fields[];
extern const struct schema_key schema_tmc_sense_075[];
extern const struct schema_key schema_tmc5160_fields[];
extern const struct schema_key schema_output_pin[];
extern const struct schema_key schema_pwm_clock[];
extern const struct schema_key schema_pins[];
extern const struct schema_key schema_servo[];
extern const struct schema_key schema_led[];
extern const struct schema_key schema_neopixel[];
extern const struct schema_key schema_dotstar[];
extern const struct schema_key schema_i2c_led[];
extern const struct schema_key schema_gcode_button[];
extern const struct schema_key schema_switch_sensor[];
extern const struct schema_key schema_runout[];
extern const struct schema_key schema_motion_sensor[];
extern const struct schema_key schema_digipot[];
extern const struct schema_key schema_adc_scaled[];
extern const struct schema_key schema_board_pins[];
extern const struct schema_key schema_gcode_arcs[];
extern const struct schema_key schema_firmware_retraction[];
extern const struct schema_key schema_idle_timeout[];
extern const struct schema_key schema_force_move[];
extern const struct schema_key schema_pause_resume[];
extern const struct schema_key schema_respond[];
extern const struct schema_key schema_save_variables[];
extern const struct schema_key schema_virtual_sdcard[];
extern const struct schema_key schema_macro[];
extern const struct schema_key schema_delayed_gcode[];
extern const struct schema_key schema_motor[];
extern const struct schema_key schema_supply[];
extern const struct schema_key schema_board[];
extern const struct schema_key schema_clearance[];
extern const struct schema_key schema_keep_out[];
extern const struct schema_key schema_camera[];
extern const struct schema_key schema_lint[];

#endif
