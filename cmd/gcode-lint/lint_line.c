/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The line as text: its bytes and its words (rules F). */
#include <string.h>

#include "base/num.h"
#include "lang/utf8.h"
#include "lint.h"

#define LINE_LONG 4096 /* bytes; no slicer writes such a command */

static const char *
control_byte(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)s[i];

		if ((c < 0x20 && c != '\t' && c != '\r') || c == 0x7f)
			return s + i;
	}
	return NULL;
}

/* any byte that is not plain text; eight at once */
static bool
unusual(const char *s, size_t n)
{
	static const uint64_t ones = UINT64_MAX / 255;
	uint64_t bad8 = 0;
	unsigned bad = 0;
	size_t i = 0;

	for (; i + 8 <= n; i += 8) {
		uint64_t v;

		/* the high bit of a byte: it has one, or takes one from what
		 * is below a blank, or gets one from what is above a tilde */
		memcpy(&v, s + i, sizeof(v));
		bad8 |= v | (v - ones * 0x20) | (v + ones * 1);
	}
	bad = (bad8 & ones * 0x80) != 0;
	for (; i < n; i++) {
		unsigned char c = (unsigned char)s[i];

		bad |= (unsigned)(c < 0x20) | (unsigned)(c >= 0x7f);
	}
	return bad != 0;
}

void
check_bytes(struct lint *l)
{
	const char *at;

	if (l->n > LINE_LONG && l->s[0] != ';')
		finding(l->f, RULE_BAD_BYTE, NULL, 0,
		    "the line is %zu bytes long, commands are at most %d", l->n,
		    LINE_LONG);
	/* the byte behind the text is the CR, if there is one */
	if (!l->any_crlf && l->s[l->n] == '\r') {
		l->any_crlf = true;
		finding(l->f, RULE_LINE_ENDING, NULL, 0,
		    "lines end in CR LF; LF is enough");
	}
	if (!unusual(l->s, l->n))
		return;
	at = control_byte(l->s, l->n);
	if (at)
		finding(l->f, RULE_BAD_BYTE, at, 1, "a control byte, 0x%02x",
		    (unsigned char)*at);
	if (l->line == 1 && l->n >= 3 && memcmp(l->s, "\xef\xbb\xbf", 3) == 0)
		finding(l->f, RULE_LINE_ENDING, l->s, 3,
		    "the file begins with a byte order mark");
}

/* the words of a plain move: no letter twice */
void
check_words(struct lint *l)
{
	const char *s = l->s;
	const char *end = l->words.comment ? l->words.comment : s + l->n;

	if (!l->words.twice)
		return;
	for (const char *p = s; p < end; p++) {
		unsigned c = (unsigned)(*p | 0x20);

		if (c < 'a' || c > 'z')
			continue;
		for (const char *q = s; q < p; q++) {
			if ((unsigned)(*q | 0x20) != c)
				continue;
			finding(l->f, RULE_DUPLICATE_WORD, p, 1,
			    "'%c' stands twice; the last one counts",
			    (int)c - 0x20);
			return;
		}
	}
}

/* N10 ... *55: the number must rise, the sum be that of the bytes before */
static void
check_checksum(struct lint *l)
{
	const char *star = memchr(l->s, '*', l->n);
	const char *comment = memchr(l->s, ';', l->n);
	unsigned sum = 0;
	uint64_t said;
	size_t n;

	if (!star || (comment && comment < star))
		return;
	for (const char *p = l->s; p < star; p++)
		sum ^= (unsigned char)*p;
	n = (size_t)(l->s + l->n - (star + 1));
	if (comment)
		n = (size_t)(comment - (star + 1));
	while (n && star[n] == ' ')
		n--;
	if (num_parse_uint(star + 1, n, &said) == 0 && said != sum)
		finding(l->f, RULE_CHECKSUM, star, n + 1,
		    "the checksum is %u, the line says %llu", sum,
		    (unsigned long long)said);
	else if (!l->any_checksum)
		finding(l->f, RULE_CHECKSUM, star, n + 1,
		    "checksums are for serial lines, not for files");
	l->any_checksum = true;
}

