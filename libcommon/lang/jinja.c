/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The template language from outside: compile, render, copy values. */
#include "lang/jinja.h"

#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "lang/jinja_cover.h"
#include "lang/jinja_private.h"

#define MEMORY_LEAST 65536	/* below it not even a message finds room */
#define OUTPUT_MOST  UINT32_MAX /* places in it are 32 bits */

void
jinja_error_release(struct jinja_error *e)
{
	buf_release(&e->text);
	memset(e, 0, sizeof(*e));
}

struct jinja *
jinja_new(const struct jinja_limits *limit)
{
	struct jinja *j = xcalloc(1, sizeof(*j));

	if (limit)
		j->limit = *limit;
	if (!j->limit.steps)
		j->limit.steps = 20000000;
	if (!j->limit.output)
		j->limit.output = (size_t)16 << 20;
	if (!j->limit.memory)
		j->limit.memory = (size_t)256 << 20;
	if (j->limit.output > OUTPUT_MOST)
		j->limit.output = OUTPUT_MOST;
	if (j->limit.memory < MEMORY_LEAST)
		j->limit.memory = MEMORY_LEAST;
	if (!j->limit.depth)
		j->limit.depth = 200;
	arena_init(&j->arena);
	jinja_begin(j);
	return j;
}

void
jinja_free(struct jinja *j)
{
	if (!j)
		return;
	arena_release(&j->arena);
	free(j->first);
	free(j);
}

void
jinja_begin(struct jinja *j)
{
	jj_undo_all(j);
	jj_alloc_begin(j);
	j->steps = 0;
	j->why = (struct jj_sb){NULL, 0, 0};
	j->kept_changed = false;
	j->context = jj_dict_new(j);
}

void
jinja_seed(struct jinja *j, uint64_t seed)
{
	j->random = seed;
}

void
jinja_set(struct jinja *j, const char *name, struct jj_value v)
{
	jj_put(j, j->context, name, v);
}

bool
jinja_kept_changed(const struct jinja *j)
{
	return j->kept_changed;
}

/* where the pending error was, in lines and characters of the text */
static void
locate(
    const struct jinja *j, const char *text, size_t len, struct jinja_error *e)
{
	size_t pos = j->pos < len ? j->pos : len, from = 0;

	e->pos = pos;
	e->line = 1;
	for (size_t i = 0; i < pos; i++)
		if (text[i] == '\n') {
			e->line++;
			from = i + 1;
		}
	e->col = 1 + jj_utf8_count(text + from, pos - from);
}

static void
take_error(struct jinja *j, const char *text, size_t len, struct jinja_error *e)
{
	e->class = j->class;
	e->line = e->col = 0;
	e->pos = 0;
	buf_clear(&e->text);
	buf_add(&e->text, j->why.p, j->why.len);
	if (text && j->placed)
		locate(j, text, len, e);
}

int
jinja_protect(struct jinja *j, void (*f)(struct jinja *, void *), void *data,
    struct jinja_error *e)
{
	struct jj_trap trap = {.outer = j->trap};
	unsigned nested = j->nested, depth = j->depth, open = j->n_open;

	j->placed = false;
	if (setjmp(trap.env)) {
		j->trap = trap.outer;
		j->nested = nested;
		j->depth = depth;
		j->n_open = open;
		take_error(j, NULL, 0, e);
		return -1;
	}
	j->trap = &trap;
	f(j, data);
	j->trap = trap.outer;
	return 0;
}

/* ---- compiling ---- */

/* newlines become \n, and one at the end is dropped */
static void
set_text(struct jinja_template *t, const char *s, size_t n)
{
	char *p = arena_alloc(&t->arena, n + 1);

	t->text = p;
	for (size_t i = 0; i < n; i++) {
		if (s[i] == '\r') {
			*p++ = '\n';
			if (i + 1 < n && s[i + 1] == '\n')
				i++;
		} else {
			*p++ = s[i];
		}
	}
	t->len = (size_t)(p - t->text);
	if (t->len && p[-1] == '\n')
		t->len--;
	t->text[t->len] = '\0';
}

