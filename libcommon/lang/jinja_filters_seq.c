/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Filters: many values at once. */
#include <string.h>

#include "lang/jinja_private.h"

static bool
given(struct jj_value v)
{
	return v.kind != JJ_MISSING;
}

/* ---- sorting: by merging, stable ---- */

struct sorting {
	struct jj_value *key, *key2;
	struct jj_value *item, *item2;
	bool reverse;
};

static void
merge(struct jinja *j, struct sorting *s, uint32_t a, uint32_t b, uint32_t c)
{
	uint32_t i = a, k = b, o = a;

	while (i < b || k < c) {
		bool right =
		    i == b ||
		    (k < c &&
			(s->reverse
				? jj_compare(j, OP_LT, s->key[i], s->key[k])
				: jj_compare(j, OP_LT, s->key[k], s->key[i])));
		uint32_t from = right ? k++ : i++;

		s->key2[o] = s->key[from];
		s->item2[o++] = s->item[from];
	}
	memcpy(s->key + a, s->key2 + a, (c - a) * sizeof(*s->key));
	memcpy(s->item + a, s->item2 + a, (c - a) * sizeof(*s->item));
	j->steps += c - a;
}

void
jj_sort(struct jinja *j, struct jj_list *l, const struct jj_value *keys,
    bool reverse)
{
	struct sorting s = {.item = l->v, .reverse = reverse};
	uint32_t n = l->n;

	s.key = jj_alloc(j, (n + 1) * sizeof(*s.key));
	s.key2 = jj_alloc(j, (n + 1) * sizeof(*s.key));
	s.item2 = jj_alloc(j, (n + 1) * sizeof(*s.key));
	if (n)
		memcpy(s.key, keys ? keys : l->v, n * sizeof(*s.key));
	for (uint32_t w = 1; w < n; w *= 2)
		for (uint32_t a = 0; a + w < n; a += 2 * w)
			merge(j, &s, a, a + w, a + 2 * w < n ? a + 2 * w : n);
}

static struct jj_value
fold(struct jinja *j, struct jj_value v, bool exact)
{
	return !exact && v.kind == JJ_STR ? jj_lower_str(j, v.u.s) : v;
}

/* attribute="a,b" of sort: a tuple of both */
static struct jj_value
sort_key(
    struct jinja *j, struct jj_value item, struct jj_value attr, bool exact)
{
	struct jj_value t;

	if (!given(attr) || attr.kind == JJ_NONE)
		return fold(j, item, exact);
	t = jj_tuple_new(j, 1);
	if (attr.kind != JJ_STR) {
		jj_append(j, t,
		    fold(j, jj_attr_path(j, item, attr, jj_missing()), exact));
		return t;
	}
	for (const char *p = attr.u.s->data;; p++) {
		size_t n = strcspn(p, ",");
		struct jj_value v =
		    jj_attr_path(j, item, jj_string(j, p, n), jj_missing());

		jj_append(j, t, fold(j, v, exact));
		p += n;
		if (!*p)
			return t;
	}
}

static bool
boolean(struct jinja *j, struct jj_value v)
{
	if (!given(v))
		return false;
	if (!jj_is_int(v))
		jj_type_error(
		    j, "'%s' object cannot be interpreted as an integer", v);
	return jj_true(j, v);
}

static struct jj_value
do_sort(struct jinja *j, struct jj_value *v)
{
	bool reverse, exact = given(v[2]) && jj_true(j, v[2]);
	struct jj_value l = jj_to_list(j, v[0]), *keys;

	reverse = boolean(j, v[1]);
	keys = jj_alloc(j, (l.u.l->n + 1) * sizeof(*keys));
	for (uint32_t i = 0; i < l.u.l->n; i++)
		keys[i] = sort_key(j, l.u.l->v[i], v[3], exact);
	jj_sort(j, l.u.l, keys, reverse);
	return l;
}

