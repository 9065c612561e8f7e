/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Filters: numbers, defaults, and one value out of many. */
#include <math.h>
#include <string.h>

#include "lang/jinja_private.h"

static bool
given(struct jj_value v)
{
	return v.kind != JJ_MISSING;
}

static struct jj_value
do_abs(struct jinja *j, struct jj_value *v)
{
	if (v[0].kind == JJ_BOOL)
		return jj_int(v[0].u.b);
	if (v[0].kind == JJ_FLOAT)
		return jj_float(fabs(v[0].u.f));
	if (jj_is_int(v[0]))
		return jj_int_sign(v[0]) < 0 ? jj_int_neg(j, v[0]) : v[0];
	if (v[0].kind == JJ_COMPLEX) {
		const struct jj_complex *c = v[0].u.p;

		return jj_float(hypot(c->re, c->im));
	}
	jj_type_error(j, "bad operand type for abs(): '%s'", v[0]);
}

static struct jj_value
do_default(struct jinja *j, struct jj_value *v)
{
	bool falsy = given(v[2]) && jj_true(j, v[2]);

	if (v[0].kind == JJ_UNDEF || (falsy && !jj_true(j, v[0])))
		return given(v[1]) ? v[1] : jj_strz(j, "");
	return v[0];
}

static struct jj_value
do_float(struct jinja *j, struct jj_value *v)
{
	double f;

	if (v[0].kind == JJ_UNDEF)
		jj_use(j, v[0]);
	if (jj_is_number(v[0]))
		return jj_float(jj_to_double(j, v[0]));
	if (v[0].kind == JJ_STR &&
	    jj_float_parse(j, v[0].u.s->data, v[0].u.s->len, &f))
		return jj_float(f);
	return given(v[1]) ? v[1] : jj_float(0);
}

/* int("...", base) of Python */
static bool
parse_int(
    struct jinja *j, const struct jj_str *s, int64_t base, struct jj_value *out)
{
	struct jj_str *t = jj_trim_str(j, s, NULL, true, true).u.s;
	const char *p = t->data, *end = p + t->len;
	struct jj_sb b = {NULL, 0, 0};
	bool neg = false;
	unsigned prefix = 0;

	if (p < end && (*p == '-' || *p == '+'))
		neg = *p++ == '-';
	if (end - p > 1 && *p == '0')
		prefix = (p[1] | 32) == 'x'   ? 16
			 : (p[1] | 32) == 'o' ? 8
			 : (p[1] | 32) == 'b' ? 2
					      : 0;
	if (prefix && (base == 0 || base == (int64_t)prefix)) {
		p += 2;
		base = prefix;
		if (p < end && *p == '_')
			p++;
	} else if (base == 0) {
		base = 10;
	}
	if (base < 2 || base > 36)
		return false;
	while (p < end) {
		uint32_t c = jj_utf8_next(&p, end);
		int d = jj_decimal_value(c);

		if (d >= 0)
			c = (uint32_t)('0' + d);
		if (c >= 0x80)
			return false;
		jj_sb_putc(j, &b, (char)c);
	}
	if (b.len > JJ_DIGITS_MAX ||
	    !jj_int_parse(j, b.p ? b.p : "", b.len, (unsigned)base, out))
		return false;
	if (neg)
		*out = jj_int_neg(j, *out);
	return true;
}

static struct jj_value
trunc_float(struct jinja *j, double f)
{
	if (isinf(f))
		jj_fail(j, "OverflowError",
		    "cannot convert float infinity to integer");
	return jj_int_of_double(j, trunc(f));
}

