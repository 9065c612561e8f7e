/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Moves and events, in the order of time. */
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "machine/gcode_private.h"

struct plan_record
gcode_record(const struct gcode_exec *ex, enum plan_type type)
{
	struct plan_record rec;

	memset(&rec, 0, sizeof(rec));
	rec.type = type;
	rec.line = ex->place.line;
	return rec;
}

static void
hand_out(struct gcode_exec *ex, struct plan_record *rec)
{
	rec->t = ex->t;
	if (ex->hooks.record)
		ex->hooks.record(ex->ctx, rec);
}

/* the events that were posted before one more move than emitted */
static void
hand_out_events(struct gcode_exec *ex)
{
	while (ex->n_events) {
		struct gcode_event *e = &ex->event[ex->first_event];

		if (e->after > ex->emitted)
			return;
		ex->first_event++;
		ex->n_events--;
		hand_out(ex, &e->rec);
		free(e->text);
	}
	ex->first_event = 0;
}

void
gcode_post(struct gcode_exec *ex, struct plan_record *rec, const char *text)
{
	struct gcode_event *e;

	if (text)
		rec->u.text.s = text;
	if (!ex->n_events && ex->accepted == ex->emitted) {
		hand_out(ex, rec);
		return;
	}
	ALLOC_GROW(
	    ex->event, ex->first_event + ex->n_events + 1, ex->event_alloc);
	e = &ex->event[ex->first_event + ex->n_events++];
	e->after = ex->accepted;
	e->rec = *rec;
	e->text = text ? xstrdup(text) : NULL;
	if (text)
		e->rec.u.text.s = e->text;
}

/* The line at hand is a later one; it ends here, without an END. */
static void
overlong(struct gcode_exec *ex, uint32_t line)
{
	struct diag_place place = {ex->place.file, line, 0};

	if (!ex->overlong)
		diag_report(ex->sink, DIAG_ERROR, &place, "bad-value",
		    "with this move the plan would last more than %g s "
		    "without a rest",
		    PLAN_TIME_MAX_S);
	ex->overlong = ex->failed = true;
}

void
gcode_emit_slice(void *ctx, const struct planner_move *m,
    const struct planner_profile *q, bool last)
{
	struct gcode_exec *ex = ctx;
	struct plan_move *out = &ex->move.u.move;
	double takes;

	if (!q) { /* too little was left for a record */
		ex->emitted += last;
		return;
	}
	if (ex->n_events)
		hand_out_events(ex);
	takes = q->accel_t + q->cruise_t + q->decel_t;
	if (ex->overlong || !(ex->t + takes <= PLAN_TIME_MAX_S)) {
		overlong(ex, m->line);
		ex->emitted += last;
		return;
	}
	memcpy(out->start, m->start, sizeof(out->start));
	memcpy(out->dir, m->dir, sizeof(out->dir));
	out->start_e = m->start_e;
	out->ratio_e = m->ratio_e;
	out->distance = m->distance;
	out->accel_t = q->accel_t;
	out->cruise_t = q->cruise_t;
	out->decel_t = q->decel_t;
	out->start_v = q->start_v;
	out->cruise_v = q->cruise_v;
	out->accel = m->accel;
	out->jerk = q->jerk;
	out->advance = m->ratio_e > 0 && (m->dir[0] != 0 || m->dir[1] != 0);
	ex->move.line = m->line;
	hand_out(ex, &ex->move);
	ex->t += takes;
	ex->moving_t += takes;
	ex->filament += m->ratio_e * m->distance;
	if (m->dir[0] != 0 || m->dir[1] != 0 || m->dir[2] != 0)
		ex->distance += m->distance;
	ex->slices++;
	ex->emitted += last;
}

void
gcode_emit_move(
    void *ctx, const struct planner_move *m, const struct planner_profile *q)
{
	gcode_emit_slice(ctx, m, q, true);
}

void
gcode_to_rest(struct gcode_exec *ex)
{
	if (planner_pending(ex->planner))
		planner_flush(ex->planner);
	if (ex->scurve)
		scurve_flush(ex->scurve);
	if (ex->n_events)
		hand_out_events(ex);
}

/* A group that has not begun needs no end. */
void
gcode_barrier(struct gcode_exec *ex)
{
	struct plan_record rec = gcode_record(ex, PLAN_BARRIER);

	gcode_to_rest(ex);
	if (ex->t == 0)
		return;
	hand_out(ex, &rec);
	ex->total_t += ex->t;
	ex->t = 0;
}

int
gcode_dwell(struct gcode_exec *ex, double seconds)
{
	struct plan_record rec = gcode_record(ex, PLAN_DWELL);

	gcode_to_rest(ex);
	if (ex->t + seconds > PLAN_TIME_MAX_S)
		return gcode_fail(ex, NULL, "bad-value",
		    "%g s of waiting: the plan would last more than %g s "
		    "without a rest",
		    seconds, PLAN_TIME_MAX_S);
	rec.u.dwell.duration = seconds;
	hand_out(ex, &rec);
	ex->t += seconds;
	return 0;
}

void
gcode_exec_rest(struct gcode_exec *ex)
{
	gcode_to_rest(ex);
}

void
gcode_exec_quiet(struct gcode_exec *ex)
{
	struct plan_record rec = gcode_record(ex, PLAN_SYNC);

	gcode_to_rest(ex);
	gcode_post(ex, &rec, NULL);
}

void
gcode_exec_end(struct gcode_exec *ex)
{
	struct plan_record rec = gcode_record(ex, PLAN_END);

	gcode_to_rest(ex);
	if (ex->overlong)
		return;
	rec.u.end.moves = ex->slices;
	rec.u.end.lines = ex->lines;
	rec.u.end.duration = ex->total_t + ex->t;
	rec.u.end.filament = ex->filament;
	rec.u.end.distance = ex->distance;
	hand_out(ex, &rec);
}

void
gcode_events_free(struct gcode_exec *ex)
{
	for (size_t i = 0; i < ex->n_events; i++)
		free(ex->event[ex->first_event + i].text);
	free(ex->event);
}
