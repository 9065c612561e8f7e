/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The test motion: what the machine was told to do. */
#include "command.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "base/xalloc.h"

const struct command_spec command_default = {
    .freq_start_hz = 5,
    .freq_end_hz = 135,
    .accel_per_hz = 60,
    .hz_per_s = 1,
    .sweeping_accel = 400,
    .sweeping_period_s = 1.2,
};

static double
carrier_edge(const struct command_spec *s, int n)
{
	/* the first phase is shorter: the carrier swings about the start */
	double first = s->sweeping_period_s * sqrt(2) / 8;

	if (n == 0)
		return first;
	return 2 * first + s->sweeping_period_s * (0.25 + 0.5 * (n - 1));
}

void
command_walk_init(
    struct command_walk *w, const struct command_spec *s, double stop_accel)
{
	*w = (struct command_walk){.spec = *s,
	    .freq_hz = s->freq_start_hz,
	    .sign = 1,
	    .edge_s = HUGE_VAL,
	    .stop_accel = stop_accel};
	if (s->sweeping_period_s > 0) {
		w->carrier = s->sweeping_accel;
		w->edge_s = carrier_edge(s, 0);
	}
}

void
command_walk_stored(
    struct command_walk *w, const struct command *c, double stop_accel)
{
	*w = (struct command_walk){.stored = c, .stop_accel = stop_accel};
}

static bool
next_stored(struct command_walk *w, struct command_segment *g)
{
	w->ended = w->at == w->stored->n;
	if (w->ended)
		return false;
	*g = w->stored->segment[w->at++];
	w->last_v = g->start_v_mm_s + g->accel_mm_s2 * (g->end_s - w->last_s);
	w->last_s = g->end_s;
	return true;
}

static bool
give(struct command_walk *w, double end_s, double a, struct command_segment *g)
{
	double dt = end_s - w->last_s;

	if (dt <= 1e-12)
		return false;
	*g = (struct command_segment){
	    end_s, a + w->carrier, w->freq_hz, w->last_v};
	w->last_s = end_s;
	w->last_v += g->accel_mm_s2 * dt;
	if (fabs(w->last_v) < 1e-6)
		w->last_v = 0;
	return true;
}

bool
command_walk_next(struct command_walk *w, struct command_segment *g)
{
	const struct command_spec *s = &w->spec;

	if (w->stored)
		return next_stored(w, g);
	while (w->freq_hz <= s->freq_end_hz + 1e-6) {
		double q = 0.25 / w->freq_hz;
		double a = w->sign * s->accel_per_hz * w->freq_hz;
		double end_s = w->t_s + q * (w->quarter + 1);

		if (w->quarter)
			a = -a;
		/* a quarter is cut where the carrier turns */
		if (w->edge_s < end_s) {
			bool some = give(w, w->edge_s, a, g);

			w->carrier = -w->carrier;
			w->edge_s = carrier_edge(s, ++w->edges);
			if (some)
				return true;
			continue;
		}
		{
			bool some = give(w, end_s, a, g);

			if (w->quarter++) {
				w->quarter = 0;
				w->t_s += 2 * q;
				w->freq_hz += 2 * q * s->hz_per_s;
				w->sign = -w->sign;
			}
			if (some)
				return true;
		}
	}
	w->ended = true;
	return false;
}

double
command_length_s(const struct command_spec *s)
{
	return (s->freq_end_hz - s->freq_start_hz) / s->hz_per_s;
}

struct build {
	struct command *c;
	size_t alloc;
	double t, v, pos;
};

static void
append(struct build *b, double end_s, double accel, double freq_hz)
{
	struct command *c = b->c;
	double dt = end_s - b->t, v;

	if (dt <= 1e-12)
		return;
	ALLOC_GROW(c->segment, c->n + 1, b->alloc);
	c->segment[c->n++] =
	    (struct command_segment){end_s, accel, freq_hz, b->v};
	v = b->v + accel * dt;
	if (fabs(v) < 1e-6)
		v = 0;
	/* turns round within the segment: the farthest point is there */
	if (b->v * v < 0) {
		double turn = b->pos - b->v * b->v / (2 * accel);

		c->lowest = fmin(c->lowest, turn);
		c->highest = fmax(c->highest, turn);
	}
	b->pos += (b->v + v) / 2 * dt;
	b->t = end_s;
	b->v = v;
	c->lowest = fmin(c->lowest, b->pos);
	c->highest = fmax(c->highest, b->pos);
	c->max_v = fmax(c->max_v, fabs(v));
	c->max_accel = fmax(c->max_accel, fabs(accel));
}

