/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The filtered path of a motor as polynomial pieces, exactly. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "motion/steps_motor.h"

/*
 * A shaped coordinate is a weighted sum of the path at several times, each a
 * quadratic of time (a cubic with jerk) between the ends of its segment; so is
 *the sum, between all of these ends.
 *
 * Pressure advance weights f = e + K e' with a triangle of half width H.  The
 * second derivative of a triangle is three impulses, hence
 *
 *	E''(t) = (f(t + H) - 2 f(t) + f(t - H)) / H^2
 *
 * is such a sum as well.  Integrated twice from E and E' at the start of the
 * piece it is a quartic (with jerk a quintic).  Both starting values are
 *carried along and computed afresh from the integrals over the window every so
 *often, before rounding adds up (motion.md 5.1).
 */
#define SETTLE_EVERY 64
/* Ends of segments closer than this are one, s. */
#define TOGETHER 1e-12

/* --- the taps ----------------------------------------------------------- */

static void
add_tap(struct step_motor *m, double delay, const double w[4], int axis,
    int share, bool twice)
{
	struct step_tap *t;

	for (int i = 0; i < m->n_taps && !twice; i++) {
		t = &m->tap[i];
		if (t->delay == delay && t->share == share && t->axis == axis &&
		    !t->twice) {
			for (int k = 0; k < 4; k++)
				t->w[k] += w[k];
			return;
		}
	}
	m->tap = xreallocarray(m->tap, m->n_taps + 1, sizeof(*m->tap));
	t = &m->tap[m->n_taps++];
	memset(t, 0, sizeof(*t));
	t->delay = delay;
	memcpy(t->w, w, sizeof(t->w));
	t->axis = axis;
	t->share = share;
	t->twice = twice;
}

/* E, or the share of it that axis pushes, delayed: three taps if
 * smoothed; other models than the linear one smooth its rate beside it. */
static void
add_extruder_tap(struct step_motor *m, double delay, double weight, int share)
{
	double w[4] = {0, 0, 0, weight}, h = m->smooth_half;

	delay -= m->model.time_offset_s;
	if (h == 0 || m->model.kind != STEP_ADVANCE_LINEAR)
		add_tap(m, delay, w, 0, share, false);
	if (h == 0)
		return;
	if (m->model.kind == STEP_ADVANCE_LINEAR)
		m->e_weight += weight;
	w[3] = weight / (h * h);
	add_tap(m, delay - h, w, 0, share, true);
	add_tap(m, delay + h, w, 0, share, true);
	m->tap[m->n_taps - 1].late = true;
	w[3] *= -2;
	add_tap(m, delay, w, 0, share, true);
}

/* The edges of the window of a smooth shaper (steps_smooth.c). */
static void
add_edges(struct step_motor *m, int axis)
{
	const struct shaper *s = &m->queue->shaper[axis];
	double w[4] = {0};

	w[axis] = 1;
	add_tap(m, shaper_behind_s(s), w, axis, -1, false);
	m->tap[m->n_taps - 1].edge = TAP_LATE;
	add_tap(m, -shaper_ahead_s(s), w, axis, -1, false);
	m->tap[m->n_taps - 1].edge = TAP_EARLY;
}

static void
add_axis(struct step_motor *m, int axis)
{
	const struct shaper *s = &m->queue->shaper[axis];
	double w[4] = {0}, all = m->coef[axis];
	int to = m->bent ? axis : 0;

	if (m->curve || (m->bent && all != 0))
		all = 1;
	w[axis] = all;
	if (all == 0)
		return;
	if (m->smooth[axis])
		add_edges(m, axis);
	else if (s->n == 0)
		add_tap(m, 0, w, to, -1, false);
	for (int i = 0; i < s->n; i++) {
		w[axis] = all * s->a[i];
		add_tap(m, s->t_s[i] - s->centre_s, w, to, -1, false);
	}
}

