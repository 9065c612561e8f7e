/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The rules M001 to M008, over all templates, without running them. */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "lang/jinja_walk.h"
#include "machine/macro_check.h"
#include "machine/macro_inspect.h"
#include "machine/macro_private.h"
#include "machine/macro_script.h"

void
macro_find(struct macro_checking *c, enum diag_level level, const char *slug,
    size_t pos, const char *fmt, ...)
{
	struct diag_place at;
	va_list ap;

	if (c->line)
		at = *c->line;
	else
		macro_place_of(c->t, pos, &at);
	va_start(ap, fmt);
	diag_vreport(c->sink, level, &at, slug, fmt, ap);
	va_end(ap);
}

/* ---- M001: names that are nowhere, fields that no object has ---- */

struct names {
	struct jinja_walk walk;
	struct macro_checking *c;
	const struct jj_node *tested[64]; /* "is defined", default() */
	unsigned n_tested;
	struct macro_uses uses;
	const struct jj_node *set; /* the {% set %} we are in */
};

static bool
assigned(const struct jj_node *n, uint32_t sym)
{
	if (!n)
		return false;
	if (n->kind == N_NAME)
		return n->sym == sym;
	for (uint32_t i = 0; n->kind == N_TUPLE && i < n->body.n; i++)
		if (assigned(n->body.v[i], sym))
			return true;
	return false;
}

struct seeking {
	struct jinja_walk walk;
	uint32_t sym;
	bool found;
};

static bool
seek(struct jinja_walk *walk, const struct jj_node *n)
{
	struct seeking *s = (struct seeking *)walk;

	if (n->kind == N_SET || n->kind == N_SETBLOCK || n->kind == N_FOR)
		s->found |= assigned(n->a, s->sym);
	if (n->kind == N_MACRO)
		s->found |= assigned(n->a, s->sym);
	if (n->kind == N_MACRO || n->kind == N_CALLBLOCK)
		for (uint32_t i = 0; i < n->body.n; i++)
			s->found |= assigned(n->body.v[i], s->sym);
	for (uint32_t i = 0; n->kind == N_WITH && i < n->other.n; i += 2)
		s->found |= assigned(n->other.v[i], s->sym);
	return !s->found;
}

static bool
is_set(const struct jinja_template *t, uint32_t sym)
{
	struct seeking s = {{seek}, sym, false};

	jinja_walk(&s.walk, t);
	return s.found;
}

static bool
from_outside(const struct macro_checking *c, const char *name)
{
	static const char *const known[] = {"printer", "action_respond_info",
	    "action_raise_error", "action_emergency_stop",
	    "action_call_remote_method", "range", "dict", "namespace", "cycler",
	    "joiner", "lipsum", "loop", "self", "caller", "varargs", "kwargs",
	    "params", "rawparams"};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strcmp(name, known[i]) == 0)
			return i < 16 || c->m || c->homing;
	return c->m && jj_get(c->w->j, c->m->vars, name, strlen(name)).kind !=
			   JJ_MISSING;
}

static bool
is_tested(const struct names *s, uint32_t sym)
{
	for (unsigned i = 0; i < s->n_tested; i++)
		if (s->tested[i]->kind == N_NAME && s->tested[i]->sym == sym)
			return true;
	return false;
}

static void
check_name(struct names *s, const struct jj_node *n)
{
	const char *name = n->name->data;

	if (is_set(s->c->t->tpl, n->sym) || from_outside(s->c, name) ||
	    is_tested(s, n->sym))
		return;
	macro_find(s->c, DIAG_ERROR, "m001", n->pos,
	    "nothing is called '%s' here", name);
}

/* a field that is not there, by what becomes of it: variables of macros are
 * often asked for to see whether the user set them */
static void
missing_field(struct names *s, const struct jj_node *n, const char *object)
{
	enum macro_use use = macro_use_of(&s->uses, n);
	bool variable = strncmp(object, "gcode_macro ", 12) == 0;
	const char *name = n->name->data;

	if (use == MACRO_USE_NAMED && s->set && s->set->b == n) {
		use = macro_use_of_name(&s->uses, s->c->t->tpl, s->set->a->sym);
		if (variable &&
		    (use > MACRO_USE_PASSED || is_tested(s, s->set->a->sym)))
			return;
		macro_find(s->c, DIAG_WARNING, "m001", n->pos,
		    "'%s' has no field '%s': '%s' stays undefined%s", object,
		    name, s->set->a->name->data,
		    use == MACRO_USE_FAILS ? ", and using it fails" : "");
	} else if (use == MACRO_USE_FAILS) {
		macro_find(s->c, DIAG_ERROR, "m001", n->pos,
		    "'%s' has no field '%s'", object, name);
	} else if (use == MACRO_USE_PASSED || !variable) {
		macro_find(s->c, DIAG_WARNING, "m001", n->pos,
		    "'%s' has no field '%s': it is %s", object, name,
		    use == MACRO_USE_ASKED ? "never true" : "empty");
	}
}

