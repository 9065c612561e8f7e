/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Real time on a pseudo-terminal: any host program may come and go. */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "cli/cli.h"
#include "io/pty.h"
#include "io/signals.h"
#include "mcu-fw/board/sim/sim.h"
#include "mcu-sim.h"

#define TICK_MS	 1 /* how often time goes on by itself */
#define NS_PER_S 1000000000ull

static uint64_t
now_ticks(int64_t start_ns)
{
	uint64_t ns = (uint64_t)(clock_monotonic_ns() - start_ns);

	return ns / NS_PER_S * sim_freq + ns % NS_PER_S * sim_freq / NS_PER_S;
}

/* What nobody reads is lost, as on a wire. */
static void
send_out(int fd)
{
	const char *p = sim_link_out.data;
	size_t left = sim_link_out.len;

	while (left > 0) {
		ssize_t n = write(fd, p, left);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		p += n;
		left -= (size_t)n;
	}
	buf_clear(&sim_link_out);
}

static void
take_in(struct model *m, int fd)
{
	char data[4096];
	size_t room = sim_link_room();
	ssize_t n;

	/* the rest waits in the terminal: nothing is lost on this way */
	if (room == 0)
		return;
	n = read(fd, data, room < sizeof(data) ? room : sizeof(data));
	if (n <= 0)
		return;
	sim_link_write(data, (size_t)n);
	model_host_spoke(m);
}

int
serve_pty(struct model *m, const char *link)
{
	struct pty *pty = pty_open(link);
	struct pollfd fds[2];
	int64_t start = clock_monotonic_ns();
	uint64_t slice = sim_freq / 100; /* 10 ms */

	if (!pty) {
		cli_warn("cannot make a terminal at '%s':", link);
		return EXIT_SYSTEM;
	}
	signals_begin();
	fds[0] = (struct pollfd){.fd = pty_fd(pty), .events = POLLIN};
	fds[1] = (struct pollfd){.fd = signals_fd(), .events = POLLIN};
	while (!signals_pending()) {
		uint64_t now = now_ticks(start), until = sim_clock + slice;

		/* who is late still listens */
		poll(fds, 2, until < now ? 0 : TICK_MS);
		if (fds[0].revents & POLLIN)
			take_in(m, fds[0].fd);
		now = now_ticks(start);
		if (until > now)
			until = now;
		do {
			sim_run(until);
			send_out(fds[0].fd);
		} while (sim_clock < until);
	}
	pty_close(pty);
	return EXIT_DONE;
}
