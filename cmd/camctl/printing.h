/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Does a print run?  Then the camera gives way. */
#ifndef GANTRY_CAMCTL_PRINTING_H
#define GANTRY_CAMCTL_PRINTING_H

#include <stdbool.h>

/*
 * sign is a file or a folder.  A folder (printjob's locks): one of its files
 * is locked by somebody.  A file: it is locked, or it is a JSON snapshot of
 * stepstream's --status whose "state" is "printing" and which was written
 * within the last minute.
 */
bool printing_now(const char *sign);

/* The folder of printjob's locks in the environment's terms; NULL if it has
 * none.  The caller frees. */
char *printing_lock_folder(void);

#endif
