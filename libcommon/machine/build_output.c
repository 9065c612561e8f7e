/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fans, outputs, and what is only switched on. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "machine/build.h"

static int
heater_of(struct tree *t, struct machine *m, struct tree_section *s)
{
	const struct tree_entry *e = tree_entry(s, "heater");
	int first = -1;

	for (uint32_t i = 0; e && i < e->value.list.n; i++) {
		int h = machine_heater_index(m, e->value.list.item[i].s);

		if (h < 0)
			tree_error(t, s, "heater", "config-conflict",
			    "'%s' watches '%s', which is no heater", s->name,
			    e->value.list.item[i].s);
		else if (first < 0)
			first = h;
	}
	return first;
}

static void
watched(struct tree *t, struct machine *m, struct tree_section *s,
    struct machine_fan *f)
{
	const struct tree_entry *e = tree_entry(s, "heater");
	const struct tree_entry *st = tree_entry(s, "stepper");

	/* the default "extruder" is no error on a machine without one */
	if (e && (e->given || f->kind == MACHINE_FAN_HEATER ||
		     machine_heater_index(m, "extruder") >= 0))
		f->heater = heater_of(t, m, s);
	for (uint32_t i = 0; e && i < e->value.list.n && i < 64; i++) {
		int h = machine_heater_index(m, e->value.list.item[i].s);

		if (h >= 0 && h < 64)
			f->heaters |= (uint64_t)1 << h;
	}
	for (uint32_t i = 0; st && i < st->value.list.n; i++) {
		const char *name = st->value.list.item[i].s;
		bool found = false;

		for (int k = 0; k < m->n_steppers && k < 64; k++) {
			if (strcmp(m->stepper[k].name, name) != 0)
				continue;
			f->steppers |= (uint64_t)1 << k;
			found = true;
		}
		if (!found)
			tree_error(t, s, "stepper", "config-conflict",
			    "'%s' watches '%s', which is no stepper", s->name,
			    name);
	}
}

static void
build_fan(struct tree *t, struct machine *m, struct tree_section *s,
    enum machine_fan_kind kind)
{
	struct machine_fan *f = &m->fan[m->n_fans++];

	f->name = build_strdup(t, s->name);
	f->kind = kind;
	f->heater = -1;
	build_pin(t, s, "pin", &f->pin);
	build_pin(t, s, "enable_pin", &f->enable);
	build_pin(t, s, "tachometer_pin", &f->tachometer);
	f->tachometer_ppr = tree_int(s, "tachometer_ppr", 2);
	f->tachometer_poll_interval =
	    tree_double(s, "tachometer_poll_interval", 0.0015);
	f->max_power = tree_double(s, "max_power", 1);
	tree_default(t, s, "shutdown_speed",
	    kind != MACHINE_FAN && kind != MACHINE_FAN_GENERIC);
	f->shutdown_speed = tree_double(s, "shutdown_speed", 0);
	f->cycle_time = tree_double(s, "cycle_time", 0.01);
	f->hardware_pwm = tree_bool(s, "hardware_pwm", false);
	f->kick_start_time = tree_double(s, "kick_start_time", 0.1);
	f->off_below = tree_double(s, "off_below", 0);
	f->fan_speed = tree_double(s, "fan_speed", 1);
	f->heater_temp = tree_double(s, "heater_temp", 50);
	if (kind == MACHINE_FAN_CONTROLLER)
		tree_default(t, s, "idle_speed", f->fan_speed);
	f->idle_speed = tree_double(s, "idle_speed", f->fan_speed);
	f->idle_timeout = tree_int(s, "idle_timeout", 30);
	if (kind == MACHINE_FAN_HEATER || kind == MACHINE_FAN_CONTROLLER)
		watched(t, m, s, f);
	if (kind != MACHINE_FAN_TEMPERATURE)
		return;
	build_sensor(t, s, &f->sensor);
	f->control = strcmp(tree_string(s, "control", ""), "pid") == 0
			 ? MACHINE_PID
			 : MACHINE_WATERMARK;
	if (f->control == MACHINE_PID)
		tree_default(t, s, "pid_deriv_time", 2);
	else
		tree_default(t, s, "max_delta", 2);
	tree_default(t, s, "target_temp",
	    f->sensor.max_temp < 40 ? f->sensor.max_temp : 40);
	f->target_temp = tree_double(s, "target_temp", 40);
	f->min_speed = tree_double(s, "min_speed", 0.3);
	f->max_speed = tree_double(s, "max_speed", 1);
	f->pid_kp = tree_double(s, "pid_Kp", 0);
	f->pid_ki = tree_double(s, "pid_Ki", 0);
	f->pid_kd = tree_double(s, "pid_Kd", 0);
	f->pid_deriv_time = tree_double(s, "pid_deriv_time", 2);
	f->max_delta = tree_double(s, "max_delta", 2);
}

