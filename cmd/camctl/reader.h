/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One camera read by one filter: frames in order, the oldest dropped. */
#ifndef GANTRY_CAMCTL_READER_H
#define GANTRY_CAMCTL_READER_H

#include <stdint.h>

#include "camera.h"

/*
 * Live frames only, no placeholders.  The queue holds up to depth frames;
 * when the filter is slower than the camera the oldest is dropped and counted.
 * Depth 1 is "the newest wins".
 */
struct reader;
struct reader *reader_open(
    const struct camera_config *, struct source *, double fps, int depth);
void reader_free(struct reader *); /* all frames must have been given back */

/*
 * The next frame, to be given back with frame_unref(); NULL after so long,
 * when the source has ended, or when extra_fd (-1: none) becomes readable.
 */
struct frame *reader_next(struct reader *, int timeout_ms, int extra_fd);
uint64_t reader_dropped(struct reader *);
/* Throws away what waits, so that the next frame is taken after now. */
void reader_flush(struct reader *);
/* Why there is nothing: the camera's own words. */
void reader_status(struct reader *, struct camera_status *);

#endif
