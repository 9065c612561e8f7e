/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Statements: running a tree. */
#include <string.h>

#include "lang/jinja_cover.h"
#include "lang/jinja_private.h"

/* ---- assignment ---- */

static void
unpack(struct jinja *j, const struct jj_node *target, struct jj_value v)
{
	uint32_t want = target->body.n, n = 0;
	struct jj_value item, *all = jj_alloc(j, (want + 1) * sizeof(*all));
	struct jj_iter it;

	j->at = target;
	if (!jj_iterable(v))
		jj_type_error(j, "cannot unpack non-iterable %s object", v);
	jj_iter_begin(j, &it, v);
	while (jj_iter_next(j, &it, &item)) {
		if (n == want)
			jj_fail(j, "ValueError",
			    "too many values to unpack (expected %u)", want);
		all[n++] = item;
	}
	if (n < want)
		jj_fail(j, "ValueError",
		    "not enough values to unpack (expected %u, got %u)", want,
		    n);
	for (uint32_t i = 0; i < want; i++)
		jj_assign(j, target->body.v[i], all[i]);
}

static void
no_namespace(struct jinja *j)
{
	jj_fail(j, "TemplateRuntimeError",
	    "cannot assign attribute on non-namespace object");
}

/* {% set ns.x = ... %}: asked for before there is a value */
static void
check_target(struct jinja *j, const struct jj_node *target)
{
	if (target->kind == N_NSREF) {
		struct jj_value ns = jj_lookup(j, target);

		j->at = target;
		if (ns.kind != JJ_NAMESPACE)
			no_namespace(j);
	} else if (target->kind == N_TUPLE) {
		for (uint32_t i = 0; i < target->body.n; i++)
			check_target(j, target->body.v[i]);
	}
}

void
jj_assign(struct jinja *j, const struct jj_node *target, struct jj_value v)
{
	struct jj_value ns;

	switch (target->kind) {
	case N_NAME:
		jj_bind_sym(j, target->sym, v);
		break;
	case N_NSREF:
		ns = jj_lookup(j, target);
		j->at = target;
		if (ns.kind != JJ_NAMESPACE)
			no_namespace(j);
		jj_dict_set(j, ns.u.d, jj_of_str(target->name), v);
		break;
	default:
		unpack(j, target, v);
	}
}

/* ---- output ---- */

void
jj_emit(struct jinja *j, struct jj_value v)
{
	if (j->autoescape)
		v = jj_escape(j, v);
	jj_str_to(j, j->out, v);
	if (j->out->len > j->limit.output)
		jj_fail(j, "LimitError",
		    "the text grows beyond the limit of %zu bytes",
		    j->limit.output);
}

static void
more_marks(struct jinja *j)
{
	uint32_t cap = j->cap_marks * 2 + 128;
	struct jj_mark *m = jj_alloc(j, cap * sizeof(*m));

	if (j->n_marks)
		memcpy(m, j->mark, j->n_marks * sizeof(*m));
	j->mark = m;
	j->cap_marks = cap;
}

static inline void
mark(struct jinja *j, const struct jj_node *n, bool data)
{
	struct jj_mark *m;

	if (j->n_marks == j->cap_marks)
		more_marks(j);
	m = &j->mark[j->n_marks++];
	m->out = (uint32_t)j->out->len;
	m->pos = n->pos & INT32_MAX;
	m->data = data;
}

/* what the statements print, as a value */
struct jj_value
jj_body_text(struct jinja *j, const struct jj_body *body)
{
	struct jj_sb text = {NULL, 0, 0}, *out = j->out;
	struct jj_value v;

	j->out = &text;
	jj_exec(j, body);
	j->out = out;
	v = jj_sb_value(j, &text);
	v.u.s->markup = j->autoescape;
	return v;
}

static void
print(struct jinja *j, const struct jj_node *n)
{
	struct jj_value *v;

	if (n->body.n == 1) {
		jj_emit(j, jj_eval(j, n->body.v[0]));
		return;
	}
	v = jj_alloc(j, n->body.n * sizeof(*v));
	for (uint32_t i = 0; i < n->body.n; i++)
		v[i] = jj_eval(j, n->body.v[i]);
	for (uint32_t i = 0; i < n->body.n; i++)
		jj_emit(j, v[i]);
}

/* the filters of {% set x | f | g %} and {% filter f | g %}: innermost first,
 * over the text */
static struct jj_value
filtered(struct jinja *j, const struct jj_node *f, struct jj_value text)
{
	struct jj_value room[JJ_ARGS_ROOM];
	struct jj_args args;

	if (!f)
		return text;
	text = filtered(j, f->a, text);
	j->at = f;
	if (!f->builtin)
		jj_fail(j, "TemplateRuntimeError", "No filter named %s found.",
		    jj_quote(j, f->name->data, f->name->len));
	jj_eval_args(j, f->args, &args, room);
	j->at = f;
	return jj_call_builtin(j, f->builtin, &text, &args);
}

