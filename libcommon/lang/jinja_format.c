/* SPDX-License-Identifier: GPL-3.0-or-later */
/* "{}".format(...): fields, and Python's format specifications. */
#include <math.h>
#include <string.h>

#include "lang/jinja_private.h"

struct spec {
	uint32_t fill;
	char align; /* < > ^ = or 0 */
	bool asked; /* for that align */
	char sign;  /* + - space or 0 */
	bool alt, zero;
	int64_t width, precision; /* -1: none */
	char group;		  /* , _ or 0 */
	char type;		  /* or 0 */
};

static int64_t
digits(struct jinja *j, const char **p, const char *end)
{
	int64_t n = 0;

	for (; *p < end && **p >= '0' && **p <= '9'; ++*p) {
		n = n * 10 + (**p - '0');
		if (n > 1000000)
			jj_fail(j, "ValueError",
			    "Too many decimal digits in format string");
	}
	return n;
}

static bool
is_align(char c)
{
	return c && strchr("<>^=", c);
}

static void
parse_spec(struct jinja *j, struct spec *f, const char *p, const char *end,
    const char *type)
{
	const char *q = p;

	memset(f, 0, sizeof(*f));
	f->fill = ' ';
	f->width = f->precision = -1;
	if (p < end) {
		uint32_t c = jj_utf8_next(&q, end);

		if (q < end && is_align(*q)) {
			f->fill = c;
			f->align = *q;
			p = q + 1;
		} else if (is_align(*p)) {
			f->align = *p++;
		}
	}
	f->asked = f->align;
	if (p < end && strchr("+- ", *p) && *p)
		f->sign = *p++;
	if (p < end && *p == '#') {
		f->alt = true;
		p++;
	}
	if (p < end && *p == '0') {
		f->zero = true;
		p++;
	}
	if (p < end && *p >= '0' && *p <= '9')
		f->width = digits(j, &p, end);
	if (p < end && (*p == ',' || *p == '_'))
		f->group = *p++;
	if (p < end && *p == '.') {
		p++;
		if (p >= end || *p < '0' || *p > '9')
			jj_fail(j, "ValueError",
			    "Format specifier missing precision");
		f->precision = digits(j, &p, end);
	}
	if (end - p > 1)
		jj_fail(j, "ValueError",
		    "Invalid format specifier '%.*s' for object of type '%s'",
		    (int)(end - p > 50 ? 50 : end - p), p, type);
	if (p < end)
		f->type = *p;
	if (f->zero && !f->align) {
		f->align = '=';
		f->fill = '0';
	} else if (f->zero && f->fill == ' ') {
		f->fill = '0';
	}
}

static void
unknown_code(struct jinja *j, const struct spec *f, struct jj_value v)
{
	jj_fail(j, "ValueError",
	    "Unknown format code '%c' for object of type '%s'", f->type,
	    jj_type_name(v));
}

/* separators between groups of digits, counted from the right of the whole
 * part; zeros that fill the width are grouped too */
static void
grouped(struct jinja *j, struct jj_sb *b, const char *s, size_t n,
    const struct spec *f, int64_t width)
{
	bool hex = f->type == 'x' || f->type == 'X';
	size_t size = hex || f->type == 'o' || f->type == 'b' ? 4 : 3;
	size_t whole = strspn(s, hex ? "0123456789abcdefABCDEF" : "0123456789");
	struct jj_sb rev = {NULL, 0, 0};
	size_t count = 0;

	if (whole > n)
		whole = n;
	for (size_t i = whole;
	     i > 0 || (f->align == '=' && f->fill == '0' &&
			  (int64_t)(rev.len + n - whole) < width);) {
		if (count && count % size == 0)
			jj_sb_putc(j, &rev, f->group);
		jj_sb_putc(j, &rev, i > 0 ? s[--i] : '0');
		count++;
	}
	while (rev.len)
		jj_sb_putc(j, b, rev.p[--rev.len]);
	jj_sb_add(j, b, s + whole, n - whole);
}

