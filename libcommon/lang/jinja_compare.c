/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Truth, equality, order, membership, length: as Python has them. */
#include <string.h>

#include "lang/jinja_private.h"

const char *
jj_type_name(struct jj_value v)
{
	static const char *const name[] = {"Undefined", "NoneType", "bool",
	    "int", "int", "float", "complex", "str", "bytes", "list", "tuple",
	    "dict", "range", "dict_keys", "Namespace", "Macro", "function",
	    "builtin_function_or_method", "LoopContext", "generator", "Cycler",
	    "Joiner", "TemplateReference", "GetStatusWrapper", "float",
	    "missing"};

	if (v.kind == JJ_TUPLE && v.u.l->coord)
		return "Coord";
	if (v.kind == JJ_STR && v.u.s->markup)
		return "Markup";
	if (v.kind == JJ_VIEW) {
		static const char *const view[] = {
		    "dict_keys", "dict_values", "dict_items"};

		return view[((struct jj_view *)v.u.p)->what];
	}
	return name[v.kind];
}

int64_t
jj_len(struct jinja *j, struct jj_value v)
{
	(void)j;
	switch (v.kind) {
	case JJ_UNDEF:
		return 0;
	case JJ_STR:
		return v.u.s->chars;
	case JJ_BYTES:
		return v.u.s->len;
	case JJ_LIST:
	case JJ_TUPLE:
		return v.u.l->n;
	case JJ_DICT:
		return v.u.d->used;
	case JJ_RANGE:
		return ((struct jj_range_value *)v.u.p)->n;
	case JJ_VIEW:
		return ((struct jj_view *)v.u.p)->d->used;
	case JJ_LOOP: {
		struct jj_loop *loop = v.u.p;
		struct jj_str *name = jj_str_in(&j->arena, "length", 6);

		return jj_loop_attr(j, loop, name).u.i;
	}
	default:
		return -1;
	}
}

bool
jj_true(struct jinja *j, struct jj_value v)
{
	switch (v.kind) {
	case JJ_UNDEF:
	case JJ_NONE:
	case JJ_MISSING:
		return false;
	case JJ_BOOL:
		return v.u.b;
	case JJ_INT:
		return v.u.i != 0;
	case JJ_FLOAT:
		return v.u.f != 0;
	case JJ_COMPLEX: {
		struct jj_complex *c = v.u.p;

		return c->re != 0 || c->im != 0;
	}
	case JJ_STR:
	case JJ_BYTES:
	case JJ_LIST:
	case JJ_TUPLE:
	case JJ_DICT:
	case JJ_RANGE:
	case JJ_VIEW:
		return jj_len(j, v) != 0;
	default:
		return true;
	}
}

bool
jj_identical(struct jj_value a, struct jj_value b)
{
	if (a.kind != b.kind)
		return false;
	switch (a.kind) {
	case JJ_NONE:
		return true;
	case JJ_BOOL:
		return a.u.b == b.u.b;
	case JJ_INT:
		return a.u.i == b.u.i;
	case JJ_STR: /* equal short strings are the same object, mostly */
		return a.u.s == b.u.s ||
		       (a.u.s->len == b.u.s->len &&
			   memcmp(a.u.s->data, b.u.s->data, a.u.s->len) == 0);
	case JJ_FLOAT:
		return memcmp(&a.u.f, &b.u.f, sizeof(double)) == 0;
	case JJ_TUPLE: /* there is one empty tuple */
		return a.u.l == b.u.l || (!a.u.l->n && !b.u.l->n);
	default:
		return a.u.p == b.u.p;
	}
}

static bool
equal_items(struct jinja *j, const struct jj_list *a, const struct jj_list *b)
{
	if (a->n != b->n)
		return false;
	for (uint32_t i = 0; i < a->n; i++)
		if (!jj_identical(a->v[i], b->v[i]) &&
		    !jj_equal(j, a->v[i], b->v[i]))
			return false;
	return true;
}

static bool
equal_dicts(struct jinja *j, const struct jj_dict *a, const struct jj_dict *b)
{
	if (a->used != b->used)
		return false;
	for (uint32_t i = 0; i < a->n; i++) {
		struct jj_value other;

		if (a->e[i].key.kind == JJ_MISSING)
			continue;
		other = jj_dict_get(j, b, a->e[i].key);
		if (other.kind == JJ_MISSING ||
		    (!jj_identical(a->e[i].value, other) &&
			!jj_equal(j, a->e[i].value, other)))
			return false;
	}
	return true;
}

static bool
equal_ranges(const struct jj_range_value *a, const struct jj_range_value *b)
{
	if (a->n != b->n)
		return false;
	return a->n == 0 ||
	       (a->start == b->start && (a->n == 1 || a->step == b->step));
}

static bool
equal_complex(struct jinja *j, struct jj_value a, struct jj_value b)
{
	struct jj_complex x = {0, 0}, y = {0, 0};

	if (a.kind == JJ_COMPLEX)
		x = *(struct jj_complex *)a.u.p;
	else if (jj_is_number(a))
		x.re = jj_to_double(j, a);
	else
		return false;
	if (b.kind == JJ_COMPLEX)
		y = *(struct jj_complex *)b.u.p;
	else if (jj_is_number(b))
		y.re = jj_to_double(j, b);
	else
		return false;
	return x.re == y.re && x.im == y.im;
}

