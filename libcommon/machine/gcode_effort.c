/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The motors of a machine, as the planner has to know them. */
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "machine/gcode_private.h"
#include "machine/motor.h"
#include "motion/kinematics.h"

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

static void
add_motor(struct effort *e, const struct machine *m, int stepper,
    const double weight[3])
{
	const struct machine_motor *data = data_of(m, stepper);
	struct effort_motor *out;

	if (e->n_motors == EFFORT_MOTORS)
		return;
	out = &e->motor[e->n_motors++];
	memcpy(out->weight, weight, sizeof(out->weight));
	out->step = m->stepper[stepper].step_distance;
	out->board = board_of(m, stepper);
	if (m->torque_share > 0 && data && data->has_motor && data->has_axis &&
	    data->drive.voltage > 0)
		effort_torque(out, &data->motor, &data->drive, &data->axis,
		    data->count, m->torque_share);
}

/* rails of X, Y, Z, each with the law of the motor of its name */
static bool
add_rails(struct effort *e, const struct machine *m, enum kinematics_kind kind)
{
	struct kinematics k;

	kinematics_linear(&k, kind);
	for (int i = 0; i < MACHINE_AXES; i++) {
		const struct machine_rail *r = &m->rail[i];

		for (int j = 0; j < r->n_steppers; j++)
			add_motor(e, m, r->stepper[j], k.row[i]);
	}
	return true;
}

static bool
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
	return true;
}

static bool
add_motors(struct effort *e, const struct machine *m)
{
	switch (m->kinematics) {
	case MACHINE_KIN_CARTESIAN:
		return add_rails(e, m, KINEMATICS_CARTESIAN);
	case MACHINE_KIN_COREXY:
		return add_rails(e, m, KINEMATICS_COREXY);
	case MACHINE_KIN_COREXZ:
		return add_rails(e, m, KINEMATICS_COREXZ);
	case MACHINE_KIN_HYBRID_COREXY:
		return add_rails(e, m, KINEMATICS_HYBRID_COREXY);
	case MACHINE_KIN_HYBRID_COREXZ:
		return add_rails(e, m, KINEMATICS_HYBRID_COREXZ);
	case MACHINE_KIN_GENERIC_CARTESIAN:
		return add_carriages(e, m);
	default:
		return false;
	}
}

/* What moves along an axis: the mass that the motor of its name was given;
 * without rails, that of a motor which moves the axis. */
static double
mass_along(const struct machine *m, int axis)
{
	const struct machine_rail *r = &m->rail[axis];
	const struct machine_motor *data;

	for (int i = 0; i < r->n_steppers; i++) {
		data = data_of(m, r->stepper[i]);
		if (data && data->axis.mass > 0)
			return data->axis.mass;
	}
	for (int i = 0; i < m->n_steppers; i++) {
		const struct machine_stepper *s = &m->stepper[i];

		data = data_of(m, i);
		for (int j = 0; data && j < s->n_terms; j++)
			if (m->carriage[s->term[j].carriage].axis == axis &&
			    data->axis.mass > 0)
				return data->axis.mass;
	}
	return 0;
}

struct effort *
gcode_effort(const struct machine *m)
{
	struct effort *e = xcalloc(1, sizeof(*e));
	bool known = false;

	if (!add_motors(e, m))
		goto none;
	for (int i = 0; i < MACHINE_AXES; i++)
		e->mass[i] = mass_along(m, i);
	for (int i = 0; i < m->n_mcus && i < EFFORT_BOARDS; i++) {
		e->rate[i] = m->mcu[i].max_step_rate;
		known |= e->rate[i] > 0;
	}
	for (int i = 0; i < e->n_motors; i++)
		known |= e->motor[i].push > 0;
	if (known && effort_ready(e) == 0)
		return e;
none:
	free(e);
	return NULL;
}
