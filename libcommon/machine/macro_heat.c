/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Following heat, fans, pins, lights and extruders. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/xalloc.h"
#include "machine/macro_commands.h"
#include "machine/macro_private.h"

static int
set_target(
    struct macro_world *w, struct macro_heater *h, double temp, bool wait)
{
	if (temp != 0 && (temp < h->min_temp || temp > h->max_temp))
		return macro_error(w, "range",
		    "Requested temperature (%.1f) out of range (%.1f:%.1f)",
		    temp, h->min_temp, h->max_temp);
	h->target = temp;
	if (wait && temp != 0) {
		h->temperature = temp;
		h->known = true;
	}
	w->idle = wait ? false : w->idle;
	return 0;
}

int
macro_cmd_hotend(struct macro_world *w, struct macro_line *l)
{
	bool wait = strcmp(l->command, "M109") == 0;
	struct macro_heater *h =
	    w->extruder >= 0 ? &w->heater[w->extruder] : NULL;
	double temp = 0;
	int64_t tool;
	int got;

	if (macro_get_double(w, l, "S", &temp) < 0)
		return -1;
	got = macro_get_int(w, l, "T", &tool);
	if (got < 0)
		return -1;
	if (got) {
		char name[40] = "extruder";

		if (tool)
			snprintf(name, sizeof(name), "extruder%lld",
			    (long long)tool);
		h = macro_find_heater(w, name);
		if (!h && temp > 0)
			return macro_error(
			    w, "heater", "Extruder not configured");
	}
	if (!h) {
		if (temp > 0)
			return macro_error(
			    w, "heater", "Extruder not configured");
		return 0;
	}
	return set_target(w, h, temp, wait);
}

int
macro_cmd_bed(struct macro_world *w, struct macro_line *l)
{
	struct macro_heater *h = macro_find_heater(w, "heater_bed");
	double temp = 0;

	if (macro_get_double(w, l, "S", &temp) < 0)
		return -1;
	return h ? set_target(w, h, temp, strcmp(l->command, "M190") == 0) : 0;
}

int
macro_cmd_set_heater(struct macro_world *w, struct macro_line *l)
{
	const char *name = macro_need(w, l, "HEATER");
	struct macro_heater *h = name ? macro_find_heater(w, name) : NULL;
	double temp = 0;

	if (!name || macro_get_double(w, l, "TARGET", &temp) < 0)
		return -1;
	if (!h)
		return macro_error(w, "heater",
		    "The value '%s' is not valid for HEATER", name);
	return set_target(w, h, temp, false);
}

int
macro_cmd_heaters_off(struct macro_world *w, struct macro_line *l)
{
	(void)l;
	for (unsigned i = 0; i < w->n_heaters; i++)
		w->heater[i].target = 0;
	return 0;
}

/* the reading goes into the range at once */
int
macro_cmd_wait(struct macro_world *w, struct macro_line *l)
{
	const char *name = macro_need(w, l, "SENSOR");
	struct macro_heater *h = name ? macro_find_heater(w, name) : NULL;
	double low = -HUGE_VAL, high = HUGE_VAL;

	if (!name || macro_get_double(w, l, "MINIMUM", &low) < 0 ||
	    macro_get_double(w, l, "MAXIMUM", &high) < 0)
		return -1;
	if (low == -HUGE_VAL && high == HUGE_VAL)
		return macro_error(w, "parameter",
		    "Error on 'TEMPERATURE_WAIT': missing MINIMUM or MAXIMUM.");
	w->idle = false;
	if (!h)
		return 0;
	if (!h->known) {
		h->temperature = low != -HUGE_VAL ? low : high;
		h->known = true;
	}
	if (h->temperature < low)
		h->temperature = low;
	if (h->temperature > high)
		h->temperature = high;
	return 0;
}

/* ---- extruders ---- */

