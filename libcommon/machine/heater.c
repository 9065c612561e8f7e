/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Heaters: PID, watermark, and whether heat arrives. */
#include "machine/heater.h"

#include <math.h>
#include <string.h>

#define GAIN_SCALE    255.0 /* configured gains speak of PWM 0..255 */
#define AMBIENT_DEG_C 25.0
#define SETTLED_DEG_C 1.0
#define SETTLED_SLOPE 0.1 /* deg C/s */

void
heater_init(struct heater *h, const struct machine_heater *config)
{
	memset(h, 0, sizeof(*h));
	h->config = config;
	h->temperature = h->smoothed = AMBIENT_DEG_C;
}

static double
pid(struct heater *h, double dt, double before)
{
	const struct machine_heater *c = h->config;
	double kp = c->pid_kp / GAIN_SCALE, ki = c->pid_ki / GAIN_SCALE;
	double kd = c->pid_kd / GAIN_SCALE;
	double rise = h->temperature - before, error, integral, out, limited;

	if (dt >= c->smooth_time)
		h->slope = rise / dt;
	else
		h->slope =
		    (h->slope * (c->smooth_time - dt) + rise) / c->smooth_time;
	error = h->target - h->temperature;
	integral = h->integral + error * dt;
	integral = fmax(0, fmin(ki > 0 ? c->max_power / ki : 0, integral));
	out = kp * error + ki * integral - kd * h->slope;
	limited = fmax(0, fmin(c->max_power, out));
	if (out == limited)
		h->integral = integral;
	return limited;
}

static double
watermark(struct heater *h)
{
	const struct machine_heater *c = h->config;

	if (h->heating && h->temperature >= h->target + c->max_delta)
		h->heating = false;
	else if (!h->heating && h->temperature <= h->target - c->max_delta)
		h->heating = true;
	return h->heating ? c->max_power : 0;
}

double
heater_reading(struct heater *h, double time, double temperature)
{
	double dt = h->seen ? time - h->time : h->config->smooth_time;
	double before = h->seen ? h->temperature : temperature;
	double weight = fmin(dt / fmax(h->config->smooth_time, 1e-3), 1);

	h->time = time;
	h->temperature = temperature;
	if (!h->seen)
		h->smoothed = temperature;
	h->seen = true;
	if (!(dt > 0))
		return h->power;
	h->smoothed += (temperature - h->smoothed) * weight;
	if (h->config->control == MACHINE_PID)
		h->power = pid(h, dt, before);
	else
		h->power = watermark(h);
	if (!(h->target > 0))
		h->power = 0;
	return h->power;
}

void
heater_set_target(struct heater *h, double target)
{
	h->target = target;
	if (!(target > 0)) {
		h->power = 0;
		h->heating = false;
	}
}

bool
heater_busy(const struct heater *h)
{
	if (!(h->target > 0))
		return false;
	if (!h->seen)
		return true;
	if (h->config->control == MACHINE_WATERMARK)
		return h->smoothed < h->target - h->config->max_delta;
	return fabs(h->target - h->smoothed) > SETTLED_DEG_C ||
	       fabs(h->slope) > SETTLED_SLOPE;
}

/* On the way up: it has to gain heating_gain within check_gain_time, again
 * and again; once it has fallen behind, the error adds up. */
static void
approach(struct heater *h, double time)
{
	const struct machine_heater *c = h->config;
	double t = h->smoothed;

	if (t >= h->goal) {
		h->starting = false;
		h->error = 0;
		h->goal = t + c->verify_heating_gain;
		h->goal_time = time + c->verify_check_gain_time;
	} else if (time >= h->goal_time) {
		h->approaching = false;
	} else if (h->starting) {
		/* it may go on falling for a moment */
		h->goal = fmin(h->goal, t + c->verify_heating_gain);
	}
}

bool
heater_verify(struct heater *h, double time, const char **why)
{
	const struct machine_heater *c = h->config;
	double t = h->smoothed, floor = h->target - c->verify_hysteresis;
	bool changed = h->target != h->checked_target;

	h->checked_target = h->target;
	if (!(h->target > 0) || t >= floor) {
		h->approaching = h->starting = false;
		if (t <= h->target + c->verify_hysteresis)
			h->error = 0;
		return true;
	}
	h->error += floor - t;
	if (h->approaching) {
		approach(h, time);
	} else if (changed) {
		h->approaching = h->starting = true;
		h->goal = t + c->verify_heating_gain;
		h->goal_time = time + c->verify_check_gain_time;
		h->error = 0;
	} else if (h->error >= c->verify_max_error) {
		*why = "it does not get as warm as it should";
		return false;
	}
	return true;
}
