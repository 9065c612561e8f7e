/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Complaints about input: level, place, slug, one line of text. */
#ifndef GANTRY_BASE_DIAG_H
#define GANTRY_BASE_DIAG_H

#include <stdarg.h>
#include <stdint.h>

/*
 * Parsers and checkers never print.  They are handed a sink and report to it;
 * the command decides where the words go (cli/report.h prints gcc style,
 * tests count).  A sink is caller-owned and outlives every call it is given to.
 *
 * Text: lower case, no full stop, the trouble first, the culprit in single
 * quotes, value and limit with units.  diag_report() masks control bytes.
 */
enum diag_level {
	DIAG_NOTE,
	DIAG_WARNING,
	DIAG_ERROR,
};

/* line and col count from 1; 0 means unknown.  file NULL means no place. */
struct diag_place {
	const char *file;
	uint32_t line;
	uint32_t col;
};

struct diag_sink {
	/* text is complete and masked; slug may be NULL */
	void (*emit)(struct diag_sink *, enum diag_level,
	    const struct diag_place *, const char *slug, const char *text);
	unsigned count[3]; /* by level, kept by diag_report() */
};

/* An emit that says nothing: what is reported is only counted. */
void diag_ignore(struct diag_sink *, enum diag_level, const struct diag_place *,
    const char *slug, const char *text);

void diag_report(struct diag_sink *, enum diag_level, const struct diag_place *,
    const char *slug, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));
void diag_vreport(struct diag_sink *, enum diag_level,
    const struct diag_place *, const char *slug, const char *fmt, va_list)
    __attribute__((format(printf, 5, 0)));

/* Edit distance based helper: the nearest of the n names, or NULL if none
 * is near enough to be worth a suggestion. */
const char *diag_nearest(const char *word, const char *const *names, int n);

#endif
