/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Klipper's configuration format: texts as numbers, truths and lists. */
#include <math.h>
#include <string.h>
#include <strings.h>

#include "base/num.h"
#include "lang/klippercfg.h"
#include "lang/utf8.h"

#define NUMBER_MAX 400

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Copies a number without the '_' between its digits; 0 if misplaced. */
static size_t
plain_number(const char *text, char out[NUMBER_MAX])
{
	size_t n = utf8_strip(&text, strlen(text)), len = 0;

	if (n == 0 || n >= NUMBER_MAX)
		return 0;
	for (size_t i = 0; i < n; i++) {
		if (text[i] != '_')
			out[len++] = text[i];
		else if (i == 0 || i + 1 == n || !is_digit(text[i - 1]) ||
			 !is_digit(text[i + 1]))
			return 0;
	}
	out[len] = '\0';
	return len;
}

int
klippercfg_int(const char *text, int64_t *out)
{
	char s[NUMBER_MAX];
	size_t n = plain_number(text, s);

	return n ? num_parse_int(s, n, out) : -1;
}

int
klippercfg_double(const char *text, double *out)
{
	char s[NUMBER_MAX];
	size_t n = plain_number(text, s);
	const char *word = s;

	if (n == 0)
		return -1;
	if (num_parse_double(s, n, out) == 0)
		return 0;
	if (*word == '+' || *word == '-')
		word++;
	if (strcasecmp(word, "inf") == 0 || strcasecmp(word, "infinity") == 0)
		*out = *s == '-' ? -(double)INFINITY : (double)INFINITY;
	else if (strcasecmp(word, "nan") == 0)
		*out = (double)NAN;
	else
		return -1;
	return 0;
}

int
klippercfg_bool(const char *text, bool *out)
{
	static const char *const no[] = {"0", "no", "false", "off"};
	static const char *const yes[] = {"1", "yes", "true", "on"};

	for (int i = 0; i < 4; i++) {
		if (strcasecmp(text, no[i]) == 0) {
			*out = false;
			return 0;
		}
		if (strcasecmp(text, yes[i]) == 0) {
			*out = true;
			return 0;
		}
	}
	return -1;
}

bool
klippercfg_blank(const char *text)
{
	return utf8_strip(&text, strlen(text)) == 0;
}

long
klippercfg_item(const char **text, char separator, const char **item)
{
	const char *s = *text, *end;
	size_t len;

	if (!s)
		return -1;
	end = strchr(s, separator);
	len = end ? (size_t)(end - s) : strlen(s);
	*text = end ? end + 1 : NULL;
	*item = s;
	return (long)utf8_strip(item, len);
}

bool
klippercfg_is_one(const char *text, size_t len)
{
	const char *end = text + len;

	if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
		text += 3;
	while (text < end) {
		const char *eol = memchr(text, '\n', (size_t)(end - text));
		const char *s = text;
		size_t n = utf8_strip(&s, (size_t)((eol ? eol : end) - text));

		if (n && *s != '#' && *s != ';')
			return n >= 3 && *s == '[';
		text = eol ? eol + 1 : end;
	}
	return false;
}
