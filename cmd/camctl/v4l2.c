/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a node can do, and which of it we take. */
#include "v4l2.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/xalloc.h"

int
v4l2_call(int fd, unsigned long request, void *arg)
{
	int r;

	do
		r = ioctl(fd, request, arg);
	while (r < 0 && errno == EINTR);
	return r;
}

int
v4l2_open(const char *node, struct v4l2_capability *cap)
{
	int fd = open(node, O_RDWR | O_NONBLOCK | O_CLOEXEC), e;

	if (fd < 0)
		return -1;
	memset(cap, 0, sizeof(*cap));
	if (v4l2_call(fd, VIDIOC_QUERYCAP, cap) == 0)
		return fd;
	e = errno;
	close(fd);
	errno = e;
	return -1;
}

/* capabilities is the union over all nodes of a camera: a metadata node shows
 * picture capture there, which it cannot do */
uint32_t
v4l2_caps(const struct v4l2_capability *cap)
{
	return cap->capabilities & V4L2_CAP_DEVICE_CAPS ? cap->device_caps
							: cap->capabilities;
}

uint32_t
v4l2_type(const struct v4l2_capability *cap)
{
	return v4l2_caps(cap) & V4L2_CAP_VIDEO_CAPTURE
		   ? V4L2_BUF_TYPE_VIDEO_CAPTURE
		   : V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE;
}

bool
v4l2_gives_pictures(int fd, const struct v4l2_capability *cap)
{
	struct v4l2_fmtdesc f = {.type = v4l2_type(cap)};
	uint32_t caps = v4l2_caps(cap);

	return (caps &
		   (V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_VIDEO_CAPTURE_MPLANE)) &&
	       (caps & V4L2_CAP_STREAMING) &&
	       !(caps & (V4L2_CAP_VIDEO_M2M | V4L2_CAP_VIDEO_M2M_MPLANE |
			    V4L2_CAP_IO_MC)) &&
	       v4l2_call(fd, VIDIOC_ENUM_FMT, &f) == 0;
}

static const struct {
	uint32_t fourcc;
	enum pixel pixel;
} known[] = {
    {V4L2_PIX_FMT_MJPEG, PIX_MJPEG},
    {V4L2_PIX_FMT_JPEG, PIX_MJPEG},
    {V4L2_PIX_FMT_YUYV, PIX_YUYV},
    {V4L2_PIX_FMT_UYVY, PIX_UYVY},
    {V4L2_PIX_FMT_YVYU, PIX_YVYU},
    {V4L2_PIX_FMT_NV12, PIX_NV12},
    {V4L2_PIX_FMT_YUV420, PIX_YU12},
    {V4L2_PIX_FMT_YVU420, PIX_YV12},
    {V4L2_PIX_FMT_NV12M, PIX_NV12M},
    {V4L2_PIX_FMT_YUV420M, PIX_YU12M},
    {V4L2_PIX_FMT_YVU420M, PIX_YV12M},
    {V4L2_PIX_FMT_RGB24, PIX_RGB24},
    {V4L2_PIX_FMT_BGR24, PIX_BGR24},
    {V4L2_PIX_FMT_GREY, PIX_GREY},
};

/* in the order of preference */
static int
rank(uint32_t fourcc)
{
	int i = 0;

	while (i < (int)(sizeof(known) / sizeof(known[0])) &&
	       known[i].fourcc != fourcc)
		i++;
	return i;
}

enum pixel
v4l2_pixel(uint32_t fourcc)
{
	int i = rank(fourcc);

	return i < (int)(sizeof(known) / sizeof(known[0])) ? known[i].pixel
							   : PIX_NONE;
}

uint32_t
v4l2_fourcc_of(enum pixel p)
{
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (known[i].pixel == p)
			return known[i].fourcc;
	return 0;
}

/* ---- what is offered ---- */

static double
rate(struct v4l2_fract f)
{
	return f.numerator ? (double)f.denominator / f.numerator : 0;
}

static void
add_rate(struct v4l2_mode *m, double fps)
{
	int max = (int)(sizeof(m->fps) / sizeof(m->fps[0]));

	if (m->n_fps < max && fps > 0)
		m->fps[m->n_fps++] = fps;
}

static void
read_rates(int fd, struct v4l2_mode *m)
{
	struct v4l2_frmivalenum iv = {.pixel_format = m->fourcc,
	    .width = (uint32_t)m->width,
	    .height = (uint32_t)m->height};

	for (; v4l2_call(fd, VIDIOC_ENUM_FRAMEINTERVALS, &iv) == 0;
	     iv.index++) {
		if (iv.type == V4L2_FRMIVAL_TYPE_DISCRETE) {
			add_rate(m, rate(iv.discrete));
			continue;
		}
		add_rate(m, rate(iv.stepwise.min));
		add_rate(m, rate(iv.stepwise.max));
		break;
	}
	for (int i = 1; i < m->n_fps; i++) /* highest first */
		for (int j = i; j > 0 && m->fps[j] > m->fps[j - 1]; j--) {
			double t = m->fps[j];

			m->fps[j] = m->fps[j - 1];
			m->fps[j - 1] = t;
		}
}

