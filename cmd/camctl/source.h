/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where pictures come from: a camera, a clock, a file, a pipe, a server. */
#ifndef GANTRY_CAMCTL_SOURCE_H
#define GANTRY_CAMCTL_SOURCE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "picture.h"

/* What is wanted of a source; it does what comes nearest. */
struct source_want {
	int width, height; /* 0: what it likes best */
	double fps;	   /* 0: as it comes */
	enum pixel pixel;  /* PIX_NONE: whichever costs least */
};

/* What came of it. */
struct source_got {
	enum pixel pixel;
	int width, height; /* 0: not known before the first picture */
	double fps;	   /* as agreed with the driver; 0: unknown */
	char device[128];  /* "/dev/video0", "the clock" */
};

enum grab {
	GRAB_PICTURE, /* *pic is filled; give it back with done() */
	GRAB_NOTHING, /* not yet */
	GRAB_DAMAGED, /* one was lost or broken; go on */
	GRAB_LOST,    /* close me: why says what happened */
};

/*
 * One thread owns a source from open() to close().  fd is watched for events,
 * due_ns (monotonic, 0: none) is when grab() is worth a call without them.
 * grab() gives the newest picture and drops older ones that waited.  why is
 * text for people, with what to do, lower case, no full stop.
 */
struct source;
struct source_ops {
	int (*open)(struct source *, const struct source_want *,
	    struct source_got *, struct buf *why);
	enum grab (*grab)(struct source *, struct picture *, struct buf *why);
	void (*done)(struct source *);
	void (*close)(struct source *);
	void (*free)(struct source *);
};

struct source {
	const struct source_ops *ops;
	int fd;
	short events;	   /* for poll(2) */
	int64_t due_ns;	   /* see above */
	bool never_sleeps; /* a pipe: must be read, or its writer stops */
	bool ends;	   /* GRAB_LOST is the end, not a loss */
	int width, height; /* where known before it is opened, else 0 */
};

/*
 * From "test:WxH@FPS", "mjpeg:FILE[@FPS]", "mjpeg:-", "http://ADDR:PORT/PATH",
 * "unix:SOCKET[:/PATH]", "/dev/...".  Cameras that are told by more than a path
 * have source_v4l2_new().  NULL: why says what is wrong with the text.
 */
struct source *source_new(const char *spec, struct buf *why);
void source_free(struct source *);

struct source *source_test_new(const char *spec, struct buf *why);
struct source *source_mjpeg_new(const char *spec, struct buf *why);
struct source *source_http_new(const char *spec, struct buf *why);

/* "1280x720": 0, or -1 */
int source_parse_size(const char *s, size_t len, int *width, int *height);

#endif
