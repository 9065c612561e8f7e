/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A Klipper printer.cfg into the tree. */
#include <string.h>

#include "lang/klippercfg.h"
#include "machine/tree-private.h"

static struct diag_place
keep_place(struct tree *t, const struct diag_place *p)
{
	struct diag_place kept = *p;

	if (p->file)
		kept.file = arena_strdup(&t->arena, p->file);
	return kept;
}

static void
read_section(struct tree *t, const struct klippercfg *cfg,
    const struct klippercfg_section *from, unsigned flags)
{
	struct diag_place place = keep_place(t, &from->place);
	const char *suffix;
	const struct schema_section *schema =
	    schema_section(from->name, &suffix);
	struct tree_section *s;

	/* macros stay where they are; their own reader looks at them */
	if (schema && schema->flags & SCHEMA_MACRO)
		return;
	if (schema && schema->flags & SCHEMA_IGNORED) {
		t->not_carried++;
		if (flags & TREE_SAY_IGNORED)
			tree_say(t, DIAG_NOTE, &place, "config-unknown",
			    "section '%s' is left out: %s", from->name,
			    schema->help);
		return;
	}
	s = tree_add_section(t, from->name, &place);
	if (!s)
		return;
	for (int round = 0; round < 2; round++) {
		struct klippercfg_option *o =
		    round ? cfg->defaults->option : from->option;

		for (; o; o = o->next) {
			if (round && (tree_entry(s, o->name) ||
					 !schema_key(s->schema, o->name)))
				continue;
			place = keep_place(t, &o->place);
			tree_add_text(t, s, o->name, o->value, &place);
		}
	}
}

void
tree_read_klipper(struct tree *t, const char *text, size_t len, unsigned flags)
{
	struct diag_place top = {t->file, 0, 0};
	unsigned before = t->sink->count[DIAG_ERROR];
	struct klippercfg *cfg = klippercfg_parse(text, len, t->file,
	    flags & TREE_NO_INCLUDE ? KLIPPERCFG_NO_INCLUDE : 0, t->sink);

	t->errors += t->sink->count[DIAG_ERROR] - before;
	if (!cfg)
		return;
	tree_add_root(t, &top);
	for (struct klippercfg_section *s = cfg->section; s; s = s->next)
		read_section(t, cfg, s, flags);
	klippercfg_free(cfg);
}