int
macro_cmd_activate(struct macro_world *w, struct macro_line *l)
{
	const char *name = macro_need(w, l, "EXTRUDER");
	struct macro_heater *h = name ? macro_find_heater(w, name) : NULL;

	if (!name)
		return -1;
	if (!h || !h->extruder)
		return macro_error(
		    w, "heater", "'%s' is not a valid extruder.", name);
	if (w->extruder >= 0 && &w->heater[w->extruder] == h) {
		macro_respond(w, "// Extruder %s already active", h->name);
		return 0;
	}
	macro_respond(w, "// Activating extruder %s", h->name);
	if (w->extruder >= 0)
		w->heater[w->extruder].e = w->g.last[3];
	w->extruder = (int)(h - w->heater);
	gcode_state_extruder(&w->g, h->e);
	return 0;
}

int
macro_cmd_advance(struct macro_world *w, struct macro_line *l)
{
	const char *name = macro_line_get(l, "EXTRUDER");
	struct macro_heater *h = name		    ? macro_find_heater(w, name)
				 : w->extruder >= 0 ? &w->heater[w->extruder]
						    : NULL;

	if (!h)
		return name ? macro_error(w, "heater",
				  "The value '%s' is not valid for EXTRUDER",
				  name)
			    : 0;
	if (macro_get_double(w, l, "ADVANCE", &h->pressure_advance) < 0 ||
	    macro_get_double(w, l, "SMOOTH_TIME", &h->smooth_time) < 0)
		return -1;
	return 0;
}

/* ---- fans, pins, servos, lights ---- */

static double
fan_power(const struct macro_level *l, double v)
{
	v = v < 0 ? 0 : v > 1 ? 1 : v;
	if (v < l->off_below)
		v = 0;
	return v * l->max_power;
}

int
macro_cmd_fan(struct macro_world *w, struct macro_line *l)
{
	struct macro_level *f = macro_find_level(w, "fan", "fan");
	double s = 255;

	if (strcmp(l->command, "M107") == 0)
		s = 0;
	else if (macro_get_double(w, l, "S", &s) < 0)
		return -1;
	if (f)
		f->value = fan_power(f, s / 255);
	return 0;
}

int
macro_cmd_fan_speed(struct macro_world *w, struct macro_line *l)
{
	const char *name = macro_need(w, l, "FAN");
	struct macro_level *f =
	    name ? macro_find_level(w, "fan_generic", name) : NULL;
	double v = 0;

	if (!name || macro_get_double(w, l, "SPEED", &v) < 0)
		return -1;
	if (!f)
		return macro_error(w, "parameter",
		    "The value '%s' is not valid for FAN", name);
	f->value = fan_power(f, v);
	return 0;
}

int
macro_cmd_fan_target(struct macro_world *w, struct macro_line *l)
{
	const char *name = macro_line_get(l, "TEMPERATURE_FAN");
	struct macro_level *f =
	    name ? macro_find_level(w, "temperature_fan", name) : NULL;

	return f && macro_get_double(w, l, "TARGET", &f->target) < 0 ? -1 : 0;
}

int
macro_cmd_pin(struct macro_world *w, struct macro_line *l)
{
	const char *name = macro_need(w, l, "PIN");
	struct macro_level *p = name ? macro_find_level(w, NULL, name) : NULL;
	double v = 0;

	if (!name || macro_get_double(w, l, "VALUE", &v) < 0)
		return -1;
	if (!p)
		return macro_error(w, "parameter",
		    "The value '%s' is not valid for PIN", name);
	p->value = v / p->scale;
	return 0;
}

int
macro_cmd_servo(struct macro_world *w, struct macro_line *l)
{
	const char *name = macro_need(w, l, "SERVO");
	struct macro_level *s =
	    name ? macro_find_level(w, "servo", name) : NULL;
	double width, angle;
	int got;

	if (!name)
		return -1;
	if (!s)
		return macro_error(w, "parameter",
		    "The value '%s' is not valid for SERVO", name);
	got = macro_get_double(w, l, "WIDTH", &width);
	if (!got) {
		angle = 0;
		if (macro_get_double(w, l, "ANGLE", &angle) < 0)
			return -1;
		angle = angle < 0 ? 0 : angle;
		angle = angle > s->max_angle ? s->max_angle : angle;
		width = s->min_width +
			angle * (s->max_width - s->min_width) / s->max_angle;
	}
	s->value = got < 0 ? s->value : width / 0.020;
	return got < 0 ? -1 : 0;
}

