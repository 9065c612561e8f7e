/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Motors of Z above a bed, which hardly ever step. */
#include <math.h>
#include <string.h>

#include "motion/steps_motor.h"

/* Turning back over the midpoint crossed last, mm, as in steps_solve.c. */
#define TURN 1e-8
/*
 * The head has to go far until the bed takes Z over a step: a millimetre or
 * so, where X and Y begin many pieces.  Around a place where the coordinate
 * has been computed it is that of the tangent plane there, as nearly as the
 * bed is bent; that tells of most pieces that nothing happens in them, and of
 * most of these it is enough to know how fast the taps are.
 */
static inline double
smaller(double a, double b)
{
	return a < b ? a : b;
}

static inline double
larger(double a, double b)
{
	return a > b ? a : b;
}

struct extent {
	double low, high; /* in the tangent plane, less its height */
	double way[3];	  /* from there, along X, Y, Z */
};

/* How far the bed may be from that plane. */
static inline double
off_plane(const struct step_motor *m, const double way[3])
{
	const struct bed_near *n = m->seen.near;
	double row = m->kinematics->row[m->kinematics_motor][2], off;

	off =
	    (n->bend[0] * way[0] * way[0] + n->bend[2] * way[1] * way[1]) / 2 +
	    n->bend[1] * way[0] * way[1];
	if (way[2] == 0)
		off *= m->seen.share;
	else /* 2: bed_ready() */
		off +=
		    2 * (n->slope[0] * way[0] + n->slope[1] * way[1] + way[2]);
	return fabs(row) * off;
}

/* The room up to the next midpoints, or to the full step from where the last
 * one is still taken back (see step_piece_idle()). */
struct room {
	double low, high, step; /* step: NaN when it does not count */
};

static struct room
room_of(const struct step_motor *m)
{
	double at =
	    m->seen.at - m->anchor - (double)m->index * m->step_distance;
	double half = m->step_distance / 2 - TURN;
	struct room r = {-half - at, half - at, (double)NAN};

	if (!m->committed)
		r.step = -at;
	return r;
}

/* Nothing happens within it. */
static inline bool
holds(const struct step_motor *m, const struct room *r, const struct extent *e)
{
	const struct mesh *mesh = &m->kinematics->bed->mesh;
	double off, low, high;

	if (!(e->way[0] < mesh->dx && e->way[1] < mesh->dy))
		return false;
	off = off_plane(m, e->way);
	low = e->low - off;
	high = e->high + off;
	if (!(low > r->low && high < r->high))
		return false;
	return isnan(r->step) ||
	       (m->dir > 0 ? high < r->step - TURN : low > r->step + TURN);
}

/* --- a piece -------------------------------------------------------------- */

static struct extent
extent_of(struct step_motor *m, double path[3][4])
{
	struct step_seen *s = &m->seen;
	double l = m->piece.length, p[4], turn;
	struct extent e;

	for (int i = 0; i < 3; i++) {
		const double *c = path[i];
		double d = c[0] - s->pos[i];

		e.way[i] = fabs(d) +
			   (fabs(c[1]) + (fabs(c[2]) + fabs(c[3]) * l) * l) * l;
		s->way[i] = fabs(d + (c[1] + (c[2] + c[3] * l) * l) * l);
	}
	p[0] = s->slope[0] * (path[0][0] - s->pos[0]) +
	       s->slope[1] * (path[1][0] - s->pos[1]);
	for (int k = 1; k < 4; k++)
		p[k] = s->slope[0] * path[0][k] + s->slope[1] * path[1][k];
	s->in_plane = p[0] + (p[1] + (p[2] + p[3] * l) * l) * l;
	e.low = smaller(p[0], s->in_plane);
	e.high = larger(p[0], s->in_plane);
	if (p[3] != 0) { /* anything that it may be */
		turn = (fabs(p[1]) + (fabs(p[2]) + fabs(p[3]) * l) * l) * l;
		e.low = p[0] - turn;
		e.high = p[0] + turn;
		return e;
	}
	turn = p[2] != 0 ? -p[1] / (2 * p[2]) : 0;
	if (turn > 0 && turn < l) {
		turn = p[0] + (p[1] + p[2] * turn) * turn;
		e.low = smaller(e.low, turn);
		e.high = larger(e.high, turn);
	}
	return e;
}

