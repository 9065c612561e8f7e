/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Heaters warm blocks, blocks warm sensors, fans cool them. */
#include <math.h>
#include <string.h>

#include "base/xalloc.h"
#include "mcu-fw/sim/model-private.h"

#define FAN_WINDOW_S 0.5
#define SHORT_RATIO  0.001 /* of full scale, a thermistor's wires touch */

static const struct thermal_body room = {1, 1, 0, 0, 1};

void
thermal_fan_advance(struct fan *f)
{
	double dt = model_seconds(sim_clock - f->at);
	double keep = exp(-dt / FAN_WINDOW_S);

	f->duty = f->duty * keep + (f->level ? 1 - keep : 0);
	if (f->level)
		f->on_ticks += sim_clock - f->at;
	f->peak = fmax(f->peak, f->duty);
	f->at = sim_clock;
}

void
thermal_advance(struct heater *h)
{
	const struct model *m = h->model;
	double left = model_seconds(sim_clock - h->at), fan = 0;
	double power = h->on && !h->dead ? h->body->power : 0;

	if (m->part_fan >= 0 && h->body->fan_loss > 0) {
		thermal_fan_advance(&m->fan[m->part_fan]);
		fan = m->fan[m->part_fan].duty;
	}
	if (h->on) {
		h->on_ticks += sim_clock - h->at;
		h->last_on = sim_clock;
	}
	for (; left > THERMAL_STEP_S; left -= THERMAL_STEP_S)
		thermal_step(
		    h->body, THERMAL_STEP_S, power, fan, &h->block, &h->sense);
	thermal_step(h->body, left, power, fan, &h->block, &h->sense);
	h->peak = fmax(h->peak, h->block);
	h->at = sim_clock;
}

static void
heater_level(struct heater *h, double duty)
{
	thermal_advance(h);
	h->level = duty > 0;
	h->on = h->level || h->stuck;
}

static void
heater_changed(void *ctx, bool level)
{
	struct heater *h = ctx;

	heater_level(h, level != h->config->pin.invert);
}

static double
read_sensor(void *ctx)
{
	struct heater *h = ctx;
	double at;

	thermal_advance(h);
	if (h->is_short)
		return h->sensor->kind == MACHINE_SENSOR_THERMISTOR
			   ? SHORT_RATIO
			   : 0;
	if (h->is_open)
		return 1;
	at = h->sense + THERMAL_NOISE_DEG_C * model_random(h->model);
	return fmin(fmax(machine_sensor_ratio(h->sensor, at), 0), 1);
}

static void
fan_changed(void *ctx, bool level)
{
	struct fan *f = ctx;

	thermal_fan_advance(f);
	f->level = level != f->invert;
}

static void
fan_pwm(void *ctx, double duty)
{
	struct fan *f = ctx;

	thermal_fan_advance(f);
	f->duty = f->invert ? 1 - duty : duty;
	f->level = f->duty > 0.5;
}

static void
connect_sensor(struct model *m, struct heater *h)
{
	struct sim_pin *pin = model_pin(m, &h->sensor->pin);

	if (!pin)
		return;
	pin->analog = read_sensor;
	pin->analog_ctx = h;
}

static void
add_heater(struct model *m, const struct machine_heater *c)
{
	struct heater *h = &m->heater[m->n_heaters++];
	struct sim_pin *pin = model_pin(m, &c->pin);

	h->model = m;
	h->config = c;
	h->sensor = &c->sensor;
	h->body = thermal_body(c->name);
	h->block = h->sense = h->peak = THERMAL_AMBIENT_DEG_C;
	connect_sensor(m, h);
	if (pin)
		sim_pin_watch(pin, heater_changed, h);
}

static void
add_fan(struct model *m, const struct machine_fan *c)
{
	struct fan *f = &m->fan[m->n_fans];
	struct sim_pin *pin = model_pin(m, &c->pin);

	f->model = m;
	f->name = c->name;
	f->invert = c->pin.invert;
	if (c->kind == MACHINE_FAN && m->part_fan < 0)
		m->part_fan = m->n_fans;
	m->n_fans++;
	if (!pin)
		return;
	sim_pin_watch(pin, fan_changed, f);
	pin->pwm = fan_pwm;
	pin->pwm_ctx = f;
}

int
thermal_begin(struct model *m, struct diag_sink *sink)
{
	const struct machine *machine = m->machine;
	size_t n = (size_t)(machine->n_heaters + machine->n_sensors);

	(void)sink;
	m->part_fan = -1;
	m->fan = xcalloc((size_t)machine->n_fans + 1, sizeof(*m->fan));
	m->heater = xcalloc(n + 1, sizeof(*m->heater));
	for (int i = 0; i < machine->n_fans; i++)
		add_fan(m, &machine->fan[i]);
	for (int i = 0; i < machine->n_heaters; i++)
		add_heater(m, &machine->heater[i]);
	/* a sensor of the room: a body that nothing heats */
	for (int i = 0; i < machine->n_sensors; i++) {
		struct heater *h = &m->heater[machine->n_heaters + i];

		h->model = m;
		h->sensor = &machine->sensor[i].sensor;
		h->body = &room;
		h->block = h->sense = h->peak = THERMAL_AMBIENT_DEG_C;
		connect_sensor(m, h);
	}
	return 0;
}
