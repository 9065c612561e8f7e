/* SPDX-License-Identifier: GPL-3.0-or-later */
/* inotify on the folders where cameras appear. */
#include "hotplug.h"

#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "base/xalloc.h"

#define WHAT (IN_CREATE | IN_DELETE | IN_MOVED_TO | IN_ATTRIB | IN_ONLYDIR)

struct hotplug {
	int fd;
	int dev; /* the watch on /dev */
};

/* udev makes and removes these folders as cameras come and go; adding a watch
 * that exists already changes nothing */
static void
watch_links(struct hotplug *h)
{
	inotify_add_watch(h->fd, "/dev/v4l", WHAT);
	inotify_add_watch(h->fd, "/dev/v4l/by-id", WHAT);
	inotify_add_watch(h->fd, "/dev/v4l/by-path", WHAT);
}

struct hotplug *
hotplug_new(void)
{
	struct hotplug *h;
	int fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);

	if (fd < 0)
		return NULL;
	h = xcalloc(1, sizeof(*h));
	h->fd = fd;
	h->dev = inotify_add_watch(fd, "/dev", WHAT);
	watch_links(h);
	return h;
}

void
hotplug_free(struct hotplug *h)
{
	if (!h)
		return;
	close(h->fd);
	free(h);
}

int
hotplug_fd(const struct hotplug *h)
{
	return h ? h->fd : -1;
}

bool
hotplug_drain(struct hotplug *h)
{
	union {
		struct inotify_event e;
		char bytes[4096];
	} in;
	bool ours = false;
	ssize_t n;

	while ((n = read(h->fd, &in, sizeof(in))) > 0) {
		for (ssize_t at = 0; at < n;) {
			const struct inotify_event *e =
			    (const void *)(in.bytes + at);

			if (e->wd != h->dev ||
			    (e->len && (strncmp(e->name, "video", 5) == 0 ||
					   strncmp(e->name, "v4l", 3) == 0)))
				ours = true;
			at += (ssize_t)(sizeof(*e) + e->len);
		}
	}
	if (ours)
		watch_links(h);
	return ours;
}