static bool
idle(struct step_motor *m, double path[3][4])
{
	struct extent e = extent_of(m, path);
	struct room r = room_of(m);
	double off;

	if (holds(m, &r, &e))
		return true;
	if (m->committed)
		return false;
	/* no step, and it ends beyond the full one: that stays */
	off = off_plane(m, m->seen.way) + TURN;
	if (m->dir > 0 ? m->seen.in_plane - off < r.step
		       : m->seen.in_plane + off > r.step)
		return false;
	r.step = (double)NAN;
	if (!holds(m, &r, &e))
		return false;
	m->committed = true;
	return true;
}

static void
look(struct step_motor *m, double path[3][4])
{
	const struct bed *b = m->kinematics->bed;
	double row = m->kinematics->row[m->kinematics_motor][2];
	struct step_seen *s = &m->seen;
	double plane[3];

	for (int i = 0; i < 3; i++)
		s->pos[i] = path[i][0];
	bed_plane(b, s->pos, plane);
	s->at = row * (s->pos[2] + plane[0]);
	s->slope[0] = row * plane[1];
	s->slope[1] = row * plane[2];
	s->share = mesh_factor(&b->fade, s->pos[2] + b->shift[2]);
	s->near = bed_near(b, s->pos);
}

bool
step_bed_idle(struct step_motor *m, double path[3][4])
{
	if (m->smooth[0] || m->smooth[1] || m->smooth[2])
		return false;
	m->seen.ends = true;
	if (idle(m, path))
		return true;
	look(m, path);
	return idle(m, path);
}

/* --- many pieces ---------------------------------------------------------- */

/* How fast a tap may be along its axis, and what of the tangent plane that is.
 */
struct pace {
	double speed, low, high;
};

/* ... and of all taps; z: one of them has Z moving. */
struct paces {
	double speed[3], low, high;
	int z;
};

#define TAPS_MAX 24 /* more are no hurry */

struct taps {
	double until[TAPS_MAX];
	struct pace pace[TAPS_MAX];
};

/* The slowest and the fastest of a segment. */
static inline void
speeds(const struct queued_segment *g, double *low, double *high)
{
	double x = g->t1 - g->t0, v0 = g->v;
	double v1 = v0 + (2 * g->h + 3 * g->g * x) * x, turn, v;

	*low = smaller(v0, v1);
	*high = larger(v0, v1);
	if (g->g == 0)
		return;
	turn = -g->h / (3 * g->g);
	if (turn > 0 && turn < x) {
		v = v0 + g->h * turn;
		*low = smaller(*low, v);
		*high = larger(*high, v);
	}
}

/* A tap sees another segment: the sums change, by what it was before. */
static inline void
set_pace(const struct step_motor *m, int i, struct taps *taps,
    struct paces *all, const struct pace *before)
{
	const struct step_tap *t = &m->tap[i];
	struct pace *p = &taps->pace[i];
	const struct queued_segment *g;
	double low, high, w;

	taps->until[i] = t->until;
	all->speed[t->only] -= before->speed;
	all->low -= before->low;
	all->high -= before->high;
	*p = (struct pace){0, 0, 0};
	if (!t->begun)
		return;
	g = queue_segment(m->queue, t->segment);
	w = t->w[t->only] * g->dir[t->only];
	if (w == 0)
		return;
	speeds(g, &low, &high);
	if (t->only == 2) {
		all->z++;
		return;
	}
	p->speed = fabs(w) * high;
	w *= m->seen.slope[t->only];
	p->low = smaller(w * low, w * high);
	p->high = larger(w * low, w * high);
	all->speed[t->only] += p->speed;
	all->low += p->low;
	all->high += p->high;
}

static inline int
first_of(const double *until, int n)
{
	int first = 0;

	for (int i = 1; i < n; i++)
		first = until[i] < until[first] ? i : first;
	return first;
}

/* The tap sees what comes next; its place there is not known yet.  False: that
 * is not in the queue. */
