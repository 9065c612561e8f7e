/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every branch of every template, taken once with made-up state. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "lang/jinja_cover.h"
#include "lang/jinja_walk.h"
#include "machine/macro_inspect.h"
#include "machine/macro_private.h"

/*
 * A template is rendered without parameters, with all of them, with each
 * literal that it compares them to, homed and not, hot and cold; then the
 * branches that no such state reached are forced.  What fails without force
 * is reported as a failure; what fails only by force is not, the state may
 * be one that cannot be.  A branch that even force does not reach is reported
 * as unreachable.
 */
struct covering {
	struct macro_world *w;
	struct diag_sink *sink;
	const struct macro_template *t;
	struct macro_def *m;
	struct macro_params params;
	struct jinja_cover cover;
	bool failed;
	struct buf told; /* messages that were reported */
};

/* literals that stand in the template: values to try for parameters */
struct literals {
	struct jinja_walk walk;
	const char *v[40];
	unsigned n;
	struct arena *a;
};

static bool
visit_literal(struct jinja_walk *walk, const struct jj_node *n)
{
	struct literals *l = (struct literals *)walk;
	const char *text = NULL;
	char number[32];

	if (n->kind != N_CONST)
		return true;
	if (n->value.kind == JJ_STR && n->value.u.s->len < 60) {
		text = n->value.u.s->data;
	} else if (n->value.kind == JJ_INT) {
		snprintf(
		    number, sizeof(number), "%lld", (long long)n->value.u.i);
		text = number;
	}
	for (unsigned i = 0; text && i < l->n; i++)
		if (strcmp(l->v[i], text) == 0)
			text = NULL;
	if (text && *text && l->n < sizeof(l->v) / sizeof(l->v[0]) &&
	    !strchr(text, '\n'))
		l->v[l->n++] = arena_strdup(l->a, text);
	return true;
}

static void
report(struct covering *c, const struct jinja_error *e, const char *how)
{
	struct diag_place at = c->t->option->place;
	struct buf line = BUF_INIT;

	if (e->line)
		macro_place_of(c->t, e->pos, &at);
	buf_addf(&line, "%zu %s\n", e->pos, e->text.data);
	if (!strstr(c->told.data, line.data)) {
		buf_adds(&c->told, line.data);
		diag_report(c->sink, DIAG_ERROR, &at, "cover-fails",
		    "%s: %s (%s)", e->class, e->text.data, how);
		c->failed = true;
	}
	buf_release(&line);
}

/* one rendering; the parameters are those of that line */
static void
render(struct covering *c, const char *line, const char *how, bool forced)
{
	struct jinja_error e = JINJA_ERROR_INIT;
	struct buf out = BUF_INIT;
	struct macro_line l;

	macro_line_init(&l);
	macro_line_parse(&l, line, strlen(line));
	if (!l.traditional)
		macro_line_extended(&l);
	jinja_begin(c->w->j);
	macro_forget_status(c->w);
	macro_context(c->w, c->m, &l);
	jinja_set_cover(c->w->j, &c->cover);
	/* an error that the macro itself raises is its answer, no failure */
	if (jinja_render(c->w->j, c->t->tpl, &out, &e) && !forced &&
	    strcmp(e.class, "CommandError") != 0)
		report(c, &e, how);
	jinja_set_cover(c->w->j, NULL);
	/* what it changed of its own variables must outlive the rendering */
	if (c->m && jinja_kept_changed(c->w->j))
		macro_keep_vars(c->m, c->m->vars);
	macro_line_release(&l);
	jinja_error_release(&e);
	buf_release(&out);
}

/* all parameters with that value, but one */
static void
with_value(struct covering *c, const char *value, const char *without,
    struct buf *line)
{
	buf_clear(line);
	buf_adds(line, c->m ? c->m->name : "G28");
	for (unsigned i = 0; i < c->params.n; i++) {
		const char *name = c->params.v[i].name;

		if (without && strcmp(name, without) == 0)
			continue;
		if (c->m && macro_is_traditional(c->m->name))
			buf_addf(line, " %s%s", name, value);
		else
			buf_addf(line, " %s=\"%s\"", name, value);
	}
}

static bool
required(const struct covering *c)
{
	for (unsigned i = 0; i < c->params.n; i++)
		if (!c->params.v[i].has_default && !c->params.v[i].guarded)
			return true;
	return false;
}

static void
set_machine(struct macro_world *w, bool homed, bool hot)
{
	w->homed = homed ? 7 : 0;
	for (unsigned i = 0; i < w->n_heaters; i++) {
		w->heater[i].known = true;
		w->heater[i].temperature = hot ? 215 : 22;
		w->heater[i].target = hot ? 215 : 0;
	}
	for (int a = 0; a < 3; a++)
		w->g.last[a] =
		    w->axis_min[a] +
		    (w->axis_max[a] - w->axis_min[a]) * (hot ? .5 : .99);
	w->paused = hot;
	w->print_state = hot ? "printing" : "standby";
	w->sd_active = hot;
}

