/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reliable transport to an MCU: numbered frames, resent until acknowledged. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/die.h"
#include "wire/link.h"

#define NEVER	      INT64_MAX
#define RTTVAR_MIN_NS 1000000ll
#define LOSS_DECAY    (1.0 / 16)
#define LOSS_HIGH     0.2
#define RTO_LOSSY_NS  4000000ll
#define LOSSY_SYNCS   2
#define LOSSY_PAYLOAD 32
#define ALIVE_NS      2000000000ll
#define BACKGROUND_NS 105000000ll
#define CLOCK_GUARD   (3ull << 29) /* a clock is compared modulo 2^32 */

void
link_init(
    struct link *l, link_receive_fn *receive, link_sent_fn *sent, void *ctx)
{
	memset(l, 0, sizeof(*l));
	l->receive = receive;
	l->sent = sent;
	l->ctx = ctx;
	l->send_seq = l->receive_seq = 1;
	l->rto_ns = LINK_RTO_MIN_NS;
	l->timeout_ns = l->wake_ns = NEVER;
	frame_reader_init(&l->reader);
}

void
link_set_wire(struct link *l, double baud, uint32_t window)
{
	l->ns_per_byte = baud > 0 ? 10e9 / baud : 0;
	l->window = window;
}

void
link_set_clock(struct link *l, int64_t at_ns, double clock, double clock_freq)
{
	l->clock_at_ns = at_ns;
	l->clock = clock;
	l->ticks_per_ns = clock_freq * 1e-9;
}

void
link_attach(struct link *l, struct msgq *q)
{
	if (l->n_queues == LINK_QUEUES_MAX)
		BUG("more than %d queues on a link", LINK_QUEUES_MAX);
	l->queue[l->n_queues++] = q;
}

static int64_t
wire_ns(const struct link *l, size_t bytes)
{
	return (int64_t)((double)bytes * l->ns_per_byte);
}

static uint64_t
clock_at(const struct link *l, int64_t ns)
{
	double c;

	if (l->ticks_per_ns == 0)
		return UINT64_MAX; /* clock unknown: everything is due */
	c = l->clock + (double)(ns - l->clock_at_ns) * l->ticks_per_ns;
	return c > 0 ? (uint64_t)c : 0;
}

/* The first nanosecond at which clock_at() has reached the clock. */
static int64_t
ns_at(const struct link *l, uint64_t clock)
{
	double ns = ((double)clock - l->clock) / l->ticks_per_ns;

	if (ns > 0x1p62)
		return NEVER;
	return ns < -0x1p62 ? 0 : l->clock_at_ns + (int64_t)ceil(ns) + 1;
}

static struct link_frame *
slot(struct link *l, uint64_t seq)
{
	return &l->frame[seq & (LINK_SLOTS - 1)];
}

/* --- what comes in ----------------------------------------------------- */

static int64_t
patience(const struct link *l)
{
	int64_t spread = 4 * l->rttvar_ns, rto, least;

	if (spread < RTTVAR_MIN_NS)
		spread = RTTVAR_MIN_NS;
	rto = l->srtt_ns + spread;
	least = l->loss > LOSS_HIGH ? RTO_LOSSY_NS + 2 * l->reply_ns
				    : LINK_RTO_MIN_NS;
	if (rto < least)
		rto = least;
	return rto > LINK_RTO_MAX_NS ? LINK_RTO_MAX_NS : rto;
}

static void
sample_round_trip(struct link *l, int64_t delta)
{
	if (l->srtt_ns == 0) {
		l->rttvar_ns = delta / 2;
		l->srtt_ns = delta * 10; /* cautious until more is known */
	} else {
		l->rttvar_ns =
		    (3 * l->rttvar_ns + llabs(l->srtt_ns - delta)) / 4;
		l->srtt_ns = (7 * l->srtt_ns + delta) / 8;
	}
	if (l->reply_ns == 0 || delta < l->reply_ns)
		l->reply_ns = delta;
}