bool
jj_equal(struct jinja *j, struct jj_value a, struct jj_value b)
{
	bool same = false;

	if (jj_is_number(a) && jj_is_number(b))
		return jj_num_cmp(j, a, b) == 0;
	if (a.kind == JJ_COMPLEX || b.kind == JJ_COMPLEX)
		return equal_complex(j, a, b);
	if (a.kind != b.kind)
		return false;
	jj_enter(j);
	jj_work(j, a);
	switch (a.kind) {
	case JJ_NONE:
	case JJ_UNDEF:
		same = true;
		break;
	case JJ_STR:
	case JJ_BYTES:
		same = a.u.s->len == b.u.s->len &&
		       memcmp(a.u.s->data, b.u.s->data, a.u.s->len) == 0;
		break;
	case JJ_LIST:
	case JJ_TUPLE:
		same = equal_items(j, a.u.l, b.u.l);
		break;
	case JJ_DICT:
		same = equal_dicts(j, a.u.d, b.u.d);
		break;
	case JJ_RANGE:
		same = equal_ranges(a.u.p, b.u.p);
		break;
	default:
		same = a.u.p == b.u.p;
	}
	jj_leave(j);
	return same;
}

bool
jj_same(struct jinja *j, struct jj_value a, struct jj_value b)
{
	return jj_equal(j, a, b);
}

static int
cmp_str(const struct jj_str *a, const struct jj_str *b)
{
	uint32_t n = a->len < b->len ? a->len : b->len;
	int c = memcmp(a->data, b->data, n);

	return c ? c : (a->len > b->len) - (a->len < b->len);
}

static bool
holds(enum jj_op op, int c)
{
	switch (op) {
	case OP_LT:
		return c < 0;
	case OP_LE:
		return c <= 0;
	case OP_GT:
		return c > 0;
	default:
		return c >= 0;
	}
}

/* lists and tuples: the first difference decides */
static bool
order_items(struct jinja *j, enum jj_op op, const struct jj_list *a,
    const struct jj_list *b)
{
	for (uint32_t i = 0; i < a->n && i < b->n; i++) {
		bool r;

		if (jj_identical(a->v[i], b->v[i]) ||
		    jj_equal(j, a->v[i], b->v[i]))
			continue;
		jj_enter(j);
		r = jj_compare(j, op, a->v[i], b->v[i]);
		jj_leave(j);
		return r;
	}
	return holds(op, (a->n > b->n) - (a->n < b->n));
}

static bool
order(struct jinja *j, enum jj_op op, struct jj_value a, struct jj_value b)
{
	static const char *const sign[] = {
	    [OP_LT] = "<", [OP_LE] = "<=", [OP_GT] = ">", [OP_GE] = ">="};

	if (a.kind == JJ_UNDEF)
		jj_use(j, a);
	if (b.kind == JJ_UNDEF)
		jj_use(j, b);
	if (jj_is_number(a) && jj_is_number(b)) {
		int c = jj_num_cmp(j, a, b);

		return c != 2 && holds(op, c);
	}
	jj_work(j, a);
	if (a.kind == b.kind && (a.kind == JJ_STR || a.kind == JJ_BYTES))
		return holds(op, cmp_str(a.u.s, b.u.s));
	if (a.kind == b.kind && (a.kind == JJ_LIST || a.kind == JJ_TUPLE))
		return order_items(j, op, a.u.l, b.u.l);
	jj_fail(j, "TypeError",
	    "'%s' not supported between instances of '%s' and '%s'", sign[op],
	    jj_type_name(a), jj_type_name(b));
}

static bool
in_range(struct jinja *j, struct jj_value item, const struct jj_range_value *r)
{
	int64_t i;

	if (item.kind == JJ_FLOAT) {
		if (item.u.f != (double)(int64_t)item.u.f)
			return false;
		i = (int64_t)item.u.f;
	} else if (item.kind == JJ_BOOL || item.kind == JJ_INT) {
		i = item.kind == JJ_BOOL ? item.u.b : item.u.i;
	} else {
		return false;
	}
	(void)j;
	if (!r->n)
		return false;
	if (r->step > 0 ? (i < r->start || i >= r->stop)
			: (i > r->start || i <= r->stop))
		return false;
	return (i - r->start) % r->step == 0;
}

bool
jj_contains(struct jinja *j, struct jj_value item, struct jj_value in)
{
	struct jj_iter it;
	struct jj_value v;

	switch (in.kind) {
	case JJ_STR:
		jj_work(j, in);
		if (item.kind != JJ_STR)
			jj_type_error(j,
			    "'in <string>' requires string as left operand, "
			    "not %s",
			    item);
		return jj_find_text(in.u.s->data, in.u.s->len, item.u.s->data,
			   item.u.s->len) >= 0;
	case JJ_DICT:
		return jj_dict_get(j, in.u.d, item).kind != JJ_MISSING;
	case JJ_RANGE:
		return in_range(j, item, in.u.p);
	case JJ_HOST: {
		struct jj_host *h = in.u.p;
		struct jj_str *s = jj_str_of(j, item);

		return h->get(j, h->data, s->data, s->len).kind != JJ_MISSING;
	}
	default:
		break;
	}
	if (!jj_iterable(in))
		jj_type_error(j, "argument of type '%s' is not iterable", in);
	jj_iter_begin(j, &it, in);
	while (jj_iter_next(j, &it, &v))
		if (jj_identical(v, item) || jj_equal(j, v, item))
			return true;
	return false;
}

bool
jj_compare(struct jinja *j, enum jj_op op, struct jj_value a, struct jj_value b)
{
	switch (op) {
	case OP_EQ:
		return jj_equal(j, a, b);
	case OP_NE:
		return !jj_equal(j, a, b);
	case OP_IN:
		return jj_contains(j, a, b);
	case OP_NOTIN:
		return !jj_contains(j, a, b);
	default:
		return order(j, op, a, b);
	}
}
