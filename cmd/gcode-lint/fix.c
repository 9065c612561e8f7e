/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Repairs with one right answer. */
#include "fix.h"

#include <string.h>

#include "lang/gcode.h"

void
fix_init(struct fix *f, const char *file, struct buf *out, struct buf *log)
{
	*f = (struct fix){.file = file, .out = out, .log = log};
}

/* "G90" alone on its line: its letter and number, else 0 */
static int
bare_command(const char *s, size_t n, char *letter)
{
	int number = 0;
	size_t i = 1;

	if (n < 2 || (*s != 'G' && *s != 'M'))
		return -1;
	while (i < n && s[i] >= '0' && s[i] <= '9' && i < 5)
		number = number * 10 + (s[i++] - '0');
	if (i == 1)
		return -1;
	while (i < n && s[i] == ' ')
		i++;
	if (i < n && s[i] != ';')
		return -1;
	*letter = *s;
	return number;
}

/* A mode that is in force already?  G91 also makes E relative, so that a G90
 * or M82 behind it counts. */
static bool
redundant(struct fix *f, const char *s, size_t n)
{
	char letter = 0;
	int number = bare_command(s, n, &letter);
	int *mode = NULL;

	if (number < 0) {
		/* a macro may do anything */
		if (n && s[0] != ';' && (s[0] != 'G' && s[0] != 'M'))
			f->motion = f->extrusion = f->units = 0;
		return false;
	}
	if (letter == 'G' && (number == 90 || number == 91))
		mode = &f->motion;
	else if (letter == 'M' && (number == 82 || number == 83))
		mode = &f->extrusion;
	else if (letter == 'G' && number == 21)
		mode = &f->units;
	if (!mode || *mode == number) {
		return mode != NULL;
	}
	*mode = number;
	return false;
}

void
fix_line(struct fix *f, const char *s, size_t n)
{
	bool newline = n && s[n - 1] == '\n';

	f->line++;
	if (f->line == 1 && n >= 3 && memcmp(s, "\xef\xbb\xbf", 3) == 0) {
		f->marks++;
		s += 3;
		n -= 3;
	}
	if (newline)
		n--;
	if (n && s[n - 1] == '\r') {
		f->endings++;
		while (n && s[n - 1] == '\r')
			n--;
	}
	if (f->mode_line == f->line) {
		buf_adds(f->out, f->relative ? "M83\n" : "M82\n");
		buf_addf(f->log, "%s:%u: put %s before the first layer\n",
		    f->file, f->line, f->relative ? "M83" : "M82");
		f->inserted++;
	}
	if (redundant(f, s, n)) {
		f->modes++;
		buf_addf(f->log,
		    "%s:%u: dropped '%.*s', it is in force already\n", f->file,
		    f->line, 3, s);
		return;
	}
	buf_add(f->out, s, n);
	buf_addc(f->out, '\n');
	if (!newline)
		f->newlines++;
}

unsigned
fix_end(struct fix *f)
{
	if (f->endings)
		buf_addf(f->log, "%s: %u line%s ended in CR LF\n", f->file,
		    f->endings, f->endings == 1 ? "" : "s");
	if (f->marks)
		buf_addf(
		    f->log, "%s:1: removed the byte order mark\n", f->file);
	if (f->newlines)
		buf_addf(f->log, "%s:%u: added the missing newline\n", f->file,
		    f->line);
	return f->endings + f->marks + f->modes + f->newlines + f->inserted;
}
