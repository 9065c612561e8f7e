/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Carries out G-code: from bytes to commands. */
#include "machine/gcode_exec.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "base/xalloc.h"
#include "machine/gcode_private.h"
#include "machine/homing_load.h"

static void
start_limits(struct gcode_exec *ex)
{
	const struct machine *m = ex->machine;

	ex->limits = (struct planner_limits){
	    .velocity = m->max_velocity,
	    .accel = m->max_accel,
	    .square_corner_velocity = m->square_corner_velocity,
	    .minimum_cruise_ratio = m->minimum_cruise_ratio,
	    .z_velocity = m->max_z_velocity,
	    .z_accel = m->max_z_accel,
	};
	ex->retract_length = m->retract_length;
	ex->retract_speed = m->retract_speed;
	ex->unretract_extra = m->unretract_extra_length;
	ex->unretract_speed = m->unretract_speed;
	for (int i = 0; i < 3; i++) {
		struct gcode_shaper_state *s = &ex->shaper[i];

		snprintf(s->type, sizeof(s->type), "%s",
		    m->shaper[i].type ? m->shaper[i].type : "mzv");
		s->freq = m->shaper[i].freq;
		s->damping = m->shaper[i].damping;
	}
}

struct gcode_exec *
gcode_exec_new(const struct machine *machine,
    const struct gcode_options *options, const struct gcode_hooks *hooks,
    void *ctx, struct diag_sink *sink)
{
	struct gcode_exec *ex = xcalloc(1, sizeof(*ex));

	ex->machine = machine;
	if (options)
		ex->options = *options;
	ex->hooks = *hooks;
	ex->ctx = ctx;
	ex->sink = sink;
	ex->plane = 17;
	ex->move.type = PLAN_MOVE;
	gcode_line_init(&ex->line);
	gcode_state_init(&ex->st);
	if (ex->options.jerk > 0) {
		ex->scurve = scurve_new(gcode_emit_slice, ex, ex->options.jerk);
		ex->planner = planner_new(scurve_add, ex->scurve);
	} else {
		ex->planner = planner_new(gcode_emit_move, ex);
	}
	ex->extruders =
	    xcalloc((size_t)(machine->n_extruders + machine->n_extra) + 1,
		sizeof(*ex->extruders));
	ex->target = xcalloc(machine->n_heaters + 1, sizeof(*ex->target));
	ex->fan = xcalloc(machine->n_fans + 1, sizeof(*ex->fan));
	ex->warm = xcalloc(machine->n_heaters + 1, sizeof(*ex->warm));
	for (int i = 0; i < machine->n_extruders + machine->n_extra; i++)
		gcode_pusher_configured(machine, i, &ex->extruders[i].law,
		    &ex->extruders[i].advance, &ex->extruders[i].smooth_time);
	start_limits(ex);
	gcode_reach_init(ex);
	if (ex->options.arc_tolerance <= 0)
		ex->options.arc_tolerance = machine->arc_chord_error;
	gcode_set_homed(ex, ex->options.assume_ready ? 7 : 0);
	gcode_carriages_init(ex);
	gcode_motors_init(ex);
	if (ex->options.checks_homing) {
		ex->weak = xcalloc(HOMING_LOADS_MAX, sizeof(*ex->weak));
		ex->n_weak = homing_loads(machine, ex->weak);
	}
	ex->extruder = -1;
	if (machine->n_extruders)
		gcode_use_extruder(ex, 0);
	return ex;
}

void
gcode_exec_make_ready(struct gcode_exec *ex, bool homed, bool hot)
{
	if (hot)
		ex->options.assume_ready = ex->hot = true;
	if (homed) {
		gcode_set_homed(ex, 7);
		gcode_carriages_ready(ex);
	}
}

void
gcode_exec_free(struct gcode_exec *ex)
{
	if (!ex)
		return;
	for (size_t i = 0; i < ex->n_saved; i++) {
		free(ex->saved[i].name);
		free(ex->saved[i].along);
	}
	free(ex->saved);
	gcode_events_free(ex);
	gcode_unknown_free(ex);
	gcode_exclude_free(ex);
	gcode_called_free(ex);
	gcode_carriages_free(ex);
	gcode_motors_free(ex);
	bed_release(&ex->mesh.bed);
	bed_release(&ex->mesh.guess);
	gcode_line_release(&ex->line);
	planner_free(ex->planner);
	scurve_free(ex->scurve);
	free(ex->effort);
	free(ex->weak);
	gcode_outlines_free(ex);
	free(ex->extruders);
	free(ex->target);
	free(ex->warm);
	free(ex->fan);
	free(ex->marked_file);
	free(ex->macro);
	free(ex);
}

