/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A camera for any program: preloaded, it answers the V4L2 calls on one path.
 *
 * FAKECAM_PATH is the file that is the camera; FAKECAM_MJPEG a file of JPEGs
 * of the test clock, or absent for YUYV; FAKECAM_SIZE "1920x1080";
 * FAKECAM_STAMPS a file of 8-byte slots where the time of picture n (as the
 * strip in the picture says) is written at n % 4096.  30 pictures a second. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include <linux/videodev2.h>

enum {
	BUFFERS = 8,
	SLOTS = 4096,
	CELLS = 32,
	PICTURES = 64,
};
#define PERIOD_NS 33333333LL

static int cam = -1, memory = -1;
static unsigned width, height;
static size_t room;
static uint8_t *pixels; /* all buffers */
static int64_t *stamps;
static uint8_t *file;
static size_t at[PICTURES + 1];
static unsigned n_pictures;
static int queue[BUFFERS], n_queued;
static uint64_t seq;
static int64_t start_ns;

static void *
next(const char *name)
{
	return dlsym(RTLD_NEXT, name);
}

static int64_t
now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000LL + ts.tv_nsec;
}

static int
real_open(const char *path, int flags)
{
	int (*f)(const char *, int, ...) = next("open");

	return f(path, flags);
}

static void *
real_mmap(size_t len, int prot, int fd, off_t off)
{
	void *(*f)(void *, size_t, int, int, int, off_t) = next("mmap");

	return f(NULL, len, prot, MAP_SHARED, fd, off);
}

static void
load_pictures(const char *path)
{
	int fd = real_open(path, O_RDONLY);
	struct stat st;
	size_t i = 0;

	fstat(fd, &st);
	file = real_mmap((size_t)st.st_size, PROT_READ, fd, 0);
	close(fd);
	while (n_pictures < PICTURES && i + 3 < (size_t)st.st_size) {
		if (file[i] == 0xff && file[i + 1] == 0xd8)
			at[n_pictures++] = i;
		i++;
	}
	at[n_pictures] = (size_t)st.st_size;
}

static int
begin(void)
{
	const char *jpegs = getenv("FAKECAM_MJPEG");
	int fd;

	if (pixels) /* opened again: what was made once is still there */
		return cam = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
	sscanf(getenv("FAKECAM_SIZE"), "%ux%u", &width, &height);
	/* buffers begin at pages */
	room = ((size_t)width * height * 2 + 4095) & ~(size_t)4095;
	if (jpegs && *jpegs)
		load_pictures(jpegs);
	fd = real_open(getenv("FAKECAM_STAMPS"), O_RDWR);
	stamps = real_mmap(SLOTS * 8, PROT_READ | PROT_WRITE, fd, 0);
	close(fd);
	memory = memfd_create("fakecam", MFD_CLOEXEC);
	if (ftruncate(memory, (off_t)(room * BUFFERS)))
		return -1;
	pixels = real_mmap(room * BUFFERS, PROT_READ | PROT_WRITE, memory, 0);
	for (size_t i = 0; i < room * BUFFERS; i++) /* a picture with detail */
		pixels[i] = (uint8_t)(i & 1 ? 128 + (i >> 9 & 15)
					    : (i >> 4) * 7 + (i >> 13) * 31);
	return cam = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
}

int
open(const char *path, int flags, ...)
{
	int (*f)(const char *, int, ...) = next("open");
	const char *mine = getenv("FAKECAM_PATH");
	va_list ap;
	mode_t mode;

	if (mine && strcmp(path, mine) == 0)
		return begin();
	va_start(ap, flags);
	mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(ap, mode_t) : 0;
	va_end(ap);
	return f(path, flags, mode);
}

/* the names under which programs are built to call it */
int open64(const char *, int, ...) __attribute__((alias("open")));

int
__open_2(const char *path, int flags)
{
	return open(path, flags);
}

int __open64_2(const char *, int) __attribute__((alias("__open_2")));

int
close(int fd)
{
	int (*f)(int) = next("close");

	if (fd >= 0 && fd == cam)
		cam = -1;
	return f(fd);
}

void *
mmap(void *addr, size_t len, int prot, int flags, int fd, off_t off)
{
	void *(*f)(void *, size_t, int, int, int, off_t) = next("mmap");

	return f(
	    addr, len, prot, flags, fd >= 0 && fd == cam ? memory : fd, off);
}

void *mmap64(void *, size_t, int, int, int, off_t)
    __attribute__((alias("mmap")));

/* ---- the calls ---- */

static int
fail(int e)
{
	errno = e;
	return -1;
}

static void
strip(uint8_t *p)
{
	unsigned cell = width / CELLS & ~1u;

	for (unsigned y = height - 16; y < height; y++)
		for (unsigned x = 0; x < cell * CELLS; x++)
			p[(y * width + x) * 2] =
			    seq >> (CELLS - 1 - x / cell) & 1 ? 235 : 16;
}

