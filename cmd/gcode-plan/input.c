/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Bytes from files, pipes and terminals to the executor. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cmd/gcode-plan/gcode-plan.h"
#include "io/file.h"
#include "io/signals.h"

#define READ_SIZE (128 << 10)

/* Who types waits for the move; a program that writes may take its time
 * between two lines without meaning a stop. */
#define IDLE_TERMINAL_S 0.03
#define IDLE_PIPE_S	0.5

struct source {
	const char *name;
	int fd;
	double size;	/* bytes, 0 when unknown */
	double done;	/* bytes */
	int timeout_ms; /* -1: never quiet */
	struct buf text;
	struct buf ahead; /* read already, behind text */
	bool ended;	  /* there is no more than that */
};

static int
open_source(struct source *s, const struct input *in, const char *path)
{
	double idle = in->idle_s;
	struct stat st;

	memset(s, 0, sizeof(*s));
	s->fd = file_open_input(path, &s->name);
	if (s->fd < 0) {
		cli_warn("cannot open '%s':", path);
		return -1;
	}
	s->timeout_ms = -1;
	if (fstat(s->fd, &st) == 0 && S_ISREG(st.st_mode)) {
		s->size = (double)st.st_size;
	} else {
		if (idle < 0)
			idle = isatty(s->fd) ? IDLE_TERMINAL_S : IDLE_PIPE_S;
		if (idle > 0)
			s->timeout_ms = (int)(idle * 1000 + 0.5);
	}
	return 0;
}

static void
close_source(struct source *s)
{
	if (s->fd != STDIN_FILENO)
		close(s->fd);
	buf_release(&s->text);
	buf_release(&s->ahead);
}

/* > 0: bytes can be read; 0: it is quiet; -1: a signal came */
static int
await(const struct source *s, bool resting)
{
	struct pollfd p[2] = {
	    {.fd = s->fd, .events = POLLIN},
	    {.fd = signals_fd(), .events = POLLIN},
	};

	if (s->size > 0)
		return signals_pending() ? -1 : 1;
	for (;;) {
		int n = poll(p, 2, resting ? -1 : s->timeout_ms);

		if (signals_pending())
			return -1;
		if (n == 0)
			return 0;
		if (n > 0 && p[0].revents)
			return 1;
		if (n < 0 && errno != EINTR)
			return 1; /* read() will say why */
	}
}

static enum input_result
hand_over(struct input *in, struct source *s)
{
	size_t used = gcode_exec_lines(in->exec, s->text.data, s->text.len);

	buf_consume(&s->text, used);
	if (gcode_exec_failed(in->exec))
		return INPUT_FAILED;
	if (gcode_exec_stopped(in->exec))
		return INPUT_STOPPED;
	if (s->text.len > GCODE_LINE_MAX) {
		/* let the parser refuse it with its place */
		buf_addc(&s->text, '\n');
		return hand_over(in, s);
	}
	return in->flush(in->ctx, false) ? INPUT_STOPPED : INPUT_DONE;
}

/* what a file has behind the place where we read; 0 or -1 */
static int
look_into(const struct source *s, struct buf *out)
{
	off_t at = lseek(s->fd, 0, SEEK_CUR);

	while (at >= 0) {
		ssize_t n;

		buf_grow(out, READ_SIZE);
		n = pread(s->fd, out->data + out->len, READ_SIZE, at);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -1 : 0;
		out->len += (size_t)n;
		out->data[out->len] = '\0';
		at += n;
	}
	return -1;
}

/* the next bytes, at the end of text; as read(2) */
static ssize_t
read_some(struct source *s, struct buf *text)
{
	ssize_t n;

	buf_grow(text, READ_SIZE);
	n = file_read(s->fd, text->data + text->len, READ_SIZE);
	if (n > 0) {
		text->len += (size_t)n;
		text->data[text->len] = '\0';
	}
	return n;
}

/* A pipe is read to its end, and kept. */
static int
read_on(struct source *s)
{
	while (!s->ended) {
		ssize_t n = await(s, true) < 0 ? -1 : read_some(s, &s->ahead);

		if (n < 0)
			return -1;
		s->ended = n == 0;
	}
	return 0;
}

int
input_ahead(void *ctx, struct buf *out)
{
	const struct input *in = ctx;

	if (!in->now) /* it was given all there is */
		return 0;
	if (in->now->size > 0)
		return look_into(in->now, out);
	if (!in->whole || read_on(in->now))
		return -1;
	buf_add(out, in->now->ahead.data, in->now->ahead.len);
	return 0;
}

/* what was read ahead comes next */
static enum input_result
take_ahead(struct input *in, struct source *s)
{
	struct buf ahead = s->ahead;

	s->ahead = (struct buf)BUF_INIT;
	buf_add(&s->text, ahead.data, ahead.len);
	buf_release(&ahead);
	return hand_over(in, s);
}

static bool
is_move(const char *line)
{
	line += strspn(line, " \t");
	return (*line == 'G' || *line == 'g') && line[1] >= '0' &&
	       line[1] <= '3' && !(line[2] >= '0' && line[2] <= '9');
}

/* The last line of a file may lack its newline.  In a pipe it is what a
 * program wrote that was killed: half a move goes anywhere. */
static enum input_result
finish(struct input *in, struct source *s)
{
	struct diag_place place = *gcode_exec_place(in->exec);

	if (!s->text.len)
		return INPUT_DONE;
	if (s->size == 0 && !isatty(s->fd) && is_move(s->text.data)) {
		place.line++;
		diag_report(in->sink, DIAG_ERROR, &place, "truncated",
		    "the input ends in the middle of a line");
		return INPUT_FAILED;
	}
	buf_addc(&s->text, '\n');
	return hand_over(in, s);
}

static enum input_result
read_all(struct input *in, struct source *s)
{
	bool resting = true;

	for (;;) {
		enum input_result r;
		ssize_t n;
		int ready;

		if (s->ahead.len) {
			r = take_ahead(in, s);
			if (r != INPUT_DONE)
				return r;
		}
		if (s->ended)
			return finish(in, s);
		ready = await(s, resting);
		if (ready < 0)
			return INPUT_SIGNAL;
		if (ready == 0) {
			gcode_exec_quiet(in->exec);
			resting = true;
			if (in->flush(in->ctx, true))
				return INPUT_STOPPED;
			continue;
		}
		n = read_some(s, &s->text);
		if (n < 0) {
			cli_warn("cannot read '%s':", s->name);
			return INPUT_UNREADABLE;
		}
		if (n == 0)
			return finish(in, s);
		s->done += (double)n;
		resting = false;
		r = hand_over(in, s);
		if (r != INPUT_DONE)
			return r;
		if (s->size > 0)
			progress_show(
			    &in->progress, s->done / s->size, s->name);
	}
}

/* Then whoever reads what we write has a better progress line of its own. */
static bool
to_pipe(void)
{
	struct stat st;

	return fstat(STDOUT_FILENO, &st) == 0 && S_ISFIFO(st.st_mode);
}

enum input_result
input_read(struct input *in, const char *path)
{
	enum input_result r;
	struct source s;

	if (open_source(&s, in, path))
		return INPUT_UNOPENED;
	progress_begin(&in->progress, in->quiet || to_pipe());
	gcode_exec_file(in->exec, s.name, true);
	in->now = &s;
	r = read_all(in, &s);
	in->now = NULL;
	progress_clear(&in->progress);
	close_source(&s);
	return r;
}