void
gcode_exec_file(struct gcode_exec *ex, const char *name, bool announce)
{
	ex->place = (struct diag_place){name, 0, 0};
	free(ex->macro);
	ex->macro = NULL;
	if (announce) {
		struct plan_record rec = gcode_record(ex, PLAN_SOURCE);

		gcode_post(ex, &rec, name);
	}
}

__attribute__((format(printf, 5, 0))) static void
report(struct gcode_exec *ex, enum diag_level level, const char *at,
    const char *slug, const char *fmt, va_list ap)
{
	struct diag_place place = ex->place;
	struct buf text = BUF_INIT;

	if (at && ex->line_start && at >= ex->line_start)
		place.col = gcode_column(ex->line_start, at);
	buf_vaddf(&text, fmt, ap);
	if (ex->macro)
		buf_addf(&text, " (in macro '%s')", ex->macro);
	diag_report(ex->sink, level, &place, slug, "%s", text.data);
	buf_release(&text);
}

int
gcode_fail(struct gcode_exec *ex, const char *at, const char *slug,
    const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	report(ex, DIAG_ERROR, at ? at : ex->line_start, slug, fmt, ap);
	va_end(ap);
	return -1;
}

void
gcode_note(struct gcode_exec *ex, enum diag_level level, const char *at,
    const char *slug, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	report(ex, level, at ? at : ex->line_start, slug, fmt, ap);
	va_end(ap);
}

int
gcode_number(struct gcode_exec *ex, const struct gcode_line *line,
    const char *key, double min, double max, double *out)
{
	const struct gcode_word *w = gcode_word(line, key);
	double v;

	if (!w)
		return 0;
	if (gcode_word_double(w, &v) < 0)
		return gcode_fail(ex, w->key.s, "bad-number",
		    "'%s' is no number: '%.*s'", key,
		    w->value.n < 60 ? (int)w->value.n : 60, w->value.s);
	if (!(v >= min && v <= max))
		return gcode_fail(ex, w->key.s, "bad-value",
		    "'%s' is %g, outside of %g..%g", key, v, min, max);
	*out = v;
	return 1;
}

const char *
gcode_text(const struct gcode_line *line, const char *key, char out[64])
{
	const struct gcode_word *w = gcode_word(line, key);
	size_t n;

	memset(out, 0, 64);
	if (!w)
		return NULL;
	n = w->value.n < 63 ? w->value.n : 63;
	memcpy(out, w->value.s, n);
	return out;
}

bool
gcode_object_name(const struct gcode_line *line, char out[GCODE_OBJECT_MAX])
{
	const struct gcode_word *w = gcode_word(line, "NAME");
	size_t n = w ? w->value.n : 0;

	n = n < GCODE_OBJECT_MAX ? n : GCODE_OBJECT_MAX - 1;
	if (w)
		memcpy(out, w->value.s, n);
	out[n] = '\0';
	return w;
}

/*
 * "@ FILE:LINE MACRO": on a line of its own it is the place of the next line,
 * which counts one up when it comes.
 */
void
gcode_place_mark(struct gcode_exec *ex, struct gcode_view c, bool own)
{
	const char *s = c.s + 1, *end = c.s + c.n, *colon, *p;
	uint64_t line;

	while (s < end && *s == ' ')
		s++;
	for (p = s; p < end && *p != ' ' && *p != '\r'; p++)
		;
	for (colon = p; colon > s && colon[-1] != ':'; colon--)
		;
	if (colon == s || num_parse_uint(colon, (size_t)(p - colon), &line) ||
	    line > UINT32_MAX)
		return;
	colon--;
	free(ex->macro);
	ex->macro = NULL;
	while (p < end && *p == ' ')
		p++;
	while (end > p && (end[-1] == ' ' || end[-1] == '\r'))
		end--;
	if (p < end)
		ex->macro = xstrndup(p, (size_t)(end - p));
	ex->place.line = (uint32_t)line - (own && line);
	if (ex->place.file && strlen(ex->place.file) == (size_t)(colon - s) &&
	    memcmp(ex->place.file, s, (size_t)(colon - s)) == 0)
		return;
	free(ex->marked_file);
	ex->marked_file = xstrndup(s, (size_t)(colon - s));
	ex->place.file = ex->marked_file;
	if (ex->marked_file[0]) {
		struct plan_record rec = gcode_record(ex, PLAN_SOURCE);

		gcode_post(ex, &rec, ex->marked_file);
	}
}

