/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Filament: beads, retractions and the mode of E (rules E, S002, S004). */
#include <math.h>

#include "lint.h"

#define DEPTH_SLACK 0.06   /* mm a slicer may leave retracted */
#define BLOB_MIN    0.004  /* mm pushed on the spot that count */
#define XY_ROUNDING 0.0015 /* mm: ends of a move with three decimals */
#define E_ROUNDING  0.7e-5 /* mm: E with five decimals */

/* S004: is what was pulled back out again? */
static void
check_depth(struct lint *l, const struct gcode_exec_move *m)
{
	double depth = l->e_high - m->from[3];

	if (depth > DEPTH_SLACK && l->part_extruded)
		finding(l->f, RULE_RETRACT_BOUNDARY, NULL, 0,
		    "prints with %.3g mm of filament still pulled back", depth);
}

/*
 * S002.  In absolute mode a file written for relative E pulls back all the
 * time; in relative mode one written for absolute E grows without end (which
 * too-thick finds).
 */
static void
check_mode(struct lint *l, double de)
{
	if (l->mode_said || !gcode_exec_state(l->exec)->absolute_e ||
	    !gcode_exec_state(l->exec)->absolute)
		return;
	if (de < 0)
		l->mode_bad++;
	else
		l->mode_good++;
	if (l->mode_bad + l->mode_good < 24)
		return;
	if (l->mode_bad * 4 > l->mode_good) {
		l->mode_said = true;
		finding(l->f, RULE_EXTRUSION_MODE, NULL, 0,
		    "E is absolute here (M82) and the values are written "
		    "as relative ones: M83 is missing");
	}
	l->mode_bad = l->mode_good = 0;
}

/* Filament moves, in the part as the slicer wrote it: which mode is it in,
 * each time that it changes?  What macros do on the spot is their own. */
void
check_e_mode(struct lint *l, bool on_the_way)
{
	const struct gcode_state *st = gcode_exec_state(l->exec);
	bool relative = !st->absolute_e || !st->absolute;
	int n = l->n_bead_modes;

	if (l->header.custom || l->f->mark_macro ||
	    (l->header.layers == 0 && l->header.type != 0))
		return;
	if (l->e_mode.from == 0 || l->e_mode.relative != relative)
		l->e_mode =
		    (struct lint_mode){.from = l->line, .relative = relative};
	if (!on_the_way || n == LINT_MODES ||
	    (n && l->bead_mode[n - 1].relative == relative))
		return;
	l->bead_mode[n] = (struct lint_mode){l->line, l->e_mode.from, relative};
	l->n_bead_modes++;
}

bool
lint_wrong_mode(const struct lint *l, int i)
{
	return l->header.relative_e >= 0 &&
	       l->bead_mode[i].relative != (l->header.relative_e == 1);
}

static void
check_section(
    struct lint *l, const struct gcode_exec_move *m, double way, double de)
{
	int e = gcode_exec_extruder(l->exec);
	double area, section;

	if (e < 0 || e >= l->m->n_extruders)
		return;
	area = l->m->extruder[e].filament_area;
	section = de / way * area;
	if (section < 0.01 && way > 2)
		finding(l->f, RULE_TRAVEL_EXTRUDES, NULL, 0,
		    "a move of %.3g mm extrudes %.2g mm of filament; that "
		    "is no bead",
		    way, de);
	else if (l->words.number == 0 && l->words.has && !m->arc &&
		 !l->g0_said) {
		l->g0_said = true;
		finding(l->f, RULE_TRAVEL_EXTRUDES, NULL, 0,
		    "G0, a travel by its name, extrudes");
	}
}

static void
count_short(struct lint *l, double way, double de)
{
	int e = gcode_exec_extruder(l->exec);
	int s =
	    e >= 0 && e < l->m->n_extruders ? l->m->extruder[e].stepper : -1;

	l->beads++;
	if (s >= 0 && de < l->m->stepper[s].step_distance)
		l->beads_below_step++;
	(void)way;
}

void
check_bead(
    struct lint *l, const struct gcode_exec_move *m, double way, double de)
{
	double tolerance;

	check_mode(l, de);
	check_depth(l, m);
	count_short(l, way, de);
	check_section(l, m, way, de);
	if (m->to[3] > l->e_high)
		l->e_high = m->to[3];
	if (!l->part_extruded || l->header.custom)
		return;
	way = hypot(way, m->to[2] - m->from[2]);
	tolerance = XY_ROUNDING / way + E_ROUNDING / de;
	if (l->header.unsteady > 0) {
		l->header.unsteady--;
		return;
	}
	if (m->arc)
		return; /* chords are judged as their arc: check_arc() */
	flow_kind(&l->flow, header_kind(&l->header), 0);
	flow_bead(&l->flow, l->line, way, de, tolerance);
}

/* a retraction, its return, or a blob; wipes come here with XY motion */
void
check_in_place(struct lint *l, const struct gcode_exec_move *m, double de)
{
	double depth = l->e_high - m->from[3];

	if (de < 0) {
		check_mode(l,
		    l->words.number <= 1 &&
			    (m->from[0] != m->to[0] || m->from[1] != m->to[1])
			? de
			: 0);
		return;
	}
	if (m->to[3] <= l->e_high) {
		return;
	}
	if (over_receptacle(l, m->to)) { /* waste */
		l->e_high = m->to[3];
		return;
	}
	l->prime_sum += m->to[3] - l->e_high;
	if (l->part_extruded && !l->header.custom && depth < 1e-6 &&
	    de > BLOB_MIN)
		finding(l->f, RULE_BLOB, NULL, 0,
		    "%.4g mm of filament are pushed on the spot, nothing "
		    "was pulled back before",
		    de);
	else if (l->part_extruded && !l->header.custom &&
		 m->to[3] - l->e_high > 0.5)
		finding(l->f, RULE_BLOB, NULL, 0,
		    "%.3g mm were pulled back, %.3g mm come out again", depth,
		    de);
	l->e_high = m->to[3];
}

void
check_extrude_end(struct lint *l)
{
	for (int i = 0; i < l->n_bead_modes; i++)
		if (lint_wrong_mode(l, i))
			finding_at(l->f, RULE_EXTRUSION_MODE,
			    l->bead_mode[i].line,
			    "the part is printed with %s E from here on, the "
			    "slicer wrote %s E",
			    l->bead_mode[i].relative ? "relative" : "absolute",
			    l->header.relative_e ? "relative" : "absolute");
	if (l->beads > 100 && l->beads_below_step * 2 > l->beads)
		finding_at(l->f, RULE_E_RESOLUTION, 0,
		    "%.0f %% of the beads extrude less than a step of the "
		    "motor",
		    100.0 * (double)l->beads_below_step / (double)l->beads);
	if (l->beads > 100 && l->prime_sum > 5 + 0.02 * l->sum.filament)
		finding_at(l->f, RULE_RETRACT_DRIFT, 0,
		    "%.3g mm more were pushed back than were retracted",
		    l->prime_sum);
	if (l->facts.spool > 0 && l->sum.filament > l->facts.spool)
		finding_at(l->f, RULE_FILAMENT_LEFT, 0,
		    "%.2f m of filament are needed, the spool holds %.2f m",
		    l->sum.filament / 1000, l->facts.spool / 1000);
}
