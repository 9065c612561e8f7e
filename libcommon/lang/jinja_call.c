/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Calls: arguments to parameters, macros, functions of the language. */
#include <stdio.h>
#include <string.h>

#include "lang/jinja_private.h"

static const char *
python_name(const struct jj_builtin *f)
{
	return f->python ? f->python : f->name;
}

static void
wrong_count(struct jinja *j, const struct jj_builtin *f, uint32_t n, bool self)
{
	unsigned min = f->min - self, max = f->max - self;
	const char *name = python_name(f);

	if (!f->param[0] && f->python) { /* operators, and list.append */
		if (n - self <= 2 && f->max == 2 && strchr(name, '.'))
			jj_fail(j, "TypeError",
			    "%s() takes exactly one argument (%u given)", name,
			    n - self);
		jj_fail(j, "TypeError", "%s expected %s%u argument%s, got %u",
		    name, f->min < f->max ? "at least " : "",
		    f->min < f->max ? min : f->max,
		    f->min < f->max && min == 1 ? "" : "s",
		    f->min < f->max ? n - 1 : n);
	}
	if (f->python && f->min != f->max)
		jj_fail(j, "TypeError",
		    "%s() takes from %u to %u positional arguments but %u were "
		    "given",
		    name, f->min, f->max, n);
	if (f->python)
		jj_fail(j, "TypeError",
		    "%s() takes %u positional argument%s but %u were given",
		    name, max, max == 1 ? "" : "s", n);
	if (min == max && max == 0)
		jj_fail(j, "TypeError", "%s() takes no arguments (%u given)",
		    name, n);
	if (min == max && max == 1)
		jj_fail(j, "TypeError",
		    "%s() takes exactly one argument (%u given)", name, n);
	if (n < min)
		jj_fail(j, "TypeError",
		    "%s() takes at least %u argument%s (%u given)", name, min,
		    min == 1 ? "" : "s", n);
	jj_fail(j, "TypeError", "%s() takes at most %u argument%s (%u given)",
	    name, max, max == 1 ? "" : "s", n);
}

static void
bind_keywords(struct jinja *j, const struct jj_builtin *f,
    const struct jj_args *args, struct jj_value *argv)
{
	for (uint32_t k = 0; k < args->nkw; k++) {
		const char *name = args->name[k]->data;
		unsigned i = 0;

		while (
		    i < f->max && f->param[i] && strcmp(f->param[i], name) != 0)
			i++;
		if (i == f->max || !f->param[i])
			jj_fail(j, "TypeError",
			    "%s() got an unexpected keyword argument %s",
			    python_name(f),
			    jj_quote(j, name, args->name[k]->len));
		if (argv[i].kind != JJ_MISSING)
			jj_fail(j, "TypeError",
			    "%s() got multiple values for argument '%s'",
			    python_name(f), f->param[i]);
		argv[i] = args->kw[k];
	}
}

bool
jj_takes_plain(const struct jj_builtin *f, const struct jj_callargs *a)
{
	uint32_t n = 1 + (a ? a->n : 0);

	return f && f->fn && n >= f->min && n <= f->max &&
	       !(a && (a->nkw || a->star || a->starstar));
}

/* self is the value that is filtered, or the method's; NULL if there is none */
struct jj_value
jj_call_builtin(struct jinja *j, const struct jj_builtin *f,
    const struct jj_value *self, const struct jj_args *args)
{
	struct jj_value argv[JJ_PARAMS_MAX];
	uint32_t n = 0;

	if (self)
		jj_work(j, *self);
	if (f->raw)
		return f->raw(j, self ? *self : jj_missing(), args);
	if (self)
		argv[n++] = *self;
	if (n + args->n > f->max)
		wrong_count(j, f, args->n + (self && f->python),
		    self != NULL && !f->python);
	for (uint32_t i = 0; i < args->n; i++)
		argv[n++] = args->v[i];
	while (n < JJ_PARAMS_MAX)
		argv[n++] = jj_missing();
	if (args->nkw)
		bind_keywords(j, f, args, argv);
	for (unsigned i = 0; i < f->min; i++) {
		if (argv[i].kind != JJ_MISSING)
			continue;
		if (!f->python || !f->param[0])
			wrong_count(
			    j, f, args->n + (f->python != NULL), self != NULL);

		jj_fail(j, "TypeError",
		    "%s() missing 1 required positional argument: '%s'",
		    f->python, f->param[i] ? f->param[i] : "?");
	}
	return f->fn(j, argv);
}

/* ---- {% macro %} ---- */

