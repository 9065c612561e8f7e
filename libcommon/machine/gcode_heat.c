/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Heaters, fans and pins. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "machine/gcode_private.h"

/* sets the target; what cools down stays warm until somebody waits for it */
static void
set_target(struct gcode_exec *ex, int heater, double target)
{
	const struct machine_heater *h = &ex->machine->heater[heater];
	struct plan_record rec = gcode_record(ex, PLAN_HEATER);

	snprintf(rec.u.heater.name, sizeof(rec.u.heater.name), "%s", h->name);
	rec.u.heater.target = target;
	gcode_post(ex, &rec, NULL);
	ex->target[heater] = target;
	if (target >= h->min_extrude_temp)
		ex->warm[heater] = true;
	if (ex->extruder >= 0)
		gcode_use_extruder(ex, ex->extruder);
}

static void
wait_for(struct gcode_exec *ex, const char *name, double min, double max)
{
	struct plan_record rec = gcode_record(ex, PLAN_HEATER_WAIT);

	gcode_barrier(ex);
	snprintf(rec.u.wait.name, sizeof(rec.u.wait.name), "%s", name);
	rec.u.wait.min = min;
	rec.u.wait.max = max;
	gcode_post(ex, &rec, NULL);
}

/* the target of the line's S, at most what the sensor is good for */
static int
target_of(struct gcode_exec *ex, const struct gcode_line *line, const char *key,
    int heater, double *target)
{
	const struct machine_heater *h = &ex->machine->heater[heater];
	const struct gcode_word *w;
	double low = fmax(h->sensor.min_temp, 0), t = 0;
	double high = fmin(h->sensor.max_temp, PLAN_TARGET_MAX_C);

	if (gcode_number(ex, line, key, -1e4, 1e4, &t) < 0)
		return -1;
	w = gcode_word(line, key);
	if (t != 0 && (t < low || t > high))
		return gcode_fail(ex, w->value.s, "bad-target",
		    "'%s' to %g C is out of its range, %g..%g C", h->name, t,
		    low, high);
	*target = t;
	return 0;
}

static int
heat(struct gcode_exec *ex, const struct gcode_line *line, const char *key,
    int heater, bool wait)
{
	double target = 0;

	if (target_of(ex, line, key, heater, &target))
		return -1;
	set_target(ex, heater, target);
	if (wait && target > 0)
		wait_for(
		    ex, ex->machine->heater[heater].name, -HUGE_VAL, HUGE_VAL);
	return 0;
}

/* T<n> of M104 and M109, or the extruder in use */
static int
heat_extruder(struct gcode_exec *ex, const struct gcode_line *line, bool wait)
{
	double index = ex->extruder;
	int r = gcode_number(ex, line, "T", 0, 99, &index);

	if (r < 0)
		return -1;
	if (index < 0 || index >= ex->machine->n_extruders)
		return gcode_fail(ex, NULL, "unknown-name",
		    "the machine has no extruder %g to heat",
		    index < 0 ? 0 : index);
	return heat(
	    ex, line, "S", ex->machine->extruder[(int)index].heater, wait);
}

int
gcode_do_extruder_heat(struct gcode_exec *ex, const struct gcode_line *line)
{
	return heat_extruder(ex, line, false);
}

int
gcode_do_extruder_wait(struct gcode_exec *ex, const struct gcode_line *line)
{
	return heat_extruder(ex, line, true);
}

/* M140 and the like: nothing happens when there is nothing to switch off */
static int
heat_named(struct gcode_exec *ex, const struct gcode_line *line,
    const char *name, bool wait)
{
	int heater = machine_heater_index(ex->machine, name);
	double target = 0;
	char section[64];

	if (heater >= 0)
		return heat(ex, line, "S", heater, wait);
	if (gcode_number(ex, line, "S", -1e4, 1e4, &target) < 0)
		return -1;
	snprintf(section, sizeof(section), "[%s]", name);
	if (target > 0 && gcode_first_lack(ex, section))
		gcode_note(ex, DIAG_WARNING, NULL, "no-heater",
		    "'%.*s' heats nothing: the machine has no '%s'",
		    (int)line->name.n, line->name.s, name);
	return 0;
}

int
gcode_do_bed_heat(struct gcode_exec *ex, const struct gcode_line *line)
{
	return heat_named(ex, line, "heater_bed", false);
}

int
gcode_do_bed_wait(struct gcode_exec *ex, const struct gcode_line *line)
{
	return heat_named(ex, line, "heater_bed", true);
}

int
gcode_do_chamber_heat(struct gcode_exec *ex, const struct gcode_line *line)
{
	return heat_named(ex, line, "chamber", false);
}

int
gcode_do_chamber_wait(struct gcode_exec *ex, const struct gcode_line *line)
{
	return heat_named(ex, line, "chamber", true);
}

int
gcode_do_set_heater(struct gcode_exec *ex, const struct gcode_line *line)
{
	char name[64];
	int heater;

	if (!gcode_text(line, "HEATER", name))
		return gcode_fail(
		    ex, NULL, "missing-argument", "'HEATER' is missing");
	heater = machine_heater_index(ex->machine, name);
	if (heater < 0)
		return gcode_fail(ex, gcode_word(line, "HEATER")->value.s,
		    "unknown-name", "the machine has no heater '%s'", name);
	return heat(ex, line, "TARGET", heater, false);
}

