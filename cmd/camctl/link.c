/* SPDX-License-Identifier: GPL-3.0-or-later */
/* camctl link: names under which a camera is always found. */
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "camctl.h"
#include "cameras.h"
#include "hotplug.h"
#include "io/signals.h"

static struct {
	const char *config, *folder;
	bool watch, udev;
} opts = {.folder = "/run/gantry/cameras"};

static const char *const synopsis[] = {
    "[-c FILE] [--folder=DIR] [--watch]", "[-c FILE] --udev-rule", NULL};

static const struct opt optv[] = {
    {OPT_STRING, 'c', "config", &opts.config, "FILE",
	"printer.conf with the cameras", 0, 0, NULL},
    {OPT_STRING, 0, "folder", &opts.folder, "DIR",
	"where the links are kept [/run/gantry/cameras]", 0, 0, NULL},
    {OPT_FLAG, 0, "watch", &opts.watch, NULL,
	"stay, and keep them as cameras come and go", 0, 0, NULL},
    {OPT_FLAG, 0, "udev-rule", &opts.udev, NULL,
	"print rules that let udev keep them as /dev/gantry/NAME", 0, 0, NULL},
    {.kind = OPT_END},
};

static const struct cli_program program = {
    .name = "camctl link",
    .purpose = "Keep a link for each configured camera",
    .synopsis = synopsis,
    .optv = optv,
};

/* ---- links ---- */

/* made beside and renamed over, so that it is never missing in between */
static int
put_link(const char *path, const char *node)
{
	char now[PATH_MAX], beside[PATH_MAX + 8];
	ssize_t n = readlink(path, now, sizeof(now) - 1);

	if (n > 0) {
		now[n] = '\0';
		if (strcmp(now, node) == 0)
			return 0;
	}
	snprintf(beside, sizeof(beside), "%s.new", path);
	unlink(beside);
	if (symlink(node, beside) || rename(beside, path))
		return -1;
	if (cli_verbosity() > 0)
		fprintf(stderr, "camctl: %s -> %s\n", path, node);
	return 0;
}

static int
keep_link(const struct camera_entry *e, const struct devices *ds, bool *all)
{
	struct buf why = BUF_INIT, path = BUF_INIT;
	const struct device *d;
	int r = 0;

	if (e->spec)
		return 0;
	buf_addf(&path, "%s/%s", opts.folder, e->name);
	d = device_find(ds, &e->match, &why);
	if (d) {
		r = put_link(path.data, d->node);
	} else {
		*all = false;
		if (unlink(path.data) && errno != ENOENT)
			r = -1;
		if (!opts.watch || cli_verbosity() > 0)
			cli_warn("%s: %s", e->name, why.data);
	}
	if (r)
		cli_warn("%s:", path.data);
	buf_release(&why);
	buf_release(&path);
	return r;
}

static enum cli_status
keep_links(const struct cameras *cs)
{
	struct devices ds;
	bool all = true;
	int e = 0;

	mkdir("/run/gantry", 0755);
	if (mkdir(opts.folder, 0755) && errno != EEXIST) {
		cli_warn("%s:", opts.folder);
		return EXIT_IO;
	}
	devices_scan(&ds, "/sys", "/dev");
	for (int i = 0; i < cs->n; i++)
		e |= keep_link(&cs->v[i], &ds, &all);
	devices_release(&ds);
	return e ? EXIT_IO : all ? EXIT_DONE : EXIT_NO;
}

/* the node comes first, its owner and links a moment later */
static enum cli_status
watch(const struct cameras *cs)
{
	struct hotplug *h = hotplug_new();
	enum cli_status status = EXIT_DONE;

	signals_begin();
	while (status != EXIT_IO && !signals_pending()) {
		struct pollfd p[2] = {{.fd = signals_fd(), .events = POLLIN},
		    {.fd = hotplug_fd(h), .events = POLLIN}};

		status = keep_links(cs);
		if (poll(p, 2, 5000) > 0 && p[1].revents)
			hotplug_drain(h);
	}
	hotplug_free(h);
	signals_raise();
	return status;
}

/* ---- udev ---- */

static void
udev_value(const char *s)
{
	for (; *s; s++) /* no quotes can stand in a value, wildcards must not */
		putchar(strchr("\"\\*?[]|", *s) ? '?' : *s);
}

static void
udev_match(const char *key, const char *value)
{
	if (!value)
		return;
	printf(", %s==\"", key);
	udev_value(value);
	printf("\"");
}

static void
print_rule(const struct camera_entry *e, const struct devices *ds)
{
	struct device_match m = e->match;
	struct buf why = BUF_INIT;
	const struct device *d = device_find(ds, &m, &why);

	if (e->spec)
		return;
	printf("# %s: ", e->name);
	why.len = 0;
	device_match_text(&m, &why);
	printf("%s\n", why.data);
	if (m.device && strncmp(m.device, "/dev/", 5) != 0) {
		printf("# that is no node of udev's\n");
		buf_release(&why);
		return;
	}
	if (m.port && (!d || !d->by_path[0])) {
		/* udev knows ports by another name, which only it can tell */
		printf("# it is not there now: plug it in and make the rules "
		       "again\n");
		buf_release(&why);
		return;
	}
	printf("SUBSYSTEM==\"video4linux\", ENV{ID_V4L_CAPABILITIES}=="
	       "\"*:capture:*\"");
	if (m.usb_id) {
		printf(", ATTRS{idVendor}==\"%.4s\", ATTRS{idProduct}==\"%s\"",
		    m.usb_id,
		    strchr(m.usb_id, ':') ? strchr(m.usb_id, ':') + 1 : "");
		udev_match("ATTRS{serial}", m.serial);
	} else {
		udev_match("ENV{ID_SERIAL_SHORT}", m.serial);
	}
	udev_match("ATTR{name}", m.model);
	if (m.port) {
		char id[256];

		/* ".../ID_PATH-video-index0" */
		snprintf(id, sizeof(id), "%s", strrchr(d->by_path, '/') + 1);
		if (strstr(id, "-video-index"))
			*strstr(id, "-video-index") = '\0';
		udev_match("ENV{ID_PATH}", id);
	}
	if (m.device)
		udev_match(strstr(m.device, "/by-") ? "SYMLINK" : "KERNEL",
		    m.device + 5);
	printf(", SYMLINK+=\"gantry/%s\"\n", e->name);
	buf_release(&why);
}

static enum cli_status
print_rules(const struct cameras *cs)
{
	struct devices ds;

	devices_scan(&ds, "/sys", "/dev");
	printf("# made by camctl link --udev-rule; put it into "
	       "/etc/udev/rules.d/85-gantry-cameras.rules\n"
	       "ACTION!=\"add|change\", GOTO=\"gantry_end\"\n");
	for (int i = 0; i < cs->n; i++)
		print_rule(&cs->v[i], &ds);
	printf("LABEL=\"gantry_end\"\n");
	devices_release(&ds);
	return EXIT_DONE;
}

int
cmd_link(int argc, char **argv)
{
	enum cli_status status;
	struct cameras cs;

	cli_parse(&program, &argc, &argv);
	if (argc)
		cli_die(EXIT_BAD_USAGE, "link takes no operand '%s'", argv[0]);
	if (cameras_load(&cs, opts.config, cli_sink()))
		return EXIT_CONFIG;
	if (!cs.n)
		cli_die(EXIT_CONFIG, "no camera is configured");
	status = opts.udev    ? print_rules(&cs)
		 : opts.watch ? watch(&cs)
			      : keep_links(&cs);
	cameras_release(&cs);
	return status;
}
