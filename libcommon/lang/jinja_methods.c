/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Methods of lists, tuples and dicts; which value has which method. */
#include <string.h>

#include "lang/jinja_private.h"

/* ---- lists ---- */

static struct jj_list *
changing(struct jinja *j, struct jj_value v)
{
	if (v.u.l->owner != JJ_SCRATCH)
		jj_list_change(j, v.u.l);
	return v.u.l;
}

static struct jj_value
l_append(struct jinja *j, struct jj_value *v)
{
	changing(j, v[0]);
	jj_append(j, v[0], v[1]);
	return jj_none();
}

static struct jj_value
l_extend(struct jinja *j, struct jj_value *v)
{
	struct jj_value more = jj_to_list(j, v[1]);

	changing(j, v[0]);
	for (uint32_t i = 0; i < more.u.l->n; i++)
		jj_append(j, v[0], more.u.l->v[i]);
	return jj_none();
}

static struct jj_value
l_insert(struct jinja *j, struct jj_value *v)
{
	struct jj_list *l = changing(j, v[0]);
	int64_t at = jj_index(j, v[1]);

	at = at < 0 ? (at + l->n < 0 ? 0 : at + l->n) : at > l->n ? l->n : at;
	jj_append(j, v[0], v[2]);
	memmove(
	    l->v + at + 1, l->v + at, (l->n - 1 - (size_t)at) * sizeof(*l->v));
	l->v[at] = v[2];
	return jj_none();
}

static struct jj_value
take(struct jinja *j, struct jj_value list, int64_t at, const char *range)
{
	struct jj_list *l = changing(j, list);
	struct jj_value v;

	if (at < 0)
		at += l->n;
	if (at < 0 || at >= l->n)
		jj_fail(j, "IndexError", "%s", range);
	v = l->v[at];
	memmove(
	    l->v + at, l->v + at + 1, (l->n - 1 - (size_t)at) * sizeof(*l->v));
	l->n--;
	return v;
}

static struct jj_value
l_pop(struct jinja *j, struct jj_value *v)
{
	int64_t at = v[1].kind != JJ_MISSING ? jj_index(j, v[1]) : -1;

	if (!v[0].u.l->n)
		jj_fail(j, "IndexError", "pop from empty list");
	return take(j, v[0], at, "pop index out of range");
}

static int64_t
position(struct jinja *j, struct jj_value *v)
{
	const struct jj_list *l = v[0].u.l;

	for (uint32_t i = 0; i < l->n; i++)
		if (jj_identical(l->v[i], v[1]) || jj_equal(j, l->v[i], v[1]))
			return i;
	return -1;
}

static struct jj_value
l_remove(struct jinja *j, struct jj_value *v)
{
	int64_t at = position(j, v);

	if (at < 0)
		jj_fail(j, "ValueError", "list.remove(x): x not in list");
	take(j, v[0], at, "");
	return jj_none();
}

static struct jj_value
l_index(struct jinja *j, struct jj_value *v)
{
	const struct jj_list *l = v[0].u.l;
	int64_t n = l->n, from = 0, to = n;

	if (v[2].kind != JJ_MISSING)
		from = jj_index(j, v[2]);
	if (v[3].kind != JJ_MISSING)
		to = jj_index(j, v[3]);
	from = from < 0 ? (from + n < 0 ? 0 : from + n) : from;
	to = to < 0 ? to + n : to > n ? n : to;
	for (; from < to; from++)
		if (jj_identical(l->v[from], v[1]) ||
		    jj_equal(j, l->v[from], v[1]))
			return jj_int(from);
	if (v[0].kind == JJ_TUPLE)
		jj_fail(j, "ValueError", "tuple.index(x): x not in tuple");
	jj_fail(j, "ValueError", "%.200s is not in list", jj_repr_z(j, v[1]));
}

static struct jj_value
l_count(struct jinja *j, struct jj_value *v)
{
	const struct jj_list *l = v[0].u.l;
	int64_t n = 0;

	for (uint32_t i = 0; i < l->n; i++)
		n += jj_identical(l->v[i], v[1]) || jj_equal(j, l->v[i], v[1]);
	return jj_int(n);
}

