/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Modes from free decays: what rings on when the motors stand. */
#ifndef GANTRY_SHAPER_RINGDOWN_H
#define GANTRY_SHAPER_RINGDOWN_H

#include "modes.h"
#include "track.h"

/*
 * Finds stretches that only fade, fits one or two damped swings to each, and
 * takes the mean over them; the standard deviations are those of the mean.
 * Returns how many decays were used; below 2 there are no modes.
 */
int ringdown_fit(const struct track *, double fs_hz, const double direction[3],
    struct modes *);

#endif
