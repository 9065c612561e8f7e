/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Heaters: control, waiting, and the checks that keep a house standing. */
#ifndef GANTRY_MACHINE_HEATER_H
#define GANTRY_MACHINE_HEATER_H

#include <stdbool.h>

#include "machine/machine.h"

/*
 * Pure arithmetic: temperatures come in, the power to be set comes out; pins
 * and clocks belong to the caller.  Times are seconds on the print clock,
 * power is 0..max_power.
 *
 * PID as in hardware.md 8.3: P e + I integral(e) - D dT/dt with the gains over
 * 255; the slope is taken over at least smooth_time; the integral stands still
 * while the output is at a limit and never asks for more than max_power.
 */
struct heater {
	const struct machine_heater *config;
	double target;
	double temperature, smoothed, time; /* of the last reading */
	bool seen;			    /* a reading came */
	double power;
	/* PID */
	double integral, slope;
	bool heating; /* watermark */
	/* verify_heater */
	bool approaching, starting;
	double error, goal, goal_time, checked_target;
};

void heater_init(struct heater *, const struct machine_heater *);
/* A reading; returns the power from now on. */
double heater_reading(struct heater *, double time, double temperature);
void heater_set_target(struct heater *, double target);
/* Still on its way to the target, as M109 sees it. */
bool heater_busy(const struct heater *);
/* Once a second: false when it does not heat as it should; *why says how. */
bool heater_verify(struct heater *, double time, const char **why);

#endif
