/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Moves with limits become trapezoids. */
#include "motion/planner.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/die.h"
#include "base/xalloc.h"

/* Moves of a lazy pass: enough that few are walked over twice, few enough
 * that they stay in the first cache. */
#define BATCH 128

/* Shorter than this and E moves alone; or nothing does: what rounding makes of
 * the same E, seen through M221, waits for more.  mm */
#define DISTANCE_MIN 1e-9
/* before the extruder's own limit */
#define EXTRUDE_ONLY_ACCEL 99999999.9

struct planner {
	planner_fn *emit;
	planner_limit_fn *limit;
	planner_motors_fn *motors;
	void *ctx, *limit_ctx, *motors_ctx;
	struct planner_limits limits;
	struct planner_extruder extruder;
	double deviation; /* junction deviation, mm */
	double smooth;	  /* 2 A (1 - m) */
	double pos[4];
	/* moves first..first + n - 1; the one before first, final already,
	 * is gone: after a partial pass the corner holds what it left */
	struct planner_move *move;
	size_t alloc, n;
	size_t batch, next_pass;
	double last_peak_v2; /* c of the move emitted last */
	/* of the next move; HUGE_VAL: none */
	double next_velocity, next_accel, next_corner_v2;
};

struct planner *
planner_new(planner_fn *emit, void *ctx)
{
	struct planner *p = xcalloc(1, sizeof(*p));

	p->emit = emit;
	p->ctx = ctx;
	planner_cap_next(p, HUGE_VAL, HUGE_VAL, HUGE_VAL);
	p->batch = p->next_pass = BATCH;
	return p;
}

void
planner_cap_next(
    struct planner *p, double velocity, double accel, double corner)
{
	p->next_velocity = velocity;
	p->next_accel = accel;
	p->next_corner_v2 = corner * corner;
}

void
planner_free(struct planner *p)
{
	if (!p)
		return;
	free(p->move);
	free(p);
}

void
planner_set_limits(struct planner *p, const struct planner_limits *l)
{
	double q = l->square_corner_velocity;

	p->limits = *l;
	p->deviation = q * q * (sqrt(2) - 1) / l->accel;
	p->smooth = 2 * l->accel * (1 - l->minimum_cruise_ratio);
}

void
planner_set_extruder(struct planner *p, const struct planner_extruder *e)
{
	p->extruder = *e;
}

void
planner_set_kinematics(struct planner *p, planner_limit_fn *limit, void *ctx)
{
	p->limit = limit;
	p->limit_ctx = ctx;
}

void
planner_set_motors(struct planner *p, planner_motors_fn *motors, void *ctx)
{
	p->motors = motors;
	p->motors_ctx = ctx;
}

void
planner_set_batch(struct planner *p, size_t moves)
{
	p->batch = p->next_pass = moves ? moves : BATCH;
}

void
planner_set_position(struct planner *p, const double pos[4])
{
	if (p->n)
		BUG("the position is set amid moves");
	memcpy(p->pos, pos, sizeof(p->pos));
}

const double *
planner_position(const struct planner *p)
{
	return p->pos;
}

size_t
planner_pending(const struct planner *p)
{
	return p->n;
}

static inline double
least(double a, double b)
{
	return a < b ? a : b;
}

/* v and a of a move as the axes allow; a move of E alone is not theirs */
static inline void
limit_axes(
    const struct planner *p, const struct planner_move *m, double *v, double *a)
{
	double z = fabs(m->dir[2]);

	*v = least(*v, p->limits.velocity);
	if (z != 0) {
		*v = least(*v, p->limits.z_velocity / z);
		*a = least(*a, p->limits.z_accel / z);
	}
	if (p->limit)
		p->limit(p->limit_ctx, m->start, m->dir, m->distance, v, a);
}

