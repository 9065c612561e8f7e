/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where the configured machine can go, and where it stands when homed. */
#include <math.h>
#include <string.h>

#include "base/num.h"
#include "machine/gcode_private.h"

/* An axis has a limit of its own only if it was given one below that of the
 * machine: what the job raises with SET_VELOCITY_LIMIT it may use. */
static double
own_limit(double axis, double machine)
{
	return axis > 0 && axis < machine ? axis : HUGE_VAL;
}

/* X, Y and Z between their ends */
static void
box(const struct machine *m, struct reach *r)
{
	r->kind = REACH_BOX;
	for (int i = 0; i < 3; i++) {
		r->low[i] = m->rail[i].position_min;
		r->high[i] = m->rail[i].position_max;
	}
	r->axis_velocity[0] = own_limit(m->max_x_velocity, m->max_velocity);
	r->axis_velocity[1] = own_limit(m->max_y_velocity, m->max_velocity);
	r->axis_accel[0] = own_limit(m->max_x_accel, m->max_accel);
	r->axis_accel[1] = own_limit(m->max_y_accel, m->max_accel);
}

static void
delta(const struct machine *m, struct reach *r)
{
	double endstop[3], arms[3], arm = HUGE_VAL, step = HUGE_VAL;

	for (int i = 0; i < 3; i++) {
		const struct machine_stepper *s =
		    &m->stepper[m->tower[i].stepper];

		endstop[i] = m->rail[i].position_endstop;
		arms[i] = m->tower[i].arm_length;
		arm = fmin(arm, arms[i]);
		step = fmin(step, s->step_distance);
	}
	reach_delta(r, arm, m->delta_radius, step, m->print_radius, endstop,
	    arms, m->minimum_z_position);
}

static void
deltesian(const struct machine *m, struct reach *r)
{
	double arm = fmin(m->tower[0].arm_length, m->tower[1].arm_length);
	double foot = fmax(m->tower[0].arm_x_length, m->tower[1].arm_x_length);
	double top =
	    fmin(m->rail[0].position_endstop, m->rail[1].position_endstop);
	double reach_x, k = m->slow_ratio;

	reach_x = arm * cos(m->min_angle_deg * (NUM_PI / 180)) - foot;
	if (m->print_width > 0)
		reach_x = fmin(reach_x, m->print_width / 2);
	r->kind = REACH_DELTESIAN;
	r->low[0] = -reach_x;
	r->high[0] = reach_x;
	r->low[1] = m->rail[2].position_min;
	r->high[1] = m->rail[2].position_max;
	r->low[2] = m->minimum_z_position;
	r->high[2] = top;
	r->arm = arm;
	r->foot = foot;
	r->arm_top = top + sqrt(fmax(arm * arm - foot * foot, 0));
	r->slow = sqrt(k * k * arm * arm / (k * k + 1)) - foot;
	r->very_slow = sqrt(2 * k * k * arm * arm / (2 * k * k + 1)) - foot;
}

static void
rotary_delta(const struct machine *m, struct reach *r)
{
	double top = HUGE_VAL, inner = HUGE_VAL, outer = HUGE_VAL;

	for (int i = 0; i < 3; i++) {
		top = fmin(top, m->rail[i].position_endstop);
		inner = fmin(inner, m->tower[i].upper_arm_length);
		outer = fmin(outer, m->tower[i].lower_arm_length);
	}
	r->kind = REACH_ROTARY_DELTA;
	r->radius =
	    fmin(m->shoulder_radius + inner, outer - m->shoulder_radius);
	r->low[0] = r->low[1] = -HUGE_VAL;
	r->high[0] = r->high[1] = HUGE_VAL;
	r->low[2] = m->minimum_z_position;
	r->high[2] = top;
	r->cone_z = top - r->radius;
	r->z_velocity = m->max_z_velocity;
}

static void
polar(const struct machine *m, struct reach *r)
{
	r->kind = REACH_POLAR;
	r->radius = m->rail[0].position_max;
	r->low[0] = r->low[1] = -HUGE_VAL;
	r->high[0] = r->high[1] = HUGE_VAL;
	r->low[2] = m->rail[2].position_min;
	r->high[2] = m->rail[2].position_max;
	r->cone_z = HUGE_VAL;
	r->angular_velocity = m->max_angular_velocity;
	r->angular_exact = m->angular_exact;
}

/* also what has no axes: anywhere that a plan can say */
static void
winch(const struct machine *m, struct reach *r)
{
	r->kind = REACH_WINCH;
	for (int i = 0; i < 3; i++) {
		r->low[i] = -PLAN_LENGTH_MAX_MM;
		r->high[i] = PLAN_LENGTH_MAX_MM;
	}
	if (m->kinematics != MACHINE_KIN_WINCH)
		return;
	r->n_anchors = m->n_towers;
	for (int i = 0; i < m->n_towers; i++)
		memcpy(r->anchor[i], m->tower[i].anchor, sizeof(r->anchor[i]));
}

