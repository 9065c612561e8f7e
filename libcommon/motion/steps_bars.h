/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inside of the search for commands: windows as bars that a line has to pass.
 */
#ifndef GANTRY_MOTION_STEPS_BARS_H
#define GANTRY_MOTION_STEPS_BARS_H

#include "base/pair.h"
#include "motion/steps_search.h"

/*
 * Step k = 1, 2, ... of a command lies at L + k I + k (k-1)/2 add, where L is
 * the step sent last.  Divided by k, with x = (k-1)/2, every window becomes a
 * bar that the line I + add x must pass:
 *
 *	(lo_k - L)/k  <=  I + add x_k  <=  (hi_k - L)/k
 *
 * All of it is exact: k I and k (k-1)/2 add are integers below 2^53.
 */
#define STEP_ADD_MIN (-32768)
#define STEP_ADD_MAX 32767
/* Rounding of a slope. */
#define SLOPE_SLACK 1e-6

/* More bars, as (lower end, upper end negated): of both the greatest counts.
 * Behind the last there are four that nothing passes. */
void step_bars_fill(struct step_search *);

/* The longest command when it has more than SEARCH_NEAR steps; bound is that
 * of the first ones.  Fills in count and end[]. */
void step_search_far(struct step_search *, int expected);

/* The least whole numbers that are not below p, which is below 2^51: told
 * without a jump, for nobody can foretell it. */
static inline pair
whole_up(pair p)
{
	pair w = (p + pair_both(0x1.8p52)) - pair_both(0x1.8p52);

	return w + pair_where_greater(p, w, pair_both(1), pair_both(0));
}

#endif
