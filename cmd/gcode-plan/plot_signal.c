/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a plot shows, column by column. */
#include <math.h>
#include <string.h>

#include "cmd/gcode-plan/plot.h"
#include "motion/shaper_def.h"

/* straight lines that a ramp with jerk is drawn as */
#define RAMP_PIECES 8

static void
widen(struct plot_signal *s, int column, double v)
{
	if (column < 0 || column >= PLOT_COLUMNS)
		return;
	if (s->low[column] > s->high[column]) {
		s->low[column] = s->high[column] = v;
		return;
	}
	s->low[column] = fmin(s->low[column], v);
	s->high[column] = fmax(s->high[column], v);
}

/* a value that goes from a to b in a straight line, into all it crosses; t from
 * the first column on */
static void
add_line(struct plot_signal *s, double scale, double t0, double t1, double a,
    double b)
{
	double slope = t1 > t0 ? (b - a) / (t1 - t0) : 0;
	double from = fmax(t0, 0), to = fmin(t1, PLOT_COLUMNS / scale);
	double t = from, v = a + slope * (from - t0);

	for (int c = (int)(from * scale); t < to && c < PLOT_COLUMNS; c++) {
		double next = fmin((c + 1) / scale, to);
		double w = a + slope * (next - t0);

		widen(s, c, v);
		widen(s, c, w);
		if (next < to)
			widen(s, c + 1, w);
		s->sum[c] += (v + w) / 2 * (next - t);
		s->time[c] += next - t;
		t = next;
		v = w;
	}
}

/* one phase: speed from v on, acceleration from a to b */
static void
add_phase(const struct plot *p, enum plot_kind kind, struct plot_signal *s,
    const struct plot_move *pm, double scale, double at, double t, double v,
    double a, double b)
{
	double area =
	    p->machine->n_extruders ? p->machine->extruder[0].filament_area : 0;
	/* what is drawn back and pushed again would dwarf the rest */
	double flow = pm->m.advance ? pm->m.ratio_e * area : 0;
	double press = flow * pm->advance;
	double end = v + (a + b) / 2 * t;
	/* E alone is no motion of the head */
	bool still =
	    pm->m.dir[0] == 0 && pm->m.dir[1] == 0 && pm->m.dir[2] == 0;

	if (t <= 0)
		return;
	if (still)
		v = end = a = b = 0;
	switch (kind) {
	case PLOT_SPEED:
		add_line(s, scale, at, at + t, v, end);
		break;
	case PLOT_ACCELERATION:
		add_line(s, scale, at, at + t, a, b);
		break;
	case PLOT_FLOW:
		add_line(s, scale, at, at + t, flow * v, flow * end);
		break;
	case PLOT_PRESSED:
		add_line(s, scale, at, at + t, flow * v + press * a,
		    flow * end + press * b);
		break;
	default:
		break;
	}
}

/* A ramp of the move, of t from v on: accel is its mean where it has jerk, and
 * it is drawn in pieces. */
static void
add_ramp(const struct plot *p, enum plot_kind kind, struct plot_signal *s,
    const struct plot_move *pm, double scale, double at, double t, double v,
    double accel)
{
	int n = pm->m.jerk != 0 ? RAMP_PIECES : 1;

	for (int i = 0; i < n; i++) {
		double a = accel + pm->m.jerk * (t * i / n - t / 2);
		double b = a + pm->m.jerk * t / n;

		add_phase(p, kind, s, pm, scale, at, t / n, v, a, b);
		at += t / n;
		v += (a + b) / 2 * t / n;
	}
}

/* what jerk adds to the place in a ramp of t, at x of it */
static double
bent(const struct plan_move *m, double x, double t)
{
	return m->jerk * x * x * (x / 6 - t / 4);
}

/* how far along the move at time x of it */
static double
along(const struct plan_move *m, double x)
{
	double ramp = (m->start_v + m->cruise_v) / 2 * m->accel_t +
		      bent(m, m->accel_t, m->accel_t);

	if (x <= 0)
		return 0;
	if (x < m->accel_t)
		return (m->start_v + m->accel * x / 2) * x +
		       bent(m, x, m->accel_t);
	x -= m->accel_t;
	if (x < m->cruise_t)
		return ramp + m->cruise_v * x;
	ramp += m->cruise_v * m->cruise_t;
	x -= m->cruise_t;
	if (x < m->decel_t)
		return ramp + (m->cruise_v - m->accel * x / 2) * x +
		       bent(m, x, m->decel_t);
	return m->distance;
}

/* the planned position of an axis; moves before hint are over by then */
static double
position(const struct plot *p, int axis, double t, size_t *hint)
{
	const struct plot_move *pm;

	while (*hint + 1 < p->n && p->move[*hint + 1].t <= t)
		++*hint;
	while (*hint && p->move[*hint].t > t)
		--*hint;
	pm = &p->move[*hint];
	return pm->m.start[axis] + along(&pm->m, t - pm->t) * pm->m.dir[axis];
}

static int
shaper_of(const struct plot *p, int axis, struct shaper *out)
{
	char why[SHAPER_WHY_MAX];
	struct shaper_type type;
	const char *name = p->shaper[axis].type;

	if (p->shaper[axis].freq <= 0 ||
	    shaper_type_parse(name, strlen(name), &type, why) ||
	    shaper_make(
		&type, p->shaper[axis].freq, p->shaper[axis].damping, out))
		return -1;
	return 0;
}

