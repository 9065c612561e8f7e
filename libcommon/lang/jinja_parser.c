/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From tokens to the tree: expressions. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lang/jinja_private.h"

#define DEPTH_MAX 180  /* of nested expressions and blocks */
#define LINKS_MAX 3000 /* of chains in one tag: a.b.c, a|b|c, a + b + c */

static struct jj_node *parse_unary(struct jj_parser *, bool with_filter);

void
jj_next(struct jj_parser *p)
{
	if (p->has_ahead) {
		p->cur = p->ahead;
		p->has_ahead = false;
	} else {
		jj_lex(&p->lex, &p->cur);
	}
}

const struct jj_token *
jj_look(struct jj_parser *p)
{
	if (!p->has_ahead) {
		if (p->cur.kind == T_EOF)
			return &p->cur;
		jj_lex(&p->lex, &p->ahead);
		p->has_ahead = true;
	}
	return &p->ahead;
}

bool
jj_token_is(const struct jj_token *t, const char *s)
{
	return t->kind == T_NAME && t->len == strlen(s) &&
	       memcmp(t->s, s, t->len) == 0;
}

bool
jj_at_name(const struct jj_parser *p, const char *s)
{
	return jj_token_is(&p->cur, s);
}

bool
jj_skip(struct jj_parser *p, enum jj_tok kind)
{
	if (p->cur.kind != kind)
		return false;
	jj_next(p);
	return true;
}

bool
jj_skip_name(struct jj_parser *p, const char *s)
{
	if (!jj_at_name(p, s))
		return false;
	jj_next(p);
	return true;
}

/* what a token is called in messages, quoted */
const char *
jj_describe(struct jj_parser *p, const struct jj_token *t)
{
	if (t->kind == T_NAME)
		return jj_quote(p->j, t->s, t->len);
	return jj_quote(
	    p->j, jj_tok_name(t->kind), strlen(jj_tok_name(t->kind)));
}

void
jj_wrong(struct jj_parser *p, const struct jj_token *t, const char *fmt, ...)
{
	char text[400];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	jj_syntax(p->j, "TemplateSyntaxError", t->line, t->pos, "%s", text);
}

static void
not_expected(struct jj_parser *p, const char *wanted)
{
	const char *q = jj_quote(p->j, wanted, strlen(wanted));

	if (p->cur.kind == T_EOF)
		jj_wrong(p, &p->cur,
		    "unexpected end of template, expected %.60s.", q);
	jj_wrong(p, &p->cur, "expected token %.60s, got %.200s", q,
	    jj_describe(p, &p->cur));
}

struct jj_token
jj_expect(struct jj_parser *p, enum jj_tok kind)
{
	struct jj_token t = p->cur;

	if (t.kind != kind)
		not_expected(p, jj_tok_name(kind));
	jj_next(p);
	return t;
}

void
jj_expect_name(struct jj_parser *p, const char *s)
{
	if (!jj_skip_name(p, s))
		not_expected(p, s);
}

/* ---- nodes ---- */

struct jj_node *
jj_node_new(
    struct jj_parser *p, enum jj_node_kind kind, const struct jj_token *t)
{
	struct jj_node *n = arena_alloc(&p->t->arena, sizeof(*n));

	n->kind = kind;
	n->pos = t->pos;
	n->line = t->line;
	return n;
}

void
jj_nodes_add(struct jj_parser *p, struct jj_nodes *l, struct jj_node *n)
{
	if (l->n == l->cap) {
		struct jj_node **v;

		l->cap = l->cap * 2 + 4;
		v = jj_alloc(p->j, l->cap * sizeof(struct jj_node *));
		for (uint32_t i = 0; i < l->n; i++)
			v[i] = l->v[i];
		l->v = v;
	}
	l->v[l->n++] = n;
}

struct jj_body
jj_nodes_body(struct jj_parser *p, const struct jj_nodes *l)
{
	struct jj_body b = {NULL, l->n};

	b.v = arena_alloc(&p->t->arena, (l->n + 1) * sizeof(struct jj_node *));
	for (uint32_t i = 0; i < l->n; i++)
		b.v[i] = l->v[i];
	return b;
}

