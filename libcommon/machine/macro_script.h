/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The lines of G-code in a template, as far as they are known unrendered. */
#ifndef GANTRY_MACHINE_MACRO_SCRIPT_H
#define GANTRY_MACHINE_MACRO_SCRIPT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

struct macro_template;

/*
 * All branches one behind the other; an expression whose value is not written
 * there is the byte MACRO_HOLE.  Lines without a command are left out.
 */
#define MACRO_HOLE '\001'

struct macro_script_line {
	const char *text; /* NUL-terminated, stripped */
	size_t pos;	  /* in the template's text */
	bool in_branch;	  /* inside {% if %} or {% for %} */
	char word[64];	  /* the command, upper case; "" if it is not known */
};

struct macro_script {
	struct macro_script_line *line;
	size_t n, alloc;
	struct buf text;
};

void macro_script_read(struct macro_script *, const struct macro_template *);
void macro_script_release(struct macro_script *);

/* The value of KEY= of a line; its length, or -1 when it is not there. */
long macro_script_param(
    const struct macro_script_line *, const char *key, const char **value);

#endif
