/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The print in numbers: for --summary and --diff. */
#ifndef GCODE_LINT_SUMMARY_H
#define GCODE_LINT_SUMMARY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "machine/gcode_exec.h"
#include "wire/plan.h"

/*
 * A layer is what lies at one height; its path is kept as moments of the
 * beads' length (sum of ds, x ds, y ds, x2 ds, y2 ds, xy ds), which change
 * when any bead moves, and not when beads change places.
 */
struct layer_sum {
	double z;
	double time;	     /* s, by the planner */
	double bead, travel; /* mm */
	double moment[5];
	double filament;  /* mm */
	double bead_time; /* s */
	double min[2], max[2];
	double nozzle, bed; /* deg C at its first bead */
	double fan;
};

struct object_sum {
	char *name;
	double time, filament, bead;
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
	size_t n_layers, layer_alloc;
	struct object_sum *object;
	size_t n_objects, object_alloc;
	size_t at_object; /* + 1; 0: none */
};

void summary_init(struct summary *);
void summary_release(struct summary *);
/* area: mm2 of filament */
void summary_record(struct summary *, const struct plan_record *, double area);

void summary_print(const struct summary *, struct buf *out, const char *file);
void summary_json(const struct summary *, struct buf *out, const char *file);

/* Compares two prints; returns the number of differences. */
struct diff_options {
	double path, flow, speed, temperature, time; /* what is no difference */
};
unsigned summary_diff(const struct summary *a, const struct summary *b,
    const struct diff_options *, struct buf *out, bool json);

#endif
