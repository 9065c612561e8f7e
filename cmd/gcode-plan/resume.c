/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Going on with a print that was cut off. */
#include "cmd/gcode-plan/resume.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/xalloc.h"
#include "cli/cli.h"
#include "cmd/gcode-plan/gcode-plan.h"
#include "io/file.h"

#define FILE_MAX_BYTES ((size_t)1 << 30)

struct journal {
	char source[512];
	uint64_t line;
	struct gcode_stands stands;
	bool counted;  /* by the board: what is not kept is lost */
	char why[256]; /* ... of it */
	/* objects that were given up */
	char **excluded;
	size_t n_excluded;
};

static int
bad_journal(const char *path, struct diag_sink *sink, const char *why)
{
	struct diag_place place = {path, 0, 0};

	diag_report(sink, DIAG_ERROR, &place, "bad-journal", "%s", why);
	return EXIT_BAD_DATA;
}

/* What the board said of its motors, if it was asked. */
static void
read_kept(const json_t *root, struct journal *j)
{
	const char *kept = json_string_value(json_object_get(root, "kept"));
	const char *why = json_string_value(json_object_get(root, "kept_why"));

	j->counted = kept != NULL;
	j->stands.kept = 0;
	for (int i = 0; kept && i < 3; i++)
		if (strchr(kept, "xyz"[i]))
			j->stands.kept |= PLAN_X << i;
	j->stands.above_bed =
	    !json_is_false(json_object_get(root, "above_bed"));
	snprintf(j->why, sizeof(j->why), "%s", why ? why : "");
}

static void
read_excluded(const json_t *root, struct journal *j)
{
	const json_t *names = json_object_get(root, "excluded");
	size_t n = json_array_size(names);

	j->excluded = xcalloc(n + 1, sizeof(*j->excluded));
	for (size_t i = 0; i < n; i++) {
		const char *name = json_string_value(json_array_get(names, i));

		if (name)
			j->excluded[j->n_excluded++] = xstrdup(name);
	}
}

static void
journal_release(struct journal *j)
{
	while (j->n_excluded)
		free(j->excluded[--j->n_excluded]);
	free(j->excluded);
}

static int
read_journal(const char *path, struct diag_sink *sink, struct journal *j)
{
	json_error_t error;
	json_t *root = json_load_file(path, 0, &error), *position;
	const char *source, *why = NULL;
	json_int_t line;

	if (!root && access(path, R_OK)) {
		cli_warn("cannot read '%s':", path);
		return EXIT_NO_INPUT;
	}
	if (!root)
		return bad_journal(path, sink, error.text);
	source = json_string_value(json_object_get(root, "source"));
	line = json_integer_value(json_object_get(root, "line"));
	position = json_object_get(root, "position");
	if (!source || json_array_size(position) < 3 || line < 0)
		why = "this is no journal of stepstream: it lacks 'source', "
		      "'line' or 'position'";
	else if (line == 0)
		why = "no line was done: print the file from its begin";
	if (!why) {
		snprintf(j->source, sizeof(j->source), "%s", source);
		j->line = (uint64_t)line;
		for (int i = 0; i < 3; i++)
			j->stands.at[i] =
			    json_number_value(json_array_get(position, i));
		read_kept(root, j);
		read_excluded(root, j);
	}
	json_decref(root);
	return why ? bad_journal(path, sink, why) : 0;
}

static int
read_file(const char *path, struct buf *text)
{
	const char *name;
	int fd = file_open_input(path, &name), bad;

	if (fd < 0) {
		cli_warn("cannot open '%s':", path);
		return EXIT_NO_INPUT;
	}
	bad = file_read_all(fd, text, FILE_MAX_BYTES);
	if (bad)
		cli_warn("cannot read '%s':", path);
	if (fd != STDIN_FILENO)
		close(fd);
	if (text->len && text->data[text->len - 1] != '\n')
		buf_addc(text, '\n');
	return bad ? EXIT_IO : 0;
}