static const char *
macro_name(struct jinja *j, const struct jj_macro *m)
{
	return m->name ? jj_quote(j, m->name, strlen(m->name)) : "None";
}

/* does the macro's body read that name? */
static bool reads(const struct jj_body *, uint32_t sym);

static bool
node_reads(const struct jj_node *n, uint32_t sym)
{
	if (!n)
		return false;
	if (n->kind == N_NAME && n->sym == sym)
		return true;
	if (n->args) {
		for (uint32_t i = 0; i < n->args->n; i++)
			if (node_reads(n->args->v[i], sym))
				return true;
		for (uint32_t i = 0; i < n->args->nkw; i++)
			if (node_reads(n->args->kw[i], sym))
				return true;
		if (node_reads(n->args->star, sym) ||
		    node_reads(n->args->starstar, sym))
			return true;
	}
	return node_reads(n->a, sym) || node_reads(n->b, sym) ||
	       node_reads(n->c, sym) || reads(&n->body, sym) ||
	       reads(&n->other, sym);
}

bool
jj_body_reads(const struct jj_body *b, uint32_t sym)
{
	return reads(b, sym);
}

static bool
reads(const struct jj_body *b, uint32_t sym)
{
	for (uint32_t i = 0; i < b->n; i++)
		if (node_reads(b->v[i], sym))
			return true;
	return false;
}

static bool
takes(struct jinja *j, const struct jj_macro *m, const char *name, uint32_t len,
    uint32_t *index)
{
	const struct jj_body *p = &m->node->body;

	(void)j;
	for (uint32_t i = 0; i < p->n; i++)
		if (p->v[i]->name->len == len &&
		    memcmp(p->v[i]->name->data, name, len) == 0) {
			*index = i;
			return true;
		}
	return false;
}

/* varargs, kwargs, caller: names that the body may ask for */
static void
bind_extra(struct jinja *j, const struct jj_macro *m,
    const struct jj_args *args, struct jj_value kwargs, struct jj_value caller)
{
	const struct jinja_template *t = j->tpl;
	const struct jj_body *body = &m->node->c->body;
	const struct jj_body *p = &m->node->body;
	uint32_t unused;

	if (reads(body, t->sym_caller) && !takes(j, m, "caller", 6, &unused))
		jj_bind_sym(j, t->sym_caller,
		    caller.kind != JJ_MISSING
			? caller
			: jj_undef_hint(j, "No caller defined"));
	else if (caller.kind != JJ_MISSING && reads(body, t->sym_kwargs))
		jj_put(j, kwargs, "caller", caller);
	else if (caller.kind != JJ_MISSING &&
		 !takes(j, m, "caller", 6, &unused))
		jj_fail(j, "TypeError",
		    "macro %s was invoked with two values for the special "
		    "caller argument. This is most likely a bug.",
		    macro_name(j, m));
	if (reads(body, t->sym_kwargs))
		jj_bind_sym(j, t->sym_kwargs, kwargs);
	else if (kwargs.u.d->used)
		jj_fail(j, "TypeError", "macro %s takes no keyword argument %s",
		    macro_name(j, m), jj_repr_z(j, kwargs.u.d->e[0].key));
	if (reads(body, t->sym_varargs)) {
		struct jj_value rest = jj_tuple_new(j, args->n);

		for (uint32_t i = p->n; i < args->n; i++)
			jj_append(j, rest, args->v[i]);
		jj_bind_sym(j, t->sym_varargs, rest);
	} else if (args->n > p->n) {
		jj_fail(j, "TypeError",
		    "macro %s takes not more than %u argument(s)",
		    macro_name(j, m), p->n);
	}
}

