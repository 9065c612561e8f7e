/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of the configuration tree share. */
#ifndef GANTRY_MACHINE_TREE_PRIVATE_H
#define GANTRY_MACHINE_TREE_PRIVATE_H

#include "machine/tree.h"

extern const struct schema_key schema_rail[];

/* place NULL: the file as a whole */
void tree_say(struct tree *, enum diag_level, const struct diag_place *,
    const char *slug, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));
struct tree_entry *tree_new_entry(struct tree *, struct tree_section *,
    const struct schema_key *, const char *name, const struct diag_place *);
/* The row of a key that is allowed there; NULL after a complaint. */
const struct schema_key *tree_know(struct tree *, struct tree_section *,
    const char *name, const struct diag_place *);
/* The entry's value from text of printer.cfg; complains. */
void tree_take_text(struct tree *, struct tree_entry *, const char *text);

#endif
