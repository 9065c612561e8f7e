/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Floats as text and back, and rounding: to the last bit as Python does. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lang/jinja_private.h"

static int
exponent_of(const char *text)
{
	return (int)strtol(strchr(text, 'e') + 1, NULL, 10);
}

/* digits d1d2..dn of v > 0 and the decimal exponent of d1: the shortest that
 * read back as v */
static int
shortest(double v, char *digits, int *exponent)
{
	char text[40];
	int from = v < 2.3e-308 ? 1 : 15, e;

	/* 15 digits are always exact both ways for normal numbers, so the
	 * shortest is that without its trailing zeros, or longer */
	for (int n = from; n <= 17; n++) {
		snprintf(text, sizeof(text), "%.*e", n - 1, v);
		if (strtod(text, NULL) == v)
			break;
		/* Below a power of two the doubles lie twice as close: the
		 * nearest decimal may miss where the next above does not. */
		if (frexp(v, &e) == 0.5 && n > 1) {
			char *p = strchr(text, 'e') - 1;

			while (*p == '9' || *p == '.') {
				if (*p == '9')
					*p = '0';
				p--;
			}
			if (p >= text)
				++*p;
			if (p >= text && strtod(text, NULL) == v)
				break;
		}
	}
	*exponent = exponent_of(text);
	e = 0;
	for (const char *p = text; *p != 'e'; p++)
		if (*p != '.')
			digits[e++] = *p;
	while (e > 1 && digits[e - 1] == '0')
		e--;
	return e;
}

/* most numbers of a macro have few decimals: v = m / 10^k exactly rounded */
static size_t
plain(char *out, double v)
{
	unsigned k;
	uint64_t m;

	if (!(v < 9e8) || v < 1e-4)
		return 0;
	m = (uint64_t)(int64_t)v;
	if ((double)(int64_t)m == v) {
		m *= 10;
		k = 1;
	} else {
		k = 3;
		m = (uint64_t)(int64_t)(v * 1e3 + 0.5);
		if ((double)(int64_t)m / 1e3 != v) {
			k = 6;
			m = (uint64_t)(int64_t)(v * 1e6 + 0.5);
			if ((double)(int64_t)m / 1e6 != v)
				return 0;
		}
		for (; m % 10 == 0; m /= 10)
			k--;
	}
	return jj_put_scaled(out, m, k);
}

static size_t
positional(char *out, const char *digits, int n, int e)
{
	size_t len = 0;
	int i = 0;

	if (e < 0) {
		out[len++] = '0';
		out[len++] = '.';
		for (int z = -1; z > e; z--)
			out[len++] = '0';
	}
	for (; i < n; i++) {
		if (e >= 0 && i == e + 1)
			out[len++] = '.';
		out[len++] = digits[i];
	}
	if (e >= 0 && n <= e + 1) {
		for (; i <= e; i++)
			out[len++] = '0';
		out[len++] = '.';
		out[len++] = '0';
	}
	return len;
}

size_t
jj_float_repr(char *out, double v)
{
	char digits[24];
	size_t len = 0;
	int n, e;

	if (isnan(v))
		return (size_t)snprintf(out, JJ_FLOAT_MAX, "nan");
	if (signbit(v)) {
		out[len++] = '-';
		v = -v;
	}
	if (isinf(v))
		return len + (size_t)snprintf(out + len, 8, "inf");
	if (v == 0) {
		memcpy(out + len, "0.0", 4);
		return len + 3;
	}
	if ((n = (int)plain(out + len, v))) {
		out[len + (size_t)n] = '\0';
		return len + (size_t)n;
	}
	n = jj_digits17(v, digits, &e);
	if (!n)
		n = shortest(v, digits, &e);
	if (e >= -4 && e < 16) {
		len += positional(out + len, digits, n, e);
	} else {
		out[len++] = digits[0];
		if (n > 1) {
			out[len++] = '.';
			memcpy(out + len, digits + 1, (size_t)n - 1);
			len += (size_t)n - 1;
		}
		len += (size_t)snprintf(
		    out + len, 8, "e%c%02d", e < 0 ? '-' : '+', abs(e));
	}
	out[len] = '\0';
	return len;
}

/* sign, up to 15 digits, a point somewhere: one rounding, as strtod(3) */
static bool
parse_plain(const char *s, size_t n, double *out)
{
	static const double ten[] = {1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8,
	    1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};
	bool minus = n && s[0] == '-', point = false;
	unsigned digits = 0, after = 0;
	int64_t m = 0;

	for (size_t i = minus; i < n; i++) {
		if (s[i] >= '0' && s[i] <= '9') {
			m = m * 10 + (s[i] - '0');
			after += point;
			if (++digits > 15)
				return false;
		} else if (s[i] == '.' && !point) {
			point = true;
		} else {
			return false;
		}
	}
	*out = (minus ? -1.0 : 1.0) * (double)m / ten[after];
	return digits > 0;
}

