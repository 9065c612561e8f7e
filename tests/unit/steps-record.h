/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One motor under test: its exact steps, its commands, and what a
 * microcontroller makes of them. */
#ifndef GANTRY_TESTS_STEPS_RECORD_H
#define GANTRY_TESTS_STEPS_RECORD_H

#include <stdint.h>

#include "motion/steps.h"

struct steps_record {
	double freq;
	int cubic_bits; /* of third-order commands */
	/* exact steps, s, and their directions */
	double *t;
	int8_t *dir;
	size_t n, cap;
	/* what the commands do, ticks */
	uint64_t *clock;
	int8_t *clock_dir;
	size_t n_clock, cap_clock;
	uint64_t commands;
	/* the chip: 32-bit time, latched direction */
	uint32_t now;
	uint64_t high; /* counts its wraps */
	int latched;
	const char *trouble; /* first breach of the protocol, or NULL */
};

void steps_record_init(struct steps_record *, double freq);
void steps_record_release(struct steps_record *);
step_command_fn steps_record_command;
step_exact_fn steps_record_exact;

/*
 * Holds the decoded steps against the exact ones: same number and direction,
 * clocks strictly increasing, each within max_error_s and half of the gap to
 * its neighbours (a gap of less than two ticks: within one tick).  NULL, or
 * what is wrong.  The largest and the mean square difference go to *max and
 * *mean_sq, in s.
 */
const char *steps_record_verify(const struct steps_record *, double max_error_s,
    double *max, double *mean_sq);

#endif
