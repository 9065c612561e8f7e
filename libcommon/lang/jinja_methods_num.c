/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Methods of numbers, ranges and bytes. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lang/jinja_private.h"

static bool
given(struct jj_value v)
{
	return v.kind != JJ_MISSING;
}

static struct jj_value
pair(struct jinja *j, struct jj_value a, struct jj_value b)
{
	struct jj_value t = jj_tuple_new(j, 2);

	jj_append(j, t, a);
	jj_append(j, t, b);
	return t;
}

static struct jj_value
whole(struct jj_value v)
{
	return v.kind == JJ_BOOL ? jj_int(v.u.b) : v;
}

/* ---- int and float ---- */

static struct jj_value
n_conjugate(struct jinja *j, struct jj_value *v)
{
	return jj_unary(j, OP_POS, v[0]);
}

static struct jj_value
i_ratio(struct jinja *j, struct jj_value *v)
{
	return pair(j, whole(v[0]), jj_int(1));
}

static struct jj_value
f_ratio(struct jinja *j, struct jj_value *v)
{
	struct jj_value num, den = jj_int(1), two = jj_int(2);
	double m = v[0].u.f;
	int e;

	if (isinf(m))
		jj_fail(j, "OverflowError",
		    "cannot convert Infinity to integer ratio");
	if (isnan(m))
		jj_fail(j, "ValueError", "cannot convert NaN to integer ratio");
	m = frexp(m, &e);
	while (m != floor(m)) { /* up to 53 times */
		m *= 2;
		e--;
	}
	num = jj_int_of_double(j, m);
	if (m == 0)
		e = 0;
	if (e > 0)
		num = jj_int_mul(j, num, jj_int_pow(j, two, (uint64_t)e));
	else
		den = jj_int_pow(j, two, (uint64_t)-e);
	return pair(j, num, den);
}

static struct jj_value
f_is_integer(struct jinja *j, struct jj_value *v)
{
	(void)j;
	return jj_bool(isfinite(v[0].u.f) && v[0].u.f == floor(v[0].u.f));
}

static struct jj_value
f_hex(struct jinja *j, struct jj_value *v)
{
	struct jj_sb b = {NULL, 0, 0};
	double f = v[0].u.f;
	uint64_t bits;
	int e;

	if (!isfinite(f))
		return jj_of_str(jj_str_of(j, v[0]));
	memcpy(&bits, &f, sizeof(bits));
	e = (int)(bits >> 52 & 0x7ff);
	if (signbit(f))
		jj_sb_putc(j, &b, '-');
	if (f == 0)
		jj_sb_puts(j, &b, "0x0.0p+0");
	else
		jj_sb_addf(j, &b, "0x%d.%013llxp%+d", e != 0,
		    (unsigned long long)(bits & ((1ull << 52) - 1)),
		    e ? e - 1023 : -1022);
	return jj_sb_value(j, &b);
}

/* [0x]HEX[.HEX][p[+-]DIGITS], as strtod(3) reads it behind 0x */
static bool
hex_number(const char *s)
{
	static const char hex[] = "0123456789abcdefABCDEF";
	size_t n = strspn(s, hex), more = 0;

	s += n;
	if (*s == '.') {
		more = strspn(++s, hex);
		s += more;
	}
	if ((*s | 32) == 'p') {
		s += 1 + (s[1] == '-' || s[1] == '+');
		if (!strspn(s, "0123456789"))
			return false;
		s += strspn(s, "0123456789");
	}
	return n + more > 0 && !*s;
}