static struct jj_value
items_view(struct jinja *j, struct jj_value d)
{
	struct jj_view *view = jj_alloc(j, sizeof(*view));

	view->what = JJ_ITEMS;
	view->d = d.u.d;
	return jj_ptr(JJ_VIEW, view);
}

static struct jj_value
do_dictsort(struct jinja *j, struct jj_value *v)
{
	bool exact = given(v[1]) && jj_true(j, v[1]);
	const struct jj_str *by = given(v[2]) ? jj_str_of(j, v[2]) : NULL;
	struct jj_value l, *keys;
	uint32_t pos = by && strcmp(by->data, "value") == 0;

	if (by && !pos && strcmp(by->data, "key") != 0)
		jj_fail(j, "FilterArgumentError",
		    "You can only sort by either \"key\" or \"value\"");
	if (v[0].kind == JJ_UNDEF)
		jj_use(j, v[0]);
	if (v[0].kind != JJ_DICT)
		jj_fail(j, "AttributeError",
		    "'%s' object has no attribute 'items'", jj_type_name(v[0]));
	l = jj_to_list(j, items_view(j, v[0]));
	keys = jj_alloc(j, (l.u.l->n + 1) * sizeof(*keys));
	for (uint32_t i = 0; i < l.u.l->n; i++)
		keys[i] = fold(j, l.u.l->v[i].u.l->v[pos], exact);
	jj_sort(j, l.u.l, keys, given(v[3]) && jj_true(j, v[3]));
	return l;
}

static struct jj_value
do_groupby(struct jinja *j, struct jj_value *v)
{
	bool exact = given(v[3]) && jj_true(j, v[3]);
	struct jj_value l = jj_to_list(j, v[0]), *keys;
	struct jj_value out = jj_list_new(j, 4), group = jj_missing();
	uint32_t first = 0;

	keys = jj_alloc(j, (l.u.l->n + 1) * sizeof(*keys));
	for (uint32_t i = 0; i < l.u.l->n; i++)
		keys[i] =
		    fold(j, jj_attr_path(j, l.u.l->v[i], v[1], v[2]), exact);
	jj_sort(j, l.u.l, keys, false);
	for (uint32_t i = 0; i < l.u.l->n; i++) {
		struct jj_value raw = jj_attr_path(j, l.u.l->v[i], v[1], v[2]);
		struct jj_value key = fold(j, raw, exact), t;

		if (i &&
		    jj_equal(j, key,
			fold(j, jj_attr_path(j, l.u.l->v[first], v[1], v[2]),
			    exact))) {
			jj_append(j, group, l.u.l->v[i]);
			continue;
		}
		first = i;
		group = jj_list_new(j, 4);
		jj_append(j, group, l.u.l->v[i]);
		t = jj_tuple_new(j, 2);
		t.u.l->group = true;
		jj_append(j, t, raw);
		jj_append(j, t, group);
		jj_append(j, out, t);
	}
	return out;
}

/* ---- lazy ones ---- */

static bool
begin(struct jinja *j, struct jj_gen *g)
{
	if (g->begun)
		return true;
	g->begun = true;
	if (!jj_true(j, g->src))
		return false;
	jj_iter_begin(j, &g->it, g->src);
	return true;
}

static struct jj_value
keyword(const struct jj_args *a, const char *name)
{
	for (uint32_t i = 0; i < a->nkw; i++)
		if (strcmp(a->name[i]->data, name) == 0)
			return a->kw[i];
	return jj_missing();
}

static void
map_attribute(struct jinja *j, struct jj_gen *g)
{
	const struct jj_args *a = g->args;

	for (uint32_t i = 0; i < a->nkw; i++)
		if (strcmp(a->name[i]->data, "attribute") != 0 &&
		    strcmp(a->name[i]->data, "default") != 0)
			jj_fail(j, "FilterArgumentError",
			    "Unexpected keyword argument %s",
			    jj_quote(j, a->name[i]->data, a->name[i]->len));
}

