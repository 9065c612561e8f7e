/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Capture: format, rate, buffers; the newest picture of those that wait. */
#include "source-v4l2.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/xalloc.h"
#include "v4l2.h"

enum {
	BUFFERS = 4,
	MODES_MAX = 64,
	/* a camera that asks for too much of the bus is asked for less */
	TRIES = 4,
};

struct v4l2_source {
	struct source base;
	struct device_match match;
	struct settings set;
	char *saved;
	struct memory {
		void *at;
		size_t len;
	} buffer[BUFFERS][PLANES_MAX];
	int n_buffers;
	int held;      /* index lent out, -1: none */
	uint32_t type; /* of buffers: of one plane, or of several */
	enum pixel pixel;
	int width, height, stride[PLANES_MAX];
	int n_planes; /* pieces of memory of a buffer */
	char node[64];
};

static struct v4l2_source *
self(struct source *s)
{
	return (struct v4l2_source *)s;
}

/* A buffer as the kernel wants it described. */
struct lent {
	struct v4l2_buffer b;
	struct v4l2_plane plane[PLANES_MAX];
};

static bool
has_planes(const struct v4l2_source *v)
{
	return v->type == V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE;
}

static struct v4l2_buffer *
describe(const struct v4l2_source *v, struct lent *l, uint32_t index)
{
	memset(l, 0, sizeof(*l));
	l->b.index = index;
	l->b.type = v->type;
	l->b.memory = V4L2_MEMORY_MMAP;
	if (has_planes(v)) {
		l->b.m.planes = l->plane;
		l->b.length = (uint32_t)v->n_planes;
	}
	return &l->b;
}

/* ---- negotiating ---- */

/* what the driver made of the format: it does not refuse, it substitutes */
static uint32_t
read_format(struct v4l2_source *v, const struct v4l2_format *f)
{
	const struct v4l2_pix_format_mplane *m = &f->fmt.pix_mp;
	const struct v4l2_pix_format *p = &f->fmt.pix;
	uint32_t fourcc = has_planes(v) ? m->pixelformat : p->pixelformat;
	uint32_t row =
	    has_planes(v) ? m->plane_fmt[0].bytesperline : p->bytesperline;

	v->width = (int)(has_planes(v) ? m->width : p->width);
	v->height = (int)(has_planes(v) ? m->height : p->height);
	v->pixel = v4l2_pixel(fourcc);
	v->n_planes = pixel_planes(v->pixel);
	if (has_planes(v) ? m->num_planes != v->n_planes : v->n_planes > 1)
		v->pixel = PIX_NONE;
	v->stride[0] = row ? (int)row : pixel_stride(v->pixel, v->width);
	for (int i = 1; i < v->n_planes && v->pixel != PIX_NONE; i++) {
		row = m->plane_fmt[i].bytesperline;
		v->stride[i] =
		    row ? (int)row : pixel_more_stride(v->pixel, v->stride[0]);
	}
	return fourcc;
}

static int
set_format(struct v4l2_source *v, const struct v4l2_mode *m,
    const struct source_want *want, struct buf *why)
{
	struct v4l2_format f = {.type = v->type};
	/* a range of sizes gives what was asked for */
	int w = m->range && want->width ? want->width : m->width;
	int h = m->range && want->height ? want->height : m->height;
	uint32_t fourcc;

	if (has_planes(v)) {
		f.fmt.pix_mp.pixelformat = m->fourcc;
		f.fmt.pix_mp.width = (uint32_t)w;
		f.fmt.pix_mp.height = (uint32_t)h;
		f.fmt.pix_mp.num_planes =
		    (uint8_t)pixel_planes(v4l2_pixel(m->fourcc));
	} else {
		f.fmt.pix.pixelformat = m->fourcc;
		f.fmt.pix.width = (uint32_t)w;
		f.fmt.pix.height = (uint32_t)h;
	}
	if (v4l2_call(v->base.fd, VIDIOC_S_FMT, &f)) {
		if (errno == EBUSY) {
			struct buf who = BUF_INIT;

			device_holders(v->node, &who);
			buf_addf(why, "%s is in use%s%s", v->node,
			    who.len ? " by " : "", who.len ? who.data : "");
			buf_release(&who);
		} else {
			buf_addf(why, "%s: format refused: %s", v->node,
			    strerror(errno));
		}
		return -1;
	}
	fourcc = read_format(v, &f);
	if (v->pixel == PIX_NONE) {
		buf_addf(why, "%s: wants to give %.4s instead", v->node,
		    (const char *)&fourcc);
		return -1;
	}
	return 0;
}

