/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Moves: where they go, and what stands in the way (rules S, G). */
#include <math.h>
#include <string.h>

#include "lint.h"

#define E_EPS	      1e-6 /* mm of filament */
#define WAY_EPS	      1e-6 /* mm */
#define THROUGH_SLACK 0.06 /* mm: a nozzle may graze what it laid down */
#define LIFT_MIN      0.1  /* mm: this much up is a lift */
#define PARK_MIN      5.0  /* mm: this far away is parking */

static double
hypot2(const double a[4], const double b[4])
{
	return hypot(b[0] - a[0], b[1] - a[1]);
}

/* S007, V001: of the words themselves */
static void
check_feedrate(struct lint *l, const struct gcode_exec_move *m)
{
	double v = m->speed, limit = l->m->max_velocity;

	/* what other commands move has a speed of its own */
	if (l->last_was_move && !l->any_move && !l->any_feedrate)
		finding(l->f, RULE_NO_FEEDRATE, NULL, 0,
		    "the first move has no F; it runs at %g mm/s", v);
	l->any_move |= l->last_was_move;
	if (v <= limit * 1.001 || v <= l->fastest_said)
		return;
	if (hypot2(m->from, m->to) < WAY_EPS && m->from[2] == m->to[2])
		return; /* the extruder has limits of its own */
	l->fastest_said = v;
	finding(l->f, RULE_FEEDRATE_LIMIT, NULL, 0,
	    "%g mm/s is asked for, the machine does %g mm/s", v, limit);
}

/* --- travels ---------------------------------------------------------------
 */

static void
check_travel(struct lint *l, const struct gcode_exec_move *m)
{
	double top, at[2];
	double way = hypot2(m->from, m->to);

	if (way > WAY_EPS &&
	    heightmap_hits(&l->map, m->from, m->to, THROUGH_SLACK, &top, at))
		finding(l->f, RULE_TRAVEL_THROUGH_PART, NULL, 0,
		    "the travel is at Z %.3g where the print stands %.3g mm "
		    "high (X %.1f Y %.1f)",
		    fmin(m->from[2], m->to[2]), top, at[0], at[1]);
	if (m->to[2] > l->print_z + LIFT_MIN)
		l->lifted = true;
	if (way > PARK_MIN && !l->lifted && l->any_bead && l->park_line == 0)
		l->park_line = l->line;
}

/* --- beads -----------------------------------------------------------------
 */

/* S005, G008, G009: the first bead of a layer */
static void
check_layer(struct lint *l, const struct gcode_exec_move *m)
{
	double z = m->to[2], said = l->header.z;
	double nozzle = l->header.nozzle;

	l->header.layer_new = false;
	if (!gcode_exec_state(l->exec)->absolute)
		finding(l->f, RULE_RELATIVE_LEFT_ON, NULL, 0,
		    "a layer begins in relative mode (G91); G90 is missing");
	if (nozzle <= 0 && l->m->n_extruders > 0)
		nozzle = l->m->extruder[0].nozzle_diameter;
	if (said >= 0 && fabs(said - z) > 0.011)
		finding(l->f, RULE_LAYER_STEP, NULL, 0,
		    "the layer is printed at Z %.4g, the slicer calls it "
		    "%.4g",
		    z, said);
	if (!l->first_layer_done) {
		l->first_layer_done = true;
		l->first_print_z = z;
		if (z > 2 * nozzle && z > 1)
			l->resumed = true;
		else if (nozzle > 0 && z > 0 &&
			 l->header.width <= 1.5 * nozzle &&
			 (z < 0.2 * nozzle || z > 0.9 * nozzle))
			finding(l->f, RULE_FIRST_LAYER_HEIGHT, NULL, 0,
			    "the first layer is %.3g mm, a %.2g mm nozzle "
			    "wants %.2g to %.2g mm",
			    z, nozzle, 0.2 * nozzle, 0.9 * nozzle);
	} else if (nozzle > 0 && z - l->max_print_z > 0.8 * nozzle + 0.011 &&
		   z - l->max_print_z > l->header.height + 0.011) {
		finding(l->f, RULE_LAYER_STEP, NULL, 0,
		    "the layer is %.3g mm above the last one; a %.2g mm "
		    "nozzle does up to %.2g mm",
		    z - l->max_print_z, nozzle, 0.8 * nozzle);
	}
}

