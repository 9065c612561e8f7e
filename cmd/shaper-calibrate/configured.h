/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the printer's configuration says of its shapers now. */
#ifndef GANTRY_SHAPER_CONFIGURED_H
#define GANTRY_SHAPER_CONFIGURED_H

#include <stdbool.h>

#include "choose.h"
#include "score.h"

struct json;
struct machine;
struct analysis;
struct analysis_answer;

/*
 * Read only when a file is named: a recording is judged alike wherever it is
 * read.  The shaper that an axis has is measured like those that are tried.
 */
struct configured {
	struct machine *machine; /* NULL: none is named */
	bool measured, shaped;	 /* the axis; it has a shaper */
	struct shaper_type type;
	struct choice choice; /* by modes */
	struct score_fit fit; /* by spectra */
};

/* 0, or -1: what is wrong has been said. */
int configured_load(struct configured *, const char *path);
void configured_release(struct configured *);
double configured_scv(const struct configured *);
/* 0: it says none */
double configured_max_smoothing(const struct configured *);
/* The key before ".axes_map" of the accelerometer that is listened to, or
 * adxl345 where there is none. */
const char *configured_sensor(const struct machine *, char room[64]);
/* Once there are modes or spectra, and an axis. */
void configured_measure(struct analysis *);

/* A row below the table; what of the file changes, as comments. */
void configured_row(const struct analysis *);
void configured_changes(
    const struct analysis *, const struct analysis_answer *);
void configured_json(struct json *, const struct analysis *);

#endif
