/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads MCU commands, writes MCU responses: the firmware and a machine. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "base/xalloc.h"
#include "cli/cli.h"
#include "io/file.h"
#include "io/signals.h"
#include "mcu-fw/board/sim/sim.h"
#include "mcu-fw/sim/picture.h"
#include "mcu-sim.h"

#define CLOCK_DEFAULT 72000000	/* an STM32F103 */
#define CLOCK_MAX     715827882 /* what hosts accept: 3 s in 31 bits */
#define BAUD_DEFAULT  250000
#define MEMORY_SIZE   131072
#define ADC_MAX	      4095
#define SENSOR_CLOCK  0.24 /* percent: real ones are off by that and more */
#define EVENT_TICKS   60   /* a step on an STM32F103 */

static struct {
	const char *config, *pty, *picture, *report, *trace, *start, *laid;
	struct opt_strings faults, resonances;
	bool lockstep;
	uint32_t clock, baud, memory, seed;
	double warp, sensor_clock;
} opts = {.clock = CLOCK_DEFAULT,
    .baud = BAUD_DEFAULT,
    .memory = MEMORY_SIZE,
    .seed = 1,
    .sensor_clock = SENSOR_CLOCK};

static const char *const synopsis[] = {
    "--lockstep [-c FILE] [OPTION ...]",
    "--pty=LINK [-c FILE] [OPTION ...]",
    NULL,
};

static const struct opt optv[] = {
    {OPT_HEAD, .help = "How it is driven"},
    {OPT_FLAG, .name = "lockstep", .dest = &opts.lockstep,
	.help = "share a virtual clock with the host on stdin and stdout"},
    {OPT_STRING, .name = "pty", .dest = &opts.pty, .arg = "LINK",
	.help = "real time, on a terminal to which LINK will point"},
    {OPT_HEAD, .help = "The machine"},
    {OPT_STRING, 'c', "config", &opts.config, .arg = "FILE",
	.help = "the printer: printer.conf or printer.cfg"},
    {OPT_UINT, .name = "clock", .dest = &opts.clock, .arg = "HZ",
	.help = "the chip's clock (default: 72000000)", .min = 1000000,
	.max = CLOCK_MAX},
    {OPT_UINT, .name = "baud", .dest = &opts.baud, .arg = "BAUD",
	.help = "speed of the wire in lock-step (default: 250000)", .min = 1200,
	.max = 10000000},
    {OPT_UINT, .name = "memory", .dest = &opts.memory, .arg = "BYTES",
	.help = "the chip's memory for objects and moves (default: 131072)",
	.min = 256, .max = 16777216},
    {OPT_STRING, .name = "start", .dest = &opts.start, .arg = "X,Y,Z",
	.help = "where the carriage stands at first, mm"},
    {OPT_DOUBLE, .name = "warp", .dest = &opts.warp, .arg = "MM",
	.help = "the bed is no plane, but that high at its sides", .min = -5,
	.max = 5},
    {OPT_LIST, .name = "fault", .dest = &opts.faults, .arg = "FAULT",
	.help = "break something; may be repeated"},
    {OPT_LIST, .name = "resonance", .dest = &opts.resonances, .arg = "MODE",
	.help = "the frame rings: AXIS:HZ:DAMPING[:GAIN]; may be repeated"},
    {OPT_DOUBLE, .name = "sensor-clock", .dest = &opts.sensor_clock,
	.arg = "PERCENT",
	.help = "so fast goes the accelerometer's clock (default: 0.24)",
	.min = -20, .max = 20},
    {OPT_UINT, .name = "seed", .dest = &opts.seed, .arg = "N",
	.help = "of noise and of bad luck (default: 1)", .max = 4294967295.0},
    {OPT_HEAD, .help = "What is written"},
    {OPT_STRING, .name = "picture", .dest = &opts.picture, .arg = "FILE",
	.help = "draw what was laid down: FILE.svg or FILE.png"},
    {OPT_STRING, .name = "laid", .dest = &opts.laid, .arg = "FILE",
	.help = "write what was laid down as CSV"},
    {OPT_STRING, .name = "report", .dest = &opts.report, .arg = "FILE",
	.help = "write the end of it all as JSON"},
    {OPT_STRING, .name = "trace", .dest = &opts.trace, .arg = "FILE",
	.help = "write each change of a pin: tick, pin, level"},
    {OPT_END, .name = NULL},
};