static enum planner_result
limit_extruder(const struct planner *p, const struct planner_move *m, double de,
    double *v, double *a, double *value)
{
	const struct planner_extruder *e = &p->extruder;
	double ratio = fabs(m->ratio_e);

	if (m->ratio_e < 0 || (m->dir[0] == 0 && m->dir[1] == 0)) {
		if (fabs(de) > e->only_distance) {
			*value = fabs(de);
			return PLANNER_TOO_LONG;
		}
		*v = least(*v, e->only_velocity / ratio);
		*a = least(*a, e->only_accel / ratio);
	} else if (ratio > e->max_ratio &&
		   de > e->nozzle_diameter * e->max_ratio) {
		*value = ratio;
		return PLANNER_TOO_THICK;
	}
	return PLANNER_MOVED;
}

/*
 * The cap on the squared speed between two moves.  phi is the angle by which
 * the path turns; a circle that touches both lines at the deviation has
 * radius deviation * cos(phi/2) / (1 - cos(phi/2)); it must not reach
 * further than the middle of either.
 */
static inline double
corner(const struct planner *p, const struct planner_move *m,
    const struct planner_move *last)
{
	double v2 = least(m->cruise_v2, last->cruise_v2);
	double turn = m->ratio_e - last->ratio_e;
	double cosine, sin2;

	v2 = least(v2, last->corner_v2 + last->delta_v2);
	if (turn != 0) {
		double e = p->extruder.corner_velocity / turn;

		v2 = least(v2, e * e);
	}
	cosine = m->dir[0] * last->dir[0] + m->dir[1] * last->dir[1] +
		 m->dir[2] * last->dir[2];
	sin2 = (1 - cosine) * 0.5; /* of phi / 2 */
	if (sin2 > 0) {
		double cos2 = (1 + cosine) * 0.5;
		double s = sqrt(sin2);
		double c = cos2 > 0 ? sqrt(cos2) : 0;
		double f = c / sin2;
		double quarter_cot = f * s * 0.25; /* 2 d a is delta_v2 */
		double k = f * (1 + c);

		v2 = least(v2, k * least(m->jd_v2, last->jd_v2));
		v2 =
		    least(v2, quarter_cot * least(m->delta_v2, last->delta_v2));
	}
	return v2;
}

static bool
e_alone(const struct planner_move *m)
{
	return m->dir[0] == 0 && m->dir[1] == 0 && m->dir[2] == 0;
}

static inline void
join(const struct planner *p, struct planner_move *m)
{
	const struct planner_move *last;

	m->corner_v2 = m->smooth_corner_v2 = 0;
	if (!p->n)
		return;
	last = m - 1;
	if (e_alone(m) || e_alone(last))
		return;
	m->corner_v2 = least(corner(p, m, last), p->next_corner_v2);
	m->smooth_corner_v2 =
	    least(m->corner_v2, last->smooth_corner_v2 + last->smooth_v2);
}

/*
 * From the end, which is at rest, to the begin: how fast may each move be
 * entered (s: at full acceleration, t: under the cruise ratio)?  Where t
 * stops falling is a peak; its height caps the run of moves before it, back
 * to the peak before.  Returns how many moves are final: all, or when lazy
 * those before the second peak from the end.
 */
static size_t
backward(struct planner *p, bool lazy)
{
	double s = 0, t = 0, peak = 0;
	size_t final = lazy ? 0 : p->n, pending = 0;

	for (size_t i = p->n; i-- > 0;) {
		struct planner_move *m = &p->move[i];
		double reach = s + m->delta_v2;
		double smooth = t + m->smooth_v2;
		double next_t = t;

		s = least(m->corner_v2, reach);
		t = least(m->smooth_corner_v2, smooth);
		m->entry_v2 = s;
		m->peak_v2 = -1;
		pending++;
		if (t >= smooth)
			continue;
		if (t + m->smooth_v2 > next_t || pending > 1) {
			if (lazy && peak != 0) {
				final = i + pending;
				lazy = false;
			}
			peak = (t + smooth) * 0.5;
		}
		m->peak_v2 =
		    least(least((s + reach) * 0.5, m->cruise_v2), peak);
		pending = 0;
	}
	return final;
}

