/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Judgement of shapers over spectra: the incumbent's, to the digit, or ours. */
#include "score.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "base/xalloc.h"

#define THRESHOLD	20   /* bins below the peak over this do not count */
#define SMOOTHING_ACCEL 5000 /* mm/s2 of the reported smoothing */
#define SMOOTHING_LIMIT .12  /* mm, for the largest acceleration */
#define FREQ_END	150  /* Hz, of the search */
#define FREQ_STEP	.2
#define ENOUGH		1.5 /* times the best score are good enough */
#define TWICE		2   /* times the least vibration, and a little... */
#define LITTLE		.02 /* ...more, are looked at */

void
score_defaults(struct score_options *o)
{
	static const char *const names[] = {
	    "zv", "mzv", "ei", "2hump_ei", "3hump_ei"};
	char why[SHAPER_WHY_MAX];

	memset(o, 0, sizeof(*o));
	for (int i = 0; i < 5; i++)
		shaper_type_parse(
		    names[i], strlen(names[i]), &o->type[o->n_types++], why);
	o->damping = 0.1;
	o->test_damping[0] = 0.075;
	o->test_damping[1] = 0.1;
	o->test_damping[2] = 0.15;
	o->n_test = 3;
	o->scv_mm_s = 5;
	o->range.to = FREQ_END;
	o->range.step = FREQ_STEP;
}

/* the bins of one spectrum that are above its threshold */
struct loud {
	int n;
	double *freq_hz, *psd;
	double threshold, total;
	double step_hz; /* 0: bins are not even */
};

struct candidate {
	double freq_hz, vibration, smoothing, score;
	double worst; /* vibration, within the tolerance */
	bool tried;
};

static double
range_value(const struct score_range *r, double from, int i)
{
	return r->list ? r->list[i] : from + r->step * i;
}

static int
range_count(const struct score_range *r, double from)
{
	double n;

	if (r->list)
		return r->n_list;
	n = ceil((r->to - from) / r->step - 1e-9);
	return n < 1 ? 1 : n > 100000 ? 100000 : (int)n;
}

/* The search starts where the user says, else at the shaper's lowest; the
 * start is kept below the end. */
static double
range_from(const struct score_options *o, const struct shaper_type *t)
{
	double from = o->range.from > 0 ? o->range.from : t->min_freq_hz;

	return fmin(from, o->range.to - 1e-7);
}

double
score_max_freq(const struct score_options *o)
{
	double top = o->max_freq_hz > 0 ? o->max_freq_hz : 200;

	for (int i = 0; i < o->n_types; i++) {
		double from = range_from(o, &o->type[i]);

		for (int k = 0; k < range_count(&o->range, from); k++)
			top = fmax(top, range_value(&o->range, from, k));
	}
	return top;
}

static void
loud_from(const struct spectrum *s, double max_hz, struct loud *l)
{
	double top = 0;
	size_t n = 0;

	while (n < s->n && s->freq_hz[n] <= max_hz)
		top = fmax(top, s->psd[AXIS_SUM][n++]);
	l->threshold = top / THRESHOLD;
	l->freq_hz = xcalloc(n + 1, sizeof(double));
	l->psd = xcalloc(n + 1, sizeof(double));
	l->n = 0;
	l->total = 0;
	l->step_hz = s->step_hz;
	for (size_t k = 0; k < n; k++) {
		if (s->psd[AXIS_SUM][k] <= l->threshold)
			continue;
		l->freq_hz[l->n] = s->freq_hz[k];
		l->psd[l->n++] = s->psd[AXIS_SUM][k];
		l->total += s->psd[AXIS_SUM][k] - l->threshold;
	}
}

/*
 * Sums what is left above the threshold.  Over even bins the terms of each
 * impulse are a geometric sequence: one complex product a bin, started anew
 * at every gap, instead of an exponential, a sine and a cosine.
 */
