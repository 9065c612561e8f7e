/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inside of the step generator: the ring of segments that motors read. */
#ifndef GANTRY_MOTION_STEPS_QUEUE_H
#define GANTRY_MOTION_STEPS_QUEUE_H

#include <stdbool.h>
#include <stdint.h>

#include "motion/steps.h"

/*
 * One phase of a trapezoid, or a rest between two moves (v, h, g and dir 0).
 * With x = t - t0, axes X, Y, Z, E:
 *
 *	position(t) = start + dir (v + (h + g x) x) x
 *
 * g, a sixth of the jerk, is 0 but in plans of limited jerk.
 *
 * A rest stands where the next segment starts.
 */
struct queued_segment {
	double t0, t1;
	double v, h, g;
	double start[4], dir[4];
	double share[2]; /* E pushed along X and Y so far, see motion/steps.h */
	bool advance;
};

/*
 * Segments are numbered from 0 for the life of the queue and follow each
 * other without a gap; [first, last) are in the ring, number n in
 * segment[n & mask].
 */
struct motion_queue {
	struct queued_segment *segment;
	uint64_t first, last;
	uint64_t mask;		   /* ring size - 1 */
	struct shaper shaper[3];   /* n and n_coefs 0: the axis is not shaped */
	struct step_motor *motors; /* linked by step_motor.next */
	/* of no concern to motors at work, nor in their cache lines */
	char apart[64];
	bool held;	 /* what is added is not seen for now */
	uint64_t added;	 /* last, if it were */
	double end;	 /* nothing moves after it */
	double moved;	 /* end of the last segment */
	double share[2]; /* at the end of the last segment */
};

/* The way of a segment after x seconds of it. */
static inline double
segment_way(const struct queued_segment *s, double x)
{
	return (s->v + (s->h + s->g * x) * x) * x;
}

static inline const struct queued_segment *
queue_segment(const struct motion_queue *q, uint64_t n)
{
	return &q->segment[n & q->mask];
}

#endif