struct modes {
	struct v4l2_mode *v;
	size_t n, cap;
};

static void
add_mode(int fd, struct modes *all, const struct v4l2_fmtdesc *f, uint32_t w,
    uint32_t h, bool range)
{
	struct v4l2_mode *m;

	ALLOC_GROW(all->v, all->n + 1, all->cap);
	m = memset(&all->v[all->n++], 0, sizeof(*m));
	m->fourcc = f->pixelformat;
	snprintf(m->description, sizeof(m->description), "%.31s",
	    (const char *)f->description);
	m->width = (int)w;
	m->height = (int)h;
	m->range = range;
	read_rates(fd, m);
}

static void
read_sizes(int fd, struct modes *all, const struct v4l2_fmtdesc *f, int limit)
{
	struct v4l2_frmsizeenum s = {.pixel_format = f->pixelformat};

	for (; (int)s.index < limit &&
	       v4l2_call(fd, VIDIOC_ENUM_FRAMESIZES, &s) == 0;
	     s.index++) {
		if (s.type == V4L2_FRMSIZE_TYPE_DISCRETE) {
			add_mode(fd, all, f, s.discrete.width,
			    s.discrete.height, false);
			continue;
		}
		add_mode(fd, all, f, s.stepwise.min_width,
		    s.stepwise.min_height, true);
		add_mode(fd, all, f, s.stepwise.max_width,
		    s.stepwise.max_height, false);
		break;
	}
}

int
v4l2_modes(int fd, struct v4l2_mode **out, int limit)
{
	struct modes all = {NULL, 0, 0};
	struct v4l2_capability cap;
	struct v4l2_fmtdesc f;

	memset(&cap, 0, sizeof(cap));
	v4l2_call(fd, VIDIOC_QUERYCAP, &cap);
	memset(&f, 0, sizeof(f));
	f.type = v4l2_type(&cap);
	for (; f.index < 256 && v4l2_call(fd, VIDIOC_ENUM_FMT, &f) == 0;
	     f.index++)
		read_sizes(fd, &all, &f, limit);
	*out = all.v;
	return (int)all.n;
}

/* ---- choosing ---- */

static bool
usable(const struct v4l2_mode *m, const struct source_want *want)
{
	enum pixel p = v4l2_pixel(m->fourcc);

	return p != PIX_NONE && (want->pixel == PIX_NONE || p == want->pixel);
}

/* is a better than b? */
static bool
better(const struct v4l2_mode *a, const struct v4l2_mode *b, int w, int h)
{
	bool a_fits = a->width >= w && a->height >= h;
	bool b_fits = b->width >= w && b->height >= h;
	long a_size = (long)a->width * a->height;
	long b_size = (long)b->width * b->height;

	if (rank(a->fourcc) != rank(b->fourcc))
		return rank(a->fourcc) < rank(b->fourcc);
	if (a_fits != b_fits)
		return a_fits;
	return a_fits ? a_size < b_size : a_size > b_size;
}

static double
choose_rate(const struct v4l2_mode *m, double fps)
{
	double best = m->n_fps ? m->fps[0] : 0;

	for (int i = 0; i < m->n_fps; i++)
		if (m->fps[i] >= fps * 0.999)
			best = m->fps[i]; /* falling: the last that will do */
	return best;
}

const struct v4l2_mode *
v4l2_choose(const struct v4l2_mode *v, int n, const struct source_want *want,
    double *fps, struct buf *why)
{
	int w = want->width ? want->width : 1280;
	int h = want->height ? want->height : 720;
	const struct v4l2_mode *best = NULL;
	uint32_t last = 0;

	for (int i = 0; i < n; i++)
		if (usable(&v[i], want) && (!best || better(&v[i], best, w, h)))
			best = &v[i];
	if (best) {
		*fps = choose_rate(best, want->fps > 0 ? want->fps : 15);
		return best;
	}
	buf_adds(why, want->pixel ? "the format asked for is not offered; "
				  : "no format that we know; ");
	buf_adds(why, "there is");
	for (int i = 0; i < n; i++) {
		if (v[i].fourcc == last)
			continue;
		last = v[i].fourcc;
		buf_addf(why, " %.4s", (const char *)&v[i].fourcc);
	}
	return NULL;
}