/* the trapezoid of a move between squared speeds */
static inline void
profile(struct planner_profile *q, const struct planner_move *m, double v0_2,
    double peak_2, double v1_2)
{
	double inverse = 1 / m->accel;
	double rest =
	    m->distance - (peak_2 - v0_2 + (peak_2 - v1_2)) * 0.5 * inverse;

	q->start_v = sqrt(v0_2);
	q->cruise_v = sqrt(peak_2);
	q->end_v = sqrt(v1_2);
	q->jerk = 0;
	q->accel_t = (q->cruise_v - q->start_v) * inverse;
	q->decel_t = (q->cruise_v - q->end_v) * inverse;
	q->cruise_t = rest > 0 ? rest / q->cruise_v : 0;
}

static void
forward(struct planner *p, size_t final)
{
	double peak = p->last_peak_v2;

	for (size_t i = 0; i < final; i++) {
		const struct planner_move *m = &p->move[i];
		double s = m->entry_v2;
		double next = i + 1 < p->n ? m[1].entry_v2 : 0;
		struct planner_profile q;

		peak = m->peak_v2 < 0 ? least(peak, s) : m->peak_v2;
		profile(&q, m, least(s, peak), peak, least(next, peak));
		p->emit(p->ctx, m, &q);
	}
	p->last_peak_v2 = peak;
}

static void
pass(struct planner *p, bool lazy)
{
	size_t final = backward(p, lazy);

	forward(p, final);
	p->n -= final;
	if (p->n && final)
		memmove(p->move, p->move + final, p->n * sizeof(p->move[0]));
	p->next_pass = 2 * p->n < p->batch ? p->batch : 2 * p->n;
}

void
planner_flush(struct planner *p)
{
	pass(p, false);
	p->last_peak_v2 = 0;
}

/* start, direction, ratio and distance; 0 when there is nothing to do */
static inline double
measure(const struct planner *p, struct planner_move *m, const double target[4])
{
	double d[4], inverse;

	for (int i = 0; i < 4; i++)
		d[i] = target[i] - p->pos[i];
	memcpy(m->start, p->pos, sizeof(m->start));
	m->start_e = p->pos[3];
	m->distance = sqrt(d[0] * d[0] + d[1] * d[1] + d[2] * d[2]);
	if (m->distance < DISTANCE_MIN) {
		m->dir[0] = m->dir[1] = m->dir[2] = 0;
		m->distance = fabs(d[3]);
		m->ratio_e = d[3] < 0 ? -1 : 1;
		return d[3];
	}
	inverse = 1 / m->distance;
	for (int i = 0; i < 3; i++)
		m->dir[i] = d[i] * inverse;
	m->ratio_e = d[3] * inverse;
	return d[3];
}

enum planner_result
planner_add(struct planner *p, const double target[4], double speed,
    uint32_t line, double *value)
{
	double v = speed, a, de;
	struct planner_move *m;

	ALLOC_GROW(p->move, p->n + 1, p->alloc);
	m = &p->move[p->n];
	de = measure(p, m, target);
	if (m->distance < DISTANCE_MIN)
		return PLANNER_STAYED;
	if (e_alone(m)) {
		a = EXTRUDE_ONLY_ACCEL;
	} else {
		a = p->limits.accel;
		limit_axes(p, m, &v, &a);
	}
	if (de != 0) {
		enum planner_result r = limit_extruder(p, m, de, &v, &a, value);

		if (r != PLANNER_MOVED)
			return r;
	}
	if (p->motors)
		p->motors(p->motors_ctx, m, &v, &a);
	v = least(v, p->next_velocity);
	a = least(a, p->next_accel);
	m->line = line;
	m->accel = a;
	m->cruise_v2 = v * v;
	m->delta_v2 = 2 * m->distance * a;
	m->smooth_v2 = least(m->distance * p->smooth, m->delta_v2);
	m->jd_v2 = p->deviation * a;
	join(p, m);
	memcpy(p->pos, target, 3 * sizeof(double));
	if (e_alone(m))
		memcpy(p->pos, m->start, sizeof(m->start));
	p->pos[3] = target[3];
	if (++p->n >= p->next_pass)
		pass(p, true);
	return PLANNER_MOVED;
}
