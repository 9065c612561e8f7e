/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Look-ups by configured name, and what a stepper belongs to. */
#include <string.h>

#include "machine/machine.h"

/* "fan_generic exhaust" is called that, or "exhaust" */
static bool
is_called(const char *full, const char *name)
{
	const char *blank = strchr(full, ' ');

	return strcmp(full, name) == 0 ||
	       (blank && strcmp(blank + 1, name) == 0);
}

int
machine_heater_index(const struct machine *m, const char *name)
{
	for (int i = 0; i < m->n_heaters; i++)
		if (is_called(m->heater[i].name, name))
			return i;
	return -1;
}

int
machine_fan_index(const struct machine *m, const char *name)
{
	for (int i = 0; i < m->n_fans; i++)
		if (is_called(m->fan[i].name, name))
			return i;
	return -1;
}

int
machine_output_index(const struct machine *m, const char *name)
{
	for (int i = 0; i < m->n_outputs; i++)
		if (is_called(m->output[i].name, name))
			return i;
	return -1;
}

int
machine_rail_index(const struct machine *m, int stepper)
{
	for (int i = 0; i < MACHINE_AXES; i++)
		for (int k = 0; k < m->rail[i].n_steppers; k++)
			if (m->rail[i].stepper[k] == stepper)
				return i;
	return -1;
}
