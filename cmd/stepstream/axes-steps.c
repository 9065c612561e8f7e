/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From committed motion to steps, on several processors when none waits. */
#include <math.h>
#include <stdlib.h>

#include "axes.h"
#include "base/xalloc.h"

/* How long finished motion is remembered, for positions and triggers. */
#define HISTORY_S 2.0
/* Turns in which a motor's part of the work is done: what is left over for one
 * thread at the end, while another has none, is one of them. */
#define TURNS 8

/*
 * Each motor's steps follow from the moves alone, so a crew makes them, several
 * motors at a time.  Offline the crew works while the plan is read on and the
 * commands made before are written; moves committed meanwhile are held.
 * What is written, and in which order, does not depend on who was how fast.
 * To a board it goes at once.
 */
void
axes_begin_steps(struct axes *a)
{
	int size = 1;

	a->ahead = mcu_kind(a->mcu) == MCU_OFFLINE;
	if (a->ahead)
		size = crew_processors();
	if (size > a->n_motors)
		size = a->n_motors > 0 ? a->n_motors : 1;
	a->crew = crew_new(size);
}

void
axes_end_steps(struct axes *a)
{
	if (a->working)
		crew_end(a->crew);
	a->working = false;
	crew_free(a->crew);
}

static void
make_steps(void *arg, int worker, int i, int turn)
{
	const struct axes *a = arg;
	struct step_motor *m = a->motor[i].motor;
	bool last = turn == a->turns - 1;
	double t = a->until;

	(void)worker;
	if (!m || a->motor[i].own)
		return;
	if (!last)
		t = a->since + (t - a->since) * (turn + 1) / a->turns;
	step_motor_generate(m, t, last && a->rest);
}

/* The crew is done: what it made is there, the moves that waited are too. */
static void
finish(struct axes *a)
{
	uint64_t done = UINT64_MAX;

	if (!a->working)
		return;
	crew_end(a->crew);
	a->working = false;
	mcu_collect(a->mcu);
	for (int i = 0; i < a->n_motors; i++) {
		const struct step_motor *m = a->motor[i].motor;

		if (m && !a->motor[i].own && step_motor_done_clock(m) < done)
			done = step_motor_done_clock(m);
	}
	if (done < UINT64_MAX)
		a->horizon =
		    a->rest ? a->until : (double)done / mcu_clock_freq(a->mcu);
	motion_queue_hold(a->queue, false);
	motion_queue_expire(a->queue, a->until - HISTORY_S);
}

static void
hand_over(struct axes *a)
{
	double horizon = a->horizon;

	a->horizon = (double)NAN;
	if (!isnan(horizon))
		mcu_flush(a->mcu, horizon);
}

void
axes_settle(struct axes *a)
{
	finish(a);
	hand_over(a);
}

void
axes_generate(struct axes *a, double t, bool rest)
{
	double ahead, behind;

	finish(a);
	motion_queue_reach(a->queue, &ahead, &behind);
	a->since = a->until;
	a->until = rest ? t + behind : t - ahead;
	a->turns = a->ahead && a->until > a->since ? TURNS : 1;
	a->rest = rest;
	if (rest)
		a->rest_time = a->until;
	a->working = true;
	mcu_part(a->mcu);
	motion_queue_hold(a->queue, true);
	crew_begin(a->crew, make_steps, a, a->n_motors, a->turns);
	hand_over(a);
	if (rest || !a->ahead)
		axes_settle(a);
}

void
axes_queue(struct axes *a, const struct motion_segment_in *in)
{
	if (a->working && motion_queue_full(a->queue))
		finish(a);
	motion_queue_add(a->queue, in);
	a->end_time = motion_queue_end(a->queue);
}
