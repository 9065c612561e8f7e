/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a configuration means on the board: objects, sensors, shapers. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "accel.h"
#include "base/clock.h"
#include "base/xalloc.h"
#include "cli/cli.h"
#include "probe.h"
#include "session.h"
#include "surface.h"

#define REPORT_S   0.300 /* between two readings of a sensor */
#define MAX_HEAT_S 3.0	 /* a heater not heard of for so long goes off */

/* Sensors that the board reads with its converter. */
static bool
is_analog(const struct machine_sensor *sensor)
{
	return sensor->kind <= MACHINE_SENSOR_TYPE_K_AMP;
}

static double
report_time(const struct machine_sensor *sensor)
{
	return sensor->report_time > 0 ? sensor->report_time : REPORT_S;
}

static void
heater_came(void *ctx, double t, double ratio)
{
	struct heater_unit *u = ctx;
	double value;

	value = heater_reading(&u->heater, t,
	    machine_sensor_temperature(&u->heater.config->sensor, ratio));
	/* small changes wait; off is at once */
	if (value != u->pin_value &&
	    (fabs(value - u->pin_value) >= 0.005 || value == 0 ||
		value == u->heater.config->max_power)) {
		mcu_output_set(
		    u->pin, t + report_time(&u->heater.config->sensor), value);
		u->pin_value = value;
	}
}

static void
sensor_came(void *ctx, double t, double ratio)
{
	struct sensor_unit *u = ctx;

	(void)t;
	u->temperature = machine_sensor_temperature(&u->config->sensor, ratio);
	u->seen = true;
}

/* The lower ratio of the two ends of the range comes first. */
static struct mcu_adc *
add_sensor(struct mcu *mcu, const struct machine_sensor *sensor, mcu_adc_fn *fn,
    void *ctx)
{
	double a = machine_sensor_ratio(sensor, sensor->min_temp);
	double b = machine_sensor_ratio(sensor, sensor->max_temp);

	return mcu_add_adc(
	    mcu, &sensor->pin, REPORT_S, fmin(a, b), fmax(a, b), fn, ctx);
}

static void
fan_came(void *ctx, double t, double ratio)
{
	struct fan *f = ctx;

	fan_reading(
	    f, t, machine_sensor_temperature(&f->config->sensor, ratio));
}

static void
add_heat(struct session *s)
{
	const struct machine *m = s->machine;

	s->heater = xcalloc((size_t)m->n_heaters + 1, sizeof(*s->heater));
	for (int i = 0; i < m->n_heaters; i++) {
		struct heater_unit *u = &s->heater[i];

		u->session = s;
		heater_init(&u->heater, &m->heater[i]);
		u->pin = mcu_add_output(s->mcu, &m->heater[i].pin,
		    m->heater[i].pwm_cycle_time, false, 0, 0, MAX_HEAT_S);
		add_sensor(s->mcu, &m->heater[i].sensor, heater_came, u);
	}
	s->sensor = xcalloc((size_t)m->n_sensors + 1, sizeof(*s->sensor));
	for (int i = 0; i < m->n_sensors; i++) {
		s->sensor[i].config = &m->sensor[i];
		if (is_analog(&m->sensor[i].sensor))
			add_sensor(s->mcu, &m->sensor[i].sensor, sensor_came,
			    &s->sensor[i]);
	}
}

static void
add_pins(struct session *s)
{
	const struct machine *m = s->machine;

	s->fan = xcalloc((size_t)m->n_fans + 1, sizeof(*s->fan));
	for (int i = 0; i < m->n_fans; i++) {
		fan_init(&s->fan[i], &m->fan[i], s->mcu);
		if (m->fan[i].kind == MACHINE_FAN_TEMPERATURE)
			add_sensor(
			    s->mcu, &m->fan[i].sensor, fan_came, &s->fan[i]);
	}
	s->pin = xcalloc((size_t)m->n_outputs + 1, sizeof(*s->pin));
	for (int i = 0; i < m->n_outputs; i++) {
		const struct machine_output *o = &m->output[i];

		s->pin[i].config = o;
		s->pin[i].value = o->value / o->scale;
		s->pin[i].pin =
		    mcu_add_output(s->mcu, &o->pin, o->pwm ? o->cycle_time : 0,
			o->pwm && o->hardware_pwm, o->value / o->scale,
			o->shutdown_value / o->scale, o->maximum_mcu_duration);
	}
}