static struct jj_value
f_fromhex(struct jinja *j, struct jj_value *v)
{
	struct jj_sb b = {NULL, 0, 0};
	const char *s, *digits;
	double f = 0;

	if (v[1].kind != JJ_STR)
		jj_type_error(j, "bad argument type for built-in operation%s",
		    jj_strz(j, ""));
	s = jj_trim_str(j, v[1].u.s, NULL, true, true).u.s->data;
	digits = s + (*s == '-' || *s == '+');
	if (jj_float_parse(j, s, strlen(s), &f) && !isfinite(f) &&
	    ((*digits | 32) == 'i' || (*digits | 32) == 'n'))
		return jj_float(f);
	if (digits[0] == '0' && (digits[1] | 32) == 'x')
		digits += 2;
	if (!hex_number(digits))
		jj_fail(j, "ValueError",
		    "invalid hexadecimal floating-point string");
	jj_sb_puts(j, &b, *s == '-' ? "-0x" : "0x");
	jj_sb_add(j, &b, digits, strlen(digits) + 1);
	f = strtod(b.p, NULL);
	if (isinf(f))
		jj_fail(j, "OverflowError",
		    "hexadecimal value too large to represent as a float");
	return jj_float(f);
}

static struct jj_value
i_bit_length(struct jinja *j, struct jj_value *v)
{
	(void)j;
	return jj_int(jj_int_bits(v[0]));
}

static struct jj_value
i_bit_count(struct jinja *j, struct jj_value *v)
{
	struct jj_value n = whole(v[0]);
	int64_t count = 0;

	(void)j;
	if (n.kind == JJ_INT)
		return jj_int(__builtin_popcountll(
		    n.u.i < 0 ? -(uint64_t)n.u.i : (uint64_t)n.u.i));
	for (uint32_t i = 0; i < n.u.big->n; i++)
		count += __builtin_popcountll(n.u.big->d[i]);
	return jj_int(count);
}

static bool
is_little(struct jinja *j, struct jj_value order)
{
	if (!given(order))
		return false;
	if (order.kind != JJ_STR)
		jj_type_error(
		    j, "argument 'byteorder' must be str, not %s", order);
	if (strcmp(order.u.s->data, "little") != 0 &&
	    strcmp(order.u.s->data, "big") != 0)
		jj_fail(j, "ValueError",
		    "byteorder must be either 'little' or 'big'");
	return order.u.s->data[0] == 'l';
}

/* int.to_bytes(length=1, byteorder="big", signed=False) */
static struct jj_value
i_to_bytes(struct jinja *j, struct jj_value *v)
{
	int64_t length = given(v[1]) ? jj_size_arg(j, v[1]) : 1;
	bool is_signed = given(v[3]) && jj_true(j, v[3]), little;
	struct jj_value n = whole(v[0]), low;
	struct jj_str *s;
	unsigned bits;

	little = is_little(j, v[2]);
	if (length < 0)
		jj_fail(
		    j, "ValueError", "length argument must be non-negative");
	if (jj_int_sign(n) < 0 && !is_signed)
		jj_fail(j, "OverflowError",
		    "can't convert negative int to unsigned");
	/* -128 has room in a byte, 128 has not */
	bits =
	    jj_int_bits(jj_int_sign(n) < 0 ? jj_int_add(j, n, jj_int(1)) : n);
	if (bits + is_signed > 8 * (uint64_t)length &&
	    (bits || length || jj_int_sign(n)))
		jj_fail(j, "OverflowError", "int too big to convert");
	s = jj_alloc(j, sizeof(*s) + (size_t)length + 1);
	s->len = s->chars = (uint32_t)length;
	memset(s->data, jj_int_sign(n) < 0 ? 0xff : 0, (size_t)length);
	for (int64_t i = 0; i <= (int64_t)bits / 8 && i < length; i++) {
		jj_int_divmod(j, n, jj_int(256), &n, &low);
		s->data[little ? i : length - 1 - i] = (char)low.u.i;
	}
	return jj_ptr(JJ_BYTES, s);
}

static struct jj_value
i_from_bytes(struct jinja *j, struct jj_value *v)
{
	bool is_signed = given(v[3]) && jj_true(j, v[3]);
	bool little = is_little(j, v[2]);
	struct jj_value n = jj_int(0), l;
	const struct jj_list *b;

	if (v[1].kind == JJ_STR || !jj_iterable(v[1]))
		jj_type_error(j, "cannot convert '%s' object to bytes", v[1]);
	l = jj_to_list(j, v[1]);
	b = l.u.l;
	for (uint32_t i = 0; i < b->n; i++) {
		struct jj_value d = b->v[little ? b->n - 1 - i : i];
		int64_t byte = jj_index(j, d);

		if (byte < 0 || byte > 255)
			jj_fail(
			    j, "ValueError", "bytes must be in range(0, 256)");
		if (!i && is_signed && byte > 127)
			byte -= 256;
		n = jj_int_add(j, jj_int_mul(j, n, jj_int(256)), jj_int(byte));
	}
	return n;
}