/* after the format, which may reset it; before the buffers, since most
 * drivers refuse it later */
static double
set_rate(struct v4l2_source *v, double fps)
{
	struct v4l2_streamparm p = {.type = v->type};
	struct v4l2_fract *t = &p.parm.capture.timeperframe;

	if (v4l2_call(v->base.fd, VIDIOC_G_PARM, &p) ||
	    !(p.parm.capture.capability & V4L2_CAP_TIMEPERFRAME))
		return 0;
	if (fps > 0) {
		t->numerator = 1000;
		t->denominator = (uint32_t)(fps * 1000 + 0.5);
		v4l2_call(v->base.fd, VIDIOC_S_PARM, &p);
	}
	return t->numerator ? (double)t->denominator / t->numerator : 0;
}

/* the pieces of one buffer; what was mapped before one failed is counted */
static int
map_planes(struct v4l2_source *v, const struct lent *l, struct memory *m)
{
	for (int i = 0; i < v->n_planes; i++) {
		bool apart = has_planes(v);
		size_t len = apart ? l->plane[i].length : l->b.length;
		uint32_t from =
		    apart ? l->plane[i].m.mem_offset : l->b.m.offset;
		void *at = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED,
		    v->base.fd, from);

		if (at == MAP_FAILED)
			return -1;
		m[i] = (struct memory){at, len};
	}
	return 0;
}

static int
map_buffers(struct v4l2_source *v, struct buf *why)
{
	struct v4l2_requestbuffers r = {
	    .count = BUFFERS, .type = v->type, .memory = V4L2_MEMORY_MMAP};

	memset(v->buffer, 0, sizeof(v->buffer));
	if (v4l2_call(v->base.fd, VIDIOC_REQBUFS, &r)) {
		buf_addf(why, "%s: %s", v->node,
		    errno == EBUSY ? "somebody else streams from it"
				   : strerror(errno));
		return -1;
	}
	for (uint32_t i = 0; i < r.count && i < BUFFERS; i++) {
		struct lent l;
		struct v4l2_buffer *b = describe(v, &l, i);

		v->n_buffers++;
		if (v4l2_call(v->base.fd, VIDIOC_QUERYBUF, b) ||
		    map_planes(v, &l, v->buffer[i]) ||
		    v4l2_call(v->base.fd, VIDIOC_QBUF, b)) {
			buf_addf(
			    why, "%s: buffers: %s", v->node, strerror(errno));
			return -1;
		}
	}
	return 0;
}

static void
unmap_buffers(struct v4l2_source *v)
{
	struct v4l2_requestbuffers r = {
	    .count = 0, .type = v->type, .memory = V4L2_MEMORY_MMAP};

	for (int i = 0; i < v->n_buffers; i++)
		for (int k = 0; k < PLANES_MAX && v->buffer[i][k].at; k++)
			munmap(v->buffer[i][k].at, v->buffer[i][k].len);
	if (v->n_buffers)
		v4l2_call(v->base.fd, VIDIOC_REQBUFS, &r);
	v->n_buffers = 0;
	v->held = -1;
}

static int
stream_on(struct v4l2_source *v, double fps, struct buf *why)
{
	int type = (int)v->type;

	if (v4l2_call(v->base.fd, VIDIOC_STREAMON, &type) == 0)
		return 0;
	if (errno == ENOSPC)
		buf_addf(why,
		    "%s: too much for the USB bus: %dx%d at %g a second; "
		    "lower resolution or max_fps, or use a port of another "
		    "controller",
		    v->node, v->width, v->height, fps);
	else
		buf_addf(
		    why, "%s: does not start: %s", v->node, strerror(errno));
	return -1;
}

/* ---- opening ---- */

