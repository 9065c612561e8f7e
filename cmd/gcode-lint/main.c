/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * gcode-lint: reads G-code and says what is wrong with it, before anything
 * heats.  With --pass it is a filter: clean G-code goes on byte for byte.
 */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "diff.h"
#include "fix.h"
#include "io/file.h"
#include "lint.h"
#include "machine/tree.h"
#include "stream.h"

static const char *config, *output, *printer;
static bool pass, hold, do_fix, do_diff, do_summary, strict, list_rules;
static int format;
static uint32_t shown_max = FINDINGS_SHOWN_MAX;
static double max_flow, max_step_rate, spool, heater_power;
static double hot_idle, arc_tolerance;
static struct opt_strings rules, known, keep_out;
static struct diff_options diff_options = {
    .path = 0.1, .flow = 0.01, .speed = 0.02, .temperature = 1, .time = 0.02};

static const char *const formats[] = {
    "text", "json", "sarif", "tap", "junit", NULL};
static const char *const synopsis[] = {
    "[-qv] [-c FILE] [--format=FORMAT] [-o FILE] [--strict]\n"
    "                  [--rule=SLUG=LEVEL] [FILE ...]",
    "--pass [--hold] [-c FILE] [FILE]",
    "--fix [-c FILE] [FILE]",
    "--summary [-c FILE] [--format=json] [FILE ...]",
    "--diff [-c FILE] [--format=json] OLD NEW",
    "--list-rules",
    NULL,
};
static const struct opt optv[] = {
    {.kind = OPT_HEAD, .help = "What to do"},
    {OPT_FLAG, 0, "pass", &pass, NULL,
	"hand clean G-code on; findings go to stderr", 0, 0, NULL},
    {OPT_FLAG, 0, "hold", &hold, NULL,
	"with --pass: nothing leaves before all is read", 0, 0, NULL},
    {OPT_FLAG, 0, "fix", &do_fix, NULL,
	"print the file with what has one right answer mended", 0, 0, NULL},
    {OPT_FLAG, 0, "summary", &do_summary, NULL,
	"time, layers, extents, flow, filament, heat, objects", 0, 0, NULL},
    {OPT_FLAG, 0, "diff", &do_diff, NULL,
	"what differs between two prints, layer by layer", 0, 0, NULL},
    {OPT_FLAG, 0, "list-rules", &list_rules, NULL,
	"print the rules with their levels", 0, 0, NULL},
    {.kind = OPT_HEAD, .help = "Report"},
    {OPT_CHOICE, 0, "format", &format, "FORMAT",
	"text, json, sarif, tap or junit", 0, 0, formats},
    {OPT_STRING, 'o', "output", &output, "FILE", "write the report to FILE", 0,
	0, NULL},
    {OPT_FLAG, 0, "strict", &strict, NULL, "a warning fails, too", 0, 0, NULL},
    {OPT_LIST, 0, "rule", &rules, "SLUG=LEVEL",
	"off, note, warning or error for a rule; may be repeated", 0, 0, NULL},
    {OPT_UINT, 0, "shown", &shown_max, "N",
	"findings of one rule that are shown; 0 is all [20]", 0, 1e9, NULL},
    {.kind = OPT_HEAD, .help = "The machine"},
    {OPT_STRING, 'c', "config", &config, "FILE",
	"the printer: printer.conf or printer.cfg", 0, 0, NULL},
    {OPT_LIST, 0, "known", &known, "NAME",
	"a command that something else carries out; may be repeated", 0, 0,
	NULL},
    {OPT_LIST, 0, "keep-out", &keep_out, "BOX",
	"X0,Y0,X1,Y1 or X0,Y0,Z0,X1,Y1,Z1 in mm; may be repeated", 0, 0, NULL},
    {OPT_DOUBLE, 0, "max-flow", &max_flow, "MM3_S", "what the hotend melts", 0,
	1000, NULL},
    {OPT_DOUBLE, 0, "max-step-rate", &max_step_rate, "HZ",
	"steps a second that the board gives one motor", 0, 1e8, NULL},
    {OPT_DOUBLE, 0, "heater-power", &heater_power, "W",
	"power of the hotend's heater", 0, 1000, NULL},
    {OPT_DOUBLE, 0, "spool", &spool, "M",
	"filament left on the spool, in metres", 0, 1e6, NULL},
    {OPT_STRING, 0, "printer", &printer, "NAME",
	"the printer as the slicer calls it", 0, 0, NULL},
    {OPT_DOUBLE, 0, "hot-idle", &hot_idle, "S",
	"how long a hot nozzle may stand still [120]", 0, 1e6, NULL},
    {OPT_DOUBLE, 0, "arc-tolerance", &arc_tolerance, "MM",
	"how far chords may leave their arc [0.05]", 0, 100, NULL},
    {.kind = OPT_HEAD, .help = "Differences that do not count"},
    {OPT_DOUBLE, 0, "path", &diff_options.path, "MM",
	"a millimetre of bead moved by less [0.1]", 0, 1e6, NULL},
    {OPT_DOUBLE, 0, "flow", &diff_options.flow, "SHARE",
	"filament a mm changed by less [0.01]", 0, 1, NULL},
    {OPT_DOUBLE, 0, "speed", &diff_options.speed, "SHARE",
	"speed changed by less [0.02]", 0, 1, NULL},
    {OPT_DOUBLE, 0, "temperature", &diff_options.temperature, "C",
	"a target changed by no more [1]", 0, 1000, NULL},
    {OPT_DOUBLE, 0, "time", &diff_options.time, "SHARE",
	"time changed by less [0.02]", 0, 1, NULL},
    {.kind = OPT_END},
};
static const struct cli_program program = {"gcode-lint",
    "find what is wrong with G-code before anything heats", synopsis, optv,
    false, false};

