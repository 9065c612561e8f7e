/* SPDX-License-Identifier: GPL-3.0-or-later */
/* shaper-calibrate analyze: recordings in, the right shaper out. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis.h"
#include "base/xalloc.h"
#include "cli/cli.h"
#include "cmd.h"
#include "options.h"
#include "plot.h"

static const char *const synopsis[] = {"[OPTION ...] [FILE ... | -]", NULL};

#define MODE_TOLERANCE 0.02 /* how far measured resonances may move */
#define BIN_TOLERANCE  0.04 /* and peaks of spectra, whose bins are coarse */

enum {
	METHOD_AUTO,
	METHOD_FIT,
	METHOD_RINGDOWN,
	METHOD_SPECTRUM,
	METHOD_INCUMBENT,
};

static const char *config, *axis, *shapers, *shaper_freq, *test_damping, *psd;
static const char *plot, *spectrogram;
static struct score_options score;
static struct choose_options choose = {.tolerance = -1};
static struct command_spec command;
static double max_vibration, max_smoothing, scv = -1;
static int format, method;
static bool given;

static const char *const formats[] = {"text", "json", NULL};
static const char *const methods[] = {
    "auto", "fit", "ringdown", "spectrum", "incumbent", NULL};

static const struct opt optv[] = {
    {OPT_STRING, 'c', "config", &config, "FILE",
	"the printer, for the shaper it has now and its limits", 0, 0, NULL},
    {.kind = OPT_HEAD, .help = "What was measured"},
    {OPT_STRING, 0, "axis", &axis, "AXIS", "moved: x, y, z or DX,DY[,DZ]", 0, 0,
	NULL},
    {OPT_DOUBLE, 0, "freq-start", &command.freq_start_hz, "HZ",
	"the sweep began at this frequency", 1, 300, NULL},
    {OPT_DOUBLE, 0, "freq-end", &command.freq_end_hz, "HZ",
	"the sweep ended at this frequency", 1, 300, NULL},
    {OPT_DOUBLE, 0, "hz-per-sec", &command.hz_per_s, "HZ_S",
	"the sweep rose this fast", 0.05, 10, NULL},
    {OPT_DOUBLE, 0, "accel-per-hz", &command.accel_per_hz, "MM_S2",
	"acceleration over frequency", 0.001, 10000, NULL},
    {OPT_DOUBLE, 0, "sweeping-accel", &command.sweeping_accel, "MM_S2",
	"acceleration of the slow carrier", 0, 100000, NULL},
    {OPT_DOUBLE, 0, "sweeping-period", &command.sweeping_period_s, "S",
	"period of the slow carrier, 0 for none", 0, 100, NULL},
    {.kind = OPT_HEAD, .help = "What to choose from"},
    {OPT_CHOICE, 0, "method", &method, "METHOD",
	"auto, fit, ringdown, spectrum or incumbent", 0, 0, methods},
    {OPT_STRING, 0, "shapers", &shapers, "LIST", "shapers to try", 0, 0, NULL},
    {OPT_DOUBLE, 0, "max-smoothing", &max_smoothing, "MM",
	"smoothing at 5000 mm/s2 that is allowed", 0.01, 10, NULL},
    {OPT_DOUBLE, 0, "max-vibration", &max_vibration, "PERCENT",
	"vibration that may remain", 0.1, 100, NULL},
    {OPT_DOUBLE, 0, "tolerance", &choose.tolerance, "PERCENT",
	"how far resonances may move", 0, 20, NULL},
    {OPT_DOUBLE, 0, "scv", &scv, "MM_S", "square corner velocity", 0, 1000,
	NULL},
    {.kind = OPT_HEAD, .help = "The incumbent's method"},
    {OPT_STRING, 0, "shaper-freq", &shaper_freq, "RANGE",
	"frequencies to try: [START]:END[:STEP] or a list", 0, 0, NULL},
    {OPT_STRING, 0, "test-damping-ratios", &test_damping, "LIST",
	"dampings that a shaper must cope with", 0, 0, NULL},
    {OPT_DOUBLE, 0, "damping-ratio", &score.damping, "RATIO",
	"damping that shapers are made for", 0, 0.99, NULL},
    {OPT_DOUBLE, 0, "max-freq", &score.max_freq_hz, "HZ",
	"highest frequency that counts", 1, 10000, NULL},
    {.kind = OPT_HEAD, .help = "Output"},
    {OPT_CHOICE, 0, "format", &format, "FORMAT", "text or json", 0, 0, formats},
    {OPT_STRING, 0, "psd", &psd, "FILE", "write the spectra as CSV", 0, 0,
	NULL},
    {OPT_STRING, 0, "plot", &plot, "FILE",
	"draw it: .svg, .png, .pdf, or - for the terminal", 0, 0, NULL},
    {OPT_STRING, 0, "spectrogram", &spectrogram, "FILE",
	"draw power over time and frequency", 0, 0, NULL},
    {.kind = OPT_END},
};

