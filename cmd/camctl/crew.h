/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A few threads that share out the parts of one job. */
#ifndef GANTRY_CAMCTL_CREW_H
#define GANTRY_CAMCTL_CREW_H

/*
 * The thread that calls crew_run() is worker 0 and works along; each part is
 * taken by whoever is free, so that a helper which the system does not let
 * run delays nothing but the part it holds.  crew_run() returns when all
 * parts are done.  part() may be called by several workers at once, with
 * different i in 0..n-1 and different worker in 0..crew_size()-1.
 */
struct crew;
struct crew *crew_new(int size); /* at least 1: the caller alone */
void crew_free(struct crew *);	 /* NULL is fine */
int crew_size(const struct crew *);
void crew_run(struct crew *, void (*part)(void *arg, int worker, int i),
    void *arg, int n);

#endif
