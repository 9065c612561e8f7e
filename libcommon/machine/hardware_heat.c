/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Checks: sensors, pull-ups, limits, speeds of lines. */
#include <string.h>

#include "machine/hardware.h"

#define M8P_PT1000_PULLUP 2195

static void
check_sensor(struct hardware *c, const struct tree_section *s,
    const struct machine_sensor *sensor)
{
	bool platinum = sensor->kind == MACHINE_SENSOR_PT1000;
	bool ntc = sensor->kind == MACHINE_SENSOR_THERMISTOR;
	double pullup = sensor->pullup_resistor;

	if (c->m8p && platinum && pullup > 4000)
		hardware_finding(c, DIAG_ERROR, s, "pullup_resistor",
		    "hw-pullup",
		    "'%s': with the PT1000 jumper this board has a pull-up of "
		    "%d ohm, not %g",
		    s->name, M8P_PT1000_PULLUP, pullup);
	if (c->m8p && ntc && pullup < 3000)
		hardware_finding(c, DIAG_ERROR, s, "pullup_resistor",
		    "hw-pullup",
		    "'%s': without the PT1000 jumper this board has a pull-up "
		    "of 4700 ohm, not %g",
		    s->name, pullup);
	if (ntc && sensor->max_temp > 300 && sensor->max_temp < 1000)
		if (strncmp(sensor->type, "EPCOS", 5) == 0 ||
		    strncmp(sensor->type, "Generic", 7) == 0)
			hardware_finding(c, DIAG_ERROR, s, "max_temp",
			    "hw-max-temp",
			    "'%s': 'max_temp' is %g deg C, a %s is good to "
			    "300 deg C",
			    s->name, sensor->max_temp, sensor->type);
}

void
hardware_heat(struct hardware *c)
{
	for (int i = 0; i < c->m->n_heaters; i++) {
		const struct machine_heater *h = &c->m->heater[i];
		const struct tree_section *s = tree_section(c->t, h->name);

		check_sensor(c, s, &h->sensor);
		if (strcmp(h->name, "heater_bed") == 0 &&
		    h->sensor.max_temp > 130)
			hardware_finding(c, DIAG_WARNING, s, "max_temp",
			    "hw-max-temp",
			    "the bed's 'max_temp' is %g deg C, beds are good "
			    "to 130 deg C",
			    h->sensor.max_temp);
	}
	for (int i = 0; i < c->m->n_sensors; i++)
		check_sensor(c, tree_section(c->t, c->m->sensor[i].name),
		    &c->m->sensor[i].sensor);
	for (int i = 0; c->avr && i < c->m->n_mcus; i++)
		if (c->m->mcu[i].baud == 230400 || c->m->mcu[i].baud == 115200)
			hardware_finding(c, DIAG_WARNING,
			    tree_section(c->t, "mcu"), "baud", "hw-baud",
			    "a 16 MHz AVR makes %u baud with an error of %s; "
			    "250000 is exact",
			    (unsigned)c->m->mcu[i].baud,
			    c->m->mcu[i].baud == 115200 ? "2.1 %" : "3.5 %");
}
