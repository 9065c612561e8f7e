/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Escapes in string literals. */
#include <string.h>

#include "lang/jinja_private.h"

static int
hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 32;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* n hexadecimal digits at *p */
static bool
hex_digits(const char **p, const char *end, int n, uint32_t *c)
{
	*c = 0;
	for (int i = 0; i < n; i++, ++*p) {
		if (*p >= end || hex(**p) < 0)
			return false;
		*c = *c << 4 | (uint32_t)hex(**p);
	}
	return true;
}

static const char *
named(const char **p, const char *end, uint32_t *c)
{
	const char *close =
	    *p < end && **p == '{' ? memchr(*p, '}', (size_t)(end - *p)) : NULL;

	if (!close)
		return "malformed \\N character escape";
	if (!jj_char_by_name(*p + 1, (size_t)(close - *p) - 1, c))
		return "unknown Unicode character name";
	*p = close + 1;
	return NULL;
}

/* one escape after its backslash; NULL, or what is wrong.  *c is set, or
 * UINT32_MAX for no character, or the backslash stays (*keep) */
static const char *
one(const char **p, const char *end, uint32_t *c, bool *keep)
{
	static const char plain[] = "\\'\"abfnrtv";
	static const char as[] = "\\'\"\a\b\f\n\r\t\v";
	char e = *(*p)++;
	const char *at = e ? strchr(plain, e) : NULL;

	*keep = false;
	if (at) {
		*c = (unsigned char)as[at - plain];
	} else if (e == '\n') {
		*c = UINT32_MAX;
	} else if (e >= '0' && e <= '7') {
		*c = (uint32_t)(e - '0');
		for (int i = 0; i < 2 && *p < end && **p >= '0' && **p <= '7';
		     i++)
			*c = *c * 8 + (uint32_t)(*(*p)++ - '0');
	} else if (e == 'x') {
		if (!hex_digits(p, end, 2, c))
			return "truncated \\xXX escape";
	} else if (e == 'u') {
		if (!hex_digits(p, end, 4, c))
			return "truncated \\uXXXX escape";
	} else if (e == 'U') {
		if (!hex_digits(p, end, 8, c))
			return "truncated \\UXXXXXXXX escape";
		if (*c > 0x10ffff)
			return "illegal Unicode character";
	} else if (e == 'N') {
		return named(p, end, c);
	} else {
		--*p;
		*keep = true;
	}
	return NULL;
}

struct jj_str *
jj_unescape(
    struct jinja *j, struct arena *a, const char *s, size_t n, const char **why)
{
	const char *end = s + n;
	struct jj_sb b = {NULL, 0, 0};
	char utf8[4];

	if (!memchr(s, '\\', n))
		return jj_str_in(a, s, n);
	while (s < end) {
		uint32_t c;
		bool keep;

		if (*s != '\\') {
			jj_sb_putc(j, &b, *s++);
			continue;
		}
		if (++s >= end) {
			*why = "\\ at end of string";
			return NULL;
		}
		*why = one(&s, end, &c, &keep);
		if (*why)
			return NULL;
		if (keep)
			jj_sb_putc(j, &b, '\\');
		else if (c != UINT32_MAX)
			jj_sb_add(j, &b, utf8, jj_utf8_put(utf8, c));
	}
	return jj_str_in(a, b.p ? b.p : "", b.len);
}
