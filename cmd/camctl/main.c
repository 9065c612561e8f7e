/* SPDX-License-Identifier: GPL-3.0-or-later */
/* camctl: a camera that is always there, and never in the print's way. */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "camctl.h"

static const struct {
	const char *name, *what;
	int (*run)(int argc, char **argv);
} commands[] = {
    {"serve", "show the cameras over HTTP", cmd_serve},
    {"grab", "take one picture", cmd_grab},
    {"stream", "write pictures to standard output", cmd_stream},
};

static const char *const synopsis[] = {
    "serve [--listen=ADDR:PORT|unix:PATH] [--source=[NAME=]SPEC]", NULL};

static const struct opt optv[] = {{.kind = OPT_END}};

static const struct cli_program program = {
    .name = "camctl",
    .purpose = "Webcams for printers: find, set, show, record",
    .synopsis = synopsis,
    .optv = optv,
    .subcommands = true,
    .keep_sigpipe = true,
};

int
main(int argc, char **argv)
{
	/* a reader that goes away is an event, for the server and for a pipe */
	signal(SIGPIPE, SIG_IGN);
	cli_begin(&program, &argc, &argv);
	if (argc < 1)
		cli_die(EXIT_BAD_USAGE, "which command?  see --help");
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (strcmp(argv[0], commands[i].name) == 0)
			return cli_finish(commands[i].run(argc, argv));
	cli_die(EXIT_BAD_USAGE, "unknown command '%s'; see --help", argv[0]);
}
