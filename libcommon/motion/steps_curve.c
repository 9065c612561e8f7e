/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Motor functions that are no polynomials, as polynomials to be solved. */
#include <math.h>

#include "motion/steps_motor.h"

/*
 * X, Y and Z are quadratics of time, or cubics, between the ends of their
 * segments.  What a delta's tower or a bed's surface makes of them is smooth
 * there, and a quintic through value, speed and acceleration at both ends of a
 * stretch follows it to the sixth order.  A stretch is halved until the quintic
 * meets the function at three points between; then its crossings are found with
 * certainty, as those of any polynomial piece.
 */
#define SHORTEST 1e-6 /* s; a corner that nothing could follow */
/* of a step: 2.5e-10 mm of 0.0125 mm, 2.5 ps at 100 mm/s */
#define TOLERANCE 2e-8

/* E and what its smoothed speed adds. */
static struct jet
pushed(const struct step_motor *m, struct jet e, double x)
{
	const struct step_advance_model *a = &m->model;
	const double *q = m->bend;
	double v = 1 / a->velocity_mm_s, t;
	struct jet u;

	/* its second derivative is q[0] + q[1] x + q[2] x^2 */
	u.v = m->e[0] +
	      (m->e[1] + (q[0] / 2 + (q[1] / 6 + q[2] / 12 * x) * x) * x) * x;
	u.d = m->e[1] + (q[0] + (q[1] / 2 + q[2] / 3 * x) * x) * x;
	u.h = q[0] + (q[1] + q[2] * x) * x;
	e = jet_add(e, jet_scale(u, a->linear, 0));
	if (a->kind == STEP_ADVANCE_TANH) {
		t = tanh(u.v * v);
		u = jet_chain(
		    u, t, v * (1 - t * t), -2 * v * v * t * (1 - t * t));
	} else {
		t = 1 / (1 + u.v * v);
		u = jet_chain(u, 1 - t, v * t * t, -2 * v * v * t * t * t);
	}
	return jet_add(e, jet_scale(u, a->offset_mm, 0));
}

static struct jet
coordinate(const struct step_motor *m, double path[3][4], double x, double near)
{
	struct jet pos[3], sum;

	for (int i = 0; i < 3; i++) {
		const double *c = path[i];

		if (m->smooth[i]) {
			pos[i] = step_smooth_at(m, i, m->piece.t0 + x);
			continue;
		}
		pos[i].v = c[0] + (c[1] + (c[2] + c[3] * x) * x) * x;
		pos[i].d = c[1] + (2 * c[2] + 3 * c[3] * x) * x;
		pos[i].h = 2 * c[2] + 6 * c[3] * x;
	}
	if (m->curve && m->kinematics != NULL)
		return kinematics_jet(
		    m->kinematics, m->kinematics_motor, pos, near);
	if (m->coef[3] != 0)
		return pushed(m, pos[0], x);
	sum = jet_scale(pos[0], m->coef[0], 0);
	sum = jet_add(sum, jet_scale(pos[1], m->coef[1], 0));
	return jet_add(sum, jet_scale(pos[2], m->coef[2], 0));
}

/* The quintic from a to b, length apart. */
static void
hermite(struct step_piece *p, struct jet a, struct jet b)
{
	double l = p->length, v = a.d * l, h = a.h * l * l;
	double d = b.v - a.v - v - h / 2;
	double e = b.d * l - v - h, g = b.h * l * l - h;

	p->degree = 5;
	p->c[0] = a.v;
	p->c[1] = a.d;
	p->c[2] = a.h / 2;
	p->c[3] = (10 * d - 4 * e + g / 2) / (l * l * l);
	p->c[4] = (-15 * d + 7 * e - g) / (l * l * l * l);
	p->c[5] = (6 * d - 3 * e + g / 2) / (l * l * l * l * l);
}

static bool
resting(const struct step_motor *m, double path[3][4])
{
	if (m->smooth[0] || m->smooth[1] || m->smooth[2])
		return false;
	if (m->model.kind != STEP_ADVANCE_LINEAR &&
	    (m->e[0] != 0 || m->e[1] != 0 || m->bend[0] != 0 ||
		m->bend[1] != 0 || m->bend[2] != 0))
		return false;
	for (int i = 0; i < 3; i++) {
		if (path[i][1] != 0 || path[i][2] != 0 || path[i][3] != 0)
			return false;
	}
	return true;
}

void
step_curve_begin(struct step_motor *m, double path[3][4])
{
	struct step_piece *p = &m->piece;
	double near = m->anchor + (double)m->index * m->step_distance;
	double whole = p->length, bound = TOLERANCE * m->step_distance;
	struct jet a, b, mid;

	if (m->on_bed && step_bed_idle(m, path)) {
		p->c[0] = m->seen.at;
		p->c[1] = p->c[2] = 0;
		return;
	}
	if (m->on_bed) /* however many were idle before */
		m->stretch = 0;
	a = coordinate(m, path, 0, near);
	if (resting(m, path)) {
		p->c[0] = a.v;
		p->c[1] = p->c[2] = 0;
		return;
	}
	if (m->stretch > 0 && p->length > 2 * m->stretch)
		p->length = 2 * m->stretch;
	b = coordinate(m, path, p->length, a.v);
	while (true) {
		double l = p->length, off;

		hermite(p, a, b);
		mid = coordinate(m, path, l / 2, a.v);
		off = fabs(step_piece_at(p, l / 2) - mid.v);
		if (off <= bound)
			off = fmax(fabs(step_piece_at(p, l / 4) -
					coordinate(m, path, l / 4, a.v).v),
			    fabs(step_piece_at(p, l * 3 / 4) -
				 coordinate(m, path, l * 3 / 4, a.v).v));
		if (off <= bound || l < SHORTEST)
			break;
		p->length = l / 2;
		b = mid;
	}
	m->stretch = p->length;
	if (p->length < whole) {
		p->until = p->t0 + p->length;
		m->seen.ends = false;
	}
}
