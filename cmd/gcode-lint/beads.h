/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Beads of a layer or an object in sum, for comparing two prints. */
#ifndef GCODE_LINT_BEADS_H
#define GCODE_LINT_BEADS_H

#include <stdbool.h>

#include "wire/plan.h"

/*
 * Where beads lie is kept twice: as moments of their length, which tell that
 * a layer has moved as a whole, and on a coarse grid.  Each bit of a bead is
 * shared out among the four nearest nodes of the grid by its distance from
 * them, so that a millimetre of bead that moves by a tenth changes them by a
 * fortieth of a millimetre, wherever beads are cut into moves and in whatever
 * order they come.
 */
#define BEADS_CELL 4.0 /* mm */

struct beads_node {
	float bead, filament; /* mm */
};

struct beads_grid { /* of the nodes x0.., y0.. */
	int x0, y0, nx, ny;
	struct beads_node *node;
};

struct beads {
	double time;	  /* s, with travels and all that is between */
	double bead;	  /* mm of path */
	double bead_time; /* s */
	double filament;  /* mm, less what was pulled back */
	double moment[4]; /* of the length: x, y, x2, y2 */
	double min[2], max[2];
	double nozzle[2], bed[2], fan[2]; /* least and most at beads */
	struct beads_grid grid;
};

/* now: nozzle, bed and fan */
void beads_init(struct beads *);
void beads_release(struct beads *);
/* A bead that took so long; gridded: on the grid, too. */
void beads_add(struct beads *, const struct plan_move *, double time,
    const double now[3], bool gridded);
/* The node at absolute x, y of the grid; nothing lies where there is none. */
struct beads_node beads_at(const struct beads_grid *, int x, int y);

#endif
