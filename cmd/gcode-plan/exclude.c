/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Are the objects there that shall be left out? */
#include <sys/stat.h>

#include "cmd/gcode-plan/gcode-plan.h"

static void
on_record(void *ctx, const struct plan_record *rec)
{
	objects_add(ctx, rec);
}

static int
no_flush(void *ctx, bool rest)
{
	(void)ctx;
	(void)rest;
	return 0;
}

int
exclude_check(const struct objects *o, const struct opt_strings *names,
    const char *file, enum diag_level level, struct diag_sink *sink)
{
	struct diag_place place = {file, 0, 0};
	struct buf there = BUF_INIT;
	int missing = 0;

	for (size_t i = 0; i < o->n && i < 12; i++)
		buf_addf(&there, "%s'%s'", i ? ", " : "", o->object[i].name);
	if (o->n > 12)
		buf_addf(&there, " and %zu more", o->n - 12);
	for (int i = 0; i < names->n; i++) {
		if (objects_find(o, names->v[i]))
			continue;
		missing++;
		if (o->n)
			diag_report(sink, level, &place, "unknown-object",
			    "no object is called '%s'; there are %s",
			    names->v[i], there.data);
		else
			diag_report(sink, level, &place, "unknown-object",
			    "no object is called '%s': none is labelled",
			    names->v[i]);
	}
	buf_release(&there);
	return missing;
}

int
exclude_check_files(const struct machine *machine,
    const struct opt_strings *names, int argc, char **argv,
    struct diag_sink *sink)
{
	struct gcode_options options = {
	    .keep_going = true, .assume_ready = true};
	struct gcode_hooks hooks = {.record = on_record};
	struct diag_sink nothing = {.emit = diag_ignore};
	struct objects o = {0};
	struct input in = {.flush = no_flush, .quiet = true};
	enum input_result r = INPUT_DONE;
	int missing = 0;

	for (int i = 0; i < argc; i++) {
		struct stat st;

		/* what can be read once only is checked at its end */
		if (stat(argv[i], &st) != 0 || !S_ISREG(st.st_mode))
			return 0;
	}
	in.exec = gcode_exec_new(machine, &options, &hooks, &o, &nothing);
	for (int i = 0; i < argc && r == INPUT_DONE; i++)
		r = input_read(&in, argv[i]);
	gcode_exec_end(in.exec);
	gcode_exec_free(in.exec);
	if (argc > 0 && r == INPUT_DONE)
		missing = exclude_check(&o, names, argv[0], DIAG_ERROR, sink);
	objects_release(&o);
	return missing;
}
