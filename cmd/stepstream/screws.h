/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The screws of the bed: how high it is above each, and what that asks for. */
#ifndef STEPSTREAM_SCREWS_H
#define STEPSTREAM_SCREWS_H

#include "session.h"

/* The bed was felt above a screw of the plan. */
void screws_felt(struct session *, uint32_t screw, double z);
/* PLAN_SCREWS: all were; says how to turn them.  0, or -1 with .stop. */
int screws_record(struct session *, const struct plan_record *);

#endif
