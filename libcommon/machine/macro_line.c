/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A line of G-code as Klipper's dispatcher sees it. */
#include "machine/macro_line.h"

#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "lang/jinja_private.h"

void
macro_line_init(struct macro_line *l)
{
	memset(l, 0, sizeof(*l));
	buf_init(&l->scratch);
}

void
macro_line_release(struct macro_line *l)
{
	free(l->param);
	buf_release(&l->scratch);
	memset(l, 0, sizeof(*l));
}

static bool
blank(char c)
{
	return c == ' ' || (c >= 9 && c <= 13) || (c >= 28 && c <= 31);
}

static bool
letter(char c)
{
	return ((c | 32) >= 'a' && (c | 32) <= 'z') || c == '_';
}

static char
upper(char c)
{
	return c >= 'a' && c <= 'z' ? (char)(c - 32) : c;
}

/* the number of a traditional command: digits, sign and points */
bool
macro_is_traditional(const char *s)
{
	bool digit = false;

	if (*s < 'A' || *s > 'Z')
		return false;
	for (s++; *s; s++) {
		if (*s >= '0' && *s <= '9')
			digit = true;
		else if (*s != '.' && *s != '-' && *s != '+')
			return false;
	}
	return digit;
}

static void
add_param(struct macro_line *l, const char *key, const char *value)
{
	ALLOC_GROW(l->param, l->n_params + 1, l->alloc);
	l->param[l->n_params].key = key;
	l->param[l->n_params++].value = value;
}

/* a later parameter of the same name takes the place of the first */
static void
unite(struct macro_line *l)
{
	size_t n = 0;

	for (size_t i = 0; i < l->n_params; i++) {
		size_t k = 0;

		while (k < n && strcmp(l->param[k].key, l->param[i].key) != 0)
			k++;
		if (k < n)
			l->param[k].value = l->param[i].value;
		else
			l->param[n++] = l->param[i];
	}
	l->n_params = n;
}

/* Text, upper case and stripped, to the scratch, which has room for it: what
 * is put there does not move. */
static const char *
put(struct macro_line *l, const char *s, size_t n)
{
	size_t at = l->scratch.len;

	while (n && blank(*s)) {
		s++;
		n--;
	}
	while (n && blank(s[n - 1]))
		n--;
	for (const char *end = s + n; s < end;) {
		char one[4];

		if (*s & 0x80)
			buf_add(&l->scratch, one,
			    jj_utf8_put(one, jj_upper1(jj_utf8_next(&s, end))));
		else
			buf_addc(&l->scratch, upper(*s++));
	}
	buf_addc(&l->scratch, '\0');
	return l->scratch.data + at;
}

static const char *
skip_key(const char *p, const char *end)
{
	if (*p == '*')
		return p + 1;
	while (p < end && letter(*p))
		p++;
	return p;
}

static const char *
skip_value(const char *p, const char *end)
{
	while (p < end && !letter(*p) && *p != '*')
		p++;
	return p;
}

/*
 * rawparams: the text behind the command's word, less one blank; behind a
 * line number, and then also without a checksum.  The word is found by its
 * letters in the line as it was written.
 */
static void
find_raw(struct macro_line *l, size_t name_len, bool numbered)
{
	const char *p = l->text, *end = l->text + l->len;

	if (numbered) {
		const char *star;

		while (p < end && !letter(*p))
			p++;
		p = skip_value(skip_key(p, end), end);
		/* N12G1: the name begins at the second key */
		star = end;
		while (star > p && star[-1] >= '0' && star[-1] <= '9')
			star--;
		if (star > p && star[-1] == '*' && star < end)
			end = star - 1;
		while (end > p && blank(end[-1]))
			end--;
	}
	/* blanks within "G  1" count: walk the name character by character */
	for (size_t k = 0; k < name_len && p < end; p++)
		if (!blank(*p))
			k++;
	if (p < end && blank(*p))
		p++;
	l->raw = p;
	l->raw_len = (size_t)(end - p);
	if (numbered)
		while (l->raw_len && blank(l->raw[0])) {
			l->raw++;
			l->raw_len--;
		}
}

static size_t
count_solid(const char *s)
{
	size_t n = 0;

	for (; *s; s++)
		n += !blank(*s);
	return n;
}