static const struct cli_program program = {"shaper-calibrate analyze",
    "find the resonances in recordings and choose a shaper", synopsis, optv,
    false, false};

static void
release(struct analysis *a)
{
	for (int i = 0; i < a->recordings.n && a->normalised; i++)
		spectrum_release(&a->normalised[i]);
	free(a->normalised);
	free(a->advice);
	free(a->sets);
	free(a->set_of);
	configured_release(&a->configured);
	recordings_release(&a->recordings);
}

/* what the printer is made for, where nothing else is said */
static void
take_config(struct analysis *a)
{
	if (a->configured.machine && scv < 0)
		scv = configured_scv(&a->configured);
	if (scv >= 0)
		score.scv_mm_s = scv;
	if (a->configured.machine && max_smoothing == 0)
		max_smoothing = configured_max_smoothing(&a->configured);
}

static void
take_options(struct analysis *a)
{
	static const char ours[] = "zv,mzv,zvd,ei,2hump_ei,3hump_ei";
	const double *fields = &command.freq_start_hz;

	a->axis = -1;
	if (axis)
		options_direction(axis, a->direction);
	for (int i = 0; i < 3; i++)
		if (a->direction[i] == 1)
			a->axis = i;
	for (size_t i = 0; i < 4; i++)
		given |= fields[i] > 0;
	given |= command.sweeping_accel >= 0 || command.sweeping_period_s >= 0;
	if (command.freq_start_hz == 0)
		command.freq_start_hz = command_default.freq_start_hz;
	if (command.freq_end_hz == 0)
		command.freq_end_hz = command_default.freq_end_hz;
	if (command.hz_per_s == 0)
		command.hz_per_s = command_default.hz_per_s;
	if (command.accel_per_hz == 0)
		command.accel_per_hz = command_default.accel_per_hz;
	if (command.sweeping_accel < 0)
		command.sweeping_accel = command_default.sweeping_accel;
	if (command.sweeping_period_s < 0)
		command.sweeping_period_s = command_default.sweeping_period_s;
	if (command.freq_start_hz >= command.freq_end_hz)
		cli_die(EXIT_BAD_USAGE,
		    "--freq-start: %g Hz is not below --freq-end %g Hz",
		    command.freq_start_hz, command.freq_end_hz);
	take_config(a);
	if (shapers)
		options_shapers(&score, shapers);
	if (shaper_freq)
		options_shaper_freq(&score, shaper_freq);
	if (test_damping)
		options_test_damping(&score, test_damping);
	a->options = score;
	a->options.max_smoothing = max_smoothing;
	a->options.max_vibration = max_vibration / 100;
	if (!shapers)
		options_shapers(&score, ours);
	choose.score = &score;
	a->judge_tolerance =
	    choose.tolerance < 0 ? BIN_TOLERANCE : choose.tolerance / 100;
	choose.tolerance =
	    choose.tolerance < 0 ? MODE_TOLERANCE : choose.tolerance / 100;
	choose.max_smoothing = max_smoothing;
	choose.max_residual = max_vibration > 0 ? max_vibration / 100 : 0.05;
	a->choose = choose;
}

