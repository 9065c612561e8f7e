/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Heights of a bed where it was not probed. */
#ifndef GANTRY_MOTION_MESH_FILL_H
#define GANTRY_MOTION_MESH_FILL_H

/*
 * The grid is taken as a thin plate that goes through every height that was
 * felt: what is left out lies where the plate bends least, the sum of
 *
 *	(z_xx)^2 + 2 (z_xy)^2 + (z_yy)^2 + |grad z|^2 / L^2
 *
 * over the grid being smallest, L = 100 points.  So a tilted bed goes on as
 * it is tilted and no kink is at the border of what was felt; the last term,
 * much weaker, decides what bending leaves open.  The equations are solved
 * directly: the same heights give the same bits.
 */
enum mesh_point {
	MESH_OUTSIDE, /* of a round mesh: left alone */
	MESH_LEFT_OUT,
	MESH_FELT,
};

struct mesh_fill {
	int nx, ny;		      /* points */
	double dx, dy;		      /* mm apart */
	double *z;		      /* rows by rising y, x rising in a row */
	const enum mesh_point *point; /* the same */
};

#define MESH_FILL_MAX 100 /* points along a side */

/* 0, or -1 and why */
int mesh_fill(const struct mesh_fill *, const char **why);

#endif
