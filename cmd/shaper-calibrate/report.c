/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Answers as text, as JSON and as columns. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis.h"
#include "base/buf.h"
#include "base/xalloc.h"
#include "io/file.h"
#include "lang/json.h"

/* rises when a key goes or changes its meaning; new keys may come */
#define JSON_VERSION 1

static const char axis_names[] = "xyz";

struct analysis_answer
analysis_answer(const struct analysis *a)
{
	const struct score_fit *f = &a->judged.fit[a->judged.best];
	const struct choice *c;

	if (a->method == ANALYSIS_NONE)
		return (struct analysis_answer){0};
	if (a->method == ANALYSIS_SPECTRUM || a->method == ANALYSIS_INCUMBENT)
		return (struct analysis_answer){f->type->name, f->freq_hz,
		    f->damping, f->smoothing, f->max_accel, f->vibration};
	c = &a->choices.v[a->choices.best];
	return (struct analysis_answer){c->type->name, c->freq_hz, c->damping,
	    c->smoothing, c->max_accel, c->residual};
}

static void
text_recording(const struct analysis *a, int i)
{
	const struct recording *r = &a->recordings.v[i];
	const struct identified *id = r->identified;

	if (!r->raw) {
		printf(
		    "# %s: a spectrum of %zu bins\n", r->name, r->spectrum.n);
		return;
	}
	printf("# %s: %llu samples, %.1f s at %.1f Hz\n", r->name,
	    (unsigned long long)r->samples, r->last_s - r->first_s, r->fs_hz);
	if (!id || id->result == IDENTIFY_NO_COMMAND)
		return;
	if (id->decays > 0)
		printf("#   %d decays\n", id->decays);
	else if (id->command.freq_end_hz > 0)
		printf("#   sweep %s: %g to %g Hz, %g Hz/s%s, along "
		       "%.2f,%.2f,%.2f; "
		       "explains %.1f %%\n",
		    id->command_given ? "as told" : "recognised",
		    id->command.freq_start_hz, id->command.freq_end_hz,
		    id->command.hz_per_s,
		    id->command.sweeping_period_s > 0 ? " with carrier" : "",
		    id->direction[0], id->direction[1], id->direction[2],
		    fmax(id->modes.explained, 0) * 100);
	for (int k = 0; k < id->modes.n; k++) {
		const struct mode *m = &id->modes.mode[k];

		printf("#   mode %d: %7.2f Hz +-%.2f, damping %.4f +-%.4f, "
		       "weight %3.0f %%, coherence %.2f\n",
		    k + 1, m->freq_hz, m->sd_freq_hz, m->damping, m->sd_damping,
		    m->weight * 100, m->coherence);
	}
}

/* mean and spread of the heaviest mode over several recordings */
static void
text_spread(const struct analysis *a)
{
	double f = 0, ff = 0, z = 0, zz = 0;
	int n = a->n_sets;

	if (n < 2)
		return;
	for (int i = 0; i < n; i++) {
		const struct mode *top = &a->sets[i].mode[0];

		for (int k = 1; k < a->sets[i].n; k++)
			if (a->sets[i].mode[k].weight > top->weight)
				top = &a->sets[i].mode[k];
		f += top->freq_hz / n;
		ff += top->freq_hz * top->freq_hz / n;
		z += top->damping / n;
		zz += top->damping * top->damping / n;
	}
	printf("# main mode over %d recordings: %.2f Hz +-%.2f, damping %.4f "
	       "+-%.4f; %.0f %% of them alone choose the same type\n",
	    n, f, sqrt(fmax(0, ff - f * f)), z, sqrt(fmax(0, zz - z * z)),
	    a->stability * 100);
}

static void
text_choices(const struct analysis *a)
{
	const struct score_fit *f = &a->incumbent.fit[a->incumbent.best];

	printf("#\n# %-16s %9s %8s %9s %9s %10s %10s\n", "shaper", "frequency",
	    "damping", "leaves", "at worst", "smoothing", "max_accel");
	for (int i = 0; i < a->choices.n; i++) {
		const struct choice *c = &a->choices.v[i];

		printf("# %-16s %6.1f Hz %8.3f %7.1f %% %7.1f %% %7.3f mm "
		       "%10.0f%s%s\n",
		    c->type->name, c->freq_hz, c->damping, c->residual * 100,
		    c->robust * 100, c->smoothing,
		    floor(c->max_accel / 10) * 10,
		    i == a->choices.best ? "  <" : "",
		    c->reached ? "" : "  (beyond the limits)");
	}
	printf("# %-16s %6.1f Hz %8.3f %7.1f %% %7.1f %% %7.3f mm %10.0f  "
	       "incumbent's choice, said to leave %.1f %%\n",
	    f->type->name, f->freq_hz, f->damping, a->rival.residual * 100,
	    a->rival.robust * 100, a->rival.smoothing,
	    floor(a->rival.max_accel / 10) * 10, f->vibration * 100);
}

