/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which test motion a recording shows, when nobody has written it down. */
#include "recognise.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"

#define CARRIER_PSD 8000 /* of the usual carrier at 3 Hz, (mm/s2)^2/Hz */
#define LOWEST_HZ   4.0
#define NEAR_HZ	    2.5 /* of the line */

static const double rates[] = {0.1, 0.2, 0.25, 0.5, 1, 1.5, 2, 2.5, 3, 4};

struct trace {
	size_t n;
	double *t_s, *f_hz;
};

/* the loudest frequency of each column that is louder than rest */
static void
follow(const struct spectrogram *g, struct trace *out)
{
	double *power = xcalloc(g->columns + 1, sizeof(*power)), top = 0;

	out->n = 0;
	out->t_s = xcalloc(g->columns + 1, sizeof(double));
	out->f_hz = xcalloc(g->columns + 1, sizeof(double));
	for (size_t c = 0; c < g->columns; c++) {
		const float *p = g->power + c * g->bins;

		for (size_t k = (size_t)(LOWEST_HZ / g->step_hz); k < g->bins;
		     k++)
			power[c] = fmax(power[c], (double)p[k]);
		top = fmax(top, power[c]);
	}
	for (size_t c = 0; c < g->columns; c++) {
		const float *p = g->power + c * g->bins;
		size_t best = 0;

		if (power[c] < top * 1e-5)
			continue;
		for (size_t k = (size_t)(LOWEST_HZ / g->step_hz); k < g->bins;
		     k++)
			if (best == 0 || p[k] > p[best])
				best = k;
		out->t_s[out->n] = g->start_s + (double)c * g->step_s;
		out->f_hz[out->n++] = (double)best * g->step_hz;
	}
	free(power);
}

/* Most columns on one line f = b + rate t; how many. */
static int
line_of(const struct trace *tr, double rate, double *b)
{
	enum {
		BINS = 1200
	};
	int votes[BINS] = {0}, top = 0;

	for (size_t i = 0; i < tr->n; i++) {
		double at = tr->f_hz[i] - rate * tr->t_s[i] + BINS / 2;

		if (at >= 1 && at < BINS - 2)
			for (int k = -1; k <= 1; k++)
				votes[(int)at + k]++;
	}
	for (int k = 0; k < BINS; k++)
		if (votes[k] > votes[top])
			top = k;
	*b = top - BINS / 2 + 0.5;
	return votes[top];
}

static int
compare(const void *a, const void *b)
{
	float x = *(const float *)a, y = *(const float *)b;

	return x < y ? -1 : x > y;
}

/* does the line stand out of the quieter bins of this column? */
static bool
on_line(const struct spectrogram *g, size_t c, double f)
{
	const float *p = g->power + c * g->bins;
	size_t lo = (size_t)fmax((f - NEAR_HZ) / g->step_hz, 1);
	size_t hi = (size_t)fmax((f + NEAR_HZ) / g->step_hz, 1);
	float *sorted = xcalloc(g->bins, sizeof(*sorted)), top = 0, quiet;

	memcpy(sorted, p, g->bins * sizeof(*sorted));
	qsort(sorted, g->bins, sizeof(*sorted), compare);
	quiet = sorted[g->bins / 4];
	free(sorted);
	for (size_t k = lo; k <= hi && k < g->bins; k++)
		top = p[k] > top ? p[k] : top;
	return top > 30 * quiet;
}

/* the time of the first column in which the line can be seen */
static double
walk_back(const struct spectrogram *g, double first_s, double b, double rate)
{
	long c = lround((first_s - g->start_s) / g->step_s);

	while (c > 0) {
		double t = g->start_s + (double)(c - 1) * g->step_s;

		if (b + rate * t < 0.5 ||
		    !on_line(g, (size_t)(c - 1), b + rate * t))
			break;
		c--;
	}
	return g->start_s + (double)c * g->step_s;
}

static double
snap(double f)
{
	double five = 5 * round(f / 5);

	if (fabs(f - five) < 1.6)
		return five;
	if (fabs(f - 133.3333) < 1)
		return 133.3333;
	return round(f);
}

static double
quiet_psd(const struct recording *r)
{
	double sum = 0;

	for (int i = 0; i < 3; i++)
		sum += 2 * pow(r->checks.quiet_sigma[i], 2) / r->fs_hz;
	return sum;
}

/* Does the slow carrier of the sweeping test show, well below the pulses? */
static bool
sweeps(const struct recording *r, double accel_per_hz)
{
	const struct spectrum *s = &r->spectrum;
	size_t k = s->step_hz > 0 ? (size_t)round(3 / s->step_hz) : 0;

	return k > 0 && k < s->n &&
	       s->psd[AXIS_SUM][k] >
		   fmax(8 * quiet_psd(r), 0.1 * accel_per_hz * accel_per_hz);
}

void
recognise_turn_carrier(struct command_spec *c)
{
	bool on = c->sweeping_period_s > 0;

	c->sweeping_period_s = on ? 0 : command_default.sweeping_period_s;
	c->sweeping_accel = on ? 0 : command_default.sweeping_accel;
}

int
recognise_sweep(
    const struct recording *r, struct command_spec *out, bool *unsure)
{
	struct trace tr;
	double best_b = 0, rate = 0, first = 0, last = 0;
	int most = 0, on = 0;

	if (!r->spectrogram.power)
		return -1;
	follow(&r->spectrogram, &tr);
	for (size_t i = 0; i < sizeof(rates) / sizeof(rates[0]); i++) {
		double b;
		int votes = line_of(&tr, rates[i], &b);

		if (votes > most) {
			most = votes;
			rate = rates[i];
			best_b = b;
		}
	}
	for (size_t i = 0; i < tr.n; i++) {
		if (fabs(tr.f_hz[i] - best_b - rate * tr.t_s[i]) > NEAR_HZ)
			continue;
		if (on++ == 0)
			first = tr.t_s[i];
		last = tr.t_s[i];
	}
	/* where resonance is far, harmonics and fans are louder than it */
	first = walk_back(&r->spectrogram, first, best_b, rate);
	*out = command_default;
	out->hz_per_s = rate;
	out->freq_start_hz = fmax(snap(best_b + rate * first), 1);
	out->freq_end_hz = snap(best_b + rate * last);
	if (!sweeps(r, out->accel_per_hz))
		recognise_turn_carrier(out);
	*unsure = 8 * quiet_psd(r) > CARRIER_PSD / 4;
	most = tr.n > 0 && on > 8 && on * 10 > (int)tr.n * 3 &&
	       last - first > 0.25 * (r->last_s - r->first_s) &&
	       out->freq_end_hz > out->freq_start_hz + 5;
	free(tr.t_s);
	free(tr.f_hz);
	return most ? 0 : -1;
}
