/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Two recordings side by side: belts A and B, or before and after. */
#ifndef GANTRY_SHAPER_BELTS_H
#define GANTRY_SHAPER_BELTS_H

#include "identify.h"
#include "peaks.h"
#include "recording.h"

/* what is known of each of the two */
struct side {
	struct recording *r;
	struct identified id;
	struct spectrum shown; /* as compared: not normalised, or both */
	struct peaks peaks;    /* of the sum */
	struct peaks modes;    /* as peaks, from the fit if there is one */
	bool fitted;
};

struct sides {
	struct recordings list;
	struct side side[2];
	double similarity;   /* percent */
	int pair[PEAKS_MAX]; /* of side[0].modes in side[1].modes */
	double limit_hz;     /* pairs are not further apart */
	double health;	     /* 0..100 */
};

/* Loads two files with one recording each.  Returns the exit status. */
int sides_load(struct sides *, char *const path[2],
    const struct identify_options options[2]);
void sides_release(struct sides *);

const char *belts_verdict(double health);

#endif
