/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One line of G-code becomes a command with its words. */
#include "lang/gcode.h"

#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "base/xalloc.h"

static bool
is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static char
upper(char c)
{
	return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

static bool
is_letter(char c)
{
	c = upper(c);
	return c >= 'A' && c <= 'Z';
}

static bool
is_key(char c)
{
	return is_letter(c) || c == '_';
}

static struct gcode_view
trimmed(const char *s, const char *end)
{
	while (s < end && is_blank(*s))
		s++;
	while (s < end && is_blank(end[-1]))
		end--;
	return (struct gcode_view){s, (size_t)(end - s)};
}

void
gcode_line_init(struct gcode_line *line)
{
	memset(line, 0, sizeof(*line));
}

void
gcode_line_release(struct gcode_line *line)
{
	free(line->word);
	buf_release(&line->scratch);
	gcode_line_init(line);
}

static void
wrong(struct gcode_line *line, const char *at, const char *why)
{
	line->why = why;
	line->wrong = at;
}

static struct gcode_word *
add_word(struct gcode_line *line, const char *key, size_t key_len)
{
	struct gcode_word *w;

	if (line->n_words >= GCODE_WORDS_MAX) {
		wrong(line, key, "too many words in a line");
		return NULL;
	}
	ALLOC_GROW(line->word, line->n_words + 1, line->alloc);
	w = &line->word[line->n_words++];
	w->key = (struct gcode_view){key, key_len};
	w->letter = (char)(key_len == 1 ? upper(*key) : 0);
	return w;
}

/* keys and what stands between them, up to the comment */
static int
split_words(struct gcode_line *line, const char *end)
{
	const char *p = line->text.s;

	while (p < end && !is_key(*p) && *p != '*')
		p++;
	while (p < end) {
		const char *key = p, *value;
		struct gcode_word *w;

		if (*p == '*')
			p++;
		else
			while (p < end && is_key(*p))
				p++;
		value = p;
		while (p < end && !is_key(*p) && *p != '*')
			p++;
		w = add_word(line, key, (size_t)(value - key));
		if (!w)
			return -1;
		w->value = trimmed(value, p);
	}
	return 0;
}

static const char *
value_end(const struct gcode_word *w)
{
	return w->value.s + w->value.n;
}

static const char *
first_blank(const char *s, const char *end)
{
	while (s < end && !is_blank(*s))
		s++;
	return s;
}

/* "100" of "M117 100% done": these take any text, the name ends before it */
static bool
takes_text(struct gcode_view name)
{
	return gcode_view_is(name, "M117") || gcode_view_is(name, "M118") ||
	       gcode_view_is(name, "M23");
}

/* the number of a classic name, when it is written as people write it */
static int
name_number(struct gcode_view name)
{
	uint64_t v;

	if (name.n > 6 || (name.n > 2 && name.s[1] == '0') ||
	    num_parse_uint(name.s + 1, name.n - 1, &v))
		return -1;
	return (int)v;
}

/*
 * The name: the first key with its value and whatever stands before it, or,
 * behind a line number, the next key with its value up to a blank.
 */
static void
find_name(struct gcode_line *line, const char *end)
{
	const struct gcode_word *w = line->word;
	const char *start = line->text.s;
	bool numbered =
	    line->n_words && w[0].letter == 'N' && w[0].key.s == start;
	struct gcode_view first;

	if (numbered && line->n_words == 1)
		return;
	if (!line->n_words) {
		line->name = trimmed(start, end);
	} else if (!numbered) {
		line->name = trimmed(start, value_end(&w[0]));
	} else {
		const char *stop = value_end(&w[1]);

		start = w[1].key.s;
		line->name = trimmed(start, first_blank(start, stop));
	}
	first = trimmed(start, first_blank(start, end));
	if (takes_text(first))
		line->name = first;
	line->kind = GCODE_EXTENDED;
	if (line->name.n >= 2 && is_letter(*line->name.s) &&
	    is_digit(line->name.s[1])) {
		line->kind = GCODE_CLASSIC;
		line->letter = upper(*line->name.s);
		line->number = name_number(line->name);
	}
}

static void
find_raw(struct gcode_line *line)
{
	const char *end = line->text.s + line->text.n, *p = end;
	const char *start = line->name.s + line->name.n;

	if (start < end && is_blank(*start))
		start++;
	if (line->name.s != line->text.s) { /* numbered: drop the checksum */
		while (p > start && is_digit(p[-1]))
			p--;
		if (p > start && p < end && p[-1] == '*')
			end = p - 1;
	}
	line->raw = (struct gcode_view){start, (size_t)(end - start)};
}

static bool
ends_word(char c)
{
	return is_blank(c) || c == ';' || c == '#';
}

/* A word with quotes or backslashes, into the scratch; NULL: not closed. */
static const char *
resolve(struct buf *out, const char *p, const char *end)
{
	char quote = 0;

	for (; p < end; p++) {
		if (quote ? *p == quote : *p == '"' || *p == '\'') {
			quote = quote ? '\0' : *p;
		} else if (*p == '\\' && quote != '\'') {
			if (++p == end)
				return NULL;
			if (quote && *p != '\\' && *p != quote)
				buf_addc(out, '\\');
			buf_addc(out, *p);
		} else if (!quote && ends_word(*p)) {
			break;
		} else {
			buf_addc(out, *p);
		}
	}
	return quote ? NULL : p;
}

/* the word at p as a shell reads it; returns where it ends */
static const char *
shell_word(struct gcode_line *line, const char *p, const char *end,
    struct gcode_view *v)
{
	struct buf *out = &line->scratch;
	const char *start = p;
	size_t from = out->len;

	while (p < end && !ends_word(*p) && !strchr("\"'\\", *p))
		p++;
	*v = (struct gcode_view){start, (size_t)(p - start)};
	if (p == end || ends_word(*p))
		return p;
	p = resolve(out, start, end);
	if (p)
		*v = (struct gcode_view){out->data + from, out->len - from};
	else
		wrong(line, start, "a quote or backslash has no end");
	return p;
}

/* KEY=VALUE words; 0, or -1 with the reason in .why */
static int
split_arguments(struct gcode_line *line)
{
	const char *p = line->raw.s, *end = p + line->raw.n;

	/* views point into it: it must not move */
	buf_clear(&line->scratch);
	buf_grow(&line->scratch, line->raw.n + 1);
	for (;;) {
		struct gcode_view v;
		const char *start, *equals;
		struct gcode_word *w;

		while (p < end && is_blank(*p))
			p++;
		if (p == end)
			return 0;
		if (*p == ';' || *p == '#') {
			line->comment =
			    (struct gcode_view){p + 1, (size_t)(end - p - 1)};
			return 0;
		}
		start = p;
		p = shell_word(line, p, end, &v);
		if (!p)
			return -1;
		equals = v.n ? memchr(v.s, '=', v.n) : NULL;
		if (!equals || equals == v.s) {
			wrong(line, start, "an argument is not KEY=VALUE");
			return -1;
		}
		w = add_word(line, v.s, (size_t)(equals - v.s));
		if (!w)
			return -1;
		equals++;
		w->value =
		    (struct gcode_view){equals, (size_t)(v.s + v.n - equals)};
	}
}

enum gcode_kind
gcode_parse(struct gcode_line *line, const char *s, size_t n)
{
	const char *cut, *end;

	line->text = trimmed(s, s + n);
	line->kind = GCODE_BLANK;
	line->name = line->raw = line->comment = (struct gcode_view){NULL, 0};
	line->letter = 0;
	line->number = -1;
	line->n_words = 0;
	line->why = line->wrong = NULL;
	end = line->text.s + line->text.n;
	if (line->text.n > GCODE_LINE_MAX) {
		wrong(line, line->text.s, "the line is too long");
		return line->kind = GCODE_WRONG;
	}
	cut = line->text.n ? memchr(line->text.s, ';', line->text.n) : NULL;
	if (cut)
		line->comment =
		    (struct gcode_view){cut + 1, (size_t)(end - cut - 1)};
	else
		cut = end;
	if (trimmed(line->text.s, cut).n == 0)
		return line->kind;
	if (split_words(line, cut))
		return line->kind = GCODE_WRONG;
	find_name(line, cut);
	if (line->kind != GCODE_BLANK)
		find_raw(line);
	if (line->kind == GCODE_EXTENDED) {
		line->n_words = 0;
		line->comment = (struct gcode_view){NULL, 0};
		split_arguments(line);
	}
	return line->kind;
}

bool
gcode_is(const struct gcode_line *line, char letter, int number)
{
	return line->letter == letter && line->number == number;
}

bool
gcode_view_is(struct gcode_view v, const char *word)
{
	size_t n = strlen(word);

	if (v.n != n)
		return false;
	for (size_t i = 0; i < n; i++)
		if (upper(v.s[i]) != upper(word[i]))
			return false;
	return true;
}

const struct gcode_word *
gcode_word(const struct gcode_line *line, const char *key)
{
	for (size_t i = line->n_words; i-- > 0;)
		if (gcode_view_is(line->word[i].key, key))
			return &line->word[i];
	return NULL;
}

const struct gcode_word *
gcode_letter(const struct gcode_line *line, char letter)
{
	for (size_t i = line->n_words; i-- > 0;)
		if (line->word[i].letter == letter)
			return &line->word[i];
	return NULL;
}

int
gcode_word_double(const struct gcode_word *w, double *out)
{
	if (!w)
		return 0;
	return num_parse_decimal(w->value.s, w->value.n, out) ? -1 : 1;
}

int
gcode_word_int(const struct gcode_word *w, int64_t *out)
{
	if (!w)
		return 0;
	return num_parse_int(w->value.s, w->value.n, out) ? -1 : 1;
}

uint32_t
gcode_column(const char *s, const char *at)
{
	return (uint32_t)(at - s) + 1;
}

const char *
gcode_m486_name(const struct gcode_line *line)
{
	const char *end = line->raw.s + line->raw.n;

	for (const char *s = line->raw.s; s < end && *s != ';'; s++)
		if ((*s == 'A' || *s == 'a') &&
		    (s == line->raw.s || s[-1] == ' ' || s[-1] == '\t'))
			return s;
	return NULL;
}

const struct gcode_word *
gcode_m486_word(const struct gcode_line *line, char letter)
{
	const char *name = gcode_m486_name(line);

	for (size_t i = 0; i < line->n_words; i++)
		if (line->word[i].letter == letter &&
		    (!name || line->word[i].key.s < name))
			return &line->word[i];
	return NULL;
}
