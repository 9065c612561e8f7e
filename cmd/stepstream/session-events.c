/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Events of the plan: what happens at their time, and telling about it. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "accel.h"
#include "base/xalloc.h"
#include "session.h"

/* Lines are remembered this far apart, s. */
#define DONE_STEP_S 0.020
/* ... and kept for so long: the board may have failed before it was noticed */
#define DONE_KEEP_S 10

static bool
offline(const struct session *s)
{
	return mcu_kind(s->mcu) == MCU_OFFLINE;
}

struct json *
session_event(struct session *s, double t, const char *name)
{
	return events_open(&s->events, fmax(t - s->began, 0), name);
}

void
session_state(struct session *s, const char *state)
{
	struct json *j;

	if (strcmp(s->state, state) == 0)
		return;
	s->state = state;
	j = session_event(s, session_now(s), "state");
	json_string(j, "state", state);
	events_close(&s->events);
}

static void
replace(char **text, const char *by)
{
	char *was = *text;

	*text = xstrdup(by);
	free(was);
}

void
session_set_target(struct session *s, int heater, double target)
{
	struct heater_unit *u = &s->heater[heater];
	struct json *j;

	heater_set_target(&u->heater, target);
	/* off is at once, not with the next reading */
	if (!(target > 0) && u->pin_value != 0) {
		mcu_output_set(u->pin, fmax(mcu_now(s->mcu), 0) + 0.1, 0);
		u->pin_value = 0;
	}
	j = session_event(s, session_now(s), "target");
	json_string(j, "heater", u->heater.config->name);
	json_fixed(j, "target", target, 2);
	events_close(&s->events);
}

void
session_set_pin(struct session *s, int pin, double t, double value)
{
	mcu_output_set(s->pin[pin].pin, t, value);
	s->pin[pin].value = value;
}

static void
layer(struct session *s, const struct plan_record *r, double t)
{
	struct json *j = session_event(s, t, "layer");

	s->layer = r->u.layer.index;
	s->layer_z = r->u.layer.z;
	json_int(j, "layer", r->u.layer.index);
	json_fixed(j, "z", r->u.layer.z, 4);
	events_close(&s->events);
}

static void
progress(struct session *s, const struct plan_record *r, double t)
{
	struct json *j = session_event(s, t, "progress");

	s->fraction = r->u.progress.fraction;
	json_fixed(j, "progress", r->u.progress.fraction, 4);
	events_close(&s->events);
}

static void
say(struct session *s, double t, const char *event, const char *text)
{
	struct json *j = session_event(s, t, event);

	json_string(j, event, text);
	events_close(&s->events);
}

static void
report_position(struct session *s, double t)
{
	struct json *j = session_event(s, t, "position");
	double pos[4];

	axes_position(&s->axes, t, pos);
	json_array(j, "position");
	for (int i = 0; i < 4; i++)
		json_fixed(j, NULL, pos[i], 4);
	json_close(j);
	events_close(&s->events);
}

static void
report_endstops(struct session *s, double t)
{
	bool hit[MACHINE_AXES] = {false}, probe = false;
	struct json *j;

	for (int i = 0; i < MACHINE_AXES; i++)
		if (s->axes.endstop[i] &&
		    mcu_endstop_query(s->axes.endstop[i], &hit[i]) != 0)
			return;
	if (s->axes.probe && mcu_endstop_query(s->axes.probe, &probe) != 0)
		return;
	j = session_event(s, t, "endstops");
	for (int i = 0; i < MACHINE_AXES; i++) {
		char name[2] = {(char)('x' + i), '\0'};

		if (s->axes.endstop[i])
			json_bool(j, name, hit[i]);
	}
	if (s->axes.probe)
		json_bool(j, "probe", probe);
	events_close(&s->events);
}

static void
report(struct session *s, const struct plan_record *r, double t)
{
	static const char record[] = "accelerometer";

	if (strcmp(r->u.text.s, "position") == 0)
		report_position(s, t);
	else if (strcmp(r->u.text.s, "endstops") == 0)
		report_endstops(s, t);
	else if (strcmp(r->u.text.s, "temperature") == 0)
		s->next_report = -HUGE_VAL; /* with the next tick */
	else if (strncmp(r->u.text.s, record, sizeof(record) - 1) == 0 &&
		 s->options.accel)
		accel_toggle(
		    s->options.accel, r->u.text.s + sizeof(record) - 1);
}

static void
happen(struct session *s, const struct plan_record *r, double t)
{
	int i;

	switch (r->type) {
	case PLAN_HEATER:
		i = machine_heater_index(s->machine, r->u.heater.name);
		session_set_target(s, i, r->u.heater.target);
		break;
	case PLAN_LAYER:
		layer(s, r, t);
		break;
	case PLAN_PROGRESS:
		progress(s, r, t);
		break;
	case PLAN_MESSAGE:
		replace(&s->message, r->u.text.s);
		say(s, t, "message", r->u.text.s);
		break;
	case PLAN_OBJECT:
		replace(&s->object, r->u.text.s);
		say(s, t, "object", r->u.text.s);
		break;
	case PLAN_SOURCE:
		replace(&s->source, r->u.text.s);
		break;
	case PLAN_REPORT:
		report(s, r, t);
		break;
	default:
		break;
	}
}

