/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The motors of a machine, as the planner has to know them. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "machine/drive.h"
#include "machine/gcode_private.h"
#include "machine/motor.h"

/* Shorter pulses are none: each edge is a step. */
#define BOTH_EDGES_S 500e-9
/* How much faster than the head a coordinate may be thought to run. */
#define RACES 4

static const struct machine_motor *
data_of(const struct machine *m, int stepper)
{
	for (int i = 0; i < m->n_motors; i++)
		if (m->motor[i].stepper == stepper)
			return &m->motor[i];
	return NULL;
}

static int
board_of(const struct machine *m, int stepper)
{
	const char *name = m->stepper[stepper].step.mcu;

	for (int i = 0; name && i < m->n_mcus && i < EFFORT_BOARDS; i++)
		if (strcmp(m->mcu[i].name, name) == 0)
			return i;
	return -1;
}

/*
 * A pulse, and as long a pause; the shortest ones step on both edges (motion.md
 * 3.7).
 */
static double
pulse_rate(const struct machine_stepper *s)
{
	double pulse = s->step_pulse_duration;

	return pulse > 0 ? 1 / (pulse > BOTH_EDGES_S ? 2 * pulse : pulse) : 0;
}

/* What is known of a stepper's motor; load: so is what it has to move. */
static void
fill_motor(
    struct effort_motor *out, const struct machine *m, int stepper, bool load)
{
	const struct machine_motor *data = data_of(m, stepper);

	memset(out, 0, sizeof(*out));
	out->step = m->stepper[stepper].step_distance;
	out->board = board_of(m, stepper);
	out->rate = pulse_rate(&m->stepper[stepper]);
	if (!load || m->torque_share <= 0 || !data || !data->has_motor ||
	    data->drive.voltage <= 0)
		return;
	effort_torque(out, &data->motor, &data->drive, &data->axis, data->count,
	    m->torque_share);
	out->rotor_mass += data->own;
}

static struct effort_motor *
add_motor(struct effort *e, const struct machine *m, int stepper,
    const double weight[3])
{
	const struct machine_motor *data = data_of(m, stepper);
	struct effort_motor *out = &e->motor[e->n_motors];

	if (e->n_motors == EFFORT_MOTORS)
		return NULL;
	e->n_motors++;
	fill_motor(out, m, stepper, data && data->has_axis);
	memcpy(out->weight, weight, sizeof(out->weight));
	return out;
}

/* the second carriages of axes: either moves while the other rests */
static void
add_second(
    struct effort *e, const struct machine *m, const struct kinematics *k)
{
	for (int axis = 0; axis < MACHINE_AXES; axis++) {
		int second = machine_second_carriage(m, axis);
		const struct machine_rail *r;
		double weight[3];

		if (second < 0)
			continue;
		kinematics_carriage(k, axis, 1, weight);
		r = &m->carriage[second].rail;
		for (int j = 0; j < r->n_steppers; j++) {
			struct effort_motor *out =
			    add_motor(e, m, r->stepper[j], weight);

			if (!out)
				return;
			out->alone = true;
			out->bears[axis] = 1.0 / r->n_steppers;
		}
	}
}

/* rails of X, Y, Z, each with the law of the motor of its name */
static void
add_rails(struct effort *e, const struct machine *m, const struct kinematics *k)
{
	for (int i = 0; i < MACHINE_AXES; i++) {
		const struct machine_rail *r = &m->rail[i];

		for (int j = 0; j < r->n_steppers; j++)
			add_motor(e, m, r->stepper[j], k->row[i]);
	}
	add_second(e, m, k);
}

static void
add_carriages(struct effort *e, const struct machine *m)
{
	for (int i = 0; i < m->n_steppers; i++) {
		const struct machine_stepper *s = &m->stepper[i];
		double weight[3] = {0};

		for (int j = 0; j < s->n_terms; j++)
			weight[m->carriage[s->term[j].carriage].axis] +=
			    s->term[j].factor;
		if (s->n_terms)
			add_motor(e, m, i, weight);
	}
}

/*
 * Where motors do not run as the axes do.  The bed of a polar machine is all
 * that its motor moves, the others have their own mass; elsewhere what the
 * motors move together has the mass of the first motor that says one.
 */
