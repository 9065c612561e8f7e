/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Stripes of a picture into JPEGs, by several threads, and those into one. */
#include "encode.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <turbojpeg.h>
#include <unistd.h>

#include "base/xalloc.h"
#include "io/crew.h"
#include "jpeg.h"
#include "planes.h"

enum {
	SIDE_MAX = 16384,
	/*
	 * Rows of a stripe: whole rows of MCUs, and few enough that the planes
	 * of 1080p (360 kB) stay in a cache of half a megabyte on their way
	 * from being taken apart to being encoded.
	 */
	STRIPE_ROWS = 128,
	STRIPES_MAX = SIDE_MAX / STRIPE_ROWS,
	WORKERS_MAX = 4,
	/* smaller pictures are done sooner than a helper wakes up */
	SHARED_PIXELS = 640 * 360,
	HEAD_MAX = 2048, /* what TurboJPEG puts before the first scan: 623 */
};

struct worker {
	tjhandle press;
	uint8_t *tile;
	size_t cap;
};

struct encoder {
	struct crew *crew; /* of worker 0 alone until a picture is large */
	bool shared;
	struct worker worker[WORKERS_MAX];
	tjhandle unpress;
	uint8_t *rgb; /* on the way back */
	size_t rgb_cap;
	uint8_t *out; /* stripes as large as they can get; pages that are
		       * never written take no memory */
	size_t out_cap;
	/* of the picture in work */
	const struct picture *pic;
	int quality, n;
	size_t room; /* of a stripe in out */
	size_t len[STRIPES_MAX];
	atomic_int failed; /* 1 + worker */
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
	crew_free(e->crew);
	for (int i = 0; i < WORKERS_MAX; i++) {
		if (e->worker[i].press)
			tjDestroy(e->worker[i].press);
		free(e->worker[i].tile);
	}
	if (e->unpress)
		tjDestroy(e->unpress);
	free(e->rgb);
	free(e->out);
	free(e);
}

/* ---- stripes ---- */

static int
stripe_rows(const struct picture *pic, int i)
{
	int left = pic->height - i * STRIPE_ROWS;

	return left < STRIPE_ROWS ? left : STRIPE_ROWS;
}

static int
press_stripe(struct encoder *e, struct worker *w, int i)
{
	const struct picture *pic = e->pic;
	int row = i * STRIPE_ROWS, rows = stripe_rows(pic, i), r;
	unsigned char *out = e->out + (size_t)i * e->room;
	unsigned long len = e->room;
	struct planes in;

	if (pic->pixel == PIX_RGB24 || pic->pixel == PIX_BGR24) {
		r = tjCompress2(w->press,
		    pic->data + (size_t)row * (size_t)pic->stride, pic->width,
		    pic->stride, rows,
		    pic->pixel == PIX_RGB24 ? TJPF_RGB : TJPF_BGR, &out, &len,
		    TJSAMP_420, e->quality, TJFLAG_NOREALLOC | TJFLAG_FASTDCT);
	} else {
		planes_of(pic, row, rows, w->tile, &in);
		r = tjCompressFromYUVPlanes(w->press, in.p, pic->width,
		    in.stride, rows, in.grey ? TJSAMP_GRAY : TJSAMP_420, &out,
		    &len, e->quality, TJFLAG_NOREALLOC | TJFLAG_FASTDCT);
	}
	e->len[i] = len;
	return r;
}

/* of the crew, at any time several: each has its worker and its stripe */
static void
one_stripe(void *arg, int worker, int i, int turn)
{
	struct encoder *e = arg;
	struct worker *w = &e->worker[worker];
	size_t need = planes_tile_size(e->pic->width, STRIPE_ROWS);

	(void)turn;
	if (!w->press)
		w->press = tjInitCompress();
	if (w->cap < need) {
		w->tile = xrealloc(w->tile, need);
		w->cap = need;
	}
	if (!w->press || press_stripe(e, w, i))
		atomic_store(&e->failed, 1 + worker);
}

/* ---- one JPEG of them ---- */

static size_t
segment_length(const uint8_t *p)
{
	return 2 + ((size_t)p[2] << 8 | p[3]);
}

/* the offset of SOS: everything before it is tables */
static size_t
find_scan(const uint8_t *d, size_t len)
{
	struct jpeg_walk w;

	jpeg_walk_begin(&w);
	jpeg_walk_on(&w, d, len < HEAD_MAX ? len : HEAD_MAX);
	return w.first_scan;
}

