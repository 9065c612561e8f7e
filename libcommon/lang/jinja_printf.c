/* SPDX-License-Identifier: GPL-3.0-or-later */
/* "..." % values, as Python formats them. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "lang/jinja_private.h"

#define WIDTH_MAX 1000000

struct conversion {
	bool left, plus, space, alt, zero;
	int64_t width, precision; /* precision -1: none */
	uint32_t type;
};

struct values {
	struct jj_value all;  /* of the right side */
	struct jj_value dict; /* for %(name)s, or missing */
	uint32_t used;
	bool named;
};

static struct jj_value
next_value(struct jinja *j, struct values *v)
{
	struct jj_value one = v->all;

	if (v->all.kind == JJ_TUPLE) {
		if (v->used >= v->all.u.l->n)
			jj_fail(j, "TypeError",
			    "not enough arguments for format string");
		return v->all.u.l->v[v->used++];
	}
	if (v->used++)
		jj_fail(
		    j, "TypeError", "not enough arguments for format string");
	return one;
}

/* sign and padding around digits: zeros go between the two */
static void
put_number(struct jinja *j, struct jj_sb *b, const struct conversion *c,
    bool neg, const char *prefix, const char *digits, size_t n)
{
	const char *sign = neg ? "-" : c->plus ? "+" : c->space ? " " : "";
	int64_t chars = (int64_t)(n + strlen(sign) + strlen(prefix));
	int64_t pad = c->width > chars ? c->width - chars : 0;

	if (!c->left && !c->zero)
		jj_sb_fill(j, b, ' ', pad);
	jj_sb_puts(j, b, sign);
	jj_sb_puts(j, b, prefix);
	if (!c->left && c->zero)
		jj_sb_fill(j, b, '0', pad);
	jj_sb_add(j, b, digits, n);
	if (c->left)
		jj_sb_fill(j, b, ' ', pad);
}

static struct jj_value
integral(struct jinja *j, const struct conversion *c, struct jj_value v)
{
	if (jj_is_int(v))
		return v.kind == JJ_BOOL ? jj_int(v.u.b) : v;
	if (v.kind == JJ_UNDEF && !strchr("oxX", (int)c->type))
		jj_use(j, v);
	if (strchr("oxX", (int)c->type))
		jj_fail(j, "TypeError",
		    "%%%c format: an integer is required, not %s",
		    (char)c->type, jj_type_name(v));
	if (v.kind != JJ_FLOAT)
		jj_fail(j, "TypeError",
		    "%%%c format: a real number is required, not %s",
		    (char)c->type, jj_type_name(v));
	if (isnan(v.u.f))
		jj_fail(j, "ValueError", "cannot convert float NaN to integer");
	if (isinf(v.u.f))
		jj_fail(j, "OverflowError",
		    "cannot convert float infinity to integer");
	return jj_int_of_double(j, trunc(v.u.f));
}

static void
put_int(struct jinja *j, struct jj_sb *b, const struct conversion *c,
    struct jj_value v)
{
	unsigned base = c->type == 'o'			   ? 8
			: c->type == 'x' || c->type == 'X' ? 16
							   : 10;
	const char *prefix = "";
	struct jj_sb d = {NULL, 0, 0}, z = {NULL, 0, 0};
	bool neg;

	v = integral(j, c, v);
	jj_int_to(j, &d, v, base);
	neg = d.p[0] == '-';
	jj_sb_fill(j, &z, '0', c->precision - (int64_t)(d.len - neg));
	jj_sb_add(j, &z, d.p + neg, d.len - neg);
	for (size_t i = 0; c->type == 'X' && i < z.len; i++)
		z.p[i] = (char)jj_upper1((unsigned char)z.p[i]);
	if (c->alt)
		prefix = c->type == 'o'	  ? "0o"
			 : c->type == 'x' ? "0x"
			 : c->type == 'X' ? "0X"
					  : "";
	put_number(j, b, c, neg, prefix, z.p, z.len);
}

