/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The kernel's video interface: calls that are tried again, formats. */
#ifndef GANTRY_CAMCTL_V4L2_H
#define GANTRY_CAMCTL_V4L2_H

#include <stdbool.h>
#include <stdint.h>

#include <linux/videodev2.h>

#include "picture.h"
#include "source.h"

/* ioctl(2) that goes on after EINTR. */
int v4l2_call(int fd, unsigned long request, void *arg);

/* Opens a node without blocking and asks for its capabilities; -1: errno. */
int v4l2_open(const char *node, struct v4l2_capability *);
uint32_t v4l2_caps(const struct v4l2_capability *); /* of this node */
/* V4L2_BUF_TYPE_VIDEO_CAPTURE, or _MPLANE, as image processors have it. */
uint32_t v4l2_type(const struct v4l2_capability *);
/* Has it formats for streaming capture? */
bool v4l2_gives_pictures(int fd, const struct v4l2_capability *);

/* The layouts that we can use; PIX_NONE for others. */
enum pixel v4l2_pixel(uint32_t fourcc);
uint32_t v4l2_fourcc_of(enum pixel);

/* A format that a camera offers, as list shows it. */
struct v4l2_mode {
	uint32_t fourcc;
	char description[32];
	int width, height;
	/* pictures a second, highest first; ranges give both ends */
	double fps[24];
	int n_fps;
	bool range; /* sizes between width x height and the next mode's */
};

/* All of them; the caller frees.  At most limit per pixel format. */
int v4l2_modes(int fd, struct v4l2_mode **out, int limit);

/*
 * The mode that serves what is wanted at the lowest cost: JPEGs before raw
 * pictures, the smallest size that is large enough, the slowest rate that is
 * fast enough.  NULL: why names what is offered instead.
 */
const struct v4l2_mode *v4l2_choose(const struct v4l2_mode *, int n,
    const struct source_want *, double *fps, struct buf *why);

#endif