static void
set_height(uint8_t *d, size_t scan, int height)
{
	for (size_t at = 2; at < scan; at += segment_length(d + at)) {
		if (d[at + 1] != 0xc0)
			continue;
		d[at + 5] = (uint8_t)(height >> 8);
		d[at + 6] = (uint8_t)height;
	}
}

/*
 * A stripe's scan begins with no memory of what was before and ends on a
 * byte: so does a restart interval (T.81, E.1.4).  Stripes of one interval
 * each, with RST markers between them, are the scan of the whole.
 */
static void
join(const struct encoder *e, struct frame *f)
{
	const struct picture *pic = e->pic;
	int mcu = pic->pixel == PIX_GREY ? 8 : 16;
	int interval = (pic->width + mcu - 1) / mcu * (STRIPE_ROWS / mcu);
	uint8_t dri[] = {
	    0xff, 0xdd, 0, 4, (uint8_t)(interval >> 8), (uint8_t)interval};
	size_t scan = find_scan(e->out, e->len[0]);
	uint8_t *p = f->data;

	memcpy(p, e->out, scan);
	set_height(p, scan, pic->height);
	p += scan;
	memcpy(p, dri, sizeof(dri));
	p += sizeof(dri);
	for (int i = 0; i < e->n; i++) {
		const uint8_t *s = e->out + (size_t)i * e->room;
		size_t at = find_scan(s, e->len[i]);

		if (i) {
			at += segment_length(s + at);
			*p++ = 0xff;
			*p++ = (uint8_t)(0xd0 + ((i - 1) & 7));
		}
		memcpy(p, s + at, e->len[i] - 2 - at);
		p += e->len[i] - 2 - at;
	}
	*p++ = 0xff;
	*p++ = 0xd9;
	f->len = (size_t)(p - f->data);
}

static void
into_frame(const struct encoder *e, struct frame *f)
{
	size_t all = HEAD_MAX;

	for (int i = 0; i < e->n; i++)
		all += e->len[i];
	frame_reserve(f, all);
	if (e->n > 1) {
		join(e, f);
	} else {
		memcpy(f->data, e->out, e->len[0]);
		f->len = e->len[0];
	}
	f->width = e->pic->width;
	f->height = e->pic->height;
}

/* ---- a picture ---- */

/* pixels that share chroma come in pairs; drivers give no odd sides */
static bool
cuts_a_pair(const struct picture *pic)
{
	if (pic->stride < pixel_stride(pic->pixel, pic->width))
		return true;
	switch (pic->pixel) {
	case PIX_GREY:
	case PIX_RGB24:
	case PIX_BGR24:
		return false;
	case PIX_NV12:
	case PIX_YU12:
	case PIX_YV12:
	case PIX_NV12M:
	case PIX_YU12M:
	case PIX_YV12M:
		return pic->width % 2 || pic->height % 2;
	default:
		return pic->width % 2;
	}
}

/* planes of their own memory: large enough, each? */
static bool
lacks_a_plane(const struct picture *pic)
{
	for (int i = 1; i < pixel_planes(pic->pixel); i++) {
		const struct picture_plane *p = &pic->more[i - 1];
		int row = pixel_more_stride(pic->pixel, pic->width);

		if (p->stride < row ||
		    p->len < (size_t)p->stride * (size_t)(pic->height / 2))
			return true;
	}
	return false;
}

static int
check_picture(const struct picture *pic, struct buf *why)
{
	if (pic->width < 1 || pic->height < 1 || pic->width > SIDE_MAX ||
	    pic->height > SIDE_MAX) {
		buf_addf(why, "a picture of %dx%d", pic->width, pic->height);
		return -1;
	}
	if (cuts_a_pair(pic)) {
		buf_addf(why, "rows of %d bytes are no %s picture of %dx%d",
		    pic->stride, pixel_name(pic->pixel), pic->width,
		    pic->height);
		return -1;
	}
	if (pic->len < pixel_size(pic->pixel, pic->stride, pic->height) ||
	    lacks_a_plane(pic)) {
		buf_addf(why, "%zu bytes are no %s picture of %dx%d", pic->len,
		    pixel_name(pic->pixel), pic->width, pic->height);
		return -1;
	}
	return 0;
}

