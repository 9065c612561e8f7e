/* SPDX-License-Identifier: GPL-3.0-or-later */
/* JPEGs in a row from a file, which is played in a loop, or from a pipe. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/num.h"
#include "base/xalloc.h"
#include "frame.h"
#include "io/file.h"
#include "jpeg.h"
#include "source.h"

enum {
	CHUNK = 65536
};

struct mjpeg_source {
	struct source base;
	char *path;
	double fps; /* of a file; 0 for a pipe */
	double rate;
	bool is_file;
	struct jpeg_split split;
	int64_t start_ns;
	uint64_t n, in_round;
	uint8_t chunk[CHUNK];
};

static struct mjpeg_source *
self(struct source *s)
{
	return (struct mjpeg_source *)s;
}

static int
mjpeg_open(struct source *s, const struct source_want *want,
    struct source_got *got, struct buf *why)
{
	struct mjpeg_source *m = self(s);
	bool standard = strcmp(m->path, "-") == 0;
	struct stat st;

	/* a FIFO that nobody writes to yet must not hold this thread */
	s->fd = standard ? STDIN_FILENO
			 : open(m->path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (s->fd < 0 || fstat(s->fd, &st)) {
		buf_addf(why, "%s: %s", m->path, strerror(errno));
		return -1;
	}
	m->is_file = S_ISREG(st.st_mode) && !standard;
	m->rate = want->fps > 0 && want->fps < m->fps ? want->fps : m->fps;
	m->start_ns = clock_monotonic_ns();
	m->n = m->in_round = 0;
	jpeg_split_init(&m->split, FRAME_BYTES_MAX);
	s->due_ns = m->is_file ? m->start_ns : 0;
	s->events = m->is_file ? 0 : POLLIN;
	*got = (struct source_got){
	    .pixel = PIX_MJPEG, .fps = m->is_file ? m->rate : 0};
	snprintf(got->device, sizeof(got->device), "%s",
	    standard ? "<stdin>" : m->path);
	return 0;
}

static void
fill(struct picture *pic, const uint8_t *data, const struct jpeg_walk *walk)
{
	*pic = (struct picture){.pixel = PIX_MJPEG,
	    .data = data,
	    .len = walk->end,
	    .width = walk->width,
	    .height = walk->height,
	    .grab_ns = clock_monotonic_ns()};
}

/* the next picture of the file; at its end from the beginning */
static enum grab
from_file(struct mjpeg_source *m, struct picture *pic, struct buf *why)
{
	struct jpeg_walk walk;
	const uint8_t *data;
	ssize_t n;

	while (!jpeg_split_next(&m->split, &data, &walk)) {
		n = file_read(m->base.fd, m->chunk, CHUNK);
		if (n == 0 && m->in_round) {
			jpeg_split_release(&m->split);
			jpeg_split_init(&m->split, FRAME_BYTES_MAX);
			m->in_round = 0;
			n = lseek(m->base.fd, 0, SEEK_SET);
			if (n == 0)
				continue;
		}
		if (n <= 0) {
			buf_addf(why, "%s: %s", m->path,
			    n < 0 ? strerror(errno) : "holds no JPEG");
			return GRAB_LOST;
		}
		jpeg_split_feed(&m->split, m->chunk, (size_t)n);
	}
	m->in_round++;
	m->n++;
	fill(pic, data, &walk);
	return GRAB_PICTURE;
}

static enum grab
paced(struct mjpeg_source *m, struct picture *pic, struct buf *why)
{
	int64_t now = clock_monotonic_ns();
	double period_ns = 1e9 / m->rate;
	int64_t n = (int64_t)((double)(now - m->start_ns) / period_ns);

	if (now < m->base.due_ns)
		return GRAB_NOTHING;
	m->base.due_ns = m->start_ns + (int64_t)((double)(n + 1) * period_ns);
	return from_file(m, pic, why);
}

/* a picture from what has been read already; the newest if there are more */
static bool
newest(struct mjpeg_source *m, struct picture *pic)
{
	struct jpeg_walk walk;
	const uint8_t *data;
	bool any = false;

	while (jpeg_split_next(&m->split, &data, &walk)) {
		fill(pic, data, &walk);
		any = true;
	}
	return any;
}

static enum grab
from_pipe(struct mjpeg_source *m, struct picture *pic, struct buf *why)
{
	struct pollfd p = {.fd = m->base.fd, .events = POLLIN};
	ssize_t n;

	/* standard input is shared with others: its flags are not ours */
	if (poll(&p, 1, 0) <= 0)
		return GRAB_NOTHING;

	n = file_read(m->base.fd, m->chunk, CHUNK);
	if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
		return GRAB_NOTHING;
	if (n <= 0) {
		buf_addf(why, "%s: %s", m->path,
		    n < 0 ? strerror(errno) : "the input has ended");
		return GRAB_LOST;
	}
	jpeg_split_feed(&m->split, m->chunk, (size_t)n);
	return newest(m, pic) ? GRAB_PICTURE : GRAB_NOTHING;
}

static enum grab
mjpeg_grab(struct source *s, struct picture *pic, struct buf *why)
{
	struct mjpeg_source *m = self(s);

	return m->is_file ? paced(m, pic, why) : from_pipe(m, pic, why);
}

static void
mjpeg_done(struct source *s)
{
	(void)s;
}

static void
mjpeg_close(struct source *s)
{
	if (s->fd > STDIN_FILENO)
		close(s->fd);
	s->fd = -1;
	jpeg_split_release(&self(s)->split);
}

static void
mjpeg_free(struct source *s)
{
	free(self(s)->path);
	free(s);
}

static const struct source_ops ops = {
    mjpeg_open, mjpeg_grab, mjpeg_done, mjpeg_close, mjpeg_free};

struct source *
source_mjpeg_new(const char *spec, struct buf *why)
{
	const char *at = strrchr(spec, '@');
	struct mjpeg_source *m;
	struct stat st;
	double fps = 15;

	if (at && num_parse_decimal(at + 1, strlen(at + 1), &fps))
		at = NULL; /* part of the name */
	if (!*spec || at == spec || fps < 0.1 || fps > 240) {
		buf_addf(why,
		    "'mjpeg:%s': want mjpeg:FILE@FPS, 0.1 to 240 a second, or "
		    "mjpeg:-",
		    spec);
		return NULL;
	}
	m = xcalloc(1, sizeof(*m));
	m->base = (struct source){.ops = &ops, .fd = -1};
	m->path = xstrndup(spec, at ? (size_t)(at - spec) : strlen(spec));
	m->fps = fps;
	m->base.ends = strcmp(m->path, "-") == 0;
	m->base.never_sleeps =
	    m->base.ends || (stat(m->path, &st) == 0 && !S_ISREG(st.st_mode));
	return &m->base;
}
