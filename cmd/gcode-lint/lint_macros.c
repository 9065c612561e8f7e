/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The macros of the configuration (rules M), by macro-expand's own checks. */
#include <string.h>

#include "lint.h"
#include "machine/macro.h"

struct macro_sink {
	struct diag_sink sink;
	struct lint *l;
};

static const struct {
	const char *slug;
	enum rule rule;
} rules[] = {
    {"m001", RULE_MACRO_UNDEFINED},
    {"m002", RULE_MACRO_TYPES},
    {"m003", RULE_MACRO_STALE},
    {"m004", RULE_RESTART_IN_PRINT},
    {"m005", RULE_MACRO_CIRCLE},
    {"m006", RULE_MACRO_OLD_NAME},
    {"m007", RULE_MACRO_PARAMETER},
    {"m008", RULE_UNBOUNDED_WAIT},
};

/* what cannot be loaded has slugs of its own */
static enum rule
rule_of(const char *slug)
{
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		if (slug && strcmp(slug, rules[i].slug) == 0)
			return rules[i].rule;
	return RULE_MACRO_BROKEN;
}

static void
emit(struct diag_sink *sink, enum diag_level level,
    const struct diag_place *place, const char *slug, const char *text)
{
	struct lint *l = ((struct macro_sink *)sink)->l;
	enum rule r = rule_of(slug);
	int usual = l->f->level[r];

	if (level == DIAG_NOTE ||
	    (r == RULE_MACRO_BROKEN && level != DIAG_ERROR))
		return;
	/* what may be meant so is no error here, either */
	if (usual > (int)level)
		l->f->level[r] = (int)level;
	finding_rec(l->f, r, place ? place->file : NULL,
	    place ? place->line : 0, "%s", text);
	l->f->level[r] = usual;
}

void
lint_macros(struct lint *l, const char *config)
{
	static const struct macro_hooks none = {NULL, NULL, NULL};
	struct macro_sink s = {.sink = {.emit = emit}, .l = l};
	struct macro_world *w;

	if (l->m->n_macros == 0)
		return;
	w = macro_load(
	    config, MACRO_EVEN_WRONG | MACRO_ASSUME, &none, NULL, &s.sink);
	if (!w)
		return;
	macro_check(w, &s.sink);
	macro_free(w);
}
