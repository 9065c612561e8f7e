/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Klipper's configuration format: lines into sections and options. */
#include <string.h>

#include "base/xalloc.h"
#include "lang/klippercfg-private.h"
#include "lang/utf8.h"

static void
begin_unit(struct reader *r)
{
	klippercfg_end_option(r);
	r->section = NULL;
	r->indent = 0;
}

/* Where the comment of a line begins: at the first '#', or at a ';' that
 * starts the line or follows white space; len if there is none. */
static size_t
find_comment(const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (s[i] == '#')
			return i;
		if (s[i] == ';' && (i == 0 || utf8_space_before(s, i)))
			return i;
	}
	return len;
}

static size_t
count_indent(const char *s, size_t len)
{
	size_t n = 0, width;

	while ((width = utf8_space_at(s, len)) > 0) {
		s += width;
		len -= width;
		n++;
	}
	return n;
}

/* A section header: the name ends at the last ']' of the text. */
static bool
is_header(const char *s, size_t len, size_t *name_len)
{
	if (len < 3 || s[0] != '[')
		return false;
	while (len && s[len - 1] != ']')
		len--;
	if (len < 3)
		return false;
	*name_len = len - 2;
	return true;
}

static void
read_option(struct reader *r, const char *s, size_t len, uint32_t line)
{
	size_t sep = 0, name_len;
	const char *name = s, *value;

	while (sep < len && s[sep] != ':' && s[sep] != '=')
		sep++;
	name_len = utf8_strip(&name, sep);
	if (sep == len || name_len == 0) {
		klippercfg_complain(r, line, "config-syntax",
		    "'%.*s' is neither a section header nor an option "
		    "(name: value)",
		    (int)(len > 60 ? 60 : len), s);
		return;
	}
	r->option = klippercfg_add_option(r, name, name_len, line);
	if (!r->option)
		return;
	value = s + sep + 1;
	len = utf8_strip(&value, len - sep - 1);
	klippercfg_add_line(r->option, value, len, line);
}

static void
read_line(struct reader *r, const char *s, size_t len, uint32_t line)
{
	size_t comment = find_comment(s, len);
	const char *value = s;
	size_t n = utf8_strip(&value, comment);
	size_t indent, name_len;

	if (n == 0) {
		/* a ';' comment leaves no trace, a '#' comment a blank line */
		if (r->option && (comment == len || s[comment] == '#'))
			klippercfg_add_line(r->option, "", 0, line);
		return;
	}
	indent = count_indent(s, comment);
	if (r->option && indent > r->indent) {
		klippercfg_add_line(r->option, value, n, line);
		return;
	}
	r->indent = indent;
	klippercfg_end_option(r);
	if (is_header(value, n, &name_len)) {
		r->section =
		    klippercfg_add_section(r, value + 1, name_len, line);
		if (r->section && r->autosave)
			r->section->s.autosaved = true;
	} else if (!r->section) {
		klippercfg_complain(r, line, "config-syntax",
		    "'%.*s' stands before any section header%s",
		    (int)(n > 60 ? 60 : n), value,
		    line > 1 ? " (one is needed behind an [include] too)" : "");
	} else {
		read_option(r, value, n, line);
	}
}

/* [include x] at column 0, seen after '#' comments are cut; the name ends at
 * the last ']' */
static bool
is_include(const char *s, size_t len, const char **spec, size_t *spec_len)
{
	size_t cut = 0, n;

	while (cut < len && s[cut] != '#')
		cut++;
	if (!is_header(s, cut, &n) || n < 8 || memcmp(s + 1, "include ", 8))
		return false;
	*spec = s + 9;
	*spec_len = utf8_strip(spec, n - 8);
	return true;
}

void
klippercfg_read_text(
    struct reader *r, const char *text, size_t len, uint32_t line)
{
	const char *end = text + len;

	begin_unit(r);
	while (text < end && !r->full) {
		const char *spec, *eol = text;
		size_t n;

		while (eol < end && *eol != '\n' && *eol != '\r')
			eol++;
		n = (size_t)(eol - text);
		if (is_include(text, n, &spec, &n)) {
			begin_unit(r);
			klippercfg_include(r, spec, n, line);
			begin_unit(r);
		} else {
			read_line(r, text, (size_t)(eol - text), line);
		}
		if (eol < end && *eol == '\r' && eol + 1 < end &&
		    eol[1] == '\n')
			eol++;
		text = eol < end ? eol + 1 : end;
		line++;
	}
	begin_unit(r);
}

/* --- the SAVE_CONFIG block -------------------------------------------- */