int
gcode_do_heaters_off(struct gcode_exec *ex, const struct gcode_line *line)
{
	(void)line;
	for (int i = 0; i < ex->machine->n_heaters; i++)
		set_target(ex, i, 0);
	return 0;
}

/* a heater, or a [temperature_sensor] by its full or bare name */
static const char *
sensor_name(const struct machine *m, const char *name)
{
	int heater = machine_heater_index(m, name);

	if (heater >= 0)
		return m->heater[heater].name;
	for (int i = 0; i < m->n_sensors; i++) {
		const char *full = m->sensor[i].name;
		const char *bare = strchr(full, ' ');

		if (strcmp(full, name) == 0 ||
		    (bare && strcmp(bare + 1, name) == 0))
			return full;
	}
	return NULL;
}

int
gcode_do_temperature_wait(struct gcode_exec *ex, const struct gcode_line *line)
{
	double min = -HUGE_VAL, max = HUGE_VAL;
	const char *full;
	char name[64];
	int lower, upper;

	if (!gcode_text(line, "SENSOR", name))
		return gcode_fail(
		    ex, NULL, "missing-argument", "'SENSOR' is missing");
	full = sensor_name(ex->machine, name);
	if (!full)
		return gcode_fail(ex, gcode_word(line, "SENSOR")->value.s,
		    "unknown-name", "the machine has no sensor '%s'", name);
	lower = gcode_number(ex, line, "MINIMUM", -300, 2000, &min);
	upper = gcode_number(ex, line, "MAXIMUM", -300, 2000, &max);
	if (lower < 0 || upper < 0)
		return -1;
	if (!lower && !upper)
		return gcode_fail(ex, NULL, "missing-argument",
		    "'MINIMUM' or 'MAXIMUM' is missing");
	if (min > max)
		return gcode_fail(ex, NULL, "bad-value",
		    "'MINIMUM' %g is above 'MAXIMUM' %g", min, max);
	wait_for(ex, full, min, max);
	return 0;
}

static void
set_value(
    struct gcode_exec *ex, enum plan_type type, const char *name, double value)
{
	struct plan_record rec = gcode_record(ex, type);

	snprintf(rec.u.value.name, sizeof(rec.u.value.name), "%s", name);
	rec.u.value.value = value < 0 ? 0 : value > 1 ? 1 : value;
	gcode_post(ex, &rec, NULL);
}

static void
set_fan(struct gcode_exec *ex, int fan, double value)
{
	ex->fan[fan] = value < 1 ? value : 1;
	set_value(ex, PLAN_FAN, ex->machine->fan[fan].name, value);
}

/* the part cooling fan, when there is one */
static int
part_fan(struct gcode_exec *ex, const struct gcode_line *line, double value)
{
	int fan = machine_fan_index(ex->machine, "fan");

	if (fan >= 0)
		set_fan(ex, fan, value);
	else if (value > 0 && gcode_first_lack(ex, "[fan]"))
		gcode_note(ex, DIAG_WARNING, NULL, "no-fan",
		    "'%.*s' cools nothing: the machine has no [fan]",
		    (int)line->name.n, line->name.s);
	return 0;
}

int
gcode_do_fan(struct gcode_exec *ex, const struct gcode_line *line)
{
	double s = 255;

	if (gcode_number(ex, line, "S", 0, 1e6, &s) < 0)
		return -1;
	return part_fan(ex, line, s / 255);
}

int
gcode_do_fan_off(struct gcode_exec *ex, const struct gcode_line *line)
{
	return part_fan(ex, line, 0);
}

int
gcode_do_fan_speed(struct gcode_exec *ex, const struct gcode_line *line)
{
	double speed = 0;
	char name[64];
	int fan;

	if (!gcode_text(line, "FAN", name))
		return gcode_fail(
		    ex, NULL, "missing-argument", "'FAN' is missing");
	fan = machine_fan_index(ex->machine, name);
	if (fan < 0)
		return gcode_fail(ex, gcode_word(line, "FAN")->value.s,
		    "unknown-name", "the machine has no fan '%s'", name);
	if (gcode_number(ex, line, "SPEED", 0, 1, &speed) < 0)
		return -1;
	set_fan(ex, fan, speed);
	return 0;
}

int
gcode_do_pin(struct gcode_exec *ex, const struct gcode_line *line)
{
	const struct machine_output *out;
	double value = 0;
	char name[64];
	int pin, r;

	if (!gcode_text(line, "PIN", name))
		return gcode_fail(
		    ex, NULL, "missing-argument", "'PIN' is missing");
	pin = machine_output_index(ex->machine, name);
	if (pin < 0)
		return gcode_fail(ex, gcode_word(line, "PIN")->value.s,
		    "unknown-name", "the machine has no [output_pin %s]", name);
	out = &ex->machine->output[pin];
	r = gcode_number(ex, line, "VALUE", 0, out->scale, &value);
	if (r < 0)
		return -1;
	if (!r)
		return gcode_fail(
		    ex, NULL, "missing-argument", "'VALUE' is missing");
	if (!out->pwm && value != 0 && value != out->scale)
		return gcode_fail(ex, gcode_word(line, "VALUE")->value.s,
		    "bad-value", "'VALUE' %g: '%s' is no PWM pin, 0 or %g",
		    value, out->name, out->scale);
	set_value(ex, PLAN_PIN, out->name, value / out->scale);
	return 0;
}
