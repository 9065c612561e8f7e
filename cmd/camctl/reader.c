/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A short queue between the thread of a camera and a filter. */
#include "reader.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/die.h"
#include "base/xalloc.h"
#include "io/signals.h"

struct reader {
	pthread_mutex_t lock;
	pthread_cond_t started;
	pthread_t starter;
	struct camera *camera; /* NULL until camera_start() is back */
	struct frame **ring;
	int depth, n, at;
	uint64_t last_seq, dropped;
	int poke[2];
};

static struct frame *
pop(struct reader *r)
{
	struct frame *f = r->ring[r->at];

	r->at = (r->at + 1) % r->depth;
	r->n--;
	return f;
}

/* in the camera's thread */
static void
push(void *arg)
{
	struct reader *r = arg;
	struct frame *f, *old = NULL;

	pthread_mutex_lock(&r->lock);
	while (!r->camera) {
		/* the placeholder of camera_start() is no picture */
		if (pthread_equal(pthread_self(), r->starter)) {
			pthread_mutex_unlock(&r->lock);
			return;
		}
		pthread_cond_wait(&r->started, &r->lock);
	}
	f = camera_newest(r->camera);
	if (f->kind == FRAME_LIVE && f->seq != r->last_seq) {
		if (r->n == r->depth) {
			old = pop(r);
			r->dropped++;
		}
		r->ring[(r->at + r->n++) % r->depth] = f;
		r->last_seq = f->seq;
		f = NULL;
	}
	pthread_mutex_unlock(&r->lock);
	frame_unref(f);
	frame_unref(old);
	while (write(r->poke[1], "", 1) < 0 && errno == EINTR)
		continue;
}

struct reader *
reader_open(
    const struct camera_config *cf, struct source *src, double fps, int depth)
{
	struct reader *r = xcalloc(1, sizeof(*r));
	struct camera *c;

	pthread_mutex_init(&r->lock, NULL);
	pthread_cond_init(&r->started, NULL);
	r->starter = pthread_self();
	r->depth = depth;
	r->ring = xcalloc((size_t)depth, sizeof(*r->ring));
	if (pipe(r->poke))
		die_no_memory();
	for (int i = 0; i < 2; i++) {
		fcntl(r->poke[i], F_SETFL, O_NONBLOCK);
		fcntl(r->poke[i], F_SETFD, FD_CLOEXEC);
	}
	c = camera_start(cf, src, push, r);
	pthread_mutex_lock(&r->lock);
	r->camera = c;
	pthread_cond_broadcast(&r->started);
	pthread_mutex_unlock(&r->lock);
	camera_demand(c, fps > 0 ? fps : 1e3);
	return r;
}

void
reader_flush(struct reader *r)
{
	struct frame *f;

	do {
		pthread_mutex_lock(&r->lock);
		f = r->n ? pop(r) : NULL;
		pthread_mutex_unlock(&r->lock);
		frame_unref(f);
	} while (f);
}

void
reader_free(struct reader *r)
{
	if (!r)
		return;
	camera_stop(r->camera);
	reader_flush(r);
	camera_free(r->camera);
	pthread_cond_destroy(&r->started);
	pthread_mutex_destroy(&r->lock);
	close(r->poke[0]);
	close(r->poke[1]);
	free(r->ring);
	free(r);
}

struct frame *
reader_next(struct reader *r, int timeout_ms, int extra_fd)
{
	int64_t until = clock_monotonic_ns() + timeout_ms * 1000000LL;

	for (;;) {
		struct pollfd p[3] = {{.fd = r->poke[0], .events = POLLIN},
		    {.fd = signals_fd(), .events = POLLIN},
		    {.fd = extra_fd, .events = POLLIN}};
		int64_t left = until - clock_monotonic_ns();
		struct camera_status st;
		struct frame *f;
		char bytes[64];

		/* the state first: what was there when the source ended is
		 * still handed out */
		camera_status(r->camera, &st);
		pthread_mutex_lock(&r->lock);
		f = r->n ? pop(r) : NULL;
		pthread_mutex_unlock(&r->lock);
		if (f)
			return f;
		if (left <= 0 || st.state == CAMERA_ENDED || signals_pending())
			return NULL;
		if (poll(p, 3, (int)(left / 1000000) + 1) > 0 && p[2].revents)
			return NULL;
		while (read(r->poke[0], bytes, sizeof(bytes)) > 0)
			continue;
	}
}

uint64_t
reader_dropped(struct reader *r)
{
	uint64_t n;

	pthread_mutex_lock(&r->lock);
	n = r->dropped;
	pthread_mutex_unlock(&r->lock);
	return n;
}

void
reader_status(struct reader *r, struct camera_status *st)
{
	camera_status(r->camera, st);
}
