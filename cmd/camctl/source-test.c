/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A camera that needs no camera: a running clock as YUYV pictures. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/num.h"
#include "base/xalloc.h"
#include "draw.h"
#include "source.h"

/*
 * The strip along the lower edge holds the picture's number as 32 cells,
 * white for 1, the highest bit first, so that a program can read it back.
 */
enum {
	CELLS = 32
};

struct test_source {
	struct source base;
	struct canvas canvas;
	int width, height;
	double fps;  /* of the specification */
	double rate; /* of this opening */
	int64_t start_ns;
	uint64_t seq;
	char size_text[48];
};

static struct test_source *
self(struct source *s)
{
	return (struct test_source *)s;
}

static int
test_open(struct source *s, const struct source_want *want,
    struct source_got *got, struct buf *why)
{
	struct test_source *t = self(s);

	(void)why;
	t->rate = want->fps > 0 && want->fps < t->fps ? want->fps : t->fps;
	canvas_init(&t->canvas, t->width, t->height);
	draw_fall(&t->canvas, (struct colour){70, 150, 110},
	    (struct colour){30, 136, 122});
	snprintf(t->size_text, sizeof(t->size_text), "%dx%d @ %g", t->width,
	    t->height, t->rate);
	t->start_ns = clock_monotonic_ns();
	t->seq = 0;
	s->due_ns = t->start_ns;
	*got = (struct source_got){.pixel = PIX_YUYV,
	    .width = t->canvas.width,
	    .height = t->height,
	    .fps = t->rate};
	snprintf(got->device, sizeof(got->device), "test clock");
	return 0;
}

static void
paint(struct test_source *t)
{
	const struct colour ink = {230, 128, 128}, dim = {160, 134, 120};
	const struct colour back = {44, 140, 118}, bar = {178, 60, 158};
	struct canvas *c = &t->canvas;
	int scale = c->width / 120 < 1 ? 1 : c->width / 120;
	int mid = c->height / 2, cell = c->width / CELLS & ~1;
	struct timespec now;
	struct tm tm;
	char text[64];

	clock_gettime(CLOCK_REALTIME, &now);
	localtime_r(&now.tv_sec, &tm);
	snprintf(text, sizeof(text), "%02d:%02d:%02d.%03ld", tm.tm_hour,
	    tm.tm_min, tm.tm_sec, now.tv_nsec / 1000000);
	draw_box(c, 0, mid - 10 * scale, c->width, 22 * scale, back);
	draw_text(c, (c->width - draw_text_width(scale, text)) / 2,
	    mid - 8 * scale, scale, ink, text);
	scale = scale / 3 < 1 ? 1 : scale / 3;
	snprintf(text, sizeof(text), "%s  #%llu", t->size_text,
	    (unsigned long long)t->seq);
	draw_text(c, (c->width - draw_text_width(scale, text)) / 2,
	    mid + 10 * scale, scale, dim, text);
	/* a bar that crosses the picture once a second */
	draw_box(c, 0, mid + 24 * scale, c->width, 4 * scale, back);
	draw_box(c, (int)((int64_t)c->width * (now.tv_nsec / 1000000) / 1000),
	    mid + 24 * scale, 8 * scale, 4 * scale, bar);
	for (int i = 0; cell > 0 && i < CELLS; i++)
		draw_box(c, i * cell, c->height - 16, cell, 16,
		    (struct colour){
			t->seq >> (CELLS - 1 - i) & 1 ? 235 : 16, 128, 128});
}

static enum grab
test_grab(struct source *s, struct picture *pic, struct buf *why)
{
	struct test_source *t = self(s);
	int64_t now = clock_monotonic_ns();
	double period_ns = 1e9 / t->rate;
	int64_t n;

	(void)why;
	if (now < s->due_ns)
		return GRAB_NOTHING;
	/* late by whole periods: those pictures are lost, as with a camera */
	n = (int64_t)((double)(now - t->start_ns) / period_ns);
	t->seq++;
	paint(t);
	*pic = (struct picture){.pixel = PIX_YUYV,
	    .data = t->canvas.yuyv,
	    .len = canvas_bytes(&t->canvas),
	    .width = t->canvas.width,
	    .height = t->height,
	    .stride = 2 * t->canvas.width,
	    .grab_ns = now};
	s->due_ns = t->start_ns + (int64_t)((double)(n + 1) * period_ns);
	return GRAB_PICTURE;
}

static void
test_done(struct source *s)
{
	(void)s;
}

static void
test_close(struct source *s)
{
	canvas_release(&self(s)->canvas);
}

static void
test_free(struct source *s)
{
	free(s);
}

static const struct source_ops ops = {
    test_open, test_grab, test_done, test_close, test_free};

struct source *
source_test_new(const char *spec, struct buf *why)
{
	const char *at = strchr(spec, '@');
	size_t n = at ? (size_t)(at - spec) : strlen(spec);
	struct test_source *t;
	int w, h;
	double fps = 15;

	if (source_parse_size(spec, n, &w, &h) ||
	    (at && num_parse_decimal(at + 1, strlen(at + 1), &fps)) ||
	    fps < 0.1 || fps > 240) {
		buf_addf(why,
		    "'test:%s': want test:WxH@FPS, 16x16 to 8192x8192, 0.1 to "
		    "240 a second",
		    spec);
		return NULL;
	}
	t = xcalloc(1, sizeof(*t));
	t->base =
	    (struct source){.ops = &ops, .fd = -1, .width = w, .height = h};
	t->width = w;
	t->height = h;
	t->fps = fps;
	return &t->base;
}
