/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Single live values, as --set gives them: of names that exist. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "machine/macro_private.h"

/* the object's name: the longest known one, else up to the first point */
static size_t
object_len(const struct macro_world *w, const char *s, size_t n)
{
	size_t best = 0;

	for (unsigned i = 0; i < w->n_objects; i++) {
		size_t len = strlen(w->object[i].name);

		if (len < n && s[len] == '.' &&
		    strncmp(s, w->object[i].name, len) == 0 && len > best)
			best = len;
	}
	return best ? best : strcspn(s, ".");
}

static const struct macro_object *
find(const struct macro_world *w, const char *name)
{
	for (unsigned i = 0; i < w->n_objects; i++)
		if (strcmp(w->object[i].name, name) == 0)
			return &w->object[i];
	return NULL;
}

static int
nobody(struct macro_world *w, const char *what, const char *near)
{
	if (near)
		diag_report(w->sink, DIAG_ERROR, NULL, "set",
		    "%s; did you mean '%s'?", what, near);
	else
		diag_report(w->sink, DIAG_ERROR, NULL, "set", "%s", what);
	return -1;
}

static int
no_object(struct macro_world *w, const char *name)
{
	const char **names = xcalloc(w->n_objects, sizeof(*names));
	struct buf text = BUF_INIT;
	int status;

	for (unsigned i = 0; i < w->n_objects; i++)
		names[i] = w->object[i].name;
	buf_addf(&text, "this printer has no '%s'", name);
	status =
	    nobody(w, text.data, diag_nearest(name, names, (int)w->n_objects));
	buf_release(&text);
	free(names);
	return status;
}

/* d has no such field; path is the whole name up to it */
static int
no_field(struct macro_world *w, struct jj_value d, const char *path,
    size_t owner_len, const char *field)
{
	const char **names = xcalloc(d.u.d->n + 1, sizeof(*names));
	struct buf text = BUF_INIT;
	int n = 0, status;

	for (uint32_t i = 0; i < d.u.d->n; i++)
		if (d.u.d->e[i].key.kind == JJ_STR)
			names[n++] = d.u.d->e[i].key.u.s->data;
	buf_addf(
	    &text, "'%.*s' has no field '%s'", (int)owner_len, path, field);
	status = nobody(w, text.data, diag_nearest(field, names, n));
	buf_release(&text);
	free(names);
	return status;
}

/* objects below whose fields anything may have a name of its own */
static bool
open_below(const struct macro_object *o)
{
	return o->kind == MK_SAVED || o->kind == MK_CONFIGFILE ||
	       o->kind == MK_MESH || o->kind == MK_STATIC;
}

/* is there such a field, and may it be gone into as far as the path goes? */
static int
check_path(struct macro_world *w, const struct macro_object *o, const char *s,
    size_t at, size_t end)
{
	unsigned flags = w->flags;
	struct jj_value d, seen;

	if (o->kind == MK_LIVE)
		return 0;
	w->flags |= MACRO_ASSUME;
	d = macro_status(w, o);
	w->flags = flags;
	seen = jj_get(w->j, w->extra, o->name, strlen(o->name));
	for (size_t p = at + 1; p < end; at = p++) {
		size_t n = strcspn(s + p, ".=");
		struct jj_value key = jj_string(w->j, s + p, n), v;

		if (d.kind != JJ_DICT) {
			if (open_below(o))
				return 0;
			diag_report(w->sink, DIAG_ERROR, NULL, "set",
			    "'%.*s' has no fields of its own: set it whole",
			    (int)at, s);
			return -1;
		}
		v = jj_get(w->j, d, s + p, n);
		if (seen.kind == JJ_DICT)
			seen = jj_get(w->j, seen, s + p, n);
		if (v.kind == JJ_MISSING && seen.kind != JJ_DICT &&
		    (seen.kind == JJ_MISSING || seen.kind == JJ_NONE) &&
		    (at == strlen(o->name) || !open_below(o)))
			return no_field(w, d, s, at, key.u.s->data);
		if (v.kind == JJ_MISSING)
			return 0;
		d = v;
		p += n;
	}
	return 0;
}

