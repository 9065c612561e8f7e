/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Words on stderr, and the last look at stdout. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "cli/cli.h"

static void
mask(struct buf *text)
{
	for (size_t i = 0; i < text->len; i++) {
		unsigned char c = (unsigned char)text->data[i];

		if (c < 0x20 || c == 0x7f)
			text->data[i] = '?';
	}
}

/* One line, one write: lines of the stages of a pipeline do not mix. */
static void
put_line(struct buf *text)
{
	buf_addc(text, '\n');
	fwrite(text->data, 1, text->len, stderr);
	buf_release(text);
}

__attribute__((format(printf, 1, 0))) static void
say(const char *fmt, va_list ap)
{
	struct buf text = BUF_INIT;
	int error = errno;
	size_t len = strlen(fmt);

	buf_addf(&text, "%s: ", cli_program_name());
	buf_vaddf(&text, fmt, ap);
	if (len && fmt[len - 1] == ':')
		buf_addf(&text, " %s", strerror(error));
	mask(&text);
	put_line(&text);
}

void
cli_warn(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(fmt, ap);
	va_end(ap);
}

void
cli_die(enum cli_status status, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(fmt, ap);
	va_end(ap);
	exit((int)status);
}

static void
print_diag(struct diag_sink *sink, enum diag_level level,
    const struct diag_place *place, const char *slug, const char *text)
{
	static const char *const word[] = {"note", "warning", "error"};
	static const char *const colour[] = {"36", "35", "1;31"};
	static int tty = -1;
	struct buf line = BUF_INIT;

	(void)sink;
	if (level == DIAG_NOTE && cli_verbosity() < 0)
		return;
	if (tty < 0)
		tty = isatty(STDERR_FILENO) && !getenv("NO_COLOR");
	if (place && place->file) {
		buf_addf(&line, "%s:", place->file);
		mask(&line);
		if (place->line)
			buf_addf(&line, "%u:", (unsigned)place->line);
		if (place->line && place->col)
			buf_addf(&line, "%u:", (unsigned)place->col);
		buf_addc(&line, ' ');
	} else {
		buf_addf(&line, "%s: ", cli_program_name());
	}
	if (tty)
		buf_addf(&line, "\033[%sm%s:\033[0m %s", colour[level],
		    word[level], text);
	else
		buf_addf(&line, "%s: %s", word[level], text);
	if (slug)
		buf_addf(&line, " [%s]", slug);
	put_line(&line);
}

struct diag_sink *
cli_sink(void)
{
	static struct diag_sink sink = {.emit = print_diag};

	return &sink;
}

int
cli_finish(enum cli_status status)
{
	int bad = ferror(stdout);

	if (fflush(stdout))
		bad = 1;
	/* descriptor 1 may be closed by the caller on purpose: EBADF counts
	 * only when something was written */
	if (fclose(stdout) && (errno != EBADF || bad))
		bad = 1;
	if (bad) {
		cli_warn("cannot write to standard output:");
		return EXIT_IO;
	}
	return (int)status;
}
