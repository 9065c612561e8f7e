/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How long a print takes in all. */
#include "machine/print_time.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "machine/heater.h"
#include "machine/thermal.h"

#define READING_S  0.300 /* between two readings of a sensor */
#define SAMPLES	   8	 /* that a reading is the mean of */
#define FIRST_S	   0.600 /* when the first one has come */
#define LOOK_S	   0.250 /* how often the last stage looks at a wait */
#define START_S	   0.250 /* before motion begins from rest */
#define END_S	   0.200 /* for the last commands to take effect */
#define WAIT_MAX_S 7200	 /* what does not settle by then never does */

/* where axes stand at the start: parts of their range */
static const double unknown[3] = {0.35, 0.45, 0.12};

struct print_time_heater {
	struct heater control;
	const struct thermal_body *body;
	double block, sense; /* deg C */
	double power;	     /* 0..1, now; next comes with the next reading */
	double next;
};

void
print_time_init(struct print_time *p, const struct machine *m)
{
	memset(p, 0, sizeof(*p));
	p->machine = m;
	p->heater = xcalloc((size_t)m->n_heaters + 1, sizeof(*p->heater));
	p->reading = FIRST_S;
	for (int i = 0; i < m->n_heaters; i++) {
		struct print_time_heater *h = &p->heater[i];

		heater_init(&h->control, &m->heater[i]);
		h->body = thermal_body(m->heater[i].name);
		h->block = h->sense = THERMAL_AMBIENT_DEG_C;
	}
	for (int i = 0; i < 3; i++) {
		const struct machine_rail *r = &m->rail[i];

		p->pos[i] = r->position_min +
			    unknown[i] * (r->position_max - r->position_min);
	}
}

void
print_time_release(struct print_time *p)
{
	free(p->heater);
	p->heater = NULL;
}

/* the noise of a reading: the same each time, about normal, RMS 1 */
static double
noise(struct print_time *p)
{
	double sum = 0;

	for (int i = 0; i < 3; i++) {
		p->random = p->random * 6364136223846793005u + 1;
		sum += (double)(p->random >> 40) / (1 << 24) - 0.5;
	}
	return 2 * sum; /* three times 1/12 is 1/4 */
}

static void
read_sensors(struct print_time *p)
{
	for (int i = 0; i < p->machine->n_heaters; i++) {
		struct print_time_heater *h = &p->heater[i];

		h->power = h->next;
		h->next = heater_reading(&h->control, p->clock,
		    h->sense + THERMAL_NOISE_DEG_C / sqrt(SAMPLES) * noise(p));
	}
	p->reading += READING_S;
}

/* heaters live on until the clock shows t, in steps as fine as wanted */
static void
run(struct print_time *p, double t, double step)
{
	for (;;) {
		double until, dt;

		if (p->clock >= p->reading)
			read_sensors(p);
		if (p->clock >= t)
			return;
		until = fmin(t, p->reading);
		if (until > p->clock + step)
			until = p->clock + step;
		dt = until - p->clock;
		for (int i = 0; i < p->machine->n_heaters; i++) {
			struct print_time_heater *h = &p->heater[i];

			thermal_step(h->body, dt, h->power * h->body->power,
			    p->fan, &h->block, &h->sense);
		}
		p->clock = until;
	}
}

/* the clock goes on to time t of the group */
static void
advance(struct print_time *p, double t)
{
	if (t <= 0)
		return;
	if (!p->begun) {
		if (p->moved) {
			p->starting += START_S;
			run(p, p->clock + START_S, READING_S);
		}
		p->base = p->clock;
		p->begun = true;
	}
	/* nobody waits: what matters is where it ends */
	run(p, p->base + t, READING_S);
}

/* the motion of the group is over */
static void
end_group(struct print_time *p)
{
	advance(p, p->group);
	p->motion += p->group;
	p->group = 0;
	p->moved = p->begun = false;
}

