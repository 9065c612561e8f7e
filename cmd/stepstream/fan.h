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
};

void fan_init(struct fan *, const struct machine_fan *, struct mcu *);
/* At print time t or as soon after as the pin allows. */
void fan_set(struct fan *, double t, double speed);

#endif
