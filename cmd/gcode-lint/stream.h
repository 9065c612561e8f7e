/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Input by lines, and the same bytes on to the next stage. */
#ifndef GCODE_LINT_STREAM_H
#define GCODE_LINT_STREAM_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

#define STREAM_BLOCK ((size_t)1 << 16)

/*
 * Reads blocks, hands out whole lines, and passes the blocks on once their
 * lines have been looked at: at once, or, held, when all is read.  What is
 * held lies in an unlinked temporary file, not in memory.
 */
enum stream_pass {
	STREAM_KEEP, /* nothing is passed on */
	STREAM_PASS,
	STREAM_HOLD,
};

struct stream {
	int fd;
	struct buf in;	  /* the block, and the begin of a line behind it */
	size_t at, whole; /* next line; end of the whole lines */
	size_t last_len;  /* of in, whole lines and rest */
	bool ended, newline_missing;
	enum stream_pass pass;
	int out, spool;
	bool stopped; /* nothing is passed on any more */
};

/* -1 with errno when no temporary file can be made */
int stream_init(struct stream *, int fd, enum stream_pass, int out);
void stream_release(struct stream *);
/* 1: *line and *n are set; 0: the end; -1: errno.  The line keeps its newline;
 * a byte behind it can be read. */
int stream_line(struct stream *, const char **line, size_t *n);
/* The rest is not passed on, nor what is still here. */
void stream_stop(struct stream *);
/* All that was held goes out; 0 or -1 with errno. */
int stream_finish(struct stream *);

#endif
