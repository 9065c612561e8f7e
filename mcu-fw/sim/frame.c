/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The frame that rings, and the accelerometer that feels it. */
#include "mcu-fw/sim/frame.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "base/xalloc.h"
#include "machine/tree.h"
#include "mcu-fw/sim/adxl345.h"
#include "mcu-fw/sim/fifo_chip.h"
#include "mcu-fw/sim/model-private.h"

#define GRAVITY	  9806.65
#define ADXL_HZ	  3200	/* as the data sheet has it */
#define NOISE	  155.0 /* mm/s2 on X and Y, 1.6 times as much on Z */
#define KNOTS	  4096	/* steps of an axis within the lag */
#define STOPPED_S (2 * FRAME_LAG_S)

/* one position of an axis that was reached at a time */
struct knot {
	double t, pos;
};

struct state {
	double x, v; /* of the spring: head against base, mm and mm/s */
};

struct axis_frame {
	struct knot knot[KNOTS]; /* a ring */
	size_t first, n;
	double base_v;	  /* of the base at the time reached */
	double felt_v;	  /* of the base at the last sample */
	double last_move; /* when the base moved last */
	bool ringing;	  /* moved since ring was noted */
	double ring;	  /* mm */
	uint64_t stops;
};

struct frame {
	struct model *model;
	struct frame_mode mode[FRAME_MODES_MAX];
	struct state state[FRAME_MODES_MAX];
	int n_modes;
	struct axis_frame axis[MACHINE_AXES];
	double at;	    /* time reached, s */
	double next_sample; /* s */
	double sensor_hz;
	struct adxl345 *sensor;	      /* or: */
	struct fifo_chip_model *fifo; /* both NULL: none is configured */
};

int
frame_mode_parse(const char *text, struct frame_mode *m, struct diag_sink *sink)
{
	double v[3] = {0, 0, 1};
	const char *p = text + 1;
	int n = 0;

	m->axis = *text >= 'x' && *text <= 'z' ? *text - 'x' : -1;
	while (m->axis >= 0 && *p == ':' && n < 3) {
		size_t len = strcspn(++p, ":");

		if (num_parse_decimal(p, len, &v[n++]) != 0)
			break;
		p += len;
	}
	if (m->axis >= 0 && *p == '\0' && n >= 2 && v[0] >= 1 && v[0] <= 1000 &&
	    v[1] >= 0.001 && v[1] <= 0.9 && v[2] > 0 && v[2] <= 1) {
		*m = (struct frame_mode){m->axis, v[0], v[1], v[2]};
		return 0;
	}
	diag_report(sink, DIAG_ERROR, NULL, "resonance",
	    "'%s' is no resonance AXIS:HZ:DAMPING[:GAIN], as x:52:0.05", text);
	return -1;
}

/* free swing for dt; exact */
static void
swing(struct state *s, const struct frame_mode *m, double dt)
{
	double w = 2 * NUM_PI * m->freq_hz,
	       d = sqrt(1 - m->damping * m->damping);
	double e = exp(-m->damping * w * dt), c = cos(w * d * dt);
	double n = sin(w * d * dt), x = s->x, v = s->v;

	s->x = e * (x * c + (v + m->damping * w * x) / (w * d) * n);
	s->v = e * (v * c - (w * x + m->damping * v) / d * n);
}

static void
swing_all(struct frame *f, double to)
{
	if (to <= f->at)
		return;
	for (int i = 0; i < f->n_modes; i++)
		swing(&f->state[i], &f->mode[i], to - f->at);
	f->at = to;
}

/* the base changes its speed: the spring is stretched the other way */
static void
kick(struct frame *f, int axis, double v)
{
	struct axis_frame *a = &f->axis[axis];

	for (int i = 0; i < f->n_modes; i++)
		if (f->mode[i].axis == axis)
			f->state[i].v -= v - a->base_v;
	a->base_v = v;
	if (v != 0) {
		a->last_move = f->at;
		a->ringing = true;
	}
}

/* how far the head would swing from now on */
static void
note_ring(struct frame *f, int axis)
{
	struct axis_frame *a = &f->axis[axis];

	a->ring = 0;
	for (int i = 0; i < f->n_modes; i++) {
		const struct frame_mode *m = &f->mode[i];
		double w = 2 * NUM_PI * m->freq_hz;
		double d = sqrt(1 - m->damping * m->damping);
		const struct state *s = &f->state[i];

		if (m->axis == axis)
			a->ring += m->gain *
				   hypot(s->x, (s->v + m->damping * w * s->x) /
						   (w * d));
	}
	a->ringing = false;
	a->stops++;
}

