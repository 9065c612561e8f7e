/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Variables: of macros, of timers, of the file that SAVE_VARIABLE keeps. */
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "io/file.h"
#include "machine/macro_commands.h"
#include "machine/macro_private.h"

/* ---- SET_GCODE_VARIABLE ---- */

static struct macro_def *
find_macro(struct macro_world *w, const char *object)
{
	for (unsigned i = 0; i < w->n_macros; i++)
		if (strcmp(w->macro[i].object, object) == 0)
			return &w->macro[i];
	return NULL;
}

static int
no_macro(struct macro_world *w, const char *name)
{
	struct buf text = BUF_INIT;
	const char *near = NULL;

	for (unsigned i = 0; i < w->n_macros; i++)
		if (strstr(w->macro[i].object, name))
			near = w->macro[i].object;
	buf_addf(&text, "The value '%s' is not valid for MACRO.", name);
	if (near)
		buf_addf(&text, " Did you mean '%s'", near);
	for (unsigned i = 0; i < w->n_macros && !near && i < 20; i++)
		buf_addf(&text, "%s'%s'",
		    i ? ", " : " Options: ", w->macro[i].object);
	macro_error(w, "variable", "%s", text.data);
	buf_release(&text);
	return -1;
}

int
macro_cmd_set_variable(struct macro_world *w, struct macro_line *l)
{
	const char *name = macro_need(w, l, "MACRO");
	const char *var = name ? macro_need(w, l, "VARIABLE") : NULL;
	const char *text = var ? macro_need(w, l, "VALUE") : NULL;
	struct jinja_error e = JINJA_ERROR_INIT;
	struct macro_def *m;
	struct jj_value v, vars;
	int status = 0;

	if (!text)
		return -1;
	m = find_macro(w, name);
	if (!m)
		return no_macro(w, name);
	jinja_begin(w->j);
	if (jj_get(w->j, m->vars, var, strlen(var)).kind == JJ_MISSING)
		return macro_error(
		    w, "variable", "Unknown gcode_macro variable '%s'", var);
	if (jj_literal(w->j, text, strlen(text), &v, &e) ||
	    !macro_literal_ok(v)) {
		status = macro_error(w, "literal",
		    "Unable to parse '%s' as a literal: %s in '%.*s'", text,
		    e.text.data ? e.text.data : "JSON has no such value",
		    (int)l->len, l->text);
	} else {
		vars = m->vars;
		jj_put(w->j, vars, var, v);
		macro_keep_vars(m, vars);
	}
	jinja_error_release(&e);
	return status;
}

/* ---- UPDATE_DELAYED_GCODE ---- */

int
macro_cmd_delay(struct macro_world *w, struct macro_line *l)
{
	const char *id = macro_need(w, l, "ID");
	struct macro_delayed *d = NULL;
	double in = 0;

	if (!id)
		return -1;
	if (!macro_need(w, l, "DURATION") ||
	    macro_get_double(w, l, "DURATION", &in) < 0)
		return -1;
	for (unsigned i = 0; i < w->n_delayed; i++)
		if (strcmp(w->delayed[i].name, id) == 0)
			d = &w->delayed[i];
	if (!d)
		return macro_error(
		    w, "delayed", "The value '%s' is not valid for ID", id);
	if (d->inside) {
		d->again = true;
		d->again_in = in;
	} else {
		d->armed = in > 0;
		d->initial = false;
		d->wake = macro_now(w) + in;
	}
	return 0;
}

bool
macro_timer_due(const struct macro_world *w)
{
	for (unsigned i = 0; i < w->n_delayed; i++)
		if (w->delayed[i].armed && w->delayed[i].wake <= macro_now(w))
			return true;
	return false;
}

/* ---- SAVE_VARIABLE ---- */

static void
keep_saved(struct macro_world *w, struct jj_value vars)
{
	struct arena fresh;

	arena_init(&fresh);
	w->saved_vars = jj_copy(&fresh, vars, JJ_SHARED);
	arena_release(&w->saved_arena);
	w->saved_arena = fresh;
}

/* sorted by name, as a file that is read again */
static struct jj_value
sorted(struct macro_world *w, struct jj_value from)
{
	struct jj_value to = jj_dict_new(w->j);
	const struct jj_dict *d = from.u.d;
	const char *last = NULL;

	for (;;) {
		const struct jj_entry *best = NULL;

		for (uint32_t i = 0; i < d->n; i++) {
			const struct jj_entry *e = &d->e[i];

			if (e->key.kind == JJ_STR &&
			    (!last || strcmp(e->key.u.s->data, last) > 0) &&
			    (!best || strcmp(e->key.u.s->data,
					  best->key.u.s->data) < 0))
				best = e;
		}
		if (!best)
			return to;
		last = best->key.u.s->data;
		jj_put(w->j, to, last, best->value);
	}
}

