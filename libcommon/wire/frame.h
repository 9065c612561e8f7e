/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Frames of the MCU link, as the host writes and reads them. */
#ifndef GANTRY_WIRE_FRAME_H
#define GANTRY_WIRE_FRAME_H

#include <stddef.h>
#include <stdint.h>

#include "proto/frame.h"

/*
 * Closes the frame whose payload of n bytes already stands at frame + 2 and
 * returns its length.
 */
size_t frame_close(uint8_t frame[FRAME_MAX], uint64_t seq, size_t n);

/*
 * Finds frames in whatever bytes arrive.  What is not a frame is skipped
 * through the next sync byte and counted; a sync byte between frames costs
 * nothing.  Owns no memory.
 */
struct frame_reader {
	uint64_t bytes_invalid;
	size_t len;
	uint8_t data[4 * FRAME_MAX];
};

/* seq is the four bits of the wire. */
typedef void frame_fn(
    void *ctx, unsigned seq, const uint8_t *payload, size_t len);

void frame_reader_init(struct frame_reader *);
void frame_reader_feed(
    struct frame_reader *, const void *data, size_t len, frame_fn *, void *ctx);

#endif
