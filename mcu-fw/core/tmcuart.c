/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The UART of Trinamic drivers by hand, on one wire or two. */
#include <string.h>

#include "mcu-fw/core/basic.h"
#include "mcu-fw/core/command.h"
#include "mcu-fw/core/sched.h"

/*
 * The host gives the bits of the line as they stand, start and stop bits
 * among them.  Every bit is an event of the timer.  A driver takes its speed
 * from the first nibble, so that is timed as it really went out, and what
 * follows keeps to it: other timers may have made it slower.
 *
 *	bit    0   1   2   3   4   5
 *	     \___/~~~\___/~~~\___/~~~     the sync nibble of a request:
 *	     |<---- 4 bit times ---->|    timed between falling edges
 */
#define DATA_MAX    10
#define START_TICKS (HAL_CLOCK_FREQ / 5000) /* 200 us */
#define SYNC_BITS   0x2a
#define SYNC_MASK   0x3f
#define SYNC_END    4
#define REST_BITS   4	 /* before an answer is waited for */
#define POLLS_MAX   0xff /* a quarter of a bit each: 64 bits */

enum {
	TMCUART_IDLE,
	TMCUART_BUSY,
	TMCUART_DONE, /* the task shall answer */
};

struct tmcuart {
	struct timer t;
	uint32_t bit_ticks, now_ticks; /* as configured, as it turned out */
	uint32_t sync_clock;
	struct hal_out tx;
	struct hal_in rx;
	uint16_t rx_pin, tx_pin;
	int8_t pull;
	volatile uint8_t state;
	uint8_t at, n_write, n_read; /* bits */
	uint8_t polls, n_answer;
	bool level, has_sync;
	uint8_t data[DATA_MAX];
};

static const uint8_t kind;

static bool
one_wire(const struct tmcuart *u)
{
	return u->rx_pin == u->tx_pin;
}

static void
line_idle(struct tmcuart *u)
{
	if (one_wire(u))
		u->rx = hal_in_setup(u->rx_pin, u->pull);
	else
		hal_out_write(u->tx, true);
}

static enum timer_result
finish(struct tmcuart *u, uint8_t n_answer)
{
	u->n_answer = n_answer;
	u->state = TMCUART_DONE;
	sched_wake(TASK_tmcuart);
	return TIMER_DONE;
}

/* --- the events --------------------------------------------------------- */

/* AVR: at most 120 cycles */
static enum timer_result
read_event(struct timer *t)
{
	struct tmcuart *u = (struct tmcuart *)t;

	if (hal_in_read(u->rx))
		u->data[u->at >> 3] |= (uint8_t)(1 << (u->at & 7));
	if (++u->at == u->n_read)
		return finish(u, (uint8_t)(u->n_read >> 3));
	t->waketime += u->now_ticks;
	return TIMER_AGAIN;
}

/* AVR: at most 140 cycles */
static enum timer_result
poll_event(struct timer *t)
{
	struct tmcuart *u = (struct tmcuart *)t;
	bool level = hal_in_read(u->rx);
	bool falls = u->level && !level;

	u->level = level;
	t->waketime += u->now_ticks >> 2;
	if (falls) {
		/* the edge was up to a quarter ago: to the middle of the bit */
		t->waketime += u->now_ticks >> 3;
		t->func = read_event;
	} else if (++u->polls == POLLS_MAX) {
		return finish(u, 0);
	}
	return TIMER_AGAIN;
}

/*
 * The last bit has stood its time: turn to listen.
 * AVR: at most 280 cycles
 */
static enum timer_result
turn_event(struct timer *t)
{
	struct tmcuart *u = (struct tmcuart *)t;

	line_idle(u);
	if (u->n_read == 0)
		return finish(u, 0);
	memset(u->data, 0, sizeof(u->data));
	u->at = u->polls = 0;
	u->level = false;
	t->waketime += u->now_ticks * REST_BITS;
	t->func = poll_event;
	return TIMER_AGAIN;
}

/* AVR: at most 260 cycles */
static enum timer_result
write_event(struct timer *t)
{
	struct tmcuart *u = (struct tmcuart *)t;

	hal_out_write(u->tx, u->data[u->at >> 3] >> (u->at & 7) & 1);
	if (u->has_sync && u->at == 0)
		u->sync_clock = hal_ticks();
	if (u->has_sync && u->at == SYNC_END) {
		uint32_t now = hal_ticks();

		u->now_ticks = (now - u->sync_clock) >> 2;
		t->waketime = now;
	}
	if (++u->at >= u->n_write)
		t->func = turn_event;
	t->waketime += u->now_ticks;
	return TIMER_AGAIN;
}

/* --- commands ----------------------------------------------------------- */

void
command_config_tmcuart(uint32_t *args)
{
	struct tmcuart *u = oid_new((uint8_t)args[0], &kind, sizeof(*u));

	u->rx_pin = (uint16_t)args[1];
	u->pull = args[2] != 0;
	u->tx_pin = (uint16_t)args[3];
	u->bit_ticks = args[4];
	u->rx = hal_in_setup(u->rx_pin, u->pull);
	if (!one_wire(u))
		u->tx = hal_out_setup(u->tx_pin, true);
}

void
command_tmcuart_send(uint32_t *args)
{
	struct tmcuart *u = oid_get((uint8_t)args[0], &kind);
	uint8_t n = (uint8_t)args[1], n_read = (uint8_t)args[3];

	if (u->state == TMCUART_BUSY)
		return; /* the host asks again */
	if (n > DATA_MAX || n_read > DATA_MAX)
		shutdown(STR_TMCUART_LARGE);
	memcpy(u->data, command_bytes(args[2]), n);
	u->n_write = (uint8_t)(n * 8);
	u->n_read = (uint8_t)(n_read * 8);
	u->at = 0;
	u->now_ticks = u->bit_ticks;
	u->has_sync = n > 0 && (u->data[0] & SYNC_MASK) == SYNC_BITS;
	u->state = TMCUART_BUSY;
	if (one_wire(u))
		u->tx = hal_out_setup(u->tx_pin, true);
	u->t.func = n > 0 ? write_event : turn_event;
	u->t.waketime = hal_ticks() + START_TICKS;
	sched_add(&u->t);
}

void
tmcuart_task(void)
{
	struct tmcuart *u;
	uint8_t next = 0;

	while ((u = oid_next(&next, &kind))) {
		if (u->state != TMCUART_DONE)
			continue;
		u->state = TMCUART_IDLE;
		RESPOND_BYTES(
		    tmcuart_response, u->n_answer, u->data, next - 1u);
	}
}

void
tmcuart_init(void)
{
}

void
tmcuart_shutdown(void)
{
	struct tmcuart *u;
	uint8_t next = 0;

	while ((u = oid_next(&next, &kind))) {
		u->state = TMCUART_IDLE;
		line_idle(u);
	}
}
