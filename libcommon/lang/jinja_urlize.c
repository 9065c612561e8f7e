/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The filter urlize: what looks like an address becomes a link. */
#include <string.h>

#include "lang/jinja_private.h"

struct word { /* a stretch of escaped text */
	const char *p, *end;
};

static size_t
length(struct word w)
{
	return (size_t)(w.end - w.p);
}

static bool
begins(struct word w, const char *s)
{
	return length(w) >= strlen(s) && memcmp(w.p, s, strlen(s)) == 0;
}

/* the same without regard to case; s is lower */
static size_t
prefix(const char *p, const char *end, const char *s)
{
	size_t n = strlen(s);

	if ((size_t)(end - p) < n)
		return 0;
	for (size_t i = 0; i < n; i++)
		if (jj_lower1((unsigned char)p[i]) != (unsigned char)s[i])
			return 0;
	return n;
}

static bool
digit(const char *p, const char *end)
{
	return p < end && *p >= '0' && *p <= '9';
}

/* a letter, digit, "_" (of any script), or one of more: its bytes */
static size_t
word_char(const char *p, const char *end, const char *more)
{
	const char *q = p;
	uint32_t c;

	if (p >= end)
		return 0;
	c = jj_utf8_next(&q, end);
	return c == '_' || jj_is_alnum(c) || (c < 0x80 && strchr(more, (int)c))
		   ? (size_t)(q - p)
		   : 0;
}

/* [:PORT] and a path, a query or a fragment: up to the end? */
static bool
tail_fits(const char *p, const char *end)
{
	if (p < end && *p == ':' && digit(p + 1, end)) {
		const char *q = p + 1;

		while (q - p <= 5 && digit(q, end))
			q++;
		if (q == end || strchr("/?#", *q))
			p = q;
	}
	return p == end || strchr("/?#", *p);
}

/* a last label: letters, or xn--...; behind it nothing but a port or a path */
static bool
is_top_level(const char *p, const char *end)
{
	const char *q = p;
	unsigned n = 0;

	while (q < end && ((*q | 32) >= 'a' && (*q | 32) <= 'z')) {
		q++;
		n++;
	}
	if (n >= 2 && n <= 63 && tail_fits(q, end))
		return true;
	q = p + prefix(p, end, "xn--");
	for (n = 0; q > p && n < 59; n++) {
		size_t len = word_char(q, end, "%");

		if (!len)
			break;
		q += len;
	}
	return q > p && n >= 2 && tail_fits(q, end);
}

/* labels with dots between them, the last one a top level */
static bool
is_host(const char *p, const char *end)
{
	for (;;) {
		size_t len;

		if (is_top_level(p, end))
			return true;
		if (!word_char(p, end, "%-"))
			return false;
		while ((len = word_char(p, end, "%-")))
			p += len;
		if (p >= end || *p != '.')
			return false;
		p++;
	}
}

/* without a scheme only these count */
static bool
is_known_host(const char *p, const char *end)
{
	static const char *const known[] = {
	    "com", "net", "int", "edu", "gov", "org", "info", "mil"};
	bool label = false;

	for (;;) {
		unsigned n = 0;
		size_t len;

		for (size_t i = 0; label && i < 8; i++) {
			size_t top = prefix(p, end, known[i]);

			if (top && tail_fits(p + top, end))
				return true;
		}
		for (; (len = word_char(p, end, "%-")); n++)
			p += len;
		if (n < 2 || n > 63 || p >= end || *p != '.')
			return false;
		p++;
		label = true;
	}
}

static bool
is_ipv4(const char *p, const char *end)
{
	for (int i = 0; i < 4; i++) {
		const char *q = p;

		if (i && (p >= end || *p != '.'))
			return false;
		q = p += i > 0;
		while (p - q < 3 && digit(p, end))
			p++;
		if (p == q)
			return false;
	}
	return tail_fits(p, end);
}

/* in brackets; colons and hexadecimal digits, at least three of the former's
 * groups */
static bool
is_ipv6(const char *p, const char *end)
{
	unsigned colons = 0, digits = 0, groups = 0;

	if (p >= end || *p++ != '[')
		return false;
	for (; p < end && *p != ']'; p++) {
		if (*p == ':') {
			colons++;
			digits = 0;
		} else if (digit(p, end) ||
			   ((*p | 32) >= 'a' && (*p | 32) <= 'f')) {
			groups += !digits;
			if (++digits > 4)
				return false;
		} else {
			return false;
		}
	}
	return p < end && colons >= 2 && colons <= 8 && groups <= 8 &&
	       tail_fits(p + 1, end);
}

static bool
is_http(struct word w)
{
	size_t scheme = prefix(w.p, w.end, "https://");

	if (!scheme)
		scheme = prefix(w.p, w.end, "http://");
	if (scheme &&
	    (is_host(w.p + scheme, w.end) || is_ipv4(w.p + scheme, w.end) ||
		is_ipv6(w.p + scheme, w.end)))
		return true;
	if (prefix(w.p, w.end, "www.") && is_host(w.p + 4, w.end))
		return true;
	return !scheme && is_known_host(w.p, w.end);
}

