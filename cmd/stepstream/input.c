/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading the plan. */
#include "input.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "io/file.h"
#include "io/signals.h"

#define CHUNK 65536

int
input_open(struct input *in, const char *path, struct diag_sink *sink)
{
	memset(in, 0, sizeof(*in));
	in->sink = sink;
	in->fd = file_open_input(path, &in->name);
	if (in->fd < 0)
		return -1;
	in->reader = plan_reader_new(in->name, sink);
	return 0;
}

void
input_close(struct input *in)
{
	plan_reader_free(in->reader);
	if (in->fd > 0)
		close(in->fd);
}

bool
input_fill(struct input *in, int timeout_ms)
{
	struct pollfd p[2] = {{.fd = in->fd, .events = POLLIN},
	    {.fd = signals_fd(), .events = POLLIN}};
	static char chunk[CHUNK];
	ssize_t n;

	if (in->eof)
		return true;
	if (signals_pending() || poll(p, 2, timeout_ms) <= 0 || !p[0].revents)
		return false;
	n = read(in->fd, chunk, sizeof(chunk));
	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return false;
	if (n < 0)
		in->error = errno;
	if (n <= 0)
		in->eof = true;
	else
		plan_reader_feed(in->reader, chunk, (size_t)n);
	return true;
}

enum plan_status
input_next(struct input *in, struct plan_record *rec)
{
	enum plan_status st = plan_reader_next(in->reader, rec);

	if (st == PLAN_NEED_MORE && in->eof) {
		if (in->error != 0)
			return PLAN_FAILED; /* that is said, not what follows */
		if (plan_reader_eof(in->reader) != 0)
			return PLAN_FAILED;
		/* a last line of text without its newline */
		st = plan_reader_next(in->reader, rec);
		if (st == PLAN_NEED_MORE)
			return PLAN_ENDED;
	}
	if (st == PLAN_OK)
		in->line = rec->line;
	return st;
}
