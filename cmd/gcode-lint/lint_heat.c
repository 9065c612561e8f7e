/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Targets, waits and the slicer's own word on them (rules H). */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lint.h"

/* usual ranges of the makers, deg C: nozzle from, to; bed at most */
static const struct material {
	const char *name;
	double from, to, bed;
} materials[] = {
    {"PLA", 170, 245, 85},
    {"PETG", 205, 275, 100},
    {"PET", 205, 285, 100},
    {"ABS", 210, 285, 125},
    {"ASA", 220, 285, 125},
    {"TPU", 185, 265, 80},
    {"FLEX", 185, 265, 80},
    {"HIPS", 200, 270, 120},
    {"PVA", 170, 235, 80},
    {"PA", 220, 320, 130},
    {"NYLON", 220, 320, 130},
    {"PC", 235, 340, 150},
    {"PP", 200, 270, 120},
    {"POM", 200, 250, 140},
    {"PVB", 185, 235, 90},
};

static int
active_heater(const struct lint *l)
{
	int e = gcode_exec_extruder(l->exec);

	return e >= 0 && e < l->m->n_extruders ? l->m->extruder[e].heater : -1;
}

static double
target(const struct lint *l, int heater)
{
	return heater >= 0 ? gcode_exec_target(l->exec, heater) : 0;
}

static const struct gcode_word *
target_word(const struct lint *l)
{
	return gcode_letter(&l->parsed, 'S');
}

/* M104, M140 */
void
check_told(struct lint *l)
{
	bool bed = l->parsed.number == 140;
	const struct gcode_word *w = target_word(l);

	l->told[bed] = 0;
	if (w)
		gcode_word_double(w, &l->told[bed]);
	l->told_line[bed] = l->line;
}

/* M109, M190 */
void
check_heat_wait(struct lint *l)
{
	bool bed = l->parsed.number == 190;
	int h =
	    bed ? machine_heater_index(l->m, "heater_bed") : active_heater(l);
	const struct gcode_word *w = target_word(l);
	double v = 0;

	if (w)
		gcode_word_double(w, &v);
	if (bed)
		l->bed_waited = true;
	else
		l->extruder_waited = true;
	if (v <= 0 && h >= 0 && target(l, h) <= 0)
		finding(l->f, RULE_HEAT_WAIT, l->parsed.name.s,
		    l->parsed.name.n, "waits for no target");
	/* told one temperature, waiting for another; warming up first to
	 * where nothing drips is no mistake */
	if (h >= 0 && v > 0 && l->told[bed] > 0 && !l->part_extruded &&
	    l->told[bed] >= l->m->heater[h].min_extrude_temp &&
	    fabs(v - l->told[bed]) > 0.5 && l->told_line[bed] + 3 >= l->line)
		finding(l->f, RULE_TEMPERATURE_DIFFERS, w->key.s,
		    1 + w->value.n, "%s was told %g C just before, now %g C",
		    l->m->heater[h].name, l->told[bed], v);
}

void
check_temperature_wait(struct lint *l)
{
	const struct gcode_line *p = &l->parsed;
	const struct gcode_word *sensor = gcode_word(p, "SENSOR");
	const struct gcode_word *min = gcode_word(p, "MINIMUM");
	const struct gcode_word *max = gcode_word(p, "MAXIMUM");
	char name[64];
	double v, t;
	int h;

	l->extruder_waited = l->bed_waited = true;
	if (!sensor || sensor->value.n >= sizeof(name))
		return;
	memcpy(name, sensor->value.s, sensor->value.n);
	name[sensor->value.n] = '\0';
	h = machine_heater_index(l->m, name);
	if (h < 0)
		return;
	t = target(l, h);
	if (min && gcode_word_double(min, &v) == 1 && v > t)
		finding(l->f, RULE_UNBOUNDED_WAIT, min->key.s,
		    min->key.n + 1 + min->value.n,
		    "waits for %g C, and the target of %s is %g C", v, name, t);
	else if (max && gcode_word_double(max, &v) == 1 && t > v)
		finding(l->f, RULE_UNBOUNDED_WAIT, max->key.s,
		    max->key.n + 1 + max->value.n,
		    "waits until it falls to %g C, and the target of %s is "
		    "%g C",
		    v, name, t);
}

