/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Deltas, polar machines, winches, matrices, second carriages. */
#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "machine/build.h"

static double
must(struct tree *t, struct tree_section *s, const char *key)
{
	if (!tree_entry(s, key))
		tree_error(t, s, NULL, "config-missing", "'%s' lacks '%s'",
		    s->name, key);
	return tree_double(s, key, 1);
}

/* The towers of a delta: what B and C do not say is as A has it. */
static void
towers(struct tree *t, struct machine *m, const char *const *names,
    const double *angles, const char *const *keys)
{
	struct tree_section *first = tree_section(t, names[0]);

	for (int i = 0; i < 3 && names[i]; i++) {
		struct tree_section *s = tree_section(t, names[i]);
		struct machine_tower *tower = &m->tower[i];

		if (!s || !first) {
			tree_error(t, NULL, NULL, "config-missing",
			    "kinematics '%s' lacks the section '%s'",
			    machine_kinematics_name(m->kinematics), names[i]);
			return;
		}
		for (int k = 0; keys[k]; k++)
			tree_default(t, s, keys[k], must(t, first, keys[k]));
		if (angles)
			tree_default(t, s, "angle", angles[i]);
		tower->arm_length = tree_double(s, "arm_length", 0);
		tower->arm_x_length = tree_double(s, "arm_x_length", 0);
		tower->upper_arm_length = tree_double(s, "upper_arm_length", 0);
		tower->lower_arm_length = tree_double(s, "lower_arm_length", 0);
		tower->angle_deg = tree_double(s, "angle", 0);
		build_one_rail(t, m, names[i], &m->rail[i], true);
		tower->stepper = m->rail[i].stepper[0];
		m->n_towers = i + 1;
	}
}

static void
delta(struct tree *t, struct machine *m, struct tree_section *printer)
{
	static const char *const names[] = {
	    "stepper_a", "stepper_b", "stepper_c"};
	static const double angles[] = {210, 330, 90};
	static const char *const keys[] = {
	    "position_endstop", "arm_length", NULL};

	m->delta_radius = must(t, printer, "delta_radius");
	tree_default(t, printer, "print_radius", m->delta_radius);
	m->print_radius = tree_double(printer, "print_radius", 0);
	towers(t, m, names, angles, keys);
	for (int i = 0; i < m->n_towers; i++)
		if (m->tower[i].arm_length <= m->delta_radius)
			tree_error(t, tree_section(t, names[i]), "arm_length",
			    "config-range",
			    "'arm_length' is %g mm, it must be above "
			    "'delta_radius' (%g mm)",
			    m->tower[i].arm_length, m->delta_radius);
}

static void
rotary_delta(struct tree *t, struct machine *m, struct tree_section *printer)
{
	static const char *const names[] = {
	    "stepper_a", "stepper_b", "stepper_c"};
	static const double angles[] = {30, 150, 270};
	static const char *const keys[] = {
	    "position_endstop", "upper_arm_length", "lower_arm_length", NULL};

	m->shoulder_radius = must(t, printer, "shoulder_radius");
	m->shoulder_height = must(t, printer, "shoulder_height");
	towers(t, m, names, angles, keys);
}

static void
deltesian(struct tree *t, struct machine *m, struct tree_section *printer)
{
	static const char *const names[] = {
	    "stepper_left", "stepper_right", NULL};
	static const char *const keys[] = {
	    "position_endstop", "arm_length", "arm_x_length", NULL};

	towers(t, m, names, NULL, keys);
	build_one_rail(t, m, "stepper_y", &m->rail[2], false);
	m->min_angle_deg = tree_double(printer, "min_angle", 5);
	m->print_width = tree_double(printer, "print_width", 0);
	m->slow_ratio = tree_double(printer, "slow_ratio", 3);
}

static void
polar(struct tree *t, struct machine *m)
{
	struct tree_section *bed = tree_section(t, "stepper_bed");

	if (!bed)
		tree_error(t, NULL, NULL, "config-missing",
		    "kinematics 'polar' lacks the section 'stepper_bed'");
	else
		m->bed_stepper = build_stepper(t, m, bed);
	m->max_angular_velocity =
	    tree_double(tree_section(t, "printer"), "max_angular_velocity", 0);
	m->angular_exact = strcmp(tree_string(tree_section(t, "printer"),
				      "angular_limit", "incumbent"),
			       "exact") == 0;
	build_one_rail(t, m, "stepper_arm", &m->rail[0], false);
	build_one_rail(t, m, "stepper_z", &m->rail[2], false);
}

