/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which motors there are, and which motion each of them follows. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "axes.h"
#include "base/xalloc.h"

/* Cubics fit so well that they can be held to less. */
#define CUBIC_ERROR_S	2e-6
#define CORNER_MIN_MM_S 5
#define STOP_MAX_S	0.5

static void
stepped(void *ctx, const struct step_command *c)
{
	struct axes_motor *m = ctx;

	m->last_clock = c->last_clock;
	mcu_stepper_command(m->stepper, c);
}

static void
set_model(struct axes_motor *m)
{
	static const enum step_advance_kind kind[] = {
	    [MACHINE_ADVANCE_LINEAR] = STEP_ADVANCE_LINEAR,
	    [MACHINE_ADVANCE_TANH] = STEP_ADVANCE_TANH,
	    [MACHINE_ADVANCE_RECIPR] = STEP_ADVANCE_RECIPR};

	step_motor_set_model(m->motor, &(struct step_advance_model){
					   .kind = kind[m->law.law],
					   .linear = m->law.linear,
					   .offset_mm = m->law.offset,
					   .velocity_mm_s = m->law.velocity,
					   .time_offset_s = m->law.time_offset,
				       });
}

void
axes_make_motor(
    struct axes *a, struct axes_motor *m, struct motion_queue *queue)
{
	struct step_motor_setup setup = {.step_distance = m->step_distance};
	struct step_encoder_setup enc = {
	    .clock_freq = mcu_clock_freq(a->mcu),
	    .max_error_s = a->max_error_s,
	    .command = stepped,
	    .ctx = m,
	};

	enc.cubic = mcu_has_cubic(a->mcu, &enc.cubic_bits);
	if (!(enc.max_error_s > 0))
		enc.max_error_s = enc.cubic ? CUBIC_ERROR_S : STEP_MAX_ERROR_S;
	if (m->curve) {
		setup.kinematics = &a->drive.kinematics;
		setup.kinematics_motor = m->number;
	}
	memcpy(setup.coef, m->coef, sizeof(setup.coef));
	setup.follow_shaper = m->law.shaped;
	m->motor = step_motor_new(queue, &setup, &enc);
	step_motor_set_position(m->motor, a->pos);
	step_motor_reset_clock(m->motor, m->last_clock);
	if (!m->pushes)
		return;
	step_motor_set_advance(m->motor, m->advance, m->smooth_time);
	set_model(m);
}

void
axes_drop_motor(struct axes_motor *m)
{
	const struct step_stats *s;

	if (!m->motor)
		return;
	s = step_motor_stats(m->motor);
	m->steps += s->steps;
	m->commands += s->commands;
	m->bias += step_motor_count(m->motor);
	step_motor_free(m->motor);
	m->motor = NULL;
}

/* --- carriages ----------------------------------------------------------- */

/* Of its own machine's configuration: all that a belt may pull at. */
static void
weigh_terms(struct axes *a, struct axes_motor *m)
{
	bool aside = false;

	for (int t = 0; t < m->config->n_terms; t++) {
		int i = m->config->term[t].carriage;
		const struct machine_carriage *c = &a->machine->carriage[i];
		const struct axes_dual *d = &a->dual[c->axis];
		int which =
		    c->dual ||
		    (c->primary >= 0 && a->machine->carriage[c->primary].dual);
		double scale = d->second < 0 ? 1 : d->scale[which];

		m->coef[c->axis] += scale * m->config->term[t].factor;
		aside |= d->second >= 0 && d->primary != which;
	}
	/* what does not follow the head says nothing of where it is */
	m->number = aside ? -1 : m->base_number;
	if (m->base_number >= 0)
		for (int i = 0; i < 3; i++)
			a->drive.kinematics.row[m->base_number][i] =
			    aside ? 0 : m->coef[i];
}

/* A carriage on its rail, of two. */
static void
weigh_carriage(struct axes *a, struct axes_motor *m, int axis, int which)
{
	const struct axes_dual *d = &a->dual[axis];
	struct kinematics *k = &a->drive.kinematics;

	if (which == 1)
		kinematics_carriage(k, axis, d->scale[1], m->coef);
	else
		m->coef[axis] *= d->scale[0];
	m->number = d->primary == which ? axis : -1;
	if (d->primary == which)
		memcpy(k->row[axis], m->coef, sizeof(k->row[axis]));
}

