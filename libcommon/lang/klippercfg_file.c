/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Klipper's configuration format: files and what they include. */
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/file.h"
#include "lang/klippercfg-private.h"
#include "lang/utf8.h"

/* The text of a file is UTF-8 without NUL; a mark in front is let pass. */
static bool
check_text(struct reader *r, struct buf *text)
{
	size_t bad;

	if (text->len >= 3 && memcmp(text->data, "\xef\xbb\xbf", 3) == 0)
		buf_consume(text, 3);
	if (text->len == 0)
		return true;
	if (!utf8_valid(text->data, text->len, &bad)) {
		klippercfg_complain(r,
		    klippercfg_count_lines(text->data, bad) + 1,
		    "config-syntax", "byte 0x%02x is not UTF-8",
		    (unsigned char)text->data[bad]);
		return false;
	}
	bad = strlen(text->data);
	if (bad != text->len) {
		klippercfg_complain(r,
		    klippercfg_count_lines(text->data, bad) + 1,
		    "config-syntax", "a NUL byte: not a text file");
		return false;
	}
	return true;
}

/* Reads one file; the chain of open ones tells a circle.  line is the place
 * of the include, in r->file; 0 for the main file. */
static void
read_file(struct reader *r, const char *path, uint32_t line)
{
	const struct open_file *outer = r->file;
	struct klippercfg_private *p = r->cfg->private;
	struct open_file self = {arena_strdup(&p->arena, path), 0, 0, outer,
	    outer ? outer->depth + 1 : 1};
	struct open_file only = {self.name, 0, 0, NULL, 1};
	struct buf text = BUF_INIT;
	struct stat st;
	int fd;

	if (!outer)
		r->file = &only; /* complaints name the file itself */
	/* a pipe must not make us wait */
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0 || fstat(fd, &st)) {
		klippercfg_complain(r, line, "config-open",
		    "cannot read '%s': %s", path, strerror(errno));
		goto out;
	}
	if (outer && !S_ISREG(st.st_mode)) {
		klippercfg_complain(
		    r, line, "config-open", "'%s' is not a file", path);
		goto out;
	}
	self.dev = st.st_dev;
	self.ino = st.st_ino;
	for (const struct open_file *f = outer; f; f = f->outer) {
		if (f->ino && f->dev == self.dev && f->ino == self.ino) {
			klippercfg_complain(r, line, "config-include",
			    "'%s' includes itself", path);
			goto out;
		}
	}
	if (file_read_all(fd, &text, KLIPPERCFG_FILE_MAX)) {
		klippercfg_complain(r, line,
		    errno == EFBIG ? "config-limit" : "config-open",
		    "cannot read '%s': %s", path, strerror(errno));
		goto out;
	}
	p->total += text.len;
	if (p->total > KLIPPERCFG_TOTAL_MAX) {
		klippercfg_limit(r, line,
		    "the files are too long together (bytes)",
		    KLIPPERCFG_TOTAL_MAX);
		goto out;
	}
	klippercfg_note_file(r, self.name);
	r->file = &self;
	if (check_text(r, &text)) {
		if (outer || (r->flags & KLIPPERCFG_NO_AUTOSAVE))
			klippercfg_read_text(
			    r, text.data ? text.data : "", text.len, 1);
		else
			klippercfg_read_main(r, &text);
	}
out:
	if (fd >= 0)
		close(fd);
	buf_release(&text);
	r->file = outer;
}

/* The pattern of an include, made a pattern for glob(3): the folder of the
 * including file stands for itself. */
static void
full_pattern(struct buf *out, const char *file, const char *spec, size_t len)
{
	const char *slash = strrchr(file, '/');

	if (slash && (len == 0 || spec[0] != '/')) {
		for (const char *c = file; c <= slash; c++) {
			if (strchr("*?[\\", *c))
				buf_addc(out, '\\');
			buf_addc(out, *c);
		}
	}
	for (size_t i = 0; i < len; i++) {
		if (spec[i] == '\\')
			buf_addc(out, '\\');
		buf_addc(out, spec[i]);
	}
}

static int
by_bytes(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

void
klippercfg_include(
    struct reader *r, const char *spec, size_t len, uint32_t line)
{
	struct buf pattern = BUF_INIT;
	bool magic = false;
	glob_t found;
	int rc;

	if (r->flags & KLIPPERCFG_NO_INCLUDE) {
		klippercfg_complain(r, line, "config-include",
		    "an include has no place here: '%.*s'", (int)len, spec);
		return;
	}
	if (r->file->depth >= KLIPPERCFG_DEPTH_MAX) {
		klippercfg_limit(r, line, "files include each other too deeply",
		    KLIPPERCFG_DEPTH_MAX);
		return;
	}
	for (size_t i = 0; i < len; i++)
		magic |= strchr("*?[", spec[i]) != NULL;
	full_pattern(&pattern, r->file->name, spec, len);
	rc = glob(pattern.data ? pattern.data : "", GLOB_NOSORT, NULL, &found);
	if (rc == 0) {
		qsort(found.gl_pathv, found.gl_pathc, sizeof(char *), by_bytes);
		for (size_t i = 0; i < found.gl_pathc && !r->full; i++) {
			if (r->cfg->n_files >= KLIPPERCFG_FILES_MAX)
				klippercfg_limit(r, line, "too many files",
				    KLIPPERCFG_FILES_MAX);
			else
				read_file(r, found.gl_pathv[i], line);
		}
	} else if (rc != GLOB_NOMATCH || !magic) {
		klippercfg_complain(r, line, "config-include",
		    "there is no file '%.*s' to include", (int)len, spec);
	}
	if (rc == 0)
		globfree(&found);
	buf_release(&pattern);
}

static struct klippercfg *
finish(struct reader *r)
{
	if (!r->failed)
		return r->cfg;
	klippercfg_free(r->cfg);
	return NULL;
}

struct klippercfg *
klippercfg_load(const char *path, struct diag_sink *sink)
{
	struct reader r = {.cfg = klippercfg_new_table(), .sink = sink};

	read_file(&r, path, 0);
	return finish(&r);
}

struct klippercfg *
klippercfg_parse(const char *text, size_t len, const char *name, unsigned flags,
    struct diag_sink *sink)
{
	struct klippercfg *cfg = klippercfg_new_table();
	struct open_file self = {
	    arena_strdup(&cfg->private->arena, name), 0, 0, NULL, 1};
	struct reader r = {
	    .cfg = cfg, .sink = sink, .file = &self, .flags = flags};
	struct buf copy = BUF_INIT;
	struct stat st;

	if (!(flags & KLIPPERCFG_NO_INCLUDE) && stat(name, &st) == 0) {
		self.dev = st.st_dev;
		self.ino = st.st_ino;
	}
	klippercfg_note_file(&r, self.name);
	buf_add(&copy, text, len);
	if (len > KLIPPERCFG_FILE_MAX)
		klippercfg_limit(
		    &r, 0, "the text is too long (bytes)", KLIPPERCFG_FILE_MAX);
	else if (check_text(&r, &copy) && (flags & KLIPPERCFG_NO_AUTOSAVE))
		klippercfg_read_text(
		    &r, copy.data ? copy.data : "", copy.len, 1);
	else if (!r.failed)
		klippercfg_read_main(&r, &copy);
	buf_release(&copy);
	return finish(&r);
}
