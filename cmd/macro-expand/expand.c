/* SPDX-License-Identifier: GPL-3.0-or-later */
/* macro-expand: the filter itself. */
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "cmd/macro-expand/macro-expand.h"

#define BLOCK	       ((size_t)256 << 10)
#define LINE_MAX_BYTES ((size_t)16 << 20)

struct stream {
	struct macro_world *w;
	bool plain; /* no macros: nothing to look at */
	const char *name;
	int fd;
	uint32_t line; /* of the next one */
	struct buf in;
};

/* lines that are passed on as they are */
static void
pass(struct stream *s, const char *from, const char *to, uint32_t line)
{
	if (from != to)
		output_pass(
		    from, (size_t)(to - from), s->name, line, s->line - line);
}

/* comments and blank lines need no look */
static const char *
skip_comments(struct stream *s, const char *p, const char *end)
{
	while (p < end && (*p == ';' || *p == '\n' || *p == '\r')) {
		const char *nl = memchr(p, '\n', (size_t)(end - p));

		if (!nl)
			return p;
		p = nl + 1;
		s->line++;
	}
	return p;
}

/* whole lines up to end; -1 when it is over */
static int
lines(struct stream *s, const char *p, const char *end)
{
	const char *from = p;
	uint32_t first = s->line;

	while (p < end) {
		const char *q = skip_comments(s, p, end);
		struct diag_place at = {s->name, 0, 1};
		size_t n;

		if (!opts.trace)
			q = macro_scan(s->w, q, end, &s->line);
		if (q != p) {
			p = q;
			if (!macro_timer_due(s->w))
				continue;
			pass(s, from, p, first);
			from = p;
			first = s->line;
			if (macro_fire_due(s->w))
				return -1;
			continue;
		}
		if (!opts.trace)
			pass(s, from, p, first);
		n = strcspn(p, "\n");
		if (p + n >= end)
			n = (size_t)(end - p);
		at.line = s->line++;
		if (macro_line(s->w, p, n, &at))
			return -1;
		p += n + (p + n < end);
		from = p;
		first = s->line;
	}
	if (!opts.trace)
		pass(s, from, p, first);
	return 0;
}

/* what the last newline has behind it, if that is anything */
static int
last_line(struct stream *s)
{
	int status;

	if (!s->in.len)
		return 0;
	output_open_line(s->in.data);
	status = lines(s, s->in.data, s->in.data + s->in.len);
	output_open_line(NULL);
	return status;
}

/* the last newline of the n bytes at s, or NULL */
static const char *
last_newline(const char *s, size_t n)
{
	while (n && s[n - 1] != '\n')
		n--;
	return n ? s + n - 1 : NULL;
}

static int
read_all(struct stream *s)
{
	for (;;) {
		const char *nl;
		ssize_t n;

		buf_grow(&s->in, BLOCK);
		n = file_read(s->fd, s->in.data + s->in.len, BLOCK);
		if (n < 0) {
			cli_warn("cannot read '%s':", s->name);
			return EXIT_IO;
		}
		if (n == 0)
			return last_line(s) ? EXIT_BAD_DATA : EXIT_DONE;
		s->in.len += (size_t)n;
		s->in.data[s->in.len] = '\0';
		if (s->plain) {
			output_put(s->in.data, s->in.len);
			s->in.len = 0;
			if (output_flush())
				return EXIT_IO;
			continue;
		}
		nl = last_newline(s->in.data, s->in.len);
		if (!nl && s->in.len > LINE_MAX_BYTES) {
			struct diag_place at = {s->name, s->line, 1};

			diag_report(output_sink(), DIAG_ERROR, &at, "limit",
			    "a line longer than %zu bytes", LINE_MAX_BYTES);
			return EXIT_BAD_DATA;
		}
		if (!nl)
			continue;
		if (lines(s, s->in.data, nl + 1))
			return EXIT_BAD_DATA;
		buf_consume(&s->in, (size_t)(nl + 1 - s->in.data));
		if (output_flush())
			return EXIT_IO;
	}
}

static int
one_file(struct macro_world *w, const char *path)
{
	struct stream s = {.w = w, .line = 1};
	int status;

	s.plain = !macro_any(w) && !opts.annotate && !opts.trace;
	s.fd = file_open_input(path, &s.name);
	if (s.fd < 0) {
		cli_warn("cannot open '%s':", path);
		return EXIT_NO_INPUT;
	}
	status = read_all(&s);
	buf_release(&s.in);
	if (s.fd != STDIN_FILENO)
		close(s.fd);
	return status;
}

/* the variables that SAVE_VARIABLE has changed, if asked for */
static int
save(struct macro_world *w)
{
	struct buf text = BUF_INIT;
	const char *path;
	int status = EXIT_DONE;

	if (opts.save && macro_saved(w, &path, &text) && path &&
	    file_replace(path, text.data, text.len)) {
		cli_warn("cannot write '%s':", path);
		status = EXIT_IO;
	}
	buf_release(&text);
	return status;
}

int
expand_files(struct macro_world *w, int argc, char **argv)
{
	int status = macro_begin(w) ? EXIT_BAD_DATA : EXIT_DONE;

	if (!status && argc == 0)
		status = one_file(w, "-");
	for (int i = 0; !status && i < argc; i++)
		status = one_file(w, argv[i]);
	if (!status && macro_end(w))
		status = EXIT_BAD_DATA;
	if (!status)
		status = save(w);
	return status;
}
