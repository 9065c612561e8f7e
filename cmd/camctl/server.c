/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The one thread of the server: accepts, wakes, sweeps, gives up. */
#include "server.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/xalloc.h"
#include "io/signals.h"
#include "listen.h"
#include "server-private.h"

enum {
	/* a camera's thread that has not gone round for so long is stuck */
	STUCK_MS = 20000,
	ACCEPT_BATCH = 64,
};

/* ---- waking up ---- */

void
server_wake(void *arg)
{
	struct server *s = arg;

	if (atomic_exchange(&s->awake, true))
		return; /* a byte is on its way already */
	while (write(s->wake[1], "", 1) < 0 && errno == EINTR)
		continue;
}

/* slow clients hold frames; when that becomes too much, the one that has not
 * moved for longest has to go */
static void
relieve(struct server *s)
{
	size_t held = 0;
	struct conn *worst = NULL;

	for (int i = 0; i < s->n_sites; i++) {
		struct camera_status st;

		camera_status(s->site[i].camera, &st);
		held += st.memory;
	}
	if (held <= s->config.limits.frame_room)
		return;
	for (struct conn *c = s->conns; c; c = c->next)
		if (c->frame && c->state != CONN_DEAD &&
		    s->now_ns - c->progress_ns > SECOND_NS / 2 &&
		    (!worst || c->progress_ns < worst->progress_ns))
			worst = c;
	if (worst) {
		s->evicted++;
		conn_drop(worst);
		conn_reap(s);
	}
}

static void
rest(struct server *s, bool now)
{
	if (s->resting == now)
		return;
	s->resting = now;
	for (struct listener *l = s->listeners; l; l = l->next)
		if (l->watch)
			loop_want(l->watch, !now, false);
}

static void
on_wake(void *arg, bool readable, bool writable)
{
	struct server *s = arg;
	char bytes[64];

	(void)readable;
	(void)writable;
	while (read(s->wake[0], bytes, sizeof(bytes)) > 0)
		continue;
	atomic_store(&s->awake, false);
	s->now_ns = clock_monotonic_ns();
	for (int i = 0; i < s->n_sites; i++) {
		struct site *site = &s->site[i];
		uint64_t seq = camera_newest_seq(site->camera);

		if (seq == site->seen_seq)
			continue;
		site->seen_seq = seq;
		for (struct conn *c = s->conns; c; c = c->next) {
			if (c->site != i)
				continue;
			if (c->state == CONN_STREAM)
				stream_offer(c);
			else if (c->state == CONN_SNAPSHOT)
				respond_snapshot(c, false);
			if (c->state == CONN_SENDING)
				conn_write(c);
		}
	}
	rest(s, false);
	relieve(s);
}

static void
on_signal(void *arg, bool readable, bool writable)
{
	struct server *s = arg;

	(void)readable;
	(void)writable;
	loop_stop(s->loop);
}

/* ---- accepting ---- */

/* who goes when all places are taken: first who has asked nothing yet, then
 * who does not move; never who is being served */
static struct conn *
worst_of(struct server *s)
{
	struct conn *worst = NULL;
	int rank = 0;

	for (struct conn *c = s->conns; c; c = c->next) {
		int64_t still = s->now_ns - c->progress_ns;
		int r = c->state == CONN_DEAD || c->state == CONN_LINGER ? 4
			: c->state == CONN_HEAD				 ? 3
			: c->frame && still > 2 * SECOND_NS		 ? 2
									 : 0;

		if (r > rank ||
		    (r && r == rank && c->progress_ns <= worst->progress_ns)) {
			worst = c;
			rank = r;
		}
	}
	return worst;
}

/* one that has asked in the meantime is heard before it is sent away */
static struct conn *
who_goes(struct server *s)
{
	for (;;) {
		struct conn *out = worst_of(s);

		if (!out || out->state != CONN_HEAD)
			return out;
		conn_read(out);
		if (out->state == CONN_HEAD)
			return out;
	}
}

static void
refuse(struct server *s, int fd)
{
	static const char no[] =
	    "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n"
	    "Retry-After: 5\r\nConnection: close\r\n\r\n";

	send(fd, no, sizeof(no) - 1, MSG_DONTWAIT | MSG_NOSIGNAL);
	close(fd);
	s->refused++;
}

