/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inside of the step generator: the longest command that windows allow. */
#ifndef GANTRY_MOTION_STEPS_SEARCH_H
#define GANTRY_MOTION_STEPS_SEARCH_H

#include <stdbool.h>

#define SEARCH_INVERSE 64 /* reciprocals at hand: nearly always enough */
#define SEARCH_LOOK    3  /* least steps behind that tell how it should end */
#define SEARCH_NEAR    32 /* commands up to here are found by all pairs */

/* An add and the intervals that go with it, ticks; any whole number between
 * them will do. */
struct step_slope {
	int add;
	double bound[2]; /* the least interval, and the greatest negated */
};

/*
 * Steps 1, 2, ... of the command are at [0], [1], ...; the caller fills in
 * the first part.  Clocks and the ends of their windows are absolute ticks.
 */
struct step_search {
	const double *lo, *hi, *clock;
	const double *inverse; /* 1/k of step k: SEARCH_INVERSE of them */
	const double *twice;   /* 2/SEARCH_NEAR, ... 2/1, each of them twice */
	double *bar;	       /* scratch: 2 (limit + 4) */
	double base;	       /* clock of the step sent last */
	int limit;	       /* steps there are, at least 1 */
	/* found */
	int count; /* 0: not even the first step fits */
	double interval;
	int add;
	/* inside */
	int filled;	 /* bars */
	double bound[2]; /* the least add, and the least of its negative */
	/* beyond SEARCH_NEAR */
	struct step_slope end[2]; /* the least add seen that reaches as far,
				     and the most */
	int foreseen;		  /* a guess of count */
	double window;		  /* of the first step */
	int side;		  /* which bound was found last */
	bool hole; /* none of these: they leave room for no whole number */
	double hole_min, hole_max;
};

/*
 * The longest command there is, and of all that are as long one that ends as
 * early or as late as the steps behind it would like; expected is a first
 * guess of its length.
 */
void step_search_longest(struct step_search *, int expected);

#endif