/* x@y.z: word characters behind the last at-sign, and a dot among them */
static bool
is_mail(struct word w)
{
	const char *at = w.end, *p, *dot = NULL;
	size_t len;

	while (at > w.p && *at != '@')
		at--;
	if (at <= w.p)
		return false;
	p = at + 1;
	if (!(len = word_char(p, w.end, "")))
		return false;
	for (p += len; p < w.end; p += len) {
		len = word_char(p, w.end, ".-");
		if (!len)
			return false;
		if (*p == '.')
			dot = p;
		else if (*p == '-')
			dot = NULL;
	}
	return dot && dot + 1 < w.end;
}

/* ---- a word: brackets before it, marks behind it ---- */

static size_t
opening(const char *p, const char *end)
{
	if (p < end && (*p == '(' || *p == '<'))
		return 1;
	return prefix(p, end, "&lt;");
}

/* bytes of a closing mark that ends there */
static size_t
closing(const char *p, const char *end)
{
	if (end > p && strchr(")>.,\n", end[-1]))
		return 1;
	return end - p >= 4 && memcmp(end - 4, "&gt;", 4) == 0 ? 4 : 0;
}

static unsigned
count(struct word w, const char *what)
{
	size_t len = strlen(what);
	unsigned n = 0;
	int64_t at;

	while ((at = jj_find_text(w.p, length(w), what, len)) >= 0) {
		n++;
		w.p += (size_t)at + len;
	}
	return n;
}

/* a bracket that was opened inside the address is closed by it, too */
static void
balance(struct word *middle, const char *end)
{
	static const char *const pair[][2] = {
	    {"(", ")"}, {"<", ">"}, {"&lt;", "&gt;"}};

	for (int i = 0; i < 3; i++) {
		struct word tail = {middle->end, end};
		unsigned open = count(*middle, pair[i][0]);
		unsigned n = count(tail, pair[i][1]);

		if (open <= count(*middle, pair[i][1]))
			continue;
		for (n = n < open ? n : open; n; n--) {
			tail.p = middle->end;
			middle->end += jj_find_text(tail.p, length(tail),
			    pair[i][1], strlen(pair[i][1]));
			middle->end += strlen(pair[i][1]);
		}
	}
}

struct look { /* of the links */
	struct jj_value limit;
	struct jj_sb attrs; /* rel and target */
	struct jj_value schemes;
};

static void
link_to(struct jinja *j, struct jj_sb *b, const char *scheme, struct word w,
    const struct look *how)
{
	jj_sb_puts(j, b, "<a href=\"");
	jj_sb_puts(j, b, scheme);
	jj_sb_add(j, b, w.p, length(w));
	jj_sb_puts(j, b, "\"");
	if (how)
		jj_sb_add(
		    j, b, how->attrs.p ? how->attrs.p : "", how->attrs.len);
	jj_sb_puts(j, b, ">");
	if (how && how->limit.kind != JJ_MISSING) {
		struct jj_str *s = jj_string(j, w.p, length(w)).u.s;
		int64_t most = jj_index(j, how->limit), n = s->chars;

		if (n > most) {
			n = most < 0 ? (n + most < 0 ? 0 : n + most) : most;
			jj_sb_add(
			    j, b, s->data, jj_utf8_offset(s, (uint32_t)n));
			jj_sb_puts(j, b, "...</a>");
			return;
		}
	}
	jj_sb_add(j, b, w.p, length(w));
	jj_sb_puts(j, b, "</a>");
}

static bool
other_scheme(struct jinja *j, struct word w, const struct look *how)
{
	struct jj_value scheme;
	struct jj_iter it;

	if (how->schemes.kind == JJ_MISSING)
		return false;
	jj_iter_begin(j, &it, how->schemes);
	while (jj_iter_next(j, &it, &scheme))
		if (begins(w, scheme.u.s->data) && length(w) > scheme.u.s->len)
			return true;
	return false;
}

static void
urlize_word(
    struct jinja *j, struct jj_sb *b, struct word w, const struct look *how)
{
	struct word m = w;
	size_t n;

	while ((n = opening(m.p, m.end)))
		m.p += n;
	while ((n = closing(m.p, m.end)))
		m.end -= n;
	balance(&m, w.end);
	jj_sb_add(j, b, w.p, (size_t)(m.p - w.p));
	if (is_http(m)) {
		link_to(j, b,
		    begins(m, "https://") || begins(m, "http://") ? ""
								  : "https://",
		    m, how);
	} else if (begins(m, "mailto:") &&
		   is_mail((struct word){m.p + 7, m.end})) {
		jj_sb_puts(j, b, "<a href=\"");
		jj_sb_add(j, b, m.p, length(m));
		jj_sb_puts(j, b, "\">");
		jj_sb_add(j, b, m.p + 7, length(m) - 7);
		jj_sb_puts(j, b, "</a>");
	} else if (!begins(m, "www.") && !memchr(m.p, ':', length(m)) &&
		   is_mail(m)) {
		link_to(j, b, "mailto:", m, NULL);
	} else if (other_scheme(j, m, how)) {
		struct look plain = *how;

		plain.limit = jj_missing();
		link_to(j, b, "", m, &plain);
	} else {
		jj_sb_add(j, b, m.p, length(m));
	}
	jj_sb_add(j, b, m.end, (size_t)(w.end - m.end));
}