/* The weights of all motors, as the carriages stand to each other. */
static void
weigh(struct axes *a)
{
	const struct bed *bed = a->drive.kinematics.bed;
	struct machine_drive fresh;

	machine_drive_init(&fresh, a->machine);
	if (fresh.kinematics.kind <= KINEMATICS_GENERIC)
		a->drive.kinematics = fresh.kinematics;
	a->drive.kinematics.bed = bed;
	for (int i = 0; i < a->n_motors; i++) {
		struct axes_motor *m = &a->motor[i];

		if (m->pushes || m->own || m->curve)
			continue;
		memset(m->coef, 0, sizeof(m->coef));
		if (m->config->n_terms > 0) {
			weigh_terms(a, m);
			continue;
		}
		if (m->base_number >= 0)
			kinematics_weights(
			    &fresh.kinematics, m->base_number, m->coef);
		if (m->second >= 0)
			weigh_carriage(a, m, m->second, 1);
		else if (m->base_number >= 0 && m->base_number < 3 &&
			 a->dual[m->base_number].second >= 0)
			weigh_carriage(a, m, m->base_number, 0);
	}
}

static void
take_rail(struct axes *a, int axis)
{
	const struct axes_dual *d = &a->dual[axis];

	if (d->second < 0)
		return;
	a->endstop[axis] = d->endstop[d->primary];
	a->drive.rail[axis] = d->primary ? &a->machine->carriage[d->second].rail
					 : &a->machine->rail[axis];
}

void
axes_set_carriage(struct axes *a, int axis, int which,
    enum plan_carriage_mode mode, double pos)
{
	static const double scale[] = {
	    [PLAN_CARRIAGE_INACTIVE] = 0,
	    [PLAN_CARRIAGE_PRIMARY] = 1,
	    [PLAN_CARRIAGE_COPY] = 1,
	    [PLAN_CARRIAGE_MIRROR] = -1,
	};
	struct axes_dual *d = &a->dual[axis];
	double before[4];

	axes_settle(a);
	memcpy(before, a->pos, sizeof(before));
	d->scale[which] = scale[mode];
	if (mode == PLAN_CARRIAGE_PRIMARY) {
		d->primary = which;
		d->scale[!which] = 0;
	}
	weigh(a);
	take_rail(a, axis);
	a->pos[axis] = pos;
	/* each stands where it stood, between two steps too */
	for (int i = 0; i < a->n_motors; i++) {
		struct axes_motor *m = &a->motor[i];

		if (m->motor && !m->own && !m->pushes && !m->curve)
			step_motor_rewire(m->motor, m->coef, before, a->pos);
	}
}

/* --- the bed -------------------------------------------------------------- */

/* It stands where it stood, between two steps, too. */
static void
follow(struct axes *a, struct axes_motor *m, bool curve, double ahead)
{
	if (curve == m->curve) {
		step_motor_set_position(m->motor, a->pos);
	} else {
		m->follows_bed = m->curve = curve;
		axes_drop_motor(m);
		axes_make_motor(a, m, a->queue);
	}
	step_motor_shift(m->motor, ahead);
}

static bool
has_place(const struct axes_motor *m)
{
	return !m->pushes && !m->own && m->number >= 0;
}

void
axes_set_bed(struct axes *a, const struct bed *bed)
{
	struct kinematics *k = &a->drive.kinematics;
	double w[3], at[3] = {a->pos[0], a->pos[1], a->pos[2]}, *ahead;

	if (k->n_motors == 0 || k->bed == bed)
		return;
	axes_settle(a);
	ahead = xcalloc((size_t)a->n_motors + 1, sizeof(*ahead));
	for (int i = 0; i < a->n_motors; i++)
		if (has_place(&a->motor[i]))
			ahead[i] =
			    step_motor_coordinate(a->motor[i].motor) -
			    kinematics_motor(k, a->motor[i].number, a->pos, 0);
	if (k->bed)
		at[2] += bed_offset(k->bed, at);
	k->bed = bed;
	if (bed)
		at[2] = bed_inverse(bed, at);
	a->pos[2] = at[2];
	for (int i = 0; i < a->n_motors; i++) {
		struct axes_motor *m = &a->motor[i];
		bool curve =
		    has_place(m) && !kinematics_weights(k, m->number, w);

		/* others have no part of Z */
		if (curve || m->follows_bed)
			follow(a, m, curve, ahead[i]);
	}
	free(ahead);
}