static void
set_limit(struct gcode_exec *ex)
{
	struct reach *r = &ex->reach;

	if (ex->shaped || r->axis_velocity[0] < r->velocity ||
	    r->axis_velocity[1] < r->velocity || r->axis_accel[0] < r->accel ||
	    r->axis_accel[1] < r->accel)
		planner_set_kinematics(ex->planner, reach_limit, r);
	else
		planner_set_kinematics(ex->planner, NULL, NULL);
}

void
gcode_reach_init(struct gcode_exec *ex)
{
	const struct machine *m = ex->machine;
	struct reach *r = &ex->reach;

	memset(r, 0, sizeof(*r));
	r->velocity = m->max_velocity;
	r->accel = m->max_accel;
	switch (m->kinematics) {
	case MACHINE_KIN_DELTA:
		delta(m, r);
		break;
	case MACHINE_KIN_DELTESIAN:
		deltesian(m, r);
		break;
	case MACHINE_KIN_ROTARY_DELTA:
		rotary_delta(m, r);
		break;
	case MACHINE_KIN_POLAR:
		polar(m, r);
		break;
	case MACHINE_KIN_NONE:
	case MACHINE_KIN_WINCH:
		winch(m, r);
		break;
	default:
		box(m, r);
		break;
	}
	ex->shaped = r->kind != REACH_BOX &&
		     (r->kind != REACH_WINCH || r->n_anchors > 0);
	/* Z of the planner's own rule */
	if (r->kind == REACH_ROTARY_DELTA || m->kinematics == MACHINE_KIN_NONE)
		ex->limits.z_velocity = ex->limits.z_accel = HUGE_VAL;
	ex->effort = gcode_effort(m);
	if (ex->effort)
		planner_set_motors(ex->planner, effort_limit, ex->effort);
	ex->in_parts = gcode_has_parts(ex);
	set_limit(ex);
	gcode_set_limits(ex);
}

/* Z of the machine has to keep to its limits on the bed, too; on one that is
 * probed as on the last one of that name. */
static void
limit_on_bed(void *ctx, const double start[3], const double dir[3],
    double distance, double *v, double *a)
{
	struct gcode_exec *ex = ctx;
	const struct bed *bed =
	    gcode_on_bed(ex) ? &ex->mesh.bed : &ex->mesh.guess;

	reach_limit(&ex->reach, start, dir, distance, v, a);
	bed_limit(bed, start, dir, distance, ex->limits.z_velocity,
	    ex->limits.z_accel, v, a);
}

void
gcode_reach_bed(struct gcode_exec *ex)
{
	if (gcode_on_bed(ex) || ex->mesh.guess.mesh.z)
		planner_set_kinematics(ex->planner, limit_on_bed, ex);
	else
		set_limit(ex);
	gcode_set_homed(ex, ex->homed);
}

/*
 * Which axes are homed together when these are asked for, and where the
 * machine stands then.
 */
uint32_t
gcode_reach_home(const struct gcode_exec *ex, uint32_t axes, double pos[3])
{
	const struct machine *m = ex->machine;
	double angle[3], arm[3], carriage[3];

	memcpy(pos, ex->st.last, 3 * sizeof(double));
	switch (m->kinematics) {
	case MACHINE_KIN_DELTA:
		for (int i = 0; i < 3; i++) {
			angle[i] = m->tower[i].angle_deg;
			arm[i] = m->tower[i].arm_length;
			carriage[i] = m->rail[i].position_endstop +
				      sqrt(arm[i] * arm[i] -
					   m->delta_radius * m->delta_radius);
		}
		reach_delta_home(angle, m->delta_radius, arm, carriage, pos);
		return 7;
	case MACHINE_KIN_ROTARY_DELTA:
		pos[0] = pos[1] = 0;
		pos[2] = ex->reach.high[2];
		return 7;
	case MACHINE_KIN_DELTESIAN:
		if (axes & (PLAN_X | PLAN_Z)) {
			axes |= PLAN_X | PLAN_Z;
			pos[0] = 0;
			pos[2] = ex->reach.high[2];
		}
		if (axes & PLAN_Y)
			pos[1] = m->rail[2].position_endstop;
		return axes;
	case MACHINE_KIN_POLAR:
		if (axes & (PLAN_X | PLAN_Y)) {
			axes |= PLAN_X | PLAN_Y;
			pos[0] = m->rail[0].position_endstop;
			pos[1] = 0;
		}
		if (axes & PLAN_Z)
			pos[2] = m->rail[2].position_endstop;
		return axes;
	case MACHINE_KIN_NONE:
	case MACHINE_KIN_WINCH:
		return axes;
	default:
		for (int i = 0; i < 3; i++)
			if (axes >> i & 1)
				pos[i] = gcode_carriage_endstop(ex, i);
		return axes;
	}
}
