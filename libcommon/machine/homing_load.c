/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Homing and probing, against the torque of the motors. */
#include "machine/homing_load.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "machine/drive.h"
#include "machine/gcode_private.h"

#define BISECTIONS 50
/* A part of the way is looked at, off the end stop: the arm of a polar machine
 * may have that in the centre. */
#define PART_FROM 0.05
#define PART_TO	  0.15
#define PROBE_MM  1

struct survey {
	const struct machine *m;
	const struct effort *effort;
	struct homing_load *out;
	int n;
};

/* Where the head is when all is homed, as far as that counts here. */
static void
home_of(const struct machine *m, double home[3])
{
	const struct machine_rail *r = m->rail;

	for (int i = 0; i < 3; i++)
		home[i] = r[i].position_endstop;
	switch (m->kinematics) {
	case MACHINE_KIN_DELTA:
	case MACHINE_KIN_ROTARY_DELTA:
		home[0] = home[1] = 0;
		home[2] = r[0].position_endstop;
		break;
	case MACHINE_KIN_DELTESIAN:
		home[0] = 0;
		home[1] = r[2].position_endstop;
		home[2] = r[0].position_endstop;
		break;
	case MACHINE_KIN_POLAR:
		home[1] = 0;
		break;
	default:
		break;
	}
}

static void
bears(const struct effort *e, const struct planner_move *move,
    struct homing_load *l)
{
	double v[2] = {0, l->speed}, a[2] = {0, l->accel};

	for (int i = 0; i < BISECTIONS; i++) {
		double mid_v = (v[0] + v[1]) / 2, mid_a = (a[0] + a[1]) / 2;

		v[effort_used(e, move, mid_v, l->accel) > 1] = mid_v;
		a[effort_used(e, move, l->speed, mid_a) > 1] = mid_a;
	}
	l->bears_speed = v[1] > 1e-6 * l->speed ? v[0] : 0;
	l->bears_accel = a[1] > 1e-6 * l->accel ? a[0] : 0;
}

/* One speed of a move, held to the machine's limits as the last stage does.
 * Whether other speeds of it are worth a look: not where it is the acceleration
 * that is too much. */
static bool
look(struct survey *s, const struct planner_move *move, struct homing_load l)
{
	const struct machine *m = s->m;

	l.speed = fmin(l.speed, m->max_velocity);
	l.accel = m->max_accel;
	if (move->dir[2] != 0) {
		l.speed = fmin(l.speed, m->max_z_velocity);
		l.accel = fmin(l.accel, m->max_z_accel);
	}
	l.used = effort_used(s->effort, move, l.speed, l.accel);
	if (!(l.used > 1))
		return true;
	bears(s->effort, move, &l);
	s->out[s->n++] = l;
	return l.bears_speed > 0;
}

static struct planner_move
straight(const double from[3], const double to[3])
{
	struct planner_move move = {0};
	double d2 = 0;

	for (int i = 0; i < 3; i++)
		d2 += pow(to[i] - from[i], 2);
	move.distance = sqrt(d2);
	for (int i = 0; i < 3; i++) {
		move.start[i] = from[i];
		move.dir[i] = d2 > 0 ? (to[i] - from[i]) / move.distance : 0;
	}
	return move;
}

/* generic_cartesian has carriages */
static const char *
section_of(const struct machine *m, int rail)
{
	for (int i = 0; i < m->n_carriages; i++)
		if (m->carriage[i].axis == rail && !m->carriage[i].dual &&
		    m->rail[rail].n_steppers == 0)
			return m->carriage[i].name;
	return m->rail[rail].n_steppers
		   ? m->stepper[m->rail[rail].stepper[0]].name
		   : "";
}

