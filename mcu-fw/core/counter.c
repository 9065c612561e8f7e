/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Pulses of a fan or a wheel: a pin is polled, both its edges count. */
#include "mcu-fw/core/basic.h"
#include "mcu-fw/core/command.h"
#include "mcu-fw/core/sched.h"

struct counter {
	struct timer t;
	uint32_t poll_ticks, sample_ticks, sample_end;
	uint32_t count, count_clock;
	/* what the task is to say */
	uint32_t said_next, said_count, said_clock;
	struct hal_in pin;
	bool level;
	volatile bool due;
};

static const uint8_t kind;

/* AVR: at most 200 cycles */
static enum timer_result
counter_event(struct timer *t)
{
	struct counter *c = (struct counter *)t;
	uint32_t now = t->waketime;
	bool level = hal_in_read(c->pin);

	t->waketime += c->poll_ticks;
	if (level != c->level) {
		c->level = level;
		c->count++;
		c->count_clock = now;
	}
	if (ticks_before(now, c->sample_end))
		return TIMER_AGAIN;
	c->sample_end = now + c->sample_ticks;
	c->said_next = t->waketime;
	c->said_count = c->count;
	c->said_clock = c->count_clock;
	c->due = true;
	sched_wake(TASK_counter);
	return TIMER_AGAIN;
}

void
command_config_counter(uint32_t *args)
{
	struct counter *c = oid_new((uint8_t)args[0], &kind, sizeof(*c));

	c->t.func = counter_event;
	c->pin = hal_in_setup((uint16_t)args[1], (int8_t)args[2]);
}

void
command_query_counter(uint32_t *args)
{
	struct counter *c = oid_get((uint8_t)args[0], &kind);

	sched_del(&c->t);
	c->due = false;
	c->t.waketime = args[1];
	c->poll_ticks = args[2];
	c->sample_ticks = args[3];
	c->sample_end = args[1];
	if (c->poll_ticks)
		sched_add(&c->t);
}

void
counter_task(void)
{
	struct counter *c;
	uint8_t next = 0;

	while ((c = oid_next(&next, &kind))) {
		uint8_t irq = hal_irq_save();
		uint32_t clock = c->said_next, count = c->said_count;
		uint32_t count_clock = c->said_clock;
		bool due = c->due;

		c->due = false;
		hal_irq_restore(irq);
		if (due)
			RESPOND(counter_state, next - 1u, clock, count,
			    count_clock);
	}
}

void
counter_init(void)
{
}

void
counter_shutdown(void)
{
}