/* E in time with what pushes it along an axis. */
static void
add_follower(struct step_motor *m, int axis)
{
	const struct shaper *s = &m->queue->shaper[axis];

	if (s->n == 0)
		add_extruder_tap(m, 0, m->coef[3], axis);
	for (int i = 0; i < s->n; i++)
		add_extruder_tap(
		    m, s->t_s[i] - s->centre_s, m->coef[3] * s->a[i], axis);
}

/* Most taps see one coordinate only. */
static int
only_weight(const struct step_tap *t)
{
	int only = -1;

	for (int i = 0; i < 4; i++) {
		if (t->w[i] == 0)
			continue;
		if (only >= 0)
			return -1;
		only = i;
	}
	return t->share < 0 ? only : -1;
}

static void
make_taps(struct step_motor *m)
{
	m->n_taps = 0;
	m->e_weight = 0;
	m->bent = m->curve || (m->coef[3] != 0 && m->smooth_half > 0 &&
				  m->model.kind != STEP_ADVANCE_LINEAR);
	for (int axis = 0; axis < 3; axis++) {
		m->smooth[axis] = m->queue->shaper[axis].n_coefs > 0 &&
				  (m->curve || m->coef[axis] != 0);
		m->bent |= m->smooth[axis];
	}
	for (int axis = 0; axis < 3; axis++) {
		add_axis(m, axis);
		if (m->coef[3] != 0 && m->follow_shaper)
			add_follower(m, axis);
	}
	if (m->coef[3] != 0 && !m->follow_shaper)
		add_extruder_tap(m, 0, m->coef[3], -1);
	m->alike = true;
	for (int i = 0; i < m->n_taps; i++) {
		struct step_tap *t = &m->tap[i];

		t->only = only_weight(t);
		t->simple = t->only >= 0 && !t->twice;
		m->alike = m->alike && !t->edge && t->axis == 0 &&
			   t->twice == m->tap[0].twice;
	}
	m->plain = m->alike && !m->bent && m->n_taps > 0 && !m->tap[0].twice;
}

void
step_motor_forget(struct step_motor *m)
{
	make_taps(m);
	m->ahead = m->behind = 0;
	m->cursor = m->queue->last;
	m->piece.active = false;
	m->time = -HUGE_VAL;
	m->seen.pos[0] = (double)NAN;
	m->seen.ends = false;
	m->unsettled = SETTLE_EVERY;
	m->n_waiting = m->n_taps;
	for (int i = 0; i < m->n_taps; i++) {
		struct step_tap *t = &m->tap[i];

		t->begun = t->settled = false;
		t->segment = m->queue->last;
		t->until = HUGE_VAL;
		m->ahead = fmax(m->ahead, -t->delay);
		m->behind = fmax(m->behind, t->delay);
	}
}

void
step_filter_release(struct step_motor *m)
{
	free(m->tap);
	free(m->advance);
}

static double
advance_of(const struct step_motor *m, uint64_t segment)
{
	int i = m->n_advance - 1;

	while (i >= 0 && m->advance[i].from > segment)
		i--;
	return i >= 0 ? m->advance[i].k : 0;
}

/* Models other than the linear one smooth the speed alone. */
static bool
only_rate(const struct step_motor *m, const struct step_tap *t)
{
	return t->twice && m->model.kind != STEP_ADVANCE_LINEAR;
}

static void
several_seen(const struct step_tap *t, const struct queued_segment *s,
    double *p, double *r)
{
	double start = s->start[3], dir = s->dir[3];

	if (t->share >= 0) {
		double x = s->dir[0] * s->dir[0] * dir;
		double y = s->dir[1] * s->dir[1] * dir;

		if (t->share == 2) {
			start -= s->share[0] + s->share[1];
			dir -= x + y;
		} else {
			start = s->share[t->share];
			dir = t->share == 0 ? x : y;
		}
	}
	*p = t->w[3] * start;
	*r = t->w[3] * dir;
	for (int i = 0; i < 3; i++) {
		*p += t->w[i] * s->start[i];
		*r += t->w[i] * s->dir[i];
	}
}

