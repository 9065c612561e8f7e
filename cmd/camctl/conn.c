/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The life of a connection: read a head, answer, again; within deadlines. */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/xalloc.h"
#include "server-private.h"

static void
on_event(void *arg, bool readable, bool writable)
{
	struct conn *c = arg;

	if (readable && c->state != CONN_DEAD)
		conn_read(c);
	if (writable && c->state != CONN_DEAD)
		conn_write(c);
}

void
conn_open(struct server *s, const struct listener *l, int fd)
{
	struct conn *c = xmalloc(sizeof(*c));
	int on = 1;

	memset(c, 0, offsetof(struct conn, in));
	memset((char *)c + offsetof(struct conn, in_len), 0,
	    sizeof(*c) - offsetof(struct conn, in_len));
	c->server = s;
	c->id = ++s->last_id;
	c->fd = fd;
	c->listener = l;
	c->since_ns = c->progress_ns = s->now_ns;
	c->crowd_ns = s->crowd_ns;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
	c->watch = loop_watch(s->loop, fd, on_event, c);
	loop_want(c->watch, true, false);
	c->next = s->conns;
	if (c->next)
		c->next->prev = c;
	s->conns = c;
	s->n_conns++;
	s->accepted++;
}

void
conn_drop(struct conn *c)
{
	if (c->state == CONN_DEAD)
		return;
	if (c->state == CONN_STREAM)
		c->server->site[c->site].n_streams--;
	c->state = CONN_DEAD;
	loop_want(c->watch, false, false);
	c->server->n_dead++;
}

static void
conn_free(struct conn *c)
{
	struct server *s = c->server;

	if (c->prev)
		c->prev->next = c->next;
	else
		s->conns = c->next;
	if (c->next)
		c->next->prev = c->prev;
	s->n_conns--;
	loop_unwatch(c->watch);
	close(c->fd);
	frame_unref(c->frame);
	buf_release(&c->head);
	free(c);
}

void
conn_reap(struct server *s)
{
	struct conn *next;

	if (!s->n_dead)
		return;
	for (struct conn *c = s->conns; c; c = next) {
		next = c->next;
		if (c->state == CONN_DEAD)
			conn_free(c);
	}
	s->n_dead = 0;
}

/* ---- out ---- */

static size_t
rest(const struct conn *c)
{
	return c->head.len + (c->frame ? c->frame->len : 0) +
	       (c->tail ? strlen(c->tail) : 0) - c->sent;
}

static ssize_t
send_rest(struct conn *c)
{
	struct iovec v[3];
	struct msghdr m = {.msg_iov = v};
	size_t skip = c->sent;
	size_t part[3] = {c->head.len, c->frame ? c->frame->len : 0,
	    c->tail ? strlen(c->tail) : 0};
	char *base[3] = {
	    c->head.data, c->frame ? (char *)c->frame->data : NULL, NULL};

	/* iovec has no const; sendmsg(2) only reads */
	memcpy(&base[2], &c->tail, sizeof(base[2]));
	for (int i = 0; i < 3; i++) {
		if (skip >= part[i]) {
			skip -= part[i];
			continue;
		}
		v[m.msg_iovlen].iov_base = base[i] + skip;
		v[m.msg_iovlen++].iov_len = part[i] - skip;
		skip = 0;
	}
	return sendmsg(c->fd, &m, MSG_DONTWAIT | MSG_NOSIGNAL);
}

static void
response_done(struct conn *c)
{
	frame_unref(c->frame);
	c->frame = NULL;
	c->tail = NULL;
	c->sent = 0;
	buf_clear(&c->head);
	c->since_ns = c->server->now_ns;
	if (c->state == CONN_STREAM) {
		stream_part_done(c);
		return;
	}
	c->state = CONN_HEAD;
	c->crowd_ns = 0;
	if (c->keep_alive)
		return;
	/* bytes not read would turn close(2) into a reset, which may overtake
	 * the response: wait for the other end */
	shutdown(c->fd, SHUT_WR);
	c->state = CONN_LINGER;
	if (c->read_closed)
		conn_drop(c);
}

