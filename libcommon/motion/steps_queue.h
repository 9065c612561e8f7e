/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inside of the step generator: the ring of moves that motors read. */
#ifndef GANTRY_MOTION_STEPS_QUEUE_H
#define GANTRY_MOTION_STEPS_QUEUE_H

#include <stdint.h>

#include "motion/steps.h"

/* A trapezoid as the motors need it; axes are X, Y, Z, E. */
struct queued_move {
	double t0;
	double accel_t, cruise_t, decel_t;
	double start_v, cruise_v, accel;
	double start[4], dir[4];
};

/*
 * Moves are numbered from 0 for the life of the queue; [first, last) are in
 * the ring, number n in move[n & mask].  A motor's cursor is the number of
 * the move that it works on.
 */
struct motion_queue {
	struct queued_move *move;
	uint64_t first, last;
	uint64_t mask;		   /* ring size - 1 */
	double end;		   /* nothing moves after it */
	struct step_motor *motors; /* linked by step_motor.next */
};

static inline const struct queued_move *
queue_move(const struct motion_queue *q, uint64_t n)
{
	return &q->move[n & q->mask];
}

static inline double
queued_move_end(const struct queued_move *m)
{
	return m->t0 + m->accel_t + m->cruise_t + m->decel_t;
}

#endif