static void
wait_for_oldest(struct link *l)
{
	int64_t from = slot(l, l->receive_seq)->left_ns;

	if (from < l->now_ns)
		from = l->now_ns;
	l->timeout_ns =
	    l->send_seq == l->receive_seq ? NEVER : from + l->rto_ns;
}

/* The MCU expects rseq: all before it has arrived. */
static void
progress(struct link *l, uint64_t rseq)
{
	if (l->sample_seq != 0 && l->sample_seq < rseq) {
		int64_t sent = slot(l, l->sample_seq)->sent_ns;

		if (sent != 0 && l->now_ns > sent)
			sample_round_trip(l, l->now_ns - sent);
		l->sample_seq = 0;
	}
	for (uint64_t s = l->receive_seq; s < rseq; s++) {
		l->unacked_bytes -= slot(l, s)->len;
		l->acked_bytes = slot(l, s)->len;
	}
	l->receive_seq = rseq;
	if (l->send_seq == rseq)
		l->timeout_ns = NEVER;
	else
		l->timeout_ns =
		    l->now_ns + l->rto_ns + wire_ns(l, slot(l, rseq)->len);
}

/* An empty frame has told the oldest number once more: can it be about the
 * latest sending of that frame? */
static bool
refused(struct link *l)
{
	const struct link_frame *oldest = slot(l, l->receive_seq);

	return l->now_ns >= oldest->left_ns + l->reply_ns * 7 / 8;
}

static void
adopt(struct link *l, uint64_t rseq)
{
	l->synced = true;
	l->send_seq = l->receive_seq = rseq;
	l->unacked_bytes = l->acked_bytes = 0;
	l->sample_seq = 0;
	l->timeout_ns = NEVER;
}

static void
receive_frame(void *ctx, unsigned seq, const uint8_t *payload, size_t len)
{
	struct link *l = ctx;
	uint64_t rseq =
	    l->receive_seq + ((seq - l->receive_seq) & FRAME_SEQ_MASK);
	const struct link_frame *asked;

	if (!l->synced)
		adopt(l, rseq);
	if (rseq > l->send_seq) {
		l->reader.bytes_invalid += FRAME_MIN + len;
		if (l->foreign && len > 0)
			l->foreign(l->ctx, payload, len, 0);
		return;
	}
	l->heard_ns = l->now_ns;
	l->rto_ns = patience(l);
	if (rseq > l->receive_seq)
		progress(l, rseq);
	if (len > 0) {
		asked = slot(l, rseq - 1);
		l->receive(l->ctx, payload, len,
		    asked->seq == rseq - 1 ? asked->sent_ns : 0);
		return;
	}
	if (rseq > l->last_ack_seq)
		l->last_ack_seq = rseq;
	else if (l->send_seq > l->receive_seq && refused(l))
		l->resend = true;
}

void
link_receive(struct link *l, const void *data, size_t len, int64_t now_ns)
{
	l->now_ns = now_ns;
	l->stats.bytes_received += len;
	frame_reader_feed(&l->reader, data, len, receive_frame, l);
}

/* --- what goes out ----------------------------------------------------- */

static void
occupy_wire(struct link *l, size_t bytes)
{
	int64_t busy = wire_ns(l, bytes);

	if (l->idle_ns < l->now_ns)
		l->idle_ns = l->now_ns;
	l->idle_ns += busy;
	l->stats.wire_ns += busy;
	l->stats.bytes_sent += bytes;
}

/* Everything unacknowledged again, behind a sync byte. */
static void
resend_all(struct link *l, struct buf *out, bool timed_out)
{
	if (timed_out) {
		int64_t most = LINK_RTO_MAX_NS;

		/* a link that spoke a moment ago is disturbed, not dead */
		if (l->heard_ns != 0 && l->now_ns < l->heard_ns + ALIVE_NS)
			most = 2 * patience(l);
		l->rto_ns = l->rto_ns > most / 2 ? most : 2 * l->rto_ns;
		l->stats.timeouts++;
	}
	l->loss += (1 - l->loss) * LOSS_DECAY;
	/* what was still to be written is repeated here */
	l->flush_output = l->can_flush;
	if (l->can_flush)
		l->idle_ns = l->now_ns;
	l->resent_seq = l->send_seq;
	l->sample_seq = 0;
	buf_addc(out, FRAME_SYNC);
	occupy_wire(l, 1);
	for (uint64_t s = l->receive_seq; s < l->send_seq; s++) {
		struct link_frame *f = slot(l, s);

		buf_add(out, f->bytes, f->len);
		occupy_wire(l, f->len);
		f->sent_ns = 0;
		f->left_ns = l->idle_ns;
		l->stats.retransmits++;
	}
	wait_for_oldest(l);
}