static void
compile(struct jinja *j, void *data)
{
	struct jj_parser *p = data;

	if (p->t->len > (16u << 20))
		jj_syntax(j, "TemplateSyntaxError", 1, 0,
		    "the template is longer than 16 MB");
	jj_parse(p);
	jj_check(j, p->t);
	jj_frames(j, p->t);
}

struct jinja_template *
jinja_compile(
    const char *text, size_t len, unsigned flags, struct jinja_error *e)
{
	struct jinja_template *t = xcalloc(1, sizeof(*t));
	struct jinja *j = jinja_new(NULL);
	struct jj_parser *p = xcalloc(1, sizeof(*p));
	int status;

	arena_init(&t->arena);
	t->flags = flags;
	set_text(t, text, len);
	p->j = j;
	p->t = t;
	status = jinja_protect(j, compile, p, e);
	if (status)
		take_error(j, t->text, t->len, e);
	free(p);
	jinja_free(j);
	if (!status)
		return t;
	jinja_template_free(t);
	return NULL;
}

void
jinja_template_free(struct jinja_template *t)
{
	if (!t)
		return;
	arena_release(&t->arena);
	free(t);
}

/* ---- rendering ---- */

static void
render(struct jinja *j, void *data)
{
	const struct jinja_template *t = data;

	j->root = j->scope = jj_scope_push(j, NULL);
	j->root->v = jj_alloc(j, t->n_sym * sizeof(*j->root->v));
	j->root->n = t->n_sym;
	j->root->sym = NULL;
	for (uint32_t i = 0; i < t->n_sym; i++)
		j->root->v[i].kind = JJ_MISSING;
	j->inner = jj_alloc(j, t->n_sym + 1);
	j->stack = __builtin_frame_address(0);
	j->page->cap = t->len < 4096 ? t->len : 4096;
	j->page->p = jj_alloc(j, j->page->cap);
	jj_exec(j, &t->body);
}

int
jinja_render(struct jinja *j, const struct jinja_template *t, struct buf *out,
    struct jinja_error *e)
{
	struct jj_sb text = {NULL, 0, 0};
	union {
		const void *in;
		void *out;
	} data = {.in = t};
	int status;

	j->tpl = t;
	j->out = j->page = &text;
	j->mark = NULL;
	j->n_marks = j->cap_marks = 0;
	j->live_ok = false;
	j->at = NULL;
	j->nested = j->depth = 0;
	j->autoescape = false;
	status = jinja_protect(j, render, data.out, e);
	if (status)
		take_error(j, t->text, t->len, e);
	else
		buf_add(out, text.p ? text.p : "", text.len);
	j->out = j->page = NULL;
	j->at = NULL;
	jj_undo_all(j);
	return status;
}

