/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is looked after all the time: heat, fans, idleness, reports. */
#include <math.h>
#include <string.h>

#include "cli/cli.h"
#include "session.h"

#define CHECK_S	      1.0 /* heaters and automatic fans */
#define TEMPERATURE_S 5.0 /* between two events, */
#define WAITING_S     1.0 /* while heat is waited for */
#define STALE_S	      5.0 /* a sensor that says nothing */
#define FAN_LEAD_S    0.1

static void
temperatures(struct session *s, double now)
{
	struct json *j = session_event(s, now, "temperature");

	for (int i = 0; i < s->machine->n_heaters; i++) {
		const struct heater *h = &s->heater[i].heater;

		json_object(j, h->config->name);
		if (h->seen)
			json_fixed(j, "temperature", h->smoothed, 2);
		json_fixed(j, "target", h->target, 2);
		json_fixed(j, "power", h->power, 3);
		json_close(j);
	}
	for (int i = 0; i < s->machine->n_sensors; i++) {
		if (!s->sensor[i].seen)
			continue;
		json_object(j, s->sensor[i].config->name);
		json_fixed(j, "temperature", s->sensor[i].temperature, 2);
		json_close(j);
	}
	events_close(&s->events);
}

static void
check_heater(struct session *s, struct heater_unit *u, double now)
{
	const struct heater *h = &u->heater;
	const char *why = NULL;

	if (heater_verify(&u->heater, now, &why)) {
		if (!(h->target > 0) || !h->seen || now - h->time < STALE_S)
			return;
		why = "its sensor has gone silent";
	}
	session_stop(s, STOP_HEAT, EXIT_PROTO,
	    "heater '%s' was shut down at %.1f C, target %.1f C: %s; check "
	    "its sensor, its wires and its power, then verify_heater",
	    h->config->name, h->smoothed, h->target, why);
}

static bool
any_warm(const struct session *s, uint64_t heaters, double above)
{
	for (int i = 0; i < s->machine->n_heaters && i < 64; i++) {
		const struct heater *h = &s->heater[i].heater;

		if (heaters >> i & 1 &&
		    (h->target > 0 || (h->seen && h->smoothed > above)))
			return true;
	}
	return false;
}

static void
heater_fan(struct session *s, struct fan *f, double t)
{
	bool on = any_warm(s, f->config->heaters, f->config->heater_temp);

	fan_set(f, t, on ? f->config->fan_speed : 0);
}

static void
controller_fan(struct session *s, struct fan *f, double t)
{
	bool busy = any_warm(s, f->config->heaters, (double)INFINITY);

	for (int i = 0; i < s->axes.n_motors; i++) {
		const struct axes_motor *m = &s->axes.motor[i];
		long n = m->config - s->machine->stepper;

		busy |=
		    m->enabled && (f->config->steppers == 0 ||
				      (n < 64 && f->config->steppers >> n & 1));
	}
	if (busy)
		f->idle_from_s = t + f->config->idle_timeout;
	fan_set(f, t,
	    busy		 ? f->config->fan_speed
	    : t < f->idle_from_s ? f->config->idle_speed
				 : 0);
}

static void
check_fans(struct session *s, double t)
{
	for (int i = 0; i < s->machine->n_fans; i++) {
		if (s->fan[i].config->kind == MACHINE_FAN_HEATER)
			heater_fan(s, &s->fan[i], t);
		else if (s->fan[i].config->kind == MACHINE_FAN_CONTROLLER)
			controller_fan(s, &s->fan[i], t);
	}
}

/* Nothing to do for very long: no heat, no current; then nobody knows any
 * more where the axes are. */
static void
check_idle(struct session *s, double now)
{
	bool hot = false;

	for (int i = 0; i < s->machine->n_heaters; i++)
		hot |= s->heater[i].heater.target > 0;
	if (!(s->machine->idle_timeout > 0) ||
	    now - s->idle_since < s->machine->idle_timeout ||
	    (!hot && !axes_any_enabled(&s->axes)))
		return;
	session_heaters_off(s);
	s->lost = axes_any_enabled(&s->axes);
	axes_disable(&s->axes, NULL, now + FAN_LEAD_S);
	events_close((session_event(s, now, "idle-timeout"), &s->events));
	if (!s->options.quiet)
		cli_warn("nothing to do for %.0f s: heaters and motors off",
		    s->machine->idle_timeout);
}

void
session_tick(struct session *s, double now)
{
	bool waiting = strcmp(s->state, "heating") == 0;

	/* waiting for heat is no idleness, neither is a long dwell */
	if (waiting || (!line_empty(&s->line) && !s->paused))
		s->idle_since = now;
	if (now >= s->next_check) {
		s->next_check = now + CHECK_S;
		for (int i = 0; i < s->machine->n_heaters; i++)
			check_heater(s, &s->heater[i], now);
		check_fans(s, now + FAN_LEAD_S);
		check_idle(s, now);
	}
	if (now >= s->next_report) {
		s->next_report = now + (waiting ? WAITING_S : TEMPERATURE_S);
		if (s->machine->n_heaters + s->machine->n_sensors > 0)
			temperatures(s, now);
	}
	report_progress(s, now);
	report_write(s, now, false);
}
