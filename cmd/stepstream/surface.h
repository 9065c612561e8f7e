/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The bed that Z follows. */
#ifndef STEPSTREAM_SURFACE_H
#define STEPSTREAM_SURFACE_H

#include "session.h"

/*
 * Above it Z counts as the plan has it.  What was felt in this print the plan
 * does not know: there the head goes on where the plan has it, up or down by
 * what the bed is there.  A mesh that the plan has told (MESH_ROW, MESH_USE)
 * it knows as well: then the head stands still and Z counts anew.
 */

/* Z is the machine's own while something is measured or placed, and above the
 * bed again; nothing moves. */
void surface_flat(struct session *);
void surface_follow(struct session *);

/* Another bed, ours from now on, known to the plan or not; the head goes to
 * where the plan has it.  0, or -1 with .stop. */
int surface_take(struct session *, const struct bed *, bool known);
/* The same bed, from elsewhere. */
int surface_shift(struct session *, const double shift[3]);
/* At rest: the records MESH_ROW and MESH_USE. */
int surface_record(struct session *, const struct plan_record *);
void surface_release(struct session *);

#endif
