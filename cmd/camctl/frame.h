/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One JPEG with its time: made by one thread, read by all, counted. */
#ifndef GANTRY_CAMCTL_FRAME_H
#define GANTRY_CAMCTL_FRAME_H

#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

/* Larger than any JPEG of a camera we know; what exceeds it is dropped. */
#define FRAME_BYTES_MAX (16u << 20)

enum frame_kind {
	FRAME_LIVE,
	FRAME_PLACEHOLDER, /* drawn by us: the camera is not there (yet) */
};

/*
 * Written only between frame_pool_take() and the moment it is handed over;
 * constant from then on.  The last frame_unref() gives it back to its pool.
 */
struct frame {
	uint8_t *data;
	size_t len, cap;
	int64_t grab_ns; /* monotonic: when the camera finished it */
	int64_t wall_us; /* the same moment as the wall clock shows it */
	uint64_t seq;	 /* counts per camera, from 1 */
	int width, height;
	enum frame_kind kind;
	atomic_int refs;
	struct frame_pool *pool;
	struct frame *next; /* in the pool's free list */
};

/* The frames of one camera.  Memory is kept and used again, so that nothing
 * is allocated per frame once the sizes have settled. */
struct frame_pool {
	pthread_mutex_t lock;
	struct frame *idle;
	int n_idle;
	size_t bytes; /* of all frames, in use or idle */
};

void frame_pool_init(struct frame_pool *);
/* All frames must have come back. */
void frame_pool_release(struct frame_pool *);
size_t frame_pool_bytes(struct frame_pool *);

/* An empty frame with room for cap bytes and one reference. */
struct frame *frame_pool_take(struct frame_pool *, size_t cap);
void frame_reserve(struct frame *, size_t cap); /* keeps what is in it */
struct frame *frame_ref(struct frame *);
void frame_unref(struct frame *); /* NULL is fine */

#endif
