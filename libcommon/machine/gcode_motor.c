/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Motors beside the axes: manual ones, forced ones, what pushes filament. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "machine/gcode_private.h"
#include "machine/tree.h"

#define N_MOTORS(ex) ((ex)->machine->n_extruders + (ex)->machine->n_extra)

void
gcode_motors_init(struct gcode_exec *ex)
{
	ex->manual =
	    xcalloc((size_t)ex->machine->n_extra + 1, sizeof(*ex->manual));
	ex->along =
	    xcalloc((size_t)ex->machine->n_extra + 1, sizeof(*ex->along));
	ex->along_part = 1;
	ex->follows = xcalloc((size_t)N_MOTORS(ex) + 1, sizeof(*ex->follows));
	for (int i = 0; i < ex->machine->n_extruders; i++)
		ex->follows[i] = ex->machine->extruder[i].name;
	for (int i = 0; i < ex->machine->n_extra; i++)
		ex->follows[ex->machine->n_extruders + i] =
		    ex->machine->extra[i].extruder;
}

void
gcode_motors_free(struct gcode_exec *ex)
{
	free(ex->manual);
	free(ex->along);
	free(ex->follows);
}

/* how long it takes, from rest to rest */
static double
takes_s(double d, double speed, double accel)
{
	double v = speed, ramp;

	d = fabs(d);
	if (d == 0)
		return 0;
	if (accel > 0)
		v = fmin(speed, sqrt(d * accel));
	ramp = accel > 0 ? v / accel : 0;
	return 2 * ramp + (d - v * ramp) / v;
}

int
gcode_stepper_check(
    struct gcode_exec *ex, double d, double speed, double accel, double *takes)
{
	if (speed < PLAN_SPEED_MIN_MM_S || speed > PLAN_SPEED_MAX_MM_S)
		return gcode_fail(ex, NULL, "bad-value",
		    "the motor would go at %.3g mm/s, outside of %g..%g mm/s",
		    speed, PLAN_SPEED_MIN_MM_S, PLAN_SPEED_MAX_MM_S);
	*takes = takes_s(d, speed, accel);
	if (*takes > PLAN_TIME_MAX_S)
		return gcode_fail(ex, NULL, "bad-value",
		    "the motor would go for %.3g s, a plan lasts no longer "
		    "than %g s",
		    *takes, PLAN_TIME_MAX_S);
	return 0;
}

/* --- manual steppers -------------------------------------------------------
 */

static int
find_manual(struct gcode_exec *ex, const struct gcode_line *line)
{
	char name[64];

	if (!gcode_text(line, "STEPPER", name))
		return gcode_fail(
		    ex, NULL, "missing-argument", "'STEPPER' is missing");
	for (int i = 0; i < ex->machine->n_extra; i++)
		if (ex->machine->extra[i].manual &&
		    strcmp(ex->machine->extra[i].name, name) == 0)
			return i;
	return gcode_fail(ex, gcode_word(line, "STEPPER")->value.s,
	    "unknown-name", "the machine has no manual_stepper '%s'", name);
}

static struct plan_record
stepper_record(const struct gcode_exec *ex, const char *name, uint32_t how,
    double pos, double speed, double accel)
{
	struct plan_record rec = gcode_record(ex, PLAN_STEPPER);

	snprintf(rec.u.stepper.name, sizeof(rec.u.stepper.name), "%s", name);
	rec.u.stepper.how = how;
	rec.u.stepper.pos = pos;
	rec.u.stepper.speed = speed;
	rec.u.stepper.accel = accel;
	return rec;
}

/* what a manual stepper is called among all */
static const char *
full_name(const struct gcode_exec *ex, int i)
{
	return ex->machine->stepper[ex->machine->extra[i].stepper].name;
}

void
gcode_stepper_to(
    struct gcode_exec *ex, int i, double to, double speed, double accel)
{
	struct plan_record rec = stepper_record(
	    ex, full_name(ex, i), PLAN_STEPPER_TO, to, speed, accel);

	gcode_to_rest(ex);
	gcode_post(ex, &rec, NULL);
}

