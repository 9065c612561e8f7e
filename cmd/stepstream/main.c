/* SPDX-License-Identifier: GPL-3.0-or-later */
/* stepstream: a plan comes in, the machine moves; events go out. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "accel.h"
#include "cli/cli.h"
#include "io/file.h"
#include "io/signals.h"
#include "recover.h"
#include "session.h"

struct opts {
	const char *config, *port, *status, *journal, *control, *mesh;
	const char *output, *dictionary, *accelerometer;
	bool simulate, dump, recover;
	struct opt_strings sim_args;
	double max_error_us;
	double clock_freq;
};

static const char *const synopsis[] = {
    "[-qv] [-c FILE] [--port=DEVICE] [--status=FILE]",
    "[--control=SOCKET] [--journal=FILE] [--mesh=FILE] [PLAN]",
    "--simulate [--sim-arg=ARG] [--dump] [-qv] [-c FILE] [PLAN]",
    "--dump [--dictionary=DICT] [-c FILE] [PLAN]",
    "-o FILE --dictionary=DICT [-q] [-c FILE] [PLAN]",
    "--recover --journal=FILE [-q] [-c FILE] [--port=DEVICE]",
    NULL,
};

static struct opts o;

static const struct opt optv[] = {
    {.kind = OPT_HEAD, .help = "Machine"},
    {OPT_STRING, 'c', "config", &o.config, "FILE",
	"the printer: printer.conf or printer.cfg", 0, 0, NULL},
    {OPT_STRING, 0, "port", &o.port, "DEVICE",
	"the board's port, not the configured one", 0, 0, NULL},
    {OPT_FLAG, 0, "simulate", &o.simulate, NULL,
	"drive mcu-sim in lock-step, as fast as it goes", 0, 0, NULL},
    {OPT_LIST, 0, "sim-arg", &o.sim_args, "ARG",
	"hand ARG to mcu-sim; may be repeated", 0, 0, NULL},
    {OPT_DOUBLE, 0, "max-step-error", &o.max_error_us, "US",
	"steps lie within US microseconds of their exact time", 0.1, 100, NULL},
    {.kind = OPT_HEAD, .help = "Without a machine"},
    {OPT_FLAG, 0, "dump", &o.dump, NULL,
	"write the commands as text, one a line", 0, 0, NULL},
    {OPT_STRING, 'o', "output", &o.output, "FILE",
	"write the bytes for the board to FILE", 0, 0, NULL},
    {OPT_STRING, 0, "dictionary", &o.dictionary, "DICT",
	"the board's data dictionary, JSON or zlib", 0, 0, NULL},
    {.kind = OPT_HEAD, .help = "Reports"},
    {OPT_STRING, 0, "status", &o.status, "FILE",
	"keep a JSON snapshot of the machine there", 0, 0, NULL},
    {OPT_STRING, 0, "journal", &o.journal, "FILE",
	"note there how far the print has come", 0, 0, NULL},
    {OPT_FLAG, 0, "recover", &o.recover, NULL,
	"ask the board where a print that ended left it, for the journal", 0, 0,
	NULL},
    {OPT_STRING, 0, "accelerometer", &o.accelerometer, "FILE",
	"write what the accelerometer feels there, as CSV", 0, 0, NULL},
    {OPT_STRING, 0, "mesh", &o.mesh, "FILE",
	"write a probed mesh there, for printerconf set", 0, 0, NULL},
    {OPT_STRING, 0, "control", &o.control, "SOCKET",
	"take JSON requests from a local socket", 0, 0, NULL},
    {.kind = OPT_END},
};

static const struct cli_program program = {
    .name = "stepstream",
    .purpose = "Turn a plan into steps, and mind the machine while it moves",
    .synopsis = synopsis,
    .optv = optv,
    .keep_sigpipe = true,
};

static void
check_options(void)
{
	if (o.simulate && o.port)
		cli_die(EXIT_BAD_USAGE, "--port and --simulate exclude each "
					"other");
	if (o.sim_args.n > 0 && !o.simulate)
		cli_die(EXIT_BAD_USAGE, "--sim-arg needs --simulate");
	if (o.output && (o.simulate || o.port))
		cli_die(EXIT_BAD_USAGE,
		    "-o is for a board that is not there: without --port and "
		    "--simulate");
	if (o.output && !o.dictionary)
		cli_die(EXIT_BAD_USAGE,
		    "-o needs the board's data dictionary: --dictionary=DICT");
	if (o.dictionary && (o.simulate || o.port))
		cli_die(EXIT_BAD_USAGE,
		    "--dictionary is for a board that is not there");
	if (o.accelerometer && (o.output || (o.dump && !o.simulate && !o.port)))
		cli_die(EXIT_BAD_USAGE,
		    "--accelerometer needs a board that is there");
	if (o.recover && (o.output || o.dump || o.simulate || !o.journal))
		cli_die(EXIT_BAD_USAGE,
		    "--recover asks a board that is there, for the journal "
		    "that --journal names");
	if (o.dump && o.output && strcmp(o.output, "-") == 0)
		cli_die(EXIT_BAD_USAGE,
		    "--dump and '-o -' both want standard output");
}

/* Opens the board and creates what the configuration says. */
static int
set_up(struct session *s, const struct machine *machine, struct mcu **mcu)
{
	struct mcu_options mo = {
	    .serial = o.simulate ? "sim:" : o.port,
	    .sim_args = o.sim_args.v,
	    .n_sim_args = o.sim_args.n,
	    .config_path = machine->file,
	    .dump_path = o.dump ? "-" : NULL,
	    .output_path = o.output,
	    .dictionary_path = o.dictionary,
	};
	struct session_options so = {
	    .status_path = o.status,
	    .journal_path = o.journal,
	    .mesh_path = o.mesh,
	    .control_path = o.control,
	    .quiet = cli_verbosity() < 0 || (o.dump && cli_verbosity() == 0),
	    .max_error_s = o.max_error_us * 1e-6,
	};
	int status = EXIT_DONE;

	if (machine->n_mcus < 1) {
		cli_warn("%s: no mcu is configured", machine->file);
		return EXIT_CONFIG;
	}
	if (session_supports(machine, cli_sink()) != 0)
		return EXIT_CONFIG;
	/* told now, not when the bed has been probed */
	if (o.mesh && file_replaceable(o.mesh) != 0) {
		cli_warn("cannot write '%s':", o.mesh);
		return EXIT_IO;
	}
	*mcu = mcu_open(machine, &machine->mcu[0], &mo, cli_sink(), &status);
	if (!*mcu)
		return status;
	if (o.accelerometer) {
		so.accel =
		    accel_new(*mcu, machine, o.accelerometer, cli_sink());
		if (!so.accel)
			return EXIT_CONFIG;
	}
	session_init(s, machine, *mcu, &so, cli_sink());
	events_begin(&s->events,
	    !o.recover && !o.dump && !(o.output && strcmp(o.output, "-") == 0),
	    mcu_kind(*mcu) != MCU_LIVE);
	if (o.recover)
		return EXIT_DONE;
	if (mcu_configure(*mcu, &status) != 0)
		return status;
	if (o.control && !(s->control = control_open(o.control, cli_sink())))
		return EXIT_SYSTEM;
	return EXIT_DONE;
}

