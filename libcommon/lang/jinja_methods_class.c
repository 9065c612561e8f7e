/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Methods of strings that look for or classify characters. */
#include <string.h>

#include "lang/jinja_private.h"

/* the part s[from:to] that find() and its kin look at, in bytes */
static void
window(struct jinja *j, struct jj_value *v, size_t *from, size_t *to)
{
	const struct jj_str *s = v[0].u.s;
	int64_t n = s->chars, a = 0, b = n;

	if (v[2].kind != JJ_MISSING && v[2].kind != JJ_NONE)
		a = jj_index(j, v[2]);
	if (v[3].kind != JJ_MISSING && v[3].kind != JJ_NONE)
		b = jj_index(j, v[3]);
	a = a < 0 ? (a + n < 0 ? 0 : a + n) : a;
	b = b < 0 ? (b + n < 0 ? 0 : b + n) : b > n ? n : b;
	if (a > b) { /* nothing is in there, not even nothing */
		*from = 1;
		*to = 0;
		return;
	}
	*from = jj_utf8_offset(s, (uint32_t)a);
	*to = jj_utf8_offset(s, (uint32_t)b);
}

static const struct jj_str *
needle(struct jinja *j, struct jj_value v)
{
	if (v.kind != JJ_STR)
		jj_type_error(j, "must be str, not %s", v);
	return v.u.s;
}

static int64_t
find(struct jinja *j, struct jj_value *v, bool right)
{
	const struct jj_str *s = v[0].u.s, *what = needle(j, v[1]);
	size_t from, to;
	int64_t at;

	window(j, v, &from, &to);
	if (from > to)
		return -1;
	at = right ? jj_rfind_text(
			 s->data + from, to - from, what->data, what->len)
		   : jj_find_text(
			 s->data + from, to - from, what->data, what->len);
	return at < 0 ? -1 : (int64_t)jj_utf8_count(s->data, from + (size_t)at);
}

static struct jj_value
s_find(struct jinja *j, struct jj_value *v)
{
	return jj_int(find(j, v, false));
}

static struct jj_value
s_rfind(struct jinja *j, struct jj_value *v)
{
	return jj_int(find(j, v, true));
}

static struct jj_value
s_index(struct jinja *j, struct jj_value *v)
{
	int64_t at = find(j, v, false);

	if (at < 0)
		jj_fail(j, "ValueError", "substring not found");
	return jj_int(at);
}

static struct jj_value
s_rindex(struct jinja *j, struct jj_value *v)
{
	int64_t at = find(j, v, true);

	if (at < 0)
		jj_fail(j, "ValueError", "substring not found");
	return jj_int(at);
}

static struct jj_value
s_count(struct jinja *j, struct jj_value *v)
{
	const struct jj_str *s = v[0].u.s, *what = needle(j, v[1]);
	size_t from, to;
	int64_t n = 0, at;

	window(j, v, &from, &to);
	if (from > to)
		return jj_int(0);
	if (!what->len)
		return jj_int(jj_utf8_count(s->data + from, to - from) + 1);
	while ((at = jj_find_text(
		    s->data + from, to - from, what->data, what->len)) >= 0) {
		from += (size_t)at + what->len;
		n++;
	}
	return jj_int(n);
}

static bool
edge(struct jinja *j, struct jj_value *v, struct jj_value what, bool end)
{
	const struct jj_str *s = v[0].u.s, *w = needle(j, what);
	size_t from, to;

	window(j, v, &from, &to);
	if (from > to || to - from < w->len)
		return false;
	return memcmp(s->data + (end ? to - w->len : from), w->data, w->len) ==
	       0;
}

static struct jj_value
edges(struct jinja *j, struct jj_value *v, bool end)
{
	if (v[1].kind == JJ_TUPLE) {
		for (uint32_t i = 0; i < v[1].u.l->n; i++)
			if (edge(j, v, v[1].u.l->v[i], end))
				return jj_bool(true);
		return jj_bool(false);
	}
	if (v[1].kind != JJ_STR)
		jj_fail(j, "TypeError",
		    "%s first arg must be str or a tuple of str, not %s",
		    end ? "endswith" : "startswith", jj_type_name(v[1]));
	return jj_bool(edge(j, v, v[1], end));
}

static struct jj_value
s_startswith(struct jinja *j, struct jj_value *v)
{
	return edges(j, v, false);
}

static struct jj_value
s_endswith(struct jinja *j, struct jj_value *v)
{
	return edges(j, v, true);
}

/* is there a character, and is each one of that class? */
static struct jj_value
every(const struct jj_str *s, bool (*is)(uint32_t))
{
	const char *p = s->data, *end = p + s->len;

	if (p == end)
		return jj_bool(false);
	while (p < end)
		if (!is(jj_utf8_next(&p, end)))
			return jj_bool(false);
	return jj_bool(true);
}