/* STOP_ON_ENDSTOP=: how it goes; -1: reported */
static int
stop_of(struct gcode_exec *ex, const struct gcode_line *line, int i)
{
	static const struct {
		const char *word;
		int how;
	} kind[] = {
	    {"1", PLAN_STEPPER_HIT},
	    {"2", PLAN_STEPPER_HIT | PLAN_STEPPER_TRY},
	    {"-1", PLAN_STEPPER_FREE},
	    {"-2", PLAN_STEPPER_FREE | PLAN_STEPPER_TRY},
	    {"probe", PLAN_STEPPER_HIT},
	    {"home", PLAN_STEPPER_HIT | PLAN_STEPPER_HOME},
	    {"inverted_probe", PLAN_STEPPER_FREE},
	    {"inverted_home", PLAN_STEPPER_FREE | PLAN_STEPPER_HOME},
	    {"try_probe", PLAN_STEPPER_HIT | PLAN_STEPPER_TRY},
	    {"try_home",
		PLAN_STEPPER_HIT | PLAN_STEPPER_TRY | PLAN_STEPPER_HOME},
	    {"try_inverted_probe", PLAN_STEPPER_FREE | PLAN_STEPPER_TRY},
	    {"try_inverted_home",
		PLAN_STEPPER_FREE | PLAN_STEPPER_TRY | PLAN_STEPPER_HOME},
	};
	const struct gcode_word *w = gcode_word(line, "STOP_ON_ENDSTOP");

	if (!w || gcode_view_is(w->value, "0"))
		return PLAN_STEPPER_TO;
	if (!ex->machine->extra[i].endstop.name)
		return gcode_fail(ex, w->value.s, "bad-value",
		    "manual_stepper '%s' has no endstop_pin",
		    ex->machine->extra[i].name);
	for (size_t k = 0; k < sizeof(kind) / sizeof(kind[0]); k++)
		if (gcode_view_is(w->value, kind[k].word))
			return kind[k].how;
	return gcode_fail(ex, w->value.s, "bad-value",
	    "'STOP_ON_ENDSTOP' is probe, home, inverted_probe or "
	    "inverted_home, or one of them with try_ before it, not '%.*s'",
	    (int)w->value.n, w->value.s);
}

static int
move_manual(struct gcode_exec *ex, const struct gcode_line *line, int i,
    double to, double speed, double accel)
{
	const struct machine_extra_stepper *x = &ex->machine->extra[i];
	int how = stop_of(ex, line, i);
	double sync = 1, from = ex->manual[i], takes;
	struct plan_record rec;

	if (how < 0 || gcode_number(ex, line, "SYNC", 0, 1, &sync) < 0)
		return -1;
	if (to < x->position_min || to > x->position_max)
		return gcode_fail(ex, gcode_word(line, "MOVE")->value.s,
		    "out-of-range",
		    "manual_stepper '%s' would go to %.3f mm, outside of "
		    "%g..%g mm",
		    x->name, to, x->position_min, x->position_max);
	if (gcode_stepper_check(ex, to - from, speed, accel, &takes))
		return -1;
	rec = stepper_record(
	    ex, full_name(ex, i), (uint32_t)how, to, speed, accel);
	if (how != PLAN_STEPPER_TO)
		gcode_barrier(ex);
	else
		gcode_to_rest(ex);
	gcode_post(ex, &rec, NULL);
	ex->manual[i] = to;
	if (how == PLAN_STEPPER_TO && sync != 0 && to != from)
		return gcode_dwell(ex, takes);
	return 0;
}

int
gcode_do_manual_stepper(struct gcode_exec *ex, const struct gcode_line *line)
{
	int i = find_manual(ex, line), has;
	double enable = 1, set, speed, accel, to;
	struct plan_record rec;

	if (i < 0)
		return -1;
	speed = ex->machine->extra[i].velocity;
	accel = ex->machine->extra[i].accel;
	if (gcode_number(ex, line, "ENABLE", 0, 1, &enable) < 0 ||
	    gcode_number(ex, line, "SPEED", 1e-3, 1e6, &speed) < 0 ||
	    gcode_number(ex, line, "ACCEL", 0, 1e7, &accel) < 0)
		return -1;
	if (gcode_word(line, "GCODE_AXIS")) {
		if (gcode_along_register(ex, line, i))
			return -1;
		ex->goes_along = false;
		for (int k = 0; k < ex->machine->n_extra; k++)
			ex->goes_along |= ex->along[k].letter != '\0';
		return 0;
	}
	if (ex->along[i].letter &&
	    (gcode_word(line, "MOVE") || gcode_word(line, "SET_POSITION")))
		return gcode_fail(ex, NULL, "bad-value",
		    "manual_stepper '%s' is the axis '%c' of G1: 'GCODE_AXIS=' "
		    "makes it none",
		    ex->machine->extra[i].name, ex->along[i].letter);
	if (enable == 0) {
		rec = gcode_record(ex, PLAN_MOTORS_OFF);
		gcode_barrier(ex);
		gcode_post(ex, &rec, full_name(ex, i));
	}
	has = gcode_number(ex, line, "SET_POSITION", -1e6, 1e6, &set);
	if (has < 0)
		return -1;
	if (has) {
		rec = stepper_record(
		    ex, full_name(ex, i), PLAN_STEPPER_IS, set, speed, accel);
		gcode_to_rest(ex);
		gcode_post(ex, &rec, NULL);
		ex->manual[i] = set;
	}
	has = gcode_number(ex, line, "MOVE", -1e6, 1e6, &to);
	if (has <= 0)
		return has;
	return move_manual(ex, line, i, to, speed, accel);
}

