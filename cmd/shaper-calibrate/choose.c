/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The shaper that leaves little at the measured modes and smooths least. */
#include "choose.h"

#include <math.h>
#include <string.h>

#define FREQ_LOWEST_HZ	15.0
#define FREQ_HIGHEST_HZ 240.0
#define FREQ_STEP_HZ	0.2
#define BELOW_MODES	0.7
#define SMOOTHING_ACCEL 5000
#define SMOOTHING_LIMIT 0.12

static double
residual(
    const struct shaper *s, const struct modes *m, double stretch, double damp)
{
	double sum = 0;

	for (int k = 0; k < m->n; k++)
		sum += m->mode[k].weight *
		       shaper_residual(s, m->mode[k].freq_hz * stretch,
			   fmin(m->mode[k].damping * damp, 0.9));
	return sum;
}

static double
nominal(const struct shaper *s, const struct modes *sets, int n)
{
	double worst = 0;

	for (int i = 0; i < n; i++)
		worst = fmax(worst, residual(s, &sets[i], 1, 1));
	return worst;
}

static double
robust(
    const struct shaper *s, const struct modes *sets, int n, double tolerance)
{
	static const double damp[] = {1, 0.8, 1.25};
	double worst = 0;

	for (int i = 0; i < n; i++)
		for (int f = -1; f <= 1; f++)
			for (int z = 0; z < 3; z++)
				worst = fmax(
				    worst, residual(s, &sets[i],
					       1 + f * tolerance, damp[z]));
	return worst;
}

void
choose_measure(const struct choose_options *o, const struct modes *sets, int n,
    const struct shaper_type *type, double freq_hz, double damping,
    struct choice *c)
{
	struct shaper s;

	memset(c, 0, sizeof(*c));
	c->type = type;
	c->freq_hz = freq_hz;
	c->damping = fmin(damping, type->max_damping);
	shaper_make(type, freq_hz, c->damping, &s);
	c->residual = nominal(&s, sets, n);
	c->robust = robust(&s, sets, n, o->tolerance);
	for (int k = 0; k < sets[0].n; k++)
		c->at_mode[k] = shaper_residual(
		    &s, sets[0].mode[k].freq_hz, sets[0].mode[k].damping);
	c->smoothing =
	    shaper_smoothing(&s, SMOOTHING_ACCEL, o->score->scv_mm_s);
	c->max_accel =
	    shaper_max_accel(&s, SMOOTHING_LIMIT, o->score->scv_mm_s);
	c->reached =
	    c->robust <= o->max_residual &&
	    (o->max_smoothing == 0 || c->smoothing <= o->max_smoothing);
}

static double
score_of(double robust, double smoothing)
{
	return smoothing * (robust * sqrt(robust) + 0.2 * robust + 0.01);
}

double
choose_score(const struct choice *c)
{
	return score_of(c->robust, c->smoothing);
}

/* is a the better answer?  With a limit on smoothing the least residual
 * counts, without one the least smoothing that leaves little enough; where
 * nothing does, a compromise: the last tenth of a percent is not worth any
 * smoothing. */
static bool
better(const struct choose_options *o, const struct choice *a,
    const struct choice *b)
{
	if (o->max_smoothing > 0)
		return a->robust < b->robust;
	if (a->reached != b->reached)
		return a->reached;
	if (a->reached)
		return a->smoothing < b->smoothing;
	return choose_score(a) < choose_score(b);
}

/* Could one with this nominal residual, which the robust one is never below,
 * be better than the best so far?  Measuring it takes nine times as long. */
static bool
may_win(const struct choose_options *o, double left, double smoothing,
    const struct choice *best)
{
	if (o->max_smoothing == 0 && best->reached)
		return left <= o->max_residual && smoothing < best->smoothing;
	if (o->max_smoothing == 0)
		return score_of(left, smoothing) < choose_score(best) ||
		       left <= o->max_residual;
	return left < best->robust;
}

/* The dampings that a shaper is made for: those of the modes and 0.1. */
static int
dampings(const struct modes *m, double *out)
{
	int n = 0;

	for (int k = 0; k < m->n; k++)
		out[n++] = m->mode[k].damping;
	out[n++] = 0.1;
	return n;
}

/* A shaper made for less than the lowest mode stills it by a later notch, at
 * the price of a multiple of the smoothing: the first step worth trying. */
static int
first_step(const struct modes *sets, int n)
{
	double f = FREQ_HIGHEST_HZ;

	for (int i = 0; i < n; i++)
		for (int k = 0; k < sets[i].n; k++)
			f = fmin(f, sets[i].mode[k].freq_hz);
	f = (BELOW_MODES * f - FREQ_LOWEST_HZ) / FREQ_STEP_HZ;
	return f > 0 ? (int)f : 0;
}

static void
best_of_type(const struct choose_options *o, const struct modes *sets, int n,
    const struct shaper_type *type, double cap, struct choice *out)
{
	double z[MODES_MAX + 1];
	int n_z = dampings(&sets[0], z), first = first_step(sets, n);
	bool any = false;

	for (int k = 0; k < n_z; k++) {
		int steps =
		    (int)((FREQ_HIGHEST_HZ - FREQ_LOWEST_HZ) / FREQ_STEP_HZ);

		/* from the least smoothing to the most */
		for (int i = steps; i >= first; i--) {
			double f = FREQ_LOWEST_HZ + FREQ_STEP_HZ * i;
			struct shaper s;
			struct choice c;
			double smoothing, left;

			if (shaper_make(type, f, fmin(z[k], type->max_damping),
				&s) != 0)
				continue;
			smoothing = shaper_smoothing(
			    &s, SMOOTHING_ACCEL, o->score->scv_mm_s);
			if (any && o->max_smoothing == 0 && out->reached &&
			    smoothing >= out->smoothing)
				break;
			if (o->max_smoothing > 0 &&
			    smoothing > o->max_smoothing)
				break;
			left = nominal(&s, sets, n);
			if (left > cap)
				continue;
			if (any && !may_win(o, left, smoothing, out))
				continue;
			choose_measure(o, sets, n, type, f, z[k], &c);
			if (!any || better(o, &c, out))
				*out = c;
			any = true;
		}
	}
	if (!any)
		memset(out, 0, sizeof(*out));
}

static void
choose_all(const struct choose_options *o, const struct modes *sets, int n,
    double cap, struct choices *out)
{
	memset(out, 0, sizeof(*out));
	out->best = -1;
	for (int i = 0; i < o->score->n_types; i++) {
		struct choice *c = &out->v[out->n];

		best_of_type(o, sets, n, &o->score->type[i], cap, c);
		if (!c->type)
			continue;
		if (out->best < 0 || better(o, c, &out->v[out->best]))
			out->best = out->n;
		out->n++;
	}
}

void
choose_shaper(const struct choose_options *o, const struct modes *sets, int n,
    const struct score_fit *rival, struct choices *out)
{
	struct choice r;

	choose_all(o, sets, n, HUGE_VAL, out);
	if (!rival || out->best < 0)
		return;
	choose_measure(
	    o, sets, n, rival->type, rival->freq_hz, rival->damping, &r);
	if (o->max_smoothing > 0 && r.smoothing > o->max_smoothing)
		return;
	if (r.smoothing <= out->v[out->best].smoothing &&
	    r.residual < out->v[out->best].residual) {
		struct choose_options bound = *o;

		bound.max_smoothing = r.smoothing;
		choose_all(&bound, sets, n, r.residual, out);
	}
}
