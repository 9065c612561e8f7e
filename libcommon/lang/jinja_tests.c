/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tests: "x is defined". */
#include <string.h>

#include "lang/jinja_private.h"

static struct jj_value
is_defined(struct jinja *j, struct jj_value *v)
{
	(void)j;
	return jj_bool(v[0].kind != JJ_UNDEF);
}

static struct jj_value
is_undefined(struct jinja *j, struct jj_value *v)
{
	(void)j;
	return jj_bool(v[0].kind == JJ_UNDEF);
}

static struct jj_value
is_none(struct jinja *j, struct jj_value *v)
{
	(void)j;
	return jj_bool(v[0].kind == JJ_NONE);
}

static struct jj_value
is_mapping(struct jinja *j, struct jj_value *v)
{
	(void)j;
	return jj_bool(v[0].kind == JJ_DICT);
}

static struct jj_value
is_sequence(struct jinja *j, struct jj_value *v)
{
	enum jj_kind k = v[0].kind;

	(void)j;
	return jj_bool(k == JJ_STR || k == JJ_BYTES || k == JJ_LIST ||
		       k == JJ_TUPLE || k == JJ_DICT || k == JJ_RANGE ||
		       k == JJ_UNDEF);
}

static struct jj_value
is_iterable(struct jinja *j, struct jj_value *v)
{
	(void)j;
	return jj_bool(jj_iterable(v[0]));
}

static struct jj_value
is_string(struct jinja *j, struct jj_value *v)
{
	(void)j;
	return jj_bool(v[0].kind == JJ_STR);
}

static struct jj_value
is_number(struct jinja *j, struct jj_value *v)
{
	(void)j;
	return jj_bool(jj_is_number(v[0]) || v[0].kind == JJ_COMPLEX);
}

static struct jj_value
is_integer(struct jinja *j, struct jj_value *v)
{
	(void)j;
	return jj_bool(v[0].kind == JJ_INT || v[0].kind == JJ_BIG);
}

static struct jj_value
is_float(struct jinja *j, struct jj_value *v)
{
	(void)j;
	return jj_bool(v[0].kind == JJ_FLOAT);
}

static struct jj_value
is_boolean(struct jinja *j, struct jj_value *v)
{
	(void)j;
	return jj_bool(v[0].kind == JJ_BOOL);
}

static struct jj_value
is_true(struct jinja *j, struct jj_value *v)
{
	(void)j;
	return jj_bool(v[0].kind == JJ_BOOL && v[0].u.b);
}

static struct jj_value
is_false(struct jinja *j, struct jj_value *v)
{
	(void)j;
	return jj_bool(v[0].kind == JJ_BOOL && !v[0].u.b);
}

static struct jj_value
is_callable(struct jinja *j, struct jj_value *v)
{
	enum jj_kind k = v[0].kind;

	(void)j;
	return jj_bool(k == JJ_FUNC || k == JJ_METHOD || k == JJ_MACRO ||
		       k == JJ_LOOP || k == JJ_JOINER || k == JJ_BLOCKS ||
		       k == JJ_UNDEF);
}

static struct jj_value
rest_of(struct jinja *j, struct jj_value v, struct jj_value n)
{
	return jj_binary(j, OP_MOD, v, n);
}

static struct jj_value
is_divisible(struct jinja *j, struct jj_value *v)
{
	return jj_bool(jj_equal(j, rest_of(j, v[0], v[1]), jj_int(0)));
}

static struct jj_value
is_odd(struct jinja *j, struct jj_value *v)
{
	return jj_bool(jj_equal(j, rest_of(j, v[0], jj_int(2)), jj_int(1)));
}

static struct jj_value
is_even(struct jinja *j, struct jj_value *v)
{
	return jj_bool(jj_equal(j, rest_of(j, v[0], jj_int(2)), jj_int(0)));
}

static struct jj_value
is_in(struct jinja *j, struct jj_value *v)
{
	return jj_bool(jj_contains(j, v[0], v[1]));
}

static struct jj_value
is_sameas(struct jinja *j, struct jj_value *v)
{
	(void)j;
	return jj_bool(jj_identical(v[0], v[1]));
}

static struct jj_value
is_escaped(struct jinja *j, struct jj_value *v)
{
	(void)j;
	return jj_bool(v[0].kind == JJ_STR && v[0].u.s->markup);
}

/* str.isupper: some letter is cased, and none the other way */
bool
jj_all_case(struct jinja *j, const struct jj_str *s, bool upper)
{
	const char *p = s->data, *end = p + s->len;
	bool some = false;

	(void)j;
	while (p < end) {
		uint32_t c = jj_utf8_next(&p, end);

		if (upper ? jj_is_lower(c) : jj_is_upper(c))
			return false;
		some |= upper ? jj_is_upper(c) : jj_is_lower(c);
	}
	return some;
}

