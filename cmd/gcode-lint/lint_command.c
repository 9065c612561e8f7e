/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Commands other than moves: before and after they are carried out. */
#include <math.h>
#include <string.h>

#include "lint.h"

#define FEEDRATE_SLACK 1.001

static void
check_save(struct lint *l)
{
	const struct gcode_line *p = &l->parsed;
	const struct gcode_word *w = gcode_word(p, "NAME");
	struct gcode_view v = w ? w->value : (struct gcode_view){"default", 7};
	bool save = gcode_view_is(p->name, "SAVE_GCODE_STATE");
	size_t n = v.n < sizeof(l->saved[0].name) - 1
		       ? v.n
		       : sizeof(l->saved[0].name) - 1;

	for (int i = 0; i < l->n_saved; i++) {
		struct lint_saved *s = &l->saved[i];

		if (strlen(s->name) != n || memcmp(s->name, v.s, n) != 0)
			continue;
		if (!save)
			l->saved[i] = l->saved[--l->n_saved];
		return;
	}
	if (!save) {
		finding(l->f, RULE_STATE_UNBALANCED, v.s, v.n,
		    "the state '%.*s' was not saved before", (int)n, v.s);
	} else if (l->n_saved < LINT_SAVED_MAX) {
		struct lint_saved *s = &l->saved[l->n_saved++];

		memcpy(s->name, v.s, n);
		s->name[n] = '\0';
		s->line = l->line;
	}
}

/* a macro of the configuration: does it read what it is handed? */
static void
check_macro(struct lint *l, const struct lint_macro *m)
{
	const struct gcode_line *p = &l->parsed;

	for (size_t i = 0; i < p->n_words && !m->any; i++) {
		const struct gcode_word *w = &p->word[i];
		bool found = p->kind == GCODE_CLASSIC && i == 0;

		for (int k = 0; k < m->n_params && !found; k++)
			found = gcode_view_is(w->key, m->param[k]);
		if (!found)
			finding(l->f, RULE_MACRO_PARAMETER, w->key.s, w->key.n,
			    "macro '%s' does not read '%.*s'", m->name,
			    (int)w->key.n, w->key.s);
	}
}

static bool
is(const struct lint *l, const char *name)
{
	return gcode_view_is(l->parsed.name, name);
}

static void
check_extended(struct lint *l)
{
	const struct lint_macro *m = facts_macro(&l->facts, l->parsed.name);

	if (is(l, "SAVE_GCODE_STATE") || is(l, "RESTORE_GCODE_STATE"))
		check_save(l);
	else if (is(l, "SAVE_CONFIG") || is(l, "RESTART") ||
		 is(l, "FIRMWARE_RESTART")) {
		l->complained = true;
		finding(l->f, RULE_RESTART_IN_PRINT, l->parsed.name.s,
		    l->parsed.name.n,
		    "'%.*s' ends the print by restarting the machine",
		    (int)l->parsed.name.n, l->parsed.name.s);
	} else if (is(l, "TEMPERATURE_WAIT"))
		check_temperature_wait(l);
	else if (is(l, "SET_VELOCITY_LIMIT"))
		check_velocity_limit(l);
	else if (m)
		check_macro(l, m);
	if (facts_knows(&l->facts, l->parsed.name))
		l->e_mode.from = 0; /* the mode may be another behind it */
	l->other_known =
	    l->other_known || facts_knows(&l->facts, l->parsed.name);
	if (!l->any_move && facts_knows(&l->facts, l->parsed.name)) {
		/* a start macro that somebody else expands */
		gcode_exec_make_ready(l->exec, true, true);
		l->extruder_waited = l->bed_waited = true;
		l->warm.unknown = true;
	}
	check_object_command(l);
}

/* a parameter of a known extended command that the shell rules refuse */
static void
check_wrong(struct lint *l)
{
	const struct gcode_line *p = &l->parsed;
	const char *at = p->wrong ? p->wrong : p->text.s;
	bool extended = p->text.n > 2 && p->text.s[1] > '9';

	finding(l->f, extended ? RULE_UNQUOTED_SPACE : RULE_BAD_WORD, at, 1,
	    "%s", p->why ? p->why : "the line cannot be read");
	l->complained = true;
}

