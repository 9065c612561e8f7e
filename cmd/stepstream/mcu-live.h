/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The inside of a live connection, for mcu-live.c and mcu-connect.c. */
#ifndef STEPSTREAM_MCU_LIVE_H
#define STEPSTREAM_MCU_LIVE_H

#include "mcu-private.h"
#include "transport.h"
#include "wire/clocksync.h"
#include "wire/link.h"

struct mcu_live {
	struct transport *t;
	struct link link;
	struct clocksync sync;
	struct buf in, out;

	/* steps whose turn was decided, first in first out */
	struct msgq steps;
	/* the clocks at which entries of the board's move queue fall free */
	uint64_t *ring, ring_last;
	uint32_t ring_n, ring_at;

	/* identify: what came so far; more: an answer came */
	struct buf ident;
	uint64_t noise; /* bytes that were no frames, before any was */
	bool ident_more, ident_done;

	bool polling;	  /* get_clock and refreshes run by themselves */
	bool restarting;  /* `starting` is no surprise */
	bool dispatched;  /* a callback was called */
	int64_t awake_ns; /* when the next pass was to begin; 0: not yet */
	bool steps_lost;  /* too late for them */
	int unanswered;
	int64_t next_query_ns, next_refresh_ns;

	bool uptime_seen, clock_seen, config_seen;
	uint64_t uptime;
	int64_t uptime_sent_ns;
	bool is_config, is_shutdown;
	uint32_t crc, move_count;
	bool restarted; /* by itself */
	bool shut_seen;
	uint32_t shut_clock;
	int64_t alive_ns; /* when it last said something else */
	bool reset_seen;
	uint32_t reset_count, reset_crc;
	uint64_t stats_busy; /* ticks the board worked, as it says */
};

/* One turn: sends what is due, waits until something comes or until_ns, hands
 * on what came.  1 when wake_fd or a signal ended it, -1 failed. */
int mcu_live_pass(struct mcu *, int64_t until_ns, int wake_fd);
/* Passes until *flag or the time is over; true when the flag is set. */
bool mcu_live_until(struct mcu *, const bool *flag, int64_t wait_ns);
void mcu_live_init_link(struct mcu *);
/* Sends a command again and again, until *answered: 0 or -1. */
int mcu_live_ask(struct mcu *, enum mcu_command, int n, const uint32_t *v,
    const bool *answered);
void mcu_live_message(
    void *mcu, const uint8_t *payload, size_t len, int64_t sent_ns);
/* The board has started anew: so do the link and its clock.  0 or -1. */
int mcu_live_begin_anew(struct mcu *);
/* It says where the motor stood, and the ticks between its steps. */
void mcu_live_left(struct mcu *, uint32_t oid, uint32_t position, uint32_t gap);
/* What a shutdown means and what to do about it: one sentence or "". */
const char *mcu_advice(const char *reason);

#endif
