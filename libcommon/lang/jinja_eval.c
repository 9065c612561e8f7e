/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Expressions: the value of a tree. */
#include <stdio.h>
#include <string.h>

#include "lang/jinja_cover.h"
#include "lang/jinja_private.h"

/* ---- names and scopes ---- */

struct jj_scope *
jj_scope_push(struct jinja *j, struct jj_scope *outer)
{
	struct jj_scope *s = jj_alloc(j, sizeof(*s));

	s->outer = outer;
	s->v = s->v_room;
	s->sym = s->sym_room;
	s->cap = JJ_SCOPE_ROOM;
	return s;
}

/* something keeps it: the next turn of a loop needs another */
struct jj_scope *
jj_scope_hold(struct jj_scope *scope)
{
	for (struct jj_scope *s = scope; s && !s->held; s = s->outer)
		s->held = true;
	return scope;
}

void
jj_bind_sym(struct jinja *j, uint32_t sym, struct jj_value v)
{
	struct jj_scope *s = j->scope;

	if (!s->sym) {
		s->v[sym] = v;
		return;
	}
	j->inner[sym] = true;
	for (uint32_t i = 0; i < s->n; i++)
		if (s->sym[i] == sym) {
			s->v[i] = v;
			return;
		}
	if (s->n == s->cap) {
		uint32_t cap = s->cap * 2 + 4;
		uint32_t *sym2 = jj_alloc(j, cap * sizeof(*sym2));
		struct jj_value *v2 = jj_alloc(j, cap * sizeof(*v2));

		if (s->n) {
			memcpy(sym2, s->sym, s->n * sizeof(*sym2));
			memcpy(v2, s->v, s->n * sizeof(*v2));
		}
		s->sym = sym2;
		s->v = v2;
		s->cap = cap;
	}
	s->sym[s->n] = sym;
	s->v[s->n++] = v;
}

/* of the context or of the language; found once a render */
static struct jj_value
from_context(struct jinja *j, const struct jj_node *n)
{
	struct jj_str *name = j->tpl->sym[n->sym];
	struct jj_value v = jj_missing();

	if (!n->flag)
		v = jj_dict_find(j->context.u.d, name);
	if (v.kind == JJ_MISSING && !n->flag)
		v = jj_global(j, name);
	if (v.kind != JJ_MISSING) {
		if (!j->tpl->apart[n->sym])
			j->root->v[n->sym] = v;
		return v;
	}
	j->at = n;
	return jj_undef_name(j, name);
}

struct jj_value
jj_lookup(struct jinja *j, const struct jj_node *n)
{
	uint32_t sym = n->sym;
	const struct jj_scope *s = j->inner[sym] ? j->scope : j->root;
	struct jj_value v;

	for (; s->sym; s = s->outer)
		for (uint32_t i = 0; i < s->n; i++)
			if (s->sym[i] == sym)
				return s->v[i];
	v = s->v[sym];
	return v.kind != JJ_MISSING ? v : from_context(j, n);
}

/* ---- calls ---- */

/* *list and **dict add to what stands there */
static void
spread(struct jinja *j, const struct jj_callargs *a, struct jj_args *out)
{
	struct jj_value all = jj_list_new(j, a->n + 4), item;
	struct jj_value kw = jj_list_new(j, a->nkw + 4), keys;
	struct jj_str **names;
	struct jj_iter it;
	uint32_t n = 0;

	for (uint32_t i = 0; i < a->n; i++)
		jj_append(j, all, out->v[i]);
	if (a->star) {
		jj_iter_begin(j, &it, jj_eval(j, a->star));
		while (jj_iter_next(j, &it, &item))
			jj_append(j, all, item);
	}
	for (uint32_t i = 0; i < a->nkw; i++)
		jj_append(j, kw, out->kw[i]);
	keys = a->starstar ? jj_eval(j, a->starstar) : jj_missing();
	if (a->starstar && keys.kind != JJ_DICT)
		jj_type_error(
		    j, "argument after ** must be a mapping, not %s", keys);
	n = a->starstar ? keys.u.d->n : 0;
	names = jj_alloc(j, (a->nkw + n + 1) * sizeof(struct jj_str *));
	for (uint32_t i = 0; i < a->nkw; i++)
		names[i] = a->kwname[i];
	for (uint32_t i = 0; i < n; i++) {
		const struct jj_entry *e = &keys.u.d->e[i];

		if (e->key.kind == JJ_MISSING)
			continue;
		if (e->key.kind != JJ_STR)
			jj_fail(j, "TypeError", "keywords must be strings");
		names[kw.u.l->n] = e->key.u.s;
		jj_append(j, kw, e->value);
	}
	out->v = all.u.l->v;
	out->n = all.u.l->n;
	out->kw = kw.u.l->v;
	out->nkw = kw.u.l->n;
	out->name = names;
}

