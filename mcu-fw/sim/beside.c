/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What moves beside the head: second carriages, manual steppers. */
#include <math.h>
#include <string.h>

#include "mcu-fw/sim/model-private.h"

#define NEAR_MM	      1e-6 /* of an endstop's switching point */
#define OVERTRAVEL_MM 2.0
/* A manual stepper's switch lies so far below where it is switched on. */
#define MANUAL_MM 10.0
#define PART	  0.6  /* of its rail: where a carriage is switched on */
#define REGULAR	  1e-6 /* less than that of a carriage is not driven */

/*
 * Where second carriages stand, from their motors: each equation has its own
 * carriage, the head, and, where belts are shared, other second carriages.
 * False: their motors do not tell.
 */
static bool
solve(const struct model *m, const double head[], const double motor[],
    double at[MACHINE_AXES])
{
	double a[MACHINE_AXES][MACHINE_AXES + 1] = {{0}};

	for (int i = 0; i < MACHINE_AXES; i++) {
		const struct carriage *c = &m->carriage[i];

		a[i][i] = c->config ? 0 : 1;
		a[i][MACHINE_AXES] = c->config ? motor[i] : 0;
		for (int k = 0; c->config && k < MACHINE_AXES; k++) {
			if (k == i || (c->second[k] && m->carriage[k].config))
				a[i][k] = c->weight[k];
			else
				a[i][MACHINE_AXES] -= c->weight[k] * head[k];
		}
	}
	for (int i = 0; i < MACHINE_AXES; i++) {
		int best = i;

		for (int r = i; r < MACHINE_AXES; r++)
			best = fabs(a[r][i]) > fabs(a[best][i]) ? r : best;
		if (fabs(a[best][i]) < REGULAR)
			return false;
		for (int k = 0; k <= MACHINE_AXES; k++) {
			double v = a[best][k];

			a[best][k] = a[i][k];
			a[i][k] = v;
		}
		for (int r = 0; r < MACHINE_AXES; r++) {
			double f = r == i ? 0 : a[r][i] / a[i][i];

			for (int k = i; k <= MACHINE_AXES; k++)
				a[r][k] -= f * a[i][k];
		}
	}
	for (int i = 0; i < MACHINE_AXES; i++)
		at[i] = a[i][MACHINE_AXES] / a[i][i];
	return true;
}

double
beside_position(const struct carriage *c)
{
	const struct model *m = c->model;
	double head[MACHINE_AXES], motor[MACHINE_AXES] = {0};
	double at[MACHINE_AXES] = {0};

	motion_position(m, head);
	for (int i = 0; i < MACHINE_AXES; i++) {
		const struct carriage *k = &m->carriage[i];

		if (k->config)
			motor[i] =
			    k->begun + (double)k->motor->at *
					   k->motor->config->step_distance;
	}
	solve(m, head, motor, at);
	return at[c->config->axis];
}

void
beside_nozzle(const struct model *m, int extruder, double pos[])
{
	motion_position(m, pos);
	for (int i = 0; i < MACHINE_AXES && extruder > 0; i++)
		if (m->carriage[i].config)
			pos[i] = beside_position(&m->carriage[i]);
}

static bool
read_carriage(void *ctx)
{
	const struct carriage *c = ctx;
	const struct machine_rail *r = &c->config->rail;
	double at = beside_position(c);
	bool hit = r->homing_positive_dir ? at >= r->position_endstop - NEAR_MM
					  : at <= r->position_endstop + NEAR_MM;

	return hit != r->endstop.invert;
}

static bool
read_manual(void *ctx)
{
	const struct motor *o = ctx;
	const struct machine *machine = o->model->machine;
	double at = (double)o->at * o->config->step_distance;
	bool invert = false;

	for (int i = 0; i < machine->n_extra; i++)
		if (&machine->stepper[machine->extra[i].stepper] == o->config)
			invert = machine->extra[i].endstop.invert;
	return (at <= -MANUAL_MM + NEAR_MM) != invert;
}

