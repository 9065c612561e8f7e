/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Carries out G-code: lines become moves and events, planned and timed. */
#ifndef GANTRY_MACHINE_GCODE_EXEC_H
#define GANTRY_MACHINE_GCODE_EXEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/diag.h"
#include "lang/gcode.h"
#include "machine/gcode_state.h"
#include "machine/machine.h"
#include "wire/plan.h"

/*
 * One executor for everyone who has to know what G-code does: gcode-plan
 * writes the records down, gcode-lint looks on.  Feed it lines; it keeps the
 * state that a line leaves behind, checks each move against the machine, sends
 * it through the look-ahead and hands out plan records in the order of time.
 *
 * Three views, each a hook that may be NULL:
 *
 *	line	 each line with a command or comment, parsed, before it acts
 *	move	 each straight move that was accepted, at once: where it goes,
 *		 under which state; arcs come as their chords
 *	record	 plan records, when they are final; moves lag behind the lines
 *		 by the look-ahead, .line says where each comes from
 *
 * With no line hook plain moves take the fast road of lang/gcode.h.
 *
 * Places.  A comment ";@ FILE:LINE" or ";@ FILE:LINE MACRO" says where lines
 * come from, as #line does in C: on a line of its own it tells the place of
 * the next line, behind a command that of the command itself; lines count on
 * from there.  A SOURCE record tells the reader of the plan when the file
 * changes.
 */
struct gcode_exec;

/* a move as the look-ahead gets it */
struct gcode_exec_move {
	double from[4], to[4]; /* X, Y, Z, E in planner coordinates, mm */
	double speed;	       /* as commanded, mm/s */
	bool arc;	       /* a chord of one */
	struct diag_place place;
};

struct gcode_hooks {
	void (*line)(void *ctx, const struct gcode_line *);
	void (*move)(void *ctx, const struct gcode_exec_move *);
	void (*record)(void *ctx, const struct plan_record *);
};

struct gcode_options {
	/* An error is reported and its line skipped; else it is the end. */
	bool keep_going;
	/* Axes count as homed and heaters as hot from the start. */
	bool assume_ready;
	/* Chords of arcs stay this near to them, mm; 0: by their length,
	 * machine.arc_resolution. */
	double arc_tolerance;
	/* Warns at a homing or probing that asks more of motors than plans
	 * do. */
	bool checks_homing;
	/* Acceleration changes no faster than that, mm/s3; 0: at once. */
	double jerk;
	/*
	 * Adds the lines to come behind those that gcode_exec_lines() has been
	 * given, to the end of the input; -1: they cannot be known yet.  For
	 * commands that go by what will be printed; NULL: never.
	 */
	int (*ahead)(void *ctx, struct buf *);
	void *ahead_ctx;
};

/* machine and sink outlive the executor; options may be NULL */
struct gcode_exec *gcode_exec_new(const struct machine *,
    const struct gcode_options *, const struct gcode_hooks *, void *ctx,
    struct diag_sink *);
void gcode_exec_free(struct gcode_exec *);

/* Is there such a command, on some machine? */
bool gcode_exec_knows(const struct gcode_line *);

/* Lines count from 1 in this file from now on; name outlives the executor.
 * With announce the plan is told (SOURCE). */
void gcode_exec_file(struct gcode_exec *, const char *name, bool announce);

/*
 * Carries out the whole lines among the len bytes and returns how many bytes
 * they have; the byte at data[len] must be readable.  Stops behind an error
 * unless keep_going, and behind M112.
 */
size_t gcode_exec_lines(struct gcode_exec *, const char *data, size_t len);

/* Leaves out the object of this name, in any case, from here on. */
void gcode_exec_exclude(struct gcode_exec *, const char *name);

/* Motion comes to rest, everything is handed out. */
void gcode_exec_rest(struct gcode_exec *);
/* The input is quiet: the same, and a SYNC record says which line that was. */
void gcode_exec_quiet(struct gcode_exec *);
/* The input ends: the rest, then the END record, unless that failed. */
void gcode_exec_end(struct gcode_exec *);

bool gcode_exec_failed(const struct gcode_exec *);  /* stopped at an error */
bool gcode_exec_stopped(const struct gcode_exec *); /* M112 */
uint64_t gcode_exec_lines_done(const struct gcode_exec *);

/* As if a start macro that is not to be seen here had run: from now on the
 * axes are homed, the heaters hot. */
void gcode_exec_make_ready(struct gcode_exec *, bool homed, bool hot);

/*
 * Where a machine stands whose print was cut off.  kept: axes of which that is
 * certain; of the others at most Z is worth believing.  above_bed: Z follows
 * the mesh that the print had probed, if any.
 */
struct gcode_stands {
	double at[3];
	uint32_t kept; /* PLAN_X | ... */
	bool above_bed;
};

/*
 * G-code that brings it to where the lines so far have left it: heat, lift,
 * home what has not kept its place (never Z through the print), press filament
 * out in a corner, go back, and take over modes, origins, limits and the mesh
 * of the bed.  low and high bound what was printed; low > high: nothing.  0,
 * or -1 reported.
 */
int gcode_exec_resume(struct gcode_exec *, const struct gcode_stands *,
    const double low[3], const double high[3], struct buf *out);

/* What the lines so far have left behind. */
const struct gcode_state *gcode_exec_state(const struct gcode_exec *);
const struct diag_place *gcode_exec_place(const struct gcode_exec *);
uint32_t gcode_exec_homed(const struct gcode_exec *); /* PLAN_X | ... */
int gcode_exec_extruder(const struct gcode_exec *);   /* index */
/* deg C that was asked for last, 0 at the start; by heater's index */
double gcode_exec_target(const struct gcode_exec *, int heater);
/* from 1; 0 before the first */
uint32_t gcode_exec_layer(const struct gcode_exec *);
/* moves that motors or board could not make as fast as they were asked for */
unsigned long long gcode_exec_slowed(const struct gcode_exec *);
/* s that the limit of jerk has added to the moves handed out so far; without
 * it they would take *plain */
double gcode_exec_jerk_costs_s(const struct gcode_exec *, double *plain);
/* points of meshes that the lines so far have probed, out of those of the whole
 * bed, and what that saves */
struct gcode_probing {
	long points, whole;
	double saved_s;
};
const struct gcode_probing *gcode_exec_probing(const struct gcode_exec *);
/* "" outside of objects */
const char *gcode_exec_object(const struct gcode_exec *);

#endif
