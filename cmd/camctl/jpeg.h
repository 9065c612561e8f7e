/* SPDX-License-Identifier: GPL-3.0-or-later */
/* JPEG as bytes: where one ends, whether it is whole, and how to mend it. */
#ifndef GANTRY_CAMCTL_JPEG_H
#define GANTRY_CAMCTL_JPEG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

/*
 * A walk over the markers (ITU-T T.81 Annex B), never a decoder: cameras are
 * strangers, and the bytes only pass through.  The walk can stop for want of
 * bytes and go on later; the bytes it was shown must then still be there.
 */
enum jpeg_status {
	JPEG_WHOLE, /* .end is the offset behind EOI */
	JPEG_MORE,  /* fine so far */
	JPEG_BAD,   /* not a JPEG */
};

struct jpeg_walk {
	size_t at, end;
	bool entropy; /* inside coded data */
	bool has_frame, has_huffman, has_scan;
	/* the range of the table segments, for mending */
	size_t first_scan;  /* offset of the first SOS marker */
	bool has_thumbnail; /* an APPn holds bytes FF D8 */
	int width, height;
};

void jpeg_walk_begin(struct jpeg_walk *);
enum jpeg_status jpeg_walk_on(struct jpeg_walk *, const uint8_t *, size_t len);

/*
 * What a client may see: from SOI to EOI without padding, with the standard
 * Huffman tables if the camera left them out, without APPn segments that hold
 * another SOI (some clients split at every FF D8).  comment, if not NULL,
 * goes into a COM segment behind SOI.  out needs room for jpeg_clean_size();
 * returns the length.  w must have ended in JPEG_WHOLE on these bytes.
 */
size_t jpeg_clean_size(const struct jpeg_walk *w, const char *comment);
size_t jpeg_clean(const struct jpeg_walk *w, const uint8_t *data,
    const char *comment, uint8_t *out);

/*
 * JPEGs one after the other, with anything between them (multipart headers,
 * padding, noise).  Feed bytes as they come; jpeg_split_next() gives whole
 * pictures, valid until more is fed.  A picture over limit bytes, or bytes
 * that break off, are skipped and counted.
 */
struct jpeg_split {
	struct buf in;
	size_t taken; /* bytes of in already handed out */
	size_t limit;
	struct jpeg_walk walk;
	bool inside;
	uint64_t skipped; /* pictures given up */
};

void jpeg_split_init(struct jpeg_split *, size_t limit);
void jpeg_split_release(struct jpeg_split *);
void jpeg_split_feed(struct jpeg_split *, const void *data, size_t len);
bool jpeg_split_next(
    struct jpeg_split *, const uint8_t **data, struct jpeg_walk *walk);

#endif
