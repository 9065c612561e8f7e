/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Step pulses move motors, motors the carriage, the carriage endstops. */
#include <math.h>
#include <string.h>

#include "base/xalloc.h"
#include "mcu-fw/sim/model-private.h"

#define OVERTRAVEL_MM 2.0  /* from the last position to the rail's end */
#define NEAR_MM	      1e-6 /* of an endstop's switching point */
#define COLD_DEG_C    150  /* below it nothing can be pushed */

/* The axis that shares both its motors with X; 0: none does. */
static int
crossed_axis(const struct model *m)
{
	return m->machine->kinematics == MACHINE_KIN_COREXY   ? MACHINE_Y
	       : m->machine->kinematics == MACHINE_KIN_COREXZ ? MACHINE_Z
							      : 0;
}

static bool
is_crossed(const struct model *m, int i)
{
	int axis = crossed_axis(m);

	return axis && (i == 0 || i == axis);
}

void
motion_position(const struct model *m, double pos[MACHINE_AXES])
{
	const struct axis *a = m->axis;
	double turn[MACHINE_AXES];
	int k = crossed_axis(m);

	for (int i = 0; i < MACHINE_AXES; i++) {
		turn[i] = a[i].config->n_steppers > 0
			      ? (double)m->motor[a[i].config->stepper[0]].at *
				    m->mm_per_step[i]
			      : 0;
		pos[i] = a[i].origin + turn[i];
	}
	if (k) {
		pos[0] = a[0].origin + 0.5 * (turn[0] + turn[k]);
		pos[k] = a[k].origin + 0.5 * (turn[0] - turn[k]);
	}
}

double
motion_filament(const struct motor *motor)
{
	return (double)motor->at * motor->config->step_distance;
}

bool
motion_triggered(const struct axis *a)
{
	double pos[MACHINE_AXES];
	int i = (int)(a - a->model->axis);

	if (a->jam || a->stuck)
		return a->stuck;
	motion_position(a->model, pos);
	if (a->config->homing_positive_dir)
		return pos[i] >= a->config->position_endstop - NEAR_MM;
	return pos[i] <= a->config->position_endstop + NEAR_MM;
}

static bool
read_endstop(void *ctx)
{
	const struct axis *a = ctx;

	return motion_triggered(a) != a->config->endstop.invert;
}

static void
rail_limits(const struct axis *a, double *lo, double *hi)
{
	const struct machine_rail *r = a->config;

	*lo = fmin(r->position_min, r->position_endstop) - OVERTRAVEL_MM;
	*hi = fmax(r->position_max, r->position_endstop) + OVERTRAVEL_MM;
}

/* Crossed belts: does the step leave the rails? */
static bool
leaves_rails(struct motor *motor, int way)
{
	struct model *m = motor->model;
	double pos[MACHINE_AXES], lo, hi;
	bool leaves = false;

	motor->at += way;
	motion_position(m, pos);
	for (int i = 0; i < MACHINE_AXES; i++) {
		if (!is_crossed(m, i))
			continue;
		rail_limits(&m->axis[i], &lo, &hi);
		leaves |= pos[i] < lo || pos[i] > hi;
	}
	motor->at -= way;
	return leaves;
}

static bool
is_blocked(struct motor *motor, int way)
{
	if (way > 0 ? motor->at >= motor->hi : motor->at <= motor->lo)
		return true;
	return motor->lo == INT64_MIN && !motor->is_extruder &&
	       leaves_rails(motor, way);
}

static void
count_rate(struct motor *motor)
{
	uint64_t *slot = &motor->ring[motor->steps % RATE_STEPS];

	if (motor->steps >= RATE_STEPS && sim_clock - *slot < motor->shortest)
		motor->shortest = sim_clock - *slot;
	*slot = sim_clock;
	motor->last_tick = motor->model->last_step = sim_clock;
	motor->steps++;
}

static void
push_filament(struct motor *motor)
{
	struct model *m = motor->model;
	double pos[MACHINE_AXES];

	if (motor->heater >= 0 && m->heater[motor->heater].block < COLD_DEG_C)
		motor->cold++;
	if (!m->options.keep_laid)
		return;
	motion_position(m, pos);
	laid_point(
	    &m->laid, model_seconds(sim_clock), pos, motion_filament(motor));
}

