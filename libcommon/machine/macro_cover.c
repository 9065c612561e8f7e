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
 * be one that cannot be.  Where a parameter is part of a name that is looked
 * up and not found, names that exist are tried in its place.  A branch that
 * even force does not reach is reported as unreachable.
 */
struct covering {
	struct macro_world *w;
	struct diag_sink *sink;
	const struct macro_template *t;
	struct macro_def *m;
	struct macro_params params;
	struct jinja_cover cover;
	const struct literals *literals;
	bool failed;
	struct buf good; /* a line that did not fail, as long as there is */
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
static bool
fails(struct covering *c, const char *line, struct jinja_error *e)
{
	struct buf out = BUF_INIT;
	struct macro_line l;
	int status;

	macro_line_init(&l);
	macro_line_parse(&l, line, strlen(line));
	if (!l.traditional)
		macro_line_extended(&l);
	jinja_begin(c->w->j);
	macro_forget_status(c->w);
	macro_context(c->w, c->m, &l);
	jinja_set_cover(c->w->j, &c->cover);
	status = jinja_render(c->w->j, c->t->tpl, &out, e);
	jinja_set_cover(c->w->j, NULL);
	/* what it changed of its own variables must outlive the rendering */
	if (c->m && jinja_kept_changed(c->w->j))
		macro_keep_vars(c->m, c->m->vars);
	macro_line_release(&l);
	buf_release(&out);
	if (!status && strlen(line) >= c->good.len) {
		buf_clear(&c->good);
		buf_adds(&c->good, line);
	}
	/* an error that the macro itself raises is its answer, no failure */
	return status && strcmp(e->class, "CommandError") != 0;
}

static void
render(struct covering *c, const char *line, const char *how, bool forced)
{
	struct jinja_error e = JINJA_ERROR_INIT;

	if (fails(c, line, &e) && !forced)
		report(c, &e, how);
	jinja_error_release(&e);
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

/* ---- parameters that are part of a name ---- */

#define TRIES_MAX 48 /* names for one value */

/* a name that was not found, and the value within it */
struct naming {
	struct covering *c;
	const char *without; /* parameter left out, or NULL */
	const char *value;
	struct buf missing;
	size_t before, after; /* of the value: "heater_generic ", "" */
	size_t pos;	      /* of what failed */
	unsigned tries;
	const char *key[TRIES_MAX];
	unsigned n_keys;
	bool passed; /* some name gets past that place */
};

static void
try_name(struct naming *n, const char *name)
{
	struct jinja_error e = JINJA_ERROR_INIT;
	struct buf value = BUF_INIT, line = BUF_INIT;
	size_t len = strlen(name), fixed = n->before + n->after;
	const char *text = n->missing.data;

	if (len < fixed || n->tries >= TRIES_MAX ||
	    memcmp(name, text, n->before) != 0 ||
	    memcmp(name + len - n->after, text + strlen(text) - n->after,
		n->after) != 0)
		return;
	n->tries++;
	buf_add(&value, name + n->before, len - fixed);
	buf_adds(&value, "");
	with_value(n->c, value.data, n->without, &line);
	if (!fails(n->c, line.data, &e) || e.pos > n->pos)
		n->passed = true;
	jinja_error_release(&e);
	buf_release(&value);
	buf_release(&line);
}

/* Keys of a dict, and of those within.  A template may change its variables,
 * which moves them: all are taken before one is tried. */
static void
take_keys(struct naming *n, struct jj_value dict, bool within)
{
	for (uint32_t i = 0; dict.kind == JJ_DICT && i < dict.u.d->n; i++) {
		struct jj_value key = dict.u.d->e[i].key;

		if (key.kind == JJ_STR && n->n_keys < TRIES_MAX)
			n->key[n->n_keys++] =
			    arena_strdup(n->c->literals->a, key.u.s->data);
		if (!within)
			take_keys(n, dict.u.d->e[i].value, true);
	}
}

static void
try_variables(struct naming *n)
{
	const struct macro_world *w = n->c->w;

	for (unsigned i = 0; i < w->n_macros; i++)
		take_keys(n, w->macro[i].vars, false);
	take_keys(n, w->saved_vars, false);
	n->tries = 0;
	for (unsigned i = 0; !n->passed && i < n->n_keys; i++)
		try_name(n, n->key[i]);
}

/* "'dict object' has no attribute 'x1'", and 1 is the value: x2 may be one */
static bool
read_missing(struct naming *n, const struct jinja_error *e)
{
	static const char word[] = "has no attribute '";
	const char *name = strstr(e->text.data, word), *at = NULL;
	size_t len = strlen(n->value);

	if (name)
		name += sizeof(word) - 1;
	else if (strcmp(e->class, "KeyError") == 0 && *e->text.data == '\'')
		name = e->text.data + 1;
	else
		return false;
	buf_add(&n->missing, name, strcspn(name, "'"));
	buf_adds(&n->missing, "");
	name = n->missing.data;
	for (const char *p = name; (p = strstr(p, n->value)); p++)
		at = p;
	if (!at)
		return false;
	n->before = (size_t)(at - name);
	n->after = strlen(name) - n->before - len;
	return true;
}

/* does another name, one that exists, lead past this error? */
static bool
by_name(struct covering *c, const struct jinja_error *e, const char *value,
    const char *without)
{
	struct naming n = {.c = c, .value = value, .without = without};
	const struct macro_world *w = c->w;

	n.pos = e->pos;
	if (read_missing(&n, e)) {
		for (unsigned i = 0; i < w->n_objects; i++)
			try_name(&n, w->object[i].name);
		/* names that are used as they are */
		n.before = n.after = n.tries = 0;
		for (unsigned i = 0; !n.passed && i < w->n_heaters; i++)
			try_name(&n, w->heater[i].name);
		for (unsigned i = 0; !n.passed && i < c->literals->n; i++)
			try_name(&n, c->literals->v[i]);
		if (!n.passed)
			try_variables(&n);
	}
	buf_release(&n.missing);
	return n.passed;
}

/* with_value(), then the names that exist if that names nothing */
static void
render_value(struct covering *c, const char *value, const char *without,
    const char *how, bool forced)
{
	struct jinja_error e = JINJA_ERROR_INIT;
	struct buf line = BUF_INIT;

	with_value(c, value, without, &line);
	if (fails(c, line.data, &e) && !by_name(c, &e, value, without) &&
	    !forced)
		report(c, &e, how);
	jinja_error_release(&e);
	buf_release(&line);
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
		render(c, c->m ? c->m->name : "G28", "without parameters",
		    required(c));
		render_value(c, "1", NULL, "all parameters are 1", false);
		render_value(c, "0", NULL, "all parameters are 0", false);
		for (unsigned i = 0; c->params.n && i < l->n; i++) {
			with_value(c, l->v[i], NULL, &line);
			render(
			    c, line.data, "parameters from its literals", true);
		}
		for (unsigned i = 0; i < c->params.n; i++)
			render_value(c, "1", c->params.v[i].name,
			    "all parameters but one",
			    !c->params.v[i].has_default &&
				!c->params.v[i].guarded);
	}
	buf_release(&line);
}

/* one way of a branch, by force; those around it have to let us through */
static void
force(struct covering *c, uint32_t branch, uint8_t way, const char *line)
{
	uint32_t n = c->t->tpl->n_branches;

	for (uint8_t others = 0; others <= 2; others++) {
		if (c->cover.seen[branch] & way)
			return;
		memset(c->cover.force, others, n);
		c->cover.force[branch] = way;
		render(c, line, "forced", true);
	}
}

/* each way that is still missing, one at a time, with parameters that fail
 * above it in the fewest templates */
static void
by_force(struct covering *c)
{
	uint32_t n = c->t->tpl->n_branches;
	struct buf ones = BUF_INIT, good = BUF_INIT;

	with_value(c, "1", NULL, &ones);
	if (c->good.len)
		buf_add(&good, c->good.data, c->good.len);
	buf_adds(&good, "");
	for (uint32_t i = 0; i < n; i++)
		for (uint8_t way = 1; way <= 2; way++) {
			force(c, i, way, ones.data);
			force(c, i, way, good.data);
			force(c, i, way, c->m ? c->m->name : "G28");
		}
	memset(c->cover.force, 0, n);
	buf_release(&ones);
	buf_release(&good);
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
	c->literals = &l;
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
	buf_release(&c->good);
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
