/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inside --check: one template under examination. */
#ifndef GANTRY_MACHINE_MACRO_CHECK_H
#define GANTRY_MACHINE_MACRO_CHECK_H

#include "machine/macro_private.h"
#include "machine/macro_script.h"

struct macro_checking {
	struct macro_world *w;
	struct diag_sink *sink;
	const struct macro_template *t;
	struct macro_def *m; /* whose it is, or NULL */
	const char *timer;   /* delayed_gcode whose it is, or NULL */
	bool homing;
	const struct diag_place *line; /* of a job, or NULL: in the template */
	struct macro_script script;
};

void macro_find(struct macro_checking *, enum diag_level, const char *slug,
    size_t pos, const char *fmt, ...) __attribute__((format(printf, 5, 6)));

void macro_check_m003(struct macro_checking *);
void macro_check_calls(struct macro_checking *);		  /* M007 */
void macro_check_waits(struct macro_checking *);		  /* M008 */
void macro_check_graph(struct macro_world *, struct diag_sink *); /* M004-5 */

#endif
