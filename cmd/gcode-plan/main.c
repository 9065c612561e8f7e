/* SPDX-License-Identifier: GPL-3.0-or-later */
/* gcode-plan reads G-code and writes the plan of every move in it. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/die.h"
#include "cli/cli.h"
#include "cmd/gcode-plan/gcode-plan.h"
#include "cmd/gcode-plan/plot.h"
#include "cmd/gcode-plan/resume.h"
#include "io/file.h"
#include "io/signals.h"

enum profile {
	PROFILE_TRAPEZOID,
	PROFILE_SCURVE,
};

enum format {
	FORMAT_UNSAID = -1,
	FORMAT_NONE,
	FORMAT_BINARY,
	FORMAT_TEXT,
	FORMAT_JSON,
	FORMAT_GCODE,
};

static struct {
	const char *config, *output, *plot, *plot_time, *plot_lines;
	const char *resume;
	int format, profile;
	bool summary, assume_ready, list_objects, read_ahead;
	struct opt_strings exclude;
	double idle_s, density, arc_tolerance;
} opts = {.format = FORMAT_UNSAID, .idle_s = -1, .density = 1.24};

static const char *const formats[] = {
    "none", "binary", "text", "json", "gcode", NULL};

static const char *const profiles[] = {"trapezoid", "scurve", NULL};

static const char *const synopsis[] = {
    "[-qv] [-c FILE] [-o FILE] [--format=FORMAT] [--summary] [FILE ...]",
    NULL,
};

static const struct opt optv[] = {
    {OPT_STRING, 'c', "config", &opts.config, "FILE",
	"the printer: printer.conf or printer.cfg", 0, 0, NULL},
    {OPT_HEAD, 0, NULL, NULL, NULL, "Output", 0, 0, NULL},
    {OPT_STRING, 'o', "output", &opts.output, "FILE",
	"write the plan to FILE when it is whole", 0, 0, NULL},
    {OPT_CHOICE, 0, "format", &opts.format, "FORMAT",
	"none, binary, text, json; gcode with --resume", 0, 0, formats},
    {OPT_FLAG, 0, "summary", &opts.summary, NULL,
	"say what the plan amounts to", 0, 0, NULL},
    {OPT_DOUBLE, 0, "density", &opts.density, "G_CM3",
	"density of the filament, for its mass (default: 1.24)", 0.1, 30, NULL},
    {OPT_FLAG, 0, "list-objects", &opts.list_objects, NULL,
	"name the objects of the file, and write no plan", 0, 0, NULL},
    {OPT_STRING, 0, "plot", &opts.plot, "FILE",
	"draw speed, acceleration, flow and position (SVG)", 0, 0, NULL},
    {OPT_STRING, 0, "plot-time", &opts.plot_time, "FROM-TO",
	"draw these seconds of the plan only", 0, 0, NULL},
    {OPT_STRING, 0, "plot-lines", &opts.plot_lines, "FROM-TO",
	"draw the moves of these lines only", 0, 0, NULL},
    {OPT_HEAD, 0, NULL, NULL, NULL, "Planning", 0, 0, NULL},
    {OPT_STRING, 0, "resume", &opts.resume, "JOURNAL",
	"go on where the journal of stepstream ends", 0, 0, NULL},
    {OPT_LIST, 0, "exclude", &opts.exclude, "NAME",
	"leave out the object NAME; may be repeated", 0, 0, NULL},
    {OPT_DOUBLE, 0, "arc-tolerance", &opts.arc_tolerance, "MM",
	"keep the chords of arcs this near to them", 1e-4, 10, NULL},
    {OPT_CHOICE, 0, "profile", &opts.profile, "PROFILE",
	"trapezoid; scurve: acceleration changes at printer.max_jerk", 0, 0,
	profiles},
    {OPT_FLAG, 0, "assume-ready", &opts.assume_ready, NULL,
	"take the axes as homed and the heaters as hot", 0, 0, NULL},
    {OPT_FLAG, 0, "read-ahead", &opts.read_ahead, NULL,
	"what goes by the print may read a pipe to its end first", 0, 0, NULL},
    {OPT_DOUBLE, 0, "idle", &opts.idle_s, "SECONDS",
	"come to rest when input is quiet so long; 0: never", 0, 3600, NULL},
    {OPT_END, 0, NULL, NULL, NULL, NULL, 0, 0, NULL},
};

static const struct cli_program program = {
    .name = "gcode-plan",
    .purpose = "plan every move of a G-code file",
    .synopsis = synopsis,
    .optv = optv,
};

/* What the executor may complain about; the page explains each, and the
 * tests hold the three together. */