/* the first bead: was anything waited for? */
void
check_heat_bead(struct lint *l)
{
	int h = active_heater(l);

	l->unwaited = h >= 0 && target(l, h) > 0 && !l->extruder_waited;
	l->bead_target[0] = target(l, h);
	l->bead_target[1] = target(l, machine_heater_index(l->m, "heater_bed"));
}

/* a layer begins: the targets that it is printed with are kept */
void
check_heat_layer(struct lint *l)
{
	double now[2] = {target(l, active_heater(l)),
	    target(l, machine_heater_index(l->m, "heater_bed"))};

	for (int i = 0; i < 2; i++) {
		int k = 0;

		while (k < l->n_used[i] &&
		       fabs(l->used[i][k].target - now[i]) > 0.01)
			k++;
		if (k == l->n_used[i] && k < LINT_TARGETS) {
			l->used[i][k].target = now[i];
			l->used[i][k].line = l->line;
			l->n_used[i]++;
		}
	}
}

static void
against_header(struct lint *l, int bed, const struct lint_temperatures *said)
{
	static const char *const what[] = {"nozzle", "bed"};

	if (said->n == 0)
		return;
	for (int i = 0; i < l->n_used[bed]; i++) {
		double t = l->used[bed][i].target, near = said->v[0];

		if (t <= 0) /* cold, or heated by a macro elsewhere */
			continue;
		for (int k = 1; k < said->n; k++)
			if (fabs(said->v[k] - t) < fabs(near - t))
				near = said->v[k];
		if (fabs(near - t) > 1)
			finding_at(l->f, RULE_TEMPERATURE_DIFFERS,
			    l->used[bed][i].line,
			    "prints with the %s at %g C, the slicer's "
			    "settings say %g C",
			    what[bed], t, near);
	}
}

static const struct material *
material_of(const struct lint *l)
{
	size_t n = strcspn(l->header.filament, " ;,-+");

	for (size_t i = 0; n && i < sizeof(materials) / sizeof(*materials); i++)
		if (strlen(materials[i].name) == n &&
		    strncasecmp(materials[i].name, l->header.filament, n) == 0)
			return &materials[i];
	return NULL;
}

static void
against_material(struct lint *l)
{
	const struct material *m = material_of(l);

	if (!m)
		return;
	for (int i = 0; i < l->n_used[0]; i++) {
		double t = l->used[0][i].target;

		if (t > 0 && (t < m->from || t > m->to))
			finding_at(l->f, RULE_MATERIAL_TEMPERATURE,
			    l->used[0][i].line,
			    "prints %s at %g C; usual are %g to %g C", m->name,
			    t, m->from, m->to);
	}
	for (int i = 0; i < l->n_used[1]; i++)
		if (l->used[1][i].target > m->bed)
			finding_at(l->f, RULE_MATERIAL_TEMPERATURE,
			    l->used[1][i].line,
			    "prints %s on a bed of %g C; usual are up to "
			    "%g C",
			    m->name, l->used[1][i].target, m->bed);
}

void
check_heat_end(struct lint *l)
{
	against_header(l, 0, &l->header.nozzle_temp);
	against_header(l, 1, &l->header.bed_temp);
	against_material(l);
	if (!l->any_bead || l->other_known || l->cut_off)
		return;
	for (int h = 0; h < l->m->n_heaters; h++)
		if (target(l, h) > 0)
			finding_at(l->f, RULE_HEATER_LEFT_ON, 0,
			    "'%s' is left at %g C when the file ends",
			    l->m->heater[h].name, target(l, h));
}
