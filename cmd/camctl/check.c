/* SPDX-License-Identifier: GPL-3.0-or-later */
/* camctl check: what is wrong with the cameras, and what to do about it. */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "camctl.h"
#include "cameras.h"
#include "complain.h"
#include "io/signals.h"
#include "pick.h"
#include "reader.h"
#include "v4l2.h"

/* One isochronous endpoint of USB 2: 3072 bytes 8000 times a second. */
#define USB2_BYTES_S 24576000.0

static struct {
	const char *config;
	bool no_capture;
} opts;

static const char *const synopsis[] = {
    "[-c FILE] [--no-capture] [NAME ...]", NULL};

static const struct opt optv[] = {
    {OPT_STRING, 'c', "config", &opts.config, "FILE",
	"printer.conf with the cameras", 0, 0, NULL},
    {OPT_FLAG, 0, "no-capture", &opts.no_capture, NULL,
	"do not take a picture to see whether it works", 0, 0, NULL},
    {.kind = OPT_END},
};

static const struct cli_program program = {
    .name = "camctl check",
    .purpose = "Say what is wrong with the configured cameras",
    .synopsis = synopsis,
    .optv = optv,
};

/* "/dev/video0": the number is whatever was free when it was plugged in */
static void
check_number(const struct camera_entry *e, const struct devices *ds)
{
	const char *n = e->match.device;
	struct buf why = BUF_INIT, id = BUF_INIT;
	const struct device *d;

	if (!n || strncmp(n, "/dev/video", 10) != 0 ||
	    !isdigit((unsigned char)n[10]))
		return;
	d = device_find(ds, &e->match, &why);
	if (d)
		device_identity(ds, d, &id);
	complain(cli_sink(), CAMERA_NUMBER, &e->place,
	    "camera '%s': '%s' changes when cameras come and go%s%s", e->name,
	    n, d ? "; what stays is " : "", d ? id.data : "");
	buf_release(&why);
	buf_release(&id);
}

static void
check_mode(const struct camera_entry *e, int fd)
{
	struct v4l2_mode *modes;
	struct buf why = BUF_INIT;
	int n = v4l2_modes(fd, &modes, 64);
	double fps, bytes;
	const struct v4l2_mode *m = v4l2_choose(modes, n, &e->want, &fps, &why);

	if (!m) {
		complain(cli_sink(), CAMERA_FORMAT, &e->place,
		    "camera '%s': %s", e->name, why.data);
	} else if (e->want.width && !m->range &&
		   (m->width != e->want.width || m->height != e->want.height)) {
		complain(cli_sink(), CAMERA_FORMAT, &e->place,
		    "camera '%s': %dx%d is not offered as %.4s; the nearest "
		    "is %dx%d",
		    e->name, e->want.width, e->want.height,
		    (const char *)&m->fourcc, m->width, m->height);
	}
	if (m && fps > 0 && fps < e->want.fps * 0.999)
		complain(cli_sink(), CAMERA_FORMAT, &e->place,
		    "camera '%s': %g pictures a second are not offered at "
		    "%dx%d; the most is %g",
		    e->name, e->want.fps, m->width, m->height, fps);
	bytes =
	    m ? (double)pixel_size(v4l2_pixel(m->fourcc),
		    pixel_stride(v4l2_pixel(m->fourcc), m->width), m->height) *
		    fps
	      : 0;
	if (bytes > USB2_BYTES_S)
		complain(cli_sink(), CAMERA_BUS, &e->place,
		    "camera '%s': raw pictures of %dx%d at %g a second are "
		    "%.1f MB/s, USB 2 carries 24.6: lower resolution or fps, "
		    "or use a camera with MJPEG",
		    e->name, m->width, m->height, fps, bytes * 1e-6);
	free(modes);
	buf_release(&why);
}

static void
check_controls(const struct camera_entry *e, int fd)
{
	struct controls cs;

	controls_read(&cs, fd);
	for (int i = 0; i < e->controls.n; i++) {
		struct buf why = BUF_INIT;

		if (control_apply(fd, &cs, e->controls.v[i].key,
			e->controls.v[i].value, &why))
			complain(cli_sink(), CAMERA_CONTROL, &e->place,
			    "camera '%s': %s", e->name, why.data);
		buf_release(&why);
	}
	controls_release(&cs);
}

