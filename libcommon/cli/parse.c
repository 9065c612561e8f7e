/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One table: getopt_long, range checks, --help. */
#include "cli/cli.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/num.h"
#include "base/xalloc.h"
#include "config.h"

enum {
	KEY_FIRST = 256
};

static const struct opt common_opts[] = {
    {.kind = OPT_HEAD, .help = "Common"},
    {OPT_FLAG, 'h', "help", NULL, NULL, "print this help", 0, 0, NULL},
    {OPT_FLAG, 'q', "quiet", NULL, NULL, "say only what went wrong", 0, 0,
	NULL},
    {OPT_COUNT, 'v', "verbose", NULL, NULL, "say more; may be repeated", 0, 0,
	NULL},
    {OPT_FLAG, 'V', "version", NULL, NULL, "print the version", 0, 0, NULL},
    {.kind = OPT_END},
};

static int verbosity;
static const char *program_name = "gantry";

int
cli_verbosity(void)
{
	return verbosity;
}

const char *
cli_program_name(void)
{
	return program_name;
}

static bool
takes_argument(const struct opt *o)
{
	return o->kind != OPT_FLAG && o->kind != OPT_COUNT;
}

static void
help_rows(const struct opt *v)
{
	for (const struct opt *o = v; o->kind != OPT_END; o++) {
		char left[80];

		if (o->kind == OPT_HEAD) {
			printf("\n%s:\n", o->help);
			continue;
		}
		snprintf(left, sizeof(left), "%s%c%s--%s%s%s",
		    o->shortname ? "-" : " ", o->shortname ? o->shortname : ' ',
		    o->shortname ? ", " : "  ", o->name,
		    takes_argument(o) ? "=" : "",
		    takes_argument(o) ? o->arg : "");
		printf("  %-30s %s%s", left, strlen(left) > 30 ? "\n" : "",
		    strlen(left) > 30 ? "                                 "
				      : "");
		printf("%s\n", o->help);
	}
}

static void
help(const struct cli_program *p)
{
	for (int i = 0; p->synopsis[i]; i++)
		printf("%s %s %s\n", i ? "      " : "usage:", p->name,
		    p->synopsis[i]);
	printf("\n%s\n", p->purpose);
	help_rows(p->optv);
	help_rows(common_opts);
	exit(cli_finish(EXIT_DONE));
}

static void
bad_value(const struct opt *o, const char *text)
{
	if (o->kind == OPT_CHOICE) {
		char list[256] = "";

		for (int i = 0; o->choices[i]; i++) {
			strncat(list, i ? ", " : "",
			    sizeof(list) - strlen(list) - 1);
			strncat(list, o->choices[i],
			    sizeof(list) - strlen(list) - 1);
		}
		cli_die(EXIT_BAD_USAGE, "--%s: '%s' is not one of %s", o->name,
		    text, list);
	}
	cli_die(EXIT_BAD_USAGE, "--%s: '%s' is not a number from %g to %g %s",
	    o->name, text, o->min, o->max, o->arg);
}

static void
take_choice(const struct opt *o, const char *text)
{
	for (int i = 0; o->choices[i]; i++) {
		if (strcmp(o->choices[i], text) == 0) {
			*(int *)o->dest = i;
			return;
		}
	}
	bad_value(o, text);
}

static void
take(const struct opt *o, const char *text)
{
	struct opt_strings *list;
	uint64_t u;
	double d;

	switch (o->kind) {
	case OPT_FLAG:
		*(bool *)o->dest = true;
		break;
	case OPT_COUNT:
		++*(int *)o->dest;
		break;
	case OPT_STRING:
		*(const char **)o->dest = text;
		break;
	case OPT_LIST:
		list = o->dest;
		list->v = xreallocarray(
		    list->v, (size_t)list->n + 1, sizeof(*list->v));
		list->v[list->n++] = text;
		break;
	case OPT_DOUBLE:
		if (num_parse_double(text, strlen(text), &d) || d < o->min ||
		    d > o->max)
			bad_value(o, text);
		*(double *)o->dest = d;
		break;
	case OPT_UINT:
		if (num_parse_uint(text, strlen(text), &u) ||
		    (double)u < o->min || (double)u > o->max || u > UINT32_MAX)
			bad_value(o, text);
		*(uint32_t *)o->dest = (uint32_t)u;
		break;
	case OPT_CHOICE:
		take_choice(o, text);
		break;
	case OPT_END:
	case OPT_HEAD:
		break;
	}
}

