/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What motors have to do along a move, where they do not run as the axes do. */
#include <math.h>
#include <string.h>

#include "motion/effort.h"

/* Looked at anew at least this often, mm. */
#define SPACING	      25.0
#define STRETCHES_MAX 256
/* A stretch is halved until what its middle has beside the mean of its ends is
 * at most this share of the most seen, or it is this short, mm. */
#define BENT  0.05
#define SHORT 1e-4
#define DEPTH 24

enum {
	TURNS,
	BEND,
	BEARS,
	HOLDS,
	WHATS
};

/* signed, of all motors at one place */
struct sample {
	double what[EFFORT_MOTORS][WHATS];
};

struct survey {
	const struct effort *e;
	const struct planner_move *move;
	struct effort_load *load;
	double most[WHATS];
};

/* The rows of the Jacobian at p. */
static void
gradients(
    const struct effort *e, const double p[3], double row[EFFORT_MOTORS][3])
{
	for (int k = 0; k < 3; k++) {
		struct jet pos[3];

		for (int i = 0; i < 3; i++)
			pos[i] = (struct jet){p[i], i == k, 0};
		for (int i = 0; i < e->n_motors; i++)
			row[i][k] = kinematics_jet(
			    &e->kinematics, e->motor[i].coordinate, pos, 0)
					.d;
	}
}

int
effort_spread(const struct effort *e, double row[][3], double spread[][3])
{
	double square[3][3] = {{0}}, inverse[3][3], scale = 0;

	memset(spread, 0, (size_t)e->n_motors * sizeof(*spread));
	if (e->mass[0] + e->mass[1] + e->mass[2] == 0)
		return 0;
	for (int i = 0; i < e->n_motors; i++)
		for (int j = 0; j < 3; j++)
			scale = fmax(scale, fabs(row[i][j]));
	scale = 1 / (scale * scale);
	for (int i = 0; i < e->n_motors; i++)
		for (int j = 0; j < 3; j++)
			for (int k = 0; k < 3; k++)
				square[j][k] += row[i][j] * row[i][k] * scale;
	if (effort_invert(square, 1e-12, inverse))
		return -1;
	for (int i = 0; i < e->n_motors; i++)
		for (int j = 0; j < 3; j++)
			for (int k = 0; k < 3; k++)
				spread[i][k] +=
				    row[i][j] * inverse[j][k] * scale;
	return 0;
}

/* How the head's acceleration along u, and its weight, rest on the motors; in
 * a pose in which forces have no bound, nothing can be told. */
static void
add_forces(const struct effort *e, const double p[3], const double u[3],
    struct sample *out)
{
	double row[EFFORT_MOTORS][3], spread[EFFORT_MOTORS][3];

	gradients(e, p, row);
	effort_spread(e, row, spread);
	for (int i = 0; i < e->n_motors; i++) {
		double *what = out->what[i];

		for (int k = 0; k < 3; k++)
			what[BEARS] += spread[i][k] * e->mass[k] * u[k];
		what[HOLDS] = EFFORT_GRAVITY * spread[i][2] * e->mass[2];
	}
}

static void
look(struct survey *s, double at, struct sample *out)
{
	const struct planner_move *m = s->move;
	struct jet pos[3];
	double p[3];

	memset(out, 0, s->e->n_motors * sizeof(out->what[0]));
	for (int i = 0; i < 3; i++) {
		p[i] = m->start[i] + at * m->dir[i];
		pos[i] = (struct jet){p[i], m->dir[i], 0};
	}
	for (int i = 0; i < s->e->n_motors; i++) {
		struct jet q = kinematics_jet(
		    &s->e->kinematics, s->e->motor[i].coordinate, pos, 0);

		out->what[i][TURNS] = q.d;
		out->what[i][BEND] = q.h;
	}
	add_forces(s->e, p, m->dir, out);
	for (int i = 0; i < s->e->n_motors; i++)
		for (int k = 0; k < WHATS; k++)
			s->most[k] = fmax(s->most[k], fabs(out->what[i][k]));
}