int
session_supports(const struct machine *m, struct diag_sink *sink)
{
	static const char *const axis[] = {"x", "y", "z"};
	struct diag_place place = {.file = m->file};
	unsigned before = sink->count[DIAG_ERROR];

	for (int i = 0; i < MACHINE_AXES; i++) {
		const struct machine_pin *pin = machine_endstop(m, &m->rail[i]);

		if (m->rail[i].endstop.name &&
		    (!pin->name ||
			(pin->mcu && strstr(pin->name, "virtual_endstop"))))
			diag_report(sink, DIAG_ERROR, &place, "not-driven",
			    "endstop '%s:%s' of axis %s: only switches and "
			    "probes with a pin are homed to here",
			    m->rail[i].endstop.mcu, m->rail[i].endstop.name,
			    axis[i]);
	}
	for (int i = 0; i < m->n_heaters; i++)
		if (!is_analog(&m->heater[i].sensor))
			diag_report(sink, DIAG_ERROR, &place, "not-driven",
			    "sensor '%s' of heater '%s' is not read here",
			    m->heater[i].sensor.type, m->heater[i].name);
	for (int i = 0; i < m->n_fans; i++)
		if (m->fan[i].kind == MACHINE_FAN_TEMPERATURE &&
		    !is_analog(&m->fan[i].sensor))
			diag_report(sink, DIAG_ERROR, &place, "not-driven",
			    "sensor '%s' of '%s' is not read here",
			    m->fan[i].sensor.type, m->fan[i].name);
	return sink->count[DIAG_ERROR] == before ? 0 : -1;
}

void
session_init(struct session *s, const struct machine *machine, struct mcu *mcu,
    const struct session_options *options, struct diag_sink *sink)
{
	memset(s, 0, sizeof(*s));
	s->machine = machine;
	s->mcu = mcu;
	s->options = *options;
	s->sink = sink;
	s->state = "ready";
	s->source = xstrdup("");
	s->message = xstrdup("");
	s->object = xstrdup("");
	s->fraction = -1;
	s->status = EXIT_DONE;
	axes_init(&s->axes, machine, mcu, options->max_error_s);
	line_init(&s->line, &s->axes, session_record, s);
	exclude_init(s);
	probe_init(s);
	add_heat(s);
	add_pins(s);
	progress_begin(&s->progress, options->quiet);
}

static int
set_shapers(struct session *s)
{
	char why[SHAPER_WHY_MAX];

	for (int i = 0; i < MACHINE_AXES; i++) {
		const char *type = s->machine->shaper[i].type;

		if (axes_set_shaper(&s->axes, i, type ? type : "mzv",
			s->machine->shaper[i].freq,
			s->machine->shaper[i].damping, why) == 0)
			continue;
		session_stop(s, STOP_REFUSED, EXIT_CONFIG,
		    "the input shaper of axis '%c': %s", 'x' + i, why);
		return -1;
	}
	return 0;
}

int
session_begin(struct session *s)
{
	s->began_ns = clock_monotonic_ns();
	s->began = fmax(mcu_now(s->mcu), 0);
	s->idle_since = s->began;
	s->generated = true;
	s->next_tick = s->next_check = s->next_report = s->began;
	if (set_shapers(s) != 0)
		return -1;
	if (axes_begin(&s->axes) != 0 || mcu_failed(s->mcu)) {
		session_stop(s, STOP_BOARD, mcu_failed_status(s->mcu), "%s",
		    mcu_failed(s->mcu));
		return -1;
	}
	return 0;
}

void
session_release(struct session *s)
{
	control_close(s->control);
	accel_free(s->options.accel);
	axes_release(&s->axes);
	line_release(&s->line);
	exclude_release(s);
	probe_release(s);
	surface_release(s);
	free(s->heater);
	free(s->sensor);
	free(s->fan);
	free(s->pin);
	session_forget_due(s);
	free(s->source);
	free(s->message);
	free(s->object);
	buf_release(&s->why);
	buf_release(&s->left.why);
}