/* all arguments but the first n */
static struct jj_args
tail(const struct jj_args *a, uint32_t n)
{
	struct jj_args rest = *a;

	rest.v += n;
	rest.n -= n;
	return rest;
}

static bool
next_mapped(struct jinja *j, struct jj_gen *g, struct jj_value *out)
{
	const struct jj_args *a = g->args;
	struct jj_value item;
	struct jj_args rest;
	struct jj_str *name;

	if (!begin(j, g))
		return false;
	if (!a->n && g->attr.kind == JJ_UNDEF) {
		g->attr = keyword(a, "attribute");
		if (g->attr.kind != JJ_MISSING)
			map_attribute(j, g);
	}
	if (!a->n && g->attr.kind != JJ_MISSING) {
		if (!jj_iter_next(j, &g->it, &item))
			return false;
		*out = jj_attr_path(j, item, g->attr,
		    a->nkw > 1 ? keyword(a, "default") : jj_missing());
		return true;
	}
	if (!a->n)
		jj_fail(
		    j, "FilterArgumentError", "map requires a filter argument");
	if (!jj_iter_next(j, &g->it, &item))
		return false;
	name = jj_str_of(j, a->v[0]);
	if (!g->each)
		g->each = jj_find_filter(name->data, name->len);
	if (!g->each)
		jj_fail(j, "TemplateRuntimeError", "No filter named %s.",
		    jj_quote(j, name->data, name->len));
	rest = tail(a, 1);
	*out = jj_call_builtin(j, g->each, &item, &rest);
	return true;
}

static struct jj_value
do_map(struct jinja *j, struct jj_value self, const struct jj_args *a)
{
	return jj_gen_new(
	    j, "generator object sync_do_map", next_mapped, self, a);
}

/* select, reject, selectattr, rejectattr: data tells which */
struct picking {
	const char *name;
	bool attr, reject;
};

static bool
picked(struct jinja *j, struct jj_gen *g, struct jj_value item)
{
	const struct picking *p = g->data;
	const struct jj_args *a = g->args;
	struct jj_args rest;
	struct jj_str *name;

	if (p->attr)
		item = jj_attr_path(j, item, a->v[0], jj_missing());
	if (a->n <= p->attr)
		return jj_true(j, item) != p->reject;
	name = jj_str_of(j, a->v[p->attr]);
	if (!g->each)
		g->each = jj_find_test(name->data, name->len);
	if (!g->each)
		jj_fail(j, "TemplateRuntimeError", "No test named %s.",
		    jj_quote(j, name->data, name->len));
	rest = tail(a, 1u + p->attr);
	return jj_true(j, jj_call_builtin(j, g->each, &item, &rest)) !=
	       p->reject;
}

static bool
next_picked(struct jinja *j, struct jj_gen *g, struct jj_value *out)
{
	const struct picking *p = g->data;

	if (!begin(j, g))
		return false;
	if (p->attr && !g->args->n)
		jj_fail(j, "FilterArgumentError",
		    "Missing parameter for attribute name");
	while (jj_iter_next(j, &g->it, out))
		if (picked(j, g, *out))
			return true;
	return false;
}

static struct jj_value
pick(struct jinja *j, struct jj_value self, const struct jj_args *a, int which)
{
	static struct picking how[] = {
	    {"generator object sync_do_select", false, false},
	    {"generator object sync_do_reject", false, true},
	    {"generator object sync_do_selectattr", true, false},
	    {"generator object sync_do_rejectattr", true, true}};
	struct jj_value v =
	    jj_gen_new(j, how[which].name, next_picked, self, a);

	((struct jj_gen *)v.u.p)->data = &how[which];
	return v;
}

static struct jj_value
do_select(struct jinja *j, struct jj_value self, const struct jj_args *a)
{
	return pick(j, self, a, 0);
}

static struct jj_value
do_reject(struct jinja *j, struct jj_value self, const struct jj_args *a)
{
	return pick(j, self, a, 1);
}

static struct jj_value
do_selectattr(struct jinja *j, struct jj_value self, const struct jj_args *a)
{
	return pick(j, self, a, 2);
}

