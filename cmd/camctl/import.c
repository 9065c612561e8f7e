/* SPDX-License-Identifier: GPL-3.0-or-later */
/* camctl import: crowsnest.conf into the group cameras of printer.conf. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/num.h"
#include "base/xalloc.h"
#include "camctl.h"
#include "complain.h"
#include "controls.h"
#include "device.h"
#include "io/file.h"
#include "source.h"

enum {
	FILE_MAX = 1 << 20,
};

static struct {
	const char *output;
} opts;

static const char *const synopsis[] = {"[-o FILE] crowsnest.conf", NULL};

static const struct opt optv[] = {
    {OPT_STRING, 'o', "output", &opts.output, "FILE",
	"where the group goes [standard output]", 0, 0, NULL},
    {.kind = OPT_END},
};

static const struct cli_program program = {
    .name = "camctl import",
    .purpose = "Turn a crowsnest.conf into cameras of printer.conf",
    .synopsis = synopsis,
    .optv = optv,
};

/* One section [cam NAME] while it is read. */
struct cam {
	char name[64];
	struct diag_place place;
	char *device, *resolution, *fps, *port, *controls;
	bool mode;
};

struct import {
	struct diag_sink *sink;
	const char *file;
	uint32_t line;
	bool in_cam, in_global;
	struct cam cam;
	struct buf out;
	int n;
};

static void
say(struct import *im, enum complaint what, const char *text, const char *word)
{
	struct diag_place at = {im->file, im->line, 1};

	complain(im->sink, what, &at, "%s '%s'", text, word);
}

static void
quoted(struct buf *out, const char *s)
{
	buf_addc(out, '"');
	for (; *s; s++) {
		if (*s == '"' || *s == '\\')
			buf_addc(out, '\\');
		buf_addc(out, *s);
	}
	buf_addc(out, '"');
}

static void
text_key(struct buf *out, const char *key, const char *value)
{
	if (!value)
		return;
	buf_addf(out, "    %s = ", key);
	quoted(out, value);
	buf_adds(out, ";\n");
}

static void
write_controls(struct import *im, struct cam *c)
{
	struct settings set = {NULL, 0};

	if (settings_parse(&set, c->controls, ",")) {
		complain(im->sink, BAD_CROWSNEST, &c->place,
		    "v4l2ctl of camera '%s' is not a list of CONTROL=VALUE",
		    c->name);
	} else if (set.n) {
		buf_adds(&im->out, "    controls = [");
		for (int i = 0; i < set.n; i++) {
			struct buf both = BUF_INIT;

			buf_addf(&both, "%s=%s", set.v[i].key, set.v[i].value);
			buf_adds(&im->out, i ? ", " : "");
			quoted(&im->out, both.data);
			buf_release(&both);
		}
		buf_adds(&im->out, "];\n");
	}
	settings_release(&set);
}

static int
number(struct import *im, struct cam *c, const char *key, const char *text,
    int64_t max, int64_t *out)
{
	if (num_parse_int(text, strlen(text), out) == 0 && *out >= 1 &&
	    *out <= max)
		return 0;
	complain(im->sink, BAD_CROWSNEST, &c->place,
	    "%s of camera '%s': '%s' is not a number from 1 to %lld", key,
	    c->name, text, (long long)max);
	return -1;
}

