/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The shaper that leaves little at the measured modes and smooths least. */
#ifndef GANTRY_SHAPER_CHOOSE_H
#define GANTRY_SHAPER_CHOOSE_H

#include "modes.h"
#include "score.h"

/*
 * The residual of a shaper is the mean of what it leaves at each mode,
 * weighted by how much each would ring on the part (gain over frequency
 * squared), for the worst recording.  The robust residual is the worst of
 * that while every mode moves within the tolerance and its damping between
 * 0.8 and 1.25 times what was measured.
 */
struct choose_options {
	const struct score_options *score; /* types, corner velocity */
	double max_residual;		   /* of the robust residual, 0.05 */
	double max_smoothing;		   /* mm at 5000 mm/s2; 0: none */
	double tolerance;		   /* of a mode's frequency, 0.02 */
};

struct choice {
	const struct shaper_type *type;
	double freq_hz, damping;
	double residual, robust;   /* fractions */
	double at_mode[MODES_MAX]; /* of the first recording's modes */
	double smoothing, max_accel;
	bool reached; /* robust <= max_residual and smoothing in its limit */
};

struct choices {
	int n;
	struct choice v[SCORE_TYPES_MAX]; /* the best of each type */
	int best;			  /* -1: none */
};

/*
 * sets: modes of n recordings.  rival, if not NULL, is a shaper that ours
 * must not lose to: at no more smoothing it may not leave less at the modes.
 */
void choose_shaper(const struct choose_options *, const struct modes *sets,
    int n, const struct score_fit *rival, struct choices *out);

/* The incumbent's formula over what remains at worst: less is better. */
double choose_score(const struct choice *);

/* Residual, robust residual, smoothing and acceleration of one shaper. */
void choose_measure(const struct choose_options *, const struct modes *sets,
    int n, const struct shaper_type *, double freq_hz, double damping,
    struct choice *out);

#endif