void
command_build(struct command *c, const struct command_spec *s)
{
	struct build b = {.c = c};
	struct command_segment g;
	struct command_walk w;

	memset(c, 0, sizeof(*c));
	command_walk_init(&w, s, 0);
	while (command_walk_next(&w, &g))
		append(&b, g.end_s, g.accel_mm_s2, g.freq_hz);
	c->end_v = b.v;
	c->end_pos = b.pos;
}

void
command_constant(
    struct command *c, double freq_hz, double accel_per_hz, double time_s)
{
	struct build b = {.c = c};
	double q = 0.25 / freq_hz, a = accel_per_hz * freq_hz;

	memset(c, 0, sizeof(*c));
	for (int i = 0; 2 * q * i < time_s; i++, a = -a) {
		append(&b, (2 * i + 1) * q, a, freq_hz);
		append(&b, (2 * i + 2) * q, -a, freq_hz);
	}
	c->end_v = b.v;
	c->end_pos = b.pos;
}

void
command_release(struct command *c)
{
	free(c->segment);
	memset(c, 0, sizeof(*c));
}

static double
speed_at(struct command_walk *w, double t)
{
	double left;

	while (!w->ended && w->now.end_s < t) {
		w->now_from_s = w->now.end_s;
		if (!command_walk_next(w, &w->now))
			break;
	}
	if (t <= 0)
		return 0;
	if (w->ended) {
		left = fabs(w->last_v) - w->stop_accel * (t - w->last_s);
		return left > 0 ? copysign(left, w->last_v) : 0;
	}
	return w->now.start_v_mm_s + w->now.accel_mm_s2 * (t - w->now_from_s);
}

void
command_means(
    struct command_walk *w, double t_s, double h_s, double *out, size_t n)
{
	double before = speed_at(w, t_s - h_s / 2);

	for (size_t i = 0; i < n; i++) {
		double now = speed_at(w, t_s + h_s * ((double)i + 0.5));

		out[i] = (now - before) / h_s;
		before = now;
	}
}

static const struct command_word fields[] = {
    {"freq_start", offsetof(struct command_spec, freq_start_hz), 1, 300},
    {"freq_end", offsetof(struct command_spec, freq_end_hz), 1, 300},
    {"accel_per_hz", offsetof(struct command_spec, accel_per_hz), 1e-3, 1e4},
    {"hz_per_sec", offsetof(struct command_spec, hz_per_s), 0.05, 10},
    {"sweeping_accel", offsetof(struct command_spec, sweeping_accel), 0, 1e5},
    {"sweeping_period", offsetof(struct command_spec, sweeping_period_s), 0,
	100},
    {"dx", offsetof(struct command_spec, direction), -1, 1},
    {"dy", offsetof(struct command_spec, direction) + sizeof(double), -1, 1},
    {"dz", offsetof(struct command_spec, direction) + 2 * sizeof(double), -1,
	1},
};

enum {
	FIELDS = sizeof(fields) / sizeof(fields[0]),
};

int
command_words(const struct command_word *words, int n_words, void *to,
    const char *text, size_t len, size_t *at)
{
	size_t p = 0;

	while (p < len) {
		size_t key = p, eq, end;
		double v;
		int i;

		if (text[p] == ' ') {
			p++;
			continue;
		}
		while (p < len && text[p] != '=' && text[p] != ' ')
			p++;
		eq = p;
		while (p < len && text[p] != ' ')
			p++;
		end = p;
		*at = key;
		for (i = 0; i < n_words; i++)
			if (strlen(words[i].key) == eq - key &&
			    memcmp(words[i].key, text + key, eq - key) == 0)
				break;
		if (i == n_words || eq == end ||
		    num_parse_decimal(text + eq + 1, end - eq - 1, &v) ||
		    v < words[i].min || v > words[i].max)
			return -1;
		*(double *)(void *)((char *)to + words[i].offset) = v;
	}
	*at = 0;
	return 0;
}

int
command_parse(struct command_spec *s, const char *text, size_t len, size_t *at)
{
	*s = command_default;
	if (command_words(fields, FIELDS, s, text, len, at) != 0)
		return -1;
	return s->freq_start_hz < s->freq_end_hz ? 0 : -1;
}

void
command_format(const struct command_spec *s, struct buf *out)
{
	for (int i = 0; i < FIELDS; i++) {
		char number[NUM_DOUBLE_MAX];

		num_format_double(
		    number, *(const double *)(const void *)((const char *)s +
							    fields[i].offset));
		buf_addf(out, "%s%s=%s", i ? " " : "", fields[i].key, number);
	}
}