/* which camera: by what stays the same, where it can be known */
static void
write_device(struct import *im)
{
	const struct cam *c = &im->cam;
	const struct device *d = NULL;
	struct devices ds;

	if (strncmp(c->device, "/base/", 6) == 0)
		complain(im->sink, NOT_CARRIED, &c->place,
		    "camera '%s' is libcamera's and has no node: let "
		    "rpicam-vid --codec=mjpeg write to a pipe, and say "
		    "device = \"mjpeg:PIPE\"",
		    c->name);
	if (strncmp(c->device, "/dev/video", 10) != 0) {
		text_key(&im->out, "device", c->device);
		return;
	}
	devices_scan(&ds, "/sys", "/dev");
	for (int i = 0; i < ds.n && !d; i++)
		if (strcmp(ds.v[i].node, c->device) == 0 &&
		    ds.v[i].kind == DEVICE_CAPTURE)
			d = &ds.v[i];
	if (d) {
		buf_adds(&im->out, "    ");
		device_identity(&ds, d, &im->out);
		buf_adds(&im->out, "\n");
	} else {
		text_key(&im->out, "device", c->device);
	}
	complain(im->sink, NOT_CARRIED, &c->place,
	    "camera '%s': '%s' changes when cameras come and go; %s", c->name,
	    c->device,
	    d ? "it is known by what stays, now"
	      : "plug it in and 'camctl list' tells what stays");
	devices_release(&ds);
}

static void
end_cam(struct import *im)
{
	struct cam *c = &im->cam;
	int64_t n;
	int w, h;

	if (!im->in_cam)
		return;
	im->in_cam = false;
	if (!c->device || !*c->device) {
		complain(im->sink, BAD_CROWSNEST, &c->place,
		    "camera '%s' has no device", c->name);
	} else {
		im->n++;
		buf_addf(&im->out, "  %s: {\n", c->name);
		write_device(im);
		if (c->resolution && source_parse_size(c->resolution,
					 strlen(c->resolution), &w, &h))
			complain(im->sink, BAD_CROWSNEST, &c->place,
			    "resolution of camera '%s': '%s' is not "
			    "WIDTHxHEIGHT",
			    c->name, c->resolution);
		else
			text_key(&im->out, "resolution", c->resolution);
		if (c->fps && number(im, c, "max_fps", c->fps, 240, &n) == 0)
			buf_addf(&im->out, "    fps = %lld;\n", (long long)n);
		if (c->port && number(im, c, "port", c->port, 65535, &n) == 0)
			buf_addf(
			    &im->out, "    http_port = %lld;\n", (long long)n);
		if (c->controls && *c->controls)
			write_controls(im, c);
		buf_adds(&im->out, "  };\n");
	}
	free(c->device);
	free(c->resolution);
	free(c->fps);
	free(c->port);
	free(c->controls);
	memset(c, 0, sizeof(*c));
}

static void
begin_cam(struct import *im, const char *name)
{
	struct cam *c = &im->cam;
	size_t n = 0;

	while (*name == ' ' || *name == '\t')
		name++;
	im->in_cam = true;
	c->place = (struct diag_place){im->file, im->line, 1};
	/* a name of ours has no blanks, and a group begins with a letter */
	for (const char *p = name; *p && n < 32; p++) {
		if (!n && !isalpha((unsigned char)*p))
			n += (size_t)snprintf(c->name, 8, "cam");
		c->name[n++] =
		    (char)(isalnum((unsigned char)*p) || *p == '-' ? *p : '_');
	}
	if (!n)
		snprintf(c->name, sizeof(c->name), "cam%d", im->n + 1);
}

static void
section(struct import *im, char *s)
{
	char *close = strchr(s, ']');

	end_cam(im);
	im->in_global = false;
	if (!close) {
		say(im, BAD_CROWSNEST, "a section without ']':", s);
		return;
	}
	*close = '\0';
	if (strncmp(s + 1, "cam", 3) == 0 &&
	    (s[4] == ' ' || s[4] == '\t' || !s[4]))
		begin_cam(im, s + 4);
	else if (strcmp(s + 1, "crowsnest") == 0)
		im->in_global = true;
	else
		say(im, NOT_CARRIED, "unknown section", s + 1);
}

static void
take(char **where, const char *value)
{
	free(*where);
	*where = xstrdup(value);
}

static void
cam_key(struct import *im, const char *key, const char *value)
{
	struct cam *c = &im->cam;

	if (strcmp(key, "device") == 0)
		take(&c->device, value);
	else if (strcmp(key, "resolution") == 0)
		take(&c->resolution, value);
	else if (strcmp(key, "max_fps") == 0)
		take(&c->fps, value);
	else if (strcmp(key, "port") == 0)
		take(&c->port, value);
	else if (strcmp(key, "v4l2ctl") == 0)
		take(&c->controls, value);
	else if (strcmp(key, "mode") == 0)
		c->mode = true; /* there is one server, whichever it was */
	else
		say(im, NOT_CARRIED, "no use for the key", key);
}

