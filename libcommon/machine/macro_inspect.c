/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What there is: macros, and the parameters that they read. */
#include <string.h>

#include "lang/jinja_walk.h"
#include "machine/macro_inspect.h"
#include "machine/macro_private.h"

unsigned
macro_count(const struct macro_world *w)
{
	return w->n_macros;
}

void
macro_describe(const struct macro_world *w, unsigned i, struct macro_info *info)
{
	const struct macro_def *m = &w->macro[i];

	info->name = m->name;
	info->description = m->description;
	info->rename = m->rename;
	info->place = m->place;
}

/* ---- parameters ---- */

struct reading {
	struct jinja_walk walk;
	const struct jinja_template *t;
	struct macro_params *p;
};

static struct macro_read *
note(
    struct macro_params *p, const struct jj_str *name, const struct jj_node *at)
{
	for (unsigned i = 0; i < p->n; i++)
		if (strcmp(p->v[i].name, name->data) == 0)
			return &p->v[i];
	if (p->n == MACRO_PARAMS_MAX)
		return NULL;
	p->v[p->n].name = name->data;
	p->v[p->n].at = at;
	return &p->v[p->n++];
}

/* "'X' in params", or any other question about what was given */
static void
asked(struct reading *r, const struct jj_node *n)
{
	const struct jj_node *key = n->a;
	struct macro_read *read;

	for (uint32_t i = 0; i < n->body.n; i++) {
		if (n->body.v[i]->kind != N_NAME ||
		    strcmp(n->body.v[i]->name->data, "params") != 0)
			continue;
		if (key->kind != N_CONST || key->value.kind != JJ_STR) {
			r->p->all = true;
			continue;
		}
		read = note(r->p, key->value.u.s, n);
		if (read)
			read->guarded = true;
	}
}

/* params.X, with what stands around it */
static bool
param(struct reading *r, const struct jj_node *n, const struct jj_node *outer)
{
	const struct jj_str *name = jinja_item_of(n, "params");
	struct macro_read *read;

	/* params.items() and the like are about all of them */
	if (!name || (n->kind == N_GETATTR &&
			 jj_find_method(jj_ptr(JJ_DICT, NULL), name)))
		return false;
	read = note(r->p, name, n);
	if (!read || !outer)
		return true;
	if (outer->kind == N_TEST) {
		read->guarded = true;
	} else if (outer->kind == N_FILTER &&
		   (strcmp(outer->name->data, "default") == 0 ||
		       strcmp(outer->name->data, "d") == 0)) {
		read->has_default = true;
		if (outer->args && outer->args->n && !read->def)
			read->def = outer->args->v[0];
	}
	return true;
}

/* a parameter that stands in for another: default(params.Y) */
static void
fallback(struct reading *r, const struct jj_node *n)
{
	for (uint32_t i = 0; i < n->args->n; i++) {
		const struct jj_str *name =
		    jinja_item_of(n->args->v[i], "params");
		struct macro_read *read =
		    name ? note(r->p, name, n->args->v[i]) : NULL;

		if (read)
			read->guarded = true;
	}
}

static bool
visit(struct jinja_walk *walk, const struct jj_node *n)
{
	struct reading *r = (struct reading *)walk;

	if (n->kind == N_COMPARE)
		asked(r, n);
	if (n->kind == N_FILTER && n->args && n->name->data[0] == 'd')
		fallback(r, n);
	if ((n->kind == N_FILTER || n->kind == N_TEST) && n->a &&
	    param(r, n->a, n)) {
		for (uint32_t i = 0; n->args && i < n->args->n; i++)
			jinja_walk_node(walk, n->args->v[i]);
		return false;
	}
	/* "if params.X": asked whether it is there */
	if ((n->kind == N_IF || n->kind == N_COND || n->kind == N_NOT) &&
	    n->a) {
		const struct jj_str *name = jinja_item_of(n->a, "params");
		struct macro_read *read = name ? note(r->p, name, n->a) : NULL;

		if (read)
			read->guarded = true;
	}
	if (n->kind == N_AND || n->kind == N_OR)
		for (uint32_t i = 0; i < n->body.n; i++) {
			const struct jj_str *name =
			    jinja_item_of(n->body.v[i], "params");
			struct macro_read *read =
			    name ? note(r->p, name, n->body.v[i]) : NULL;

			if (read)
				read->guarded = true;
		}
	if (param(r, n, NULL))
		return false;
	if (n->kind == N_NAME && (strcmp(n->name->data, "rawparams") == 0 ||
				     strcmp(n->name->data, "params") == 0))
		r->p->all = true;
	return true;
}

void
macro_read_params(const struct macro_template *t, struct macro_params *p)
{
	struct reading r = {.walk = {visit}, .p = p};

	memset(p, 0, sizeof(*p));
	if (!t || !t->tpl)
		return;
	r.t = t->tpl;
	jinja_walk(&r.walk, t->tpl);
}

void
macro_params(const struct macro_world *w, unsigned i,
    void (*param_of)(void *ctx, const char *name, const char *def), void *ctx)
{
	const struct macro_def *m = &w->macro[i];
	struct macro_params p;

	macro_read_params(m->t, &p);
	for (unsigned k = 0; k < p.n; k++) {
		struct buf def = BUF_INIT;
		const char *s;
		size_t n;

		if (p.v[k].def) {
			jinja_source(m->t->tpl, p.v[k].def, &s, &n);
			buf_add(&def, s, n);
		}
		param_of(ctx, p.v[k].name, def.data);
		buf_release(&def);
	}
}
