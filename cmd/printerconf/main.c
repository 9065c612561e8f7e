/* SPDX-License-Identifier: GPL-3.0-or-later */
/* printerconf: import, check, show, change a printer's configuration. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "printerconf.h"

static const char *const synopsis[] = {
    "import [-o DIR] [--force] printer.cfg",
    "check [-c FILE] [--strict]",
    "show [-c FILE] [--defaults] [--format=conf|cfg|json] [SECTION...]",
    "get [-c FILE] KEY...",
    "set [-c FILE] [--dry-run] KEY=VALUE... | -",
    "motor [-c FILE] [--list] [--plot=FILE] [STEPPER...]",
    "keys [--format=text|mdoc] [SECTION...]",
    NULL,
};

static const struct opt optv[] = {
    {.kind = OPT_END},
};

static const struct cli_program program = {
    .name = "printerconf",
    .purpose = "import, check, show and change a printer's configuration",
    .synopsis = synopsis,
    .optv = optv,
    .subcommands = true,
};

static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
} commands[] = {
    {"import", cmd_import},
    {"check", cmd_check},
    {"show", cmd_show},
    {"get", cmd_get},
    {"set", cmd_set},
    {"motor", cmd_motor},
    {"keys", cmd_keys},
};

/* What configurations are complained about, here and in every program that
 * reads one; and what check finds. */
const struct {
	const char *slug;
	const char *what;
} diag_table[] = {
    {"config-open", "a file cannot be read"},
    {"config-syntax", "the text is not in the format"},
    {"config-include", "an include leads nowhere or in a circle"},
    {"config-limit", "too much of something"},
    {"config-unknown", "a name that is not known"},
    {"config-type", "a value of another type"},
    {"config-range", "a value out of its range"},
    {"config-missing", "a section or key that is needed"},
    {"config-conflict", "two statements that exclude each other"},
    {"config-pin", "a pin of a board that is not there"},
};

enum cli_status
refused_status(const char *path)
{
	return access(path, R_OK) ? EXIT_NO_INPUT : EXIT_CONFIG;
}

struct tree *
open_tree(const char *config, unsigned flags)
{
	char *path = machine_find_config(config, cli_sink());
	struct tree *t;
	enum cli_status status;

	if (!path)
		exit(EXIT_NO_INPUT);
	t = tree_load(path, flags, cli_sink());
	status = t ? EXIT_DONE : refused_status(path);
	free(path);
	if (!t)
		exit((int)status);
	return t;
}

int
main(int argc, char **argv)
{
	cli_begin(&program, &argc, &argv);
	if (argc < 1)
		cli_die(EXIT_BAD_USAGE,
		    "what shall be done? see printerconf --help");
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (strcmp(argv[0], commands[i].name) == 0)
			return cli_finish(
			    (enum cli_status)commands[i].run(argc, argv));
	cli_die(EXIT_BAD_USAGE,
	    "there is no command '%s', see printerconf --help", argv[0]);
}