/* the answer of the incumbent, over all recordings, and ours to spectra */
static void
judge_spectra(struct analysis *a)
{
	struct recordings *list = &a->recordings;
	bool theirs = method == METHOD_INCUMBENT;

	a->normalised = xcalloc((size_t)list->n, sizeof(*a->normalised));
	for (int i = 0; i < list->n; i++) {
		struct recording *r = &list->v[i];

		spectrum_copy(&a->normalised[i], &r->spectrum);
		/* theirs overlooks that an old file was normalised before */
		if (!(theirs ? r->mainline : r->spectrum.normalised))
			spectrum_normalise(&a->normalised[i]);
	}
	if (score_spectra(&a->options, a->normalised, list->n, &a->incumbent) !=
	    0)
		cli_die(EXIT_BAD_USAGE, "no shaper is left to try");
	a->judged = a->incumbent;
	a->method = ANALYSIS_INCUMBENT;
}

/* The same over again by our rules, where no modes could be had. */
static void
judge_steadily(struct analysis *a)
{
	/* the answers point to the types in there */
	a->options.tolerance = a->judge_tolerance;
	score_spectra(&a->options, a->normalised, a->recordings.n, &a->judged);
	a->method = ANALYSIS_SPECTRUM;
}

static void
collect_modes(struct analysis *a)
{
	struct recordings *list = &a->recordings;
	size_t n = (size_t)list->n;

	a->sets = xcalloc(n, sizeof(*a->sets));
	a->set_of = xcalloc(n, sizeof(*a->set_of));
	for (int i = 0; i < list->n; i++) {
		const struct identified *id = list->v[i].identified;

		if (id->result != IDENTIFY_MODES) {
			a->why = id->why;
			continue;
		}
		a->set_of[a->n_sets] = &list->v[i];
		a->sets[a->n_sets++] = id->modes;
		if (!axis)
			memcpy(
			    a->direction, id->direction, sizeof(a->direction));
	}
	for (int k = 0; k < 3; k++)
		if (fabs(a->direction[k]) == 1)
			a->axis = k;
}

/* Would each recording alone choose the same type? */
static void
check_stability(struct analysis *a)
{
	const struct choice *c = &a->choices.v[a->choices.best];
	int same = 0;

	for (int i = 0; i < a->n_sets && a->n_sets > 1; i++) {
		struct choices alone;

		choose_shaper(&a->choose, &a->sets[i], 1, NULL, &alone);
		same += alone.best >= 0 && alone.v[alone.best].type == c->type;
	}
	a->stability = a->n_sets > 1 ? (double)same / a->n_sets : 1;
}

static void
choose_ours(struct analysis *a)
{
	const struct score_fit *rival = &a->incumbent.fit[a->incumbent.best];
	int rank = 3;

	choose_shaper(&a->choose, a->sets, a->n_sets, rival, &a->choices);
	if (a->choices.best < 0) {
		a->why = "no shaper is within the limit on smoothing";
		a->method = ANALYSIS_NONE;
		return;
	}
	a->method = a->set_of[0]->identified->decays > 0 ? ANALYSIS_RINGDOWN
							 : ANALYSIS_FIT;
	choose_measure(&a->choose, a->sets, a->n_sets, rival->type,
	    rival->freq_hz, rival->damping, &a->rival);
	check_stability(a);
	for (int i = 0; i < a->recordings.n; i++) {
		const struct identified *id = a->recordings.v[i].identified;
		const char *c = identify_confidence(id);
		int r = c[0] == 'h' ? 3 : c[0] == 'm' ? 2 : 1;

		if (id->result == IDENTIFY_MODES && r < rank)
			rank = r;
	}
	if (a->stability < 0.75 && rank > 1)
		rank--;
	a->confidence = rank == 3 ? "high" : rank == 2 ? "medium" : "low";
}

