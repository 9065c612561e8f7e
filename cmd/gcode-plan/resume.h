/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Going on with a print that was cut off. */
#ifndef GANTRY_CMD_GCODE_PLAN_RESUME_H
#define GANTRY_CMD_GCODE_PLAN_RESUME_H

#include "base/buf.h"
#include "base/diag.h"
#include "machine/machine.h"

/*
 * Reads the journal of stepstream and the file that was printed, and writes
 * the G-code that goes on behind the last line that was certainly done: a
 * prologue, then the rest of the file with its places marked.  0, or an exit
 * status with everything reported.
 */
int resume_gcode(const struct machine *, const char *journal, const char *file,
    struct diag_sink *, struct buf *out);

#endif
