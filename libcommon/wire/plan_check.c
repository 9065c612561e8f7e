/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whether the records of a plan hold together. */
#include "wire/plan_check.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

/* What lies on a bed that is not one. */
#define HEIGHT_MAX_MM 1e3
#define EXTENT_MIN_MM 1e-3

/* rounding of a few operations on numbers of this size, with room */
#define POSITION_EPS_MM 1e-4
#define TIME_EPS_S	1e-8
#define RELATIVE_EPS	1e-6

static bool
within(double v, double low, double high)
{
	return v >= low && v <= high; /* false for nan */
}

/* as far as the phases carry, against the distance of the move */
static const char *
check_profile(const struct plan_move *m)
{
	double exit_v = m->cruise_v - m->accel * m->decel_t;
	double ramp = m->start_v + m->accel * m->accel_t;
	double eps_v = RELATIVE_EPS * m->cruise_v + 1e-6;
	double covered;

	if (!within(m->start_v, 0, PLAN_SPEED_MAX_MM_S) ||
	    !within(m->cruise_v, 0, PLAN_SPEED_MAX_MM_S) ||
	    !within(m->accel, 0, PLAN_ACCEL_MAX_MM_S2))
		return "a speed or acceleration is out of range";
	if (!within(m->accel_t, 0, PLAN_TIME_MAX_S) ||
	    !within(m->cruise_t, 0, PLAN_TIME_MAX_S) ||
	    !within(m->decel_t, 0, PLAN_TIME_MAX_S))
		return "a phase has a time out of range";
	if (fabs(ramp - m->cruise_v) > eps_v)
		return "the acceleration phase does not reach the cruise speed";
	if (exit_v < -eps_v)
		return "the deceleration phase ends below standstill";
	if (m->jerk != 0 && m->accel_t > 0 && m->decel_t > 0)
		return "a move of two ramps has jerk";
	ramp = m->accel_t + m->decel_t;
	if (!(fabs(m->jerk) * ramp <= 2 * m->accel * (1 + RELATIVE_EPS) + 1))
		return "jerk turns the acceleration round";
	covered = (m->start_v + m->cruise_v) / 2 * m->accel_t +
		  m->cruise_v * m->cruise_t +
		  (m->cruise_v + exit_v) / 2 * m->decel_t -
		  m->jerk / 12 * ramp * ramp * ramp;
	if (fabs(covered - m->distance) > RELATIVE_EPS * m->distance + 1e-7)
		return "the phases do not cover the distance";
	return NULL;
}

static const char *
check_move(const struct plan_check *c, const struct plan_record *rec)
{
	const struct plan_move *m = &rec->u.move;
	double norm = 0;

	for (int i = 0; i < 3; i++) {
		if (!within(
			m->start[i], -PLAN_LENGTH_MAX_MM, PLAN_LENGTH_MAX_MM) ||
		    !within(m->dir[i], -1.0001, 1.0001))
			return "a position or direction is out of range";
		norm += m->dir[i] * m->dir[i];
	}
	if (!within(m->start_e, -1e9, 1e9) ||
	    !within(m->ratio_e, -PLAN_RATIO_MAX, PLAN_RATIO_MAX))
		return "an extrusion is out of range";
	if (!within(m->distance, 1e-12, 4 * PLAN_LENGTH_MAX_MM))
		return "the distance is out of range";
	if (norm == 0) {
		if (fabs(fabs(m->ratio_e) - 1) > RELATIVE_EPS)
			return "the move goes nowhere";
	} else if (fabs(norm - 1) > RELATIVE_EPS) {
		return "the direction is not of unit length";
	}
	if (rec->t < c->busy_t - TIME_EPS_S)
		return "the move begins before the last one ends";
	for (int i = 0; c->placed && i < 3; i++)
		if (fabs(m->start[i] - c->pos[i]) > POSITION_EPS_MM)
			return "the move does not begin where the last ended";
	if (c->placed_e && fabs(m->start_e - c->e) > POSITION_EPS_MM)
		return "the extruder does not begin where it ended";
	return check_profile(m);
}

static bool
terminated(const char name[64])
{
	return name[0] && memchr(name, 0, 64);
}

