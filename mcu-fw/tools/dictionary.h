/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The data dictionary of a firmware: JSON, compressed for its flash. */
#ifndef GANTRY_FW_DICTIONARY_H
#define GANTRY_FW_DICTIONARY_H

#include <stdint.h>

#include "base/buf.h"

/*
 * Made on the host from the same rows as the parser (core/messages.h), plus
 * what the board knows.  Rows end with a NULL name.
 */
struct dictionary_constant {
	const char *name;
	uint32_t number;
	const char *text; /* if not NULL, instead of the number */
};

/* Pins (and buses): "PA0", 0, 16 is PA0..PA15; count 1 is the name alone. */
struct dictionary_range {
	const char *enumeration;
	const char *name;
	uint32_t first, count;
};

struct dictionary {
	const struct dictionary_constant *constants;
	const struct dictionary_range *ranges; /* sorted by enumeration */
	const char *version;
};

void dictionary_json(struct buf *out, const struct dictionary *);
/* zlib, as identify hands it out; 0, or -1: no memory. */
int dictionary_compress(struct buf *out, const struct buf *json);

#endif
