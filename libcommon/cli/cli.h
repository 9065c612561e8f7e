/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What every program does the same: options, help, exit status, stdout. */
#ifndef GANTRY_CLI_CLI_H
#define GANTRY_CLI_CLI_H

#include <stdbool.h>
#include <stdint.h>

#include "base/diag.h"

/* Exit statuses (numbers of sysexits, kept by ourselves). */
enum cli_status {
	EXIT_DONE = 0,
	EXIT_NO = 1,	     /* ran well, the answer is no: findings */
	EXIT_BAD_USAGE = 64, /* command line */
	EXIT_BAD_DATA = 65,  /* input is wrong or cut off */
	EXIT_NO_INPUT = 66,  /* cannot open input */
	EXIT_NO_DEVICE = 69, /* board, port or helper is missing */
	EXIT_BUG = 70,
	EXIT_SYSTEM = 71, /* memory or another refusal of the system */
	EXIT_IO = 74,	  /* reading or writing failed */
	EXIT_BUSY = 75,	  /* try again later */
	EXIT_PROTO = 76,  /* the peer talks nonsense or shut down */
	EXIT_CONFIG = 78,
};

/*
 * Options are declared once, as rows; parsing, errors, --help, the man page
 * test and the completions read the same table.  Long name always; short
 * name 0 if none.  No optional arguments.
 */
enum opt_kind {
	OPT_END,
	OPT_HEAD,   /* help: a heading, text in .help */
	OPT_FLAG,   /* bool *: set to true */
	OPT_COUNT,  /* int *: +1 (-v -v) */
	OPT_STRING, /* const char **: last one wins */
	OPT_LIST,   /* struct opt_strings *: may be repeated */
	OPT_DOUBLE, /* double *: min..max, unit in .arg */
	OPT_UINT,   /* uint32_t *: min..max */
	OPT_CHOICE, /* int *: index into the NULL-terminated .choices */
};

struct opt_strings {
	const char **v;
	int n;
};

struct opt {
	enum opt_kind kind;
	int shortname;
	const char *name;
	void *dest;
	const char *arg;  /* "FILE", "MM_S2"; NULL for flags */
	const char *help; /* one sentence, no full stop */
	double min, max;
	const char *const *choices;
};

struct cli_program {
	const char *name;
	const char *purpose;	     /* one sentence, as in NAME of the page */
	const char *const *synopsis; /* lines without the name; NULL ends */
	const struct opt *optv;	     /* -h, -V, -q, -v come by themselves */
	bool subcommands;	     /* options end at the first operand */
	bool keep_sigpipe; /* the program treats EPIPE as an event itself */
};

/*
 * First call of every main(): keeps 0 to 2 from becoming files when they were
 * closed, restores SIGPIPE (filters), sets LC_CTYPE only, parses, handles -h
 * and -V (stdout, exit 0), exits 64 with one line on a usage error.  Afterwards
 * argc and argv hold the operands only.
 */
void cli_begin(const struct cli_program *, int *argcp, char ***argvp);

/* Programs with subcommands: parse up to the first operand, then call
 * cli_parse() with the subcommand's own table. */
void cli_parse(const struct cli_program *, int *argcp, char ***argvp);

/* -q and -v as given: -1, 0, 1, 2 ... */
int cli_verbosity(void);
const char *cli_program_name(void);

/* "prog: text" on stderr, with errno's text when fmt ends in a colon. */
void cli_warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void cli_die(enum cli_status, const char *fmt, ...)
    __attribute__((noreturn, format(printf, 2, 3)));

/* A sink that prints "file:line:col: level: text [slug]" on stderr; colour
 * on a terminal unless NO_COLOR.  -q drops notes. */
struct diag_sink *cli_sink(void);

/* Last call: flushes and closes stdout; a write error is 74 whatever the
 * status was.  Returns the status for main() to return. */
int cli_finish(enum cli_status);

#endif
