/* SPDX-License-Identifier: GPL-3.0-or-later */
/* a.b, a[b], a[b:c], and the variable "loop". */
#include <string.h>

#include "lang/jinja_private.h"

/* ---- loop ---- */

static bool
peek(struct jinja *j, struct jj_loop *l)
{
	if (!l->has_peeked && !l->ended) {
		if (jj_iter_next(j, &l->it, &l->peeked))
			l->has_peeked = true;
		else
			l->ended = true;
	}
	return l->has_peeked;
}

bool
jj_loop_next(struct jinja *j, struct jj_loop *l, struct jj_value *out)
{
	if (!peek(j, l))
		return false;
	l->has_peeked = false;
	l->index0++;
	l->prev = l->cur;
	l->cur = *out = l->peeked;
	return true;
}

static int64_t
loop_length(struct jinja *j, struct jj_loop *l)
{
	struct jj_value rest, item;

	if (l->length >= 0)
		return l->length;
	l->length = l->src.kind == JJ_LOOP ? -1 : jj_len(j, l->src);
	if (l->length >= 0)
		return l->length;
	/* a generator: what it still has becomes a list */
	rest = jj_list_new(j, 8);
	while (jj_iter_next(j, &l->it, &item))
		jj_append(j, rest, item);
	jj_iter_begin(j, &l->it, rest);
	l->length = rest.u.l->n + l->index0 + 1 + l->has_peeked;
	return l->length;
}

static struct jj_value
loop_cycle(struct jinja *j, struct jj_value self, const struct jj_args *a)
{
	const struct jj_loop *l = self.u.p;

	if (!a->n)
		jj_fail(j, "TypeError", "no items for cycling given");
	return a->v[l->index0 % a->n];
}

static struct jj_value
loop_changed(struct jinja *j, struct jj_value self, const struct jj_args *a)
{
	struct jj_loop *l = self.u.p;
	struct jj_value now = jj_tuple_new(j, a->n);

	for (uint32_t i = 0; i < a->n; i++)
		jj_append(j, now, a->v[i]);
	if (l->changed.kind != JJ_MISSING && jj_equal(j, l->changed, now))
		return jj_bool(false);
	l->changed = now;
	return jj_bool(true);
}

static const struct jj_builtin loop_method[] = {
    {"cycle", NULL, NULL, loop_cycle, 0, 0, {NULL}},
    {"changed", NULL, NULL, loop_changed, 0, 0, {NULL}}};

static struct jj_value
bound(struct jinja *j, struct jj_value self, const struct jj_builtin *f)
{
	struct jj_method *m = jj_alloc(j, sizeof(*m));

	m->self = self;
	m->f = f;
	return jj_ptr(JJ_METHOD, m);
}

struct jj_value
jj_loop_attr(struct jinja *j, struct jj_loop *l, const struct jj_str *name)
{
	const char *s = name->data;

	if (strcmp(s, "index") == 0)
		return jj_int(l->index0 + 1);
	if (strcmp(s, "index0") == 0)
		return jj_int(l->index0);
	if (strcmp(s, "revindex") == 0)
		return jj_int(loop_length(j, l) - l->index0);
	if (strcmp(s, "revindex0") == 0)
		return jj_int(loop_length(j, l) - l->index0 - 1);
	if (strcmp(s, "first") == 0)
		return jj_bool(l->index0 == 0);
	if (strcmp(s, "last") == 0)
		return jj_bool(!peek(j, l));
	if (strcmp(s, "length") == 0)
		return jj_int(loop_length(j, l));
	if (strcmp(s, "depth") == 0)
		return jj_int(l->depth0 + 1);
	if (strcmp(s, "depth0") == 0)
		return jj_int(l->depth0);
	if (strcmp(s, "previtem") == 0)
		return l->index0 > 0
			   ? l->prev
			   : jj_undef_hint(j, "there is no previous item");
	if (strcmp(s, "nextitem") == 0)
		return peek(j, l) ? l->peeked
				  : jj_undef_hint(j, "there is no next item");
	for (int i = 0; i < 2; i++)
		if (strcmp(s, loop_method[i].name) == 0)
			return bound(j, jj_ptr(JJ_LOOP, l), &loop_method[i]);
	return jj_missing();
}

/* ---- attributes ---- */

static struct jj_value
cycler_next(struct jinja *j, struct jj_value *argv)
{
	struct jj_cycler *c = argv[0].u.p;
	struct jj_value v = c->v[c->at];

	(void)j;
	c->at = (c->at + 1) % c->n;
	return v;
}

