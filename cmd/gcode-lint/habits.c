/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a file does everywhere, but for once: a line is missing there. */
#include "habits.h"

#include <math.h>
#include <string.h>

#define KEPT_MIN 50    /* so often kept for each time that it is broken */
#define SAME	 0.006 /* ratios this near are one */
#define LONGER	 1.5   /* than any side of a path its last one may be */
#define VAGUE	 0.03  /* beads whose ratio is no surer say nothing */

static void
keep(struct habits *h, int habit)
{
	h->count[habit].kept++;
}

static void
breaks(struct habits *h, int habit, uint32_t line, double value)
{
	struct habit_count *c = &h->count[habit];

	if (c->broken < HABIT_BROKEN) {
		c->line[c->broken] = line;
		c->value[c->broken] = value;
	}
	c->broken++;
}

/* ---- runs of beads ---- */

static void
end_run(struct habits *h)
{
	uint32_t most = 0;
	int usual = 0, odd;

	for (int i = 0; i < h->run.n_ratios; i++)
		if (h->run.v[i].n > most) {
			most = h->run.v[i].n;
			usual = i;
		}
	if (h->run.n >= 3 && h->run.n_ratios == 1)
		keep(h, HABIT_RUN_EVEN);
	else if (h->run.n >= 3) {
		odd = usual == 0 ? 1 : 0;
		breaks(h, HABIT_RUN_EVEN, h->run.v[odd].line,
		    h->run.v[odd].ratio / h->run.v[usual].ratio);
	}
	memset(&h->run, 0, sizeof(h->run));
}

static void
add_to_run(struct habits *h, const struct habit_bead *b)
{
	double ratio = b->filament / b->way;
	int i = 0;

	if (h->run.n && (h->run.kind != b->kind || h->run.speed != h->speed))
		end_run(h);
	if (b->tolerance > VAGUE)
		return;
	h->run.kind = b->kind;
	h->run.speed = h->speed;
	h->run.n++;
	while (i < h->run.n_ratios &&
	       fabs(ratio - h->run.v[i].ratio) >
		   (SAME + b->tolerance + h->run.v[i].tolerance) *
		       h->run.v[i].ratio)
		i++;
	if (i == HABIT_RATIOS)
		return;
	if (i == h->run.n_ratios) {
		h->run.v[i].ratio = ratio;
		h->run.v[i].tolerance = b->tolerance;
		h->run.v[i].line = b->line;
		h->run.n_ratios++;
	}
	h->run.v[i].n++;
}

/* ---- paths ---- */

static int
type_of(struct habits *h, uint64_t type)
{
	int i = 0;

	while (i < h->n_types && h->type[i] != type)
		i++;
	if (i == HABIT_TYPES)
		return -1;
	if (i == h->n_types)
		h->type[h->n_types++] = type;
	return HABIT_PATH_CLOSES + i;
}

static void
end_path(struct habits *h, double gap)
{
	int habit;
	double open;

	if (h->path.n >= 2 && !h->path.mixed && h->path.type &&
	    (habit = type_of(h, h->path.type)) >= 0) {
		open = hypot(h->path.to[0] - h->path.from[0],
		    h->path.to[1] - h->path.from[1]);
		/* one bead of its kind would have closed it: else it is no
		 * loop but something thin */
		if (open <= gap)
			keep(h, habit);
		else if (open <= LONGER * h->path.longest)
			breaks(h, habit, h->path.line, open);
		else
			h->count[habit].doubtful++;
	}
	h->path.n = 0;
}

static void
add_to_path(struct habits *h, const struct habit_bead *b)
{
	if (h->path.n == 0) {
		h->path.type = b->type;
		h->path.kind = b->kind;
		h->path.mixed = false;
		h->path.longest = 0;
		memcpy(h->path.from, b->from, sizeof(b->from));
	}
	h->path.mixed = h->path.mixed || h->path.kind != b->kind;
	if (h->path.n == 0 || h->path.line != b->line) {
		h->path.n++;
		h->path.way = 0;
	}
	h->path.way += b->way; /* an arc comes as chords */
	h->path.longest = fmax(h->path.longest, h->path.way);
	h->path.line = b->line;
	memcpy(h->path.to, b->to, sizeof(b->to));
}

/* ---- what is fed ---- */

void
habits_speed(struct habits *h, uint32_t line, double speed)
{
	if (h->speed_line && h->speed_used)
		keep(h, HABIT_SPEED_USED);
	else if (h->speed_line)
		breaks(h, HABIT_SPEED_USED, line, h->speed);
	h->speed_again = h->speed_line && speed == h->speed;
	h->speed = speed;
	h->speed_line = line;
	h->speed_used = false;
}

/* the first motion at a speed; is it the one that went on before? */
static void
moves(struct habits *h, enum habit_motion motion)
{
	if (h->speed_line && !h->speed_used && motion != MOTION_TRAVEL) {
		int habit =
		    motion == MOTION_BEAD ? HABIT_SPEED_NEW : HABIT_SPEED_SPOT;

		if (!h->speed_again || h->last != motion)
			keep(h, habit);
		else
			breaks(h, habit, h->speed_line, h->speed);
	}
	h->speed_used = h->accel_used = true;
	h->last = motion;
}

void
habits_accel(struct habits *h, uint32_t line)
{
	if (h->accel && h->accel_used)
		keep(h, HABIT_ACCEL_USED);
	else if (h->accel)
		breaks(h, HABIT_ACCEL_USED, line, 0);
	h->accel = true;
	h->accel_used = false;
	end_run(h);
}

void
habits_bead(struct habits *h, const struct habit_bead *b)
{
	moves(h, MOTION_BEAD);
	if (h->pushed)
		keep(h, HABIT_PUSH_USED);
	h->pushed = false;
	add_to_path(h, b);
	if (!b->arc)
		add_to_run(h, b);
}

void
habits_spot(struct habits *h, uint32_t line, double filament)
{
	moves(h, MOTION_SPOT);
	if (h->pushed && filament < 0)
		breaks(h, HABIT_PUSH_USED, line, -filament);
	h->pushed = filament > 0;
	end_run(h);
}

void
habits_travel(struct habits *h, double gap)
{
	moves(h, MOTION_TRAVEL);
	end_run(h);
	end_path(h, gap);
}

void
habits_other(struct habits *h)
{
	end_run(h);
}

void
habits_outside(struct habits *h)
{
	h->speed_line = 0;
	h->last = MOTION_NONE;
	h->accel = h->pushed = false;
	memset(&h->run, 0, sizeof(h->run));
	h->path.n = 0;
}

void
habits_end(struct habits *h, habit_fn *tell, void *ctx)
{
	for (int i = 0; i < N_HABITS; i++) {
		const struct habit_count *c = &h->count[i];

		if (c->broken + c->doubtful > HABIT_BROKEN ||
		    c->kept < (uint64_t)KEPT_MIN * c->broken)
			continue;
		for (uint32_t k = 0; k < c->broken; k++)
			tell(ctx, c->line[k],
			    i < HABIT_PATH_CLOSES ? (enum habit)i
						  : HABIT_PATH_CLOSES,
			    c->value[k]);
	}
}