/* how many bytes the first lines have; more than there are: 0 */
static size_t
bytes_of_lines(const struct buf *text, uint64_t lines)
{
	const char *s = text->data, *end = s + text->len;

	for (; lines && s < end; lines--) {
		s = memchr(s, '\n', (size_t)(end - s));
		if (!s)
			return 0;
		s++;
	}
	return lines ? 0 : (size_t)(s - text->data);
}

static const char *
base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static void
on_record(void *ctx, const struct plan_record *rec)
{
	summary_add(ctx, rec);
}

/* What was given up stands there as far as it was printed: as high as it gets
 * without that, and as wide. */
static void
extend(const struct machine *machine, const char *file, const struct buf *text,
    size_t done, struct summary *before)
{
	struct gcode_hooks hooks = {.record = on_record};
	struct diag_sink nothing = {.emit = diag_ignore};
	struct gcode_exec *ex =
	    gcode_exec_new(machine, NULL, &hooks, before, &nothing);

	gcode_exec_file(ex, file, false);
	gcode_exec_lines(ex, text->data, done);
	gcode_exec_rest(ex);
	gcode_exec_free(ex);
}

/* what the lines before did, and from there the way on */
static int
prologue(const struct machine *machine, const struct journal *j,
    const char *file, const struct buf *text, size_t done,
    struct diag_sink *sink, struct buf *out)
{
	struct gcode_hooks hooks = {.record = on_record};
	struct gcode_exec *ex;
	struct summary before;
	int status = 0;

	summary_init(&before, machine, 1);
	if (j->n_excluded)
		extend(machine, file, text, done, &before);
	ex = gcode_exec_new(machine, NULL, &hooks, &before, sink);
	for (size_t i = 0; i < j->n_excluded; i++)
		gcode_exec_exclude(ex, j->excluded[i]);
	gcode_exec_file(ex, file, false);
	gcode_exec_lines(ex, text->data, done);
	gcode_exec_rest(ex);
	if (gcode_exec_failed(ex) || gcode_exec_stopped(ex))
		status = EXIT_BAD_DATA;
	buf_addf(out, ";@ <resume>:1\n; goes on behind line %llu of %s\n",
	    (unsigned long long)j->line, file);
	if (!status &&
	    gcode_exec_resume(ex, &j->stands, before.low, before.high, out))
		status = EXIT_BAD_DATA;
	buf_addf(out, ";@ %s:%llu\n", file, (unsigned long long)j->line + 1);
	gcode_exec_free(ex);
	summary_release(&before);
	return status;
}

static bool
homes_upwards(const struct machine *m)
{
	return m->kinematics == MACHINE_KIN_DELTA ||
	       m->kinematics == MACHINE_KIN_ROTARY_DELTA ||
	       m->rail[2].homing_positive_dir;
}

/* Z is not homed through a print. */
static int
height_lost(const char *path, struct diag_sink *sink, const struct journal *j)
{
	struct diag_place place = {path, 0, 0};

	diag_report(sink, DIAG_ERROR, &place, "bad-journal",
	    "the height of the nozzle is not known any more%s%s: measure it, "
	    "then write it into 'position' and z into 'kept'",
	    *j->why ? ", " : "", j->why);
	return EXIT_BAD_DATA;
}

int
resume_gcode(const struct machine *machine, const char *path, const char *file,
    struct diag_sink *sink, struct buf *out)
{
	struct buf text = BUF_INIT;
	struct journal j = {0};
	size_t done = 0;
	int status = read_journal(path, sink, &j);

	if (!status)
		status = read_file(file, &text);
	if (!status && strcmp(base_name(j.source), base_name(file)) != 0)
		status = bad_journal(path, sink,
		    "the journal is of another file; give the one that was "
		    "printed");
	if (!status) {
		done = bytes_of_lines(&text, j.line);
		if (!done)
			status = bad_journal(path, sink,
			    "the file has fewer lines than were printed");
	}
	if (!status && j.counted && !(j.stands.kept & PLAN_Z) &&
	    !homes_upwards(machine))
		status = height_lost(path, sink, &j);
	if (!status)
		status = prologue(machine, &j, file, &text, done, sink, out);
	if (!status)
		buf_add(out, text.data + done, text.len - done);
	journal_release(&j);
	buf_release(&text);
	return status;
}
