/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The machine as numbers: what a configuration means, checked. */
#ifndef GANTRY_MACHINE_MACHINE_H
#define GANTRY_MACHINE_MACHINE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/diag.h"

/*
 * machine_load() reads printer.conf (libconfig) or a Klipper printer.cfg
 * (told by its first section header), checks it against the schema and
 * builds this tree.  Names, units and meanings are those of Klipper's
 * config reference: mm, mm/s, mm/s2, s, Hz, deg C, ohm.  Everything below is
 * owned by the machine, read-only for its users, freed by machine_free().
 * Absent optional numbers hold their documented default; "absent" itself is
 * kept only where a has_ flag says so.
 */
enum machine_kinematics {
	MACHINE_KIN_NONE,
	MACHINE_KIN_CARTESIAN,
	MACHINE_KIN_COREXY,
	MACHINE_KIN_COREXZ,
	MACHINE_KIN_HYBRID_COREXY,
	MACHINE_KIN_HYBRID_COREXZ,
	MACHINE_KIN_DELTA,	  /* rails A, B, C */
	MACHINE_KIN_DELTESIAN,	  /* rails left, right, Y */
	MACHINE_KIN_ROTARY_DELTA, /* rails A, B, C */
	MACHINE_KIN_POLAR,	  /* rails arm, none, Z; stepper_bed turns */
	MACHINE_KIN_WINCH,	  /* no rails */
	MACHINE_KIN_GENERIC_CARTESIAN, /* carriages */
};

enum {
	MACHINE_X,
	MACHINE_Y,
	MACHINE_Z,
	MACHINE_AXES
};

#define MACHINE_RAIL_STEPPERS 8
#define MACHINE_TERMS	      8
#define MACHINE_TOWERS	      26 /* cables of a winch, a to z */

struct machine_pin {
	char *mcu;  /* "mcu" for the main one; NULL pin name = not configured */
	char *name; /* "PC2", as the board calls it */
	bool invert;
	int pull;	  /* 1 up (^), 0 none, -1 down (~) */
	const char *file; /* where it was configured */
	uint32_t line;
};

struct machine_stepper {
	char *name; /* "stepper_x", "stepper_x1", "extruder" */
	struct machine_pin step, dir, enable; /* enable.name may be NULL */
	double rotation_distance, gear_ratio;
	int microsteps, full_steps_per_rotation;
	double step_distance;	    /* mm per microstep */
	double step_pulse_duration; /* s; default 2e-6 */
	bool radians; /* turns a polar bed or a rotary delta's shoulder: the
		       * step distance is in radians */
	/* generic_cartesian: position = sum of factor * carriage */
	struct {
		int carriage;
		double factor;
	} term[MACHINE_TERMS];
	int n_terms;
};

/* a tower, shoulder or anchor, in the order of the steppers */
struct machine_tower {
	int stepper;
	double arm_length;   /* delta, deltesian */
	double arm_x_length; /* deltesian */
	double angle_deg;    /* delta, rotary delta */
	double upper_arm_length, lower_arm_length;
	double anchor[3]; /* winch */
};

/* a carriage axis X, Y, Z */
struct machine_rail {
	double position_min, position_max, position_endstop;
	double homing_speed, second_homing_speed, homing_retract_speed;
	double homing_retract_dist;
	bool homing_positive_dir;
	struct machine_pin endstop;	    /* of the first stepper */
	int stepper[MACHINE_RAIL_STEPPERS]; /* indices into machine.stepper */
	int n_steppers;
	/* of further ones; name NULL: they stop with the first */
	struct machine_pin own_endstop[MACHINE_RAIL_STEPPERS];
};

/* a carriage of generic_cartesian, or the second one of an axis (IDEX) */
struct machine_carriage {
	char *name;  /* "carriage_x"; "dual_carriage" where it has none */
	int axis;    /* MACHINE_X.. */
	bool dual;   /* the other carriage of its axis */
	int primary; /* index of the carriage it accompanies, -1: its own */
	double safe_distance; /* of dual ones, from the other; 0: any */
	struct machine_rail rail;
};

