/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Filters: text. */
#include <math.h>
#include <string.h>

#include "lang/jinja_private.h"

static bool
given(struct jj_value v)
{
	return v.kind != JJ_MISSING;
}

static struct jj_value
do_string(struct jinja *j, struct jj_value *v)
{
	return jj_of_str(jj_str_of(j, v[0]));
}

static struct jj_value
do_lower(struct jinja *j, struct jj_value *v)
{
	return jj_lower_str(j, jj_str_of(j, v[0]));
}

static struct jj_value
do_upper(struct jinja *j, struct jj_value *v)
{
	return jj_upper_str(j, jj_str_of(j, v[0]));
}

struct jj_value
jj_capitalize(struct jinja *j, const struct jj_str *s)
{
	const char *p = s->data, *end = p + s->len;
	struct jj_sb b = {NULL, 0, 0};
	const struct jj_str *rest;

	if (p < end)
		jj_put_title(j, &b, jj_utf8_next(&p, end));
	rest = jj_sub(j, s, (size_t)(p - s->data), s->len).u.s;
	rest = jj_lower_str(j, rest).u.s;
	jj_sb_add(j, &b, rest->data, rest->len);
	return jj_sb_value(j, &b);
}

static struct jj_value
do_capitalize(struct jinja *j, struct jj_value *v)
{
	return jj_capitalize(j, jj_str_of(j, v[0]));
}

static struct jj_value
do_title(struct jinja *j, struct jj_value *v)
{
	const struct jj_str *s = jj_str_of(j, v[0]);
	const char *p = s->data, *end = p + s->len;
	struct jj_sb b = {NULL, 0, 0};
	bool begin = true;
	char one[4];

	while (p < end) {
		uint32_t c = jj_utf8_next(&p, end);
		bool gap = jj_is_space(c) ||
			   (c < 0x80 && c && strchr("-({[<", (int)c));

		if (begin && !gap)
			jj_put_upper(j, &b, c);
		else
			jj_sb_add(j, &b, one,
			    jj_utf8_put(one, gap ? c : jj_lower1(c)));
		begin = gap;
	}
	return jj_sb_value(j, &b);
}

static struct jj_value
do_trim(struct jinja *j, struct jj_value *v)
{
	const struct jj_str *chars = NULL;

	if (given(v[1]) && v[1].kind != JJ_NONE) {
		if (v[1].kind != JJ_STR)
			jj_fail(j, "TypeError",
			    "strip arg must be None or str, not %s",
			    jj_type_name(v[1]));
		chars = v[1].u.s;
	}
	return jj_trim_str(j, jj_str_of(j, v[0]), chars, true, true);
}

static struct jj_value
do_replace(struct jinja *j, struct jj_value *v)
{
	int64_t count =
	    given(v[3]) && v[3].kind != JJ_NONE ? jj_index(j, v[3]) : -1;

	return jj_replace_str(j, jj_str_of(j, v[0]), jj_str_of(j, v[1]),
	    jj_str_of(j, v[2]), count);
}

struct jj_value
jj_pad(struct jinja *j, const struct jj_str *s, int64_t width, uint32_t fill,
    char align)
{
	int64_t pad = width - (int64_t)s->chars, left = 0;
	struct jj_sb b = {NULL, 0, 0};

	if (pad <= 0)
		return jj_string(j, s->data, s->len);
	if (align == '^')
		left = pad / 2 + (pad & width & 1);
	else if (align == '|')
		left = pad / 2;
	else if (align == '>')
		left = pad;
	jj_sb_fill(j, &b, fill, left);
	jj_sb_add(j, &b, s->data, s->len);
	jj_sb_fill(j, &b, fill, pad - left);
	return jj_sb_value(j, &b);
}

static struct jj_value
do_center(struct jinja *j, struct jj_value *v)
{
	return jj_pad(j, jj_str_of(j, v[0]),
	    given(v[1]) ? jj_index(j, v[1]) : 80, ' ', '^');
}

static struct jj_value
do_wordcount(struct jinja *j, struct jj_value *v)
{
	const struct jj_str *s = jj_str_of(j, v[0]);
	const char *p = s->data, *end = p + s->len;
	bool in = false;
	int64_t n = 0;

	while (p < end) {
		uint32_t c = jj_utf8_next(&p, end);
		bool word = c == '_' || jj_is_alnum(c);

		n += word && !in;
		in = word;
	}
	return jj_int(n);
}

static struct jj_value
do_format(struct jinja *j, struct jj_value self, const struct jj_args *a)
{
	struct jj_value args;

	if (a->n && a->nkw)
		jj_fail(j, "FilterArgumentError",
		    "can't handle positional and keyword arguments at the "
		    "same time");
	if (a->nkw) {
		args = jj_dict_new(j);
		for (uint32_t i = 0; i < a->nkw; i++)
			jj_dict_set(
			    j, args.u.d, jj_of_str(a->name[i]), a->kw[i]);
	} else {
		args = jj_tuple_new(j, a->n);
		for (uint32_t i = 0; i < a->n; i++)
			jj_append(j, args, a->v[i]);
	}
	return jj_printf(j, jj_str_of(j, self), args);
}

