/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is wrong with a template though it parses, found before it runs. */
#include <string.h>

#include "lang/jinja_private.h"

struct check {
	struct jinja *j;
	struct jinja_template *t;
	bool soft;     /* an unknown filter fails only when it is reached */
	bool in_loop;  /* break and continue have something to leave */
	bool saw_loop; /* the name "loop" was read */
	bool inner;    /* in a scope below that of the template */
};

static void body(struct check *, const struct jj_body *);

static void
fail(
    struct check *c, const struct jj_node *n, const char *fmt, const char *name)
{
	char text[300];
	size_t at = strcspn(fmt, "$");
	struct jj_sb b = {NULL, 0, 0};

	jj_sb_add(c->j, &b, fmt, at);
	if (fmt[at])
		jj_sb_puts(c->j, &b, jj_quote(c->j, name, strlen(name)));
	jj_sb_puts(c->j, &b, fmt + at + (fmt[at] == '$'));
	at = b.len < sizeof(text) - 1 ? b.len : sizeof(text) - 1;
	memcpy(text, b.p, at);
	text[at] = '\0';
	jj_syntax(c->j, "TemplateAssertionError", n->line, n->pos, "%s", text);
}

static void expr(struct check *, struct jj_node *);

static void
call_args(struct check *c, const struct jj_callargs *a)
{
	if (!a)
		return;
	for (uint32_t i = 0; i < a->n; i++)
		expr(c, a->v[i]);
	for (uint32_t i = 0; i < a->nkw; i++)
		expr(c, a->kw[i]);
	expr(c, a->star);
	expr(c, a->starstar);
}

static void
expr(struct check *c, struct jj_node *n)
{
	bool soft = c->soft;

	if (!n)
		return;
	if (n->kind == N_NAME && n->sym == c->t->sym_loop)
		c->saw_loop = true;
	if (n->kind == N_COND)
		c->soft = true;
	expr(c, n->a);
	if (n->kind == N_FILTER && !n->builtin && !c->soft)
		fail(c, n, "No filter named $.", n->name->data);
	if (n->kind == N_TEST && !n->builtin && !c->soft)
		fail(c, n, "No test named $.", n->name->data);
	expr(c, n->b);
	expr(c, n->c);
	for (uint32_t i = 0; i < n->body.n; i++)
		expr(c, n->body.v[i]);
	call_args(c, n->args);
	c->soft = soft;
}

/* is there a target "loop" below? */
static const struct jj_node *stored(
    const struct check *, const struct jj_node *, bool target);

static const struct jj_node *
stored_in(const struct check *c, const struct jj_body *b, bool target)
{
	const struct jj_node *found = NULL;

	for (uint32_t i = 0; i < b->n && !found; i++)
		found = stored(c, b->v[i], target);
	return found;
}

static const struct jj_node *
stored(const struct check *c, const struct jj_node *n, bool target)
{
	const struct jj_node *found = NULL;

	if (!n)
		return NULL;
	switch (n->kind) {
	case N_NAME:
		return target && n->sym == c->t->sym_loop ? n : NULL;
	case N_TUPLE:
		return stored_in(c, &n->body, target);
	case N_SET:
	case N_SETBLOCK:
		return stored(c, n->a, true);
	case N_FOR:
	case N_IF:
		if (n->kind == N_FOR)
			found = stored(c, n->a, true);
		if (!found)
			found = stored_in(c, &n->body, false);
		return found ? found : stored_in(c, &n->other, false);
	case N_WITH:
	case N_AUTOESCAPE:
	case N_FILTERBLOCK:
	case N_BLOCK:
		return stored_in(c, &n->body, false);
	default:
		return NULL;
	}
}