/* [manual_stepper NAME], [extruder_stepper NAME] */
/* How the pressure in the nozzle answers to the speed of the filament. */
enum machine_advance_law {
	MACHINE_ADVANCE_LINEAR,
	MACHINE_ADVANCE_TANH,
	MACHINE_ADVANCE_RECIPR
};

struct machine_advance {
	enum machine_advance_law law;
	/* of the others: s, mm and mm/s */
	double linear, offset, velocity;
	double time_offset;
	bool shaped; /* in time with the shaped head */
};

struct machine_extra_stepper {
	char *name;
	bool manual;
	int stepper;
	double velocity, accel;		   /* manual */
	double position_min, position_max; /* manual; -+inf: unbounded */
	struct machine_pin endstop;
	char *extruder; /* that it follows; NULL: none */
	double pressure_advance, pressure_advance_smooth_time;
	struct machine_advance advance;
};

enum machine_sensor_kind {
	MACHINE_SENSOR_THERMISTOR, /* Steinhart-Hart */
	MACHINE_SENSOR_PT1000,	   /* direct, with pull-up */
	MACHINE_SENSOR_RESISTANCE, /* points of (deg C, ohm), with pull-up */
	MACHINE_SENSOR_VOLTAGE,	   /* points of (deg C, V) */
	MACHINE_SENSOR_PT100_AMP,  /* PT100 behind an INA826 */
	MACHINE_SENSOR_TYPE_K_AMP, /* thermocouple behind AD595, AD597, AD8495
				    */
	/* chips on SPI: machine_sensor_spi() */
	MACHINE_SENSOR_MAX6675,
	MACHINE_SENSOR_MAX31855,
	MACHINE_SENSOR_MAX31856,
	MACHINE_SENSOR_MAX31865,
	/* not read through the board's ADC or SPI */
	MACHINE_SENSOR_MCU,   /* the chip's own temperature */
	MACHINE_SENSOR_HOST,  /* a file of the host, .path */
	MACHINE_SENSOR_OTHER, /* by another bus: nobody reads it here */
};

struct machine_spi {
	struct machine_pin cs;
	char *bus; /* NULL: by software, on these pins */
	struct machine_pin sclk, mosi, miso;
	int speed_hz; /* 0: the chip's default */
};

struct machine_sensor {
	char *type; /* as configured: "EPCOS 100K B57560G104F" */
	enum machine_sensor_kind kind;
	double a, b, c; /* 1/T = a + b ln R + c (ln R)^3, T in K */
	double pullup_resistor, inline_resistor;
	double adc_voltage, voltage_offset; /* of the kinds that are volts */
	double gain, offset_v; /* TYPE_K_AMP: V = gain (E + offset) */
	double (*point)[2];    /* ascending deg C */
	int n_points;
	double nominal_r, reference_r; /* MAX31865 */
	int wires;
	char *tc_type; /* MAX31856: "K" */
	int averaging;
	bool filter_50_hz;
	struct machine_spi spi;
	char *path;
	struct machine_pin pin;
	double min_temp, max_temp;
	double report_time; /* s between readings */
};

enum machine_control {
	MACHINE_PID,
	MACHINE_WATERMARK
};

struct machine_heater {
	char *name; /* "extruder", "heater_bed", "heater_generic chamber" */
	struct machine_pin pin;
	struct machine_sensor sensor;
	enum machine_control control;
	double pid_kp, pid_ki, pid_kd; /* as configured, on the 0..255 scale */
	double max_delta;	       /* watermark */
	double max_power, pwm_cycle_time, smooth_time;
	double min_extrude_temp; /* extruders; else -inf */
	/* verify_heater */
	double verify_max_error, verify_check_gain_time, verify_hysteresis;
	double verify_heating_gain;
};

enum machine_fan_kind {
	MACHINE_FAN,		 /* [fan]: M106, name "fan" */
	MACHINE_FAN_GENERIC,	 /* SET_FAN_SPEED */
	MACHINE_FAN_HEATER,	 /* on while .heater is above .heater_temp */
	MACHINE_FAN_CONTROLLER,	 /* on while motors or heaters are in use */
	MACHINE_FAN_TEMPERATURE, /* holds a temperature of its own */
};