/* %e %f %g of libc are correctly rounded, and read the same */
void
jj_float_text(struct jinja *j, struct jj_sb *b, double f, uint32_t type,
    int64_t precision, bool alt)
{
	char fmt[16], small[400];
	uint64_t scaled;
	int n;

	if (precision > 10000)
		jj_fail(j, "ValueError", "precision too big");
	if (type == 'f' && !alt && !signbit(f) &&
	    jj_scaled(f, precision, &scaled)) {
		jj_sb_add(j, b, small,
		    jj_put_scaled(small, scaled, (unsigned)precision));
		return;
	}
	snprintf(fmt, sizeof(fmt), "%%%s.*%c", alt ? "#" : "", (char)type);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	n = snprintf(small, sizeof(small), fmt, (int)precision, f);
	if (n >= (int)sizeof(small)) {
		char *big = jj_alloc(j, (size_t)n + 1);

		snprintf(big, (size_t)n + 1, fmt, (int)precision, f);
		jj_sb_add(j, b, big, (size_t)n);
		return;
	}
#pragma GCC diagnostic pop
	jj_sb_add(j, b, small, (size_t)n);
}

static void
put_float(struct jinja *j, struct jj_sb *b, const struct conversion *c,
    struct jj_value v)
{
	struct jj_sb d = {NULL, 0, 0};
	struct conversion plain = *c;
	double f;

	if (v.kind == JJ_UNDEF)
		jj_use(j, v);
	if (!jj_is_number(v))
		jj_type_error(j, "must be real number, not %s", v);
	f = jj_to_double(j, v);
	if (!isfinite(f))
		plain.zero = c->zero;
	jj_float_text(j, &d, fabs(f), c->type,
	    c->precision < 0 ? 6 : c->precision, c->alt);
	put_number(j, b, &plain, signbit(f) && !isnan(f), "", d.p, d.len);
}

static void
put_text(struct jinja *j, struct jj_sb *b, const struct conversion *c,
    struct jj_value text)
{
	const struct jj_str *s = text.u.s;

	if (c->precision >= 0 && c->precision < s->chars)
		s = jj_sub(j, s, 0, jj_utf8_offset(s, (uint32_t)c->precision))
			.u.s;
	if (!c->left)
		jj_sb_fill(j, b, ' ', c->width - s->chars);
	jj_sb_add(j, b, s->data, s->len);
	if (c->left)
		jj_sb_fill(j, b, ' ', c->width - s->chars);
}

static struct jj_value
one_char(struct jinja *j, struct jj_value v)
{
	char one[4];

	if (v.kind == JJ_STR && v.u.s->chars == 1)
		return v;
	if (v.kind == JJ_BIG)
		jj_fail(j, "OverflowError", "%%c arg not in range(0x110000)");
	if (v.kind != JJ_INT && v.kind != JJ_BOOL)
		jj_fail(j, "TypeError", "%%c requires int or char");
	if (jj_index(j, v) < 0 || jj_index(j, v) >= 0x110000)
		jj_fail(j, "OverflowError", "%%c arg not in range(0x110000)");
	return jj_string(j, one, jj_utf8_put(one, (uint32_t)jj_index(j, v)));
}

static struct jj_value
repr_text(struct jinja *j, struct jj_value v, bool ascii)
{
	struct jj_sb b = {NULL, 0, 0}, a = {NULL, 0, 0};
	const char *p, *end;

	jj_repr_to(j, &b, v);
	if (!ascii)
		return jj_sb_value(j, &b);
	for (p = b.p, end = b.p + b.len; p < end;) {
		uint32_t c = jj_utf8_next(&p, end);

		if (c < 0x80)
			jj_sb_putc(j, &a, (char)c);
		else
			jj_sb_addf(j, &a,
			    c < 0x100	  ? "\\x%02x"
			    : c < 0x10000 ? "\\u%04x"
					  : "\\U%08x",
			    c);
	}
	return jj_sb_value(j, &a);
}

static void
convert(struct jinja *j, struct jj_sb *b, const struct conversion *c,
    struct jj_value v, size_t index)
{
	switch (c->type) {
	case 'd':
	case 'i':
	case 'u':
	case 'o':
	case 'x':
	case 'X':
		put_int(j, b, c, v);
		break;
	case 'e':
	case 'E':
	case 'f':
	case 'F':
	case 'g':
	case 'G':
		put_float(j, b, c, v);
		break;
	case 'c':
		put_text(j, b,
		    &(struct conversion){
			.left = c->left, .width = c->width, .precision = -1},
		    one_char(j, v));
		break;
	case 's':
		put_text(j, b, c, jj_of_str(jj_str_of(j, v)));
		break;
	case 'r':
	case 'a':
		put_text(j, b, c, repr_text(j, v, c->type == 'a'));
		break;
	default: {
		char one[5];

		one[jj_utf8_put(one, c->type)] = '\0';
		jj_fail(j, "ValueError",
		    "unsupported format character '%s' (0x%x) at index %zu",
		    jj_is_printable(c->type) ? one : "?", c->type, index);
	}
	}
}