/* [first_layer_temperature], {layer_num}: a slicer's own words */
static void
check_placeholder(struct lint *l)
{
	const struct gcode_line *p = &l->parsed;
	const char *end = p->comment.s ? p->comment.s : p->text.s + p->text.n;

	for (const char *s = p->text.s; s < end; s++) {
		const char *e = s + 1;

		if (*s != '[' && *s != '{')
			continue;
		while (e < end && ((*e | 0x20) >= 'a' && (*e | 0x20) <= 'z'))
			e++;
		if (e == s + 1)
			continue;
		while (e < end && *e != ']' && *e != '}' && *e != '"' &&
		       *e != '\'' && *e != '=')
			e++;
		if (e == end || (*e != ']' && *e != '}'))
			continue;
		l->complained = true;
		finding(l->f, RULE_PLACEHOLDER, s, (size_t)(e + 1 - s),
		    "'%.*s' was not filled in by the slicer",
		    (int)(e + 1 - s > 60 ? 60 : e + 1 - s), s);
		return;
	}
}

static void
check_duplicates(struct lint *l)
{
	const struct gcode_line *p = &l->parsed;
	const char *name =
	    p->letter == 'M' && p->number == 486 ? gcode_m486_name(p) : NULL;

	for (size_t i = 1; i < p->n_words; i++) {
		const struct gcode_word *w = &p->word[i];

		if (name && w->key.s >= name)
			return;
		if ((w->letter == 'G' || w->letter == 'M') &&
		    p->letter != w->letter && p->letter != 'N') {
			finding(l->f, RULE_DUPLICATE_WORD, w->key.s, 1,
			    "a second command on the line is not carried out");
			return;
		}
		for (size_t k = 0; k < i; k++) {
			if (w->key.n != p->word[k].key.n || w->letter == '*' ||
			    w->letter != p->word[k].letter || !w->letter)
				continue;
			finding(l->f, RULE_DUPLICATE_WORD, w->key.s, w->key.n,
			    "'%c' stands twice; the last one counts",
			    w->letter);
			return;
		}
	}
}

/* G1 X5O: letters that no move has */
static void
check_letters(struct lint *l)
{
	const struct gcode_line *p = &l->parsed;

	if (p->letter != 'G' || p->number < 0 || p->number > 3)
		return;
	for (size_t i = 1; i < p->n_words; i++) {
		const struct gcode_word *w = &p->word[i];

		if (w->letter && strchr("GMNXYZEFIJKRPS*", w->letter))
			continue;
		finding(l->f, RULE_BAD_WORD, w->key.s, w->key.n,
		    "'%.*s' means nothing in a move", (int)w->key.n, w->key.s);
		l->complained = true;
		return;
	}
}

/* the text of M117 and its kind is free */
static bool
free_text(const struct gcode_line *p)
{
	return gcode_is(p, 'M', 117) || gcode_is(p, 'M', 118) ||
	       gcode_is(p, 'M', 23);
}

static void
check_non_ascii(struct lint *l)
{
	const struct gcode_line *p = &l->parsed;
	const char *end = p->comment.s ? p->comment.s : p->text.s + p->text.n;

	for (const char *s = p->text.s; s < end; s++) {
		if (!((unsigned char)*s & 0x80))
			continue;
		if (p->kind == GCODE_EXTENDED &&
		    utf8_valid(s, (size_t)(end - s), NULL))
			return; /* names of objects may be anybody's */
		finding(l->f, RULE_BAD_BYTE, s, 1,
		    "a byte beyond ASCII, 0x%02x, in a command",
		    (unsigned char)*s);
		return;
	}
}

void
check_text(struct lint *l)
{
	const struct gcode_line *p = &l->parsed;
	char first = p->text.n ? (char)(p->text.s[0] & ~0x20) : 0;

	if (free_text(p))
		return;
	check_non_ascii(l);
	check_placeholder(l);
	if (first == 'N' && p->kind != GCODE_EXTENDED && !l->any_number) {
		l->any_number = true;
		finding(l->f, RULE_CHECKSUM, p->text.s, 1,
		    "line numbers are for serial lines, not for files");
	}
	if (p->kind == GCODE_CLASSIC) {
		check_checksum(l);
		check_duplicates(l);
		check_letters(l);
	}
}
