/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Text of templates: UTF-8, classes and case of characters, searching. */
#include <string.h>

#include "lang/jinja_private.h"
#include "lang/jinja_unicode.h"

/* Bytes that are not UTF-8 count as one character each. */
uint32_t
jj_utf8_next(const char **p, const char *end)
{
	const unsigned char *s = (const unsigned char *)*p;
	size_t left = (size_t)(end - *p), more;
	uint32_t c = s[0];

	if (c < 0x80) {
		*p += 1;
		return c;
	}
	more = c >= 0xf0 ? 3 : c >= 0xe0 ? 2 : 1;
	if (c < 0xc2 || c > 0xf4 || more >= left)
		goto bad;
	c &= 0x3fu >> more;
	for (size_t i = 1; i <= more; i++) {
		if ((s[i] & 0xc0) != 0x80)
			goto bad;
		c = c << 6 | (s[i] & 0x3f);
	}
	*p += more + 1;
	return c;
bad:
	*p += 1;
	return 0xfffd;
}

unsigned
jj_utf8_put(char *out, uint32_t c)
{
	if (c < 0x80) {
		out[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		out[0] = (char)(0xc0 | c >> 6);
		out[1] = (char)(0x80 | (c & 0x3f));
		return 2;
	}
	if (c < 0x10000) {
		out[0] = (char)(0xe0 | c >> 12);
		out[1] = (char)(0x80 | (c >> 6 & 0x3f));
		out[2] = (char)(0x80 | (c & 0x3f));
		return 3;
	}
	out[0] = (char)(0xf0 | c >> 18);
	out[1] = (char)(0x80 | (c >> 12 & 0x3f));
	out[2] = (char)(0x80 | (c >> 6 & 0x3f));
	out[3] = (char)(0x80 | (c & 0x3f));
	return 4;
}

uint32_t
jj_utf8_count(const char *s, size_t len)
{
	const char *end = s + len;
	uint32_t n = 0;

	while (s < end) {
		uint64_t eight;

		if (end - s >= 8) {
			memcpy(&eight, s, 8);
			if (!(eight & 0x8080808080808080ull)) {
				s += 8;
				n += 8;
				continue;
			}
		}
		if (!(*s & 0x80))
			s++;
		else
			jj_utf8_next(&s, end);
		n++;
	}
	return n;
}

size_t
jj_utf8_offset(const struct jj_str *s, uint32_t chars)
{
	const char *p = s->data, *end = p + s->len;

	if (s->len == s->chars)
		return chars;
	while (chars--)
		jj_utf8_next(&p, end);
	return (size_t)(p - s->data);
}

static bool
in_ranges(const struct jj_range *r, unsigned n, uint32_t c)
{
	unsigned lo = 0, hi = n;

	while (lo < hi) {
		unsigned mid = (lo + hi) / 2;

		if (c < r[mid].first)
			hi = mid;
		else if (c > r[mid].last)
			lo = mid + 1;
		else
			return true;
	}
	return false;
}

bool
jj_is_space(uint32_t c)
{
	if (c < 0x80)
		return c == ' ' || (c >= 9 && c <= 13) || (c >= 28 && c <= 31);
	return in_ranges(jj_space, jj_n_space, c);
}

bool
jj_is_alpha(uint32_t c)
{
	if (c < 0x80)
		return (c | 32) >= 'a' && (c | 32) <= 'z';
	return in_ranges(jj_alpha, jj_n_alpha, c);
}

int
jj_decimal_value(uint32_t c)
{
	if (c < 0x80)
		return c >= '0' && c <= '9' ? (int)(c - '0') : -1;
	for (unsigned i = 0; i < jj_n_decimal; i++)
		if (c >= jj_decimal[i].first && c <= jj_decimal[i].last)
			return (int)(c - jj_decimal[i].first);
	return -1;
}

bool
jj_is_digit(uint32_t c)
{
	return jj_decimal_value(c) >= 0 ||
	       (c >= 0x80 && in_ranges(jj_digit, jj_n_digit, c));
}

bool
jj_is_numeric(uint32_t c)
{
	return jj_is_digit(c) ||
	       (c >= 0x80 && in_ranges(jj_numeric, jj_n_numeric, c));
}

bool
jj_is_alnum(uint32_t c)
{
	return jj_is_alpha(c) || jj_is_numeric(c);
}

bool
jj_is_printable(uint32_t c)
{
	if (c < 0x80)
		return c >= 0x20 && c != 0x7f;
	return !in_ranges(jj_unprintable, jj_n_unprintable, c);
}

static uint32_t
change_case(const struct jj_case *t, unsigned n, uint32_t c)
{
	unsigned lo = 0, hi = n;

	while (lo < hi) {
		unsigned mid = (lo + hi) / 2;

		if (c < t[mid].first)
			hi = mid;
		else if (c > t[mid].last)
			lo = mid + 1;
		else if ((c - t[mid].first) % t[mid].stride)
			return c;
		else
			return (uint32_t)((int64_t)c + t[mid].delta);
	}
	return c;
}

uint32_t
jj_upper1(uint32_t c)
{
	if (c < 0x80)
		return c >= 'a' && c <= 'z' ? c - 32 : c;
	return change_case(jj_to_upper, jj_n_to_upper, c);
}

uint32_t
jj_lower1(uint32_t c)
{
	if (c < 0x80)
		return c >= 'A' && c <= 'Z' ? c + 32 : c;
	return change_case(jj_to_lower, jj_n_to_lower, c);
}

static const struct jj_special *
special(uint32_t c)
{
	for (unsigned i = 0; c >= 0x80 && i < jj_n_special_upper; i++)
		if (jj_special_upper[i].from == c)
			return &jj_special_upper[i];
	return NULL;
}

bool
jj_is_upper(uint32_t c)
{
	return jj_lower1(c) != c;
}

bool
jj_is_lower(uint32_t c)
{
	return jj_upper1(c) != c || special(c);
}

/* some letters become two or three */
void
jj_put_upper(struct jinja *j, struct jj_sb *b, uint32_t c)
{
	const struct jj_special *sp = special(c);
	char one[4];

	if (!sp)
		jj_sb_add(j, b, one, jj_utf8_put(one, jj_upper1(c)));
	for (int i = 0; sp && i < 3 && sp->to[i]; i++)
		jj_sb_add(j, b, one, jj_utf8_put(one, sp->to[i]));
}

/* as the first letter of a word: only the first of them is a capital */
void
jj_put_title(struct jinja *j, struct jj_sb *b, uint32_t c)
{
	const struct jj_special *sp = special(c);
	char one[4];

	if (!sp)
		jj_put_upper(j, b, c);
	for (int i = 0; sp && i < 3 && sp->to[i]; i++)
		jj_sb_add(j, b, one,
		    jj_utf8_put(one, i ? jj_lower1(sp->to[i]) : sp->to[i]));
}

/* plain text, with the 26 letters from first on turned over */
static struct jj_value
turn_letters(struct jinja *j, const struct jj_str *s, char first)
{
	struct jj_str *t = jj_alloc(j, sizeof(*t) + s->len + 1);

	t->len = t->chars = s->len;
	for (uint32_t i = 0; i < s->len; i++)
		t->data[i] = s->data[i] >= first && s->data[i] < first + 26
				 ? s->data[i] ^ 32
				 : s->data[i];
	return jj_of_str(t);
}

struct jj_value
jj_upper_str(struct jinja *j, const struct jj_str *s)
{
	const char *p = s->data, *end = p + s->len;
	struct jj_sb b = {NULL, 0, 0};

	if (s->len == s->chars)
		return turn_letters(j, s, 'a');
	while (p < end)
		jj_put_upper(j, &b, jj_utf8_next(&p, end));
	return jj_sb_value(j, &b);
}

struct jj_value
jj_lower_str(struct jinja *j, const struct jj_str *s)
{
	const char *p = s->data, *end = p + s->len;
	struct jj_sb b = {NULL, 0, 0};
	char one[4];

	if (s->len == s->chars)
		return turn_letters(j, s, 'A');
	while (p < end) {
		uint32_t c = jj_utf8_next(&p, end);

		jj_sb_add(j, &b, one, jj_utf8_put(one, jj_lower1(c)));
	}
	return jj_sb_value(j, &b);
}

struct jj_value
jj_sub(struct jinja *j, const struct jj_str *s, size_t from, size_t to)
{
	return from < to ? jj_string(j, s->data + from, to - from)
			 : jj_string(j, "", 0);
}

static bool
one_of(uint32_t c, const struct jj_str *chars)
{
	const char *p, *end;

	if (!chars)
		return jj_is_space(c);
	p = chars->data;
	end = p + chars->len;
	while (p < end)
		if (jj_utf8_next(&p, end) == c)
			return true;
	return false;
}

struct jj_value
jj_trim_str(struct jinja *j, const struct jj_str *s, const struct jj_str *chars,
    bool left, bool right)
{
	const char *p = s->data, *end = p + s->len, *q;
	const char *last = p;

	while (left && p < end) {
		q = p;
		if (!one_of(jj_utf8_next(&q, end), chars))
			break;
		p = q;
	}
	for (q = last = p; right && q < end;)
		if (!one_of(jj_utf8_next(&q, end), chars))
			last = q;
	if (!right)
		last = end;
	return jj_string(j, p, (size_t)(last - p));
}

struct jj_value
jj_replace_str(struct jinja *j, const struct jj_str *s,
    const struct jj_str *old, const struct jj_str *new, int64_t count)
{
	struct jj_sb b = {NULL, 0, 0};
	const char *p = s->data, *end = p + s->len;

	if (count < 0)
		count = INT64_MAX;
	if (!old->len) { /* between all characters */
		for (; count > 0; count--) {
			const char *q = p;

			jj_sb_add(j, &b, new->data, new->len);
			if (p == end)
				break;
			jj_utf8_next(&p, end);
			jj_sb_add(j, &b, q, (size_t)(p - q));
		}
	}
	while (old->len && count-- > 0) {
		int64_t at =
		    jj_find_text(p, (size_t)(end - p), old->data, old->len);

		if (at < 0)
			break;
		jj_sb_add(j, &b, p, (size_t)at);
		jj_sb_add(j, &b, new->data, new->len);
		p += at + (int64_t)old->len;
	}
	jj_sb_add(j, &b, p, (size_t)(end - p));
	return jj_sb_value(j, &b);
}

struct jj_value
jj_escape(struct jinja *j, struct jj_value v)
{
	struct jj_str *s = jj_str_of(j, v);
	struct jj_sb b = {NULL, 0, 0};
	struct jj_value out;

	if (v.kind == JJ_STR && s->markup)
		return v;
	for (uint32_t i = 0; i < s->len; i++) {
		static const char plain[] = "&<>'\"";
		static const char *const as[] = {
		    "&amp;", "&lt;", "&gt;", "&#39;", "&#34;"};
		const char *at = strchr(plain, s->data[i]);

		if (s->data[i] && at)
			jj_sb_puts(j, &b, as[at - plain]);
		else
			jj_sb_putc(j, &b, s->data[i]);
	}
	out = jj_sb_value(j, &b);
	out.u.s->markup = true;
	return out;
}

bool
jj_char_by_name(const char *s, size_t n, uint32_t *c)
{
	char name[80];
	unsigned lo = 0, hi = jj_n_char_name;

	if (n >= sizeof(name))
		return false;
	for (size_t i = 0; i < n; i++)
		name[i] = (char)jj_upper1((unsigned char)s[i]);
	name[n] = '\0';
	while (lo < hi) {
		unsigned mid = (lo + hi) / 2;
		int d = strcmp(name, jj_char_name[mid].name);

		if (!d) {
			*c = jj_char_name[mid].c;
			return true;
		}
		if (d < 0)
			hi = mid;
		else
			lo = mid + 1;
	}
	return false;
}
