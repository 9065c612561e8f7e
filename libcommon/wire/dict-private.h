/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The inside of a data dictionary, for dict.c and its neighbours. */
#ifndef GANTRY_WIRE_DICT_PRIVATE_H
#define GANTRY_WIRE_DICT_PRIVATE_H

#include "base/arena.h"
#include "wire/dict.h"

/* "PA0": [0, 16] is one range: base "PA", first index 0, values 0..15. */
struct dict_range {
	const char *base;
	size_t base_len;
	uint32_t start;
	int32_t value;
	uint32_t count; /* 0: a single name, base is all of it */
};

struct dict_enum {
	const char *name;
	struct dict_range *range;
	size_t n, alloc;
	bool open;
	struct dict *dict;
	struct dict_enum *next;
};

struct dict_constant {
	const char *name, *text;
};

/* ids are limited to what two bytes of the wire can say */
#define DICT_ID_MIN	  (-4096)
#define DICT_ID_MAX	  12287
#define DICT_ID_SLOTS	  (DICT_ID_MAX - DICT_ID_MIN + 1)
#define DICT_MESSAGES_MAX 4096
#define DICT_RANGES_MAX	  65536

struct dict {
	struct arena arena;
	struct dict_message *message;
	size_t n_messages;
	uint16_t slot[DICT_ID_SLOTS]; /* index + 1 by id, 0: none */
	struct dict_enum *enums;
	struct dict_constant *constant;
	size_t n_constants;
	const char *version;
};

/* Reads the signature into an arena-owned parameter list; -1 when it is no
 * signature. */
int dict_parse_signature(struct dict *, const char *, struct dict_message *);

#endif