/* --- what each extruder's motor follows ---------------------------------- */

static void
couple(struct axes *a, struct axes_motor *m)
{
	bool moves = m->follows >= 0 && m->follows == a->extruder;

	if (moves && !m->motor)
		axes_make_motor(a, m, a->queue);
	else if (!moves && m->motor)
		axes_drop_motor(m);
}

void
axes_select_extruder(struct axes *a, int index)
{
	axes_settle(a);
	a->extruder = index;
	for (int i = 0; i < a->n_motors; i++)
		if (a->motor[i].pushes)
			couple(a, &a->motor[i]);
}

void
axes_follow(struct axes *a, struct axes_motor *m, int extruder,
    double rotation_distance)
{
	axes_settle(a);
	axes_drop_motor(m);
	m->follows = extruder;
	if (rotation_distance != 0) {
		m->step_distance = m->config->step_distance *
				   fabs(rotation_distance) /
				   m->config->rotation_distance;
		m->coef[3] = rotation_distance < 0 ? -1 : 1;
	}
	couple(a, m);
}

/* What is shaped is another motor; else the grid of the steps stays. */
void
axes_set_law(
    struct axes *a, const char *extruder, const struct machine_advance *law)
{
	struct axes_motor *m = axes_find_motor(a, extruder);
	bool other;

	if (!m)
		return;
	other = m->law.shaped != law->shaped;
	axes_settle(a);
	m->law = *law;
	if (m->motor && other) {
		axes_drop_motor(m);
		couple(a, m);
	} else if (m->motor) {
		set_model(m);
	}
}

struct axes_motor *
axes_find_motor(const struct axes *a, const char *name)
{
	for (int i = 0; i < a->n_motors; i++) {
		const char *full = a->motor[i].config->name;
		const char *last = strrchr(full, ' ');

		if (strcmp(full, name) == 0 ||
		    (last && strcmp(last + 1, name) == 0))
			return &a->motor[i];
	}
	return NULL;
}

/* --- setting up ---------------------------------------------------------- */

/*
 * Where extruding ends the speed may jump, and a retraction that comes to rest
 * does so within its last step: over a step d, from no more than
 * (1 + sqrt(1/2)) sqrt(a d).  What pressure advance adds to the acceleration is
 * as much larger as it reaches further than its smoothing.
 */
static double
extruder_ends_below(const struct axes *a, const struct axes_motor *m)
{
	const struct machine_extruder *e =
	    &a->machine->extruder[m->follows < 0 ? 0 : m->follows];
	double accel = e->max_extrude_only_accel;

	if (m->advance != 0)
		accel *= 1 + 4 * m->advance / m->smooth_time;
	return 1.5 * e->instantaneous_corner_velocity +
	       2 * sqrt(accel * m->step_distance);
}

/* A plan itself may end at once from less than this speed; 0: from any. */
static double
ends_below(const struct axes *a, const struct axes_motor *m)
{
	double corner = a->machine->square_corner_velocity, v;

	if (m->own || m->config->radians)
		return 0;
	if (!m->pushes)
		return m->number < 0 ? 0 : 4 * fmax(corner, CORNER_MIN_MM_S);
	if (a->machine->n_extruders == 0)
		return 0;
	v = extruder_ends_below(a, m);
	return isfinite(v) ? v : 0;
}

