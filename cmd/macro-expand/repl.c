/* SPDX-License-Identifier: GPL-3.0-or-later */
/* macro-expand --repl: a world at the keyboard. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "cmd/macro-expand/macro-expand.h"

static const char help[] =
    "A line of G-code runs; what it becomes is shown.\n"
    "  ? EXPRESSION      shows a value: ? printer.toolhead.position\n"
    "  { TEMPLATE }      renders a line that begins with a brace\n"
    "  :set NAME=VALUE   sets a live value: :set extruder.temperature=210\n"
    "  :list             names the macros\n"
    "  :help             shows this\n"
    "  :quit             ends\n";

static bool
colon(struct macro_world *w, char *line)
{
	if (strncmp(line, ":set ", 5) == 0)
		macro_set(w, line + 5);
	else if (strcmp(line, ":list") == 0)
		show_list(w);
	else if (strcmp(line, ":quit") == 0 || strcmp(line, ":q") == 0)
		return false;
	else
		output_put(help, sizeof(help) - 1);
	return true;
}

/* what has no text may be undefined: a name with a slip of the finger */
static void
name_nothing(struct macro_world *w, const char *text, struct buf *out)
{
	struct buf ask = BUF_INIT, answer = BUF_INIT;

	buf_addf(&ask, "(%s) is undefined", text);
	if (macro_eval(w, ask.data, ask.len, &answer, false) == 0 &&
	    strcmp(answer.data, "True") == 0)
		buf_adds(out, "undefined");
	buf_release(&ask);
	buf_release(&answer);
}

static void
evaluate(struct macro_world *w, const char *text, bool whole)
{
	struct buf out = BUF_INIT;

	if (macro_eval(w, text, strlen(text), &out, whole) == 0) {
		if (!whole && !out.len)
			name_nothing(w, text, &out);
		buf_addc(&out, '\n');
		output_put(out.data, out.len);
	}
	buf_release(&out);
}

static bool
one(struct macro_world *w, char *line, uint32_t number)
{
	struct diag_place at = {"<stdin>", number, 1};

	line += strspn(line, " \t");
	if (*line == ':')
		return colon(w, line);
	if (*line == '?')
		evaluate(w, line + 1, false);
	else if (*line == '{')
		evaluate(w, line, true);
	else if (*line)
		macro_line(w, line, strlen(line), &at);
	return true;
}

int
repl(struct macro_world *w)
{
	bool prompt = isatty(STDIN_FILENO), more = true;
	char *line = NULL; /* of any length */
	size_t room = 0;
	uint32_t n = 0;

	macro_begin(w);
	while (more) {
		if (prompt)
			output_put("> ", 2);
		if (output_flush() || getline(&line, &room, stdin) < 0)
			break;
		line[strcspn(line, "\r\n")] = '\0';
		more = one(w, line, ++n);
	}
	free(line);
	if (prompt)
		output_put("\n", 1);
	return output_flush() ? EXIT_IO : EXIT_DONE;
}
