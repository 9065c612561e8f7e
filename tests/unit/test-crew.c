/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A crew's turns: all of them, in order, never two of one part at once. */
#include "io/crew.h"

#include <stdatomic.h>
#include <string.h>

#include "tests/unit/tap.h"

#define PARTS 7
#define TURNS 50

static struct {
	atomic_int at_work[PARTS];
	int next[PARTS]; /* the turn that comes */
	double value[PARTS];
	atomic_int out_of_order, together, workers_wrong;
} seen;

static void
turn_of(void *arg, int worker, int i, int turn)
{
	int size = *(int *)arg;

	if (atomic_fetch_add(&seen.at_work[i], 1) != 0)
		atomic_fetch_add(&seen.together, 1);
	if (worker < 0 || worker >= size)
		atomic_fetch_add(&seen.workers_wrong, 1);
	if (turn != seen.next[i])
		atomic_fetch_add(&seen.out_of_order, 1);
	seen.next[i] = turn + 1;
	/* parts of different weight, and a value that depends on the order */
	for (int k = 0; k < 200 * (i + 1); k++)
		seen.value[i] = seen.value[i] * 0.999 + turn + k;
	atomic_fetch_sub(&seen.at_work[i], 1);
}

static void
run(int size, bool ahead, double value[PARTS])
{
	struct crew *c = crew_new(size);
	int all = 0;

	memset(&seen, 0, sizeof(seen));
	for (int job = 0; job < 20; job++) {
		memset(seen.next, 0, sizeof(seen.next));
		if (ahead) {
			crew_begin(c, turn_of, &size, PARTS, TURNS);
			crew_end(c);
		} else {
			crew_run(c, turn_of, &size, PARTS, TURNS);
		}
		for (int i = 0; i < PARTS; i++)
			all += seen.next[i] == TURNS;
	}
	ok(all == 20 * PARTS, "%d workers: every turn of every part is done",
	    size);
	ok(seen.out_of_order == 0 && seen.together == 0,
	    "%d workers: turns of a part one after another", size);
	ok(seen.workers_wrong == 0, "%d workers: each has its number", size);
	memcpy(value, seen.value, sizeof(seen.value));
	crew_free(c);
}

int
main(void)
{
	double alone[PARTS], with[PARTS];
	struct crew *c;

	run(1, false, alone);
	for (int size = 2; size < 6; size++) {
		run(size, size % 2, with);
		ok(memcmp(alone, with, sizeof(with)) == 0,
		    "%d workers come to what one comes to", size);
	}
	c = crew_new(3);
	crew_run(c, turn_of, NULL, 0, 5);
	crew_run(c, turn_of, NULL, 3, 0);
	crew_free(c);
	ok(true, "a job of nothing is done at once");
	crew_free(NULL);
	return done_testing();
}
