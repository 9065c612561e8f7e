/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the machine laid down: straight beads of plastic, in order. */
#ifndef GANTRY_SIM_LAID_H
#define GANTRY_SIM_LAID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct laid_segment {
	double t; /* s, when its end was reached */
	float x0, y0, z0, x1, y1, z1;
	float filament_mm;
};

/*
 * The record.  The machine model calls laid_point() at each step of the
 * extruder, either direction; the points are joined here into segments that
 * leave no point further than `tolerance` beside them.  Only filament beyond
 * the furthest point reached before is laid down, so that a retraction and its
 * return draw nothing, and a hop that would stretch a bead thinner than any
 * nozzle can is a break and not a bead.
 */
struct laid {
	struct laid_segment *v;
	size_t n, alloc;
	double filament_area; /* mm2 */
	double tolerance;     /* mm */
	/* the open segment: from anchor to last */
	bool open;
	double anchor[3], last[3], last_t;
	double anchor_e, high_e;
	double reach2;	     /* squared length so far */
	double lo[2], hi[2]; /* directions that keep all points near */
	bool fan;	     /* lo and hi are set */
};

void laid_init(struct laid *, double filament_area, double tolerance);
void laid_release(struct laid *);

/* The nozzle is at pos (mm) and e_mm of filament have been pushed in all. */
void laid_point(struct laid *, double t, const double pos[3], double e_mm);

/* Closes the open segment; afterwards v[0..n-1] is all there is. */
void laid_finish(struct laid *);

/* Closes the open segment of `from`; its segments move to l, which stays in
 * the order of time. */
void laid_take(struct laid *l, struct laid *from);

/* CSV with the header #time,x0,y0,z0,x1,y1,z1,filament; -1 and errno. */
int laid_write_csv(const struct laid *, FILE *);

#endif
