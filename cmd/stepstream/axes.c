/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The motors: set-up, committing motion, generating steps. */
#include "axes.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"

/* A driver gets this long between its enable pin and its first step. */
#define ENABLE_LEAD_S 0.050
/* How long finished motion is remembered, for positions and triggers. */
#define HISTORY_S 2.0
/* Cubics fit so well that they can be held to less. */
#define CUBIC_ERROR_S 2e-6

static void
stepped(void *ctx, const struct step_command *c)
{
	struct axes_motor *m = ctx;

	m->last_clock = c->last_clock;
	mcu_stepper_command(m->stepper, c);
}

static void
make_motor(struct axes *a, struct axes_motor *m)
{
	struct step_motor_setup setup = {
	    .step_distance = m->config->step_distance};
	struct step_encoder_setup enc = {
	    .clock_freq = mcu_clock_freq(a->mcu),
	    .max_error_s = a->max_error_s,
	    .command = stepped,
	    .ctx = m,
	};

	enc.cubic = mcu_has_cubic(a->mcu, &enc.cubic_bits);
	if (!(enc.max_error_s > 0))
		enc.max_error_s = enc.cubic ? CUBIC_ERROR_S : STEP_MAX_ERROR_S;
	if (m->number >= 0) {
		setup.kinematics = &a->drive.kinematics;
		setup.kinematics_motor = m->number;
		kinematics_weights(setup.kinematics, m->number, setup.coef);
	} else {
		setup.coef[3] = 1;
	}
	m->motor = step_motor_new(a->queue, &setup, &enc);
	step_motor_set_position(m->motor, a->pos);
	step_motor_reset_clock(m->motor, m->last_clock);
	if (m->extruder >= 0)
		step_motor_set_advance(m->motor, m->advance, m->smooth_time);
}

static void
add_motor(struct axes *a, int index, int extruder)
{
	const struct machine *machine = a->machine;
	const struct machine_stepper *c = &machine->stepper[index];
	struct axes_motor *m = &a->motor[a->n_motors++];

	m->config = c;
	m->number = machine_drive_motor(&a->drive, index);
	m->extruder = extruder;
	m->stepper = mcu_add_stepper(a->mcu, c);
	if (c->enable.name)
		m->enable =
		    mcu_add_output(a->mcu, &c->enable, 0, false, 0, 0, 0);
	if (m->number >= 0) {
		m->axes = machine_drive_axes(&a->drive, m->number);
		return;
	}
	m->advance = machine->extruder[extruder].pressure_advance;
	m->smooth_time =
	    machine->extruder[extruder].pressure_advance_smooth_time;
}

static void
add_endstop(struct axes *a, int rail)
{
	const struct machine_rail *r = &a->machine->rail[rail];
	struct mcu_stepper **stop =
	    xcalloc((size_t)a->n_motors + 1, sizeof(*stop));
	int n = 0;

	for (int i = 0; i < a->n_motors; i++)
		if (axes_stops(a, rail, &a->motor[i]))
			stop[n++] = a->motor[i].stepper;
	if (r->endstop.name && n > 0)
		a->endstop[rail] =
		    mcu_add_endstop(a->mcu, &r->endstop, stop, n);
	free(stop);
}

static bool
is_added(const struct axes *a, int stepper)
{
	for (int i = 0; i < a->n_motors; i++)
		if (a->motor[i].config == &a->machine->stepper[stepper])
			return true;
	return false;
}

/* Rails first, then what has none: a bed that turns, winches, belts. */
static void
add_motors(struct axes *a)
{
	const struct machine *m = a->machine;

	a->motor = xcalloc((size_t)m->n_steppers + 1, sizeof(*a->motor));
	for (int rail = 0; rail < MACHINE_AXES; rail++)
		for (int i = 0; i < m->rail[rail].n_steppers; i++)
			add_motor(a, m->rail[rail].stepper[i], -1);
	for (int i = 0; i < m->n_steppers; i++)
		if (machine_drive_motor(&a->drive, i) >= 0 && !is_added(a, i))
			add_motor(a, i, -1);
	for (int i = 0; i < m->n_extruders; i++)
		if (m->extruder[i].stepper >= 0)
			add_motor(a, m->extruder[i].stepper, i);
}