/* names are numbered: a template's variables are found by number */
uint32_t
jj_symbol(struct jj_parser *p, const char *s, size_t n)
{
	struct jinja_template *t = p->t;
	struct jj_value key = jj_string(p->j, s, n);
	struct jj_value v = jj_dict_get(p->j, p->j->context.u.d, key);

	if (v.kind == JJ_INT)
		return (uint32_t)v.u.i;
	if (t->n_sym == p->cap_sym) {
		struct jj_str **sym;

		p->cap_sym = p->cap_sym * 2 + 16;
		sym = arena_alloc(
		    &t->arena, p->cap_sym * sizeof(struct jj_str *));
		for (uint32_t i = 0; i < t->n_sym; i++)
			sym[i] = t->sym[i];
		t->sym = sym;
	}
	t->sym[t->n_sym] = jj_str_in(&t->arena, s, n);
	jj_dict_set(p->j, p->j->context.u.d, key, jj_int(t->n_sym));
	return t->n_sym++;
}

static struct jj_node *
name_node(struct jj_parser *p, const struct jj_token *t)
{
	struct jj_node *n = jj_node_new(p, N_NAME, t);

	n->sym = jj_symbol(p, t->s, t->len);
	n->name = p->t->sym[n->sym];
	return n;
}

struct jj_node *
jj_node_const(struct jj_parser *p, const struct jj_token *t, struct jj_value v)
{
	struct jj_node *n = jj_node_new(p, N_CONST, t);

	n->value = v;
	if (v.kind == JJ_BIG) { /* lives as long as the template */
		size_t size = sizeof(*v.u.big) + v.u.big->n * 4;

		n->value.u.big = arena_alloc(&p->t->arena, size);
		memcpy(n->value.u.big, v.u.big, size);
	}
	return n;
}

struct jj_node *
jj_node_pair(struct jj_parser *p, enum jj_node_kind kind,
    const struct jj_token *t, struct jj_node *a, struct jj_node *b)
{
	struct jj_node *n = jj_node_new(p, kind, t);

	n->a = a;
	n->b = b;
	return n;
}

void
jj_deeper(struct jj_parser *p)
{
	if (++p->depth > DEPTH_MAX)
		jj_wrong(p, &p->cur, "nested deeper than %d", DEPTH_MAX);
}

/* a chain leans to the left: one more level of the tree for each link */
void
jj_link(struct jj_parser *p)
{
	if (++p->links > LINKS_MAX)
		jj_wrong(
		    p, &p->cur, "more than %d operators in one tag", LINKS_MAX);
}

/* ---- primaries ---- */

static struct jj_node *
strings(struct jj_parser *p)
{
	struct jj_token t = p->cur;
	struct jj_sb b = {NULL, 0, 0};

	jj_next(p);
	if (p->cur.kind != T_STRING)
		return jj_node_const(p, &t, t.value);
	jj_sb_add(p->j, &b, t.value.u.s->data, t.value.u.s->len);
	for (; p->cur.kind == T_STRING; jj_next(p))
		jj_sb_add(
		    p->j, &b, p->cur.value.u.s->data, p->cur.value.u.s->len);
	return jj_node_const(
	    p, &t, jj_of_str(jj_str_in(&p->t->arena, b.p, b.len)));
}

static struct jj_node *
list(struct jj_parser *p)
{
	struct jj_token t = jj_expect(p, T_LBRACKET);
	struct jj_node *n = jj_node_new(p, N_LIST, &t);
	struct jj_nodes l = {NULL, 0, 0};

	while (p->cur.kind != T_RBRACKET) {
		if (l.n)
			jj_expect(p, T_COMMA);
		if (p->cur.kind == T_RBRACKET)
			break;
		jj_nodes_add(p, &l, jj_parse_expression(p));
	}
	jj_expect(p, T_RBRACKET);
	n->body = jj_nodes_body(p, &l);
	return n;
}

static struct jj_node *
dict(struct jj_parser *p)
{
	struct jj_token t = jj_expect(p, T_LBRACE);
	struct jj_node *n = jj_node_new(p, N_DICT, &t);
	struct jj_nodes l = {NULL, 0, 0};

	while (p->cur.kind != T_RBRACE) {
		if (l.n)
			jj_expect(p, T_COMMA);
		if (p->cur.kind == T_RBRACE)
			break;
		jj_nodes_add(p, &l, jj_parse_expression(p));
		jj_expect(p, T_COLON);
		jj_nodes_add(p, &l, jj_parse_expression(p));
	}
	jj_expect(p, T_RBRACE);
	n->body = jj_nodes_body(p, &l);
	return n;
}