static void
add_curved(
    struct effort *e, const struct machine *m, const struct machine_drive *d)
{
	bool polar = m->kinematics == MACHINE_KIN_POLAR;

	e->curved = true;
	for (int i = 0; i < m->n_steppers; i++) {
		const struct machine_motor *data = data_of(m, i);
		int motor = machine_drive_motor(d, i);
		struct effort_motor *out = &e->motor[e->n_motors];
		bool bed = i == m->bed_stepper;

		if (motor < 0 || e->n_motors == EFFORT_MOTORS)
			continue;
		e->n_motors++;
		fill_motor(out, m, i,
		    data && (!polar   ? e->mass[0] > 0
				: bed ? data->own > 0
				      : data->has_axis));
		out->coordinate = motor;
		if (polar && data && !bed)
			out->rotor_mass += data->axis.mass;
		/* towers lift their carriages */
		if (data &&
		    (m->kinematics == MACHINE_KIN_DELTA ||
			(m->kinematics == MACHINE_KIN_DELTESIAN && motor < 2)))
			out->friction += EFFORT_GRAVITY * data->own;
	}
}

/* the mass that a rail's motor was given */
static double
rail_mass(const struct machine *m, int rail)
{
	const struct machine_rail *r = &m->rail[rail];

	for (int i = 0; i < r->n_steppers; i++) {
		const struct machine_motor *data = data_of(m, r->stepper[i]);

		if (data && data->axis.mass > 0)
			return data->axis.mass;
	}
	return 0;
}

/* What moves along an axis: the mass that the motor of its name was given;
 * without rails, that of a motor which moves the axis. */
static double
mass_along(const struct machine *m, int axis)
{
	double mass = rail_mass(m, axis);

	for (int i = 0; i < m->n_steppers && mass == 0; i++) {
		const struct machine_stepper *s = &m->stepper[i];
		const struct machine_motor *data = data_of(m, i);

		for (int j = 0; data && j < s->n_terms; j++)
			if (m->carriage[s->term[j].carriage].axis == axis)
				mass = data->axis.mass;
	}
	return mass;
}

/* of what the motors move together */
static double
mass_of_head(const struct machine *m)
{
	for (int i = 0; i < m->n_motors; i++)
		if (!m->motor[i].pushes && m->motor[i].axis.mass > 0)
			return m->motor[i].axis.mass;
	return 0;
}

static void
add_motors(struct effort *e, const struct machine *m)
{
	struct machine_drive d;

	machine_drive_init(&d, m);
	e->kinematics = d.kinematics;
	switch (m->kinematics) {
	case MACHINE_KIN_NONE:
	case MACHINE_KIN_POLAR:
		break;
	case MACHINE_KIN_DELTESIAN:
		e->mass[0] = e->mass[2] =
		    fmax(rail_mass(m, 0), rail_mass(m, 1));
		e->mass[1] = rail_mass(m, 2);
		break;
	case MACHINE_KIN_DELTA:
	case MACHINE_KIN_ROTARY_DELTA:
	case MACHINE_KIN_WINCH:
		for (int i = 0; i < MACHINE_AXES; i++)
			e->mass[i] = mass_of_head(m);
		break;
	default:
		for (int i = 0; i < MACHINE_AXES; i++)
			e->mass[i] = mass_along(m, i);
		if (m->kinematics == MACHINE_KIN_GENERIC_CARTESIAN)
			add_carriages(e, m);
		else
			add_rails(e, m, &d.kinematics);
		return;
	}
	add_curved(e, m, &d);
}

/* the extruders', then those of extruder_steppers */
static void
add_extruders(struct effort *e, const struct machine *m)
{
	for (int i = 0; i < m->n_extruders + m->n_extra; i++) {
		int extra = i - m->n_extruders;
		int stepper = extra < 0 ? m->extruder[i].stepper
					: m->extra[extra].stepper;
		struct effort_extruder *x = &e->extruder[e->n_extruders];

		if (e->n_extruders == EFFORT_EXTRUDERS)
			return;
		e->n_extruders++;
		x->motor.board = -1;
		if (stepper >= 0 && (extra < 0 || !m->extra[extra].manual))
			fill_motor(&x->motor, m, stepper, true);
	}
}

