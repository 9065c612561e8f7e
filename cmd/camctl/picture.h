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
	PIX_COUNT
};

/* A view of somebody's buffer. */
struct picture {
	enum pixel pixel;
	const uint8_t *data;
	size_t len;
	int width, height;
	int stride;	 /* bytes per row of the first plane */
	int64_t grab_ns; /* monotonic */
};

const char *pixel_name(enum pixel);	/* "MJPEG", "YUYV", ... */
enum pixel pixel_by_name(const char *); /* any case; PIX_NONE if unknown */
/* Bytes of a picture; 0 for MJPEG, where nobody knows. */
size_t pixel_size(enum pixel, int stride, int height);
int pixel_stride(enum pixel, int width);

#endif
