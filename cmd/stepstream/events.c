/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Events as JSON lines, without ever waiting for a slow reader. */
#include "events.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"

#define BACKLOG_MAX ((size_t)1 << 20)
#define PATIENCE_MS 1000

void
events_begin(struct events *e, bool enabled, bool wait)
{
	memset(e, 0, sizeof(*e));
	e->enabled = enabled;
	e->wait = wait;
}

struct json *
events_open(struct events *e, double t, const char *name)
{
	buf_clear(&e->line);
	json_begin(&e->json, &e->line);
	json_object(&e->json, NULL);
	json_fixed(&e->json, "t", t, 6);
	json_string(&e->json, "event", name);
	return &e->json;
}

/* One write of what a pipe takes without blocking; false: no room now. */
static bool
write_some(struct events *e, int timeout_ms)
{
	struct pollfd p = {.fd = STDOUT_FILENO, .events = POLLOUT};
	size_t n = e->backlog.len < PIPE_BUF ? e->backlog.len : PIPE_BUF;
	ssize_t done;

	if (poll(&p, 1, timeout_ms) <= 0)
		return false;
	done = write(STDOUT_FILENO, e->backlog.data, n);
	if (done >= 0) {
		buf_consume(&e->backlog, (size_t)done);
		return true;
	}
	if (errno == EINTR || errno == EAGAIN)
		return errno == EINTR;
	if (errno == EPIPE) {
		e->gone = true;
		cli_warn("nobody reads the events any more; going on");
	} else {
		e->error = errno;
		cli_warn("cannot write the events; going on:");
	}
	buf_clear(&e->backlog);
	return false;
}

void
events_flush(struct events *e)
{
	while (e->backlog.len > 0 && write_some(e, e->wait ? -1 : 0))
		continue;
}

void
events_close(struct events *e)
{
	json_close(&e->json);
	json_newline(&e->json);
	if (!e->enabled || e->gone || e->error)
		return;
	if (e->backlog.len + e->line.len > BACKLOG_MAX) {
		e->dropped++;
		return;
	}
	buf_add(&e->backlog, e->line.data, e->line.len);
	events_flush(e);
}

void
events_end(struct events *e)
{
	while (e->backlog.len > 0 && write_some(e, e->wait ? -1 : PATIENCE_MS))
		continue;
	if (e->dropped > 0)
		cli_warn("%llu events were dropped: their reader was too slow",
		    (unsigned long long)e->dropped);
	buf_release(&e->backlog);
	buf_release(&e->line);
}
