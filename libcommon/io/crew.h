/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A few threads that share out the parts of one job. */
#ifndef GANTRY_IO_CREW_H
#define GANTRY_IO_CREW_H

/*
 * The thread that calls crew_run() is worker 0 and works along; each part is
 * taken by whoever is free, so that a helper which the system does not let
 * run delays nothing but the part it holds.  crew_run() returns when all
 * parts are done.  part() may be called by several workers at once, with
 * different i in 0..n-1 and different worker in 0..crew_size()-1.
 *
 * Between crew_begin() and crew_end() the helpers are at work while the caller
 * does something else, which must have nothing to do with the job; crew_end()
 * takes the parts that are left and waits for the others.
 */
struct crew;
struct crew *crew_new(int size); /* at least 1: the caller alone */
void crew_free(struct crew *);	 /* NULL is fine; no job is open */
int crew_size(const struct crew *);
void crew_run(struct crew *, void (*part)(void *arg, int worker, int i),
    void *arg, int n);
void crew_begin(struct crew *, void (*part)(void *arg, int worker, int i),
    void *arg, int n);
void crew_end(struct crew *);

/* Processors that may run threads of this program, at least 1. */
int crew_processors(void);

#endif
