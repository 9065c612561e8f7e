/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inside of the step generator: exact clocks to queue_step commands. */
#ifndef GANTRY_MOTION_STEPS_ENCODE_H
#define GANTRY_MOTION_STEPS_ENCODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "motion/steps.h"
#include "motion/steps_search.h"

#define ENCODE_BATCH 4096  /* most clocks added between two encode_steps() */
#define ENCODE_COUNT 65535 /* steps in one command */
/* A step this far from its predecessor travels alone (mcu-protocol.md 6.2) */
#define ENCODE_GAP 805306368.0

/*
 * Clocks are absolute ticks as doubles (exact below 2^53).  clock[head, n)
 * are pending, all in direction dir; lo and hi are their windows, filled in
 * for [head, windowed): a window needs the next step's clock.
 */
struct step_encoder {
	double *clock, *lo, *hi;
	size_t head, windowed, n, cap;
	int dir;	   /* of the pending steps; 0: none yet */
	int sent_dir;	   /* what the MCU was told; 0: unknown */
	uint64_t last;	   /* clock of the step sent last */
	double last_exact; /* where it should have been */
	double last_hi;	   /* upper end of its window */
	double error;	   /* half the window, ticks */
	bool cubic; /* third-order commands, with so many fraction bits */
	int cubic_bits;
	int guess_count; /* steps of the command before, a first guess */
	double *bar;	 /* scratch of the search, two for each step */
	size_t bar_cap;	 /* steps */
	double inverse[SEARCH_INVERSE]; /* 1/1, 1/2, ... */
	double twice[2 * SEARCH_NEAR];	/* for the search: 2/n, ..., 2/1 */
	/* called while the command's steps still begin at clock[head] */
	step_command_fn *emit;
	void *ctx;
	uint64_t commands, steps;
	double error_max, error_sum_sq; /* ticks, ticks^2 */
	double gap_min;			/* ticks */
};

void encoder_init(struct step_encoder *);
void encoder_release(struct step_encoder *);
/* Room for ENCODE_BATCH more clocks at clock[n]. */
void encoder_room(struct step_encoder *);
/* Everything that is complete. */
void encode_steps(struct step_encoder *);
/* Everything that begins before the clock; no step to come lies before
 * next. */
void encode_until(struct step_encoder *, double clock, double next);
/* Everything; the next step, in whatever direction, is not before next. */
void encode_all(struct step_encoder *, double next);
void encoder_drop(struct step_encoder *);

/* One command out of the encoder: head moves on behind it.  worst and gap in
 * ticks, sum of the squared errors. */
void encoder_emit(struct step_encoder *, struct step_command *, double worst,
    double sum, double gap);
/* The next command as a cubic; false when it could still grow and `whole`
 * wants it complete.  Room in bar for all that is windowed. */
bool encode_cubic(struct step_encoder *, bool whole);

#endif
