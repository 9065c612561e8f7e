/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Template values: making them, failing, lists, text that grows. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/die.h"
#include "base/xalloc.h"
#include "lang/jinja_private.h"

#define PIECE 16384 /* what small values are cut from */

static void *
counted(struct jinja *j, size_t size)
{
	if (size > j->limit.memory || j->memory > j->limit.memory - size)
		jj_fail(j, "MemoryError",
		    "the values need more than the limit of %zu bytes",
		    j->limit.memory);
	j->memory += size;
	return arena_alloc(&j->arena, size);
}

/* jj_alloc() found no room */
void *
jj_alloc_more(struct jinja *j, size_t size)
{
	if (size > PIECE / 4)
		return counted(j, size);
	j->room = counted(j, PIECE);
	j->room_end = j->room + PIECE;
	return jj_alloc(j, size);
}

/* Only what the last render wrote to is zeroed again. */
void
jj_alloc_begin(struct jinja *j)
{
	if (!j->first) {
		j->first = xcalloc(1, PIECE);
	} else {
		bool there = j->room >= j->first && j->room <= j->first + PIECE;

		memset(
		    j->first, 0, there ? (size_t)(j->room - j->first) : PIECE);
	}
	j->room = j->first;
	j->room_end = j->first + PIECE;
	arena_clear(&j->arena);
	j->memory = 0;
}

struct arena *
jinja_arena(struct jinja *j)
{
	return &j->arena;
}

void
jj_vfail(struct jinja *j, const char *class, const char *fmt, va_list ap)
{
	char text[512];
	int n = vsnprintf(text, sizeof(text), fmt, ap);

	if (n >= (int)sizeof(text)) /* cut at a whole character */
		for (n = sizeof(text) - 1; n && (text[n] & 0xc0) == 0x80; n--)
			;
	j->class = class;
	j->why.len = 0;
	/* room for the message is always there */
	j->memory = j->memory > PIECE ? j->memory - PIECE : 0;
	jj_sb_add(j, &j->why, text, (size_t)n);
	if (!j->placed && j->at) {
		j->pos = j->at->pos;
		j->placed = true;
	}
	if (!j->trap)
		BUG("%s outside of a trap: %s", class, text);
	longjmp(j->trap->env, 1);
}

void
jj_fail(struct jinja *j, const char *class, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	jj_vfail(j, class, fmt, ap);
}

/* fmt has one %s: the type's name */
void
jj_type_error(struct jinja *j, const char *fmt, struct jj_value v)
{
	const char *mark = strstr(fmt, "%s");
	int before = mark ? (int)(mark - fmt) : 0;

	jj_fail(j, "TypeError", "%.*s%s%s", before, fmt, jj_type_name(v),
	    mark ? mark + 2 : fmt);
}

void
jj_enter(struct jinja *j)
{
	if (++j->steps > j->limit.steps)
		jj_too_long(j);
	if (++j->nested > 200) {
		j->nested = 0;
		jj_fail(
		    j, "RecursionError", "maximum recursion depth exceeded");
	}
}

void
jj_leave(struct jinja *j)
{
	j->nested--;
}

/* ---- making values ---- */

static void
str_fill(struct jj_str *s, const char *p, size_t len)
{
	s->len = (uint32_t)len;
	if (len)
		memcpy(s->data, p, len);
	s->data[len] = '\0';
	s->chars = jj_utf8_count(s->data, len);
}

struct jj_str *
jj_str_in(struct arena *a, const char *p, size_t len)
{
	struct jj_str *s = arena_alloc(a, sizeof(*s) + len + 1);

	str_fill(s, p, len);
	return s;
}

struct jj_value
jj_string(struct jinja *j, const char *p, size_t len)
{
	struct jj_str *s = jj_alloc(j, sizeof(*s) + len + 1);

	str_fill(s, p, len);
	return jj_of_str(s);
}

struct jj_value
jj_strz(struct jinja *j, const char *p)
{
	return jj_string(j, p, strlen(p));
}

static struct jj_value
list_new(struct jinja *j, enum jj_kind kind, uint32_t room)
{
	struct jj_list *l = jj_alloc(j, sizeof(*l));

	if (room)
		l->v = jj_alloc(j, room * sizeof(*l->v));
	l->cap = room;
	return jj_ptr(kind, l);
}

