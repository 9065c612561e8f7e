/* SPDX-License-Identifier: GPL-3.0-or-later */
/* camctl list and show: every camera, what it is and what it can do. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "camctl.h"
#include "cameras.h"
#include "lang/json.h"
#include "v4l2.h"

static struct {
	const char *config;
	bool json, all;
} opts;

static const char *const list_synopsis[] = {"[-c FILE] [--all] [--json]", NULL};
static const char *const show_synopsis[] = {
    "[-c FILE] [--json] [NAME | DEVICE]", NULL};

#define CONFIG_AND_JSON                                                        \
	{OPT_STRING, 'c', "config", &opts.config, "FILE",                      \
	    "printer.conf with the cameras", 0, 0, NULL},                      \
	{                                                                      \
		OPT_FLAG, 0, "json", &opts.json, NULL,                         \
		    "for programs: one JSON document", 0, 0, NULL              \
	}

static const struct opt list_opts[] = {CONFIG_AND_JSON,
    {OPT_FLAG, 0, "all", &opts.all, NULL, "also nodes that give no pictures", 0,
	0, NULL},
    {.kind = OPT_END}};
static const struct opt show_opts[] = {CONFIG_AND_JSON, {.kind = OPT_END}};

static const struct cli_program list_program = {
    .name = "camctl list",
    .purpose = "List the cameras, and how to name them for good",
    .synopsis = list_synopsis,
    .optv = list_opts,
};
static const struct cli_program show_program = {
    .name = "camctl show",
    .purpose = "Show what a camera can do: formats, rates, controls",
    .synopsis = show_synopsis,
    .optv = show_opts,
};

static const char *
kind_name(const struct device *d)
{
	static const char *const names[] = {
	    "camera", "metadata", "no camera", "unknown"};

	return names[d->kind];
}

/* the name in the configuration whose camera this is, or NULL */
static const char *
configured_as(
    const struct cameras *cs, const struct devices *ds, const struct device *d)
{
	for (int i = 0; i < cs->n; i++) {
		struct buf why = BUF_INIT;
		const struct device *is =
		    cs->v[i].spec ? NULL
				  : device_find(ds, &cs->v[i].match, &why);

		buf_release(&why);
		if (is == d)
			return cs->v[i].name;
	}
	return NULL;
}

/* ---- text ---- */

static void
print_rates(const struct v4l2_mode *m)
{
	for (int i = 0; i < m->n_fps; i++)
		printf("%s%.4g", i ? " " : "", m->fps[i]);
	printf("\n");
}

static void
print_modes(const struct v4l2_mode *v, int n)
{
	for (int i = 0; i < n; i++) {
		if (!i || v[i].fourcc != v[i - 1].fourcc)
			printf("    %.4s (%s)%s\n", (const char *)&v[i].fourcc,
			    v[i].description,
			    v4l2_pixel(v[i].fourcc) == PIX_NONE
				? ", not usable here"
				: "");
		printf("      %dx%d%s: ", v[i].width, v[i].height,
		    v[i].range ? " and more" : "");
		print_rates(&v[i]);
	}
}

static void
print_control(int fd, const struct control *c)
{
	struct buf item = BUF_INIT;

	printf("    %-32s %-8s", c->key, control_type_name(c));
	if (c->has_value)
		printf(" %lld", (long long)c->value);
	if (c->has_value && strcmp(control_type_name(c), "menu") == 0 &&
	    control_menu_item(fd, c, c->value, &item))
		printf(" '%s'", item.data);
	if (c->has_value)
		printf("  (%lld to %lld, default %lld)", (long long)c->min,
		    (long long)c->max, (long long)c->initial);
	if (c->flags & V4L2_CTRL_FLAG_INACTIVE)
		printf(", masked by another");
	if (!control_can_set(c))
		printf(", cannot be set");
	printf("\n");
	buf_release(&item);
}

