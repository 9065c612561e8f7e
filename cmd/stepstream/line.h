/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The time line: what is planned but can still be slowed or stopped. */
#ifndef STEPSTREAM_LINE_H
#define STEPSTREAM_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "axes.h"
#include "wire/plan.h"

/*
 * Records wait here until their time is near; then they are committed to the
 * motors and to the event function.  Print time = plan time + offset.
 *
 *	 done | on the board | committed |   in the line   | still upstream
 *	------+--------------+-----------+-----------------+--------------> t
 *	     now                     end_time           tail
 *
 * The last move in the line may end at speed, because the plan goes on
 * upstream.  The path in the line is then also the path to stop on: moves so
 * near its end that the machine could no longer come to rest within it are
 * slowed, and committed only when there is no time left to wait for more.
 */
enum line_mode {
	LINE_RUN,
	LINE_BRAKE, /* decelerates along the path */
	LINE_HELD,  /* at rest, keeps the rest of the plan */
};

/* An event record or a move (once, when its end is committed) at its print
 * time; a text in it is the line's, valid during the call. */
typedef void line_fn(void *ctx, const struct plan_record *, double print_time);

struct line {
	struct axes *axes;
	line_fn *fn;
	void *ctx;
	struct plan_record *ring; /* [head, tail), a power of two */
	double *cap;		  /* speed allowed at the end of each */
	size_t head, tail, size;
	bool started; /* offset is known */
	double offset;
	double v;	  /* speed where committed motion ends */
	double dwell_end; /* when the last dwell does that left the line */
	enum line_mode mode;
	size_t cap_lo, cap_hi; /* only these have a cap */
	/* speed factor, 0 < f <= 1: records are scaled as they come; the one
	 * that came last had plan time plan_t and got time last_t */
	double factor, plan_t, last_t;
	uint64_t late, pauses;
};

void line_init(struct line *, struct axes *, line_fn *, void *ctx);
void line_release(struct line *);

/* Takes a copy, texts too. */
void line_push(struct line *, const struct plan_record *);
bool line_empty(const struct line *);
size_t line_count(const struct line *);
/* Print time at which the line ends; -inf when empty. */
double line_end(const struct line *);

/* When the next of it begins; inf when empty or when the clock stands. */
double line_head_time(const struct line *);

/* The clock of a group of records starts: plan time 0 is at print time t. */
void line_start(struct line *, double t);
/* All of the group is done; the clock stands. */
void line_stop(struct line *);
/*
 * Commits what begins before `until`.  What has to be slowed because no more
 * came is committed only if it begins before `must`.  now: where the machine
 * is at present; -inf when nothing ever is late.  soonest: when motion from
 * rest can begin.
 */
void line_commit(
    struct line *, double until, double must, double now, double soonest);

/* A record of it, head <= i < tail. */
struct plan_record *line_at(const struct line *, size_t i);
/* Frees the text of a record that was taken. */
void line_drop_text(struct plan_record *);
/* Can the machine come to rest on what is there before record i? */
bool line_stops_before(const struct line *, size_t i);
/* Records i to tail, as they were pushed, with their texts; the line ends
 * before them. */
void line_take(struct line *, size_t i, struct plan_record *out);
/* The line is empty and at rest, and the plan jumps: what it has at plan_t is
 * counted as `at` and comes at print time t. */
void line_go_on(struct line *, double plan_t, double at, double t);

void line_brake(struct line *);
/* While it is at rest: all that is to come runs at this factor. */
void line_set_factor(struct line *, double factor);
void line_resume(struct line *);
/* Drops what is in it. */
void line_clear(struct line *);
/* At rest and nothing in it that is due by itself. */
bool line_resting(const struct line *);

#endif