static void
set_facts(struct lint_facts *f, const struct machine *m)
{
	facts_init(f);
	facts_of_machine(f, m);
	if (max_flow > 0)
		f->max_flow = max_flow;
	if (max_step_rate > 0)
		f->max_step_rate = max_step_rate;
	if (heater_power > 0)
		f->heater_power = heater_power;
	f->spool = spool * 1000;
	if (printer)
		f->printer = printer;
	if (hot_idle > 0)
		f->hot_idle = hot_idle;
	if (arc_tolerance > 0)
		f->arc_tolerance = arc_tolerance;
	for (int i = 0; i < known.n; i++)
		facts_known(f, known.v[i]);
	for (int i = 0; i < keep_out.n; i++)
		if (facts_keep_out(f, keep_out.v[i]) != 0)
			cli_die(EXIT_BAD_USAGE,
			    "'%s' is no box: X0,Y0,X1,Y1 in mm", keep_out.v[i]);
	facts_load_macros(f, m, cli_sink());
}

/* "lint: { slug = level; }" of the configuration */
static int
configured_levels(struct findings *f, const struct machine *m)
{
	struct tree_section *s = tree_section(machine_tree(m), "lint");
	struct buf setting = BUF_INIT;
	const char *why;
	int bad = 0;

	for (struct tree_entry *e = s ? s->entry : NULL; e; e = e->next) {
		if (strcmp(e->key->name, "*") != 0)
			continue;
		buf_clear(&setting);
		buf_addf(&setting, "%s=%s", e->name,
		    e->value.type == TREE_STRING ? e->value.s : "?");
		if (findings_set_level(f, setting.data, &why) == 0)
			continue;
		diag_report(cli_sink(), DIAG_ERROR, &e->place, "lint-level",
		    "lint.%s: %s", e->name, why);
		bad = -1;
	}
	buf_release(&setting);
	return bad;
}

static void
set_levels(struct findings *f)
{
	const char *why;

	for (int i = 0; i < rules.n; i++) {
		char name[64];
		const char *near;

		if (findings_set_level(f, rules.v[i], &why) == 0)
			continue;
		snprintf(name, sizeof(name), "%.*s",
		    (int)strcspn(rules.v[i], "="), rules.v[i]);
		near = rule_nearest(name);
		cli_die(EXIT_BAD_USAGE, "--rule=%s: %s%s%s%s", rules.v[i], why,
		    near ? "; did you mean '" : "", near ? near : "",
		    near ? "'?" : "");
	}
}

static int
print_rules(void)
{
	for (int i = 0; i < N_RULES; i++)
		printf("%s  %-20s %-8s %s\n", diag_table[i].id,
		    diag_table[i].slug, level_name[diag_table[i].level],
		    diag_table[i].sentence);
	return cli_finish(EXIT_DONE);
}

/* where the report goes */
struct report {
	struct file_output *file; /* NULL: fd */
	int fd;
	bool broken;
};

static void
drain(struct report *r, struct buf *b)
{
	int bad;

	if (b->len == 0)
		return;
	bad = r->file ? file_put(r->file, b->data, b->len)
		      : file_write_all(r->fd, b->data, b->len);
	if (bad && !r->broken) {
		r->broken = true;
		cli_warn("cannot write the report:");
	}
	buf_clear(b);
}

static enum cli_status
open_failed(const char *name)
{
	cli_warn("cannot read '%s':", name);
	return EXIT_NO_INPUT;
}

/* The configuration itself, once.  In a pipe it stops no job, which may well
 * do without what is wrong there: the job is judged by its lines. */
