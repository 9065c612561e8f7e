/* SPDX-License-Identifier: GPL-3.0-or-later */
/* camctl set: controls, now and after every replug. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "camctl.h"
#include "cameras.h"
#include "v4l2.h"

static struct {
	const char *config;
	bool once, forget;
} opts;

static const char *const synopsis[] = {
    "[-c FILE] [--once] NAME CONTROL=VALUE ...", "[-c FILE] --forget NAME",
    NULL};

static const struct opt optv[] = {
    {OPT_STRING, 'c', "config", &opts.config, "FILE",
	"printer.conf with the cameras", 0, 0, NULL},
    {OPT_FLAG, 0, "once", &opts.once, NULL,
	"do not set it again when the camera comes back", 0, 0, NULL},
    {OPT_FLAG, 0, "forget", &opts.forget, NULL,
	"forget what was set; the configuration's controls stay", 0, 0, NULL},
    {.kind = OPT_END},
};

static const struct cli_program program = {
    .name = "camctl set",
    .purpose = "Set controls of a camera, now and after every replug",
    .synopsis = synopsis,
    .optv = optv,
};

/* the folder above the last two: gantry/cameras of the state folder */
static void
make_folders(const char *path)
{
	char folder[4096];

	snprintf(folder, sizeof(folder), "%s", path);
	for (char *p = strchr(folder + 1, '/'); p; p = strchr(p + 1, '/')) {
		*p = '\0';
		mkdir(folder, 0755);
		*p = '/';
	}
}

static enum cli_status
remember(const char *path, const struct settings *new)
{
	struct settings all = {NULL, 0};
	int e;

	if (!path) {
		cli_warn("no place to remember it: HOME is not set");
		return EXIT_IO;
	}
	make_folders(path);
	e = settings_load(&all, path);
	for (int i = 0; i < new->n; i++)
		settings_set(&all, new->v[i].key, new->v[i].value);
	if (e || settings_save(&all, path)) {
		cli_warn("%s:", path);
		settings_release(&all);
		return EXIT_IO;
	}
	settings_release(&all);
	return EXIT_DONE;
}

/* the camera decides what is right: what it refuses is not remembered */
static enum cli_status
apply(const struct device *d, const struct settings *set)
{
	struct buf why = BUF_INIT;
	struct v4l2_capability cap;
	enum cli_status status = EXIT_DONE;
	int fd = v4l2_open(d->node, &cap);

	if (fd < 0) {
		cli_warn("%s:", d->node);
		return EXIT_NO_DEVICE;
	}
	if (controls_apply(fd, set, &why)) {
		cli_warn("%s: %s", d->node, why.data);
		status = EXIT_BAD_USAGE;
	}
	close(fd);
	buf_release(&why);
	return status;
}

static enum cli_status
forget(const char *path)
{
	if (!path || (unlink(path) && errno != ENOENT)) {
		cli_warn("%s:", path ? path : "no state folder");
		return EXIT_IO;
	}
	return EXIT_DONE;
}

static enum cli_status
set_all(const struct cameras *cs, const char *name, const struct settings *set,
    const char *path)
{
	enum cli_status status;
	struct devices ds;

	devices_scan(&ds, "/sys", "/dev");
	status = apply(choose_device(&ds, cs, name), set);
	devices_release(&ds);
	if (status || opts.once || *name == '/')
		return status;
	return remember(path, set);
}

int
cmd_set(int argc, char **argv)
{
	struct settings set = {NULL, 0};
	enum cli_status status;
	struct cameras cs;
	char *path = NULL;

	cli_parse(&program, &argc, &argv);
	if (argc < 1 || (argc < 2) != opts.forget)
		cli_die(EXIT_BAD_USAGE, "want a camera and %s; see --help",
		    opts.forget ? "nothing else" : "CONTROL=VALUE");
	for (int i = 1; i < argc; i++)
		if (!strchr(argv[i], '=') || settings_parse(&set, argv[i], ""))
			cli_die(EXIT_BAD_USAGE, "'%s' is not CONTROL=VALUE",
			    argv[i]);
	if (cameras_load(&cs, opts.config, cli_sink()))
		return EXIT_CONFIG;
	if (*argv[0] != '/')
		path = cameras_saved_path(argv[0]);
	status = opts.forget ? forget(path) : set_all(&cs, argv[0], &set, path);
	free(path);
	settings_release(&set);
	cameras_release(&cs);
	return status;
}