static void
winch(struct tree *t, struct machine *m)
{
	for (int i = 0; i < MACHINE_TOWERS; i++) {
		char name[] = "stepper_a";
		struct tree_section *s;

		name[8] = (char)('a' + i);
		s = tree_section(t, name);
		if (!s)
			break;
		m->tower[i].anchor[0] = must(t, s, "anchor_x");
		m->tower[i].anchor[1] = must(t, s, "anchor_y");
		m->tower[i].anchor[2] = must(t, s, "anchor_z");
		m->tower[i].stepper = build_stepper(t, m, s);
		m->n_towers = i + 1;
	}
}

/* --- carriages -------------------------------------------------------- */

static int
find_carriage(const struct machine *m, const char *name, size_t len)
{
	for (int i = 0; i < m->n_carriages; i++)
		if (strlen(m->carriage[i].name) == len &&
		    memcmp(m->carriage[i].name, name, len) == 0)
			return i;
	return -1;
}

static struct machine_carriage *
add_carriage(struct tree *t, struct machine *m, struct tree_section *s)
{
	struct machine_carriage *c;

	if (!m->carriage)
		m->carriage =
		    build_alloc(t, t->n_sections, sizeof(*m->carriage));
	c = &m->carriage[m->n_carriages++];
	c->name = build_strdup(t, s->suffix ? s->suffix : s->name);
	c->primary = -1;
	c->axis = -1;
	/* -1: as far as their rails differ, see keep_apart() */
	c->safe_distance = tree_double(s, "safe_distance", -1);
	return c;
}

/* Carriages whose rails end apart have room for both at each end. */
static void
keep_apart(struct machine *m)
{
	for (int i = 0; i < m->n_carriages; i++) {
		struct machine_carriage *c = &m->carriage[i];
		const struct machine_rail *r;

		if (!c->dual || c->axis < 0 || c->safe_distance >= 0)
			continue;
		r = &m->rail[c->axis];
		c->safe_distance =
		    fmin(fabs(r->position_min - c->rail.position_min),
			fabs(r->position_max - c->rail.position_max));
	}
}

static int
axis_of(const char *text)
{
	return text && *text >= 'x' && *text <= 'z' && !text[1] ? *text - 'x'
								: -1;
}

/* Modes and places are kept of two on an axis. */
static void
only_two(struct tree *t, struct machine *m, struct tree_section *s,
    const struct machine_carriage *c)
{
	for (const struct machine_carriage *o = m->carriage; o < c; o++) {
		if (c->axis < 0 || !o->dual || o->axis != c->axis)
			continue;
		tree_error(t, s, NULL, "config-conflict",
		    "'%s' is a third carriage on axis '%c', beside '%s': two "
		    "are driven",
		    c->name, 'x' + c->axis, o->name);
		return;
	}
}

/* kind: "carriage", "extra_carriage" or "dual_carriage" */
static void
carriages(struct tree *t, struct machine *m, const char *kind)
{
	bool extra = *kind == 'e';
	struct tree_section *s = NULL;

	while ((s = tree_next(t, s, kind))) {
		struct machine_carriage *c = add_carriage(t, m, s);
		const char *primary = tree_string(s, "primary_carriage", NULL);

		c->dual = *kind == 'd';
		if (primary)
			c->primary = find_carriage(m, primary, strlen(primary));
		if (c->primary >= 0)
			c->axis = m->carriage[c->primary].axis;
		else
			c->axis = axis_of(tree_string(
			    s, "axis", strlen(c->name) == 1 ? c->name : NULL));
		if (primary && c->primary < 0)
			tree_error(t, s, "primary_carriage", "config-conflict",
			    "there is no carriage '%s'", primary);
		else if (c->axis < 0)
			tree_error(t, s, NULL, "config-missing",
			    "'%s' lacks 'axis'", s->name);
		if (c->dual)
			only_two(t, m, s, c);
		if (extra) { /* it shares the place and the way of its primary
			      */
			if (c->primary >= 0)
				c->rail = m->carriage[c->primary].rail;
			build_pin(t, s, "endstop_pin", &c->rail.endstop);
		} else {
			build_rail(t, s, &c->rail, false);
		}
	}
}

/* "carriage_x-0.5*carriage_y" */
static void
terms(struct tree *t, struct machine *m, struct tree_section *s,
    struct machine_stepper *st)
{
	const char *text = tree_string(s, "carriages", "");
	double sign = 1;