/* A motor of the axes turns, and the axes do not know of it. */
int
gcode_do_force_move(struct gcode_exec *ex, const struct gcode_line *line)
{
	const struct tree_section *s =
	    tree_section(machine_tree(ex->machine), "force_move");
	double distance = 0, speed = 0, accel = 0, takes;
	struct plan_record rec;
	char name[64];
	int i = 0;

	if (!s || !tree_bool(s, "enable_force_move", false))
		return gcode_fail(ex, NULL, "bad-value",
		    "'FORCE_MOVE' needs 'enable_force_move' in [force_move]");
	if (!gcode_text(line, "STEPPER", name))
		return gcode_fail(
		    ex, NULL, "missing-argument", "'STEPPER' is missing");
	while (i < ex->machine->n_steppers &&
	       strcmp(ex->machine->stepper[i].name, name) != 0)
		i++;
	if (i == ex->machine->n_steppers)
		return gcode_fail(ex, gcode_word(line, "STEPPER")->value.s,
		    "unknown-name", "the machine has no stepper '%s'", name);
	if (gcode_number(ex, line, "DISTANCE", -1e6, 1e6, &distance) < 0 ||
	    gcode_number(ex, line, "VELOCITY", 1e-3, 1e6, &speed) < 0)
		return -1;
	if (!gcode_word(line, "DISTANCE") || !gcode_word(line, "VELOCITY"))
		return gcode_fail(ex, NULL, "missing-argument",
		    "'FORCE_MOVE' needs 'DISTANCE' and 'VELOCITY'");
	if (gcode_number(ex, line, "ACCEL", 0, 1e7, &accel) < 0 ||
	    gcode_stepper_check(ex, distance, speed, accel, &takes))
		return -1;
	rec = stepper_record(ex, name, PLAN_STEPPER_BY, distance, speed, accel);
	gcode_barrier(ex);
	gcode_post(ex, &rec, NULL);
	return 0;
}

/* --- what pushes filament --------------------------------------------------
 */

/* EXTRUDER=: an extruder's motor or an extruder_stepper, a number; -1 */
static int
find_pusher(struct gcode_exec *ex, const struct gcode_line *line)
{
	const struct machine *m = ex->machine;
	char name[64];

	if (!gcode_text(line, "EXTRUDER", name))
		return gcode_fail(
		    ex, NULL, "missing-argument", "'EXTRUDER' is missing");
	for (int i = 0; i < m->n_extruders; i++)
		if (strcmp(m->extruder[i].name, name) == 0 &&
		    m->extruder[i].stepper >= 0)
			return i;
	for (int i = 0; i < m->n_extra; i++)
		if (!m->extra[i].manual && strcmp(m->extra[i].name, name) == 0)
			return m->n_extruders + i;
	return gcode_fail(ex, gcode_word(line, "EXTRUDER")->value.s,
	    "unknown-name", "the machine has no extruder stepper '%s'", name);
}

static void
post_follow(struct gcode_exec *ex, int i, double rotation_distance)
{
	struct plan_record rec = gcode_record(ex, PLAN_FOLLOW);
	const struct machine *m = ex->machine;
	int stepper = i < m->n_extruders ? m->extruder[i].stepper
					 : m->extra[i - m->n_extruders].stepper;

	snprintf(rec.u.follow.name, sizeof(rec.u.follow.name), "%s",
	    m->stepper[stepper].name);
	snprintf(rec.u.follow.motion, sizeof(rec.u.follow.motion), "%s",
	    ex->follows[i] ? ex->follows[i] : "");
	rec.u.follow.rotation_distance = rotation_distance;
	gcode_barrier(ex);
	gcode_post(ex, &rec, NULL);
}

int
gcode_do_sync_extruder(struct gcode_exec *ex, const struct gcode_line *line)
{
	int i = find_pusher(ex, line);
	const char *motion = NULL;
	char name[64];

	if (i < 0)
		return -1;
	if (!gcode_text(line, "MOTION_QUEUE", name))
		return gcode_fail(
		    ex, NULL, "missing-argument", "'MOTION_QUEUE' is missing");
	for (int k = 0; k < ex->machine->n_extruders; k++)
		if (strcmp(ex->machine->extruder[k].name, name) == 0)
			motion = ex->machine->extruder[k].name;
	if (*name && !motion)
		return gcode_fail(ex, gcode_word(line, "MOTION_QUEUE")->value.s,
		    "unknown-name", "the machine has no extruder '%s'", name);
	ex->follows[i] = motion;
	post_follow(ex, i, 0);
	gcode_effort_extruder(ex);
	return 0;
}

int
gcode_do_rotation_distance(struct gcode_exec *ex, const struct gcode_line *line)
{
	int i = find_pusher(ex, line), has;
	double distance = 0;

	if (i < 0)
		return -1;
	has = gcode_number(ex, line, "DISTANCE", -1e4, 1e4, &distance);
	if (has <= 0) /* asks, and changes nothing */
		return has;
	if (fabs(distance) < 1e-3)
		return gcode_fail(ex, gcode_word(line, "DISTANCE")->value.s,
		    "bad-value", "a 'DISTANCE' of %g mm a turn moves nothing",
		    distance);
	post_follow(ex, i, distance);
	gcode_effort_turn(ex, i, fabs(distance));
	return 0;
}
