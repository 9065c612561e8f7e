/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Judgement of shapers over spectra: the incumbent's, to the digit, or ours. */
#ifndef GANTRY_SHAPER_SCORE_H
#define GANTRY_SHAPER_SCORE_H

#include "motion/shaper_def.h"
#include "spectrum.h"

enum {
	SCORE_TYPES_MAX = 24,
	SCORE_ZETAS_MAX = 8,
};

/* frequencies to try: from, from + step, ... below to */
struct score_range {
	double from, to, step; /* from 0: the shaper's own lowest */
	const double *list;    /* instead of them, if not NULL */
	int n_list;
};

struct score_options {
	struct shaper_type type[SCORE_TYPES_MAX];
	int n_types;
	double damping; /* of the shapers */
	double test_damping[SCORE_ZETAS_MAX];
	int n_test;
	double scv_mm_s;
	double max_smoothing; /* 0: none */
	double max_vibration; /* fraction; 0: none */
	double max_freq_hz;   /* of the spectra; 0: 200 */
	double tolerance; /* 0: the incumbent's rules, else ours: see below */
	struct score_range range;
};

/* zv mzv ei 2hump_ei 3hump_ei, damping 0.1, tested at 0.075, 0.1 and 0.15,
 * corners at 5 mm/s */
void score_defaults(struct score_options *);

struct score_fit {
	const struct shaper_type *type;
	double freq_hz, damping;
	double vibration; /* fraction that remains */
	double worst;	  /* the same, at the worst within the tolerance */
	double smoothing; /* mm at 5000 mm/s2 */
	double score;	  /* less is better */
	double max_accel; /* mm/s2 at 0.12 mm */
};

struct score_result {
	int n;
	struct score_fit fit[SCORE_TYPES_MAX];
	int best; /* index into fit */
};

/* Highest frequency of the spectra that counts. */
double score_max_freq(const struct score_options *);

/*
 * Normalised spectra; every answer is for the worst of them.  0, or -1 when
 * the options leave no candidate.
 *
 * The incumbent looks for the least vibration first, so that of several
 * shapers that leave next to nothing the last bit of it decides, and the next
 * measurement decides otherwise.  With a tolerance each candidate is judged
 * by the most that it leaves while all resonances move that far, each type
 * has its best score by that, and of the types the first in the list wins
 * that is not half as bad again as the best; zv only when it stands alone.
 */
int score_spectra(const struct score_options *, const struct spectrum *,
    int n_spectra, struct score_result *out);

/* One shaper over the same spectra. */
void score_one(const struct score_options *, const struct spectrum *,
    int n_spectra, const struct shaper_type *, double freq_hz,
    struct score_fit *out);

/* The response of a fit at f: worst over the tested dampings. */
double score_response(
    const struct score_options *, const struct score_fit *, double freq_hz);

#endif
