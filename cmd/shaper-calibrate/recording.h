/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One measurement, read and reduced: spectrum, track, what looked wrong. */
#ifndef GANTRY_SHAPER_RECORDING_H
#define GANTRY_SHAPER_RECORDING_H

#include <stdbool.h>
#include <stdint.h>

#include "base/diag.h"
#include "command.h"
#include "identify.h"
#include "spectrogram.h"
#include "spectrum.h"
#include "track.h"

/* counted while the rows go by */
struct recording_checks {
	uint64_t gaps;		      /* steps of time over 1.5 usual ones */
	double first_gap_s;	      /* into the recording */
	double lost;		      /* samples that the gaps stand for */
	uint64_t repeated;	      /* time does not advance */
	uint64_t at_8g[3], at_16g[3]; /* samples near the end of a range */
	uint64_t beyond_8g, beyond_16g;
	double first_8g_s, first_16g_s; /* into the recording */
	double lowest[3], highest[3];
	uint64_t zeros[3];     /* exactly 0: a dead band */
	double quiet_sigma[3]; /* of the first tenth of a second, mm/s2 */
	double median_step_s;
};

struct recording {
	char *name;    /* as shown: the file, or file:set */
	bool raw;      /* else a stored spectrum */
	bool mainline; /* stored: "shapers:" marked it as normalised */
	struct spectrum spectrum;
	/* raw only */
	uint64_t samples;
	double first_s, last_s, fs_hz;
	double mean[3]; /* mm/s2: gravity */
	size_t segment; /* samples */
	uint64_t segments;
	struct track track;
	struct identified *identified; /* owned; NULL: was not asked for */
	struct spectrogram spectrogram;
	struct recording_checks checks;
	struct command_spec command; /* from a "#sweep" comment */
	bool has_command;
	bool has_moves; /* short moves with rests, says a "#moves" comment */
	struct recording_move {
		double length_mm, speed_mm_s, accel_mm_s2;
	} move; /* the one that a "#move" comment tells of; else zeros */
};

struct recording_options {
	bool track;	  /* keep the thinned-out samples */
	bool spectrogram; /* keep the spectrogram */
	const struct identify_options *identify; /* NULL: no modes */
};

struct recordings {
	struct recording *v;
	int n;
	size_t alloc;
};

/* Appends the recordings of a file.  Returns the exit status; all errors are
 * reported. */
int recordings_load(struct recordings *, const char *path,
    const struct recording_options *, struct diag_sink *);
void recordings_release(struct recordings *);

#endif
