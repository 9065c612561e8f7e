/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Repairs with one right answer. */
#ifndef GCODE_LINT_FIX_H
#define GCODE_LINT_FIX_H

#include <stdbool.h>
#include <stdint.h>

#include "lint.h"

/*
 * Feed every line of a file that was checked; what comes out is the repaired
 * file.  Mended are line endings, a byte order mark, a missing last newline,
 * line numbers with right checksums, modes that are said again without having
 * changed, and the mode of E: M82 or M83 is put before the beads that are in
 * the other mode than the slicer wrote them in.
 */
struct fix {
	const struct lint *l; /* what the check has found out */
	const char *file;
	uint32_t line;
	int next_mode;		      /* of lint.bead_mode */
	bool wrong;		      /* the file is in the wrong one here */
	int motion, extrusion, units; /* the mode in force; 0: not said */
	unsigned endings, marks, modes, newlines, inserted, numbers;
	struct buf *out, *log;
};

void fix_init(
    struct fix *, const struct lint *, struct buf *out, struct buf *log);
void fix_line(struct fix *, const char *s, size_t n);
/* What was done, in words, to the log: how many repairs. */
unsigned fix_end(struct fix *);

#endif
