/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Step pulses move motors, motors the carriage, the carriage endstops. */
#include <math.h>
#include <string.h>

#include "base/xalloc.h"
#include "mcu-fw/sim/model-private.h"

#define OVERTRAVEL_MM  2.0 /* from the last position to the rail's end */
#define OVERTRAVEL_RAD 0.03
#define NEAR_MM	       1e-6 /* of an endstop's switching point */
#define COLD_DEG_C     150  /* below it nothing can be pushed */

/* Where a motor stands, in mm or rad of the kinematics. */
static double
coordinate(const struct model *m, int number)
{
	const struct motor *o = &m->motor[m->lead[number]];

	return m->begun[number] + (double)o->at * o->config->step_distance;
}

/* -1: the motors pull where nothing can be. */
static int
find_position(const struct model *m, double pos[MACHINE_AXES])
{
	double at[KINEMATICS_MOTORS];
	int n = m->drive.kinematics.n_motors;

	for (int k = 0; k < n; k++)
		at[k] = coordinate(m, k);
	if (!m->linear)
		return kinematics_position(&m->drive.kinematics, at, pos);
	for (int i = 0; i < MACHINE_AXES; i++) {
		pos[i] = 0;
		for (int k = 0; k < n; k++)
			pos[i] += m->inverse[i][k] * at[k];
	}
	return 0;
}

void
motion_position(const struct model *m, double pos[MACHINE_AXES])
{
	/* a step that would lead nowhere was not taken */
	if (m->drive.kinematics.n_motors == 0 || find_position(m, pos) != 0)
		memset(pos, 0, MACHINE_AXES * sizeof(*pos));
}

double
motion_filament(const struct motor *motor)
{
	return (double)motor->at * motor->config->step_distance;
}

bool
motion_triggered(const struct axis *a)
{
	double pos[MACHINE_AXES], at, end;
	int i = (int)(a - a->model->axis);

	if (a->jam || a->stuck)
		return a->stuck;
	if (a->motor >= 0) {
		end = machine_drive_home(&a->model->drive, a->motor);
		at = coordinate(a->model, a->motor);
	} else {
		motion_position(a->model, pos);
		end = a->config->position_endstop;
		at = pos[i];
	}
	if (a->config->homing_positive_dir)
		return at >= end - NEAR_MM;
	return at <= end + NEAR_MM;
}

static bool
read_endstop(void *ctx)
{
	const struct axis *a = ctx;

	return motion_triggered(a) != a->config->endstop.invert;
}

/* Several motors to an axis: does the step leave the rails? */
static bool
leaves_rails(struct motor *motor, int way)
{
	struct model *m = motor->model;
	double pos[MACHINE_AXES];
	bool leaves;

	motor->at += way;
	leaves = find_position(m, pos) != 0;
	for (int i = 0; i < MACHINE_AXES && !leaves; i++)
		leaves = pos[i] < m->low[i] || pos[i] > m->high[i];
	motor->at -= way;
	return leaves;
}

static bool
is_blocked(struct motor *motor, int way)
{
	if (way > 0 ? motor->at >= motor->hi : motor->at <= motor->lo)
		return true;
	/* cables have no rails, and may lie in one plane with the head */
	if (motor->model->machine->kinematics == MACHINE_KIN_WINCH)
		return false;
	return motor->lo == INT64_MIN && motor->number >= 0 &&
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
	if (motor->extruder < 0)
		return;
	beside_nozzle(m, motor->extruder, pos);
	laid_point(&m->pen[motor->extruder], model_seconds(sim_clock), pos,
	    motion_filament(motor));
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

static void
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
	motor->heater = motor->extruder = -1;
	motor->number = machine_drive_motor(&m->drive, i);
	motor->is_extruder = motor->number < 0;
	if (!step)
		return;
	motor->dir = model_pin(m, &s->dir);
	motor->enable = model_pin(m, &s->enable);
	motor->dir_invert = s->dir.invert;
	motor->enable_invert = s->enable.invert;
	motor->step_level = !s->step.invert;
	if (motor->dir)
		sim_pin_watch(step, step_changed, motor);
}

/* --- setting up --------------------------------------------------------- */

/* A whole step away from each endstop's switching point. */
static double
aligned(double at, double endstop, double step)
{
	if (step <= 0)
		return at;
	return endstop + step * floor((at - endstop) / step + 0.5);
}

/* Where the machine stands when it is switched on. */
static void
start_box(const struct model *m, double at[MACHINE_AXES])
{
	static const double part[] = {0.35, 0.45, 0.12};

	for (int i = 0; i < MACHINE_AXES; i++) {
		const struct machine_rail *r = m->axis[i].config;

		at[i] = r->position_min +
			part[i] * (r->position_max - r->position_min);
		if (m->options.has_start)
			at[i] = m->options.start[i];
		at[i] = aligned(at[i], r->position_endstop, m->mm_per_step[i]);
	}
}

/* The same by carriages: somewhere over the bed, off its middle. */
static void
start_carriages(const struct model *m, double at[MACHINE_AXES])
{
	const struct machine *machine = m->machine;
	const struct machine_rail *r = machine->rail;

	at[0] = at[1] = 0;
	at[2] = 0.3 * r[0].position_endstop;
	switch (machine->kinematics) {
	case MACHINE_KIN_DELTA:
		at[0] = 0.10 * machine->delta_radius;
		at[1] = -0.15 * machine->delta_radius;
		break;
	case MACHINE_KIN_DELTESIAN:
		at[0] = -0.10 * machine->tower[0].arm_length;
		at[1] = 0.5 * (r[2].position_min + r[2].position_max);
		break;
	case MACHINE_KIN_POLAR:
		at[0] = 0.35 * r[0].position_max;
		at[2] = 0.12 * r[2].position_max;
		break;
	case MACHINE_KIN_WINCH: /* it has no switches to find it by */
		at[2] = 0;
		break;
	default:
		at[0] = 0.05 * machine->shoulder_radius;
		break;
	}
	if (m->options.has_start)
		memcpy(at, m->options.start, MACHINE_AXES * sizeof(*at));
}