static struct jj_value
do_rejectattr(struct jinja *j, struct jj_value self, const struct jj_args *a)
{
	return pick(j, self, a, 3);
}

/* generators that make their list when they are first asked */
static bool
next_of_list(struct jinja *j, struct jj_gen *g, struct jj_value *out,
    struct jj_value (*make)(struct jinja *, struct jj_gen *))
{
	if (!g->begun) {
		g->begun = true;
		jj_iter_begin(j, &g->it, make(j, g));
	}
	return jj_iter_next(j, &g->it, out);
}

static struct jj_value
make_unique(struct jinja *j, struct jj_gen *g)
{
	bool exact = given(g->args->v[1]) && jj_true(j, g->args->v[1]);
	struct jj_value seen = jj_dict_new(j), out = jj_list_new(j, 8), item;
	struct jj_iter it;

	jj_iter_begin(j, &it, g->src);
	while (jj_iter_next(j, &it, &item)) {
		struct jj_value key = fold(j,
		    jj_attr_path(j, item, g->args->v[2], jj_missing()), exact);

		if (jj_dict_get(j, seen.u.d, key).kind != JJ_MISSING)
			continue;
		jj_dict_set(j, seen.u.d, key, jj_none());
		jj_append(j, out, item);
	}
	return out;
}

static struct jj_value
make_batch(struct jinja *j, struct jj_gen *g)
{
	struct jj_value count = g->args->v[1];
	struct jj_value fill = g->args->v[2], item;
	struct jj_value out = jj_list_new(j, 8), row = jj_list_new(j, 4);
	struct jj_iter it;

	jj_iter_begin(j, &it, g->src);
	while (jj_iter_next(j, &it, &item)) {
		if (jj_equal(j, jj_int(row.u.l->n), count)) {
			jj_append(j, out, row);
			row = jj_list_new(j, 4);
		}
		jj_append(j, row, item);
	}
	if (row.u.l->n) {
		while (given(fill) && fill.kind != JJ_NONE &&
		       row.u.l->n < 1000000 &&
		       jj_compare(j, OP_LT, jj_int(row.u.l->n), count))
			jj_append(j, row, fill);
		jj_append(j, out, row);
	}
	return out;
}

static struct jj_value
make_slice(struct jinja *j, struct jj_gen *g)
{
	struct jj_value all = jj_to_list(j, g->src), fill = g->args->v[2];
	int64_t n = jj_index(j, g->args->v[1]), at = 0, per, extra;
	struct jj_value out = jj_list_new(j, 8);

	if (!n)
		jj_fail(j, "ZeroDivisionError",
		    "integer division or modulo by zero");
	if (n > 1000000)
		jj_fail(j, "MemoryError", "%lld slices", (long long)n);
	per = all.u.l->n / n;
	extra = all.u.l->n % n;
	for (int64_t i = 0; i < n; i++) {
		struct jj_value row = jj_list_new(j, 4);
		int64_t end = at + per + (i < extra);

		while (at < end)
			jj_append(j, row, all.u.l->v[at++]);
		if (given(fill) && fill.kind != JJ_NONE && i >= extra)
			jj_append(j, row, fill);
		jj_append(j, out, row);
	}
	return out;
}

static struct jj_value
make_items(struct jinja *j, struct jj_gen *g)
{
	if (g->src.kind == JJ_UNDEF)
		return jj_list_new(j, 0);
	if (g->src.kind != JJ_DICT)
		jj_fail(
		    j, "TypeError", "Can only get item pairs from a mapping.");
	return items_view(j, g->src);
}

static struct jj_value
make_reversed(struct jinja *j, struct jj_gen *g)
{
	struct jj_value l = jj_to_list(j, g->src);

	for (uint32_t i = 0, n = l.u.l->n; i < n / 2; i++) {
		struct jj_value t = l.u.l->v[i];

		l.u.l->v[i] = l.u.l->v[n - 1 - i];
		l.u.l->v[n - 1 - i] = t;
	}
	return l;
}

