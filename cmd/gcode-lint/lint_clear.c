/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What stands in the way: zones, the receptacle, prints beside the head, the
 * edge of the bed (G007, G011 to G013). */
#include <math.h>

#include "lint.h"

#define SLACK	0.05 /* mm */
#define STEP_MM 4.0  /* between two looks along a move */

/* the part of a..b inside of min..max in the first n axes; false: none */
static bool
clip(const double a[3], const double b[3], const double min[3],
    const double max[3], int n, double part[2])
{
	part[0] = 0;
	part[1] = 1;
	for (int i = 0; i < n; i++) {
		double d = b[i] - a[i], t0, t1;

		if (fabs(d) < 1e-12) {
			if (a[i] < min[i] || a[i] > max[i])
				return false;
			continue;
		}
		t0 = (min[i] - a[i]) / d;
		t1 = (max[i] - a[i]) / d;
		part[0] = fmax(part[0], fmin(t0, t1));
		part[1] = fmin(part[1], fmax(t0, t1));
	}
	return part[0] <= part[1];
}

/* the box as the nozzle sees it when the head must not touch it */
static struct lint_box
around_head(const struct lint_facts *f, const struct lint_box *b)
{
	struct lint_box out = *b;

	for (int i = 0; i < 2; i++) {
		out.min[i] -= f->head_max[i];
		out.max[i] += f->head_min[i];
	}
	out.min[2] -= fmax(f->gantry_height, f->head_z);
	out.max[2] -= f->head_z + SLACK;
	return out;
}

static void
check_zones(struct lint *l, const struct gcode_exec_move *m)
{
	const struct lint_facts *f = &l->facts;
	double part[2];

	for (int i = 0; i < f->n_keep_out; i++) {
		const struct lint_box *b = &f->keep_out[i];
		struct lint_box wide = around_head(f, b);
		bool nozzle = clip(m->from, m->to, b->min, b->max, 3, part);

		if (!nozzle && !(f->has_head && clip(m->from, m->to, wide.min,
						    wide.max, 3, part)))
			continue;
		finding(l->f, RULE_KEEP_OUT, NULL, 0,
		    "%s enters the keep-out zone X %g to %g, Y %g to %g",
		    nozzle ? "the move" : "the tool head", b->min[0], b->max[0],
		    b->min[1], b->max[1]);
		return;
	}
}

/* G011: over the rim, both ways */
static void
check_receptacle(struct lint *l, const struct gcode_exec_move *m)
{
	const struct lint_facts *f = &l->facts;
	const struct lint_box *b = &f->receptacle;
	struct lint_box wide = around_head(f, b);
	double part[2], rise = m->to[2] - m->from[2], z;

	if (fmin(m->from[2], m->to[2]) >= b->max[2])
		return;
	if (clip(m->from, m->to, b->min, b->max, 2, part)) {
		/* within the walls it may go up and down */
		bool in =
		    part[0] > 0 && m->from[2] + part[0] * rise < b->max[2];
		bool out =
		    part[1] < 1 && m->from[2] + part[1] * rise < b->max[2];

		if (in || out) {
			z = m->from[2] + part[in ? 0 : 1] * rise;
			finding(l->f, RULE_RECEPTACLE, NULL, 0,
			    "the nozzle %s the receptacle through its wall: "
			    "at Z %.3g, the rim is at Z %.3g",
			    in ? "enters" : "leaves", z, b->max[2]);
			return;
		}
	}
	if (!f->has_head || l->receptacle_said ||
	    !clip(m->from, m->to, wide.min, wide.max, 3, part))
		return;
	l->receptacle_said = true;
	finding(l->f, RULE_RECEPTACLE, NULL, 0,
	    "the tool head meets the receptacle: it is %.3g mm above the "
	    "nozzle at Z %.3g, the rim is at Z %.3g",
	    f->head_z, m->from[2] + part[0] * rise, b->max[2]);
}

/* the highest bead below the head at one place */
static double
below_head(const struct lint *l, const double at[2])
{
	double min[2], max[2];

	for (int i = 0; i < 2; i++) {
		min[i] = at[i] - l->facts.head_min[i];
		max[i] = at[i] + l->facts.head_max[i];
	}
	return heightmap_highest(&l->map, min, max);
}

