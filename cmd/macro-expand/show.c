/* SPDX-License-Identifier: GPL-3.0-or-later */
/* macro-expand: --list, --check and --cover. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "cmd/macro-expand/macro-expand.h"

#define JOB_MAX ((size_t)1 << 31)

/* an expression may be written over several lines: here it has one */
static void
squeezed(struct buf *line, const char *s)
{
	char quote = '\0';

	for (; *s; s++) {
		if (!quote && strchr(" \t\n", *s)) {
			s += strspn(s, " \t\n") - 1;
			buf_addc(line, ' ');
			continue;
		}
		if (quote && *s == '\\' && s[1])
			buf_addc(line, *s++);
		else if (quote ? *s == quote : *s == '"' || *s == '\'')
			quote = quote ? '\0' : *s;
		buf_addc(line, *s);
	}
}

static void
param(void *ctx, const char *name, const char *def)
{
	struct buf *line = ctx;

	buf_addf(line, " %s", name);
	if (def) {
		buf_addc(line, '=');
		squeezed(line, def);
	}
}

int
show_list(struct macro_world *w)
{
	struct buf line = BUF_INIT;

	for (unsigned i = 0; i < macro_count(w); i++) {
		struct macro_info m;
		size_t n;

		macro_describe(w, i, &m);
		buf_clear(&line);
		buf_adds(&line, m.name);
		macro_params(w, i, param, &line);
		buf_addf(&line, "\n\t%s:%u", m.place.file, m.place.line);
		if (m.rename)
			buf_addf(&line, ", the old one is %s", m.rename);
		buf_addc(&line, '\n');
		if (m.description) {
			const char *p = m.description;

			for (; *p; p += n + (p[n] == '\n')) {
				n = strcspn(p, "\n");
				buf_addf(&line, "\t%.*s\n", (int)n, p);
			}
		}
		output_put(line.data, line.len);
	}
	buf_release(&line);
	return EXIT_DONE;
}

/* findings are the product here: they go to stdout */
static void
finding(struct diag_sink *self, enum diag_level level,
    const struct diag_place *place, const char *slug, const char *text)
{
	static const char *const name[] = {"note", "warning", "error"};
	struct buf line = BUF_INIT;

	(void)self;
	slug_status(slug);
	if (place && place->file)
		buf_addf(&line, "%s:%u:%u: ", place->file, place->line,
		    place->col ? place->col : 1);
	buf_addf(&line, "%s: %s [%s]\n", name[level], text, slug);
	output_put(line.data, line.len);
	buf_release(&line);
}

static int
verdict(const struct diag_sink *found)
{
	return found->count[DIAG_ERROR] || found->count[DIAG_WARNING]
		   ? EXIT_NO
		   : EXIT_DONE;
}

static int
check_job(struct macro_world *w, const char *path, struct diag_sink *found)
{
	struct buf text = BUF_INIT;
	struct diag_place at = {NULL, 0, 1};
	int fd = file_open_input(path, &at.file), status = EXIT_DONE;

	if (fd < 0) {
		cli_warn("cannot open '%s':", path);
		return EXIT_NO_INPUT;
	}
	if (file_read_all(fd, &text, JOB_MAX)) {
		cli_warn("cannot read '%s':", at.file);
		status = EXIT_IO;
	}
	if (fd != STDIN_FILENO)
		close(fd);
	for (size_t i = 0, n; !status && i < text.len; i += n + 1) {
		const char *s = text.data + i;
		const char *nl = memchr(s, '\n', text.len - i);

		n = nl ? (size_t)(nl - s) : text.len - i;
		at.line++;
		macro_check_line(w, s, n, &at, found);
	}
	buf_release(&text);
	return status;
}

int
show_check(struct macro_world *w, int argc, char **argv)
{
	struct diag_sink found = {.emit = finding};

	macro_check(w, &found);
	for (int i = 0; i < argc; i++) {
		int status = check_job(w, argv[i], &found);

		if (status)
			return status;
	}
	return verdict(&found);
}

int
show_cover(struct macro_world *w)
{
	struct diag_sink found = {.emit = finding};
	struct macro_coverage c;
	char line[200];
	int n;

	macro_cover(w, &found, &c);
	n = snprintf(line, sizeof(line),
	    "%u templates, %u branches: %u of %u ways taken, %u templates "
	    "fail\n",
	    c.templates, c.branches, c.reached, c.ways, c.failed);
	output_put(line, (size_t)n);
	return verdict(&found);
}