/* ---- the filter ---- */

/* rel="..." out of its words, each once, sorted */
static struct jj_value
relations(struct jinja *j, struct jj_value rel, bool nofollow)
{
	struct jj_value l = jj_list_new(j, 8), words, unique = jj_dict_new(j);
	struct jj_args none = {0};

	if (rel.kind != JJ_MISSING && jj_true(j, rel)) {
		const struct jj_builtin *split =
		    jj_find_method(rel, jj_strz(j, "split").u.s);

		if (!split)
			jj_fail(j, "AttributeError",
			    "'%s' object has no attribute 'split'",
			    jj_type_name(rel));
		words = jj_call_builtin(j, split, &rel, &none);
		for (uint32_t i = 0; i < words.u.l->n; i++)
			jj_dict_set(j, unique.u.d, words.u.l->v[i], jj_none());
	}
	if (nofollow)
		jj_put(j, unique, "nofollow", jj_none());
	jj_put(j, unique, "noopener", jj_none());
	l = jj_to_list(j, unique);
	jj_sort(j, l.u.l, NULL, false);
	return l;
}

static void
attribute(
    struct jinja *j, struct jj_sb *b, const char *name, struct jj_value text)
{
	jj_sb_putc(j, b, ' ');
	jj_sb_puts(j, b, name);
	jj_sb_puts(j, b, "=\"");
	jj_str_to(j, b, jj_escape(j, text));
	jj_sb_putc(j, b, '"');
}

/* two or more of [A-Za-z0-9_.+-], a colon, up to two slashes */
static bool
is_scheme(struct jj_value v)
{
	const char *p, *end;
	unsigned n = 0, slashes = 0;
	size_t len;

	if (v.kind != JJ_STR)
		return false;
	p = v.u.s->data;
	end = p + v.u.s->len;
	for (; (len = word_char(p, end, ".+-")); n++)
		p += len;
	if (n < 2 || p >= end || *p++ != ':')
		return false;
	for (; p < end && *p == '/'; p++)
		slashes++;
	return p == end && slashes <= 2;
}

static void
check_schemes(struct jinja *j, struct jj_value schemes)
{
	struct jj_value one;
	struct jj_iter it;

	jj_iter_begin(j, &it, schemes);
	while (jj_iter_next(j, &it, &one)) {
		if (one.kind != JJ_STR)
			jj_type_error(j,
			    "expected string or bytes-like object, got '%s'",
			    one);
		if (!is_scheme(one))
			jj_fail(j, "FilterArgumentError",
			    "%.100s is not a valid URI scheme prefix.",
			    jj_repr_z(j, one));
	}
}

static bool
none(struct jj_value v)
{
	return v.kind == JJ_MISSING || v.kind == JJ_NONE;
}

/* urlize(trim_url_limit, nofollow, target, rel, extra_schemes) */
struct jj_value
jj_do_urlize(struct jinja *j, struct jj_value *v)
{
	const struct jj_str *s = jj_escape(j, v[0]).u.s;
	const char *p = s->data, *end = p + s->len, *q;
	struct look how = {.limit = none(v[1]) ? jj_missing() : v[1],
	    .schemes = none(v[5]) ? jj_missing() : v[5]};
	struct jj_sb b = {NULL, 0, 0}, rel = {NULL, 0, 0};
	struct jj_value l;

	l = relations(j, v[4], v[2].kind != JJ_MISSING && jj_true(j, v[2]));
	for (uint32_t i = 0; i < l.u.l->n; i++) {
		if (i)
			jj_sb_putc(j, &rel, ' ');
		jj_str_to(j, &rel, l.u.l->v[i]);
	}
	attribute(j, &how.attrs, "rel", jj_sb_value(j, &rel));
	if (!none(v[3]) && jj_true(j, v[3]))
		attribute(j, &how.attrs, "target", v[3]);
	if (how.schemes.kind != JJ_MISSING)
		check_schemes(j, how.schemes);
	while (p < end) {
		const char *from = p;

		for (q = p; p < end && !jj_is_space(jj_utf8_next(&q, end));)
			p = q;
		urlize_word(j, &b, (struct word){from, p}, &how);
		for (from = q = p;
		     p < end && jj_is_space(jj_utf8_next(&q, end));)
			p = q;
		jj_sb_add(j, &b, from, (size_t)(p - from));
	}
	return jj_sb_value(j, &b);
}