/* The answer is not all that was asked for. */
static void
text_limits(const struct analysis *a)
{
	if (a->n_sets == 0 || a->choices.v[a->choices.best].reached)
		return;
	if (a->choose.max_smoothing > 0)
		printf(
		    "# no shaper leaves less than %g %% at worst and smooths "
		    "by less than %g mm: this one leaves least\n",
		    a->choose.max_residual * 100, a->choose.max_smoothing);
	else
		printf("# no shaper leaves less than %g %% at worst: this one "
		       "is a compromise\n",
		    a->choose.max_residual * 100);
}

static void
text_spectrum(const struct analysis *a)
{
	for (int i = 0; i < a->judged.n; i++) {
		const struct score_fit *f = &a->judged.fit[i];

		printf("# Fitted shaper '%s' frequency = %.1f Hz (vibrations = "
		       "%.1f%%, smoothing ~= %.3f)\n",
		    f->type->name, f->freq_hz, f->vibration * 100,
		    f->smoothing);
		printf("# To avoid too much smoothing with '%s', suggested "
		       "max_accel <= %.0f mm/sec^2\n",
		    f->type->name, round(f->max_accel / 100) * 100);
	}
}

void
report_text(const struct analysis *a)
{
	struct analysis_answer answer = analysis_answer(a);

	for (int i = 0; i < a->recordings.n; i++)
		text_recording(a, i);
	if (a->method == ANALYSIS_NONE) {
		printf("# no clear resonance: %s%s%s\n", a->why,
		    a->hint ? "; " : "", a->hint ? a->hint : "");
		return;
	}
	if ((a->method == ANALYSIS_FIT || a->method == ANALYSIS_RINGDOWN)) {
		text_spread(a);
		text_choices(a);
	} else {
		if (a->set_of && a->why)
			printf("# judged by the spectrum alone: %s\n", a->why);
		text_spectrum(a);
		if (a->method == ANALYSIS_SPECTRUM &&
		    answer.freq_hz > a->options.range.to - 0.5)
			printf("# this is the highest frequency that was "
			       "tried: the resonance may lie beyond\n");
		if (a->method == ANALYSIS_SPECTRUM)
			printf("# the incumbent would choose %s @ %.1f Hz\n",
			    a->incumbent.fit[a->incumbent.best].type->name,
			    a->incumbent.fit[a->incumbent.best].freq_hz);
	}
	configured_row(a);
	text_limits(a);
	printf("# Recommended shaper is %s @ %.1f Hz\n", answer.name,
	    answer.freq_hz);
	if (a->confidence)
		printf("# confidence %s; corners are smoothed by less than "
		       "0.12 mm up to max_accel %.0f mm/s2\n",
		    a->confidence, floor(answer.max_accel / 10) * 10);
	if (a->axis < 0) {
		printf("# no single axis was moved: say --axis=x, y or z for "
		       "lines that printerconf understands\n");
		return;
	}
	configured_changes(a, &answer);
	printf("input_shaper.shaper_type_%c=%s\n", axis_names[a->axis],
	    answer.name);
	printf("input_shaper.shaper_freq_%c=%.1f\n", axis_names[a->axis],
	    answer.freq_hz);
	if (a->method == ANALYSIS_FIT || a->method == ANALYSIS_RINGDOWN)
		printf("input_shaper.damping_ratio_%c=%.3f\n",
		    axis_names[a->axis], answer.damping);
}

