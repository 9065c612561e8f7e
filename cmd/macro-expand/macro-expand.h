/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inside macro-expand: options, output, and its ways of looking. */
#ifndef MACRO_EXPAND_H
#define MACRO_EXPAND_H

#include <stdbool.h>
#include <stdint.h>

#include "cli/cli.h"
#include "io/file.h"
#include "machine/macro.h"

struct opts {
	const char *config, *output, *state, *render, *context;
	struct opt_strings set;
	bool annotate, trace, list, check, cover, repl;
	bool klipper, keep_going, assume, kalico, save;
	uint32_t seed;
	int delimiters; /* of --render: those of Klipper, of Jinja */
};
extern struct opts opts;

/* ---- output.c: what goes out, a block at a time ---- */
int output_open(void);
void output_put(const char *s, size_t n);
/* the line at s ends without a newline: so does it when it is passed on last */
void output_open_line(const char *s);
/* whole lines of the stream, from that one on */
void output_pass(
    const char *s, size_t n, const char *file, uint32_t line, uint32_t lines);
/* 0, or -1: it could not be written, reported */
int output_flush(void);
int output_close(bool whole);
/* the sink of all complaints; remembers the worst status */
struct diag_sink *output_sink(void);
extern const struct macro_hooks output_hooks;
uint64_t output_lines(void);
const struct macro_place *output_last(void);

/* ---- slugs.c ---- */
enum cli_status slug_status(const char *slug);

/* ---- expand.c: the filter ---- */
int expand_files(struct macro_world *, int argc, char **argv);

/* ---- live.c: --state ---- */
int live_open(struct macro_world *);

/* ---- show.c, render.c, repl.c ---- */
int show_list(struct macro_world *);
int show_check(struct macro_world *, int argc, char **argv);
int show_cover(struct macro_world *);
int render_file(void);
int repl(struct macro_world *);

#endif
