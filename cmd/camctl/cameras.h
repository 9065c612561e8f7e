/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The cameras of printer.conf. */
#ifndef GANTRY_CAMCTL_CAMERAS_H
#define GANTRY_CAMCTL_CAMERAS_H

#include "base/diag.h"
#include "camera.h"
#include "controls.h"
#include "device.h"

enum {
	CAMERAS_MAX = 16
};

struct camera_entry {
	const char *name;
	struct diag_place place;
	const char *spec; /* of a source that is no camera, or NULL */
	struct device_match match;
	struct source_want want;
	int quality;
	int http_port; /* 0: none */
	struct settings controls;
};

struct cameras {
	struct tree *tree; /* owns the texts */
	struct camera_entry v[CAMERAS_MAX];
	int n;
};

/*
 * path NULL: where every program looks; no file there is no camera, and no
 * error.  0, or -1: reported, and nothing to release.
 */
int cameras_load(struct cameras *, const char *path, struct diag_sink *);
void cameras_release(struct cameras *);
const struct camera_entry *cameras_find(
    const struct cameras *, const char *name);

/* Do both mean one source, at one rate and quality?  Ports do not count. */
bool cameras_same(const struct camera_entry *, const struct camera_entry *);

/* The source that an entry means; NULL: why says what is wrong. */
struct source *cameras_source(const struct camera_entry *, struct buf *why);

/*
 * Where settings made by hand are kept: "NAME.controls" in
 * /var/lib/gantry/cameras if that is there and writable, else in gantry/cameras
 * of the state folder.  NULL: there is no such place.  The caller frees.
 */
char *cameras_saved_path(const char *name);

/* The socket at which a server of ours answers those on this machine; the
 * caller frees. */
char *cameras_socket_path(void);

#endif