static bool
next_unique(struct jinja *j, struct jj_gen *g, struct jj_value *out)
{
	return next_of_list(j, g, out, make_unique);
}

static bool
next_batch(struct jinja *j, struct jj_gen *g, struct jj_value *out)
{
	return next_of_list(j, g, out, make_batch);
}

static bool
next_slice(struct jinja *j, struct jj_gen *g, struct jj_value *out)
{
	return next_of_list(j, g, out, make_slice);
}

static bool
next_item(struct jinja *j, struct jj_gen *g, struct jj_value *out)
{
	return next_of_list(j, g, out, make_items);
}

static bool
next_reversed(struct jinja *j, struct jj_gen *g, struct jj_value *out)
{
	return next_of_list(j, g, out, make_reversed);
}

static struct jj_value
lazy(struct jinja *j, struct jj_value *v, uint32_t n, const char *name,
    jj_gen_next next)
{
	struct jj_args a = {.v = v, .n = n};

	return jj_gen_new(j, name, next, v[0], &a);
}

static struct jj_value
do_unique(struct jinja *j, struct jj_value *v)
{
	return lazy(j, v, 3, "generator object sync_do_unique", next_unique);
}

static struct jj_value
do_batch(struct jinja *j, struct jj_value *v)
{
	return lazy(j, v, 3, "generator object do_batch", next_batch);
}

static struct jj_value
do_slice(struct jinja *j, struct jj_value *v)
{
	return lazy(j, v, 3, "generator object sync_do_slice", next_slice);
}

static struct jj_value
do_items(struct jinja *j, struct jj_value *v)
{
	return lazy(j, v, 1, "generator object do_items", next_item);
}

static struct jj_value
do_reverse(struct jinja *j, struct jj_value *v)
{
	if (v[0].kind == JJ_STR) {
		const struct jj_value part[3] = {
		    jj_none(), jj_none(), jj_int(-1)};

		return jj_slice(j, v[0], part);
	}
	if (!jj_iterable(v[0]))
		jj_fail(j, "FilterArgumentError", "argument must be iterable");
	if (v[0].kind == JJ_ITER || v[0].kind == JJ_UNDEF) {
		struct jj_gen g = {.src = v[0]};

		return make_reversed(j, &g);
	}
	return lazy(j, v, 1, "list_reverseiterator object", next_reversed);
}

const struct jj_builtin jj_filters_seq[] = {
    {"map", NULL, NULL, do_map, 0, 0, {NULL}},
    {"select", NULL, NULL, do_select, 0, 0, {NULL}},
    {"reject", NULL, NULL, do_reject, 0, 0, {NULL}},
    {"selectattr", NULL, NULL, do_selectattr, 0, 0, {NULL}},
    {"rejectattr", NULL, NULL, do_rejectattr, 0, 0, {NULL}},
    {"sort", "do_sort", do_sort, NULL, 1, 4,
	{"value", "reverse", "case_sensitive", "attribute"}},
    {"dictsort", "do_dictsort", do_dictsort, NULL, 1, 4,
	{"value", "case_sensitive", "by", "reverse"}},
    {"groupby", "sync_do_groupby", do_groupby, NULL, 2, 4,
	{"value", "attribute", "default", "case_sensitive"}},
    {"unique", "sync_do_unique", do_unique, NULL, 1, 3,
	{"value", "case_sensitive", "attribute"}},
    {"batch", "do_batch", do_batch, NULL, 2, 3,
	{"value", "linecount", "fill_with"}},
    {"slice", "sync_do_slice", do_slice, NULL, 2, 3,
	{"value", "slices", "fill_with"}},
    {"items", "do_items", do_items, NULL, 1, 1, {"value"}},
    {"reverse", "do_reverse", do_reverse, NULL, 1, 1, {"value"}},
    {NULL, NULL, NULL, NULL, 0, 0, {NULL}}};