/* digits, or * for the next value */
static int64_t
number(struct jinja *j, const char **p, struct values *v, bool *minus)
{
	int64_t n = 0;

	*minus = false;
	if (**p == '*') {
		struct jj_value w;

		++*p;
		w = next_value(j, v);
		if (!jj_is_int(w))
			jj_fail(j, "TypeError", "* wants int");
		n = jj_size_arg(j, w);
		if (n < 0) {
			*minus = true;
			n = -n;
		}
	}
	for (; **p >= '0' && **p <= '9'; ++*p)
		if (n <= WIDTH_MAX)
			n = n * 10 + (**p - '0');
	if (n > WIDTH_MAX)
		jj_fail(j, "ValueError", "width too big");
	return n;
}

/* (name) of a dict */
static struct jj_value
mapped(struct jinja *j, const char **p, const char *end, struct values *v)
{
	const char *from = ++*p;
	struct jj_value key, found;
	int depth = 1;

	if (v->dict.kind == JJ_MISSING)
		jj_fail(j, "TypeError", "format requires a mapping");
	for (; *p < end && depth; ++*p)
		depth += (**p == '(') - (**p == ')');
	if (depth)
		jj_fail(j, "ValueError", "incomplete format key");
	key = jj_string(j, from, (size_t)(*p - from - 1));
	found = jj_subscript(j, v->dict, key);
	if (found.kind == JJ_MISSING)
		jj_fail(j, "KeyError", "%.200s", jj_repr_z(j, key));
	v->named = true;
	return found;
}

static void
flags(const char **p, struct conversion *c)
{
	for (;; ++*p) {
		switch (**p) {
		case '-':
			c->left = true;
			break;
		case '+':
			c->plus = true;
			break;
		case ' ':
			c->space = true;
			break;
		case '#':
			c->alt = true;
			break;
		case '0':
			c->zero = true;
			break;
		default:
			return;
		}
	}
}

/* one conversion after its % */
static const char *
conversion(struct jinja *j, struct jj_sb *b, const struct jj_str *s,
    const char *p, struct values *v)
{
	struct conversion c = {.precision = -1};
	struct jj_value value = jj_missing();
	const char *end = s->data + s->len, *at, *mark = p;
	bool minus;

	if (*p == '(')
		value = mapped(j, &p, end, v);
	flags(&p, &c);
	c.width = number(j, &p, v, &minus);
	c.left |= minus;
	if (*p == '.') {
		p++;
		c.precision = number(j, &p, v, &minus);
		if (minus)
			c.precision = 0;
	}
	if (*p == 'h' || *p == 'l' || *p == 'L')
		p++;
	if (p >= end)
		jj_fail(j, "ValueError", "incomplete format");
	at = p;
	c.type = jj_utf8_next(&p, end);
	if (c.type == '%' && at == mark) {
		jj_sb_putc(j, b, '%');
		return p;
	}
	if (value.kind == JJ_MISSING)
		value = next_value(j, v);
	convert(
	    j, b, &c, value, jj_utf8_count(s->data, (size_t)(at - s->data)));
	return p;
}

struct jj_value
jj_printf(struct jinja *j, const struct jj_str *s, struct jj_value args)
{
	struct values v = {.all = args, .dict = jj_missing()};
	const char *p = s->data, *end = p + s->len;
	struct jj_sb b = {NULL, 0, 0};

	if (args.kind == JJ_DICT || args.kind == JJ_HOST)
		v.dict = args;
	while (p < end) {
		const char *mark = memchr(p, '%', (size_t)(end - p));

		if (!mark)
			mark = end;
		jj_sb_add(j, &b, p, (size_t)(mark - p));
		p = mark;
		if (p < end)
			p = conversion(j, &b, s, p + 1, &v);
	}
	if (!v.named && v.dict.kind == JJ_MISSING &&
	    (args.kind == JJ_TUPLE ? v.used < args.u.l->n : !v.used) &&
	    args.kind != JJ_LIST && args.kind != JJ_RANGE &&
	    args.kind != JJ_UNDEF && args.kind != JJ_BYTES)
		jj_fail(j, "TypeError",
		    "not all arguments converted during string formatting");
	return jj_sb_value(j, &b);
}
