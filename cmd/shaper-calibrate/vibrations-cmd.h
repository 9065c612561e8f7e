/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The arithmetic of a speed scan, for the command that reads one. */
#ifndef GANTRY_SHAPER_VIBRATIONS_CMD_H
#define GANTRY_SHAPER_VIBRATIONS_CMD_H

#include "vibrations.h"

/* The integral of the summed density up to 1000 Hz, (mm/s2)^2. */
double scan_energy(const struct spectrum *);
/* From corexy, speed, angle, energy and motor to everything else; at least
 * two speeds. */
void scan_evaluate(struct scan *);

#endif
