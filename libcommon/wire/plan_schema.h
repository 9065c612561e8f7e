/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What each record of the plan stream holds, for bytes and for text. */
#ifndef GANTRY_WIRE_PLAN_SCHEMA_H
#define GANTRY_WIRE_PLAN_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire/plan.h"

/*
 * For wire/plan_*.c and for who writes records in a form of his own (the JSON
 * of gcode-plan).  One row a record type; the writer and the reader
 * of either form walk the same fields.  The bytes of a MOVE are packed apart
 * (plan_move_*), because there are half a million of them in a print.
 */
enum plan_field_kind {
	PLAN_F_END,
	PLAN_F_DOUBLE, /* f64, finite */
	PLAN_F_OPEN,   /* f64, may be infinite */
	PLAN_F_RARE,   /* f64, finite; text leaves it out where it is 0 */
	PLAN_F_U32,
	PLAN_F_U64,
	PLAN_F_AXES,	  /* u8; text "XYZ" or "-" */
	PLAN_F_FLAG,	  /* u8, 0 or 1 */
	PLAN_F_NAME,	  /* u8 length, bytes; char[64] in the record */
	PLAN_F_LONG_NAME, /* the same of char[PLAN_LONG_NAME_SIZE] */
	PLAN_F_TEXT,	  /* u16 length, bytes */
	/* struct plan_doubles: u16 count, f64s, finite; text: with commas */
	PLAN_F_DOUBLES,
};

struct plan_field {
	const char *name;
	enum plan_field_kind kind;
	size_t offset; /* in struct plan_record */
};

/* In text: whether a record has the field. */
bool plan_field_there(const struct plan_field *, const struct plan_record *);

struct plan_kind {
	enum plan_type type;
	const char *name;
	const struct plan_field *field;
};

#define PLAN_NAME_SIZE	   64 /* of char name[], with the NUL */
#define PLAN_RECORD_HEAD   16 /* bytes before a payload */
#define PLAN_HEADER_LENGTH 16
#define PLAN_HEADER_SIZE   (8 + PLAN_HEADER_LENGTH)
#define PLAN_TICK_RATE	   1000000000u
#define PLAN_MOVE_DOUBLES  16

extern const unsigned char plan_magic[8];

/* NULL when there is no such type or name */
const struct plan_kind *plan_kind_by_type(unsigned type);
const struct plan_kind *plan_kind_by_name(const char *s, size_t n);

/*
 * The bytes of a MOVE: u16 mask, u8 flags (1 = pressure advance), then the
 * doubles whose bit is set, in the order of the structure.  A clear bit means:
 * for the start, start_v, cruise_v and accel the value of the last MOVE of the
 * same block (0 before the first), for all others 0.
 */
#define PLAN_MOVE_SIZE_MAX (3 + 8 * PLAN_MOVE_DOUBLES)
size_t plan_move_pack(
    uint8_t *out, const struct plan_move *, const struct plan_move *last);
/* 0, or -1 when the bytes are not a MOVE */
int plan_move_unpack(struct plan_move *, const struct plan_move *last,
    const uint8_t *data, size_t len);

/* The text twin of one record, with its newline. */
void plan_text_add(struct buf *, const struct plan_record *);
/*
 * One line, without newline, into rec; strings go to arena, which has to hold
 * at least n + 1 bytes, and lists, which are for doubles and as many as
 * PLAN_MESH_MAX.  1 = a record, 0 = nothing to deliver, -1 = wrong:
 * *why says what and *at where in the line.
 */
int plan_text_parse(struct plan_record *rec, char *arena, const char *s,
    size_t n, const char **why, size_t *at);

#endif
