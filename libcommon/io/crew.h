/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A few threads that share out the parts of one job. */
#ifndef GANTRY_IO_CREW_H
#define GANTRY_IO_CREW_H

/*
 * A job has n parts, each of them to be done in a number of turns, one after
 * another; different parts at the same time.  The thread that calls
 * crew_run() is worker 0 and works along; each turn is taken by whoever is
 * free, of the part that is furthest behind, so that a helper which the
 * system does not let run delays nothing but what it holds.  crew_run()
 * returns when all is done.  The function may be called by several workers at
 * once, with different i in 0..n-1 and different worker in 0..size-1.
 *
 * Between crew_begin() and crew_end() the helpers are at work while the caller
 * does something else, which must have nothing to do with the job; crew_end()
 * does what is left and waits for the others.
 */
struct crew;
typedef void crew_fn(void *arg, int worker, int i, int turn);

struct crew *crew_new(int size); /* at least 1: the caller alone */
void crew_free(struct crew *);	 /* NULL is fine; no job is open */
void crew_run(struct crew *, crew_fn *, void *arg, int n, int turns);
void crew_begin(struct crew *, crew_fn *, void *arg, int n, int turns);
void crew_end(struct crew *);

/* Processors that may run threads of this program, at least 1. */
int crew_processors(void);

#endif
