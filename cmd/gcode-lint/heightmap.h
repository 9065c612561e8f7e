/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How high the print stands, cell by cell of the bed. */
#ifndef GCODE_LINT_HEIGHTMAP_H
#define GCODE_LINT_HEIGHTMAP_H

#include <stdbool.h>
#include <stdint.h>

/*
 * A grid over the bed; each cell knows the height of the highest bead that
 * was laid through it, and who laid it.  Memory depends on the bed alone.
 * Coordinates in mm; what lies off the grid is not looked at.
 */
enum heightmap_owner {
	HEIGHTMAP_FREE,
	HEIGHTMAP_PURGE, /* laid before the first layer, or as a purge */
	HEIGHTMAP_PART,
};

struct heightmap {
	double x0, y0, cell;
	int nx, ny;
	float *top;	/* mm; 0: nothing */
	uint8_t *owner; /* enum heightmap_owner */
	double max_top;
	bool laid; /* something, since it was cleared */
	/* the highest of each row, and of each block of cells */
	int nbx, nby;
	float *row, *block;
};

/* At most HEIGHTMAP_CELLS_MAX cells: larger beds have larger cells. */
#define HEIGHTMAP_CELL	    0.5 /* mm */
#define HEIGHTMAP_CELLS_MAX 1000000
#define HEIGHTMAP_BLOCK	    8 /* cells */
void heightmap_init(
    struct heightmap *, const double min[2], const double max[2]);
void heightmap_release(struct heightmap *);
void heightmap_clear(struct heightmap *);

/* A bead from a to b (X, Y), its top at z. */
void heightmap_lay(struct heightmap *, const double a[2], const double b[2],
    double z, enum heightmap_owner);

/* Does a travel from a to b (X, Y, Z) pass lower than what stands there?
 * The first such cell's height and place; the ends are looked at too. */
bool heightmap_hits(const struct heightmap *, const double a[3],
    const double b[3], double slack, double *top, double at[2]);

/* The highest bead in a rectangle; 0: none. */
double heightmap_highest(
    const struct heightmap *, const double min[2], const double max[2]);

/* The same between two Y, at any X. */
double heightmap_highest_rows(const struct heightmap *, double y0, double y1);

/* Does a bead from a to b run over cells of that owner? */
bool heightmap_crosses(const struct heightmap *, const double a[2],
    const double b[2], enum heightmap_owner);

#endif
