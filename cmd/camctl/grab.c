/* SPDX-License-Identifier: GPL-3.0-or-later */
/* camctl grab: one picture. */
#include <errno.h>
#include <string.h>

#include "camctl.h"
#include "io/file.h"
#include "io/signals.h"
#include "pick.h"
#include "reader.h"

static struct {
	struct pick pick;
	const char *output;
	double timeout;
	uint32_t skip;
} opts = {.pick = {.quality = 90}, .timeout = 5};

static const char *const synopsis[] = {
    "[-c FILE] [-o FILE] [--timeout=S] [NAME | --source=SPEC]", NULL};

static const struct opt optv[] = {
    {OPT_STRING, 'c', "config", &opts.pick.config, "FILE",
	"printer.conf with the cameras", 0, 0, NULL},
    {OPT_STRING, 'o', "output", &opts.output, "FILE",
	"where the JPEG goes [standard output]", 0, 0, NULL},
    {OPT_STRING, 0, "source", &opts.pick.source, "SPEC",
	"as for serve, instead of a configured camera", 0, 0, NULL},
    {OPT_UINT, 0, "quality", &opts.pick.quality, "PERCENT",
	"if the JPEG is made here", 1, 100, NULL},
    {OPT_UINT, 0, "skip", &opts.skip, "N",
	"let the camera settle over so many pictures first", 0, 1000, NULL},
    {OPT_DOUBLE, 0, "timeout", &opts.timeout, "S", "wait at most so long", 0.1,
	3600, NULL},
    {.kind = OPT_END},
};

static const struct cli_program program = {
    .name = "camctl grab",
    .purpose = "Take one picture",
    .synopsis = synopsis,
    .optv = optv,
};

static enum cli_status
write_picture(const struct frame *f)
{
	struct file_output *out = file_create(opts.output);
	bool gone;

	if (out && file_put(out, f->data, f->len) == 0) {
		if (file_commit(out) == 0)
			return EXIT_DONE;
		out = NULL;
	}
	/* a reader that is gone has seen enough */
	gone = errno == EPIPE && !opts.output;
	if (!gone)
		cli_warn("%s:", opts.output ? opts.output : "<stdout>");
	if (out)
		file_abandon(out);
	return gone ? EXIT_DONE : EXIT_IO;
}

int
cmd_grab(int argc, char **argv)
{
	enum cli_status status = EXIT_NO_DEVICE;
	struct camera_config cf;
	struct camera_status st;
	struct frame *f = NULL;
	struct source *src;
	struct reader *r;

	parse_streamer(&program, &argc, &argv);
	if (argc > 1)
		cli_die(
		    EXIT_BAD_USAGE, "one camera at a time, not '%s'", argv[1]);
	signals_begin();
	src = pick_source(&opts.pick, argc ? argv[0] : NULL, &cf);
	r = reader_open(&cf, src, 0, 1);
	for (uint32_t i = 0; i <= opts.skip; i++) {
		frame_unref(f);
		f = reader_next(r, (int)(opts.timeout * 1000), -1);
		if (!f)
			break;
	}
	reader_status(r, &st);
	if (f)
		status = write_picture(f);
	else if (!signals_pending())
		cli_warn("%s: %s", cf.name,
		    st.reason[0] ? st.reason : "no picture in time");
	frame_unref(f);
	reader_free(r);
	signals_raise();
	return status;
}
