/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A first-in first-out queue of encoded commands with their two clocks. */
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "wire/msgq.h"

_Static_assert(sizeof(struct msg) % 8 == 0, "messages are whole words");
_Static_assert(offsetof(struct msg, data) == 20, "what MSG_WORDS() counts");

void
msgq_release(struct msgq *q)
{
	free(q->mem);
	*q = (struct msgq)MSGQ_INIT;
}

void
msgq_clear(struct msgq *q)
{
	q->head = q->tail = q->count = 0;
}

/* Moves the messages to the front when that frees half, else doubles. */
void
msgq_grow(struct msgq *q, size_t words)
{
	size_t used = q->tail - q->head;

	if (q->head < q->cap / 2 || used + words > q->cap) {
		q->cap = q->cap * 2 + words + 512;
		q->mem = xreallocarray(q->mem, q->cap, sizeof(*q->mem));
	}
	memmove(q->mem, q->mem + q->head, used * sizeof(*q->mem));
	q->head = 0;
	q->tail = used;
}

void
msgq_add(struct msgq *q, uint64_t min_clock, uint64_t req_clock,
    const uint8_t *data, size_t len)
{
	struct msg *m = msgq_begin(q);

	m->min_clock = min_clock;
	m->req_clock = req_clock;
	m->len = (uint32_t)len;
	memcpy(m->data, data, len);
	msgq_commit(q, m);
}

void
msgq_leave_room(struct msgq *q)
{
	if (q->count == 0)
		q->head = q->tail = q->cap / 4;
}

static void
swap(struct msgq *p, struct msgq *q)
{
	struct msgq other = *p;

	*p = *q;
	*q = other;
}

void
msgq_move(struct msgq *to, struct msgq *from)
{
	size_t words = from->tail - from->head, before = to->tail - to->head;

	if (from->count == 0)
		return;
	if (from->head >= before) {
		from->head -= before;
		from->count += to->count;
		if (before > 0)
			memcpy(from->mem + from->head, to->mem + to->head,
			    before * sizeof(*to->mem));
		swap(to, from);
	} else {
		if (to->cap - to->tail < words)
			msgq_grow(to, words);
		memcpy(to->mem + to->tail, from->mem + from->head,
		    words * sizeof(*to->mem));
		to->tail += words;
		to->count += from->count;
	}
	msgq_clear(from);
}
