/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is wrong with a recording, in words. */
#ifndef GANTRY_SHAPER_ADVICE_H
#define GANTRY_SHAPER_ADVICE_H

#include "base/diag.h"
#include "identify.h"
#include "recording.h"

enum {
	ADVICE_MAX = 16,
};

struct advice {
	int n;
	struct {
		const char *slug;
		char text[200];
	} v[ADVICE_MAX];
};

/* identified may be NULL; axis 0..2 is what the user says was moved, -1 if
 * nobody said. */
void advice_collect(const struct recording *, const struct identified *,
    int axis, struct advice *);

/* Warnings to the sink. */
void advice_report(
    const struct recording *, const struct advice *, struct diag_sink *);

/* Is the recording at rest: nothing in it rises above its own noise? */
bool advice_at_rest(const struct recording *);

#endif