static struct jj_value
do_int(struct jinja *j, struct jj_value *v)
{
	struct jj_value r, none = given(v[1]) ? v[1] : jj_int(0);
	int64_t base = 10;
	double f;

	if (v[0].kind == JJ_UNDEF)
		jj_use(j, v[0]);
	if (v[0].kind == JJ_BOOL)
		return jj_int(v[0].u.b);
	if (jj_is_int(v[0]))
		return v[0];
	if (v[0].kind == JJ_FLOAT)
		return isnan(v[0].u.f) ? none : trunc_float(j, v[0].u.f);
	if (v[0].kind != JJ_STR)
		return none;
	if (given(v[2])) /* with a base that is none, as a float */
		base = v[2].kind == JJ_INT || v[2].kind == JJ_BOOL
			   ? jj_index(j, v[2])
			   : -1;
	if (parse_int(j, v[0].u.s, base, &r))
		return r;
	if (!jj_float_parse(j, v[0].u.s->data, v[0].u.s->len, &f) || isnan(f) ||
	    isinf(f))
		return none;
	return jj_int_of_double(j, trunc(f));
}

/* ceil or floor of value * 10^digits, / 10^digits */
static struct jj_value
round_to(struct jinja *j, struct jj_value v, struct jj_value digits, bool up)
{
	struct jj_value unit = jj_binary(j, OP_POW, jj_int(10), digits);
	struct jj_value x = jj_binary(j, OP_MUL, v, unit);

	if (x.kind == JJ_FLOAT && isnan(x.u.f))
		jj_fail(j, "ValueError", "cannot convert float NaN to integer");
	if (x.kind == JJ_FLOAT)
		x = trunc_float(j, up ? ceil(x.u.f) : floor(x.u.f));
	return jj_binary(j, OP_DIV, x, unit);
}

static struct jj_value
do_round(struct jinja *j, struct jj_value *v)
{
	const struct jj_str *method =
	    given(v[2]) && jj_hash(j, v[2]) ? jj_str_of(j, v[2]) : NULL;
	struct jj_value digits = given(v[1]) ? v[1] : jj_int(0);
	bool up = method && strcmp(method->data, "ceil") == 0;

	if (method && !up && strcmp(method->data, "floor") != 0 &&
	    strcmp(method->data, "common") != 0)
		jj_fail(j, "FilterArgumentError",
		    "method must be common, ceil or floor");
	if (up || (method && strcmp(method->data, "floor") == 0)) {
		if (!jj_is_number(v[0]) && v[0].kind != JJ_UNDEF)
			jj_type_error(j, "must be real number, not %s", v[0]);
		return round_to(j, v[0], digits, up);
	}
	if (!jj_is_number(v[0]))
		jj_type_error(
		    j, "type %s doesn't define __round__ method", v[0]);
	if (digits.kind == JJ_NONE && v[0].kind == JJ_FLOAT)
		return do_int(j, (struct jj_value[]){jj_round(j, v[0], 0),
				     jj_missing(), jj_missing()});
	return jj_round(
	    j, v[0], digits.kind == JJ_NONE ? 0 : jj_index(j, digits));
}

static struct jj_value
do_length(struct jinja *j, struct jj_value *v)
{
	int64_t n = jj_len(j, v[0]);

	if (n < 0)
		jj_type_error(j, "object of type '%s' has no len()", v[0]);
	return jj_int(n);
}

static struct jj_value
do_list(struct jinja *j, struct jj_value *v)
{
	return jj_to_list(j, v[0]);
}

static struct jj_value
do_first(struct jinja *j, struct jj_value *v)
{
	struct jj_value item;
	struct jj_iter it;

	jj_iter_begin(j, &it, v[0]);
	if (jj_iter_next(j, &it, &item))
		return item;
	return jj_undef_hint(j, "No first item, sequence was empty.");
}

static struct jj_value
do_last(struct jinja *j, struct jj_value *v)
{
	struct jj_value l;

	if (jj_len(j, v[0]) < 0 || v[0].kind == JJ_LOOP)
		jj_type_error(j, "'%s' object is not reversible", v[0]);
	l = jj_to_list(j, v[0]);
	if (l.u.l->n)
		return l.u.l->v[l.u.l->n - 1];
	return jj_undef_hint(j, "No last item, sequence was empty.");
}

