/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a machine waits for: heat and end stops. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "machine/print_time.h"
#include "machine/thermal.h"
#include "tests/unit/gcode-machine.h"
#include "tests/unit/tap.h"

static struct machine *machine;

static void
add(struct print_time *p, enum plan_type type, const char *name, double a,
    double b)
{
	struct plan_record rec = {.type = type};

	if (type == PLAN_HEATER) {
		snprintf(rec.u.heater.name, 64, "%s", name);
		rec.u.heater.target = a;
	} else if (type == PLAN_HEATER_WAIT) {
		snprintf(rec.u.wait.name, 64, "%s", name);
		rec.u.wait.min = a;
		rec.u.wait.max = b;
	} else if (type == PLAN_DWELL) {
		rec.t = a;
		rec.u.dwell.duration = b;
	}
	print_time_add(p, &rec);
}

static void
test_heat(void)
{
	const struct thermal_body *b = thermal_body("extruder");
	double settles = 22 + b->power / b->loss, tau = b->capacity / b->loss;
	double alone = -tau * log((settles - 150) / (settles - 22));
	struct print_time p;

	print_time_init(&p, machine);
	add(&p, PLAN_HEATER, "extruder", 250, 0);
	add(&p, PLAN_HEATER_WAIT, "extruder", 150, HUGE_VAL);
	ok(p.heating > alone && p.heating < alone + b->lag + 3,
	    "a hot-end at full power: %.1f s, its block alone %.1f s",
	    p.heating, alone);
	add(&p, PLAN_HEATER, "extruder", 0, 0);
	add(&p, PLAN_BARRIER, NULL, 0, 0);
	add(&p, PLAN_DWELL, NULL, 0, 3600);
	add(&p, PLAN_BARRIER, NULL, 0, 0);
	is_near(p.motion, 3600, 1e-9, "an hour later");
	add(&p, PLAN_HEATER_WAIT, "extruder", -HUGE_VAL, 23);
	ok(p.heating < alone + b->lag + 5, "it is as cold as the room");
	print_time_release(&p);
}

static void
test_on_the_way(void)
{
	const struct thermal_body *b = thermal_body("extruder");
	double hot = 22 + 20 / b->loss, tau = b->capacity / b->loss;
	struct print_time_warmth w;
	struct print_time p;

	print_time_init(&p, machine);
	print_time_power(&p, 0, 20);
	is_near(print_time_reaches(&p, 0), hot, 1e-9, "what 20 W hold");
	add(&p, PLAN_HEATER, "extruder", 250, 0);
	print_time_follow(&p, 30);
	print_time_heater(&p, 0, &w);
	is_near(w.temperature, hot + (22 - hot) * exp(-(30 - b->lag) / tau), 5,
	    "half a minute later");
	ok(isinf(w.warm_since) && !w.trouble && w.at_limit,
	    "too cold to extrude, and it gives what it has");
	print_time_follow(&p, 200);
	print_time_heater(&p, 0, &w);
	ok(w.warm_since > 172 && w.warm_since < 190,
	    "later one could extrude: since %.0f s", w.warm_since);
	print_time_load(&p, 0, 8);
	print_time_follow(&p, 2000);
	print_time_heater(&p, 0, &w);
	is_near(w.temperature, 22 + 12 / b->loss, 1, "melting cools it");
	ok(w.trouble != NULL, "so that verify_heater stops the machine");
	add(&p, PLAN_DWELL, NULL, 2000, 1e9);
	add(&p, PLAN_BARRIER, NULL, 0, 0);
	is_near(print_time_total(&p), 1e9 + 2000, 1, "thirty years later");
	print_time_release(&p);
}

static void
test_never(void)
{
	struct print_time p;

	print_time_init(&p, machine);
	add(&p, PLAN_HEATER_WAIT, "extruder", 150, HUGE_VAL);
	ok(p.heating > 7000 && p.heating < 7300,
	    "what never becomes warm is given up after two hours");
	print_time_release(&p);
}

static void
test_homing(void)
{
	struct plan_record rec = {.type = PLAN_HOME};
	struct print_time p;
	double first;

	for (int i = 0; i < 3; i++) {
		machine->rail[i].homing_speed = 50;
		machine->rail[i].homing_retract_speed = 50;
		machine->rail[i].second_homing_speed = 25;
		machine->rail[i].homing_retract_dist = 5;
	}
	print_time_init(&p, machine);
	rec.u.home.axes = PLAN_X;
	print_time_add(&p, &rec);
	/* 82.25 mm at 50, back 5, again 5 at 25; ramps at 3000 mm/s2 */
	first = 82.25 / 50 + 50.0 / 6000 + 5.0 / 50 + 50.0 / 3000 + 5.0 / 25 +
		25.0 / 6000 + 3 * 0.25 + 2 * 0.002;
	is_near(p.homing, first, 1e-9, "two passes and the way back");
	print_time_add(&p, &rec);
	is_near(p.homing, 2 * first - 82.25 / 50 - 50.0 / 6000, 1e-9,
	    "from the end stop there is no way to the first");
	is_near(print_time_total(&p), p.homing, 1e-9, "it is all there is");
	print_time_release(&p);
}

static void
test_probing(void)
{
	static char pin_name[] = "PB0";
	struct plan_record home = {.type = PLAN_HOME, .u.home.axes = PLAN_Z};
	struct plan_record move = {
	    .type = PLAN_MOVE, .u.move = {.dir = {0, 0, 1}, .distance = 5}};
	struct plan_record rec = {.type = PLAN_PROBE,
	    .u.probe = {
		.samples = 2, .retract = 2, .speed = 4, .lift_speed = 5}};
	double ramp = 4.0 / 100 / 2, hill = 5.0 / 100, down, up;
	struct print_time p;

	machine->probe.offset[2] = 1;
	print_time_init(&p, machine);
	print_time_add(&p, &home);
	print_time_add(&p, &move);
	print_time_add(&p, &rec);
	/* from 5 to 1 mm at 4 mm/s, up by 2 at 5, down again, up by 4; ramps
	 * at 100 mm/s2, START 0.25 s each, ARM 2 ms */
	down = 4 / 4. + ramp + 2 / 4. + ramp;
	up = 2 / 5. + hill + 4 / 5. + hill;
	is_near(p.probing, down + up + 4 * 0.25 + 2 * 0.002, 1e-9,
	    "two samples, and the way between and back");
	down = p.probing;
	machine->probe.control.name = pin_name;
	machine->probe.pin_move_time = 0.68;
	machine->probe.stow_each = true;
	print_time_add(&p, &rec);
	is_near(p.probing - down, down + 4 * 0.78, 1e-9,
	    "a BLTouch puts its pin out and in each time");
	machine->probe.control.name = NULL;
	print_time_release(&p);
}

int
main(void)
{
	machine = test_machine();
	for (int i = 0; i < machine->n_heaters; i++) {
		machine->heater[i].control = MACHINE_PID;
		machine->heater[i].pid_kp = 21.5;
		machine->heater[i].pid_ki = 1.06;
		machine->heater[i].pid_kd = 109;
		machine->heater[i].max_power = 1;
		machine->heater[i].smooth_time = 1;
		machine->heater[i].sensor.kind = MACHINE_SENSOR_HOST;
	}
	test_heat();
	test_on_the_way();
	test_never();
	test_homing();
	test_probing();
	test_machine_free(machine);
	return done_testing();
}
