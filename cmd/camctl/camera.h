/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One camera and the thread that owns it. */
#ifndef GANTRY_CAMCTL_CAMERA_H
#define GANTRY_CAMCTL_CAMERA_H

#include <stdbool.h>
#include <stdint.h>

#include "frame.h"
#include "source.h"

/*
 * The thread opens the source when somebody wants pictures, closes it when
 * nobody does, and tries again for ever when it is lost.  Each picture becomes
 * a JPEG and takes the place of the one before; who looks later sees only the
 * newest.  While there is none, a placeholder with the reason stands there.
 */
enum camera_state {
	CAMERA_ASLEEP,	/* nobody looks */
	CAMERA_STARTS,	/* opened, no picture yet */
	CAMERA_LIVE,	/* pictures come */
	CAMERA_STALLED, /* open, but nothing comes */
	CAMERA_ABSENT,	/* not there, or refuses: see reason */
	CAMERA_ENDED,	/* the pipe it came from has ended */
};

struct camera_config {
	const char *name;
	struct source_want want;
	int quality; /* of what we encode, 1..100 */
};

struct camera_status {
	enum camera_state state;
	char reason[256];
	struct source_got got;
	int width, height; /* of the newest picture */
	double captured_fps, published_fps, asked_fps;
	uint64_t captured, published, damaged, opened, lost;
	size_t memory;
	int level; /* of stepping down */
};

const char *camera_state_name(enum camera_state);

/*
 * The camera owns src from here on.  wake is called from its thread after each
 * new frame (and placeholder); it must be quick.
 */
struct camera;
struct camera *camera_start(const struct camera_config *, struct source *src,
    void (*wake)(void *), void *arg);
/* From now on this is what the camera is; who looks at it goes on looking.
 * cf->name does not change it.  src is owned from here on. */
void camera_replace(
    struct camera *, const struct camera_config *cf, struct source *src);
/*
 * Calls wake no more, makes no more frames; those that were made stay valid.
 * A thread that hangs in the kernel with its camera is not waited for longer
 * than half a second: it frees what is its when it comes back.
 */
void camera_stop(struct camera *);
void camera_free(struct camera *); /* stops; after all frames came back */

/* How many pictures a second are needed; 0: nobody looks. */
void camera_demand(struct camera *, double fps);
/* 0: as configured; each level halves the rate, from 2 on also quality. */
void camera_step_down(struct camera *, int level);

/* A reference to the newest frame, never NULL. */
struct frame *camera_newest(struct camera *);
uint64_t camera_newest_seq(const struct camera *); /* cheap */
void camera_status(struct camera *, struct camera_status *);
/* Monotonic: when the thread last went round its loop. */
int64_t camera_heartbeat_ns(const struct camera *);

#endif
