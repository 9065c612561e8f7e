/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names and sizes of pixel layouts. */
#include "picture.h"

#include <strings.h>

static const struct {
	const char *name;
	/* bytes of a row of the first plane per pixel; all bytes per that */
	int row, whole_num, whole_den;
	int planes;	/* pieces of memory */
	int chroma_den; /* a row of luma has so many times its bytes */
} layout[PIX_COUNT] = {
    [PIX_NONE] = {"none", 0, 0, 1, 1, 1},
    [PIX_MJPEG] = {"MJPEG", 0, 0, 1, 1, 1},
    [PIX_YUYV] = {"YUYV", 2, 1, 1, 1, 1},
    [PIX_YVYU] = {"YVYU", 2, 1, 1, 1, 1},
    [PIX_UYVY] = {"UYVY", 2, 1, 1, 1, 1},
    [PIX_NV12] = {"NV12", 1, 3, 2, 1, 1},
    [PIX_YU12] = {"YU12", 1, 3, 2, 1, 2},
    [PIX_YV12] = {"YV12", 1, 3, 2, 1, 2},
    [PIX_GREY] = {"GREY", 1, 1, 1, 1, 1},
    [PIX_RGB24] = {"RGB24", 3, 1, 1, 1, 1},
    [PIX_BGR24] = {"BGR24", 3, 1, 1, 1, 1},
    [PIX_NV12M] = {"NV12M", 1, 1, 1, 2, 1},
    [PIX_YU12M] = {"YU12M", 1, 1, 1, 3, 2},
    [PIX_YV12M] = {"YV12M", 1, 1, 1, 3, 2},
};

const char *
pixel_name(enum pixel p)
{
	return layout[p].name;
}

enum pixel
pixel_by_name(const char *s)
{
	for (int i = PIX_MJPEG; i < PIX_COUNT; i++)
		if (strcasecmp(s, layout[i].name) == 0)
			return (enum pixel)i;
	return PIX_NONE;
}

int
pixel_stride(enum pixel p, int width)
{
	return layout[p].row * width;
}

size_t
pixel_size(enum pixel p, int stride, int height)
{
	return (size_t)stride * (size_t)height * (size_t)layout[p].whole_num /
	       (size_t)layout[p].whole_den;
}

int
pixel_planes(enum pixel p)
{
	return layout[p].planes;
}

int
pixel_more_stride(enum pixel p, int stride)
{
	return stride / layout[p].chroma_den;
}

void
picture_chroma(const struct picture *pic, struct picture_plane out[2])
{
	enum pixel p = pic->pixel;
	int stride = pixel_more_stride(p, pic->stride);
	size_t luma = (size_t)pic->stride * (size_t)pic->height;
	size_t len = (size_t)stride * (size_t)((pic->height + 1) / 2);

	if (layout[p].planes > 1) {
		out[0] = pic->more[0];
		out[1] = pic->more[1];
	} else {
		out[0] = (struct picture_plane){pic->data + luma, len, stride};
		out[1] = (struct picture_plane){out[0].data + len, len, stride};
	}
	if (p == PIX_YV12 || p == PIX_YV12M) {
		struct picture_plane v = out[0];

		out[0] = out[1];
		out[1] = v;
	}
}
