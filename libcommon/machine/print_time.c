/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How long a print takes in all. */
#include "machine/print_time.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "machine/drive.h"
#include "machine/heater.h"
#include "machine/thermal.h"
#include "motion/shaper_def.h"

#define READING_S   0.300 /* between two readings of a sensor */
#define SAMPLES	    8	  /* that a reading is the mean of */
#define COUNTS	    4095. /* of a converter of 12 bits */
#define FIRST_S	    0.630 /* when the first one has come */
#define LOOK_S	    0.250 /* how often the last stage looks at a wait */
#define START_S	    0.250 /* before motion begins from rest */
#define END_S	    0.300 /* for the last commands to take effect */
#define ARM_S	    0.002 /* from arming an end stop to motion */
#define RELEASE_S   0.100 /* before motors are off */
#define PIN_S	    0.100 /* before a BLTouch is told something */
#define WAIT_MAX_S  7200  /* what does not settle by then never does */
#define RUNS	    15	  /* of a wait, each with its own noise */
#define VERIFY_S    1.000 /* how often verify_heater looks */
#define BISECTIONS  40
#define CLOCK_MAX_S 1e12 /* a double tells readings apart up to here */

/* where axes stand at the start: parts of their range */
static const double unknown[3] = {0.35, 0.45, 0.12};
#define BESIDE 0.6 /* and their second carriages */

struct print_time_heater {
	struct heater control;
	struct thermal_body body;
	double block, sense; /* deg C */
	double power;	     /* 0..1, now; next comes with the next reading */
	double next;
	double load_w;	     /* what else takes heat from it */
	double warm_since;   /* clock; inf: too cold to extrude */
	double verify;	     /* clock of the next look */
	const char *trouble; /* as verify_heater sees it */
	bool hopeless;	     /* a wait for it has come to no end */
};

/* As the machine is configured. */
static double
shaped_tail(const struct machine *m)
{
	double tail = 0;

	for (int i = 0; i < 3; i++) {
		const char *name =
		    m->shaper[i].type ? m->shaper[i].type : "mzv";
		char why[SHAPER_WHY_MAX];
		struct shaper_type type;
		struct shaper s;

		if (m->shaper[i].freq > 0 &&
		    shaper_type_parse(name, strlen(name), &type, why) == 0 &&
		    shaper_make(&type, m->shaper[i].freq, m->shaper[i].damping,
			&s) == 0)
			tail = fmax(tail, shaper_behind_s(&s));
	}
	return tail;
}

/* Where it stands when it is switched on: somewhere over the bed, off its
 * middle, as the simulated one does. */
static void
start_at(const struct machine *m, double pos[3])
{
	const struct machine_rail *r = m->rail;

	for (int i = 0; i < 3; i++)
		pos[i] = r[i].position_min +
			 unknown[i] * (r[i].position_max - r[i].position_min);
	switch (m->kinematics) {
	case MACHINE_KIN_DELTA:
		pos[0] = 0.10 * m->delta_radius;
		pos[1] = -0.15 * m->delta_radius;
		pos[2] = 0.3 * r[0].position_endstop;
		break;
	case MACHINE_KIN_ROTARY_DELTA:
		pos[0] = 0.05 * m->shoulder_radius;
		pos[1] = 0;
		pos[2] = 0.3 * r[0].position_endstop;
		break;
	case MACHINE_KIN_DELTESIAN:
		pos[0] = -0.10 * m->tower[0].arm_length;
		pos[1] = r[2].position_min +
			 0.5 * (r[2].position_max - r[2].position_min);
		pos[2] = 0.3 * r[0].position_endstop;
		break;
	case MACHINE_KIN_POLAR:
		pos[0] = unknown[0] * r[0].position_max;
		pos[1] = 0;
		break;
	case MACHINE_KIN_WINCH:
	case MACHINE_KIN_NONE:
		pos[0] = pos[1] = pos[2] = 0;
		break;
	default:
		break;
	}
}

static void
start_beside(struct print_time *p)
{
	for (int i = 0; i < 3; i++) {
		int k = machine_second_carriage(p->machine, i);
		const struct machine_rail *r;

		if (k < 0)
			continue;
		r = &p->machine->carriage[k].rail;
		p->beside[i].pos = r->position_min +
				   BESIDE * (r->position_max - r->position_min);
	}
}

