/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Repairs with one right answer. */
#include "fix.h"

#include <string.h>

#include "base/num.h"

void
fix_init(struct fix *f, const struct lint *l, struct buf *out, struct buf *log)
{
	*f = (struct fix){.l = l, .file = l->f->file, .out = out, .log = log};
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

/* a macro may do anything */
static bool
may_change(const struct fix *f, const char *s, size_t n)
{
	struct gcode_view name = {s, 0};

	if (n == 0 || *s == ';')
		return false;
	if ((*s != 'G' && *s != 'M') || n < 2 || s[1] < '0' || s[1] > '9')
		return true;
	while (name.n < n && s[name.n] > ' ' && s[name.n] != ';')
		name.n++;
	return facts_knows(&f->l->facts, name);
}

/* "N10 G1 X5*55" with the right sum: the command alone */
static void
strip_number(struct fix *f, const char **s, size_t *n)
{
	const char *p = *s, *end = *s + *n;
	const char *star = memchr(p, '*', *n), *comment = memchr(p, ';', *n);
	unsigned sum = 0;
	uint64_t said;

	if (*n < 4 || *p != 'N' || !star || (comment && comment < star))
		return;
	while (p < star)
		sum ^= (unsigned char)*p++;
	while (end > star + 1 && end[-1] == ' ')
		end--;
	if (num_parse_uint(star + 1, (size_t)(end - (star + 1)), &said) != 0 ||
	    said != sum)
		return;
	p = *s + 1;
	while (p < star && *p >= '0' && *p <= '9')
		p++;
	while (p < star && *p == ' ')
		p++;
	while (star > p && star[-1] == ' ')
		star--;
	f->numbers++;
	*s = p;
	*n = (size_t)(star - p);
}

/* M82 or M83 where it is missing */
static void
put_mode(struct fix *f)
{
	const struct lint *l = f->l;
	int i = f->next_mode;

	if (i >= l->n_bead_modes || l->bead_mode[i].from > f->line)
		return;
	f->next_mode++;
	f->wrong = lint_wrong_mode(l, i);
	if (!f->wrong)
		return;
	f->extrusion = l->header.relative_e ? 83 : 82;
	buf_addf(f->out, "M%d\n", f->extrusion);
	buf_addf(f->log, "%s:%u: put M%d before this line\n", f->file, f->line,
	    f->extrusion);
	f->inserted++;
}

/* what would bring back the mode that put_mode() has mended */
static bool
undoes(const struct fix *f, const char *s, size_t n)
{
	char letter = 0;
	int number = bare_command(s, n, &letter);

	return f->wrong && letter == 'M' && (number == 82 || number == 83) &&
	       number != f->extrusion;
}

/* A mode that is in force already?  G91 also makes E relative, so that a G90
 * or M82 behind it counts. */
static bool
redundant(struct fix *f, const char *s, size_t n)
{
	char letter = 0;
	int number = bare_command(s, n, &letter);
	int *mode = NULL;

	if (may_change(f, s, n)) {
		f->motion = f->extrusion = f->units = 0;
		return false;
	}
	if (number < 0)
		return false;
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
	strip_number(f, &s, &n);
	put_mode(f);
	if (undoes(f, s, n) || redundant(f, s, n)) {
		f->modes++;
		buf_addf(f->log, "%s:%u: dropped '%.*s', %s\n", f->file,
		    f->line, 3, s,
		    undoes(f, s, n) ? "the slicer wrote in the other mode"
				    : "it is in force already");
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
	if (f->numbers)
		buf_addf(f->log,
		    "%s: removed line numbers and checksums from %u line%s\n",
		    f->file, f->numbers, f->numbers == 1 ? "" : "s");
	return f->endings + f->marks + f->modes + f->newlines + f->inserted +
	       f->numbers;
}