struct machine_fan {
	char *name; /* "fan", "fan_generic exhaust", "heater_fan nozzle" */
	enum machine_fan_kind kind;
	struct machine_pin pin;
	double max_power, shutdown_speed, cycle_time;
	bool hardware_pwm;
	double kick_start_time, off_below;
	double fan_speed;  /* heater and controller fans */
	double idle_speed; /* controller fan */
	int idle_timeout;  /* controller fan, s */
	int heater;	   /* index of the first one watched, -1 if none */
	double heater_temp;
	uint64_t heaters, steppers; /* all watched, bit = index; steppers 0:
				     * any motor (controller fan) */
	struct machine_pin enable, tachometer;
	int tachometer_ppr;
	double tachometer_poll_interval;
	/* temperature fan */
	struct machine_sensor sensor;
	enum machine_control control;
	double target_temp, min_speed, max_speed, max_delta;
	double pid_kp, pid_ki, pid_kd, pid_deriv_time;
};

/* [output_pin NAME], [pwm_tool NAME], [pwm_cycle_time NAME], and each pin of
 * a [static_digital_output NAME]; value and shutdown_value in units of scale */
struct machine_output {
	char *name; /* "output_pin caselight" */
	struct machine_pin pin;
	bool pwm, hardware_pwm;
	double value, shutdown_value, cycle_time, scale, maximum_mcu_duration;
	bool is_static; /* never changes; also of static_digital_output */
};

struct machine_extruder {
	char *name;  /* "extruder", "extruder1" */
	int stepper; /* index, -1 if none */
	int heater;  /* index */
	double nozzle_diameter, filament_diameter, filament_area;
	double max_extrude_ratio; /* cross-section / filament area */
	double max_extrude_only_velocity, max_extrude_only_accel;
	double max_extrude_only_distance;
	double instantaneous_corner_velocity;
	/* K, s; of laws other than the linear one a factor of the speed, 1 */
	double pressure_advance, pressure_advance_smooth_time;
	struct machine_advance advance;
};

/* [probe], [bltouch], [smart_effector]: a pin that triggers at the bed */
struct machine_probe {
	struct machine_pin pin;	    /* name NULL: there is none */
	struct machine_pin control; /* of a BLTouch; name NULL */
	double offset[3];	    /* from the nozzle; Z: of the nozzle then */
	double speed, lift_speed;
	int samples, retries;
	double retract, tolerance; /* mm: between samples, of them */
	bool median;		   /* else the mean */
	double pin_move_time;	   /* BLTouch, s */
	bool stow_each, touch_mode;
};

struct machine_mcu {
	char *name;   /* "mcu" */
	char *serial; /* device path, or "sim:" */
	uint32_t baud;
	char *restart_method; /* "", "arduino", "command", ... */
	char *canbus_uuid;    /* in place of serial */
	char *canbus_interface;
	double max_step_rate;  /* steps/s, of all motors; 0: not known */
	double max_step_error; /* either way, s; 0: not said */
};

struct machine_temperature_sensor {
	char *name; /* "temperature_sensor chamber" */
	struct machine_sensor sensor;
};

struct machine_motor; /* machine/motor.h */

