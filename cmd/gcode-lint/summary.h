/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The print in numbers: for --summary and --diff. */
#ifndef GCODE_LINT_SUMMARY_H
#define GCODE_LINT_SUMMARY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "beads.h"
#include "machine/gcode_exec.h"
#include "wire/plan.h"

struct layer_sum { /* what lies at one height */
	double z;
	uint32_t line; /* where it begins */
	struct beads beads;
};

struct object_sum {
	char *name;
	uint32_t line;
	struct beads beads;
};

#define SUMMARY_OBJECTS_MAX 4096

struct summary {
	double time;		/* s of motion */
	double heating, homing; /* s besides, by the model */
	double filament;	/* mm pushed, less what was pulled back */
	double min[3], max[3];	/* of beads */
	bool any;
	double max_flow; /* mm3/s */
	uint32_t max_flow_line;
	double max_speed, max_accel;
	uint64_t moves, beads;
	double target[2][2]; /* nozzle, bed: least and most */
	double now[2], fan;  /* nozzle, bed */
	struct layer_sum *layer;
	size_t n_layers, layer_alloc; /* kept: all when gridded, else one */
	struct object_sum *object;
	size_t n_objects, object_alloc;
	size_t at_object; /* + 1; 0: none */
	bool detailed;	  /* by layer and object */
	bool gridded;	  /* and all layers, and where beads lie */
};

void summary_init(struct summary *);
void summary_release(struct summary *);
/* Hands it over, with all that it owns. */
struct summary summary_take(struct summary *);
/* area: mm2 of filament */
void summary_record(struct summary *, const struct plan_record *, double area);

void summary_print(const struct summary *, struct buf *out, const char *file);
void summary_json(const struct summary *, struct buf *out, const char *file);

#endif
