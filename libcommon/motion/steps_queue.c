/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The time line of moves: add, expire, look up a position. */
#include "motion/steps_queue.h"

#include <math.h>
#include <stdlib.h>

#include "base/die.h"
#include "base/xalloc.h"
#include "motion/steps_motor.h"

#define RING_MIN 64
/* Times are sums of durations: neighbours may overlap by rounding, s. */
#define OVERLAP 1e-9

struct motion_queue *
motion_queue_new(void)
{
	struct motion_queue *q = xcalloc(1, sizeof(*q));

	q->move = xcalloc(RING_MIN, sizeof(*q->move));
	q->mask = RING_MIN - 1;
	q->end = -HUGE_VAL;
	return q;
}

void
motion_queue_free(struct motion_queue *q)
{
	if (q == NULL)
		return;
	for (struct step_motor *m = q->motors; m != NULL; m = m->next)
		m->queue = NULL;
	free(q->move);
	free(q);
}

static void
grow(struct motion_queue *q)
{
	uint64_t size = (q->mask + 1) * 2;
	struct queued_move *wider = xcalloc(size, sizeof(*wider));

	for (uint64_t n = q->first; n < q->last; n++)
		wider[n & (size - 1)] = *queue_move(q, n);
	free(q->move);
	q->move = wider;
	q->mask = size - 1;
}

void
motion_queue_add(struct motion_queue *q, const struct motion_segment_in *in)
{
	struct queued_move *m;

	if (in->t0 < q->end - OVERLAP)
		BUG("move at %.9f s begins before %.9f s", in->t0, q->end);
	if (q->last - q->first > q->mask)
		grow(q);
	m = &q->move[q->last & q->mask];
	m->t0 = in->t0;
	m->accel_t = in->accel_t;
	m->cruise_t = in->cruise_t;
	m->decel_t = in->decel_t;
	m->start_v = in->start_v;
	m->cruise_v = in->cruise_v;
	m->accel = in->accel;
	for (int i = 0; i < 3; i++) {
		m->start[i] = in->start[i];
		m->dir[i] = in->dir[i];
	}
	m->start[3] = in->start_e;
	m->dir[3] = in->ratio_e;
	q->last++;
	q->end = queued_move_end(m);
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
	q->first = q->last;
	q->end = -HUGE_VAL;
	for (struct step_motor *m = q->motors; m != NULL; m = m->next) {
		m->cursor = q->last;
		m->phase = 0;
	}
}

void
motion_queue_expire(struct motion_queue *q, double t)
{
	uint64_t done = q->last;

	for (const struct step_motor *m = q->motors; m != NULL; m = m->next) {
		if (m->cursor < done)
			done = m->cursor;
	}
	while (q->first < done && queued_move_end(queue_move(q, q->first)) <= t)
		q->first++;
}

/* Length of path covered x seconds after the start of the move. */
static double
path_at(const struct queued_move *m, double x)
{
	double half = m->accel / 2, s;

	if (x <= m->accel_t)
		return (m->start_v + half * x) * x;
	s = (m->start_v + half * m->accel_t) * m->accel_t;
	x -= m->accel_t;
	if (x <= m->cruise_t)
		return s + m->cruise_v * x;
	s += m->cruise_v * m->cruise_t;
	x -= m->cruise_t;
	if (x > m->decel_t)
		x = m->decel_t;
	return s + (m->cruise_v - half * x) * x;
}

int
motion_queue_position(const struct motion_queue *q, double t, double pos[4])
{
	uint64_t a = q->first, b = q->last; /* starts: a <= t, b > t */
	const struct queued_move *m;
	double s;

	if (a == b || t < queue_move(q, a)->t0)
		return -1;
	while (b - a > 1) {
		uint64_t mid = a + (b - a) / 2;

		if (queue_move(q, mid)->t0 <= t)
			a = mid;
		else
			b = mid;
	}
	m = queue_move(q, a);
	if (t > queued_move_end(m) && a + 1 < q->last) {
		m = queue_move(q, a + 1); /* resting where the next begins */
		s = 0;
	} else {
		s = path_at(m, t - m->t0);
	}
	for (int i = 0; i < 4; i++)
		pos[i] = m->start[i] + m->dir[i] * s;
	return 0;
}