static double
remaining(const struct loud *l, const struct shaper *s, double damping)
{
	double d = sqrt(1 - damping * damping), left = 0;
	double last_t = s->t_s[s->n - 1];
	double re[SHAPER_IMPULSES_MAX], im[SHAPER_IMPULSES_MAX];
	double cr[SHAPER_IMPULSES_MAX], ci[SHAPER_IMPULSES_MAX];
	double w1 = 2 * NUM_PI * l->step_hz;

	for (int i = 0; i < s->n; i++) {
		double e = exp(-damping * w1 * (last_t - s->t_s[i]));

		cr[i] = e * cos(w1 * d * s->t_s[i]);
		ci[i] = e * sin(w1 * d * s->t_s[i]);
	}
	for (int k = 0; k < l->n; k++) {
		bool next =
		    k > 0 && l->step_hz > 0 &&
		    l->freq_hz[k] - l->freq_hz[k - 1] < 1.5 * l->step_hz;
		double sr = 0, si = 0, w = 2 * NUM_PI * l->freq_hz[k], over;

		for (int i = 0; i < s->n; i++) {
			double r = re[i], e;

			if (next) {
				re[i] = r * cr[i] - im[i] * ci[i];
				im[i] = r * ci[i] + im[i] * cr[i];
			} else {
				e = s->a[i] *
				    exp(-damping * w * (last_t - s->t_s[i]));
				re[i] = e * cos(w * d * s->t_s[i]);
				im[i] = e * sin(w * d * s->t_s[i]);
			}
			sr += re[i];
			si += im[i];
		}
		over = sqrt(sr * sr + si * si) * l->psd[k] - l->threshold;
		if (over > 0)
			left += over;
	}
	return left;
}

/* smooth shapers: by the definition */
static double
remaining_smooth(const struct loud *l, const struct shaper *s, double damping)
{
	double left = 0;

	for (int k = 0; k < l->n; k++)
		left += fmax(
		    0, shaper_residual(s, l->freq_hz[k], damping) * l->psd[k] -
			   l->threshold);
	return left;
}

static double
score_of(double smoothing, double v)
{
	return smoothing * (pow(v, 1.5) + 0.2 * v + 0.01);
}

static void
try_candidate(const struct score_options *o, const struct shaper_type *t,
    const struct loud *l, int n, struct candidate *c)
{
	struct shaper s;
	double v;

	if (shaper_make(t, c->freq_hz, o->damping, &s) != 0)
		return;
	for (int i = 0; i < n; i++) {
		for (int k = 0; k < o->n_test; k++) {
			double z = o->test_damping[k];

			if (l[i].total <= 0)
				continue;
			v = (s.n ? remaining(&l[i], &s, z)
				 : remaining_smooth(&l[i], &s, z)) /
			    l[i].total;
			c->vibration = fmax(c->vibration, v);
		}
	}
	v = c->vibration;
	c->smoothing = shaper_smoothing(&s, SMOOTHING_ACCEL, o->scv_mm_s);
	c->worst = v;
	c->score = score_of(c->smoothing, v);
	c->tried = true;
}

/*
 * The best frequency of one type.  From the highest down for the least
 * vibration; then upwards for a better score that vibrates hardly more.
 */
static int
best_of(const struct score_options *o, const struct shaper_type *t,
    const struct loud *l, int n, struct candidate *c, int n_c)
{
	int best = -1, chosen;

	for (int i = n_c - 1; i >= 0; i--) {
		struct shaper s;

		if (o->max_smoothing > 0 && best >= 0 &&
		    shaper_make(t, c[i].freq_hz, o->damping, &s) == 0 &&
		    shaper_smoothing(&s, SMOOTHING_ACCEL, o->scv_mm_s) >
			o->max_smoothing)
			return best;
		try_candidate(o, t, l, n, &c[i]);
		if (c[i].tried &&
		    (best < 0 || c[i].vibration < c[best].vibration))
			best = i;
	}
	chosen = best;
	for (int i = 0; i < n_c && best >= 0; i++) {
		if (c[i].tried &&
		    c[i].vibration < 1.1 * c[best].vibration + 0.0005 &&
		    (c[i].score < c[chosen].score ||
			(o->max_vibration > 0 &&
			    c[best].vibration > o->max_vibration)))
			chosen = i;
	}
	return chosen;
}

