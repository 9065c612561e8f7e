/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Objects, moves, the life of a configuration, statistics. */
#ifndef GANTRY_FW_BASIC_H
#define GANTRY_FW_BASIC_H

#include <stdbool.h>
#include <stdint.h>

#include "mcu-fw/core/messages.h"

/* Each module has these; they are called as FW_MODULES() lists them. */
#define FW_DECLARE_MODULE(name)                                                \
	void name##_init(void);                                                \
	void name##_shutdown(void);
FW_MODULES(FW_DECLARE_MODULE)
#undef FW_DECLARE_MODULE
#define FW_DECLARE_TASK(name) void name##_task(void);
FW_TASKS(FW_DECLARE_TASK)
#undef FW_DECLARE_TASK

/*
 * Objects are made once, zeroed, between allocate_oids and finalize_config,
 * and live until the reset.  A kind is the address that tells it from others.
 */
void *oid_new(uint8_t oid, const void *kind, uint16_t size);
/* The command has run: its object, if it made one, is complete. */
void oid_finished(void);
void *oid_get(uint8_t oid, const void *kind); /* the wrong kind: shutdown */
/* The next object of a kind from *oid on, which moves behind it; or NULL. */
void *oid_next(uint8_t *oid, const void *kind);
struct oid_entry {
	const void *kind;
	void *object;
};
const struct oid_entry *oid_table(uint8_t *n);
void *memory_new(uint32_t size); /* zeroed; shutdown when it is used
				  * up, and after finalize_config */

/*
 * Moves come from one pool, made by finalize_config of all memory that is
 * left.  Each user names the size of its moves before that.
 */
struct move {
	struct move *next;
};
struct move_queue {
	struct move *first, **last;
};
void move_request(uint8_t size);
void *move_new(void);
void move_free(void *);
void move_queue_init(struct move_queue *);
/* Adds at the end; true if the queue was empty. */
bool move_push(struct move_queue *, struct move *);
void *move_pop(struct move_queue *); /* or NULL */
uint16_t moves_total(void);

/*
 * When a change of an output is made that was to be made at clock: the same,
 * unless it comes too late by at most `late` ticks; then as soon as may be,
 * behind `last` if that is still to come (NULL: none).  A link that was held
 * up brings such changes; without leave for them (0) a late one shuts down.
 */
#define OUT_LATE_MAX 0x3fffffff /* a quarter of a wrap, ticks */
uint32_t out_clock(uint32_t clock, uint32_t late, const uint32_t *last);

void stats_add(uint32_t busy_ticks);

/* The dictionary, compressed, as the board has it. */
const uint8_t *dictionary_data(uint32_t *size);

#endif
