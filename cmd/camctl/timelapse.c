/* SPDX-License-Identifier: GPL-3.0-or-later */
/* camctl timelapse: a picture a layer, told by the events of a print. */
#include <errno.h>
#include <jansson.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/xalloc.h"
#include "camctl.h"
#include "complain.h"
#include "film.h"
#include "io/file.h"
#include "io/signals.h"
#include "jpeg.h"
#include "lang/json.h"
#include "pick.h"
#include "reader.h"

enum {
	LINE_MAX_BYTES = 1 << 20,
	STATUS_MAX = 1 << 20,
};

static struct {
	struct pick pick;
	struct film_wish film;
	const char *status, *index, *preview;
	double every, timeout, delay;
	uint32_t repeat;
	bool pass;
} opts = {
    .pick = {.fps = 10, .quality = 90},
    .film = {.fps = 30, .crf = 23},
    .timeout = 2,
    .delay = 0.05,
    .repeat = 5,
};

static const char *const synopsis[] = {
    "[-c FILE] -o FILM [--every=S] [--status=FILE] [--pass] "
    "[NAME | --source=SPEC]",
    NULL};

static const struct opt optv[] = {
    {OPT_STRING, 'c', "config", &opts.pick.config, "FILE",
	"printer.conf with the cameras", 0, 0, NULL},
    {OPT_STRING, 0, "source", &opts.pick.source, "SPEC",
	"as for serve, instead of a configured camera", 0, 0, NULL},
    {OPT_UINT, 0, "quality", &opts.pick.quality, "PERCENT",
	"if the JPEGs are made here", 1, 100, NULL},
    {.kind = OPT_HEAD, .help = "When"},
    {OPT_DOUBLE, 0, "every", &opts.every, "S",
	"a picture so often, instead of one a layer", 0.1, 86400, NULL},
    {OPT_DOUBLE, 0, "delay", &opts.delay, "S",
	"after the event, for the camera's own delay", 0, 10, NULL},
    {OPT_DOUBLE, 0, "timeout", &opts.timeout, "S",
	"wait at most so long for a picture", 0.1, 60, NULL},
    {.kind = OPT_HEAD, .help = "Film"},
    {OPT_STRING, 'o', "output", &opts.film.path, "FILM",
	".mp4 .mkv .mov .webm (by ffmpeg), .avi, .mjpeg or DIR/", 0, 0, NULL},
    {OPT_DOUBLE, 0, "fps", &opts.film.fps, "HZ", "pictures a second", 1, 120,
	NULL},
    {OPT_DOUBLE, 0, "length", &opts.film.length_s, "S",
	"let the film last so long, at 5 to 60 a second", 0.1, 3600, NULL},
    {OPT_UINT, 0, "repeat-last", &opts.repeat, "N",
	"show the last picture longer", 0, 1000, NULL},
    {OPT_UINT, 0, "crf", &opts.film.crf, "N",
	"quality of the encoder, lower is better", 0, 63, NULL},
    {OPT_STRING, 0, "preview", &opts.preview, "FILE",
	"the last picture, as a JPEG", 0, 0, NULL},
    {OPT_STRING, 0, "index", &opts.index, "FILE",
	"a line of JSON for each picture", 0, 0, NULL},
    {.kind = OPT_HEAD, .help = "Pipeline"},
    {OPT_STRING, 0, "status", &opts.status, "FILE",
	"stepstream's snapshot, for the position", 0, 0, NULL},
    {OPT_FLAG, 0, "pass", &opts.pass, NULL,
	"hand the events on to standard output", 0, 0, NULL},
    {.kind = OPT_END},
};

static const struct cli_program program = {
    .name = "camctl timelapse",
    .purpose = "Film a print: stepstream ... | camctl timelapse bed -o a.mp4",
    .synopsis = synopsis,
    .optv = optv,
};

/* What is known of the print when a picture is taken. */
struct print {
	double t;
	int64_t layer;
	double z;
	double position[4];
	int n_position;
	bool has_layer;
	bool asks; /* the plan itself says when: it parks first */
	bool ended;
};

struct lapse {
	struct print print;
	struct reader *reader;
	struct film *film;
	struct file_output *index;
	struct buf in, tag, jpeg;
	uint32_t line;
	bool eof;
	uint64_t failed, lost;
	int64_t next_ns;
	int pending; /* pictures to take */
};

/* ---- events ---- */

static void
take_position(struct print *p, json_t *j)
{
	json_t *list = json_object_get(j, "position");

	if (!json_is_array(list))
		return;
	p->n_position = 0;
	for (size_t i = 0; i < json_array_size(list) && i < 4; i++)
		p->position[p->n_position++] =
		    json_number_value(json_array_get(list, i));
}

