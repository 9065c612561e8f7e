/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How much a client has not looked at yet, and when to send it more. */
#ifndef GANTRY_CAMCTL_BACKLOG_H
#define GANTRY_CAMCTL_BACKLOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A frame that waits in a buffer grows old there: in the kernel's send buffer,
 * which we can ask about, and in the receive buffer of the client, which we
 * can only guess at.  TCP tells us two things about it: how many bytes the
 * other kernel has taken, and how much room it says it has left.
 *
 * The guess is a tank with a hole.  What we send flows in, the client drains
 * it at some rate.  Each acknowledgement tells how full the tank was when it
 * was sent: what the peer's window is short of the widest it ever had, and
 * what it has not taken yet.  Between acknowledgements the level falls at the
 * rate we believe in, and a new part begins when the tank is nearly empty.
 * Two measurements while it was never empty give the rate.  It also rises by
 * itself, so that a client that becomes faster is found out; when that is too
 * much, the next acknowledgement says so.
 */
struct backlog {
	uint64_t sent;	     /* bytes, all our life */
	double tank;	     /* bytes the client has not read, as we believe */
	double rate;	     /* bytes per second; 0: not known yet */
	int64_t at_ns;	     /* when tank was brought up to date */
	uint32_t window_max; /* widest window seen */
	/* the last acknowledgement that told something new */
	uint64_t acked;
	uint32_t window;
	/* from here the rate is measured, while the tank is not empty */
	int64_t since_ns; /* 0: nothing to measure */
	double drained;	  /* bytes that had left the tank by then */
};

/* What the kernel knows about a connection. */
struct backlog_facts {
	bool known;
	uint32_t window; /* room the peer says it has */
	uint32_t queued; /* bytes not acknowledged, sent or not */
	uint32_t unsent; /* of these, bytes not even sent */
};

void backlog_init(struct backlog *, int64_t now_ns);
void backlog_sent(struct backlog *, size_t bytes);
/* True when a part of that many bytes may begin now. */
bool backlog_ready(struct backlog *, const struct backlog_facts *, size_t part,
    int64_t now_ns);

/* Asks the kernel; facts->known is false where it does not say. */
void backlog_ask(int fd, struct backlog_facts *);

#endif