static void
place_motors(struct model *m)
{
	const struct kinematics *k = &m->drive.kinematics;
	bool box = k->kind <= KINEMATICS_GENERIC;
	double at[MACHINE_AXES];

	if (box)
		start_box(m, at);
	else
		start_carriages(m, at);
	for (int n = 0; n < k->n_motors; n++) {
		m->begun[n] = kinematics_motor(k, n, at, 0);
		if (machine_drive_rail(&m->drive, n) >= 0)
			m->begun[n] = aligned(m->begun[n],
			    machine_drive_home(&m->drive, n),
			    m->motor[m->lead[n]].config->step_distance);
	}
}

/* The rail's ends; what is not given is wide. */
static void
rail_limits(const struct machine_rail *r, double *low, double *high)
{
	*low = fmin(r->position_min, r->position_endstop) - OVERTRAVEL_MM;
	*high = fmax(r->position_max, r->position_endstop) + OVERTRAVEL_MM;
}

/* Where the head can be at all: boxes between their rails, others above the
 * bed. */
static void
bound_head(struct model *m)
{
	const struct machine_rail *r = m->machine->rail;
	enum machine_kinematics kin = m->machine->kinematics;

	for (int i = 0; i < MACHINE_AXES; i++) {
		m->low[i] = -HUGE_VAL;
		m->high[i] = HUGE_VAL;
		if (m->drive.kinematics.kind <= KINEMATICS_GENERIC)
			rail_limits(&r[i], &m->low[i], &m->high[i]);
	}
	if (kin == MACHINE_KIN_DELTA || kin == MACHINE_KIN_DELTESIAN ||
	    kin == MACHINE_KIN_ROTARY_DELTA)
		m->low[2] = m->machine->minimum_z_position - OVERTRAVEL_MM;
}

/* A motor that moves one axis alone, or a carriage on a rail, ends there. */
static void
bound_motor(struct model *m, struct motor *motor)
{
	const struct kinematics *k = &m->drive.kinematics;
	int rail = machine_drive_rail(&m->drive, motor->number);
	double step = motor->config->step_distance, low, high, w[3];
	double at = m->begun[motor->number];

	if (rail < 0 && m->machine->kinematics != MACHINE_KIN_CARTESIAN)
		return;
	if (!kinematics_weights(k, motor->number, w) &&
	    m->machine->kinematics != MACHINE_KIN_POLAR) {
		high =
		    machine_drive_home(&m->drive, motor->number) +
		    (motor->config->radians ? OVERTRAVEL_RAD : OVERTRAVEL_MM);
		motor->hi = (int64_t)floor((high - at) / step);
		return;
	}
	rail_limits(
	    &m->machine->rail[rail < 0 ? motor->number : rail], &low, &high);
	motor->lo = (int64_t)ceil((low - at) / step);
	motor->hi = (int64_t)floor((high - at) / step);
}

/* X, Y and Z of a step of each motor. */
static void
invert(struct model *m)
{
	const struct kinematics *k = &m->drive.kinematics;
	double unit[KINEMATICS_MOTORS] = {0}, pos[MACHINE_AXES];

	m->linear = k->n_motors > 0 && k->kind <= KINEMATICS_GENERIC;
	for (int n = 0; m->linear && n < k->n_motors; n++) {
		unit[n] = 1;
		kinematics_position(k, unit, pos);
		for (int i = 0; i < MACHINE_AXES; i++)
			m->inverse[i][n] = pos[i];
		unit[n] = 0;
	}
}

static void
connect_rail(struct model *m, int i)
{
	struct axis *a = &m->axis[i];
	const struct machine_rail *r = &m->machine->rail[i];
	struct sim_pin *pin = model_pin(m, &r->endstop);

	a->model = m;
	a->config = r;
	a->motor = -1;
	for (int n = 0; n < m->drive.kinematics.n_motors; n++)
		if (machine_drive_rail(&m->drive, n) == i)
			a->motor = n;
	if (pin) {
		pin->read = read_endstop;
		pin->read_ctx = a;
	}
}

void
motion_begin(struct model *m)
{
	const struct machine *machine = m->machine;

	machine_drive_init(&m->drive, machine);
	m->n_motors = machine->n_steppers;
	m->motor = xcalloc((size_t)m->n_motors + 1, sizeof(*m->motor));
	for (int i = 0; i < m->n_motors; i++)
		connect_motor(m, i);
	for (int i = m->n_motors - 1; i >= 0; i--)
		if (m->motor[i].number >= 0)
			m->lead[m->motor[i].number] = i;
	for (int i = 0; i < MACHINE_AXES; i++) {
		const struct machine_rail *r = &machine->rail[i];

		if (r->n_steppers > 0)
			m->mm_per_step[i] =
			    m->motor[r->stepper[0]].config->step_distance;
		connect_rail(m, i);
	}
	place_motors(m);
	invert(m);
	bound_head(m);
	for (int i = 0; i < m->n_motors; i++)
		if (m->motor[i].number >= 0)
			bound_motor(m, &m->motor[i]);
	for (int i = 0; i < machine->n_extruders; i++) {
		const struct machine_extruder *e = &machine->extruder[i];

		if (e->stepper < 0)
			continue;
		m->motor[e->stepper].heater = e->heater;
		m->motor[e->stepper].extruder = i;
	}
	beside_begin(m);
}