uint64_t
jj_random(struct jinja *j)
{
	uint64_t x;

	j->random += 0x9e3779b97f4a7c15ull; /* splitmix64 */
	x = j->random;
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9ull;
	x = (x ^ x >> 27) * 0x94d049bb133111ebull;
	return x ^ x >> 31;
}

static struct jj_value
do_random(struct jinja *j, struct jj_value *v)
{
	struct jj_value l;

	if (jj_len(j, v[0]) < 0)
		jj_type_error(j, "object of type '%s' has no len()", v[0]);
	l = jj_to_list(j, v[0]);
	if (!l.u.l->n)
		return jj_undef_hint(j, "No random item, sequence was empty.");
	return l.u.l->v[jj_random(j) % l.u.l->n];
}

static struct jj_value
smallest(struct jinja *j, struct jj_value *v, enum jj_op op)
{
	bool exact = given(v[1]) && jj_true(j, v[1]);
	struct jj_value item, best = jj_missing(), best_key = jj_missing();
	struct jj_iter it;

	jj_iter_begin(j, &it, v[0]);
	while (jj_iter_next(j, &it, &item)) {
		struct jj_value key = jj_attr_path(j, item, v[2], jj_missing());

		if (!exact && key.kind == JJ_STR)
			key = jj_lower_str(j, key.u.s);
		if (best.kind == JJ_MISSING ||
		    jj_compare(j, op, key, best_key)) {
			best = item;
			best_key = key;
		}
	}
	if (best.kind != JJ_MISSING)
		return best;
	return jj_undef_hint(j, "No aggregated item, sequence was empty.");
}

static struct jj_value
do_min(struct jinja *j, struct jj_value *v)
{
	return smallest(j, v, OP_LT);
}

static struct jj_value
do_max(struct jinja *j, struct jj_value *v)
{
	return smallest(j, v, OP_GT);
}

static struct jj_value
do_sum(struct jinja *j, struct jj_value *v)
{
	struct jj_value sum = given(v[2]) ? v[2] : jj_int(0), item;
	struct jj_iter it;

	if (sum.kind == JJ_STR)
		jj_fail(j, "TypeError",
		    "sum() can't sum strings [use ''.join(seq) instead]");
	jj_iter_begin(j, &it, v[0]);
	while (jj_iter_next(j, &it, &item))
		sum = jj_binary(
		    j, OP_ADD, sum, jj_attr_path(j, item, v[1], jj_missing()));
	return sum;
}

static struct jj_value
do_join(struct jinja *j, struct jj_value *v)
{
	struct jj_str *sep = given(v[1]) ? jj_str_of(j, v[1]) : NULL;
	struct jj_sb b = {NULL, 0, 0};
	struct jj_value item;
	struct jj_iter it;
	bool first = true;

	jj_iter_begin(j, &it, v[0]);
	while (jj_iter_next(j, &it, &item)) {
		if (!first && sep)
			jj_sb_add(j, &b, sep->data, sep->len);
		first = false;
		jj_str_to(j, &b, jj_attr_path(j, item, v[2], jj_missing()));
	}
	return jj_sb_value(j, &b);
}

static struct jj_value
do_attr(struct jinja *j, struct jj_value *v)
{
	struct jj_value name = v[1], found;

	if (name.kind != JJ_STR)
		jj_type_error(
		    j, "attribute name must be string, not '%s'", name);
	if (v[0].kind == JJ_UNDEF)
		jj_use(j, v[0]);
	found = jj_attribute(j, v[0], name.u.s);
	return found.kind != JJ_MISSING ? found : jj_undef_attr(j, v[0], name);
}

