/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reliable transport to an MCU: numbered frames, resent until acknowledged. */
#ifndef GANTRY_WIRE_LINK_H
#define GANTRY_WIRE_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "wire/frame.h"
#include "wire/msgq.h"

/*
 * A state machine without clock or descriptor: time comes in as nanoseconds,
 * bytes go in and out through buffers, so that a serial port, a simulator in
 * lock-step and a test with a lossy channel run the same code.
 *
 * The caller attaches its message queues.  A message is ready when the MCU's
 * clock has reached its min_clock; ready messages go out, the lowest req_clock
 * first, when they fill a frame or when the lowest is due within
 * LINK_LEAD_NS.  At most LINK_FRAMES_MAX frames and the bytes of the MCU's
 * receive window are on their way at a time; what is not acknowledged in
 * time, or is refused, is sent again unchanged.
 *
 * A refusal counts when the frame that it asks for had left the wire long
 * enough ago for the refusal to be about it; anything earlier speaks of
 * frames before.  The waiting time doubles as long as nothing at all is heard.
 * When many frames are lost, fewer are sent behind one that may have to be
 * sent again.
 */
#define LINK_FRAMES_MAX 12
#define LINK_SLOTS	16 /* a power of two above it */
#define LINK_QUEUES_MAX 300
#define LINK_LEAD_NS	100000000ll
#define LINK_RTO_MIN_NS 25000000ll
#define LINK_RTO_MAX_NS 5000000000ll

/* A message from the MCU.  sent_ns: when the frame that it answers had left
 * the wire; 0 when unknown (resent, or no answer at all). */
typedef void link_receive_fn(
    void *ctx, const uint8_t *payload, size_t len, int64_t sent_ns);
/* A command that goes into a frame, once. */
typedef void link_sent_fn(void *ctx, const uint8_t *msg, size_t len);

struct link_frame {
	uint64_t seq;
	int64_t sent_ns; /* when it had left the wire; 0 after a resend */
	int64_t left_ns; /* the same of its latest sending */
	uint8_t len;
	uint8_t bytes[FRAME_MAX];
};

struct link_stats {
	uint64_t bytes_sent, bytes_received, frames_sent;
	uint64_t retransmits, timeouts;
	int64_t wire_ns; /* how long the wire was busy sending */
};

struct link {
	link_receive_fn *receive;
	link_sent_fn *sent; /* may be NULL */
	/* Sees sound frames whose number cannot be: the MCU has started anew.
	 * May be NULL. */
	link_receive_fn *foreign;
	void *ctx;
	struct msgq *queue[LINK_QUEUES_MAX];
	int n_queues;

	double ns_per_byte; /* of the wire; 0: no limit known */
	uint32_t window;    /* bytes; 0: unknown */
	/* the MCU's clock: clock + (t - at_ns) * ticks_per_ns; 0: unknown */
	int64_t clock_at_ns;
	double clock, ticks_per_ns;

	bool synced;			/* the MCU's sequence is known */
	uint64_t send_seq, receive_seq; /* next to send, first unacknowledged */
	uint64_t last_ack_seq, resent_seq;
	struct link_frame frame[LINK_SLOTS];
	uint32_t unacked_bytes, acked_bytes;
	uint64_t sample_seq; /* frame whose round trip is timed; 0: none */
	int64_t srtt_ns, rttvar_ns, rto_ns;
	int64_t reply_ns;   /* shortest time from a frame's end to its ack */
	double loss;	    /* share of frames lost lately */
	int64_t heard_ns;   /* when a sound frame came; 0: never */
	bool can_flush;	    /* what was written can be taken back */
	int64_t timeout_ns; /* INT64_MAX: nothing is waited for */
	int64_t idle_ns;    /* when the wire will be quiet */
	int64_t wake_ns;
	bool resend;	   /* a nak asks for it */
	bool flush_output; /* set: what was not written yet is obsolete */
	int64_t now_ns;	   /* of the call under way */
	struct frame_reader reader;
	struct link_stats stats;
};

void link_init(struct link *, link_receive_fn *, link_sent_fn *, void *ctx);
/* baud 0: the wire is no limit; window 0: none is known. */
void link_set_wire(struct link *, double baud, uint32_t window);
/* The estimate must not run ahead of the MCU. */
void link_set_clock(
    struct link *, int64_t at_ns, double clock, double clock_freq);
/* The queue stays the caller's, who may add to and clear it at any time. */
void link_attach(struct link *, struct msgq *);

/* Bytes that came in at now_ns. */
void link_receive(struct link *, const void *data, size_t len, int64_t now_ns);
/* Appends the bytes that are to be written at now_ns, which must be written
 * in full.  When flush_output is set afterwards, bytes handed out earlier that
 * were not written yet are to be dropped; the caller clears it. */
void link_transmit(struct link *, int64_t now_ns, struct buf *out);
/* Sends one command at once, whatever the windows say. */
void link_urgent(struct link *, const uint8_t *msg, size_t len, int64_t now_ns,
    struct buf *out);
/* When link_transmit() has something to do again if nothing comes in and
 * nothing is queued; INT64_MAX: never.  Valid after link_transmit(). */
int64_t link_wake_ns(const struct link *);
/* Queues are empty and everything is acknowledged. */
bool link_idle(const struct link *);

#endif