/* printer.object, printer["object"] of a configuration that has no such */
static void
check_object(struct names *s, const struct jj_node *n)
{
	const struct jj_str *object = jinja_item_of(n->a, "printer");
	const struct jj_str *field = n->kind == N_GETATTR ? n->name : NULL;
	struct macro_world *w = s->c->w;
	struct jj_value at, status;

	if (!object || !field)
		return;
	for (unsigned i = 0; i < s->n_tested; i++) {
		const struct jj_str *t = jinja_item_of(s->tested[i], "printer");

		if (t && strcmp(t->data, object->data) == 0)
			return;
		if (s->tested[i]->kind == N_GETATTR &&
		    strcmp(s->tested[i]->name->data, field->data) == 0)
			return;
		if (s->tested[i]->kind == N_CONST &&
		    s->tested[i]->value.kind == JJ_STR &&
		    strcmp(s->tested[i]->value.u.s->data, object->data) == 0)
			return;
	}
	jinja_begin(w->j);
	at = jj_get(w->j, w->by_name, object->data, object->len);
	if (at.kind != JJ_INT) {
		macro_find(s->c, DIAG_WARNING, "m001", n->pos,
		    "this printer has no '%s'", object->data);
		return;
	}
	status = macro_status(w, &w->object[at.u.i]);
	if (w->object[at.u.i].kind == MK_LIVE ||
	    jj_get(w->j, status, field->data, field->len).kind != JJ_MISSING ||
	    jj_find_method(status, field))
		return;
	missing_field(s, n, object->data);
}

static bool
is_question(const struct jj_node *n)
{
	if (n->kind == N_TEST)
		return strstr(n->name->data, "defined") != NULL;
	return n->kind == N_FILTER && (strcmp(n->name->data, "default") == 0 ||
					  strcmp(n->name->data, "d") == 0);
}

static bool
visit_tested(struct jinja_walk *walk, const struct jj_node *n)
{
	struct names *s = (struct names *)walk;
	unsigned room = sizeof(s->tested) / sizeof(s->tested[0]);

	if (is_question(n) && s->n_tested < room)
		s->tested[s->n_tested++] = n->a;
	if (n->kind == N_COMPARE && s->n_tested < room &&
	    (n->oplist[0] == OP_IN || n->oplist[0] == OP_NOTIN))
		s->tested[s->n_tested++] = n->a;
	if ((n->kind == N_IF || n->kind == N_COND) &&
	    (n->a->kind == N_GETATTR || n->a->kind == N_GETITEM ||
		n->a->kind == N_NAME) &&
	    s->n_tested < room)
		s->tested[s->n_tested++] = n->a;
	if (n->kind == N_AND)
		for (uint32_t i = 0; i < n->body.n; i++)
			if (s->n_tested < room)
				s->tested[s->n_tested++] = n->body.v[i];
	return true;
}

static bool
visit_names(struct jinja_walk *walk, const struct jj_node *n)
{
	struct names *s = (struct names *)walk;

	if (n->kind == N_SET || n->kind == N_SETBLOCK) {
		s->set = n->kind == N_SET ? n : NULL;
		if (n->b)
			jinja_walk_node(walk, n->b);
		s->set = NULL;
		for (uint32_t i = 0; i < n->body.n; i++)
			jinja_walk_node(walk, n->body.v[i]);
		return false;
	}
	if (n->kind == N_NAME)
		check_name(s, n);
	if (n->kind == N_GETATTR)
		check_object(s, n);
	return true;
}

static void
m001(struct macro_checking *c)
{
	struct names s = {.walk = {visit_tested}, .c = c};
	struct macro_params p;

	jinja_walk(&s.walk, c->t->tpl);
	macro_uses_read(&s.uses, c->t->tpl);
	s.walk.visit = visit_names;
	jinja_walk(&s.walk, c->t->tpl);
	free(s.uses.use);
	if (!c->m)
		return;
	macro_read_params(c->t, &p);
	for (unsigned i = 0; i < p.n; i++)
		if (!p.v[i].has_default && !p.v[i].guarded)
			macro_find(c, DIAG_NOTE, "m001", p.v[i].at->pos,
			    "parameter '%s' is read without a default: %s "
			    "wants it",
			    p.v[i].name, c->m->name);
}

/* ---- M002: text compared with a number ---- */

struct typing {
	struct jinja_walk walk;
	struct macro_checking *c;
	uint32_t text[64]; /* symbols that hold text */
	unsigned n;
};

static bool
one_of(const char *s, const char *const *list)
{
	for (; *list; list++)
		if (strcmp(s, *list) == 0)
			return true;
	return false;
}