/* float("...") of Python */
bool
jj_float_parse(struct jinja *j, const char *s, size_t n, double *out)
{
	const char *end = s + n, *p = s;
	struct jj_sb b = {NULL, 0, 0};
	bool digit = false;
	char *stop;

	if (parse_plain(s, n, out))
		return true;
	while (p < end) { /* blanks off, digits of any script */
		const char *q = p;
		uint32_t c = jj_utf8_next(&q, end);
		int d = jj_decimal_value(c);

		if (c == '_') {
			if (!digit || q >= end || *q < '0' || *q > '9')
				return false;
		} else if (d >= 0) {
			jj_sb_putc(j, &b, (char)('0' + d));
		} else if (jj_is_space(c)) {
			jj_sb_putc(j, &b, ' ');
		} else if (c >= 0x80) {
			return false;
		} else {
			jj_sb_putc(j, &b, (char)c);
		}
		digit = d >= 0;
		p = q;
	}
	while (b.len && b.p[b.len - 1] == ' ')
		b.len--;
	jj_sb_putc(j, &b, '\0');
	for (s = b.p; *s == ' '; s++)
		;
	p = s + (*s == '-' || *s == '+');
	/* no hexadecimal, no nan(...) as strtod(3) has */
	if (strlen(s) + 1 != b.len - (size_t)(s - b.p))
		return false;
	if (!((*p >= '0' && *p <= '9') || *p == '.' || ((*p | 32) == 'i') ||
		((*p | 32) == 'n')))
		return false;
	if ((p[0] == '0' && (p[1] | 32) == 'x') || strchr(p, '('))
		return false;
	*out = strtod(s, &stop);
	return stop != s && !*stop;
}

/* v rounded at the digits-th digit before the point (digits < 0) */
static double
round_left(double v, int64_t digits)
{
	char text[360];
	int e, keep;

	if (!isfinite(v) || v == 0)
		return v;
	snprintf(text, sizeof(text), "%.17e", v);
	e = exponent_of(text);
	if (e + 1 + digits < 0)
		return copysign(0, v);
	keep = (int)(e + 1 + digits);
	if (!keep) { /* nothing is kept: 0, or one unit of it */
		double half = 0.5 * pow(10, (double)-digits);

		return copysign(fabs(v) > half ? 2 * half : 0, v);
	}
	snprintf(text, sizeof(text), "%.*e", keep - 1, v);
	return strtod(text, NULL);
}

static struct jj_value
round_int(struct jinja *j, struct jj_value v, int64_t digits)
{
	struct jj_value unit, q, r, twice;
	int c;

	if (digits >= 0)
		return v;
	unit = jj_int_pow(j, jj_int(10), (uint64_t)-digits);
	jj_int_divmod(j, v, unit, &q, &r);
	twice = jj_int_add(j, r, r);
	c = jj_int_cmp(twice, unit);
	if (c > 0 ||
	    (c == 0 && (q.kind == JJ_BIG ? q.u.big->d[0] & 1 : q.u.i & 1)))
		q = jj_int_add(j, q, jj_int(1));
	return jj_int_mul(j, q, unit);
}

struct jj_value
jj_round(struct jinja *j, struct jj_value v, int64_t digits)
{
	static const double ten[] = {1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8,
	    1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};
	char text[400];
	uint64_t scaled;
	double r;

	if (v.kind == JJ_BOOL)
		v = jj_int(v.u.b);
	if (v.kind == JJ_INT || v.kind == JJ_BIG)
		return round_int(j, v, digits < -20000 ? -20000 : digits);
	if (digits > 323 || !isfinite(v.u.f))
		return v;
	if (digits < -309)
		return jj_float(copysign(0, v.u.f));
	if (jj_scaled(fabs(v.u.f), digits, &scaled)) {
		r = copysign((double)scaled / ten[digits], v.u.f);
	} else if (digits < 0) {
		r = round_left(v.u.f, digits);
	} else if (fabs(v.u.f) >= 1e22) {
		return v;
	} else {
		/* the exact binary value, rounded half to even */
		snprintf(text, sizeof(text), "%.*f", (int)digits, v.u.f);
		r = strtod(text, NULL);
	}
	if (isinf(r))
		jj_fail(
		    j, "OverflowError", "rounded value too large to represent");
	return jj_float(r);
}
