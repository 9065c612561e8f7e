/* SPDX-License-Identifier: GPL-3.0-or-later */
/* macro-expand: values of the running machine, from a file or its socket. */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "cmd/macro-expand/macro-expand.h"

#define STATE_MAX ((size_t)16 << 20)

static bool is_socket;

static int
ask_socket(struct buf *text)
{
	static const char request[] = "{\"request\":\"status\"}\n";
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0), status = -1;
	char block[4096];
	ssize_t n;

	if (strlen(opts.state) >= sizeof(to.sun_path)) {
		errno = ENAMETOOLONG;
		goto out;
	}
	memcpy(to.sun_path, opts.state, strlen(opts.state));
	if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof(to)) ||
	    file_write_all(fd, request, sizeof(request) - 1))
		goto out;
	/* the answer is one line */
	while ((n = file_read(fd, block, sizeof(block))) > 0) {
		buf_add(text, block, (size_t)n);
		if (memchr(block, '\n', (size_t)n) || text->len > STATE_MAX)
			break;
	}
	status = n < 0 || !text->len ? -1 : 0;
out:
	if (fd >= 0)
		close(fd);
	return status;
}

static int
read_state(struct buf *text)
{
	const char *name;
	int fd, status;

	buf_clear(text);
	if (is_socket)
		return ask_socket(text);
	fd = file_open_input(opts.state, &name);
	if (fd < 0)
		return -1;
	status = file_read_all(fd, text, STATE_MAX);
	close(fd);
	return status;
}

/* has the machine done what was written so far? */
static bool
reached(struct macro_world *w, const struct buf *text)
{
	const struct macro_place *last = output_last();

	if (!output_lines())
		return true;
	return macro_reached(w, text->data, text->len,
	    opts.annotate ? last->at.file : NULL,
	    opts.annotate ? last->at.line : output_lines());
}

/* A value is read that only the machine knows: wait until it is where the
 * template stands, then take what it says. */
static int
ask(struct macro_world *w, void *data)
{
	const struct timespec nap = {0, 50000000};
	struct buf text = BUF_INIT;
	int status = -1;

	(void)data;
	if (output_flush())
		return -1;
	for (;;) {
		if (read_state(&text)) {
			cli_warn("cannot read the state '%s':", opts.state);
			break;
		}
		if (reached(w, &text)) {
			status = macro_live(w, text.data, text.len, opts.state);
			break;
		}
		nanosleep(&nap, NULL);
	}
	buf_release(&text);
	return status;
}

int
live_open(struct macro_world *w)
{
	struct buf text = BUF_INIT;
	struct stat st;
	int status;

	if (!opts.state)
		return EXIT_DONE;
	is_socket = stat(opts.state, &st) == 0 && S_ISSOCK(st.st_mode);
	status = read_state(&text);
	if (status) {
		cli_warn("cannot read the state '%s':", opts.state);
		buf_release(&text);
		return EXIT_NO_INPUT;
	}
	status = macro_state(w, text.data, text.len, opts.state);
	buf_release(&text);
	if (status)
		return EXIT_BAD_DATA;
	macro_ask(w, ask, NULL);
	return EXIT_DONE;
}
