/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which beads extrude differently from all others of their kind? */
#ifndef GCODE_LINT_FLOW_H
#define GCODE_LINT_FLOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A slicer gives all beads of one kind (feature, width, height as its
 * comments say) the same filament a millimetre, but for the rounding of the
 * numbers.  A kind therefore has few ratios, each seen many times; a defect
 * in a coordinate makes one that is seen once.  Kinds are kept least recently
 * used out; a kind is judged when it leaves and at the end.
 */
#define FLOW_KINDS  64
#define FLOW_RATIOS 12

struct flow_ratio {
	double ratio; /* mm of filament a mm of path */
	uint32_t count;
	uint32_t line; /* of the first bead that has it */
};

struct flow_kind {
	uint64_t key;
	uint64_t used;
	uint64_t total;
	double expected; /* from width and height; 0 unknown */
	int n;
	struct flow_ratio ratio[FLOW_RATIOS];
};

/*
 * Slicers that thin out overlapping walls make runs of odd beads; a defect
 * makes one or two.  Odd beads that stand together vouch for each other.
 */
#define FLOW_ODD_MAX 4096

struct flow_odd {
	uint32_t line;
	double ratio, usual;
};

/* told for each odd bead, in the order of lines, at the end */
typedef void flow_odd_fn(void *ctx, uint32_t line, double ratio, double usual);

struct flow {
	struct flow_kind kind[FLOW_KINDS];
	struct flow_kind *at; /* the kind in work, NULL: none */
	uint64_t clock;
	flow_odd_fn *tell;
	void *ctx;
	struct flow_odd *odd;
	size_t n_odd;
};

void flow_init(struct flow *, flow_odd_fn *, void *ctx);
/* What the comments say of the beads to come; key 0: nothing. */
void flow_kind(struct flow *, uint64_t key, double expected);
/* way and filament in mm, and how far rounding may be off, relative */
void flow_bead(struct flow *, uint32_t line, double way, double filament,
    double tolerance);
void flow_end(struct flow *); /* tells, frees, forgets */
void flow_release(struct flow *);

#endif