size_t
jinja_origin(const struct jinja *j, size_t at)
{
	uint32_t lo = 0, hi = j->n_marks;

	while (lo < hi) { /* the last mark that is not behind */
		uint32_t mid = (lo + hi) / 2;

		if (j->mark[mid].out <= at)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (!lo)
		return 0;
	return j->mark[lo - 1].pos +
	       (j->mark[lo - 1].data ? at - j->mark[lo - 1].out : 0);
}

void
jinja_set_cover(struct jinja *j, const struct jinja_cover *cover)
{
	j->cover = cover;
}

/* ---- values to text ---- */

struct writing {
	struct jj_value v;
	struct jj_sb text;
	bool repr;
};

static void
write_value(struct jinja *j, void *data)
{
	struct writing *w = data;

	if (w->repr)
		jj_repr_to(j, &w->text, w->v);
	else
		jj_str_to(j, &w->text, w->v);
}

static int
write_it(struct jinja *j, struct jj_value v, bool repr, struct buf *out)
{
	struct writing w = {.v = v, .repr = repr};
	struct jinja_error e = JINJA_ERROR_INIT;
	int status = jinja_protect(j, write_value, &w, &e);

	if (!status)
		buf_add(out, w.text.p ? w.text.p : "", w.text.len);
	jinja_error_release(&e);
	return status;
}

int
jj_write_str(struct jinja *j, struct jj_value v, struct buf *out)
{
	return write_it(j, v, false, out);
}

int
jj_write_repr(struct jinja *j, struct jj_value v, struct buf *out)
{
	return write_it(j, v, true, out);
}

/* ---- copying ---- */

struct seen { /* a container, and its copy */
	const void *from;
	void *to;
};

struct copying {
	struct arena *a;
	enum jj_owner owner;
	struct seen *seen;
	size_t n, cap;
	unsigned depth;
};

static struct jj_value copy(struct copying *, struct jj_value);

static void *
known(const struct copying *c, const void *from)
{
	for (size_t i = 0; i < c->n; i++)
		if (c->seen[i].from == from)
			return c->seen[i].to;
	return NULL;
}

static void
remember(struct copying *c, const void *from, void *to)
{
	ALLOC_GROW(c->seen, c->n + 1, c->cap);
	c->seen[c->n].from = from;
	c->seen[c->n++].to = to;
}

static struct jj_list *
copy_list(struct copying *c, const struct jj_list *l)
{
	struct jj_list *to = known(c, l);

	if (to)
		return to;
	to = arena_alloc(c->a, sizeof(*to));
	*to = *l;
	to->owner = (uint8_t)c->owner;
	to->saved = false;
	to->cap = l->n;
	to->v = arena_alloc(c->a, (l->n + 1) * sizeof(*to->v));
	remember(c, l, to);
	for (uint32_t i = 0; i < l->n; i++)
		to->v[i] = copy(c, l->v[i]);
	return to;
}

static struct jj_dict *
copy_dict(struct copying *c, const struct jj_dict *d)
{
	struct jj_dict *to = known(c, d);
	uint32_t n = 0;

	if (to)
		return to;
	to = arena_alloc(c->a, sizeof(*to));
	to->owner = (uint8_t)c->owner;
	to->e = arena_alloc(c->a, (d->used + 1) * sizeof(*to->e));
	to->cap = d->used;
	remember(c, d, to);
	for (uint32_t i = 0; i < d->n; i++) {
		if (d->e[i].key.kind == JJ_MISSING)
			continue;
		to->e[n].hash = d->e[i].hash;
		to->e[n].key = copy(c, d->e[i].key);
		to->e[n++].value = copy(c, d->e[i].value);
	}
	to->n = to->used = n;
	if (n > 8) {
		uint32_t size = 16;

		while (size < n * 2)
			size *= 2;
		to->index = arena_alloc(c->a, size * sizeof(*to->index));
		to->mask = size - 1;
		for (uint32_t i = 0; i < n; i++) {
			uint32_t at = to->e[i].hash & to->mask;

			while (to->index[at])
				at = (at + 1) & to->mask;
			to->index[at] = i + 1;
		}
	}
	return to;
}

static void *
copy_bytes(struct copying *c, const void *from, size_t n)
{
	void *to = arena_alloc(c->a, n);

	memcpy(to, from, n);
	return to;
}

static struct jj_value
copy(struct copying *c, struct jj_value v)
{
	if (++c->depth > 300)
		v = jj_none();
	switch (v.kind) {
	case JJ_NONE:
	case JJ_BOOL:
	case JJ_INT:
	case JJ_FLOAT:
		break;
	case JJ_BIG:
		v.u.big =
		    copy_bytes(c, v.u.big, sizeof(*v.u.big) + v.u.big->n * 4);
		break;
	case JJ_COMPLEX:
		v.u.p = copy_bytes(c, v.u.p, sizeof(struct jj_complex));
		break;
	case JJ_RANGE:
		v.u.p = copy_bytes(c, v.u.p, sizeof(struct jj_range_value));
		break;
	case JJ_STR:
	case JJ_BYTES:
	case JJ_LIVE:
		v.u.s = copy_bytes(c, v.u.s, sizeof(*v.u.s) + v.u.s->len + 1);
		break;
	case JJ_LIST:
	case JJ_TUPLE:
		v.u.l = copy_list(c, v.u.l);
		break;
	case JJ_DICT:
	case JJ_NAMESPACE:
		v.u.d = copy_dict(c, v.u.d);
		break;
	case JJ_UNDEF:
		v.u.p = NULL;
		break;
	default:
		v = jj_none();
	}
	c->depth--;
	return v;
}

struct jj_value
jj_copy(struct arena *a, struct jj_value v, enum jj_owner owner)
{
	struct copying c = {.a = a, .owner = owner};

	v = copy(&c, v);
	free(c.seen);
	return v;
}