/* the long way: any line */
static int
any_line(struct gcode_exec *ex, const char *s, size_t n)
{
	struct gcode_line *line = &ex->line;
	const char *nul = n ? memchr(s, '\0', n) : NULL;

	if (nul)
		return gcode_fail(ex, nul, "malformed",
		    "a NUL byte: the file is damaged, or no text");
	gcode_parse(line, s, n);
	if (line->kind == GCODE_WRONG)
		return gcode_fail(
		    ex, line->wrong, "malformed", "%s", line->why);
	if (line->kind != GCODE_BLANK && line->comment.n &&
	    *line->comment.s == '@')
		gcode_place_mark(ex, line->comment, false);
	if (ex->hooks.line && (line->kind != GCODE_BLANK || line->comment.s))
		ex->hooks.line(ex->ctx, line);
	if (line->kind == GCODE_BLANK) {
		if (line->comment.n)
			gcode_comment(ex, line->comment);
		return 0;
	}
	return gcode_command(ex, line);
}

/* the fast road: NULL when it is closed for this line */
static const char *
fast_line(struct gcode_exec *ex, const char *s, const char *end, int *result)
{
	struct gcode_move m;
	const char *next = gcode_scan_move(&m, s, end);

	if (!next || (m.comment && *m.comment == '@'))
		return NULL;
	*result = m.number < 2 ? gcode_linear(ex, &m) : gcode_circular(ex, &m);
	return next;
}

size_t
gcode_exec_lines(struct gcode_exec *ex, const char *data, size_t len)
{
	const char *s = data, *end = data + len;
	bool fast = !ex->hooks.line;

	ex->chunk_end = end;

	while (s < end && !ex->failed && !ex->stopped) {
		const char *next = NULL;
		int result = 0;

		ex->place.line++;
		ex->line_start = s;
		if (fast)
			next = fast_line(ex, s, end, &result);
		if (!next) {
			const char *nl = memchr(s, '\n', (size_t)(end - s));

			if (!nl) {
				ex->place.line--;
				break;
			}
			result = any_line(ex, s, (size_t)(nl - s));
			next = nl + 1;
		}
		ex->lines++;
		s = next;
		if (result && !ex->options.keep_going)
			ex->failed = true;
	}
	ex->line_start = NULL;
	return (size_t)(s - data);
}

bool
gcode_exec_failed(const struct gcode_exec *ex)
{
	return ex->failed;
}

bool
gcode_exec_stopped(const struct gcode_exec *ex)
{
	return ex->stopped;
}

uint64_t
gcode_exec_lines_done(const struct gcode_exec *ex)
{
	return ex->lines;
}

const struct gcode_state *
gcode_exec_state(const struct gcode_exec *ex)
{
	return &ex->st;
}

const struct diag_place *
gcode_exec_place(const struct gcode_exec *ex)
{
	return &ex->place;
}

uint32_t
gcode_exec_homed(const struct gcode_exec *ex)
{
	return ex->homed;
}

int
gcode_exec_extruder(const struct gcode_exec *ex)
{
	return ex->extruder;
}

double
gcode_exec_target(const struct gcode_exec *ex, int heater)
{
	return ex->target[heater];
}

uint32_t
gcode_exec_layer(const struct gcode_exec *ex)
{
	return ex->layer;
}

void
gcode_exec_exclude(struct gcode_exec *ex, const char *name)
{
	gcode_exclude_add(ex, name);
}

unsigned long long
gcode_exec_slowed(const struct gcode_exec *ex)
{
	return ex->effort ? ex->effort->slowed : 0;
}

const struct gcode_probing *
gcode_exec_probing(const struct gcode_exec *ex)
{
	return &ex->probing;
}

double
gcode_exec_jerk_costs_s(const struct gcode_exec *ex, double *plain)
{
	*plain = ex->scurve ? scurve_trapezoids_s(ex->scurve) : ex->moving_t;
	return ex->moving_t - *plain;
}

const char *
gcode_exec_object(const struct gcode_exec *ex)
{
	return ex->object;
}