/* sign, prefix and digits in their width */
static struct jj_value
put_number(struct jinja *j, const struct spec *f, bool neg, const char *prefix,
    const char *s, size_t n)
{
	const char *sign = neg		    ? "-"
			   : f->sign == '+' ? "+"
			   : f->sign == ' ' ? " "
					    : "";
	struct jj_sb b = {NULL, 0, 0}, d = {NULL, 0, 0};
	int64_t width = f->width, head, pad, left;

	head = (int64_t)(strlen(sign) + strlen(prefix));
	if (f->group)
		grouped(j, &d, s, n, f, width - head);
	else
		jj_sb_add(j, &d, s, n);
	pad = width - head - jj_utf8_count(d.p ? d.p : "", d.len);
	if (pad < 0)
		pad = 0;
	left = f->align == '<' ? 0 : f->align == '^' ? pad / 2 : pad;
	if (f->align != '=')
		jj_sb_fill(j, &b, f->fill, left);
	jj_sb_puts(j, &b, sign);
	jj_sb_puts(j, &b, prefix);
	if (f->align == '=')
		jj_sb_fill(j, &b, f->fill, pad);
	jj_sb_add(j, &b, d.p ? d.p : "", d.len);
	if (f->align != '=')
		jj_sb_fill(j, &b, f->fill, pad - left);
	return jj_sb_value(j, &b);
}

static struct jj_value
format_int(struct jinja *j, const struct spec *f, struct jj_value v)
{
	unsigned base = f->type == 'x' || f->type == 'X' ? 16
			: f->type == 'o'		 ? 8
			: f->type == 'b'		 ? 2
							 : 10;
	struct jj_sb d = {NULL, 0, 0};
	char prefix[3] = {'0', f->type, '\0'};
	bool neg;

	if (f->precision >= 0)
		jj_fail(j, "ValueError",
		    "Precision not allowed in integer format specifier");
	if (f->type == 'c') {
		char one[4];

		if (f->sign || f->alt)
			jj_fail(j, "ValueError",
			    "%s not allowed with integer format specifier 'c'",
			    f->sign ? "Sign" : "Alternate form (#)");
		if (v.kind == JJ_BIG)
			jj_fail(j, "OverflowError",
			    "Python int too large to convert to C long");
		if (jj_index(j, v) < 0 || jj_index(j, v) >= 0x110000)
			jj_fail(j, "OverflowError",
			    "%%c arg not in range(0x110000)");
		return put_number(j, f, false, "", one,
		    jj_utf8_put(one, (uint32_t)jj_index(j, v)));
	}
	jj_int_to(j, &d, v, base);
	neg = d.p[0] == '-';
	for (size_t i = 0; f->type == 'X' && i < d.len; i++)
		d.p[i] = (char)jj_upper1((unsigned char)d.p[i]);
	jj_sb_putc(j, &d, '\0');
	return put_number(j, f, neg, f->alt && base != 10 ? prefix : "",
	    d.p + neg, d.len - 1 - neg);
}

static int64_t
exponent(const struct jj_sb *b)
{
	const char *e = memchr(b->p, 'e', b->len);
	int64_t n = 0;

	for (const char *p = e + 2; p < b->p + b->len; p++)
		n = n * 10 + (*p - '0');
	return e[1] == '-' ? -n : n;
}

/* 1.20e+02 to 1.2e+02 */
static void
strip_zeros(struct jj_sb *b)
{
	char *e = memchr(b->p, 'e', b->len), *to = e;

	if (!memchr(b->p, '.', (size_t)(e - b->p)))
		return;
	while (to[-1] == '0')
		to--;
	to -= to[-1] == '.';
	memmove(to, e, b->len - (size_t)(e - b->p));
	b->len -= (size_t)(e - to);
}