static struct jj_value
l_reverse(struct jinja *j, struct jj_value *v)
{
	struct jj_list *l = changing(j, v[0]);

	for (uint32_t i = 0; i < l->n / 2; i++) {
		struct jj_value t = l->v[i];

		l->v[i] = l->v[l->n - 1 - i];
		l->v[l->n - 1 - i] = t;
	}
	return jj_none();
}

/* sort(key=None, reverse=False), by keyword only */
static struct jj_value
l_sort(struct jinja *j, struct jj_value self, const struct jj_args *a)
{
	struct jj_value *keys = NULL;
	struct jj_list *l = changing(j, self);
	bool reverse = false;

	if (a->n)
		jj_fail(j, "TypeError", "sort() takes no positional arguments");
	for (uint32_t i = 0; i < a->nkw; i++) {
		if (strcmp(a->name[i]->data, "reverse") == 0) {
			reverse = jj_true(j, a->kw[i]);
		} else if (a->kw[i].kind != JJ_NONE) {
			keys = jj_alloc(j, (l->n + 1) * sizeof(*keys));
			for (uint32_t k = 0; k < l->n; k++) {
				struct jj_args one = {.v = &l->v[k], .n = 1};

				keys[k] = jj_call(j, a->kw[i], &one);
			}
		}
	}
	jj_sort(j, l, keys, reverse);
	return jj_none();
}

static struct jj_value
l_copy(struct jinja *j, struct jj_value *v)
{
	return jj_to_list(j, v[0]);
}

static struct jj_value
l_clear(struct jinja *j, struct jj_value *v)
{
	changing(j, v[0])->n = 0;
	return jj_none();
}

/* ---- what the operators call, on all containers ---- */

static struct jj_value
c_len(struct jinja *j, struct jj_value *v)
{
	return jj_int(jj_len(j, v[0]));
}

static struct jj_value
c_contains(struct jinja *j, struct jj_value *v)
{
	return jj_bool(jj_contains(j, v[1], v[0]));
}

static struct jj_value
c_getitem(struct jinja *j, struct jj_value *v)
{
	struct jj_value r = jj_subscript(j, v[0], v[1]);

	if (r.kind == JJ_MISSING && v[0].kind == JJ_DICT)
		jj_fail(j, "KeyError", "%.200s", jj_repr_z(j, v[1]));
	if (r.kind == JJ_MISSING)
		jj_fail(j, "IndexError", "%s index out of range",
		    jj_type_name(v[0]));
	return r;
}

static struct jj_value
c_setitem(struct jinja *j, struct jj_value *v)
{
	struct jj_list *l;
	int64_t at;

	if (v[0].kind == JJ_DICT) {
		jj_dict_set(j, v[0].u.d, v[1], v[2]);
		return jj_none();
	}
	l = changing(j, v[0]);
	at = jj_index(j, v[1]);
	if (at < 0)
		at += l->n;
	if (at < 0 || at >= l->n)
		jj_fail(j, "IndexError", "list assignment index out of range");
	l->v[at] = v[2];
	return jj_none();
}

static struct jj_value
c_delitem(struct jinja *j, struct jj_value *v)
{
	if (v[0].kind == JJ_DICT) {
		if (!jj_dict_del(j, v[0].u.d, v[1], NULL))
			jj_fail(j, "KeyError", "%.200s", jj_repr_z(j, v[1]));
		return jj_none();
	}
	take(j, v[0], jj_index(j, v[1]), "list assignment index out of range");
	return jj_none();
}

/* ---- dicts ---- */

static struct jj_value
view(struct jinja *j, struct jj_value d, enum jj_view_kind what)
{
	struct jj_view *w = jj_alloc(j, sizeof(*w));

	w->what = what;
	w->d = d.u.d;
	return jj_ptr(JJ_VIEW, w);
}

static struct jj_value
d_keys(struct jinja *j, struct jj_value *v)
{
	return view(j, v[0], JJ_KEYS);
}

static struct jj_value
d_values(struct jinja *j, struct jj_value *v)
{
	return view(j, v[0], JJ_VALUES);
}

static struct jj_value
d_items(struct jinja *j, struct jj_value *v)
{
	return view(j, v[0], JJ_ITEMS);
}