/* sends what there is; the state says what came of it */
static void
flush(struct conn *c)
{
	while (rest(c)) {
		ssize_t n = send_rest(c);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
			return;
		if (n < 0) {
			conn_drop(c);
			return;
		}
		c->sent += (size_t)n;
		c->server->bytes_out += (uint64_t)n;
		c->progress_ns = c->server->now_ns;
	}
	response_done(c);
}

static void
set_wishes(struct conn *c)
{
	bool listens = c->state == CONN_HEAD || c->state == CONN_STREAM ||
		       c->state == CONN_LINGER;

	if (c->state != CONN_DEAD)
		loop_want(c->watch, listens && !c->read_closed, rest(c) > 0);
}

/* ---- in ---- */

static void
next_request(struct conn *c)
{
	while (c->state == CONN_HEAD) {
		struct http_request r;
		int n = http_parse(c->in, c->in_len, &r);

		if (n == 0) {
			if (c->read_closed)
				conn_drop(c);
			return;
		}
		c->server->requests++;
		c->since_ns = c->progress_ns = c->server->now_ns;
		if (n < 0) {
			c->in_len = 0;
			respond_error(c, -n);
		} else {
			c->in_len -= (size_t)n;
			memmove(c->in, c->in + n, c->in_len);
			respond(c, &r);
		}
		if (c->state == CONN_SENDING || c->state == CONN_STREAM)
			flush(c);
	}
}

void
conn_write(struct conn *c)
{
	flush(c);
	next_request(c);
	set_wishes(c);
}

/* what a client says while it gets a stream, or after its last answer, is
 * thrown away, and not for long */
static void
read_chatter(struct conn *c)
{
	char scratch[4096];
	ssize_t n = recv(c->fd, scratch, sizeof(scratch), MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n > 0)
		c->chatter += (size_t)n;
	if (n < 0 || c->chatter > CHATTER_MAX ||
	    (n == 0 && c->state == CONN_LINGER)) {
		conn_drop(c);
		return;
	}
	/* it has nothing more to say, but may well listen on */
	if (n == 0)
		c->read_closed = true;
	set_wishes(c);
}

void
conn_read(struct conn *c)
{
	ssize_t n;

	c->server->now_ns = clock_monotonic_ns();
	if (c->state == CONN_STREAM || c->state == CONN_LINGER) {
		read_chatter(c);
		return;
	}
	n = recv(
	    c->fd, c->in + c->in_len, sizeof(c->in) - c->in_len, MSG_DONTWAIT);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n < 0) {
		conn_drop(c);
		return;
	}
	if (n == 0)
		c->read_closed = true;
	if (c->in_len == 0 && n > 0)
		c->since_ns = c->server->now_ns; /* the head's clock starts */
	c->in_len += (size_t)n;
	next_request(c);
	set_wishes(c);
}

/* ---- time ---- */

void
conn_tick(struct conn *c)
{
	int64_t now = c->server->now_ns;
	int64_t age = now - c->since_ns, still = now - c->progress_ns;

	switch (c->state) {
	case CONN_HEAD:
		if (age > (c->in_len ? HEAD_MS : IDLE_MS) * MS_NS)
			conn_drop(c);
		break;
	case CONN_SNAPSHOT:
		if (respond_is_due(c))
			respond_snapshot(c, true);
		break;
	case CONN_SENDING:
		if (still > STALL_MS * MS_NS)
			conn_drop(c);
		break;
	case CONN_STREAM:
		if (rest(c) && still > STALL_MS * MS_NS)
			conn_drop(c);
		else if (!rest(c) && now - c->part_ns > REPEAT_MS * MS_NS)
			stream_offer(c);
		break;
	case CONN_LINGER:
		if (age > LINGER_MS * MS_NS)
			conn_drop(c);
		break;
	case CONN_DEAD:
		break;
	}
}
