/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A machine made by hand. */
#include "tests/unit/gcode-machine.h"

#include <math.h>
#include <stdlib.h>

#include "base/num.h"
#include "base/xalloc.h"

static void
add_extruder(struct machine *m)
{
	struct machine_extruder *e;
	double section;

	m->n_extruders = 1;
	m->extruder = xcalloc(1, sizeof(*m->extruder));
	e = m->extruder;
	e->name = xstrdup("extruder");
	e->stepper = -1;
	e->heater = 0;
	e->nozzle_diameter = 0.4;
	e->filament_diameter = 1.75;
	e->filament_area = NUM_PI * 1.75 * 1.75 / 4;
	section = 4 * 0.4 * 0.4;
	e->max_extrude_ratio = section / e->filament_area;
	e->max_extrude_only_velocity = 300 * section / e->filament_area;
	e->max_extrude_only_accel = 3000 * section / e->filament_area;
	e->max_extrude_only_distance = 50;
	e->instantaneous_corner_velocity = 1;
	e->pressure_advance_smooth_time = 0.04;
}

static void
add_heaters(struct machine *m)
{
	m->n_heaters = 2;
	m->heater = xcalloc(2, sizeof(*m->heater));
	m->heater[0].name = xstrdup("extruder");
	m->heater[0].min_extrude_temp = 170;
	m->heater[0].sensor.max_temp = 275;
	m->heater[1].name = xstrdup("heater_bed");
	m->heater[1].min_extrude_temp = -HUGE_VAL;
	m->heater[1].sensor.max_temp = 110;
}

struct machine *
test_machine(void)
{
	struct machine *m = xcalloc(1, sizeof(*m));
	static const double size[3] = {235, 235, 250};

	m->kinematics = MACHINE_KIN_CARTESIAN;
	m->max_velocity = 300;
	m->max_accel = 3000;
	m->minimum_cruise_ratio = 0.5;
	m->square_corner_velocity = 5;
	m->max_z_velocity = 5;
	m->max_z_accel = 100;
	m->arc_resolution = 1;
	m->retract_speed = 20;
	m->unretract_speed = 10;
	for (int i = 0; i < 3; i++)
		m->rail[i].position_max = size[i];
	add_extruder(m);
	add_heaters(m);
	m->n_fans = 1;
	m->fan = xcalloc(1, sizeof(*m->fan));
	m->fan[0].name = xstrdup("fan");
	m->fan[0].max_power = 1;
	m->n_outputs = 1;
	m->output = xcalloc(1, sizeof(*m->output));
	m->output[0].name = xstrdup("output_pin caselight");
	m->output[0].pwm = true;
	m->output[0].scale = 1;
	return m;
}

void
test_machine_free(struct machine *m)
{
	free(m->extruder[0].name);
	free(m->extruder);
	for (int i = 0; i < m->n_heaters; i++)
		free(m->heater[i].name);
	free(m->heater);
	free(m->fan[0].name);
	free(m->fan);
	free(m->output[0].name);
	free(m->output);
	free(m);
}
