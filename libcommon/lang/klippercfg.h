/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Klipper's configuration format: sections of options, with places. */
#ifndef GANTRY_LANG_KLIPPERCFG_H
#define GANTRY_LANG_KLIPPERCFG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/diag.h"

/*
 * Reads printer.cfg and what it includes into one table, by the rules of the
 * INI dialect that Klipper reads:
 *
 *  - '#' cuts a line anywhere, ';' only at its start or after white space;
 *  - "name: value" or "name = value", the first of the two separates;
 *  - a line indented deeper than the line that began the option continues
 *    it, stripped and joined by a newline; blank lines between stay;
 *  - section names keep their case and blanks, option names are lower case;
 *  - a section may come again (merged) and an option too (the last wins);
 *  - [include PATTERN] at column 0 takes effect where it stands; the lines
 *    behind it need a section header of their own;
 *  - options of [DEFAULT] appear in every section;
 *  - the SAVE_CONFIG block at the end of the main file adds what the rest
 *    does not say; a damaged block is left out with a warning.
 *
 * Everything belongs to the table and lives until klippercfg_free().
 */
struct klippercfg_option {
	const char *name;  /* lower case */
	const char *value; /* stripped; lines separated by '\n' */
	struct diag_place place;
	/* line[i] is where line i of the value stands in place.file */
	const uint32_t *line;
	uint32_t n_lines;
	bool autosaved; /* from the SAVE_CONFIG block */
	struct klippercfg_option *next;
};

struct klippercfg_section {
	const char *name; /* "gcode_macro START", as written */
	struct diag_place place;
	struct klippercfg_option *option; /* in order of first mention */
	uint32_t n_options;
	bool autosaved; /* the SAVE_CONFIG block names it */
	struct klippercfg_section *next;
};

struct klippercfg {
	struct klippercfg_section *section; /* in order of first mention */
	uint32_t n_sections;
	struct klippercfg_section *defaults; /* [DEFAULT]; never NULL */
	const char *const *file;	     /* all files read, main first */
	uint32_t n_files;
	bool autosave_damaged;
	/* private */
	struct klippercfg_private *private;
};

/* Limits; beyond them the file is refused. */
#define KLIPPERCFG_FILE_MAX    ((size_t)16 << 20) /* bytes a file */
#define KLIPPERCFG_TOTAL_MAX   ((size_t)64 << 20) /* bytes of all */
#define KLIPPERCFG_FILES_MAX   1024
#define KLIPPERCFG_DEPTH_MAX   32      /* files open at once */
#define KLIPPERCFG_OPTIONS_MAX 1000000 /* sections and options together */

enum klippercfg_flags {
	KLIPPERCFG_NO_INCLUDE = 1, /* an [include] is an error */
	/* the text is part of another file: no SAVE_CONFIG block */
	KLIPPERCFG_NO_AUTOSAVE = 2,
};

/* NULL on error; all errors of the syntax are reported, not only the first.
 * Slugs: config-open, config-syntax, config-include, config-limit. */
struct klippercfg *klippercfg_load(const char *path, struct diag_sink *);
/* The same from memory; includes are relative to the folder of name. */
struct klippercfg *klippercfg_parse(const char *text, size_t len,
    const char *name, unsigned flags, struct diag_sink *);
void klippercfg_free(struct klippercfg *);

/* Section names are compared exactly, option names must be lower case.  The
 * option lookup falls back to [DEFAULT].  NULL if there is none. */
struct klippercfg_section *klippercfg_section(
    const struct klippercfg *, const char *name);
struct klippercfg_option *klippercfg_option(const struct klippercfg *,
    const struct klippercfg_section *, const char *name);
/* The value or NULL. */
const char *klippercfg_get(
    const struct klippercfg *, const char *section, const char *option);

/*
 * Values as Klipper's typed getters read them (Python's int() and float():
 * blanks around, '_' between digits, inf and nan).  0, or -1 when the text
 * is not one.
 */
int klippercfg_int(const char *text, int64_t *out);
int klippercfg_double(const char *text, double *out);
int klippercfg_bool(const char *text, bool *out);

/*
 * The next item of a list: *text moves behind it, *item and the returned
 * length are the stripped item.  -1 at the end.  "a," has two items; a blank
 * text has one, empty: whoever wants none there asks klippercfg_blank().
 */
bool klippercfg_blank(const char *text);
long klippercfg_item(const char **text, char separator, const char **item);

/* Does the first line that is neither blank nor comment look like a Klipper
 * section header?  Tells printer.cfg from printer.conf. */
bool klippercfg_is_one(const char *text, size_t len);

#endif
