/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Pixels as cameras lay them out, and their way into a JPEG. */
#ifndef GANTRY_CAMCTL_PICTURE_H
#define GANTRY_CAMCTL_PICTURE_H

#include <stddef.h>
#include <stdint.h>

enum pixel {
	PIX_NONE,
	PIX_MJPEG, /* a JPEG already */
	PIX_YUYV,
	PIX_YVYU,
	PIX_UYVY,
	PIX_NV12,
	PIX_YU12,
	PIX_YV12,
	PIX_GREY,
	PIX_RGB24,
	PIX_BGR24,
	/* the same with each plane in memory of its own */
	PIX_NV12M,
	PIX_YU12M,
	PIX_YV12M,
	PIX_COUNT
};

enum {
	PLANES_MAX = 3
};

/* A view of somebody's buffer, or of one for each plane. */
struct picture {
	enum pixel pixel;
	const uint8_t *data;
	size_t len;
	int width, height;
	int stride; /* bytes per row of the first plane */
	/* the planes behind the first, of layouts that keep them apart */
	struct picture_plane {
		const uint8_t *data;
		size_t len;
		int stride;
	} more[PLANES_MAX - 1];
	int64_t grab_ns; /* monotonic */
};

const char *pixel_name(enum pixel);	/* "MJPEG", "YUYV", ... */
enum pixel pixel_by_name(const char *); /* any case; PIX_NONE if unknown */
/* Bytes of a picture, or of its first plane where the others are not behind
 * it; 0 for MJPEG, where nobody knows. */
size_t pixel_size(enum pixel, int stride, int height);
int pixel_stride(enum pixel, int width);
int pixel_planes(enum pixel); /* pieces of memory: 1 to PLANES_MAX */
/* Bytes of a row of the planes behind the first, where that has stride. */
int pixel_more_stride(enum pixel, int stride);
/* The planes of chroma, wherever they are: one of pairs, or u and v. */
void picture_chroma(const struct picture *, struct picture_plane out[2]);

#endif
