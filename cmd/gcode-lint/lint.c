/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The checker: a line at a time, through all its parts. */
#include "lint.h"

#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"

static void
on_move(void *ctx, const struct gcode_exec_move *m)
{
	check_move(ctx, m);
}

static void
on_record(void *ctx, const struct plan_record *rec)
{
	check_record(ctx, rec);
}

static void
odd_flow(void *ctx, uint32_t line, double ratio, double usual)
{
	struct lint *l = ctx;

	finding_at(l->f, RULE_UNEVEN_FLOW, line,
	    "extrudes %.4g mm of filament a mm, others of its kind %.4g", ratio,
	    usual);
}

void
lint_init(struct lint *l, struct findings *f, const struct machine *m,
    const struct lint_facts *facts)
{
	double min[2] = {m->rail[0].position_min, m->rail[1].position_min};
	double max[2] = {m->rail[0].position_max, m->rail[1].position_max};

	*l = (struct lint){.f = f, .m = m, .facts = *facts};
	l->sink.emit = check_complaint;
	gcode_line_init(&l->parsed);
	heightmap_init(&l->map, min, max);
}

void
lint_release(struct lint *l)
{
	if (l->exec)
		warm_release(l);
	gcode_exec_free(l->exec);
	gcode_line_release(&l->parsed);
	heightmap_release(&l->map);
	flow_release(&l->flow);
	objects_release(&l->objects);
	summary_release(&l->sum);
	free(l->source);
}

void
lint_begin(struct lint *l, const char *file)
{
	static const struct gcode_hooks hooks = {
	    .move = on_move, .record = on_record};
	static const struct gcode_options options = {.keep_going = true};
	struct lint old = *l;

	if (old.exec)
		warm_release(&old);
	gcode_exec_free(old.exec);
	free(old.source);
	flow_release(&old.flow);
	objects_release(&old.objects);
	summary_release(&old.sum);
	*l = (struct lint){.f = old.f,
	    .m = old.m,
	    .facts = old.facts,
	    .parsed = old.parsed,
	    .map = old.map,
	    .e_unit = 1e-3,
	    .sum_detailed = old.sum_detailed,
	    .sum_gridded = old.sum_gridded};
	l->sink.emit = check_complaint;
	header_init(&l->header);
	objects_init(&l->objects);
	heightmap_clear(&l->map);
	flow_init(&l->flow, odd_flow, l);
	summary_init(&l->sum);
	l->sum.detailed = l->sum_detailed;
	l->sum.gridded = l->sum_gridded;
	warm_begin(l);
	l->exec = gcode_exec_new(l->m, &options, &hooks, l, &l->sink);
	gcode_exec_file(l->exec, file, false);
	findings_file(l->f, file);
}

/* "; gantry-lint: ignore=SLUG,...": behind a command for its line alone */
static void
pragma(struct lint *l, struct gcode_view v, bool own_line)
{
	static const char key[] = "gantry-lint:";
	const char *eq;

	while (v.n && *v.s == ' ')
		v.s++, v.n--;
	if (v.n < sizeof(key) || memcmp(v.s, key, sizeof(key) - 1) != 0)
		return;
	v.s += sizeof(key) - 1;
	v.n -= sizeof(key) - 1;
	while (v.n && *v.s == ' ')
		v.s++, v.n--;
	while (v.n && (unsigned char)v.s[v.n - 1] <= ' ')
		v.n--;
	eq = memchr(v.s, '=', v.n);
	if (!eq || eq - v.s != 6 || memcmp(v.s, "ignore", 6) != 0) {
		finding(l->f, RULE_BAD_PRAGMA, v.s, v.n,
		    "'%.*s' means nothing here: ignore=SLUG,... is known",
		    (int)(v.n < 60 ? v.n : 60), v.s);
		return;
	}
	v.n -= (size_t)(eq + 1 - v.s);
	v.s = findings_ignore(l->f, eq + 1, v.n, !own_line, &v.n);
	if (v.s)
		finding(l->f, RULE_BAD_PRAGMA, v.s, v.n,
		    "there is no rule '%.*s'", (int)(v.n < 60 ? v.n : 60), v.s);
}

static void
comment(struct lint *l, struct gcode_view v, bool own_line)
{
	if (v.n == 0)
		return;
	if (v.s[0] == '@')
		findings_mark(l->f, v.s + 1, v.n - 1, own_line);
	else
		pragma(l, v, own_line);
	if (own_line)
		header_comment(&l->header, v);
}

/* a comment of a line that the fast road took */
static struct gcode_view
fast_comment(const struct lint *l)
{
	const char *at = l->words.comment;

	if (!at)
		return (struct gcode_view){NULL, 0};
	return (struct gcode_view){at, (size_t)(l->s + l->n - at)};
}

void
lint_line(struct lint *l, const char *s, size_t n)
{
	bool fast;

	l->s = s;
	l->n = n;
	while (l->n && (s[l->n - 1] == '\n' || s[l->n - 1] == '\r'))
		l->n--;
	l->line++;
	l->complained = false;
	findings_line(l->f, l->line, s, l->n);
	check_bytes(l);
	fast = gcode_scan_move(&l->words, s, s + n) != NULL;
	if (fast) {
		comment(l, fast_comment(l), false);
		check_words(l);
		l->commands++;
		l->last_was_move = true;
		l->last_command = l->line;
		if (l->words.number >= 2)
			check_arc(l);
	} else {
		l->words.has = 0;
		gcode_parse(&l->parsed, s, n);
		comment(l, l->parsed.comment, l->parsed.kind == GCODE_BLANK);
		if (l->parsed.kind != GCODE_BLANK)
			check_command(l);
	}
	if (fast || l->parsed.kind != GCODE_BLANK)
		check_habit_line(l);
	gcode_exec_lines(l->exec, s, n);
	if (l->not_homed || l->cold) {
		/* said once; then as if it were so, to see the rest */
		gcode_exec_make_ready(l->exec, l->not_homed, l->cold);
		l->warm.unknown = l->warm.unknown || l->cold;
		l->not_homed = l->cold = false;
		gcode_exec_lines(l->exec, s, n);
	}
	if (!fast && l->parsed.kind != GCODE_BLANK)
		check_command_done(l);
}

void
lint_end(struct lint *l, bool newline_missing)
{
	findings_line(l->f, 0, NULL, 0);
	l->words.has = 0;
	gcode_exec_end(l->exec);
	flow_end(&l->flow);
	check_habit_end(l);
	check_end(l, newline_missing);
	findings_file_end(l->f);
}