static void
made_up(struct covering *c, const struct literals *l)
{
	struct buf line = BUF_INIT;

	for (int state = 0; state < 4; state++) {
		set_machine(c->w, state & 1, state & 2);
		/* without parameters it only has to work where none is
		 * required */
		with_value(c, "1", NULL, &line);
		render(c, c->m ? c->m->name : "G28", "without parameters",
		    required(c));
		render(c, line.data, "all parameters are 1", false);
		with_value(c, "0", NULL, &line);
		render(c, line.data, "all parameters are 0", false);
		for (unsigned i = 0; c->params.n && i < l->n; i++) {
			with_value(c, l->v[i], NULL, &line);
			render(
			    c, line.data, "parameters from its literals", true);
		}
		for (unsigned i = 0; i < c->params.n; i++) {
			with_value(c, "1", c->params.v[i].name, &line);
			render(c, line.data, "all parameters but one",
			    !c->params.v[i].has_default &&
				!c->params.v[i].guarded);
		}
	}
	buf_release(&line);
}

/* each way that is still missing, by force, one at a time */
static void
by_force(struct covering *c)
{
	uint32_t n = c->t->tpl->n_branches;
	struct buf line = BUF_INIT;

	with_value(c, "1", NULL, &line);
	for (uint32_t i = 0; i < n; i++)
		for (uint8_t way = 1; way <= 2; way++) {
			if (c->cover.seen[i] & way)
				continue;
			/* the branches around it have to let us through */
			for (uint8_t others = 0; others <= 2; others++) {
				memset(c->cover.force, others, n);
				c->cover.force[i] = way;
				render(c, line.data, "forced", true);
				if (c->cover.seen[i] & way)
					break;
			}
		}
	memset(c->cover.force, 0, n);
	buf_release(&line);
}

struct unreached {
	struct jinja_walk walk;
	struct covering *c;
	unsigned ways, reached;
};

static bool
visit_branch(struct jinja_walk *walk, const struct jj_node *n)
{
	struct unreached *u = (struct unreached *)walk;
	struct diag_place at;

	if (n->kind != N_IF && n->kind != N_FOR && n->kind != N_COND)
		return true;
	for (uint8_t way = 1; way <= 2; way++) {
		u->ways++;
		if (u->c->cover.seen[n->branch] & way) {
			u->reached++;
			continue;
		}
		/* a loop over what is always there never has nothing to do,
		 * and "else" is not written everywhere */
		if (n->kind == N_FOR)
			continue;
		macro_place_of(u->c->t, n->pos, &at);
		diag_report(u->c->sink, DIAG_WARNING, &at, "cover-unreached",
		    "no state leads to the %s part here",
		    way == JINJA_WENT_YES ? "'if'" : "'else'");
	}
	return true;
}

static void
cover_one(struct covering *c, struct macro_coverage *sum)
{
	struct literals l = {.walk = {visit_literal}};
	struct unreached u = {.walk = {visit_branch}, .c = c};
	uint32_t n = c->t->tpl->n_branches;
	struct arena a;

	arena_init(&a);
	l.a = &a;
	c->cover.seen = xcalloc(n + 1, 1);
	c->cover.force = xcalloc(n + 1, 1);
	buf_adds(&c->told, "");
	macro_read_params(c->t, &c->params);
	jinja_walk(&l.walk, c->t->tpl);
	made_up(c, &l);
	by_force(c);
	jinja_walk(&u.walk, c->t->tpl);
	sum->templates++;
	sum->branches += n;
	sum->ways += u.ways;
	sum->reached += u.reached;
	sum->failed += c->failed;
	free(c->cover.seen);
	free(c->cover.force);
	buf_release(&c->told);
	arena_release(&a);
}

void
macro_cover(
    struct macro_world *w, struct diag_sink *sink, struct macro_coverage *sum)
{
	struct macro_hooks hook = w->hook;
	unsigned flags = w->flags;

	memset(sum, 0, sizeof(*sum));
	memset(&w->hook, 0, sizeof(w->hook));
	w->flags |= MACRO_ASSUME;
	for (struct macro_template *t = w->template; t; t = t->next) {
		struct covering c = {.w = w, .sink = sink, .t = t};

		if (!t->tpl)
			continue;
		for (unsigned i = 0; i < w->n_macros; i++)
			if (w->macro[i].t == t)
				c.m = &w->macro[i];
		cover_one(&c, sum);
		w->shut = false;
	}
	w->hook = hook;
	w->flags = flags;
}
