/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fans: kick start, lowest speed, spacing of changes. */
#include "fan.h"

#include <math.h>
#include <string.h>

#define SPACING_S 0.100 /* between two changes of one pin */
#define KICK_STEP 0.5	/* a rise by more than this needs a kick */

void
fan_init(struct fan *f, const struct machine_fan *config, struct mcu *mcu)
{
	memset(f, 0, sizeof(*f));
	f->config = config;
	f->busy_s = f->idle_from_s = -HUGE_VAL;
	f->pin = mcu_add_output(mcu, &config->pin, config->cycle_time,
	    config->hardware_pwm, 0, config->shutdown_speed, 0);
}

void
fan_set(struct fan *f, double t, double speed)
{
	const struct machine_fan *c = f->config;
	double value;

	f->speed = fmax(0, fmin(1, speed));
	value = f->speed < c->off_below ? 0 : f->speed;
	value = fmin(value * c->max_power, c->max_power);
	if (value == f->value)
		return;
	t = fmax(t, f->busy_s + SPACING_S);
	if (c->kick_start_time > 0 && value > 0 && value < c->max_power &&
	    (f->value == 0 || value - f->value > KICK_STEP)) {
		mcu_output_set(f->pin, t, c->max_power);
		t += c->kick_start_time;
	}
	mcu_output_set(f->pin, t, value);
	f->value = value;
	f->busy_s = t;
}
