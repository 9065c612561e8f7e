/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as printer.cfg, a line "----", and G-code: loaded, run, checked. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io/file.h"
#include "machine/macro.h"
#include "tests/fuzz/fuzz.h"

enum {
	LINES = 40 /* of the stream that are run */
};

static size_t written;

static void
emit(void *ctx, const char *line, size_t len, const struct macro_place *at)
{
	(void)ctx;
	(void)at;
	for (size_t i = 0; i < len; i++)
		written += (unsigned char)line[i];
}

static void
respond(void *ctx, const char *text)
{
	(void)ctx;
	written += strlen(text);
}

static void
quiet(struct diag_sink *s, enum diag_level level,
    const struct diag_place *place, const char *slug, const char *text)
{
	(void)s;
	(void)level;
	(void)place;
	(void)slug;
	written += strlen(text);
}

static const char *
find(const char *s, size_t len, const char *what)
{
	size_t n = strlen(what);

	for (; len >= n; s++, len--)
		if (memcmp(s, what, n) == 0)
			return s;
	return NULL;
}

static void
run(struct macro_world *w, const char *s, const char *end)
{
	struct diag_place at = {"stream", 0, 0};
	uint32_t lines = 0;

	if (macro_begin(w))
		return;
	while (s < end && at.line < LINES) {
		const char *eol = memchr(s, '\n', (size_t)(end - s));

		if (eol && at.line % 3 == 0)
			s = macro_scan(w, s, eol + 1, &lines);
		if (eol && s > eol)
			continue;
		eol = eol ? eol : end;
		at.line++;
		if (macro_line(w, s, (size_t)(eol - s), &at))
			return;
		s = eol + (eol < end);
	}
	macro_end(w);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const struct macro_hooks hooks = {emit, respond, NULL};
	static char path[64];
	struct diag_sink sink = {.emit = quiet};
	const char *text = (const char *)data, *end = text + len, *job;
	struct macro_coverage all;
	struct macro_world *w;

	/* files of this computer are none of its business */
	if (find(text, len, "include"))
		return 0;
	if (!path[0])
		snprintf(path, sizeof(path), "/tmp/fuzz-macro-%d.cfg",
		    (int)getpid());
	job = find(text, len, "\n----\n");
	if (file_replace(path, text, job ? (size_t)(job + 1 - text) : len))
		abort();
	w = macro_load(
	    path, MACRO_ASSUME | MACRO_EVEN_WRONG, &hooks, NULL, &sink);
	unlink(path);
	if (!w)
		return 0;
	macro_check(w, &sink);
	if (len < 2000)
		macro_cover(w, &sink, &all);
	if (job)
		run(w, job + 6, end);
	macro_free(w);
	return 0;
}