	for (const char *c = text; *c;) {
		double factor = 1;
		size_t len;
		int found;

		c += strspn(c, " \t");
		if (*c == '+' || *c == '-')
			sign = *c++ == '-' ? -1 : 1;
		c += strspn(c, " \t");
		len = strcspn(c, "*+- \t");
		if (num_parse_decimal(c, len, &factor) == 0) {
			c += len;
			c += strspn(c, " \t*");
			len = strcspn(c, "*+- \t");
		}
		found = find_carriage(m, c, len);
		if (found < 0 || st->n_terms >= MACHINE_TERMS) {
			tree_error(t, s, "carriages", "config-conflict",
			    "'%s' of '%s' names no carriage at '%s'", text,
			    s->name, c);
			return;
		}
		st->term[st->n_terms].carriage = found;
		st->term[st->n_terms++].factor = sign * factor;
		sign = 1;
		c += len;
		c += strspn(c, " \t");
	}
	if (st->n_terms == 0)
		tree_error(t, s, "carriages", "config-missing",
		    "'%s' moves no carriage", s->name);
}

static void
generic_cartesian(struct tree *t, struct machine *m)
{
	struct tree_section *s = NULL;
	bool seen[MACHINE_AXES] = {false, false, false};

	carriages(t, m, "carriage");
	carriages(t, m, "dual_carriage");
	carriages(t, m, "extra_carriage");
	for (int i = 0; i < m->n_carriages; i++) {
		struct machine_carriage *c = &m->carriage[i];

		if (c->axis < 0 || c->dual || c->primary >= 0)
			continue;
		m->rail[c->axis] = c->rail;
		seen[c->axis] = true;
	}
	for (int i = 0; i < MACHINE_AXES; i++)
		if (!seen[i])
			tree_error(t, NULL, NULL, "config-missing",
			    "kinematics 'generic_cartesian' lacks a carriage "
			    "with axis '%c'",
			    'x' + i);
	while ((s = tree_next(t, s, "stepper"))) {
		int i = build_stepper(t, m, s);

		if (i >= 0)
			terms(t, m, s, &m->stepper[i]);
	}
}

void
build_other_kinematics(
    struct tree *t, struct machine *m, struct tree_section *printer)
{
	m->minimum_z_position = tree_double(printer, "minimum_z_position", 0);
	switch (m->kinematics) {
	case MACHINE_KIN_DELTA:
		delta(t, m, printer);
		break;
	case MACHINE_KIN_ROTARY_DELTA:
		rotary_delta(t, m, printer);
		break;
	case MACHINE_KIN_DELTESIAN:
		deltesian(t, m, printer);
		break;
	case MACHINE_KIN_POLAR:
		polar(t, m);
		break;
	case MACHINE_KIN_WINCH:
		winch(t, m);
		break;
	case MACHINE_KIN_GENERIC_CARTESIAN:
		generic_cartesian(t, m);
		break;
	default:
		break;
	}
}

/* --- motors beside the kinematics ------------------------------------- */

static void
second_carriage(struct tree *t, struct machine *m)
{
	struct tree_section *s = tree_section(t, "dual_carriage");
	struct machine_carriage *c;

	if (!s || m->kinematics == MACHINE_KIN_GENERIC_CARTESIAN)
		return;
	c = add_carriage(t, m, s);
	c->dual = true;
	c->axis = axis_of(tree_string(s, "axis", NULL));
	if (c->axis < 0 || c->axis > MACHINE_Y)
		tree_error(t, s, "axis", "config-missing",
		    "'dual_carriage' needs 'axis' x or y");
	build_rail(t, s, &c->rail, false);
	c->rail.stepper[0] = build_stepper(t, m, s);
	c->rail.n_steppers = c->rail.stepper[0] >= 0;
}

static void
extra_steppers(struct tree *t, struct machine *m, const char *kind)
{
	struct tree_section *s = NULL;

	while ((s = tree_next(t, s, kind))) {
		struct machine_extra_stepper *x = &m->extra[m->n_extra++];

		x->name = build_strdup(t, s->suffix);
		x->manual = *kind == 'm';
		x->stepper = build_stepper(t, m, s);
		x->velocity = tree_double(s, "velocity", 5);
		x->accel = tree_double(s, "accel", 0);
		x->position_min = tree_double(s, "position_min", -HUGE_VAL);
		x->position_max = tree_double(s, "position_max", HUGE_VAL);
		build_pin(t, s, "endstop_pin", &x->endstop);
		x->extruder = build_strdup(t, tree_string(s, "extruder", NULL));
		x->pressure_advance = tree_double(s, "pressure_advance", 0);
		x->pressure_advance_smooth_time =
		    tree_double(s, "pressure_advance_smooth_time", 0.04);
		build_advance(t, s, &x->advance, &x->pressure_advance);
	}
}

void
build_extra_steppers(struct tree *t, struct machine *m)
{
	second_carriage(t, m);
	keep_apart(m);
	m->extra = build_alloc(t, t->n_sections, sizeof(*m->extra));
	extra_steppers(t, m, "manual_stepper");
	extra_steppers(t, m, "extruder_stepper");
}
