/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the MCU's clock says now: a fit through its answers. */
#ifndef GANTRY_WIRE_CLOCKSYNC_H
#define GANTRY_WIRE_CLOCKSYNC_H

#include <stdint.h>

/*
 * Host time in nanoseconds, MCU time in ticks of 64 bits (the wire carries the
 * lower 32).  A decayed linear regression of the clock over the time at which
 * the question had left; answers that came too late are left out.
 */
struct clocksync {
	double nominal_freq, freq; /* ticks a second */
	int64_t base_ns;	   /* times below are seconds since */
	uint64_t base_clock;	   /* clocks below are ticks since */
	uint64_t last_clock;
	double time_avg, clock_avg, time_variance, covariance;
	double prediction_variance, last_good_s;
	double min_half_rtt_s, min_rtt_s; /* the least, and when it was seen */
};

/* clock is the MCU's 64-bit clock at sent_ns. */
void clocksync_begin(
    struct clocksync *, double clock_freq, uint64_t clock, int64_t sent_ns);
/* An answer to get_clock; sent_ns 0 (unknown) only moves the 64-bit clock. */
void clocksync_sample(
    struct clocksync *, uint32_t clock, int64_t sent_ns, int64_t received_ns);
/* The 64-bit clock meant by any other 32-bit clock of the MCU. */
uint64_t clocksync_extend(const struct clocksync *, uint32_t clock);
/* The MCU's clock at that time, and back. */
double clocksync_clock(const struct clocksync *, int64_t ns);
int64_t clocksync_ns(const struct clocksync *, double clock);
/* A line that stays behind the real clock, for link_set_clock(). */
void clocksync_cautious(const struct clocksync *, int64_t *at_ns, double *clock,
    double *clock_freq);

#endif
