/* SPDX-License-Identifier: GPL-3.0-or-later */
/* libconfig's text as tokens with places. */
#include "lang/conftext.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

void
conftext_begin(struct conftext *c, const char *text, size_t len)
{
	*c = (struct conftext){text, len, 0, 1, 0};
}

static char
peek(const struct conftext *c, size_t ahead)
{
	return c->at + ahead < c->len ? c->text[c->at + ahead] : '\0';
}

static void
step(struct conftext *c)
{
	if (c->text[c->at++] == '\n') {
		c->line++;
		c->line_at = c->at;
	}
}

static void
to_line_end(struct conftext *c)
{
	while (c->at < c->len && c->text[c->at] != '\n')
		step(c);
}

static void
scan_comment(struct conftext *c)
{
	if (peek(c, 0) == '#' || peek(c, 1) == '/') {
		to_line_end(c);
		return;
	}
	step(c);
	step(c);
	while (c->at < c->len && !(peek(c, 0) == '*' && peek(c, 1) == '/'))
		step(c);
	for (int i = 0; i < 2 && c->at < c->len; i++)
		step(c);
}

static void
scan_string(struct conftext *c)
{
	step(c);
	while (c->at < c->len && peek(c, 0) != '"') {
		if (peek(c, 0) == '\\' && c->at + 1 < c->len)
			step(c);
		step(c);
	}
	if (c->at < c->len)
		step(c);
}

static bool
is_name_char(char ch)
{
	return isalnum((unsigned char)ch) || ch == '_' || ch == '-' ||
	       ch == '*';
}

static void
scan_number(struct conftext *c)
{
	step(c);
	while (isalnum((unsigned char)peek(c, 0)) || peek(c, 0) == '.' ||
	       ((peek(c, 0) == '-' || peek(c, 0) == '+') &&
		   (c->text[c->at - 1] == 'e' || c->text[c->at - 1] == 'E')))
		step(c);
}

bool
conftext_next(struct conftext *c, struct conftext_token *t)
{
	char ch;

	while (c->at < c->len && isspace((unsigned char)c->text[c->at]))
		step(c);
	*t = (struct conftext_token){CONFTEXT_END, c->at, 0, c->line,
	    (uint32_t)(c->at - c->line_at) + 1};
	if (c->at >= c->len)
		return false;
	ch = peek(c, 0);
	if (ch == '#' ||
	    (ch == '/' && (peek(c, 1) == '/' || peek(c, 1) == '*'))) {
		t->kind = CONFTEXT_COMMENT;
		scan_comment(c);
	} else if (ch == '"') {
		t->kind = CONFTEXT_STRING;
		scan_string(c);
	} else if (ch == '@') {
		t->kind = CONFTEXT_INCLUDE;
		do
			step(c);
		while (isalpha((unsigned char)peek(c, 0)));
	} else if (isalpha((unsigned char)ch) || ch == '*') {
		t->kind = CONFTEXT_NAME;
		while (is_name_char(peek(c, 0)))
			step(c);
	} else if (isdigit((unsigned char)ch) || ch == '-' || ch == '+' ||
		   ch == '.') {
		t->kind = CONFTEXT_NUMBER;
		scan_number(c);
	} else {
		t->kind = CONFTEXT_MARK;
		step(c);
	}
	t->len = c->at - t->at;
	return true;
}

static bool
is_wide(const char *s, size_t len)
{
	char copy[32], *end;
	long long v;

	if (len >= sizeof(copy))
		return false;
	memcpy(copy, s, len);
	copy[len] = '\0';
	errno = 0;
	v = strtoll(copy, &end, strncasecmp(copy, "0x", 2) ? 10 : 16);
	return !*end && !errno && (v > INT32_MAX || v < INT32_MIN);
}

void
conftext_widen(const char *text, size_t len, struct buf *out)
{
	struct conftext c;
	struct conftext_token t;
	size_t done = 0;

	conftext_begin(&c, text, len);
	while (conftext_next(&c, &t)) {
		if (t.kind != CONFTEXT_NUMBER || !is_wide(text + t.at, t.len))
			continue;
		buf_add(out, text + done, t.at + t.len - done);
		buf_addc(out, 'L');
		done = t.at + t.len;
	}
	buf_add(out, text + done, len - done);
}