/* Only stored spectra are judged without a command: what a recording shows
 * may be what was commanded, and no resonance. */
static bool
hopeless(const struct analysis *a)
{
	for (int i = 0; i < a->recordings.n; i++)
		if (!a->recordings.v[i].raw)
			return false;
	return true;
}

/* Nothing is recommended: why, and what the user can do about it. */
static void
explain(struct analysis *a)
{
	a->method = ANALYSIS_NONE;
	for (int i = 0; i < a->recordings.n; i++) {
		const struct recording *r = &a->recordings.v[i];

		if (r->raw && method == METHOD_AUTO && advice_at_rest(r))
			a->why = "nothing moves in it";
		else if (r->raw && !given &&
			 r->identified->result == IDENTIFY_NO_COMMAND &&
			 method == METHOD_AUTO)
			a->hint = "say how the sweep went, --hz-per-sec and "
				  "so on, or use --method=spectrum";
	}
}

/* the axis that was moved in a recording, as told; -1: nobody did */
static int
moved(const struct analysis *a, int i)
{
	const struct recording *r = &a->recordings.v[i];

	for (int k = 0; !axis && r->has_command && k < 3; k++)
		if (fabs(r->command.direction[k]) == 1)
			return k;
	return axis ? a->axis : -1;
}

static int
run(struct analysis *a)
{
	judge_spectra(a);
	a->advice = xcalloc((size_t)a->recordings.n, sizeof(*a->advice));
	if (method != METHOD_INCUMBENT && method != METHOD_SPECTRUM)
		collect_modes(a);
	for (int i = 0; i < a->recordings.n; i++) {
		advice_collect(&a->recordings.v[i],
		    a->recordings.v[i].identified, moved(a, i), &a->advice[i]);
		advice_report(&a->recordings.v[i], &a->advice[i], cli_sink());
	}
	if (a->n_sets > 0)
		choose_ours(a);
	else if (a->set_of && (method == METHOD_FIT ||
				  method == METHOD_RINGDOWN || hopeless(a)))
		explain(a);
	else if (method != METHOD_INCUMBENT)
		judge_steadily(a);
	configured_measure(a);
	if (plot && strcmp(plot, "-") == 0)
		plot_terminal(a);
	if (format == 1)
		report_json(a);
	else
		report_text(a);
	if (psd && report_psd(a, psd) != 0) {
		cli_warn("%s: %s", psd, strerror(errno));
		return EXIT_IO;
	}
	if (plot && strcmp(plot, "-") != 0 && plot_analysis(a, plot) != 0)
		return EXIT_IO;
	if (spectrogram && plot_spectrogram(a, spectrogram) != 0)
		return EXIT_IO;
	return a->method == ANALYSIS_NONE ? EXIT_NO : EXIT_DONE;
}

int
cmd_analyze(int argc, char **argv)
{
	static const char *const standard_input[] = {"-"};
	struct analysis a = {.axis = -1};
	struct recording_options o = {0};
	struct identify_options id = {0};
	const char *const *files;
	int status = EXIT_DONE;

	score_defaults(&score);
	command.sweeping_accel = command.sweeping_period_s = -1;
	cli_parse(&program, &argc, &argv);
	if (config && configured_load(&a.configured, config) != 0)
		return EXIT_CONFIG;
	take_options(&a);
	id.command = given ? &command : NULL;
	id.direction = axis ? a.direction : NULL;
	id.ringdown = method == METHOD_RINGDOWN;
	if (method != METHOD_INCUMBENT && method != METHOD_SPECTRUM)
		o.identify = &id;
	o.spectrogram = spectrogram != NULL;
	files = argc ? (const char *const *)argv : standard_input;
	for (int i = 0; i < (argc ? argc : 1) && status == EXIT_DONE; i++)
		status =
		    recordings_load(&a.recordings, files[i], &o, cli_sink());
	if (status == EXIT_DONE)
		status = run(&a);
	release(&a);
	return status;
}
