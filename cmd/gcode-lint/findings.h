/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What was found: levels, places, the report in its formats. */
#ifndef GCODE_LINT_FINDINGS_H
#define GCODE_LINT_FINDINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/diag.h"
#include "lang/json.h"
#include "rules.h"

enum report_format {
	REPORT_TEXT,
	REPORT_JSON,
	REPORT_SARIF,
	REPORT_TAP,
	REPORT_JUNIT,
};

#define FINDINGS_SHOWN_MAX 20 /* of one rule in one file, by default */

enum {
	LEVEL_OFF = -1, /* beside the diag levels */
};

/*
 * Findings are written to out as they come; the caller empties it whenever it
 * likes.  JSON and SARIF are one document from findings_begin() to
 * findings_end(); TAP and JUnit have a test a rule and speak at the end of
 * each file.
 */
/* a line with an exception of its own, for what is found later */
struct findings_exception {
	uint32_t line, mark_line; /* of the input; of the marked file or 0 */
	uint64_t rules[(N_RULES + 63) / 64];
};
#define FINDINGS_EXCEPTIONS 4096 /* the newest are kept */

struct findings {
	enum report_format format;
	struct buf out;
	bool colour, quiet;	      /* quiet: no source lines, no summary */
	enum diag_level fails_from;   /* which level is a failure */
	const struct rule_row *table; /* of the rules, n of them */
	int n_rules;
	unsigned shown_max; /* 0: all */
	int level[N_RULES];
	enum diag_level at_most;    /* no finding counts for more meanwhile */
	const char *lacks[N_RULES]; /* a fact, so that it is not checked */
	bool ignored[N_RULES];	    /* by the file itself, from here on */

	/* the line in work, and where it is really from */
	const char *file;
	uint32_t line;
	const char *text;
	size_t text_len;
	char *mark_file, *mark_macro; /* of a place mark; NULL: none */
	uint32_t mark_line;
	uint64_t line_ignored[(N_RULES + 63) / 64]; /* on this line alone */
	struct findings_exception *exception;	    /* a ring */
	uint64_t n_exceptions;

	/* of this file, and of all */
	uint64_t count[N_RULES];
	uint64_t file_level[3], all_level[3];
	uint64_t all_count[N_RULES];
	struct buf kept[N_RULES]; /* lines for TAP and JUnit */
	struct json json;
	unsigned files;
};

void findings_init(struct findings *, enum report_format);
void findings_release(struct findings *);

void findings_begin(struct findings *);
void findings_file(struct findings *, const char *name);
void findings_file_end(struct findings *);
void findings_end(struct findings *);

/* The line in work; text without its newline. */
void findings_line(
    struct findings *, uint32_t line, const char *text, size_t len);
/* "file:line macro" of a place mark.  On a line of its own it tells the place
 * of the next line, behind a command that of the command; lines count on. */
void findings_mark(
    struct findings *, const char *mark, size_t len, bool own_line);

/*
 * A finding in the line in work.  at points into its text (NULL: the line as
 * a whole), len is what the caret underlines.
 */
void finding(struct findings *, enum rule, const char *at, size_t len,
    const char *fmt, ...) __attribute__((format(printf, 5, 6)));
/* A finding about another line of this file; 0: about the file. */
void finding_at(struct findings *, enum rule, uint32_t line, const char *fmt,
    ...) __attribute__((format(printf, 4, 5)));
/* A finding about a record of the plan, which comes later than its line: file
 * as the last SOURCE record has it, NULL: this file. */
void finding_rec(struct findings *, enum rule, const char *file, uint32_t line,
    const char *fmt, ...) __attribute__((format(printf, 5, 6)));
/* Whether a finding of this rule would count here. */
bool findings_wants(const struct findings *, enum rule);

/* "slug=level" or "slug" (error): 0, or -1 with why. */
int findings_set_level(
    struct findings *, const char *setting, const char **why);
/* slugs with commas between them: the file says so; returns the first that
 * is unknown, and its length, or NULL */
const char *findings_ignore(struct findings *, const char *slugs, size_t len,
    bool here_only, size_t *unknown);

bool findings_failed(const struct findings *);

/* --- report_*.c ------------------------------------------------------------
 */
struct finding_place {
	const char *file;
	uint32_t line, col, len;
	const char *macro; /* NULL: not from a macro */
};

void report_text(struct findings *, enum rule, enum diag_level,
    const struct finding_place *, const char *text, bool source);
void report_text_summary(struct findings *);
void report_json(struct findings *, enum rule, enum diag_level,
    const struct finding_place *, const char *text);
void report_json_begin(struct findings *);
void report_json_end(struct findings *);
void report_sarif(struct findings *, enum rule, enum diag_level,
    const struct finding_place *, const char *text);
void report_sarif_begin(struct findings *);
void report_sarif_end(struct findings *);
void report_tests_file_end(struct findings *);
void report_tests_begin(struct findings *);
void report_tests_end(struct findings *);

extern const char *const level_name[3];

#endif