static bool
placed(const double pos[3])
{
	for (int i = 0; i < 3; i++)
		if (!within(pos[i], -PLAN_LENGTH_MAX_MM, PLAN_LENGTH_MAX_MM))
			return false;
	return true;
}

static bool
is_how(uint32_t how)
{
	uint32_t base = how & ~(uint32_t)(PLAN_STEPPER_TRY | PLAN_STEPPER_HOME);

	return base < PLAN_STEPPER_HOWS &&
	       (base == how || base == PLAN_STEPPER_HIT ||
		   base == PLAN_STEPPER_FREE);
}

static const char *
check_probe(const struct plan_record *rec)
{
	if (rec->type == PLAN_PROBE &&
	    (rec->u.probe.what >= PLAN_PROBE_FORS ||
		rec->u.probe.column >= PLAN_MESH_MAX ||
		rec->u.probe.row >= PLAN_MESH_MAX || rec->u.probe.samples < 1 ||
		rec->u.probe.samples > 1000 || rec->u.probe.retries > 1000 ||
		rec->u.probe.median > 1 ||
		!within(rec->u.probe.speed, PLAN_SPEED_MIN_MM_S,
		    PLAN_SPEED_MAX_MM_S) ||
		!within(rec->u.probe.lift_speed, PLAN_SPEED_MIN_MM_S,
		    PLAN_SPEED_MAX_MM_S) ||
		!within(rec->u.probe.retract, 1e-3, PLAN_LENGTH_MAX_MM) ||
		!within(rec->u.probe.tolerance, 0, PLAN_LENGTH_MAX_MM) ||
		!within(
		    rec->u.probe.low, -PLAN_LENGTH_MAX_MM, PLAN_LENGTH_MAX_MM)))
		return "the probing is out of range";
	if (rec->type == PLAN_MESH && rec->u.mesh.columns + rec->u.mesh.rows &&
	    (!terminated(rec->u.mesh.name) || rec->u.mesh.columns < 2 ||
		rec->u.mesh.columns > PLAN_MESH_MAX || rec->u.mesh.rows < 2 ||
		rec->u.mesh.rows > PLAN_MESH_MAX ||
		!(rec->u.mesh.low[0] < rec->u.mesh.high[0]) ||
		!(rec->u.mesh.low[1] < rec->u.mesh.high[1])))
		return "the mesh has no name or no points";
	if (rec->type == PLAN_ALONG &&
	    (!terminated(rec->u.along.name) ||
		!within(rec->u.along.ratio, -PLAN_RATIO_MAX, PLAN_RATIO_MAX) ||
		!within(rec->u.along.pos, -1e9, 1e9)))
		return "there is no motor to go along, or it goes too far";
	if (rec->type == PLAN_CALIBRATED &&
	    (!memchr(rec->u.calibrated.key, 0, 64) ||
		rec->u.calibrated.how >= PLAN_CALIBRATED_HOWS ||
		!within(rec->u.calibrated.value, -PLAN_LENGTH_MAX_MM,
		    PLAN_LENGTH_MAX_MM)))
		return "the calibration is out of range";
	if (rec->type == PLAN_SCREWS &&
	    (rec->u.screws.n == 0 || rec->u.screws.n >= PLAN_MESH_MAX ||
		rec->u.screws.turn > 2 || !(rec->u.screws.most >= 0)))
		return "the screws are out of range";
	if (rec->type == PLAN_MESH_OFFSET && !placed(rec->u.mesh_offset.shift))
		return "the offset of the mesh is out of range";
	return NULL;
}

/* One row after the other, as long as the first. */
static const char *
check_row(const struct plan_check *c, const struct plan_record *rec)
{
	uint32_t n = rec->u.mesh_row.z.n, row = rec->u.mesh_row.row;

	if (n < 2 || n > PLAN_MESH_MAX || row >= PLAN_MESH_MAX ||
	    (row > 0 && (row != c->rows || n != c->columns)))
		return "the row is not the next one of a mesh";
	for (uint32_t i = 0; i < n; i++)
		if (!within(
			rec->u.mesh_row.z.v[i], -HEIGHT_MAX_MM, HEIGHT_MAX_MM))
			return "a height of the mesh is out of range";
	return NULL;
}

