/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The moves of a plan, kept for tests that look at them one by one. */
#ifndef GANTRY_TESTS_PLAN_PATH_H
#define GANTRY_TESTS_PLAN_PATH_H

#include <stdlib.h>

#include "base/xalloc.h"
#include "wire/plan.h"

struct path {
	struct plan_move *move;
	double *t0;
	int n, alloc;
	double end;
	char error[200]; /* of a test that looks for errors */
};

/* a hook of gcode_exec; ctx: a struct path */
static void
path_record(void *ctx, const struct plan_record *rec)
{
	struct path *p = ctx;

	if (rec->type != PLAN_MOVE)
		return;
	if (p->n == p->alloc) {
		p->alloc = p->alloc * 2 + 64;
		p->move = xreallocarray(p->move, p->alloc, sizeof(*p->move));
		p->t0 = xreallocarray(p->t0, p->alloc, sizeof(*p->t0));
	}
	p->move[p->n] = rec->u.move;
	p->t0[p->n++] = rec->t;
	p->end = rec->t + rec->u.move.accel_t + rec->u.move.cruise_t +
		 rec->u.move.decel_t;
}

static void
path_free(struct path *p)
{
	free(p->move);
	free(p->t0);
}

#endif