/* It may be asked for more steps than pulses leave time for: at a speed that
 * some coordinates have a few times. */
static bool
races(const struct effort_motor *motor, double speed)
{
	return motor->rate > 0 && RACES * speed > motor->rate * motor->step;
}

/* the most that G-code may have an extruder push a mm of path */
static double
thickest(const struct machine *m)
{
	double ratio = 0;

	for (int i = 0; i < m->n_extruders; i++)
		ratio = fmax(ratio, m->extruder[i].max_extrude_ratio);
	return ratio;
}

struct effort *
gcode_effort(const struct machine *m)
{
	struct effort *e = xcalloc(1, sizeof(*e));
	bool known = false;

	add_motors(e, m);
	add_extruders(e, m);
	for (int i = 0; i < m->n_mcus && i < EFFORT_BOARDS; i++) {
		e->rate[i] = m->mcu[i].max_step_rate;
		known |= e->rate[i] > 0;
	}
	for (int i = 0; i < e->n_motors; i++)
		known |= e->motor[i].push > 0 ||
			 races(&e->motor[i], m->max_velocity);
	for (int i = 0; i < e->n_extruders; i++)
		known |=
		    e->extruder[i].motor.push > 0 ||
		    races(&e->extruder[i].motor, thickest(m) * m->max_velocity);
	if (known && effort_ready(e) == 0)
		return e;
	free(e);
	return NULL;
}

/*
 * Which motors turn with the extruder in use, and with what pressure advance.
 * A law that is not linear adds (L + N / V) u' at most, and leaves e as it is.
 */
static void
advance_of(const struct gcode_exec *ex, int i, struct effort_extruder *x)
{
	const struct gcode_extruder_state *e = &ex->extruders[i];
	const struct machine_advance *law = &e->law;

	x->advance = e->advance;
	x->half_s = e->smooth_time / 2;
	if (law->law != MACHINE_ADVANCE_LINEAR && law->velocity > 0)
		x->advance *= law->linear + law->offset / law->velocity;
}

void
gcode_effort_extruder(struct gcode_exec *ex)
{
	const struct machine *m = ex->machine;
	const struct machine_extruder *in_use;
	struct planner_extruder limits;

	if (ex->extruder < 0)
		return;
	in_use = &m->extruder[ex->extruder];
	limits = (struct planner_extruder){
	    .max_ratio = in_use->max_extrude_ratio,
	    .nozzle_diameter = in_use->nozzle_diameter,
	    .corner_velocity = in_use->instantaneous_corner_velocity,
	    .only_velocity = in_use->max_extrude_only_velocity,
	    .only_accel = in_use->max_extrude_only_accel,
	    .only_distance = in_use->max_extrude_only_distance,
	};
	for (int i = 0; ex->effort && i < ex->effort->n_extruders; i++) {
		struct effort_extruder *x = &ex->effort->extruder[i];

		x->used = ex->follows && ex->follows[i] &&
			  strcmp(ex->follows[i], in_use->name) == 0;
		advance_of(ex, i, x);
	}
	if (ex->effort) {
		limits.corner_velocity =
		    effort_corner(ex->effort, limits.corner_velocity);
		ex->effort->corner = limits.corner_velocity;
		effort_flow_reset(ex->effort);
	}
	planner_set_extruder(ex->planner, &limits);
}

void
gcode_effort_turn(struct gcode_exec *ex, int pusher, double distance)
{
	const struct machine *m = ex->machine;
	int extra = pusher - m->n_extruders;
	int stepper =
	    extra < 0 ? m->extruder[pusher].stepper : m->extra[extra].stepper;
	struct effort_motor *motor;
	double by;

	if (!ex->effort || pusher >= ex->effort->n_extruders || stepper < 0)
		return;
	motor = &ex->effort->extruder[pusher].motor;
	by = m->stepper[stepper].step_distance * distance /
	     (m->stepper[stepper].rotation_distance * motor->step);
	motor->step *= by;
	motor->push /= by;
	motor->rotor_mass /= by * by;
	for (int k = 0; k <= EFFORT_TABLE; k++)
		motor->speed[k] *= by;
	gcode_effort_extruder(ex);
}
