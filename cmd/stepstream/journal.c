/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The journal of a print that has ended, read and amended. */
#include "journal.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "io/file.h"

int
journal_bad(const struct journal *j, const char *why)
{
	struct diag_place place = {.file = j->path};

	diag_report(j->sink, DIAG_ERROR, &place, "bad-journal", "%s", why);
	return EXIT_BAD_DATA;
}

static uint32_t
read_homed(const json_t *homed)
{
	const char *text = json_string_value(homed);
	uint32_t axes = 0;

	for (int i = 0; text && i < 3; i++)
		if (strchr(text, 'x' + i))
			axes |= 1u << i;
	return axes;
}

int
journal_open(struct journal *j, const char *path, struct diag_sink *sink)
{
	json_error_t error;
	json_t *root = json_load_file(path, 0, &error), *board;

	*j = (struct journal){.path = path, .sink = sink, .root = root};
	if (!root && access(path, R_OK) != 0) {
		cli_warn("cannot read '%s':", path);
		return EXIT_NO_INPUT;
	}
	if (!root)
		return journal_bad(j, error.text);
	board = json_object_get(root, "board");
	if (!json_is_integer(board) ||
	    !json_is_object(json_object_get(root, "motors"))) {
		json_decref(root);
		return journal_bad(j,
		    "this is no journal of stepstream: it lacks 'board' or "
		    "'motors'");
	}
	j->board = (uint32_t)json_integer_value(board);
	j->homed = read_homed(json_object_get(root, "homed"));
	return 0;
}

void
journal_close(struct journal *j)
{
	json_decref(j->root);
}

double
journal_zero(const struct journal *j, const char *motor)
{
	const json_t *motors = json_object_get(j->root, "motors");
	const json_t *zero =
	    json_object_get(json_object_get(motors, motor), "zero");

	return json_is_number(zero) ? json_number_value(zero) : (double)NAN;
}

static int
write_out(const struct journal *j)
{
	char *text =
	    json_dumps(j->root, JSON_COMPACT | JSON_REAL_PRECISION(12));
	struct buf out = BUF_INIT;
	int result;

	buf_adds(&out, text ? text : "");
	buf_addc(&out, '\n');
	free(text);
	result = file_replace(j->path, out.data, out.len);
	buf_release(&out);
	if (result == 0)
		return EXIT_DONE;
	cli_warn("cannot write '%s':", j->path);
	return EXIT_IO;
}

int
journal_amend(
    struct journal *j, const double pos[4], const char *kept, const char *why)
{
	json_t *position = json_array();

	for (int i = 0; i < 4; i++)
		json_array_append_new(
		    position, json_real(round(pos[i] * 1e4) / 1e4));
	json_object_set_new(j->root, "position", position);
	json_object_set_new(j->root, "kept", json_string(kept));
	/* nobody follows a bed here */
	json_object_set_new(j->root, "above_bed", json_false());
	if (*why)
		json_object_set_new(j->root, "kept_why", json_string(why));
	else
		json_object_del(j->root, "kept_why");
	return write_out(j);
}
