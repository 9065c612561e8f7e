/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Dictionaries: ordered by insertion, keys equal as Python has it. */
#include <math.h>
#include <string.h>

#include "lang/jinja_private.h"

#define SMALL 8 /* up to here a search is a walk */

static uint32_t
mix(uint64_t x)
{
	x ^= x >> 33;
	x *= 0xff51afd7ed558ccdull;
	x ^= x >> 33;
	return (uint32_t)x | 1;
}

static uint32_t
hash_str(struct jj_str *s)
{
	if (!s->hash) {
		uint32_t h = 2166136261u;

		for (uint32_t i = 0; i < s->len; i++)
			h = (h ^ (unsigned char)s->data[i]) * 16777619u;
		s->hash = h | 1;
	}
	return s->hash;
}

static uint32_t
hash_double(double f)
{
	uint64_t bits;

	if (f == trunc(f) && fabs(f) < 9e18)
		return mix((uint64_t)(int64_t)f);
	memcpy(&bits, &f, sizeof(bits));
	return mix(bits);
}

uint32_t
jj_hash(struct jinja *j, struct jj_value v)
{
	uint32_t h = 0x345678;

	switch (v.kind) {
	case JJ_STR:
		return hash_str(v.u.s);
	case JJ_BOOL:
		return mix(v.u.b);
	case JJ_INT:
		return mix((uint64_t)v.u.i);
	case JJ_FLOAT:
		return hash_double(v.u.f);
	case JJ_BIG:
		for (uint32_t i = 0; i < v.u.big->n; i++)
			h = h * 1000003 ^ v.u.big->d[i];
		return h | 1;
	case JJ_TUPLE:
		jj_enter(j);
		for (uint32_t i = 0; i < v.u.l->n; i++)
			h = h * 1000003 ^ jj_hash(j, v.u.l->v[i]);
		jj_leave(j);
		return h | 1;
	case JJ_LIST:
	case JJ_DICT:
	case JJ_VIEW:
		jj_type_error(j, "unhashable type: '%s'", v);
	case JJ_NONE:
	case JJ_UNDEF:
		return 3;
	default:
		return mix((uint64_t)(uintptr_t)v.u.p);
	}
}

struct jj_value
jj_dict_new(struct jinja *j)
{
	return jj_ptr(JJ_DICT, jj_alloc(j, sizeof(struct jj_dict)));
}

static bool
key_is(struct jinja *j, const struct jj_entry *e, struct jj_value key,
    uint32_t hash)
{
	if (e->hash != hash || e->key.kind == JJ_MISSING)
		return false;
	if (e->key.kind == JJ_STR && key.kind == JJ_STR)
		return e->key.u.s == key.u.s ||
		       (e->key.u.s->len == key.u.s->len &&
			   memcmp(e->key.u.s->data, key.u.s->data,
			       key.u.s->len) == 0);
	return jj_identical(e->key, key) || jj_equal(j, e->key, key);
}

static struct jj_entry *
find(struct jinja *j, const struct jj_dict *d, struct jj_value key,
    uint32_t hash)
{
	if (!d->index) {
		for (uint32_t i = 0; i < d->n; i++)
			if (key_is(j, &d->e[i], key, hash))
				return &d->e[i];
		return NULL;
	}
	for (uint32_t at = hash & d->mask; d->index[at];
	     at = (at + 1) & d->mask) {
		struct jj_entry *e = &d->e[d->index[at] - 1];

		if (key_is(j, e, key, hash))
			return e;
	}
	return NULL;
}

static void
index_add(struct jj_dict *d, uint32_t i)
{
	uint32_t at = d->e[i].hash & d->mask;

	while (d->index[at])
		at = (at + 1) & d->mask;
	d->index[at] = i + 1;
}