static struct jj_value
cycler_reset(struct jinja *j, struct jj_value *argv)
{
	(void)j;
	((struct jj_cycler *)argv[0].u.p)->at = 0;
	return jj_none();
}

static const struct jj_builtin cycler_method[] = {
    {"next", NULL, cycler_next, NULL, 1, 1, {NULL}},
    {"reset", NULL, cycler_reset, NULL, 1, 1, {NULL}}};

static struct jj_value
macro_attr(struct jinja *j, const struct jj_macro *m, const char *s)
{
	struct jj_value t;

	if (strcmp(s, "name") == 0)
		return m->name ? jj_strz(j, m->name) : jj_none();
	if (strcmp(s, "arguments") == 0) {
		t = jj_tuple_new(j, m->node->body.n);
		for (uint32_t i = 0; i < m->node->body.n; i++)
			jj_append(j, t, jj_of_str(m->node->body.v[i]->name));
		return t;
	}
	if (strcmp(s, "caller") == 0)
		return jj_bool(
		    jj_body_reads(&m->node->c->body, j->tpl->sym_caller));
	if (strcmp(s, "catch_kwargs") == 0)
		return jj_bool(
		    jj_body_reads(&m->node->c->body, j->tpl->sym_kwargs));
	if (strcmp(s, "catch_varargs") == 0)
		return jj_bool(
		    jj_body_reads(&m->node->c->body, j->tpl->sym_varargs));
	return jj_missing();
}

static struct jj_value
block_attr(struct jinja *j, const char *s)
{
	for (uint32_t i = 0; i < j->tpl->n_blocks; i++)
		if (strcmp(j->tpl->block[i]->name->data, s) == 0)
			return jj_ptr(JJ_BLOCKS, j->tpl->block[i]);
	return jj_missing();
}

static struct jj_value
number_attr(struct jinja *j, struct jj_value v, const char *s)
{
	if (strcmp(s, "real") == 0 ||
	    (jj_is_int(v) && strcmp(s, "numerator") == 0))
		return v.kind == JJ_BOOL ? jj_int(v.u.b) : v;
	if (strcmp(s, "imag") == 0)
		return v.kind == JJ_FLOAT ? jj_float(0) : jj_int(0);
	if (jj_is_int(v) && strcmp(s, "denominator") == 0)
		return jj_int(1);
	(void)j;
	return jj_missing();
}

static struct jj_value
complex_attr(const struct jj_complex *c, const char *s)
{
	if (strcmp(s, "real") == 0)
		return jj_float(c->re);
	if (strcmp(s, "imag") == 0)
		return jj_float(c->im);
	return jj_missing();
}

static struct jj_value
coord_attr(const struct jj_list *l, const struct jj_str *name)
{
	static const char axes[] = "xyze";
	const char *at = name->len == 1 ? strchr(axes, name->data[0]) : NULL;

	return at && (uint32_t)(at - axes) < l->n ? l->v[at - axes]
						  : jj_missing();
}

static struct jj_value
other_attr(struct jinja *j, struct jj_value v, const struct jj_str *name)
{
	struct jj_range_value *r;

	switch (v.kind) {
	case JJ_LOOP:
		return jj_loop_attr(j, v.u.p, name);
	case JJ_CYCLER:
		for (int i = 0; i < 2; i++)
			if (strcmp(name->data, cycler_method[i].name) == 0)
				return bound(j, v, &cycler_method[i]);
		if (strcmp(name->data, "current") == 0) {
			struct jj_cycler *c = v.u.p;

			return c->v[c->at];
		}
		return jj_missing();
	case JJ_MACRO:
		return macro_attr(j, v.u.p, name->data);
	case JJ_BLOCKS:
		return v.u.p ? jj_missing() : block_attr(j, name->data);
	case JJ_RANGE:
		r = v.u.p;
		if (strcmp(name->data, "start") == 0)
			return jj_int(r->start);
		if (strcmp(name->data, "stop") == 0)
			return jj_int(r->stop);
		if (strcmp(name->data, "step") == 0)
			return jj_int(r->step);
		return jj_missing();
	case JJ_NAMESPACE:
		return jj_dict_get(
		    j, v.u.d, jj_string(j, name->data, name->len));
	case JJ_COMPLEX:
		return complex_attr(v.u.p, name->data);
	default:
		return jj_missing();
	}
}

