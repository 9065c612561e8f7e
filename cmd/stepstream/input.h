/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The plan as it comes: from a pipe that may be slow, or end too soon. */
#ifndef STEPSTREAM_INPUT_H
#define STEPSTREAM_INPUT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/diag.h"
#include "wire/plan.h"

struct input {
	int fd;
	const char *name;
	struct plan_reader *reader;
	struct diag_sink *sink;
	bool eof;
	int error; /* errno of reading */
	uint32_t line;
};

/* NULL or "-": standard input.  0, or -1 with errno. */
int input_open(struct input *, const char *path, struct diag_sink *);
void input_close(struct input *);
/* Waits up to timeout_ms (-1: as long as it takes) for bytes and takes them:
 * true when there is something new, the end included. */
bool input_fill(struct input *, int timeout_ms);
/* PLAN_NEED_MORE: input_fill(), or it was cut off when .eof. */
enum plan_status input_next(struct input *, struct plan_record *);

#endif
