/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lines of a file as they come, gunzipped when they must be. */
#ifndef GANTRY_SHAPER_INPUT_H
#define GANTRY_SHAPER_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/diag.h"

/*
 * Holds one buffer of fixed size: memory does not depend on the input's
 * length.  Lines longer than INPUT_LINE_MAX are an error [line-too-long].
 * All complaints carry the place and go to the sink.
 */
enum {
	INPUT_LINE_MAX = 65536,
};

struct input;

/* "-" is standard input.  NULL: reported, and *status is the exit status. */
struct input *input_open(const char *path, struct diag_sink *, int *status);
/* The same over bytes in memory (tests, fuzzing); borrowed. */
struct input *input_memory(
    const void *data, size_t len, const char *name, struct diag_sink *);
void input_close(struct input *);

const char *input_name(const struct input *);
struct diag_sink *input_sink(const struct input *);
uint32_t input_line(const struct input *); /* of the last line given */

/*
 * The next line without its end (LF or CRLF): 1, 0 at the end of the input,
 * -1 on an error that has been reported.  The text is valid until the next
 * call.  *whole is false for a last line that no line end follows.
 */
int input_next(struct input *, const char **text, size_t *len, bool *whole);

/* Raw bytes up to INPUT_LINE_MAX of them for formats that have no lines:
 * 1, 0 at the end, -1; valid until the next call. */
int input_bytes(struct input *, const char **data, size_t *len);

/* The first byte that was not given yet; -1 at the end, -2 on an error. */
int input_peek(struct input *);

/* Says that the last bytes given had lines of their own. */
void input_count_line(struct input *);

/* Status for a failed input: EXIT_IO after a read error, else bad data. */
int input_status(const struct input *);

/* An error at a column (from 1) of the last line; always returns -1. */
int input_error(const struct input *, size_t col, const char *slug,
    const char *fmt, ...) __attribute__((format(printf, 4, 5)));

#endif