static void
text_block(struct jinja *j, const struct jj_node *n)
{
	struct jj_scope *scope = j->scope;
	struct jj_value v;

	j->scope = jj_scope_push(j, scope);
	v = jj_body_text(j, &n->body);
	v = filtered(j, n->b, v);
	j->scope = scope;
	if (n->kind == N_SETBLOCK) {
		jj_assign(j, n->a, v);
		return;
	}
	/* what a filter makes is joined as it is */
	if (v.kind != JJ_STR)
		jj_fail(j, "TypeError",
		    "sequence item %u: expected str instance, %s found",
		    j->n_marks ? j->n_marks - 1 : 0, jj_type_name(v));
	jj_emit(j, v);
}

/* the deepest expression takes less than half a megabyte */
#define STACK_MAX ((size_t)3 << 19)

void
jj_descend(struct jinja *j)
{
	uintptr_t here = (uintptr_t)__builtin_frame_address(0);
	uintptr_t base = (uintptr_t)j->stack;

	if (++j->depth > j->limit.depth ||
	    (here < base ? base - here : here - base) > STACK_MAX)
		jj_fail(
		    j, "RecursionError", "maximum recursion depth exceeded");
}

/* ---- loops ---- */

/* the items for which {% for ... if %} holds */
struct selection {
	const struct jj_node *node;
	struct jj_scope *scope;
};

static bool
next_selected(struct jinja *j, struct jj_gen *g, struct jj_value *out)
{
	const struct selection *s = g->data;
	struct jj_scope *was = j->scope;
	bool found = false;

	while (!found && jj_iter_next(j, &g->it, out)) {
		j->scope = jj_scope_push(j, s->scope);
		jj_assign(j, s->node->a, *out);
		found = jj_true(j, jj_eval(j, s->node->c));
	}
	j->scope = was;
	return found;
}

static struct jj_value
selected(struct jinja *j, const struct jj_node *n, struct jj_value src,
    struct jj_scope *scope)
{
	struct selection *s = jj_alloc(j, sizeof(*s));
	struct jj_value v =
	    jj_gen_new(j, "generator object t_1", next_selected, src, NULL);
	struct jj_gen *g = v.u.p;

	s->node = n;
	s->scope = scope;
	g->data = s;
	jj_iter_begin(j, &g->it, src);
	return v;
}

/* one run over src; with an else part if nothing was there */
static enum jj_flow
run_loop(struct jinja *j, const struct jj_node *n, struct jj_loop *loop)
{
	struct jj_scope *scope = loop->scope, *inner = NULL;
	struct jj_value item;
	bool empty = true, ran = false;
	enum jj_flow flow = F_NEXT;

	while (jj_loop_next(j, loop, &item)) {
		ran = true;
		if (inner && !inner->held)
			inner->n = 0;
		else
			inner = jj_scope_push(j, scope);
		j->scope = inner;
		if (n->loopvar)
			jj_bind_sym(j, j->tpl->sym_loop, jj_ptr(JJ_LOOP, loop));
		jj_assign(j, n->a, item);
		flow = jj_exec(j, &n->body);
		/* Kalico: an iteration that was broken off does not count */
		if (flow == F_NEXT)
			empty = false;
		if (flow == F_BREAK)
			break;
	}
	if (jj_cover_branch(j, n, ran) && !ran)
		empty = false;
	if (empty) {
		j->scope = jj_scope_push(j, scope);
		jj_exec(j, &n->other);
	}
	j->scope = scope;
	return F_NEXT;
}

static struct jj_loop *
loop_new(struct jinja *j, const struct jj_node *n, struct jj_value src,
    struct jj_scope *scope)
{
	struct jj_loop *l = jj_alloc(j, sizeof(*l));

	if (n->c || n->flag)
		jj_scope_hold(scope);
	if (n->c)
		src = selected(j, n, src, scope);
	l->src = src;
	l->node = n->flag ? n : NULL;
	l->scope = scope;
	l->index0 = -1;
	l->length = -1;
	l->cur = l->prev = l->changed = jj_missing();
	jj_iter_begin(j, &l->it, src);
	return l;
}

static void
for_loop(struct jinja *j, const struct jj_node *n)
{
	struct jj_value src = jj_eval(j, n->b);

	j->at = n->b;
	run_loop(j, n, loop_new(j, n, src, j->scope));
}

/* loop(items) inside a recursive one */
struct jj_value
jj_loop_call(struct jinja *j, struct jj_loop *outer, struct jj_value src)
{
	struct jj_sb text = {NULL, 0, 0}, *out = j->out;
	struct jj_scope *scope = j->scope;
	struct jj_loop *l;

	if (!outer->node)
		jj_fail(j, "TypeError",
		    "The loop must have the 'recursive' marker to be called "
		    "recursively.");
	jj_descend(j);
	l = loop_new(j, outer->node, src, outer->scope);
	l->depth0 = outer->depth0 + 1;
	j->out = &text;
	run_loop(j, outer->node, l);
	j->out = out;
	j->scope = scope;
	j->depth--;
	return jj_sb_value(j, &text);
}