static void
look_at_homing(struct survey *s, const struct machine_rail *r,
    const struct machine_homing *h, const char *section)
{
	const struct {
		const char *key;
		double speed;
	} pass[] = {
	    {"homing_speed", r->homing_speed},
	    {"second_homing_speed", r->second_homing_speed},
	    {"homing_retract_speed", r->homing_retract_speed},
	};
	struct planner_move move;
	double from[3], to[3];

	for (int i = 0; i < 3; i++) {
		double way = h->from[i] - h->home[i];

		to[i] = h->home[i] + PART_FROM * way;
		from[i] = h->home[i] + PART_TO * way;
	}
	move = straight(from, to);
	for (int i = 0; i < (r->homing_retract_dist > 0 ? 3 : 1); i++)
		if (!look(s, &move,
			(struct homing_load){.key = pass[i].key,
			    .section = section,
			    .name = section,
			    .axes = h->axes,
			    .speed = pass[i].speed}))
			return;
}

/* The other carriage of an axis has speeds of its own. */
static void
look_at_second(
    struct survey *s, struct machine_drive *d, int axis, const double home[3])
{
	int second = machine_second_carriage(s->m, axis);
	struct machine_homing h[MACHINE_AXES];
	const struct machine_carriage *c;

	if (second < 0)
		return;
	c = &s->m->carriage[second];
	d->rail[axis] = &c->rail;
	if (machine_drive_homings(d, 1u << axis, home, h) == 1)
		look_at_homing(s, &c->rail, &h[0], c->name);
}

static void
look_at_probe(struct survey *s, const double home[3])
{
	const struct machine_probe *p = &s->m->probe;
	double from[3], to[3];
	struct planner_move move;
	struct homing_load l = {.section = "probe",
	    .name = "the probe",
	    .axes = PLAN_Z,
	    .probes = true};

	memcpy(from, home, sizeof(from));
	memcpy(to, home, sizeof(to));
	from[2] += PROBE_MM;
	move = straight(from, to);
	l.key = "speed";
	l.speed = p->speed;
	if (!look(s, &move, l))
		return;
	l.key = "lift_speed";
	l.speed = p->lift_speed;
	(void)look(s, &move, l);
}

int
homing_loads(const struct machine *m, struct homing_load out[HOMING_LOADS_MAX])
{
	struct survey s = {.m = m, .out = out};
	struct machine_homing h[MACHINE_AXES];
	struct machine_drive d;
	struct effort *e;
	double home[3];
	int n;

	if (m->kinematics == MACHINE_KIN_NONE ||
	    m->kinematics == MACHINE_KIN_WINCH)
		return 0;
	e = gcode_effort(m);
	if (!e)
		return 0;
	s.effort = e;
	machine_drive_init(&d, m);
	home_of(m, home);
	n = machine_drive_homings(&d, PLAN_X | PLAN_Y | PLAN_Z, home, h);
	for (int i = 0; i < n; i++)
		look_at_homing(&s, d.rail[h[i].rail[0]], &h[i],
		    section_of(m, h[i].rail[0]));
	for (int i = 0; i < MACHINE_AXES; i++)
		look_at_second(&s, &d, i, home);
	if (m->probe.pin.name)
		look_at_probe(&s, home);
	free(e);
	return s.n;
}

void
homing_load_text(const struct homing_load *l, struct buf *out)
{
	buf_addf(out, "'%s' of %s, %.4g mm/s with %.0f mm/s2, takes ", l->key,
	    l->name, l->speed, l->accel);
	if (isfinite(l->used))
		buf_addf(out,
		    "%.0f %% of the torque that plans use: ", 100 * l->used);
	else
		buf_adds(out, "torque where there is none left: ");
	if (l->bears_speed > 0 && l->bears_accel > 0)
		buf_addf(out,
		    "its motors bear %.4g mm/s with that, %.0f mm/s2 up to "
		    "that speed",
		    l->bears_speed, l->bears_accel);
	else if (l->bears_accel > 0)
		buf_addf(out, "its motors bear %.0f mm/s2", l->bears_accel);
	else if (l->bears_speed > 0)
		buf_addf(
		    out, "its motors bear %.4g mm/s with that", l->bears_speed);
	else
		buf_adds(out, "its motors bear neither");
}
