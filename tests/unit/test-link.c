/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The reliable transport against an MCU behind a wire that spoils bytes. */
#include <stdlib.h>

#include "base/endian.h"
#include "base/xalloc.h"
#include "tests/unit/lossy.h"
#include "tests/unit/tap.h"
#include "wire/link.h"

#define MS	   1000000ll
#define BYTE_NS	   40000 /* 250000 baud */
#define CLOCK_FREQ 1e6	 /* a tick is 1000 ns */

struct world {
	struct link link;
	struct lossy_wire up, down; /* to the MCU, from it */
	struct lossy_peer peer;
	struct msgq queue[PEER_QUEUES];
	uint32_t added[PEER_QUEUES];
	uint64_t answers, sent;
	int64_t now;
	struct buf out;
};

static void
on_receive(void *ctx, const uint8_t *payload, size_t len, int64_t sent_ns)
{
	struct world *w = ctx;

	(void)payload;
	(void)sent_ns;
	w->answers += len == 5;
}

static void
on_sent(void *ctx, const uint8_t *msg, size_t len)
{
	struct world *w = ctx;

	(void)msg;
	(void)len;
	w->sent++;
}

static struct world *
new_world(uint32_t spoil_ppm, uint64_t seed, bool clock_known)
{
	struct world *w = xcalloc(1, sizeof(*w));

	link_init(&w->link, on_receive, on_sent, w);
	link_set_wire(&w->link, 250000, PEER_BUFFER);
	if (clock_known)
		link_set_clock(&w->link, 0, 0, CLOCK_FREQ);
	for (int i = 0; i < PEER_QUEUES; i++)
		link_attach(&w->link, &w->queue[i]);
	w->up.byte_ns = w->down.byte_ns = BYTE_NS;
	w->up.spoil_ppm = w->down.spoil_ppm = spoil_ppm;
	w->up.seed = seed;
	w->down.seed = seed + 77;
	w->peer.reply = &w->down;
	return w;
}

static void
free_world(struct world *w)
{
	for (int i = 0; i < PEER_QUEUES; i++)
		msgq_release(&w->queue[i]);
	buf_release(&w->out);
	free(w);
}

static void
add(struct world *w, int queue, size_t len, uint64_t min, uint64_t req)
{
	uint8_t data[59] = {(uint8_t)len, (uint8_t)queue};

	put_le32(data + 2, w->added[queue]++);
	msgq_add(&w->queue[queue], min, req, data, len);
}

/* Lets things happen until time end or all is quiet. */
static void
run_until(struct world *w, int64_t end, bool stop_when_idle)
{
	while (w->now < end) {
		int64_t next = end;
		uint8_t byte;

		while (lossy_read(&w->up, w->now, &byte))
			peer_byte(&w->peer, byte, w->now);
		while (lossy_read(&w->down, w->now, &byte))
			link_receive(&w->link, &byte, 1, w->now);
		buf_clear(&w->out);
		link_transmit(&w->link, w->now, &w->out);
		if (w->link.flush_output)
			lossy_flush(&w->up, w->now);
		w->link.flush_output = false;
		lossy_write(&w->up, (uint8_t *)w->out.data, w->out.len, w->now);
		if (stop_when_idle && link_idle(&w->link))
			return;
		if (link_wake_ns(&w->link) < next)
			next = link_wake_ns(&w->link);
		if (lossy_next(&w->up) < next)
			next = lossy_next(&w->up);
		if (lossy_next(&w->down) < next)
			next = lossy_next(&w->down);
		w->now = next > w->now ? next : w->now + 1000;
	}
}

/* Learns the MCU's sequence, which a clean start needs one frame for. */
static void
sync_up(struct world *w)
{
	for (int i = 0; i < 100 && !w->link.synced; i++) {
		add(w, 0, 6, 0, 0);
		run_until(w, w->now + 20 * MS, false);
	}
	/* what was refused while the number was unknown is not resent */
	msgq_clear(&w->queue[0]);
	run_until(w, w->now + 20 * MS, false);
	memset(&w->peer.count, 0, sizeof(w->peer.count));
	memset(&w->added, 0, sizeof(w->added));
	w->peer.commands = w->peer.out_of_order = w->sent = 0;
}

static void
fill(struct world *w, int n)
{
	uint64_t seed = 1;

	for (int i = 0; i < n; i++) {
		seed = seed * 6364136223846793005u + 1442695040888963407u;
		add(w, (int)(seed >> 33) % PEER_QUEUES, 6 + (seed >> 40) % 5, 0,
		    (uint64_t)i);
	}
}

