/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whether the records of a plan hold together. */
#ifndef GANTRY_WIRE_PLAN_CHECK_H
#define GANTRY_WIRE_PLAN_CHECK_H

#include "wire/plan.h"

/* Private to wire/plan_*.c: what the next record is measured against. */
struct plan_check {
	uint64_t records, moves;
	double t;      /* of the last record of this group */
	double busy_t; /* the motion before ends here */
	bool placed, placed_e;
	double pos[3], e; /* where the last move ended */
	/* rows of a mesh that came, and the mesh that was used last */
	uint32_t rows, columns, used_rows, used_columns;
};

/* NULL, or what is wrong with rec; the state moves on only when it is right */
const char *plan_check_next(struct plan_check *, const struct plan_record *);

#endif