/* With losses, what follows a lost frame is wasted: send no more than the
 * time until the answer holds. */
static uint64_t
frames_allowed(const struct link *l)
{
	int64_t frame_ns = wire_ns(l, FRAME_MAX);
	uint64_t n = LINK_FRAMES_MAX;

	if (l->loss > LOSS_HIGH && frame_ns > 0)
		n = 1 + (uint64_t)(l->reply_ns / frame_ns);
	return n < LINK_FRAMES_MAX ? n : LINK_FRAMES_MAX;
}

static bool
window_open(const struct link *l)
{
	uint32_t bytes = l->unacked_bytes + FRAME_MAX;

	if (l->send_seq - l->receive_seq >= frames_allowed(l))
		return false;
	if (l->window == 0 || l->send_seq == l->receive_seq)
		return true;
	/* a response came, its ack not yet: the MCU may hold that frame */
	if (l->last_ack_seq < l->receive_seq)
		bytes += l->acked_bytes;
	return bytes <= l->window;
}

static uint64_t
wanted(const struct link *l, const struct msg *m)
{
	if (m->req_clock == MSG_BACKGROUND)
		return clock_at(l, l->idle_ns + BACKGROUND_NS);
	return m->req_clock;
}

static uint64_t
earliest(const struct msg *m)
{
	if (m->req_clock != MSG_BACKGROUND &&
	    m->req_clock > m->min_clock + CLOCK_GUARD)
		return m->req_clock - CLOCK_GUARD;
	return m->min_clock;
}

/* Counts the bytes of a queue that are ready, up to a frame's worth. */
static size_t
ready_bytes(const struct msgq *q, uint64_t clock)
{
	size_t at = q->head, bytes = 0;

	while (at < q->tail && bytes < FRAME_PAYLOAD_MAX) {
		const struct msg *m =
		    (const struct msg *)(const void *)(q->mem + at);

		if (earliest(m) > clock)
			break;
		bytes += m->len;
		at += MSG_WORDS(m->len);
	}
	return bytes;
}

/* Is there reason to send now?  If not, wake_ns says when there will be. */
static bool
due(struct link *l)
{
	int64_t quiet = l->idle_ns > l->now_ns ? l->idle_ns : l->now_ns;
	uint64_t clock = clock_at(l, quiet);
	uint64_t lead = (uint64_t)((double)LINK_LEAD_NS * l->ticks_per_ns);
	uint64_t first_req = UINT64_MAX, first_min = UINT64_MAX;
	size_t ready = 0;

	for (int i = 0; i < l->n_queues; i++) {
		const struct msgq *q = l->queue[i];
		size_t bytes;

		if (q->count == 0)
			continue;
		bytes = ready_bytes(q, clock);
		ready += bytes;
		if (bytes > 0 && wanted(l, msgq_head(q)) < first_req)
			first_req = wanted(l, msgq_head(q));
		if (bytes == 0 && earliest(msgq_head(q)) < first_min)
			first_min = earliest(msgq_head(q));
	}
	if (ready >= FRAME_PAYLOAD_MAX)
		return true;
	if (ready > 0 && (clock == UINT64_MAX || first_req <= clock + lead))
		return true;
	if (ready > 0)
		l->wake_ns = ns_at(l, first_req - lead);
	if (first_min < UINT64_MAX && ns_at(l, first_min) < l->wake_ns)
		l->wake_ns = ns_at(l, first_min);
	return false;
}

