/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What lies on the bed, as convex outlines. */
#ifndef GANTRY_MOTION_HULL_H
#define GANTRY_MOTION_HULL_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Points are given a group at a time: a path, an outline.  Groups that come
 * near to one another are one island, and an island is kept as the least
 * convex outline around it, so that
 *
 *	  a --- b          p         a, b, c and d are printed, p is far from
 *	 /  x    \        / \        them; x is inside and forgotten.  Nothing
 *	d ------- c      q---r       is known to lie between the two.
 *
 * When there are too many islands all become one.  Coordinates in mm.
 */
struct hull {
	double (*at)[2]; /* counter-clockwise; one or two points are allowed */
	size_t n;
	double low[2], high[2];
};

struct hulls {
	struct hull *v;
	size_t n, alloc;
};

/* Points in any order, which is changed; n = 0 adds nothing. */
void hulls_add(struct hulls *, double (*at)[2], size_t n, double gap);
/* Does anything of them lie in the rectangle, its edges left out? */
bool hulls_touch(
    const struct hulls *, const double low[2], const double high[2]);
/* The rectangle around all; false: there are none. */
bool hulls_bounds(const struct hulls *, double low[2], double high[2]);
void hulls_release(struct hulls *);

#endif
