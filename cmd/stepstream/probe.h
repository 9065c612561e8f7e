/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How high the bed is, and meshes of such heights. */
#ifndef STEPSTREAM_PROBE_H
#define STEPSTREAM_PROBE_H

#include "session.h"

/* From arming an endstop to the first move, s; samples in the time between
 * two steps. */
#define PROBE_ARM_S   0.002
#define PROBE_SAMPLES 0.9

void probe_init(struct session *);
void probe_release(struct session *);
/* A BLTouch's pin; nothing to do for others.  0, or -1 with .stop. */
int probe_out(struct session *);
int probe_in(struct session *);
/* At rest: the records PROBE, MESH and
 * MESH_OFFSET. */
int probe_record(struct session *, const struct plan_record *);
/* PLAN_CALIBRATED: told, in words for printerconf set. */
void probe_calibrated(struct session *, const struct plan_record *);

#endif
