/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names that a {% set %} further down takes away from the scopes above it. */
#include <string.h>

#include "lang/jinja_private.h"

/*
 * Jinja2 gives each scope its variables before it runs.  A name that a scope
 * sets, and does not read itself before that, belongs to it from the start;
 * what loops, macros and the like inside it read there is that variable, which
 * is undefined until it is set, and never the context's:
 *
 *	{% for i in [1] %}{a}{% endfor %}{% set a = 2 %}
 *
 * prints nothing, whatever a is outside.  Set in some branches of an {% if %}
 * only, it begins as the context has it.  Such reads get .flag.
 */
enum origin {
	OF_CONTEXT, /* read first, or set in some branches only */
	OF_SET,	    /* undefined until it is set */
	OF_OUTER,   /* as the scope around has it */
	OF_CALLER   /* a parameter, a loop's target */
};

struct entry {		     /* a name in a scope */
	struct entry *outer; /* of the same name */
	struct entry *next;  /* in this scope */
	const struct frame *frame;
	uint32_t sym;
	enum origin origin;
	bool stored;
	uint32_t since;	 /* when it was first set */
	uint32_t branch; /* the {% if %} that asks, and in which it is set */
	uint8_t in;
};

struct frame {
	struct frame *outer;
	struct entry *first;
	unsigned unit; /* blocks see nothing of what is around them */
};

struct scan {
	struct jinja *j;
	struct jinja_template *t;
	struct entry **top; /* by symbol: innermost first */
	struct frame *frame;
	unsigned units;
	uint32_t clock, branches;
	uint32_t *stored; /* in the order of the text */
	uint32_t n_stored, cap_stored;
};

static struct entry *
seen(const struct scan *s, uint32_t sym)
{
	struct entry *e = s->top[sym];

	return e && e->frame->unit == s->frame->unit ? e : NULL;
}

static struct entry *
enter(struct scan *s, uint32_t sym, enum origin origin)
{
	struct entry *e = jj_alloc(s->j, sizeof(*e));

	*e = (struct entry){.outer = s->top[sym],
	    .next = s->frame->first,
	    .frame = s->frame,
	    .sym = sym,
	    .origin = origin};
	s->top[sym] = e;
	s->frame->first = e;
	return e;
}

static void
store(struct scan *s, uint32_t sym, bool param)
{
	struct entry *e = seen(s, sym);

	if (!e || e->frame != s->frame)
		e = enter(s, sym, e ? OF_OUTER : OF_SET);
	if (param)
		e->origin = OF_CALLER;
	if (!e->stored)
		e->since = ++s->clock;
	e->stored = true;
	if (s->n_stored == s->cap_stored) {
		uint32_t cap = s->cap_stored * 2 + 64;
		uint32_t *v = jj_alloc(s->j, cap * sizeof(*v));

		if (s->n_stored)
			memcpy(v, s->stored, s->n_stored * sizeof(*v));
		s->stored = v;
		s->cap_stored = cap;
	}
	s->stored[s->n_stored++] = sym;
}

static void
targets(struct scan *s, const struct jj_node *n, bool param)
{
	if (n->kind == N_NAME)
		store(s, n->sym, param);
	else if (n->kind == N_NSREF && !seen(s, n->sym))
		enter(s, n->sym, OF_CONTEXT);
	for (uint32_t i = 0; n->kind == N_TUPLE && i < n->body.n; i++)
		targets(s, n->body.v[i], param);
}

enum reading {
	ENTER,
	MARK,	      /* the scope is known */
	MARK_DEFAULT, /* of a parameter: others are not there yet */
};

static void
mark_name(struct scan *s, struct jj_node *n, enum reading how)
{
	const struct entry *e = seen(s, n->sym);

	if (e && e->origin == OF_CALLER && e->frame == s->frame)
		n->flag = how == MARK_DEFAULT;
	while (e && e->origin == OF_OUTER)
		e = e->outer;
	if (e && e->origin == OF_SET)
		n->flag = true;
	if (n->flag)
		s->t->apart[n->sym] = true;
}