/* Start and direction of what the tap sees of a segment. */
static inline void
seen(const struct step_tap *t, const struct queued_segment *s, double *p,
    double *r)
{
	if (t->only < 0) {
		several_seen(t, s, p, r);
		return;
	}
	*p = t->w[t->only] * s->start[t->only];
	*r = t->w[t->only] * s->dir[t->only];
}

void
step_tap_load(struct step_motor *m, struct step_tap *t)
{
	const struct queued_segment *s = queue_segment(m->queue, t->segment);
	double p, r;

	t->t0 = s->t0 + t->delay;
	t->until = s->t1 + t->delay;
	seen(t, s, &p, &r);
	t->a[0] = p;
	t->a[1] = r * s->v;
	t->a[2] = r * s->h;
	if (s->g != 0)
		m->jerky = true;
	if (m->jerky)
		t->a[3] = r * s->g;
	if (t->twice) {
		t->a[0] -= t->w[3] * m->e_ref;
		if (only_rate(m, t))
			t->a[0] = t->a[1] = t->a[2] = t->a[3] = 0;
		if (s->advance) {
			double k = advance_of(m, t->segment);

			t->a[0] += k * r * s->v;
			t->a[1] += 2 * k * r * s->h;
			if (m->jerky)
				t->a[2] += 3 * k * r * s->g;
		}
	}
}

/* The tap waits for its segment, at the place where it found itself. */
static void
wait(const struct step_motor *m, struct step_tap *t, double at)
{
	const struct motion_queue *q = m->queue;
	double r;

	t->a[1] = t->a[2] = t->a[3] = 0;
	if (!t->settled) {
		t->a[0] = 0;
		if (t->segment < q->last && !only_rate(m, t)) {
			seen(t, queue_segment(q, t->segment), &t->a[0], &r);
			if (t->twice)
				t->a[0] -= t->w[3] * m->e_ref;
		}
	}
	t->t0 = at;
	t->until = t->segment < q->last
		       ? queue_segment(q, t->segment)->t0 + t->delay
		       : HUGE_VAL;
}

/* Past the end of the segment: into the next one, or waiting for it. */
static void
step_on(struct step_motor *m, struct step_tap *t)
{
	double x;

	if (!t->begun) {
		t->begun = true;
		m->n_waiting--;
		step_tap_load(m, t);
		return;
	}
	t->segment++;
	if (t->segment < m->queue->last) {
		step_tap_load(m, t);
		return;
	}
	/* where it comes to rest; K e' ends with the motion */
	x = t->until - t->t0;
	if (only_rate(m, t)) {
		t->a[0] = 0;
	} else if (t->twice) {
		const struct queued_segment *s =
		    queue_segment(m->queue, t->segment - 1);
		double p, r;

		seen(t, s, &p, &r);
		x = s->t1 - s->t0;
		t->a[0] = p - t->w[3] * m->e_ref + r * segment_way(s, x);
	} else {
		t->a[0] += (t->a[1] + (t->a[2] + t->a[3] * x) * x) * x;
	}
	t->begun = false;
	m->n_waiting++;
	t->settled = true;
	wait(m, t, t->until);
}

/* --- E and E' from the integrals ---------------------------------------- */

/* int_{u0}^{u1} (f0 + f1 u + f2 u^2 + f3 u^3) (a + b u) du */
static double
product(const double f[4], double a, double b, double u0, double u1)
{
	double c[5] = {f[0] * a, (f[1] * a + f[0] * b) / 2,
	    (f[2] * a + f[1] * b) / 3, (f[3] * a + f[2] * b) / 4, f[3] * b / 5};
	double at0 = 0, at1 = 0;

	for (int i = 4; i >= 0; i--) {
		at0 = (at0 + c[i]) * u0;
		at1 = (at1 + c[i]) * u1;
	}
	return at1 - at0;
}

