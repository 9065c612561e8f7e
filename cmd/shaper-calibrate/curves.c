/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The shapers of an answer as rows and as curves. */
#include "analysis.h"
#include "lang/json.h"

enum {
	LOWEST_HZ = 15, /* of the shapers' own frequencies */
	HIGHEST_HZ = 150,
	TOP_HZ = 200, /* of the modes' */
};

static int
rows_of_choices(const struct analysis *a, struct analysis_row *r)
{
	for (int i = 0; i < a->choices.n; i++) {
		const struct choice *c = &a->choices.v[i];

		r[i] = (struct analysis_row){.type = c->type,
		    .freq_hz = c->freq_hz,
		    .damping = c->damping,
		    .left = c->residual,
		    .smoothing = c->smoothing,
		    .max_accel = c->max_accel,
		    .best = i == a->choices.best};
	}
	return a->choices.n;
}

int
analysis_rows(const struct analysis *a, struct analysis_row *r)
{
	const struct score_result *s = &a->judged;

	if (a->method == ANALYSIS_FIT || a->method == ANALYSIS_RINGDOWN)
		return rows_of_choices(a, r);
	for (int i = 0; i < s->n; i++) {
		const struct score_fit *f = &s->fit[i];

		r[i] = (struct analysis_row){.type = f->type,
		    .freq_hz = f->freq_hz,
		    .damping = f->damping,
		    .left = f->vibration,
		    .smoothing = f->smoothing,
		    .max_accel = f->max_accel,
		    .best = i == s->best && a->method != ANALYSIS_NONE};
	}
	return s->n;
}

double
analysis_damping(const struct analysis *a)
{
	const struct mode *top;

	if (a->n_sets == 0)
		return 0.1;
	top = &a->sets[0].mode[0];
	for (int k = 1; k < a->sets[0].n; k++)
		if (a->sets[0].mode[k].weight > top->weight)
			top = &a->sets[0].mode[k];
	return top->damping;
}

/* what a shaper leaves of a mode at 0, 1, 2 ... Hz */
static void
response(struct json *j, const struct analysis_row *r, double damping)
{
	struct shaper s;

	json_object(j, NULL);
	json_string(j, "name", r->type->name);
	json_fixed(j, "freq", r->freq_hz, 4);
	shaper_make(r->type, r->freq_hz, r->damping, &s);
	json_array(j, "left");
	for (int f = 0; f <= TOP_HZ; f++)
		json_fixed(j, NULL, shaper_residual(&s, f, damping), 5);
	json_close(j);
	json_close(j);
}

/* one type at one frequency, by the method of the answer */
static struct choice
measure(const struct analysis *a, const struct analysis_row *r, double freq_hz)
{
	struct score_fit f;
	struct choice c;

	if (a->method == ANALYSIS_FIT || a->method == ANALYSIS_RINGDOWN) {
		choose_measure(&a->choose, a->sets, a->n_sets, r->type, freq_hz,
		    r->damping, &c);
		return c;
	}
	score_one(
	    &a->options, a->normalised, a->recordings.n, r->type, freq_hz, &f);
	return (struct choice){.residual = f.vibration,
	    .smoothing = f.smoothing,
	    .max_accel = f.max_accel};
}

/* residual, smoothing and acceleration over the shaper's own frequency */
static void
over_frequency(
    struct json *j, const struct analysis *a, const struct analysis_row *r)
{
	enum {
		N = HIGHEST_HZ - LOWEST_HZ + 1
	};
	struct choice c[N];

	for (int i = 0; i < N; i++)
		c[i] = measure(a, r, LOWEST_HZ + i);
	json_object(j, NULL);
	json_string(j, "name", r->type->name);
	json_array(j, "vibrations");
	for (int i = 0; i < N; i++)
		json_fixed(j, NULL, c[i].residual, 5);
	json_close(j);
	json_array(j, "smoothing");
	for (int i = 0; i < N; i++)
		json_fixed(j, NULL, c[i].smoothing, 5);
	json_close(j);
	json_array(j, "max_accel");
	for (int i = 0; i < N; i++)
		json_fixed(j, NULL, c[i].max_accel, 0);
	json_close(j);
	json_close(j);
}

static void
frequencies(struct json *j, int from, int to)
{
	json_array(j, "freq");
	for (int f = from; f <= to; f++)
		json_int(j, NULL, f);
	json_close(j);
}

void
report_curves(struct json *j, const struct analysis *a)
{
	struct analysis_row r[SCORE_TYPES_MAX];
	int n = analysis_rows(a, r);

	json_object(j, "curves");
	json_object(j, "by_mode");
	json_fixed(j, "damping", analysis_damping(a), 6);
	frequencies(j, 0, TOP_HZ);
	json_array(j, "shapers");
	for (int i = 0; i < n; i++)
		response(j, &r[i], analysis_damping(a));
	json_close(j);
	json_close(j);
	json_object(j, "by_shaper");
	frequencies(j, LOWEST_HZ, HIGHEST_HZ);
	json_array(j, "shapers");
	for (int i = 0; i < n; i++)
		over_frequency(j, a, &r[i]);
	json_close(j);
	json_close(j);
	json_close(j);
}