static inline bool
go_on(struct step_motor *m, struct step_tap *t)
{
	const struct motion_queue *q = m->queue;

	if (t->begun && t->segment + 1 >= q->last)
		return false;
	t->segment += t->begun;
	t->begun = true;
	t->until = queue_segment(q, t->segment)->t1 + t->delay;
	return true;
}

/* High above the bed nothing happens until Z moves.  The end of that, as far as
 * the earliest tap knows what comes. */
static double
level_until(const struct step_motor *m)
{
	const struct motion_queue *q = m->queue;
	double until = queue_segment(q, q->last - 1)->t0 - m->ahead;

	for (int i = 0; i < m->n_taps; i++) {
		const struct step_tap *t = &m->tap[i];
		uint64_t n = t->segment;

		if (t->only != 2)
			continue;
		for (; n < q->last; n++)
			if (queue_segment(q, n)->dir[2] != 0 ||
			    queue_segment(q, n)->t0 + t->delay >= until)
				break;
		if (n < q->last)
			until =
			    smaller(until, queue_segment(q, n)->t0 + t->delay);
	}
	return until;
}

static double
leap_level(struct step_motor *m)
{
	const struct motion_queue *q = m->queue;
	const struct extent here = {m->seen.in_plane, m->seen.in_plane,
	    {m->seen.way[0], m->seen.way[1], m->seen.way[2]}};
	struct room room = room_of(m);
	double until;

	if (q->first == q->last || !holds(m, &room, &here))
		return m->time;
	until = level_until(m);
	for (int i = 0; i < m->n_taps && until > m->time; i++) {
		struct step_tap *t = &m->tap[i];

		while (t->until <= until && go_on(m, t))
			;
	}
	return until;
}

/* All pieces that hold; where they end. */
static double
leap(struct step_motor *m, struct taps *taps, struct paces *all)
{
	const struct mesh *mesh = &m->kinematics->bed->mesh;
	const struct bed_near *n = m->seen.near;
	const struct step_seen *s = &m->seen;
	double row = fabs(m->kinematics->row[m->kinematics_motor][2]);
	double xx = row * s->share * n->bend[0] / 2;
	double xy = row * s->share * n->bend[1];
	double yy = row * s->share * n->bend[2] / 2;
	double low = s->in_plane, high = low, time = m->time;
	double way_x = s->way[0], way_y = s->way[1];
	struct room room = room_of(m);

	if (!isnan(room.step) && m->dir > 0)
		room.high = smaller(room.high, room.step - TURN);
	else if (!isnan(room.step))
		room.low = larger(room.low, room.step + TURN);
	while (all->z == 0) {
		int i = first_of(taps->until, m->n_taps);
		double dt = taps->until[i] - time, x, y, off;
		struct pace was = taps->pace[i];

		if (!(dt < HUGE_VAL))
			break;
		x = way_x + all->speed[0] * dt;
		y = way_y + all->speed[1] * dt;
		off = (xx * x + xy * y) * x + yy * y * y;
		if (!(x < mesh->dx && y < mesh->dy &&
			low + smaller(all->low * dt, 0) - off > room.low &&
			high + larger(all->high * dt, 0) + off < room.high) ||
		    !go_on(m, &m->tap[i]))
			break;
		way_x = x;
		way_y = y;
		low += all->low * dt;
		high += all->high * dt;
		time = taps->until[i];
		set_pace(m, i, taps, all, &was);
	}
	return time;
}

bool
step_bed_leap(struct step_motor *m, double *to)
{
	const struct pace none = {0, 0, 0};
	struct paces all = {{0, 0, 0}, 0, 0, 0};
	struct taps taps;

	m->seen.ends = false;
	if (m->n_taps > TAPS_MAX || m->seen.way[2] > 0)
		return false;
	for (int i = 0; i < m->n_taps && m->seen.share > 0; i++)
		set_pace(m, i, &taps, &all, &none);
	*to = m->seen.share > 0 ? leap(m, &taps, &all) : leap_level(m);
	if (!(*to > m->time))
		return false;
	m->n_waiting = 0;
	for (int i = 0; i < m->n_taps; i++) {
		if (m->tap[i].begun)
			step_tap_load(m, &m->tap[i]);
		else
			m->n_waiting++;
	}
	return true;
}