static int
dequeue(struct v4l2_buffer *b)
{
	uint64_t ticks;
	int64_t stamp;
	uint8_t *p;

	if (!n_queued || read(cam, &ticks, 8) != 8)
		return fail(EAGAIN);
	seq += ticks; /* those that nobody took are lost */
	b->index = (unsigned)queue[0];
	memmove(queue, queue + 1, (size_t)--n_queued * sizeof(queue[0]));
	p = pixels + b->index * room;
	stamp = start_ns + (int64_t)seq * PERIOD_NS;
	if (n_pictures) {
		unsigned i = (unsigned)(seq % n_pictures);

		b->bytesused = (unsigned)(at[i + 1] - at[i]);
		memcpy(p, file + at[i], b->bytesused);
		stamps[i + 1] = stamp; /* the clock counts from 1 */
	} else {
		b->bytesused = width * height * 2;
		strip(p);
		stamps[seq % SLOTS] = stamp;
	}
	b->flags = V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC;
	b->timestamp.tv_sec = stamp / 1000000000;
	b->timestamp.tv_usec = stamp % 1000000000 / 1000;
	b->sequence = (unsigned)seq;
	b->length = (unsigned)room;
	b->field = V4L2_FIELD_NONE;
	return 0;
}

static void
stream(int on)
{
	struct itimerspec t = {{0, PERIOD_NS}, {0, PERIOD_NS}};

	if (!on)
		memset(&t, 0, sizeof(t));
	start_ns = now_ns();
	seq = 0;
	n_queued = on ? n_queued : 0;
	timerfd_settime(cam, 0, &t, NULL);
}

static void
set_format(struct v4l2_format *f)
{
	struct v4l2_pix_format *p = &f->fmt.pix;

	p->width = width;
	p->height = height;
	p->pixelformat = n_pictures ? V4L2_PIX_FMT_MJPEG : V4L2_PIX_FMT_YUYV;
	p->bytesperline = n_pictures ? 0 : width * 2;
	p->sizeimage = (unsigned)room;
	p->field = V4L2_FIELD_NONE;
}

static int
enumerate(unsigned long request, void *arg)
{
	struct v4l2_fmtdesc *f = arg;
	struct v4l2_frmsizeenum *s = arg;
	struct v4l2_frmivalenum *v = arg;

	if (*(uint32_t *)arg > 0)
		return fail(EINVAL);
	if (request == VIDIOC_ENUM_FMT) {
		f->pixelformat =
		    n_pictures ? V4L2_PIX_FMT_MJPEG : V4L2_PIX_FMT_YUYV;
		return 0;
	}
	if (request == VIDIOC_ENUM_FRAMESIZES) {
		s->type = V4L2_FRMSIZE_TYPE_DISCRETE;
		s->discrete.width = width;
		s->discrete.height = height;
		return 0;
	}
	v->type = V4L2_FRMIVAL_TYPE_DISCRETE;
	v->discrete.numerator = 1;
	v->discrete.denominator = 30;
	return 0;
}

static int
answer(unsigned long request, void *arg)
{
	struct v4l2_capability *cap = arg;
	struct v4l2_requestbuffers *r = arg;
	struct v4l2_streamparm *parm = arg;
	struct v4l2_buffer *b = arg;

	switch (request) {
	case VIDIOC_QUERYCAP:
		memset(cap, 0, sizeof(*cap));
		memcpy(cap->card, "fakecam", 8);
		cap->capabilities = cap->device_caps =
		    V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_STREAMING;
		cap->capabilities |= V4L2_CAP_DEVICE_CAPS;
		return 0;
	case VIDIOC_ENUM_FMT:
	case VIDIOC_ENUM_FRAMESIZES:
	case VIDIOC_ENUM_FRAMEINTERVALS:
		return enumerate(request, arg);
	case VIDIOC_S_FMT:
	case VIDIOC_G_FMT:
		set_format(arg);
		return 0;
	case VIDIOC_G_PARM:
	case VIDIOC_S_PARM:
		parm->parm.capture.capability = V4L2_CAP_TIMEPERFRAME;
		parm->parm.capture.timeperframe.numerator = 1;
		parm->parm.capture.timeperframe.denominator = 30;
		return 0;
	case VIDIOC_S_INPUT:
		return 0;
	case VIDIOC_REQBUFS:
		r->count = r->count > BUFFERS ? BUFFERS : r->count;
		return 0;
	case VIDIOC_QUERYBUF:
		b->length = (unsigned)room;
		b->m.offset = (unsigned)(b->index * room);
		return 0;
	case VIDIOC_QBUF:
		if (n_queued < BUFFERS)
			queue[n_queued++] = (int)b->index;
		return 0;
	case VIDIOC_DQBUF:
		return dequeue(b);
	case VIDIOC_STREAMON:
	case VIDIOC_STREAMOFF:
		stream(request == VIDIOC_STREAMON);
		return 0;
	default:
		return fail(ENOTTY);
	}
}

int
ioctl(int fd, unsigned long request, ...)
{
	int (*f)(int, unsigned long, ...) = next("ioctl");
	va_list ap;
	void *arg;

	va_start(ap, request);
	arg = va_arg(ap, void *);
	va_end(ap);
	/* some callers hand it over as an int, with its sign */
	return fd >= 0 && fd == cam ? answer(request & 0xffffffff, arg)
				    : f(fd, request, arg);
}
