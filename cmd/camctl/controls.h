/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The knobs of a camera, by name. */
#ifndef GANTRY_CAMCTL_CONTROLS_H
#define GANTRY_CAMCTL_CONTROLS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

struct control {
	uint32_t id, type, flags;
	char name[40];	   /* as the driver says it */
	char key[40];	   /* the same as a key: "exposure_time_absolute" */
	const char *alias; /* what other kernels call it, or NULL */
	int64_t min, max, step, initial, value;
	bool has_value;	   /* an integer of some kind, read */
	uint32_t elements; /* more than 1: an array */
};

struct controls {
	struct control *v;
	int n;
};

void controls_read(struct controls *, int fd);
void controls_release(struct controls *);
const struct control *controls_find(const struct controls *, const char *key);
const char *control_type_name(const struct control *);
bool control_can_set(const struct control *);

/* A menu's item; false where the menu has a hole. */
bool control_menu_item(
    int fd, const struct control *, int64_t index, struct buf *out);

/* What a control is set to: number, "true", "false", the words of a menu,
 * "default", text.  Kept as text until a camera is there to understand it. */
struct setting {
	char *key, *value;
};
struct settings {
	struct setting *v;
	int n;
};

void settings_set(struct settings *, const char *key, const char *value);
void settings_release(struct settings *);
/* lines KEY=VALUE; a file that is not there is empty: 0, or -1 with errno */
int settings_load(struct settings *, const char *path);
int settings_save(const struct settings *, const char *path);
/* "KEY=VALUE" or "KEY: VALUE", comma separated (crowsnest's v4l2ctl). */
int settings_parse(struct settings *, const char *text, const char *separators);

/*
 * One setting: 0, or -1 with a reason: unknown name (with the nearest),
 * outside its range, no such item, refused by the camera.
 */
int control_apply(int fd, const struct controls *, const char *key,
    const char *value, struct buf *why);

/*
 * All of them, switches of automatics first, since a value is refused while
 * its automatic is on.  What fails is told in why and does not stop the rest.
 * Returns how many failed.
 */
int controls_apply(int fd, const struct settings *, struct buf *why);

#endif
