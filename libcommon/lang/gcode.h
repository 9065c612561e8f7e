/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One line of G-code becomes a command with its words. */
#ifndef GANTRY_LANG_GCODE_H
#define GANTRY_LANG_GCODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

/*
 * The dialect is that of Klipper's line parser.  A command is classic when it
 * is one letter and a number ("G1", "M204", "T0"); every other name is
 * extended ("SET_PIN").  Names and keys are compare without regard to case;
 * nothing is copied: views point into the line that was parsed, and live as
 * long as it does.
 *
 * A classic line is split at every key, a run of letters and underscores or
 * one '*'; what stands between two keys, trimmed, is the value of the first.
 * Numbers have no exponent ("X1e3" is X1 and E3); the command's own letter is
 * a word too; of a repeated key the last one counts.  From the first ';' on
 * it is comment.
 *
 * The arguments of an extended command are split as a shell would, each word
 * at its first '='; quotes group, a backslash escapes, ';' and '#' begin the
 * comment.  Only values with quotes or backslashes are copied, to a buffer of
 * the line that the next gcode_parse() reuses.
 *
 * A leading N word, and a '*' checksum, are taken and not looked at.
 */
enum gcode_kind {
	GCODE_BLANK, /* nothing, or a comment alone */
	GCODE_CLASSIC,
	GCODE_EXTENDED,
	GCODE_WRONG, /* .why says what, .wrong where */
};

struct gcode_view {
	const char *s;
	size_t n;
};

struct gcode_word {
	char letter; /* upper-case; '*'; 0 when the key is longer */
	struct gcode_view key;
	struct gcode_view value;
};

#define GCODE_LINE_MAX	65536 /* bytes; longer lines are wrong */
#define GCODE_WORDS_MAX 512

struct gcode_line {
	enum gcode_kind kind;
	struct gcode_view text;	   /* the line without blanks at the ends */
	struct gcode_view name;	   /* as written; n = 0 when blank */
	struct gcode_view raw;	   /* behind the name: M117's text */
	struct gcode_view comment; /* behind ';' (or '#'); s = NULL if none */
	/* classic: 'G' and 1.  The number is compared as text, so that it is
	 * -1 for "G01", "G1.0" and "G1 100", which nobody knows. */
	char letter;
	int number;
	struct gcode_word *word;
	size_t n_words;
	const char *why;
	const char *wrong;
	/* private */
	size_t alloc;
	struct buf scratch;
};

void gcode_line_init(struct gcode_line *);
void gcode_line_release(struct gcode_line *);

/* The n bytes at s are one line; a newline at its end does not matter. */
enum gcode_kind gcode_parse(struct gcode_line *, const char *s, size_t n);

bool gcode_is(const struct gcode_line *, char letter, int number);
bool gcode_view_is(struct gcode_view, const char *word); /* case-blind */

/* NULL when there is no such key */
const struct gcode_word *gcode_word(const struct gcode_line *, const char *key);
/* of a classic line, by its letter */
const struct gcode_word *gcode_letter(const struct gcode_line *, char letter);
/* M486 may name an object, behind an A and to the end of the line.  A name has
 * letters of its own, which mean nothing: only what stands before counts. */
const char *gcode_m486_name(const struct gcode_line *); /* NULL: none */
const struct gcode_word *gcode_m486_word(
    const struct gcode_line *, char letter);

/* 1 = *out is set, 0 = no such word (*out stays), -1 = it is no number */
int gcode_word_double(const struct gcode_word *, double *out);
int gcode_word_int(const struct gcode_word *, int64_t *out);

/* Column of a place within .text of a line that began at s, from 1. */
uint32_t gcode_column(const char *s, const char *at);

/*
 * The fast road: nearly every line of a print is G0 or G1 (G2, G3) with plain
 * words.  gcode_scan_move() takes such a line from s and returns the begin of
 * the next one; NULL when the line is anything else, or its newline is not
 * before end: gcode_parse() then has to look at it.  The byte at end must be
 * readable and not a digit (a buf has its NUL there).  What is taken means
 * the same as there.
 */
enum {
	GCODE_X,
	GCODE_Y,
	GCODE_Z,
	GCODE_E,
	GCODE_F,
	GCODE_I,
	GCODE_J,
	GCODE_K,
	GCODE_R,
	GCODE_AXES
};

struct gcode_move {
	int number;	     /* 0..3: G0 to G3 */
	unsigned has;	     /* bit GCODE_X and so on */
	unsigned twice;	     /* the same, of those that stand twice */
	const char *comment; /* behind the semicolon, NULL if none */
	double v[GCODE_AXES];
};

const char *gcode_scan_move(
    struct gcode_move *, const char *s, const char *end);

#endif