/* 1e+16 to 1.e+16 */
static void
insert_point(struct jinja *j, struct jj_sb *b)
{
	char *e = memchr(b->p, 'e', b->len);
	size_t at = e ? (size_t)(e - b->p) : b->len;

	jj_sb_putc(j, b, '.');
	memmove(b->p + at + 1, b->p + at, b->len - 1 - at);
	b->p[at] = '.';
}

/* without a type a float shows at least one decimal, and an exponent where
 * there is no room for that */
static void
general(struct jinja *j, struct jj_sb *b, double f, const struct spec *s)
{
	int64_t digits = s->precision > 0 ? s->precision : 1;
	char text[JJ_FLOAT_MAX];

	if (s->precision < 0) {
		jj_sb_add(j, b, text, jj_float_repr(text, f));
		if (s->alt && isfinite(f) && !memchr(b->p, '.', b->len))
			insert_point(j, b);
		return;
	}
	jj_float_text(j, b, f, 'e', digits - 1, s->alt);
	if (isfinite(f) && exponent(b) == digits - 1) {
		if (!s->alt)
			strip_zeros(b);
		return;
	}
	b->len = 0;
	jj_float_text(j, b, f, 'g', digits, s->alt);
	if (isfinite(f) && !memchr(b->p, '.', b->len) &&
	    !memchr(b->p, 'e', b->len))
		jj_sb_puts(j, b, ".0");
}

static struct jj_value
format_float(struct jinja *j, const struct spec *f, struct jj_value v)
{
	double d = jj_to_double(j, v), m = fabs(d);
	int64_t precision = f->precision < 0 ? 6 : f->precision;
	struct jj_sb b = {NULL, 0, 0};

	switch (f->type) {
	case '\0':
		general(j, &b, m, f);
		break;
	case '%':
		jj_float_text(j, &b, m * 100, 'f', precision, f->alt);
		jj_sb_putc(j, &b, '%');
		break;
	case 'n':
		jj_float_text(j, &b, m, 'g', precision, f->alt);
		break;
	default:
		jj_float_text(
		    j, &b, m, (unsigned char)f->type, precision, f->alt);
	}
	jj_sb_putc(j, &b, '\0');
	return put_number(j, f, signbit(d) && !isnan(d), "", b.p, b.len - 1);
}

static struct jj_value
format_text(struct jinja *j, const struct spec *f, const struct jj_str *s)
{
	if (f->type && f->type != 's')
		unknown_code(j, f, jj_strz(j, ""));
	if (f->sign)
		jj_fail(j, "ValueError",
		    "Sign not allowed in string format specifier");
	if (f->alt)
		jj_fail(j, "ValueError",
		    "Alternate form (#) not allowed in string format "
		    "specifier");
	if (f->align == '=' && f->asked)
		jj_fail(j, "ValueError",
		    "'=' alignment not allowed in string format specifier");
	if (f->precision >= 0 && f->precision < s->chars)
		s = jj_sub(j, s, 0, jj_utf8_offset(s, (uint32_t)f->precision))
			.u.s;
	return jj_pad(j, s, f->width, f->fill,
	    f->align == '^'   ? '|'
	    : f->align == '>' ? '>'
			      : '<');
}

static struct jj_value
format_number(struct jinja *j, const struct spec *given, struct jj_value v)
{
	struct spec f = *given;

	if (!f.align)
		f.align = '>';
	if (jj_is_int(v) && f.type && strchr("eEfFgG%", f.type))
		return format_float(j, &f, v);
	if (jj_is_int(v)) {
		if (f.type && !strchr("bcdnoxX", f.type))
			unknown_code(j, &f, v);
		return format_int(j, &f, v.kind == JJ_BOOL ? jj_int(v.u.b) : v);
	}
	if (f.type && !strchr("eEfFgGn%", f.type))
		unknown_code(j, &f, v);
	return format_float(j, &f, v);
}

