/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every section and key that a configuration may hold, declared once. */
#ifndef GANTRY_MACHINE_SCHEMA_H
#define GANTRY_MACHINE_SCHEMA_H

#include <math.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

/*
 * Names, units and meanings are those of Klipper's config reference; what
 * Gantry adds says so in its sentence.  The reader, the checker,
 * `printerconf show --defaults` and printer.conf(5) all read these
 * tables; man/update makes the page anew.
 *
 * A key's name is spelled as documented ("pid_Kp") and compared without case.
 * '#' in it stands for a number ("screw#_name"), a '*' at its end for
 * anything ("aliases*").
 */
enum schema_type {
	SCHEMA_DOUBLE,
	SCHEMA_INT,
	SCHEMA_BOOL,
	SCHEMA_STRING,
	SCHEMA_CHOICE,	/* one of .choices, separated by '|' */
	SCHEMA_PIN,	/* "^!PA3", "mcu2:PB1" */
	SCHEMA_GCODE,	/* lines of G-code or a template */
	SCHEMA_DOUBLES, /* a list of numbers */
	SCHEMA_INTS,
	SCHEMA_STRINGS,
	SCHEMA_POINTS, /* a list of lists of numbers */
	SCHEMA_RATIOS, /* "50:17, 2:1": a list of pairs */
};

enum schema_flags {
	SCHEMA_ABOVE = 1,  /* min itself is not allowed */
	SCHEMA_BELOW = 2,  /* max itself is not allowed */
	SCHEMA_OWN = 4,	   /* Gantry's, not in Klipper's reference */
	SCHEMA_LIST_N = 8, /* .count elements, no other number */
};

struct schema_key {
	const char *name;
	enum schema_type type;
	const char *unit; /* "mm/s2"; "" if it has none */
	double min, max;
	unsigned flags;
	/* As it would be written in printer.cfg; NULL: absent unless given,
	 * "!": must be given, "=text": computed, the text says how. */
	const char *def;
	const char *choices;
	const char *help; /* one sentence, no full stop */
	int count;	  /* with SCHEMA_LIST_N */
};

enum schema_section_flags {
	SCHEMA_PLAIN = 1,    /* [name] */
	SCHEMA_NAMED = 2,    /* [name suffix], a group inside the group */
	SCHEMA_NUMBERED = 4, /* [name1], [name2] */
	SCHEMA_MACRO = 8,    /* stays in macro files */
	SCHEMA_IGNORED = 16, /* known, but nothing here reads it: see help */
	SCHEMA_SECTION_OWN = 32,
	SCHEMA_ANY_KEY = 64, /* keys are the user's */
};

struct schema_section {
	const char *name;
	unsigned flags;
	const char *help;		  /* one sentence */
	const struct schema_key *set[12]; /* ends with NULL */
};

/* ends with a row without name */
extern const struct schema_section schema_sections[];

/* The section that a Klipper header names ("fan_generic exhaust",
 * "stepper_z1", "bed_mesh default"), or NULL; *suffix is the text behind the
 * blank, NULL if there is none. */
const struct schema_section *schema_section(
    const char *header, const char **suffix);
/* The key of a section, or NULL. */
const struct schema_key *schema_key(
    const struct schema_section *, const char *name);
/* The n-th key of a section, NULL behind the last. */
const struct schema_key *schema_key_at(const struct schema_section *, size_t n);

/* The nearest known section or key, or NULL. */
const char *schema_nearest_section(const char *name);
const char *schema_nearest_key(const struct schema_section *, const char *name);

/*
 * The same key in the bounds that a plan has for its unit (wire/plan.h), where
 * it has none of its own: a machine of 10 km, or of 1e-9 mm/s, is a slip.
 */
struct schema_key schema_bounded(const struct schema_key *);
/* "0 to 250 mm", "above 0 mm/s", "" when anything goes */
void schema_range(const struct schema_key *, struct buf *out);
/* "number", "list of 2 numbers", ... */
void schema_type_name(const struct schema_key *, struct buf *out);

#endif
