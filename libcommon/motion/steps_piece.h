/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inside of the step generator: a polynomial piece of a coordinate. */
#ifndef GANTRY_MOTION_STEPS_PIECE_H
#define GANTRY_MOTION_STEPS_PIECE_H

#include <stdbool.h>

#define PIECE_DEGREE 5

/*
 * p(x) = sum c[i] x^i for 0 <= x <= length, x in seconds after t0.  It is cut
 * into parts in which it only rises or only falls; in them every midpoint is
 * crossed once: by formula up to degree 2, by a bracketed Newton iteration
 * above.
 */
struct step_piece {
	bool active;
	double t0, length, until; /* until = t0 + length */
	int degree;
	double c[PIECE_DEGREE + 1];
	int parts, part; /* how many, the one in work */
	double part_end[PIECE_DEGREE];
	double root; /* found last in this part: the next begins there */
};

/* Fills in the parts; c, degree and length are set. */
void step_piece_cut(struct step_piece *);

/* Where p takes the value y on [lo, hi], in which it is monotone and takes it
 * (the end is returned when it just does not); x is a first guess. */
double step_piece_root(
    const struct step_piece *, double y, double lo, double hi, double x);

static inline double
step_piece_at(const struct step_piece *p, double x)
{
	double y = p->c[p->degree];

	for (int i = p->degree - 1; i >= 0; i--)
		y = y * x + p->c[i];
	return y;
}

#endif