static void
print_device(
    const struct devices *ds, const struct device *d, const struct cameras *cs)
{
	const char *name = configured_as(cs, ds, d);
	struct buf id = BUF_INIT;

	printf("%s: %s%s%s%s\n", d->node, d->card[0] ? d->card : "?",
	    name ? ", configured as '" : "", name ? name : "", name ? "'" : "");
	if (d->kind != DEVICE_CAPTURE) {
		printf("  %s%s%s\n", kind_name(d), d->error ? ": " : "",
		    d->error ? strerror(d->error) : "");
		return;
	}
	device_identity(ds, d, &id);
	printf("  identity: %s\n", id.data);
	if (device_has_twin(ds, d))
		printf("  another camera has the same make and serial: only "
		       "the port tells them apart\n");
	printf("  port: %s\n", d->port);
	if (d->by_id[0])
		printf("  by id: %s\n", d->by_id);
	if (d->by_path[0])
		printf("  by path: %s\n", d->by_path);
	buf_release(&id);
}

static void
print_abilities(const struct device *d)
{
	struct v4l2_capability cap;
	struct v4l2_mode *modes;
	struct controls controls;
	int fd = v4l2_open(d->node, &cap), n;

	if (fd < 0) {
		printf("  %s\n", strerror(errno));
		return;
	}
	n = v4l2_modes(fd, &modes, 64);
	printf("  formats, with pictures a second:\n");
	print_modes(modes, n);
	controls_read(&controls, fd);
	printf("  controls:\n");
	for (int i = 0; i < controls.n; i++)
		print_control(fd, &controls.v[i]);
	controls_release(&controls);
	free(modes);
	close(fd);
}

/* ---- JSON ---- */

static void
json_modes(struct json *j, int fd)
{
	struct v4l2_mode *v;
	int n = v4l2_modes(fd, &v, 64);

	json_array(j, "modes");
	for (int i = 0; i < n; i++) {
		char fourcc[8];

		snprintf(
		    fourcc, sizeof(fourcc), "%.4s", (const char *)&v[i].fourcc);
		json_object(j, NULL);
		json_string(j, "format", fourcc);
		json_string(j, "description", v[i].description);
		json_bool(j, "usable", v4l2_pixel(v[i].fourcc) != PIX_NONE);
		json_int(j, "width", v[i].width);
		json_int(j, "height", v[i].height);
		json_array(j, "fps");
		for (int k = 0; k < v[i].n_fps; k++)
			json_fixed(j, NULL, v[i].fps[k], 3);
		json_close(j);
		json_close(j);
	}
	json_close(j);
	free(v);
}

static void
json_menu(struct json *j, int fd, const struct control *c)
{
	json_object(j, "menu");
	for (int64_t i = c->min; i <= c->max && i < c->min + 256; i++) {
		struct buf item = BUF_INIT;
		char index[24];

		snprintf(index, sizeof(index), "%lld", (long long)i);
		if (control_menu_item(fd, c, i, &item))
			json_string(j, index, item.data);
		buf_release(&item);
	}
	json_close(j);
}

static void
json_controls(struct json *j, int fd)
{
	struct controls cs;

	controls_read(&cs, fd);
	json_object(j, "controls");
	for (int i = 0; i < cs.n; i++) {
		const struct control *c = &cs.v[i];

		json_object(j, c->key);
		json_int(j, "id", c->id);
		json_string(j, "name", c->name);
		json_string(j, "type", control_type_name(c));
		json_int(j, "min", c->min);
		json_int(j, "max", c->max);
		json_int(j, "step", c->step);
		json_int(j, "default", c->initial);
		if (c->has_value)
			json_int(j, "value", c->value);
		json_bool(j, "settable", control_can_set(c));
		json_bool(
		    j, "masked", (c->flags & V4L2_CTRL_FLAG_INACTIVE) != 0);
		if (strcmp(control_type_name(c), "menu") == 0)
			json_menu(j, fd, c);
		json_close(j);
	}
	json_close(j);
	controls_release(&cs);
}

