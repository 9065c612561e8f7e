/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Endstops: a pin is watched; enough equal readings in a row trigger. */
#include <stddef.h>

#include "mcu-fw/core/basic.h"
#include "mcu-fw/core/command.h"
#include "mcu-fw/core/sched.h"
#include "mcu-fw/core/trsync.h"

struct endstop {
	struct timer t;
	struct hal_in pin;
	struct trsync *ts;
	uint32_t rest_ticks, sample_ticks, next_clock;
	uint8_t sample_count, left, reason;
	bool level, homing;
};

static const uint8_t kind;

static enum timer_result endstop_event(struct timer *);

/*
 * Counts down readings close together; a miss goes back to the slow grid.
 * AVR: at most 1200 cycles, when it stops three motors
 */
static enum timer_result
oversample_event(struct timer *t)
{
	struct endstop *e = (struct endstop *)t;

	if (hal_in_read(e->pin) != e->level) {
		t->func = endstop_event;
		t->waketime = e->next_clock;
		return TIMER_AGAIN;
	}
	if (--e->left == 0) {
		trsync_trigger(e->ts, e->reason);
		return TIMER_DONE;
	}
	t->waketime += e->sample_ticks;
	return TIMER_AGAIN;
}

/* AVR: at most 130 cycles */
static enum timer_result
endstop_event(struct timer *t)
{
	struct endstop *e = (struct endstop *)t;
	uint32_t next = t->waketime + e->rest_ticks;

	if (hal_in_read(e->pin) != e->level) {
		t->waketime = next;
		return TIMER_AGAIN;
	}
	/* next - rest_ticks stays the moment of the first matching reading */
	e->next_clock = next;
	t->func = oversample_event;
	e->left = e->sample_count;
	return oversample_event(t);
}

void
command_config_endstop(uint32_t *args)
{
	struct endstop *e = oid_new((uint8_t)args[0], &kind, sizeof(*e));

	e->pin = hal_in_setup((uint16_t)args[1], (int8_t)args[2]);
}

void
command_endstop_home(uint32_t *args)
{
	struct endstop *e = oid_get((uint8_t)args[0], &kind);

	sched_del(&e->t);
	e->t.waketime = args[1];
	e->sample_ticks = args[2];
	e->sample_count = (uint8_t)args[3];
	e->homing = e->sample_count != 0;
	if (!e->homing)
		return;
	e->rest_ticks = args[4];
	e->level = args[5] != 0;
	e->ts = trsync_get((uint8_t)args[6]);
	e->reason = (uint8_t)args[7];
	e->t.func = endstop_event;
	e->next_clock = args[1];
	sched_add(&e->t);
}

void
command_endstop_query_state(uint32_t *args)
{
	struct endstop *e = oid_get((uint8_t)args[0], &kind);
	uint8_t irq = hal_irq_save();
	bool homing = e->homing;
	uint32_t next = e->next_clock;

	hal_irq_restore(irq);
	RESPOND(endstop_state, args[0], homing, next, hal_in_read(e->pin));
}

void
endstop_init(void)
{
}

void
endstop_shutdown(void)
{
}