struct jj_value
jj_list_new(struct jinja *j, uint32_t room)
{
	return list_new(j, JJ_LIST, room);
}

struct jj_value
jj_tuple_new(struct jinja *j, uint32_t room)
{
	return list_new(j, JJ_TUPLE, room);
}

struct jj_value
jj_coord(struct jinja *j, double x, double y, double z, struct jj_value e)
{
	struct jj_value t = jj_tuple_new(j, 4);

	t.u.l->coord = true;
	jj_append(j, t, jj_float(x));
	jj_append(j, t, jj_float(y));
	jj_append(j, t, jj_float(z));
	jj_append(j, t, e);
	return t;
}

struct jj_value
jj_func(struct jinja *j, const struct jj_func *f)
{
	struct jj_func *copy = jj_alloc(j, sizeof(*copy));

	*copy = *f;
	return jj_ptr(JJ_FUNC, copy);
}

struct jj_value
jj_host(struct jinja *j, const struct jj_host *h)
{
	struct jj_host *copy = jj_alloc(j, sizeof(*copy));

	*copy = *h;
	return jj_ptr(JJ_HOST, copy);
}

struct jj_value
jj_live(struct jinja *j, const char *object, const char *field)
{
	struct jj_sb b = {NULL, 0, 0};
	struct jj_value v;

	jj_sb_puts(j, &b, object);
	jj_sb_putc(j, &b, '.');
	jj_sb_puts(j, &b, field);
	v = jj_sb_value(j, &b);
	v.kind = JJ_LIVE;
	return v;
}

void
jj_read_live(struct jinja *j, struct jj_value v)
{
	jj_fail(j, "StateError",
	    "the value of '%s' is known only to the machine", v.u.s->data);
}

/* ---- lists ---- */

void
jj_list_reserve(struct jinja *j, struct jj_list *l, uint32_t n)
{
	struct jj_value *v;
	uint32_t cap;

	if (n <= l->cap)
		return;
	cap = l->cap + l->cap / 2 + 4;
	if (cap < n)
		cap = n;
	v = jj_alloc(j, cap * sizeof(*v));
	if (l->n)
		memcpy(v, l->v, l->n * sizeof(*v));
	l->v = v;
	l->cap = cap;
}

/* A shared one is put back after the render: it must not be changed where it
 * lies, so its items move to this render's memory. */
void
jj_list_change(struct jinja *j, struct jj_list *l)
{
	struct jj_undo *u;
	struct jj_value *v;

	if (l->owner == JJ_KEPT)
		j->kept_changed = true;
	if (l->owner == JJ_SCRATCH || l->saved)
		return;
	/* a kept one, too: its memory is not this render's */
	u = jj_alloc(j, sizeof(*u));
	u->l = l;
	u->was_l = *l;
	l->saved = true;
	if (l->owner == JJ_SHARED) {
		u->next = j->undo;
		j->undo = u;
	}
	v = jj_alloc(j, (l->n + 1) * sizeof(*v));
	if (l->n)
		memcpy(v, l->v, l->n * sizeof(*v));
	l->v = v;
	l->cap = l->n + 1;
}

void
jj_undo_all(struct jinja *j)
{
	for (struct jj_undo *u = j->undo; u; u = u->next) {
		if (u->l)
			*u->l = u->was_l;
		if (u->d)
			*u->d = u->was_d;
	}
	j->undo = NULL;
}

void
jj_append(struct jinja *j, struct jj_value list, struct jj_value v)
{
	struct jj_list *l = list.u.l;

	if (l->n == l->cap)
		jj_list_reserve(j, l, l->n + 1);
	l->v[l->n++] = v;
}

/* ---- undefined ---- */

static struct jj_value
undef(struct jinja *j, enum jj_undef_how how, struct jj_undef **out)
{
	struct jj_undef *u = jj_alloc(j, sizeof(*u));

	u->how = how;
	if (j->at) {
		u->pos = j->at->pos;
		u->placed = true;
	}
	*out = u;
	return jj_ptr(JJ_UNDEF, u);
}