/* the command: lead, first key and its value; behind N its second */
static bool
command_name(struct macro_line *l, const char *lead, size_t lead_len)
{
	bool numbered = l->n_params > 0 && lead_len == 0 &&
			strcmp(l->param[0].key, "N") == 0;
	size_t i = numbered ? 1 : 0, at = l->scratch.len;

	for (size_t k = 0; !numbered && k < lead_len; k++)
		buf_addc(&l->scratch, upper(lead[k]));
	if (i < l->n_params) {
		buf_adds(&l->scratch, l->param[i].key);
		buf_adds(&l->scratch, l->param[i].value);
	}
	buf_addc(&l->scratch, '\0');
	l->command = l->scratch.data + at;
	return numbered;
}

void
macro_line_parse(struct macro_line *l, const char *s, size_t n)
{
	const char *end, *p, *cut, *lead;
	size_t lead_len;
	bool numbered;

	while (n && blank(*s)) {
		s++;
		n--;
	}
	while (n && blank(s[n - 1]))
		n--;
	l->text = s;
	l->len = n;
	l->n_params = 0;
	buf_clear(&l->scratch);
	cut = memchr(s, ';', n);
	end = cut ? cut : s + n;
	lead = s;
	p = skip_value(s, end);
	lead_len = (size_t)(p - lead);
	if (p == end)
		while (lead_len && blank(lead[lead_len - 1]))
			lead_len--;
	/* bytes with their NULs, and once more for names */
	buf_grow(&l->scratch, 8 * n + 64);
	while (p < end) {
		const char *v = skip_key(p, end), *next = skip_value(v, end);
		const char *key = put(l, p, (size_t)(v - p));

		add_param(l, key, put(l, v, (size_t)(next - v)));
		p = next;
	}
	numbered = command_name(l, lead, lead_len);
	l->traditional = macro_is_traditional(l->command);
	find_raw(l, count_solid(l->command), numbered);
	unite(l);
}

bool
macro_line_first_word(struct macro_line *l)
{
	const char *gap = strchr(l->command, ' ');
	size_t n = gap ? (size_t)(gap - l->command) : 0;
	char *word;

	if (!gap)
		return false;
	buf_grow(&l->scratch, n + 1);
	word = l->scratch.data + l->scratch.len;
	memcpy(word, l->command, n);
	word[n] = '\0';
	l->scratch.len += n + 1;
	l->command = word;
	l->traditional = true;
	find_raw(l, n, false);
	return true;
}

/* ---- extended parameters, split as a shell would ---- */

/* one word at *p to the scratch; false when a quote stays open */
static bool
shell_word(struct macro_line *l, const char **p, const char *end, bool *ends)
{
	char quote = '\0';

	for (; *p < end; ++*p) {
		char c = **p;

		if (quote == '\'' ? c == '\'' : quote && c == '"') {
			quote = '\0';
		} else if (quote == '"' && c == '\\' && *p + 1 < end &&
			   ((*p)[1] == '"' || (*p)[1] == '\\')) {
			buf_addc(&l->scratch, *++*p);
		} else if (quote) {
			buf_addc(&l->scratch, c);
		} else if (c == '"' || c == '\'') {
			quote = c;
		} else if (c == '\\') {
			if (*p + 1 >= end)
				return false;
			buf_addc(&l->scratch, *++*p);
		} else if (c == '#' || c == ';') {
			*ends = true;
			break;
		} else if (blank(c)) {
			break;
		} else {
			buf_addc(&l->scratch, c);
		}
	}
	buf_addc(&l->scratch, '\0');
	return !quote;
}

int
macro_line_extended(struct macro_line *l)
{
	const char *p = l->raw, *end = p + l->raw_len;
	bool ends = false;

	l->n_params = 0;
	for (;;) {
		size_t at = l->scratch.len;
		char *word, *eq;

		while (p < end && blank(*p))
			p++;
		if (p >= end || ends || *p == '#' || *p == ';')
			break;
		if (!shell_word(l, &p, end, &ends))
			return -1;
		word = l->scratch.data + at;
		eq = strchr(word, '=');
		if (!eq)
			return -1;
		*eq = '\0';
		for (char *k = word; *k; k++)
			*k = upper(*k);
		add_param(l, word, eq + 1);
	}
	unite(l);
	return 0;
}

const char *
macro_line_get(const struct macro_line *l, const char *key)
{
	for (size_t i = 0; i < l->n_params; i++)
		if (strcmp(l->param[i].key, key) == 0)
			return l->param[i].value;
	return NULL;
}
