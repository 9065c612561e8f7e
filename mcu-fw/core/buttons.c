/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Buttons and knobs: polled, debounced, reported until the host has them. */
#include "mcu-fw/core/basic.h"
#include "mcu-fw/core/command.h"
#include "mcu-fw/core/sched.h"

#define BUTTONS_MAX    8
#define REPORTS_MAX    8
#define RETRANSMIT_END 128

struct buttons {
	struct timer t;
	uint32_t rest_ticks;
	uint8_t pressed, last; /* as said, as read last */
	uint8_t n_reports, acked;
	uint8_t retransmit, retransmit_count;
	uint8_t n_buttons;
	bool due;
	uint8_t reports[REPORTS_MAX];
	struct hal_in pin[BUTTONS_MAX];
	uint8_t connected; /* bits */
};

static const uint8_t kind;

/* Interrupt context. */
static void
add_report(struct buttons *b)
{
	if (b->n_reports < REPORTS_MAX)
		b->reports[b->n_reports++] = b->pressed;
	else
		b->reports[REPORTS_MAX - 1] = b->pressed;
	b->retransmit = 0;
	b->due = true;
	sched_wake(TASK_buttons);
}

/* AVR: at most 340 cycles, of eight buttons */
static enum timer_result
buttons_event(struct timer *t)
{
	struct buttons *b = (struct buttons *)t;
	const struct hal_in *pin = b->pin;
	uint8_t now = 0, changed, bit = 1;

	for (uint8_t left = b->connected; left; left >>= 1) {
		if ((left & 1) && hal_in_read(*pin))
			now |= bit;
		bit = (uint8_t)(bit << 1);
		pin++;
	}
	/* two readings in a row must agree */
	changed = (uint8_t)((now ^ b->pressed) & ~(now ^ b->last));
	b->last = now;
	t->waketime += b->rest_ticks;
	if (changed) {
		b->pressed ^= changed;
		add_report(b);
	} else if (b->n_reports && ++b->retransmit >= b->retransmit_count) {
		b->retransmit = 0;
		b->due = true;
		sched_wake(TASK_buttons);
	}
	return TIMER_AGAIN;
}

void
command_config_buttons(uint32_t *args)
{
	struct buttons *b;

	if ((uint8_t)args[1] > BUTTONS_MAX)
		shutdown(STR_BUTTONS_MAX);
	b = oid_new((uint8_t)args[0], &kind, sizeof(*b));
	b->n_buttons = (uint8_t)args[1];
	b->t.func = buttons_event;
}

void
command_buttons_add(uint32_t *args)
{
	struct buttons *b = oid_get((uint8_t)args[0], &kind);
	uint8_t pos = (uint8_t)args[1];

	if (pos >= b->n_buttons)
		shutdown(STR_BUTTONS_POS);
	b->pin[pos] = hal_in_setup((uint16_t)args[2], (int8_t)args[3]);
	b->connected |= (uint8_t)(1 << pos);
}

void
command_buttons_query(uint32_t *args)
{
	struct buttons *b = oid_get((uint8_t)args[0], &kind);

	sched_del(&b->t);
	b->t.waketime = args[1];
	b->rest_ticks = args[2];
	b->retransmit_count = (uint8_t)args[3];
	if (b->retransmit_count >= RETRANSMIT_END)
		shutdown(STR_BUTTONS_RETRANSMIT);
	b->pressed = b->last = (uint8_t)args[4];
	b->acked = b->n_reports = b->retransmit = 0;
	b->due = false;
	if (b->rest_ticks)
		sched_add(&b->t);
}

void
command_buttons_ack(uint32_t *args)
{
	struct buttons *b = oid_get((uint8_t)args[0], &kind);
	uint8_t n = (uint8_t)args[1];
	uint8_t irq = hal_irq_save();

	b->acked = (uint8_t)(b->acked + n);
	if (n > b->n_reports)
		n = b->n_reports;
	b->n_reports = (uint8_t)(b->n_reports - n);
	for (uint8_t i = 0; i < b->n_reports; i++)
		b->reports[i] = b->reports[i + n];
	hal_irq_restore(irq);
}

void
buttons_task(void)
{
	struct buttons *b;
	uint8_t next = 0;

	while ((b = oid_next(&next, &kind))) {
		if (!b->due)
			continue;
		b->due = false;
		RESPOND_BYTES(buttons_state, b->n_reports, b->reports,
		    next - 1u, b->acked);
	}
}

void
buttons_init(void)
{
}

void
buttons_shutdown(void)
{
}
