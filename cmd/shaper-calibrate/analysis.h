/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What analyze found out, for tables, JSON and pictures. */
#ifndef GANTRY_SHAPER_ANALYSIS_H
#define GANTRY_SHAPER_ANALYSIS_H

#include "advice.h"
#include "choose.h"
#include "configured.h"
#include "identify.h"
#include "recording.h"
#include "score.h"

enum analysis_method {
	ANALYSIS_FIT,	    /* against the known command */
	ANALYSIS_RINGDOWN,  /* free decays */
	ANALYSIS_SPECTRUM,  /* our judgement of the spectra */
	ANALYSIS_INCUMBENT, /* the incumbent's */
	ANALYSIS_NONE,	    /* no clear resonance */
};

struct analysis {
	struct recordings recordings;
	struct spectrum *normalised; /* one a recording */
	struct advice *advice;	     /* one a recording */
	struct score_options options;
	struct score_result incumbent;
	struct score_result judged; /* what is said of the spectra */
	enum analysis_method method;
	const char *why;    /* no resonance, or no fit: in words */
	const char *hint;   /* and what to do about it, or NULL */
	struct modes *sets; /* modes of those that have some */
	int n_sets;
	const struct recording **set_of; /* their recordings */
	struct choose_options choose;
	double judge_tolerance; /* of the spectra's resonances */
	struct choices choices;
	struct choice rival; /* the incumbent's choice, measured as ours */
	struct configured configured;
	double stability; /* share of the sets that alone choose the same */
	const char *confidence;
	int axis; /* AXIS_X ..., -1 when no single one */
	double direction[3];
};

/* What is recommended; NULL name when nothing is. */
struct analysis_answer {
	const char *name;
	double freq_hz, damping, smoothing, max_accel, left;
};
struct analysis_answer analysis_answer(const struct analysis *);

/* A shaper of the answer, whatever the method. */
struct analysis_row {
	const struct shaper_type *type;
	double freq_hz, damping, left, smoothing, max_accel;
	bool best;
};
/* all of them, at most SCORE_TYPES_MAX; how many */
int analysis_rows(const struct analysis *, struct analysis_row *);
/* damping of the heaviest mode, 0.1 if there is none: for curves */
double analysis_damping(const struct analysis *);

/* Residual and smoothing of every type over its frequency, and what the
 * shapers of the answer leave over the frequency of a mode. */
struct json;
void report_curves(struct json *, const struct analysis *);

void report_text(const struct analysis *);
void report_json(const struct analysis *);
/* Writes the spectra as CSV, one file's columns; to "-" or a file: 0, or -1
 * with errno. */
int report_psd(const struct analysis *, const char *path);

#endif