/* The vibration at a frequency between candidates, -1 beyond them. */
static double
vibration_at(const struct candidate *c, int n, double freq_hz)
{
	double step, at;
	int i;

	if (n < 2 || freq_hz < c[0].freq_hz || freq_hz > c[n - 1].freq_hz)
		return -1;
	step = (c[n - 1].freq_hz - c[0].freq_hz) / (n - 1);
	i = (int)((freq_hz - c[0].freq_hz) / step);
	/* the user's own list need not be even */
	while (i > 0 && c[i].freq_hz > freq_hz)
		i--;
	while (i + 2 < n && c[i + 1].freq_hz <= freq_hz)
		i++;
	if (i + 1 >= n || !c[i].tried || !c[i + 1].tried)
		return -1;
	at = (freq_hz - c[i].freq_hz) / (c[i + 1].freq_hz - c[i].freq_hz);
	return c[i].vibration + at * (c[i + 1].vibration - c[i].vibration);
}

/* is a the better answer under the limits? */
static bool
steadier(const struct score_options *o, const struct candidate *a,
    const struct candidate *b)
{
	bool fits_a =
	    !(o->max_smoothing > 0) || a->smoothing <= o->max_smoothing;
	bool fits_b =
	    !(o->max_smoothing > 0) || b->smoothing <= o->max_smoothing;
	bool still_a = !(o->max_vibration > 0) || a->worst <= o->max_vibration;
	bool still_b = !(o->max_vibration > 0) || b->worst <= o->max_vibration;

	if (fits_a != fits_b)
		return fits_a;
	if (!fits_a)
		return a->smoothing < b->smoothing;
	if (still_a != still_b)
		return still_a;
	if (!still_a)
		return a->worst < b->worst;
	return a->score < b->score;
}

/* The best frequency of one type while resonances move.  All that shapers do
 * scales with their frequency: a resonance that moves up is as good as a
 * shaper that moves down. */
static int
steady_of(const struct score_options *o, const struct shaper_type *t,
    const struct loud *l, int n, struct candidate *c, int n_c)
{
	double least = HUGE_VAL;
	int best = -1;

	for (int i = 0; i < n_c; i++)
		try_candidate(o, t, l, n, &c[i]);
	for (int i = 0; i < n_c; i++) {
		double v = c[i].vibration, f = c[i].freq_hz;

		if (!c[i].tried)
			continue;
		v = fmax(v, vibration_at(c, n_c, f * (1 + o->tolerance)));
		v = fmax(v, vibration_at(c, n_c, f * (1 - o->tolerance)));
		c[i].worst = v;
		c[i].score = score_of(c[i].smoothing, v);
		if (!(o->max_smoothing > 0) ||
		    c[i].smoothing <= o->max_smoothing)
			least = fmin(least, v);
	}
	/* next to no smoothing is no merit of what leaves nearly all */
	for (int i = 0; i < n_c; i++)
		if (c[i].tried && c[i].worst <= TWICE * least + LITTLE &&
		    (best < 0 || steadier(o, &c[i], &c[best])))
			best = i;
	return best;
}

static void
set_fit(struct score_fit *f, const struct shaper_type *t,
    const struct candidate *c, const struct score_options *o)
{
	struct shaper s;

	f->type = t;
	f->freq_hz = c->freq_hz;
	f->damping = o->damping;
	f->vibration = c->vibration;
	f->worst = c->worst;
	f->smoothing = c->smoothing;
	f->score = c->score;
	shaper_make(t, c->freq_hz, o->damping, &s);
	f->max_accel = shaper_max_accel(&s, SMOOTHING_LIMIT, o->scv_mm_s);
}

static bool
beats(const struct score_options *o, const struct score_fit *f,
    const struct score_fit *top)
{
	return 1.2 * f->score < top->score ||
	       (1.05 * f->score < top->score &&
		   1.1 * f->smoothing < top->smoothing) ||
	       (o->max_vibration > 0 && top->vibration > o->max_vibration &&
		   f->vibration < top->vibration);
}

/* One type's fit joins the list and may win. */
static void
consider(const struct score_options *o, const struct candidate *c, int n,
    struct score_result *r)
{
	struct score_fit *fit = &r->fit[r->n];

