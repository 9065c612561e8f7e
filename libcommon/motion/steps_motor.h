/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inside of the step generator: one motor. */
#ifndef GANTRY_MOTION_STEPS_MOTOR_H
#define GANTRY_MOTION_STEPS_MOTOR_H

#include <stdbool.h>
#include <stdint.h>

#include "motion/steps_encode.h"
#include "motion/steps_queue.h"

#define STEP_HISTORY 1024 /* commands kept for step_motor_count_at() */

struct step_history {
	uint64_t first_clock, last_clock;
	int64_t count_before;
	uint32_t interval;
	uint16_t count;
	int16_t add;
	int8_t dir;
};

struct step_motor {
	struct step_motor *next; /* of the same queue */
	struct motion_queue *queue;
	uint64_t cursor; /* the move in work */
	int phase;	 /* 0 accel, 1 cruise, 2 decel */
	double coef[4], step_distance;

	/* the grid: the motor stands nearest to anchor + index * distance */
	double anchor;
	int64_t index;
	int dir;	/* of the step generated last; 0: none yet */
	bool committed; /* the last pending step can no longer be cancelled */

	double clock_offset, clock_freq;
	double hold_s, max_error_s;
	double generated; /* all steps before this time are known, s */
	struct step_encoder enc;
	step_exact_fn *exact;
	step_command_fn *command;
	void *ctx;
	int64_t count, count_at_anchor; /* emitted */
	struct step_history *history;
	uint64_t n_history;
	struct step_stats stats;
};

#endif