/* The mean under a smooth shaper, drawn from so many points of its window. */
#define KERNEL_POINTS 48

static double
smoothed(const struct plot *p, int axis, const struct shaper *shaper, double t,
    size_t *hint)
{
	double sum = 0, area = 0;

	for (int i = 0; i < KERNEL_POINTS; i++) {
		double x = (i + 0.5) / KERNEL_POINTS - 0.5, w = 0;

		for (int k = shaper->n_coefs - 1; k >= 0; k--)
			w = w * x + shaper->c[k];
		area += w;
		sum += w * position(p, axis,
			       t + shaper->offset_s - x * shaper->width_s,
			       &hint[i]);
	}
	return sum / area;
}

static double
shaped(const struct plot *p, int axis, const struct shaper *shaper, double t,
    size_t *hint)
{
	double v = 0;

	if (!shaper)
		return position(p, axis, t, hint);
	if (shaper->n == 0)
		return smoothed(p, axis, shaper, t, hint);
	for (int k = 0; k < shaper->n; k++)
		v += shaper->a[k] * position(p, axis,
					t - (shaper->t_s[k] - shaper->centre_s),
					&hint[k]);
	return v;
}

/* positions are sampled: they have no peaks between two points */
static void
add_positions(const struct plot *p, int axis, const struct shaper *shaper,
    struct plot_signal *s)
{
	double scale = (p->end - p->begin) / (4.0 * PLOT_COLUMNS);
	size_t hint[KERNEL_POINTS] = {0};

	for (int i = 0; i < 4 * PLOT_COLUMNS; i++)
		widen(s, i / 4,
		    shaped(
			p, axis, shaper, p->begin + (i + 0.5) * scale, hint));
}

/* Over so much time the speed behind a shaper is taken, s. */
#define SPEED_S 1e-4

/* where the head is, each axis with its shaper; those of Z are not drawn */
static void
head(const struct plot *p, const struct shaper *const shaper[2], double t,
    size_t hint[3][KERNEL_POINTS], double out[3])
{
	for (int i = 0; i < 3; i++)
		out[i] = shaped(p, i, i < 2 ? shaper[i] : NULL, t, hint[i]);
}

/* only where a column is so short that its speeds can be told apart */
static int
add_shaped_speed(const struct plot *p, struct plot_signal *s)
{
	double scale = (p->end - p->begin) / (4.0 * PLOT_COLUMNS);
	size_t hint[3][KERNEL_POINTS] = {{0}};
	struct shaper made[2];
	const struct shaper *shaper[2];

	for (int i = 0; i < 2; i++)
		shaper[i] = shaper_of(p, i, &made[i]) == 0 ? &made[i] : NULL;
	if ((!shaper[0] && !shaper[1]) || scale > 0.002)
		return -1;
	for (int i = 0; i < 4 * PLOT_COLUMNS; i++) {
		double t = p->begin + (i + 0.5) * scale, a[3], b[3];

		head(p, shaper, t - SPEED_S / 2, hint, a);
		head(p, shaper, t + SPEED_S / 2, hint, b);
		widen(s, i / 4,
		    sqrt(pow(b[0] - a[0], 2) + pow(b[1] - a[1], 2) +
			 pow(b[2] - a[2], 2)) /
			SPEED_S);
	}
	return 0;
}

uint32_t
plot_line_at(const struct plot *p, double t)
{
	size_t i = 0;

	while (i + 1 < p->n && p->move[i + 1].t <= t)
		i++;
	return p->n ? p->move[i].line : 0;
}

int
plot_signal(const struct plot *p, enum plot_kind kind, struct plot_signal *s)
{
	double scale = PLOT_COLUMNS / (p->end - p->begin);
	struct shaper shaper;
	int axis = kind == PLOT_Y || kind == PLOT_SHAPED_Y;

	for (int i = 0; i < PLOT_COLUMNS; i++) {
		s->low[i] = 1;
		s->high[i] = -1;
		s->sum[i] = s->time[i] = 0;
	}
	if (!p->drawn || !(p->end > p->begin))
		return -1;
	if (kind == PLOT_SHAPED_SPEED)
		return add_shaped_speed(p, s);
	if (kind >= PLOT_X) {
		bool shaped = kind >= PLOT_SHAPED_X;

		if (shaped && shaper_of(p, axis, &shaper))
			return -1;
		add_positions(p, axis, shaped ? &shaper : NULL, s);
		return 0;
	}
	for (size_t i = 0; i < p->n; i++) {
		const struct plot_move *pm = &p->move[i];
		const struct plan_move *m = &pm->m;
		double at = pm->t - p->begin;

		add_ramp(p, kind, s, pm, scale, at, m->accel_t, m->start_v,
		    m->accel);
		at += m->accel_t;
		add_phase(
		    p, kind, s, pm, scale, at, m->cruise_t, m->cruise_v, 0, 0);
		at += m->cruise_t;
		add_ramp(p, kind, s, pm, scale, at, m->decel_t, m->cruise_v,
		    -m->accel);
	}
	if (kind != PLOT_PRESSED)
		return 0;
	for (size_t i = 0; i < p->n; i++)
		if (p->move[i].advance > 0 && p->move[i].m.advance)
			return 0;
	return -1;
}
