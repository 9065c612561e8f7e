/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Outputs whose PWM a timer of the chip makes. */
#include "mcu-fw/core/basic.h"
#include "mcu-fw/core/command.h"
#include "mcu-fw/core/sched.h"

struct pwm_move {
	struct move node;
	uint32_t clock;
	uint16_t value;
};

struct pwm_out {
	struct timer t;
	struct hal_pwm pin;
	struct move_queue queue;
	uint32_t end, max_duration;
	uint32_t late; /* so late a change may come */
	uint16_t idle_value;
	bool has_deadline;
};

static const uint8_t kind;

static struct pwm_move *
next_move(const struct pwm_out *p)
{
	return (struct pwm_move *)p->queue.first;
}

/* AVR: at most 170 cycles */
static enum timer_result
pwm_event(struct timer *t)
{
	struct pwm_out *p = (struct pwm_out *)t;
	struct pwm_move *m = move_pop(&p->queue);

	if (!m)
		shutdown(STR_PWM_MISSED);
	hal_pwm_write(p->pin, m->value);
	p->has_deadline = p->max_duration && m->value != p->idle_value;
	p->end = m->clock + p->max_duration;
	move_free(m);
	m = next_move(p);
	if (m) {
		if (p->has_deadline && ticks_before(p->end, m->clock))
			shutdown(STR_PWM_EXCEED);
		t->waketime = m->clock;
		return TIMER_AGAIN;
	}
	t->waketime = p->end;
	return p->has_deadline ? TIMER_AGAIN : TIMER_DONE;
}

void
command_queue_pwm_out(uint32_t *args)
{
	struct pwm_out *p = oid_get((uint8_t)args[0], &kind);
	struct pwm_move *m = move_new();
	uint8_t irq = hal_irq_save();

	m->clock = out_clock(args[1], p->late,
	    p->queue.first ? &((struct pwm_move *)p->queue.last)->clock : 0);
	m->value = (uint16_t)args[2];
	if (move_push(&p->queue, &m->node)) {
		if (p->has_deadline && ticks_before(p->end, m->clock))
			shutdown(STR_PWM_EXCEED);
		sched_del(&p->t);
		p->t.waketime = m->clock;
		sched_add(&p->t);
	}
	hal_irq_restore(irq);
}

void
command_pwm_out_allow_late(uint32_t *args)
{
	struct pwm_out *p = oid_get((uint8_t)args[0], &kind);

	p->late = args[1] < OUT_LATE_MAX ? args[1] : OUT_LATE_MAX;
}

void
command_config_pwm_out(uint32_t *args)
{
	struct pwm_out *p = oid_new((uint8_t)args[0], &kind, sizeof(*p));

	p->t.func = pwm_event;
	p->idle_value = (uint16_t)args[4];
	p->max_duration = args[5];
	p->pin = hal_pwm_setup((uint16_t)args[1], args[2], (uint16_t)args[3]);
	move_queue_init(&p->queue);
	move_request(sizeof(struct pwm_move));
}

void
command_set_pwm_out(uint32_t *args)
{
	hal_pwm_setup((uint16_t)args[0], args[1], (uint16_t)args[2]);
}

void
pwm_out_init(void)
{
}

void
pwm_out_shutdown(void)
{
	struct pwm_out *p;
	uint8_t next = 0;

	while ((p = oid_next(&next, &kind))) {
		hal_pwm_write(p->pin, p->idle_value);
		p->has_deadline = false;
		move_queue_init(&p->queue);
	}
}