void
axes_init(struct axes *a, const struct machine *machine, struct mcu *mcu,
    double max_error_s)
{
	memset(a, 0, sizeof(*a));
	a->machine = machine;
	a->mcu = mcu;
	a->max_error_s = max_error_s;
	a->queue = motion_queue_new();
	a->end_time = a->rest_time = -HUGE_VAL;
	a->extruder = -1;
	machine_drive_init(&a->drive, machine);
	add_motors(a);
	for (int rail = 0; rail < MACHINE_AXES; rail++)
		add_endstop(a, rail);
	for (int i = 0; i < a->n_motors; i++)
		if (a->motor[i].extruder < 0)
			make_motor(a, &a->motor[i]);
	if (machine->n_extruders > 0)
		axes_select_extruder(a, 0);
}

void
axes_release(struct axes *a)
{
	for (int i = 0; i < a->n_motors; i++)
		step_motor_free(a->motor[i].motor);
	free(a->motor);
	motion_queue_free(a->queue);
}

void
axes_select_extruder(struct axes *a, int index)
{
	a->extruder = index;
	for (int i = 0; i < a->n_motors; i++) {
		struct axes_motor *m = &a->motor[i];

		if (m->extruder < 0)
			continue;
		if (m->extruder == index && !m->motor) {
			make_motor(a, m);
		} else if (m->extruder != index && m->motor) {
			const struct step_stats *s = step_motor_stats(m->motor);

			m->steps += s->steps;
			m->commands += s->commands;
			step_motor_free(m->motor);
			m->motor = NULL;
		}
	}
}

/* --- enable pins ------------------------------------------------------- */

void
axes_enable(struct axes_motor *m, double t)
{
	if (m->enabled)
		return;
	m->enabled = true;
	if (m->enable)
		mcu_output_set(m->enable, t, 1);
}

void
axes_disable(struct axes *a, const char *name, double t)
{
	for (int i = 0; i < a->n_motors; i++)
		if (!name || strcmp(a->motor[i].config->name, name) == 0)
			a->motor[i].enabled = false;
	/* a pin that several drivers share stays on while one is in use */
	for (int i = 0; i < a->n_motors; i++) {
		struct mcu_output *pin = a->motor[i].enable;
		bool used = false;

		for (int k = 0; k < a->n_motors; k++)
			used |=
			    a->motor[k].enable == pin && a->motor[k].enabled;
		if (pin && !used)
			mcu_output_set(pin, t, 0);
		if (!a->motor[i].enabled)
			a->homed &= ~a->motor[i].axes;
	}
}

bool
axes_any_enabled(const struct axes *a)
{
	for (int i = 0; i < a->n_motors; i++)
		if (a->motor[i].enabled)
			return true;
	return false;
}

/* --- motion ------------------------------------------------------------ */

/* Does motion in this direction turn it?  Sums of axes may cancel out. */
static bool
moves_motor(
    const struct axes *a, const struct axes_motor *m, const double dir[3])
{
	double w[3];

	if (!kinematics_weights(&a->drive.kinematics, m->number, w))
		for (int i = 0; i < 3; i++)
			w[i] = m->axes >> i & 1 ? fabs(dir[i]) : 0;
	else
		for (int i = 0; i < 3; i++)
			w[i] *= dir[i];
	return w[0] + w[1] + w[2] != 0;
}

void
axes_commit(struct axes *a, const struct plan_move *m, double t0)
{
	struct motion_segment_in in = {
	    .t0 = t0,
	    .start_e = m->start_e,
	    .ratio_e = m->ratio_e,
	    .distance = m->distance,
	    .accel_t = m->accel_t,
	    .cruise_t = m->cruise_t,
	    .decel_t = m->decel_t,
	    .start_v = m->start_v,
	    .cruise_v = m->cruise_v,
	    .accel = m->accel,
	    .advance = m->advance,
	};

	for (int i = 0; i < a->n_motors; i++) {
		struct axes_motor *k = &a->motor[i];

		if (!k->enabled && k->motor &&
		    (k->number < 0 ? m->ratio_e != 0
				   : moves_motor(a, k, m->dir)))
			axes_enable(k, t0 - ENABLE_LEAD_S);
	}
	for (int i = 0; i < 3; i++) {
		in.start[i] = m->start[i];
		in.dir[i] = m->dir[i];
		a->pos[i] = m->start[i] + m->dir[i] * m->distance;
	}
	a->pos[3] = m->start_e + m->ratio_e * m->distance;
	motion_queue_add(a->queue, &in);
	a->end_time = motion_queue_end(a->queue);
}

