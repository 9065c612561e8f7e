/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every complaint the program can make about its input. */
#ifndef GANTRY_SHAPER_DIAG_H
#define GANTRY_SHAPER_DIAG_H

#include "base/diag.h"

struct diag_row {
	const char *slug;
	enum diag_level level;
};

/* NULL ends; each has a paragraph in the manual page. */
extern const struct diag_row diag_table[];

/* The level of a slug; a BUG() when it is not in the table. */
enum diag_level diag_level_of(const char *slug);

#endif
