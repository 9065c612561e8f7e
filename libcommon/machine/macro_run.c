/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Running lines: dispatching, calls of macros, errors with their chain. */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "machine/macro_private.h"

#define DEPTH_MAX 64 /* of calls within calls */

/* ---- saying what happens ---- */

void
macro_respond(struct macro_world *w, const char *fmt, ...)
{
	struct buf text = BUF_INIT;
	va_list ap;

	if (!w->hook.respond)
		return;
	va_start(ap, fmt);
	buf_vaddf(&text, fmt, ap);
	va_end(ap);
	w->hook.respond(w->ctx, text.data);
	buf_release(&text);
}

static void
chain(struct macro_world *w)
{
	for (struct macro_frame *f = w->frame; f; f = f->outer)
		diag_report(w->sink, DIAG_NOTE, &f->called, "called",
		    "in '%s', called here by '%.*s'", f->title,
		    (int)(f->called_len > 200 ? 200 : f->called_len),
		    f->called_text);
}

static int
fail_at(struct macro_world *w, const struct diag_place *at, const char *slug,
    const char *response, const char *text)
{
	if (!w->failed) {
		diag_report(w->sink, DIAG_ERROR, at, slug, "%s", text);
		chain(w);
		macro_respond(w, "!! %s", response);
	}
	w->failed = true;
	w->failed_inside = w->frame != NULL;
	return -1;
}

int
macro_error(struct macro_world *w, const char *slug, const char *fmt, ...)
{
	struct buf text = BUF_INIT;
	va_list ap;

	va_start(ap, fmt);
	buf_vaddf(&text, fmt, ap);
	va_end(ap);
	fail_at(w, &w->place, slug, text.data, text.data);
	buf_release(&text);
	return -1;
}

static void
emit(struct macro_world *w, const char *s, size_t n)
{
	struct macro_place p = {w->place, w->frame ? w->frame->title : NULL};

	if (w->hook.trace)
		w->hook.trace(w->ctx, ' ', w->depth, s, n);
	/* a line of the stream stays as it is to the last blank */
	if (!w->frame && w->raw && s >= w->raw &&
	    s + n <= w->raw + w->raw_len) {
		s = w->raw;
		n = w->raw_len;
	}
	if (w->hook.emit)
		w->hook.emit(w->ctx, s, n, &p);
}

static void
trace(struct macro_world *w, char kind, const char *s, size_t n)
{
	if (w->hook.trace)
		w->hook.trace(w->ctx, kind, w->depth, s, n);
}

/* blanks and comments of the stream stay as they are */
static void
emit_blank(
    struct macro_world *w, const struct macro_line *l, const char *s, size_t n)
{
	struct macro_place p = {w->place, NULL};

	if (w->hook.trace && l->len)
		w->hook.trace(w->ctx, ' ', w->depth, l->text, l->len);
	if (w->hook.emit)
		w->hook.emit(w->ctx, s, n, &p);
}

/* ---- commands ---- */

struct macro_command *
macro_find_command(struct macro_world *w, const char *name)
{
	struct macro_command *c;

	HASH_FIND_STR(w->command, name, c);
	return c;
}

static bool
says_nothing(const struct macro_line *l)
{
	const char *s;
	double v;

	if (strcmp(l->command, "M107") == 0 ||
	    strcmp(l->command, "M105") == 0 || strcmp(l->command, "M21") == 0)
		return true;
	s = macro_line_get(l, "S");
	if (strcmp(l->command, "M140") == 0 || strcmp(l->command, "M104") == 0)
		return !s || (klippercfg_double(s, &v) == 0 && v == 0);
	return strcmp(l->command, "M106") == 0 && s &&
	       klippercfg_double(s, &v) == 0 && v == 0;
}

/* nobody here has that command: whoever reads us may */
static int
unknown(struct macro_world *w, struct macro_line *l)
{
	emit(w, l->text, l->len);
	if (says_nothing(l))
		return 0;
	if (w->frame)
		diag_report(w->sink, DIAG_WARNING, &w->place, "unknown-command",
		    "unknown command '%s'", l->command);
	macro_respond(w, "// Unknown command:\"%s\"", l->command);
	return 0;
}