void
axes_stop_when_dry(const struct axes *a, const struct axes_motor *m)
{
	double stop_s = a->machine->max_velocity / a->machine->max_accel;
	double v = ends_below(a, m);

	if (v > 0)
		mcu_stepper_stop_when_dry(
		    m->stepper, m->step_distance / v, fmin(stop_s, STOP_MAX_S));
	else
		mcu_stepper_stop_when_dry(m->stepper, 0, 0);
}

static struct axes_motor *
add_motor(struct axes *a, int index)
{
	const struct machine_stepper *c = &a->machine->stepper[index];
	struct axes_motor *m = &a->motor[a->n_motors++];
	double w[3];

	m->config = c;
	m->step_distance = c->step_distance;
	m->number = m->base_number = machine_drive_motor(&a->drive, index);
	m->extruder = m->follows = m->second = -1;
	m->switch_time = (double)NAN;
	m->stepper = mcu_add_stepper(a->mcu, c);
	if (c->enable.name)
		m->enable =
		    mcu_add_output(a->mcu, &c->enable, 0, false, 0, 0, 0);
	if (m->number >= 0) {
		m->axes = machine_drive_axes(&a->drive, m->number);
		m->curve =
		    !kinematics_weights(&a->drive.kinematics, m->number, w);
		if (!m->curve)
			memcpy(m->coef, w, sizeof(w));
	}
	return m;
}

static void
add_extruder(struct axes *a, int index)
{
	const struct machine_extruder *e = &a->machine->extruder[index];
	struct axes_motor *m;

	if (e->stepper < 0)
		return;
	m = add_motor(a, e->stepper);
	m->pushes = true;
	m->coef[3] = 1;
	m->extruder = m->follows = index;
	m->advance = e->pressure_advance;
	m->smooth_time = e->pressure_advance_smooth_time;
	m->law = e->advance;
}

/* [extruder_stepper] and [manual_stepper] */
static void
add_extra(struct axes *a, const struct machine_extra_stepper *x)
{
	struct axes_motor *m;

	if (x->stepper < 0)
		return;
	m = add_motor(a, x->stepper);
	if (x->manual) {
		m->own = motion_queue_new();
		a->n_own++;
		m->coef[0] = 1;
		if (x->endstop.name)
			m->own_stop = mcu_add_endstop(
			    a->mcu, &x->endstop, &m->stepper, 1);
		return;
	}
	m->pushes = true;
	m->coef[3] = 1;
	m->advance = x->pressure_advance;
	m->smooth_time = x->pressure_advance_smooth_time;
	m->law = x->advance;
	for (int i = 0; x->extruder && i < a->machine->n_extruders; i++)
		if (strcmp(a->machine->extruder[i].name, x->extruder) == 0)
			m->follows = i;
}

/* Rails first, then what has none: a bed that turns, winches, belts. */
static void
add_motors(struct axes *a)
{
	const struct machine *m = a->machine;

	a->motor = xcalloc((size_t)m->n_steppers + 1, sizeof(*a->motor));
	for (int rail = 0; rail < MACHINE_AXES; rail++)
		for (int i = 0; i < m->rail[rail].n_steppers; i++) {
			struct axes_motor *motor =
			    add_motor(a, m->rail[rail].stepper[i]);
			const struct machine_pin *pin =
			    &m->rail[rail].own_endstop[i];

			if (i > 0 && pin->name)
				motor->own_switch = mcu_add_endstop(
				    a->mcu, pin, &motor->stepper, 1);
		}
	for (int i = 0; i < m->n_steppers; i++)
		if (machine_drive_motor(&a->drive, i) >= 0 &&
		    !axes_find_motor(a, m->stepper[i].name))
			add_motor(a, i);
	for (int axis = 0; axis < 2; axis++) {
		int c = a->dual[axis].second;

		for (int i = 0; c >= 0 && i < m->carriage[c].rail.n_steppers;
		     i++) {
			struct axes_motor *second =
			    add_motor(a, m->carriage[c].rail.stepper[i]);

			second->second = axis;
			second->axes = 1u << axis;
		}
	}
	for (int i = 0; i < m->n_extruders; i++)
		add_extruder(a, i);
	for (int i = 0; i < m->n_extra; i++)
		add_extra(a, &m->extra[i]);
	for (int i = 0; i < a->n_motors; i++)
		axes_stop_when_dry(a, &a->motor[i]);
}