void
build_fans(struct tree *t, struct machine *m)
{
	static const struct {
		const char *name;
		enum machine_fan_kind kind;
	} kinds[] = {
	    {"fan", MACHINE_FAN},
	    {"fan_generic", MACHINE_FAN_GENERIC},
	    {"heater_fan", MACHINE_FAN_HEATER},
	    {"controller_fan", MACHINE_FAN_CONTROLLER},
	    {"temperature_fan", MACHINE_FAN_TEMPERATURE},
	};

	m->fan = build_alloc(t, t->n_sections, sizeof(*m->fan));
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		struct tree_section *s = NULL;

		while ((s = tree_next(t, s, kinds[i].name)))
			build_fan(t, m, s, kinds[i].kind);
	}
}

static void
build_output(struct tree *t, struct machine *m, struct tree_section *s)
{
	struct machine_output *o = &m->output[m->n_outputs++];

	o->name = build_strdup(t, s->name);
	build_pin(t, s, "pin", &o->pin);
	o->pwm = tree_bool(s, "pwm", false) ||
		 strcmp(s->schema->name, "output_pin") != 0;
	o->hardware_pwm = tree_bool(s, "hardware_pwm", false);
	o->scale = tree_double(s, "scale", 1);
	o->cycle_time = tree_double(s, "cycle_time", 0.1);
	o->maximum_mcu_duration = tree_double(s, "maximum_mcu_duration", 0);
	o->is_static = tree_given(s, "static_value");
	o->value = tree_double(s, o->is_static ? "static_value" : "value", 0);
	o->shutdown_value =
	    o->is_static ? o->value : tree_double(s, "shutdown_value", 0);
	if (o->value > o->scale || o->shutdown_value > o->scale)
		tree_error(t, s, "value", "config-range",
		    "a value of '%s' is above its scale (%g)", s->name,
		    o->scale);
}

/* [static_digital_output NAME]: every pin of the list, for ever */
static void
static_outputs(struct tree *t, struct machine *m, struct tree_section *s)
{
	const struct tree_entry *e = tree_entry(s, "pins");

	for (uint32_t i = 0; e && i < e->value.list.n; i++) {
		const char *text = e->value.list.item[i].s;
		struct machine_output *o = &m->output[m->n_outputs++];
		struct tree_value v = {.type = TREE_STRING, .s = text};
		struct tree_entry one = *e;
		struct tree_section alone = *s;

		one.value = v;
		one.next = NULL;
		alone.entry = &one;
		o->name = build_strdup(t, s->name);
		build_pin(t, &alone, "pins", &o->pin);
		o->is_static = true;
		o->scale = 1;
		o->value = o->shutdown_value = 1;
	}
}

void
build_outputs(struct tree *t, struct machine *m)
{
	static const char *const kinds[] = {
	    "output_pin", "pwm_tool", "pwm_cycle_time"};
	struct tree_section *s = NULL;
	size_t n = t->n_sections;

	while ((s = tree_next(t, s, "static_digital_output"))) {
		const struct tree_entry *e = tree_entry(s, "pins");

		n += e ? e->value.list.n : 0;
	}
	m->output = build_alloc(t, n, sizeof(*m->output));
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		s = NULL;
		while ((s = tree_next(t, s, kinds[i])))
			build_output(t, m, s);
	}
	s = NULL;
	while ((s = tree_next(t, s, "static_digital_output")))
		static_outputs(t, m, s);
}
