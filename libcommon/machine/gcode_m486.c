/* SPDX-License-Identifier: GPL-3.0-or-later */
/* M486: objects that have numbers, and perhaps names. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "machine/gcode_private.h"

/* More names than any plate has objects are not kept. */
#define CALLED_MAX 1000

/*
 *	M486 T4			there are so many of them
 *	M486 S2			that one begins; S-1: none
 *	M486 Abox.stl copy 2	what it is called, to the end of the line, or
 *	M486 S2 A"box 2"	in quotes
 *	M486 P2, U2, C		left out, brought back, the one at hand left out
 *
 * Slicers that write a comment with the name before S name it so.  A name is
 * kept: some tell it once, at the top of the file.
 */
struct gcode_called {
	char number[24], name[GCODE_OBJECT_MAX];
};

/* behind the A; empty: none */
static void
read_name(const struct gcode_line *line, char out[GCODE_OBJECT_MAX])
{
	const char *s = gcode_m486_name(line), *end = line->raw.s + line->raw.n;
	char stop = ';';
	size_t n = 0;

	*out = '\0';
	if (!s)
		return;
	s++;
	if (s < end && *s == '"') {
		stop = '"';
		s++;
	}
	while (n < GCODE_OBJECT_MAX - 1 && s + n < end && s[n] != stop)
		n++;
	while (n > 0 && (s[n - 1] == ' ' || s[n - 1] == '\r'))
		n--;
	memcpy(out, s, n);
	out[n] = '\0';
}

static struct gcode_called *
find_called(const struct gcode_exec *ex, const char *number)
{
	for (size_t i = 0; i < ex->n_called; i++)
		if (strcmp(ex->called[i].number, number) == 0)
			return &ex->called[i];
	return NULL;
}

static void
keep_name(struct gcode_exec *ex, const char *number, const char *name)
{
	struct gcode_called *c = find_called(ex, number);

	if (!c) {
		if (ex->n_called == CALLED_MAX)
			return;
		ALLOC_GROW(ex->called, ex->n_called + 1, ex->alloc_called);
		c = &ex->called[ex->n_called++];
		snprintf(c->number, sizeof(c->number), "%s", number);
	}
	snprintf(c->name, sizeof(c->name), "%s", name);
}

void
gcode_called_free(struct gcode_exec *ex)
{
	free(ex->called);
}

/* By its name, if the line or the comment before has one, or it was told. */
static void
begin(struct gcode_exec *ex, const char *number, const char *name)
{
	const struct gcode_called *known = find_called(ex, number);
	char called[GCODE_OBJECT_MAX];

	if (*number == '-') {
		gcode_object_end(ex);
		return;
	}
	if (strcmp(ex->number, number) == 0 && !*name)
		return;
	snprintf(called, sizeof(called), "%s",
	    *name	    ? name
	    : ex->spoken[0] ? ex->spoken
	    : known	    ? known->name
			    : number);
	ex->spoken[0] = '\0';
	if (strcmp(called, number) != 0)
		keep_name(ex, number, called);
	snprintf(ex->number, sizeof(ex->number), "%s", number);
	gcode_object_begin(ex, (struct gcode_view){called, strlen(called)});
	gcode_exclude_update(ex);
}

/* M486 S: those of comments do not count any more */
static void
take_over(struct gcode_exec *ex)
{
	if (ex->labels == GCODE_LABEL_COMMENT)
		gcode_object_end(ex);
	ex->labels = GCODE_LABEL_COMMAND;
}

int
gcode_do_m486(struct gcode_exec *ex, const struct gcode_line *line)
{
	static const char letter[] = "SPU";
	char number[3][24], name[GCODE_OBJECT_MAX];
	bool has[3];

	for (int i = 0; i < 3; i++) {
		const struct gcode_word *w = gcode_m486_word(line, letter[i]);
		int64_t n = 0;

		has[i] = w != NULL;
		if (gcode_word_int(w, &n) < 0)
			return gcode_fail(ex, w->key.s, "bad-value",
			    "'%c' of M486 is no number of an object: '%.*s'",
			    letter[i], (int)w->value.n, w->value.s);
		snprintf(number[i], sizeof(number[i]), "%lld", (long long)n);
	}
	read_name(line, name);
	if (gcode_m486_word(line, 'T') && !ex->object[0])
		ex->labels = GCODE_LABEL_COMMAND;
	if (has[0])
		take_over(ex);
	else
		memcpy(number[0], ex->number, sizeof(number[0]));
	if (has[0] || (*name && ex->number[0]))
		begin(ex, number[0], name);
	if (has[1])
		gcode_exclude_add(ex, number[1]);
	if (has[2])
		gcode_exclude_remove(ex, number[2]);
	if (gcode_m486_word(line, 'C') && ex->object[0])
		gcode_exclude_add(ex, ex->object);
	return 0;
}