static void
step_changed(void *ctx, bool level)
{
	struct motor *motor = ctx;
	int way;

	if (level != motor->step_level)
		return;
	count_rate(motor);
	if (motor->enable && motor->enable->level == motor->enable_invert) {
		motor->unpowered++;
		return;
	}
	way = motor->dir->level != motor->dir_invert ? 1 : -1;
	if (is_blocked(motor, way)) {
		motor->blocked++;
		return;
	}
	motor->at += way;
	if (motor->is_extruder) {
		push_filament(motor);
	} else if (motor->model->frame) {
		double pos[MACHINE_AXES];

		motion_position(motor->model, pos);
		frame_moved(motor->model->frame, pos);
	}
}

static int
connect_motor(struct model *m, int i)
{
	struct motor *motor = &m->motor[i];
	const struct machine_stepper *s = &m->machine->stepper[i];
	struct sim_pin *step = model_pin(m, &s->step);

	motor->model = m;
	motor->config = s;
	motor->shortest = UINT64_MAX;
	motor->lo = INT64_MIN;
	motor->hi = INT64_MAX;
	motor->heater = -1;
	motor->is_extruder = true; /* until a rail takes it */
	if (!step)
		return 0;
	motor->dir = model_pin(m, &s->dir);
	motor->enable = model_pin(m, &s->enable);
	motor->dir_invert = s->dir.invert;
	motor->enable_invert = s->enable.invert;
	motor->step_level = !s->step.invert;
	if (!motor->dir)
		return 0;
	sim_pin_watch(step, step_changed, motor);
	return 0;
}

/* Where the machine stands when it is switched on, a whole step away from
 * each endstop's switching point. */
static double
start_at(const struct model *m, int i)
{
	static const double part[] = {0.35, 0.45, 0.12};
	const struct machine_rail *r = m->axis[i].config;
	double at =
	    r->position_min + part[i] * (r->position_max - r->position_min);
	double step = m->mm_per_step[i];

	if (m->options.has_start)
		at = m->options.start[i];
	if (step <= 0)
		return at;
	return r->position_endstop +
	       step * floor((at - r->position_endstop) / step + 0.5);
}

static void
connect_axis(struct model *m, int i)
{
	struct axis *a = &m->axis[i];
	const struct machine_rail *r = a->config;
	struct sim_pin *pin;
	double lo, hi;

	a->origin = start_at(m, i);
	rail_limits(a, &lo, &hi);
	for (int k = 0; k < r->n_steppers; k++) {
		struct motor *motor = &m->motor[r->stepper[k]];
		double step = motor->config->step_distance;

		motor->is_extruder = false;
		if (is_crossed(m, i))
			continue;
		motor->lo = (int64_t)ceil((lo - a->origin) / step);
		motor->hi = (int64_t)floor((hi - a->origin) / step);
	}
	pin = model_pin(m, &r->endstop);
	if (pin) {
		pin->read = read_endstop;
		pin->read_ctx = a;
	}
}

int
motion_begin(struct model *m, struct diag_sink *sink)
{
	const struct machine *machine = m->machine;

	if (machine->kinematics != MACHINE_KIN_NONE &&
	    machine->kinematics != MACHINE_KIN_CARTESIAN && !crossed_axis(m)) {
		diag_report(sink, DIAG_ERROR, NULL, "kinematics",
		    "the simulator knows cartesian, corexy and corexz "
		    "machines only: '%s' is another",
		    machine->file);
		return -1;
	}
	m->n_motors = machine->n_steppers;
	m->motor = xcalloc((size_t)m->n_motors + 1, sizeof(*m->motor));
	for (int i = 0; i < m->n_motors; i++)
		connect_motor(m, i);
	for (int i = 0; i < MACHINE_AXES; i++) {
		const struct machine_rail *r = &machine->rail[i];

		m->axis[i].model = m;
		m->axis[i].config = r;
		if (r->n_steppers > 0)
			m->mm_per_step[i] =
			    m->motor[r->stepper[0]].config->step_distance;
	}
	for (int i = 0; i < MACHINE_AXES; i++)
		connect_axis(m, i);
	for (int i = 0; i < machine->n_extruders; i++) {
		const struct machine_extruder *e = &machine->extruder[i];

		if (e->stepper >= 0)
			m->motor[e->stepper].heater = e->heater;
	}
	return 0;
}