static void
admit(struct server *s, const struct listener *l, int fd)
{
	fcntl(fd, F_SETFD, FD_CLOEXEC);
	if (s->n_conns >= s->config.limits.clients) {
		struct conn *out = who_goes(s);

		if (!out) {
			refuse(s, fd);
			return;
		}
		if (out->state != CONN_DEAD && out->state != CONN_LINGER)
			s->evicted++;
		conn_drop(out);
		conn_reap(s);
	}
	conn_open(s, l, fd);
}

/* Somebody who is being served has it soon: who knocks waits in the kernel's
 * queue until then.  A stream is no such thing. */
static bool
soon(const struct server *s)
{
	for (const struct conn *c = s->conns; c; c = c->next)
		if (c->state == CONN_SNAPSHOT || c->state == CONN_SENDING)
			return true;
	return false;
}

static void
on_accept(void *arg, bool readable, bool writable)
{
	struct listener *l = arg;
	struct server *s = l->server;

	(void)readable;
	(void)writable;
	s->now_ns = clock_monotonic_ns();
	for (int i = 0; i < ACCEPT_BATCH; i++) {
		int fd;

		if (s->n_conns >= s->config.limits.clients && !who_goes(s) &&
		    soon(s)) {
			rest(s, true);
			if (!s->crowd_ns)
				s->crowd_ns = s->now_ns;
			return;
		}
		fd = accept(l->fd, NULL, NULL);
		if (fd < 0 && errno == EINTR)
			continue;
		if (fd < 0) {
			s->crowd_ns = 0;
			return;
		}
		admit(s, l, fd);
	}
}

void
server_deafen(struct listener *l)
{
	if (l->fd < 0)
		return;
	loop_unwatch(l->watch);
	listen_close(l->fd);
	l->watch = NULL;
	l->fd = -1;
	l->camera = -1;
}

void
server_unlisten(struct server *s, int camera, int port)
{
	for (struct listener *l = s->listeners; l; l = l->next)
		if (l->fd >= 0 && l->camera == camera &&
		    listen_port(l->fd) == port)
			server_deafen(l);
}

void
server_listen(struct server *s, int fd, int camera, bool open)
{
	struct listener *l = xcalloc(1, sizeof(*l));

	l->server = s;
	l->fd = fd;
	l->camera = camera;
	l->open = open;
	l->next = s->listeners;
	s->listeners = l;
	l->watch = loop_watch(s->loop, fd, on_accept, l);
	loop_want(l->watch, true, false);
}

/* ---- time ---- */

/* what the clients of a camera need of it, and whether anybody looks */
static void
set_demand(struct server *s, int i)
{
	struct site *site = &s->site[i];
	double fps = 0;

	for (struct conn *c = s->conns; c; c = c->next) {
		double want;

		if (c->site != i ||
		    (c->state != CONN_STREAM && c->state != CONN_SNAPSHOT))
			continue;
		want = c->fps > 0 ? c->fps : 1e3;
		if (c->state == CONN_SNAPSHOT)
			want = 1e3;
		fps = want > fps ? want : fps;
		site->wanted_ns = s->now_ns;
	}
	if (fps <= 0 && s->now_ns - site->wanted_ns < AWAKE_MS * MS_NS)
		fps = site->demand > 0 ? site->demand : 1e3;
	if (fps != site->demand) /* the same number or another */
		camera_demand(site->camera, fps);
	site->demand = fps;
}

static void
count_clients(struct server *s, double seconds)
{
	for (struct conn *c = s->conns; c; c = c->next) {
		c->fps_now = (double)c->second_parts / seconds;
		c->second_parts = 0;
	}
}

static void
on_second(struct server *s)
{
	double dt = (double)(s->now_ns - s->second_ns) * 1e-9;
	int64_t cpu = clock_cpu_ns();

	s->cpu_now = (double)(cpu - s->cpu_ns) * 1e-9 / dt;
	s->bandwidth_now = (double)(s->bytes_out - s->second_bytes) / dt;
	s->cpu_ns = cpu;
	s->second_bytes = s->bytes_out;
	s->second_ns = s->now_ns;
	count_clients(s, dt);
	budget_tick(s);
}

