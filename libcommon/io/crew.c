/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Threads that wait for a job, and take turns at its parts. */
#include "io/crew.h"

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/xalloc.h"

struct helper {
	struct crew *crew;
	int worker;
	pthread_t thread;
};

struct part {
	int done; /* turns */
	bool taken;
};

struct crew {
	int size; /* with the caller */
	struct helper *helper;
	pthread_mutex_t lock;
	pthread_cond_t begin, end;
	/* under lock */
	uint64_t job; /* counts */
	bool open;    /* there may be turns left */
	bool stop;
	int busy; /* helpers at work */
	struct part *part;
	int cap;
	/* constant while a job is open */
	crew_fn *fn;
	void *arg;
	int n, turns;
};

/* What is furthest behind of what nobody works at; -1: nothing is left. */
static int
next_part(const struct crew *c)
{
	int best = -1;

	for (int i = 0; i < c->n; i++) {
		const struct part *p = &c->part[i];

		if (!p->taken && p->done < c->turns &&
		    (best < 0 || p->done < c->part[best].done))
			best = i;
	}
	return best;
}

/* Under lock. */
static void
work(struct crew *c, int worker)
{
	int i;

	while ((i = next_part(c)) >= 0) {
		struct part *p = &c->part[i];

		p->taken = true;
		pthread_mutex_unlock(&c->lock);
		c->fn(c->arg, worker, i, p->done);
		pthread_mutex_lock(&c->lock);
		p->done++;
		p->taken = false;
	}
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
		work(c, h->worker);
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
	free(c->part);
	free(c);
}

void
crew_begin(struct crew *c, crew_fn *fn, void *arg, int n, int turns)
{
	pthread_mutex_lock(&c->lock);
	if (n > c->cap) {
		c->cap = n;
		c->part = xreallocarray(c->part, (size_t)n, sizeof(*c->part));
	}
	for (int i = 0; i < n; i++)
		c->part[i] = (struct part){0, false};
	c->fn = fn;
	c->arg = arg;
	c->n = n;
	c->turns = turns;
	c->job++;
	c->open = true;
	if (c->size > 1)
		pthread_cond_broadcast(&c->begin);
	pthread_mutex_unlock(&c->lock);
}

void
crew_end(struct crew *c)
{
	pthread_mutex_lock(&c->lock);
	work(c, 0);
	c->open = false;
	while (c->busy)
		pthread_cond_wait(&c->end, &c->lock);
	pthread_mutex_unlock(&c->lock);
}

void
crew_run(struct crew *c, crew_fn *fn, void *arg, int n, int turns)
{
	crew_begin(c, fn, arg, n, turns);
	crew_end(c);
}

int
crew_processors(void)
{
	long n = sysconf(_SC_NPROCESSORS_ONLN);

	return n > 1 ? (int)n : 1;
}
