/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The electrical side of a machine: motors, drivers, supplies. */
#ifndef GANTRY_MACHINE_MOTOR_H
#define GANTRY_MACHINE_MOTOR_H

#include "machine/machine.h"
#include "motion/torque.h"

/*
 * Motors that are known by name: third-party figures, so whatever the
 * configuration says itself wins.  inertia in g cm2, inductance in mH.
 */
struct motor_model {
	const char *name;
	int full_steps;
	double resistance, inductance, holding_torque, rated_current, inertia;
	const char *note;
};
extern const struct motor_model motor_models[]; /* ends with a NULL name */
const struct motor_model *motor_find(const char *name); /* or NULL */
const char *motor_nearest(const char *name);

/* What drivers stand.  bus: 'u' UART, 's' SPI, '-' none. */
struct driver_model {
	const char *name;
	double max_voltage;
	double max_current;	  /* A RMS, practical */
	double sense_resistor[3]; /* ohm, of the modules sold; 0 ends */
	char bus;
	double min_pulse; /* s */
};
extern const struct driver_model driver_models[];
/* module: "TMC5160T Pro"; then the chip: "tmc5160".  NULL if unknown. */
const struct driver_model *driver_find(const char *module, const char *chip);

/*
 * One for each configured stepper that [motor NAME] (or that of its axis)
 * describes.  has_motor: all that the torque model needs is there;
 * voltage > 0: the rail is known, drive.voltage is what is left of it.
 */
struct machine_motor {
	int stepper;
	const char *name; /* of the stepper */
	bool has_motor, has_axis;
	bool pushes; /* filament */
	struct torque_motor motor;
	struct torque_drive drive;
	struct torque_axis axis;
	double own;	/* kg, or kg mm2 where it turns, of this motor alone */
	double voltage; /* V of the rail, 0 unknown */
	const char *rail;  /* name in the group supply, or NULL */
	int count;	   /* motors on the driver */
	const char *model; /* as configured, or NULL */
	const char *chip;  /* "tmc5160", or as the motor's driver key says */
	const struct driver_model *driver; /* NULL: unknown */
	double sense_resistor;		   /* ohm, 0: none configured */
};

/* Lost in FETs, sense resistors and cable. */
#define MOTOR_VOLTS_LOST 1.0

#endif