static void
test_spoilt(uint32_t ppm, int n)
{
	struct world *w = new_world(ppm, 1234 + ppm, true);
	int64_t start;
	uint64_t bytes;

	sync_up(w);
	ok(w->link.synced, "%u ppm: the MCU's sequence is adopted",
	    (unsigned)ppm);
	fill(w, n);
	start = w->now;
	bytes = w->link.stats.bytes_sent;
	run_until(w, w->now + 3600000 * MS, true);
	is_int((long long)w->peer.commands, n,
	    "%u ppm: every command arrives once", (unsigned)ppm);
	is_int((long long)w->peer.out_of_order, 0, "%u ppm: and in order",
	    (unsigned)ppm);
	is_int((long long)w->peer.broken, 0, "%u ppm: none is damaged",
	    (unsigned)ppm);
	is_int((long long)w->peer.overflow, 0,
	    "%u ppm: the receive buffer never overflows", (unsigned)ppm);
	printf("# %u ppm: %d commands in %.2f s, %llu bytes, %llu spoilt, "
	       "%llu frames sent again, %llu timeouts\n",
	    (unsigned)ppm, n, (double)(w->now - start) * 1e-9,
	    (unsigned long long)(w->link.stats.bytes_sent - bytes),
	    (unsigned long long)(w->up.spoiled + w->down.spoiled),
	    (unsigned long long)w->link.stats.retransmits,
	    (unsigned long long)w->link.stats.timeouts);
	free_world(w);
}

static void
test_clean(void)
{
	struct world *w = new_world(0, 1, true);

	sync_up(w);
	fill(w, 20000);
	run_until(w, w->now + 3600000 * MS, true);
	is_int((long long)w->peer.commands, 20000, "clean wire: all arrive");
	is_int((long long)w->link.stats.retransmits, 0,
	    "clean wire: nothing is sent twice");
	ok(w->peer.frames * 53 < 20000ull * 8,
	    "clean wire: frames are packed full (%llu frames)",
	    (unsigned long long)w->peer.frames);
	is_int((long long)w->link.reader.bytes_invalid, 0,
	    "clean wire: no byte is invalid");
	free_world(w);
}

static void
test_schedule(void)
{
	struct world *w = new_world(0, 1, true);

	sync_up(w);
	/* now is about 0.04 s; one tick is a microsecond */
	add(w, 1, 10, 0, 2000000);
	run_until(w, 1890 * MS, false);
	is_int((long long)w->sent, 0, "a lone command waits while it can");
	run_until(w, 1905 * MS, false);
	is_int((long long)w->sent, 1, "it leaves 0.1 s before it is due");

	for (int i = 0; i < 6; i++)
		add(w, 1, 10, 0, 9000000);
	run_until(w, 1910 * MS, false);
	is_int((long long)w->sent, 6, "a full frame leaves early");

	add(w, 2, 10, 3000000, 3000001);
	run_until(w, 2990 * MS, false);
	is_int((long long)w->peer.count[2], 0, "min_clock is respected");
	run_until(w, 3010 * MS, false);
	is_int((long long)w->peer.count[2], 1, "min_clock lets it go");

	add(w, 3, 10, 0, 3050000 + (3ull << 30));
	for (int i = 0; i < 9; i++)
		add(w, 3, 10, 0, 3050000 + (3ull << 30));
	run_until(w, 3200 * MS, false);
	is_int((long long)w->peer.count[3], 0,
	    "no clock travels that lies 2^31 ticks ahead");
	free_world(w);
}

static void
test_order(void)
{
	struct world *w = new_world(0, 1, true);

	sync_up(w);
	add(w, 1, 30, 0, 500);
	add(w, 2, 30, 0, 400);
	add(w, 2, 30, 0, 900);
	run_until(w, w->now + 1 * MS, false);
	is_int(w->link.frame[(w->link.send_seq - 3) & 15].bytes[3], 2,
	    "the lowest req_clock goes first");
	is_int(w->link.frame[(w->link.send_seq - 2) & 15].bytes[3], 1,
	    "then the next of another queue");
	is_int(w->link.frame[(w->link.send_seq - 1) & 15].bytes[3], 2,
	    "each queue keeps its order");
	free_world(w);
}

static void
test_dead(void)
{
	struct world *w = new_world(1000000, 5, false);
	int64_t last = 0;
	uint64_t resent = 0;
	double gap[5] = {0};
	int n = 0;

	/* nobody at the other end: count the timeouts */
	w->up.spoil_ppm = 0;
	w->peer.need_sync = w->peer.need_valid = true;
	add(w, 0, 10, 0, 0);
	while (n < 5 && w->now < 20000 * MS) {
		buf_clear(&w->out);
		link_transmit(&w->link, w->now, &w->out);
		if (w->link.stats.retransmits > resent) {
			resent = w->link.stats.retransmits;
			is_int(w->out.data[0], FRAME_SYNC,
			    "resend %d begins with a sync byte", n);
			gap[n++] = (double)(w->now - last) * 1e-9;
			last = w->now;
		} else if (w->out.len > 0) {
			last = w->now;
		}
		w->now += MS / 10;
	}
	is_near(gap[0], 0.025, 0.003, "the first timeout is 25 ms");
	is_near(gap[1], 0.050, 0.003, "the next one twice that");
	is_near(gap[4], 0.400, 0.003, "and so on");
	free_world(w);
}

int
main(void)
{
	test_clean();
	test_spoilt(1000, 20000);
	test_spoilt(10000, 20000);
	test_spoilt(30000, 5000);
	test_schedule();
	test_order();
	test_dead();
	return done_testing();
}