static bool
is_taken(const struct model *m, const struct motor *o)
{
	for (int i = 0; i < MACHINE_AXES; i++)
		if (m->carriage[i].motor == o)
			return true;
	return false;
}

/* The stepper that pulls it, none that tells of another one already, and with
 * what weights. */
static void
find_motor(struct carriage *c, int index)
{
	struct model *m = c->model;
	const struct machine *machine = m->machine;

	if (c->config->rail.n_steppers > 0) {
		c->motor = &m->motor[c->config->rail.stepper[0]];
		kinematics_carriage(
		    &m->drive.kinematics, c->config->axis, 1, c->weight);
		return;
	}
	for (int i = 0; i < machine->n_steppers && !c->motor; i++) {
		const struct machine_stepper *s = &machine->stepper[i];

		for (int t = 0; t < s->n_terms; t++)
			if (s->term[t].carriage == index &&
			    !is_taken(m, &m->motor[i]))
				c->motor = &m->motor[i];
		for (int t = 0; c->motor && t < s->n_terms; t++) {
			const struct machine_carriage *k =
			    &machine->carriage[s->term[t].carriage];

			c->weight[k->axis] += s->term[t].factor;
			c->second[k->axis] |= k->dual;
		}
	}
}

static void
add_carriage(struct model *m, int axis)
{
	struct carriage *c = &m->carriage[axis];
	int index = machine_second_carriage(m->machine, axis);
	const struct machine_rail *r;
	double at, step;
	struct sim_pin *pin;
	struct motor *o;

	if (index < 0)
		return;
	c->model = m;
	c->config = &m->machine->carriage[index];
	find_motor(c, index);
	if (!c->motor || c->weight[axis] == 0) {
		c->config = NULL;
		return;
	}
	r = &c->config->rail;
	step = c->motor->config->step_distance / fabs(c->weight[axis]);
	at = r->position_min + PART * (r->position_max - r->position_min);
	at = r->position_endstop +
	     step * floor((at - r->position_endstop) / step + 0.5);
	c->start = at;
	pin = model_pin(m, &r->endstop);
	if (pin) {
		pin->read = read_carriage;
		pin->read_ctx = c;
	}
	o = &m->motor[c->motor - m->motor];
	o->is_extruder = false;
	if (m->machine->kinematics == MACHINE_KIN_CARTESIAN) {
		o->lo = (int64_t)ceil(
		    (r->position_min - OVERTRAVEL_MM - at) / step);
		o->hi = (int64_t)floor(
		    (r->position_max + OVERTRAVEL_MM - at) / step);
	}
}

/* What their motors have at switch-on; carriages that their motors do not tell
 * apart are none. */
static void
start_carriages(struct model *m)
{
	double head[MACHINE_AXES], motor[MACHINE_AXES] = {0};
	double at[MACHINE_AXES];

	motion_position(m, head);
	for (int i = 0; i < MACHINE_AXES; i++) {
		struct carriage *c = &m->carriage[i];

		for (int k = 0; c->config && k < MACHINE_AXES; k++) {
			double pos = k == i || c->second[k]
					 ? m->carriage[k].start
					 : head[k];

			c->begun += c->weight[k] * pos;
		}
	}
	if (!solve(m, head, motor, at))
		for (int i = 0; i < MACHINE_AXES; i++)
			m->carriage[i].config = NULL;
}

/* --- further motors of a rail
 * ------------------------------------------------- */

/* They hang lower than the first by so much, each more than the one before:
 * only a switch of their own can tell. */
#define SAG_MM 0.4

