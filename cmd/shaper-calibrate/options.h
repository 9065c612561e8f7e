/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Options in words of several: lists, ranges, directions. */
#ifndef GANTRY_SHAPER_OPTIONS_H
#define GANTRY_SHAPER_OPTIONS_H

#include "score.h"

/* All exit with 64 and one line when the text makes no sense. */
void options_shapers(struct score_options *, const char *list);
/* "[START]:END[:STEP]" or "F,F,..."; the list is the caller's to free */
void options_shaper_freq(struct score_options *, const char *text);
void options_test_damping(struct score_options *, const char *text);
/* "x", "y", "z" or "DX,DY[,DZ]", made unit length */
void options_direction(const char *text, double direction[3]);

#endif
