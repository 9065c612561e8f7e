/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A configuration as sections of typed values with places. */
#ifndef GANTRY_MACHINE_TREE_H
#define GANTRY_MACHINE_TREE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/diag.h"
#include "machine/schema.h"

/*
 * Both formats, printer.conf and Klipper's printer.cfg, are read into this
 * tree, checked against the schema and completed with its defaults.  A
 * section is called as in printer.cfg ("fan_generic exhaust"), whatever it
 * came from; its keys are lower case.  All of it belongs to the tree.
 */
enum tree_type {
	TREE_INT,
	TREE_DOUBLE,
	TREE_BOOL,
	TREE_STRING, /* also choices, pins and G-code */
	TREE_LIST,
};

struct tree_value {
	enum tree_type type;
	union {
		int64_t i;
		double d;
		bool b;
		const char *s;
		struct {
			const struct tree_value *item;
			uint32_t n;
		} list;
	};
};

struct tree_entry {
	const struct schema_key *key;
	const char *name; /* "screw1", "pid_kp" */
	struct tree_value value;
	const char *raw; /* as text of printer.cfg */
	struct diag_place place;
	bool given; /* false: a default */
	struct tree_entry *next;
};

struct tree_section {
	const struct schema_section *schema;
	const char *name;   /* "fan_generic exhaust" */
	const char *suffix; /* "exhaust", or NULL */
	struct diag_place place;
	struct tree_entry *entry; /* in the order of the file, then defaults */
	struct tree_entry **tail;
	uint32_t n_entries;
	struct tree_section *next;
};

struct tree {
	struct arena arena;
	const char *file; /* as opened */
	bool klipper;	  /* it was a printer.cfg */
	struct tree_section *section;
	struct tree_section **tail;
	uint32_t n_sections;
	unsigned errors, not_carried;
	struct diag_sink *sink;
};

#define TREE_SECTIONS_MAX 4096
#define TREE_ENTRIES_MAX  2048 /* of one section */

enum tree_flags {
	/* say what of a printer.cfg has no use here, too */
	TREE_SAY_IGNORED = 1,
	/* do not read other files (fuzzing) */
	TREE_NO_INCLUDE = 2,
	/* only what is given, no defaults, nothing missing */
	TREE_AS_GIVEN = 4,
	/* even if something is wrong: for those who show it */
	TREE_EVEN_WRONG = 8,
};

/* NULL when something is wrong; everything wrong has been reported. */
struct tree *tree_load(const char *path, unsigned flags, struct diag_sink *);
struct tree *tree_parse(const char *text, size_t len, const char *name,
    unsigned flags, struct diag_sink *);
void tree_free(struct tree *);

/* NULL: there is none, or no tree (a machine made by hand). */
struct tree_section *tree_section(const struct tree *, const char *name);
/* The next section behind s (NULL: the first) whose schema is called name. */
struct tree_section *tree_next(
    const struct tree *, const struct tree_section *s, const char *name);
struct tree_entry *tree_entry(const struct tree_section *, const char *key);
/* "bed_mesh.speed", "fan_generic.exhaust.pin", "fan_generic exhaust.pin" */
struct tree_entry *tree_find(const struct tree *, const char *path);
bool tree_given(const struct tree_section *, const char *key);

/* The value, or fallback when the section or the key is not there. */
double tree_double(
    const struct tree_section *, const char *key, double fallback);
int tree_int(const struct tree_section *, const char *key, int fallback);
bool tree_bool(const struct tree_section *, const char *key, bool fallback);
const char *tree_string(
    const struct tree_section *, const char *key, const char *fallback);
/* Numbers of a list, at most max; how many there are. */
int tree_doubles(
    const struct tree_section *, const char *key, double *out, int max);

/* Fills a default that had to be computed; nothing if the key has a value. */
void tree_default(
    struct tree *, struct tree_section *, const char *key, double value);

/* The same, as text of printer.cfg. */
void tree_default_text(
    struct tree *, struct tree_section *, const char *key, const char *text);

/* An error at a key of a section (key NULL: at the section). */
void tree_error(struct tree *, const struct tree_section *, const char *key,
    const char *slug, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));
void tree_warning(struct tree *, const struct tree_section *, const char *key,
    const char *slug, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));

/* --- for the two readers --------------------------------------------- */

struct tree_section *tree_add_section(
    struct tree *, const char *header, const struct diag_place *);
/* The keys outside all groups: the section "". */
struct tree_section *tree_add_root(struct tree *, const struct diag_place *);
/* name as written; the value in the types that the file has. */
void tree_add_value(struct tree *, struct tree_section *, const char *name,
    const struct tree_value *, const struct diag_place *);
void tree_add_text(struct tree *, struct tree_section *, const char *name,
    const char *text, const struct diag_place *);
void tree_read_conf(
    struct tree *, const char *text, size_t len, unsigned flags);
void tree_read_klipper(
    struct tree *, const char *text, size_t len, unsigned flags);

/* A value as the text of printer.cfg, or as a value of printer.conf. */
void tree_format(
    const struct schema_key *, const struct tree_value *, struct buf *out);
void tree_format_conf(const struct tree_value *, struct buf *out);

/* Sum over names and values, whatever their order. */
uint32_t tree_hash(const struct tree *);

#endif
