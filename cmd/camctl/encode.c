/* SPDX-License-Identifier: GPL-3.0-or-later */
/* TurboJPEG takes planes; cameras interleave: take apart, then encode. */
#include "encode.h"

#include <stdlib.h>
#include <string.h>
#include <turbojpeg.h>

#include "base/xalloc.h"

enum {
	SIDE_MAX = 16384
};

struct encoder {
	tjhandle press, unpress;
	uint8_t *plane; /* planes taken apart, or RGB on the way back */
	size_t cap;
	uint8_t *out; /* as large as a JPEG can get; pages unused stay unused */
	size_t out_cap;
};

struct encoder *
encoder_new(void)
{
	return xcalloc(1, sizeof(struct encoder));
}

void
encoder_free(struct encoder *e)
{
	if (!e)
		return;
	if (e->press)
		tjDestroy(e->press);
	if (e->unpress)
		tjDestroy(e->unpress);
	free(e->plane);
	free(e->out);
	free(e);
}

/* What tjCompressFromYUVPlanes wants. */
struct planes {
	const unsigned char *p[3];
	int stride[3];
	int subsampling;
};

/* Where luma and the two chromas stand in two pixels of four bytes. */
static void
deinterleave(const struct picture *pic, uint8_t *y, uint8_t *u, uint8_t *v,
    int yo, int uo, int vo)
{
	int pairs = (pic->width + 1) / 2;

	for (int row = 0; row < pic->height; row++) {
		const uint8_t *s = pic->data + (size_t)row * pic->stride;

		for (int i = 0; i < pairs; i++) {
			y[2 * i] = s[4 * i + yo];
			y[2 * i + 1] = s[4 * i + yo + 2];
			u[i] = s[4 * i + uo];
			v[i] = s[4 * i + vo];
		}
		y += 2 * pairs;
		u += pairs;
		v += pairs;
	}
}

static void
interleaved(struct encoder *e, const struct picture *pic, struct planes *out)
{
	int pairs = (pic->width + 1) / 2;
	size_t half = (size_t)pairs * pic->height;
	uint8_t *y = e->plane, *u = y + 2 * half, *v = u + half;

	/* constants, so that each becomes a loop of its own */
	if (pic->pixel == PIX_UYVY)
		deinterleave(pic, y, u, v, 1, 0, 2);
	else if (pic->pixel == PIX_YVYU)
		deinterleave(pic, y, u, v, 0, 3, 1);
	else
		deinterleave(pic, y, u, v, 0, 1, 3);
	*out =
	    (struct planes){{y, u, v}, {2 * pairs, pairs, pairs}, TJSAMP_422};
}

static void
half_planar(struct encoder *e, const struct picture *pic, struct planes *out)
{
	int w = (pic->width + 1) / 2, h = (pic->height + 1) / 2;
	const uint8_t *y = pic->data;
	const uint8_t *s = y + (size_t)pic->stride * pic->height;
	uint8_t *u = e->plane, *v = u + (size_t)w * h;

	*out = (struct planes){{y, u, v}, {pic->stride, w, w}, TJSAMP_420};
	for (int row = 0; row < h; row++, s += pic->stride) {
		for (int i = 0; i < w; i++) {
			u[i] = s[2 * i];
			v[i] = s[2 * i + 1];
		}
		u += w;
		v += w;
	}
}

static void
planar(const struct picture *pic, struct planes *out)
{
	int h = (pic->height + 1) / 2, half = pic->stride / 2;
	const uint8_t *y = pic->data;
	const uint8_t *u = y + (size_t)pic->stride * pic->height;
	const uint8_t *v = u + (size_t)half * h;

	*out =
	    (struct planes){{y, u, v}, {pic->stride, half, half}, TJSAMP_420};
	if (pic->pixel == PIX_YV12) {
		out->p[1] = v;
		out->p[2] = u;
	}
}

static int
press_planes(struct encoder *e, const struct picture *pic, int quality,
    unsigned char **data, unsigned long *len)
{
	struct planes in = {{pic->data}, {pic->stride}, TJSAMP_GRAY};

	switch (pic->pixel) {
	case PIX_NV12:
		half_planar(e, pic, &in);
		break;
	case PIX_YU12:
	case PIX_YV12:
		planar(pic, &in);
		break;
	case PIX_GREY:
		break;
	default:
		interleaved(e, pic, &in);
		break;
	}
	return tjCompressFromYUVPlanes(e->press, in.p, pic->width, in.stride,
	    pic->height, in.subsampling, data, len, quality,
	    TJFLAG_NOREALLOC | TJFLAG_FASTDCT);
}

