/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Motors of Z above a bed, which hardly ever step. */
#include <math.h>

#include "motion/steps_motor.h"

/* Turning back over the midpoint crossed last, mm, as in steps_solve.c. */
#define TURN 1e-8

/*
 * The head has to go far until the bed takes Z over a step: a millimetre or
 * so, where X and Y have begun many pieces.  From where the coordinate was
 * computed last it can have changed by no more than the way since then in
 * each axis, times the steepest of the bed along it: as far as the next cell
 * of what is near, and no more than is left where it fades.
 */
static double
most(const struct step_motor *m, double path[3][4])
{
	const struct bed *b = m->kinematics->bed;
	const double *row = m->kinematics->row[m->kinematics_motor];
	const double *slope = m->seen_slope;
	double l = m->piece.length, way[3], z = 1, share;

	for (int i = 0; i < 3; i++) {
		const double *c = path[i];

		way[i] = fabs(c[0] - m->seen[i]) +
			 (fabs(c[1]) + (fabs(c[2]) + fabs(c[3]) * l) * l) * l;
	}
	if (!(way[0] < b->mesh.dx && way[1] < b->mesh.dy))
		slope = b->slope;
	share = mesh_factor(&b->fade, m->seen[2] + b->shift[2] - way[2]);
	if (b->fade.end > b->fade.start)
		z += 1; /* bed_ready() */
	return fabs(row[2]) *
	       (share * (way[0] * slope[0] + way[1] * slope[1]) + way[2] * z);
}

/* As in step_piece_idle(). */
static bool
between_steps(const struct step_motor *m, double reach)
{
	double at =
	    m->seen_at - m->anchor - (double)m->index * m->step_distance;
	double half = m->step_distance / 2 - TURN;

	if (!(at + reach < half && at - reach > -half))
		return false;
	return m->committed || m->dir * at + reach < -TURN;
}

bool
step_bed_idle(struct step_motor *m, double path[3][4])
{
	if (m->smooth[0] || m->smooth[1] || m->smooth[2])
		return false;
	if (between_steps(m, most(m, path)))
		return true;
	for (int i = 0; i < 3; i++)
		m->seen[i] = path[i][0];
	m->seen_slope = bed_near(m->kinematics->bed, m->seen);
	m->seen_at = m->kinematics->row[m->kinematics_motor][2] *
		     (m->seen[2] + bed_offset(m->kinematics->bed, m->seen));
	return between_steps(m, most(m, path));
}