static void
global_key(struct import *im, const char *key, const char *value)
{
	if (strcmp(key, "no_proxy") == 0 && strcasecmp(value, "true") == 0)
		say(im, NOT_CARRIED,
		    "to be seen by other machines say "
		    "'camctl serve --listen=*:PORT', instead of",
		    key);
	else if (strcmp(key, "no_proxy") != 0 &&
		 strcmp(key, "log_level") != 0 &&
		 strcmp(key, "log_path") != 0 &&
		 strcmp(key, "delete_log") != 0 &&
		 strcmp(key, "rollover_on_start") != 0)
		say(im, NOT_CARRIED, "no use for the key", key);
}

/* a comment begins a line or follows a blank; the rest without blanks */
static char *
strip(char *s)
{
	char *end;

	for (char *p = s; *p; p++)
		if (*p == '#' && (p == s || isspace((unsigned char)p[-1]))) {
			*p = '\0';
			break;
		}
	while (isspace((unsigned char)*s))
		s++;
	end = s + strlen(s);
	while (end > s && isspace((unsigned char)end[-1]))
		*--end = '\0';
	return s;
}

static void
read_line(struct import *im, char *line)
{
	char *s = strip(line), *value;
	size_t k = strcspn(s, ":=");

	im->line++;
	if (!*s)
		return;
	if (*s == '[') {
		section(im, s);
		return;
	}
	if (!s[k] || !k) {
		say(im, BAD_CROWSNEST, "want KEY: VALUE, not", s);
		return;
	}
	value = strip(s + k + 1);
	s[k] = '\0';
	s = strip(s);
	if (!*value)
		return; /* as if it were not there */
	if (im->in_cam)
		cam_key(im, s, value);
	else if (im->in_global)
		global_key(im, s, value);
	else
		say(im, BAD_CROWSNEST, "a key outside all sections:", s);
}

static enum cli_status
write_out(struct import *im)
{
	struct file_output *out = file_create(opts.output);
	static const char head[] = "cameras: {\n", tail[] = "};\n";

	if (out && file_put(out, head, sizeof(head) - 1) == 0 &&
	    file_put(out, im->out.data, im->out.len) == 0 &&
	    file_put(out, tail, sizeof(tail) - 1) == 0) {
		if (file_commit(out) == 0)
			return EXIT_DONE;
		out = NULL;
	}
	cli_warn("%s:", opts.output ? opts.output : "<stdout>");
	if (out)
		file_abandon(out);
	return EXIT_IO;
}

int
cmd_import(int argc, char **argv)
{
	struct import im = {.sink = cli_sink()};
	struct buf text = BUF_INIT;
	enum cli_status status;
	int fd;

	cli_parse(&program, &argc, &argv);
	if (argc != 1)
		cli_die(EXIT_BAD_USAGE, "want one crowsnest.conf");
	fd = file_open_input(argv[0], &im.file);
	if (fd < 0 || file_read_all(fd, &text, FILE_MAX))
		cli_die(EXIT_NO_INPUT, "%s:", argv[0]);
	for (char *s = text.data, *next; s && *s; s = next) {
		size_t n = strcspn(s, "\n");

		next = s + n + (s[n] != '\0');
		s[n] = '\0';
		read_line(&im, s);
	}
	end_cam(&im);
	if (!im.n && !im.sink->count[DIAG_ERROR])
		say(&im, BAD_CROWSNEST, "there is no section", "[cam NAME]");
	status = im.sink->count[DIAG_ERROR] ? EXIT_BAD_DATA : write_out(&im);
	buf_release(&im.out);
	buf_release(&text);
	if (fd > STDIN_FILENO)
		close(fd);
	return status;
}
