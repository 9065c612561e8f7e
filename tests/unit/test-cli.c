/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The option table, as a program with one would be run. */
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "cli/cli.h"
#include "io/file.h"
#include "tap.h"

static bool flag;
static double accel_mm_s2 = -1;
static uint32_t count;
static int format;
static const char *file = "none";
static struct opt_strings args;

static const char *const formats[] = {"text", "binary", NULL};
static const char *const synopsis[] = {"[option ...] [file ...]", NULL};
static const struct opt optv[] = {
    {OPT_FLAG, 'f', "flag", &flag, NULL, "raise it", 0, 0, NULL},
    {OPT_DOUBLE, 0, "accel", &accel_mm_s2, "MM_S2", "limit", 1, 1000, NULL},
    {OPT_UINT, 'n', "count", &count, "N", "how many", 0, 10, NULL},
    {OPT_CHOICE, 0, "format", &format, "text|binary", "how", 0, 0, formats},
    {OPT_STRING, 'o', "output", &file, "FILE", "where", 0, 0, NULL},
    {OPT_LIST, 0, "arg", &args, "ARG", "hand on", 0, 0, NULL},
    {.kind = OPT_END},
};
static const struct cli_program program = {
    .name = "sample", .purpose = "sample", .synopsis = synopsis, .optv = optv};

static struct buf out, err;

static void
slurp(int fd, struct buf *b)
{
	buf_clear(b);
	lseek(fd, 0, SEEK_SET);
	file_read_all(fd, b, 1 << 20);
	close(fd);
}

static int
scratch(void)
{
	char name[] = "/tmp/gantry-cli-XXXXXX";
	int fd = mkstemp(name);

	unlink(name);
	return fd;
}

/* what a main() does: shows what it understood */
static void
sample(int argc, char **argv)
{
	struct diag_place at = {"a\nb", 3, 4};

	cli_begin(&program, &argc, &argv);
	printf("flag=%d accel=%g count=%u format=%s file=%s args=%d v=%d", flag,
	    accel_mm_s2, (unsigned)count, formats[format], file, args.n,
	    cli_verbosity());
	for (int i = 0; i < argc; i++)
		printf(" (%s)", argv[i]);
	if (flag)
		diag_report(cli_sink(), DIAG_NOTE, &at, "slug", "text");
	exit(cli_finish(EXIT_DONE));
}

/* runs sample with the words of text; its exit status, or minus the signal */
static int
run(const char *text, const char *to)
{
	int o = to ? open(to, O_WRONLY) : scratch(), e = scratch(), status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		char *copy = strdup(text), *argv[16], *save = NULL;
		int argc = 0;

		for (char *w = strtok_r(copy, " ", &save); w;
		     w = strtok_r(NULL, " ", &save))
			argv[argc++] = w;
		argv[argc] = NULL;
		dup2(o, 1);
		dup2(e, 2);
		sample(argc, argv);
	}
	waitpid(pid, &status, 0);
	slurp(o, &out);
	slurp(e, &err);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static bool
says(const struct buf *b, const char *text)
{
	return b->data && strstr(b->data, text);
}

static void
test_options(void)
{
	is_int(run("sample a -n 3 --accel=2.5 b -o x --arg=1 --arg 2", NULL), 0,
	    "options are read before and after operands");
	is_str(out.data,
	    "flag=0 accel=2.5 count=3 format=text file=x args=2 v=0 (a) (b)",
	    "with their values; operands keep their order");
	run("sample -vv --format=binary -- -f", NULL);
	is_str(out.data,
	    "flag=0 accel=-1 count=0 format=binary file=none args=0 v=2 (-f)",
	    "-- ends the options");
}

static void
test_usage_errors(void)
{
	static const struct {
		const char *words, *complaint;
	} cases[] = {
	    {"sample --accel=0.5", "--accel: '0.5' is not a number from 1 to "
				   "1000 MM_S2"},
	    {"sample --accel=nan", "'nan'"},
	    {"sample --accel=5x", "'5x'"},
	    {"sample -n 11", "from 0 to 10"},
	    {"sample -n -1", "'-1'"},
	    {"sample --format=json", "'json' is not one of text, binary"},
	    {"sample --odd", "unknown option '--odd'"},
	    {"sample -fz", "unknown option '-z'"},
	    {"sample -o", "option '-o' needs an argument"},
	    {"sample --output", "option '--output' needs an argument"},
	    {"sample --flag=yes", "'--flag=yes' takes no argument"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int status = run(cases[i].words, NULL);

		if (!ok(status == EXIT_BAD_USAGE &&
			    says(&err, cases[i].complaint) && out.len == 0,
			"'%s' is refused and told why", cases[i].words))
			printf("# exit %d, %s", status, err.data);
	}
}

static void
test_streams(void)
{
	is_int(run("sample --help", NULL), 0, "--help is answered");
	ok(says(&out, "usage: sample [option ...]") && !err.len,
	    "on stdout alone");
	for (const struct opt *o = optv; o->kind != OPT_END; o++)
		ok(says(&out, o->name), "it names --%s", o->name);
	is_int(run("sample", "/dev/full"), EXIT_IO,
	    "results that do not fit on the disk are an I/O error");
	ok(says(&err, "sample: cannot write to standard output: No space"),
	    "with its reason");
	is_int(run("sample -f", NULL), 0, "a note does not fail a program");
	is_str(err.data, "a?b:3:4: note: text [slug]\n",
	    "it has its place, without control bytes");
	run("sample -f -q", NULL);
	ok(!err.len, "-q drops notes");
}

static void
test_sigpipe(void)
{
	int p[2], status;
	pid_t pid;

	if (pipe(p))
		return;
	fflush(stdout);
	signal(SIGPIPE, SIG_IGN);
	pid = fork();
	if (pid == 0) {
		char name[] = "sample", *argv[] = {name, NULL};

		dup2(p[1], 1);
		close(p[0]);
		close(p[1]);
		sample(1, argv);
	}
	close(p[0]);
	close(p[1]);
	waitpid(pid, &status, 0);
	ok(WIFSIGNALED(status) && WTERMSIG(status) == SIGPIPE,
	    "a filter dies of SIGPIPE even if its parent ignored it");
}

int
main(void)
{
	test_options();
	test_usage_errors();
	test_streams();
	test_sigpipe();
	return done_testing();
}
