/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Scanning sysfs, the nodes themselves, and the links of udev. */
#define _XOPEN_SOURCE 700 /* realpath() */

#include "device.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/num.h"
#include "base/xalloc.h"
#include "io/file.h"
#include "v4l2.h"

/* one line of a file in sysfs, without its newline; "" if there is none */
static void
read_line(const char *folder, const char *name, char *out, size_t size)
{
	char path[PATH_MAX + 64];
	ssize_t n = -1;
	int fd;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		n = file_read(fd, out, size - 1);
		close(fd);
	}
	out[n > 0 ? n : 0] = '\0';
	out[strcspn(out, "\n")] = '\0';
}

/* the USB device above a video node: the folder that has an idVendor */
static void
read_usb(const char *video, struct device *d)
{
	char link[PATH_MAX], path[PATH_MAX], vendor[8], product[8];
	char *slash;

	snprintf(link, sizeof(link), "%s/device", video);
	if (!realpath(link, path))
		return;
	for (int up = 0; up < 4; up++) {
		read_line(path, "idVendor", vendor, sizeof(vendor));
		if (vendor[0])
			break;
		slash = strrchr(path, '/');
		if (!slash || slash == path)
			return;
		*slash = '\0';
	}
	if (!vendor[0])
		return;
	read_line(path, "idProduct", product, sizeof(product));
	snprintf(d->usb_id, sizeof(d->usb_id), "%.4s:%.4s", vendor, product);
	read_line(path, "serial", d->serial, sizeof(d->serial));
}

static void
read_node(struct device *d)
{
	struct v4l2_capability cap;
	int fd = v4l2_open(d->node, &cap);

	if (fd < 0) {
		d->error = errno;
		d->kind = DEVICE_UNKNOWN;
		return;
	}
	snprintf(d->card, sizeof(d->card), "%.32s", (const char *)cap.card);
	snprintf(
	    d->driver, sizeof(d->driver), "%.16s", (const char *)cap.driver);
	snprintf(d->port, sizeof(d->port), "%.32s", (const char *)cap.bus_info);
	d->kind = v4l2_gives_pictures(fd, &cap)		    ? DEVICE_CAPTURE
		  : v4l2_caps(&cap) & V4L2_CAP_META_CAPTURE ? DEVICE_METADATA
							    : DEVICE_OTHER;
	close(fd);
}

static void
read_links(struct devices *ds, const char *dev, const char *folder, bool by_id)
{
	char path[512], link[1024], target[PATH_MAX];
	struct dirent *e;
	DIR *dir;

	snprintf(path, sizeof(path), "%s/v4l/%s", dev, folder);
	dir = opendir(path);
	while (dir && (e = readdir(dir))) {
		snprintf(link, sizeof(link), "%s/%s", path, e->d_name);
		if (e->d_name[0] == '.' || !realpath(link, target))
			continue;
		for (int i = 0; i < ds->n; i++)
			if (strcmp(ds->v[i].node, target) == 0)
				snprintf(
				    by_id ? ds->v[i].by_id : ds->v[i].by_path,
				    sizeof(ds->v[i].by_id), "%.255s", link);
	}
	if (dir)
		closedir(dir);
}

static int
number_of(const char *node)
{
	const char *p = node + strlen(node);
	int64_t n;

	while (p > node && isdigit((unsigned char)p[-1]))
		p--;
	return num_parse_int(p, strlen(p), &n) ? -1 : (int)n;
}

static int
by_number(const void *a, const void *b)
{
	const struct device *x = a, *y = b;

	return number_of(x->node) - number_of(y->node);
}

void
devices_scan(struct devices *ds, const char *sysfs, const char *dev)
{
	char path[512], video[1024], index[16];
	size_t cap = 0;
	struct dirent *e;
	DIR *dir;

	memset(ds, 0, sizeof(*ds));
	snprintf(path, sizeof(path), "%s/class/video4linux", sysfs);
	dir = opendir(path);
	while (dir && (e = readdir(dir))) {
		struct device *d;
		int64_t n;

		if (strncmp(e->d_name, "video", 5) != 0)
			continue;
		ALLOC_GROW(ds->v, (size_t)ds->n + 1, cap);
		d = memset(&ds->v[ds->n], 0, sizeof(*d));
		snprintf(
		    d->node, sizeof(d->node), "%.30s/%.30s", dev, e->d_name);
		snprintf(video, sizeof(video), "%s/%s", path, e->d_name);
		read_line(video, "name", d->card, sizeof(d->card));
		read_line(video, "index", index, sizeof(index));
		d->index = num_parse_int(index, strlen(index), &n) ? 0 : (int)n;
		read_usb(video, d);
		read_node(d);
		ds->n++;
	}
	if (dir)
		closedir(dir);
	if (ds->n)
		qsort(ds->v, (size_t)ds->n, sizeof(*ds->v), by_number);
	read_links(ds, dev, "by-id", true);
	read_links(ds, dev, "by-path", false);
}

void
devices_release(struct devices *ds)
{
	free(ds->v);
	ds->v = NULL;
	ds->n = 0;
}

/* ---- who holds it ---- */

static bool
holds(const char *pid, const char *node)
{
	char path[PATH_MAX], link[PATH_MAX + 300], target[PATH_MAX];
	bool yes = false;
	struct dirent *e;
	ssize_t n;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%.16s/fd", pid);
	dir = opendir(path);
	while (dir && !yes && (e = readdir(dir))) {
		snprintf(link, sizeof(link), "%s/%s", path, e->d_name);
		n = readlink(link, target, sizeof(target) - 1);
		if (n <= 0)
			continue;
		target[n] = '\0';
		yes = strcmp(target, node) == 0;
	}
	if (dir)
		closedir(dir);
	return yes;
}

void
device_holders(const char *node, struct buf *out)
{
	DIR *dir = opendir("/proc");
	struct dirent *e;

	while (dir && (e = readdir(dir))) {
		char folder[64], name[64];
		int64_t pid;

		if (num_parse_int(e->d_name, strlen(e->d_name), &pid) ||
		    pid == getpid() || !holds(e->d_name, node))
			continue;
		snprintf(folder, sizeof(folder), "/proc/%.16s", e->d_name);
		read_line(folder, "comm", name, sizeof(name));
		buf_addf(out, "%spid %lld (%s)", out->len ? ", " : "",
		    (long long)pid, name);
	}
	if (dir)
		closedir(dir);
}
