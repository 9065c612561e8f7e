/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the MCU's clock says now: a fit through its answers. */
#include <math.h>
#include <string.h>

#include "wire/clocksync.h"

#define DECAY	       (1.0 / 30)
#define RTT_AGING      (10e-6 / 3600) /* s/s the least round trip may grow */
#define OUTLIER_S      0.0005
#define UNCERTAIN_S    0.001
#define NO_RTT	       1e9
#define STALE_S	       10.0
#define CAUTION_S      0.001
#define FREQ_TOLERANCE 0.02 /* worse than any resonator on a board */

static double
square(double x)
{
	return x * x;
}

static double
seconds(const struct clocksync *c, int64_t ns)
{
	return (double)(ns - c->base_ns) * 1e-9;
}

void
clocksync_begin(
    struct clocksync *c, double clock_freq, uint64_t clock, int64_t sent_ns)
{
	memset(c, 0, sizeof(*c));
	c->nominal_freq = c->freq = clock_freq;
	c->base_ns = sent_ns;
	c->base_clock = c->last_clock = clock;
	c->prediction_variance = square(UNCERTAIN_S * clock_freq);
	c->min_half_rtt_s = NO_RTT;
}

static void
fit(struct clocksync *c, double t, double clock)
{
	double dt = t - c->time_avg, dc = clock - c->clock_avg, freq;

	c->time_avg += DECAY * dt;
	c->time_variance = (1 - DECAY) * (c->time_variance + dt * dt * DECAY);
	c->clock_avg += DECAY * dc;
	c->covariance = (1 - DECAY) * (c->covariance + dt * dc * DECAY);
	if (!(c->time_variance > 0))
		return;
	freq = c->covariance / c->time_variance;
	if (fabs(freq - c->nominal_freq) < FREQ_TOLERANCE * c->nominal_freq)
		c->freq = freq;
}

void
clocksync_sample(
    struct clocksync *c, uint32_t clock32, int64_t sent_ns, int64_t received_ns)
{
	double t, half, clock, error2;

	c->last_clock += (uint32_t)(clock32 - (uint32_t)c->last_clock);
	if (sent_ns == 0)
		return;
	t = seconds(c, sent_ns);
	clock = (double)(int64_t)(c->last_clock - c->base_clock);
	half = 0.5 * (seconds(c, received_ns) - t);
	if (half < 0)
		half = 0;
	if (!(half >= c->min_half_rtt_s + (t - c->min_rtt_s) * RTT_AGING)) {
		c->min_half_rtt_s = half;
		c->min_rtt_s = t;
	}
	error2 = square(clock - (c->clock_avg + (t - c->time_avg) * c->freq));
	if (error2 > 25 * c->prediction_variance &&
	    error2 > square(OUTLIER_S * c->nominal_freq)) {
		/* read late: the clock had run on.  Not for ever, though. */
		if (clock > c->clock_avg + (t - c->time_avg) * c->freq &&
		    t < c->last_good_s + STALE_S)
			return;
		c->prediction_variance = square(UNCERTAIN_S * c->nominal_freq);
	} else {
		c->last_good_s = t;
		c->prediction_variance =
		    (1 - DECAY) * (c->prediction_variance + error2 * DECAY);
	}
	fit(c, t, clock);
}

uint64_t
clocksync_extend(const struct clocksync *c, uint32_t clock)
{
	return c->last_clock +
	       (uint64_t)(int64_t)(int32_t)(clock - (uint32_t)c->last_clock);
}

static double
half_rtt(const struct clocksync *c)
{
	return c->min_half_rtt_s < NO_RTT ? c->min_half_rtt_s : 0;
}

double
clocksync_clock(const struct clocksync *c, int64_t ns)
{
	double t = seconds(c, ns) - (c->time_avg + half_rtt(c));

	return (double)c->base_clock + c->clock_avg + t * c->freq;
}

int64_t
clocksync_ns(const struct clocksync *c, double clock)
{
	double t = (clock - (double)c->base_clock - c->clock_avg) / c->freq;

	t += c->time_avg + half_rtt(c);
	if (t > 9e9)
		return INT64_MAX;
	return t < -9e9 ? INT64_MIN : c->base_ns + (int64_t)ceil(t * 1e9);
}

void
clocksync_cautious(const struct clocksync *c, int64_t *at_ns, double *clock,
    double *clock_freq)
{
	*at_ns = c->base_ns + (int64_t)((c->time_avg + CAUTION_S) * 1e9);
	*clock = (double)c->base_clock + c->clock_avg -
		 3 * sqrt(c->prediction_variance);
	*clock_freq = c->freq;
}
