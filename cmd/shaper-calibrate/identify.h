/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From one recording to its modes, and how far they can be believed. */
#ifndef GANTRY_SHAPER_IDENTIFY_H
#define GANTRY_SHAPER_IDENTIFY_H

#include "frf.h"
#include "modes.h"

struct recording;

enum identify_result {
	IDENTIFY_MODES,	      /* found and believable */
	IDENTIFY_NO_COMMAND,  /* no sweep is recognised in it */
	IDENTIFY_NO_RESONANCE /* a sweep, but nothing stands out */
};

struct identified {
	enum identify_result result;
	const char *why; /* when there are no modes, in words */
	struct command_spec command;
	bool command_given;  /* else it was recognised */
	double direction[3]; /* of the motion, as felt by the sensor */
	double along[3];     /* share of the power in x, y and z */
	int decays;	     /* of a ring-down; then there is no frf */
	struct frf frf;
	struct modes modes;
	double coherence;	   /* of the modes, by weight */
	struct frf_stream *stream; /* until the recording ends */
};

struct identify_options {
	const struct command_spec *command; /* NULL: from the recording */
	const double *direction;	    /* NULL: the largest movement */
	bool ringdown; /* from free decays; the command is not needed */
};

/*
 * Called when the recording's track is full, with spectrum and spectrogram as
 * they are by then, and at the end, with whole set: then the answer stands.
 * Drops of the track what is not needed any more.
 */
void identify(struct recording *, const struct identify_options *,
    struct identified *, bool whole);
void identified_release(struct identified *);

/* Words for it: "high", "medium", "low". */
const char *identify_confidence(const struct identified *);

#endif