/* ---- the rest ---- */

static enum jj_flow
if_else(struct jinja *j, const struct jj_node *n)
{
	for (;;) {
		if (jj_cover_branch(j, n, jj_true(j, jj_eval(j, n->a))))
			return jj_exec(j, &n->body);
		if (!n->flag)
			return jj_exec(j, &n->other);
		n = n->other.v[0];
	}
}

static void
macro(struct jinja *j, const struct jj_node *n)
{
	struct jj_macro *m = jj_alloc(j, sizeof(*m));

	m->node = n;
	m->scope = jj_scope_hold(j->scope);
	m->name = n->a->name->data;
	jj_bind_sym(j, n->a->sym, jj_ptr(JJ_MACRO, m));
}

static void
call_block(struct jinja *j, const struct jj_node *n)
{
	struct jj_macro *m = jj_alloc(j, sizeof(*m));
	struct jj_value f, *kw, room[JJ_ARGS_ROOM];
	struct jj_str **name;
	struct jj_args args;

	m->node = n;
	m->scope = jj_scope_hold(j->scope);
	f = jj_eval(j, n->b->a);
	jj_eval_args(j, n->b->args, &args, room);
	kw = jj_alloc(j, (args.nkw + 1) * sizeof(*kw));
	name = jj_alloc(j, (args.nkw + 1) * sizeof(struct jj_str *));
	for (uint32_t i = 0; i < args.nkw; i++) {
		kw[i] = args.kw[i];
		name[i] = args.name[i];
	}
	kw[args.nkw] = jj_ptr(JJ_MACRO, m);
	name[args.nkw++] = j->tpl->sym[j->tpl->sym_caller];
	args.kw = kw;
	args.name = name;
	j->at = n->b;
	jj_emit(j, jj_call(j, f, &args));
}

static enum jj_flow
scoped(struct jinja *j, const struct jj_node *n)
{
	struct jj_scope *scope = j->scope, *inner = jj_scope_push(j, scope);
	bool autoescape = j->autoescape;
	struct jj_value v[32], *all = v;
	enum jj_flow flow;
	uint32_t count = n->kind == N_WITH ? n->other.n / 2 : 0;

	if (n->kind == N_BLOCK && n->flag) {
		j->at = n;
		jj_fail(j, "TemplateRuntimeError",
		    "Required block %s not found",
		    jj_quote(j, n->name->data, n->name->len));
	}
	if (count > 32)
		all = jj_alloc(j, count * sizeof(*all));
	for (uint32_t i = 0; i < count; i++)
		all[i] = jj_eval(j, n->other.v[2 * i + 1]);
	if (n->kind == N_AUTOESCAPE)
		j->autoescape = jj_true(j, jj_eval(j, n->a));
	/* a block sees the template, not the loop around it */
	if (n->kind == N_BLOCK && !n->loopvar)
		inner->outer = j->root;
	j->scope = inner;
	for (uint32_t i = 0; i < count; i++)
		jj_assign(j, n->other.v[2 * i], all[i]);
	flow = jj_exec(j, &n->body);
	j->scope = scope;
	j->autoescape = autoescape;
	return flow;
}

static enum jj_flow
rest(struct jinja *j, const struct jj_node *n)
{
	switch (n->kind) {
	case N_SETBLOCK:
	case N_FILTERBLOCK:
		text_block(j, n);
		break;
	case N_MACRO:
		macro(j, n);
		break;
	case N_CALLBLOCK:
		call_block(j, n);
		break;
	case N_WITH:
	case N_AUTOESCAPE:
	case N_BLOCK:
		return scoped(j, n);
	case N_DO:
		jj_eval(j, n->a);
		break;
	case N_BREAK:
		return F_BREAK;
	case N_CONTINUE:
		return F_CONTINUE;
	default:
		jj_eval(j, n->a);
		j->at = n;
		jj_fail(
		    j, "TypeError", "no loader for this environment specified");
	}
	return F_NEXT;
}

enum jj_flow
jj_exec(struct jinja *j, const struct jj_body *body)
{
	for (uint32_t i = 0; i < body->n; i++) {
		const struct jj_node *n = body->v[i];
		enum jj_flow flow = F_NEXT;

		switch (n->kind) {
		case N_DATA:
			if (j->out == j->page)
				mark(j, n, true);
			jj_sb_add_str(j, j->out, n->value.u.s);
			if (j->out->len > j->limit.output)
				jj_emit(j, jj_none());
			break;
		case N_PRINT:
			if (j->out == j->page)
				mark(j, n, false);
			print(j, n);
			break;
		case N_SET:
			if (n->a->kind != N_NAME)
				check_target(j, n->a);
			jj_assign(j, n->a, jj_eval(j, n->b));
			break;
		case N_IF:
			flow = if_else(j, n);
			break;
		case N_FOR:
			for_loop(j, n);
			break;
		default:
			if (j->out == j->page)
				mark(j, n, false);
			flow = rest(j, n);
		}
		if (flow != F_NEXT)
			return flow;
	}
	return F_NEXT;
}