static bool
gives_picture(
    const struct camera_entry *e, struct source *src, struct camera_status *st)
{
	struct camera_config cf = {
	    .name = e->name, .want = e->want, .quality = e->quality};
	struct reader *r = reader_open(&cf, src, 0, 1);
	struct frame *f = reader_next(r, 1000, -1);
	bool any;

	reader_status(r, st);
	/* one that refuses has said why; one that starts may take its time */
	if (!f && st->state != CAMERA_ABSENT) {
		f = reader_next(r, 3000, -1);
		reader_status(r, st);
	}
	any = f != NULL;
	if (any)
		printf("%s: works: %s, %s %dx%d at %g, %zu bytes\n", e->name,
		    st->got.device, pixel_name(st->got.pixel), f->width,
		    f->height, st->got.fps, f->len);
	frame_unref(f);
	reader_free(r);
	return any;
}

/* the proof: it gives a picture, to us or to the server that has it */
static bool
check_capture(const struct camera_entry *e)
{
	struct buf why = BUF_INIT;
	struct source *src = cameras_source(e, &why);
	struct camera_status st, other;
	struct source *server;

	if (!src) {
		complain(cli_sink(), CAMERA_REFUSED, &e->place,
		    "camera '%s': %s", e->name, why.data);
		buf_release(&why);
		return false;
	}
	buf_release(&why);
	if (gives_picture(e, src, &st))
		return true;
	server = pick_from_server(e->name);
	if (server && gives_picture(e, server, &other))
		return true;
	if (!signals_pending())
		complain(cli_sink(), CAMERA_REFUSED, &e->place,
		    "camera '%s': %s", e->name,
		    st.reason[0] ? st.reason : "no picture within 4 s");
	return false;
}

static bool
check_device(const struct camera_entry *e, const struct devices *ds)
{
	struct buf why = BUF_INIT;
	struct v4l2_capability cap;
	const struct device *d = device_find(ds, &e->match, &why);
	int fd;

	if (!d) {
		complain(cli_sink(), CAMERA_NOT_FOUND, &e->place,
		    "camera '%s': %s", e->name, why.data);
		buf_release(&why);
		return false;
	}
	buf_release(&why);
	fd = v4l2_open(d->node, &cap);
	if (fd < 0) {
		complain(cli_sink(), CAMERA_REFUSED, &e->place,
		    "camera '%s': %s: %s%s", e->name, d->node, strerror(errno),
		    errno == EACCES ? ": be in the group 'video'" : "");
		return false;
	}
	check_mode(e, fd);
	check_controls(e, fd);
	close(fd);
	return true;
}

static void
check_twice(const struct cameras *cs, const struct devices *ds)
{
	const struct device *of[CAMERAS_MAX] = {NULL};

	for (int i = 0; i < cs->n; i++) {
		struct buf why = BUF_INIT;

		if (!cs->v[i].spec)
			of[i] = device_find(ds, &cs->v[i].match, &why);
		buf_release(&why);
		for (int k = 0; k < i; k++)
			if (of[i] && of[i] == of[k])
				complain(cli_sink(), CAMERA_TWICE,
				    &cs->v[i].place,
				    "cameras '%s' and '%s' are the same, %s",
				    cs->v[k].name, cs->v[i].name, of[i]->node);
	}
}

static bool
is_chosen(const char *name, int argc, char **argv)
{
	for (int i = 0; i < argc; i++)
		if (strcmp(argv[i], name) == 0)
			return true;
	return argc == 0;
}

int
cmd_check(int argc, char **argv)
{
	struct diag_sink *sink = cli_sink();
	struct devices ds;
	struct cameras cs;

	cli_parse(&program, &argc, &argv);
	if (cameras_load(&cs, opts.config, sink))
		return EXIT_CONFIG;
	for (int i = 0; i < argc; i++)
		if (!cameras_find(&cs, argv[i]))
			cli_die(EXIT_BAD_USAGE, "no camera is called '%s'",
			    argv[i]);
	if (!cs.n)
		cli_die(EXIT_CONFIG, "no camera is configured");
	signals_begin();
	devices_scan(&ds, "/sys", "/dev");
	check_twice(&cs, &ds);
	for (int i = 0; i < cs.n && !signals_pending(); i++) {
		const struct camera_entry *e = &cs.v[i];

		if (!is_chosen(e->name, argc, argv))
			continue;
		check_number(e, &ds);
		if ((e->spec || check_device(e, &ds)) && !opts.no_capture)
			check_capture(e);
	}
	devices_release(&ds);
	cameras_release(&cs);
	signals_raise();
	return sink->count[DIAG_ERROR] || sink->count[DIAG_WARNING] ? EXIT_NO
								    : EXIT_DONE;
}
