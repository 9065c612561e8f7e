/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Filters: text. */
#include <stdio.h>
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
	size_t one = jj_utf8_offset(s, s->chars ? 1 : 0);

	return jj_binary(j, OP_ADD, jj_upper_str(j, jj_sub(j, s, 0, one).u.s),
	    jj_lower_str(j, jj_sub(j, s, one, s->len).u.s));
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

		c = gap ? c : begin ? jj_upper1(c) : jj_lower1(c);
		begin = gap;
		jj_sb_add(j, &b, one, jj_utf8_put(one, c));
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
do_indent(struct jinja *j, struct jj_value *v)
{
	const struct jj_str *s = jj_str_of(j, v[0]);
	bool first = given(v[2]) && jj_true(j, v[2]);
	bool blank = given(v[3]) && jj_true(j, v[3]);
	struct jj_sb b = {NULL, 0, 0}, in = {NULL, 0, 0};
	struct jj_value lines = jj_split_lines(j, s, false);

	if (given(v[1]) && v[1].kind == JJ_STR)
		jj_str_to(j, &in, v[1]);
	else
		jj_sb_fill(j, &in, ' ', given(v[1]) ? jj_index(j, v[1]) : 4);
	if (s->len && s->data[s->len - 1] == '\n')
		jj_append(j, lines, jj_strz(j, ""));
	for (uint32_t i = 0; i < lines.u.l->n; i++) {
		const struct jj_str *line = lines.u.l->v[i].u.s;

		if (i)
			jj_sb_putc(j, &b, '\n');
		if (i ? blank || line->len : first)
			jj_sb_add(j, &b, in.p ? in.p : "", in.len);
		jj_sb_add(j, &b, line->data, line->len);
	}
	return jj_sb_value(j, &b);
}