static struct jj_value
do_tojson(struct jinja *j, struct jj_value *v)
{
	if (!given(v[1]) || v[1].kind == JJ_NONE)
		return jj_tojson(j, v[0], NULL);
	if (v[1].kind == JJ_STR || v[0].kind == JJ_STR)
		return jj_tojson(
		    j, v[0], v[1].kind == JJ_STR ? v[1].u.s : NULL);
	return jj_tojson(
	    j, v[0], jj_binary(j, OP_MUL, jj_strz(j, " "), v[1]).u.s);
}

static struct jj_value
do_pprint(struct jinja *j, struct jj_value *v)
{
	return jj_pprint(j, v[0]);
}

/* one more part of "a.b.0": digits index */
static struct jj_value
path_step(struct jinja *j, struct jj_value v, const char *s, size_t n)
{
	struct jj_value key;
	size_t digits = strspn(s, "0123456789");

	if (n && digits >= n && jj_int_parse(j, s, n, 10, &key))
		return jj_getitem(j, v, key);
	return jj_getitem(j, v, jj_string(j, s, n));
}

/* what attribute="a.b" of a filter means: nothing, a path, or an index */
struct jj_value
jj_attr_path(struct jinja *j, struct jj_value v, struct jj_value attr,
    struct jj_value none)
{
	const char *s;

	if (attr.kind == JJ_MISSING || attr.kind == JJ_NONE)
		return v;
	if (attr.kind != JJ_STR) {
		v = jj_getitem(j, v, attr);
		return v.kind == JJ_UNDEF && none.kind != JJ_MISSING &&
			       none.kind != JJ_NONE
			   ? none
			   : v;
	}
	s = attr.u.s->data;
	if (none.kind == JJ_MISSING && !(*s >= '0' && *s <= '9') &&
	    !strchr(s, '.'))
		return jj_getitem(j, v, attr);
	for (;; s++) {
		size_t n = strcspn(s, ".");

		v = path_step(j, v, s, n);
		if (v.kind == JJ_UNDEF && none.kind != JJ_MISSING &&
		    none.kind != JJ_NONE)
			v = none;
		s += n;
		if (!*s)
			return v;
	}
}

const struct jj_builtin jj_filters_num[] = {
    {"abs", "abs", do_abs, NULL, 1, 1, {"x"}},
    {"default", "do_default", do_default, NULL, 1, 3,
	{"value", "default_value", "boolean"}},
    {"d", "do_default", do_default, NULL, 1, 3,
	{"value", "default_value", "boolean"}},
    {"float", "do_float", do_float, NULL, 1, 2, {"value", "default"}},
    {"int", "do_int", do_int, NULL, 1, 3, {"value", "default", "base"}},
    {"round", "do_round", do_round, NULL, 1, 3,
	{"value", "precision", "method"}},
    {"length", "len", do_length, NULL, 1, 1, {"obj"}},
    {"count", "len", do_length, NULL, 1, 1, {"obj"}},
    {"list", "do_list", do_list, NULL, 1, 1, {"value"}},
    {"first", "sync_do_first", do_first, NULL, 1, 1, {"seq"}},
    {"last", "do_last", do_last, NULL, 1, 1, {"seq"}},
    {"random", "do_random", do_random, NULL, 1, 1, {"seq"}},
    {"min", "do_min", do_min, NULL, 1, 3,
	{"value", "case_sensitive", "attribute"}},
    {"max", "do_max", do_max, NULL, 1, 3,
	{"value", "case_sensitive", "attribute"}},
    {"sum", "sync_do_sum", do_sum, NULL, 1, 3,
	{"iterable", "attribute", "start"}},
    {"join", "sync_do_join", do_join, NULL, 1, 3, {"value", "d", "attribute"}},
    {"attr", "do_attr", do_attr, NULL, 2, 2, {"obj", "name"}},
    {"pprint", "do_pprint", do_pprint, NULL, 1, 1, {"value"}},
    {"tojson", "do_tojson", do_tojson, NULL, 1, 2, {"value", "indent"}},
    {NULL, NULL, NULL, NULL, 0, 0, {NULL}}};