/* the next try asks for less: first of the rate, then of the size */
static bool
ask_for_less(struct source_want *want, const struct v4l2_source *v)
{
	double fps = want->fps > 0 ? want->fps : 15;

	if (fps > 5) {
		want->fps = fps / 2 < 5 ? 5 : fps / 2;
		return true;
	}
	if (v->width <= 320)
		return false;
	want->width = v->width * 2 / 3;
	want->height = v->height * 2 / 3;
	return true;
}

static int
start(struct v4l2_source *v, const struct v4l2_mode *modes, int n,
    struct source_want want, struct source_got *got, struct buf *why)
{
	for (int i = 0; i < TRIES; i++) {
		const struct v4l2_mode *m;
		double fps;

		buf_clear(why);
		m = v4l2_choose(modes, n, &want, &fps, why);
		if (!m || set_format(v, m, &want, why))
			return -1;
		fps = set_rate(v, fps);
		if (map_buffers(v, why) == 0 && stream_on(v, fps, why) == 0) {
			got->fps = fps;
			return 0;
		}
		if (errno != ENOSPC || !ask_for_less(&want, v))
			return -1;
		unmap_buffers(v);
	}
	return -1;
}

/* a camera may forget when the stream starts: once more, then */
static void
apply_controls(struct v4l2_source *v)
{
	struct settings all = {NULL, 0};
	struct buf why = BUF_INIT;

	for (int i = 0; i < v->set.n; i++)
		settings_set(&all, v->set.v[i].key, v->set.v[i].value);
	if (v->saved)
		settings_load(&all, v->saved);
	controls_apply(v->base.fd, &all, &why);
	settings_release(&all);
	buf_release(&why);
}

static int
find_node(struct v4l2_source *v, struct buf *why)
{
	const struct device *d;
	struct devices ds;
	int e = -1;

	devices_scan(&ds, "/sys", "/dev");
	d = device_find(&ds, &v->match, why);
	if (d) {
		snprintf(v->node, sizeof(v->node), "%s", d->node);
		e = 0;
	}
	/* where sysfs shows nothing, as in containers, a path is all there is
	 */
	if (e && v->match.device && !ds.n &&
	    access(v->match.device, F_OK) == 0) {
		buf_clear(why);
		snprintf(v->node, sizeof(v->node), "%s", v->match.device);
		e = 0;
	}
	devices_release(&ds);
	return e;
}

static int
v4l2_source_open(struct source *s, const struct source_want *want,
    struct source_got *got, struct buf *why)
{
	struct v4l2_source *v = self(s);
	struct v4l2_capability cap;
	struct v4l2_mode *modes;
	int n, e;

	if (find_node(v, why))
		return -1;
	s->fd = v4l2_open(v->node, &cap);
	if (s->fd < 0) {
		buf_addf(why, "%s: %s%s", v->node, strerror(errno),
		    errno == EACCES ? ": be in the group 'video'" : "");
		return -1;
	}
	v->type = v4l2_type(&cap);
	apply_controls(v);
	n = v4l2_modes(s->fd, &modes, MODES_MAX);
	memset(got, 0, sizeof(*got));
	e = start(v, modes, n, *want, got, why);
	free(modes);
	if (e) {
		s->ops->close(s);
		return -1;
	}
	apply_controls(v);
	s->events = POLLIN;
	got->pixel = v->pixel;
	got->width = v->width;
	got->height = v->height;
	snprintf(got->device, sizeof(got->device), "%s", v->node);
	return 0;
}

/* ---- pictures ---- */

static void
give_back(struct v4l2_source *v, uint32_t index)
{
	struct lent l;

	v4l2_call(v->base.fd, VIDIOC_QBUF, describe(v, &l, index));
}

static int64_t
stamp_of(const struct v4l2_buffer *b)
{
	int64_t now = clock_monotonic_ns();
	int64_t ns = (int64_t)b->timestamp.tv_sec * 1000000000 +
		     (int64_t)b->timestamp.tv_usec * 1000;

	/* some stamp the end of the picture's time, in the future */
	if ((b->flags & V4L2_BUF_FLAG_TIMESTAMP_MASK) !=
		V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC ||
	    ns > now || now - ns > 1000000000)
		return now;
	return ns;
}

static enum grab
lost(const struct v4l2_source *v, struct buf *why)
{
	if (errno == ENODEV)
		buf_addf(why, "%s was unplugged", v->node);
	else
		buf_addf(why, "%s: %s", v->node, strerror(errno));
	return GRAB_LOST;
}