static void
on_sweep(void *arg)
{
	struct server *s = arg;

	s->now_ns = clock_monotonic_ns();
	if (s->now_ns - s->second_ns >= SECOND_NS)
		on_second(s);
	for (struct conn *c = s->conns; c; c = c->next) {
		conn_tick(c);
		if (c->state == CONN_SENDING && c->sent == 0)
			conn_write(c);
	}
	conn_reap(s);
	rest(s, false);
	for (int i = 0; i < s->n_sites; i++)
		set_demand(s, i);
}

/* the manager hears from us only while every camera's thread goes round */
static void
on_watchdog(void *arg)
{
	struct server *s = arg;
	int64_t now = clock_monotonic_ns();

	for (int i = 0; i < s->n_sites; i++)
		if (now - camera_heartbeat_ns(s->site[i].camera) >
		    STUCK_MS * MS_NS)
			return;
	notify_manager("WATCHDOG=1");
}

/* ---- birth and end ---- */

static void
raise_descriptors(void)
{
	struct rlimit r;

	if (getrlimit(RLIMIT_NOFILE, &r) == 0 && r.rlim_cur < r.rlim_max) {
		r.rlim_cur = r.rlim_max < 65536 ? r.rlim_max : 65536;
		setrlimit(RLIMIT_NOFILE, &r);
	}
}

static void
start_cameras(struct server *s)
{
	const struct server_config *cf = &s->config;
	struct server_change *v = xcalloc((size_t)cf->n_cameras, sizeof(*v));

	for (int i = 0; i < cf->n_cameras; i++)
		v[i] = (struct server_change){cf->camera[i], -1};
	server_rearrange(s, v, cf->n_cameras);
	free(v);
}

struct server *
server_new(const struct server_config *cf)
{
	struct server *s = xcalloc(1, sizeof(*s));

	s->config = *cf;
	s->loop = loop_new();
	if (!s->loop || pipe(s->wake)) {
		loop_free(s->loop);
		free(s);
		return NULL;
	}
	for (int i = 0; i < 2; i++) {
		fcntl(s->wake[i], F_SETFL, O_NONBLOCK);
		fcntl(s->wake[i], F_SETFD, FD_CLOEXEC);
	}
	raise_descriptors();
	s->now_ns = s->second_ns = clock_monotonic_ns();
	s->cpu_ns = clock_cpu_ns();
	s->wake_watch = loop_watch(s->loop, s->wake[0], on_wake, s);
	loop_want(s->wake_watch, true, false);
	start_cameras(s);
	return s;
}

void
server_run(struct server *s)
{
	int ms = notify_watchdog_ms();

	signals_begin();
	if (s->hangup_call)
		s->hangup =
		    loop_signal(s->loop, SIGHUP, s->hangup_call, s->hangup_arg);
	s->signal_watch = loop_watch(s->loop, signals_fd(), on_signal, s);
	loop_want(s->signal_watch, true, false);
	s->sweep = loop_every(s->loop, SWEEP_MS, on_sweep, s);
	if (ms)
		s->watchdog = loop_every(s->loop, ms, on_watchdog, s);
	if (!signals_pending())
		loop_run(s->loop);
	notify_manager("STOPPING=1");
}

void
server_on_hangup(struct server *s, void (*call)(void *), void *arg)
{
	s->hangup_call = call;
	s->hangup_arg = arg;
}

void
server_free(struct server *s)
{
	while (s->listeners) {
		struct listener *l = s->listeners;

		s->listeners = l->next;
		server_deafen(l);
		free(l);
	}
	for (struct conn *c = s->conns; c; c = c->next)
		conn_drop(c);
	conn_reap(s);
	for (int i = 0; i < s->n_sites; i++) {
		camera_free(s->site[i].camera);
		free(s->site[i].name);
	}
	loop_signal_free(s->hangup);
	loop_timer_free(s->sweep);
	loop_timer_free(s->watchdog);
	loop_unwatch(s->wake_watch);
	loop_unwatch(s->signal_watch);
	loop_free(s->loop);
	close(s->wake[0]);
	close(s->wake[1]);
	free(s->site);
	free(s->names);
	free(s);
}
