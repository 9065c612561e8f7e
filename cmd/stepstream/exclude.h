/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Objects that are given up while they are printed. */
#ifndef STEPSTREAM_EXCLUDE_H
#define STEPSTREAM_EXCLUDE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "lang/json.h"
#include "wire/plan.h"

/*
 * The plan goes on as it was made; the moves of an object that was given up
 * are dropped here.  Whoever asks finds part of the plan on its way already:
 *
 *	 done | on the board | committed |   in the line   | still upstream
 *	------+--------------+-----------+-----------------+--------------> t
 *	      will be done               ^ from here on it can be dropped
 *
 * What is in the line is taken back from where the object begins, or, when it
 * is being printed, from where the machine can come to rest.  Behind the
 * object the head goes straight to where the plan goes on, drawn back as far
 * as the plan has it there: further before the way, less far behind it.
 */
struct session;

/* One that the plan has told of. */
struct exclude_object {
	char *name;
	bool excluded;
	bool left; /* the plan has no moves of it */
};

struct exclude {
	struct exclude_object *object;
	size_t n, alloc;
	struct buf say; /* what is wrong */
	bool asked;	/* for a name that was not looked for yet */
	/* taken back from the line, to be read again */
	struct plan_record *back;
	size_t n_back, back_at, back_alloc;

	char *committed;     /* the object at the end of what is committed */
	bool inside;	     /* what is read is part of a dropped object */
	bool skipped;	     /* moves were: the head is not where it says */
	double skip_t;	     /* plan time when that began */
	double plan_pos[4];  /* where the plan has got to */
	double *high;	     /* by extruder: E at most, of committed motion */
	double *plan_high;   /* and of the plan */
	double left_out;     /* mm of filament */
	double travel_speed; /* as the plan travels, mm/s */
	double push_speed;   /* as it draws back */
};

void exclude_init(struct session *);
void exclude_release(struct session *);

/* It is for exclude_learn() alone. */
bool exclude_only_tells(const struct plan_record *);
/* What a record that was read tells of objects. */
void exclude_learn(struct session *, const struct plan_record *);
/* By its name, in any case, if the plan has told it; NULL, or what is wrong,
 * valid until the next call. */
const char *exclude_ask(struct session *, const char *name);
/* All that the plan has told so far, as an answer. */
void exclude_list(struct session *, struct buf *out);
/* Those that are given up, for the journal. */
void exclude_json(const struct session *, struct json *);
/* Is there something to do between two records? */
bool exclude_wants(const struct session *);
/* Does it; 0, or -1 with .stop. */
int exclude_now(struct session *);
/* The next record that was taken back; false: there is none. */
bool exclude_next(struct session *, struct plan_record *);

/*
 * What is to become of a record that was read: 1 it is dropped, 0 it is taken
 * (its time may be another), -1 with .stop.
 */
int exclude_filter(struct session *, struct plan_record *);
/* It was committed. */
void exclude_committed(struct session *, const struct plan_record *);

#endif
