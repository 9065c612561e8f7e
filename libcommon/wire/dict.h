/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What an MCU can be told and can say: its data dictionary. */
#ifndef GANTRY_WIRE_DICT_H
#define GANTRY_WIRE_DICT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/diag.h"

/*
 * The MCU delivers, compressed, a JSON object that maps signatures such as
 * "queue_step oid=%c interval=%u count=%hu add=%hi" to numbers, names the
 * values of some parameters (pins, shutdown reasons) and states constants.
 * Signatures are compared as whole strings: a command whose parameters
 * changed is another command.
 *
 * A dictionary owns everything reached through it; nothing changes after
 * dict_load() except open enumerations (dict_open_enum()).
 */
enum dict_type {
	DICT_UINT32,
	DICT_INT32,
	DICT_UINT16,
	DICT_INT16,
	DICT_BYTE,
	DICT_BYTES, /* a length byte, then that many bytes */
};

enum dict_kind {
	DICT_COMMAND,
	DICT_RESPONSE,
	DICT_OUTPUT, /* debug text: the signature is a printf-like format */
};

#define DICT_PARAMS_MAX 24

struct dict_enum;
struct dict_param {
	const char *name;
	const char *label; /* " name=" */
	uint8_t label_len;
	enum dict_type type;
	struct dict_enum *en; /* NULL: a plain number */
};

struct dict_message {
	const char *signature;
	const char *name; /* first word */
	enum dict_kind kind;
	int32_t id;
	uint8_t head[5]; /* the id as it travels */
	uint8_t head_len;
	uint8_t n_params;
	struct dict_param *param;
};

/* One decoded parameter: a number, or bytes (borrowed from the payload). */
struct dict_value {
	uint32_t num;
	const uint8_t *data;
	size_t len;
};

struct dict;

/* data is a JSON text or a zlib stream of one; place names it in complaints.
 * NULL when it is neither, or no dictionary; reported. */
struct dict *dict_load(
    const void *data, size_t len, const char *place, struct diag_sink *);
void dict_free(struct dict *);

/* By whole signature, or NULL. */
const struct dict_message *dict_command(const struct dict *, const char *);
const struct dict_message *dict_response(const struct dict *, const char *);
/* By first word, or NULL. */
const struct dict_message *dict_by_name(const struct dict *, const char *);
const struct dict_message *dict_by_id(const struct dict *, int32_t id);

/* Constants: 0, or -1 when absent or no number. */
int dict_constant(const struct dict *, const char *name, double *out);
/* As text ("PA10,PA9", "stm32f103xe"); NULL when absent. */
const char *dict_constant_text(const struct dict *, const char *name);
/* The i-th constant; false beyond the last. */
bool dict_constant_at(
    const struct dict *, size_t i, const char **name, const char **text);
const char *dict_version(const struct dict *); /* "" when absent */

/* Enumerations by name ("pin", "static_string_id"); NULL when absent. */
struct dict_enum *dict_enum(const struct dict *, const char *name);
/* 0, or -1 when there is no such name. */
int dict_enum_value(struct dict_enum *, const char *name, int32_t *out);
/* Appends the name of v, or "?v". */
void dict_enum_name(const struct dict_enum *, int32_t v, struct buf *);
/* The nearest name there is, appended to the buf; false if none is near. */
bool dict_enum_nearest(
    const struct dict_enum *, const char *name, struct buf *);
/* Makes the enumeration, if need be, and from now on takes every name asked
 * for: for machines that are only imagined. */
void dict_open_enum(struct dict *, const char *name);

/*
 * Encodes into out (FRAME_PAYLOAD_MAX bytes); the number of bytes, or 0 when
 * it does not fit.  v has one element a parameter.
 */
size_t dict_encode(
    const struct dict_message *, const struct dict_value *v, uint8_t *out);
/* The usual case: numbers only, in order; their count is checked. */
size_t dict_encode_numbers(
    const struct dict_message *, uint8_t *out, int n, const uint32_t *v);

/*
 * Decodes one message at p: its length and *m, v filled; 0 when these bytes
 * are no message of this dictionary.
 */
size_t dict_decode(const struct dict *, const uint8_t *p, size_t len,
    const struct dict_message **m, struct dict_value v[DICT_PARAMS_MAX]);

/* Appends "name key=value ...": names where there is an enumeration, bytes
 * as hexadecimal. */
void dict_format(
    const struct dict_message *, const struct dict_value *v, struct buf *);

/*
 * Encodes such a text; 0 and *why filled when it is wrong.  Parameters stand
 * in the order of the signature.  The text must not lie in *why itself.
 */
size_t dict_encode_text(
    const struct dict *, const char *text, uint8_t *out, struct buf *why);

#endif