/* float(x), not the filter of that name: what is no number is an error */
static double
to_float(struct jinja *j, struct jj_value v)
{
	double f;

	if (v.kind == JJ_UNDEF)
		jj_use(j, v);
	if (jj_is_number(v))
		return jj_to_double(j, v);
	if (v.kind != JJ_STR)
		jj_type_error(j,
		    "float() argument must be a string or a real number, not "
		    "'%s'",
		    v);
	if (!jj_float_parse(j, v.u.s->data, v.u.s->len, &f))
		jj_fail(j, "ValueError",
		    "could not convert string to float: %.200s",
		    jj_repr_z(j, v));
	return f;
}

static struct jj_value
do_filesize(struct jinja *j, struct jj_value *v)
{
	static const char *const unit[] = {
	    "k", "M", "G", "T", "P", "E", "Z", "Y"};
	bool binary = given(v[1]) && jj_true(j, v[1]);
	double size = to_float(j, v[0]), base = binary ? 1024 : 1000;
	struct jj_value step = jj_int((int64_t)base);
	struct jj_sb b = {NULL, 0, 0};
	int i = 0;

	if (size == 1)
		return jj_strz(j, "1 Byte");
	if (size < base) {
		if (isinf(size))
			jj_fail(j, "OverflowError",
			    "cannot convert float infinity to integer");
		jj_int_to(j, &b, jj_int_of_double(j, trunc(size)), 10);
		jj_sb_puts(j, &b, " Bytes");
		return jj_sb_value(j, &b);
	}
	step = jj_int_pow(j, step, 2);
	for (; i < 7 && !jj_compare(j, OP_LT, jj_float(size), step); i++)
		step = jj_int_mul(j, step, jj_int((int64_t)base));
	jj_float_text(
	    j, &b, base * size / jj_int_double(j, step), 'f', 1, false);
	jj_sb_addf(j, &b, " %s%sB", binary && i == 0 ? "K" : unit[i],
	    binary ? "i" : "");
	return jj_sb_value(j, &b);
}

/* ---- HTML, for the sake of completeness ---- */

static struct jj_value
do_escape(struct jinja *j, struct jj_value *v)
{
	return jj_escape(j, v[0]);
}

static struct jj_value
do_forceescape(struct jinja *j, struct jj_value *v)
{
	const struct jj_str *s = jj_str_of(j, v[0]);

	return jj_escape(j, jj_string(j, s->data, s->len));
}

static struct jj_value
do_safe(struct jinja *j, struct jj_value *v)
{
	const struct jj_str *s = jj_str_of(j, v[0]);
	struct jj_value out = jj_string(j, s->data, s->len);

	out.u.s->markup = true;
	return out;
}

static struct jj_value
do_striptags(struct jinja *j, struct jj_value *v)
{
	static const char *const entity[][2] = {{"&lt;", "<"}, {"&gt;", ">"},
	    {"&#39;", "'"}, {"&#34;", "\""}, {"&quot;", "\""},
	    {"&nbsp;", "\302\240"}, {"&amp;", "&"}};
	const struct jj_str *s = jj_str_of(j, v[0]);
	struct jj_sb b = {NULL, 0, 0}, out = {NULL, 0, 0};
	struct jj_value text;
	bool gap = false;

	for (const char *p = s->data; *p; p++) {
		const char *close =
		    strncmp(p, "<!--", 4) == 0 ? strstr(p, "-->") : NULL;

		if (close)
			p = close + 2;
		else if (*p == '<' && strchr(p, '>'))
			p = strchr(p, '>');
		else
			jj_sb_putc(j, &b, *p);
	}
	text = jj_sb_value(j, &b);
	for (size_t i = 0; i < sizeof(entity) / sizeof(entity[0]); i++)
		text = jj_replace_str(j, text.u.s, jj_strz(j, entity[i][0]).u.s,
		    jj_strz(j, entity[i][1]).u.s, -1);
	for (const char *p = text.u.s->data; *p; p++) {
		bool blank = jj_is_space((unsigned char)*p);

		if (!blank && gap && out.len)
			jj_sb_putc(j, &out, ' ');
		gap = blank;
		if (!blank)
			jj_sb_putc(j, &out, *p);
	}
	return jj_sb_value(j, &out);
}

static void
quote_url(struct jinja *j, struct jj_sb *b, const struct jj_str *s, bool query)
{
	for (uint32_t i = 0; i < s->len; i++) {
		unsigned char c = (unsigned char)s->data[i];

		if (c < 0x80 && (jj_is_alnum(c) || strchr("_.-~", c) ||
				    (c == '/' && !query)))
			jj_sb_putc(j, b, (char)c);
		else if (c == ' ' && query)
			jj_sb_putc(j, b, '+');
		else
			jj_sb_addf(j, b, "%%%02X", c);
	}
}