void
jj_eval_args(struct jinja *j, const struct jj_callargs *a, struct jj_args *out,
    struct jj_value *room)
{
	struct jj_value *v = room;

	memset(out, 0, sizeof(*out));
	if (!a)
		return;
	if (a->n + a->nkw > JJ_ARGS_ROOM)
		v = jj_alloc(j, (a->n + a->nkw) * sizeof(*v));
	for (uint32_t i = 0; i < a->n; i++)
		v[i] = jj_eval(j, a->v[i]);
	for (uint32_t i = 0; i < a->nkw; i++)
		v[a->n + i] = jj_eval(j, a->kw[i]);
	out->v = v;
	out->n = a->n;
	out->kw = v + a->n;
	out->nkw = a->nkw;
	out->name = a->kwname;
	if (a->star || a->starstar)
		spread(j, a, out);
}

static struct jj_value
call_plain(struct jinja *j, const struct jj_node *n, const struct jj_builtin *f,
    struct jj_value self)
{
	struct jj_value argv[JJ_PARAMS_MAX];
	uint32_t count = 1;

	argv[0] = self;
	jj_work(j, self);
	for (uint32_t i = 0; n->args && i < n->args->n; i++)
		argv[count++] = jj_eval(j, n->args->v[i]);
	for (; count < f->max; count++)
		argv[count].kind = JJ_MISSING;
	j->at = n;
	return f->fn(j, argv);
}

static struct jj_value
eval_call(struct jinja *j, const struct jj_node *n)
{
	struct jj_value f, room[JJ_ARGS_ROOM];
	struct jj_args args;

	if (n->a->kind == N_GETATTR) { /* text.split(): no bound method */
		struct jj_value self = jj_eval(j, n->a->a);
		const struct jj_builtin *m = NULL;

		j->at = n->a;
		if (self.kind == JJ_STR || self.kind == JJ_LIST ||
		    self.kind == JJ_DICT)
			m = jj_find_method(self, n->a->name);
		if (jj_takes_plain(m, n->args))
			return call_plain(j, n, m, self);
		f = jj_getattr(j, self, n->a->name);
	} else {
		f = jj_eval(j, n->a);
	}
	jj_eval_args(j, n->args, &args, room);
	j->at = n;
	return jj_call(j, f, &args);
}

static struct jj_value
eval_filter(struct jinja *j, const struct jj_node *n, struct jj_value v)
{
	struct jj_value room[JJ_ARGS_ROOM];
	struct jj_args args;

	if (n->plain)
		return call_plain(j, n, n->builtin, v);
	if (!n->builtin) {
		j->at = n;
		jj_fail(j, "TemplateRuntimeError", "No %s named %s found.",
		    n->kind == N_FILTER ? "filter" : "test",
		    jj_quote(j, n->name->data, n->name->len));
	}
	jj_eval_args(j, n->args, &args, room);
	j->at = n;
	return jj_call_builtin(j, n->builtin, &v, &args);
}

/* ---- the rest ---- */