/* room for one more; the table is made anew without the deleted ones */
static void
grow(struct jinja *j, struct jj_dict *d)
{
	uint32_t cap = d->used + d->used / 2 + 4, n = 0, size = 16;
	struct jj_entry *e;

	if (d->n < d->cap)
		return;
	e = jj_alloc(j, cap * sizeof(*e));
	for (uint32_t i = 0; i < d->n; i++)
		if (d->e[i].key.kind != JJ_MISSING)
			e[n++] = d->e[i];
	d->e = e;
	d->n = n;
	d->cap = cap;
	d->index = NULL;
	if (cap <= SMALL)
		return;
	while (size < cap * 2)
		size *= 2;
	d->index = jj_alloc(j, size * sizeof(*d->index));
	d->mask = size - 1;
	for (uint32_t i = 0; i < n; i++)
		index_add(d, i);
}

void
jj_dict_change(struct jinja *j, struct jj_dict *d)
{
	struct jj_undo *u;

	if (d->owner == JJ_KEPT)
		j->kept_changed = true;
	if (d->owner == JJ_SCRATCH || d->saved)
		return;
	u = jj_alloc(j, sizeof(*u));
	u->d = d;
	u->was_d = *d;
	d->saved = true;
	if (d->owner == JJ_SHARED) {
		u->next = j->undo;
		j->undo = u;
	}
	/* to this render's memory */
	d->cap = d->n;
	grow(j, d);
}

static bool
same_text(const struct jj_value *a, const struct jj_str *b)
{
	return a->kind == JJ_STR &&
	       (a->u.s == b || (a->u.s->len == b->len &&
				   memcmp(a->u.s->data, b->data, b->len) == 0));
}

/* by a key that is text: most are */
struct jj_value
jj_dict_find(const struct jj_dict *d, struct jj_str *key)
{
	uint32_t hash = key->hash ? key->hash : hash_str(key);
	const struct jj_entry *e = d->e;

	if (!d->index) {
		for (uint32_t i = d->n; i; i--, e++)
			if (e->hash == hash && same_text(&e->key, key))
				return e->value;
		return jj_missing();
	}
	for (uint32_t at = hash & d->mask; d->index[at];
	     at = (at + 1) & d->mask) {
		e = &d->e[d->index[at] - 1];
		if (e->hash == hash && same_text(&e->key, key))
			return e->value;
	}
	return jj_missing();
}

struct jj_value
jj_dict_get(struct jinja *j, const struct jj_dict *d, struct jj_value key)
{
	struct jj_entry *e;

	if (key.kind == JJ_STR)
		return jj_dict_find(d, key.u.s);
	e = find(j, d, key, jj_hash(j, key));
	return e ? e->value : jj_missing();
}

void
jj_dict_set(
    struct jinja *j, struct jj_dict *d, struct jj_value key, struct jj_value v)
{
	uint32_t hash = jj_hash(j, key);
	struct jj_entry *e;

	if (d->owner != JJ_SCRATCH)
		jj_dict_change(j, d);
	e = find(j, d, key, hash);
	if (e) {
		e->value = v;
		return;
	}
	grow(j, d);
	e = &d->e[d->n++];
	e->key = key;
	e->value = v;
	e->hash = hash;
	d->used++;
	if (d->index)
		index_add(d, d->n - 1);
}

bool
jj_dict_del(struct jinja *j, struct jj_dict *d, struct jj_value key,
    struct jj_value *out)
{
	struct jj_entry *e;

	if (d->owner != JJ_SCRATCH)
		jj_dict_change(j, d);
	e = find(j, d, key, jj_hash(j, key));
	if (!e)
		return false;
	if (out)
		*out = e->value;
	e->key = jj_missing();
	d->used--;
	return true;
}

void
jj_dict_clear(struct jinja *j, struct jj_dict *d)
{
	if (d->owner != JJ_SCRATCH)
		jj_dict_change(j, d);
	d->e = NULL;
	d->index = NULL;
	d->n = d->cap = d->used = 0;
}

void
jj_put(
    struct jinja *j, struct jj_value dict, const char *key, struct jj_value v)
{
	jj_dict_set(j, dict.u.d, jj_strz(j, key), v);
}

struct jj_value
jj_get(struct jinja *j, struct jj_value dict, const char *key, size_t len)
{
	return jj_dict_get(j, dict.u.d, jj_string(j, key, len));
}