/* What happens next on this axis: when, and the base's speed from then on.
 * Between knots that are near the base goes evenly; before a far one it
 * stands until the lag before it. */
static double
next_change(const struct axis_frame *a, double at, double *v)
{
	const struct knot *k = &a->knot[a->first];
	const struct knot *next = &a->knot[(a->first + 1) % KNOTS];
	double from;

	*v = 0;
	if (a->n < 2)
		return HUGE_VAL;
	from = fmax(k->t, next->t - FRAME_LAG_S);
	if (at < from - 1e-12)
		return from; /* speed: set when it is reached */
	if (a->n > 2) {
		const struct knot *then = &a->knot[(a->first + 2) % KNOTS];
		double begin = fmax(next->t, then->t - FRAME_LAG_S);

		if (begin <= next->t + 1e-12)
			*v = (then->pos - next->pos) / (then->t - begin);
	}
	return next->t;
}

/* the base's speed between the first two knots, at this time */
static double
speed_now(const struct axis_frame *a, double at)
{
	const struct knot *k = &a->knot[a->first];
	const struct knot *next = &a->knot[(a->first + 1) % KNOTS];
	double from;

	if (a->n < 2)
		return 0;
	from = fmax(k->t, next->t - FRAME_LAG_S);
	return at < from - 1e-12 ? 0 : (next->pos - k->pos) / (next->t - from);
}

/* Everything up to a time that the knots are complete for. */
static void
advance(struct frame *f, double to)
{
	for (;;) {
		double soonest = to, v;
		int which = -1;

		for (int i = 0; i < MACHINE_AXES; i++) {
			double t = next_change(&f->axis[i], f->at, &v);

			if (t <= soonest) {
				soonest = t;
				which = i;
			}
		}
		if (which < 0)
			break;
		swing_all(f, soonest);
		{
			struct axis_frame *a = &f->axis[which];
			struct knot *next = &a->knot[(a->first + 1) % KNOTS];

			if (next->t <= f->at + 1e-12) {
				a->first = (a->first + 1) % KNOTS;
				a->n--;
			}
			kick(f, which, speed_now(a, f->at));
		}
	}
	swing_all(f, to);
	for (int i = 0; i < MACHINE_AXES; i++)
		if (f->axis[i].ringing && f->axis[i].base_v == 0 &&
		    f->axis[i].n < 2)
			note_ring(f, i);
}

static double
felt(struct frame *f, int axis)
{
	struct axis_frame *a = &f->axis[axis];
	double acc = 0, direct = 1;

	for (int i = 0; i < f->n_modes; i++) {
		const struct frame_mode *m = &f->mode[i];
		double w = 2 * NUM_PI * m->freq_hz;

		if (m->axis != axis)
			continue;
		acc -= m->gain * (2 * m->damping * w * f->state[i].v +
				     w * w * f->state[i].x);
		direct -= m->gain;
	}
	acc += direct * (a->base_v - a->felt_v) * f->sensor_hz;
	a->felt_v = a->base_v;
	return acc;
}

/* time goes on: samples are taken and wait in the FIFO */
static void
catch_up(struct frame *f)
{
	double now = model_seconds(sim_clock) - FRAME_LAG_S;

	while ((f->sensor || f->fifo) && f->next_sample <= now) {
		double a[3];

		advance(f, f->next_sample);
		for (int i = 0; i < 3; i++)
			a[i] =
			    felt(f, i) + (i == 2 ? GRAVITY : 0) +
			    model_random(f->model) * NOISE * (i == 2 ? 1.6 : 1);
		if (f->sensor)
			adxl345_sample(f->sensor, a);
		else
			fifo_chip_sample(f->fifo, a);
		f->next_sample += 1 / f->sensor_hz;
	}
	advance(f, now);
}