static void
check_configuration(struct lint *l)
{
	if (pass)
		l->f->at_most = DIAG_WARNING;
	lint_machine(l);
	lint_macros(l, l->m->file);
	l->f->at_most = DIAG_ERROR;
}

/*
 * One file through the checker.  With pass, the G-code goes to standard
 * output as long as nothing is wrong with it.
 */
static enum cli_status
check_file(
    struct lint *l, const char *path, struct report *r, struct stream *keep)
{
	enum stream_pass how = hold || keep ? STREAM_HOLD
			       : pass	    ? STREAM_PASS
					    : STREAM_KEEP;
	enum cli_status status = EXIT_DONE;
	const char *name, *line;
	struct stream s;
	size_t n;
	int fd = file_open_input(path, &name), got;

	if (fd < 0)
		return open_failed(path);
	if (stream_init(&s, fd, how, STDOUT_FILENO) != 0) {
		cli_warn("cannot make a temporary file:");
		return EXIT_IO;
	}
	lint_begin(l, name);
	if (l->f->files == 0 && !keep)
		check_configuration(l);
	while ((got = stream_line(&s, &line, &n)) > 0) {
		lint_line(l, line, n);
		if (l->f->out.len > STREAM_BLOCK)
			drain(r, &l->f->out);
		if (pass && !hold && l->f->file_level[DIAG_ERROR])
			break;
	}
	if (got < 0) {
		cli_warn("cannot pass '%s' on:", name);
		status = errno == EFBIG ? EXIT_BAD_DATA : EXIT_IO;
	}
	lint_end(l, s.newline_missing);
	if (findings_failed(l->f) || status != EXIT_DONE)
		stream_stop(&s);
	if (keep) {
		*keep = s;
	} else {
		if (stream_finish(&s) != 0 && status == EXIT_DONE) {
			cli_warn("cannot pass '%s' on:", name);
			status = EXIT_IO;
		}
		stream_release(&s);
	}
	if (fd != STDIN_FILENO)
		close(fd);
	return status;
}

static enum cli_status
check_files(struct lint *l, struct report *r, int argc, char **argv)
{
	static char dash[] = "-";
	char *none[] = {dash};
	enum cli_status status = EXIT_DONE;

	if (argc == 0) {
		argc = 1;
		argv = none;
	}
	findings_begin(l->f);
	for (int i = 0; i < argc; i++) {
		enum cli_status one = check_file(l, argv[i], r, NULL);

		if (status == EXIT_DONE)
			status = one;
	}
	findings_end(l->f);
	drain(r, &l->f->out);
	if (r->broken)
		return EXIT_IO;
	if (status == EXIT_DONE && findings_failed(l->f))
		status = EXIT_NO;
	return status;
}

static enum cli_status
summarise(struct lint *l, struct report *r, int argc, char **argv)
{
	static char dash[] = "-";
	char *none[] = {dash};
	enum cli_status status = EXIT_DONE;

	if (argc == 0) {
		argc = 1;
		argv = none;
	}
	for (int i = 0; i < argc && status == EXIT_DONE; i++) {
		struct buf out = BUF_INIT;

		l->sum_detailed = true;
		status = check_file(l, argv[i], r, NULL);
		buf_clear(&l->f->out);
		if (format == REPORT_JSON)
			summary_json(&l->sum, &out, l->f->file);
		else
			summary_print(&l->sum, &out, l->f->file);
		drain(r, &out);
		buf_release(&out);
	}
	return r->broken ? EXIT_IO : status;
}

/* the print of a file, for comparing */
static enum cli_status
take_print(struct lint *l, const char *path, struct report *r,
    struct diff_print *p, struct summary *sum)
{
	enum cli_status status;

	l->sum_detailed = l->sum_gridded = true;
	status = check_file(l, path, r, NULL);
	buf_clear(&l->f->out);
	*sum = summary_take(&l->sum);
	*p = (struct diff_print){l->f->file, sum};
	return status;
}

static enum cli_status
differences(struct lint *l, struct report *r, int argc, char **argv)
{
	struct summary old = {0}, new = {0};
	struct diff_print p, q;
	struct findings f;
	enum cli_status status;
	unsigned found;

	if (argc != 2)
		cli_die(EXIT_BAD_USAGE, "--diff takes two files; see --help");
	status = take_print(l, argv[0], r, &p, &old);
	if (status == EXIT_DONE)
		status = take_print(l, argv[1], r, &q, &new);
	if (status == EXIT_DONE) {
		findings_init(&f, (enum report_format)format);
		f.shown_max = shown_max;
		f.quiet = true;
		f.colour = l->f->colour;
		diff_findings(&f);
		found = diff_prints(&f, &p, &q, &diff_options);
		if (found == 0 && format == REPORT_TEXT && cli_verbosity() >= 0)
			buf_adds(&f.out, "no difference\n");
		drain(r, &f.out);
		findings_release(&f);
		status = r->broken ? EXIT_IO : found ? EXIT_NO : EXIT_DONE;
	}
	summary_release(&old);
	summary_release(&new);
	return status;
}