int
macro_cmd_led(struct macro_world *w, struct macro_line *l)
{
	static const char *const key[] = {"RED", "GREEN", "BLUE", "WHITE"};
	const char *name = macro_need(w, l, "LED");
	double c[4] = {0, 0, 0, 0};
	int64_t index = 0;

	if (!name || macro_get_int(w, l, "INDEX", &index) < 0)
		return -1;
	for (int i = 0; i < 4; i++)
		if (macro_get_double(w, l, key[i], &c[i]) < 0)
			return -1;
	for (unsigned i = 0; i < w->n_leds; i++) {
		struct macro_leds *s = &w->leds[i];

		if (strcmp(s->alias, name) != 0)
			continue;
		for (unsigned k = 0; k < s->n; k++)
			if (index <= 0 || k + 1 == (unsigned)index)
				memcpy(s->colour[k], c, sizeof(c));
	}
	return 0;
}

int
macro_cmd_filament(struct macro_world *w, struct macro_line *l)
{
	const char *name = macro_need(w, l, "SENSOR");
	struct macro_level *s =
	    name ? macro_find_level(w, "filament_switch_sensor", name) : NULL;
	int64_t on = 1;

	if (!name || macro_get_int(w, l, "ENABLE", &on) < 0)
		return -1;
	if (!s)
		s = macro_find_level(w, "filament_motion_sensor", name);
	if (s)
		s->enabled = on != 0;
	return 0;
}

int
macro_cmd_tmc_current(struct macro_world *w, struct macro_line *l)
{
	const char *name = macro_line_get(l, "STEPPER");
	double v;

	if (macro_get_double(w, l, "CURRENT", &v) != 1 || !name)
		return w->failed ? -1 : 0;
	if (!w->tmc_current)
		w->tmc_current =
		    xcalloc(w->n_objects + 1, sizeof(*w->tmc_current));
	for (unsigned i = 0; i < w->n_objects; i++) {
		const char *at = strchr(w->object[i].name, ' ');

		if (w->object[i].kind == MK_TMC && at &&
		    strcmp(at + 1, name) == 0)
			w->tmc_current[i] = v;
	}
	return 0;
}

int
macro_cmd_retraction(struct macro_world *w, struct macro_line *l)
{
	static const char *const key[] = {"RETRACT_LENGTH", "RETRACT_SPEED",
	    "UNRETRACT_EXTRA_LENGTH", "UNRETRACT_SPEED"};

	for (int i = 0; i < 4; i++)
		if (macro_get_double(w, l, key[i], &w->retract[i]) < 0)
			return -1;
	return 0;
}

/* G10, G11: an E move with the state put aside around it */
int
macro_cmd_retract(struct macro_world *w, struct macro_line *l)
{
	bool back = strcmp(l->command, "G11") == 0;
	double length = back ? w->retract[0] + w->retract[2] : -w->retract[0];
	double speed = back ? w->retract[3] : w->retract[1];

	if (w->retracted == !back)
		return 0;
	w->retracted = !back;
	if (macro_inner(w, "SAVE_GCODE_STATE NAME=_retract_state") ||
	    macro_inner(w, "G91") ||
	    macro_inner(w, "G1 E%.5f F%d", length, (int)(speed * 60)) ||
	    macro_inner(w, "RESTORE_GCODE_STATE NAME=_retract_state"))
		return -1;
	return 0;
}

int
macro_cmd_dual(struct macro_world *w, struct macro_line *l)
{
	const char *mode = macro_line_get(l, "MODE");
	const char *name = macro_line_get(l, "CARRIAGE");
	static const char *const known[] = {
	    "PRIMARY", "COPY", "MIRROR", "INACTIVE"};
	int which;

	if (!name)
		return 0;
	which = strcmp(name, "0") == 0 || strcmp(name, "carriage_0") == 0 ||
			strcmp(name, "carriage_x") == 0
		    ? 0
		    : 1;
	for (int i = 0; i < 4; i++) {
		if (strcmp(mode ? mode : "PRIMARY", known[i]) != 0)
			continue;
		w->dual_mode[which] = known[i];
		if (i == 0)
			w->dual_mode[!which] = "INACTIVE";
	}
	return 0;
}