static struct jj_node *
name(struct jj_parser *p)
{
	struct jj_token t = p->cur;

	jj_next(p);
	if (p->ns_targets && p->cur.kind == T_DOT) {
		struct jj_node *n = jj_node_new(p, N_NSREF, &t);

		n->sym = jj_symbol(p, t.s, t.len);
		jj_next(p);
		t = jj_expect(p, T_NAME);
		n->name = jj_str_in(&p->t->arena, t.s, t.len);
		return n;
	}
	if (jj_token_is(&t, "true") || jj_token_is(&t, "True"))
		return jj_node_const(p, &t, jj_bool(true));
	if (jj_token_is(&t, "false") || jj_token_is(&t, "False"))
		return jj_node_const(p, &t, jj_bool(false));
	if (jj_token_is(&t, "none") || jj_token_is(&t, "None"))
		return jj_node_const(p, &t, jj_none());
	return name_node(p, &t);
}

struct jj_node *
jj_parse_primary(struct jj_parser *p)
{
	struct jj_token t = p->cur;
	struct jj_node *n;

	switch (t.kind) {
	case T_NAME:
		return name(p);
	case T_STRING:
		return strings(p);
	case T_INTEGER:
	case T_FLOAT:
		jj_next(p);
		return jj_node_const(p, &t, t.value);
	case T_LPAREN:
		jj_deeper(p);
		jj_next(p);
		n = jj_parse_tuple(p, false, true, true);
		jj_expect(p, T_RPAREN);
		p->depth--;
		return n;
	case T_LBRACKET:
	case T_LBRACE:
		jj_deeper(p);
		n = t.kind == T_LBRACKET ? list(p) : dict(p);
		p->depth--;
		return n;
	default:
		jj_wrong(p, &t, "unexpected %.200s", jj_describe(p, &t));
	}
}

static struct jj_node *parse_or(struct jj_parser *);

static bool
tuple_ends(const struct jj_parser *p)
{
	enum jj_tok k = p->cur.kind;

	return k == T_VAR_END || k == T_BLOCK_END || k == T_RPAREN;
}

/* one expression, or several with commas; simple: targets */
struct jj_node *
jj_parse_tuple(struct jj_parser *p, bool simple, bool cond, bool parens)
{
	struct jj_token t = p->cur;
	struct jj_nodes l = {NULL, 0, 0};
	struct jj_node *n;
	bool tuple = false;

	for (;;) {
		if (l.n)
			jj_expect(p, T_COMMA);
		if (tuple_ends(p))
			break;
		jj_nodes_add(p, &l,
		    simple ? jj_parse_primary(p)
		    : cond ? jj_parse_expression(p)
			   : parse_or(p));
		if (p->cur.kind != T_COMMA)
			break;
		tuple = true;
	}
	if (!tuple && l.n)
		return l.v[0];
	if (!tuple && !parens)
		jj_wrong(p, &p->cur, "Expected an expression, got %.200s",
		    jj_describe(p, &p->cur));
	n = jj_node_new(p, N_TUPLE, &t);
	n->body = jj_nodes_body(p, &l);
	return n;
}

/* ---- operators, by precedence ---- */

static struct jj_node *
parse_unary(struct jj_parser *p, bool with_filter)
{
	struct jj_token t = p->cur;
	struct jj_node *n;

	if (t.kind == T_SUB || t.kind == T_ADD) {
		jj_deeper(p);
		jj_next(p);
		n = jj_node_pair(p, N_UNARY, &t, parse_unary(p, false), NULL);
		n->op = t.kind == T_SUB ? OP_NEG : OP_POS;
		p->depth--;
	} else {
		n = jj_parse_primary(p);
	}
	n = jj_parse_postfix(p, n);
	return with_filter ? jj_parse_filters(p, n) : n;
}

static bool
operator_of(const struct jj_parser *p, int level, enum jj_op *op)
{
	static const struct {
		enum jj_tok tok;
		int level;
		enum jj_op op;
	} table[] = {{T_ADD, 1, OP_ADD}, {T_SUB, 1, OP_SUB}, {T_MUL, 2, OP_MUL},
	    {T_DIV, 2, OP_DIV}, {T_FLOORDIV, 2, OP_FLOORDIV},
	    {T_MOD, 2, OP_MOD}, {T_POW, 3, OP_POW}};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (p->cur.kind == table[i].tok && level == table[i].level) {
			*op = table[i].op;
			return true;
		}
	return false;
}

static struct jj_node *parse_binary(struct jj_parser *, int level);

