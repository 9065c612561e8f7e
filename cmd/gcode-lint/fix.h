/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Repairs with one right answer. */
#ifndef GCODE_LINT_FIX_H
#define GCODE_LINT_FIX_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

/*
 * Feed every line of a file; what comes out is the repaired file.  Mended are
 * line endings, a byte order mark, a missing last newline, modes that are
 * said again without having changed, and, when mode_line is set, the mode of
 * E: M82 or M83 is put before that line.
 */
struct fix {
	const char *file;
	uint32_t mode_line; /* 0: the mode of E is right */
	bool relative;	    /* what it should be */
	uint32_t line;
	int motion, extrusion, units; /* the mode in force; 0: not said */
	unsigned endings, marks, modes, newlines, inserted;
	struct buf *out, *log;
};

void fix_init(struct fix *, const char *file, struct buf *out, struct buf *log);
void fix_line(struct fix *, const char *s, size_t n);
/* What was done, in words, to the log: how many repairs. */
unsigned fix_end(struct fix *);

#endif