void
print_time_init(struct print_time *p, const struct machine *m)
{
	memset(p, 0, sizeof(*p));
	p->machine = m;
	p->tail = shaped_tail(m);
	p->heater = xcalloc((size_t)m->n_heaters + 1, sizeof(*p->heater));
	p->reading = FIRST_S;
	for (int i = 0; i < m->n_heaters; i++) {
		struct print_time_heater *h = &p->heater[i];

		heater_init(&h->control, &m->heater[i]);
		h->body = *thermal_body(m->heater[i].name);
		h->warm_since = HUGE_VAL;
		h->block = h->sense = THERMAL_AMBIENT_DEG_C;
	}
	start_at(m, p->pos);
	start_beside(p);
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

/*
 * What the board makes of a temperature: the mean of samples, each with noise
 * and, while somebody waits for it, in whole counts of its converter.
 */
static double
measured(struct print_time *p, const struct machine_sensor *sensor, double at)
{
	double ratio, slope, sum = 0;

	if (!p->waiting || p->roughly ||
	    sensor->kind > MACHINE_SENSOR_TYPE_K_AMP)
		return at + THERMAL_NOISE_DEG_C / sqrt(SAMPLES) * noise(p);
	ratio = machine_sensor_ratio(sensor, at);
	slope = machine_sensor_ratio(sensor, at + 1) - ratio;
	for (int i = 0; i < SAMPLES; i++)
		sum += rint(
		    (ratio + slope * THERMAL_NOISE_DEG_C * noise(p)) * COUNTS);
	return machine_sensor_temperature(sensor, sum / SAMPLES / COUNTS);
}

/* what others would like to know of a reading */
static void
look(struct print_time *p, struct print_time_heater *h)
{
	if (h->control.smoothed < h->control.config->min_extrude_temp)
		h->warm_since = HUGE_VAL;
	else if (isinf(h->warm_since))
		h->warm_since = p->clock;
	if (p->clock < h->verify)
		return;
	h->verify = p->clock + VERIFY_S;
	if (!h->trouble)
		heater_verify(&h->control, p->clock, &h->trouble);
}

static void
read_sensors(struct print_time *p)
{
	for (int i = 0; i < p->machine->n_heaters; i++) {
		struct print_time_heater *h = &p->heater[i];

		h->power = h->next;
		h->next = heater_reading(&h->control, p->clock,
		    measured(p, &h->control.config->sensor, h->sense));
		look(p, h);
	}
	p->reading += READING_S;
}

/* nothing changes any more for that long */
static void
skip(struct print_time *p, double dt)
{
	p->clock += dt;
	p->reading += dt;
	for (int i = 0; i < p->machine->n_heaters; i++) {
		p->heater[i].control.time += dt;
		p->heater[i].control.goal_time += dt;
		p->heater[i].verify += dt;
	}
}

/* heaters live on until the clock shows t, in steps as fine as wanted */
static void
run(struct print_time *p, double t, double step)
{
	if (!(t < CLOCK_MAX_S)) {
		p->clock = t;
		return;
	}
	if (t - p->clock > 2 * WAIT_MAX_S) {
		double all = t - p->clock;

		run(p, p->clock + WAIT_MAX_S, step);
		skip(p, all - 2 * WAIT_MAX_S);
	}
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

			thermal_step(&h->body, dt,
			    h->power * h->body.power - h->load_w, p->fan,
			    &h->block, &h->sense);
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
		p->starting += START_S;
		run(p, p->clock + START_S, READING_S);
		p->base = p->clock;
		p->begun = true;
		p->rested = false;
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
	p->begun = p->rested = false;
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

/* until what is waited for is seen, from the clock on */
static void
wait_once(struct print_time *p, const struct plan_record *rec, int i)
{
	double start = p->clock;
	double step = p->roughly ? READING_S : THERMAL_STEP_S;

	while (p->clock < CLOCK_MAX_S && waits(p, rec, i)) {
		run(p, p->reading, step);
		if (p->clock < start + WAIT_MAX_S)
			continue;
		p->heater[i].hopeless = true;
		break;
	}
	run(p, start + ceil((p->clock - start) / LOOK_S - 1e-9) * LOOK_S,
	    THERMAL_STEP_S);
}

static void
copy(struct print_time *to, const struct print_time *from)
{
	struct print_time_heater *heater = to->heater;

	*to = *from;
	to->heater = heater;
	memcpy(heater, from->heater,
	    (size_t)from->machine->n_heaters * sizeof(*heater));
}

static int
by_clock(const void *a, const void *b)
{
	const struct print_time *x = a, *y = b;

	return (x->clock > y->clock) - (x->clock < y->clock);
}

/*
 * How long a heater takes to settle is a matter of luck, too: a reading with
 * its noise has to be quiet enough.  The wait is gone through several times
 * with noise of its own, and the middle one counts.
 */
static void
wait_for(struct print_time *p, const struct plan_record *rec)
{
	int i = machine_heater_index(p->machine, rec->u.wait.name), n = 0;
	size_t size = (size_t)p->machine->n_heaters + 1;
	struct print_time_heater *heaters;
	struct print_time runs[RUNS];
	double start;

	end_group(p);
	if (i < 0 || p->heater[i].hopeless || !(p->clock < CLOCK_MAX_S))
		return;
	start = p->clock;
	heaters = xcalloc(RUNS * size, sizeof(*heaters));
	p->waiting = true;
	do { /* what never settles is not tried again */
		runs[n].heater = &heaters[(size_t)n * size];
		copy(&runs[n], p);
		runs[n].random += (uint64_t)n << 32;
		wait_once(&runs[n], rec, i);
	} while (!runs[n++].heater[i].hopeless && n < RUNS && !p->roughly);
	qsort(runs, (size_t)n, sizeof(runs[0]), by_clock);
	copy(p, &runs[n / 2]);
	p->waiting = false;
	free(heaters);
	p->heating += p->clock - start;
}

/* a BLTouch puts its pin out or in */
static double
pin(const struct print_time *p, bool out)
{
	const struct machine_probe *m = &p->machine->probe;

	if (!m->control.name)
		return 0;
	return PIN_S + m->pin_move_time +
	       (out && m->touch_mode ? 2 * PIN_S : 0);
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

/*
 * Shoulders turn unevenly as the head rises: how far it has to be sent from
 * height z for one of them to turn by that much.
 */
static double
rise(const struct kinematics *k, int motor, double z, double top, double turn)
{
	double low[3] = {0, 0, z}, at[3] = {0, 0, z}, high = top;
	double begin = kinematics_motor(k, motor, low, 0);
	double end[3] = {0, 0, top};
	bool up = kinematics_motor(k, motor, end, 0) > begin;

	for (int i = 0; i < BISECTIONS; i++) {
		double turned;

		at[2] = 0.5 * (low[2] + high);
		turned = kinematics_motor(k, motor, at, 0) - begin;
		if (up ? turned < turn : turned > turn)
			low[2] = at[2];
		else
			high = at[2];
	}
	return at[2] - z;
}

/* How far it is sent until the carriage of a rail is at its end stop. */
static double
to_end_stop(const struct print_time *p, const struct machine_drive *d,
    const struct machine_homing *h, int rail)
{
	const struct kinematics *k = &d->kinematics;

	for (int n = 0; n < k->n_motors; n++) {
		double way;

		if (machine_drive_rail(d, n) != rail)
			continue;
		way = machine_drive_home(d, n) -
		      kinematics_motor(k, n, p->pos, 0);
		if (k->kind == KINEMATICS_ROTARY_DELTA)
			return rise(k, n, h->from[2], h->home[2], way);
		return fabs(way);
	}
	if (h->axes & PLAN_Z)
		return fabs(h->home[2] - p->pos[2]);
	return fabs(h->home[rail] - p->pos[rail]);
}

/* The same for the second pass, which is sent from twice as far as it is. */
static double
to_end_stop_again(const struct machine_drive *d, const struct machine_homing *h,
    double retract)
{
	const struct kinematics *k = &d->kinematics;
	double home[3] = {0, 0, h->home[2]};
	double at[3] = {0, 0, h->home[2] - retract};

	if (k->kind != KINEMATICS_ROTARY_DELTA)
		return retract;
	return rise(k, 0, home[2] - 2 * retract, home[2],
	    kinematics_motor(k, 0, home, 0) - kinematics_motor(k, 0, at, 0));
}

/* Axes in one go: against their end stops, back, and there again. */
static double
home_together(const struct print_time *p, const struct machine_drive *drive,
    const struct machine_homing *h)
{
	const struct machine *m = p->machine;
	const struct machine_rail *r = drive->rail[h->rail[0]];
	bool z = h->axes & PLAN_Z;
	double a = z ? fmin(m->max_accel, m->max_z_accel) : m->max_accel;
	double v = z ? m->max_z_velocity : m->max_velocity;
	double d = 0, once = START_S + ARM_S, t;

	for (int i = 0; i < h->n; i++)
		d = fmax(d, to_end_stop(p, drive, h, h->rail[i]));
	if (z && r->endstop.mcu && strcmp(r->endstop.mcu, "probe") == 0)
		once += pin(p, true) + pin(p, false);
	t = once + pass(d, fmin(v, r->homing_speed), a, false);
	if (!(r->homing_retract_dist > 0))
		return t;
	return t + once + START_S +
	       pass(r->homing_retract_dist, fmin(v, r->homing_retract_speed), a,
		   true) +
	       pass(to_end_stop_again(drive, h, r->homing_retract_dist),
		   fmin(v, r->second_homing_speed), a, false);
}

static const struct machine_rail *
second_rail(const struct print_time *p, int axis)
{
	int i = machine_second_carriage(p->machine, axis);

	return &p->machine->carriage[i].rail;
}

static void
home(struct print_time *p, const struct plan_record *rec)
{
	struct machine_homing homing[MACHINE_AXES];
	struct machine_drive drive;
	double t = 0;
	int n;

	end_group(p);
	machine_drive_init(&drive, p->machine);
	for (int i = 0; i < 3; i++)
		if (p->beside[i].primary)
			drive.rail[i] = second_rail(p, i);
	n = machine_drive_homings(
	    &drive, rec->u.home.axes, rec->u.home.pos, homing);
	for (int k = 0; k < n; k++) {
		t += home_together(p, &drive, &homing[k]);
		for (int i = 0; i < 3; i++) {
			if (!(homing[k].axes >> i & 1))
				continue;
			p->pos[i] = rec->u.home.pos[i];
			p->shift[i] = 0;
			p->placed[i] = true;
		}
	}
	run(p, p->clock + t, THERMAL_STEP_S);
	p->homing += t;
}

/* down to a flat bed, as often as samples say, and up again */
static void
probe(struct print_time *p, const struct plan_record *rec)
{
	const struct machine *m = p->machine;
	double a = fmin(m->max_accel, m->max_z_accel), t = 0;
	double up = fmin(m->max_z_velocity, rec->u.probe.lift_speed);
	double down = fmin(m->max_z_velocity, rec->u.probe.speed);
	double d = p->pos[2] - m->probe.offset[2];

	end_group(p);
	t += p->tail; /* all motors stand before it begins */
	for (uint32_t i = 0; i < rec->u.probe.samples; i++) {
		double way = i ? rec->u.probe.retract : d;

		if (i)
			t += START_S + pass(way, up, a, true);
		if (i == 0 || m->probe.stow_each)
			t += pin(p, true) + pin(p, false);
		t += START_S + ARM_S + pass(way, down, a, false);
	}
	t += START_S + pass(d, up, a, true);
	run(p, p->clock + t, THERMAL_STEP_S);
	p->probing += t;
}

/* The head goes to where it stands above the bed that is known now. */
static void
know_bed(struct print_time *p, const struct plan_record *rec)
{
	if (rec->u.mesh.rows == 0)
		return;
	end_group(p);
	run(p, p->clock + START_S, THERMAL_STEP_S);
	p->probing += START_S;
}

/* Where it really is, whatever it is believed to be. */
static void
follow_move(struct print_time *p, const struct plan_move *m)
{
	for (int i = 0; i < 3; i++) {
		if (!p->placed[i])
			p->shift[i] = p->pos[i] - m->start[i];
		p->placed[i] = true;
		p->pos[i] = m->start[i] + m->distance * m->dir[i] + p->shift[i];
		p->beside[i].pos +=
		    p->beside[i].scale * m->distance * m->dir[i];
	}
}

/* Another carriage is the head, or one goes along with it from now on. */
static void
set_carriage(struct print_time *p, const struct plan_record *rec)
{
	static const double scale[] = {
	    [PLAN_CARRIAGE_COPY] = 1, [PLAN_CARRIAGE_MIRROR] = -1};
	int which = (int)rec->u.carriage.index;

	end_group(p);
	for (int i = 0; i < 3; i++) {
		double at = p->pos[i];

		if (!(rec->u.carriage.axis >> i & 1) ||
		    machine_second_carriage(p->machine, i) < 0)
			continue;
		if (rec->u.carriage.mode != PLAN_CARRIAGE_PRIMARY) {
			p->beside[i].scale = scale[rec->u.carriage.mode];
			continue;
		}
		if (p->beside[i].primary != which) {
			p->pos[i] = p->beside[i].pos;
			p->beside[i].pos = at;
		}
		p->beside[i].primary = which;
		p->beside[i].scale = 0;
		p->shift[i] = p->pos[i] - rec->u.carriage.pos;
		p->placed[i] = true;
	}
}

/* Somebody says where it is; it has not moved. */
static void
set_position(struct print_time *p, const struct plan_record *rec)
{
	end_group(p);
	for (int i = 0; i < 3; i++) {
		p->shift[i] = p->pos[i] - rec->u.set.pos[i];
		p->placed[i] = true;
	}
}

static void
set_heater(struct print_time *p, const struct plan_record *rec)
{
	int i = machine_heater_index(p->machine, rec->u.heater.name);

	if (i < 0)
		return;
	if (p->heater[i].control.target != rec->u.heater.target)
		p->heater[i].hopeless = false;
	heater_set_target(&p->heater[i].control, rec->u.heater.target);
}

/* The machine was waited for amid a group. */
static void
start_again(struct print_time *p, double t)
{
	advance(p, t);
	if (p->rested && p->begun) {
		p->base += START_S;
		p->starting += START_S;
	}
	p->rested = false;
}

void
print_time_add(struct print_time *p, const struct plan_record *rec)
{
	const struct plan_move *m = &rec->u.move;

	switch (rec->type) {
	case PLAN_MOVE:
		if (p->rested)
			start_again(p, rec->t);
		p->group = rec->t + m->accel_t + m->cruise_t + m->decel_t;
		follow_move(p, m);
		break;
	case PLAN_PROBE:
		probe(p, rec);
		break;
	case PLAN_MESH:
		know_bed(p, rec);
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
		set_position(p, rec);
		break;
	case PLAN_CARRIAGE:
		set_carriage(p, rec);
		break;
	case PLAN_BARRIER:
	case PLAN_PAUSE:
		end_group(p);
		break;
	case PLAN_SYNC:
		advance(p, rec->t);
		p->rested = true;
		break;
	case PLAN_MOTORS_OFF:
		end_group(p);
		run(p, p->clock + RELEASE_S, READING_S);
		break;
	case PLAN_END:
		end_group(p);
		run(p, p->clock + END_S, READING_S);
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

void
print_time_follow(struct print_time *p, double t)
{
	advance(p, t);
}

void
print_time_coast(struct print_time *p, double t)
{
	if (p->begun && p->base + t > p->clock && p->base + t < CLOCK_MAX_S)
		skip(p, p->base + t - p->clock);
	else
		advance(p, t);
}

void
print_time_power(struct print_time *p, int heater, double power_w)
{
	p->heater[heater].body.power = power_w;
}

void
print_time_load(struct print_time *p, int heater, double load_w)
{
	p->heater[heater].load_w = load_w;
}

double
print_time_reaches(const struct print_time *p, int heater)
{
	const struct print_time_heater *h = &p->heater[heater];

	return THERMAL_AMBIENT_DEG_C +
	       h->body.power * h->control.config->max_power / h->body.loss;
}

void
print_time_heater(
    const struct print_time *p, int heater, struct print_time_warmth *w)
{
	const struct print_time_heater *h = &p->heater[heater];

	*w = (struct print_time_warmth){
	    .temperature = h->control.seen ? h->control.smoothed : h->sense,
	    .target = h->control.target,
	    .warm_since = h->warm_since,
	    .trouble = h->trouble,
	    .hopeless = h->hopeless,
	    .at_limit = h->power >= h->control.config->max_power * 0.98};
}