/* ---- range ---- */

static struct jj_value
r_count(struct jinja *j, struct jj_value *v)
{
	return jj_int(jj_contains(j, v[1], v[0]));
}

static struct jj_value
r_index(struct jinja *j, struct jj_value *v)
{
	const struct jj_range_value *r = v[0].u.p;

	if (!jj_contains(j, v[1], v[0]))
		jj_fail(j, "ValueError", "%.200s is not in range",
		    jj_repr_z(j, v[1]));
	return jj_int(((int64_t)jj_to_double(j, v[1]) - r->start) / r->step);
}

/* ---- bytes ---- */

static struct jj_value
b_decode(struct jinja *j, struct jj_value *v)
{
	return jj_decode(j, v[0].u.s, v[1], v[2]);
}

static struct jj_value
b_hex(struct jinja *j, struct jj_value *v)
{
	struct jj_sb b = {NULL, 0, 0};

	for (uint32_t i = 0; i < v[0].u.s->len; i++)
		jj_sb_addf(j, &b, "%02x", (unsigned char)v[0].u.s->data[i]);
	return jj_sb_value(j, &b);
}

#define NONE                                                                   \
	{                                                                      \
		NULL                                                           \
	}
static const struct jj_builtin of_int[] = {
    {"as_integer_ratio", "int.as_integer_ratio", i_ratio, NULL, 1, 1, NONE},
    {"bit_count", "int.bit_count", i_bit_count, NULL, 1, 1, NONE},
    {"bit_length", "int.bit_length", i_bit_length, NULL, 1, 1, NONE},
    {"conjugate", "int.conjugate", n_conjugate, NULL, 1, 1, NONE},
    {"from_bytes", NULL, i_from_bytes, NULL, 2, 4,
	{"", "bytes", "byteorder", "signed"}},
    {"to_bytes", NULL, i_to_bytes, NULL, 1, 4,
	{"", "length", "byteorder", "signed"}},
    {NULL, NULL, NULL, NULL, 0, 0, NONE}};
static const struct jj_builtin of_float[] = {
    {"as_integer_ratio", "float.as_integer_ratio", f_ratio, NULL, 1, 1, NONE},
    {"conjugate", "float.conjugate", n_conjugate, NULL, 1, 1, NONE},
    {"fromhex", "float.fromhex", f_fromhex, NULL, 2, 2, NONE},
    {"hex", "float.hex", f_hex, NULL, 1, 1, NONE},
    {"is_integer", "float.is_integer", f_is_integer, NULL, 1, 1, NONE},
    {NULL, NULL, NULL, NULL, 0, 0, NONE}};
static const struct jj_builtin of_range[] = {
    {"count", "range.count", r_count, NULL, 2, 2, NONE},
    {"index", "range.index", r_index, NULL, 2, 2, NONE},
    {NULL, NULL, NULL, NULL, 0, 0, NONE}};
static const struct jj_builtin of_bytes[] = {
    {"decode", NULL, b_decode, NULL, 1, 3, {"", "encoding", "errors"}},
    {"hex", NULL, b_hex, NULL, 1, 1, NONE},
    {NULL, NULL, NULL, NULL, 0, 0, NONE}};

const struct jj_builtin *
jj_small_method(struct jj_value v, const char *s)
{
	const struct jj_builtin *t = v.kind == JJ_FLOAT	  ? of_float
				     : v.kind == JJ_RANGE ? of_range
				     : v.kind == JJ_BYTES ? of_bytes
							  : of_int;

	for (; t->name; t++)
		if (strcmp(t->name, s) == 0)
			return t;
	return NULL;
}
