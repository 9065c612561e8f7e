/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The line along which a recording moves. */
#ifndef GANTRY_SHAPER_DIRECTION_H
#define GANTRY_SHAPER_DIRECTION_H

#include "track.h"

/* Shares of all power in x, y and z; they add up to 1. */
void direction_shares(const struct track *, double share[3]);

/* The direction of the largest movement, of unit length. */
void direction_main(const struct track *, double direction[3]);

/* The one of x, y, z and the diagonals that is within 25 degrees of it. */
void direction_snap(double direction[3]);

#endif
