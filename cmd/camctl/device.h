/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The video devices of this machine, and what of them stays the same. */
#ifndef GANTRY_CAMCTL_DEVICE_H
#define GANTRY_CAMCTL_DEVICE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

/*
 * One camera may have several nodes (pictures, metadata); only those that give
 * pictures count.  Whether one does is told by its own capabilities, never by
 * its number or index.
 */
enum device_kind {
	DEVICE_CAPTURE,
	DEVICE_METADATA,
	DEVICE_OTHER,	/* codecs, outputs, radios */
	DEVICE_UNKNOWN, /* may not be opened: see error */
};

struct device {
	char node[64]; /* "/dev/video0" */
	char card[64]; /* "HD Pro Webcam C920" */
	char driver[32];
	char port[80];		       /* bus_info: "usb-0000:00:14.0-2" */
	char usb_id[16];	       /* "046d:0825"; "" if not on USB */
	char serial[64];	       /* "" if it has none */
	int index;		       /* among the nodes of one camera */
	char by_id[256], by_path[256]; /* links that udev made, or "" */
	enum device_kind kind;
	int error; /* errno of opening it */
};

struct devices {
	struct device *v;
	int n;
};

/* What the system says now; sysfs and dev are "/sys" and "/dev" but in
 * tests.  Sorted by node number. */
void devices_scan(struct devices *, const char *sysfs, const char *dev);
void devices_release(struct devices *);

/* How to call a camera for good: fills out with "serial=...", "port=..." in
 * the words of the configuration, whichever alone tells it from the others. */
void device_identity(
    const struct devices *, const struct device *, struct buf *out);

/* Another camera has the same make, model and serial: by-id cannot tell. */
bool device_has_twin(const struct devices *, const struct device *);

/* What must hold; NULL: anything. */
struct device_match {
	const char *device; /* a path below /dev, or a link to one */
	const char *usb_id, *serial, *port, *model;
};

/* How that is said in a message: "serial 'A1'". */
void device_match_text(const struct device_match *, struct buf *out);
bool device_match_empty(const struct device_match *);

/*
 * The one camera that matches.  NULL: why says that it is not there, or which
 * ones it could be; it never guesses.
 */
const struct device *device_find(
    const struct devices *, const struct device_match *, struct buf *why);

/* "pid 123 (ustreamer)" of those that hold the node open, as far as /proc
 * lets us see; our own process is left out. */
void device_holders(const char *node, struct buf *out);

#endif
