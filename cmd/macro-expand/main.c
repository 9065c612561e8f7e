/* SPDX-License-Identifier: GPL-3.0-or-later */
/* macro-expand reads G-code and replaces each call of a macro by its lines. */
#include <stdlib.h>

#include "cmd/macro-expand/macro-expand.h"

struct opts opts;

static const char *const synopsis[] = {
    "[-qv] [-c FILE] [-o FILE] [--annotate] [--state=FILE] [FILE ...]",
    "--trace|--repl [-c FILE] [FILE ...]",
    "--list|--check|--cover [-c FILE]",
    "--render=FILE [--context=FILE] [--delimiters=KIND]",
    NULL,
};

static const char *const delimiters[] = {"klipper", "jinja", NULL};

static const struct opt optv[] = {
    {OPT_STRING, 'c', "config", &opts.config, "FILE",
	"the printer and its macros: printer.conf or printer.cfg", 0, 0, NULL},
    {OPT_HEAD, 0, NULL, NULL, NULL, "Output", 0, 0, NULL},
    {OPT_STRING, 'o', "output", &opts.output, "FILE",
	"write to FILE when it is whole", 0, 0, NULL},
    {OPT_FLAG, 0, "annotate", &opts.annotate, NULL,
	"mark where lines come from, for later stages", 0, 0, NULL},
    {OPT_FLAG, 0, "klipper", &opts.klipper, NULL,
	"write for Klipper: keep renamed names and its own commands", 0, 0,
	NULL},
    {OPT_FLAG, 0, "keep-going", &opts.keep_going, NULL,
	"go on behind a line that failed", 0, 0, NULL},
    {OPT_FLAG, 0, "save-variables", &opts.save, NULL,
	"write what SAVE_VARIABLE changed to its file", 0, 0, NULL},
    {OPT_HEAD, 0, NULL, NULL, NULL, "State", 0, 0, NULL},
    {OPT_STRING, 0, "state", &opts.state, "FILE",
	"live values: a JSON file, or the socket of stepstream", 0, 0, NULL},
    {OPT_LIST, 0, "set", &opts.set, "NAME=VALUE",
	"a live value: extruder.temperature=210; may be repeated", 0, 0, NULL},
    {OPT_FLAG, 0, "assume", &opts.assume, NULL,
	"take values that only the machine knows as 0", 0, 0, NULL},
    {OPT_UINT, 0, "seed", &opts.seed, "N", "what the filter random begins with",
	0, 4294967295.0, NULL},
    {OPT_HEAD, 0, NULL, NULL, NULL, "Looking", 0, 0, NULL},
    {OPT_FLAG, 0, "trace", &opts.trace, NULL,
	"show the tree of calls with their parameters", 0, 0, NULL},
    {OPT_FLAG, 0, "list", &opts.list, NULL,
	"name the macros, their parameters and defaults", 0, 0, NULL},
    {OPT_FLAG, 0, "check", &opts.check, NULL,
	"look for mistakes in all templates", 0, 0, NULL},
    {OPT_FLAG, 0, "cover", &opts.cover, NULL,
	"take every branch of every template once", 0, 0, NULL},
    {OPT_FLAG, 0, "repl", &opts.repl, NULL,
	"read lines and expressions from the keyboard", 0, 0, NULL},
    {OPT_HEAD, 0, NULL, NULL, NULL, "Templates", 0, 0, NULL},
    {OPT_STRING, 0, "render", &opts.render, "FILE",
	"render this template alone", 0, 0, NULL},
    {OPT_STRING, 0, "context", &opts.context, "FILE",
	"the names that it sees: a JSON object", 0, 0, NULL},
    {OPT_CHOICE, 0, "delimiters", &opts.delimiters, "KIND",
	"klipper: { x }, jinja: {{ x }}, for --render [klipper]", 0, 0,
	delimiters},
    {OPT_FLAG, 0, "kalico", &opts.kalico, NULL,
	"know the tags do, break and continue", 0, 0, NULL},
    {OPT_END, 0, NULL, NULL, NULL, NULL, 0, 0, NULL},
};

static const struct cli_program program = {
    .name = "macro-expand",
    .purpose = "expand the macros of a G-code file",
    .synopsis = synopsis,
    .optv = optv,
};

static unsigned
flags(void)
{
	return (opts.keep_going || opts.repl ? MACRO_KEEP_GOING : 0u) |
	       (opts.klipper ? MACRO_KLIPPER : 0u) |
	       (opts.assume ? MACRO_ASSUME : 0u) |
	       (opts.kalico ? MACRO_KALICO : 0u) |
	       (opts.check || opts.cover || opts.list ? MACRO_EVEN_WRONG : 0u);
}

static int
set_values(struct macro_world *w)
{
	int status = live_open(w);

	for (int i = 0; !status && i < opts.set.n; i++)
		if (macro_set(w, opts.set.v[i]))
			status = EXIT_BAD_USAGE;
	return status;
}

static int
run(int argc, char **argv)
{
	struct macro_world *w;
	int status;

	if (opts.render)
		return render_file();
	w = macro_load(
	    opts.config, flags(), &output_hooks, NULL, output_sink());
	if (!w)
		return EXIT_CONFIG;
	macro_random(w, opts.seed);
	status = set_values(w);
	if (status)
		;
	else if (opts.list)
		status = show_list(w);
	else if (opts.check)
		status = show_check(w, argc, argv);
	else if (opts.cover)
		status = show_cover(w);
	else if (opts.repl)
		status = repl(w);
	else
		status = expand_files(w, argc, argv);
	if (!status && output_sink()->count[DIAG_ERROR])
		status = opts.keep_going ? EXIT_BAD_DATA
			 : opts.repl	 ? EXIT_DONE
					 : EXIT_CONFIG;
	macro_free(w);
	return status;
}

int
main(int argc, char **argv)
{
	int status;

	cli_begin(&program, &argc, &argv);
	if (!opts.render && (opts.context || opts.delimiters))
		cli_die(EXIT_BAD_USAGE, "--%s goes with --render",
		    opts.context ? "context" : "delimiters");
	if (output_open())
		return cli_finish(EXIT_IO);
	status = run(argc, argv);
	if (output_close(status == EXIT_DONE || status == EXIT_NO) &&
	    (status == EXIT_DONE || status == EXIT_NO))
		status = EXIT_IO;
	return cli_finish((enum cli_status)status);
}