	if (r->n == 0 || beats(o, fit, &r->fit[r->best]))
		r->best = r->n;
	for (int i = 0; i < n; i++) {
		const struct score_fit *top = &r->fit[r->best];

		if (c[i].tried && c[i].vibration < top->vibration &&
		    c[i].smoothing < top->smoothing) {
			set_fit(fit, fit->type, &c[i], o);
			r->best = r->n;
		}
	}
	r->n++;
}

/* zv is the most fragile: another that leaves less goes before it */
static void
avoid_zv(struct score_result *r)
{
	if (r->n == 0 || r->fit[r->best].type->family != SHAPER_ZV)
		return;
	for (int i = 0; i < r->n; i++) {
		if (r->fit[i].type->family != SHAPER_ZV &&
		    1.1 * r->fit[i].vibration < r->fit[r->best].vibration) {
			r->best = i;
			break;
		}
	}
}

static struct candidate
as_candidate(const struct score_fit *f)
{
	return (struct candidate){.vibration = f->vibration,
	    .smoothing = f->smoothing,
	    .score = f->score,
	    .worst = f->worst};
}

/* the first type that is not much worse than the best one */
static void
pick_steady(const struct score_options *o, struct score_result *r)
{
	struct candidate top;

	r->best = 0;
	for (int i = 1; i < r->n; i++) {
		struct candidate c = as_candidate(&r->fit[i]);

		top = as_candidate(&r->fit[r->best]);
		if (r->fit[r->best].type->family == SHAPER_ZV ||
		    steadier(o, &c, &top))
			r->best = i;
	}
	top = as_candidate(&r->fit[r->best]);
	top.score *= ENOUGH;
	for (int i = 0; i < r->best; i++) {
		struct candidate c = as_candidate(&r->fit[i]);

		if (r->fit[i].type->family != SHAPER_ZV &&
		    steadier(o, &c, &top)) {
			r->best = i;
			break;
		}
	}
}

int
score_spectra(const struct score_options *o, const struct spectrum *sp, int n,
    struct score_result *r)
{
	struct loud *l = xcalloc((size_t)n, sizeof(*l));
	double max_hz = score_max_freq(o);

	memset(r, 0, sizeof(*r));
	for (int i = 0; i < n; i++)
		loud_from(&sp[i], max_hz, &l[i]);
	for (int k = 0; k < o->n_types; k++) {
		const struct shaper_type *t = &o->type[k];
		double from = range_from(o, t);
		int n_c = range_count(&o->range, from), best;
		struct candidate *c = xcalloc((size_t)n_c, sizeof(*c));

		for (int i = 0; i < n_c; i++)
			c[i].freq_hz = range_value(&o->range, from, i);
		best = o->tolerance > 0 ? steady_of(o, t, l, n, c, n_c)
					: best_of(o, t, l, n, c, n_c);
		if (best >= 0) {
			set_fit(&r->fit[r->n], t, &c[best], o);
			if (o->tolerance > 0)
				r->n++;
			else
				consider(o, c, n_c, r);
		}
		free(c);
	}
	if (r->n && o->tolerance > 0)
		pick_steady(o, r);
	else
		avoid_zv(r);
	for (int i = 0; i < n; i++) {
		free(l[i].freq_hz);
		free(l[i].psd);
	}
	free(l);
	return r->n ? 0 : -1;
}

void
score_one(const struct score_options *o, const struct spectrum *sp, int n,
    const struct shaper_type *t, double freq_hz, struct score_fit *out)
{
	struct loud *l = xcalloc((size_t)n, sizeof(*l));
	struct candidate c = {.freq_hz = freq_hz};

	for (int i = 0; i < n; i++)
		loud_from(&sp[i], score_max_freq(o), &l[i]);
	try_candidate(o, t, l, n, &c);
	set_fit(out, t, &c, o);
	for (int i = 0; i < n; i++) {
		free(l[i].freq_hz);
		free(l[i].psd);
	}
	free(l);
}

double
score_response(
    const struct score_options *o, const struct score_fit *f, double freq_hz)
{
	struct shaper s;
	double worst = 0;

	shaper_make(f->type, f->freq_hz, f->damping, &s);
	for (int k = 0; k < o->n_test; k++)
		worst = fmax(
		    worst, shaper_residual(&s, freq_hz, o->test_damping[k]));
	return worst;
}