static void
json_recording(struct json *j, const struct analysis *a, int i)
{
	const struct recording *r = &a->recordings.v[i];
	const struct identified *id = r->identified;

	json_object(j, NULL);
	json_string(j, "name", r->name);
	if (r->raw) {
		json_int(j, "samples", (int64_t)r->samples);
		json_fixed(j, "duration", r->last_s - r->first_s, 6);
		json_double(j, "rate", r->fs_hz);
	}
	if (id && id->decays > 0) {
		json_int(j, "decays", id->decays);
	} else if (id && id->result != IDENTIFY_NO_COMMAND &&
		   id->command.freq_end_hz > 0) {
		json_bool(j, "sweep_recognised", !id->command_given);
		json_double(j, "freq_start", id->command.freq_start_hz);
		json_double(j, "freq_end", id->command.freq_end_hz);
		json_double(j, "hz_per_sec", id->command.hz_per_s);
		json_fixed(j, "start", id->frf.start_s, 6);
		json_array(j, "direction");
		for (int k = 0; k < 3; k++)
			json_fixed(j, NULL, id->direction[k], 6);
		json_close(j);
		json_fixed(j, "explained", id->modes.explained, 6);
	}
	if (id) {
		json_array(j, "modes");
		for (int k = 0; k < id->modes.n; k++) {
			const struct mode *m = &id->modes.mode[k];

			json_object(j, NULL);
			json_fixed(j, "freq", m->freq_hz, 5);
			json_fixed(j, "damping", m->damping, 6);
			json_fixed(j, "gain", m->gain, 5);
			json_fixed(j, "weight", m->weight, 5);
			json_fixed(j, "coherence", m->coherence, 4);
			json_fixed(j, "freq_sd", m->sd_freq_hz, 5);
			json_fixed(j, "damping_sd", m->sd_damping, 6);
			json_close(j);
		}
		json_close(j);
	}
	json_array(j, "warnings");
	for (int k = 0; k < a->advice[i].n; k++) {
		json_object(j, NULL);
		json_string(j, "slug", a->advice[i].v[k].slug);
		json_string(j, "text", a->advice[i].v[k].text);
		json_close(j);
	}
	json_close(j);
	json_close(j);
}

static void
json_fit(struct json *j, const char *key, const struct score_fit *f)
{
	json_object(j, key);
	json_string(j, "name", f->type->name);
	json_fixed(j, "freq", f->freq_hz, 4);
	json_fixed(j, "damping", f->damping, 6);
	json_double(j, "vibrations", f->vibration);
	json_double(j, "vibrations_worst", f->worst);
	json_double(j, "smoothing", f->smoothing);
	json_double(j, "max_accel", f->max_accel);
	json_double(j, "score", f->score);
	json_close(j);
}

static void
json_choice(struct json *j, const char *key, const struct choice *c, int modes)
{
	json_object(j, key);
	json_string(j, "name", c->type->name);
	json_fixed(j, "freq", c->freq_hz, 4);
	json_fixed(j, "damping", c->damping, 6);
	json_double(j, "vibrations", c->residual);
	json_double(j, "vibrations_worst", c->robust);
	json_double(j, "smoothing", c->smoothing);
	json_double(j, "max_accel", c->max_accel);
	json_double(j, "score", choose_score(c));
	json_bool(j, "within_limits", c->reached);
	json_array(j, "at_modes");
	for (int k = 0; k < modes; k++)
		json_double(j, NULL, c->at_mode[k]);
	json_close(j);
	json_close(j);
}

static void
json_answer(struct json *j, const struct analysis *a)
{
	const struct score_result *r = &a->judged;
	bool modes =
	    a->method == ANALYSIS_FIT || a->method == ANALYSIS_RINGDOWN;

	json_array(j, "shapers");
	for (int i = 0; modes && i < a->choices.n; i++)
		json_choice(j, NULL, &a->choices.v[i], a->sets[0].n);
	for (int i = 0; !modes && a->method != ANALYSIS_NONE && i < r->n; i++)
		json_fit(j, NULL, &r->fit[i]);
	json_close(j);
	if (modes) {
		json_choice(j, "recommended", &a->choices.v[a->choices.best],
		    a->sets[0].n);
		json_choice(j, "incumbent", &a->rival, a->sets[0].n);
	} else if (a->method == ANALYSIS_NONE) {
		json_null(j, "recommended");
	} else {
		json_fit(j, "recommended", &r->fit[r->best]);
		json_fit(j, "incumbent", &a->incumbent.fit[a->incumbent.best]);
	}
}

