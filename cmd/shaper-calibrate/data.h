/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What accelerometers and other programs wrote: recordings and spectra. */
#ifndef GANTRY_SHAPER_DATA_H
#define GANTRY_SHAPER_DATA_H

#include <stdbool.h>
#include <stdint.h>

#include "input.h"
#include "spectrum.h"

/*
 * data_read() tells by itself what it is given and hands it on as it comes:
 *
 *   raw       #time,accel_x,accel_y,accel_z  in s and mm/s2, gravity included
 *   Duet      Sample,X[,Y][,Z]               in g, "Rate N, overflows M" last
 *   JSON      {"name":..., "samples":[[t,x,y,z],...]} a line each
 *   spectrum  freq,psd_x,psd_y,psd_z,psd_xyz[,...] or freq,NAME,NAME,...
 *
 * Lines that begin with # are comments anywhere, blank ones are skipped, CRLF
 * is accepted, and so is gzip.  Everything else is an error with its place:
 * see the slugs in the manual page.
 */
enum {
	DATA_ROWS = 512,
};

struct data_rows {
	int n;
	double t_s[DATA_ROWS];
	double a[3][DATA_ROWS]; /* mm/s2 */
};

/* Every call returns 0 to go on, -1 to stop (it has reported why). */
struct data_handler {
	/* before the rows of each recording; name NULL if the file has none */
	int (*begin)(struct data_handler *, const char *name);
	int (*rows)(struct data_handler *, const struct data_rows *);
	int (*end)(struct data_handler *);
	/* the words of a "#sweep KEY=VALUE ..." comment */
	int (*sweep)(struct data_handler *, const char *text, size_t len);
	/* one stored curve set; name NULL unless the header names it; owned
	 * by the callee.  already: the text says it has been normalised;
	 * mainline: "shapers:" says so, which the incumbent understands */
	int (*spectrum)(struct data_handler *, const char *name,
	    struct spectrum *, bool already, bool mainline);
	/* "moves ..." or "move ...", as a comment has it; may be NULL */
	int (*moves)(struct data_handler *, const char *text, size_t len);
};

int data_read(struct input *, struct data_handler *);

#endif