/* What the triangle of half width h around u = 0 makes of f on [u0, u1]. */
static void
weigh(const double f[4], double h, double u0, double u1, double e[2])
{
	double lo = fmin(u1, 0), hi = fmax(u0, 0);

	if (u0 < lo) {
		e[0] += product(f, h, 1, u0, lo);
		e[1] -= product(f, 1, 0, u0, lo);
	}
	if (hi < u1) {
		e[0] += product(f, h, -1, hi, u1);
		e[1] += product(f, 1, 0, hi, u1);
	}
}

/* f of segment n as the tap sees it, u counting from queue time base; *end
 * is e at its end. */
static void
shifted(const struct step_motor *m, const struct step_tap *t, uint64_t n,
    double base, double f[4], double *end)
{
	const struct queued_segment *s = queue_segment(m->queue, n);
	double p, r, k = s->advance ? advance_of(m, n) : 0;
	double d = base - s->t0, c[4];

	seen(t, s, &p, &r);
	p -= t->w[3] * m->e_ref;
	*end = p + r * segment_way(s, s->t1 - s->t0);
	c[0] = p + k * r * s->v;
	c[1] = r * (s->v + 2 * k * s->h);
	c[2] = r * (s->h + 3 * k * s->g);
	c[3] = r * s->g;
	if (only_rate(m, t)) {
		*end = c[3] = 0;
		c[0] = k * r * s->v;
		c[1] = 2 * k * r * s->h;
		c[2] = 3 * k * r * s->g;
	}
	f[0] = c[0] + (c[1] + (c[2] + c[3] * d) * d) * d;
	f[1] = c[1] + (2 * c[2] + 3 * c[3] * d) * d;
	f[2] = c[2] + 3 * c[3] * d;
	f[3] = c[3];
}

/* Adds the window of one triple of taps; late is the one that is H behind. */
static void
settle_window(struct step_motor *m, const struct step_tap *late)
{
	const struct motion_queue *q = m->queue;
	double h = m->smooth_half, u = -h;
	double base = m->time - late->delay + h;
	double rest[4] = {late->begun ? 0 : late->a[0]}, f[4];

	for (uint64_t n = late->segment; n < q->last && u < h; n++) {
		const struct queued_segment *s = queue_segment(q, n);
		double u0 = s->t0 - base, u1 = fmin(s->t1 - base, h);

		if (u0 > u && !(late->begun && n == late->segment)) {
			weigh(rest, h, u, fmin(u0, h), m->e);
			u = fmin(u0, h);
		}
		if (u1 <= u)
			continue;
		shifted(m, late, n, base, f, &rest[0]);
		weigh(f, h, u, u1, m->e);
		u = u1;
	}
	if (u < h)
		weigh(rest, h, u, h, m->e);
}

static void
settle(struct step_motor *m)
{
	const struct motion_queue *q = m->queue;
	double ref = m->e_ref;

	for (int i = 0; i < m->n_taps; i++) {
		const struct step_tap *t = &m->tap[i];

		if (t->late && t->segment < q->last)
			ref = queue_segment(q, t->segment)->start[3];
	}
	for (int i = 0; i < m->n_taps; i++) {
		if (m->tap[i].twice && !only_rate(m, &m->tap[i]))
			m->tap[i].a[0] += m->tap[i].w[3] * (m->e_ref - ref);
	}
	m->e_ref = ref;
	m->e[0] = m->e[1] = 0;
	for (int i = 0; i < m->n_taps; i++) {
		if (m->tap[i].late)
			settle_window(m, &m->tap[i]);
	}
	m->unsettled = 0;
}

/* --- pieces ------------------------------------------------------------- */

/* Which tap changes first, and when. */
static void
find_change(struct step_motor *m)
{
	double next = m->tap[0].until;
	int which = 0;

	for (int i = 1; i < m->n_taps; i++) {
		double until = m->tap[i].until;

		which = until < next ? i : which;
		next = until < next ? until : next;
	}
	m->change = next;
	m->changing = which;
}