static struct jj_value
is_lower(struct jinja *j, struct jj_value *v)
{
	return jj_bool(jj_all_case(j, jj_str_of(j, v[0]), false));
}

static struct jj_value
is_upper(struct jinja *j, struct jj_value *v)
{
	return jj_bool(jj_all_case(j, jj_str_of(j, v[0]), true));
}

static struct jj_value
is_filter(struct jinja *j, struct jj_value *v)
{
	jj_hash(j, v[0]);
	return jj_bool(v[0].kind == JJ_STR &&
		       jj_find_filter(v[0].u.s->data, v[0].u.s->len));
}

static struct jj_value
is_test(struct jinja *j, struct jj_value *v)
{
	jj_hash(j, v[0]);
	return jj_bool(
	    v[0].kind == JJ_STR && jj_find_test(v[0].u.s->data, v[0].u.s->len));
}

static struct jj_value
is_eq(struct jinja *j, struct jj_value *v)
{
	return jj_bool(jj_compare(j, OP_EQ, v[0], v[1]));
}

static struct jj_value
is_ne(struct jinja *j, struct jj_value *v)
{
	return jj_bool(jj_compare(j, OP_NE, v[0], v[1]));
}

static struct jj_value
is_gt(struct jinja *j, struct jj_value *v)
{
	return jj_bool(jj_compare(j, OP_GT, v[0], v[1]));
}

static struct jj_value
is_ge(struct jinja *j, struct jj_value *v)
{
	return jj_bool(jj_compare(j, OP_GE, v[0], v[1]));
}

static struct jj_value
is_lt(struct jinja *j, struct jj_value *v)
{
	return jj_bool(jj_compare(j, OP_LT, v[0], v[1]));
}

static struct jj_value
is_le(struct jinja *j, struct jj_value *v)
{
	return jj_bool(jj_compare(j, OP_LE, v[0], v[1]));
}

#define ONE(name, fn)                                                          \
	{                                                                      \
		name, "test_" name, fn, NULL, 1, 1,                            \
		{                                                              \
			"value"                                                \
		}                                                              \
	}
#define TWO(name, python, fn)                                                  \
	{                                                                      \
		name, python, fn, NULL, 2, 2,                                  \
		{                                                              \
			NULL                                                   \
		}                                                              \
	}

static const struct jj_builtin tests[] = {ONE("defined", is_defined),
    ONE("undefined", is_undefined), ONE("none", is_none),
    ONE("mapping", is_mapping), ONE("sequence", is_sequence),
    ONE("iterable", is_iterable), ONE("string", is_string),
    ONE("number", is_number), ONE("integer", is_integer),
    ONE("float", is_float), ONE("boolean", is_boolean), ONE("true", is_true),
    ONE("false", is_false), ONE("callable", is_callable), ONE("odd", is_odd),
    ONE("even", is_even), ONE("escaped", is_escaped), ONE("lower", is_lower),
    ONE("upper", is_upper), ONE("filter", is_filter), ONE("test", is_test),
    {"divisibleby", "test_divisibleby", is_divisible, NULL, 2, 2,
	{"value", "num"}},
    {"in", "test_in", is_in, NULL, 2, 2, {"value", "seq"}},
    {"sameas", "test_sameas", is_sameas, NULL, 2, 2, {"value", "other"}},
    TWO("eq", "eq", is_eq), TWO("==", "eq", is_eq), TWO("equalto", "eq", is_eq),
    TWO("ne", "ne", is_ne), TWO("!=", "ne", is_ne), TWO("gt", "gt", is_gt),
    TWO(">", "gt", is_gt), TWO("greaterthan", "gt", is_gt),
    TWO("ge", "ge", is_ge), TWO(">=", "ge", is_ge), TWO("lt", "lt", is_lt),
    TWO("<", "lt", is_lt), TWO("lessthan", "lt", is_lt), TWO("le", "le", is_le),
    TWO("<=", "le", is_le), {NULL, NULL, NULL, NULL, 0, 0, {NULL}}};

static const struct jj_builtin *
find(const struct jj_builtin *t, const char *s, size_t n)
{
	for (; t->name; t++)
		if (t->name[0] == s[0] && strlen(t->name) == n &&
		    memcmp(t->name, s, n) == 0)
			return t;
	return NULL;
}

const struct jj_builtin *
jj_find_test(const char *s, size_t n)
{
	return find(tests, s, n);
}

const struct jj_builtin *
jj_find_filter(const char *s, size_t n)
{
	const struct jj_builtin *f = find(jj_filters_num, s, n);

	if (!f)
		f = find(jj_filters_text, s, n);
	return f ? f : find(jj_filters_seq, s, n);
}
