/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lines of a file as they come, gunzipped when they must be. */
#include "input.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "base/xalloc.h"
#include "cli/cli.h"
#include "diag.h"
#include "io/file.h"

#define RAW_SIZE 65536

struct input {
	const char *name;
	struct diag_sink *sink;
	int fd; /* -1: memory */
	const unsigned char *memory;
	size_t memory_left;
	bool gzip, started, ended, failed_io;
	z_stream z;
	bool z_open;
	unsigned char raw[RAW_SIZE]; /* compressed bytes */
	uint32_t line;
	size_t at, have; /* of text */
	char text[2 * INPUT_LINE_MAX];
};

static struct input *
input_new(const char *name, struct diag_sink *sink)
{
	struct input *in = xcalloc(1, sizeof(*in));

	in->name = name;
	in->sink = sink;
	in->fd = -1;
	return in;
}

struct input *
input_open(const char *path, struct diag_sink *sink, int *status)
{
	struct diag_place place = {.file = path};
	const char *name;
	int fd = file_open_input(path, &name);
	struct input *in;

	if (fd < 0) {
		diag_report(
		    sink, DIAG_ERROR, &place, NULL, "%s", strerror(errno));
		*status = EXIT_NO_INPUT;
		return NULL;
	}
	in = input_new(name, sink);
	in->fd = fd;
	return in;
}

struct input *
input_memory(
    const void *data, size_t len, const char *name, struct diag_sink *sink)
{
	struct input *in = input_new(name, sink);

	in->memory = data;
	in->memory_left = len;
	return in;
}

void
input_close(struct input *in)
{
	if (!in)
		return;
	if (in->z_open)
		inflateEnd(&in->z);
	if (in->fd > 0)
		close(in->fd);
	free(in);
}

const char *
input_name(const struct input *in)
{
	return in->name;
}

struct diag_sink *
input_sink(const struct input *in)
{
	return in->sink;
}

uint32_t
input_line(const struct input *in)
{
	return in->line;
}

int
input_status(const struct input *in)
{
	return in->failed_io ? EXIT_IO : EXIT_BAD_DATA;
}

int
input_error(
    const struct input *in, size_t col, const char *slug, const char *fmt, ...)
{
	struct diag_place place = {in->name, in->line, (uint32_t)col};
	va_list ap;

	va_start(ap, fmt);
	diag_vreport(in->sink, slug ? diag_level_of(slug) : DIAG_ERROR, &place,
	    slug, fmt, ap);
	va_end(ap);
	return -1;
}

/* some bytes as they are stored: how many, 0 at the end, -1 */
static ssize_t
fetch(struct input *in, void *to, size_t room)
{
	ssize_t n;

	if (in->fd < 0) {
		size_t some = in->memory_left < room ? in->memory_left : room;

		if (some)
			memcpy(to, in->memory, some);
		in->memory += some;
		in->memory_left -= some;
		return (ssize_t)some;
	}
	n = file_read(in->fd, to, room);
	if (n < 0) {
		in->failed_io = true;
		input_error(in, 0, NULL, "%s", strerror(errno));
	}
	return n;
}

/* what kind of bytes: looks at the first ones, which stay */
static int
start(struct input *in)
{
	in->started = true;
	while (in->have < 4) {
		ssize_t n = fetch(in, in->text + in->have, RAW_SIZE - in->have);

		if (n < 0)
			return -1;
		if (n == 0)
			break;
		in->have += (size_t)n;
	}
	if (in->have >= 4 && memcmp(in->text, "\x28\xb5\x2f\xfd", 4) == 0)
		return input_error(in, 0, "compressed",
		    "compressed by zstd; unpack it: zstd -dc FILE | ... -");
	in->gzip = in->have >= 2 && memcmp(in->text, "\x1f\x8b", 2) == 0;
	if (!in->gzip)
		return 0;
	memcpy(in->raw, in->text, in->have);
	in->z.next_in = in->raw;
	in->z.avail_in = (uInt)in->have;
	in->have = 0;
	if (inflateInit2(&in->z, 15 + 16) != Z_OK)
		return input_error(
		    in, 0, "compressed", "zlib refuses to start");
	in->z_open = true;
	return 0;
}

/* unpacks into the free end of text: how many bytes, 0 at the end, -1 */
static ssize_t
unpack(struct input *in, size_t room)
{
	in->z.next_out = (unsigned char *)in->text + in->have;
	in->z.avail_out = (uInt)room;
	while (in->z.avail_out == room) {
		ssize_t n;
		int r;

		if (in->z.avail_in == 0) {
			n = fetch(in, in->raw, RAW_SIZE);
			if (n < 0)
				return -1;
			if (n == 0 && in->z.total_in == 0)
				return 0; /* after a whole member */
			if (n == 0)
				return input_error(in, 0, "compressed",
				    "the gzip data is cut off");
			in->z.next_in = in->raw;
			in->z.avail_in = (uInt)n;
		}
		r = inflate(&in->z, Z_NO_FLUSH);
		if (r == Z_STREAM_END)
			inflateReset(&in->z); /* another member may follow */
		else if (r != Z_OK && r != Z_BUF_ERROR)
			return input_error(
			    in, 0, "compressed", "the gzip data is damaged");
	}
	return (ssize_t)(room - in->z.avail_out);
}

/* more text behind what is there: 1, 0 at the end, -1 */
static int
fill(struct input *in)
{
	size_t room;
	ssize_t n;

	if (!in->started && start(in) != 0)
		return -1;
	if (in->ended)
		return 0;
	if (in->at > 0) {
		memmove(in->text, in->text + in->at, in->have - in->at);
		in->have -= in->at;
		in->at = 0;
	}
	room = sizeof(in->text) - in->have;
	n = in->gzip ? unpack(in, room) : fetch(in, in->text + in->have, room);
	if (n < 0)
		return -1;
	in->have += (size_t)n;
	in->ended = n == 0;
	return n > 0;
}

static int
cut(struct input *in, size_t len, size_t end, const char **text, size_t *out)
{
	*text = in->text + in->at;
	in->at += end;
	if (len > 0 && (*text)[len - 1] == '\r')
		len--;
	*out = len;
	return 1;
}

int
input_next(struct input *in, const char **text, size_t *len, bool *whole)
{
	size_t seen = 0;

	in->line++;
	for (;;) {
		size_t left = in->have - in->at;
		const char *from = in->text + in->at;
		const char *lf = memchr(from + seen, '\n', left - seen);

		if (lf) {
			*whole = true;
			return cut(in, (size_t)(lf - from),
			    (size_t)(lf - from) + 1, text, len);
		}
		if (left > INPUT_LINE_MAX)
			return input_error(in, INPUT_LINE_MAX, "line-too-long",
			    "a line longer than %d bytes", INPUT_LINE_MAX);
		seen = left;
		switch (fill(in)) {
		case -1:
			return -1;
		case 0:
			if (in->have == in->at) {
				in->line--;
				return 0;
			}
			*whole = false;
			return cut(in, left, left, text, len);
		default:
			break;
		}
	}
}

int
input_bytes(struct input *in, const char **data, size_t *len)
{
	if (in->at == in->have) {
		int more = fill(in);

		if (more <= 0)
			return more;
	}
	*data = in->text + in->at;
	*len = in->have - in->at;
	in->at = in->have;
	return 1;
}

int
input_peek(struct input *in)
{
	if (in->at == in->have) {
		int more = fill(in);

		if (more <= 0 && in->at == in->have)
			return more < 0 ? -2 : -1;
	}
	return (unsigned char)in->text[in->at];
}

void
input_count_line(struct input *in)
{
	in->line++;
}
