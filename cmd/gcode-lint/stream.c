/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Input by lines, and the same bytes on to the next stage. */
#include "stream.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io/file.h"

#define LINE_MAX_BYTES ((size_t)1 << 24) /* a "line" beyond this is no text */

static int
make_spool(void)
{
	const char *dir = getenv("TMPDIR");
	struct buf path = BUF_INIT;
	int fd;

	buf_addf(&path, "%s/gcode-lint-XXXXXX", dir && *dir ? dir : "/tmp");
	fd = mkstemp(path.data);
	if (fd >= 0)
		unlink(path.data);
	buf_release(&path);
	return fd;
}

int
stream_init(struct stream *s, int fd, enum stream_pass pass, int out)
{
	*s = (struct stream){.fd = fd, .pass = pass, .out = out, .spool = -1};
	if (pass != STREAM_HOLD)
		return 0;
	s->spool = make_spool();
	return s->spool < 0 ? -1 : 0;
}

void
stream_release(struct stream *s)
{
	buf_release(&s->in);
	if (s->spool >= 0)
		close(s->spool);
}

/* The lines handed out so far go on. */
static int
pass_on(struct stream *s)
{
	int r = 0;

	if (s->at && s->pass != STREAM_KEEP && !s->stopped)
		r = file_write_all(s->pass == STREAM_HOLD ? s->spool : s->out,
		    s->in.data, s->at);
	buf_consume(&s->in, s->at);
	s->at = s->whole = 0;
	return r;
}

static int
fill(struct stream *s)
{
	size_t from;
	ssize_t n;

	if (pass_on(s) != 0)
		return -1;
	from = s->in.len;
	if (from > LINE_MAX_BYTES) {
		errno = EFBIG;
		return -1;
	}
	buf_grow(&s->in, STREAM_BLOCK + 1);
	n = file_read(s->fd, s->in.data + from, STREAM_BLOCK);
	if (n < 0)
		return -1;
	s->in.len += (size_t)n;
	s->in.data[s->in.len] = '\0';
	s->ended = n == 0;
	for (s->whole = s->in.len; s->whole > from; s->whole--)
		if (s->in.data[s->whole - 1] == '\n')
			break;
	if (s->whole == from)
		s->whole = 0;
	if (s->ended && s->in.len > 0) {
		s->newline_missing = true;
		s->whole = s->in.len;
	}
	return 0;
}

int
stream_line(struct stream *s, const char **line, size_t *n)
{
	const char *end;

	while (s->at == s->whole) {
		if (s->ended)
			return pass_on(s);
		if (fill(s) != 0)
			return -1;
	}
	*line = s->in.data + s->at;
	end = memchr(*line, '\n', s->whole - s->at);
	*n = end ? (size_t)(end + 1 - *line) : s->whole - s->at;
	s->at += *n;
	return 1;
}

void
stream_stop(struct stream *s)
{
	s->stopped = true;
}

int
stream_finish(struct stream *s)
{
	char block[STREAM_BLOCK];
	ssize_t n;

	if (s->pass != STREAM_HOLD || s->stopped)
		return 0;
	if (lseek(s->spool, 0, SEEK_SET) < 0)
		return -1;
	while ((n = file_read(s->spool, block, sizeof(block))) > 0)
		if (file_write_all(s->out, block, (size_t)n) != 0)
			return -1;
	return n < 0 ? -1 : 0;
}
