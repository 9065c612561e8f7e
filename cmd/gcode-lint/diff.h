/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What differs between two prints: path, flow, speed, heat and time. */
#ifndef GCODE_LINT_DIFF_H
#define GCODE_LINT_DIFF_H

#include "findings.h"
#include "summary.h"

struct diff_options {		  /* what is no difference */
	double path;		  /* mm that a millimetre of bead may move */
	double flow, speed, time; /* shares */
	double temperature;	  /* deg C */
};

struct diff_print {
	const char *file;
	const struct summary *sum;
};

/* The differences are findings of these: */
enum difference {
	DIFF_PATH,
	DIFF_FLOW,
	DIFF_SPEED,
	DIFF_TEMPERATURE,
	DIFF_FAN,
	DIFF_TIME,
	N_DIFFERENCES
};

/* Findings about differences instead of rules, each of which fails. */
void diff_findings(struct findings *);
/* Compares; the report is complete afterwards.  How many there are. */
unsigned diff_prints(struct findings *, const struct diff_print *old,
    const struct diff_print *now, const struct diff_options *);

#endif
