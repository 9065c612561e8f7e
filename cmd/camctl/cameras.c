/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading the group cameras of printer.conf. */
#include "cameras.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/xalloc.h"
#include "camctl.h"
#include "complain.h"
#include "machine/machine.h"
#include "machine/tree.h"
#include "source-v4l2.h"

#define SYSTEM_STATE "/var/lib/gantry/cameras"

static bool
is_spec(const char *device)
{
	return strncmp(device, "/", 1) != 0;
}

static int
complain_key(const struct tree_section *s, const char *key, enum complaint what,
    struct diag_sink *sink, const char *text)
{
	const struct tree_entry *e = tree_entry(s, key);

	complain(sink, what, e ? &e->place : &s->place, "camera '%s': %s",
	    s->suffix, text);
	return -1;
}

static int
read_controls(struct camera_entry *c, const struct tree_section *s,
    struct diag_sink *sink)
{
	const struct tree_entry *e = tree_entry(s, "controls");

	if (!e || e->value.type != TREE_LIST)
		return 0;
	for (uint32_t i = 0; i < e->value.list.n; i++) {
		const struct tree_value *v = &e->value.list.item[i];

		if (v->type != TREE_STRING ||
		    settings_parse(&c->controls, v->s, ""))
			return complain_key(s, "controls", BAD_CAMERA, sink,
			    "a control is \"NAME=VALUE\"");
	}
	return 0;
}

static int
read_entry(struct camera_entry *c, const struct tree_section *s,
    struct diag_sink *sink)
{
	const char *device = tree_string(s, "device", NULL);
	const char *size = tree_string(s, "resolution", NULL);
	const char *format = tree_string(s, "format", "auto");

	c->name = s->suffix;
	c->place = s->place;
	if (!camera_name_ok(c->name))
		return complain_key(s, "name", BAD_CAMERA, sink,
		    "a name is letters, digits, '-' and '_', at most 32");
	if (device && is_spec(device))
		c->spec = device;
	else
		c->match.device = device;
	c->match.usb_id = tree_string(s, "usb_id", NULL);
	c->match.serial = tree_string(s, "serial", NULL);
	c->match.port = tree_string(s, "port", NULL);
	c->match.model = tree_string(s, "model", NULL);
	if (!c->spec && device_match_empty(&c->match))
		return complain_key(s, "device", BAD_CAMERA, sink,
		    "say which: device, usb_id, serial, port or model; "
		    "'camctl list' tells");
	c->want.fps = tree_double(s, "fps", 15);
	c->want.pixel = pixel_by_name(format);
	c->quality = tree_int(s, "quality", 80);
	c->http_port = tree_int(s, "http_port", 0);
	if (size && source_parse_size(
			size, strlen(size), &c->want.width, &c->want.height))
		return complain_key(s, "resolution", BAD_CAMERA, sink,
		    "a resolution is WIDTHxHEIGHT, as \"1280x720\"");
	return read_controls(c, s, sink);
}

static int
read_all(struct cameras *cs, struct diag_sink *sink)
{
	const struct tree_section *s = NULL;
	int e = 0;

	while ((s = tree_next(cs->tree, s, "cameras"))) {
		if (!s->suffix)
			continue;
		if (cs->n == CAMERAS_MAX)
			return complain_key(s, "device", BAD_CAMERA, sink,
			    "more than 16 cameras");
		e |= read_entry(&cs->v[cs->n++], s, sink);
	}
	return e;
}

int
cameras_load(struct cameras *cs, const char *path, struct diag_sink *sink)
{
	/* no configuration at all is fine: a camera may be given on the line */
	struct diag_sink quiet = {.emit = diag_ignore};
	char *found = machine_find_config(path, &quiet);

	memset(cs, 0, sizeof(*cs));
	if (!found)
		return 0;
	/* a file of nothing but cameras will do: no machine is needed */
	cs->tree = tree_load(found, TREE_AS_GIVEN, sink);
	free(found);
	if (cs->tree && read_all(cs, sink) == 0)
		return 0;
	cameras_release(cs);
	return -1;
}

void
cameras_release(struct cameras *cs)
{
	for (int i = 0; i < cs->n; i++)
		settings_release(&cs->v[i].controls);
	if (cs->tree)
		tree_free(cs->tree);
	cs->tree = NULL;
	cs->n = 0;
}

const struct camera_entry *
cameras_find(const struct cameras *cs, const char *name)
{
	for (int i = 0; i < cs->n; i++)
		if (strcmp(cs->v[i].name, name) == 0)
			return &cs->v[i];
	return NULL;
}

static bool
same_text(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

static bool
same_settings(const struct settings *a, const struct settings *b)
{
	if (a->n != b->n)
		return false;
	for (int i = 0; i < a->n; i++)
		if (strcmp(a->v[i].key, b->v[i].key) != 0 ||
		    strcmp(a->v[i].value, b->v[i].value) != 0)
			return false;
	return true;
}

bool
cameras_same(const struct camera_entry *a, const struct camera_entry *b)
{
	return same_text(a->spec, b->spec) &&
	       same_text(a->match.device, b->match.device) &&
	       same_text(a->match.usb_id, b->match.usb_id) &&
	       same_text(a->match.serial, b->match.serial) &&
	       same_text(a->match.port, b->match.port) &&
	       same_text(a->match.model, b->match.model) &&
	       a->want.width == b->want.width &&
	       a->want.height == b->want.height &&
	       a->want.pixel == b->want.pixel &&
	       !(a->want.fps < b->want.fps || a->want.fps > b->want.fps) &&
	       a->quality == b->quality &&
	       same_settings(&a->controls, &b->controls);
}

struct source *
cameras_source(const struct camera_entry *c, struct buf *why)
{
	struct source *s;
	char *saved;

	if (c->spec)
		return source_new(c->spec, why);
	saved = cameras_saved_path(c->name);
	s = source_v4l2_new(&c->match, &c->controls, saved);
	free(saved);
	return s;
}

char *
cameras_saved_path(const char *name)
{
	const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
	struct buf path = BUF_INIT;

	if (access(SYSTEM_STATE, W_OK) == 0)
		buf_adds(&path, SYSTEM_STATE);
	else if (state && *state)
		buf_addf(&path, "%s/gantry/cameras", state);
	else if (home && *home)
		buf_addf(&path, "%s/.local/state/gantry/cameras", home);
	else
		return NULL;
	buf_addf(&path, "/%s.controls", name);
	return buf_detach(&path);
}

char *
cameras_socket_path(void)
{
	const char *run = getenv("XDG_RUNTIME_DIR");
	struct buf path = BUF_INIT;

	if (access("/run/gantry", W_OK) == 0)
		buf_adds(&path, "/run/gantry/camctl.sock");
	else if (run && *run)
		buf_addf(&path, "%s/gantry-camctl.sock", run);
	else
		return NULL;
	return buf_detach(&path);
}
