/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Pictures into a film: a folder, JPEGs in a row, AVI, or through ffmpeg. */
#ifndef GANTRY_CAMCTL_FILM_H
#define GANTRY_CAMCTL_FILM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

/*
 * The name decides: "DIR/" holds frame000001.jpg ...; ".mjpeg" is JPEGs in a
 * row; ".avi" is Motion JPEG in an AVI; ".mp4", ".mkv", ".mov" and ".webm" are
 * made by ffmpeg(1), which must be installed.  Films are written when they
 * end: until then the pictures collect in a file beside, and encoding takes
 * nothing away from the print.
 */
struct film_wish {
	const char *path;
	double fps;	 /* of the film */
	double length_s; /* 0: fps decides; else so long, 5 to 60 a second */
	int repeat_last; /* pictures added at the end */
	uint32_t crf;	 /* quality of ffmpeg's encoder */
};

struct film;
/* NULL: why says what is wrong, before anything is printed. */
struct film *film_begin(const struct film_wish *, struct buf *why);
/* 0, or -1 with errno. */
int film_add(
    struct film *, const uint8_t *jpeg, size_t len, int width, int height);
uint64_t film_pictures(const struct film *);
/* 0, or -1 with a reason; what was collected is kept, and why says where. */
int film_end(struct film *, struct buf *why);

#endif
