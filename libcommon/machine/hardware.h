/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The electrical side of a machine: is it one that can work? */
#ifndef GANTRY_MACHINE_HARDWARE_H
#define GANTRY_MACHINE_HARDWARE_H

#include "machine/machine.h"
#include "machine/motor.h"
#include "machine/tree.h"

/*
 * Supplies, drivers, motors, heaters and pins, as far as the configuration
 * tells of them.  Findings go to the sink with the place of the key that they
 * are about; their slugs begin with "hw-" (printerconf(1) explains them).
 */
void hardware_check(const struct machine *, struct diag_sink *);

/* --- the parts, each in the file hardware_*.c of its kind --------------- */
struct hardware {
	const struct machine *m;
	const struct tree *t;
	struct diag_sink *sink;
	bool m8p; /* the board is a Manta M8P V2 */
	bool avr; /* ... or has an AVR */
};

/* A finding at a key of a section (NULL: of the file). */
void hardware_finding(struct hardware *, enum diag_level,
    const struct tree_section *, const char *key, const char *slug,
    const char *fmt, ...) __attribute__((format(printf, 6, 7)));

/* What an axis asks of a motor: mm/s and mm/s2 of the motor's own travel, and
 * the mass it moves by itself.  key names the limit in [printer]. */
struct motor_load {
	double speed, accel,
	    per_axis; /* accel of the axis = accel / per_axis */
	struct torque_axis axis;
	const char *speed_key, *accel_key;
};
bool motor_load(
    const struct machine *, const struct machine_motor *, struct motor_load *);

void hardware_motors(struct hardware *);
void hardware_drivers(struct hardware *);
void hardware_supplies(struct hardware *);
void hardware_pins(struct hardware *);
void hardware_heat(struct hardware *);

#endif
