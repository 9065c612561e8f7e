/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The tokens of a libconfig text and where they stand. */
#ifndef GANTRY_LANG_CONFTEXT_H
#define GANTRY_LANG_CONFTEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

/*
 * libconfig reads values and forgets the text.  Whoever wants to change one
 * value and keep comments and layout needs to know where it stands: this
 * scanner tells, and leaves the grammar to libconfig.
 */
enum conftext_kind {
	CONFTEXT_NAME,
	CONFTEXT_STRING,
	CONFTEXT_NUMBER, /* also true and false come as names */
	CONFTEXT_MARK,	 /* one of { } ( ) [ ] , ; = : and what else is there */
	CONFTEXT_COMMENT,
	CONFTEXT_INCLUDE, /* "@include", the string follows */
	CONFTEXT_END,
};

struct conftext_token {
	enum conftext_kind kind;
	size_t at, len;	    /* in the text */
	uint32_t line, col; /* from 1 */
};

struct conftext {
	const char *text;
	size_t len, at;
	uint32_t line;
	size_t line_at; /* where the line begins */
};

void conftext_begin(struct conftext *, const char *text, size_t len);
/* false at the end; white space is passed over. */
bool conftext_next(struct conftext *, struct conftext_token *);

/* Appends the text with an L behind whole numbers that need more than 32
 * bits, which libconfig would cut in silence. */
void conftext_widen(const char *text, size_t len, struct buf *out);

/* Appends s as a string token, quoted. */
void conftext_quote(struct buf *out, const char *s);
/* The name can stand for a setting as it is. */
bool conftext_is_name(const char *s);

/*
 * Finds the value of the setting path ("printer.max_accel", the parts are
 * compared without case).  Found: *value is the first token of the value and
 * *len the bytes of it all.  Otherwise *group is how many parts of the path
 * are groups that exist, and *at is where a setting could be put into the
 * innermost of them: before its '}', or the end of the text.
 */
struct conftext_place {
	bool found;
	struct conftext_token value;
	size_t len;
	int groups;
	size_t at;
	int indent; /* depth of that group */
};

#define CONFTEXT_PATH_MAX 8
void conftext_find(const char *text, size_t len, const char *const *path,
    int parts, struct conftext_place *);

#endif
