/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is known of the machine before the file is read. */
#include "facts.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/num.h"
#include "base/xalloc.h"
#include "machine/tree.h"
#include "rules.h"

/* mm: a receptacle whose size is not told; what a nozzle measures */
#define RECEPTACLE_MM 8.0

void
facts_init(struct lint_facts *f)
{
	*f = (struct lint_facts){
	    .flow_time = 2, .arc_tolerance = 0.05, .hot_idle = 120};
}

void
facts_release(struct lint_facts *f)
{
	for (int i = 0; i < f->n_macros; i++) {
		for (int k = 0; k < f->macro[i].n_params; k++)
			free(f->macro[i].param[k]);
		free(f->macro[i].param);
		free(f->macro[i].name);
	}
	free(f->macro);
	free(f->keep_out);
	free(f->known);
}

static void
add_keep_out(struct lint_facts *f, const struct lint_box *b)
{
	f->keep_out = xreallocarray(
	    f->keep_out, (size_t)f->n_keep_out + 1, sizeof(*f->keep_out));
	f->keep_out[f->n_keep_out++] = *b;
	f->any_clearance = true;
}

static void
mesh_of_machine(struct lint_facts *f, const struct tree *t)
{
	const struct tree_section *s = tree_section(t, "bed_mesh");

	f->has_mesh = s && tree_doubles(s, "mesh_min", f->mesh_min, 2) == 2 &&
		      tree_doubles(s, "mesh_max", f->mesh_max, 2) == 2;
}

static void
head_of_machine(struct lint_facts *f, const struct tree *t)
{
	const struct tree_section *s = tree_section(t, "clearance");

	double at[2], size[2] = {RECEPTACLE_MM, RECEPTACLE_MM};

	f->gantry_height = tree_double(s, "gantry_height", 0);
	f->head_z = tree_double(s, "head_z", 0);
	f->head_min[0] = tree_double(s, "head_x_min", 0);
	f->head_max[0] = tree_double(s, "head_x_max", 0);
	f->head_min[1] = tree_double(s, "head_y_min", 0);
	f->head_max[1] = tree_double(s, "head_y_max", 0);
	f->has_head = f->head_min[0] + f->head_max[0] > 0 &&
		      f->head_min[1] + f->head_max[1] > 0;
	if (!s)
		return;
	f->has_bed = tree_doubles(s, "bed_min", f->bed_min, 2) == 2 &&
		     tree_doubles(s, "bed_max", f->bed_max, 2) == 2;
	f->has_receptacle = tree_doubles(s, "receptacle", at, 2) == 2 &&
			    tree_entry(s, "receptacle_z");
	tree_doubles(s, "receptacle_size", size, 2);
	for (int i = 0; i < 2 && f->has_receptacle; i++) {
		f->receptacle.min[i] = at[i] - size[i] / 2;
		f->receptacle.max[i] = at[i] + size[i] / 2;
	}
	f->receptacle.min[2] = -1e9;
	f->receptacle.max[2] = tree_double(s, "receptacle_z", 0);
}

void
facts_of_machine(struct lint_facts *f, const struct machine *m)
{
	const struct tree *t = machine_tree(m);
	const struct tree_section *e = tree_section(t, "extruder");
	const struct tree_section *l = tree_section(t, "lint");
	const struct tree_section *k = NULL;
	const struct tree_entry *known = l ? tree_entry(l, "known") : NULL;

	f->max_flow = tree_double(e, "max_volumetric_flow", 0);
	f->heater_power = tree_double(e, "power", 0);
	f->max_step_rate = tree_double(l, "max_step_rate", 0);
	f->hot_idle = tree_double(l, "hot_idle", f->hot_idle);
	f->arc_tolerance = tree_double(l, "arc_tolerance", f->arc_tolerance);
	f->printer = tree_string(l, "printer", NULL);
	for (uint32_t i = 0; known && i < known->value.list.n; i++)
		facts_known(f, known->value.list.item[i].s);
	while ((k = tree_next(t, k, "keep_out"))) {
		struct lint_box b;

		if (tree_doubles(k, "min", b.min, 3) == 3 &&
		    tree_doubles(k, "max", b.max, 3) == 3)
			add_keep_out(f, &b);
	}
	f->arcs_off = t->klipper && !tree_section(t, "gcode_arcs");
	mesh_of_machine(f, t);
	head_of_machine(f, t);
	f->any_clearance = f->has_head || f->gantry_height > 0 ||
			   f->has_receptacle || f->n_keep_out > 0;
}

void
facts_missing(
    const struct lint_facts *f, const struct machine *m, const char **lacks)
{
	const struct {
		enum rule rule;
		bool missing;
		const char *what;
	} facts[] = {
	    {RULE_FLOW, f->max_flow <= 0, "extruder.max_volumetric_flow"},
	    {RULE_HEATER_POWER, f->heater_power <= 0, "extruder.power"},
	    {RULE_HEATER_VERIFY, f->heater_power <= 0, "extruder.power"},
	    {RULE_STEP_RATE, f->max_step_rate <= 0, "lint.max_step_rate"},
	    {RULE_KEEP_OUT, f->n_keep_out == 0, "keep_out"},
	    {RULE_RECEPTACLE, !f->has_receptacle, "clearance.receptacle"},
	    {RULE_HEAD_MEETS_PART, !f->has_head && f->gantry_height <= 0,
		"clearance.head_x_min"},
	    {RULE_BESIDE_BED, !f->has_bed, "clearance.bed_min"},
	    {RULE_MESH_AREA, !f->has_mesh, "bed_mesh"},
	    {RULE_MOTOR_DRIVE, m->n_motors == 0, "motor"},
	    {RULE_FILAMENT_LEFT, f->spool <= 0, "--spool"},
	};

	for (size_t i = 0; i < sizeof(facts) / sizeof(facts[0]); i++)
		if (facts[i].missing)
			lacks[facts[i].rule] = facts[i].what;
}

int
facts_keep_out(struct lint_facts *f, const char *text)
{
	struct lint_box b = {.min = {0, 0, -1e9}, .max = {0, 0, 1e9}};
	double v[6];
	int n = 0;

	for (const char *s = text; n < 6; n++) {
		size_t len = strcspn(s, ",");

		if (num_parse_decimal(s, len, &v[n]) != 0)
			return -1;
		if (s[len] == '\0') {
			n++;
			break;
		}
		s += len + 1;
	}
	if (n != 4 && n != 6)
		return -1;
	for (int i = 0; i < n / 2; i++) {
		double a = v[i], c = v[i + n / 2];

		b.min[i] = a < c ? a : c;
		b.max[i] = a < c ? c : a;
	}
	add_keep_out(f, &b);
	return 0;
}

void
facts_known(struct lint_facts *f, const char *name)
{
	f->known =
	    xreallocarray(f->known, (size_t)f->n_known + 1, sizeof(*f->known));
	f->known[f->n_known++] = name;
}

const struct lint_macro *
facts_macro(const struct lint_facts *f, struct gcode_view name)
{
	for (int i = 0; i < f->n_macros; i++)
		if (gcode_view_is(name, f->macro[i].name))
			return &f->macro[i];
	return NULL;
}

bool
facts_knows(const struct lint_facts *f, struct gcode_view name)
{
	for (int i = 0; i < f->n_known; i++)
		if (gcode_view_is(name, f->known[i]))
			return true;
	return facts_macro(f, name) != NULL;
}