/* the bytes of a plane, those of a header in front left out */
static bool
plane_of(const struct v4l2_source *v, const struct lent *l, int i,
    struct picture_plane *out)
{
	const struct memory *m = &v->buffer[l->b.index][i];
	size_t at = has_planes(v) ? l->plane[i].data_offset : 0;
	size_t end = has_planes(v) ? l->plane[i].bytesused : l->b.bytesused;

	if (end > m->len || at > end || end - at < 4)
		return false;
	*out = (struct picture_plane){
	    (const uint8_t *)m->at + at, end - at, v->stride[i]};
	return true;
}

static bool
picture_of(
    const struct v4l2_source *v, const struct lent *l, struct picture *pic)
{
	struct picture_plane first;

	if (!plane_of(v, l, 0, &first))
		return false;
	*pic = (struct picture){.pixel = v->pixel,
	    .data = first.data,
	    .len = first.len,
	    .width = v->width,
	    .height = v->height,
	    .stride = first.stride,
	    .grab_ns = stamp_of(&l->b)};
	for (int i = 1; i < v->n_planes; i++)
		if (!plane_of(v, l, i, &pic->more[i - 1]))
			return false;
	return true;
}

static enum grab
v4l2_grab(struct source *s, struct picture *pic, struct buf *why)
{
	struct v4l2_source *v = self(s);
	bool broken = false;

	v->held = -1;
	for (;;) {
		struct lent l;
		struct v4l2_buffer *b = describe(v, &l, 0);
		struct picture newer;

		if (v4l2_call(s->fd, VIDIOC_DQBUF, b)) {
			if (errno == EAGAIN)
				break;
			return lost(v, why);
		}
		if (b->index >= (uint32_t)v->n_buffers)
			continue;
		if ((b->flags & V4L2_BUF_FLAG_ERROR) ||
		    !picture_of(v, &l, &newer)) {
			broken = true;
			give_back(v, b->index);
			continue;
		}
		if (v->held >= 0)
			give_back(v, (uint32_t)v->held);
		v->held = (int)b->index;
		*pic = newer;
	}
	if (v->held < 0)
		return broken ? GRAB_DAMAGED : GRAB_NOTHING;
	return GRAB_PICTURE;
}

static void
v4l2_done(struct source *s)
{
	struct v4l2_source *v = self(s);

	if (v->held >= 0)
		give_back(v, (uint32_t)v->held);
	v->held = -1;
}

/* at once, also when it was unplugged: a descriptor that stays open keeps the
 * number, and the camera comes back under another */
static void
v4l2_close(struct source *s)
{
	struct v4l2_source *v = self(s);
	int type = (int)v->type;

	if (s->fd < 0)
		return;
	v4l2_call(s->fd, VIDIOC_STREAMOFF, &type);
	unmap_buffers(v);
	close(s->fd);
	s->fd = -1;
}

static char *
copy(const char *s)
{
	return s ? xstrdup(s) : NULL;
}

static void
drop(const char *s)
{
	char *p;

	memcpy(&p, &s, sizeof(p));
	free(p);
}

static void
v4l2_free(struct source *s)
{
	struct v4l2_source *v = self(s);

	drop(v->match.device);
	drop(v->match.usb_id);
	drop(v->match.serial);
	drop(v->match.port);
	drop(v->match.model);
	settings_release(&v->set);
	free(v->saved);
	free(v);
}

static const struct source_ops ops = {
    v4l2_source_open, v4l2_grab, v4l2_done, v4l2_close, v4l2_free};

struct source *
source_v4l2_new(
    const struct device_match *m, const struct settings *set, const char *saved)
{
	struct v4l2_source *v = xcalloc(1, sizeof(*v));

	v->base = (struct source){.ops = &ops, .fd = -1};
	v->held = -1;
	v->match = (struct device_match){copy(m->device), copy(m->usb_id),
	    copy(m->serial), copy(m->port), copy(m->model)};
	for (int i = 0; set && i < set->n; i++)
		settings_set(&v->set, set->v[i].key, set->v[i].value);
	v->saved = copy(saved);
	return &v->base;
}
