/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where a bed is probed for its mesh. */
#ifndef GANTRY_MOTION_MESH_GRID_H
#define GANTRY_MOTION_MESH_GRID_H

#include <stdbool.h>

#include "motion/hull.h"

/*
 * Everything in mm where the probe touches the bed.  A rectangle has nx by ny
 * points from its lower corner on, a whole number of hundredths apart, probed
 * row by row, to and fro; a round bed has an odd number of points across, of
 * which those in the circle are probed.
 *
 *	y ^   o <- o <- o <- o       A point in a faulty region is replaced
 *	  |                  |       by up to four on the region's edges, as
 *	  |   o -> x -> o -> o       far as they are inside of the mesh; its
 *	  +--------------------> x   height is their mean.
 *
 * Around a print the grid shrinks, and its points with it: n' is the least
 * number that keeps the density, three at least; four where the other
 * direction has more than six, which only splines can take.  Of those points
 * the ones are left out whose cells, up to four, have nothing printed in them:
 *
 *	  o --- o --- o     .    between two objects, in the corner beside a
 *	  | \ p | p / |          round one.  The last stage fills them in from
 *	  o --- o --- o     .    the others (motion/mesh_fill.h).  What is
 *	  |     |  p  |          printed beside the mesh counts as in the cell
 *	  .     o --- o     .    next to it.
 */
#define MESH_GRID_REGIONS 99
#define MESH_GRID_MAX	  100 /* points along a side */

struct mesh_region {
	double low[2], high[2];
};

struct mesh_grid_setup {
	bool round;
	double radius, origin[2]; /* round */
	double low[2], high[2];
	int count[2]; /* round: both the same, odd */
	struct mesh_region faulty[MESH_GRID_REGIONS];
	int n_faulty;
};

struct mesh_probe {
	double at[2];
	int column, row; /* of the point whose height it is part of */
};

struct mesh_grid {
	int count[2];
	double low[2], high[2], step[2]; /* as it came out */
	struct mesh_probe *probe;	 /* in the order of the way */
	int n_probes;
	bool *wanted; /* by row, then column: not left out */
	bool adaptive;
};

/* 0, or -1 and why.  print: what will be printed, which gets the margin around
 * it; NULL: the whole mesh. */
int mesh_grid_make(struct mesh_grid *, const struct mesh_grid_setup *,
    const struct hulls *print, double margin, const char **why);
/* Is the point one of a cell whose points are all probed? */
bool mesh_grid_covers(const struct mesh_grid *, const double at[2]);
void mesh_grid_release(struct mesh_grid *);

#endif
