/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whether motors can move the head where the configuration has it go. */
#include <math.h>

#include "base/num.h"
#include "machine/build.h"
#include "machine/drive.h"

/* From the head's place to the motors and back it is the same, mm. */
#define SAME_MM 1e-3
/* A step that no machine makes, mm or rad. */
#define STEP_MIN 1e-7
#define STEP_MAX 10
/* Fewer steps back from an end stop do not show that it is released. */
#define RETRACT_STEPS 2

static void
check_steps(struct tree *t, const struct machine *m)
{
	for (int i = 0; i < m->n_steppers; i++) {
		const struct machine_stepper *s = &m->stepper[i];
		const struct tree_section *at = tree_section(t, s->name);

		if (s->step_distance < STEP_MIN || s->step_distance > STEP_MAX)
			tree_error(t, at, NULL, "config-range",
			    "a step of '%s' is %g %s: are 'rotation_distance' "
			    "and 'gear_ratio' right?",
			    s->name, s->step_distance,
			    s->radians ? "rad" : "mm");
	}
}

static void
check_retracts(struct tree *t, const struct machine *m)
{
	for (int i = 0; i < MACHINE_AXES; i++) {
		const struct machine_rail *r = &m->rail[i];
		const struct machine_stepper *s;

		if (r->n_steppers == 0)
			continue;
		s = &m->stepper[r->stepper[0]];
		if (s->radians || r->homing_retract_dist == 0 ||
		    r->homing_retract_dist >= RETRACT_STEPS * s->step_distance)
			continue;
		tree_error(t, tree_section(t, s->name), "homing_retract_dist",
		    "config-range",
		    "'homing_retract_dist' is %g mm, it must be 0 or at least "
		    "%d steps of %g mm",
		    r->homing_retract_dist, RETRACT_STEPS, s->step_distance);
	}
}

/* Towers and arms: on their axis, from the top to the bottom. */
static void
check_poses(struct tree *t, const struct machine *m)
{
	double z[2] = {m->rail[0].position_endstop, m->minimum_z_position};
	struct machine_drive d;

	machine_drive_init(&d, m);
	for (int i = 0; i < 2; i++) {
		double at[KINEMATICS_MOTORS], p[3] = {0, 0, z[i]}, back[3];

		for (int k = 0; k < d.kinematics.n_motors; k++)
			at[k] = kinematics_motor(&d.kinematics, k, p, 0);
		if (kinematics_position(&d.kinematics, at, back) == 0 &&
		    hypot(back[0], back[1]) < SAME_MM &&
		    fabs(back[2] - p[2]) < SAME_MM)
			continue;
		tree_error(t, tree_section(t, "printer"), NULL,
		    "config-conflict",
		    "the arms do not reach X 0 Y 0 Z %g, which is %s: look at "
		    "their lengths, radius and height",
		    z[i],
		    i == 0 ? "where the machine is homed"
			   : "minimum_z_position");
		return;
	}
}

static void
check_width(struct tree *t, const struct machine *m)
{
	double arm = fmin(m->tower[0].arm_length, m->tower[1].arm_length);
	double foot = fmax(m->tower[0].arm_x_length, m->tower[1].arm_x_length);
	double reach = arm * cos(m->min_angle_deg * (NUM_PI / 180)) - foot;

	if (reach > 0)
		return;
	tree_error(t, tree_section(t, "stepper_left"), "arm_length",
	    "config-range",
	    "'arm_length' is %g mm, at 'min_angle' that does not reach over "
	    "'arm_x_length' (%g mm)",
	    arm, foot);
}

static void
check_radius(struct tree *t, const struct machine *m)
{
	double lower = HUGE_VAL;

	for (int i = 0; i < 3; i++)
		lower = fmin(lower, m->tower[i].lower_arm_length);
	if (lower <= m->shoulder_radius)
		tree_error(t, tree_section(t, "stepper_a"), "lower_arm_length",
		    "config-range",
		    "'lower_arm_length' is %g mm, it must be above "
		    "'shoulder_radius' (%g mm)",
		    lower, m->shoulder_radius);
	else
		check_poses(t, m);
}

/* Three cables say where the head is, if they do not end in one line. */
static void
check_anchors(struct tree *t, const struct machine *m)
{
	char name[] = "stepper_a";
	double u[3], v[3], area = 0, size = 0;

	if (m->n_towers < 3) {
		name[8] = (char)('a' + m->n_towers);
		tree_error(t, NULL, NULL, "config-missing",
		    "kinematics 'winch' needs three cables, and lacks the "
		    "section '%s'",
		    name);
		return;
	}
	for (int i = m->n_towers; i < MACHINE_TOWERS; i++) {
		name[8] = (char)('a' + i);
		if (tree_section(t, name))
			tree_error(t, tree_section(t, name), NULL,
			    "config-conflict",
			    "'%s' is a cable behind a gap: 'stepper_%c' is "
			    "missing",
			    name, 'a' + m->n_towers);
	}
	name[8] = 'a';
	for (int i = 0; i < 3; i++) {
		u[i] = m->tower[1].anchor[i] - m->tower[0].anchor[i];
		v[i] = m->tower[2].anchor[i] - m->tower[0].anchor[i];
		size += u[i] * u[i] + v[i] * v[i];
	}
	for (int i = 0; i < 3; i++) {
		int j = (i + 1) % 3, k = (i + 2) % 3;

		area = fmax(area, fabs(u[j] * v[k] - u[k] * v[j]));
	}
	if (area <= 1e-3 * size)
		tree_error(t, tree_section(t, name), "anchor_x",
		    "config-conflict",
		    "the anchors of the first three cables are in one line: "
		    "they do not say where the head is");
}

static void
check_rank(struct tree *t, const struct machine *m)
{
	double still[KINEMATICS_MOTORS] = {0}, pos[3];
	struct machine_drive d;

	machine_drive_init(&d, m);
	if (kinematics_position(&d.kinematics, still, pos) != 0)
		tree_error(t, tree_section(t, "printer"), "kinematics",
		    "config-conflict",
		    "the 'carriages' of its steppers do not move X, Y and Z "
		    "independently");
}

void
build_kinematics_check(struct tree *t, const struct machine *m)
{
	if (t->errors) /* half of it may be missing */
		return;
	check_steps(t, m);
	check_retracts(t, m);
	switch (m->kinematics) {
	case MACHINE_KIN_DELTA:
		check_poses(t, m);
		break;
	case MACHINE_KIN_DELTESIAN:
		check_width(t, m);
		break;
	case MACHINE_KIN_ROTARY_DELTA:
		check_radius(t, m);
		break;
	case MACHINE_KIN_WINCH:
		check_anchors(t, m);
		break;
	case MACHINE_KIN_GENERIC_CARTESIAN:
		check_rank(t, m);
		break;
	default:
		break;
	}
}