/* The rows of the program and the common ones, as getopt_long wants them */
struct table {
	const struct opt *row[64];
	struct option longs[65];
	char shorts[160];
	int n;
};

static void
table_add(struct table *t, const struct opt *v)
{
	for (const struct opt *o = v; o->kind != OPT_END; o++) {
		size_t at = strlen(t->shorts);

		if (o->kind == OPT_HEAD || t->n == 64)
			continue;
		t->row[t->n] = o;
		t->longs[t->n] = (struct option){o->name,
		    takes_argument(o) ? required_argument : no_argument, NULL,
		    KEY_FIRST + t->n};
		if (o->shortname) {
			t->shorts[at++] = (char)o->shortname;
			if (takes_argument(o))
				t->shorts[at++] = ':';
			t->shorts[at] = '\0';
		}
		t->n++;
	}
}

static const struct opt *
table_find(const struct table *t, int key)
{
	if (key >= KEY_FIRST)
		return t->row[key - KEY_FIRST];
	for (int i = 0; i < t->n; i++)
		if (t->row[i]->shortname == key)
			return t->row[i];
	return NULL;
}

static void
take_common(const struct cli_program *p, const struct opt *o)
{
	switch (o->shortname) {
	case 'h':
		help(p);
		break;
	case 'V':
		printf("%s (gantry) %s\n", p->name, GANTRY_VERSION);
		exit(cli_finish(EXIT_DONE));
	case 'q':
		verbosity = -1;
		break;
	case 'v':
		verbosity++;
		break;
	default:
		break;
	}
}

static _Noreturn void
usage_error(char **argv, int key)
{
	const char *word = argv[optind - 1];

	if (key == ':')
		cli_die(EXIT_BAD_USAGE,
		    "option '%s' needs an argument; see --help", word);
	if (optopt >= KEY_FIRST)
		cli_die(EXIT_BAD_USAGE,
		    "option '%s' takes no argument; see --help", word);
	if (optopt)
		cli_die(
		    EXIT_BAD_USAGE, "unknown option '-%c'; see --help", optopt);
	cli_die(EXIT_BAD_USAGE, "unknown option '%s'; see --help", word);
}

void
cli_parse(const struct cli_program *p, int *argcp, char ***argvp)
{
	struct table t = {.n = 0};
	int key;

	program_name = p->name;
	t.shorts[0] = '+';
	t.shorts[1] = ':';
	table_add(&t, p->optv);
	table_add(&t, common_opts);
	opterr = 0;
	optind = 0;
	/* a program without subcommands takes options after operands too */
	if (!p->subcommands)
		memmove(t.shorts, t.shorts + 1, strlen(t.shorts));
	while ((key = getopt_long(*argcp, *argvp, t.shorts, t.longs, NULL)) !=
	       -1) {
		const struct opt *o = table_find(&t, key);

		if (key == '?' || key == ':' || !o)
			usage_error(*argvp, key);
		if (!o->dest)
			take_common(p, o);
		else
			take(o, optarg);
	}
	*argcp -= optind;
	*argvp += optind;
}

/* A stream that was closed before we began must not become the first file that
 * is opened: that one would get our words.  Using it fails, as it should. */
static void
reserve_streams(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		if (fcntl(fd, F_GETFD) >= 0 || errno != EBADF)
			continue;
		if (open("/dev/null",
			fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) != fd)
			exit(EXIT_SYSTEM);
	}
}

void
cli_begin(const struct cli_program *p, int *argcp, char ***argvp)
{
	reserve_streams();
	setlocale(LC_CTYPE, "");
	if (!p->keep_sigpipe)
		signal(SIGPIPE, SIG_DFL);
	cli_parse(p, argcp, argvp);
}