/* over those of the file; they are not written there */
void
macro_take_saved(struct macro_world *w, struct jj_value over)
{
	struct jj_value vars;

	if (over.kind != JJ_DICT)
		return;
	vars = jj_copy(jinja_arena(w->j), w->saved_vars, JJ_SCRATCH);
	for (uint32_t i = 0; i < over.u.d->n; i++)
		if (over.u.d->e[i].key.kind == JJ_STR)
			jj_put(w->j, vars, over.u.d->e[i].key.u.s->data,
			    over.u.d->e[i].value);
	keep_saved(w, sorted(w, vars));
}

static void
read_one(struct macro_world *w, struct jj_value vars, const char *name,
    const char *text, const struct diag_place *at)
{
	struct jinja_error e = JINJA_ERROR_INIT;
	struct jj_value v;

	if (jj_literal(w->j, text, strlen(text), &v, &e))
		macro_load_error(w, at, "saved-variables",
		    "the saved variable '%s' is not a literal: %s", name,
		    e.text.data);
	else
		jj_put(w->j, vars, name, v);
	jinja_error_release(&e);
}

static char *
file_path(struct macro_world *w, const char *name)
{
	const char *home = getenv("HOME");
	struct buf b = BUF_INIT;

	if (name[0] == '~' && home)
		buf_addf(&b, "%s%s", home, name + 1);
	else
		buf_addf(&b, "%s%s", name[0] == '/' ? "" : w->folder, name);
	return buf_detach(&b);
}

/* [save_variables] filename: an INI file with one section, [Variables] */
void
macro_read_saved(struct macro_world *w)
{
	const char *name = macro_text(w, "save_variables", "filename");
	struct jj_value vars;
	struct buf text = BUF_INIT;
	struct klippercfg *c = NULL;
	char *path;

	jinja_begin(w->j);
	vars = jj_dict_new(w->j);
	if (name) {
		path = file_path(w, name);
		w->saved_path = arena_strdup(&w->arena, path);
		free(path);
		if (macro_read_file(w->saved_path, &text) == 0 && text.len)
			c = klippercfg_parse(text.data, text.len, w->saved_path,
			    KLIPPERCFG_NO_INCLUDE | KLIPPERCFG_NO_AUTOSAVE,
			    w->sink);
	}
	if (c) {
		struct klippercfg_section *s =
		    klippercfg_section(c, "Variables");

		for (struct klippercfg_option *o = s ? s->option : NULL; o;
		     o = o->next)
			read_one(w, vars, o->name, o->value, &o->place);
		klippercfg_free(c);
	}
	keep_saved(w, vars);
	buf_release(&text);
}

static int
crash(struct macro_world *w, const char *command)
{
	macro_error(w, "shutdown", "Internal error on command:\"%s\"", command);
	w->shut = true;
	w->shut_why = "Internal error on command:\"SAVE_VARIABLE\"";
	return -1;
}

/* "%" begins an interpolation in the file: "%%" and "%(" may stand */
static bool
interpolates(const char *s)
{
	for (; *s; s++)
		if (*s == '%') {
			if (s[1] != '%' && s[1] != '(')
				return true;
			s++;
		}
	return false;
}

int
macro_cmd_save_variable(struct macro_world *w, struct macro_line *l)
{
	const char *name = macro_need(w, l, "VARIABLE");
	const char *text = name ? macro_need(w, l, "VALUE") : NULL;
	struct jinja_error e = JINJA_ERROR_INIT;
	struct jj_value v, vars;
	int status = 0;

	if (!text)
		return -1;
	for (const char *p = name; *p; p++)
		if (*p >= 'A' && *p <= 'Z')
			return macro_error(w, "variable",
			    "VARIABLE must not contain upper case");
	jinja_begin(w->j);
	if (jj_literal(w->j, text, strlen(text), &v, &e)) {
		/* what does not even parse stops the printer */
		status = strncmp(e.text.data, "malformed", 9) == 0
			     ? macro_error(w, "literal",
				   "Unable to parse '%s' as a literal", text)
			     : crash(w, "SAVE_VARIABLE");
	} else if (interpolates(text)) {
		status = crash(w, "SAVE_VARIABLE");
	} else {
		vars = jj_copy(jinja_arena(w->j), w->saved_vars, JJ_SCRATCH);
		jj_put(w->j, vars, name, v);
		keep_saved(w, sorted(w, vars));
		w->saved_dirty = true;
	}
	jinja_error_release(&e);
	return status;
}

bool
macro_saved(struct macro_world *w, const char **path, struct buf *out)
{
	const struct jj_dict *d = w->saved_vars.u.d;

	*path = w->saved_path;
	if (!w->saved_dirty)
		return false;
	jinja_begin(w->j);
	buf_adds(out, "[Variables]\n");
	for (uint32_t i = 0; i < d->n; i++) {
		buf_addf(out, "%s = ", d->e[i].key.u.s->data);
		jj_write_repr(w->j, d->e[i].value, out);
		buf_addc(out, '\n');
	}
	buf_addc(out, '\n');
	return true;
}
