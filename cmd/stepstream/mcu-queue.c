/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whose turn it is: the queue whose oldest message is wanted first. */
#include "mcu-private.h"

struct msgq *
mcu_first_queue(
    struct msgq *const *queue, int n, uint64_t horizon, uint64_t *next)
{
	uint64_t first = UINT64_MAX, second = UINT64_MAX;
	struct msgq *best = NULL;

	/* a handful of queues: a straight look at each is cheaper than a heap,
	 * and no branch to guess at */
	for (int i = 0; i < n; i++) {
		uint64_t req, later;
		bool sooner;

		if (queue[i]->count == 0)
			continue;
		req = msgq_head(queue[i])->req_clock;
		sooner = req < first;
		later = sooner ? first : req;
		second = later < second ? later : second;
		first = sooner ? req : first;
		best = sooner ? queue[i] : best;
	}
	if (!best || first > horizon)
		return NULL;
	/* on a tie the queue that came first in the array must go first */
	*next = second > 0 ? second - 1 : 0;
	if (*next > horizon)
		*next = horizon;
	return best;
}