/* The probe is an end stop of its own unless Z is homed to it. */
static void
add_probe(struct axes *a)
{
	const struct machine *m = a->machine;
	struct mcu_stepper **stop =
	    xcalloc((size_t)a->n_motors + 1, sizeof(*stop));
	int rail[MACHINE_AXES], n = 0, n_rails = axes_probe_rails(a, rail);

	for (int i = 0; i < a->n_motors; i++) {
		bool stops = false;

		for (int k = 0; k < n_rails; k++)
			stops |= axes_stops(a, rail[k], &a->motor[i]);
		if (stops)
			stop[n++] = a->motor[i].stepper;
	}
	if (machine_endstop(m, &m->rail[2]) == &m->probe.pin)
		a->probe = a->endstop[2];
	else if (m->probe.pin.name && n > 0 &&
		 m->kinematics != MACHINE_KIN_WINCH)
		a->probe = mcu_add_endstop(a->mcu, &m->probe.pin, stop, n);
	free(stop);
}

static struct mcu_endstop *
add_endstop(struct axes *a, int rail, const struct machine_pin *pin)
{
	struct mcu_stepper **stop =
	    xcalloc((size_t)a->n_motors + 1, sizeof(*stop));
	struct mcu_endstop *e = NULL;
	int n = 0;

	for (int i = 0; i < a->n_motors; i++)
		if (axes_stops(a, rail, &a->motor[i]) &&
		    !a->motor[i].own_switch)
			stop[n++] = a->motor[i].stepper;
	if (pin->name && n > 0)
		e = mcu_add_endstop(a->mcu, pin, stop, n);
	free(stop);
	return e;
}

static void
add_endstops(struct axes *a)
{
	const struct machine *m = a->machine;

	for (int rail = 0; rail < MACHINE_AXES; rail++)
		a->endstop[rail] = a->dual[rail].endstop[0] =
		    add_endstop(a, rail, machine_endstop(m, &m->rail[rail]));
	add_probe(a);
	for (int axis = 0; axis < 2; axis++) {
		struct axes_dual *d = &a->dual[axis];

		if (d->second < 0)
			continue;
		d->scale[0] = 0;
		d->scale[1] = 1;
		weigh(a);
		d->endstop[1] =
		    add_endstop(a, axis, &m->carriage[d->second].rail.endstop);
		d->scale[0] = 1;
		d->scale[1] = 0;
		weigh(a);
	}
}

void
axes_init(struct axes *a, const struct machine *machine, struct mcu *mcu,
    double max_error_s)
{
	memset(a, 0, sizeof(*a));
	a->machine = machine;
	a->mcu = mcu;
	a->max_error_s = max_error_s;
	if (!(max_error_s > 0) && machine->n_mcus > 0)
		a->max_error_s = machine->mcu[0].max_step_error;
	a->queue = motion_queue_new();
	a->end_time = a->rest_time = a->own_end = -HUGE_VAL;
	a->horizon = (double)NAN;
	a->extruder = -1;
	machine_drive_init(&a->drive, machine);
	for (int axis = 0; axis < MACHINE_AXES; axis++) {
		a->dual[axis].second = machine_second_carriage(machine, axis);
		a->dual[axis].scale[0] = 1;
	}
	add_motors(a);
	weigh(a);
	add_endstops(a);
	for (int i = 0; i < a->n_motors; i++) {
		struct axes_motor *m = &a->motor[i];

		if (!m->pushes)
			axes_make_motor(a, m, m->own ? m->own : a->queue);
	}
	axes_begin_steps(a);
	if (machine->n_extruders > 0)
		axes_select_extruder(a, 0);
}

void
axes_release(struct axes *a)
{
	axes_end_steps(a);
	for (int i = 0; i < a->n_motors; i++) {
		step_motor_free(a->motor[i].motor);
		if (a->motor[i].own)
			motion_queue_free(a->motor[i].own);
	}
	free(a->motor);
	motion_queue_free(a->queue);
}
