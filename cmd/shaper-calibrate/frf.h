/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The frequency response from the known command to what was measured. */
#ifndef GANTRY_SHAPER_FRF_H
#define GANTRY_SHAPER_FRF_H

#include <stdbool.h>
#include <stddef.h>

#include "command.h"
#include "track.h"

/*
 * The whole recording and the whole command are each transformed once.  Fine
 * bins, as narrow as the recording is long, are gathered in groups of about
 * 0.1 Hz.  In each group the sums of |X|^2, |Y|^2 and X* Y hold everything a
 * least-squares fit of Y = H X needs.  The fine bins are also dealt out to
 * FRF_FOLDS folds, so that a fit can leave one out and see how far it moves.
 */
enum {
	FRF_FOLDS = 8,
};

struct frf_sums {
	double *xx, *yy, *re, *im; /* |X|^2, |Y|^2, X* Y; n of each */
	double *moment;		   /* |X|^2 times the frequency */
};

struct frf {
	size_t n;
	double *freq_hz; /* weighted by |X|^2 */
	double *count;	 /* fine bins */
	struct frf_sums all, fold[FRF_FOLDS];
	double *noise;	    /* |Y|^2 a fine bin that is not from X, smoothed */
	double start_s;	    /* of the command, into the recording */
	double correlation; /* 0..1, of the aligned command and the signal */
	double fine_hz;
	double low_hz, high_hz; /* of the sweep */
};

/*
 * track: three axes; direction: unit length.  0, or -1 when the command is
 * longer than the recording.
 */
int frf_measure(struct frf *, const struct track *, double fs_hz,
    const double direction[3], const struct command_spec *);
void frf_release(struct frf *);

/* coherence of group g: 0..1, corrected for the few bins of a group */
double frf_coherence(const struct frf *, size_t g);

/* The one of x, y, z and the diagonals that is within 25 degrees of it. */
void frf_snap_direction(double direction[3]);

/* The direction of the largest movement; *share of all power lies in it. */
void frf_main_direction(
    const struct track *, double direction[3], double *share);

#endif
