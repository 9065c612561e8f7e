/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Counted frames that go back to the pool they came from. */
#include "frame.h"

#include <stdlib.h>

#include "base/die.h"
#include "base/xalloc.h"

/* Idle frames kept for use again: one being filled, one newest, one just
 * left by the slowest of the fast clients, and one to spare. */
enum {
	IDLE_MAX = 4
};

void
frame_pool_init(struct frame_pool *p)
{
	pthread_mutex_init(&p->lock, NULL);
	p->idle = NULL;
	p->n_idle = 0;
	p->bytes = 0;
}

void
frame_pool_release(struct frame_pool *p)
{
	while (p->idle) {
		struct frame *f = p->idle;

		p->idle = f->next;
		p->bytes -= f->cap;
		free(f->data);
		free(f);
	}
	if (p->bytes)
		BUG("%zu bytes of frames never came back", p->bytes);
	pthread_mutex_destroy(&p->lock);
}

size_t
frame_pool_bytes(struct frame_pool *p)
{
	size_t n;

	pthread_mutex_lock(&p->lock);
	n = p->bytes;
	pthread_mutex_unlock(&p->lock);
	return n;
}

void
frame_reserve(struct frame *f, size_t cap)
{
	if (cap <= f->cap)
		return;
	cap = (cap + cap / 4 + 4095) & ~(size_t)4095;
	f->data = xrealloc(f->data, cap);
	pthread_mutex_lock(&f->pool->lock);
	f->pool->bytes += cap - f->cap;
	pthread_mutex_unlock(&f->pool->lock);
	f->cap = cap;
}

struct frame *
frame_pool_take(struct frame_pool *p, size_t cap)
{
	struct frame *f;

	pthread_mutex_lock(&p->lock);
	f = p->idle;
	if (f) {
		p->idle = f->next;
		p->n_idle--;
	}
	pthread_mutex_unlock(&p->lock);
	if (!f) {
		f = xcalloc(1, sizeof(*f));
		f->pool = p;
	}
	f->len = 0;
	f->next = NULL;
	f->kind = FRAME_LIVE;
	atomic_store_explicit(&f->refs, 1, memory_order_relaxed);
	frame_reserve(f, cap);
	return f;
}

struct frame *
frame_ref(struct frame *f)
{
	atomic_fetch_add_explicit(&f->refs, 1, memory_order_relaxed);
	return f;
}

void
frame_unref(struct frame *f)
{
	struct frame_pool *p;

	if (!f ||
	    atomic_fetch_sub_explicit(&f->refs, 1, memory_order_acq_rel) != 1)
		return;
	p = f->pool;
	pthread_mutex_lock(&p->lock);
	if (p->n_idle < IDLE_MAX) {
		f->next = p->idle;
		p->idle = f;
		p->n_idle++;
		f = NULL;
	} else {
		p->bytes -= f->cap;
	}
	pthread_mutex_unlock(&p->lock);
	if (f) {
		free(f->data);
		free(f);
	}
}
