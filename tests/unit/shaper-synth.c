/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Recordings of machines that do not exist, with modes that are known. */
#include "shaper-synth.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "base/xalloc.h"

#define GRAVITY 9806.65
#define FINE	8 /* integration steps a sample */

void
synth_defaults(struct synth *s)
{
	memset(s, 0, sizeof(*s));
	s->spec = command_default;
	s->spec.freq_end_hz = 80;
	s->spec.hz_per_s = 4;
	s->spec.direction[0] = 1;
	s->rate_hz = 3207.9;
	s->sigma = 180;
	s->step = 74.0206;
	s->start_s = 1000;
	s->lead_s = 0.12;
	s->tail_s = 0.25;
	s->seed = 1;
}

void
synth_mode(struct synth *s, double freq_hz, double damping, double gain)
{
	s->mode[s->modes].freq_hz = freq_hz;
	s->mode[s->modes].damping = damping;
	s->mode[s->modes++].gain = gain;
}

/* A small generator of our own: the same rows on every machine. */
static double
uniform(uint32_t *state)
{
	*state = *state * 1664525 + 1013904223;
	return ((*state >> 8) + 0.5) / (1 << 24);
}

static double
normal(uint32_t *state)
{
	double u = uniform(state), v = uniform(state);

	return sqrt(-2 * log(u)) * cos(2 * NUM_PI * v);
}

/* one mode: its spring's stretch and speed, relative to the base */
struct state {
	double x, v;
};

/* exact for constant acceleration of the base over dt */
static void
advance(struct state *s, double a, double w, double z, double dt)
{
	double wd = w * sqrt(1 - z * z), e = exp(-z * w * dt);
	double c = cos(wd * dt), n = sin(wd * dt), rest = -a / (w * w);
	double x = s->x - rest, v = s->v;

	s->x = rest + e * (x * c + (v + z * w * x) / wd * n);
	s->v = e * (v * c - (w * w * x + z * w * v) / wd * n);
}

struct row {
	const struct synth *s;
	struct state state[SYNTH_MODES];
	uint32_t noise;
	struct buf *out;
};

static double
quantise(const struct synth *s, double a)
{
	if (s->clip > 0)
		a = fmin(fmax(a, -s->clip), s->clip);
	return s->step > 0 ? round(a / s->step) * s->step : a;
}

/* moves on by one sample under these accelerations; writes the row before */
static void
sample(struct row *r, double t, double dt, bool lost, const double a[FINE])
{
	const struct synth *s = r->s;
	double y = a[0], v[3];

	for (int k = 0; k < s->modes; k++) {
		double w = 2 * NUM_PI * s->mode[k].freq_hz;
		double z = s->mode[k].damping;
		const struct state *q = &r->state[k];

		y +=
		    s->mode[k].gain * (-2 * z * w * q->v - w * w * q->x - a[0]);
	}
	for (int k = 0; k < 3; k++) {
		v[k] = y * s->spec.direction[k] + (k == 2 ? GRAVITY : 0) +
		       normal(&r->noise) * s->sigma * (k == 2 ? 1.6 : 1);
		for (int q = 0; q < s->tones; q++)
			v[k] += s->tone[q].amplitude *
				sin(2 * NUM_PI * s->tone[q].freq_hz * t);
		v[k] = quantise(s, v[k]);
	}
	if (!lost)
		buf_addf(r->out, "%.6f,%.6f,%.6f,%.6f\n", s->start_s + t, v[0],
		    v[1], v[2]);
	for (int q = 0; q < FINE; q++)
		for (int k = 0; k < s->modes; k++)
			advance(&r->state[k], a[q],
			    2 * NUM_PI * s->mode[k].freq_hz, s->mode[k].damping,
			    dt / FINE);
}

static void
run(const struct synth *s, const struct command *c, double time_s,
    struct buf *out)
{
	struct row r = {.s = s, .noise = s->seed, .out = out};
	struct command_walk walk;
	double t = 0;

	if (c)
		command_walk_stored(&walk, c, 3000);
	buf_adds(out, "#time,accel_x,accel_y,accel_z\n");
	for (size_t i = 0; t < time_s; i++) {
		/* a slow swing of 150 s, as a cooling sensor's */
		double dt =
		    (1 + s->wander * sin(2 * NUM_PI * t / 150)) / s->rate_hz;
		double h = dt / FINE, a[FINE] = {0};
		bool lost = s->lose && i % (800000 / s->lose) >= 5000 &&
			    i % (800000 / s->lose) < 5008;

		if (c)
			command_means(&walk, t - s->lead_s + h / 2, h, a, FINE);
		sample(&r, t, dt, lost, a);
		t += dt;
	}
}

void
synth_sweep(const struct synth *s, struct buf *out)
{
	struct command c;

	command_build(&c, &s->spec);
	run(s, &c, s->lead_s + c.segment[c.n - 1].end_s + 0.05 + s->tail_s,
	    out);
	command_release(&c);
}

void
synth_ringdown(const struct synth *s, int n, struct buf *out)
{
	struct command c = {0};
	double t = 0, v = 0, accel = 8000, speed = 100;
	double cruise = (12 - speed * speed / accel) / speed;

	c.segment = xcalloc((size_t)n * 4, sizeof(*c.segment));
	for (int i = 0; i < n * 4; i++) {
		static const double part[] = {1, 0, -1, 0};
		double a = part[i % 4] * accel * (i / 4 % 2 ? -1 : 1);
		double dt = i % 4 == 3	 ? 0.35
			    : i % 4 == 1 ? cruise
					 : speed / accel;

		c.segment[c.n].start_v_mm_s = v;
		c.segment[c.n].accel_mm_s2 = a;
		t += dt;
		v += a * dt;
		c.segment[c.n++].end_s = t;
	}
	run(s, &c, s->lead_s + t + s->tail_s, out);
	command_release(&c);
}

void
synth_rest(const struct synth *s, double time_s, struct buf *out)
{
	run(s, NULL, time_s, out);
}
