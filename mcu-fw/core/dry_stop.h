/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A stepper whose queue runs dry at speed comes to rest by itself. */
#ifndef GANTRY_FW_DRY_STOP_H
#define GANTRY_FW_DRY_STOP_H

#include <stdbool.h>
#include <stdint.h>

/*
 * What other firmware does when moves fail to come is to stop between two
 * steps, and the motor slips.  Here the speed falls evenly to zero within
 * stop_ticks, the same for all motors: those that ran dry together slow down
 * in proportion and stay on their line.
 *
 * stepper_stop_when_dry turns it on, with the gap from which on a motor is so
 * slow that it may just stand: planned stops end there.  When the last move of
 * a queue is loaded, a task works out, with divisions, how the gaps would have
 * to grow; interrupts only shift and multiply.  Halving the speed takes three
 * quarters of the way to rest, and the rest of it looks the same, doubled:
 *
 *	gap(k) = gap(0) / sqrt(1 - k/K),   K = stop_ticks / (2 gap(0))
 *
 * is made of two cubics to each doubling of the gap, of K/2 and K/4 steps; for
 * the next pair the gaps are doubled, add is 8 and add2 32 times as much.
 * A step that comes when its time has gone is then dropped and reported the
 * same way, instead of a shutdown.  All this takes 36 bytes a stepper and is
 * off until it is asked for.
 */
struct step_move;
#define DRY_BELOW_MAX 0xffffff /* ticks */

enum dry_state {
	DRY_NONE,     /* no plan: it would stand at once */
	DRY_WANTED,   /* the last move is under way */
	DRY_PLANNED,  /* and if no other comes, it is known how to stop */
	DRY_STOPPING, /* moves that come now are dropped */
	DRY_STOPPED,  /* the host is to be told */
};

struct dry_stop {
	uint32_t below, stop_ticks;
	uint32_t gap;	  /* in 24.8, the one before the next step */
	uint32_t add[2];  /* of both cubics, 8 more bits of fraction */
	uint32_t add2[2]; /* 16 more */
	uint16_t steps;	  /* K */
	uint16_t made;
	volatile uint8_t state;
	uint8_t segment;
};

/* Interrupt context.  This move was loaded; none is behind it. */
void dry_stop_last(struct dry_stop *, const struct step_move *);
/* The next piece of the stop; false: none, it stands. */
bool dry_stop_next(struct dry_stop *, struct step_move *);

/* From the task, when WANTED. */
void dry_stop_plan(struct dry_stop *);

#endif