/* G012: the head beside the nozzle, as where objects are printed one after
 * the other */
static void
check_head(struct lint *l, const struct gcode_exec_move *m)
{
	double d[3] = {m->to[0] - m->from[0], m->to[1] - m->from[1],
	    m->to[2] - m->from[2]};
	int n = (int)fmin(hypot(d[0], d[1]) / STEP_MM, 1e4) + 1;

	for (int i = 0; i <= n; i++) {
		double t = (double)i / n;
		double at[2] = {m->from[0] + t * d[0], m->from[1] + t * d[1]};
		double z = m->from[2] + t * d[2], top;

		if (z + l->facts.head_z + SLACK >= l->map.max_top)
			continue;
		top = below_head(l, at);
		if (top <= z + l->facts.head_z + SLACK)
			continue;
		l->head_said = true;
		finding(l->f, RULE_HEAD_MEETS_PART, NULL, 0,
		    "at X %.1f Y %.1f Z %.3g the tool head, %.3g mm above "
		    "the nozzle, meets a part that is %.3g mm high",
		    at[0], at[1], z, l->facts.head_z, top);
		return;
	}
}

/* the beam along X that carries the head */
static bool
has_beam(const struct machine *m)
{
	switch (m->kinematics) {
	case MACHINE_KIN_CARTESIAN:
	case MACHINE_KIN_COREXY:
	case MACHINE_KIN_COREXZ:
	case MACHINE_KIN_HYBRID_COREXY:
	case MACHINE_KIN_HYBRID_COREXZ:
	case MACHINE_KIN_GENERIC_CARTESIAN:
		return true;
	default:
		return false;
	}
}

static void
check_gantry(struct lint *l, const struct gcode_exec_move *m)
{
	double z = fmin(m->from[2], m->to[2]);
	double from = fmin(m->from[1], m->to[1]) - l->facts.head_min[1];
	double to = fmax(m->from[1], m->to[1]) + l->facts.head_max[1];
	double top = heightmap_highest_rows(&l->map, from, to);

	if (top <= z + l->facts.gantry_height + SLACK)
		return;
	l->head_said = true;
	finding(l->f, RULE_HEAD_MEETS_PART, NULL, 0,
	    "at Y %.1f Z %.3g the gantry, %.3g mm above the nozzle, meets a "
	    "part that is %.3g mm high",
	    m->to[1], z, l->facts.gantry_height, top);
}

/* G013 */
void
check_surface(struct lint *l, const struct gcode_exec_move *m)
{
	const struct lint_facts *f = &l->facts;
	double part[2];

	if (!f->has_bed || l->beside_said)
		return;
	if (f->has_receptacle &&
	    clip(m->from, m->to, f->receptacle.min, f->receptacle.max, 2, part))
		return;
	for (int i = 0; i < 2; i++) {
		if (m->to[i] >= f->bed_min[i] - SLACK &&
		    m->to[i] <= f->bed_max[i] + SLACK)
			continue;
		l->beside_said = true;
		finding(l->f, RULE_BESIDE_BED, NULL, 0,
		    "prints at %c %.4g, the surface reaches from %g to %g",
		    'X' + i, m->to[i], f->bed_min[i], f->bed_max[i]);
		return;
	}
}

bool
over_receptacle(const struct lint *l, const double at[3])
{
	const struct lint_facts *f = &l->facts;

	return f->has_receptacle && at[0] >= f->receptacle.min[0] &&
	       at[0] <= f->receptacle.max[0] && at[1] >= f->receptacle.min[1] &&
	       at[1] <= f->receptacle.max[1];
}

void
check_clearance(struct lint *l, const struct gcode_exec_move *m)
{
	const struct lint_facts *f = &l->facts;
	double low = fmin(m->from[2], m->to[2]);

	if (f->n_keep_out)
		check_zones(l, m);
	if (f->has_receptacle)
		check_receptacle(l, m);
	if (l->head_said)
		return;
	if (f->has_head && low + f->head_z + SLACK < l->map.max_top)
		check_head(l, m);
	if (f->gantry_height > 0 && !l->head_said && has_beam(l->m) &&
	    low + f->gantry_height + SLACK < l->map.max_top)
		check_gantry(l, m);
}