static void
check_group(struct jinja *j, const struct spec *f, struct jj_value v)
{
	char type = f->type		 ? f->type
		    : v.kind == JJ_STR	 ? 's'
		    : v.kind != JJ_FLOAT ? 'd'
					 : 'g';

	if (f->group && !strchr("defgEFG%", type) &&
	    !(f->group == '_' && strchr("boxX", type)))
		jj_fail(j, "ValueError", "Cannot specify '%c' with '%c'.",
		    f->group, type);
}

/* format(value, spec) */
struct jj_value
jj_format_spec(struct jinja *j, struct jj_value v, const char *spec, size_t len)
{
	struct spec f;

	if (!len)
		return jj_of_str(jj_str_of(j, v));
	if (v.kind == JJ_UNDEF || (!jj_is_number(v) && v.kind != JJ_STR))
		jj_fail(j, "TypeError",
		    "unsupported format string passed to %s.__format__",
		    jj_type_name(v));
	parse_spec(j, &f, spec, spec + len, jj_type_name(v));
	check_group(j, &f, v);
	if (v.kind == JJ_STR)
		return format_text(j, &f, v.u.s);
	return format_number(j, &f, v);
}

/* ---- fields ---- */

struct fields {
	const struct jj_args *args;
	int64_t next; /* automatic number; -1 once numbers were given */
	bool automatic;
};

static struct jj_value
by_number(struct jinja *j, struct fields *f, struct jj_value n)
{
	int64_t i = jj_index(j, n);

	if (i >= f->args->n)
		jj_fail(j, "IndexError",
		    "Replacement index %lld out of range for positional args "
		    "tuple",
		    (long long)i);
	return f->args->v[i];
}

static struct jj_value
by_name(struct jinja *j, struct fields *f, const char *s, size_t n)
{
	for (uint32_t i = 0; i < f->args->nkw; i++)
		if (f->args->name[i]->len == n &&
		    memcmp(f->args->name[i]->data, s, n) == 0)
			return f->args->kw[i];
	jj_fail(j, "KeyError", "%.200s", jj_quote(j, s, n));
}

static bool
all_digits(const char *s, size_t n)
{
	return n && strspn(s, "0123456789") >= n;
}

/* v has no such item: as Python says it */
static void
no_item(struct jinja *j, struct jj_value v, struct jj_value key)
{
	const char *type = v.kind == JJ_STR ? "string" : jj_type_name(v);

	switch (v.kind) {
	case JJ_DICT:
	case JJ_HOST:
		jj_fail(j, "KeyError", "%.200s", jj_repr_z(j, key));
	case JJ_STR:
	case JJ_BYTES:
	case JJ_LIST:
	case JJ_TUPLE:
	case JJ_RANGE:
		if (key.kind != JJ_STR)
			jj_fail(j, "IndexError", "%s index out of range", type);
		jj_fail(j, "TypeError",
		    v.kind == JJ_STR
			? "%s indices must be integers, not 'str'"
			: "%s indices must be integers or slices, not str",
		    type);
	default:
		jj_fail(
		    j, "TypeError", "'%s' object is not subscriptable", type);
	}
}