static const char *
check_use(const struct plan_check *c, const struct plan_record *rec)
{
	uint32_t rows = c->rows ? c->rows : c->used_rows;
	uint32_t columns = c->rows ? c->columns : c->used_columns;

	for (int i = 0; i < 3; i++)
		if (!within(rec->u.mesh_use.fade[i], -PLAN_LENGTH_MAX_MM,
			PLAN_LENGTH_MAX_MM))
			return "the fade of the mesh is out of range";
	if (!placed(rec->u.mesh_use.shift) ||
	    !within(rec->u.mesh_use.z, -PLAN_LENGTH_MAX_MM, PLAN_LENGTH_MAX_MM))
		return "the offset of the mesh, or Z, is out of range";
	if (rec->u.mesh_use.columns + rec->u.mesh_use.rows == 0)
		return NULL;
	if (!terminated(rec->u.mesh_use.name) ||
	    rec->u.mesh_use.columns != columns ||
	    rec->u.mesh_use.rows != rows || rows < 2)
		return "the rows of the mesh have not come, or it has no name";
	for (int i = 0; i < 2; i++)
		if (!within(rec->u.mesh_use.low[i], -PLAN_LENGTH_MAX_MM,
			PLAN_LENGTH_MAX_MM) ||
		    !within(rec->u.mesh_use.high[i],
			rec->u.mesh_use.low[i] + EXTENT_MIN_MM,
			PLAN_LENGTH_MAX_MM))
			return "the mesh has no extent";
	return NULL;
}

static const char *
check_motor(const struct plan_check *c, const struct plan_record *rec)
{
	switch (rec->type) {
	case PLAN_CARRIAGE:
		if ((rec->u.carriage.axis != PLAN_X &&
			rec->u.carriage.axis != PLAN_Y) ||
		    rec->u.carriage.index > 1 ||
		    rec->u.carriage.mode > PLAN_CARRIAGE_MIRROR ||
		    !within(rec->u.carriage.pos, -PLAN_LENGTH_MAX_MM,
			PLAN_LENGTH_MAX_MM))
			return "the carriage or its mode is out of range";
		break;
	case PLAN_FOLLOW:
		if (!terminated(rec->u.follow.name) ||
		    !within(rec->u.follow.rotation_distance, -1e4, 1e4))
			return "there is no motor, or its turns are out of "
			       "range";
		break;
	case PLAN_STEPPER:
		if (!terminated(rec->u.stepper.name) ||
		    !is_how(rec->u.stepper.how) ||
		    !within(rec->u.stepper.pos, -PLAN_LENGTH_MAX_MM,
			PLAN_LENGTH_MAX_MM) ||
		    !within(rec->u.stepper.speed, PLAN_SPEED_MIN_MM_S,
			PLAN_SPEED_MAX_MM_S) ||
		    !within(rec->u.stepper.accel, 0, PLAN_ACCEL_MAX_MM_S2))
			return "the way of the stepper is out of range";
		break;
	case PLAN_LAW:
		if (!terminated(rec->u.law.extruder) ||
		    rec->u.law.law >= PLAN_LAWS || rec->u.law.shaped > 1 ||
		    !within(rec->u.law.linear, 0, 1000) ||
		    !within(rec->u.law.offset, 0, 1e3) ||
		    !within(rec->u.law.velocity, 0, 1e6) ||
		    !within(rec->u.law.time_offset, -0.2, 0.2) ||
		    (rec->u.law.law != PLAN_LAW_LINEAR &&
			!(rec->u.law.velocity > 0)))
			return "the law of pressure advance is out of range";
		break;
	case PLAN_MESH_ROW:
		return check_row(c, rec);
	case PLAN_MESH_USE:
		return check_use(c, rec);
	default:
		return check_probe(rec);
	}
	return NULL;
}

