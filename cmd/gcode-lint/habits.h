/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a file does everywhere, but for once: a line is missing there. */
#ifndef GCODE_LINT_HABITS_H
#define GCODE_LINT_HABITS_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Slicers write by rote: a speed is set where it changes and then used, walls
 * close, the beads between two turns of a path take the same filament a
 * millimetre.  Each such habit is followed through the file; where a file has
 * it at all, and breaks it once or twice among hundreds of times, a line was
 * lost there.  A file that breaks it more often does not have it, and nothing
 * is said.  Fed in the order of the file, judged at its end; of constant size.
 */
enum habit {
	HABIT_SPEED_NEW,   /* a speed set between beads is another one */
	HABIT_SPEED_SPOT,  /* so is one set between retraction and return */
	HABIT_SPEED_USED,  /* something moves at each speed that is set */
	HABIT_ACCEL_USED,  /* and with each acceleration */
	HABIT_PUSH_USED,   /* a bead follows a return of filament */
	HABIT_RUN_EVEN,	   /* a run of beads is even */
	HABIT_PATH_CLOSES, /* by type of feature from here on: a loop */
	HABIT_TYPES = 16,
	N_HABITS = HABIT_PATH_CLOSES + HABIT_TYPES
};

/* so often at most it may be broken and still be one */
#define HABIT_BROKEN 2

struct habit_count {
	uint64_t kept;
	uint32_t broken, doubtful; /* broken, or by what never had it */
	uint32_t line[HABIT_BROKEN];
	double value[HABIT_BROKEN];
};

enum habit_motion {
	MOTION_NONE,
	MOTION_BEAD,
	MOTION_SPOT,
	MOTION_TRAVEL
};

#define HABIT_RATIOS 3

struct habits {
	struct habit_count count[N_HABITS];
	uint64_t type[HABIT_TYPES]; /* of HABIT_PATH_CLOSES + i */
	int n_types;

	double speed;
	uint32_t speed_line; /* 0: not known */
	bool speed_used, speed_again;
	enum habit_motion last;
	bool accel, accel_used;
	bool pushed;

	/* beads of one kind and speed, with nothing between them */
	struct {
		uint64_t kind;
		double speed;
		uint32_t n;
		int n_ratios;
		struct {
			double ratio, tolerance;
			uint32_t n, line;
		} v[HABIT_RATIOS];
		bool more; /* ratios than there is room for */
	} run;

	/* beads from a travel to the next */
	struct {
		uint64_t type, kind;
		double from[2], to[2];
		double way, longest; /* of this line, of any */
		uint32_t n, line;
		bool mixed;
	} path;
};

struct habit_bead {
	uint32_t line;
	double from[2], to[2];
	double way, filament; /* mm */
	double tolerance;     /* of their ratio, by rounding, relative */
	uint64_t kind, type;  /* as header_kind() has it, and its feature */
	double gap;	      /* mm between the ends of a closed path */
	bool arc;	      /* a chord of one */
};

void habits_speed(struct habits *, uint32_t line, double speed);
void habits_accel(struct habits *, uint32_t line);
void habits_bead(struct habits *, const struct habit_bead *);
void habits_spot(struct habits *, uint32_t line, double filament);
void habits_travel(struct habits *, double gap);
void habits_other(struct habits *); /* any other command */
/* What comes is not the slicer's: it follows habits of its own. */
void habits_outside(struct habits *);

typedef void habit_fn(void *ctx, uint32_t line, enum habit, double value);
void habits_end(struct habits *, habit_fn *, void *ctx);

#endif