static struct jj_value
eval_items(struct jinja *j, const struct jj_node *n)
{
	struct jj_value l = n->kind == N_LIST ? jj_list_new(j, n->body.n)
					      : jj_tuple_new(j, n->body.n);

	for (uint32_t i = 0; i < n->body.n; i++)
		jj_append(j, l, jj_eval(j, n->body.v[i]));
	return l;
}

static struct jj_value
eval_dict(struct jinja *j, const struct jj_node *n)
{
	struct jj_value d = jj_dict_new(j);

	for (uint32_t i = 0; i < n->body.n; i += 2) {
		struct jj_value key = jj_eval(j, n->body.v[i]);
		struct jj_value v = jj_eval(j, n->body.v[i + 1]);

		j->at = n;
		jj_dict_set(j, d.u.d, key, v);
	}
	return d;
}

static struct jj_value
eval_getitem(struct jinja *j, const struct jj_node *n)
{
	struct jj_value v = jj_eval(j, n->a), key;

	if (n->b->kind == N_SLICE) {
		struct jj_value part[3];
		const struct jj_node *at[3] = {n->b->a, n->b->b, n->b->c};

		for (int i = 0; i < 3; i++)
			part[i] = at[i] ? jj_eval(j, at[i]) : jj_none();
		j->at = n;
		if (!jj_slices(n->a, v))
			return jj_undef_attr(j, v, jj_strz(j, "slice"));
		return jj_slice(j, v, part);
	}
	key = jj_eval(j, n->b);
	j->at = n;
	return jj_getitem(j, v, key);
}

static struct jj_value
eval_concat(struct jinja *j, const struct jj_node *n)
{
	struct jj_value v[16], *all = v, out;
	struct jj_sb b = {NULL, 0, 0};

	if (n->body.n > 16)
		all = jj_alloc(j, n->body.n * sizeof(*all));
	for (uint32_t i = 0; i < n->body.n; i++)
		all[i] = jj_eval(j, n->body.v[i]);
	for (uint32_t i = 0; i < n->body.n; i++)
		jj_str_to(j, &b, j->autoescape ? jj_escape(j, all[i]) : all[i]);
	out = jj_sb_value(j, &b);
	out.u.s->markup = j->autoescape;
	return out;
}

static bool
as_double(struct jj_value v, double *f)
{
	if (v.kind == JJ_FLOAT) {
		*f = v.u.f;
		return true;
	}
	*f = (double)v.u.i;
	return v.kind == JJ_INT && v.u.i < 1ll << 53 && v.u.i > -(1ll << 53);
}

static struct jj_value
eval_compare(struct jinja *j, const struct jj_node *n)
{
	struct jj_value a = jj_eval(j, n->a);

	for (uint32_t i = 0; i < n->body.n; i++) {
		struct jj_value b = jj_eval(j, n->body.v[i]);

		j->at = n;
		if (!jj_compare(j, (enum jj_op)n->oplist[i], a, b))
			return jj_bool(false);
		a = b;
	}
	return jj_bool(true);
}

static struct jj_value
eval_chain(struct jinja *j, const struct jj_node *n)
{
	struct jj_value v = jj_none();

	for (uint32_t i = 0; i < n->body.n; i++) {
		v = jj_eval(j, n->body.v[i]);
		if (jj_true(j, v) == (n->kind == N_OR))
			return v;
	}
	return v;
}

static struct jj_value
eval_cond(struct jinja *j, const struct jj_node *n)
{
	char text[120];
	int len;

	if (jj_cover_branch(j, n, jj_true(j, jj_eval(j, n->a))))
		return jj_eval(j, n->b);
	if (n->c)
		return jj_eval(j, n->c);
	j->at = n;
	len = snprintf(text, sizeof(text),
	    "the inline if-expression on line %u evaluated to false and no "
	    "else section was defined.",
	    n->line);
	return jj_undef_hint(j, jj_string(j, text, (size_t)len).u.s->data);
}

static struct jj_value
eval_const(struct jinja *j, const struct jj_node *n)
{
	(void)j;
	return n->value;
}