static const char *
check_event(const struct plan_check *c, const struct plan_record *rec)
{
	switch (rec->type) {
	case PLAN_DWELL:
		if (!within(rec->u.dwell.duration, 0, PLAN_TIME_MAX_S))
			return "the dwell is out of range";
		break;
	case PLAN_HOME:
		if (!(rec->u.home.axes & 7) || rec->u.home.axes > 7 ||
		    !placed(rec->u.home.pos))
			return "the homing has no axes or no position";
		break;
	case PLAN_SET_POSITION:
		if (rec->u.set.axes > 7 || !placed(rec->u.set.pos) ||
		    !within(rec->u.set.e, -1e9, 1e9))
			return "the position is out of range";
		break;
	case PLAN_HEATER:
		if (!terminated(rec->u.heater.name) ||
		    !within(rec->u.heater.target, 0, PLAN_TARGET_MAX_C))
			return "the heater or its target is out of range";
		break;
	case PLAN_HEATER_WAIT:
		if (!terminated(rec->u.wait.name) ||
		    !(rec->u.wait.min <= rec->u.wait.max))
			return "the wait has no heater or no range";
		break;
	case PLAN_FAN:
	case PLAN_PIN:
		if (!terminated(rec->u.value.name) ||
		    !within(rec->u.value.value, 0, 1))
			return "the output or its value is out of range";
		break;
	case PLAN_ADVANCE:
		if (!within(rec->u.advance.advance, 0, 1000) ||
		    !within(rec->u.advance.smooth_time, 0, 0.2))
			return "the pressure advance is out of range";
		break;
	case PLAN_SHAPER:
		if ((rec->u.shaper.axis != PLAN_X &&
			rec->u.shaper.axis != PLAN_Y &&
			rec->u.shaper.axis != PLAN_Z) ||
		    !within(rec->u.shaper.freq, 0, 1e5) ||
		    !within(rec->u.shaper.damping, 0, 1))
			return "the shaper is out of range";
		break;
	case PLAN_PROGRESS:
		if (!within(rec->u.progress.fraction, 0, 1))
			return "the progress is not between 0 and 1";
		break;
	case PLAN_END:
		if (rec->u.end.records != c->records)
			return "the END record counts other records";
		if (rec->u.end.moves != c->moves)
			return "the END record counts other moves";
		break;
	default:
		return check_motor(c, rec);
	}
	return NULL;
}

static void
advance(struct plan_check *c, const struct plan_record *rec)
{
	const struct plan_move *m = &rec->u.move;

	c->records++;
	c->t = rec->t;
	switch (rec->type) {
	case PLAN_MOVE:
		c->moves++;
		c->busy_t = rec->t + m->accel_t + m->cruise_t + m->decel_t;
		for (int i = 0; i < 3; i++)
			c->pos[i] = m->start[i] + m->distance * m->dir[i];
		c->e = m->start_e + m->distance * m->ratio_e;
		c->placed = c->placed_e = true;
		break;
	case PLAN_DWELL:
		c->busy_t = rec->t + rec->u.dwell.duration;
		break;
	case PLAN_BARRIER:
		c->t = c->busy_t = 0;
		break;
	case PLAN_HOME:
	case PLAN_CARRIAGE:
		c->placed = false;
		break;
	case PLAN_MESH_ROW:
		c->rows = rec->u.mesh_row.row + 1;
		c->columns = rec->u.mesh_row.z.n;
		break;
	case PLAN_MESH_USE:
		c->used_rows = rec->u.mesh_use.rows;
		c->used_columns = rec->u.mesh_use.columns;
		c->rows = 0;
		c->pos[2] = rec->u.mesh_use.z;
		break;
	case PLAN_SET_POSITION:
		c->placed = c->placed_e = false;
		break;
	case PLAN_EXTRUDER:
		c->placed_e = false;
		break;
	default:
		break;
	}
}

const char *
plan_check_next(struct plan_check *c, const struct plan_record *rec)
{
	const char *why;

	if (!within(rec->t, 0, PLAN_TIME_MAX_S))
		return "the time is out of range";
	if (rec->t < c->t - TIME_EPS_S)
		return "the time goes back";
	why = rec->type == PLAN_MOVE ? check_move(c, rec) : check_event(c, rec);
	if (!why)
		advance(c, rec);
	return why;
}