/* The print; its exit status. */
static int
print(struct session *s)
{
	int status = EXIT_DONE;

	if (session_begin(s) == 0 && session_execute(s) == 0)
		status = EXIT_DONE;
	session_end(s);
	if (s->options.accel && accel_finish(s->options.accel) != 0 &&
	    status == EXIT_DONE)
		status = EXIT_IO;
	if (s->stop != STOP_NONE) {
		status = s->status;
		progress_clear(&s->progress);
		if (s->stop != STOP_UPSTREAM)
			cli_warn("%s", s->why.data);
		mcu_discard_output(s->mcu);
	}
	report_summary(s);
	events_end(&s->events);
	if (status == EXIT_DONE && s->events.error)
		status = EXIT_IO;
	return status;
}

static int
run(const char *plan)
{
	struct diag_place place = {.file = plan};
	struct machine *machine = NULL;
	struct mcu *mcu = NULL;
	struct session s;
	int status;

	check_options();
	/* without a board we are a filter like others */
	if ((o.dump || o.output) && !o.simulate && !o.port)
		signal(SIGPIPE, SIG_DFL);
	machine = machine_load(o.config, cli_sink());
	if (!machine)
		return EXIT_CONFIG;
	memset(&s, 0, sizeof(s));
	status = set_up(&s, machine, &mcu);
	if (status == EXIT_DONE && o.recover) {
		status = recover(&s, o.journal);
	} else if (status == EXIT_DONE &&
		   input_open(&s.input, plan, cli_sink()) != 0) {
		diag_report(cli_sink(), DIAG_ERROR, &place, NULL, "%s",
		    strerror(errno));
		status = EXIT_NO_INPUT;
	} else if (status == EXIT_DONE) {
		status = print(&s);
		input_close(&s.input);
	} else if (mcu) {
		mcu_discard_output(mcu);
	}
	if (mcu_close(mcu) != 0 && status == EXIT_DONE) {
		cli_warn("cannot write the output:");
		status = EXIT_IO;
	}
	if (s.machine)
		session_release(&s);
	machine_free(machine);
	return status;
}

int
main(int argc, char **argv)
{
	int status;

	signal(SIGPIPE, SIG_IGN);
	cli_begin(&program, &argc, &argv);
	if (argc > 1)
		cli_die(EXIT_BAD_USAGE, "one plan at a time: '%s', then '%s'",
		    argv[0], argv[1]);
	if (argc > 0 && o.recover)
		cli_die(
		    EXIT_BAD_USAGE, "--recover takes no plan: '%s'", argv[0]);
	signals_begin();
	status = run(argc > 0 ? argv[0] : NULL);
	if (status > 128)
		signals_raise();
	return cli_finish((enum cli_status)status);
}
