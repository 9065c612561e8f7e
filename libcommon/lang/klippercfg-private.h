/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of the Klipper configuration reader share. */
#ifndef GANTRY_LANG_KLIPPERCFG_PRIVATE_H
#define GANTRY_LANG_KLIPPERCFG_PRIVATE_H

#include <sys/types.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/die.h"
#include "lang/klippercfg.h"

#define uthash_fatal(msg) die_no_memory()
#include <uthash.h>

struct option {
	struct klippercfg_option o; /* first: the public face */
	struct buf value;	    /* while it is being read */
	uint32_t *line;
	size_t line_alloc;
	UT_hash_handle hh;
};

struct section {
	struct klippercfg_section s; /* first */
	struct option *index;
	struct klippercfg_option **tail;
	UT_hash_handle hh;
};

struct klippercfg_private {
	struct arena arena;
	struct section *index;
	struct klippercfg_section **tail;
	struct section defaults;
	const char **file;
	size_t file_alloc;
	size_t total; /* bytes of all files */
	uint32_t entries;
};

/* a file that is open, innermost first */
struct open_file {
	const char *name;
	dev_t dev;
	ino_t ino;
	const struct open_file *outer;
	unsigned depth;
};

struct reader {
	struct klippercfg *cfg;
	struct diag_sink *sink;
	const struct open_file *file;
	unsigned flags;
	bool failed;
	bool full; /* a limit was met: nothing more is read */
	bool autosave;
	/* of the unit being read */
	struct section *section;
	struct option *option;
	size_t indent;
};

/* An error at a line of the file being read; limit() ends the reading. */
void klippercfg_complain(struct reader *, uint32_t line, const char *slug,
    const char *fmt, ...) __attribute__((format(printf, 4, 5)));
void klippercfg_limit(
    struct reader *, uint32_t line, const char *what, unsigned long max);

/* The table.  add_section() and add_option() find or make; NULL at a limit. */
struct klippercfg *klippercfg_new_table(void);
struct section *klippercfg_add_section(
    struct reader *, const char *name, size_t len, uint32_t line);
struct option *klippercfg_add_option(
    struct reader *, const char *name, size_t len, uint32_t line);
void klippercfg_add_line(
    struct option *, const char *s, size_t len, uint32_t line);
void klippercfg_end_option(struct reader *); /* the value is complete */
void klippercfg_note_file(struct reader *, const char *name);

uint32_t klippercfg_count_lines(const char *s, size_t len);
/* Text as units of lines, the first one being number line. */
void klippercfg_read_text(
    struct reader *, const char *text, size_t len, uint32_t line);
/* The same for the main file, which may end with a SAVE_CONFIG block. */
void klippercfg_read_main(struct reader *, struct buf *text);
void klippercfg_include(
    struct reader *, const char *spec, size_t len, uint32_t line);

#endif
