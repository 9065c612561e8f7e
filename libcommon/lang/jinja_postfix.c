/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From tokens to the tree: what follows a primary. */
#include <string.h>

#include "lang/jinja_private.h"

static struct jj_callargs *parse_call_args(struct jj_parser *);

static struct jj_node *
subscribed(struct jj_parser *p)
{
	struct jj_token t = p->cur;
	struct jj_node *part[3] = {NULL, NULL, NULL}, *n;

	if (!jj_skip(p, T_COLON)) {
		part[0] = jj_parse_expression(p);
		if (!jj_skip(p, T_COLON))
			return part[0];
	}
	if (p->cur.kind != T_COLON && p->cur.kind != T_RBRACKET &&
	    p->cur.kind != T_COMMA)
		part[1] = jj_parse_expression(p);
	if (jj_skip(p, T_COLON) && p->cur.kind != T_RBRACKET &&
	    p->cur.kind != T_COMMA)
		part[2] = jj_parse_expression(p);
	n = jj_node_pair(p, N_SLICE, &t, part[0], part[1]);
	n->c = part[2];
	return n;
}

static struct jj_node *
subscript(struct jj_parser *p, struct jj_node *of)
{
	struct jj_token t = p->cur, attr;
	struct jj_nodes l = {NULL, 0, 0};
	struct jj_node *key;

	jj_next(p);
	if (t.kind == T_DOT) {
		attr = p->cur;
		jj_next(p);
		if (attr.kind == T_NAME) {
			struct jj_node *n =
			    jj_node_pair(p, N_GETATTR, &attr, of, NULL);

			n->name = jj_str_in(&p->t->arena, attr.s, attr.len);
			return n;
		}
		if (attr.kind != T_INTEGER)
			jj_wrong(p, &attr, "expected name or number");
		return jj_node_pair(p, N_GETITEM, &attr, of,
		    jj_node_const(p, &attr, attr.value));
	}
	while (p->cur.kind != T_RBRACKET) {
		if (l.n)
			jj_expect(p, T_COMMA);
		jj_nodes_add(p, &l, subscribed(p));
	}
	jj_expect(p, T_RBRACKET);
	if (l.n == 1) {
		key = l.v[0];
	} else {
		key = jj_node_new(p, N_TUPLE, &t);
		key->body = jj_nodes_body(p, &l);
	}
	return jj_node_pair(p, N_GETITEM, &t, of, key);
}

static struct jj_node *
call(struct jj_parser *p, struct jj_node *f)
{
	struct jj_token t = p->cur;
	struct jj_node *n = jj_node_pair(p, N_CALL, &t, f, NULL);

	n->pos = f->pos;
	n->line = f->line;
	n->args = parse_call_args(p);
	return n;
}

struct jj_node *
jj_parse_postfix(struct jj_parser *p, struct jj_node *n)
{
	for (;; jj_link(p)) {
		if (p->cur.kind == T_DOT || p->cur.kind == T_LBRACKET) {
			n = subscript(p, n);
		} else if (p->cur.kind == T_LPAREN) {
			n = call(p, n);
		} else {
			return n;
		}
	}
}

static void
call_wrong(struct jj_parser *p, const struct jj_token *t, bool good)
{
	if (!good)
		jj_wrong(p, t, "invalid syntax for function call expression");
}

static struct jj_callargs *
parse_call_args(struct jj_parser *p)
{
	struct jj_token t = jj_expect(p, T_LPAREN);
	struct jj_callargs *a = arena_alloc(&p->t->arena, sizeof(*a));
	struct jj_nodes v = {NULL, 0, 0}, kw = {NULL, 0, 0};
	bool comma = false;

	jj_deeper(p);
	while (p->cur.kind != T_RPAREN) {
		if (comma) {
			jj_expect(p, T_COMMA);
			if (p->cur.kind == T_RPAREN)
				break;
		}
		comma = true;
		if (p->cur.kind == T_MUL) {
			call_wrong(p, &t, !a->star && !a->starstar);
			jj_next(p);
			a->star = jj_parse_expression(p);
		} else if (p->cur.kind == T_POW) {
			call_wrong(p, &t, !a->starstar);
			jj_next(p);
			a->starstar = jj_parse_expression(p);
		} else if (p->cur.kind == T_NAME &&
			   jj_look(p)->kind == T_ASSIGN) {
			struct jj_node *n = jj_node_new(p, N_CONST, &p->cur);

			call_wrong(p, &t, !a->starstar);
			n->name = jj_str_in(&p->t->arena, p->cur.s, p->cur.len);
			jj_next(p);
			jj_next(p);
			n->a = jj_parse_expression(p);
			jj_nodes_add(p, &kw, n);
		} else {
			call_wrong(p, &t, !a->star && !a->starstar && !kw.n);
			jj_nodes_add(p, &v, jj_parse_expression(p));
		}
	}
	jj_expect(p, T_RPAREN);
	p->depth--;
	a->v = jj_nodes_body(p, &v).v;
	a->n = v.n;
	a->nkw = kw.n;
	a->kw = jj_nodes_body(p, &kw).v;
	a->kwname =
	    arena_alloc(&p->t->arena, (kw.n + 1) * sizeof(struct jj_str *));
	for (uint32_t i = 0; i < kw.n; i++) {
		a->kwname[i] = a->kw[i]->name;
		a->kw[i] = a->kw[i]->a;
	}
	return a;
}

