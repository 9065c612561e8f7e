/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The height of a bed that is not flat. */
#ifndef GANTRY_MOTION_MESH_H
#define GANTRY_MOTION_MESH_H

#include <stdbool.h>

/*
 * Heights were probed on a grid; between them more points are put, first
 * along each probed row, then along each column: by the polynomial through
 * all of them (Lagrange; at most six, it swings) or by cardinal splines
 * (bicubic).  In a cell between four points the height is bilinear; outside
 * of the grid that of the edge is held.  mm.
 */
enum mesh_algorithm {
	MESH_DIRECT,
	MESH_LAGRANGE,
	MESH_BICUBIC,
};

struct mesh_setup {
	const double *probed; /* rows by rising y, x rising in a row */
	int nx, ny;
	double min_x, max_x, min_y, max_y;
	int pps_x, pps_y; /* points put between two probed ones */
	enum mesh_algorithm algorithm;
	double tension; /* of the splines */
};

struct mesh {
	int nx, ny;
	double x0, y0, dx, dy;
	double *z; /* ny rows; NULL: flat */
	double mean, low, high;
};

#define MESH_POINTS_MAX 1000 /* along an axis, probed and put between */

/* 0, or -1 with one line in *why.  mesh_release() frees it. */
int mesh_make(struct mesh *, const struct mesh_setup *, const char **why);
void mesh_release(struct mesh *);
double mesh_z(const struct mesh *, double x, double y);

/*
 * The correction vanishes with height: all of it below start, none above end;
 * there every height is moved by target.  end <= start: it never fades.
 */
struct mesh_fade {
	double start, end, target;
};

/* the share of the correction at a height of the G-code, 0..1 */
double mesh_factor(const struct mesh_fade *, double z);
/* what is added to Z above (x, y) with that share */
double mesh_offset(const struct mesh *, const struct mesh_fade *, double x,
    double y, double factor);
/* the height in the G-code of where the machine stands */
double mesh_inverse(const struct mesh *, const struct mesh_fade *, double x,
    double y, double z);

#endif