static int
workers(void)
{
	long n = sysconf(_SC_NPROCESSORS_ONLN);

	return n < 1 ? 1 : n > WORKERS_MAX ? WORKERS_MAX : (int)n;
}

static void
prepare(struct encoder *e, const struct picture *pic, int quality)
{
	bool large = pic->width * pic->height >= SHARED_PIXELS;

	e->pic = pic;
	e->quality = quality;
	e->n = (pic->height + STRIPE_ROWS - 1) / STRIPE_ROWS;
	/* the most that TurboJPEG can make of it: no reallocation needed */
	e->room = tjBufSize(pic->width, STRIPE_ROWS, TJSAMP_420);
	if (e->out_cap < (size_t)e->n * e->room) {
		e->out_cap = (size_t)e->n * e->room;
		free(e->out);
		e->out = xmalloc(e->out_cap);
	}
	if (!e->crew || (large && !e->shared)) {
		crew_free(e->crew);
		e->crew = crew_new(large ? workers() : 1);
		e->shared = large;
	}
	atomic_store(&e->failed, 0);
}

int
encoder_jpeg(struct encoder *e, const struct picture *pic, int quality,
    struct frame *f, struct buf *why)
{
	int failed;

	if (check_picture(pic, why))
		return -1;
	prepare(e, pic, quality);
	crew_run(e->crew, one_stripe, e, e->n, 1);
	failed = atomic_load(&e->failed);
	if (failed) {
		buf_adds(why, e->worker[failed - 1].press
				  ? tjGetErrorStr2(e->worker[failed - 1].press)
				  : "TurboJPEG refuses to start");
		return -1;
	}
	into_frame(e, f);
	return 0;
}

/* ---- the way back ---- */

static size_t
planes_size(int w, int h)
{
	return (size_t)w * (size_t)h * 3 / 2;
}

/* through RGB: whatever the subsampling was, the result is 4:2:0 */
static int
unpress_rgb(struct encoder *e, const uint8_t *jpeg, size_t len, int w, int h,
    unsigned char *out[3])
{
	size_t need = (size_t)w * (size_t)h * 3;
	struct worker *self = &e->worker[0];
	int even = w & ~1;

	if (!self->press && !(self->press = tjInitCompress()))
		return -1;
	if (e->rgb_cap < need) {
		e->rgb = xrealloc(e->rgb, need);
		e->rgb_cap = need;
	}
	if (tjDecompress2(e->unpress, jpeg, len, e->rgb, w, 3 * w, h, TJPF_RGB,
		TJFLAG_FASTDCT))
		return -1;
	return tjEncodeYUVPlanes(self->press, e->rgb, even, 3 * w, h & ~1,
	    TJPF_RGB, out, (int[]){even, even / 2, even / 2}, TJSAMP_420, 0);
}

int
encoder_planes(struct encoder *e, const uint8_t *jpeg, size_t len,
    struct buf *out, int *width, int *height, struct buf *why)
{
	unsigned char *plane[3];
	int w, h, sub, colour, r;
	size_t y;

	if (!e->unpress && !(e->unpress = tjInitDecompress())) {
		buf_adds(why, "TurboJPEG refuses to start");
		return -1;
	}
	if (tjDecompressHeader3(e->unpress, jpeg, len, &w, &h, &sub, &colour) ||
	    w < 2 || h < 2 || w > SIDE_MAX || h > SIDE_MAX) {
		buf_adds(why, tjGetErrorStr2(e->unpress));
		return -1;
	}
	*width = w & ~1;
	*height = h & ~1;
	y = (size_t)*width * (size_t)*height;
	buf_clear(out);
	buf_grow(out, planes_size(*width, *height));
	out->len = planes_size(*width, *height);
	out->data[out->len] = '\0';
	plane[0] = (unsigned char *)out->data;
	plane[1] = plane[0] + y;
	plane[2] = plane[1] + y / 4;
	/* what is 4:2:0 already has nothing to lose on a way through RGB */
	if (sub == TJSAMP_420 && w == *width && h == *height)
		r = tjDecompressToYUVPlanes(e->unpress, jpeg, len, plane, w,
		    (int[]){w, w / 2, w / 2}, h, TJFLAG_FASTDCT);
	else
		r = unpress_rgb(e, jpeg, len, w, h, plane);
	if (r)
		buf_adds(why, tjGetErrorStr2(e->unpress));
	return r;
}
