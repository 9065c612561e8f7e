/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The resonances in a frequency response: frequency, damping, size. */
#ifndef GANTRY_SHAPER_MODES_H
#define GANTRY_SHAPER_MODES_H

#include <stdbool.h>
#include <stddef.h>

#include "frf.h"

enum {
	MODES_MAX = 4,
};

/* (c1 u + c0) / (u^2 + 2 damping u + 1) with u = j f / freq_hz */
struct mode {
	double freq_hz, damping;
	double c0, c1;
	double gain;	  /* share of the motion that goes through it: |c0| of
			     a mode driven by its base */
	double weight;	  /* share of the ringing on the part: gain / freq^2 */
	double coherence; /* 0..1: how much of what was measured around it
			     comes from the command */
	double sd_freq_hz, sd_damping; /* standard deviations */
};

struct modes {
	int n;
	struct mode mode[MODES_MAX]; /* by rising frequency */
	double direct;		     /* what follows the command at once */
	double delay_s;		     /* what alignment left */
	double
	    drift_s_hz;	  /* how much more at each further Hz: 0 unless the
			     recording's clock goes otherwise than the motion's */
	double explained; /* 0..1 of the measured power in the band */
	double coherent;  /* 0..1 of it that follows the command somehow */
	double misfit;	  /* mean squared error over its expectation */
};

/* 0, or -1 when there is no resonance to be found in it. */
int modes_fit(const struct frf *, struct modes *);

struct response {
	double re, im;
};

struct response modes_response(const struct modes *, double freq_hz);

#endif
