/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Checks: drivers, their currents, chopper, bus and stall detection. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/num.h"
#include "machine/hardware.h"

#define CLOCK_HZ    12e6  /* of the drivers, inside */
#define V_FULL	    0.325 /* V, full scale of a TMC5160's sense input */
#define V_TMC5160   48.5  /* above that little is left to the 50 V of VSA */
#define RATED_SHARE 0.85

static struct tree_section *
driver_section(const struct hardware *c, const struct machine_motor *mm)
{
	char full[300];

	if (!mm->chip)
		return NULL;
	snprintf(full, sizeof(full), "%s %s", mm->chip, mm->name);
	return tree_section(c->t, full);
}

static struct tree_section *
any_section(const struct hardware *c, const struct machine_motor *mm)
{
	char full[300];
	struct tree_section *s = driver_section(c, mm);

	snprintf(full, sizeof(full), "motor %s", mm->name);
	return s ? s : tree_section(c->t, full);
}

static void
check_voltage(struct hardware *c, const struct machine_motor *mm)
{
	const struct driver_model *d = mm->driver;
	const struct tree_section *s = any_section(c, mm);

	if (!d || mm->voltage <= 0)
		return;
	if (mm->voltage > d->max_voltage)
		hardware_finding(c, DIAG_ERROR, s, "supply",
		    "hw-driver-voltage",
		    "%s: the rail '%s' has %g V, a %s stands %g V", mm->name,
		    mm->rail, mm->voltage, d->name, d->max_voltage);
	else if (strstr(d->name, "5160") && mm->voltage > V_TMC5160)
		hardware_finding(c, DIAG_WARNING, s, "supply",
		    "hw-rail-voltage",
		    "%s: %g V leaves a %s %g V for what braking gives back; "
		    "trim the supply to 48.0 V",
		    mm->name, mm->voltage, d->name,
		    d->max_voltage - mm->voltage);
}

static void
check_current(struct hardware *c, const struct machine_motor *mm)
{
	const struct tree_section *s = any_section(c, mm);
	const char *key = driver_section(c, mm) ? "run_current" : "current";
	double amps = mm->drive.current, rated = mm->motor.rated_current;
	double total = amps * mm->count;

	if (mm->driver && total > mm->driver->max_current)
		hardware_finding(c, DIAG_ERROR, s, key, "hw-run-current",
		    "%s: %.3g A, a %s gives %g A", mm->name, total,
		    mm->driver->name, mm->driver->max_current);
	if (rated <= 0 || amps <= RATED_SHARE * rated)
		return;
	hardware_finding(c, amps > rated ? DIAG_ERROR : DIAG_WARNING, s, key,
	    "hw-run-current",
	    "%s: %.3g A for a motor rated %g A; comfortable is %.2f A",
	    mm->name, amps, rated, .7 * rated);
}

static void
check_sense(struct hardware *c, const struct machine_motor *mm)
{
	const struct driver_model *d = mm->driver;
	const struct tree_section *s = driver_section(c, mm);
	double r = mm->sense_resistor, scale;
	bool known = false;

	if (!d || !s || r <= 0)
		return;
	for (int i = 0; i < 3 && d->sense_resistor[i] > 0; i++)
		known |= fabs(r / d->sense_resistor[i] - 1) < .02;
	/* a bare chip may be soldered to the board with any resistor */
	if (!known && tree_given(s, "module") && d->sense_resistor[0] > 0)
		hardware_finding(c, DIAG_ERROR, s, "sense_resistor",
		    "hw-sense-resistor",
		    "%s: %g ohm, but a %s has %g ohm: the current would be "
		    "%.2f times what is asked for",
		    mm->name, r, d->name, d->sense_resistor[0],
		    r / d->sense_resistor[0]);
	if (strcmp(mm->chip, "tmc5160") != 0)
		return;
	scale = floor(
	    mm->drive.current * mm->count * 256 * sqrt(2) * r / V_FULL + .5);
	if (scale < 32)
		hardware_finding(c, DIAG_WARNING, s, "run_current",
		    "hw-current-scale",
		    "%s: %g A needs a global scaler of %.0f, 32 is the least",
		    mm->name, mm->drive.current, scale);
	else if (scale < 128)
		hardware_finding(c, DIAG_NOTE, s, "run_current",
		    "hw-current-scale",
		    "%s: %g A is set with a global scaler of %.0f of 256",
		    mm->name, mm->drive.current, scale);
}