static bool
is_text(const struct typing *t, const struct jj_node *n)
{
	static const char *const keep[] = {"default", "d", "lower", "upper",
	    "string", "trim", "replace", "capitalize", "title", "join",
	    "format", NULL};

	switch (n->kind) {
	case N_CONST:
		return n->value.kind == JJ_STR;
	case N_GETATTR:
	case N_GETITEM:
		return jinja_item_of(n, "params") != NULL;
	case N_FILTER:
		if (!one_of(n->name->data, keep))
			return false;
		/* a number as default: text only when it was given, which is
		 * just what goes unnoticed */
		return (n->name->data[0] != 'd') || is_text(t, n->a);
	case N_NAME:
		for (unsigned i = 0; i < t->n; i++)
			if (t->text[i] == n->sym)
				return true;
		return strcmp(n->name->data, "rawparams") == 0;
	default:
		return false;
	}
}

static bool
is_number(const struct jj_node *n)
{
	static const char *const make[] = {
	    "int", "float", "round", "abs", "length", "count", "sum", NULL};

	if (n->kind == N_CONST)
		return n->value.kind == JJ_INT || n->value.kind == JJ_FLOAT;
	if (n->kind == N_UNARY)
		return is_number(n->a);
	return n->kind == N_FILTER && one_of(n->name->data, make);
}

static bool
visit_types(struct jinja_walk *walk, const struct jj_node *n)
{
	struct typing *t = (struct typing *)walk;
	const struct jj_node *left = n->a;

	if (n->kind == N_SET && n->a->kind == N_NAME) {
		bool text = is_text(t, n->b);

		for (unsigned i = 0; i < t->n; i++)
			if (t->text[i] == n->a->sym)
				t->text[i--] = t->text[--t->n];
		if (text && t->n < sizeof(t->text) / sizeof(t->text[0]))
			t->text[t->n++] = n->a->sym;
	}
	for (uint32_t i = 0; n->kind == N_COMPARE && i < n->body.n; i++) {
		const struct jj_node *right = n->body.v[i];
		enum jj_op op = (enum jj_op)n->oplist[i];

		if (op < OP_IN && ((is_text(t, left) && is_number(right)) ||
				      (is_number(left) && is_text(t, right))))
			macro_find(t->c, DIAG_ERROR, "m002", n->pos,
			    op == OP_EQ || op == OP_NE
				? "text is compared with a number: they are "
				  "never equal"
				: "text is compared with a number: that "
				  "fails");
		left = right;
	}
	return true;
}

static void
m002(struct macro_checking *c)
{
	struct typing t = {.walk = {visit_types}, .c = c};

	jinja_walk(&t.walk, c->t->tpl);
}

/* ---- M006: names of status that have gone or will ---- */

struct old {
	struct jinja_walk walk;
	struct macro_checking *c;
};

static bool
visit_old(struct jinja_walk *walk, const struct jj_node *n)
{
	struct old *o = (struct old *)walk;
	static const char *const coords[] = {"position", "gcode_position",
	    "homing_origin", "axis_minimum", "axis_maximum", NULL};
	const char *name = n->kind == N_GETATTR ? n->name->data : "";

	if (strcmp(name, "max_accel_to_decel") == 0)
		macro_find(o->c, DIAG_WARNING, "m006", n->pos,
		    "'max_accel_to_decel' is gone: 'minimum_cruise_ratio' "
		    "took its place");
	if (strcmp(name, "last_z_result") == 0)
		macro_find(o->c, DIAG_WARNING, "m006", n->pos,
		    "'last_z_result' is deprecated: "
		    "'last_probe_position.z' takes its place");
	if (strcmp(name, "e") == 0 && n->a->kind == N_GETATTR &&
	    one_of(n->a->name->data, coords))
		macro_find(o->c, DIAG_WARNING, "m006", n->pos,
		    "'.e' of a coordinate is deprecated: its index is in "
		    "'axis_map.E'");
	return true;
}

static void
m006(struct macro_checking *c)
{
	struct old o = {{visit_old}, c};

	jinja_walk(&o.walk, c->t->tpl);
}

/* ---- all of them ---- */

static void
check_template(struct macro_checking *c)
{
	if (!c->t || !c->t->tpl)
		return;
	macro_script_read(&c->script, c->t);
	m001(c);
	m002(c);
	macro_check_m003(c);
	m006(c);
	macro_check_calls(c);
	macro_check_waits(c);
	macro_script_release(&c->script);
}

void
macro_check(struct macro_world *w, struct diag_sink *sink)
{
	unsigned flags = w->flags;

	w->flags |= MACRO_ASSUME;
	for (struct macro_template *t = w->template; t; t = t->next) {
		struct macro_checking c = {.w = w, .sink = sink, .t = t};

		for (unsigned i = 0; i < w->n_macros; i++)
			if (w->macro[i].t == t)
				c.m = &w->macro[i];
		for (unsigned i = 0; i < w->n_delayed; i++)
			if (w->delayed[i].t == t)
				c.timer = w->delayed[i].name;
		c.homing = strncmp(t->name, "homing_override", 15) == 0;
		check_template(&c);
	}
	macro_check_graph(w, sink);
	w->flags = flags;
}
