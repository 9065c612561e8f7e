/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as a plan, carried out without a board. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cmd/stepstream/session.h"
#include "tests/fuzz/fuzz.h"

/* A machine of two axes, two carriages, an extruder, a heater, a fan, a probe
 * and motors beside them. */

static char mcu_name[] = "mcu";
static char names[][24] = {"stepper_x", "stepper_z", "extruder",
    "dual_carriage", "manual_stepper door", "extruder_stepper belt", "fan"};
#define N_STEPPERS 6
static char pins[][8] = {"PA0", "PA1", "PA2", "PA3", "PA4", "PA5", "PA6", "PA7",
    "PB0", "PB1", "PB2", "PB3", "PB4", "PB5", "PB6", "PB7", "PC0", "PC1", "PC2",
    "PC3", "PC4", "PC5", "PC6"};

static struct machine_pin
pin(int i)
{
	return (struct machine_pin){.mcu = mcu_name, .name = pins[i]};
}

static struct machine_stepper steppers[N_STEPPERS];
static struct machine_carriage carriage;
static struct machine_extra_stepper extra[2];
static struct machine_extruder extruder;
static struct machine_heater heater;
static struct machine_fan fan;
static struct machine_mcu board;
static struct machine machine;

static void
make_machine(void)
{
	static const double step_mm[N_STEPPERS] = {1, 0.5, 1, 1, 0.5, 1};

	for (int i = 0; i < N_STEPPERS; i++) {
		steppers[i].name = names[i];
		steppers[i].step = pin(3 * i);
		steppers[i].dir = pin(3 * i + 1);
		steppers[i].step_distance = step_mm[i];
		steppers[i].step_pulse_duration = 2e-6;
		steppers[i].rotation_distance = 40;
	}
	machine.stepper = steppers;
	machine.n_steppers = N_STEPPERS;
	machine.kinematics = MACHINE_KIN_CARTESIAN;
	machine.max_velocity = 300;
	machine.max_accel = 3000;
	machine.max_z_velocity = 50;
	machine.max_z_accel = 100;
	for (int i = 0; i < 2; i++) {
		struct machine_rail *r = &machine.rail[2 * i];

		r->position_max = 20;
		r->homing_speed = r->second_homing_speed =
		    r->homing_retract_speed = 50;
		r->homing_retract_dist = 2;
		r->endstop = pin(3 * i + 2);
		r->stepper[0] = i;
		r->n_steppers = 1;
	}
	carriage.name = names[3];
	carriage.dual = true;
	carriage.primary = -1;
	carriage.rail = machine.rail[0];
	carriage.rail.endstop = pin(11);
	carriage.rail.stepper[0] = 3;
	machine.carriage = &carriage;
	machine.n_carriages = 1;
	extra[0].name = names[4] + 15;
	extra[0].manual = true;
	extra[0].stepper = 4;
	extra[0].endstop = pin(14);
	extra[1].name = names[5] + 17;
	extra[1].stepper = 5;
	extra[1].extruder = names[2];
	machine.extra = extra;
	machine.n_extra = 2;
	machine.probe.pin = pin(18);
	extruder.name = names[2];
	extruder.stepper = 2;
	machine.extruder = &extruder;
	machine.n_extruders = 1;
	heater.name = names[2];
	heater.pin = pin(19);
	heater.sensor.pin = pin(20);
	heater.sensor.a = 7.221363e-4;
	heater.sensor.b = 2.167666e-4;
	heater.sensor.c = 8.92936e-8;
	heater.sensor.pullup_resistor = 4700;
	heater.sensor.max_temp = 250;
	heater.max_power = 1;
	heater.pwm_cycle_time = 0.1;
	heater.smooth_time = 1;
	machine.heater = &heater;
	machine.n_heaters = 1;
	fan.name = names[6];
	fan.pin = pin(21);
	fan.max_power = 1;
	fan.cycle_time = 0.01;
	fan.heater = -1;
	machine.fan = &fan;
	machine.n_fans = 1;
	board.name = mcu_name;
	machine.mcu = &board;
	machine.n_mcus = 1;
}

static void
quiet(struct diag_sink *s, enum diag_level level,
    const struct diag_place *place, const char *slug, const char *what)
{
	(void)s;
	(void)level;
	(void)place;
	(void)slug;
	(void)what;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct mcu_options mo = {.dump_path = "/dev/null"};
	struct session_options so = {.quiet = true, .max_error_s = 12.5e-6};
	struct diag_sink sink = {.emit = quiet};
	struct session s;
	FILE *plan = tmpfile();
	struct mcu *mcu;
	int status;

	if (!machine.n_mcus)
		make_machine();
	if (!plan || fwrite(data, 1, len, plan) != len || fflush(plan) != 0)
		return 0;
	rewind(plan);
	mcu = mcu_open(&machine, &board, &mo, &sink, &status);
	if (!mcu)
		return 0;
	session_init(&s, &machine, mcu, &so, &sink);
	events_begin(&s.events, false, false);
	if (mcu_configure(mcu, &status) == 0 && session_begin(&s) == 0) {
		s.input.name = "fuzz";
		s.input.sink = &sink;
		s.input.fd = fileno(plan);
		s.input.reader = plan_reader_new("fuzz", &sink);
		session_execute(&s);
		session_end(&s);
		plan_reader_free(s.input.reader);
	}
	events_end(&s.events);
	mcu_close(mcu);
	session_release(&s);
	fclose(plan);
	return 0;
}
