/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which way the branches of a template go: watched, or forced. */
#ifndef GANTRY_LANG_JINJA_COVER_H
#define GANTRY_LANG_JINJA_COVER_H

#include <stdint.h>

#include "lang/jinja_private.h"

/*
 * A template numbers its branches ({% if %}, {% for %}, x if y).  While
 * jinja.cover is set, seen[number] collects the ways they went; force[number]
 * sends one where its condition would not.  Of a loop, JINJA_WENT_YES is "at
 * least once" and it cannot be forced that way.
 */
enum jinja_went {
	JINJA_WENT_NO = 1,
	JINJA_WENT_YES = 2,
};

struct jinja_cover {
	uint8_t *seen;	/* n_branches of enum jinja_went, or-ed */
	uint8_t *force; /* 0, or the way to go; NULL: none */
};

void jinja_set_cover(struct jinja *, const struct jinja_cover *);

static inline bool
jj_cover_branch(struct jinja *j, const struct jj_node *n, bool yes)
{
	const struct jinja_cover *c = j->cover;

	if (!c)
		return yes;
	if (c->force && c->force[n->branch])
		yes = c->force[n->branch] == JINJA_WENT_YES;
	c->seen[n->branch] |= yes ? JINJA_WENT_YES : JINJA_WENT_NO;
	return yes;
}

#endif
