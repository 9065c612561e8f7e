/* SPDX-License-Identifier: GPL-3.0-or-later */
/* When each sample of a free-running sensor was taken, by the board's clock. */
#ifndef STEPSTREAM_SAMPLE_CLOCK_H
#define STEPSTREAM_SAMPLE_CLOCK_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Ten times a second the board says how many samples there are by its clock,
 * to within a sample.  The sensor's own clock is none of the best: it is off
 * by some percent, and it drifts as the sensor warms.  So the time of sample
 * n is a chain of straight lines, of about three seconds each, that lies
 * nearest to what was said.  Answers that came late are left out, and so are
 * those far from their neighbours.  Where the sensor's memory ran over the
 * chain is cut: samples are missing there.
 */
struct sample_point {
	double n, clock;
	double took; /* ticks between question and answer */
	unsigned overflows;
};

struct sample_clock {
	struct sample_point *point;
	size_t n, alloc;
	/* the chain, once solved: from sample `from` on
	 * clock + slope * (n - at) */
	struct sample_line {
		double from, at, clock, slope;
	} * line;
	size_t lines, alloc_lines;
};

void sample_clock_release(struct sample_clock *);
void sample_clock_reset(struct sample_clock *);
/* n rises from point to point */
void sample_clock_add(struct sample_clock *, const struct sample_point *);
/* 0, or -1 when there are too few points; then nothing can be asked */
int sample_clock_solve(struct sample_clock *);
/* Clock of sample n, which may be beyond both ends.  *hint starts at 0 and
 * remembers the place for rising n. */
double sample_clock_at(const struct sample_clock *, double n, size_t *hint);

#endif
