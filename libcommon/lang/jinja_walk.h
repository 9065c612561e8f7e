/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Walking over the tree of a template, for those who look at it. */
#ifndef GANTRY_LANG_JINJA_WALK_H
#define GANTRY_LANG_JINJA_WALK_H

#include "lang/jinja_private.h"

/*
 * Visits each node before what is below it, in the order of the text; visit
 * returns false to leave out what is below.
 */
struct jinja_walk {
	bool (*visit)(struct jinja_walk *, const struct jj_node *);
};

void jinja_walk(struct jinja_walk *, const struct jinja_template *);
void jinja_walk_node(struct jinja_walk *, const struct jj_node *);

/* "params.X" or params["X"]: the name of the item, or NULL */
const struct jj_str *jinja_item_of(const struct jj_node *, const char *object);
/* The text of an expression as written, from its node to the comma or bracket
 * that ends it. */
void jinja_source(const struct jinja_template *, const struct jj_node *,
    const char **s, size_t *n);

#endif
