/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Walking over the tree of a template. */
#include "lang/jinja_walk.h"

#include <ctype.h>
#include <string.h>

static void
walk_body(struct jinja_walk *w, const struct jj_body *b)
{
	for (uint32_t i = 0; i < b->n; i++)
		jinja_walk_node(w, b->v[i]);
}

void
jinja_walk_node(struct jinja_walk *w, const struct jj_node *n)
{
	if (!n || !w->visit(w, n))
		return;
	jinja_walk_node(w, n->a);
	jinja_walk_node(w, n->b);
	if (n->kind == N_MACRO || n->kind == N_CALLBLOCK) {
		walk_body(w, &n->other);
		walk_body(w, &n->body);
		walk_body(w, &n->c->body);
		return;
	}
	jinja_walk_node(w, n->c);
	if (n->args) {
		for (uint32_t i = 0; i < n->args->n; i++)
			jinja_walk_node(w, n->args->v[i]);
		for (uint32_t i = 0; i < n->args->nkw; i++)
			jinja_walk_node(w, n->args->kw[i]);
		jinja_walk_node(w, n->args->star);
		jinja_walk_node(w, n->args->starstar);
	}
	if (n->kind == N_WITH)
		walk_body(w, &n->other);
	walk_body(w, &n->body);
	if (n->kind != N_WITH)
		walk_body(w, &n->other);
}

void
jinja_walk(struct jinja_walk *w, const struct jinja_template *t)
{
	walk_body(w, &t->body);
}

const struct jj_str *
jinja_item_of(const struct jj_node *n, const char *object)
{
	if ((n->kind != N_GETATTR && n->kind != N_GETITEM) ||
	    n->a->kind != N_NAME || strcmp(n->a->name->data, object) != 0)
		return NULL;
	if (n->kind == N_GETATTR)
		return n->name;
	if (n->b->kind == N_CONST && n->b->value.kind == JJ_STR)
		return n->b->value.u.s;
	return NULL;
}

/* back over "(" that belong to the expression: one behind a name is a call's */
static const char *
before_brackets(const char *text, const char *p)
{
	for (const char *q = p; q > text;) {
		q--;
		if (strchr(" \t\n", *q))
			continue;
		if (*q != '(' || q == text || q[-1] == '_' ||
		    isalnum((unsigned char)q[-1]))
			break;
		p = q;
	}
	return p;
}

void
jinja_source(const struct jinja_template *t, const struct jj_node *n,
    const char **s, size_t *len)
{
	const char *p = t->text + n->pos, *end = t->text + t->len;
	unsigned depth = 0;
	char quote = '\0';

	/* an attribute's node stands at its name: back to what it is of, and
	 * that of "x if y else z" at the "if": back to x */
	for (const struct jj_node *a = n; a;
	     a = a->kind == N_COND ? a->b : a->a)
		if (t->text + a->pos < p)
			p = t->text + a->pos;
	p = before_brackets(t->text, p);
	for (*s = p; p < end; p++) {
		if (quote) {
			if (*p == '\\')
				p++;
			else if (*p == quote)
				quote = '\0';
		} else if (*p == '"' || *p == '\'') {
			quote = *p;
		} else if (strchr("([{", *p)) {
			depth++;
		} else if (strchr(")]}", *p) || (*p == ',' && !depth)) {
			if (!depth)
				break;
			depth--;
		}
	}
	*len = (size_t)(p - *s);
	while (*len && ((*s)[*len - 1] == ' ' || (*s)[*len - 1] == '\n'))
		--*len;
}