/* the built-in's own name in place of the one it was renamed to */
static void
emit_as(struct macro_world *w, const struct macro_command *c,
    const struct macro_line *l)
{
	struct buf text = BUF_INIT;

	if (c->builtin->macros_only && !(w->flags & MACRO_KLIPPER)) {
		trace(w, ' ', l->text, l->len);
		return;
	}
	if (strcmp(c->name, c->builtin->name) == 0 ||
	    w->flags & MACRO_KLIPPER) {
		emit(w, l->text, l->len);
		return;
	}
	buf_adds(&text, c->builtin->name);
	if (l->raw_len) {
		buf_addc(&text, ' ');
		buf_add(&text, l->raw, l->raw_len);
	}
	emit(w, text.data, text.len);
	buf_release(&text);
}

static int
run_builtin(
    struct macro_world *w, const struct macro_command *c, struct macro_line *l)
{
	int status;

	if (!l->traditional && macro_line_extended(l)) {
		emit_as(w, c, l);
		return macro_error(w, "malformed", "Malformed command '%.*s'",
		    (int)l->len, l->text);
	}
	w->line = l;
	emit_as(w, c, l);
	w->depth++;
	status = c->builtin->run ? c->builtin->run(w, l) : 0;
	w->depth--;
	return status;
}

static int
run_macro(struct macro_world *w, struct macro_def *m, struct macro_line *l)
{
	int status;

	if (m->running) {
		if (w->flags & MACRO_KEEP_GOING)
			emit(w, l->text, l->len);
		return macro_error(
		    w, "recursion", "Macro %s called recursively", m->name);
	}
	trace(w, '+', l->text, l->len);
	if (!l->traditional && macro_line_extended(l))
		return macro_error(w, "malformed", "Malformed command '%.*s'",
		    (int)l->len, l->text);
	if (w->depth >= DEPTH_MAX)
		return macro_error(w, "recursion",
		    "macros call each other deeper than %d", DEPTH_MAX);
	m->running = true;
	status = macro_run_template(w, m->t, m->name, m, l);
	m->running = false;
	return status;
}

/* [homing_override]: which axes it stands in for */
static bool
overrides_home(struct macro_world *w, const struct macro_line *l)
{
	const char *axes = macro_text(w, "homing_override", "axes");
	bool none = !macro_line_get(l, "X") && !macro_line_get(l, "Y") &&
		    !macro_line_get(l, "Z");

	if (w->homing || strcmp(l->command, "G28") != 0 ||
	    !macro_option(w, "homing_override", "gcode"))
		return false;
	if (none)
		return true;
	for (const char *p = axes ? axes : "xyz"; *p; p++) {
		char key[2] = {(char)(*p & ~32), '\0'};

		if (strchr("XYZ", key[0]) && macro_line_get(l, key))
			return true;
	}
	return false;
}

static int
run_home_override(struct macro_world *w, struct macro_line *l)
{
	static const char *const set[] = {
	    "set_position_x", "set_position_y", "set_position_z"};
	struct klippercfg_option *o =
	    macro_option(w, "homing_override", "gcode");
	struct macro_template *t = w->template;
	int status;

	trace(w, '+', l->text, l->len);
	while (t && t->option != o)
		t = t->next;
	if (!t)
		return 0;
	for (int a = 0; a < 3; a++)
		if (macro_option(w, "homing_override", set[a])) {
			w->g.last[a] =
			    macro_number(w, "homing_override", set[a], 0);
			w->homed |= 1u << a;
		}
	w->homing = true;
	status = macro_run_template(w, t, "homing_override", NULL, l);
	w->homing = false;
	return status;
}

int
macro_dispatch(struct macro_world *w, const char *s, size_t n)
{
	struct macro_line l;
	struct macro_command *c;
	int status = 0;

	macro_line_init(&l);
	macro_line_parse(&l, s, n);
	if (w->shut && *l.command) {
		status = macro_error(w, "shutdown", "%s", w->shut_why);
		goto out;
	}
	if (!*l.command) {
		if (!w->frame)
			emit_blank(w, &l, s, n);
		goto out;
	}
	c = macro_find_command(w, l.command);
	if (!c && (strncmp(l.command, "M117 ", 5) == 0 ||
		      strncmp(l.command, "M118 ", 5) == 0 ||
		      strncmp(l.command, "M23 ", 4) == 0)) {
		char first[8] = "";

		memcpy(first, l.command, strcspn(l.command, " "));
		c = macro_find_command(w, first);
		if (c)
			macro_line_first_word(&l);
	}
	if (!c)
		status = unknown(w, &l);
	else if (c->macro)
		status = run_macro(w, c->macro, &l);
	else if (overrides_home(w, &l))
		status = run_home_override(w, &l);
	else
		status = run_builtin(w, c, &l);
out:
	macro_line_release(&l);
	return status;
}