static const struct cli_program program = {
    .name = "mcu-sim",
    .purpose = "The firmware on the host, with a machine behind its pins",
    .synopsis = synopsis,
    .optv = optv,
    .keep_sigpipe = true,
};

/* The complaints of this program, for its page and its tests. */
static const struct {
	const char *slug;
	int status;
} diag_table[] = {
    {"fault", EXIT_BAD_USAGE},
    {"resonance", EXIT_BAD_USAGE},
};

static const char *refused; /* the slug of the first complaint */

static void
note_slug(struct diag_sink *s, enum diag_level level,
    const struct diag_place *place, const char *slug, const char *text)
{
	(void)s;
	if (!refused && level == DIAG_ERROR)
		refused = slug;
	cli_sink()->emit(cli_sink(), level, place, slug, text);
}

static struct diag_sink sink = {.emit = note_slug};

static int
refused_status(void)
{
	for (size_t i = 0; i < sizeof(diag_table) / sizeof(*diag_table); i++)
		if (refused && strcmp(refused, diag_table[i].slug) == 0)
			return diag_table[i].status;
	return EXIT_BAD_USAGE;
}

static void
parse_start(struct model_options *o)
{
	const char *p = opts.start;

	if (!p)
		return;
	for (int i = 0; i < 3; i++) {
		size_t n = strcspn(p, ",");

		if (num_parse_decimal(p, n, &o->start[i]) != 0 ||
		    (p[n] == ',') != (i < 2))
			cli_die(EXIT_BAD_USAGE,
			    "--start '%s' is not X,Y,Z in mm", opts.start);
		p += n + 1;
	}
	o->has_start = true;
}

static void
parse_faults(struct model_options *o)
{
	o->n_faults = opts.faults.n;
	o->fault = xcalloc((size_t)o->n_faults + 1, sizeof(*o->fault));
	for (int i = 0; i < o->n_faults; i++)
		if (model_fault_parse(opts.faults.v[i], &o->fault[i], &sink) !=
		    0)
			exit(refused_status());
}

static void
parse_resonances(struct model_options *o)
{
	if (opts.resonances.n > FRAME_MODES_MAX)
		cli_die(EXIT_BAD_USAGE, "--resonance: more than %d of them",
		    FRAME_MODES_MAX);
	for (int i = 0; i < opts.resonances.n; i++)
		if (frame_mode_parse(opts.resonances.v[i],
			&o->resonance[o->n_resonances++], &sink) != 0)
			exit(refused_status());
}

static FILE *
open_trace(struct file_output **out)
{
	FILE *fp = NULL;

	if (!opts.trace)
		return NULL;
	*out = file_create(opts.trace);
	if (*out)
		fp = fdopen(file_fd(*out), "w");
	if (!fp)
		cli_die(EXIT_IO, "cannot write '%s':", opts.trace);
	return fp;
}

/* 0, or -1 after saying why. */
static int
write_text(const char *path, const struct buf *text)
{
	struct file_output *out = file_create(path);

	if (!out || file_put(out, text->data, text->len) != 0) {
		cli_warn("cannot write '%s':", path);
		file_abandon(out);
		return -1;
	}
	if (file_commit(out) == 0)
		return 0;
	cli_warn("cannot write '%s':", path);
	return -1;
}

