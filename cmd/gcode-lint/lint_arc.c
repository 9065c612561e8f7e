/* SPDX-License-Identifier: GPL-3.0-or-later */
/* G2 and G3 as written (rules A). */
#include <math.h>

#include "base/num.h"
#include "lint.h"

#define RADIUS_SLACK                                                           \
	0.06 /* mm: ends and centre rounded to three decimals,                 \
	      * and what arc welders allow themselves */

static double
word(const struct lint *l, int axis, bool *has)
{
	static const char letter[] = "XYZEFIJKR";
	const struct gcode_word *w;
	double v = 0;

	if (l->words.has) {
		*has = l->words.has >> axis & 1;
		return *has ? l->words.v[axis] : 0;
	}
	w = gcode_letter(&l->parsed, letter[axis]);
	*has = w && gcode_word_double(w, &v) == 1;
	return v;
}

/* the arc as one bead of its kind */
static void
arc_bead(struct lint *l, double radius, const double from[2],
    const double to[2], const double centre[2], bool clockwise)
{
	double a0 = atan2(from[1] - centre[1], from[0] - centre[0]);
	double a1 = atan2(to[1] - centre[1], to[0] - centre[0]);
	double turn = clockwise ? a0 - a1 : a1 - a0;
	const struct gcode_state *st = gcode_exec_state(l->exec);
	double e, de, way;
	bool has;

	if (turn <= 1e-9)
		turn += 2 * NUM_PI;
	way = radius * turn;
	e = word(l, GCODE_E, &has);
	if (!has || !l->part_extruded || l->header.custom)
		return;
	de = gcode_state_target(st, GCODE_STATE_E, e) - st->last[GCODE_STATE_E];
	if (de <= 0 || way <= 0)
		return;
	flow_kind(&l->flow, header_kind(&l->header), 0);
	/* chords were welded: their sum is shorter than the arc */
	flow_bead(&l->flow, l->line, way, de, 0.003 / way + 0.7e-5 / de + 0.05);
}

void
check_arc(struct lint *l)
{
	const struct gcode_state *st = gcode_exec_state(l->exec);
	bool has_i, has_j, has_k, has_r, has[2];
	double i = word(l, GCODE_I, &has_i), j = word(l, GCODE_J, &has_j);
	double from[2], to[2], centre[2], r0, r1, sagitta, chord;
	bool clockwise;

	if (l->facts.arcs_off && !l->arc_off_said) {
		l->arc_off_said = true;
		finding(l->f, RULE_ARC_OFF, NULL, 0,
		    "Klipper does not know arcs without [gcode_arcs] in its "
		    "configuration; here they are drawn");
	}
	word(l, GCODE_K, &has_k);
	word(l, GCODE_R, &has_r);
	if (has_k || has_r)
		return; /* other planes: the executor judges them */
	if (!has_i && !has_j) {
		finding(l->f, RULE_ARC_NO_CENTRE, NULL, 0,
		    "the arc has neither I, J nor R");
		l->complained = true;
		return;
	}
	clockwise = l->words.has ? l->words.number == 2 : l->parsed.number == 2;
	for (int k = 0; k < 2; k++) {
		double w = word(l, k, &has[k]);

		from[k] = st->last[k];
		to[k] = has[k] ? gcode_state_target(st, k, w) : from[k];
	}
	centre[0] = from[0] + i;
	centre[1] = from[1] + j;
	r0 = hypot(i, j);
	r1 = hypot(to[0] - centre[0], to[1] - centre[1]);
	if (fabs(r0 - r1) > RADIUS_SLACK + 1e-3 * r0) {
		finding(l->f, RULE_ARC_RADIUS, NULL, 0,
		    "the arc begins %.4g mm from its centre and ends %.4g "
		    "mm from it",
		    r0, r1);
		l->complained = true;
		return;
	}
	arc_bead(l, r0, from, to, centre, clockwise);
	chord = l->m->arc_resolution;
	sagitta = chord < 2 * r0 ? r0 - sqrt(r0 * r0 - chord * chord / 4) : r0;
	if (sagitta > l->facts.arc_tolerance && !l->coarse_said) {
		l->coarse_said = true;
		finding(l->f, RULE_ARC_COARSE, NULL, 0,
		    "chords of %g mm leave this arc of radius %.3g mm by "
		    "%.3g mm; lower gcode_arcs.resolution",
		    chord, r0, sagitta);
	}
}