/* name.attr[item]... */
static struct jj_value
field_value(struct jinja *j, struct fields *f, const char *s, size_t n)
{
	const char *end = s + n, *p = s;
	struct jj_value v, key, item;

	while (p < end && *p != '.' && *p != '[')
		p++;
	if (p == s) {
		if (f->next < 0)
			jj_fail(j, "ValueError",
			    "cannot switch from manual field specification "
			    "to automatic field numbering");
		f->automatic = true;
		v = by_number(j, f, jj_int(f->next++));
	} else if (all_digits(s, (size_t)(p - s)) &&
		   jj_int_parse(j, s, (size_t)(p - s), 10, &key)) {
		if (f->automatic)
			jj_fail(j, "ValueError",
			    "cannot switch from automatic field numbering to "
			    "manual field specification");
		f->next = -1;
		v = by_number(j, f, key);
	} else {
		v = by_name(j, f, s, (size_t)(p - s));
	}
	while (p < end) {
		const char *from = p + 1;

		if (*p == '.') {
			for (p = from; p < end && *p != '.' && *p != '[';)
				p++;
			key = jj_string(j, from, (size_t)(p - from));
			if (v.kind == JJ_UNDEF)
				jj_use(j, v);
			s = jj_type_name(v);
			v = jj_attribute(j, v, key.u.s);
			if (v.kind == JJ_MISSING)
				jj_fail(j, "AttributeError",
				    "'%s' object has no attribute %s", s,
				    jj_repr_z(j, key));
			continue;
		}
		while (p < end && *p != ']')
			p++;
		if (p >= end || *from == ']')
			jj_fail(j, "ValueError",
			    p >= end ? "Missing ']' in format string"
				     : "Empty attribute in format string");
		if (!all_digits(from, (size_t)(p - from)) ||
		    !jj_int_parse(j, from, (size_t)(p - from), 10, &key))
			key = jj_string(j, from, (size_t)(p - from));
		if (v.kind == JJ_UNDEF)
			jj_use(j, v);
		item = jj_subscript(j, v, key);
		if (item.kind == JJ_MISSING)
			no_item(j, v, key);
		v = item;
		p++;
	}
	return v;
}

static void expand(struct jinja *, struct fields *, struct jj_sb *,
    const char *, const char *, int depth);

/* the field s..end, without its braces */
static void
field(struct jinja *j, struct fields *f, struct jj_sb *b, const char *s,
    const char *end, int depth)
{
	const char *name = s;
	struct jj_sb spec = {NULL, 0, 0}, text = {NULL, 0, 0};
	struct jj_value v;
	size_t n;

	while (s < end && *s != '!' && *s != ':') {
		if (*s == '[') /* an index may hold anything */
			while (s < end && *s != ']')
				s++;
		if (s < end)
			s++;
	}
	n = (size_t)(s - name);
	v = field_value(j, f, name, n);
	if (s < end && *s == '!') {
		char c = s + 1 < end ? s[1] : '\0';

		if (!c || (s + 2 < end && s[2] != ':'))
			jj_fail(j, "ValueError",
			    "expected ':' after conversion specifier");
		if (c == 's')
			v = jj_of_str(jj_str_of(j, v));
		else if (c == 'r' || c == 'a') {
			jj_repr_to(j, &text, v);
			v = jj_sb_value(j, &text);
		} else {
			jj_fail(j, "ValueError",
			    "Unknown conversion specifier %c", c);
		}
		s += 2;
	}
	if (s < end)
		expand(j, f, &spec, s + 1, end, depth + 1);
	v = jj_format_spec(j, v, spec.p ? spec.p : "", spec.len);
	jj_sb_add(j, b, v.u.s->data, v.u.s->len);
}

static void
expand(struct jinja *j, struct fields *f, struct jj_sb *b, const char *s,
    const char *end, int depth)
{
	if (depth > 2)
		jj_fail(j, "ValueError", "Max string recursion exceeded");
	while (s < end) {
		const char *from = s;
		int open = 1;

		if (*s != '{' && *s != '}') {
			jj_sb_putc(j, b, *s++);
			continue;
		}
		if (s + 1 < end && s[1] == *s && depth == 1) {
			jj_sb_putc(j, b, *s);
			s += 2;
			continue;
		}
		if (*s == '}')
			jj_fail(j, "ValueError",
			    "Single '}' encountered in format string");
		if (++s >= end)
			jj_fail(j, "ValueError",
			    "Single '{' encountered in format string");
		for (from = s; s < end && open; s++)
			open += (*s == '{') - (*s == '}');
		if (open)
			jj_fail(j, "ValueError",
			    "expected '}' before end of string");
		field(j, f, b, from, s - 1, depth);
	}
}

struct jj_value
jj_format(struct jinja *j, const struct jj_str *s, const struct jj_args *args)
{
	struct fields f = {.args = args};
	struct jj_sb b = {NULL, 0, 0};

	expand(j, &f, &b, s->data, s->data + s->len, 1);
	return jj_sb_value(j, &b);
}