static void
bind_params(struct jinja *j, const struct jj_macro *m,
    const struct jj_args *args, struct jj_value *given)
{
	const struct jj_body *p = &m->node->body, *def = &m->node->other;
	struct jj_value kwargs = jj_dict_new(j), caller = jj_missing();
	uint32_t at;

	for (uint32_t i = 0; i < p->n; i++)
		given[i] = i < args->n ? args->v[i] : jj_missing();
	for (uint32_t k = 0; k < args->nkw; k++) {
		const struct jj_str *name = args->name[k];

		if (takes(j, m, name->data, name->len, &at) &&
		    given[at].kind == JJ_MISSING)
			given[at] = args->kw[k];
		else if (strcmp(name->data, "caller") == 0)
			caller = args->kw[k];
		else
			jj_put(j, kwargs, name->data, args->kw[k]);
	}
	bind_extra(j, m, args, kwargs, caller);
	/* a default may name a parameter behind its own, if that is given */
	for (uint32_t i = 0; i < p->n; i++)
		if (given[i].kind != JJ_MISSING)
			jj_bind_sym(j, p->v[i]->sym, given[i]);
	for (uint32_t i = 0; i < p->n; i++) {
		char text[120];
		struct jj_value v;

		if (given[i].kind != JJ_MISSING)
			continue;
		if (i + def->n >= p->n) {
			v = jj_eval(j, def->v[i + def->n - p->n]);
		} else {
			const char *q = jj_quote(
			    j, p->v[i]->name->data, p->v[i]->name->len);
			int n = snprintf(text, sizeof(text),
			    "parameter %.80s was not provided", q);

			v = jj_undef_hint(
			    j, jj_string(j, text, (size_t)n).u.s->data);
		}
		jj_bind_sym(j, p->v[i]->sym, v);
	}
}

struct jj_value
jj_call_macro(
    struct jinja *j, const struct jj_macro *m, const struct jj_args *args)
{
	struct jj_scope *scope = j->scope;
	struct jj_value v, *given;

	jj_descend(j);
	given = jj_alloc(j, (m->node->body.n + 1) * sizeof(*given));
	j->scope = jj_scope_push(j, m->scope);
	bind_params(j, m, args, given);
	v = jj_body_text(j, &m->node->c->body);
	j->scope = scope;
	j->depth--;
	return v;
}

/* ---- the functions of the language ---- */

static struct jj_value
fn_range(struct jinja *j, void *host, const struct jj_args *a)
{
	struct jj_range_value *r = jj_alloc(j, sizeof(*r));

	(void)host;
	if (a->nkw)
		jj_fail(j, "TypeError", "range() takes no keyword arguments");
	if (!a->n)
		jj_fail(j, "TypeError",
		    "range expected at least 1 argument, got 0");
	if (a->n > 3)
		jj_fail(j, "TypeError",
		    "range expected at most 3 arguments, got %u", a->n);
	r->step = 1;
	if (a->n == 1) {
		r->stop = jj_index(j, a->v[0]);
	} else {
		r->start = jj_index(j, a->v[0]);
		r->stop = jj_index(j, a->v[1]);
	}
	if (a->n == 3)
		r->step = jj_index(j, a->v[2]);
	if (!r->step)
		jj_fail(j, "ValueError", "range() arg 3 must not be zero");
	if (r->start > INT64_MAX / 4 || r->start < INT64_MIN / 4 ||
	    r->stop > INT64_MAX / 4 || r->stop < INT64_MIN / 4 ||
	    r->step > INT64_MAX / 4 || r->step < INT64_MIN / 4)
		jj_fail(
		    j, "OverflowError", "a range beyond the limit of 61 bits");
	if (r->step > 0 && r->stop > r->start)
		r->n = (r->stop - r->start - 1) / r->step + 1;
	else if (r->step < 0 && r->stop < r->start)
		r->n = (r->start - r->stop - 1) / -r->step + 1;
	return jj_ptr(JJ_RANGE, r);
}

/* {"a": 1} or [("a", 1)], then keywords */
static void
dict_fill(struct jinja *j, struct jj_value d, const struct jj_args *a,
    const char *what)
{
	struct jj_value pair;
	struct jj_iter it;

	if (a->n > 1)
		jj_fail(j, "TypeError",
		    "%s expected at most 1 argument, got %u", what, a->n);
	if (a->n && a->v[0].kind == JJ_DICT) {
		const struct jj_dict *from = a->v[0].u.d;

		for (uint32_t i = 0; i < from->n; i++)
			if (from->e[i].key.kind != JJ_MISSING)
				jj_dict_set(
				    j, d.u.d, from->e[i].key, from->e[i].value);
	} else if (a->n) {
		uint32_t i = 0;

		jj_iter_begin(j, &it, a->v[0]);
		while (jj_iter_next(j, &it, &pair)) {
			struct jj_value l;

			if (!jj_iterable(pair))
				jj_fail(j, "TypeError",
				    "cannot convert dictionary update "
				    "sequence element #%u to a sequence",
				    i);
			l = jj_to_list(j, pair);
			if (l.u.l->n != 2)
				jj_fail(j, "ValueError",
				    "dictionary update sequence element #%u "
				    "has length %u; 2 is required",
				    i, l.u.l->n);
			jj_dict_set(j, d.u.d, l.u.l->v[0], l.u.l->v[1]);
			i++;
		}
	}
	for (uint32_t i = 0; i < a->nkw; i++)
		jj_dict_set(j, d.u.d, jj_of_str(a->name[i]), a->kw[i]);
}