static bool
decimal(uint32_t c)
{
	return jj_decimal_value(c) >= 0;
}

static struct jj_value
s_isdigit(struct jinja *j, struct jj_value *v)
{
	(void)j;
	return every(v[0].u.s, jj_is_digit);
}

static struct jj_value
s_isdecimal(struct jinja *j, struct jj_value *v)
{
	(void)j;
	return every(v[0].u.s, decimal);
}

static struct jj_value
s_isnumeric(struct jinja *j, struct jj_value *v)
{
	(void)j;
	return every(v[0].u.s, jj_is_numeric);
}

static struct jj_value
s_isalpha(struct jinja *j, struct jj_value *v)
{
	(void)j;
	return every(v[0].u.s, jj_is_alpha);
}

static struct jj_value
s_isalnum(struct jinja *j, struct jj_value *v)
{
	(void)j;
	return every(v[0].u.s, jj_is_alnum);
}

static struct jj_value
s_isspace(struct jinja *j, struct jj_value *v)
{
	(void)j;
	return every(v[0].u.s, jj_is_space);
}

static struct jj_value
s_isprintable(struct jinja *j, struct jj_value *v)
{
	(void)j;
	return jj_bool(!v[0].u.s->len || every(v[0].u.s, jj_is_printable).u.b);
}

static struct jj_value
s_isascii(struct jinja *j, struct jj_value *v)
{
	(void)j;
	return jj_bool(v[0].u.s->len == v[0].u.s->chars);
}

static struct jj_value
s_isupper(struct jinja *j, struct jj_value *v)
{
	return jj_bool(jj_all_case(j, v[0].u.s, true));
}

static struct jj_value
s_islower(struct jinja *j, struct jj_value *v)
{
	return jj_bool(jj_all_case(j, v[0].u.s, false));
}

static struct jj_value
s_istitle(struct jinja *j, struct jj_value *v)
{
	const char *p = v[0].u.s->data, *end = p + v[0].u.s->len;
	bool some = false, inside = false;

	(void)j;
	while (p < end) {
		uint32_t c = jj_utf8_next(&p, end);
		bool up = jj_is_upper(c), low = jj_is_lower(c);

		if ((up && inside) || (low && !inside))
			return jj_bool(false);
		some |= up;
		inside = up || low;
	}
	return jj_bool(some);
}

static bool
ident(uint32_t c)
{
	return c == '_' || jj_is_alpha(c) || jj_decimal_value(c) >= 0;
}

static struct jj_value
s_isidentifier(struct jinja *j, struct jj_value *v)
{
	const char *p = v[0].u.s->data;

	(void)j;
	if (!v[0].u.s->len ||
	    jj_decimal_value(jj_utf8_next(&p, p + v[0].u.s->len)) >= 0)
		return jj_bool(false);
	return every(v[0].u.s, ident);
}

const struct jj_builtin jj_methods_class[] = {
    {"find", NULL, s_find, NULL, 2, 4, {NULL}},
    {"rfind", NULL, s_rfind, NULL, 2, 4, {NULL}},
    {"index", NULL, s_index, NULL, 2, 4, {NULL}},
    {"rindex", NULL, s_rindex, NULL, 2, 4, {NULL}},
    {"count", NULL, s_count, NULL, 2, 4, {NULL}},
    {"startswith", NULL, s_startswith, NULL, 2, 4, {NULL}},
    {"endswith", NULL, s_endswith, NULL, 2, 4, {NULL}},
    {"isdigit", NULL, s_isdigit, NULL, 1, 1, {NULL}},
    {"isdecimal", NULL, s_isdecimal, NULL, 1, 1, {NULL}},
    {"isnumeric", NULL, s_isnumeric, NULL, 1, 1, {NULL}},
    {"isalpha", NULL, s_isalpha, NULL, 1, 1, {NULL}},
    {"isalnum", NULL, s_isalnum, NULL, 1, 1, {NULL}},
    {"isspace", NULL, s_isspace, NULL, 1, 1, {NULL}},
    {"isprintable", NULL, s_isprintable, NULL, 1, 1, {NULL}},
    {"isascii", NULL, s_isascii, NULL, 1, 1, {NULL}},
    {"isupper", NULL, s_isupper, NULL, 1, 1, {NULL}},
    {"islower", NULL, s_islower, NULL, 1, 1, {NULL}},
    {"istitle", NULL, s_istitle, NULL, 1, 1, {NULL}},
    {"isidentifier", NULL, s_isidentifier, NULL, 1, 1, {NULL}},
    {NULL, NULL, NULL, NULL, 0, 0, {NULL}}};