/* Taps waiting for a segment may have it now. */
static void
look_ahead(struct step_motor *m)
{
	for (int i = 0; i < m->n_taps; i++) {
		struct step_tap *t = &m->tap[i];

		if (t->begun || t->until < HUGE_VAL ||
		    t->segment == m->queue->last)
			continue;
		wait(m, t, t->t0);
		if (m->piece.active && t->until < m->piece.until) {
			m->piece.until = t->until;
			m->piece.length = t->until - m->piece.t0;
			m->seen.ends = false;
		}
	}
	find_change(m);
}

/* Nearly always it is a simple tap that goes on to the next segment, and
 * nothing else; false: it is not. */
static inline bool
step_simply(struct step_motor *m, struct step_tap *t)
{
	const struct queued_segment *s;
	double r;

	if (!t->begun || !t->simple || m->jerky ||
	    t->segment + 1 >= m->queue->last)
		return false;
	s = queue_segment(m->queue, t->segment + 1);
	if (s->g != 0)
		return false;
	t->segment++;
	t->t0 = s->t0 + t->delay;
	t->until = s->t1 + t->delay;
	r = t->w[t->only] * s->dir[t->only];
	t->a[0] = t->w[t->only] * s->start[t->only];
	t->a[1] = r * s->v;
	t->a[2] = r * s->h;
	return true;
}

/* Stands at time, every tap in the segment that it sees from there on. */
static void
move_to(struct step_motor *m, double time)
{
	m->time = time;
	while (m->change <= time + TOGETHER) {
		struct step_tap *t = &m->tap[m->changing];

		if (!step_simply(m, t))
			step_on(m, t);
		find_change(m);
	}
}

/* What jerk adds to that: rare, and apart for that reason. */
static void
sum_jerk(const struct step_motor *m, double c[3][4], double q[4])
{
	for (int i = 0; i < m->n_taps; i++) {
		const struct step_tap *t = &m->tap[i];
		double x = m->time - t->t0, a = t->a[3];
		double *to = t->twice ? q : c[t->axis];

		if (t->edge || a == 0)
			continue;
		to[0] += a * x * x * x;
		to[1] += 3 * a * x * x;
		to[2] += 3 * a * x;
		to[3] += a;
	}
}

/* What taps that all count for the same say from now on. */
static inline void
sum_alike(const struct step_motor *m, double to[3])
{
	const struct step_tap *t = m->tap, *end = t + m->n_taps;
	double a = 0, b = 0, c = 0, time = m->time;

	for (; t < end; t++) {
		double x = time - t->t0, bend = t->a[2] * x;
		double mean = t->a[1] + bend;

		a += t->a[0] + mean * x;
		b += mean + bend;
		c += t->a[2];
	}
	to[0] = a;
	to[1] = b;
	to[2] = c;
}

static void
sum_mixed(const struct step_motor *m, double c[3][4], double q[4])
{
	for (int i = 0; i < m->n_taps; i++) {
		const struct step_tap *t = &m->tap[i];
		double x = m->time - t->t0;
		double *to = t->twice ? q : c[t->axis];

		if (t->edge)
			continue;
		to[0] += t->a[0] + (t->a[1] + t->a[2] * x) * x;
		to[1] += t->a[1] + 2 * t->a[2] * x;
		to[2] += t->a[2];
	}
}

/* What the taps say from now on: c for plain ones, q for E''. */
static void
sum_taps(const struct step_motor *m, double c[3][4], double q[4])
{
	memset(c[0], 0, 4 * sizeof(double));
	if (m->bent) /* else all add to the first */
		memset(c[1], 0, 8 * sizeof(double));
	q[0] = q[1] = q[2] = q[3] = 0;
	if (m->alike)
		sum_alike(m, m->tap[0].twice ? q : c[0]);
	else
		sum_mixed(m, c, q);
	if (m->jerky)
		sum_jerk(m, c, q);
}

