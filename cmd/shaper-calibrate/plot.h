/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the pictures show. */
#ifndef GANTRY_SHAPER_PLOT_H
#define GANTRY_SHAPER_PLOT_H

#include "analysis.h"
#include "belts.h"
#include "vibrations.h"

/*
 * Each writes one file, .svg, .png or .pdf, and returns 0, or -1 after saying
 * why.  Densities are in absolute units and the scales are whole decades, so
 * that two pictures compare.
 */
int plot_analysis(const struct analysis *, const char *path);
int plot_spectrogram(const struct analysis *, const char *path);
int plot_sides(const struct sides *, const char *const names[2],
    const char *title, const char *path);
int plot_scan(const struct scan *, const char *path);

/* In the terminal, lines that begin with "# ". */
void plot_terminal(const struct analysis *);

#endif