static int
write_laid(struct model *m)
{
	char *data = NULL;
	size_t size = 0;
	FILE *fp = open_memstream(&data, &size);
	struct buf text = BUF_INIT;
	int result;

	if (!fp)
		return -1;
	result = laid_write_csv(model_laid(m), fp);
	if (fclose(fp) == 0 && result == 0) {
		buf_add(&text, data, size);
		result = write_text(opts.laid, &text);
	}
	buf_release(&text);
	free(data);
	return result;
}

static int
write_picture(const struct machine *machine, struct model *m)
{
	const struct machine_rail *r = machine->rail;
	struct picture_info info = {
	    .bed_min = {fmax(r[0].position_min, 0), fmax(r[1].position_min, 0)},
	    .bed_max = {r[0].position_max, r[1].position_max},
	    .title = machine->file,
	};

	return picture_write(opts.picture, model_laid(m), &info, cli_sink());
}

static void
say(const char *text)
{
	cli_warn("%s", text);
}

/* What the run leaves behind; the first failure's status. */
static int
write_results(const struct machine *machine, struct model *m)
{
	struct buf report = BUF_INIT;
	int status = EXIT_DONE;

	model_warn(m, say);
	if (sim_shutdown_reason())
		cli_warn(
		    "the board has shut down: '%s'", sim_shutdown_reason());
	if (opts.report) {
		model_report(m, &report);
		if (write_text(opts.report, &report) != 0)
			status = EXIT_IO;
		buf_release(&report);
	}
	if (opts.laid && write_laid(m) != 0)
		status = EXIT_IO;
	if (opts.picture && write_picture(machine, m) != 0)
		status = EXIT_IO;
	return status;
}

static int
run(const struct machine *machine, struct model *m)
{
	struct sim_options chip = {.freq = opts.clock,
	    .baud = opts.pty ? 0 : opts.baud,
	    .memory = opts.memory,
	    .adc_max = ADC_MAX,
	    .event_ticks = EVENT_TICKS,
	    .mcu = "gantry-sim"};
	struct file_output *trace = NULL;
	int status = EXIT_DONE, more;

	sim_trace = open_trace(&trace);
	sim_begin(&chip);
	if (opts.pty)
		status = serve_pty(m, opts.pty);
	else if (serve_lockstep(m) != 0)
		status = EXIT_PROTO;
	if (status == EXIT_PROTO)
		cli_warn("the host does not speak lock-step");
	more = write_results(machine, m);
	if (trace && (fflush(sim_trace) != 0 || file_commit(trace) != 0)) {
		cli_warn("cannot write '%s':", opts.trace);
		more = EXIT_IO;
	}
	sim_end();
	return status != EXIT_DONE ? status : more;
}

int
main(int argc, char **argv)
{
	/* static: what it holds is still held when a refusal exits */
	static struct model_options options;
	struct machine *machine;
	struct model *m;
	char *path;
	int status;

	cli_begin(&program, &argc, &argv);
	if (argc > 0)
		cli_die(EXIT_BAD_USAGE, "no operand is taken: '%s'", argv[0]);
	if (opts.lockstep == (opts.pty != NULL))
		cli_die(EXIT_BAD_USAGE, "say --lockstep or --pty=LINK");
	if (opts.picture && picture_check_name(opts.picture, cli_sink()) != 0)
		return cli_finish(EXIT_BAD_USAGE);
	parse_start(&options);
	parse_faults(&options);
	parse_resonances(&options);
	options.seed = opts.seed;
	options.warp = opts.warp;
	options.sensor_clock_percent = opts.sensor_clock;
	options.keep_laid = opts.picture || opts.laid;
	path = machine_find_config(opts.config, cli_sink());
	machine = path ? machine_load(path, cli_sink()) : NULL;
	free(path);
	if (!machine)
		return cli_finish(EXIT_CONFIG);
	m = model_new(machine, &options, &sink);
	status = m ? run(machine, m) : refused_status();
	model_free(m);
	machine_free(machine);
	signals_raise();
	return cli_finish(status);
}