/* stealthChop: the amplitude that it needs, and the current that it cannot
 * go below (klipper_tmc_autotune's formulas). */
static void
check_stealth(struct hardware *c, const struct machine_motor *mm)
{
	static const double blank[] = {16, 24, 36, 54};
	static const double cycles[] = {1024, 683, 512, 410};
	const struct tree_section *s = driver_section(c, mm);
	double threshold = tree_double(s, "stealthchop_threshold", 0);
	const struct torque_motor *m = &mm->motor;
	double amps = mm->drive.current, grad, ofs, top, least;
	int freq = tree_int(s, "driver_PWM_FREQ", 0) & 3;
	int tbl = tree_int(s, "driver_TBL", 2) & 3;

	if (threshold <= 0 || !mm->has_motor || mm->voltage <= 0)
		return;
	if (freq > 0 && mm->voltage >= 40)
		hardware_finding(c, DIAG_WARNING, s, "driver_PWM_FREQ",
		    "hw-stealthchop",
		    "%s: driver_PWM_FREQ %d on %g V has killed drivers, 0 is "
		    "for such rails",
		    mm->name, freq, mm->voltage);
	grad = ceil(m->holding_torque / (2 * m->rated_current) * 2 * NUM_PI *
		    CLOCK_HZ * 1.46 / (mm->voltage * 256 * m->full_steps));
	ofs = ceil(374 * m->resistance * amps / mm->voltage);
	if (ofs >= 255 || grad > 255) {
		hardware_finding(c, DIAG_ERROR, s, "stealthchop_threshold",
		    "hw-stealthchop",
		    "%s: %g V is too little for stealthChop at %g A", mm->name,
		    mm->voltage, amps);
		return;
	}
	top = (255 - ofs) / (NUM_PI * grad) * mm->axis.rotation_distance;
	if (threshold > top / 2 && threshold < 9999)
		hardware_finding(c, DIAG_WARNING, s, "stealthchop_threshold",
		    "hw-stealthchop",
		    "%s: stealthChop up to %g mm/s, but it has no voltage "
		    "left from %.0f mm/s on",
		    mm->name, threshold, top);
	least = blank[tbl] * 2 / cycles[freq] * mm->voltage / m->resistance;
	if (sqrt(2) * amps < least)
		hardware_finding(c, DIAG_WARNING, s, "stealthchop_threshold",
		    "hw-stealthchop",
		    "%s: stealthChop cannot go below %.2f A on %g V, %.2f A "
		    "are asked for: use spreadCycle",
		    mm->name, least / sqrt(2), mm->voltage, amps);
}

/* The drivers of a Manta M8P hang on three plain pins behind slow shifters */
static void
check_bus(struct hardware *c, const struct machine_motor *mm)
{
	static const char *const keys[] = {"spi_software_mosi_pin",
	    "spi_software_miso_pin", "spi_software_sclk_pin"};
	static const char *const pins[] = {"PG6", "PG7", "PG8"};
	const struct tree_section *s = driver_section(c, mm);
	const char *step = c->m->stepper[mm->stepper].step.name;

	if (!c->m8p || !s)
		return;
	if (tree_given(s, "spi_bus"))
		hardware_finding(c, DIAG_ERROR, s, "spi_bus", "hw-spi",
		    "%s: no SPI of the chip reaches the drivers of this "
		    "board; use spi_software pins PG8, PG6, PG7",
		    mm->name);
	for (int i = 0; i < 3; i++)
		if (tree_given(s, keys[i]) &&
		    strcmp(tree_string(s, keys[i], ""), pins[i]) != 0)
			hardware_finding(c, DIAG_ERROR, s, keys[i], "hw-spi",
			    "%s: '%s' is %s, the drivers of this board have "
			    "%s there",
			    mm->name, keys[i], tree_string(s, keys[i], ""),
			    pins[i]);
	if (tree_int(s, "spi_speed", 500000) > 1000000)
		hardware_finding(c, DIAG_WARNING, s, "spi_speed", "hw-spi",
		    "%s: spi_speed is %d Hz, the shifters of this board "
		    "follow to 1000000 Hz",
		    mm->name, tree_int(s, "spi_speed", 0));
	if ((strcmp(step, "PD4") == 0 || strcmp(step, "PC7") == 0) &&
	    (tree_given(s, "diag_pin") || tree_given(s, "diag0_pin") ||
		tree_given(s, "diag1_pin")))
		hardware_finding(c, DIAG_ERROR, s,
		    tree_given(s, "diag_pin") ? "diag_pin" : "diag1_pin",
		    "hw-diag", "%s: slots M7 and M8 have no stall wire",
		    mm->name);
}