static void
json_device(struct json *j, const struct devices *ds, const struct device *d,
    const struct cameras *cs)
{
	const char *name = configured_as(cs, ds, d);
	struct v4l2_capability cap;
	int fd;

	json_object(j, NULL);
	json_string(j, "node", d->node);
	json_string(j, "kind", kind_name(d));
	if (name)
		json_string(j, "name", name);
	json_string(j, "model", d->card);
	json_string(j, "driver", d->driver);
	json_string(j, "port", d->port);
	json_string(j, "usb_id", d->usb_id);
	json_string(j, "serial", d->serial);
	json_bool(j, "has_twin", device_has_twin(ds, d));
	json_string(j, "by_id", d->by_id);
	json_string(j, "by_path", d->by_path);
	if (d->error)
		json_string(j, "error", strerror(d->error));
	fd = d->kind == DEVICE_CAPTURE ? v4l2_open(d->node, &cap) : -1;
	if (fd >= 0) {
		json_modes(j, fd);
		json_controls(j, fd);
		close(fd);
	}
	json_close(j);
}

/* ---- the commands ---- */

static void
print_all(const struct devices *ds, const struct cameras *cs,
    const struct device *only, bool abilities)
{
	struct buf out = BUF_INIT;
	struct json j;

	json_begin(&j, &out);
	json_array(&j, NULL);
	for (int i = 0; i < ds->n; i++) {
		const struct device *d = &ds->v[i];

		if ((only && d != only) ||
		    (!only && !opts.all && d->kind != DEVICE_CAPTURE &&
			d->kind != DEVICE_UNKNOWN))
			continue;
		if (opts.json) {
			json_device(&j, ds, d, cs);
			continue;
		}
		print_device(ds, d, cs);
		if (abilities && d->kind == DEVICE_CAPTURE)
			print_abilities(d);
	}
	json_close(&j);
	json_newline(&j);
	if (opts.json)
		fputs(out.data, stdout);
	buf_release(&out);
}

int
cmd_list(int argc, char **argv)
{
	struct devices ds;
	struct cameras cs;
	int n = 0;

	cli_parse(&list_program, &argc, &argv);
	if (argc)
		cli_die(EXIT_BAD_USAGE, "list takes no operand '%s'", argv[0]);
	if (cameras_load(&cs, opts.config, cli_sink()))
		return EXIT_CONFIG;
	devices_scan(&ds, "/sys", "/dev");
	for (int i = 0; i < ds.n; i++)
		n += ds.v[i].kind == DEVICE_CAPTURE;
	print_all(&ds, &cs, NULL, false);
	if (!n && !opts.json && cli_verbosity() >= 0)
		cli_warn("no camera is plugged in%s",
		    ds.n ? " that may be used; see --all" : "");
	devices_release(&ds);
	cameras_release(&cs);
	return EXIT_DONE;
}

/* a configured name, a node or a link; exits when there is none */
const struct device *
choose_device(
    const struct devices *ds, const struct cameras *cs, const char *name)
{
	struct device_match m = {.device = name};
	const struct camera_entry *e = NULL;
	struct buf why = BUF_INIT;
	const struct device *d;

	if (name && *name != '/') {
		e = cameras_find(cs, name);
		if (!e)
			cli_die(
			    EXIT_BAD_USAGE, "no camera is called '%s'", name);
		if (e->spec)
			cli_die(EXIT_BAD_USAGE,
			    "camera '%s' is '%s', no device", name, e->spec);
		m = e->match;
	}
	d = device_find(ds, &m, &why);
	if (!d)
		cli_die(EXIT_NO_DEVICE, "%s", why.data);
	return d;
}

int
cmd_show(int argc, char **argv)
{
	struct devices ds;
	struct cameras cs;

	cli_parse(&show_program, &argc, &argv);
	if (argc > 1)
		cli_die(
		    EXIT_BAD_USAGE, "one camera at a time, not '%s'", argv[1]);
	if (cameras_load(&cs, opts.config, cli_sink()))
		return EXIT_CONFIG;
	devices_scan(&ds, "/sys", "/dev");
	print_all(
	    &ds, &cs, choose_device(&ds, &cs, argc ? argv[0] : NULL), true);
	devices_release(&ds);
	cameras_release(&cs);
	return EXIT_DONE;
}
