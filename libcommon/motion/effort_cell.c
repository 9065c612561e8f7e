/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Places in which motors that do not run as the axes do are free anyway. */
#include <math.h>
#include <string.h>

#include "motion/effort.h"

/*
 * Most moves are short and slower than what motors bear.  Space is cut into
 * cells; in each, the most that any direction asks of a motor is known from
 * its corners and its middle:
 *
 *	turns	|grad q|		bend	|H|, the sum of squares of q''
 *	bears	|B M|			holds	as it is
 *
 * H comes from second derivatives along axes and diagonals.
 */
#define CELL_MM 8.0
/* What lies between the corners may be so much more. */
#define MARGIN 1.05

static const double way[6][3] = {
    {1, 0, 0}, {0, 1, 0}, {0, 0, 1}, {1, 1, 0}, {0, 1, 1}, {1, 0, 1}};

struct place {
	double row[EFFORT_MOTORS][3], bend[EFFORT_MOTORS];
};

static void
derive(const struct effort *e, const double p[3], struct place *out)
{
	for (int i = 0; i < e->n_motors; i++) {
		double second[6], bend = 0;

		for (int k = 0; k < 6; k++) {
			struct jet pos[3], q;

			for (int j = 0; j < 3; j++)
				pos[j] = (struct jet){p[j], way[k][j], 0};
			q = kinematics_jet(
			    &e->kinematics, e->motor[i].coordinate, pos, 0);
			second[k] = q.h;
			if (k < 3)
				out->row[i][k] = q.d;
		}
		for (int k = 0; k < 3; k++) {
			double mixed =
			    (second[3 + k] - second[k] - second[(k + 1) % 3]) /
			    2;

			bend += second[k] * second[k] + 2 * mixed * mixed;
		}
		out->bend[i] = sqrt(bend);
	}
}

static double
length(const double v[3])
{
	return sqrt(v[0] * v[0] + v[1] * v[1] + v[2] * v[2]);
}

/* Raises load to what a place asks for; -1: forces have no bound there. */
static int
take(const struct effort *e, struct place *at, struct effort_load *load)
{
	double spread[EFFORT_MOTORS][3];

	if (effort_spread(e, at->row, spread))
		return -1;
	for (int i = 0; i < e->n_motors; i++) {
		double bears[3];

		for (int k = 0; k < 3; k++)
			bears[k] = spread[i][k] * e->mass[k];
		load[i].turns = fmax(load[i].turns, length(at->row[i]));
		load[i].bend = fmax(load[i].bend, at->bend[i]);
		load[i].bears = fmax(load[i].bears, length(bears));
		load[i].holds =
		    fmax(load[i].holds, fabs(bears[2]) * EFFORT_GRAVITY);
	}
	return 0;
}

/* as if its middle and its corners were on a parabola */
static void
bend_over(double *most, double middle)
{
	*most = MARGIN * (*most + fmax(*most - middle, 0));
}

static void
look(const struct effort *e, struct effort_cell *c, double a)
{
	struct effort_load load[EFFORT_MOTORS] = {{0}};
	struct effort_load middle[EFFORT_MOTORS] = {{0}};
	struct place at;
	double p[3];
	int bad = 0;

	for (int k = 0; k < 3; k++)
		p[k] = (c->key[k] + 0.5) * CELL_MM;
	derive(e, p, &at);
	bad |= take(e, &at, middle);
	memcpy(load, middle, sizeof(load));
	for (int corner = 0; corner < 8; corner++) {
		for (int k = 0; k < 3; k++)
			p[k] = (c->key[k] + (corner >> k & 1)) * CELL_MM;
		derive(e, p, &at);
		bad |= take(e, &at, load);
	}
	for (int i = 0; i < e->n_motors; i++) {
		bend_over(&load[i].turns, middle[i].turns);
		bend_over(&load[i].bend, middle[i].bend);
		bend_over(&load[i].bears, middle[i].bears);
		bend_over(&load[i].holds, middle[i].holds);
	}
	c->accel = a;
	c->speed = bad ? 0 : effort_free_speed(e, load, a, c->pulses);
}

static bool
free_in(struct effort *e, const int32_t key[3], double v, double a)
{
	uint32_t hash = (uint32_t)key[0] * 73856093u ^
			(uint32_t)key[1] * 19349663u ^
			(uint32_t)key[2] * 83492791u;
	struct effort_cell *c = &e->cell[hash % EFFORT_CELLS];

	if (!c->known || memcmp(c->key, key, sizeof(c->key)) != 0 ||
	    a > c->accel) {
		c->known = true;
		memcpy(c->key, key, sizeof(c->key));
		look(e, c, a);
	}
	for (int i = 0; i < EFFORT_BOARDS; i++)
		e->free_pulses[i] = fmax(e->free_pulses[i], c->pulses[i]);
	return v <= c->speed;
}

bool
effort_cell_free(
    struct effort *e, const struct planner_move *m, double v, double a)
{
	int32_t low[3], high[3], key[3];

	/* the bed of a polar machine races near the centre */
	if (e->kinematics.kind == KINEMATICS_POLAR || m->distance > CELL_MM)
		return false;
	memset(e->free_pulses, 0, sizeof(e->free_pulses));
	for (int k = 0; k < 3; k++) {
		double p = m->start[k] / CELL_MM;
		double q = p + m->distance * m->dir[k] / CELL_MM;

		if (!(fabs(p) < 1e6))
			return false;
		low[k] = (int32_t)floor(fmin(p, q));
		high[k] = (int32_t)floor(fmax(p, q));
	}
	for (key[0] = low[0]; key[0] <= high[0]; key[0]++)
		for (key[1] = low[1]; key[1] <= high[1]; key[1]++)
			for (key[2] = low[2]; key[2] <= high[2]; key[2]++)
				if (!free_in(e, key, v, a))
					return false;
	return true;
}