/* NAME or NAME.NAME, of a filter or test */
static struct jj_str *
dotted(struct jj_parser *p, struct jj_token *first)
{
	struct jj_sb b = {NULL, 0, 0};

	*first = jj_expect(p, T_NAME);
	jj_sb_add(p->j, &b, first->s, first->len);
	while (jj_skip(p, T_DOT)) {
		struct jj_token t = jj_expect(p, T_NAME);

		jj_sb_putc(p->j, &b, '.');
		jj_sb_add(p->j, &b, t.s, t.len);
	}
	return jj_str_in(&p->t->arena, b.p, b.len);
}

struct jj_node *
jj_parse_filter(struct jj_parser *p, struct jj_node *n, bool start_inline)
{
	while (p->cur.kind == T_PIPE || start_inline) {
		struct jj_token t;
		struct jj_str *s;

		jj_link(p);
		if (!start_inline)
			jj_next(p);
		s = dotted(p, &t);
		n = jj_node_pair(p, N_FILTER, &t, n, NULL);
		n->name = s;
		n->builtin = jj_find_filter(s->data, s->len);
		if (p->cur.kind == T_LPAREN)
			n->args = parse_call_args(p);
		n->plain = jj_takes_plain(n->builtin, n->args);
		start_inline = false;
	}
	return n;
}

static bool
may_be_argument(const struct jj_parser *p)
{
	switch (p->cur.kind) {
	case T_NAME:
		return !jj_at_name(p, "else") && !jj_at_name(p, "or") &&
		       !jj_at_name(p, "and");
	case T_STRING:
	case T_INTEGER:
	case T_FLOAT:
	case T_LPAREN:
	case T_LBRACKET:
	case T_LBRACE:
		return true;
	default:
		return false;
	}
}

static struct jj_node *
parse_test(struct jj_parser *p, struct jj_node *of)
{
	bool negated;
	struct jj_node *n;
	struct jj_token t;
	struct jj_str *s;

	jj_next(p);
	negated = jj_skip_name(p, "not");
	s = dotted(p, &t);
	n = jj_node_pair(p, N_TEST, &t, of, NULL);
	n->name = s;
	n->builtin = jj_find_test(s->data, s->len);
	n->flag = n->builtin && strstr(n->builtin->name, "defined");
	if (p->cur.kind == T_LPAREN) {
		n->args = parse_call_args(p);
	} else if (may_be_argument(p)) {
		struct jj_nodes l = {NULL, 0, 0};

		if (jj_at_name(p, "is"))
			jj_wrong(p, &p->cur,
			    "You cannot chain multiple tests with is");
		jj_nodes_add(p, &l, jj_parse_postfix(p, jj_parse_primary(p)));
		n->args = arena_alloc(&p->t->arena, sizeof(*n->args));
		n->args->v = jj_nodes_body(p, &l).v;
		n->args->n = 1;
	}
	n->plain = jj_takes_plain(n->builtin, n->args);
	return negated ? jj_node_pair(p, N_NOT, &t, n, NULL) : n;
}

struct jj_node *
jj_parse_filters(struct jj_parser *p, struct jj_node *n)
{
	for (;; jj_link(p)) {
		if (p->cur.kind == T_PIPE)
			n = jj_parse_filter(p, n, false);
		else if (jj_at_name(p, "is"))
			n = parse_test(p, n);
		else if (p->cur.kind == T_LPAREN)
			n = call(p, n);
		else
			return n;
	}
}
