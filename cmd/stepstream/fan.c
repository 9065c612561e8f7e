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
	f->target = config->target_temp;
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

/* How much less than full speed is enough: the heater's PID, turned round. */
static double
pid(struct fan *f, double dt, double rise)
{
	const struct machine_fan *c = f->config;
	double ki = c->pid_ki / 255, error = f->target - f->temperature;
	double integral = f->integral + error * dt, out, limited;

	if (dt >= c->pid_deriv_time)
		f->slope = rise / dt;
	else
		f->slope = (f->slope * (c->pid_deriv_time - dt) + rise) /
			   c->pid_deriv_time;
	integral = fmax(0, fmin(ki > 0 ? c->max_speed / ki : 0, integral));
	out = c->pid_kp / 255 * error + ki * integral -
	      c->pid_kd / 255 * f->slope;
	limited = fmax(0, fmin(c->max_speed, out));
	if (out == limited)
		f->integral = integral;
	return fmax(c->min_speed, c->max_speed - limited);
}

void
fan_reading(struct fan *f, double t, double temperature)
{
	const struct machine_fan *c = f->config;
	double dt = f->seen ? t - f->time : c->pid_deriv_time;
	double rise = f->seen ? temperature - f->temperature : 0;
	double speed = 0;

	f->seen = true;
	f->time = t;
	f->temperature = temperature;
	if (!(dt > 0))
		return;
	if (temperature >= f->target + c->max_delta)
		f->cooling = true;
	else if (temperature <= f->target - c->max_delta)
		f->cooling = false;
	if (c->control == MACHINE_PID)
		speed = pid(f, dt, rise);
	else if (f->cooling)
		speed = c->max_speed;
	if (!(f->target > 0))
		speed = 0;
	fan_set(f, t + SPACING_S + 0.2, speed);
}
