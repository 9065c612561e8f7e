/* SPDX-License-Identifier: GPL-3.0-or-later */
/* UTF-8: the table of Unicode 15, chapter 3, as comparisons. */
#include "lang/utf8.h"

static bool
is_tail(unsigned char c)
{
	return (c & 0xc0) == 0x80;
}

size_t
utf8_decode(const char *str, size_t n, uint32_t *cp)
{
	const unsigned char *s = (const unsigned char *)str;
	uint32_t value;
	size_t len;

	if (n == 0)
		return 0;
	if (s[0] < 0x80) {
		value = s[0];
		len = 1;
	} else if (s[0] >= 0xc2 && s[0] < 0xe0) {
		value = s[0] & 0x1f;
		len = 2;
	} else if (s[0] >= 0xe0 && s[0] < 0xf0) {
		value = s[0] & 0x0f;
		len = 3;
	} else if (s[0] >= 0xf0 && s[0] < 0xf5) {
		value = s[0] & 0x07;
		len = 4;
	} else {
		return 0;
	}
	if (len > n)
		return 0;
	for (size_t i = 1; i < len; i++) {
		if (!is_tail(s[i]))
			return 0;
		value = value << 6 | (s[i] & 0x3fu);
	}
	if ((len == 3 && value < 0x800) || (len == 4 && value < 0x10000) ||
	    (value >= 0xd800 && value < 0xe000) || value > 0x10ffff)
		return 0;
	if (cp)
		*cp = value;
	return len;
}

size_t
utf8_encode(char *out, uint32_t cp)
{
	if (cp < 0x80) {
		out[0] = (char)cp;
		return 1;
	}
	if (cp < 0x800) {
		out[0] = (char)(0xc0 | cp >> 6);
		out[1] = (char)(0x80 | (cp & 0x3f));
		return 2;
	}
	if (cp < 0x10000) {
		out[0] = (char)(0xe0 | cp >> 12);
		out[1] = (char)(0x80 | (cp >> 6 & 0x3f));
		out[2] = (char)(0x80 | (cp & 0x3f));
		return 3;
	}
	out[0] = (char)(0xf0 | cp >> 18);
	out[1] = (char)(0x80 | (cp >> 12 & 0x3f));
	out[2] = (char)(0x80 | (cp >> 6 & 0x3f));
	out[3] = (char)(0x80 | (cp & 0x3f));
	return 4;
}

bool
utf8_valid(const char *s, size_t n, size_t *bad)
{
	size_t i = 0;

	while (i < n) {
		size_t len = utf8_decode(s + i, n - i, NULL);

		if (len == 0) {
			if (bad)
				*bad = i;
			return false;
		}
		i += len;
	}
	return true;
}

bool
utf8_is_space(uint32_t cp)
{
	return cp == ' ' || (cp >= 0x09 && cp <= 0x0d) ||
	       (cp >= 0x1c && cp <= 0x1f) || cp == 0x85 || cp == 0xa0 ||
	       cp == 0x1680 || (cp >= 0x2000 && cp <= 0x200a) || cp == 0x2028 ||
	       cp == 0x2029 || cp == 0x202f || cp == 0x205f || cp == 0x3000;
}

size_t
utf8_space_at(const char *s, size_t n)
{
	uint32_t cp;
	size_t len = utf8_decode(s, n, &cp);

	return len && utf8_is_space(cp) ? len : 0;
}

size_t
utf8_space_before(const char *s, size_t n)
{
	/* no white space is longer than three bytes */
	for (size_t len = 1; len <= 3 && len <= n; len++) {
		if (is_tail((unsigned char)s[n - len]))
			continue;
		return utf8_space_at(s + n - len, len) == len ? len : 0;
	}
	return 0;
}

size_t
utf8_strip(const char **s, size_t n)
{
	size_t len;

	while ((len = utf8_space_at(*s, n)) > 0) {
		*s += len;
		n -= len;
	}
	while ((len = utf8_space_before(*s, n)) > 0)
		n -= len;
	return n;
}