/* reads are entered, or marked */
static void
expr(struct scan *s, struct jj_node *n, enum reading mark)
{
	if (!n)
		return;
	if (n->kind == N_NAME && mark == ENTER && !seen(s, n->sym))
		enter(s, n->sym, OF_CONTEXT);
	if (n->kind == N_NAME && mark != ENTER)
		mark_name(s, n, mark);
	expr(s, n->a, mark);
	expr(s, n->b, mark);
	expr(s, n->c, mark);
	for (uint32_t i = 0; n->args && i < n->args->n; i++)
		expr(s, n->args->v[i], mark);
	for (uint32_t i = 0; n->args && i < n->args->nkw; i++)
		expr(s, n->args->kw[i], mark);
	if (n->args) {
		expr(s, n->args->star, mark);
		expr(s, n->args->starstar, mark);
	}
	for (uint32_t i = 0; i < n->body.n; i++)
		expr(s, n->body.v[i], mark);
	for (uint32_t i = 0; i < n->other.n; i++)
		expr(s, n->other.v[i], mark);
}

/* ---- first: which names are a scope's own ---- */

static void collect(struct scan *, const struct jj_body *);

/* what was set in one of the branches: bit of it */
static void
set_in(struct scan *s, uint32_t from, uint32_t to, uint8_t bit)
{
	for (uint32_t i = from; i < to; i++) {
		struct entry *e = s->top[s->stored[i]];

		if (e->branch != s->branches)
			e->in = 0;
		e->branch = s->branches;
		e->in |= bit;
	}
}

/* what was set since then, but not in all three kinds of branches */
static void
settle(struct scan *s, uint32_t from, uint32_t since, bool all)
{
	for (uint32_t i = from; i < s->n_stored; i++) {
		struct entry *e = s->top[s->stored[i]];

		if (e->since <= since || (!all && e->in == 7) ||
		    e->origin == OF_CALLER)
			continue;
		e->origin = e->outer && e->outer->frame->unit == s->frame->unit
				? OF_OUTER
				: OF_CONTEXT;
	}
}

static void
branches(struct scan *s, struct jj_node *n)
{
	uint32_t from = s->n_stored, since = s->clock, elif, other;

	expr(s, n->a, ENTER);
	collect(s, &n->body);
	elif = s->n_stored;
	while (n->flag) {
		uint32_t start = s->n_stored, then = s->clock;

		n = n->other.v[0];
		expr(s, n->a, ENTER);
		collect(s, &n->body);
		settle(s, start, then, true);
	}
	other = s->n_stored;
	collect(s, &n->other);
	s->branches++;
	set_in(s, from, elif, 1);
	set_in(s, elif, other, 2);
	set_in(s, other, s->n_stored, 4);
	settle(s, from, since, false);
}

static void
collect_one(struct scan *s, struct jj_node *n)
{
	switch (n->kind) {
	case N_DATA:
	case N_AUTOESCAPE:
	case N_BLOCK:
		break;
	case N_SET:
		expr(s, n->b, ENTER);
		targets(s, n->a, false);
		break;
	case N_SETBLOCK:
	case N_MACRO:
		targets(s, n->a, false);
		break;
	case N_IF:
		branches(s, n);
		break;
	case N_FOR:
	case N_CALLBLOCK:
	case N_FILTERBLOCK:
		expr(s, n->b, ENTER);
		break;
	case N_WITH:
		for (uint32_t i = 1; i < n->other.n; i += 2)
			expr(s, n->other.v[i], ENTER);
		break;
	default:
		expr(s, n, ENTER);
	}
}

static void
collect(struct scan *s, const struct jj_body *b)
{
	for (uint32_t i = 0; i < b->n; i++)
		collect_one(s, b->v[i]);
}

/* ---- then: what its reads mean ---- */