static struct jj_value
d_get(struct jinja *j, struct jj_value *v)
{
	struct jj_value r = jj_dict_get(j, v[0].u.d, v[1]);

	if (r.kind == JJ_LIVE)
		jj_read_live(j, r);
	if (r.kind != JJ_MISSING)
		return r;
	return v[2].kind != JJ_MISSING ? v[2] : jj_none();
}

static struct jj_value
d_pop(struct jinja *j, struct jj_value *v)
{
	struct jj_value r;

	if (v[0].u.d->used && jj_dict_del(j, v[0].u.d, v[1], &r))
		return r;
	if (v[2].kind == JJ_MISSING)
		jj_fail(j, "KeyError", "%.200s", jj_repr_z(j, v[1]));
	return v[2];
}

static struct jj_value
d_popitem(struct jinja *j, struct jj_value *v)
{
	struct jj_dict *d = v[0].u.d;
	struct jj_value t;

	for (uint32_t i = d->n; i-- > 0;) {
		if (d->e[i].key.kind == JJ_MISSING)
			continue;
		t = jj_tuple_new(j, 2);
		jj_append(j, t, d->e[i].key);
		jj_append(j, t, d->e[i].value);
		jj_dict_del(j, d, t.u.l->v[0], NULL);
		return t;
	}
	jj_fail(j, "KeyError", "'popitem(): dictionary is empty'");
}

static struct jj_value
d_setdefault(struct jinja *j, struct jj_value *v)
{
	struct jj_value r = jj_dict_get(j, v[0].u.d, v[1]);

	if (r.kind != JJ_MISSING)
		return r;
	r = v[2].kind != JJ_MISSING ? v[2] : jj_none();
	jj_dict_set(j, v[0].u.d, v[1], r);
	return r;
}

static struct jj_value
d_update(struct jinja *j, struct jj_value self, const struct jj_args *a)
{
	return jj_dict_update(j, self, a);
}

static struct jj_value
d_copy(struct jinja *j, struct jj_value *v)
{
	struct jj_value d = jj_dict_new(j);
	struct jj_args a = {.v = &v[0], .n = 1};

	jj_dict_update(j, d, &a);
	return d;
}

static struct jj_value
d_clear(struct jinja *j, struct jj_value *v)
{
	jj_dict_clear(j, v[0].u.d);
	return jj_none();
}

static struct jj_value
d_fromkeys(struct jinja *j, struct jj_value *v)
{
	struct jj_value d = jj_dict_new(j), key;
	struct jj_iter it;

	jj_iter_begin(j, &it, v[1]);
	while (jj_iter_next(j, &it, &key))
		jj_dict_set(
		    j, d.u.d, key, v[2].kind != JJ_MISSING ? v[2] : jj_none());
	return d;
}

static struct jj_value
c_dir(struct jinja *j, struct jj_value *v)
{
	return jj_method_names(j, v[0]);
}

#define COMMON                                                                 \
	{"__len__", NULL, c_len, NULL, 1, 1, {NULL}},                          \
	    {"__contains__", NULL, c_contains, NULL, 2, 2, {NULL}},            \
	    {"__getitem__", NULL, c_getitem, NULL, 2, 2, {NULL}},              \
	{                                                                      \
		"__dir__", NULL, c_dir, NULL, 1, 1,                            \
		{                                                              \
			NULL                                                   \
		}                                                              \
	}
#define CHANGES                                                                \
	{"__setitem__", NULL, c_setitem, NULL, 3, 3, {NULL}},                  \
	{                                                                      \
		"__delitem__", NULL, c_delitem, NULL, 2, 2,                    \
		{                                                              \
			NULL                                                   \
		}                                                              \
	}

const struct jj_builtin jj_methods_list[] = {
    {"append", "list.append", l_append, NULL, 2, 2, {NULL}},
    {"extend", NULL, l_extend, NULL, 2, 2, {NULL}},
    {"insert", NULL, l_insert, NULL, 3, 3, {NULL}},
    {"pop", NULL, l_pop, NULL, 1, 2, {NULL}},
    {"remove", NULL, l_remove, NULL, 2, 2, {NULL}},
    {"index", NULL, l_index, NULL, 2, 4, {NULL}},
    {"count", NULL, l_count, NULL, 2, 2, {NULL}},
    {"reverse", NULL, l_reverse, NULL, 1, 1, {NULL}},
    {"sort", NULL, NULL, l_sort, 0, 0, {NULL}},
    {"copy", NULL, l_copy, NULL, 1, 1, {NULL}},
    {"clear", NULL, l_clear, NULL, 1, 1, {NULL}}, COMMON, CHANGES,
    {NULL, NULL, NULL, NULL, 0, 0, {NULL}}};