/* a line that a command runs inside itself: followed, not passed on */
int
macro_inner(struct macro_world *w, const char *fmt, ...)
{
	struct buf text = BUF_INIT;
	struct macro_line l;
	va_list ap;
	int status = 0;

	va_start(ap, fmt);
	buf_vaddf(&text, fmt, ap);
	va_end(ap);
	trace(w, '-', text.data, text.len);
	macro_line_init(&l);
	macro_line_parse(&l, text.data, text.len);
	for (const struct macro_builtin_row *b = macro_builtins; b->name; b++) {
		if (strcmp(b->name, l.command) != 0 || !b->run)
			continue;
		if (!l.traditional)
			macro_line_extended(&l);
		status = b->run(w, &l);
	}
	macro_line_release(&l);
	buf_release(&text);
	return status;
}

/* ---- templates ---- */

static const char *
module_of(const char *class)
{
	if (strcmp(class, "CommandError") == 0)
		return "gcode.";
	if (strcmp(class, "UndefinedError") == 0 ||
	    strncmp(class, "Template", 8) == 0 ||
	    strcmp(class, "FilterArgumentError") == 0)
		return "jinja2.exceptions.";
	return "";
}

static const char *
slug_of(const char *class)
{
	static const char *const slug[][2] = {{"UndefinedError", "undefined"},
	    {"TypeError", "type"}, {"ZeroDivisionError", "divide"},
	    {"CommandError", "raised"}, {"StateError", "state"},
	    {"LimitError", "limit"}, {"MemoryError", "limit"},
	    {"RecursionError", "limit"}};

	for (size_t i = 0; i < sizeof(slug) / sizeof(slug[0]); i++)
		if (strcmp(class, slug[i][0]) == 0)
			return slug[i][1];
	return "value";
}

static int
render_error(struct macro_world *w, const struct macro_template *t,
    const struct jinja_error *e)
{
	struct diag_place at = t->option->place;
	struct buf response = BUF_INIT;
	const char *class = e->class;

	if (e->line)
		macro_place_of(t, e->pos, &at);
	buf_addf(&response, "Error evaluating '%s': %s%s: %s", t->name,
	    module_of(class), class, e->text.data);
	if (strcmp(class, "StateError") == 0)
		buf_adds(&response, "; give it with --set or --state");
	fail_at(w, &at, slug_of(class), response.data,
	    strcmp(class, "StateError") == 0
		? strstr(response.data, "the value of")
		: e->text.data);
	buf_release(&response);
	return -1;
}

/* the template's text, and where each of its lines was written */
static int
render(struct macro_world *w, const struct macro_template *t,
    struct macro_def *m, struct macro_line *l, struct buf *out, size_t **origin)
{
	struct jinja_error e = JINJA_ERROR_INIT;
	size_t n = 0, alloc = 0;
	int status;

	if (!t || !t->tpl)
		return macro_error(w, "template", "the template is broken");
	w->fresh = w->asking;
	jinja_begin(w->j);
	macro_forget_status(w);
	macro_context(w, m, l);
	status = jinja_render(w->j, t->tpl, out, &e);
	buf_adds(out, "");
	if (!status)
		for (const char *p = out->data; *p;) {
			size_t skip = strspn(p, " \t\r\f\v");

			ALLOC_GROW(*origin, n + 1, alloc);
			(*origin)[n++] =
			    jinja_origin(w->j, (size_t)(p - out->data) + skip);
			p += strcspn(p, "\n");
			p += *p == '\n';
		}
	if (m && jinja_kept_changed(w->j))
		macro_keep_vars(m, m->vars);
	if (status && strcmp(e.class, "StateError") == 0 && w->ask &&
	    !w->asking) {
		w->asking = true;
		if (w->ask(w, w->ask_data) == 0) {
			buf_clear(out);
			jinja_error_release(&e);
			status = render(w, t, m, l, out, origin);
			w->asking = false;
			return status;
		}
		w->asking = false;
	}
	if (status)
		render_error(w, t, &e);
	jinja_error_release(&e);
	return status;
}

