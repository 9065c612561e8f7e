/* SPDX-License-Identifier: GPL-3.0-or-later */
/* macro-expand: lines on their way out, with marks where they come from. */
#include <string.h>

#include "base/buf.h"
#include "cmd/macro-expand/macro-expand.h"

#define BLOCK ((size_t)256 << 10)

static struct {
	struct file_output *file;
	struct buf bytes;
	bool broken;
	uint64_t lines;
	struct macro_place last;
	const char *open_line; /* has no newline where it comes from */
	bool owed;	       /* that newline, if anything follows */
	/* the place that a reader takes the next line to have */
	const char *told_file;
	uint32_t told_line;
} out;

static void
say(struct diag_sink *self, enum diag_level level,
    const struct diag_place *place, const char *slug, const char *text)
{
	(void)self;
	slug_status(slug); /* each has its row */
	cli_sink()->emit(cli_sink(), level, place, slug, text);
}

static struct diag_sink sink = {.emit = say};

struct diag_sink *
output_sink(void)
{
	return &sink;
}

int
output_open(void)
{
	out.file = file_create(opts.output);
	if (out.file)
		return 0;
	cli_warn("cannot write '%s':", opts.output ? opts.output : "<stdout>");
	return -1;
}

int
output_flush(void)
{
	if (!out.broken && out.bytes.len &&
	    file_put(out.file, out.bytes.data, out.bytes.len)) {
		cli_warn("cannot write '%s':",
		    opts.output ? opts.output : "<stdout>");
		out.broken = true;
	}
	buf_clear(&out.bytes);
	return out.broken ? -1 : 0;
}

void
output_open_line(const char *s)
{
	out.open_line = s;
}

static void
pay(void)
{
	if (out.owed)
		buf_addc(&out.bytes, '\n');
	out.owed = false;
}

void
output_put(const char *s, size_t n)
{
	pay();
	buf_add(&out.bytes, s, n);
	if (out.bytes.len >= BLOCK)
		output_flush();
}

int
output_close(bool whole)
{
	int status = 0;

	if (!out.file)
		return 0;
	/* what stands before an error was right, and a pipe has it already */
	if (whole || !opts.output)
		status = output_flush();
	if (status || (!whole && opts.output))
		file_abandon(out.file);
	else if (file_commit(out.file)) {
		cli_warn("cannot write '%s':",
		    opts.output ? opts.output : "<stdout>");
		status = -1;
	}
	out.file = NULL;
	buf_release(&out.bytes);
	return status;
}

uint64_t
output_lines(void)
{
	return out.lines;
}

const struct macro_place *
output_last(void)
{
	return &out.last;
}

/* ";@ FILE:LINE MACRO" where the reader would count on otherwise; the lines
 * that follow are that many */
static void
annotate(const struct macro_place *p, uint32_t lines)
{
	bool same = out.told_file && p->at.file &&
		    strcmp(out.told_file, p->at.file) == 0;

	if (!same || out.told_line != p->at.line) {
		buf_addf(&out.bytes, ";@ %s:%u", p->at.file, p->at.line);
		if (p->macro)
			buf_addf(&out.bytes, " %s", p->macro);
		buf_addc(&out.bytes, '\n');
	}
	out.told_file = p->at.file;
	out.told_line = p->at.line + lines;
}

void
output_pass(
    const char *s, size_t n, const char *file, uint32_t line, uint32_t lines)
{
	struct macro_place p = {{file, line, 1}, NULL};

	pay();
	if (opts.annotate)
		annotate(&p, lines);
	out.lines += lines;
	if (lines) {
		out.last = p;
		out.last.at.line = line + lines - 1;
	}
	output_put(s, n);
}

static void
emit(void *ctx, const char *s, size_t n, const struct macro_place *p)
{
	(void)ctx;
	if (opts.trace)
		return;
	pay();
	if (opts.annotate)
		annotate(p, 1);
	out.last = *p;
	out.lines++;
	buf_add(&out.bytes, s, n);
	out.owed = s == out.open_line;
	if (!out.owed)
		buf_addc(&out.bytes, '\n');
	if (out.bytes.len >= BLOCK)
		output_flush();
}

static void
respond(void *ctx, const char *text)
{
	(void)ctx;
	if (cli_verbosity() > 0)
		cli_warn("%s", text);
}

static void
trace(void *ctx, char kind, unsigned depth, const char *s, size_t n)
{
	(void)ctx;
	if (!opts.trace || !n)
		return;
	buf_addf(&out.bytes, "%*s%c ", (int)depth * 2, "", kind);
	buf_add(&out.bytes, s, n);
	buf_addc(&out.bytes, '\n');
	if (out.bytes.len >= BLOCK)
		output_flush();
}

const struct macro_hooks output_hooks = {emit, respond, trace};
