/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The time line of moves: add, expire, look up a position. */
#include "motion/steps_queue.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/die.h"
#include "base/xalloc.h"
#include "motion/steps_motor.h"

#define RING_MIN 256
/* Phases of a move, and a rest before it. */
#define MOVE_SEGMENTS 4
/* Times are sums of durations: neighbours may overlap by rounding, s. */
#define OVERLAP 1e-9

struct motion_queue *
motion_queue_new(void)
{
	struct motion_queue *q = xcalloc(1, sizeof(*q));

	q->segment = xcalloc(RING_MIN, sizeof(*q->segment));
	q->mask = RING_MIN - 1;
	q->end = -HUGE_VAL;
	q->moved = -HUGE_VAL;
	return q;
}

void
motion_queue_free(struct motion_queue *q)
{
	if (q == NULL)
		return;
	for (struct step_motor *m = q->motors; m != NULL; m = m->next)
		m->queue = NULL;
	free(q->segment);
	free(q);
}

static void
grow(struct motion_queue *q)
{
	uint64_t size = (q->mask + 1) * 2;
	struct queued_segment *wider = xcalloc(size, sizeof(*wider));

	for (uint64_t n = q->first; n < q->added; n++)
		wider[n & (size - 1)] = *queue_segment(q, n);
	free(q->segment);
	q->segment = wider;
	q->mask = size - 1;
}

static struct queued_segment *
append(struct motion_queue *q)
{
	if (q->added - q->first > q->mask) {
		if (q->held)
			BUG("no room for a move that nobody may see");
		grow(q);
	}
	return &q->segment[q->added++ & q->mask];
}

bool
motion_queue_full(const struct motion_queue *q)
{
	return q->added + MOVE_SEGMENTS - q->first > q->mask + 1;
}

void
motion_queue_hold(struct motion_queue *q, bool hold)
{
	q->held = hold;
	if (!hold)
		q->last = q->added;
}

/* The part of E that a move pushes along each axis (motion.md 5.3: the
 * square of the direction, extrusion alone counts as Z). */
static void
shares(const struct motion_segment_in *in, double share[2])
{
	share[0] = in->ratio_e * in->dir[0] * in->dir[0];
	share[1] = in->ratio_e * in->dir[1] * in->dir[1];
}

/* One phase; start and share move on to its end. */
static void
add_phase(struct motion_queue *q, const struct motion_segment_in *in, double *t,
    double length, double v, double h, double start[4])
{
	struct queued_segment *s;
	double path, share[2];

	if (!(length > 0))
		return;
	s = append(q);
	s->t0 = *t;
	s->t1 = *t + length;
	s->v = v;
	s->h = h;
	s->g = 0;
	if (in->jerk != 0 && h != 0) { /* h is the mean */
		s->h -= in->jerk * length / 4;
		s->g = in->jerk / 6;
	}
	path = segment_way(s, length);
	memcpy(s->start, start, sizeof(s->start));
	memcpy(s->dir, in->dir, sizeof(in->dir));
	s->dir[3] = in->ratio_e;
	memcpy(s->share, q->share, sizeof(s->share));
	s->advance = in->advance;
	shares(in, share);
	q->share[0] += share[0] * path;
	q->share[1] += share[1] * path;
	for (int i = 0; i < 4; i++)
		start[i] += s->dir[i] * path;
	*t = s->t1;
}

void
motion_queue_add(struct motion_queue *q, const struct motion_segment_in *in)
{
	double start[4] = {
	    in->start[0], in->start[1], in->start[2], in->start_e};
	double t = in->t0, half = in->accel / 2;

	if (in->t0 < q->end - OVERLAP)
		BUG("move at %.9f s begins before %.9f s", in->t0, q->end);
	if (in->t0 > q->moved + OVERLAP && q->moved > -HUGE_VAL) {
		struct queued_segment *rest = append(q);

		memset(rest, 0, sizeof(*rest));
		rest->t0 = q->moved;
		rest->t1 = in->t0;
		memcpy(rest->start, start, sizeof(rest->start));
		memcpy(rest->share, q->share, sizeof(rest->share));
	}
	add_phase(q, in, &t, in->accel_t, in->start_v, half, start);
	add_phase(q, in, &t, in->cruise_t, in->cruise_v, 0, start);
	add_phase(q, in, &t, in->decel_t, in->cruise_v, -half, start);
	q->moved = t;
	q->end = t;
	if (!q->held)
		q->last = q->added;
}

double
motion_queue_end(const struct motion_queue *q)
{
	return q->end;
}

void
motion_queue_rest(struct motion_queue *q, double t)
{
	if (t > q->end)
		q->end = t;
}

void
motion_queue_clear(struct motion_queue *q)
{
	q->first = q->last = q->added;
	q->end = -HUGE_VAL;
	q->moved = -HUGE_VAL;
	for (struct step_motor *m = q->motors; m != NULL; m = m->next)
		step_motor_forget(m);
}

void
motion_queue_expire(struct motion_queue *q, double t)
{
	uint64_t done = q->last;

	for (const struct step_motor *m = q->motors; m != NULL; m = m->next) {
		if (m->cursor < done)
			done = m->cursor;
	}
	while (q->first < done && queue_segment(q, q->first)->t1 <= t)
		q->first++;
}

void
motion_queue_set_shaper(
    struct motion_queue *q, int axis, const struct shaper *shaper)
{
	struct shaper none = {0};

	q->shaper[axis] = shaper != NULL ? *shaper : none;
	for (struct step_motor *m = q->motors; m != NULL; m = m->next)
		step_motor_forget(m);
}

void
motion_queue_reach(const struct motion_queue *q, double *ahead, double *behind)
{
	*ahead = *behind = 0;
	for (const struct step_motor *m = q->motors; m != NULL; m = m->next) {
		*ahead = fmax(*ahead, m->ahead);
		*behind = fmax(*behind, m->behind);
	}
}

int
motion_queue_position(const struct motion_queue *q, double t, double pos[4])
{
	uint64_t a = q->first, b = q->last; /* starts: a <= t, b > t */
	const struct queued_segment *s;
	double x;

	if (a == b || t < queue_segment(q, a)->t0)
		return -1;
	while (b - a > 1) {
		uint64_t mid = a + (b - a) / 2;

		if (queue_segment(q, mid)->t0 <= t)
			a = mid;
		else
			b = mid;
	}
	s = queue_segment(q, a);
	x = segment_way(s, fmin(t, s->t1) - s->t0);
	for (int i = 0; i < 4; i++)
		pos[i] = s->start[i] + s->dir[i] * x;
	return 0;
}
