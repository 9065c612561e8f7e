/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Macros of a Klipper configuration, expanded as the printer would. */
#ifndef GANTRY_MACHINE_MACRO_H
#define GANTRY_MACHINE_MACRO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/diag.h"

/*
 * A world is a configuration with its macros, their variables, and the state
 * of the printer that they look at.  Lines of G-code go in one by one; what
 * comes out is the same without macros: each call is replaced by the lines of
 * its template, which is rendered against the state at that moment, whole,
 * before the first of them runs.  Commands of the machine are followed
 * (positions, modes, offsets, targets, fans, objects, ...) and passed on.
 *
 * A value that only the machine knows is an error that names it, unless it
 * was given by macro_state() or macro_set(), or follows from the stream: after
 * M109 the nozzle is hot.
 */
struct macro_world;

enum macro_flags {
	MACRO_KEEP_GOING = 1, /* an error ends its line, not the stream */
	/* Write for Klipper: renamed commands keep their new names, and
	 * commands that only macros understand are passed on. */
	MACRO_KLIPPER = 2,
	/* Values that only the machine knows: 0, and nozzles can extrude */
	MACRO_ASSUME = 4,
	MACRO_KALICO = 8, /* the tags do, break, continue */
	/* load as much as there is, although something is wrong */
	MACRO_EVEN_WRONG = 16,
};

/* where a line that goes out was written */
struct macro_place {
	struct diag_place at;
	const char *macro; /* NULL: in the stream itself */
};

struct macro_hooks {
	/* one line, without newline */
	void (*emit)(void *ctx, const char *line, size_t len,
	    const struct macro_place *);
	/* what the printer would say: "// ...", "echo: ...", "!! ..." */
	void (*respond)(void *ctx, const char *text);
	/* the tree of calls: '+' a call that is replaced by what follows
	 * deeper, '-' what a command does inside, ' ' a line that went out */
	void (*trace)(
	    void *ctx, char kind, unsigned depth, const char *line, size_t len);
};

/* path as of machine_find_config(); NULL: all errors have been reported */
struct macro_world *macro_load(const char *path, unsigned flags,
    const struct macro_hooks *, void *ctx, struct diag_sink *);
void macro_free(struct macro_world *);

/* Are there any macros, or other templates that a stream could run? */
bool macro_any(const struct macro_world *);

/* Live values: JSON, object name to fields, as `--status` of stepstream. */
int macro_state(
    struct macro_world *, const char *text, size_t len, const char *name);
/* The same while the stream runs: only what it does not follow itself. */
int macro_live(
    struct macro_world *, const char *text, size_t len, const char *name);
/* Has a machine of that state done line N of its input (file NULL), or of
 * that file?  A state that knows no lines has. */
bool macro_reached(struct macro_world *, const char *text, size_t len,
    const char *file, uint64_t line);
void macro_random(struct macro_world *, uint64_t seed);
/* "extruder.temperature=210": the value is a literal */
int macro_set(struct macro_world *, const char *assignment);
/* Asked for values that are not known, as often as such a one is read; it
 * answers with macro_state() and returns 0, or -1. */
void macro_ask(
    struct macro_world *, int (*ask)(struct macro_world *, void *), void *);

/* Timers that run out at the start (delayed_gcode).  0, or -1: stopped. */
int macro_begin(struct macro_world *);
/* One line of the stream, at that place. */
int macro_line(
    struct macro_world *, const char *s, size_t n, const struct diag_place *);
/* The end of the stream: what is still due runs. */
int macro_end(struct macro_world *);

/*
 * The fast road: s..end are whole lines.  Follows plain moves and returns
 * where they end; what stands there is for macro_line().  *lines counts up.
 */
const char *macro_scan(
    struct macro_world *, const char *s, const char *end, uint32_t *lines);
/* A timer whose time has come stops the fast road; here they run: 0, or -1. */
bool macro_timer_due(const struct macro_world *);
int macro_fire_due(struct macro_world *);

/* The variables that SAVE_VARIABLE has changed, as the file's new text;
 * NULL when nothing was saved.  The name of the file in *path. */
struct buf;
bool macro_saved(struct macro_world *, const char **path, struct buf *text);

/* ---- looking at what is there ---- */

struct macro_info {
	const char *name;	 /* "PRINT_START" */
	const char *description; /* as configured, or NULL */
	const char *rename;	 /* rename_existing, or NULL */
	struct diag_place place;
};
unsigned macro_count(const struct macro_world *);
void macro_describe(
    const struct macro_world *, unsigned i, struct macro_info *);
/* The parameters that the template of macro i reads, one call each; text of
 * the default as written, NULL if there is none. */
void macro_params(const struct macro_world *, unsigned i,
    void (*param)(void *ctx, const char *name, const char *def), void *ctx);

/* The rules M001 to M008 over all templates. */
void macro_check(struct macro_world *, struct diag_sink *);
/* M007 for a line of a job, the first call of each macro; and commands that
 * nobody has, each once. */
void macro_check_line(struct macro_world *, const char *s, size_t n,
    const struct diag_place *, struct diag_sink *);
/* Each branch of each template, taken once with made-up state. */
struct macro_coverage {
	unsigned templates, branches, ways, reached, failed;
};
void macro_cover(
    struct macro_world *, struct diag_sink *, struct macro_coverage *);

/* For tests and --repl: the value of printer[...] paths, as Python's repr. */
struct jinja;
struct jj_value;
int macro_eval(struct macro_world *, const char *text, size_t len,
    struct buf *out, bool statement);

#endif
