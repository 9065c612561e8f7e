/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inside --check: one template under examination. */
#ifndef GANTRY_MACHINE_MACRO_CHECK_H
#define GANTRY_MACHINE_MACRO_CHECK_H

#include "lang/jinja_walk.h"
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

/* What becomes of a name or an attribute if it is undefined, the worst first:
 * see macro_check_use.c.  Of other nodes nothing is known. */
enum macro_use {
	MACRO_USE_FAILS,  /* what is done with it raises */
	MACRO_USE_PASSED, /* printed as nothing, handed on, gone through */
	MACRO_USE_ASKED,  /* false, or replaced by a default */
	MACRO_USE_NAMED,  /* {% set %}: see what becomes of that name */
};

struct macro_uses {
	struct jinja_walk walk;
	uint8_t *use; /* enum macro_use, by place; owned */
	size_t len;
};

void macro_uses_read(struct macro_uses *, const struct jinja_template *);
enum macro_use macro_use_of(const struct macro_uses *, const struct jj_node *);
/* the worst that becomes of a variable, anywhere in the template */
enum macro_use macro_use_of_name(
    const struct macro_uses *, const struct jinja_template *, uint32_t sym);

/* A command that nobody has, once: name as the dispatcher sees it, text its
 * line. */
void macro_check_stranger(
    struct macro_checking *, size_t pos, const char *name, const char *text);
void macro_check_m003(struct macro_checking *);
void macro_check_calls(struct macro_checking *);		  /* M007 */
void macro_check_waits(struct macro_checking *);		  /* M008 */
void macro_check_graph(struct macro_world *, struct diag_sink *); /* M004-5 */

#endif
