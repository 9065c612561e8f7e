/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Objects that the file declares, and where their beads go. */
#ifndef GCODE_LINT_OBJECTS_H
#define GCODE_LINT_OBJECTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lang/gcode.h"

#define OBJECTS_MAX	   4096
#define OBJECT_CORNERS_MAX 512

struct object {
	char *name; /* upper-case, as the machine compares it */
	double (*corner)[2];
	int n_corners; /* 0: no polygon */
	bool outside_said;
};

struct objects {
	struct object *v;
	size_t n, alloc;
	int at; /* index, -1: outside of all */
	uint32_t at_line;
};

void objects_init(struct objects *);
void objects_release(struct objects *);
int objects_find(const struct objects *, struct gcode_view name); /* -1 */
/* Declares or declares again; polygon: "[[x,y],[x,y],...]" or n = 0. */
void objects_define(
    struct objects *, struct gcode_view name, struct gcode_view polygon);

/* Is the point farther than margin outside of the polygon? */
bool object_outside(const struct object *, const double at[2], double margin);

#endif
