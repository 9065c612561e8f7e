/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The report for people and editors. */
#include <string.h>

#include "findings.h"

#define SOURCE_MAX 160 /* bytes of a source line that are shown */

static const char *
paint(const struct findings *f, const char *code)
{
	return f->colour ? code : "";
}

/* the line, and a caret under the culprit */
static void
show_source(struct findings *f, const struct finding_place *p)
{
	size_t n = f->text_len < SOURCE_MAX ? f->text_len : SOURCE_MAX;
	size_t from = f->out.len;

	buf_addc(&f->out, ' ');
	buf_add(&f->out, f->text, n);
	for (size_t i = from; i < f->out.len; i++)
		if ((unsigned char)f->out.data[i] < 0x20 ||
		    f->out.data[i] == 0x7f)
			f->out.data[i] = f->out.data[i] == '\t' ? ' ' : '?';
	buf_addc(&f->out, '\n');
	if (p->col == 0 || p->col > n)
		return;
	for (uint32_t i = 0; i < p->col; i++)
		if (i == 0 || ((unsigned char)f->text[i - 1] & 0xc0) != 0x80)
			buf_addc(&f->out, ' ');
	buf_adds(&f->out, paint(f, "\033[1;32m"));
	buf_addc(&f->out, '^');
	for (uint32_t i = 1; i < p->len && p->col + i <= n; i++)
		buf_addc(&f->out, '~');
	buf_adds(&f->out, paint(f, "\033[0m"));
	buf_addc(&f->out, '\n');
}

void
report_text(struct findings *f, enum rule r, enum diag_level level,
    const struct finding_place *p, const char *text, bool source)
{
	static const char *const colour[] = {
	    "\033[36m", "\033[35m", "\033[1;31m"};

	buf_addf(&f->out, "%s%s:", paint(f, "\033[1m"), p->file);
	if (p->line)
		buf_addf(&f->out, "%u:", p->line);
	if (p->line && p->col)
		buf_addf(&f->out, "%u:", p->col);
	buf_addf(&f->out, "%s %s%s:%s %s [%s]", paint(f, "\033[0m"),
	    paint(f, colour[level]), level_name[level], paint(f, "\033[0m"),
	    text, f->table[r].slug);
	if (p->macro)
		buf_addf(&f->out, " (in %s, line %u of %s)", p->macro, f->line,
		    f->file);
	buf_addc(&f->out, '\n');
	if (source && !f->quiet)
		show_source(f, p);
}

static void
count(struct findings *f, uint64_t n, const char *what)
{
	buf_addf(&f->out, "%llu %s%s", (unsigned long long)n, what,
	    n == 1 ? "" : "s");
}

/* what could not be checked, once */
static void
say_lacks(struct findings *f)
{
	const char *sep = "gcode-lint: not checked for want of facts: ";

	for (int r = 0; r < f->n_rules; r++) {
		if (!f->lacks[r] || f->level[r] == LEVEL_OFF)
			continue;
		buf_addf(
		    &f->out, "%s%s (%s)", sep, f->table[r].slug, f->lacks[r]);
		sep = ", ";
	}
	if (*sep == ',')
		buf_addc(&f->out, '\n');
}

void
report_text_summary(struct findings *f)
{
	if (f->quiet)
		return;
	buf_adds(&f->out, "gcode-lint: ");
	count(f, f->all_level[DIAG_ERROR], "error");
	buf_adds(&f->out, ", ");
	count(f, f->all_level[DIAG_WARNING], "warning");
	buf_adds(&f->out, ", ");
	count(f, f->all_level[DIAG_NOTE], "note");
	if (f->files > 1) {
		buf_adds(&f->out, " in ");
		count(f, f->files, "file");
	}
	buf_addc(&f->out, '\n');
	say_lacks(f);
}
