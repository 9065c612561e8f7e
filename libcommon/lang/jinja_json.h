/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Template values from JSON. */
#ifndef GANTRY_LANG_JINJA_JSON_H
#define GANTRY_LANG_JINJA_JSON_H

#include "lang/jinja.h"

/*
 * Objects become dicts, arrays lists; whole numbers stay apart from others.
 * What JSON lacks is written as an object of one key: {"$t": [...]} a tuple,
 * {"$coord": [x, y, z, e]} a coordinate, {"$f": "inf"} a float by its text.
 */
struct json_t;
struct jj_value jj_from_json(struct jinja *, const struct json_t *);

/* The same from text; NULL key: the whole.  0, or -1 with the error filled
 * (class "ValueError", line and col of the JSON). */
int jj_read_json(struct jinja *, const char *text, size_t len,
    struct jj_value *, struct jinja_error *);

#endif