static bool
read_own(void *ctx)
{
	const struct motor *o = ctx;
	const struct model *m = o->model;
	int number = o->number;

	for (int i = 0; i < MACHINE_AXES; i++) {
		const struct machine_rail *r = &m->machine->rail[i];

		for (int k = 1; k < r->n_steppers; k++) {
			double at = m->begun[number] + SAG_MM * k +
				    (double)o->at * o->config->step_distance;
			bool hit = r->homing_positive_dir
				       ? at >= r->position_endstop - NEAR_MM
				       : at <= r->position_endstop + NEAR_MM;

			if (&m->motor[r->stepper[k]] == o)
				return hit != r->own_endstop[k].invert;
		}
	}
	return false;
}

static void
add_own_switches(struct model *m)
{
	for (int i = 0; i < MACHINE_AXES; i++) {
		const struct machine_rail *r = &m->machine->rail[i];

		for (int k = 1; k < r->n_steppers; k++) {
			struct sim_pin *pin = model_pin(m, &r->own_endstop[k]);

			if (!pin)
				continue;
			pin->read = read_own;
			pin->read_ctx = &m->motor[r->stepper[k]];
		}
	}
}

/* --- the bed and its probe --------------------------------------------------
 */

/*
 * A saddle that leans: with u and v from -1 to 1 across the bed
 *
 *	warp (0.5 (u^2 - v^2) + 0.3 u + 0.2 v)
 */
static double
bed_height(const struct model *m, double x, double y)
{
	const struct machine *machine = m->machine;
	double at[2] = {x, y}, u[2];

	for (int i = 0; i < 2; i++) {
		const struct machine_rail *r = &machine->rail[i];
		double low = -machine->print_radius;
		double high = machine->print_radius;

		if (m->drive.kinematics.kind <= KINEMATICS_GENERIC) {
			low = r->position_min;
			high = r->position_max;
		}
		u[i] = high > low ? (2 * at[i] - low - high) / (high - low) : 0;
	}
	return m->options.warp *
	       (0.5 * (u[0] * u[0] - u[1] * u[1]) + 0.3 * u[0] + 0.2 * u[1]);
}

static bool
read_probe(void *ctx)
{
	const struct probe *p = ctx;
	const double *o = p->config->offset;
	double pos[MACHINE_AXES];
	bool hit;

	motion_position(p->model, pos);
	hit = p->out &&
	      pos[2] <= o[2] + NEAR_MM +
			    bed_height(p->model, pos[0] + o[0], pos[1] + o[1]);
	return hit != p->config->pin.invert;
}

/* The width of a pulse says what the pin does: out below 1.3 ms. */
static void
control_changed(void *ctx, bool level)
{
	struct probe *p = ctx;

	if (level == p->level)
		return;
	p->level = level;
	if (level != p->config->control.invert)
		p->rose = sim_clock;
	else
		p->out = model_seconds(sim_clock - p->rose) < 0.0013;
}

static void
add_probe(struct model *m)
{
	struct probe *p = &m->probe;
	struct sim_pin *pin = model_pin(m, &m->machine->probe.pin);
	struct sim_pin *control = model_pin(m, &m->machine->probe.control);

	p->model = m;
	p->config = &m->machine->probe;
	p->out = !control;
	p->level = p->config->control.invert;
	if (!pin)
		return;
	pin->read = read_probe;
	pin->read_ctx = p;
	if (control)
		sim_pin_watch(control, control_changed, p);
}

void
beside_begin(struct model *m)
{
	add_own_switches(m);
	add_probe(m);

	for (int axis = 0; axis < MACHINE_AXES; axis++)
		add_carriage(m, axis);
	start_carriages(m);
	for (int i = 0; i < m->machine->n_extra; i++) {
		const struct machine_extra_stepper *x = &m->machine->extra[i];
		struct sim_pin *pin = model_pin(m, &x->endstop);

		if (!x->manual || x->stepper < 0)
			continue;
		m->motor[x->stepper].is_extruder = false;
		if (pin) {
			pin->read = read_manual;
			pin->read_ctx = &m->motor[x->stepper];
		}
	}
}