static const struct {
	const char *slug;
	int status;
} diag_table[] = {
    {"malformed", EXIT_BAD_DATA},
    {"truncated", EXIT_BAD_DATA},
    {"bad-number", EXIT_BAD_DATA},
    {"bad-value", EXIT_BAD_DATA},
    {"bad-arc", EXIT_BAD_DATA},
    {"bad-shaper", EXIT_BAD_DATA},
    {"bad-target", EXIT_BAD_DATA},
    {"missing-argument", EXIT_BAD_DATA},
    {"unknown-name", EXIT_BAD_DATA},
    {"unknown-command", EXIT_DONE},
    {"unknown-argument", EXIT_DONE},
    {"inches", EXIT_BAD_DATA},
    {"not-homed", EXIT_BAD_DATA},
    {"out-of-range", EXIT_BAD_DATA},
    {"cold-extrude", EXIT_BAD_DATA},
    {"extrude-length", EXIT_BAD_DATA},
    {"extrude-ratio", EXIT_BAD_DATA},
    {"no-extruder", EXIT_BAD_DATA},
    {"unknown-object", EXIT_BAD_DATA},
    {"bad-journal", EXIT_BAD_DATA},
    {"bad-mesh", EXIT_BAD_DATA},
    {"no-heater", EXIT_DONE},
    {"no-fan", EXIT_DONE},
    {"no-room", EXIT_BAD_DATA},
    {"weak-motor", EXIT_DONE},
};

#define N_DIAGS (sizeof(diag_table) / sizeof(diag_table[0]))

/* the plan on its way out */
static struct {
	struct gcode_exec *exec;
	struct plan_writer writer;
	struct buf bytes;
	struct file_output *file;
	struct summary summary;
	struct objects objects;
	struct plot plot;
	struct input input;
	int status;  /* of the error that was told */
	bool broken; /* a write failed, reported */
} out;

#define WRITE_SIZE 65536

static void say(struct diag_sink *, enum diag_level, const struct diag_place *,
    const char *slug, const char *text);

static struct diag_sink sink = {.emit = say};
static struct plot_range plot_range = {.to = HUGE_VAL};

/* The progress line gives way to words; an error sets the exit status. */
static void
say(struct diag_sink *self, enum diag_level level,
    const struct diag_place *place, const char *slug, const char *text)
{
	(void)self;
	progress_clear(&out.input.progress);
	cli_sink()->emit(cli_sink(), level, place, slug, text);
	if (level != DIAG_ERROR)
		return;
	for (size_t i = 0; i < N_DIAGS; i++) {
		if (strcmp(diag_table[i].slug, slug) == 0) {
			out.status = diag_table[i].status;
			return;
		}
	}
	BUG("a complaint without a row: %s", slug);
}

static bool
writes_plan(void)
{
	if (opts.list_objects)
		return false;
	return opts.format == FORMAT_BINARY || opts.format == FORMAT_TEXT ||
	       (opts.format == FORMAT_JSON && !opts.summary);
}

static void
put_bytes(void)
{
	if (!out.broken && file_put(out.file, out.bytes.data, out.bytes.len)) {
		cli_warn("cannot write '%s':",
		    opts.output ? opts.output : "<stdout>");
		out.broken = true;
	}
	buf_clear(&out.bytes);
}

static void
on_record(void *ctx, const struct plan_record *rec)
{
	(void)ctx;
	if (opts.summary)
		summary_add(&out.summary, rec);
	if (opts.list_objects || opts.exclude.n)
		objects_add(&out.objects, rec);
	if (opts.plot)
		plot_add(&out.plot, rec);
	if (!writes_plan())
		return;
	if (opts.format == FORMAT_JSON)
		record_json(&out.bytes, rec);
	else
		plan_write(&out.writer, rec);
	if (out.bytes.len >= WRITE_SIZE)
		put_bytes();
}

/* At rest everything goes out; else only what fills a block. */
static int
flush(void *ctx, bool rest)
{
	(void)ctx;
	if (rest && writes_plan()) {
		if (opts.format != FORMAT_JSON)
			plan_writer_flush(&out.writer);
		put_bytes();
	}
	return out.broken ? -1 : 0;
}

/* Where none is configured acceleration takes this long to build up. */
#define JERK_S 0.03

static double
jerk_of(const struct machine *machine)
{
	return machine->max_jerk > 0 ? machine->max_jerk
				     : machine->max_accel / JERK_S;
}