/* a bead at another Z than the beads around it */
static void
check_bead_z(struct lint *l, const struct gcode_exec_move *m)
{
	double z = m->to[2];

	if (z <= 0)
		finding(l->f, RULE_BELOW_BED, NULL, 0,
		    "extrudes at Z %.4g, on or below the bed", z);
	if (fabs(z - l->print_z) < 1e-9)
		return;
	if (l->part_extruded && !l->header.layer_new && l->header.layers > 0 &&
	    fabs(z - m->from[2]) < 1e-9 && l->header.z >= 0 &&
	    fabs(l->header.z - z) > 0.011)
		finding(l->f, RULE_LAYER_STEP, NULL, 0,
		    "prints at Z %.4g in the layer at %.4g", z, l->header.z);
	else if (l->part_extruded && z < l->print_z - 0.011 &&
		 z > l->first_print_z + 0.011 && l->header.z < 0 &&
		 !l->header.layer_new)
		finding(l->f, RULE_LAYER_STEP, NULL, 0,
		    "prints at Z %.4g below the last beads at %.4g", z,
		    l->print_z);
	l->print_z = z;
}

static void
lay(struct lint *l, const struct gcode_exec_move *m, bool part)
{
	double top = fmax(m->from[2], m->to[2]);

	if (!part) {
		heightmap_lay(&l->map, m->from, m->to, top, HEIGHTMAP_PURGE);
		return;
	}
	if (l->header.layers <= 1 && !l->purge_said &&
	    heightmap_crosses(&l->map, m->from, m->to, HEIGHTMAP_PURGE)) {
		l->purge_said = true;
		finding(l->f, RULE_PURGE_ON_PART, NULL, 0,
		    "the first layer runs over what was purged before");
	}
	heightmap_lay(&l->map, m->from, m->to, top, HEIGHTMAP_PART);
	if (l->header.layers > 1)
		return;
	for (int i = 0; i < 2; i++) {
		l->bead_min[i] = fmin(l->bead_min[i], m->to[i]);
		l->bead_max[i] = fmax(l->bead_max[i], m->to[i]);
	}
}

static void
first_bead(struct lint *l, const struct gcode_exec_move *m)
{
	l->any_bead = true;
	l->first_print_line = l->line;
	check_heat_bead(l);
	for (int i = 0; i < 2; i++)
		l->bead_min[i] = l->bead_max[i] = m->to[i];
}

static void
bead(struct lint *l, const struct gcode_exec_move *m, double way, double de)
{
	/* the user's own lines before the first layer, and files that mark
	 * no layers at all, which are all part */
	bool part =
	    !l->header.custom && (l->header.layers > 0 || l->header.type == 0);

	if (!l->any_bead)
		first_bead(l, m);
	if (part && l->header.layer_new)
		check_layer(l, m);
	check_bead_z(l, m);
	check_surface(l, m);
	if (part) {
		if (l->heat_changed || !l->part_extruded)
			check_heat_layer(l);
		l->heat_changed = false;
		l->part_extruded = true;
		l->max_print_z = fmax(l->max_print_z, m->to[2]);
		check_object_bead(l, m->to);
	}
	lay(l, m, part);
	l->last_print_line = l->line;
	l->lifted = l->other_known = false;
	l->park_line = 0;
	check_bead(l, m, way, de);
}

void
check_move(struct lint *l, const struct gcode_exec_move *m)
{
	double way = hypot2(m->from, m->to);
	double de = m->to[3] - m->from[3];

	if (l->words.has & 1u << GCODE_F)
		l->any_feedrate = true;
	check_feedrate(l, m);
	if (l->facts.any_clearance)
		check_clearance(l, m);
	if (m->speed > 0)
		l->asked_s += hypot(way, m->to[2] - m->from[2]) / m->speed;
	if (fabs(de) > E_EPS)
		check_e_mode(l, way > WAY_EPS);
	if (way > WAY_EPS && de > E_EPS)
		bead(l, m, way, de);
	else if (fabs(de) > E_EPS)
		check_in_place(l, m, de);
	if (de <= E_EPS)
		check_travel(l, m);
	check_habit_move(l, m);
}
