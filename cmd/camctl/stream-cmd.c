/* SPDX-License-Identifier: GPL-3.0-or-later */
/* camctl stream: pictures on standard output, for a pipe. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "camctl.h"
#include "encode.h"
#include "io/file.h"
#include "io/signals.h"
#include "pick.h"
#include "reader.h"

enum format {
	MJPEG,
	MULTIPART,
	YUV4MPEG,
};
static const char *const formats[] = {"mjpeg", "multipart", "yuv4mpeg", NULL};

static struct {
	struct pick pick;
	int format;
	uint32_t frames, queue;
	double timeout;
} opts = {.pick = {.quality = 90}, .queue = 1, .timeout = 10};

static const char *const synopsis[] = {
    "[-c FILE] [--format=mjpeg|multipart|yuv4mpeg] [--fps=HZ] "
    "[--frames=N]",
    "[--queue=N] [NAME | --source=SPEC]", NULL};

static const struct opt optv[] = {
    {OPT_STRING, 'c', "config", &opts.pick.config, "FILE",
	"printer.conf with the cameras", 0, 0, NULL},
    {OPT_CHOICE, 0, "format", &opts.format, "FORMAT",
	"mjpeg (JPEGs in a row), multipart (with times) or yuv4mpeg", 0, 0,
	formats},
    {OPT_DOUBLE, 0, "fps", &opts.pick.fps, "HZ",
	"at most so many pictures a second", 0.01, 240, NULL},
    {OPT_UINT, 0, "frames", &opts.frames, "N", "end after so many", 1, 4e9,
	NULL},
    {OPT_STRING, 0, "source", &opts.pick.source, "SPEC",
	"as for serve, instead of a configured camera", 0, 0, NULL},
    {OPT_UINT, 0, "quality", &opts.pick.quality, "PERCENT",
	"if the JPEGs are made here", 1, 100, NULL},
    {OPT_UINT, 0, "queue", &opts.queue, "N",
	"pictures that may wait for a slow reader; 1: the newest wins", 1, 1000,
	NULL},
    {OPT_DOUBLE, 0, "timeout", &opts.timeout, "S",
	"give up after so long without a picture", 0.1, 86400, NULL},
    {.kind = OPT_END},
};

static const struct cli_program program = {
    .name = "camctl stream",
    .purpose = "Write the pictures of a camera to standard output",
    .synopsis = synopsis,
    .optv = optv,
};

struct output {
	struct encoder *encoder;
	struct buf planes, head;
	int width, height; /* of yuv4mpeg, fixed by the first picture */
	uint64_t n, unfit;
};

static int
write_multipart(struct output *o, const struct frame *f)
{
	buf_clear(&o->head);
	buf_addf(&o->head,
	    "%s--frame\r\nContent-Type: image/jpeg\r\n"
	    "Content-Length: %zu\r\nX-Timestamp: %lld.%06lld\r\n\r\n",
	    o->n ? "\r\n" : "", f->len, (long long)(f->wall_us / 1000000),
	    (long long)(f->wall_us % 1000000));
	return file_write_all(STDOUT_FILENO, o->head.data, o->head.len) ||
		       file_write_all(STDOUT_FILENO, f->data, f->len)
		   ? -1
		   : 0;
}

static int
write_planes(struct output *o, const struct frame *f, double fps)
{
	struct buf why = BUF_INIT;
	int w, h;

	if (encoder_planes(
		o->encoder, f->data, f->len, &o->planes, &w, &h, &why) ||
	    (o->n && (w != o->width || h != o->height))) {
		buf_release(&why);
		o->unfit++;
		return 0;
	}
	buf_release(&why);
	buf_clear(&o->head);
	if (!o->n) {
		o->width = w;
		o->height = h;
		buf_addf(&o->head,
		    "YUV4MPEG2 W%d H%d F%ld:1000 Ip A1:1 C420jpeg\n", w, h,
		    lround((fps > 0 && fps < 999 ? fps : 15) * 1000));
	}
	buf_adds(&o->head, "FRAME\n");
	return file_write_all(STDOUT_FILENO, o->head.data, o->head.len) ||
		       file_write_all(
			   STDOUT_FILENO, o->planes.data, o->planes.len)
		   ? -1
		   : 0;
}

static int
write_frame(struct output *o, const struct frame *f, double fps)
{
	int e;

	switch (opts.format) {
	case MULTIPART:
		e = write_multipart(o, f);
		break;
	case YUV4MPEG:
		e = write_planes(o, f, fps);
		break;
	default:
		e = file_write_all(STDOUT_FILENO, f->data, f->len);
		break;
	}
	if (!e)
		o->n++;
	return e;
}

/* until enough, a signal, the end of the source, or the reader's */
static enum cli_status
copy(struct reader *r, struct output *o, const char *name)
{
	struct camera_status st;
	struct frame *f;
	int e;

	while ((f = reader_next(r, (int)(opts.timeout * 1000), -1))) {
		reader_status(r, &st);
		e = write_frame(
		    o, f, opts.pick.fps > 0 ? opts.pick.fps : st.got.fps);
		frame_unref(f);
		if (e && errno == EPIPE)
			return EXIT_DONE; /* the reader has seen enough */
		if (e) {
			cli_warn("<stdout>:");
			return EXIT_IO;
		}
		if (opts.frames && o->n >= opts.frames)
			return EXIT_DONE;
	}
	reader_status(r, &st);
	if (signals_pending() || st.state == CAMERA_ENDED)
		return EXIT_DONE;
	cli_warn(
	    "%s: %s", name, st.reason[0] ? st.reason : "no picture in time");
	return EXIT_NO_DEVICE;
}

int
cmd_stream(int argc, char **argv)
{
	struct output o = {.encoder = NULL};
	enum cli_status status;
	struct camera_config cf;
	struct source *src;
	struct reader *r;
	uint64_t dropped;

	parse_streamer(&program, &argc, &argv);
	if (argc > 1)
		cli_die(
		    EXIT_BAD_USAGE, "one camera at a time, not '%s'", argv[1]);
	if (isatty(STDOUT_FILENO))
		cli_die(EXIT_BAD_USAGE,
		    "standard output is a terminal: pipe it somewhere");
	signals_begin();
	src = pick_source(&opts.pick, argc ? argv[0] : NULL, &cf);
	o.encoder = encoder_new();
	r = reader_open(&cf, src, opts.pick.fps, (int)opts.queue);
	status = copy(r, &o, cf.name);
	dropped = reader_dropped(r);
	if (cli_verbosity() >= 0 && (dropped || o.unfit))
		cli_warn("%llu pictures written, %llu dropped for a slow "
			 "reader, %llu of another size left out",
		    (unsigned long long)o.n, (unsigned long long)dropped,
		    (unsigned long long)o.unfit);
	reader_free(r);
	encoder_free(o.encoder);
	buf_release(&o.planes);
	buf_release(&o.head);
	signals_raise();
	return status;
}