static bool
waits(const struct print_time *p, const struct plan_record *rec, int i)
{
	const struct heater *h = &p->heater[i].control;
	double min = rec->u.wait.min, max = rec->u.wait.max;

	if (isinf(min) && isinf(max))
		return heater_busy(h);
	return h->smoothed < min || h->smoothed > max;
}

static void
wait_for(struct print_time *p, const struct plan_record *rec)
{
	int i = machine_heater_index(p->machine, rec->u.wait.name);
	double start = p->clock;

	end_group(p);
	start = p->clock;
	while (i >= 0 && waits(p, rec, i) && p->clock < start + WAIT_MAX_S)
		run(p, p->reading, THERMAL_STEP_S);
	run(p, ceil(p->clock / LOOK_S) * LOOK_S, THERMAL_STEP_S);
	p->heating += p->clock - start;
}

/* from rest, over d; to rest, or into an end stop */
static double
pass(double d, double v, double a, bool stops)
{
	double ramp = v * v / (2 * a);
	double ramps = stops ? 2 : 1;

	if (d <= 0)
		return 0;
	if (d < ramps * ramp)
		return ramps * sqrt(2 * d / ramps / a);
	return (d - ramps * ramp) / v + ramps * v / a;
}

static void
home(struct print_time *p, const struct plan_record *rec)
{
	const struct machine *m = p->machine;
	double t = 0;

	end_group(p);
	for (int i = 0; i < 3; i++) {
		const struct machine_rail *r = &m->rail[i];
		double a =
		    i == 2 ? fmin(m->max_accel, m->max_z_accel) : m->max_accel;
		double v = i == 2 ? m->max_z_velocity : m->max_velocity;

		if (!(rec->u.home.axes >> i & 1))
			continue;
		t += START_S + pass(fabs(p->pos[i] - r->position_endstop),
				   fmin(v, r->homing_speed), a, false);
		if (r->homing_retract_dist > 0)
			t += 2 * START_S +
			     pass(r->homing_retract_dist,
				 fmin(v, r->homing_retract_speed), a, true) +
			     pass(r->homing_retract_dist,
				 fmin(v, r->second_homing_speed), a, false);
		p->pos[i] = rec->u.home.pos[i];
	}
	run(p, p->clock + t, THERMAL_STEP_S);
	p->homing += t;
}

static void
set_heater(struct print_time *p, const struct plan_record *rec)
{
	int i = machine_heater_index(p->machine, rec->u.heater.name);

	if (i >= 0)
		heater_set_target(&p->heater[i].control, rec->u.heater.target);
}

void
print_time_add(struct print_time *p, const struct plan_record *rec)
{
	const struct plan_move *m = &rec->u.move;

	switch (rec->type) {
	case PLAN_MOVE:
		p->moved = true;
		p->group = rec->t + m->accel_t + m->cruise_t + m->decel_t;
		for (int i = 0; i < 3; i++)
			p->pos[i] = m->start[i] + m->distance * m->dir[i];
		break;
	case PLAN_DWELL:
		p->group = rec->t + rec->u.dwell.duration;
		break;
	case PLAN_HEATER:
		advance(p, rec->t);
		set_heater(p, rec);
		break;
	case PLAN_FAN:
		advance(p, rec->t);
		if (strcmp(rec->u.value.name, "fan") == 0)
			p->fan = rec->u.value.value;
		break;
	case PLAN_HEATER_WAIT:
		wait_for(p, rec);
		break;
	case PLAN_HOME:
		home(p, rec);
		break;
	case PLAN_SET_POSITION:
		end_group(p);
		memcpy(p->pos, rec->u.set.pos, sizeof(p->pos));
		break;
	case PLAN_BARRIER:
	case PLAN_PAUSE:
		end_group(p);
		break;
	case PLAN_END:
		end_group(p);
		p->clock += END_S;
		break;
	default:
		break;
	}
}

double
print_time_total(const struct print_time *p)
{
	return p->clock;
}
