/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every complaint the program can make about its input. */
#include "diag.h"

#include <string.h>

#include "base/die.h"

const struct diag_row diag_table[] = {
    {"columns", DIAG_ERROR},
    {"compressed", DIAG_ERROR},
    {"empty", DIAG_ERROR},
    {"format", DIAG_ERROR},
    {"line-too-long", DIAG_ERROR},
    {"number", DIAG_ERROR},
    {"range", DIAG_ERROR},
    {"rate", DIAG_ERROR},
    {"sweep", DIAG_ERROR},
    {"time-order", DIAG_ERROR},
    {"too-short", DIAG_ERROR},
    {"truncated", DIAG_ERROR},
    {"unfinished", DIAG_WARNING},
    {"clipping", DIAG_WARNING},
    {"clock-drift", DIAG_WARNING},
    {"dead-axis", DIAG_WARNING},
    {"dead-band", DIAG_WARNING},
    {"edge", DIAG_WARNING},
    {"gravity", DIAG_WARNING},
    {"incoherent", DIAG_WARNING},
    {"loose-mount", DIAG_WARNING},
    {"lost-samples", DIAG_WARNING},
    {"repeated-time", DIAG_WARNING},
    {"steady-tone", DIAG_WARNING},
    {"unexplained", DIAG_WARNING},
    {"uneven-rate", DIAG_WARNING},
    {"wrong-axis", DIAG_WARNING},
    {NULL, DIAG_NOTE},
};

enum diag_level
diag_level_of(const char *slug)
{
	for (const struct diag_row *r = diag_table; r->slug; r++)
		if (strcmp(r->slug, slug) == 0)
			return r->level;
	BUG("slug '%s' is not in the table", slug);
}