static const char autosave_head[] =
    "#*# <---------------------- SAVE_CONFIG ---------------------->\n"
    "#*# DO NOT EDIT THIS BLOCK OR BELOW. The contents are auto-generated.\n"
    "#*#\n";

/* lines without '\r' before '\n', so that the head is found as it is */
static void
unify_newlines(struct buf *text)
{
	size_t out = 0;

	for (size_t i = 0; i < text->len; i++)
		if (text->data[i] != '\r' || i + 1 >= text->len ||
		    text->data[i + 1] != '\n')
			text->data[out++] = text->data[i];
	text->len = out;
	if (text->data)
		text->data[out] = '\0';
}

uint32_t
klippercfg_count_lines(const char *s, size_t len)
{
	uint32_t n = 0;

	for (size_t i = 0; i < len; i++)
		n += s[i] == '\n' || s[i] == '\r';
	return n;
}

/* Takes "#*# " off each line of the block.  -1 when one is not like that. */
static int
strip_block(const char *s, size_t len, struct buf *out)
{
	const char *end = s + len;

	while (s < end) {
		const char *eol = memchr(s, '\n', (size_t)(end - s));
		size_t n = (size_t)((eol ? eol : end) - s);

		if (n < 3 || memcmp(s, "#*#", 3) || (n >= 4 && s[3] != ' '))
			return -1;
		if (n > 4)
			buf_add(out, s + 4, n - 4);
		buf_addc(out, '\n');
		s += n + (eol ? 1 : 0);
	}
	return 0;
}

/* Options the file itself has win over saved ones: the block is read into a
 * table of its own and moved over. */
static void
read_block(struct reader *r, const struct buf *block, uint32_t line)
{
	struct klippercfg *saved = klippercfg_new_table();
	struct reader sub = {saved, r->sink, r->file, KLIPPERCFG_NO_INCLUDE,
	    false, false, true, NULL, NULL, 0};

	klippercfg_read_text(
	    &sub, block->data ? block->data : "", block->len, line);
	r->failed |= sub.failed;
	r->autosave = true;
	for (struct klippercfg_section *s = saved->section; s && !r->full;
	     s = s->next) {
		r->section = klippercfg_add_section(
		    r, s->name, strlen(s->name), s->place.line);
		if (!r->section)
			break;
		r->section->s.autosaved = true;
		for (struct klippercfg_option *o = s->option; o; o = o->next) {
			struct option *from = (struct option *)(void *)o, *to;

			if (klippercfg_option(r->cfg, &r->section->s, o->name))
				continue;
			to = klippercfg_add_option(
			    r, o->name, strlen(o->name), o->place.line);
			if (!to)
				break;
			for (uint32_t i = 0, at = 0; i < o->n_lines; i++) {
				const char *t = from->value.data + at;
				size_t n = strcspn(t, "\n");

				klippercfg_add_line(to, t, n, o->line[i]);
				at += (uint32_t)n + 1;
			}
			r->option = to;
			klippercfg_end_option(r);
		}
	}
	r->autosave = false;
	klippercfg_free(saved);
}

/* The block is damaged when a line of it, or one before it, does not fit;
 * then all of it is comments. */
void
klippercfg_read_main(struct reader *r, struct buf *text)
{
	struct buf block = BUF_INIT;
	const char *head, *rest;
	size_t before, len;

	unify_newlines(text);
	head = text->data ? strstr(text->data, autosave_head) : NULL;
	while (head && (head == text->data || head[-1] != '\n'))
		head = strstr(head + 1, autosave_head);
	if (!head) {
		klippercfg_read_text(
		    r, text->data ? text->data : "", text->len, 1);
		return;
	}
	before = (size_t)(head - text->data);
	rest = head + sizeof(autosave_head) - 1;
	len = text->len - (size_t)(rest - text->data);
	while (len && strchr(" \t\n\r", rest[len - 1]))
		len--;
	for (; len && strchr(" \t\n\r", *rest); rest++, len--)
		;
	text->data[before - 1] = '\0';
	r->cfg->autosave_damaged = strstr(text->data, "\n#*# ") ||
				   strstr(rest, autosave_head) ||
				   strip_block(rest, len, &block);
	text->data[before - 1] = '\n';
	klippercfg_read_text(r, text->data, before, 1);
	if (r->cfg->autosave_damaged) {
		struct diag_place place = {r->file->name,
		    klippercfg_count_lines(text->data, before) + 1, 0};

		diag_report(r->sink, DIAG_WARNING, &place, "config-syntax",
		    "the SAVE_CONFIG block is damaged and left out");
	} else if (!r->full) {
		read_block(r, &block,
		    klippercfg_count_lines(
			text->data, (size_t)(rest - text->data)) +
			1);
	}
	buf_release(&block);
}