static struct jj_value
do_truncate(struct jinja *j, struct jj_value *v)
{
	const struct jj_str *s = jj_str_of(j, v[0]);
	int64_t length = given(v[1]) ? jj_index(j, v[1]) : 255;
	bool kill = given(v[2]) && jj_true(j, v[2]);
	struct jj_str *end =
	    given(v[3]) ? jj_str_of(j, v[3]) : jj_strz(j, "...").u.s;
	int64_t leeway =
	    given(v[4]) && v[4].kind != JJ_NONE ? jj_index(j, v[4]) : 5;
	struct jj_value cut;
	int64_t at;

	if (length < end->chars)
		jj_fail(j, "AssertionError", "expected length >= %u, got %lld",
		    end->chars, (long long)length);
	if (leeway < 0)
		jj_fail(j, "AssertionError", "expected leeway >= 0, got %lld",
		    (long long)leeway);
	if (s->chars <= length + leeway)
		return jj_of_str(jj_str_of(j, v[0]));
	cut =
	    jj_sub(j, s, 0, jj_utf8_offset(s, (uint32_t)(length - end->chars)));
	at = jj_rfind_text(cut.u.s->data, cut.u.s->len, " ", 1);
	if (!kill && at >= 0)
		cut = jj_sub(j, cut.u.s, 0, (size_t)at);
	return jj_binary(j, OP_ADD, cut, jj_of_str(end));
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

/* the length of the next piece that is kept whole: blanks, or a word up to
 * and with a hyphen between letters */
static uint32_t
piece(const struct jj_value *c, uint32_t n, bool hyphens)
{
	bool blank = c[0].u.s->data[0] == ' ' || c[0].u.s->data[0] == '\t';
	uint32_t i = 0;

	for (; i < n; i++) {
		char x = c[i].u.s->data[0];

		if ((x == ' ' || x == '\t') != blank)
			break;
		if (hyphens && x == '-' && i > 0 && i + 1 < n &&
		    jj_is_alpha((unsigned char)c[i - 1].u.s->data[0]) &&
		    jj_is_alpha((unsigned char)c[i + 1].u.s->data[0]))
			return i + 1;
	}
	return i;
}

static void
wrap_line(struct jinja *j, struct jj_sb *b, const struct jj_str *line,
    int64_t width, bool breaks, bool hyphens, const struct jj_str *nl)
{
	struct jj_value chars = jj_to_list(j, jj_sub(j, line, 0, line->len));
	const struct jj_value *c = chars.u.l->v;
	uint32_t n = chars.u.l->n, i = 0, used = 0, gap = 0;
	bool first = true;

	while (i < n) {
		uint32_t len = piece(c + i, n - i, hyphens);
		bool blank =
		    c[i].u.s->data[0] == ' ' || c[i].u.s->data[0] == '\t';

		if (blank) {
			gap = used || first ? len : 0;
			i += len;
			continue;
		}
		if (used && used + gap + len > width) {
			jj_sb_add(j, b, nl->data, nl->len);
			used = gap = 0;
		}
		if (len > width && breaks)
			len = (uint32_t)(width - used - gap > 0
					     ? width - used - gap
					     : width);
		jj_sb_fill(j, b, ' ', gap);
		used += gap + len;
		gap = 0;
		first = false;
		for (; len; len--)
			jj_str_to(j, b, c[i++]);
	}
}

static struct jj_value
do_wordwrap(struct jinja *j, struct jj_value *v)
{
	struct jj_value lines = jj_split_lines(j, jj_str_of(j, v[0]), false);
	int64_t width = given(v[1]) ? jj_index(j, v[1]) : 79;
	bool breaks = !given(v[2]) || jj_true(j, v[2]);
	bool hyphens = !given(v[4]) || jj_true(j, v[4]);
	struct jj_str *nl = given(v[3]) && v[3].kind == JJ_STR
				? v[3].u.s
				: jj_strz(j, "\n").u.s;
	struct jj_sb b = {NULL, 0, 0};

	if (width <= 0)
		jj_fail(j, "ValueError", "invalid width %lld (must be > 0)",
		    (long long)width);
	for (uint32_t i = 0; i < lines.u.l->n; i++) {
		if (i)
			jj_sb_add(j, &b, nl->data, nl->len);
		wrap_line(
		    j, &b, lines.u.l->v[i].u.s, width, breaks, hyphens, nl);
	}
	return jj_sb_value(j, &b);
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

static struct jj_value
do_filesize(struct jinja *j, struct jj_value *v)
{
	static const char *const unit[] = {
	    "k", "M", "G", "T", "P", "E", "Z", "Y"};
	bool binary = given(v[1]) && jj_true(j, v[1]);
	struct jj_value number = jj_call_builtin(
	    j, jj_find_filter("float", 5), &v[0], &(struct jj_args){0});
	double size = number.u.f, base = binary ? 1024 : 1000;
	struct jj_sb b = {NULL, 0, 0};
	int i = 0;

	if (size == 1)
		return jj_strz(j, "1 Byte");
	if (size < base) {
		jj_sb_addf(j, &b, "%.0f Bytes", size);
		return jj_sb_value(j, &b);
	}
	while (i < 7 && size / base >= base) {
		size /= base;
		i++;
	}
	jj_sb_addf(j, &b, "%.1f %s%sB", size / base,
	    binary && i == 0 ? "K" : unit[i], binary ? "i" : "");
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

static bool
is_mail(const char *s, size_t n)
{
	const char *at = memchr(s, '@', n);
	const char *dot = at ? memchr(at, '.', n - (size_t)(at - s)) : NULL;

	return at && at > s && dot && dot > at + 1 && dot + 1 < s + n;
}

/* does a host with a dot begin here? */
static bool
is_host(const char *s, size_t n)
{
	size_t len = strcspn(s, "/?#: \t\n");
	const char *dot = len < n ? memchr(s, '.', len) : memchr(s, '.', n);
	size_t tail;

	if (!dot)
		return false;
	if (len > n)
		len = n;
	while (memchr(dot + 1, '.', len - (size_t)(dot + 1 - s)))
		dot = memchr(dot + 1, '.', len - (size_t)(dot + 1 - s));
	tail = len - (size_t)(dot + 1 - s);
	for (size_t i = 0; i < tail; i++)
		if (!jj_is_alpha((unsigned char)dot[1 + i]))
			return false;
	return tail >= 2;
}

static void
link_to(struct jinja *j, struct jj_sb *b, const char *scheme, const char *s,
    size_t n, const char *rel)
{
	jj_sb_addf(j, b, "<a href=\"%s", scheme);
	jj_sb_add(j, b, s, n);
	jj_sb_addf(j, b, "\"%s>", rel);
	jj_sb_add(j, b, s, n);
	jj_sb_puts(j, b, "</a>");
}

/* links what says http://, https:// or www., and addresses of mail */
static struct jj_value
do_urlize(struct jinja *j, struct jj_value *v)
{
	const struct jj_str *s = jj_escape(j, v[0]).u.s;
	const char *p = s->data;
	struct jj_sb b = {NULL, 0, 0};

	while (*p) {
		size_t n = strcspn(p, " \t\n");

		if ((strncmp(p, "http://", 7) == 0 && is_host(p + 7, n - 7)) ||
		    (strncmp(p, "https://", 8) == 0 && is_host(p + 8, n - 8))) {
			link_to(j, &b, "", p, n, " rel=\"noopener\"");
		} else if (strncmp(p, "www.", 4) == 0 &&
			   is_host(p + 4, n - 4)) {
			link_to(j, &b, "https://", p, n, " rel=\"noopener\"");
		} else if (is_mail(p, n)) {
			link_to(j, &b, "mailto:", p, n, "");
		} else {
			jj_sb_add(j, &b, p, n);
		}
		p += n;
		n = strspn(p, " \t\n");
		jj_sb_add(j, &b, p, n);
		p += n;
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
    {"indent", "do_indent", do_indent, NULL, 1, 4,
	{"s", "width", "first", "blank"}},
    {"truncate", "do_truncate", do_truncate, NULL, 1, 5,
	{"s", "length", "killwords", "end", "leeway"}},
    {"wordcount", "do_wordcount", do_wordcount, NULL, 1, 1, {"s"}},
    {"wordwrap", "do_wordwrap", do_wordwrap, NULL, 1, 5,
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
    {"urlize", "do_urlize", do_urlize, NULL, 1, 1, {"value"}},
    {"xmlattr", "do_xmlattr", do_xmlattr, NULL, 1, 2, {"d", "autospace"}},
    {NULL, NULL, NULL, NULL, 0, 0, {NULL}}};