static bool
has_text(const struct plan_record *r)
{
	return r->type == PLAN_MESSAGE || r->type == PLAN_OBJECT ||
	       r->type == PLAN_SOURCE || r->type == PLAN_REPORT;
}

static void
push_due(struct session *s, const struct plan_record *r, double t)
{
	struct due *d;

	if (s->due_at > 256 && s->due_at * 2 > s->n_due) {
		s->n_due -= s->due_at;
		memmove(s->due, s->due + s->due_at, s->n_due * sizeof(*d));
		s->due_at = 0;
	}
	ALLOC_GROW(s->due, s->n_due + 1, s->due_alloc);
	d = &s->due[s->n_due++];
	d->t = t;
	d->rec = *r;
	if (has_text(r))
		d->rec.u.text.s = xstrdup(r->u.text.s);
}

static void
push_done(struct session *s, const struct done_line *line)
{
	/* of lines that follow each other closely the last one will do */
	if (s->n_done > s->done_at && line->t - s->done_first < DONE_STEP_S) {
		s->done[s->n_done - 1] = *line;
		return;
	}
	if (s->done_at > 4096) {
		size_t old = s->done_at;

		while (old > 0 && s->done[old - 1].t > line->t - DONE_KEEP_S)
			old--;
		s->n_done -= old;
		s->done_at -= old;
		memmove(s->done, s->done + old, s->n_done * sizeof(*s->done));
	}
	ALLOC_GROW(s->done, s->n_done + 1, s->done_alloc);
	s->done[s->n_done++] = *line;
	s->done_first = line->t;
}

void
session_close_line(struct session *s)
{
	if (s->open.line != 0)
		push_done(s, &s->open);
	s->open.line = 0;
}

/* A line is done when a move of another one begins. */
static void
note_move(struct session *s, const struct plan_record *r, double t)
{
	s->open.t = t;
	s->open.line = r->line;
	memcpy(s->open.pos, s->axes.pos, sizeof(s->open.pos));
}

/* The line has committed it. */
static void
go_along(struct session *s, const struct plan_record *r)
{
	struct axes_motor *m = axes_find_motor(&s->axes, r->u.along.name);

	m->goes_along = true;
	m->along = r->u.along.ratio;
}

void
session_record(void *ctx, const struct plan_record *r, double t)
{
	struct session *s = ctx;
	int i;

	if (r->line != s->open.line)
		session_close_line(s);
	exclude_committed(s, r);
	switch (r->type) {
	case PLAN_MOVE:
		if (!offline(s))
			note_move(s, r, t);
		break;
	case PLAN_FAN:
		i = machine_fan_index(s->machine, r->u.value.name);
		fan_set(&s->fan[i], t, r->u.value.value);
		break;
	case PLAN_PIN:
		i = machine_output_index(s->machine, r->u.value.name);
		session_set_pin(s, i, t, r->u.value.value);
		break;
	case PLAN_ADVANCE:
		axes_set_advance(&s->axes, r->u.advance.extruder,
		    r->u.advance.advance, r->u.advance.smooth_time);
		break;
	case PLAN_ALONG:
		go_along(s, r);
		break;
	case PLAN_STEPPER:
		axes_move_alone(&s->axes,
		    axes_find_motor(&s->axes, r->u.stepper.name), r, t);
		break;
	default:
		if (offline(s))
			happen(s, r, t);
		else
			push_due(s, r, t);
		break;
	}
}

void
session_forget_due(struct session *s)
{
	for (; s->due_at < s->n_due; s->due_at++) {
		const struct plan_record *r = &s->due[s->due_at].rec;

		if (has_text(r))
			free((char *)(uintptr_t)r->u.text.s);
	}
	free(s->due);
	free(s->done);
}

/* The machine has come past that line. */
void
session_reached(struct session *s, uint32_t line)
{
	if (line == 0)
		return;
	s->reached.t = session_now(s);
	s->reached.line = line;
	memcpy(s->reached.pos, s->axes.pos, sizeof(s->reached.pos));
	if (s->done_at < s->n_done)
		return;
	push_done(s, &s->reached);
	s->done_at = s->n_done;
}

static void
do_event(struct session *s)
{
	struct due *d = &s->due[s->due_at++];
	struct plan_record r = d->rec;

	happen(s, &r, d->t);
	/* the move that begins a layer is in the same line */
	if (r.type == PLAN_LAYER && r.line > 0)
		r.line--;
	if (r.line > s->reached.line)
		s->reached.line = r.line;
	if (has_text(&r))
		free((char *)(uintptr_t)r.u.text.s);
}

void
session_do_due(struct session *s, double now)
{
	for (;;) {
		double event =
		    s->due_at < s->n_due ? s->due[s->due_at].t : HUGE_VAL;
		double line =
		    s->done_at < s->n_done ? s->done[s->done_at].t : HUGE_VAL;

		if (event > now && line > now)
			return;
		if (line <= event)
			s->reached = s->done[s->done_at++];
		else
			do_event(s);
	}
}
