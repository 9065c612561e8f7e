/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as G-code to carry out: the plan is one that its reader takes. */
#include <stdlib.h>
#include <string.h>

#include "base/die.h"
#include "base/xalloc.h"
#include "machine/gcode_exec.h"
#include "tests/fuzz/fuzz.h"
#include "tests/unit/gcode-machine.h"

static struct plan_writer writer;
static struct buf out;

static void
on_record(void *ctx, const struct plan_record *rec)
{
	(void)ctx;
	plan_write(&writer, rec);
}

static void
quiet(struct diag_sink *s, enum diag_level level,
    const struct diag_place *place, const char *slug, const char *what)
{
	(void)s;
	(void)level;
	(void)place;
	(void)slug;
	(void)what;
}

static void
loud(struct diag_sink *s, enum diag_level level, const struct diag_place *place,
    const char *slug, const char *what)
{
	(void)s;
	(void)level;
	(void)place;
	BUG("the plan is refused: %s [%s]", what, slug);
}

/* whole: it has an END; one that takes too long has none */
static void
read_back(bool whole)
{
	struct diag_sink sink = {.emit = loud};
	struct plan_reader *r = plan_reader_new("fuzz", &sink);
	struct plan_record rec;

	plan_reader_feed(r, out.data, out.len);
	while (plan_reader_next(r, &rec) == PLAN_OK)
		;
	if (whole && plan_reader_eof(r))
		BUG("the plan has no end");
	plan_reader_free(r);
}

/* It was given all there is. */
static int
nothing_more(void *ctx, struct buf *text)
{
	(void)ctx;
	(void)text;
	return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	/* the first byte chooses: ready or cold, with retraction or without,
	 * a safe place for Z, limited jerk, reading ahead */
	unsigned how = len ? data[0] : 0;
	struct gcode_options options = {
	    .keep_going = true,
	    .assume_ready = how & 1,
	    .jerk = how & 32 ? 1e5 : 0,
	    .ahead = how & 64 ? nothing_more : NULL,
	};
	struct gcode_hooks hooks = {.record = on_record};
	struct diag_sink sink = {.emit = quiet};
	struct machine *machine = test_machine();
	char *text = xmalloc(len + 2);
	struct gcode_exec *ex;

	memcpy(text, data, len);
	text[len] = '\n';
	text[len + 1] = '\0';
	machine->has_firmware_retraction = how & 2;
	machine->has_safe_z_home = how & 4;
	machine->safe_z_hop = 5;
	machine->safe_z_hop_speed = 5;
	machine->safe_z_speed = 50;
	machine->safe_z_move_to_previous = how & 8;
	ex = gcode_exec_new(machine, &options, &hooks, NULL, &sink);
	buf_clear(&out);
	plan_writer_init(&writer, &out, 0, how & 16);
	gcode_exec_file(ex, "fuzz", true);
	gcode_exec_lines(ex, text + (len > 0), len + (len == 0));
	gcode_exec_end(ex);
	read_back(!gcode_exec_failed(ex));
	plan_writer_release(&writer);
	gcode_exec_free(ex);
	test_machine_free(machine);
	free(text);
	return 0;
}
