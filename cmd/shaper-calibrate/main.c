/* SPDX-License-Identifier: GPL-3.0-or-later */
/* shaper-calibrate: from an accelerometer to the right input shaper. */
#include <string.h>

#include "cli/cli.h"
#include "cmd.h"

static const char *const synopsis[] = {
    "analyze [OPTION ...] [FILE ... | -]",
    "axes-map [OPTION ...] X-FILE Y-FILE Z-FILE",
    "belts [OPTION ...] A-FILE B-FILE",
    "compare [OPTION ...] OLD-FILE NEW-FILE",
    "excite [OPTION ...]",
    "noise [OPTION ...] [FILE ... | -]",
    "sweep [OPTION ...]",
    "vibrations [OPTION ...] FILE ...",
    NULL,
};

static const struct opt optv[] = {
    {.kind = OPT_HEAD, .help = "Subcommands, each with its own --help"},
    {.kind = OPT_END},
};

static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
} commands[] = {
    {"analyze", cmd_analyze},
    {"axes-map", cmd_axes_map},
    {"belts", cmd_belts},
    {"compare", cmd_compare},
    {"excite", cmd_excite},
    {"noise", cmd_noise},
    {"sweep", cmd_sweep},
    {"vibrations", cmd_vibrations},
};

int
main(int argc, char **argv)
{
	static const struct cli_program program = {"shaper-calibrate",
	    "measure the resonances of a machine and choose its input shapers",
	    synopsis, optv, true, false};
	const char *names[sizeof(commands) / sizeof(commands[0])], *near;
	int n = (int)(sizeof(commands) / sizeof(commands[0]));

	cli_begin(&program, &argc, &argv);
	if (argc == 0)
		cli_die(EXIT_BAD_USAGE, "no subcommand; see --help");
	for (int i = 0; i < n; i++) {
		names[i] = commands[i].name;
		if (strcmp(argv[0], commands[i].name) == 0)
			return cli_finish(commands[i].run(argc, argv));
	}
	near = diag_nearest(argv[0], names, n);
	cli_die(EXIT_BAD_USAGE, "unknown subcommand '%s'%s%s%s; see --help",
	    argv[0], near ? ", did you mean '" : "", near ? near : "",
	    near ? "'" : "");
}
