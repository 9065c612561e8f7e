/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Recordings of machines that do not exist, with modes that are known. */
#ifndef GANTRY_TESTS_SHAPER_SYNTH_H
#define GANTRY_TESTS_SHAPER_SYNTH_H

#include <stdint.h>

#include "base/buf.h"
#include "cmd/shaper-calibrate/command.h"

enum {
	SYNTH_MODES = 4,
	SYNTH_TONES = 2,
};

/*
 * The head follows the commanded acceleration a through modes that are driven
 * by their base: sum of gain * H(a), and 1 - sum of gains directly.  The
 * sensor adds gravity, noise, tones, and rounds to its steps.
 */
struct synth {
	struct command_spec spec;
	int modes;
	struct {
		double freq_hz, damping, gain;
	} mode[SYNTH_MODES];
	double rate_hz;
	double sigma;	/* mm/s2, 1.6 times as much on z */
	double step;	/* mm/s2 */
	double start_s; /* time stamp of the first row */
	double lead_s, tail_s;
	int tones;
	struct {
		double freq_hz, amplitude;
	} tone[SYNTH_TONES];
	double clip;   /* mm/s2; 0: none */
	double wander; /* of the sensor's clock, as a part of its rate */
	unsigned lose; /* rows in a hundred thousand, in gaps of 8 */
	uint32_t seed;
};

/* 3207.9 Hz, 180 mm/s2 of noise, steps of 74, 5 to 80 Hz at 4 Hz/s with
 * carrier, along x */
void synth_defaults(struct synth *);
void synth_mode(struct synth *, double freq_hz, double damping, double gain);
/* the CSV of the recording is appended */
void synth_sweep(const struct synth *, struct buf *out);
/* n moves of 12 mm at 100 mm/s and 8000 mm/s2 with rests of 0.35 s */
void synth_ringdown(const struct synth *, int n, struct buf *out);
/* nothing moves */
void synth_rest(const struct synth *, double time_s, struct buf *out);

#endif