static struct jj_value
do_urlencode(struct jinja *j, struct jj_value *v)
{
	struct jj_sb b = {NULL, 0, 0};
	struct jj_value pairs, pair;
	struct jj_iter it;
	bool first = true;

	if (v[0].kind == JJ_STR || !jj_iterable(v[0])) {
		quote_url(j, &b, jj_str_of(j, v[0]), false);
		return jj_sb_value(j, &b);
	}
	pairs = v[0];
	if (pairs.kind == JJ_DICT) {
		struct jj_view *view = jj_alloc(j, sizeof(*view));

		view->what = JJ_ITEMS;
		view->d = pairs.u.d;
		pairs = jj_ptr(JJ_VIEW, view);
	}
	jj_iter_begin(j, &it, pairs);
	while (jj_iter_next(j, &it, &pair)) {
		struct jj_value l = jj_to_list(j, pair);

		if (l.u.l->n != 2)
			jj_fail(j, "ValueError",
			    "not enough values to unpack (expected 2, got %u)",
			    l.u.l->n);
		if (!first)
			jj_sb_putc(j, &b, '&');
		first = false;
		quote_url(j, &b, jj_str_of(j, l.u.l->v[0]), true);
		jj_sb_putc(j, &b, '=');
		quote_url(j, &b, jj_str_of(j, l.u.l->v[1]), true);
	}
	return jj_sb_value(j, &b);
}

static struct jj_value
do_xmlattr(struct jinja *j, struct jj_value *v)
{
	bool space = !given(v[1]) || jj_true(j, v[1]);
	struct jj_sb b = {NULL, 0, 0};

	if (v[0].kind == JJ_UNDEF)
		jj_use(j, v[0]);
	if (v[0].kind != JJ_DICT)
		jj_fail(j, "AttributeError",
		    "'%s' object has no attribute 'items'", jj_type_name(v[0]));
	for (uint32_t i = 0; i < v[0].u.d->n; i++) {
		const struct jj_entry *e = &v[0].u.d->e[i];

		if (e->key.kind == JJ_MISSING || e->value.kind == JJ_NONE ||
		    e->value.kind == JJ_UNDEF)
			continue;
		if (b.len || space)
			jj_sb_putc(j, &b, ' ');
		jj_str_to(j, &b, jj_escape(j, e->key));
		jj_sb_puts(j, &b, "=\"");
		jj_str_to(j, &b, jj_escape(j, e->value));
		jj_sb_putc(j, &b, '"');
	}
	return jj_sb_value(j, &b);
}

const struct jj_builtin jj_filters_text[] = {
    {"string", "soft_str", do_string, NULL, 1, 1, {"s"}},
    {"lower", "do_lower", do_lower, NULL, 1, 1, {"s"}},
    {"upper", "do_upper", do_upper, NULL, 1, 1, {"s"}},
    {"capitalize", "do_capitalize", do_capitalize, NULL, 1, 1, {"s"}},
    {"title", "do_title", do_title, NULL, 1, 1, {"s"}},
    {"trim", "do_trim", do_trim, NULL, 1, 2, {"value", "chars"}},
    {"replace", "do_replace", do_replace, NULL, 3, 4,
	{"s", "old", "new", "count"}},
    {"center", "do_center", do_center, NULL, 1, 2, {"value", "width"}},
    {"indent", "do_indent", jj_do_indent, NULL, 1, 4,
	{"s", "width", "first", "blank"}},
    {"truncate", "do_truncate", jj_do_truncate, NULL, 1, 5,
	{"s", "length", "killwords", "end", "leeway"}},
    {"wordcount", "do_wordcount", do_wordcount, NULL, 1, 1, {"s"}},
    {"wordwrap", "do_wordwrap", jj_do_wordwrap, NULL, 1, 5,
	{"s", "width", "break_long_words", "wrapstring", "break_on_hyphens"}},
    {"format", NULL, NULL, do_format, 0, 0, {NULL}},
    {"filesizeformat", "do_filesizeformat", do_filesize, NULL, 1, 2,
	{"value", "binary"}},
    {"e", "escape", do_escape, NULL, 1, 1, {"s"}},
    {"escape", "escape", do_escape, NULL, 1, 1, {"s"}},
    {"forceescape", "do_forceescape", do_forceescape, NULL, 1, 1, {"value"}},
    {"safe", "do_mark_safe", do_safe, NULL, 1, 1, {"value"}},
    {"striptags", "do_striptags", do_striptags, NULL, 1, 1, {"value"}},
    {"urlencode", "do_urlencode", do_urlencode, NULL, 1, 1, {"value"}},
    {"urlize", "do_urlize", jj_do_urlize, NULL, 1, 6,
	{"value", "trim_url_limit", "nofollow", "target", "rel",
	    "extra_schemes"}},
    {"xmlattr", "do_xmlattr", do_xmlattr, NULL, 1, 2, {"d", "autospace"}},
    {NULL, NULL, NULL, NULL, 0, 0, {NULL}}};
