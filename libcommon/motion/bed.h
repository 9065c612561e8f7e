/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The surface of a bed, as smooth as motors want it. */
#ifndef GANTRY_MOTION_BED_H
#define GANTRY_MOTION_BED_H

#include <stdbool.h>

#include "motion/jet.h"
#include "motion/mesh.h"

/*
 * What is added to Z where motors are driven: the mesh without its facets.
 * Between its points the height is a cubic in X and in Y that meets them all,
 * with the slope of their neighbours at each (Catmull and Rom; at the edge
 * that of the last two).  Outside of the mesh that of the edge is held; in one
 * more cell all around the slope comes to rest, so that there is no kink
 * anywhere:
 *
 *	 z ^         .-o-._                     o  points of the mesh
 *	   |     _.-'      `-o_                 edge + (slope there) L u (1-u)^2
 *	   |  o-'              `o.__            where u = 0..1 in that cell, of
 *	   +--|--+------+---+---|--+----> x     width L
 *
 * It fades with Z as any mesh does.  Where the machine is, the surface of
 * shift away counts, and the share of shift[2] above.
 */
struct bed_near {
	double slope[2], bend[3];
};

struct bed {
	struct mesh mesh; /* .z NULL: there is none, it is flat */
	struct mesh_fade fade;
	double shift[3]; /* BED_MESH_OFFSET */
	/* by bed_ready(): height, slopes along X and Y, and their twist, a cell
	 * being 1 long, at each point and in a ring around them */
	double (*node)[4];
	/* nothing is higher or lower, steeper or bent more, mm and 1/mm */
	double low, high, slope[2], bend[3]; /* along X, Y; XX, XY, YY */
	struct bed_near *near; /* of each cell and those around it */
};

/* The mesh is there, and is the bed's from now on; or only fade and shift are
 * others.  0, or -1 and why: then it is not steady, Z of the plan would not say
 * where the machine is. */
int bed_ready(struct bed *, const char **why);
void bed_release(struct bed *);
/* Sets its bounds; for bed_ready(). */
void bed_measure(struct bed *);

double bed_offset(const struct bed *, const double pos[3]);
struct jet bed_jet(const struct bed *, const struct jet pos[3]);
/* Z of the plan where the machine is at pos. */
double bed_inverse(const struct bed *, const double pos[3]);

/* What it rises there in a direction, before it fades. */
double bed_slope(const struct bed *, const double pos[2], const double dir[2]);
/* It is no steeper and no more bent than that less than a cell away. */
const struct bed_near *bed_near(const struct bed *, const double pos[3]);
/* Height and slopes along X and Y there, faded. */
void bed_plane(const struct bed *, const double pos[3], double plane[3]);

/*
 * What following the bed asks of Z on a straight move: along it Z changes by
 * at most slope a mm, and slope by at most bend a mm.
 */
struct bed_way {
	double slope, bend;
};
void bed_way(const struct bed *, const double start[3], const double dir[3],
    double distance, struct bed_way *);
/* The lowest and the highest that the machine gets on the way between two
 * points of the plan, to less than a micron. */
void bed_span(const struct bed *, const double from[3], const double to[3],
    double *low, double *high);
/* Lowers *v and *a of a move until Z, as the bed has it, keeps to these. */
void bed_limit(const struct bed *, const double start[3], const double dir[3],
    double distance, double z_velocity, double z_accel, double *v, double *a);

#endif
