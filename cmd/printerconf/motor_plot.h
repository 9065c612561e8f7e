/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Torque against speed as a picture. */
#ifndef GANTRY_PRINTERCONF_MOTOR_PLOT_H
#define GANTRY_PRINTERCONF_MOTOR_PLOT_H

#include <stdbool.h>

#include "base/buf.h"
#include "machine/motor.h"

/* One panel a motor: bands between the bounds on 24 V and on 48 V.  -1 when
 * the ending of the file's name asks for something that is not made. */
int motor_plot(const char *path, const struct machine_motor *const *motors,
    int n, struct buf *out);
bool motor_plot_has_png(void);

#endif