static void mark(struct scan *, const struct jj_body *);

static void
begin(struct scan *s, struct frame *f, bool apart)
{
	*f = (struct frame){
	    .outer = s->frame, .unit = apart ? ++s->units : s->frame->unit};
	s->frame = f;
}

static void
end(struct scan *s)
{
	for (struct entry *e = s->frame->first; e; e = e->next)
		s->top[e->sym] = e->outer;
	s->frame = s->frame->outer;
}

/* a scope with parameters, something that is read in it, and statements */
static void
inside(struct scan *s, struct jj_node *target, struct jj_node *read,
    const struct jj_body *b)
{
	struct frame f;

	begin(s, &f, false);
	if (target)
		targets(s, target, true);
	expr(s, read, ENTER);
	collect(s, b);
	expr(s, read, MARK);
	mark(s, b);
	end(s);
}

static void
for_loop(struct scan *s, struct jj_node *n)
{
	static const struct jj_body none = {NULL, 0};

	expr(s, n->b, MARK);
	if (n->c)
		inside(s, n->a, n->c, &none);
	inside(s, n->a, NULL, &n->body);
	inside(s, NULL, NULL, &n->other);
}

static void
macro(struct scan *s, struct jj_node *n)
{
	struct frame f;

	expr(s, n->b, MARK);
	begin(s, &f, false);
	for (uint32_t i = 0; i < n->body.n; i++)
		targets(s, n->body.v[i], true);
	for (uint32_t i = 0; i < n->other.n; i++)
		expr(s, n->other.v[i], ENTER);
	collect(s, &n->c->body);
	for (uint32_t i = 0; i < n->other.n; i++)
		expr(s, n->other.v[i], MARK_DEFAULT);
	mark(s, &n->c->body);
	end(s);
}

static void
with(struct scan *s, struct jj_node *n)
{
	struct frame f;

	for (uint32_t i = 1; i < n->other.n; i += 2)
		expr(s, n->other.v[i], MARK);
	begin(s, &f, false);
	for (uint32_t i = 0; i < n->other.n; i += 2)
		targets(s, n->other.v[i], true);
	collect(s, &n->body);
	mark(s, &n->body);
	end(s);
}

static void
mark_one(struct scan *s, struct jj_node *n)
{
	struct frame f;

	switch (n->kind) {
	case N_DATA:
		break;
	case N_SET:
		expr(s, n->b, MARK);
		break;
	case N_SETBLOCK:
		inside(s, NULL, n->b, &n->body);
		break;
	case N_FILTERBLOCK:
		expr(s, n->b, MARK);
		inside(s, NULL, NULL, &n->body);
		break;
	case N_AUTOESCAPE:
		inside(s, NULL, n->a, &n->body);
		break;
	case N_IF:
		expr(s, n->a, MARK);
		mark(s, &n->body);
		mark(s, &n->other);
		break;
	case N_FOR:
		for_loop(s, n);
		break;
	case N_MACRO:
	case N_CALLBLOCK:
		macro(s, n);
		break;
	case N_WITH:
		with(s, n);
		break;
	case N_BLOCK:
		begin(s, &f, true);
		collect(s, &n->body);
		mark(s, &n->body);
		end(s);
		break;
	default:
		expr(s, n, MARK);
	}
}

static void
mark(struct scan *s, const struct jj_body *b)
{
	for (uint32_t i = 0; i < b->n; i++)
		mark_one(s, b->v[i]);
}

void
jj_frames(struct jinja *j, struct jinja_template *t)
{
	struct frame root = {.unit = 0};
	struct scan s = {.j = j, .t = t, .frame = &root};

	t->apart = arena_alloc(&t->arena, t->n_sym + 1);
	s.top = jj_alloc(j, (t->n_sym + 1) * sizeof(struct entry *));
	memset(s.top, 0, (t->n_sym + 1) * sizeof(struct entry *));
	collect(&s, &t->body);
	mark(&s, &t->body);
}
