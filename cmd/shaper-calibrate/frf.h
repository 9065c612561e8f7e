/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The frequency response from the known command to what was measured. */
#ifndef GANTRY_SHAPER_FRF_H
#define GANTRY_SHAPER_FRF_H

#include <stdbool.h>
#include <stddef.h>

#include "command.h"
#include "track.h"

/*
 * Points about 0.1 Hz apart.  Each stands for the bins of a transform of the
 * whole recording around it, `count` of them; the sums of |X|^2, |Y|^2 and
 * X* Y hold everything a least-squares fit of Y = H X needs.
 */
struct frf {
	size_t n;
	double *freq_hz; /* middle of |X|^2 */
	double count;
	double *xx, *yy, *re, *im; /* |X|^2, |Y|^2, X* Y; n of each */
	double *noise;	    /* |Y|^2 a bin that is not from X, smoothed */
	double start_s;	    /* of the command, into the recording */
	double correlation; /* 0..1, of the aligned command and the signal */
	double low_hz, high_hz; /* of the sweep */
};

void frf_release(struct frf *);

/* coherence of group g: 0..1, corrected for the few bins of a group */
double frf_coherence(const struct frf *, size_t g);

/*
 * The sums are taken while the recording goes by: the command is made anew
 * block by block, and the track need not hold what has been summed.
 */
struct frf_stream;

/*
 * Finds where the command begins in what the track holds from the very first
 * sample on.  whole: there is no more to come.  Then NULL says that the
 * command is longer than the recording.  open: it is not known yet how far
 * the sweep goes, and it goes on.
 */
struct frf_stream *frf_stream_new(struct track *, const double direction[3],
    const struct command_spec *, bool whole, bool open);
void frf_stream_free(struct frf_stream *);
/* Sums what has become complete, or all of it. */
void frf_stream_feed(struct frf_stream *, struct track *, bool whole);
/* How many of the track's samples are no longer needed. */
size_t frf_stream_spare(const struct frf_stream *, const struct track *);
/* When the command ends, in seconds after the first sample. */
double frf_stream_end_s(const struct frf_stream *);
/* What has been summed up to freq_end_hz: 0, or -1 when that is nothing. */
int frf_stream_result(struct frf_stream *, double freq_end_hz, struct frf *);

#endif