void
check_command(struct lint *l)
{
	const struct gcode_line *p = &l->parsed;

	l->commands++;
	l->last_command = l->line;
	l->last_was_move = p->kind == GCODE_CLASSIC && p->letter == 'G' &&
			   p->number >= 0 && p->number <= 3;
	if (p->kind == GCODE_WRONG ||
	    (p->why && !facts_knows(&l->facts, p->name))) {
		check_wrong(l);
		return;
	}
	check_text(l);
	if (p->kind == GCODE_EXTENDED) {
		check_extended(l);
		return;
	}
	if (l->last_was_move && gcode_letter(p, 'F'))
		l->any_feedrate = true;
	if (p->letter == 'M' && p->number == 486)
		check_object_command(l);
	else if (p->letter == 'G' && (p->number == 2 || p->number == 3))
		check_arc(l);
	else if (p->letter == 'G' && p->number == 92)
		check_origin(l);
	else if (p->letter == 'M' && p->number == 204)
		check_acceleration(l);
	else if (p->letter == 'G' && p->number == 28)
		check_homing(l);
	else if (p->letter == 'M' && (p->number == 109 || p->number == 190))
		check_heat_wait(l);
	else if (p->letter == 'M' && (p->number == 104 || p->number == 140))
		check_told(l);
	else if (p->letter == 'M' && (p->number == 82 || p->number == 83))
		l->mode_set = true;
}

void
check_command_done(struct lint *l)
{
	const struct gcode_line *p = &l->parsed;

	if (p->kind != GCODE_CLASSIC)
		return;
	if (p->letter == 'M' && (p->number == 84 || p->number == 18))
		l->motors_off = true;
	if (p->letter == 'M' && (p->number == 104 || p->number == 109 ||
				    p->number == 140 || p->number == 190)) {
		l->heat_changed = true;
	}
}

void
check_origin(struct lint *l)
{
	static const char axes[] = "XYZ";

	if (!l->part_extruded)
		return;
	for (int i = 0; i < 3; i++) {
		const struct gcode_word *w = gcode_letter(&l->parsed, axes[i]);
		double v;

		if (!w || gcode_word_double(w, &v) != 1)
			continue;
		if (fabs(v - gcode_state_position(
				 gcode_exec_state(l->exec), i)) < 1e-6)
			continue;
		finding(l->f, RULE_ORIGIN_SHIFTED, w->key.s, 1 + w->value.n,
		    "the origin of %c moves in mid-print; what follows is "
		    "shifted",
		    axes[i]);
	}
}

static void
raised(struct lint *l, const struct gcode_word *w, double limit,
    const char *what, const char *unit)
{
	double v;

	if (w && gcode_word_double(w, &v) == 1 && v > limit * FEEDRATE_SLACK &&
	    v > l->raised_said) {
		l->raised_said = v;
		finding(l->f, RULE_ACCEL_LIMIT, w->key.s, w->key.n + w->value.n,
		    "%s %g %s is above the configured %g %s", what, v, unit,
		    limit, unit);
	}
}

void
check_acceleration(struct lint *l)
{
	raised(l, gcode_letter(&l->parsed, 'S'), l->m->max_accel,
	    "acceleration", "mm/s2");
	raised(l, gcode_letter(&l->parsed, 'P'), l->m->max_accel,
	    "acceleration", "mm/s2");
	raised(l, gcode_letter(&l->parsed, 'T'), l->m->max_accel,
	    "acceleration", "mm/s2");
}

void
check_velocity_limit(struct lint *l)
{
	raised(l, gcode_word(&l->parsed, "ACCEL"), l->m->max_accel,
	    "acceleration", "mm/s2");
	raised(l, gcode_word(&l->parsed, "VELOCITY"), l->m->max_velocity,
	    "velocity", "mm/s");
	raised(l, gcode_word(&l->parsed, "SQUARE_CORNER_VELOCITY"),
	    l->m->square_corner_velocity * 4, "square corner velocity", "mm/s");
}

/* homing Z above a part that stands there */
void
check_homing(struct lint *l)
{
	const struct gcode_line *p = &l->parsed;
	bool all = !gcode_letter(p, 'X') && !gcode_letter(p, 'Y') &&
		   !gcode_letter(p, 'Z');

	l->motors_off = false;
	l->homed_z = l->homed_z || all || gcode_letter(p, 'Z');
	if (l->part_extruded && (all || gcode_letter(p, 'Z')) &&
	    !l->m->rail[2].homing_positive_dir)
		finding(l->f, RULE_RESUME_PROLOGUE, p->name.s, p->name.n,
		    "Z is homed towards the bed while the part stands on it");
}
