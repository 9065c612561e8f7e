/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One line on the terminal that says how far long work has come. */
#ifndef GANTRY_IO_PROGRESS_H
#define GANTRY_IO_PROGRESS_H

#include <stdbool.h>

/*
 * On stderr, only when it is a terminal and we are not in its background,
 * only after half a second, at most ten times a second, never when quiet.
 * While a line is shown, call progress_clear() before writing anything else
 * there.
 */
struct progress {
	bool enabled, shown;
	long long start_ns, last_ns;
};

void progress_begin(struct progress *, bool quiet);
/* fraction 0..1, or < 0 when unknown; text is what else there is to say */
void progress_show(struct progress *, double fraction, const char *text);
void progress_clear(struct progress *);

#endif