static void
check_sensorless(struct hardware *c, const struct machine_motor *mm)
{
	const struct tree_section *axis = tree_section(c->t, mm->name);
	const struct tree_section *s = driver_section(c, mm);
	const char *stop = tree_string(axis, "endstop_pin", "");
	double speed = tree_double(axis, "homing_speed", 5);
	double turn = mm->axis.rotation_distance;

	if (!s || !strstr(stop, "virtual_endstop") || strncmp(stop, "tmc", 3))
		return;
	if (tree_double(axis, "homing_retract_dist", 5) > 0)
		hardware_finding(c, DIAG_WARNING, axis, "homing_retract_dist",
		    "hw-sensorless",
		    "%s: after a stall the second touch comes too soon; set "
		    "'homing_retract_dist' to 0",
		    mm->name);
	if (speed < turn / 2 || speed > 150)
		hardware_finding(c, DIAG_WARNING, axis, "homing_speed",
		    "hw-sensorless",
		    "%s: 'homing_speed' is %g mm/s, a stall is felt from %g "
		    "to 150 mm/s",
		    mm->name, speed, turn / 2);
	if (tree_given(s, "hold_current") &&
	    tree_double(s, "hold_current", 0) <
		tree_double(s, "run_current", 0))
		hardware_finding(c, DIAG_WARNING, s, "hold_current",
		    "hw-sensorless",
		    "%s: a reduced 'hold_current' makes stalls unreliable",
		    mm->name);
}

static void
check_pulse(struct hardware *c, const struct machine_motor *mm)
{
	const struct tree_section *s = tree_section(c->t, mm->name);
	double pulse = c->m->stepper[mm->stepper].step_pulse_duration;
	double least = mm->driver ? mm->driver->min_pulse : 0;

	if (c->m8p && least < 250e-9)
		least = 250e-9; /* the shifters of the board */
	if (pulse < least)
		hardware_finding(c, DIAG_WARNING, s, "step_pulse_duration",
		    "hw-step-pulse",
		    "%s: step pulses of %.0f ns, %.0f ns are needed", mm->name,
		    pulse * 1e9, least * 1e9);
}

static void
check_known(struct hardware *c, const struct machine_motor *mm)
{
	const struct tree_section *s = driver_section(c, mm);
	const char *module = tree_string(s, "module", NULL);
	const char *name = module ? module : mm->chip;
	const char *names[32], *near;
	int n = 0;

	if (!name || driver_find(name, NULL))
		return;
	for (const struct driver_model *d = driver_models; d->name && n < 32;
	     d++)
		names[n++] = d->name;
	near = diag_nearest(name, names, n);
	hardware_finding(c, DIAG_NOTE, any_section(c, mm),
	    module ? "module" : "driver", "hw-unknown",
	    near ? "%s: no driver '%s' is known; '%s' was meant?"
		 : "%s: no driver '%s' is known: what it stands is not checked",
	    mm->name, name, near);
}

void
hardware_drivers(struct hardware *c)
{
	for (int i = 0; i < c->m->n_motors; i++) {
		const struct machine_motor *mm = &c->m->motor[i];

		check_known(c, mm);
		check_voltage(c, mm);
		check_current(c, mm);
		check_sense(c, mm);
		check_stealth(c, mm);
		check_bus(c, mm);
		check_sensorless(c, mm);
		check_pulse(c, mm);
	}
}
