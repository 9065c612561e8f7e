/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Macros: the end of a world. */
#include <stdlib.h>

#include "machine/macro_private.h"

static void
free_commands(struct macro_command *all)
{
	struct macro_command *c, *next;

	HASH_ITER(hh, all, c, next)
	{
		HASH_DEL(all, c);
		free(c->name);
		free(c);
	}
}

static void
free_state(struct macro_world *w)
{
	while (w->saved) {
		struct macro_saved *next = w->saved->next;

		free(w->saved->name);
		free(w->saved);
		w->saved = next;
	}
	for (unsigned i = 0; i < w->n_leds; i++)
		free(w->leds[i].colour);
	while (w->mesh) {
		struct macro_mesh *next = w->mesh->next;

		free(w->mesh->z);
		free(w->mesh);
		w->mesh = next;
	}
	free(w->leds);
	free(w->level);
	free(w->heater);
	free(w->message);
	free(w->sd_file);
	free(w->sd_text);
	free(w->exclude_current);
	free(w->tmc_current);
	arena_release(&w->exclude_arena);
	arena_release(&w->saved_arena);
	arena_release(&w->extra_arena);
}

void
macro_free(struct macro_world *w)
{
	if (!w)
		return;
	free_commands(w->command);
	free_commands(w->stranger);
	free_state(w);
	macro_clock_free(w);
	for (unsigned i = 0; i < w->n_macros; i++)
		arena_release(&w->macro[i].arena);
	for (struct macro_template *t = w->template; t; t = t->next)
		jinja_template_free(t->tpl);
	for (unsigned i = 0; i < w->n_cfg; i++)
		klippercfg_free(w->cfg[i]);
	free(w->cfg);
	free(w->macro);
	free(w->delayed);
	free(w->object);
	free(w->cache);
	free(w->cached);
	free(w->path);
	free(w->folder);
	buf_release(&w->said);
	if (w->tree)
		tree_free(w->tree);
	jinja_free(w->j);
	arena_release(&w->arena);
	free(w);
}
