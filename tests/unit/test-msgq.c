/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A queue of messages, moved behind another: nothing is lost or overtakes. */
#include "wire/msgq.h"

#include <stdlib.h>

#include "tests/unit/tap.h"

static uint64_t added, taken, wrong;

/* Message n tells its number, in as many bytes as it pleases. */
static void
add(struct msgq *q)
{
	uint8_t data[59];
	size_t len = 1 + added * 7 % 59;

	for (size_t i = 0; i < len; i++)
		data[i] = (uint8_t)(added + i);
	msgq_add(q, added / 2, added, data, len);
	added++;
}

static void
take(struct msgq *q)
{
	const struct msg *m = msgq_head(q);

	wrong += m->req_clock != taken || m->min_clock != taken / 2 ||
		 m->len != 1 + taken * 7 % 59;
	for (size_t i = 0; i < m->len; i++)
		wrong += m->data[i] != (uint8_t)(taken + i);
	taken++;
	msgq_drop(q);
}

/* Batches are made in `fresh` and moved behind what is left of those before. */
static void
test_batches(bool room)
{
	struct msgq q = MSGQ_INIT, fresh = MSGQ_INIT;

	added = taken = wrong = 0;
	srand(1);
	for (int batch = 0; batch < 2000; batch++) {
		int n = rand() % 100, left = rand() % 30;

		if (room)
			msgq_leave_room(&fresh);
		for (int i = 0; i < n; i++)
			add(&fresh);
		msgq_move(&q, &fresh);
		wrong += fresh.count != 0;
		while (q.count > (size_t)left)
			take(&q);
	}
	while (q.count > 0)
		take(&q);
	ok(wrong == 0 && taken == added && added > 50000,
	    "%s room in front: every message once, and in order",
	    room ? "with" : "without");
	ok(q.cap < 20000, "%s room in front: memory does not grow",
	    room ? "with" : "without");
	msgq_release(&q);
	msgq_release(&fresh);
}

int
main(void)
{
	test_batches(false);
	test_batches(true);
	return done_testing();
}