static double *
load_of(struct effort_load *l, int k)
{
	double *of[WHATS] = {&l->turns, &l->bend, &l->bears, &l->holds};

	return of[k];
}

/* As if a parabola went through the three; twice as far above them. */
static void
take(struct survey *s, const struct sample *a, const struct sample *mid,
    const struct sample *b)
{
	for (int i = 0; i < s->e->n_motors; i++)
		for (int k = 0; k < WHATS; k++) {
			double x = a->what[i][k], y = mid->what[i][k];
			double z = b->what[i][k], bent = fabs(x + z - 2 * y);
			double most = fmax(fmax(fabs(x), fabs(y)), fabs(z));
			double *load = load_of(&s->load[i], k);

			*load = fmax(*load, most + bent / 4);
		}
}

static bool
smooth(const struct survey *s, const struct sample *a, const struct sample *mid,
    const struct sample *b)
{
	for (int i = 0; i < s->e->n_motors; i++)
		for (int k = 0; k < WHATS; k++)
			if (fabs(a->what[i][k] + b->what[i][k] -
				 2 * mid->what[i][k]) > BENT * s->most[k])
				return false;
	return true;
}

static void
stretch(struct survey *s, double from, double to, const struct sample *a,
    const struct sample *b, int depth)
{
	double middle = (from + to) / 2;
	struct sample mid;

	look(s, middle, &mid);
	if (depth == 0 || to - from < SHORT || smooth(s, a, &mid, b)) {
		take(s, a, &mid, b);
		return;
	}
	stretch(s, from, middle, a, &mid, depth - 1);
	stretch(s, middle, to, &mid, b, depth - 1);
}

/* Where the bed of a polar machine turns fastest, and speeds up most: at the
 * place nearest to the centre, b from it, and b / sqrt 3 to both sides. */
static int
polar_ends(const struct planner_move *m, double *end)
{
	double d2 = m->dir[0] * m->dir[0] + m->dir[1] * m->dir[1];
	double middle, b;
	int n = 0;

	if (d2 == 0)
		return 0;
	middle = -(m->start[0] * m->dir[0] + m->start[1] * m->dir[1]) / d2;
	b = hypot(m->start[0] + middle * m->dir[0],
		m->start[1] + middle * m->dir[1]) /
	    sqrt(d2);
	for (int i = -3; i <= 3; i++) {
		static const double far[] = {
		    3, 1, .57735026918962576, 0, .57735026918962576, 1, 3};
		double at = middle + (i < 0 ? -1 : 1) * far[i + 3] * b;

		if (at > 0 && at < m->distance)
			end[n++] = at;
	}
	return n;
}

static void
survey_curved(struct survey *s)
{
	double end[8], from = 0, d = s->move->distance;
	int n = 0, k = 0, parts = (int)ceil(fmin(d / SPACING, STRETCHES_MAX));
	struct sample a, b;

	if (s->e->kinematics.kind == KINEMATICS_POLAR)
		n = polar_ends(s->move, end);
	look(s, 0, &a);
	for (int i = 1; i <= parts; i++) {
		double part = i < parts ? d * i / parts : d;

		while (from < part) {
			double to = part;

			if (k < n && end[k] < to)
				to = end[k++];
			look(s, to, &b);
			stretch(s, from, to, &a, &b, DEPTH);
			from = to;
			a = b;
		}
	}
}

void
effort_survey(const struct effort *e, const struct planner_move *m,
    struct effort_load *load)
{
	struct survey s = {.e = e, .move = m, .load = load};

	memset(load, 0, (size_t)e->n_motors * sizeof(*load));
	if (e->curved) {
		survey_curved(&s);
		return;
	}
	for (int i = 0; i < e->n_motors; i++) {
		const double *w = e->motor[i].weight, *b = e->motor[i].bears;

		for (int k = 0; k < 3; k++) {
			load[i].turns += w[k] * m->dir[k];
			load[i].bears += b[k] * m->dir[k];
		}
		load[i].turns = fabs(load[i].turns);
		load[i].bears = fabs(load[i].bears);
	}
}