const struct jj_builtin jj_methods_tuple[] = {
    {"index", NULL, l_index, NULL, 2, 4, {NULL}},
    {"count", NULL, l_count, NULL, 2, 2, {NULL}}, COMMON,
    {NULL, NULL, NULL, NULL, 0, 0, {NULL}}};

const struct jj_builtin jj_methods_dict[] = {
    {"keys", NULL, d_keys, NULL, 1, 1, {NULL}},
    {"values", NULL, d_values, NULL, 1, 1, {NULL}},
    {"items", NULL, d_items, NULL, 1, 1, {NULL}},
    {"get", NULL, d_get, NULL, 2, 3, {NULL}},
    {"pop", "pop", d_pop, NULL, 2, 3, {NULL}},
    {"popitem", NULL, d_popitem, NULL, 1, 1, {NULL}},
    {"setdefault", NULL, d_setdefault, NULL, 2, 3, {NULL}},
    {"update", NULL, NULL, d_update, 0, 0, {NULL}},
    {"copy", NULL, d_copy, NULL, 1, 1, {NULL}},
    {"clear", NULL, d_clear, NULL, 1, 1, {NULL}},
    {"fromkeys", NULL, d_fromkeys, NULL, 2, 3, {NULL}}, COMMON, CHANGES,
    {NULL, NULL, NULL, NULL, 0, 0, {NULL}}};

static const struct jj_builtin methods_common[] = {
    COMMON, {NULL, NULL, NULL, NULL, 0, 0, {NULL}}};

static const struct jj_builtin *
search(const struct jj_builtin *t, const char *s)
{
	for (; t->name; t++)
		if (t->name[0] == s[0] && strcmp(t->name, s) == 0)
			return t;
	return NULL;
}

/* up to two tables for a type */
static void
tables(
    struct jj_value v, const struct jj_builtin **a, const struct jj_builtin **b)
{
	*a = *b = NULL;
	switch (v.kind) {
	case JJ_STR:
		*a = jj_methods_str;
		*b = jj_methods_class;
		break;
	case JJ_LIST:
		*a = jj_methods_list;
		break;
	case JJ_TUPLE:
		*a = jj_methods_tuple;
		break;
	case JJ_DICT:
		*a = jj_methods_dict;
		break;
	default:
		break;
	}
}

const struct jj_builtin *
jj_find_method(struct jj_value v, const struct jj_str *name)
{
	const struct jj_builtin *a, *b, *f = NULL;

	tables(v, &a, &b);
	if (a)
		f = search(a, name->data);
	if (!f && b)
		f = search(b, name->data);
	if (!f &&
	    (v.kind == JJ_STR || v.kind == JJ_VIEW || v.kind == JJ_RANGE) &&
	    name->data[0] == '_')
		f = search(methods_common, name->data);
	if (!f && (jj_is_number(v) || v.kind == JJ_BYTES || v.kind == JJ_RANGE))
		f = jj_small_method(v, name->data);
	return f;
}

enum jj_attr_name {
	ATTR_UNKNOWN,
	ATTR_METHOD, /* of some kind of value */
	ATTR_OTHER   /* of none: a dict has it as a key, or not at all */
};

bool
jj_names_method(struct jj_str *name)
{
	const char *s = name->data;

	if (!name->attr)
		name->attr = s[0] == '_' || search(jj_methods_str, s) ||
				     search(jj_methods_class, s) ||
				     search(jj_methods_list, s) ||
				     search(jj_methods_dict, s)
				 ? ATTR_METHOD
				 : ATTR_OTHER;
	return name->attr == ATTR_METHOD;
}

struct jj_value
jj_method_names(struct jinja *j, struct jj_value v)
{
	struct jj_value l = jj_list_new(j, 32);
	const struct jj_builtin *t[2];

	tables(v, &t[0], &t[1]);
	for (int i = 0; i < 2; i++)
		for (const struct jj_builtin *f = t[i]; f && f->name; f++)
			jj_append(j, l, jj_strz(j, f->name));
	return l;
}