/* what getattr(v, name) finds in Python */
struct jj_value
jj_attribute(struct jinja *j, struct jj_value v, const struct jj_str *name)
{
	const struct jj_builtin *f = jj_find_method(v, name);
	struct jj_value found;

	if (f)
		return bound(j, v, f);
	if (jj_is_number(v))
		return number_attr(j, v, name->data);
	if (v.kind == JJ_TUPLE && v.u.l->group) {
		if (strcmp(name->data, "grouper") == 0)
			return v.u.l->v[0];
		if (strcmp(name->data, "list") == 0)
			return v.u.l->v[1];
	}
	if (v.kind == JJ_TUPLE && v.u.l->coord) {
		found = coord_attr(v.u.l, name);
		if (found.kind != JJ_MISSING)
			return found;
	}
	return other_attr(j, v, name);
}

static struct jj_value
host_get(struct jinja *j, struct jj_value host, const char *key, size_t len)
{
	const struct jj_host *h = host.u.p;

	return h->get(j, h->data, key, len);
}

struct jj_value
jj_getattr(struct jinja *j, struct jj_value v, const struct jj_str *name)
{
	union {
		const struct jj_str *in;
		struct jj_str *out; /* the hash is found once */
	} s = {.in = name};
	struct jj_value found, key;

	if (v.kind == JJ_UNDEF)
		jj_use(j, v);
	found = jj_missing();
	if (v.kind == JJ_HOST || (v.kind == JJ_DICT && !jj_names_method(s.out)))
		;
	else if (v.kind == JJ_NAMESPACE)
		found = jj_dict_find(v.u.d, s.out);
	else
		found = jj_attribute(j, v, name);
	if (found.kind != JJ_MISSING)
		return found;
	key = jj_of_str(s.out);
	if (v.kind == JJ_DICT)
		found = jj_dict_find(v.u.d, s.out);
	else if (v.kind == JJ_HOST)
		found = host_get(j, v, name->data, name->len);
	if (found.kind == JJ_LIVE && !j->live_ok)
		jj_read_live(j, found);
	return found.kind != JJ_MISSING ? found : jj_undef_attr(j, v, key);
}

/* ---- items ---- */

static bool
hashable(struct jj_value v)
{
	if (v.kind == JJ_TUPLE) {
		for (uint32_t i = 0; i < v.u.l->n; i++)
			if (!hashable(v.u.l->v[i]))
				return false;
		return true;
	}
	return v.kind != JJ_LIST && v.kind != JJ_DICT && v.kind != JJ_VIEW;
}

static struct jj_value
item_at(struct jinja *j, struct jj_value v, int64_t i)
{
	int64_t n = jj_len(j, v);

	if (i < 0)
		i += n;
	if (i < 0 || i >= n)
		return jj_missing();
	if (v.kind == JJ_STR) {
		size_t at = jj_utf8_offset(v.u.s, (uint32_t)i);
		size_t to = v.u.s->len == v.u.s->chars
				? at + 1
				: jj_utf8_offset(v.u.s, (uint32_t)i + 1);

		return jj_sub(j, v.u.s, at, to);
	}
	if (v.kind == JJ_BYTES)
		return jj_int((unsigned char)v.u.s->data[i]);
	if (v.kind == JJ_RANGE) {
		struct jj_range_value *r = v.u.p;

		return jj_int(r->start + i * r->step);
	}
	return v.u.l->v[i];
}

/* v[key], JJ_MISSING if there is no such item */
struct jj_value
jj_subscript(struct jinja *j, struct jj_value v, struct jj_value key)
{
	switch (v.kind) {
	case JJ_DICT:
		if (key.kind == JJ_STR)
			return jj_dict_find(v.u.d, key.u.s);
		return hashable(key) ? jj_dict_get(j, v.u.d, key)
				     : jj_missing();
	case JJ_HOST: {
		struct jj_str *s = jj_str_of(j, key);

		return host_get(j, v, s->data, s->len);
	}
	case JJ_STR:
	case JJ_BYTES:
	case JJ_LIST:
	case JJ_TUPLE:
	case JJ_RANGE:
		if (key.kind == JJ_INT)
			return item_at(j, v, key.u.i);
		if (key.kind == JJ_BOOL)
			return item_at(j, v, key.u.b);
		return jj_missing();
	default:
		return jj_missing();
	}
}

struct jj_value
jj_getitem(struct jinja *j, struct jj_value v, struct jj_value key)
{
	struct jj_value found;

	if (v.kind == JJ_UNDEF)
		jj_use(j, v);
	found = jj_subscript(j, v, key);
	if (found.kind == JJ_MISSING && key.kind == JJ_STR)
		found = jj_attribute(j, v, key.u.s);
	if (found.kind == JJ_LIVE && !j->live_ok)
		jj_read_live(j, found);
	return found.kind != JJ_MISSING ? found : jj_undef_attr(j, v, key);
}

