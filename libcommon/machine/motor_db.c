/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Motors and drivers by name. */
#include <string.h>
#include <strings.h>

#include "base/diag.h"
#include "machine/motor.h"

/* Figures of public tables; inertia where it is not given is that of other
 * motors of the same length. */
const struct motor_model motor_models[] = {
    {"Creality 42-34", 200, 6, 8.8, .28, .84, 35, "Ender stock X and Z"},
    {"Creality 42-40", 200, 3.9, 8.9, .42, 1, 54, "Ender stock Y and E"},
    {"Creality 42-48", 200, 5, 11, .57, 1, 75, "strong but slow"},
    {"Creality 42-60", 200, 1.2, 3.4, .76, 2, 102, "Ender 7 X and Y"},
    {"JK42HS34-0844", 200, 6, 8.8, .28, .84, 35, "Creality 42-34"},
    {"JK42HS40-1004", 200, 3.9, 8.9, .42, 1, 54, "Creality 42-40"},
    {"Moons C17HD2024N-01N", 200, 4.1, 8.5, .39, 1, 54, "many 42-40"},
    {"StepperOnline 17HS15-1504S", 200, 2.3, 4.4, .45, 1.5, 54, "40 mm"},
    {"StepperOnline 17HS16-2004S1", 200, 1.1, 2.6, .45, 2, 54, "40 mm"},
    {"StepperOnline 17HS19-2004S1", 200, 1.4, 3, .59, 2, 82, "48 mm"},
    {"StepperOnline 17HS19-2504S-H", 200, 1.1, 1.6, .55, 2.5, 82, "hot"},
    {"StepperOnline 17HS24-2104S", 200, 1.6, 3, .65, 2.1, 148, "60 mm"},
    {"StepperOnline 17HM19-2004S", 400, 1.45, 4, .46, 2, 82, "0.9 deg"},
    {"LDO 42STH40-1684AC", 200, 1.65, 3.6, .45, 1.68, 54, "40 mm"},
    {"LDO 42STH40-2004MAH", 400, 1.1, 2.8, .35, 2, 71, "0.9 deg"},
    {"LDO 42STH48-2004AC", 200, 1.6, 3, .59, 2, 85, "48 mm"},
    {"LDO 42STH48-2004MAH", 400, 1.4, 2, .44, 2, 68, "0.9 deg"},
    {"LDO 42STH48-2504AC", 200, 1.2, 1.5, .55, 2.5, 84.5, "for 48 V"},
    {"LDO 42STH48-2504AH", 200, 1.2, 1.5, .55, 2.5, 84.5, "for 48 V"},
    {"LDO 42STH48-2504MAC", 400, 1.2, 1.5, .45, 2.5, 85, "0.9 deg"},
    {"LDO 42STH48-2804AC", 200, .7, .6, .42, 2.8, 84.5, "low inductance"},
    {"LDO 42STH48-2804AH", 200, .7, .6, .42, 2.8, 84.5, "low inductance"},
    {"LDO 42STH60-2004AC", 200, 2.1, 4.1, .85, 2, 102, "60 mm"},
    {"LDO 42STH60-3004AC", 200, 1.1, 2.3, .9, 3, 102, "60 mm"},
    {"Moons MS17HD2P4150", 200, 1.98, 4.3, .5, 1.5, 54, "40 mm"},
    {"Moons MS17HD6P4200", 200, 1.3, 2.9, .63, 2, 82, "48 mm"},
    {"Moons MS17HDBP4200", 200, 1.49, 3.8, .83, 2, 123, "63 mm"},
    {"Moons MS17HA2P4200", 400, 1.05, 2.8, .39, 2, 57, "0.9 deg"},
    {"Wantai 42BYGHW811", 200, 1.25, 1.8, .48, 2.5, 68, "48 mm"},
    {"Wantai 42BYGHW609", 200, 2, 2.8, .4, 1.7, 54, "40 mm"},
    {"Usongshine 17HS4401", 200, 1.5, 2.8, .4, 1.7, 54, "many clones"},
    {"Hanpose 17HS8401", 200, 1.8, 3.2, .52, 1.8, 68, "48 mm"},
    {"Longs 17HS5425", 200, 1, 1.75, .6, 2.5, 68, "48 mm"},
    {"Leadshine 42CM06", 200, .9, 1.6, .6, 2.5, 72, "47 mm"},
    {"KeliMotor BJ42D41-14V19", 200, 1.1, 2.8, .65, 2, 128, "60 mm"},
    {NULL, 0, 0, 0, 0, 0, 0, NULL},
};

const struct motor_model *
motor_find(const char *name)
{
	for (const struct motor_model *m = motor_models; m->name; m++)
		if (strcasecmp(m->name, name) == 0)
			return m;
	return NULL;
}

const char *
motor_nearest(const char *name)
{
	const char *names[sizeof(motor_models) / sizeof(motor_models[0])];
	int n = 0;

	for (const struct motor_model *m = motor_models; m->name; m++)
		names[n++] = m->name;
	return diag_nearest(name, names, n);
}

/* Modules before the bare chips.  A chip by itself is taken for the module
 * that is sold with it; a TMC5160 without "Pro" stands 24 V. */
const struct driver_model driver_models[] = {
    {"TMC5160T Pro", 50, 3.0, {.075, 0}, 's', 100e-9},
    {"TMC5160T Plus", 50, 10.6, {.022, 0}, 's', 100e-9},
    {"TMC5160T", 24, 3.0, {.075, 0}, 's', 100e-9},
    {"EZ5160 Pro", 48, 3.0, {.075, 0}, 's', 100e-9},
    {"EZ5160 RGB", 48, 4.7, {.05, 0}, 's', 100e-9},
    {"Kraken S1-S4", 50, 8, {.022, 0}, 's', 100e-9},
    {"Kraken S5-S8", 50, 3, {.075, 0}, 's', 100e-9},
    {"A4988", 35, 1.0, {0}, '-', 1e-6},
    {"HR4988", 35, 1.0, {0}, '-', 1e-6},
    {"DRV8825", 45, 1.5, {0}, '-', 1.9e-6},
    {"TMC2100", 46, 1.2, {0}, '-', 100e-9},
    {"TMC2130", 46, 1.2, {.11, 0}, 's', 100e-9},
    {"TMC2208", 36, 1.4, {.11, 0}, 'u', 100e-9},
    {"TMC2225", 36, 1.4, {.11, 0}, 'u', 100e-9},
    {"TMC2209", 29, 2.0, {.11, 0}, 'u', 100e-9},
    {"TMC2226", 29, 2.0, {.11, .17, 0}, 'u', 100e-9},
    {"TMC2240", 36, 2.1, {0}, 's', 100e-9},
    {"TMC2660", 30, 2.8, {.051, .1, 0}, 's', 100e-9},
    {"TMC5160", 24, 3.0, {.075, .022, .05}, 's', 100e-9},
    {NULL, 0, 0, {0}, 0, 0},
};

const struct driver_model *
driver_find(const char *module, const char *chip)
{
	const char *name = module ? module : chip;

	if (!name)
		return NULL;
	for (const struct driver_model *d = driver_models; d->name; d++)
		if (strcasecmp(d->name, name) == 0)
			return d;
	return module ? driver_find(NULL, chip) : NULL;
}