struct jj_value
jj_undef_name(struct jinja *j, struct jj_str *name)
{
	struct jj_undef *u;
	struct jj_value v = undef(j, JJ_U_NAME, &u);

	u->name = name;
	return v;
}

struct jj_value
jj_undef_attr(struct jinja *j, struct jj_value object, struct jj_value key)
{
	struct jj_undef *u;
	struct jj_value v;

	v = undef(j, JJ_U_ATTR, &u);
	u->object = object;
	u->key = key;
	return v;
}

struct jj_value
jj_undef_hint(struct jinja *j, const char *hint)
{
	struct jj_undef *u;
	struct jj_value v = undef(j, JJ_U_HINT, &u);

	u->hint = hint;
	return v;
}

static const char *
object_name(struct jj_value v)
{
	switch (v.kind) {
	case JJ_NONE:
		return "None";
	case JJ_NAMESPACE:
		return "jinja2.utils.Namespace object";
	case JJ_MACRO:
		return "jinja2.runtime.Macro object";
	case JJ_LOOP:
		return "jinja2.runtime.LoopContext object";
	case JJ_CYCLER:
		return "jinja2.utils.Cycler object";
	case JJ_JOINER:
		return "jinja2.utils.Joiner object";
	case JJ_BLOCKS:
		return "jinja2.runtime.TemplateReference object";
	default:
		return NULL;
	}
}

/* an undefined value was used as if it were there */
void
jj_use(struct jinja *j, struct jj_value v)
{
	struct jj_undef *u = v.u.p;
	const char *name, *object = "object", *suffix = "";

	if (!u)
		jj_fail(j, "UndefinedError", "the value is undefined");
	if (u->placed && !j->placed) {
		j->pos = u->pos;
		j->placed = true;
	}
	if (u->how == JJ_U_NAME)
		jj_fail(j, "UndefinedError", "%s is undefined",
		    jj_quote(j, u->name->data, u->name->len));
	if (u->how == JJ_U_HINT)
		jj_fail(j, "UndefinedError", "%s", u->hint);
	name = object_name(u->object);
	if (!name && u->object.kind == JJ_HOST) {
		object = ((struct jj_host *)u->object.u.p)->type;
		suffix = " object";
	} else if (!name) {
		object = u->object.kind == JJ_TUPLE && u->object.u.l->coord
			     ? "gcode.Coord"
			     : jj_type_name(u->object);
		suffix = " object";
	} else {
		object = name;
	}
	if (u->key.kind == JJ_STR)
		jj_fail(j, "UndefinedError", "'%s%s' has no attribute %s",
		    object, suffix, jj_repr_z(j, u->key));
	jj_fail(j, "UndefinedError", "%s%s has no element %s", object, suffix,
	    jj_repr_z(j, u->key));
}

/* ---- text that grows ---- */

/* jj_sb_add() found no room */
void
jj_sb_more(struct jinja *j, struct jj_sb *b, const char *s, size_t n)
{
	size_t cap = b->cap * 2 + 64;
	char *p;

	if (cap < b->len + n)
		cap = b->len + n;
	p = jj_alloc(j, cap);
	if (b->len)
		memcpy(p, b->p, b->len);
	b->p = p;
	b->cap = cap;
	memcpy(b->p + b->len, s, n);
	b->len += n;
}

void
jj_sb_puts(struct jinja *j, struct jj_sb *b, const char *s)
{
	jj_sb_add(j, b, s, strlen(s));
}

void
jj_sb_addf(struct jinja *j, struct jj_sb *b, const char *fmt, ...)
{
	char text[256];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (n < 0 || n >= (int)sizeof(text))
		BUG("text longer than its room: '%s'", fmt);
	jj_sb_add(j, b, text, (size_t)n);
}

void
jj_sb_fill(struct jinja *j, struct jj_sb *b, uint32_t c, int64_t n)
{
	char one[4];
	unsigned len = jj_utf8_put(one, c);

	if (n > (int64_t)j->limit.memory)
		jj_fail(j, "MemoryError", "a text of %lld characters",
		    (long long)n);
	for (; n > 0; n--)
		jj_sb_add(j, b, one, len);
}

struct jj_value
jj_sb_value(struct jinja *j, struct jj_sb *b)
{
	return jj_string(j, b->p ? b->p : "", b->len);
}
