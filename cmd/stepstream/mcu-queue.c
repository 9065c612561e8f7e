/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whose turn it is: the queue whose oldest message is wanted first. */
#include "mcu-private.h"

void
mcu_order_add(struct mcu_order *o, struct msgq *const *queue, int n)
{
	for (int i = 0; i < n; i++) {
		if (queue[i]->count == 0)
			continue;
		o->queue[o->n] = queue[i];
		o->clock[o->n++] = msgq_head(queue[i])->req_clock;
	}
}

struct msgq *
mcu_order_next(struct mcu_order *o, uint64_t horizon, uint64_t *until)
{
	uint64_t first = UINT64_MAX, second = UINT64_MAX;
	struct msgq *last = o->n > 0 ? o->queue[o->last] : NULL;
	int best = 0;

	if (last)
		o->clock[o->last] =
		    last->count > 0 ? msgq_head(last)->req_clock : UINT64_MAX;
	/* a handful of queues: a straight look at each is cheaper than a heap,
	 * and no branch to guess at */
	for (int i = 0; i < o->n; i++) {
		uint64_t at = o->clock[i];
		uint64_t later = at < first ? first : at;

		second = later < second ? later : second;
		best = at < first ? i : best;
		first = at < first ? at : first;
	}
	if (first == UINT64_MAX || first > horizon)
		return NULL;
	o->last = best;
	/* on a tie the queue that came first must go first */
	*until = second > 0 ? second - 1 : 0;
	if (*until > horizon)
		*until = horizon;
	return o->queue[best];
}