static int
begin(const struct machine *machine, bool live)
{
	struct gcode_options options = {
	    .jerk = opts.profile == PROFILE_SCURVE ? jerk_of(machine) : 0,
	    .keep_going = live,
	    .assume_ready = opts.assume_ready,
	    .checks_homing = true,
	    .arc_tolerance = opts.arc_tolerance,
	    .ahead = input_ahead,
	    .ahead_ctx = &out.input,
	};
	struct gcode_hooks hooks = {.record = on_record};

	if (!writes_plan() && !opts.summary && !opts.list_objects && !opts.plot)
		hooks.record = NULL;
	if (opts.format != FORMAT_NONE) {
		out.file = file_create(opts.output);
		if (!out.file) {
			cli_warn("cannot create '%s':", opts.output);
			return EXIT_IO;
		}
	}
	if (writes_plan() && opts.format != FORMAT_JSON)
		plan_writer_init(&out.writer, &out.bytes, machine->config_hash,
		    opts.format == FORMAT_TEXT);
	summary_init(&out.summary, machine, opts.density);
	out.summary.jerk = options.jerk;
	plot_init(&out.plot, machine, &plot_range);
	out.exec = gcode_exec_new(machine, &options, &hooks, NULL, &sink);
	for (int i = 0; i < opts.exclude.n; i++)
		gcode_exec_exclude(out.exec, opts.exclude.v[i]);
	out.input = (struct input){
	    .exec = out.exec,
	    .sink = &sink,
	    .idle_s = opts.idle_s,
	    .quiet = cli_verbosity() < 0,
	    .whole = opts.read_ahead,
	    .flush = flush,
	};
	return 0;
}

/* what ended the input, as an exit status; 0 goes on */
static int
after_input(enum input_result r)
{
	switch (r) {
	case INPUT_FAILED:
		return out.status;
	case INPUT_UNREADABLE:
		return EXIT_IO;
	case INPUT_UNOPENED:
		return EXIT_NO_INPUT;
	case INPUT_STOPPED:
		return out.broken ? EXIT_IO : 0;
	case INPUT_SIGNAL:
	case INPUT_DONE:
		break;
	}
	return 0;
}

static int
put_summary(void)
{
	struct buf text = BUF_INIT;
	int bad;

	if (opts.list_objects && opts.format == FORMAT_JSON)
		objects_json(&out.objects, &text);
	else if (opts.list_objects)
		objects_text(&out.objects, &text);
	else if (opts.format == FORMAT_JSON)
		summary_json(&out.summary, &text);
	else
		summary_text(&out.summary, &text);
	if (opts.format == FORMAT_JSON)
		bad = file_put(out.file, text.data, text.len);
	else if (writes_plan() && (!opts.output || !strcmp(opts.output, "-")))
		bad = fputs(text.data, stderr) < 0;
	else
		bad = fputs(text.data, stdout) < 0;
	buf_release(&text);
	if (bad)
		cli_warn("cannot write the summary:");
	return bad ? EXIT_IO : 0;
}

static int
put_plot(void)
{
	struct buf svg = BUF_INIT;
	int bad;

	plot_svg(&out.plot, &svg);
	bad = file_replace(opts.plot, svg.data, svg.len);
	buf_release(&svg);
	if (bad)
		cli_warn("cannot write '%s':", opts.plot);
	return bad ? EXIT_IO : 0;
}

/* With a summary it is there. */
static void
tell_jerk(void)
{
	struct buf text = BUF_INIT;

	if (cli_verbosity() < 0)
		return;
	summary_jerk(&out.summary, &text);
	fputs(text.data, stderr);
	buf_release(&text);
}

/* Half a plan has no END: the reader knows that it was cut off. */
static int
end(int status, bool whole)
{
	if (whole)
		gcode_exec_end(out.exec);
	else
		gcode_exec_rest(out.exec);
	if (whole && gcode_exec_failed(out.exec)) {
		status = out.status;
		whole = false;
	}
	out.summary.slowed = gcode_exec_slowed(out.exec);
	out.summary.probing = *gcode_exec_probing(out.exec);
	out.summary.jerk_costs_s =
	    gcode_exec_jerk_costs_s(out.exec, &out.summary.plain_s);
	if (whole && out.summary.jerk > 0 && !opts.summary)
		tell_jerk();
	if (whole && opts.exclude.n)
		exclude_check(&out.objects, &opts.exclude, "<stdin>",
		    DIAG_WARNING, &sink);
	if (flush(NULL, true) && !status)
		status = EXIT_IO;
	if (!status && whole && (opts.summary || opts.list_objects))
		status = put_summary();
	if (!status && whole && opts.plot)
		status = put_plot();
	if (out.file && !status && whole) {
		if (file_commit(out.file)) {
			cli_warn("cannot write '%s':",
			    opts.output ? opts.output : "<stdout>");
			status = EXIT_IO;
		}
	} else if (out.file) {
		file_abandon(out.file);
	}
	gcode_exec_free(out.exec);
	plan_writer_release(&out.writer);
	buf_release(&out.bytes);
	summary_release(&out.summary);
	objects_release(&out.objects);
	plot_release(&out.plot);
	return status;
}

