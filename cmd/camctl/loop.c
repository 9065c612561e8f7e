/* SPDX-License-Identifier: GPL-3.0-or-later */
/* libevent, as much of it as we need. */
#include "loop.h"

#include <event2/event.h>
#include <stdlib.h>

#include "base/die.h"
#include "base/xalloc.h"

struct loop {
	struct event_base *base;
};

struct loop_fd {
	struct event *read, *write;
	bool reading, writing;
	void (*call)(void *, bool, bool);
	void *arg;
};

struct loop_timer {
	struct event *event;
	void (*call)(void *);
	void *arg;
};

struct loop *
loop_new(void)
{
	struct event_base *base = event_base_new();
	struct loop *l;

	if (!base)
		return NULL;
	l = xcalloc(1, sizeof(*l));
	l->base = base;
	return l;
}

void
loop_free(struct loop *l)
{
	if (!l)
		return;
	event_base_free(l->base);
	free(l);
}

void
loop_run(struct loop *l)
{
	event_base_loop(l->base, EVLOOP_NO_EXIT_ON_EMPTY);
}

void
loop_stop(struct loop *l)
{
	event_base_loopbreak(l->base);
}

static void
fd_event(evutil_socket_t fd, short what, void *arg)
{
	struct loop_fd *w = arg;

	(void)fd;
	w->call(w->arg, what & EV_READ, what & EV_WRITE);
}

struct loop_fd *
loop_watch(struct loop *l, int fd, void (*call)(void *, bool, bool), void *arg)
{
	struct loop_fd *w = xcalloc(1, sizeof(*w));

	w->call = call;
	w->arg = arg;
	w->read = event_new(l->base, fd, EV_READ | EV_PERSIST, fd_event, w);
	w->write = event_new(l->base, fd, EV_WRITE | EV_PERSIST, fd_event, w);
	if (!w->read || !w->write)
		die_no_memory();
	return w;
}

static void
switch_event(struct event *e, bool *is, bool want)
{
	if (*is == want)
		return;
	if (want)
		event_add(e, NULL);
	else
		event_del(e);
	*is = want;
}

void
loop_want(struct loop_fd *w, bool read, bool write)
{
	switch_event(w->read, &w->reading, read);
	switch_event(w->write, &w->writing, write);
}

void
loop_unwatch(struct loop_fd *w)
{
	if (!w)
		return;
	event_free(w->read);
	event_free(w->write);
	free(w);
}

static void
timer_event(evutil_socket_t fd, short what, void *arg)
{
	struct loop_timer *t = arg;

	(void)fd;
	(void)what;
	t->call(t->arg);
}

struct loop_timer *
loop_every(struct loop *l, int ms, void (*call)(void *), void *arg)
{
	struct loop_timer *t = xcalloc(1, sizeof(*t));
	struct timeval tv = {ms / 1000, ms % 1000 * 1000};

	t->call = call;
	t->arg = arg;
	t->event = event_new(l->base, -1, EV_PERSIST, timer_event, t);
	if (!t->event)
		die_no_memory();
	event_add(t->event, &tv);
	return t;
}

void
loop_timer_free(struct loop_timer *t)
{
	if (!t)
		return;
	event_free(t->event);
	free(t);
}

struct loop_signal {
	struct event *event;
	void (*call)(void *);
	void *arg;
};

static void
signal_event(evutil_socket_t number, short what, void *arg)
{
	struct loop_signal *g = arg;

	(void)number;
	(void)what;
	g->call(g->arg);
}

struct loop_signal *
loop_signal(struct loop *l, int number, void (*call)(void *), void *arg)
{
	struct loop_signal *g = xcalloc(1, sizeof(*g));

	g->call = call;
	g->arg = arg;
	g->event = evsignal_new(l->base, number, signal_event, g);
	if (!g->event)
		die_no_memory();
	event_add(g->event, NULL);
	return g;
}

void
loop_signal_free(struct loop_signal *g)
{
	if (!g)
		return;
	event_free(g->event);
	free(g);
}
