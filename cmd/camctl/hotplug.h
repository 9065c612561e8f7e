/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Notice when a device file comes or goes. */
#ifndef GANTRY_CAMCTL_HOTPLUG_H
#define GANTRY_CAMCTL_HOTPLUG_H

#include <stdbool.h>

/* Watches /dev and /dev/v4l/by-*; NULL where the system has no watch for us:
 * then retrying has to do. */
struct hotplug;
struct hotplug *hotplug_new(void);
void hotplug_free(struct hotplug *);
int hotplug_fd(const struct hotplug *); /* -1 for NULL */
/* Reads what there is; true if a video device or a link was concerned. */
bool hotplug_drain(struct hotplug *);

#endif