static struct jj_value
eval_getattr(struct jinja *j, const struct jj_node *n)
{
	struct jj_value v = jj_eval(j, n->a);

	j->at = n;
	return jj_getattr(j, v, n->name);
}

static struct jj_value
eval_filtered(struct jinja *j, const struct jj_node *n)
{
	return eval_filter(j, n, jj_eval(j, n->a));
}

static struct jj_value
eval_test(struct jinja *j, const struct jj_node *n)
{
	struct jj_value v;

	j->live_ok = n->flag;
	v = jj_eval(j, n->a);
	j->live_ok = false;
	return eval_filter(j, n, v);
}

static struct jj_value
eval_unary(struct jinja *j, const struct jj_node *n)
{
	struct jj_value v = jj_eval(j, n->a);

	j->at = n;
	return jj_unary(j, (enum jj_op)n->op, v);
}

/* what most sums and products are: floats, or small whole numbers */
static bool
simple(enum jj_op op, struct jj_value a, struct jj_value b, struct jj_value *r)
{
	double x, y;

	if (a.kind == JJ_INT && b.kind == JJ_INT) {
		int64_t i = a.u.i, k = b.u.i;

		if ((uint64_t)i + (1u << 30) >= 1ull << 31 ||
		    (uint64_t)k + (1u << 30) >= 1ull << 31 || op > OP_MUL)
			return false;
		*r = jj_int(op == OP_ADD   ? i + k
			    : op == OP_SUB ? i - k
					   : i * k);
		return true;
	}
	if (a.kind != JJ_FLOAT && b.kind != JJ_FLOAT)
		return false;
	if (!as_double(a, &x) || !as_double(b, &y))
		return false;
	if (op > OP_DIV || (op == OP_DIV && y == 0))
		return false;
	*r = jj_float(op == OP_ADD   ? x + y
		      : op == OP_SUB ? x - y
		      : op == OP_MUL ? x * y
				     : x / y);
	return true;
}

static struct jj_value
eval_binary(struct jinja *j, const struct jj_node *n)
{
	struct jj_value a = jj_eval(j, n->a);
	struct jj_value b = jj_eval(j, n->b), r;

	if (simple((enum jj_op)n->op, a, b, &r))
		return r;
	j->at = n;
	return jj_binary(j, (enum jj_op)n->op, a, b);
}

static struct jj_value
eval_not(struct jinja *j, const struct jj_node *n)
{
	return jj_bool(!jj_true(j, jj_eval(j, n->a)));
}

/* a slice inside a tuple of subscripts: a key like any */
static struct jj_value
eval_slice(struct jinja *j, const struct jj_node *n)
{
	struct jj_value t = jj_tuple_new(j, 1);

	(void)n;
	jj_append(j, t, jj_strz(j, "slice"));
	return t;
}

static struct jj_value (*const eval_of[])(
    struct jinja *, const struct jj_node *) = {
    [N_CONST] = eval_const,
    [N_NAME] = jj_lookup,
    [N_LIST] = eval_items,
    [N_TUPLE] = eval_items,
    [N_DICT] = eval_dict,
    [N_GETATTR] = eval_getattr,
    [N_GETITEM] = eval_getitem,
    [N_SLICE] = eval_slice,
    [N_CALL] = eval_call,
    [N_FILTER] = eval_filtered,
    [N_TEST] = eval_test,
    [N_UNARY] = eval_unary,
    [N_BINARY] = eval_binary,
    [N_CONCAT] = eval_concat,
    [N_COMPARE] = eval_compare,
    [N_NOT] = eval_not,
    [N_AND] = eval_chain,
    [N_OR] = eval_chain,
    [N_COND] = eval_cond,
};

void
jj_too_long(struct jinja *j)
{
	jj_fail(j, "LimitError", "the template takes more than %llu steps",
	    (unsigned long long)j->limit.steps);
}

struct jj_value
jj_eval(struct jinja *j, const struct jj_node *n)
{
	if (++j->steps > j->limit.steps)
		jj_too_long(j);
	return eval_of[n->kind](j, n);
}