static struct jj_node *
parse_concat(struct jj_parser *p)
{
	struct jj_token t = p->cur;
	struct jj_node *first = parse_binary(p, 2), *n;
	struct jj_nodes l = {NULL, 0, 0};

	if (p->cur.kind != T_TILDE)
		return first;
	jj_nodes_add(p, &l, first);
	while (jj_skip(p, T_TILDE))
		jj_nodes_add(p, &l, parse_binary(p, 2));
	n = jj_node_new(p, N_CONCAT, &t);
	n->body = jj_nodes_body(p, &l);
	return n;
}

/* levels: 1 sum, 2 product, 3 power; all from the left */
static struct jj_node *
operand(struct jj_parser *p, int level)
{
	return level == 1   ? parse_concat(p)
	       : level == 2 ? parse_binary(p, 3)
			    : parse_unary(p, true);
}

static struct jj_node *
parse_binary(struct jj_parser *p, int level)
{
	struct jj_node *n = operand(p, level);
	enum jj_op op;

	while (operator_of(p, level, &op)) {
		struct jj_token t = p->cur;

		jj_link(p);
		jj_next(p);
		n = jj_node_pair(p, N_BINARY, &t, n, operand(p, level));
		n->op = (uint8_t)op;
	}
	return n;
}

static bool
comparison(struct jj_parser *p, enum jj_op *op)
{
	switch (p->cur.kind) {
	case T_EQ:
		*op = OP_EQ;
		break;
	case T_NE:
		*op = OP_NE;
		break;
	case T_LT:
		*op = OP_LT;
		break;
	case T_LE:
		*op = OP_LE;
		break;
	case T_GT:
		*op = OP_GT;
		break;
	case T_GE:
		*op = OP_GE;
		break;
	default:
		if (jj_at_name(p, "in")) {
			*op = OP_IN;
			break;
		}
		if (!jj_at_name(p, "not") || !jj_token_is(jj_look(p), "in"))
			return false;
		jj_next(p);
		*op = OP_NOTIN;
	}
	jj_next(p);
	return true;
}

static struct jj_node *
parse_compare(struct jj_parser *p)
{
	struct jj_node *first = parse_binary(p, 1), *n;
	struct jj_token t = p->cur;
	struct jj_nodes l = {NULL, 0, 0};
	uint8_t ops[64];
	enum jj_op op;

	while (comparison(p, &op)) {
		if (l.n == sizeof(ops))
			jj_wrong(p, &t, "more than %zu comparisons in a row",
			    sizeof(ops));
		ops[l.n] = (uint8_t)op;
		jj_nodes_add(p, &l, parse_binary(p, 1));
	}
	if (!l.n)
		return first;
	n = jj_node_pair(p, N_COMPARE, &t, first, NULL);
	n->body = jj_nodes_body(p, &l);
	n->oplist = arena_alloc(&p->t->arena, l.n);
	memcpy(n->oplist, ops, l.n);
	return n;
}

static struct jj_node *
parse_not(struct jj_parser *p)
{
	struct jj_token t = p->cur;
	struct jj_node *n;

	if (!jj_skip_name(p, "not"))
		return parse_compare(p);
	jj_deeper(p);
	n = jj_node_pair(p, N_NOT, &t, parse_not(p), NULL);
	p->depth--;
	return n;
}

/* a chain of "and" or "or" is flat: any length, no depth */
static struct jj_node *
parse_chain(struct jj_parser *p, enum jj_node_kind kind)
{
	struct jj_token t = p->cur;
	struct jj_node *n = kind == N_OR ? parse_chain(p, N_AND) : parse_not(p);
	const char *word = kind == N_OR ? "or" : "and";
	struct jj_nodes l = {NULL, 0, 0};

	if (!jj_at_name(p, word))
		return n;
	jj_nodes_add(p, &l, n);
	while (jj_skip_name(p, word))
		jj_nodes_add(
		    p, &l, kind == N_OR ? parse_chain(p, N_AND) : parse_not(p));
	n = jj_node_new(p, kind, &t);
	n->body = jj_nodes_body(p, &l);
	return n;
}

static struct jj_node *
parse_or(struct jj_parser *p)
{
	return parse_chain(p, N_OR);
}

struct jj_node *
jj_parse_expression(struct jj_parser *p)
{
	struct jj_node *n, *top;

	jj_deeper(p);
	n = top = parse_or(p);
	while (jj_at_name(p, "if")) {
		struct jj_token t = p->cur;

		jj_link(p);
		jj_next(p);
		n = jj_node_pair(p, N_COND, &t, parse_or(p), top);
		n->branch = p->t->n_branches++;
		if (jj_skip_name(p, "else"))
			n->c = jj_parse_expression(p);
		top = n;
	}
	p->depth--;
	return n;
}
