/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Iteration over any value, and generators. */
#include <string.h>

#include "lang/jinja_private.h"

bool
jj_iterable(struct jj_value v)
{
	switch (v.kind) {
	case JJ_UNDEF:
	case JJ_STR:
	case JJ_BYTES:
	case JJ_LIST:
	case JJ_TUPLE:
	case JJ_DICT:
	case JJ_RANGE:
	case JJ_VIEW:
	case JJ_ITER:
	case JJ_LOOP:
	case JJ_HOST:
		return true;
	default:
		return false;
	}
}

static struct jj_dict *
dict_of(struct jj_value v)
{
	return v.kind == JJ_DICT   ? v.u.d
	       : v.kind == JJ_VIEW ? ((struct jj_view *)v.u.p)->d
				   : NULL;
}

void
jj_iter_begin(struct jinja *j, struct jj_iter *it, struct jj_value v)
{
	if (!jj_iterable(v))
		jj_type_error(j, "'%s' object is not iterable", v);
	if (v.kind == JJ_HOST) {
		struct jj_host *h = v.u.p;

		v = h->names(j, h->data);
	}
	memset(it, 0, sizeof(*it));
	it->src = v;
	if (dict_of(v))
		it->used = dict_of(v)->used;
}

static bool
next_entry(struct jinja *j, struct jj_iter *it, struct jj_value *out)
{
	struct jj_dict *d = dict_of(it->src);
	enum jj_view_kind what = JJ_KEYS;
	struct jj_entry *e;

	if (d->used != it->used)
		jj_fail(j, "RuntimeError",
		    "dictionary changed size during iteration");
	while (it->i < d->n && d->e[it->i].key.kind == JJ_MISSING)
		it->i++;
	if (it->i >= d->n)
		return false;
	e = &d->e[it->i++];
	if (it->src.kind == JJ_VIEW)
		what = ((struct jj_view *)it->src.u.p)->what;
	if (what != JJ_KEYS && e->value.kind == JJ_LIVE)
		jj_read_live(j, e->value);
	if (what == JJ_ITEMS) {
		*out = jj_tuple_new(j, 2);
		jj_append(j, *out, e->key);
		jj_append(j, *out, e->value);
	} else {
		*out = what == JJ_KEYS ? e->key : e->value;
	}
	return true;
}

static bool
next_char(struct jinja *j, struct jj_iter *it, struct jj_value *out)
{
	const struct jj_str *s = it->src.u.s;
	const char *p = s->data + it->i, *from = p;

	if (it->i >= s->len)
		return false;
	jj_utf8_next(&p, s->data + s->len);
	*out = jj_string(j, from, (size_t)(p - from));
	it->i += (size_t)(p - from);
	return true;
}

static bool
next_in_range(struct jj_iter *it, struct jj_value *out)
{
	const struct jj_range_value *r = it->src.u.p;

	if (it->i >= (uint64_t)r->n)
		return false;
	*out = jj_int(r->start + (int64_t)it->i++ * r->step);
	return true;
}

static bool
next_generated(struct jinja *j, struct jj_gen *g, struct jj_value *out)
{
	if (g->done)
		return false;
	jj_enter(j); /* a generator over a generator over ... */
	g->done = !g->next(j, g, out);
	jj_leave(j);
	return !g->done;
}

bool
jj_iter_next(struct jinja *j, struct jj_iter *it, struct jj_value *out)
{
	struct jj_list *l = it->src.u.l;

	if (it->done)
		return false;
	if (++j->steps > j->limit.steps)
		jj_too_long(j);
	switch (it->src.kind) {
	case JJ_LIST: /* live: it may shrink and grow meanwhile */
	case JJ_TUPLE:
		if (it->i < l->n) {
			*out = l->v[it->i++];
			return true;
		}
		break;
	case JJ_STR:
		if (next_char(j, it, out))
			return true;
		break;
	case JJ_BYTES:
		if (it->i < it->src.u.s->len) {
			*out =
			    jj_int((unsigned char)it->src.u.s->data[it->i++]);
			return true;
		}
		break;
	case JJ_DICT:
	case JJ_VIEW:
		if (next_entry(j, it, out))
			return true;
		break;
	case JJ_RANGE:
		if (next_in_range(it, out))
			return true;
		break;
	case JJ_ITER:
		return next_generated(j, it->src.u.p, out);
	case JJ_LOOP:
		return jj_loop_next(j, it->src.u.p, out);
	default:
		break;
	}
	it->done = true;
	return false;
}

struct jj_value
jj_to_list(struct jinja *j, struct jj_value v)
{
	struct jj_value l, item;
	struct jj_iter it;
	int64_t n;

	jj_iter_begin(j, &it, v);
	n = v.kind == JJ_LOOP ? 0 : jj_len(j, v);
	if (n > 0 && (uint64_t)n > j->limit.memory / sizeof(v))
		jj_fail(j, "MemoryError", "a list of %lld items", (long long)n);
	l = jj_list_new(j, n > 0 ? (uint32_t)n : 0);
	while (jj_iter_next(j, &it, &item))
		jj_append(j, l, item);
	return l;
}

struct jj_value
jj_gen_new(struct jinja *j, const char *name, jj_gen_next next,
    struct jj_value src, const struct jj_args *args)
{
	struct jj_gen *g = jj_alloc(j, sizeof(*g));

	g->name = name;
	g->next = next;
	g->src = src;
	g->extra = jj_missing();
	if (args) { /* they live on the caller's stack */
		struct jj_args *a = jj_alloc(j, sizeof(*a));
		struct jj_value *v;

		*a = *args;
		v = jj_alloc(j, (a->n + a->nkw + 1) * sizeof(*v));
		if (a->n)
			memcpy(v, args->v, a->n * sizeof(*v));
		if (a->nkw)
			memcpy(v + a->n, args->kw, a->nkw * sizeof(*v));
		a->v = v;
		a->kw = v + a->n;
		g->args = a;
	}
	return jj_ptr(JJ_ITER, g);
}