static int
press_packed(struct encoder *e, const struct picture *pic, int quality,
    unsigned char **data, unsigned long *len)
{
	return tjCompress2(e->press, pic->data, pic->width, pic->stride,
	    pic->height, pic->pixel == PIX_RGB24 ? TJPF_RGB : TJPF_BGR, data,
	    len, TJSAMP_420, quality, TJFLAG_NOREALLOC | TJFLAG_FASTDCT);
}

static int
prepare(struct encoder *e, const struct picture *pic, struct buf *why)
{
	size_t need = (size_t)(pic->width + 2) * (pic->height + 2) * 2;

	if (pic->width < 1 || pic->height < 1 || pic->width > SIDE_MAX ||
	    pic->height > SIDE_MAX) {
		buf_addf(why, "a picture of %dx%d", pic->width, pic->height);
		return -1;
	}
	if (pic->len < pixel_size(pic->pixel, pic->stride, pic->height)) {
		buf_addf(why, "%zu bytes are no %s picture of %dx%d", pic->len,
		    pixel_name(pic->pixel), pic->width, pic->height);
		return -1;
	}
	if (!e->press && !(e->press = tjInitCompress())) {
		buf_adds(why, "TurboJPEG refuses to start");
		return -1;
	}
	if (e->cap < need) {
		e->plane = xrealloc(e->plane, need);
		e->cap = need;
	}
	return 0;
}

int
encoder_jpeg(struct encoder *e, const struct picture *pic, int quality,
    struct frame *f, struct buf *why)
{
	unsigned long len;
	unsigned char *data;
	int r;

	if (prepare(e, pic, why))
		return -1;
	/* the most that TurboJPEG can make of it: no reallocation needed */
	len = tjBufSize(pic->width, pic->height, TJSAMP_422);
	if (e->out_cap < len) {
		e->out = xrealloc(e->out, len);
		e->out_cap = len;
	}
	data = e->out;
	if (pic->pixel == PIX_RGB24 || pic->pixel == PIX_BGR24)
		r = press_packed(e, pic, quality, &data, &len);
	else
		r = press_planes(e, pic, quality, &data, &len);
	if (r) {
		buf_adds(why, tjGetErrorStr2(e->press));
		return -1;
	}
	frame_reserve(f, len);
	memcpy(f->data, data, len);
	f->len = len;
	f->width = pic->width;
	f->height = pic->height;
	return 0;
}

/* through RGB: whatever the subsampling was, the result is 4:2:0 */
static int
unpress_rgb(struct encoder *e, const uint8_t *jpeg, size_t len, int w, int h,
    struct buf *why)
{
	size_t need = (size_t)w * h * 3;

	if (!e->press && !(e->press = tjInitCompress())) {
		buf_adds(why, "TurboJPEG refuses to start");
		return -1;
	}
	if (e->cap < need) {
		e->plane = xrealloc(e->plane, need);
		e->cap = need;
	}
	if (tjDecompress2(e->unpress, jpeg, len, e->plane, w, 3 * w, h,
		TJPF_RGB, TJFLAG_FASTDCT)) {
		buf_adds(why, tjGetErrorStr2(e->unpress));
		return -1;
	}
	return 0;
}

int
encoder_planes(struct encoder *e, const uint8_t *jpeg, size_t len,
    struct buf *out, int *width, int *height, struct buf *why)
{
	int w, h, sub, colour;
	size_t y, c;
	uint8_t *d;

	if (!e->unpress && !(e->unpress = tjInitDecompress())) {
		buf_adds(why, "TurboJPEG refuses to start");
		return -1;
	}
	if (tjDecompressHeader3(e->unpress, jpeg, len, &w, &h, &sub, &colour) ||
	    w < 2 || h < 2 || w > SIDE_MAX || h > SIDE_MAX) {
		buf_adds(why, tjGetErrorStr2(e->unpress));
		return -1;
	}
	if (unpress_rgb(e, jpeg, len, w, h, why))
		return -1;
	*width = w & ~1;
	*height = h & ~1;
	y = (size_t)*width * *height;
	c = y / 4;
	buf_clear(out);
	buf_grow(out, y + 2 * c);
	out->len = y + 2 * c;
	out->data[out->len] = '\0';
	d = (uint8_t *)out->data;
	return tjEncodeYUVPlanes(e->press, e->plane, *width, 3 * w, *height,
	    TJPF_RGB, (unsigned char *[]){d, d + y, d + y + c},
	    (int[]){*width, *width / 2, *width / 2}, TJSAMP_420, 0);
}
