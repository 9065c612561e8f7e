/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How parts of a printer warm up and cool down. */
#include "machine/thermal.h"

#include <math.h>
#include <string.h>

static const struct thermal_body hotend = {16.7, 0.068, 0.029, 40, 4.5};
static const struct thermal_body bed = {550, 0.9, 0, 220, 3};
static const struct thermal_body chamber = {900, 4, 0, 300, 8};

const struct thermal_body *
thermal_body(const char *heater)
{
	if (strncmp(heater, "extruder", 8) == 0)
		return &hotend;
	return strcmp(heater, "heater_bed") == 0 ? &bed : &chamber;
}

void
thermal_step(const struct thermal_body *b, double dt, double power_w,
    double fan, double *block, double *sense)
{
	double loss = b->loss + b->fan_loss * fan;
	double settles = THERMAL_AMBIENT_DEG_C + power_w / loss;
	double before = *block, mean;

	*block = settles + (before - settles) * exp(-dt * loss / b->capacity);
	mean = (before + *block) / 2;
	*sense = mean + (*sense - mean) * exp(-dt / b->lag);
}
