/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a template would do with a value that is not there. */
#include <string.h>

#include "base/xalloc.h"
#include "lang/jinja_walk.h"
#include "machine/macro_check.h"

/*
 * An undefined value is no error by itself: it is false where it is asked
 * for, empty where it is printed or gone through, and can be given a name.
 * Only what computes with it or looks inside it fails.  Names and attributes
 * stand each at a place of their own, so the places tell them apart.
 */

static void
mark(struct macro_uses *u, const struct jj_node *n, enum macro_use use)
{
	if (n && (n->kind == N_NAME || n->kind == N_GETATTR) && n->pos < u->len)
		u->use[n->pos] = (uint8_t)use;
}

static void
mark_all(struct macro_uses *u, const struct jj_body *b, enum macro_use use)
{
	for (uint32_t i = 0; i < b->n; i++)
		mark(u, b->v[i], use);
}

static bool
mild_filter(const char *name)
{
	static const char *const mild[] = {"list", "join", "length", "count",
	    "string", "upper", "lower", "trim", "first", "last"};

	for (size_t i = 0; i < sizeof(mild) / sizeof(mild[0]); i++)
		if (strcmp(name, mild[i]) == 0)
			return true;
	return false;
}

static void
mark_compare(struct macro_uses *u, const struct jj_node *n)
{
	const struct jj_node *left = n->a;

	for (uint32_t i = 0; i < n->body.n; i++) {
		enum jj_op op = (enum jj_op)n->oplist[i];

		if (op == OP_LT || op == OP_LE || op == OP_GT || op == OP_GE)
			return;
	}
	mark(u, left, MACRO_USE_ASKED);
	mark_all(u, &n->body, MACRO_USE_ASKED);
}

static void
mark_args(struct macro_uses *u, const struct jj_callargs *a)
{
	for (uint32_t i = 0; i < a->n; i++)
		mark(u, a->v[i], MACRO_USE_PASSED);
	for (uint32_t i = 0; i < a->nkw; i++)
		mark(u, a->kw[i], MACRO_USE_PASSED);
}

static void
mark_filter(struct macro_uses *u, const struct jj_node *n)
{
	const char *name = n->name->data;

	if (strcmp(name, "default") == 0 || strcmp(name, "d") == 0)
		mark(u, n->a, MACRO_USE_ASKED);
	else if (mild_filter(name))
		mark(u, n->a, MACRO_USE_PASSED);
}

static bool
visit_use(struct jinja_walk *walk, const struct jj_node *n)
{
	struct macro_uses *u = (struct macro_uses *)walk;

	switch (n->kind) {
	case N_COND:
		mark(u, n->b, MACRO_USE_PASSED);
		mark(u, n->c, MACRO_USE_PASSED);
		mark(u, n->a, MACRO_USE_ASKED);
		break;
	case N_IF:
	case N_NOT:
	case N_TEST:
		mark(u, n->a, MACRO_USE_ASKED);
		break;
	case N_AND:
	case N_OR:
		mark_all(u, &n->body, MACRO_USE_ASKED);
		break;
	case N_COMPARE:
		mark_compare(u, n);
		break;
	case N_FILTER:
		mark_filter(u, n);
		break;
	case N_SET:
		mark(u, n->a, MACRO_USE_NAMED);
		mark(u, n->b,
		    n->a->kind == N_NAME ? MACRO_USE_NAMED : MACRO_USE_PASSED);
		break;
	case N_FOR:
		mark(u, n->a, MACRO_USE_NAMED);
		mark(u, n->b, MACRO_USE_PASSED);
		break;
	case N_PRINT:
	case N_CONCAT:
	case N_LIST:
	case N_TUPLE:
	case N_DICT:
		mark(u, n->a, MACRO_USE_PASSED);
		mark(u, n->b, MACRO_USE_PASSED);
		mark_all(u, &n->body, MACRO_USE_PASSED);
		break;
	default:
		break;
	}
	if (n->args)
		mark_args(u, n->args);
	return true;
}

void
macro_uses_read(struct macro_uses *u, const struct jinja_template *t)
{
	u->walk.visit = visit_use;
	u->len = t->len + 1;
	u->use = xcalloc(u->len, 1);
	jinja_walk(&u->walk, t);
}

enum macro_use
macro_use_of(const struct macro_uses *u, const struct jj_node *n)
{
	return n->pos < u->len ? (enum macro_use)u->use[n->pos]
			       : MACRO_USE_FAILS;
}

struct worst {
	struct jinja_walk walk;
	const struct macro_uses *uses;
	uint32_t sym;
	enum macro_use use;
};

static bool
visit_worst(struct jinja_walk *walk, const struct jj_node *n)
{
	struct worst *w = (struct worst *)walk;
	enum macro_use use;

	/* "{% set b = a %}" is followed no further: it is passed on */
	if (n->kind == N_SET && n->b->kind == N_NAME && n->b->sym == w->sym &&
	    w->use > MACRO_USE_PASSED)
		w->use = MACRO_USE_PASSED;
	if (n->kind != N_NAME || n->sym != w->sym)
		return true;
	use = macro_use_of(w->uses, n);
	if (use < w->use)
		w->use = use;
	return true;
}

enum macro_use
macro_use_of_name(
    const struct macro_uses *u, const struct jinja_template *t, uint32_t sym)
{
	struct worst w = {{visit_worst}, u, sym, MACRO_USE_NAMED};

	jinja_walk(&w.walk, t);
	return w.use;
}
