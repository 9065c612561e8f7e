/* SPDX-License-Identifier: GPL-3.0-or-later */
/* camctl: a camera that is always there, and never in the print's way. */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "camctl.h"

static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
} commands[] = {
    {"list", cmd_list},
    {"show", cmd_show},
    {"set", cmd_set},
    {"link", cmd_link},
    {"check", cmd_check},
    {"import", cmd_import},
    {"serve", cmd_serve},
    {"grab", cmd_grab},
    {"stream", cmd_stream},
    {"timelapse", cmd_timelapse},
};

static const char *const synopsis[] = {
    "list [--all] [--json]               the cameras, and how to name them",
    "show [--json] [NAME|DEVICE]         what a camera can do",
    "set NAME CONTROL=VALUE ...          its controls, for good",
    "check [NAME ...]                    what is wrong, and what to do",
    "link [--watch | --udev-rule]        a name in /run for each camera",
    "import crowsnest.conf               cameras for printer.conf",
    "serve [--listen=ADDR:PORT] ...      show them over HTTP",
    "grab [NAME] >a.jpg                  one picture",
    "stream [--format=FORMAT] [NAME]     pictures for a pipe",
    "timelapse [NAME] -o part.mp4        a film of a print, from its events",
    NULL};

static const struct opt optv[] = {{.kind = OPT_END}};

static const struct cli_program program = {
    .name = "camctl",
    .purpose = "Webcams for printers; camctl COMMAND --help tells more",
    .synopsis = synopsis,
    .optv = optv,
    .subcommands = true,
};

void
parse_streamer(const struct cli_program *p, int *argc, char ***argv)
{
	cli_parse(p, argc, argv);
	signal(SIGPIPE, SIG_IGN);
}

int
main(int argc, char **argv)
{
	cli_begin(&program, &argc, &argv);
	if (argc < 1)
		cli_die(EXIT_BAD_USAGE, "which command?  see --help");
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (strcmp(argv[0], commands[i].name) == 0)
			return cli_finish(commands[i].run(argc, argv));
	cli_die(EXIT_BAD_USAGE, "unknown command '%s'; see --help", argv[0]);
}