/* The operands; or, to resume, what is left of the one. */
static enum input_result
read_input(int argc, char **argv, const struct buf *rest)
{
	enum input_result r = INPUT_DONE;

	if (rest) {
		gcode_exec_file(out.exec, argv[0], true);
		gcode_exec_lines(out.exec, rest->data, rest->len);
		return gcode_exec_failed(out.exec) ? INPUT_FAILED : INPUT_DONE;
	}
	if (argc == 0)
		return input_read(&out.input, NULL);
	for (int i = 0; i < argc && r == INPUT_DONE; i++)
		r = input_read(&out.input, argv[i]);
	return r;
}

static int
plan(const struct machine *machine, int argc, char **argv,
    const struct buf *rest)
{
	bool live = argc == 0 && isatty(STDIN_FILENO);
	enum input_result r;
	int status;

	if (opts.exclude.n &&
	    exclude_check_files(machine, &opts.exclude, argc, argv, &sink))
		return EXIT_BAD_DATA;
	status = begin(machine, live);
	if (status)
		return status;
	signals_begin();
	r = read_input(argc, argv, rest);
	status = after_input(r);
	return end(status, !status && r != INPUT_SIGNAL);
}

/* the G-code that goes on, itself */
static int
put_gcode(const struct buf *rest)
{
	struct file_output *file = file_create(opts.output);

	if (!file || file_put(file, rest->data, rest->len) ||
	    file_commit(file)) {
		cli_warn("cannot write '%s':",
		    opts.output ? opts.output : "<stdout>");
		return EXIT_IO;
	}
	return 0;
}

static int
run(int argc, char **argv)
{
	struct machine *machine = machine_load(opts.config, cli_sink());
	struct buf rest = BUF_INIT;
	int status = 0;

	if (!machine)
		return EXIT_CONFIG;
	if (opts.resume)
		status =
		    resume_gcode(machine, opts.resume, argv[0], &sink, &rest);
	if (!status && opts.format == FORMAT_GCODE)
		status = put_gcode(&rest);
	else if (!status)
		status = plan(machine, argc, argv, opts.resume ? &rest : NULL);
	buf_release(&rest);
	machine_free(machine);
	signals_raise();
	return status;
}

static void
parse_ranges(void)
{
	const char *text = opts.plot_lines ? opts.plot_lines : opts.plot_time;

	if (opts.plot_lines && opts.plot_time)
		cli_die(EXIT_BAD_USAGE,
		    "--plot-lines and --plot-time: one of them");
	if (!text)
		return;
	if (!opts.plot)
		cli_die(EXIT_BAD_USAGE, "'%s' of what? say --plot=FILE", text);
	if (plot_range_parse(&plot_range, text, opts.plot_lines != NULL))
		cli_die(EXIT_BAD_USAGE,
		    "'%s' is no range; it is written as 10-20", text);
}

static bool
to_terminal(void)
{
	return isatty(STDOUT_FILENO) &&
	       (!opts.output || !strcmp(opts.output, "-"));
}

/* A picture or a summary was asked for, and there is nobody to take a plan. */
static bool
wants_no_plan(void)
{
	return to_terminal() &&
	       (opts.summary || opts.plot || opts.list_objects);
}

int
main(int argc, char **argv)
{
	cli_begin(&program, &argc, &argv);
	parse_ranges();
	if (opts.format == FORMAT_UNSAID)
		opts.format = wants_no_plan() ? FORMAT_NONE : FORMAT_BINARY;
	if (opts.format == FORMAT_BINARY && to_terminal())
		cli_die(EXIT_BAD_USAGE,
		    "a binary plan is not for a terminal: --format=text, "
		    "-o FILE or a pipe");
	if (opts.resume && argc != 1)
		cli_die(
		    EXIT_BAD_USAGE, "--resume goes on with one file: name it");
	if (opts.format == FORMAT_GCODE && !opts.resume)
		cli_die(EXIT_BAD_USAGE,
		    "--format=gcode is what --resume would plan");
	if (opts.format == FORMAT_NONE && opts.output)
		cli_die(EXIT_BAD_USAGE,
		    "--format=none writes no plan: no --output with it");
	return cli_finish((enum cli_status)run(argc, argv));
}
