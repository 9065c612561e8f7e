/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Kinematics: which motors move which axes, within which limits. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "machine/build.h"

static const char *const names[] = {
    [MACHINE_KIN_NONE] = "none",
    [MACHINE_KIN_CARTESIAN] = "cartesian",
    [MACHINE_KIN_COREXY] = "corexy",
    [MACHINE_KIN_COREXZ] = "corexz",
    [MACHINE_KIN_HYBRID_COREXY] = "hybrid_corexy",
    [MACHINE_KIN_HYBRID_COREXZ] = "hybrid_corexz",
    [MACHINE_KIN_DELTA] = "delta",
    [MACHINE_KIN_DELTESIAN] = "deltesian",
    [MACHINE_KIN_ROTARY_DELTA] = "rotary_delta",
    [MACHINE_KIN_POLAR] = "polar",
    [MACHINE_KIN_WINCH] = "winch",
    [MACHINE_KIN_GENERIC_CARTESIAN] = "generic_cartesian",
};

const char *
machine_kinematics_name(enum machine_kinematics kin)
{
	return names[kin];
}

static void
limits(struct tree *t, struct machine *m, struct tree_section *s)
{
	double decel;

	m->max_velocity = tree_double(s, "max_velocity", 0);
	m->max_accel = tree_double(s, "max_accel", 0);
	m->minimum_cruise_ratio = tree_double(s, "minimum_cruise_ratio", 0.5);
	decel = tree_double(s, "max_accel_to_decel", 0);
	if (decel > 0 && !tree_given(s, "minimum_cruise_ratio"))
		m->minimum_cruise_ratio =
		    decel < m->max_accel ? 1 - decel / m->max_accel : 0;
	m->square_corner_velocity = tree_double(s, "square_corner_velocity", 5);
	tree_default(t, s, "max_z_velocity", m->max_velocity);
	tree_default(t, s, "max_z_accel", m->max_accel);
	m->max_x_velocity = tree_double(s, "max_x_velocity", m->max_velocity);
	m->max_y_velocity = tree_double(s, "max_y_velocity", m->max_velocity);
	m->max_x_accel = tree_double(s, "max_x_accel", m->max_accel);
	m->max_y_accel = tree_double(s, "max_y_accel", m->max_accel);
	m->max_jerk = tree_double(s, "max_jerk", 0);
	m->torque_share = tree_double(s, "torque_share", 0.5);
	m->max_z_velocity = tree_double(s, "max_z_velocity", m->max_velocity);
	m->max_z_accel = tree_double(s, "max_z_accel", m->max_accel);
	/* what lacks has been told, and bounds nothing */
	if (m->max_velocity > 0 && m->max_z_velocity > m->max_velocity)
		tree_error(t, s, "max_z_velocity", "config-range",
		    "'max_z_velocity' is %g mm/s, it must be at most "
		    "'max_velocity' (%g mm/s)",
		    m->max_z_velocity, m->max_velocity);
	if (m->max_accel > 0 && m->max_z_accel > m->max_accel)
		tree_error(t, s, "max_z_accel", "config-range",
		    "'max_z_accel' is %g mm/s2, it must be at most "
		    "'max_accel' (%g mm/s2)",
		    m->max_z_accel, m->max_accel);
}

/* "stepper_x" and "stepper_x1", "stepper_x2"... on one rail */
void
build_one_rail(struct tree *t, struct machine *m, const char *name,
    struct machine_rail *r, bool tower)
{
	struct tree_section *s = tree_section(t, name);

	if (!s) {
		tree_error(t, NULL, NULL, "config-missing",
		    "kinematics '%s' lacks the section '%s'",
		    names[m->kinematics], name);
		return;
	}
	build_rail(t, s, r, tower);
	r->stepper[r->n_steppers++] = build_stepper(t, m, s);
	for (int i = 1; i < MACHINE_RAIL_STEPPERS; i++) {
		char more[64];

		snprintf(more, sizeof(more), "%s%d", name, i);
		s = tree_section(t, more);
		if (!s)
			break;
		build_pin(t, s, "endstop_pin", &r->own_endstop[r->n_steppers]);
		r->stepper[r->n_steppers++] = build_stepper(t, m, s);
	}
}

static void
three_rails(struct tree *t, struct machine *m, const char *a, const char *b,
    const char *c)
{
	build_one_rail(t, m, a, &m->rail[0], false);
	build_one_rail(t, m, b, &m->rail[1], false);
	build_one_rail(t, m, c, &m->rail[2], false);
}

void
build_kinematics(struct tree *t, struct machine *m)
{
	struct tree_section *s = tree_section(t, "printer");
	const char *name = tree_string(s, "kinematics", "none");

	if (!s) {
		tree_error(t, NULL, NULL, "config-missing",
		    "there is no section 'printer'");
		return;
	}
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(name, names[i]) == 0)
			m->kinematics = (enum machine_kinematics)i;
	limits(t, m, s);
	m->bed_stepper = -1;
	switch (m->kinematics) {
	case MACHINE_KIN_CARTESIAN:
	case MACHINE_KIN_COREXY:
	case MACHINE_KIN_COREXZ:
	case MACHINE_KIN_HYBRID_COREXY:
	case MACHINE_KIN_HYBRID_COREXZ:
		three_rails(t, m, "stepper_x", "stepper_y", "stepper_z");
		break;
	default:
		build_other_kinematics(t, m, s);
		break;
	}
}