static struct msgq *
first_ready(const struct link *l, uint64_t clock)
{
	struct msgq *best = NULL;
	uint64_t first = 0;

	for (int i = 0; i < l->n_queues; i++) {
		struct msgq *q = l->queue[i];
		uint64_t req;

		if (q->count == 0 || earliest(msgq_head(q)) > clock)
			continue;
		req = wanted(l, msgq_head(q));
		if (!best || req < first) {
			best = q;
			first = req;
		}
	}
	return best;
}

/* The frame at send_seq holds n bytes of payload: close it, count it. */
static void
send_frame(struct link *l, struct link_frame *f, size_t n, struct buf *out)
{
	f->len = (uint8_t)frame_close(f->bytes, l->send_seq, n);
	f->seq = l->send_seq;
	buf_add(out, f->bytes, f->len);
	occupy_wire(l, f->len);
	f->sent_ns = f->left_ns = l->idle_ns;
	if (l->sample_seq == 0 && l->send_seq >= l->resent_seq)
		l->sample_seq = l->send_seq;
	if (l->timeout_ns == NEVER)
		l->timeout_ns = l->idle_ns + l->rto_ns;
	l->unacked_bytes += f->len;
	l->send_seq++;
	l->stats.frames_sent++;
}

static void
build_frame(struct link *l, struct buf *out)
{
	int64_t quiet = l->idle_ns > l->now_ns ? l->idle_ns : l->now_ns;
	uint64_t clock = clock_at(l, quiet);
	struct link_frame *f = slot(l, l->send_seq);
	struct msgq *q;
	size_t n = 0, most = FRAME_PAYLOAD_MAX;

	/* a short frame is likelier to get through */
	if (l->loss > LOSS_HIGH)
		most = LOSSY_PAYLOAD;
	while ((q = first_ready(l, clock)) != NULL) {
		const struct msg *m = msgq_head(q);

		if (n > 0 && n + m->len > most)
			break;
		memcpy(f->bytes + FRAME_HEAD + n, m->data, m->len);
		n += m->len;
		if (l->sent)
			l->sent(l->ctx, m->data, m->len);
		msgq_drop(q);
	}
	send_frame(l, f, n, out);
}

/*
 * Where bytes get lost the MCU may be left waiting for the end of a frame, in
 * silence, when nothing follows.  Sync bytes are free of meaning: they end it
 * and bring the refusal.
 */
static void
end_burst(struct link *l, struct buf *out)
{
	for (int i = 0; i < LOSSY_SYNCS; i++)
		buf_addc(out, FRAME_SYNC);
	occupy_wire(l, LOSSY_SYNCS);
}

void
link_transmit(struct link *l, int64_t now_ns, struct buf *out)
{
	size_t before = out->len;

	l->now_ns = now_ns;
	if (l->send_seq == l->receive_seq)
		l->resend = false;
	if (l->resend || now_ns >= l->timeout_ns)
		resend_all(l, out, !l->resend);
	l->resend = false;
	l->wake_ns = NEVER;
	while (window_open(l) && due(l)) {
		build_frame(l, out);
		l->wake_ns = NEVER;
	}
	if (l->loss > LOSS_HIGH && out->len > before)
		end_burst(l, out);
	if (l->timeout_ns < l->wake_ns)
		l->wake_ns = l->timeout_ns;
}

void
link_urgent(struct link *l, const uint8_t *msg, size_t len, int64_t now_ns,
    struct buf *out)
{
	struct link_frame *f = slot(l, l->send_seq);

	l->now_ns = now_ns;
	if (l->send_seq - l->receive_seq >= LINK_SLOTS - 1)
		return; /* nobody listens */
	memcpy(f->bytes + FRAME_HEAD, msg, len);
	send_frame(l, f, len, out);
}

int64_t
link_wake_ns(const struct link *l)
{
	return l->wake_ns;
}

bool
link_idle(const struct link *l)
{
	if (l->send_seq != l->receive_seq)
		return false;
	for (int i = 0; i < l->n_queues; i++)
		if (l->queue[i]->count > 0)
			return false;
	return true;
}
