/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The filter pprint: a value over several lines where 80 columns need it. */
#include <string.h>

#include "lang/jinja_private.h"

#define WIDTH 80

static void pprint(struct jinja *, struct jj_sb *, struct jj_value,
    int64_t indent, int64_t after);

/* keys in order, as far as they have one */
static struct jj_value
sorted_keys(struct jinja *j, struct jj_value d)
{
	struct jj_value l = jj_to_list(j, d);
	bool texts = true, numbers = true;

	for (uint32_t i = 0; i < l.u.l->n; i++) {
		texts &= l.u.l->v[i].kind == JJ_STR;
		numbers &= jj_is_number(l.u.l->v[i]);
	}
	if (texts || numbers)
		jj_sort(j, l.u.l, NULL, false);
	return l;
}

static bool
holds(struct jj_value v)
{
	return v.kind == JJ_LIST || v.kind == JJ_DICT || v.kind == JJ_TUPLE;
}

/* jj_enter() has fewer levels than there is room */
static void
begin(struct jinja *j, struct jj_value v)
{
	jj_enter(j);
	j->open[j->n_open++] = v.u.p;
}

static void
end(struct jinja *j)
{
	j->n_open--;
	jj_leave(j);
}

static bool
is_open(const struct jinja *j, struct jj_value v)
{
	for (unsigned i = 0; i < j->n_open; i++)
		if (j->open[i] == v.u.p)
			return true;
	return false;
}

/* on one line; what holds itself says so, and ends there */
static void flat(struct jinja *, struct jj_sb *, struct jj_value);

static void
flat_dict(struct jinja *j, struct jj_sb *b, struct jj_value v)
{
	struct jj_value keys = sorted_keys(j, v);

	jj_sb_putc(j, b, '{');
	for (uint32_t i = 0; i < keys.u.l->n; i++) {
		if (i)
			jj_sb_puts(j, b, ", ");
		flat(j, b, keys.u.l->v[i]);
		jj_sb_puts(j, b, ": ");
		flat(j, b, jj_dict_get(j, v.u.d, keys.u.l->v[i]));
	}
	jj_sb_putc(j, b, '}');
}

static void
flat_items(struct jinja *j, struct jj_sb *b, struct jj_value v)
{
	const struct jj_list *l = v.u.l;
	bool tuple = v.kind == JJ_TUPLE;

	jj_sb_putc(j, b, tuple ? '(' : '[');
	for (uint32_t i = 0; i < l->n; i++) {
		if (i)
			jj_sb_puts(j, b, ", ");
		flat(j, b, l->v[i]);
	}
	jj_sb_puts(j, b, tuple ? (l->n == 1 ? ",)" : ")") : "]");
}

static void
flat(struct jinja *j, struct jj_sb *b, struct jj_value v)
{
	if (!holds(v)) {
		jj_repr_to(j, b, v);
	} else if (is_open(j, v)) {
		jj_sb_addf(j, b, "<Recursion on %s>", jj_type_name(v));
	} else {
		begin(j, v);
		if (v.kind == JJ_DICT)
			flat_dict(j, b, v);
		else
			flat_items(j, b, v);
		end(j);
	}
}

static void
line(struct jinja *j, struct jj_sb *b, int64_t indent)
{
	jj_sb_puts(j, b, ",\n");
	jj_sb_fill(j, b, ' ', indent);
}

static void
items(struct jinja *j, struct jj_sb *b, struct jj_value v, int64_t indent,
    int64_t after)
{
	const struct jj_list *l = v.u.l;
	bool tuple = v.kind == JJ_TUPLE;

	jj_sb_putc(j, b, tuple ? '(' : '[');
	for (uint32_t i = 0; i < l->n; i++) {
		if (i)
			line(j, b, indent + 1);
		pprint(j, b, l->v[i], indent + 1, i + 1 < l->n ? 1 : after + 1);
	}
	jj_sb_puts(j, b, tuple ? (l->n == 1 ? ",)" : ")") : "]");
}

static void
dict(struct jinja *j, struct jj_sb *b, struct jj_value v, int64_t indent,
    int64_t after)
{
	struct jj_value keys = sorted_keys(j, v);

	jj_sb_putc(j, b, '{');
	for (uint32_t i = 0; i < keys.u.l->n; i++) {
		size_t from;

		if (i)
			line(j, b, indent + 1);
		from = b->len;
		jj_repr_to(j, b, keys.u.l->v[i]);
		jj_sb_puts(j, b, ": ");
		pprint(j, b, jj_dict_get(j, v.u.d, keys.u.l->v[i]),
		    indent + 1 + jj_utf8_count(b->p + from, b->len - from),
		    i + 1 < keys.u.l->n ? 1 : after + 1);
	}
	jj_sb_putc(j, b, '}');
}

static void
pprint(struct jinja *j, struct jj_sb *b, struct jj_value v, int64_t indent,
    int64_t after)
{
	struct jj_sb one = {NULL, 0, 0};

	flat(j, &one, v);
	if (!holds(v) || is_open(j, v) ||
	    (int64_t)jj_utf8_count(one.p ? one.p : "", one.len) <=
		WIDTH - indent - after) {
		jj_sb_add(j, b, one.p ? one.p : "", one.len);
		return;
	}
	begin(j, v);
	if (v.kind == JJ_DICT)
		dict(j, b, v, indent, after);
	else
		items(j, b, v, indent, after);
	end(j);
}

struct jj_value
jj_pprint(struct jinja *j, struct jj_value v)
{
	struct jj_sb b = {NULL, 0, 0};

	pprint(j, &b, v, 0, 0);
	return jj_sb_value(j, &b);
}