static int
run_lines(struct macro_world *w, const struct macro_template *t,
    const char *text, const size_t *origin)
{
	size_t i = 0;
	int status = 0;

	for (const char *p = text; *p && !status; i++) {
		size_t n = strcspn(p, "\n"), k = n;
		const char *s = p;

		p += n + (p[n] == '\n');
		while (k && (*s == ' ' || *s == '\t' || *s == '\r')) {
			s++;
			k--;
		}
		while (k && (s[k - 1] == ' ' || s[k - 1] == '\t' ||
				s[k - 1] == '\r'))
			k--;
		if (!k && !w->shut)
			continue;
		macro_place_of(t, origin[i], &w->place);
		if (w->shut)
			return macro_error(w, "shutdown", "%s", w->shut_why);
		status = macro_dispatch(w, s, k);
	}
	return status;
}

int
macro_run_template(struct macro_world *w, const struct macro_template *t,
    const char *title, struct macro_def *m, struct macro_line *l)
{
	struct macro_frame frame = {w->frame, t, title, w->place,
	    l ? l->text : title, l ? l->len : strlen(title)};
	struct diag_place place = w->place;
	struct buf text = BUF_INIT;
	size_t *origin = NULL;
	int status;

	w->frame = &frame;
	w->depth++;
	status = render(w, t, m, l, &text, &origin);
	if (!status)
		status = run_lines(w, t, text.data, origin);
	w->depth--;
	w->frame = frame.outer;
	w->place = place;
	free(origin);
	buf_release(&text);
	return status;
}

/* ---- the stream ---- */

static int
finish(struct macro_world *w, int status)
{
	/* Klipper's batch mode ends at an error within a macro */
	bool stop =
	    w->failed && (!(w->flags & MACRO_KEEP_GOING) ||
			     (w->flags & MACRO_ASSUME && w->failed_inside));

	w->failed = stop;
	(void)status;
	return stop ? -1 : 0;
}

static struct macro_delayed *
next_due(struct macro_world *w, double until)
{
	struct macro_delayed *due = NULL;

	for (unsigned i = 0; i < w->n_delayed; i++) {
		struct macro_delayed *d = &w->delayed[i];

		if (d->armed && d->wake <= until &&
		    (!due || d->wake < due->wake))
			due = d;
	}
	return due;
}

static int
fire(struct macro_world *w, struct macro_delayed *d)
{
	struct buf title = BUF_INIT;
	int status;

	d->armed = false;
	d->inside = true;
	d->again = false;
	buf_addf(&title, "(delayed_gcode %s)", d->name);
	trace(w, '+', title.data, title.len);
	w->place = d->t->option->place;
	status = macro_run_template(w, d->t, title.data, NULL, NULL);
	d->inside = false;
	if (d->again) {
		d->armed = d->again_in > 0;
		d->wake += d->again_in;
	}
	buf_release(&title);
	return finish(w, status);
}

int
macro_fire_due(struct macro_world *w)
{
	struct macro_delayed *d;
	unsigned guard = 0;

	while (!w->failed && (d = next_due(w, macro_now(w)))) {
		if (++guard > 10000)
			return macro_error(w, "limit",
			    "delayed_gcode '%s' runs without end", d->name);
		if (fire(w, d))
			return -1;
	}
	return 0;
}

int
macro_begin(struct macro_world *w)
{
	for (unsigned i = 0; i < w->n_delayed; i++) {
		w->delayed[i].initial = w->delayed[i].armed;
		w->delayed[i].armed = false;
	}
	/* a print begins long after start-up: these have all run by then */
	for (;;) {
		struct macro_delayed *first = NULL;

		for (unsigned i = 0; i < w->n_delayed; i++) {
			struct macro_delayed *d = &w->delayed[i];

			if (d->initial && (!first || d->wake < first->wake))
				first = d;
		}
		if (!first)
			return 0;
		first->initial = false;
		first->wake = 0;
		if (fire(w, first))
			return -1;
	}
}

int
macro_line(
    struct macro_world *w, const char *s, size_t n, const struct diag_place *at)
{
	int status;

	w->place = *at;
	w->raw = s;
	w->raw_len = n;
	status = finish(w, macro_dispatch(w, s, n));
	w->raw = NULL;
	if (!status && w->n_delayed)
		status = macro_fire_due(w);
	if (!status && w->sd_active)
		status = macro_run_sd(w);
	return status;
}

int
macro_end(struct macro_world *w)
{
	return w->failed ? -1 : 0;
}
