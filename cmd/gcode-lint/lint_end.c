/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What only the end of the file can tell. */
#include <math.h>
#include <string.h>
#include <strings.h>

#include "lint.h"

/* F004, F005: was the file written to its end? */
static void
check_whole(struct lint *l, bool newline_missing)
{
	double missing = l->header.max_z - l->max_print_z;

	if (newline_missing && l->last_was_move) {
		l->cut_off = true;
		finding_at(l->f, RULE_TRUNCATED, l->line,
		    "the file ends in the middle of a line");
		return;
	}
	if (newline_missing)
		finding_at(l->f, RULE_LINE_ENDING, l->line,
		    "the last line has no newline");
	if (!l->any_bead)
		return;
	if (l->header.max_z > 0 && missing > 0.5 &&
	    missing > 2.1 * l->header.layer_height &&
	    l->header.max_z < 1000 * l->max_print_z)
		finding_at(l->f, RULE_NO_END, l->line,
		    "the print ends at Z %.3g, it was announced to %.3g mm",
		    l->max_print_z, l->header.max_z);
	else if (l->header.n_layers > 0 &&
		 l->header.layers < l->header.n_layers)
		finding_at(l->f, RULE_NO_END, l->line,
		    "the file has %u layers, %u were announced",
		    l->header.layers, l->header.n_layers);
	else if (l->last_was_move && l->last_print_line == l->last_command)
		finding_at(l->f, RULE_NO_END, l->line,
		    "the file stops with a bead; nothing ends the print");
}

static void
check_header(struct lint *l)
{
	const struct machine_extruder *e =
	    l->m->n_extruders ? &l->m->extruder[0] : NULL;

	if (l->facts.printer && l->header.printer[0] &&
	    strcasecmp(l->facts.printer, l->header.printer) != 0)
		finding_at(l->f, RULE_WRONG_PRINTER, 0,
		    "sliced for '%s', this machine is '%s'", l->header.printer,
		    l->facts.printer);
	if (!e)
		return;
	if (l->header.nozzle > 0 &&
	    fabs(l->header.nozzle - e->nozzle_diameter) > 0.011)
		finding_at(l->f, RULE_WRONG_PRINTER, 0,
		    "sliced for a nozzle of %g mm, the machine has %g mm",
		    l->header.nozzle, e->nozzle_diameter);
	if (l->header.filament_diameter > 0 &&
	    fabs(l->header.filament_diameter - e->filament_diameter) > 0.06)
		finding_at(l->f, RULE_WRONG_PRINTER, 0,
		    "sliced for filament of %g mm, the machine has %g mm",
		    l->header.filament_diameter, e->filament_diameter);
}

static void
check_states(struct lint *l)
{
	for (int i = 0; i < l->n_saved; i++)
		finding_at(l->f, RULE_STATE_UNBALANCED, l->saved[i].line,
		    "the state '%s' is saved and never restored",
		    l->saved[i].name);
	if (l->park_line && l->park_line > l->last_print_line)
		finding_at(l->f, RULE_TRAVEL_BEFORE_LIFT, l->park_line,
		    "the head leaves the finished part without lifting "
		    "first");
}

/* a print that begins in mid-air continues another */
static void
check_resumed(struct lint *l)
{
	if (!l->resumed)
		return;
	if (!l->extruder_waited)
		finding_at(l->f, RULE_RESUME_PROLOGUE, l->first_print_line,
		    "the print goes on at Z %.4g without heating first",
		    l->first_print_z);
	if (l->homed_z && !l->m->rail[2].homing_positive_dir)
		finding_at(l->f, RULE_RESUME_PROLOGUE, l->first_print_line,
		    "the print goes on at Z %.4g, and Z was homed towards "
		    "the part",
		    l->first_print_z);
	if (!l->any_feedrate || !l->mode_set)
		finding_at(l->f, RULE_RESUME_POINT, l->first_print_line,
		    "the print goes on at Z %.4g without %s", l->first_print_z,
		    l->any_feedrate ? "saying M82 or M83"
				    : "a feed rate of its own");
}

/* O004: the mesh against what was laid down first */
static void
check_mesh(struct lint *l)
{
	const double *min = l->facts.mesh_min, *max = l->facts.mesh_max;

	if (!l->facts.has_mesh || !l->any_bead || l->mesh_adaptive)
		return;
	for (int i = 0; i < 2; i++) {
		if (l->bead_min[i] >= min[i] - 0.5 &&
		    l->bead_max[i] <= max[i] + 0.5)
			continue;
		finding_at(l->f, RULE_MESH_AREA, l->first_print_line,
		    "the first layer reaches %c %.1f to %.1f mm, the mesh "
		    "%.1f to %.1f mm",
		    'X' + i, l->bead_min[i], l->bead_max[i], min[i], max[i]);
		return;
	}
}

void
check_end(struct lint *l, bool newline_missing)
{
	check_whole(l, newline_missing);
	l->cut_off = l->cut_off || l->f->count[RULE_NO_END];
	check_header(l);
	check_states(l);
	check_resumed(l);
	check_mesh(l);
	check_heat_end(l);
	check_extrude_end(l);
	check_object_end(l);
	check_plan_end(l);
}