void
axes_generate(struct axes *a, double t, bool rest)
{
	uint64_t done = UINT64_MAX;
	double ahead, behind;

	motion_queue_reach(a->queue, &ahead, &behind);
	t = rest ? t + behind : t - ahead;
	if (rest)
		a->rest_time = t;
	for (int i = 0; i < a->n_motors; i++) {
		struct step_motor *m = a->motor[i].motor;

		if (!m)
			continue;
		step_motor_generate(m, t, rest);
		if (step_motor_done_clock(m) < done)
			done = step_motor_done_clock(m);
	}
	motion_queue_expire(a->queue, t - HISTORY_S);
	if (done < UINT64_MAX)
		mcu_flush(
		    a->mcu, rest ? t : (double)done / mcu_clock_freq(a->mcu));
}

double
axes_free_time(const struct axes *a)
{
	double ahead, behind;

	motion_queue_reach(a->queue, &ahead, &behind);
	return a->rest_time + ahead;
}

static struct axes_motor *
extruder_motor(const struct axes *a, int extruder)
{
	for (int i = 0; i < a->n_motors; i++)
		if (a->motor[i].extruder == extruder)
			return &a->motor[i];
	return NULL;
}

bool
axes_advance_needs_rest(
    const struct axes *a, int extruder, double advance, double smooth_time)
{
	const struct axes_motor *m = extruder_motor(a, extruder);

	/* without advance nothing is smoothed */
	return m && (m->advance != 0 ? m->smooth_time : 0) !=
			(advance != 0 ? smooth_time : 0);
}

void
axes_set_advance(
    struct axes *a, int extruder, double advance, double smooth_time)
{
	struct axes_motor *m = extruder_motor(a, extruder);

	if (!m)
		return;
	m->advance = advance;
	m->smooth_time = smooth_time;
	if (m->motor)
		step_motor_set_advance(m->motor, advance, smooth_time);
}

int
axes_set_shaper(struct axes *a, int axis, const char *type, double freq,
    double damping, char *why)
{
	struct shaper_type t;
	struct shaper s;

	if (!(freq > 0)) {
		motion_queue_set_shaper(a->queue, axis, NULL);
		return 0;
	}
	if (shaper_type_parse(type, strlen(type), &t, why) != 0)
		return -1;
	if (shaper_make(&t, freq, damping, &s) != 0) {
		snprintf(why, SHAPER_WHY_MAX,
		    "%g Hz and damping %g are out of range for it", freq,
		    damping);
		return -1;
	}
	if (s.n == 0) {
		snprintf(
		    why, SHAPER_WHY_MAX, "smooth shapers are not driven yet");
		return -1;
	}
	motion_queue_set_shaper(a->queue, axis, &s);
	return 0;
}

void
axes_set_position(struct axes *a, const double pos[4])
{
	memcpy(a->pos, pos, sizeof(a->pos));
	for (int i = 0; i < a->n_motors; i++)
		if (a->motor[i].motor)
			step_motor_set_position(a->motor[i].motor, pos);
}

void
axes_position(const struct axes *a, double t, double pos[4])
{
	if (t >= a->end_time || motion_queue_position(a->queue, t, pos) != 0)
		memcpy(pos, a->pos, sizeof(a->pos));
}

void
axes_totals(const struct axes *a, struct axes_totals *t)
{
	double sum = 0;

	memset(t, 0, sizeof(*t));
	for (int i = 0; i < a->n_motors; i++) {
		const struct axes_motor *m = &a->motor[i];
		const struct step_stats *s;

		t->steps += m->steps;
		t->commands += m->commands;
		if (!m->motor)
			continue;
		s = step_motor_stats(m->motor);
		t->steps += s->steps;
		t->commands += s->commands;
		sum += s->error_sum_sq;
		t->error_max_s = fmax(t->error_max_s, s->error_max_s);
		t->rate_max_hz = fmax(t->rate_max_hz, s->rate_max_hz);
	}
	if (t->steps > 0)
		t->error_rms_s = sqrt(sum / (double)t->steps);
}
