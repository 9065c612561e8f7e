/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Recordings of the accelerometer, as files. */
#ifndef STEPSTREAM_ACCEL_H
#define STEPSTREAM_ACCEL_H

#include "base/diag.h"
#include "machine/machine.h"

struct mcu;
struct accel;

/* An accelerometer of the configuration, its recordings to go to path: the
 * first to path itself, x.csv, later ones to x-2.csv, x-3.csv ...  NULL:
 * reported. */
struct accel *accel_new(
    struct mcu *, const struct machine *, const char *path, struct diag_sink *);
/* Starts a recording, or ends the one that runs; the note goes into the one
 * that starts, as a comment, unless it is empty. */
void accel_toggle(struct accel *, const char *note);
/* Ends and writes what is not written yet: 0, or -1 after saying why. */
int accel_finish(struct accel *);
void accel_free(struct accel *);

#endif
