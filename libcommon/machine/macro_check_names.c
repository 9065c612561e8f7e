/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Commands that nobody has: in a job, and in the templates themselves. */
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "lang/gcode.h"
#include "machine/gcode_exec.h"
#include "machine/macro_check.h"

/* is this the first time? */
static bool
meet(struct macro_world *w, const char *name)
{
	struct macro_command *c;

	HASH_FIND_STR(w->stranger, name, c);
	if (c || HASH_COUNT(w->stranger) >= 1000)
		return false;
	c = xcalloc(1, sizeof(*c));
	c->name = xstrdup(name);
	HASH_ADD_KEYPTR(hh, w->stranger, c->name, strlen(c->name), c);
	return true;
}

static const char *
nearest(struct macro_world *w, const char *name)
{
	unsigned n = HASH_COUNT(w->command), i = 0;
	const char **names = xcalloc(n + 1, sizeof(*names));
	const char *near;

	for (struct macro_command *c = w->command; c; c = c->hh.next)
		if (!macro_is_traditional(c->name))
			names[i++] = c->name;
	near = diag_nearest(name, names, (int)i);
	free(names);
	return near;
}

/* a stage behind us may know it: "T0", and what Gantry's planner adds */
static bool
planner_knows(const char *text)
{
	struct gcode_line line;
	bool knows;

	gcode_line_init(&line);
	gcode_parse(&line, text, strlen(text));
	knows = line.kind == GCODE_BLANK || gcode_exec_knows(&line);
	gcode_line_release(&line);
	return knows;
}

/* with another section it would be there: templates ask for that first */
static bool
of_some_printer(const char *name)
{
	for (const struct macro_builtin_row *b = macro_builtins; b->name; b++)
		if (strcmp(b->name, name) == 0)
			return true;
	return false;
}

/*
 * Of a job all commands but those M of other firmware are meant for somebody;
 * a template may be written for extras that only others have.
 */
void
macro_check_stranger(
    struct macro_checking *c, size_t pos, const char *name, const char *text)
{
	bool classic = macro_is_traditional(name);
	enum diag_level level = DIAG_NOTE;
	const char *near;

	if (!*name || strncmp(name, "M117 ", 5) == 0 ||
	    strncmp(name, "M118 ", 5) == 0 || strncmp(name, "M23 ", 4) == 0 ||
	    strcmp(name, "M107") == 0 || planner_knows(text) ||
	    (!c->line && of_some_printer(name)) || !meet(c->w, name))
		return;
	near = classic ? NULL : nearest(c->w, name);
	if (near || (c->line && *name != 'M' && !c->w->has_addons))
		level = DIAG_WARNING;
	if (near)
		macro_find(c, level, "unknown-command", pos,
		    "unknown command '%s'; did you mean '%s'?", name, near);
	else
		macro_find(c, level, "unknown-command", pos,
		    "unknown command '%s'%s", name,
		    c->w->has_addons && !classic
			? ", unless a section that nobody here knows has it"
			: "");
}
