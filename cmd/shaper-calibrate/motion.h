/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Test motion as G-code. */
#ifndef GANTRY_SHAPER_MOTION_H
#define GANTRY_SHAPER_MOTION_H

#include <stdbool.h>

#include "base/buf.h"
#include "cli/cli.h"
#include "command.h"

/*
 * Every test is ordinary G-code that any planner which obeys M204 and looks
 * ahead carries out exactly: each move starts and ends at the speed that its
 * length, acceleration and F leave it no choice about.  Input shaping and the
 * minimum cruise ratio are off meanwhile.
 */
struct motion_options {
	const char *config, *output, *axis, *at;
	bool no_home;
	double travel_speed;
};

/* Options that all tests share; define the rest after them. */
#define MOTION_OPTS(o)                                                         \
	{OPT_STRING, 'c', "config", &(o).config, "FILE",                       \
	    "the printer, for its middle and its bounds", 0, 0, NULL},         \
	    {OPT_STRING, 'o', "output", &(o).output, "FILE",                   \
		"write the G-code there", 0, 0, NULL},                         \
	    {OPT_STRING, 0, "at", &(o).at, "X,Y,Z",                            \
		"where to begin (default: the middle, 20 mm up)", 0, 0, NULL}, \
	    {OPT_FLAG, 0, "no-home", &(o).no_home, NULL,                       \
		"the axes are homed already", 0, 0, NULL},                     \
	{                                                                      \
		OPT_DOUBLE, 0, "travel-speed", &(o).travel_speed, "MM_S",      \
		    "speed of the way there", 1, 1000, NULL                    \
	}

struct motion {
	struct buf out;
	double at[3];		/* where the test begins */
	double low[3], high[3]; /* bounds; infinite when not known */
	double max_v, max_accel, cruise_ratio; /* 0: not known */
	double max_z_v, max_z_accel;
	double accel, speed; /* last written */
};

/* Reads the configuration and begins: home, go there, be still.  Returns an
 * exit status; what is wrong has been said. */
int motion_begin(
    struct motion *, const struct motion_options *, const char *title);
/* Is this far along the direction still within the bounds?  Says so if not. */
int motion_check(
    const struct motion *, const double direction[3], double from, double to);
/* Can the machine do it so fast?  X and Y are allowed to for the test, but Z is
 * limited by its screws.  Says so if not. */
int motion_check_z(
    const struct motion *, const double direction[3], const struct command *);
void motion_note(struct motion *, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
void motion_line(struct motion *, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
void motion_rest(struct motion *, double s);
/* to mm from the beginning along the direction */
void motion_go(struct motion *, const double direction[3], double to_mm,
    double speed_mm_s, double accel_mm_s2);
void motion_command(
    struct motion *, const double direction[3], const struct command *);
/* Starts or stops the recording called name; note, if not NULL, goes into it.
 */
void motion_record(struct motion *, const char *name, const char *note);
/* Puts everything back and writes it; the exit status. */
int motion_end(struct motion *, const struct motion_options *);

#endif
