/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Pictures from a server that speaks multipart MJPEG: another camctl, or any
 * network camera without a password. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/xalloc.h"
#include "frame.h"
#include "jpeg.h"
#include "listen.h"
#include "source.h"

enum {
	CHUNK = 65536,
	HEAD_MAX = 16384,
	ANSWER_S = 2, /* a server that says nothing for so long is not there */
};

struct http_source {
	struct source base;
	char *address, *path;
	struct jpeg_split split;
	uint8_t chunk[CHUNK];
};

static struct http_source *
self(struct source *s)
{
	return (struct http_source *)s;
}

static int
ask(struct http_source *h, int fd, double fps, struct buf *why)
{
	struct timeval tv = {.tv_sec = ANSWER_S};
	struct buf req = BUF_INIT;
	ssize_t n;

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof(tv));
	buf_addf(&req, "GET %s", h->path);
	/* another camctl sends only what we want; others do not mind */
	if (fps > 0 && fps < 999)
		buf_addf(
		    &req, "%cfps=%g", strchr(h->path, '?') ? '&' : '?', fps);
	buf_addf(&req, " HTTP/1.0\r\nHost: %s\r\n\r\n",
	    strncmp(h->address, "unix:", 5) ? h->address : "localhost");
	n = send(fd, req.data, req.len, MSG_NOSIGNAL);
	if (n != (ssize_t)req.len)
		buf_addf(why, "%s: %s", h->address, strerror(errno));
	buf_release(&req);
	return n < 0 || why->len ? -1 : 0;
}

/* the status line and headers; what follows goes to the splitter */
static int
answer(struct http_source *h, int fd, struct buf *why)
{
	char head[HEAD_MAX];
	size_t len = 0;
	char *end;

	for (;;) {
		ssize_t n = recv(fd, head + len, sizeof(head) - 1 - len, 0);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			buf_addf(why, "%s: %s", h->address,
			    n ? strerror(errno) : "hung up");
			return -1;
		}
		len += (size_t)n;
		head[len] = '\0';
		end = strstr(head, "\r\n\r\n");
		if (end)
			break;
		if (len == sizeof(head) - 1) {
			buf_addf(why, "%s: not HTTP", h->address);
			return -1;
		}
	}
	if (len < 12 || strncmp(head, "HTTP/1.", 7) != 0 ||
	    strncmp(head + 8, " 200", 4) != 0) {
		head[strcspn(head, "\r\n")] = '\0';
		buf_addf(why, "%s: says '%.80s'", h->address, head);
		return -1;
	}
	end += 4;
	jpeg_split_feed(&h->split, end, len - (size_t)(end - head));
	return 0;
}

static int
http_open(struct source *s, const struct source_want *want,
    struct source_got *got, struct buf *why)
{
	struct http_source *h = self(s);
	int fd = listen_connect(h->address, why);

	if (fd < 0)
		return -1;
	jpeg_split_init(&h->split, FRAME_BYTES_MAX);
	if (ask(h, fd, want->fps, why) || answer(h, fd, why)) {
		close(fd);
		jpeg_split_release(&h->split);
		return -1;
	}
	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
	s->fd = fd;
	s->events = POLLIN;
	*got = (struct source_got){.pixel = PIX_MJPEG};
	snprintf(got->device, sizeof(got->device), "%s", h->address);
	return 0;
}

static enum grab
http_grab(struct source *s, struct picture *pic, struct buf *why)
{
	struct http_source *h = self(s);
	struct jpeg_walk walk;
	const uint8_t *data;
	bool any = false;
	ssize_t n = recv(s->fd, h->chunk, CHUNK, 0);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return GRAB_NOTHING;
	if (n <= 0) {
		buf_addf(
		    why, "%s: %s", h->address, n ? strerror(errno) : "hung up");
		return GRAB_LOST;
	}
	jpeg_split_feed(&h->split, h->chunk, (size_t)n);
	while (jpeg_split_next(&h->split, &data, &walk)) {
		*pic = (struct picture){.pixel = PIX_MJPEG,
		    .data = data,
		    .len = walk.end,
		    .width = walk.width,
		    .height = walk.height,
		    .grab_ns = clock_monotonic_ns()};
		any = true;
	}
	return any ? GRAB_PICTURE : GRAB_NOTHING;
}

static void
http_done(struct source *s)
{
	(void)s;
}

static void
http_close(struct source *s)
{
	close(s->fd);
	s->fd = -1;
	jpeg_split_release(&self(s)->split);
}

static void
http_free(struct source *s)
{
	free(self(s)->address);
	free(self(s)->path);
	free(s);
}

static const struct source_ops ops = {
    http_open, http_grab, http_done, http_close, http_free};

/* "http://ADDR:PORT[/PATH]" or "unix:SOCKET[:/PATH]" */
struct source *
source_http_new(const char *spec, struct buf *why)
{
	bool local = strncmp(spec, "unix:", 5) == 0;
	const char *at = local ? spec : spec + 7, *path;
	struct http_source *h;
	size_t n;

	if (!local && strncmp(spec, "http://", 7) != 0) {
		buf_addf(why, "'%s': want http://ADDR:PORT/PATH", spec);
		return NULL;
	}
	path = local ? strstr(spec + 5, ":/") : strchr(at, '/');
	n = path ? (size_t)(path - at) : strlen(at);
	for (const char *p = path ? path : ""; *p; p++) {
		if ((unsigned char)*p <= ' ') {
			buf_addf(why, "'%s': a blank in the path", spec);
			return NULL;
		}
	}
	h = xcalloc(1, sizeof(*h));
	h->base = (struct source){.ops = &ops, .fd = -1};
	h->address = xstrndup(at, n);
	h->path = xstrdup(!path ? "/stream" : local ? path + 1 : path);
	return &h->base;
}