/* ---- slices ---- */

static int64_t
bound_of(
    struct jinja *j, struct jj_value v, int64_t n, int64_t absent, bool down)
{
	int64_t i;

	if (v.kind == JJ_NONE)
		return absent;
	if (v.kind == JJ_BIG) {
		i = jj_int_sign(v) < 0 ? -INT64_MAX / 2 : INT64_MAX / 2;
	} else {
		if (v.kind != JJ_INT && v.kind != JJ_BOOL)
			jj_fail(j, "TypeError",
			    "slice indices must be integers or None or have "
			    "an __index__ method");
		i = jj_index(j, v);
	}
	if (i < 0)
		i = i + n < 0 ? (down ? -1 : 0) : i + n;
	if (i >= n)
		i = down ? n - 1 : n;
	return i;
}

static struct jj_value
slice_range(struct jinja *j, const struct jj_range_value *r, int64_t from,
    int64_t to, int64_t step, int64_t n)
{
	struct jj_range_value *s = jj_alloc(j, sizeof(*s));

	s->start = r->start + from * r->step;
	s->stop = r->start + to * r->step;
	s->step = r->step * step;
	s->n = n;
	return jj_ptr(JJ_RANGE, s);
}

static struct jj_value
slice_bytes(struct jinja *j, const struct jj_str *s, int64_t from, int64_t step,
    int64_t count)
{
	struct jj_sb b = {NULL, 0, 0};

	for (; count; count--, from += step)
		jj_sb_putc(j, &b, s->data[from]);
	return jj_ptr(JJ_BYTES, jj_sb_value(j, &b).u.s);
}

static bool
sliceable(struct jj_value v)
{
	return v.kind == JJ_STR || v.kind == JJ_BYTES || v.kind == JJ_LIST ||
	       v.kind == JJ_TUPLE || v.kind == JJ_RANGE;
}

static bool
is_constant(const struct jj_node *n)
{
	if (n->kind != N_LIST && n->kind != N_TUPLE && n->kind != N_DICT)
		return n->kind == N_CONST;
	for (uint32_t i = 0; i < n->body.n; i++)
		if (!is_constant(n->body.v[i]))
			return false;
	return true;
}

/* of a constant Jinja2 looks up v[slice] instead, and finds nothing */
bool
jj_slices(const struct jj_node *of, struct jj_value v)
{
	return sliceable(v) || !is_constant(of);
}

struct jj_value
jj_slice(struct jinja *j, struct jj_value v, const struct jj_value part[3])
{
	int64_t n, from, to, step = 1, count = 0;
	struct jj_value out;

	if (v.kind == JJ_UNDEF)
		jj_use(j, v);
	if (v.kind == JJ_DICT)
		jj_fail(j, "TypeError", "unhashable type: 'slice'");
	if (!sliceable(v))
		jj_type_error(j, "'%s' object is not subscriptable", v);
	n = jj_len(j, v);
	if (part[2].kind != JJ_NONE)
		step = jj_size_arg(j, part[2]);
	if (!step)
		jj_fail(j, "ValueError", "slice step cannot be zero");
	from = bound_of(j, part[0], n, step < 0 ? n - 1 : 0, step < 0);
	to = bound_of(j, part[1], n, step < 0 ? -1 : n, step < 0);
	if (step > 0 && to > from)
		count = (to - from - 1) / step + 1;
	if (step < 0 && from > to)
		count = (from - to - 1) / -step + 1;
	if (v.kind == JJ_RANGE)
		return slice_range(j, v.u.p, from, to, step, count);
	if (v.kind == JJ_STR && step == 1)
		return jj_sub(j, v.u.s, jj_utf8_offset(v.u.s, (uint32_t)from),
		    jj_utf8_offset(v.u.s, (uint32_t)(to > from ? to : from)));
	if (v.kind == JJ_STR) {
		struct jj_value chars = jj_to_list(j, v);
		struct jj_sb b = {NULL, 0, 0};

		for (; count; count--, from += step)
			jj_str_to(j, &b, chars.u.l->v[from]);
		return jj_sb_value(j, &b);
	}
	if (v.kind == JJ_BYTES)
		return slice_bytes(j, v.u.s, from, step, count);
	out = v.kind == JJ_LIST ? jj_list_new(j, (uint32_t)count)
				: jj_tuple_new(j, (uint32_t)count);
	for (; count; count--, from += step)
		jj_append(j, out, v.u.l->v[from]);
	return out;
}