static void
take_event(struct lapse *l, json_t *j)
{
	const char *event = json_string_value(json_object_get(j, "event"));
	const char *text;
	struct print *p = &l->print;

	if (json_is_number(json_object_get(j, "t")))
		p->t = json_number_value(json_object_get(j, "t"));
	take_position(p, j);
	if (strcmp(event, "layer") == 0) {
		p->layer = json_integer_value(json_object_get(j, "layer"));
		p->z = json_number_value(json_object_get(j, "z"));
		p->has_layer = true;
		if (!p->asks && opts.every <= 0)
			l->pending++;
	} else if (strcmp(event, "message") == 0) {
		text = json_string_value(json_object_get(j, "message"));
		if (text && strcmp(text, "TIMELAPSE_TAKE_FRAME") == 0) {
			/* from here on layers alone are no reason */
			p->asks = true;
			if (opts.every <= 0)
				l->pending++;
		}
	} else if (strcmp(event, "end") == 0) {
		p->ended = true;
	}
}

static void
take_line(struct lapse *l, const char *s, size_t n)
{
	struct diag_place at = {"<stdin>", ++l->line, 1};
	json_error_t error;
	json_t *j;

	if (opts.pass && (file_write_all(STDOUT_FILENO, s, n) ||
			     file_write_all(STDOUT_FILENO, "\n", 1)))
		opts.pass = false; /* nobody reads them: film on */
	if (!n)
		return;
	j = json_loadb(s, n, 0, &error);
	if (!json_is_string(json_object_get(j, "event"))) {
		complain(cli_sink(), BAD_EVENT, &at,
		    "not an event of stepstream: '%.*s'", n > 60 ? 60 : (int)n,
		    s);
		json_decref(j);
		return;
	}
	take_event(l, j);
	json_decref(j);
}

/* all lines that are there; a picture is taken between them if one asks */
static void
take_lines(struct lapse *l)
{
	char *nl;

	while (!l->pending && l->in.len &&
	       (nl = memchr(l->in.data, '\n', l->in.len))) {
		size_t n = (size_t)(nl - l->in.data);

		take_line(l, l->in.data, n);
		buf_consume(&l->in, n + 1);
	}
	if (!l->pending && l->in.len > LINE_MAX_BYTES)
		buf_clear(&l->in);
}

static void
read_events(struct lapse *l)
{
	char block[16384];
	ssize_t n = file_read(STDIN_FILENO, block, sizeof(block));

	if (n > 0)
		buf_add(&l->in, block, (size_t)n);
	else
		l->eof = true;
}

/* ---- pictures ---- */

/* the position now, from the snapshot, if there is one */
static void
read_status(struct print *p)
{
	struct buf text = BUF_INIT;
	const char *name;
	json_t *j = NULL;
	int fd;

	if (!opts.status)
		return;
	fd = file_open_input(opts.status, &name);
	if (fd >= 0 && file_read_all(fd, &text, STATUS_MAX) == 0 && text.len)
		j = json_loadb(text.data, text.len, 0, NULL);
	take_position(p, j);
	json_decref(j);
	if (fd > STDIN_FILENO)
		close(fd);
	buf_release(&text);
}

/* the tag: in the picture itself (COM), and a line of the index */
static void
make_tag(struct lapse *l, const struct frame *f)
{
	const struct print *p = &l->print;
	struct json j;

	buf_clear(&l->tag);
	json_begin(&j, &l->tag);
	json_object(&j, NULL);
	json_int(&j, "frame", (int64_t)film_pictures(l->film) + 1);
	json_fixed(&j, "t", p->t, 3);
	if (p->has_layer) {
		json_int(&j, "layer", p->layer);
		json_fixed(&j, "z", p->z, 4);
	}
	if (p->n_position) {
		json_array(&j, "position");
		for (int i = 0; i < p->n_position; i++)
			json_fixed(&j, NULL, p->position[i], 4);
		json_close(&j);
	}
	json_fixed(&j, "wall", (double)f->wall_us * 1e-6, 3);
	json_fixed(&j, "monotonic", (double)f->grab_ns * 1e-9, 6);
	json_close(&j);
}

static int
keep(struct lapse *l, const struct frame *f)
{
	struct jpeg_walk walk;
	size_t n;

	make_tag(l, f);
	jpeg_walk_begin(&walk);
	if (jpeg_walk_on(&walk, f->data, f->len) != JPEG_WHOLE)
		return 0;
	buf_clear(&l->jpeg);
	buf_grow(&l->jpeg, jpeg_clean_size(&walk, l->tag.data));
	n = jpeg_clean(&walk, f->data, l->tag.data, (uint8_t *)l->jpeg.data);
	l->jpeg.len = n;
	if (film_add(
		l->film, (const uint8_t *)l->jpeg.data, n, f->width, f->height))
		return -1;
	buf_addc(&l->tag, '\n');
	if (l->index && file_put(l->index, l->tag.data, l->tag.len))
		return -1;
	return 0;
}

