/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A machine made by hand, for tests of what comes after its configuration. */
#ifndef GANTRY_TESTS_GCODE_MACHINE_H
#define GANTRY_TESTS_GCODE_MACHINE_H

#include "machine/machine.h"

/*
 * Cartesian, 235 x 235 x 250 mm, homing to 0; 300 mm/s, 3000 mm/s2, Z 5 mm/s
 * and 100 mm/s2; nozzle 0.4, filament 1.75; heaters "extruder" (0..275, melts
 * at 170) and "heater_bed" (0..110), fan "fan", pin "caselight" (PWM).
 * Owned by the test; change what the case needs, then use it.
 */
struct machine *test_machine(void);
void test_machine_free(struct machine *);

#endif
