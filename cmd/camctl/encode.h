/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Raw pictures into JPEGs: the one door to TurboJPEG. */
#ifndef GANTRY_CAMCTL_ENCODE_H
#define GANTRY_CAMCTL_ENCODE_H

#include <stdint.h>

#include "base/buf.h"
#include "frame.h"
#include "picture.h"

/* One per thread that encodes; keeps its planes between pictures. */
struct encoder;
struct encoder *encoder_new(void);
void encoder_free(struct encoder *);

/*
 * Encodes into f (data, len, width, height).  0, or -1 with a reason: a
 * picture shorter than it says, a side over 16384, or TurboJPEG's words.
 */
int encoder_jpeg(struct encoder *, const struct picture *, int quality,
    struct frame *f, struct buf *why);

/*
 * The way back, for yuv4mpeg: planes of 4:2:0 in out (its old content is
 * dropped), even sides.  0, or -1 with a reason.
 */
int encoder_planes(struct encoder *, const uint8_t *jpeg, size_t len,
    struct buf *out, int *width, int *height, struct buf *why);

#endif