void
conftext_quote(struct buf *out, const char *s)
{
	buf_addc(out, '"');
	for (; *s; s++) {
		unsigned char ch = (unsigned char)*s;

		if (ch == '"' || ch == '\\')
			buf_addf(out, "\\%c", ch);
		else if (ch == '\n')
			buf_adds(out, "\\n");
		else if (ch == '\t')
			buf_adds(out, "\\t");
		else if (ch < 0x20 || ch == 0x7f)
			buf_addf(out, "\\x%02x", ch);
		else
			buf_addc(out, *s);
	}
	buf_addc(out, '"');
}

bool
conftext_is_name(const char *s)
{
	if (!isalpha((unsigned char)*s))
		return false;
	for (; *s; s++)
		if (!is_name_char(*s) || *s == '*')
			return false;
	return true;
}

/* --- finding a setting ------------------------------------------------ */

struct walk {
	struct conftext c;
	struct conftext_token t;
	const char *const *path;
	int parts;
	struct conftext_place *out;
};

/* the next token that is not a comment */
static bool
advance(struct walk *w)
{
	while (conftext_next(&w->c, &w->t))
		if (w->t.kind != CONFTEXT_COMMENT)
			return true;
	return false;
}

static bool
is_mark(const struct walk *w, char ch)
{
	return w->t.kind == CONFTEXT_MARK && w->c.text[w->t.at] == ch;
}

static bool
is_word(const struct walk *w, const char *word)
{
	return w->t.kind == CONFTEXT_NAME && strlen(word) == w->t.len &&
	       strncasecmp(w->c.text + w->t.at, word, w->t.len) == 0;
}

/* Passes over a value whose first token is the current one; strings in a row
 * are one.  Returns where it ends; the current token is the one behind it. */
static size_t
pass_value(struct walk *w)
{
	size_t end = w->t.at + w->t.len;
	bool string = w->t.kind == CONFTEXT_STRING, more;
	int depth = 0;

	for (;;) {
		if (w->t.kind == CONFTEXT_MARK) {
			char ch = w->c.text[w->t.at];

			if (strchr("{([", ch))
				depth++;
			else if (strchr("})]", ch))
				depth--;
		}
		end = w->t.at + w->t.len;
		more = advance(w);
		if (!more)
			break;
		if (depth <= 0 && !(string && w->t.kind == CONFTEXT_STRING))
			break;
	}
	return end;
}

/* The settings of one group; the current token is the first inside.  level
 * counts the parts of the path found so far.  Ends behind the group, true
 * when the search is over. */
static bool
search_group(struct walk *w, int level)
{
	bool more = w->t.kind != CONFTEXT_END;

	while (more && !is_mark(w, '}')) {
		bool hit = is_word(w, w->path[level]);
		bool named = w->t.kind == CONFTEXT_NAME;

		more = advance(w);
		if (!named || !more || !(is_mark(w, '=') || is_mark(w, ':')))
			continue;
		more = advance(w);
		if (!more)
			break;
		if (hit && level + 1 == w->parts) {
			w->out->found = true;
			w->out->value = w->t;
			w->out->len = pass_value(w) - w->out->value.at;
			return true;
		}
		if (hit && is_mark(w, '{')) {
			advance(w);
			if (search_group(w, level + 1))
				return true;
			/* not there: it belongs before this group's end */
			w->out->groups = level + 1;
			w->out->at = w->t.at;
			return true;
		}
		pass_value(w);
		more = w->t.kind != CONFTEXT_END;
	}
	return false;
}

void
conftext_find(const char *text, size_t len, const char *const *path, int parts,
    struct conftext_place *out)
{
	struct walk w = {.path = path, .parts = parts, .out = out};

	memset(out, 0, sizeof(*out));
	out->at = len;
	conftext_begin(&w.c, text, len);
	if (advance(&w))
		search_group(&w, 0);
	out->indent = out->groups;
}
