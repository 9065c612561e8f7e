/* SPDX-License-Identifier: GPL-3.0-or-later */
/* JSON out: values appended to a buf, one line a record if wanted. */
#include "lang/json.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/die.h"
#include "base/num.h"

void
json_begin(struct json *j, struct buf *out)
{
	j->out = out;
	j->depth = 0;
	j->objects = 0;
	j->filled = 0;
}

/* Length of the well-formed UTF-8 sequence at s (n bytes left), 0 if none. */
static size_t
utf8_length(const unsigned char *s, size_t n)
{
	size_t len = s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;

	if (s[0] < 0x80)
		return 1;
	if (s[0] < 0xc2 || s[0] > 0xf4 || len > n)
		return 0;
	for (size_t i = 1; i < len; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	/* over-long forms, surrogates, beyond U+10FFFF */
	if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) ||
	    (s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f))
		return 0;
	return len;
}

static void
add_escaped(struct buf *out, unsigned char c)
{
	static const char from[] = "\"\\\b\f\n\r\t", to[] = "\"\\bfnrt";
	const char *p = c ? strchr(from, c) : NULL;

	if (p)
		buf_addf(out, "\\%c", to[p - from]);
	else
		buf_addf(out, "\\u%04x", c);
}

static void
add_quoted(struct buf *out, const char *text, size_t n)
{
	const unsigned char *s = (const unsigned char *)text, *end = s + n;

	buf_addc(out, '"');
	while (s < end) {
		const unsigned char *run = s;
		size_t len;

		while (s < end && *s >= 0x20 && *s < 0x7f && *s != '"' &&
		       *s != '\\')
			s++;
		buf_add(out, run, (size_t)(s - run));
		if (s == end)
			break;
		len = utf8_length(s, (size_t)(end - s));
		if (len == 0)
			buf_adds(out, "\xef\xbf\xbd");
		else if (len == 1)
			add_escaped(out, *s);
		else
			buf_add(out, s, len);
		s += len ? len : 1;
	}
	buf_addc(out, '"');
}

/* Everything that stands before a value: comma and key. */
static void
start_value(struct json *j, const char *key)
{
	uint64_t bit = UINT64_C(1) << j->depth;

	if (!(j->objects & bit) != !key)
		BUG("json: key %s here", key ? "not wanted" : "missing");
	if (j->depth > 0 && (j->filled & bit))
		buf_addc(j->out, ',');
	j->filled |= bit;
	if (key) {
		add_quoted(j->out, key, strlen(key));
		buf_addc(j->out, ':');
	}
}

static void
open_level(struct json *j, const char *key, bool object)
{
	uint64_t bit;

	start_value(j, key);
	if (j->depth >= JSON_DEPTH_MAX)
		BUG("json: deeper than %d", JSON_DEPTH_MAX);
	bit = UINT64_C(1) << ++j->depth;
	j->objects = object ? j->objects | bit : j->objects & ~bit;
	j->filled &= ~bit;
	buf_addc(j->out, object ? '{' : '[');
}

void
json_object(struct json *j, const char *key)
{
	open_level(j, key, true);
}

void
json_array(struct json *j, const char *key)
{
	open_level(j, key, false);
}

void
json_close(struct json *j)
{
	if (j->depth == 0)
		BUG("json: nothing to close");
	buf_addc(j->out, (j->objects >> j->depth) & 1 ? '}' : ']');
	j->depth--;
}

void
json_newline(struct json *j)
{
	if (j->depth)
		BUG("json: newline inside a value");
	buf_addc(j->out, '\n');
}

void
json_stringn(struct json *j, const char *key, const char *value, size_t len)
{
	start_value(j, key);
	add_quoted(j->out, value, len);
}

void
json_string(struct json *j, const char *key, const char *value)
{
	json_stringn(j, key, value, strlen(value));
}

void
json_int(struct json *j, const char *key, int64_t value)
{
	start_value(j, key);
	buf_addf(j->out, "%lld", (long long)value);
}

void
json_double(struct json *j, const char *key, double value)
{
	char text[NUM_DOUBLE_MAX];

	start_value(j, key);
	if (!isfinite(value))
		buf_adds(j->out, "null");
	else
		buf_add(j->out, text, num_format_double(text, value));
}

void
json_fixed(struct json *j, const char *key, double value, int decimals)
{
	char text[352]; /* 309 digits before the dot at most */
	int n;

	if (decimals < 0 || decimals > 17)
		BUG("json: %d decimals", decimals);
	start_value(j, key);
	if (!isfinite(value)) {
		buf_adds(j->out, "null");
		return;
	}
	n = snprintf(text, sizeof(text), "%.*f", decimals, value);
	if (decimals > 0) {
		while (text[n - 1] == '0')
			n--;
		if (text[n - 1] == '.')
			n--;
	}
	if (n == 2 && text[0] == '-' && text[1] == '0')
		buf_addc(j->out, '0');
	else
		buf_add(j->out, text, (size_t)n);
}

void
json_bool(struct json *j, const char *key, bool value)
{
	start_value(j, key);
	buf_adds(j->out, value ? "true" : "false");
}

void
json_null(struct json *j, const char *key)
{
	start_value(j, key);
	buf_adds(j->out, "null");
}
