/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A line of G-code as Klipper's dispatcher sees it. */
#ifndef GANTRY_MACHINE_MACRO_LINE_H
#define GANTRY_MACHINE_MACRO_LINE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

/*
 * A macro gets its parameters as text, by rules of their own: lang/gcode.h
 * gives what commands of a machine mean, this what a dispatcher hands on.
 * A line is split at every run of letters and underscores (or one '*') of its
 * part before ';', in upper case; the first key with its value is the
 * command.  One letter and a number make a traditional command, whose
 * parameters are these pieces; any other is extended, and its parameters are
 * split again, as a shell would, from the text behind the command's word.
 */
struct macro_param {
	const char *key, *value; /* NUL-terminated, in the line's scratch */
};

struct macro_line {
	const char *text; /* without blanks at the ends */
	size_t len;
	const char *command; /* "" for a blank line or a comment */
	bool traditional;
	struct macro_param *param;
	size_t n_params;
	const char *raw; /* what rawparams is */
	size_t raw_len;
	/* private */
	size_t alloc;
	struct buf scratch;
};

void macro_line_init(struct macro_line *);
void macro_line_release(struct macro_line *);
/* The n bytes at s; what is filled lives until the next call. */
void macro_line_parse(struct macro_line *, const char *s, size_t n);
/* "M117 5%" is looked up whole; when nobody has that, some commands take the
 * text behind the first word of it.  false: there is one word only. */
bool macro_line_first_word(struct macro_line *);
/* Extended commands: .param anew from .raw; -1 when it is malformed. */
int macro_line_extended(struct macro_line *);
/* NULL when there is no such parameter (key in upper case) */
const char *macro_line_get(const struct macro_line *, const char *key);

/* A word as a command's name: one letter and a number? */
bool macro_is_traditional(const char *command);

#endif
