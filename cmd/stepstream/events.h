/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Events: one JSON object a line on standard output. */
#ifndef STEPSTREAM_EVENTS_H
#define STEPSTREAM_EVENTS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "lang/json.h"

/*
 *	struct json *j = events_open(e, t, "layer");
 *	json_int(j, "layer", 3);
 *	events_close(e);
 *
 * A reader that does not keep up must not hold up the machine: lines wait in
 * memory, and when that is full the newest are dropped and counted.  In
 * simulated time nothing is dropped, the writer waits.  When the reader has
 * gone there are no events any more, and the print goes on.
 */
struct events {
	bool enabled;
	bool wait; /* rather than drop */
	bool gone; /* EPIPE */
	int error; /* another errno of writing */
	struct buf backlog;
	struct buf line;
	struct json json;
	uint64_t dropped;
};

void events_begin(struct events *, bool enabled, bool wait);
struct json *events_open(struct events *, double t, const char *name);
void events_close(struct events *);
/* Writes what the reader has room for. */
void events_flush(struct events *);
/* Writes all of it, waiting at most a second for a slow reader. */
void events_end(struct events *);

#endif