struct jj_value
jj_dict_update(struct jinja *j, struct jj_value d, const struct jj_args *a)
{
	if (d.u.d->owner != JJ_SCRATCH)
		jj_dict_change(j, d.u.d);
	dict_fill(j, d, a, "update");
	return jj_none();
}

static struct jj_value
fn_dict(struct jinja *j, void *host, const struct jj_args *a)
{
	struct jj_value d = jj_dict_new(j);

	(void)host;
	dict_fill(j, d, a, "dict");
	return d;
}

static struct jj_value
fn_namespace(struct jinja *j, void *host, const struct jj_args *a)
{
	struct jj_value d = jj_dict_new(j);

	(void)host;
	dict_fill(j, d, a, "dict");
	d.kind = JJ_NAMESPACE;
	return d;
}

static struct jj_value
fn_cycler(struct jinja *j, void *host, const struct jj_args *a)
{
	struct jj_cycler *c = jj_alloc(j, sizeof(*c));
	struct jj_value *v;

	(void)host;
	if (!a->n)
		jj_fail(
		    j, "RuntimeError", "at least one item has to be provided");
	v = jj_alloc(j, a->n * sizeof(*v));
	memcpy(v, a->v, a->n * sizeof(*v));
	c->v = v;
	c->n = a->n;
	return jj_ptr(JJ_CYCLER, c);
}

static struct jj_value
fn_joiner(struct jinja *j, void *host, const struct jj_args *a)
{
	struct jj_joiner *c = jj_alloc(j, sizeof(*c));

	(void)host;
	c->sep = a->n ? a->v[0] : a->nkw ? a->kw[0] : jj_strz(j, ", ");
	return jj_ptr(JJ_JOINER, c);
}

static const struct {
	const char *name;
	struct jj_func f;
} globals[] = {{"range", {"range", fn_range, NULL, true}},
    {"dict", {"dict", fn_dict, NULL, true}},
    {"namespace", {"jinja2.utils.Namespace", fn_namespace, NULL, true}},
    {"cycler", {"jinja2.utils.Cycler", fn_cycler, NULL, true}},
    {"joiner", {"jinja2.utils.Joiner", fn_joiner, NULL, true}},
    {"lipsum", {"generate_lorem_ipsum", jj_fn_lipsum, NULL, false}}};

struct jj_value
jj_global(struct jinja *j, const struct jj_str *name)
{
	for (size_t i = 0; i < sizeof(globals) / sizeof(globals[0]); i++)
		if (name->data[0] == globals[i].name[0] &&
		    strcmp(name->data, globals[i].name) == 0)
			return jj_func(j, &globals[i].f);
	if (strcmp(name->data, "self") == 0)
		return jj_ptr(JJ_BLOCKS, NULL);
	return jj_missing();
}

static struct jj_value
call_joiner(struct jj_joiner *c, struct jinja *j)
{
	if (c->used)
		return c->sep;
	c->used = true;
	return jj_strz(j, "");
}

static struct jj_value
call_block_of(struct jinja *j, const struct jj_node *n)
{
	struct jj_scope *scope = j->scope;
	struct jj_value v;

	jj_descend(j);
	j->scope = jj_scope_push(j, j->root);
	v = jj_body_text(j, &n->body);
	j->scope = scope;
	j->depth--;
	return v;
}

struct jj_value
jj_call(struct jinja *j, struct jj_value f, const struct jj_args *args)
{
	switch (f.kind) {
	case JJ_UNDEF:
		jj_use(j, f);
	case JJ_FUNC: {
		const struct jj_func *fn = f.u.p;

		return fn->call(j, fn->host, args);
	}
	case JJ_METHOD: {
		const struct jj_method *m = f.u.p;

		return jj_call_builtin(j, m->f, &m->self, args);
	}
	case JJ_MACRO:
		return jj_call_macro(j, f.u.p, args);
	case JJ_LOOP:
		if (args->n != 1)
			jj_fail(j, "TypeError",
			    "LoopContext.__call__() takes exactly one "
			    "argument");
		return jj_loop_call(j, f.u.p, args->v[0]);
	case JJ_JOINER:
		return call_joiner(f.u.p, j);
	case JJ_BLOCKS:
		if (f.u.p)
			return call_block_of(j, f.u.p);
		break;
	default:
		break;
	}
	jj_type_error(j, "'%s' object is not callable", f);
}