/* all with the value at its place; intermediate objects are made */
static void
put_at(struct macro_world *w, struct jj_value all, const char *s, size_t at,
    const char *eq, struct jj_value v)
{
	struct jj_value d = all;

	for (const char *p = s;;) {
		size_t len = p == s ? at : strcspn(p, ".=");
		struct jj_value key = jj_string(w->j, p, len), old;

		if (p + len >= eq) {
			jj_put(w->j, d, key.u.s->data, v);
			return;
		}
		old = jj_get(w->j, d, p, len);
		if (old.kind != JJ_DICT) {
			old = jj_dict_new(w->j);
			jj_put(w->j, d, key.u.s->data, old);
		}
		d = old;
		p += len + 1;
	}
}

/* coordinates are tuples, and some numbers take a detour */
static bool
near_enough(struct macro_world *w, struct jj_value a, struct jj_value b)
{
	bool lists = (a.kind == JJ_TUPLE || a.kind == JJ_LIST) &&
		     (b.kind == JJ_TUPLE || b.kind == JJ_LIST);

	if (a.kind == JJ_FLOAT && b.kind == JJ_FLOAT)
		return fabs(a.u.f - b.u.f) <= 1e-9 * fabs(a.u.f);
	if (!lists || a.u.l->n != b.u.l->n)
		return jj_same(w->j, a, b);
	for (uint32_t i = 0; i < a.u.l->n; i++)
		if (!jj_same(w->j, a.u.l->v[i], b.u.l->v[i]))
			return false;
	return true;
}

/* does a template see it now?  What follows from the stream alone stays. */
static int
check_effect(struct macro_world *w, const char *s, const char *eq)
{
	size_t n = (size_t)(eq - s), at = object_len(w, s, n);
	struct jinja_error e = JINJA_ERROR_INIT;
	struct buf stays = BUF_INIT;
	struct jj_value v, now;
	int status = 0;

	if (macro_stale(w))
		return 0; /* the machine itself is asked */
	macro_forget_status(w);
	jinja_begin(w->j);
	if (jj_literal(w->j, eq + 1, strlen(eq + 1), &v, &e))
		v = jj_strz(w->j, eq + 1);
	now = macro_look_up(w, s, at);
	for (size_t p = at + 1; now.kind == JJ_DICT && p < n;) {
		size_t len = strcspn(s + p, ".=");

		now = jj_get(w->j, now, s + p, len);
		p += len + 1;
	}
	if (!near_enough(w, now, v)) {
		jj_write_repr(w->j, now, &stays);
		diag_report(w->sink, DIAG_ERROR, NULL, "set",
		    "'%.*s' follows from the stream here and stays %s", (int)n,
		    s, stays.data);
		status = -1;
	}
	buf_release(&stays);
	jinja_error_release(&e);
	return status;
}

int
macro_set(struct macro_world *w, const char *s)
{
	const char *eq = strchr(s, '=');
	size_t n = eq ? (size_t)(eq - s) : 0, at = eq ? object_len(w, s, n) : 0;
	struct jinja_error e = JINJA_ERROR_INIT;
	const struct macro_object *o;
	struct jj_value all, v, name;
	const char *suffix;

	if (!eq || at + 1 >= n || at == 0) {
		diag_report(w->sink, DIAG_ERROR, NULL, "set",
		    "'%s' is not OBJECT.FIELD=VALUE", s);
		return -1;
	}
	jinja_begin(w->j);
	name = jj_string(w->j, s, at);
	o = find(w, name.u.s->data);
	/* of a section that nobody here knows it may be an object; of others
	 * it is known whether they are */
	if (!o && (!macro_has_section(w, name.u.s->data) ||
		      schema_section(name.u.s->data, &suffix)))
		return no_object(w, name.u.s->data);
	if (o && check_path(w, o, s, at, n))
		return -1;
	if (jj_literal(w->j, eq + 1, strlen(eq + 1), &v, &e))
		v = jj_strz(w->j, eq + 1);
	all = jj_copy(jinja_arena(w->j), w->extra, JJ_SCRATCH);
	put_at(w, all, s, at, eq, v);
	macro_keep_extra(w, all);
	jinja_error_release(&e);
	if (!o) /* a section that nobody here knows: only now an object */
		return 0;
	macro_apply(w);
	return check_effect(w, s, eq);
}