/* the first picture taken after now; a loss is counted and the film goes on */
static int
take_picture(struct lapse *l)
{
	int64_t after = clock_monotonic_ns() + (int64_t)(opts.delay * 1e9);
	int64_t until = after + (int64_t)(opts.timeout * 1e9);
	struct frame *f = NULL;
	int e = 0;

	l->pending--;
	read_status(&l->print);
	for (;;) {
		int64_t left = until - clock_monotonic_ns();

		frame_unref(f);
		f = left > 0
			? reader_next(l->reader, (int)(left / 1000000) + 1, -1)
			: NULL;
		if (!f || f->grab_ns >= after)
			break;
	}
	if (f)
		e = keep(l, f);
	else
		l->lost++;
	frame_unref(f);
	return e;
}

static int
timer_ms(const struct lapse *l)
{
	int64_t left;

	if (opts.every <= 0)
		return -1;
	left = l->next_ns - clock_monotonic_ns();
	return left < 0 ? 0 : (int)(left / 1000000) + 1;
}

/* a full disk is no reason to leave the print alone: there may be room later */
static void
failed(struct lapse *l)
{
	if (!l->failed++)
		cli_warn("%s: %s; the film goes on without that picture",
		    opts.film.path, strerror(errno));
}

static enum cli_status
film(struct lapse *l)
{
	l->next_ns = clock_monotonic_ns();
	while (!signals_pending()) {
		struct pollfd p[2] = {{.fd = STDIN_FILENO, .events = POLLIN},
		    {.fd = signals_fd(), .events = POLLIN}};

		take_lines(l);
		if (opts.every > 0 && timer_ms(l) == 0) {
			l->pending++;
			l->next_ns += (int64_t)(opts.every * 1e9);
		}
		if (l->pending) {
			if (take_picture(l))
				failed(l);
			continue;
		}
		if (l->eof)
			break;
		if (poll(p, 2, timer_ms(l)) > 0 && p[0].revents)
			read_events(l);
	}
	return l->failed ? EXIT_IO : EXIT_DONE;
}

/* ---- the whole ---- */

static enum cli_status
open_index(struct lapse *l)
{
	const char *path = opts.index;
	struct buf own = BUF_INIT;

	if (!path && opts.film.path[strlen(opts.film.path) - 1] == '/') {
		buf_addf(&own, "%sindex.jsonl", opts.film.path);
		path = own.data;
	}
	if (path && !(l->index = file_create(path))) {
		cli_warn("%s:", path);
		buf_release(&own);
		return EXIT_IO;
	}
	buf_release(&own);
	return EXIT_DONE;
}

static enum cli_status
finish(struct lapse *l, enum cli_status status)
{
	struct buf why = BUF_INIT;
	uint64_t n = film_pictures(l->film);

	if (l->index && file_commit(l->index)) {
		cli_warn("the index:");
		status = EXIT_IO;
	}
	if (opts.preview && l->jpeg.len &&
	    file_replace(opts.preview, l->jpeg.data, l->jpeg.len)) {
		cli_warn("%s:", opts.preview);
		status = EXIT_IO;
	}
	if (film_end(l->film, &why)) {
		cli_warn("%s", why.data);
		status = n || l->failed ? EXIT_IO : EXIT_NO_DEVICE;
	} else if (cli_verbosity() >= 0) {
		fprintf(stderr,
		    "camctl: %llu pictures in %s, %llu could not be taken\n",
		    (unsigned long long)n, opts.film.path,
		    (unsigned long long)(l->lost + l->failed));
	}
	buf_release(&why);
	return status;
}

int
cmd_timelapse(int argc, char **argv)
{
	struct lapse l = {.line = 0};
	struct buf why = BUF_INIT;
	struct camera_config cf;
	enum cli_status status;
	struct source *src;

	parse_streamer(&program, &argc, &argv);
	if (argc > 1)
		cli_die(
		    EXIT_BAD_USAGE, "one camera at a time, not '%s'", argv[1]);
	if (!opts.film.path)
		cli_die(EXIT_BAD_USAGE, "where to?  see -o");
	opts.film.repeat_last = (int)opts.repeat;
	signals_begin();
	src = pick_source(&opts.pick, argc ? argv[0] : NULL, &cf);
	l.film = film_begin(&opts.film, &why);
	if (!l.film)
		cli_die(EXIT_NO_DEVICE, "%s", why.data);
	status = open_index(&l);
	l.reader = reader_open(&cf, src, opts.pick.fps, 1);
	if (!status)
		status = film(&l);
	reader_free(l.reader);
	status = finish(&l, status);
	buf_release(&l.in);
	buf_release(&l.tag);
	buf_release(&l.jpeg);
	signals_raise();
	return status;
}
