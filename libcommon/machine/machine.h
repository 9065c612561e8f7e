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
};

enum {
	MACHINE_X,
	MACHINE_Y,
	MACHINE_Z,
	MACHINE_AXES
};

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
};

/* a carriage axis X, Y, Z */
struct machine_rail {
	double position_min, position_max, position_endstop;
	double homing_speed, second_homing_speed, homing_retract_speed;
	double homing_retract_dist;
	bool homing_positive_dir;
	struct machine_pin endstop; /* of the first stepper */
	int stepper[4];		    /* indices into machine.stepper */
	int n_steppers;
};

enum machine_sensor_kind {
	MACHINE_SENSOR_THERMISTOR, /* Steinhart-Hart */
	MACHINE_SENSOR_PT1000,	   /* direct, with pull-up */
};

struct machine_sensor {
	char *type; /* as configured: "EPCOS 100K B57560G104F" */
	enum machine_sensor_kind kind;
	double a, b, c; /* 1/T = a + b ln R + c (ln R)^3, T in K */
	double pullup_resistor, inline_resistor;
	struct machine_pin pin;
	double min_temp, max_temp;
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
	MACHINE_FAN,		/* [fan]: M106, name "fan" */
	MACHINE_FAN_GENERIC,	/* SET_FAN_SPEED */
	MACHINE_FAN_HEATER,	/* on while .heater is above .heater_temp */
	MACHINE_FAN_CONTROLLER, /* on while motors or heaters are in use */
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
	int heater;	   /* index, -1 if none */
	double heater_temp;
};

struct machine_output { /* [output_pin name] */
	char *name;	/* "output_pin caselight" */
	struct machine_pin pin;
	bool pwm, hardware_pwm;
	double value, shutdown_value, cycle_time, scale, maximum_mcu_duration;
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
	double pressure_advance, pressure_advance_smooth_time;
};

struct machine_mcu {
	char *name;   /* "mcu" */
	char *serial; /* device path, or "sim:" */
	uint32_t baud;
	char *restart_method; /* "", "arduino", "command", ... */
};

struct machine_temperature_sensor {
	char *name; /* "temperature_sensor chamber" */
	struct machine_sensor sensor;
};

struct machine {
	char *file;	      /* as opened */
	uint32_t config_hash; /* of the values, not of the layout */
	enum machine_kinematics kinematics;
	double max_velocity, max_accel, minimum_cruise_ratio;
	double square_corner_velocity, max_z_velocity, max_z_accel;
	struct machine_rail rail[MACHINE_AXES];
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
	char **macros; /* files named by macros = [...] */
	int n_macros;
	/* [gcode_arcs] */
	double arc_resolution;
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
void machine_free(struct machine *);

/* Lookups by configured name ("extruder", "heater_bed", "fan"); -1 if none.
 * A heater_generic or fan_generic is also found by its bare name. */
int machine_heater_index(const struct machine *, const char *name);
int machine_fan_index(const struct machine *, const char *name);
int machine_output_index(const struct machine *, const char *name);

/* A sensor's law: deg C from the ratio of ADC reading to full scale (0..1),
 * and back.  Used by host and by the simulator's set-up. */
double machine_sensor_temperature(const struct machine_sensor *, double ratio);
double machine_sensor_ratio(const struct machine_sensor *, double deg_c);

#endif
