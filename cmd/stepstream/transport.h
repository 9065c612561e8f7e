/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Bytes to a board and back, and the time they are counted in. */
#ifndef STEPSTREAM_TRANSPORT_H
#define STEPSTREAM_TRANSPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

/*
 * Two kinds: a device (serial port, pseudo-terminal) lives in the host's
 * monotonic time; the simulator in lock-step has a time of its own that only
 * passes in transport_exchange().
 */
struct transport {
	int64_t (*now_ns)(struct transport *);
	int (*exchange)(struct transport *, struct buf *out, int64_t until_ns,
	    int wake_fd, struct buf *in);
	void (*drop_output)(struct transport *);
	/* Resets the board by the wire; NULL: cannot. */
	int (*reset)(struct transport *, const char *method, struct buf *why);
	int (*close)(struct transport *);
	bool is_virtual;
	bool has_line; /* a real serial line: its speed matters */
	const char *name;
	/* why exchange() failed: one sentence */
	struct buf why;
};

/* NULL: one sentence in why. */
struct transport *transport_open_device(
    const char *path, uint32_t baud, struct buf *why, int *status);
struct transport *transport_open_simulator(const char *config_path,
    const char *const *args, int n_args, struct buf *why, int *status);

static inline int64_t
transport_now_ns(struct transport *t)
{
	return t->now_ns(t);
}

/*
 * Takes the bytes of out (all of them, out is empty afterwards), waits until
 * bytes came in, until_ns, wake_fd is readable or a signal came; adds what came
 * to in.  0; 1 for wake_fd or a signal; -1 when the other side is gone.
 * wake_fd is not looked at where time is virtual.
 */
static inline int
transport_exchange(struct transport *t, struct buf *out, int64_t until_ns,
    int wake_fd, struct buf *in)
{
	return t->exchange(t, out, until_ns, wake_fd, in);
}

/* Sleeps, in real time. */
void transport_pause(int64_t ns);

/* Frees it; -1 when the simulator ended badly. */
int transport_close(struct transport *);

#endif
