/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The event loop of the server: the one door to libevent. */
#ifndef GANTRY_CAMCTL_LOOP_H
#define GANTRY_CAMCTL_LOOP_H

#include <stdbool.h>

/* Everything is called from the thread that runs the loop. */
struct loop;
struct loop *loop_new(void); /* NULL: the system refuses */
void loop_free(struct loop *);
void loop_run(struct loop *); /* until loop_stop() */
void loop_stop(struct loop *);

/* A descriptor that is watched; reading, writing, or neither. */
struct loop_fd;
struct loop_fd *loop_watch(struct loop *, int fd,
    void (*call)(void *arg, bool readable, bool writable), void *arg);
void loop_want(struct loop_fd *, bool read, bool write);
void loop_unwatch(struct loop_fd *);

/* Calls again every ms until loop_timer_free(). */
struct loop_timer;
struct loop_timer *loop_every(
    struct loop *, int ms, void (*call)(void *arg), void *arg);
void loop_timer_free(struct loop_timer *);

/* Calls for each signal of this number, in the place of what it did before. */
struct loop_signal;
struct loop_signal *loop_signal(
    struct loop *, int number, void (*call)(void *arg), void *arg);
void loop_signal_free(struct loop_signal *);

#endif
