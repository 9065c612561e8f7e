/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A plan as a picture: speed, acceleration, flow and position over time. */
#ifndef GANTRY_CMD_GCODE_PLAN_PLOT_H
#define GANTRY_CMD_GCODE_PLAN_PLOT_H

#include <stdbool.h>

#include "base/buf.h"
#include "machine/machine.h"
#include "wire/plan.h"

/*
 * The moves of the range are kept, and what is near enough to them that a
 * shaper mixes it in, then drawn.  Time runs through all groups of the plan;
 * what waits for heat or homes takes none.  A column of the picture spans
 * from the least to the greatest value in its time, so that no peak is lost
 * however much is drawn; where moves are many the mean is drawn upon it.
 */
struct plot_range {
	bool by_line;
	double from, to; /* s, or lines */
};

struct plot_move {
	double t; /* s, of the whole plan */
	uint32_t line;
	double advance; /* pressure advance at work, s */
	struct plan_move m;
};

struct plot {
	const struct machine *machine;
	struct plot_range range;
	struct plot_move *move;
	size_t n, alloc;
	double group_t;	   /* where the group of the record begins */
	double end_t;	   /* of its last motion */
	double begin, end; /* of what is drawn, s */
	size_t drawn;	   /* moves */
	uint32_t first_line, last_line; /* of them */
	char *source;			/* the file; NULL: unknown */
	bool bends; /* the law of pressure advance is not linear */
	double advance;
	struct {
		char type[PLAN_LONG_NAME_SIZE];
		double freq, damping;
	} shaper[2]; /* X, Y: the last ones in the range */
};

/* "12.5-14": 0, or -1 */
int plot_range_parse(struct plot_range *, const char *text, bool by_line);
void plot_init(
    struct plot *, const struct machine *, const struct plot_range *);
void plot_release(struct plot *);
void plot_add(struct plot *, const struct plan_record *);
void plot_svg(const struct plot *, struct buf *out);

/* ---- plot_signal.c: what is drawn, column by column ---- */
#define PLOT_COLUMNS 1000

struct plot_signal {
	double low[PLOT_COLUMNS], high[PLOT_COLUMNS]; /* low > high: nothing */
	double sum[PLOT_COLUMNS],
	    time[PLOT_COLUMNS]; /* their mean is a ratio */
};

enum plot_kind {
	PLOT_SPEED,	   /* mm/s along the path */
	PLOT_ACCELERATION, /* mm/s2 along the path */
	PLOT_FLOW,	   /* mm3/s */
	PLOT_PRESSED,	   /* the same with pressure advance */
	PLOT_SHAPED_SPEED, /* mm/s, the head behind its shapers */
	PLOT_X,		   /* mm */
	PLOT_Y,
	PLOT_SHAPED_X,
	PLOT_SHAPED_Y,
};

/* 0, or -1 when there is no such thing (no shaper, no advance) */
int plot_signal(const struct plot *, enum plot_kind, struct plot_signal *);
/* the line of G-code that is carried out at a time */
uint32_t plot_line_at(const struct plot *, double t);

#endif
