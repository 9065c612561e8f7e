/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Slugs and levels in one table; camctl(1) explains each. */
#include "complain.h"

static const struct {
	const char *slug;
	enum diag_level level;
} diag_table[] = {
    {"auth-file", DIAG_ERROR},
    {"camera", DIAG_ERROR},
    {"crowsnest", DIAG_ERROR},
    {"not-carried", DIAG_WARNING},
    {"event", DIAG_WARNING},
    {"camera-not-found", DIAG_ERROR},
    {"camera-refused", DIAG_ERROR},
    {"camera-number", DIAG_WARNING},
    {"camera-twice", DIAG_ERROR},
    {"camera-format", DIAG_ERROR},
    {"camera-control", DIAG_ERROR},
    {"camera-bus", DIAG_WARNING},
};

void
complain(struct diag_sink *sink, enum complaint what,
    const struct diag_place *at, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	diag_vreport(
	    sink, diag_table[what].level, at, diag_table[what].slug, fmt, ap);
	va_end(ap);
}
