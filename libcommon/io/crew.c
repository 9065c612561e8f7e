/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Threads that wait for a job, and take its parts off a counter. */
#include "io/crew.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/xalloc.h"

struct helper {
	struct crew *crew;
	int worker;
	pthread_t thread;
};

struct crew {
	int size; /* with the caller */
	struct helper *helper;
	pthread_mutex_t lock;
	pthread_cond_t begin, end;
	/* under lock */
	uint64_t job; /* counts */
	bool open;    /* there may be parts left */
	bool stop;
	int busy; /* helpers at work */
	/* constant while a job is open */
	void (*part)(void *, int, int);
	void *arg;
	int n;
	atomic_int next;
};

static void
work(struct crew *c, int worker)
{
	int i;

	while ((i = atomic_fetch_add(&c->next, 1)) < c->n)
		c->part(c->arg, worker, i);
}

static void *
help(void *arg)
{
	struct helper *h = arg;
	struct crew *c = h->crew;
	uint64_t seen = 0;

	pthread_mutex_lock(&c->lock);
	while (!c->stop) {
		/* who comes late finds the job closed */
		if (!c->open || c->job == seen) {
			pthread_cond_wait(&c->begin, &c->lock);
			continue;
		}
		seen = c->job;
		c->busy++;
		pthread_mutex_unlock(&c->lock);
		work(c, h->worker);
		pthread_mutex_lock(&c->lock);
		if (--c->busy == 0)
			pthread_cond_signal(&c->end);
	}
	pthread_mutex_unlock(&c->lock);
	return NULL;
}

/* fewer helpers than asked for will do, also none */
struct crew *
crew_new(int size)
{
	struct crew *c = xcalloc(1, sizeof(*c));
	sigset_t all, old;

	c->helper = xcalloc((size_t)size, sizeof(*c->helper));
	pthread_mutex_init(&c->lock, NULL);
	pthread_cond_init(&c->begin, NULL);
	pthread_cond_init(&c->end, NULL);
	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, &old);
	for (c->size = 1; c->size < size; c->size++) {
		struct helper *h = &c->helper[c->size];

		*h = (struct helper){.crew = c, .worker = c->size};
		if (pthread_create(&h->thread, NULL, help, h))
			break;
	}
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return c;
}

void
crew_free(struct crew *c)
{
	if (!c)
		return;
	pthread_mutex_lock(&c->lock);
	c->stop = true;
	pthread_cond_broadcast(&c->begin);
	pthread_mutex_unlock(&c->lock);
	for (int i = 1; i < c->size; i++)
		pthread_join(c->helper[i].thread, NULL);
	pthread_cond_destroy(&c->begin);
	pthread_cond_destroy(&c->end);
	pthread_mutex_destroy(&c->lock);
	free(c->helper);
	free(c);
}

int
crew_size(const struct crew *c)
{
	return c->size;
}

void
crew_begin(struct crew *c, void (*part)(void *, int, int), void *arg, int n)
{
	pthread_mutex_lock(&c->lock);
	c->part = part;
	c->arg = arg;
	c->n = n;
	atomic_store(&c->next, 0);
	c->job++;
	c->open = true;
	if (c->size > 1)
		pthread_cond_broadcast(&c->begin);
	pthread_mutex_unlock(&c->lock);
}

void
crew_end(struct crew *c)
{
	work(c, 0);
	pthread_mutex_lock(&c->lock);
	c->open = false;
	while (c->busy)
		pthread_cond_wait(&c->end, &c->lock);
	pthread_mutex_unlock(&c->lock);
}

void
crew_run(struct crew *c, void (*part)(void *, int, int), void *arg, int n)
{
	crew_begin(c, part, arg, n);
	crew_end(c);
}

int
crew_processors(void)
{
	long n = sysconf(_SC_NPROCESSORS_ONLN);

	return n > 1 ? (int)n : 1;
}