void
report_json(const struct analysis *a)
{
	static const char *const names[] = {
	    "fit", "ringdown", "spectrum", "incumbent", "none"};
	struct buf out = BUF_INIT;
	struct json j;
	char name[2] = "";

	json_begin(&j, &out);
	json_object(&j, NULL);
	json_int(&j, "version", JSON_VERSION);
	json_string(&j, "method", names[a->method]);
	if (a->axis >= 0) {
		name[0] = axis_names[a->axis];
		json_string(&j, "axis", name);
	}
	json_array(&j, "recordings");
	for (int i = 0; i < a->recordings.n; i++)
		json_recording(&j, a, i);
	json_close(&j);
	json_answer(&j, a);
	configured_json(&j, a);
	if (a->confidence) {
		json_string(&j, "confidence", a->confidence);
		json_fixed(&j, "stability", a->stability, 4);
	}
	if (a->why && a->n_sets == 0)
		json_string(&j, "why", a->why);
	if (a->method != ANALYSIS_NONE)
		report_curves(&j, a);
	json_close(&j);
	json_newline(&j);
	fwrite(out.data, 1, out.len, stdout);
	buf_release(&out);
}

/* the shapers' names and what they leave at each frequency of s */
static int
psd_shapers(const struct analysis *a, const struct spectrum *s,
    double **response, struct buf *out)
{
	struct analysis_row r[SCORE_TYPES_MAX];
	int n = analysis_rows(a, r);

	buf_adds(out, ",shapers:");
	for (int i = 0; i < n; i++) {
		struct score_fit f = {.type = r[i].type,
		    .freq_hz = r[i].freq_hz,
		    .damping = r[i].damping};

		buf_addf(out, ",%s(%.1f)", f.type->name, f.freq_hz);
		response[i] = xcalloc(s->n, sizeof(double));
		for (size_t k = 0; k < s->n; k++)
			response[i][k] =
			    score_response(&a->options, &f, s->freq_hz[k]);
	}
	buf_addc(out, '\n');
	return n;
}

static void
psd_left(const struct analysis *a, const struct spectrum *s, size_t k,
    double **response, int n, struct buf *out)
{
	buf_addc(out, ',');
	/* the incumbent's file has row k of its 0.2 Hz table here */
	for (int i = 0; i < n; i++)
		buf_addf(out, ",%.3f",
		    a->method == ANALYSIS_INCUMBENT
			? spectrum_at(s, response[i], 0.2 * (double)k)
			: response[i][k]);
	buf_addc(out, '\n');
}

/* "a name" */
static void
psd_name(const char *p, struct buf *out)
{
	buf_adds(out, ",\"");
	for (; *p; p++) {
		if (*p == '"')
			buf_addc(out, '"');
		buf_addc(out, *p);
	}
	buf_addc(out, '"');
}

/* one recording: the columns of the incumbent; several: one summed column
 * each, over the first one's bins */
static void
psd_rows(const struct analysis *a, struct buf *out)
{
	const struct spectrum *s = &a->normalised[0];
	double max = a->options.max_freq_hz > 0 ? a->options.max_freq_hz : 200;
	double *response[SCORE_TYPES_MAX];
	int several = a->recordings.n > 1, n;

	buf_adds(out, "freq");
	for (int i = 0; several && i < a->recordings.n; i++)
		psd_name(a->recordings.v[i].name, out);
	if (!several)
		buf_adds(out, ",psd_x,psd_y,psd_z,psd_xyz");
	n = psd_shapers(a, s, response, out);
	for (size_t k = 0; k < s->n && s->freq_hz[k] < max; k++) {
		buf_addf(out, several ? "%.4f" : "%.1f", s->freq_hz[k]);
		for (int i = 0; several && i < a->recordings.n; i++)
			buf_addf(out, ",%.4e",
			    spectrum_at(&a->normalised[i],
				a->normalised[i].psd[AXIS_SUM], s->freq_hz[k]));
		for (int i = 0; !several && i < CURVES; i++)
			buf_addf(out, ",%.3e", s->psd[i][k]);
		psd_left(a, s, k, response, n, out);
	}
	for (int i = 0; i < n; i++)
		free(response[i]);
}

int
report_psd(const struct analysis *a, const char *path)
{
	struct buf out = BUF_INIT;
	int status;

	psd_rows(a, &out);
	status = file_replace(path, out.data, out.len);
	buf_release(&out);
	return status;
}