/* the second pass, over what the first one kept */
static enum cli_status
mend(struct lint *l, struct stream *kept, struct report *r)
{
	struct buf out = BUF_INIT, log = BUF_INIT;
	struct stream s;
	struct fix f;
	const char *line;
	size_t n;
	int got;

	fix_init(&f, l, &out, &log);
	if (lseek(kept->spool, 0, SEEK_SET) < 0 ||
	    stream_init(&s, kept->spool, STREAM_KEEP, -1) != 0)
		return EXIT_IO;
	while ((got = stream_line(&s, &line, &n)) > 0) {
		fix_line(&f, line, n);
		if (out.len > STREAM_BLOCK)
			drain(r, &out);
	}
	fix_end(&f);
	drain(r, &out);
	if (log.len && cli_verbosity() >= 0)
		fwrite(log.data, 1, log.len, stderr);
	stream_release(&s);
	buf_release(&out);
	buf_release(&log);
	return got < 0 || r->broken ? EXIT_IO : EXIT_DONE;
}

static enum cli_status
fix(struct lint *l, struct report *r, int argc, char **argv)
{
	struct stream kept = {.spool = -1};
	enum cli_status status;

	if (argc > 1)
		cli_die(EXIT_BAD_USAGE, "--fix takes one file; see --help");
	status = check_file(l, argc ? argv[0] : "-", r, &kept);
	buf_clear(&l->f->out);
	if (status == EXIT_DONE)
		status = mend(l, &kept, r);
	stream_release(&kept);
	return status;
}

static void
check_usage(int argc)
{
	if (do_fix + do_diff + do_summary + pass > 1)
		cli_die(EXIT_BAD_USAGE,
		    "one of --pass, --fix, --diff and --summary; see --help");
	if (hold && !pass)
		cli_die(EXIT_BAD_USAGE, "--hold goes with --pass");
	if (pass && argc > 1)
		cli_die(EXIT_BAD_USAGE, "--pass takes one file; see --help");
	if (pass && isatty(STDOUT_FILENO) && isatty(STDIN_FILENO) && argc == 0)
		cli_warn("reads G-code from the terminal; ^D ends it");
}

static enum cli_status
run(struct report *r, int argc, char **argv)
{
	struct lint_facts facts;
	struct findings f;
	enum cli_status status;
	struct machine *m;
	struct lint l;
	char *path = machine_find_config(config, cli_sink());

	if (!path)
		return EXIT_CONFIG;
	m = machine_load(path, cli_sink());
	free(path);
	if (!m)
		return EXIT_CONFIG;
	set_facts(&facts, m);
	/* where findings are not the report, they are thrown away as text */
	findings_init(&f, do_fix || do_diff || do_summary
			      ? REPORT_TEXT
			      : (enum report_format)format);
	f.shown_max = shown_max;
	f.quiet = cli_verbosity() < 0;
	f.fails_from = strict ? DIAG_WARNING : DIAG_ERROR;
	facts_missing(&facts, m, f.lacks);
	f.colour = !r->file && isatty(r->fd) && !getenv("NO_COLOR");
	if (configured_levels(&f, m) != 0) {
		findings_release(&f);
		facts_release(&facts);
		machine_free(m);
		return EXIT_CONFIG;
	}
	set_levels(&f);
	lint_init(&l, &f, m, &facts);
	if (do_fix)
		status = fix(&l, r, argc, argv);
	else if (do_diff)
		status = differences(&l, r, argc, argv);
	else if (do_summary)
		status = summarise(&l, r, argc, argv);
	else
		status = check_files(&l, r, argc, argv);
	lint_release(&l);
	findings_release(&f);
	facts_release(&facts);
	machine_free(m);
	return status;
}

int
main(int argc, char **argv)
{
	struct report r = {.fd = STDOUT_FILENO};
	enum cli_status status;

	cli_begin(&program, &argc, &argv);
	if (list_rules)
		return print_rules();
	check_usage(argc);
	if (output) {
		r.file = file_create(output);
		if (!r.file)
			cli_die(EXIT_IO, "cannot write '%s':", output);
	} else if (pass) {
		r.fd = STDERR_FILENO;
	}
	status = run(&r, argc, argv);
	if (r.file && file_commit(r.file) != 0) {
		cli_warn("cannot write '%s':", output);
		status = EXIT_IO;
	}
	return cli_finish(status);
}