struct machine {
	struct tree *tree;    /* see machine_tree() */
	char *file;	      /* as opened */
	uint32_t config_hash; /* of the values, not of the layout */
	enum machine_kinematics kinematics;
	double max_velocity, max_accel, minimum_cruise_ratio;
	double square_corner_velocity, max_z_velocity, max_z_accel;
	double max_x_velocity, max_x_accel, max_y_velocity, max_y_accel;
	double max_jerk;     /* mm/s3; 0: none configured */
	double torque_share; /* of the motors, for planning; 0: not looked at */
	struct machine_rail rail[MACHINE_AXES];
	struct machine_tower tower[MACHINE_TOWERS];
	int n_towers;
	double minimum_z_position;
	double delta_radius, print_radius;
	double min_angle_deg, print_width, slow_ratio; /* deltesian */
	double shoulder_radius, shoulder_height;       /* rotary delta */
	double max_angular_velocity; /* polar, rad/s; 0: not limited */
	bool angular_exact;	     /* in moves of any speed */
	int bed_stepper;	     /* polar: index of stepper_bed; else -1 */
	struct machine_carriage *carriage;
	int n_carriages;
	struct machine_extra_stepper *extra;
	int n_extra;
	struct machine_probe probe;
	struct machine_stepper *stepper;
	int n_steppers;
	struct machine_extruder *extruder;
	int n_extruders;
	struct machine_heater *heater;
	int n_heaters;
	struct machine_fan *fan;
	int n_fans;
	struct machine_output *output;
	int n_outputs;
	struct machine_temperature_sensor *sensor;
	int n_sensors;
	struct machine_mcu *mcu;
	int n_mcus;
	/* the electrical side, where the configuration tells it */
	struct machine_motor *motor;
	int n_motors;
	char **macros; /* files named by macros = [...] */
	int n_macros;
	/* [gcode_arcs] */
	double arc_resolution;
	double arc_chord_error;	 /* mm; 0: arc_resolution rules */
	double recover_velocity; /* mm/s, of RESUME's way back */
	/* [firmware_retraction] */
	bool has_firmware_retraction;
	double retract_length, retract_speed;
	double unretract_extra_length, unretract_speed;
	/* [safe_z_home] */
	bool has_safe_z_home;
	double home_xy[2], safe_z_speed, safe_z_hop, safe_z_hop_speed;
	bool safe_z_move_to_previous;
	/* [idle_timeout] */
	double idle_timeout;
	/* [input_shaper], per axis; freq 0 = off */
	struct {
		char *type;
		double freq, damping;
	} shaper[MACHINE_AXES];
	/* on_error = "heaters_off" (default) or "keep_heat" */
	bool keep_heat_on_error;
};

/*
 * The search order of DESIGN.md section 5 when path is NULL: $GANTRY_CONFIG,
 * ./printer.conf, ~/.config/gantry/printer.conf, /etc/gantry/printer.conf.
 * NULL on error, all errors reported.
 */
char *machine_find_config(const char *path, struct diag_sink *);
struct machine *machine_load(const char *path, struct diag_sink *);
const char *machine_kinematics_name(enum machine_kinematics);
/* The pin behind a rail's endstop_pin: the probe's if that is what it says. */
const struct machine_pin *machine_endstop(
    const struct machine *, const struct machine_rail *);
void machine_free(struct machine *);

/*
 * All the rest of the configuration, by Klipper's names: section
 * ("bed_mesh", "tmc5160 stepper_x"), key, typed value, place, whether it was
 * given or is a default.  machine/tree.h has the look-ups.
 */
struct tree;
const struct tree *machine_tree(const struct machine *);
struct tree_value;
/* "printer.max_accel", "fan_generic exhaust.pin" or, as printer.conf nests
 * them, "fan_generic.exhaust.pin"; NULL if there is no such value. */
const struct tree_value *machine_get(const struct machine *, const char *path);

/* Lookups by configured name ("extruder", "heater_bed", "fan"); -1 if none.
 * A heater_generic or fan_generic is also found by its bare name. */
int machine_heater_index(const struct machine *, const char *name);
int machine_fan_index(const struct machine *, const char *name);
int machine_output_index(const struct machine *, const char *name);
/* The rail (MACHINE_X ...) that a stepper moves; -1: none. */
int machine_rail_index(const struct machine *, int stepper);

/* A sensor's law: deg C from the ratio of ADC reading to full scale (0..1),
 * and back.  Used by host and by the simulator's set-up. */
double machine_sensor_temperature(const struct machine_sensor *, double ratio);
double machine_sensor_ratio(const struct machine_sensor *, double deg_c);
/* A chip on SPI: deg C from what thermocouple_result brings; NaN and *fault
 * (a sentence, or NULL) when the chip reports one. */
double machine_sensor_spi(const struct machine_sensor *, uint32_t value,
    uint8_t fault_bits, const char **fault);

#endif
