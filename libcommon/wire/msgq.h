/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A first-in first-out queue of encoded commands with their two clocks. */
#ifndef GANTRY_WIRE_MSGQ_H
#define GANTRY_WIRE_MSGQ_H

#include <stddef.h>
#include <stdint.h>

/*
 * min_clock: the MCU must not get it earlier; req_clock: when it is needed
 * (0: at once).  Messages lie back to back in one block of memory that only
 * grows; nothing is allocated for a message.
 */
struct msg {
	uint64_t min_clock, req_clock;
	uint32_t len;
	uint8_t data[60];
};

struct msgq {
	uint64_t *mem;
	size_t head, tail, cap; /* in words of 8 bytes */
	size_t count;
};

#define MSGQ_INIT                                                              \
	{                                                                      \
		NULL, 0, 0, 0, 0                                               \
	}

void msgq_release(struct msgq *);
void msgq_clear(struct msgq *);
void msgq_grow(struct msgq *, size_t words);

#define MSG_HEAD_WORDS 2
#define MSG_WORDS(len) (MSG_HEAD_WORDS + ((len) + 4 + 7) / 8)
#define MSG_BACKGROUND                                                         \
	0x7fffffff00000000u /* req_clock: whenever it is quiet                 \
			     */

/* A message of 5 to 12 bytes has room for 12. */
#define MSG_SHORT_MIN 5
#define MSG_SHORT     12

/* The oldest message; only while count > 0.  Its data beyond len, and beyond
 * what is said of short ones, is not there. */
static inline struct msg *
msgq_head(const struct msgq *q)
{
	return (struct msg *)(void *)(q->mem + q->head);
}

static inline void
msgq_drop(struct msgq *q)
{
	q->head += MSG_WORDS(msgq_head(q)->len);
	if (--q->count == 0)
		q->head = q->tail = 0;
}

/* Room for a message of up to 59 bytes: fill data and len, msgq_commit(). */
static inline struct msg *
msgq_begin(struct msgq *q)
{
	if (q->cap - q->tail < sizeof(struct msg) / 8)
		msgq_grow(q, sizeof(struct msg) / 8);
	return (struct msg *)(void *)(q->mem + q->tail);
}

static inline void
msgq_commit(struct msgq *q, const struct msg *m)
{
	q->tail += MSG_WORDS(m->len);
	q->count++;
}

/* All messages of `from`, behind those of `to`: at little cost where few are
 * left there, and `from` has room in front of it. */
void msgq_move(struct msgq *to, struct msgq *from);
/* Leaves room in front of the first message, as far as there is some. */
void msgq_leave_room(struct msgq *);
void msgq_add(struct msgq *, uint64_t min_clock, uint64_t req_clock,
    const uint8_t *data, size_t len);

#endif
