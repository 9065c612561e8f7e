/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What printerconf check looks at, in groups. */
#ifndef GANTRY_PRINTERCONF_CHECK_H
#define GANTRY_PRINTERCONF_CHECK_H

#include "machine/machine.h"
#include "machine/motor.h"
#include "machine/tree.h"

struct check {
	const struct machine *m;
	const struct tree *t;
	struct diag_sink *sink;
	bool m8p; /* the board is a Manta M8P V2 */
	bool avr; /* ... or has an AVR */
};

/* A finding at a key of a section (NULL: of the file). */
void finding(struct check *, enum diag_level, const struct tree_section *,
    const char *key, const char *slug, const char *fmt, ...)
    __attribute__((format(printf, 6, 7)));

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

void check_motors(struct check *);
void check_drivers(struct check *);
void check_supplies(struct check *);
void check_pins(struct check *);
void check_heat(struct check *);

#endif