static void
for_loop(struct check *c, struct jj_node *n)
{
	struct check was = *c;
	const struct jj_node *bad = stored(c, n, false);

	if (bad)
		fail(c, bad,
		    "Can't assign to special loop variable in for-loop target",
		    "");
	expr(c, n->b);
	c->soft = false;
	c->inner = true;
	expr(c, n->c);
	was.saw_loop = c->saw_loop; /* of the loop around this one */
	c->in_loop = true;
	c->saw_loop = false;
	body(c, &n->body);
	n->loopvar = c->saw_loop || n->flag;
	c->in_loop = was.in_loop;
	body(c, &n->other);
	c->saw_loop |= was.saw_loop;
	c->soft = was.soft;
	c->inner = was.inner;
}

static void
macro(struct check *c, struct jj_node *n)
{
	bool soft = c->soft, in_loop = c->in_loop, inner = c->inner;

	c->soft = false;
	c->in_loop = false;
	c->inner = true;
	for (uint32_t i = 0; i < n->other.n; i++)
		expr(c, n->other.v[i]);
	for (uint32_t i = 0; i + n->other.n < n->body.n; i++)
		if (n->body.v[i]->sym == c->t->sym_caller &&
		    jj_body_reads(&n->c->body, c->t->sym_caller))
			fail(c, n,
			    "When defining macros or call blocks the special "
			    "\"caller\" argument must be omitted or be given "
			    "a default.",
			    "");
	body(c, &n->c->body);
	c->soft = soft;
	c->in_loop = in_loop;
	c->inner = inner;
}

/* blocks with a scope of their own */
static void
scoped(struct check *c, struct jj_node *n)
{
	bool soft = c->soft, in_loop = c->in_loop, inner = c->inner;

	c->soft = false;
	c->inner = n->kind != N_BLOCK && (inner || n->kind != N_AUTOESCAPE);
	if (n->kind == N_BLOCK)
		c->in_loop = false;
	expr(c, n->kind == N_FILTERBLOCK ? NULL : n->a);
	expr(c, n->b);
	if (n->kind == N_WITH)
		for (uint32_t i = 0; i < n->other.n; i++)
			expr(c, n->other.v[i]);
	body(c, &n->body);
	c->soft = soft;
	c->in_loop = in_loop;
	c->inner = inner;
}

static void
statement(struct check *c, struct jj_node *n)
{
	bool soft = c->soft;

	switch (n->kind) {
	case N_DATA:
		break;
	case N_IF:
		c->soft = true;
		expr(c, n->a);
		body(c, &n->body);
		body(c, &n->other);
		c->soft = soft;
		break;
	case N_FOR:
		for_loop(c, n);
		break;
	case N_CALLBLOCK:
		expr(c, n->b);
		macro(c, n);
		break;
	case N_MACRO:
		macro(c, n);
		break;
	case N_SETBLOCK:
	case N_FILTERBLOCK:
	case N_WITH:
	case N_BLOCK:
	case N_AUTOESCAPE:
		scoped(c, n);
		break;
	case N_BREAK:
	case N_CONTINUE:
		if (!c->in_loop)
			jj_syntax(c->j, "SyntaxError", n->line, n->pos,
			    n->kind == N_BREAK
				? "'break' outside loop"
				: "'continue' not properly in loop");
		break;
	default:
		if (n->kind == N_LOADER && n->loopvar && c->inner)
			fail(c, n,
			    "cannot use extend from a non top-level scope", "");
		expr(c, n->a);
		expr(c, n->b);
		for (uint32_t i = 0; i < n->body.n; i++)
			expr(c, n->body.v[i]);
	}
}

static void
body(struct check *c, const struct jj_body *b)
{
	for (uint32_t i = 0; i < b->n; i++)
		statement(c, b->v[i]);
}

void
jj_check(struct jinja *j, struct jinja_template *t)
{
	struct check c = {.j = j, .t = t};

	for (uint32_t i = 0; i < t->n_blocks; i++)
		for (uint32_t k = 0; k < i; k++)
			if (strcmp(t->block[i]->name->data,
				t->block[k]->name->data) == 0)
				fail(&c, t->block[i], "block $ defined twice",
				    t->block[i]->name->data);
	body(&c, &t->body);
}