void
frame_moved(struct frame *f, const double pos[MACHINE_AXES])
{
	double now = model_seconds(sim_clock);

	for (int i = 0; i < MACHINE_AXES; i++) {
		struct axis_frame *a = &f->axis[i];
		struct knot *last =
		    &a->knot[(a->first + a->n + KNOTS - 1) % KNOTS];

		if (pos[i] == last->pos)
			continue;
		if (a->n == KNOTS)
			catch_up(f);
		if (now - last->t < 1e-9) {
			last->pos = pos[i]; /* two motors at once */
			continue;
		}
		if (a->n == KNOTS)
			continue;
		a->knot[(a->first + a->n++) % KNOTS] =
		    (struct knot){now, pos[i]};
	}
	if (now - FRAME_LAG_S > f->at + FRAME_LAG_S / 4)
		catch_up(f);
}

static uint8_t
exchange(void *ctx, uint8_t out)
{
	struct frame *f = ctx;

	catch_up(f);
	return f->sensor ? adxl345_exchange(f->sensor, out)
			 : fifo_chip_exchange(f->fifo, out);
}

static uint8_t
transfer(void *ctx, uint8_t address, uint8_t n_write, const uint8_t *write,
    uint8_t n_read, uint8_t *read)
{
	struct frame *f = ctx;

	catch_up(f);
	return fifo_chip_transfer(
	    f->fifo, address, n_write, write, n_read, read);
}

static void
select_changed(void *ctx, bool level)
{
	struct frame *f = ctx;

	if (f->sensor)
		adxl345_select(f->sensor, !level);
	else
		fifo_chip_select(f->fifo, !level);
}

/* The accelerometer that stepstream would listen to: the one that
 * resonance_tester.accel_chip names, or the first in this order. */
static const struct tree_section *
find_sensor(const struct machine *m)
{
	static const char *const names[] = {
	    "adxl345", "lis2dw", "lis3dh", "mpu9250", "icm20948", "bmi160"};
	const struct tree *t = machine_tree(m);
	const char *want = tree_string(
	    tree_section(t, "resonance_tester"), "accel_chip", NULL);

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		for (const struct tree_section *s =
			 tree_next(t, NULL, names[i]);
		     s; s = tree_next(t, s, names[i]))
			if (!want || strcmp(s->name, want) == 0)
				return s;
	return NULL;
}

/* Wires it to the board; of other boards nothing is known. */
static void
add_sensor(struct frame *f, const struct machine *m, double clock_percent)
{
	const struct tree_section *s = find_sensor(m);
	const char *pin = s ? tree_string(s, "cs_pin", NULL) : NULL;
	bool adxl = s && strcmp(s->schema->name, "adxl345") == 0;

	f->sensor_hz = ADXL_HZ;
	if (!s || (pin && strchr(pin, ':')) || (adxl && !pin))
		return;
	if (adxl) {
		f->sensor = adxl345_new();
	} else {
		f->fifo = fifo_chip_new(
		    s->schema->name, tree_int(s, "i2c_address", 0));
		f->sensor_hz = fifo_chip_rate_hz(f->fifo);
	}
	f->sensor_hz *= 1 + clock_percent / 100;
	if (pin) {
		sim_pin_watch(sim_pin(pin), select_changed, f);
		sim_spi_exchange = exchange;
		sim_spi_ctx = f;
	} else {
		sim_i2c_transfer = transfer;
		sim_i2c_ctx = f;
	}
}

struct frame *
frame_new(struct model *m, const struct frame_mode *mode, int n_modes,
    double clock_percent)
{
	double pos[MACHINE_AXES];
	struct frame *f;

	if (!find_sensor(m->machine) && n_modes == 0)
		return NULL;
	f = xcalloc(1, sizeof(*f));
	f->model = m;
	f->n_modes = n_modes;
	memcpy(f->mode, mode, (size_t)n_modes * sizeof(*mode));
	motion_position(m, pos);
	for (int i = 0; i < MACHINE_AXES; i++) {
		f->axis[i].knot[0].pos = pos[i];
		f->axis[i].n = 1;
	}
	add_sensor(f, m->machine, clock_percent);
	return f;
}

void
frame_free(struct frame *f)
{
	if (!f)
		return;
	adxl345_free(f->sensor);
	fifo_chip_free(f->fifo);
	free(f);
}

void
frame_report(struct frame *f, struct json *j)
{
	static const char *const name[] = {"x", "y", "z"};

	catch_up(f);
	json_object(j, "frame");
	for (int i = 0; i < MACHINE_AXES; i++) {
		json_object(j, name[i]);
		json_fixed(j, "ring_mm", f->axis[i].ring, 9);
		json_int(j, "stops", (int64_t)f->axis[i].stops);
		json_close(j);
	}
	json_close(j);
}