/* Every so often, and whenever nothing bends it. */
static void
settle_when_due(struct step_motor *m)
{
	const double *q = m->bend;

	if (m->unsettled++ >= SETTLE_EVERY ||
	    (q[0] == 0 && q[1] == 0 && q[2] == 0 && q[3] == 0))
		settle(m);
}

/* E over the piece. */
static void
add_smoothed(struct step_motor *m)
{
	struct step_piece *p = &m->piece;
	const double *q = m->bend;
	double x = p->length;

	settle_when_due(m);
	p->c[0] += m->e[0] + m->e_weight * m->e_ref;
	p->c[1] += m->e[1];
	p->c[2] += q[0] / 2;
	p->c[3] += q[1] / 6; /* beside what is not smoothed */
	p->c[4] = q[2] / 12;
	if (q[3] != 0) {
		p->c[5] = q[3] / 20;
		p->degree = 5;
	} else if (fabs(p->c[3] * x * x * x) + fabs(p->c[4] * x * x * x * x) >
		   1e-12) {
		p->degree = 4;
	}
}

/* E and E' at the end of the piece, which may have come sooner than it looked
 * when it began. */
static void
carry_smoothed(struct step_motor *m)
{
	const double *q = m->bend;
	double x = m->piece.length;

	m->e[0] +=
	    (m->e[1] + (q[0] / 2 + (q[1] / 6 + q[2] / 12 * x) * x) * x) * x;
	m->e[1] += (q[0] + (q[1] / 2 + q[2] / 3 * x) * x) * x;
	if (m->jerky) {
		m->e[0] += q[3] / 20 * x * x * x * x * x;
		m->e[1] += q[3] / 4 * x * x * x * x;
	}
}

/* A cubic only where jerk shows, mm. */
static void
begin_plain(struct step_motor *m, const double c[4])
{
	struct step_piece *p = &m->piece;

	memcpy(p->c, c, 4 * sizeof(*c));
	if (m->jerky && fabs(c[3]) * p->length * p->length * p->length > 1e-12)
		p->degree = 3;
}

static void
cut_piece(struct step_motor *m)
{
	struct step_piece *p = &m->piece;

	if (p->degree > 2 ? step_piece_idle(m) : p->c[1] == 0 && p->c[2] == 0)
		p->parts = p->part = 0;
	else
		step_piece_cut(p);
}

static void
begin_piece(struct step_motor *m, double until)
{
	struct step_piece *p = &m->piece;
	double c[3][4];

	p->active = true;
	p->t0 = m->time;
	p->until = until;
	p->length = until - m->time;
	p->degree = 2;
	if (m->plain && !m->jerky) {
		sum_alike(m, p->c);
		cut_piece(m);
		return;
	}
	sum_taps(m, c, m->bend);
	if (m->model.kind != STEP_ADVANCE_LINEAR && m->smooth_half > 0)
		settle_when_due(m);
	if (m->bent)
		step_curve_begin(m, c);
	else
		begin_plain(m, c[0]);
	if (m->model.kind == STEP_ADVANCE_LINEAR && m->smooth_half > 0)
		add_smoothed(m);
	cut_piece(m);
}

void
step_filter_run(struct step_motor *m, double t)
{
	struct step_piece *p = &m->piece;
	double until;

	if (m->n_taps == 0)
		return;
	look_ahead(m);
	while (true) {
		if (p->active) {
			if (!step_piece_run(m, t - p->t0))
				break;
			p->active = false;
			if (m->smooth_half > 0)
				carry_smoothed(m);
			move_to(m, p->until);
		}
		if (m->seen.ends) {
			bool leap = step_bed_leap(m, &until);

			find_change(m);
			if (leap)
				move_to(m, until);
		}
		if (m->n_waiting == m->n_taps) {
			if (m->change >= t)
				break;
			move_to(m, fmax(m->change, m->time));
			continue;
		}
		begin_piece(m, m->change);
	}
	m->cursor = m->tap[0].segment;
	for (int i = 1; i < m->n_taps; i++) {
		if (m->tap[i].segment < m->cursor)
			m->cursor = m->tap[i].segment;
	}
}
