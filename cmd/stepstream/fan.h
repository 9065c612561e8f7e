/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fans: what a requested speed means for the pin. */
#ifndef STEPSTREAM_FAN_H
#define STEPSTREAM_FAN_H

#include <stdbool.h>

#include "machine/machine.h"
#include "mcu.h"

struct heater;

struct fan {
	const struct machine_fan *config;
	struct mcu_output *pin;
	double speed;	    /* as requested, 0..1 */
	double value;	    /* at the pin */
	double busy_s;	    /* print time of the last change of the pin */
	double idle_from_s; /* controller fan: in use until then */
	/* temperature fan */
	double temperature, time, integral, slope, target;
	bool seen, cooling;
};

void fan_init(struct fan *, const struct machine_fan *, struct mcu *);
/* At print time t or as soon after as the pin allows. */
void fan_set(struct fan *, double t, double speed);
/* A temperature fan's reading: it cools harder the warmer it is above its
 * target, by PID or between the marks of max_delta. */
void fan_reading(struct fan *, double t, double temperature);

#endif
