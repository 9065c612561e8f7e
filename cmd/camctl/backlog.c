/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The tank with a hole, and the questions to the kernel. */
#include "backlog.h"

#include <linux/sockios.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

/* A rate is measured over at least so long. */
#define MEASURE_NS 100000000LL
/* The rate believed in doubles in about this time when nothing is wrong. */
#define RISE_S 3.0
/* Before anything is known: parts per second, faster than any camera. */
#define RATE_FIRST 200.0

void
backlog_init(struct backlog *b, int64_t now_ns)
{
	memset(b, 0, sizeof(*b));
	b->at_ns = now_ns;
}

void
backlog_sent(struct backlog *b, size_t bytes)
{
	b->sent += bytes;
	b->tank += (double)bytes;
}

static void
drain(struct backlog *b, size_t part, int64_t now_ns)
{
	double dt = (double)(now_ns - b->at_ns) * 1e-9;

	/* an error must never stop a stream: at least a part a second */
	if (b->rate < (double)part)
		b->rate =
		    b->rate > 0 ? (double)part : RATE_FIRST * (double)part;
	b->at_ns = now_ns;
	b->tank -= b->rate * dt;
	if (b->tank < 0)
		b->tank = 0;
	b->rate *= 1 + dt / RISE_S;
}

/* the peer holds that much, it says */
static void
measure(struct backlog *b, double held, size_t part, int64_t now_ns)
{
	double left = (double)b->sent - held;

	b->tank = held;
	if (held < (double)part / 2) {
		b->since_ns = 0; /* nearly empty: it may idle from now on */
		return;
	}
	if (b->since_ns && now_ns - b->since_ns < MEASURE_NS)
		return;
	if (b->since_ns)
		b->rate =
		    (left - b->drained) * 1e9 / (double)(now_ns - b->since_ns);
	b->since_ns = now_ns;
	b->drained = left;
}

bool
backlog_ready(struct backlog *b, const struct backlog_facts *f, size_t part,
    int64_t now_ns)
{
	uint64_t acked = b->sent - f->queued;
	double held;

	if (!f->known)
		return f->queued == 0;
	drain(b, part, now_ns);
	if (f->window > b->window_max)
		b->window_max = f->window;
	if (acked != b->acked || f->window != b->window) {
		held = (double)(b->window_max - f->window) + f->queued;
		if (held > (double)b->sent)
			held = (double)b->sent;
		measure(b, held, part, now_ns);
		b->acked = acked;
		b->window = f->window;
	}
	return !f->unsent && b->tank <= (double)part / 4;
}

void
backlog_ask(int fd, struct backlog_facts *f)
{
	struct tcp_info info;
	socklen_t len = sizeof(info);
	int queued = 0;

	memset(f, 0, sizeof(*f));
	memset(&info, 0, sizeof(info));
	if (ioctl(fd, SIOCOUTQ, &queued) == 0 && queued > 0)
		f->queued = (uint32_t)queued;
	/* a unix socket has no window: its queue is all there is, and exact */
	if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len) ||
	    len < offsetof(struct tcp_info, tcpi_snd_wnd) +
		      sizeof(info.tcpi_snd_wnd))
		return;
	f->known = true;
	f->window = info.tcpi_snd_wnd;
	f->unsent = info.tcpi_notsent_bytes;
}
