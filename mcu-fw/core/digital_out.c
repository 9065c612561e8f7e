/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Digital outputs that change on time, software PWM, and their dead man. */
#include "mcu-fw/core/basic.h"
#include "mcu-fw/core/command.h"
#include "mcu-fw/core/sched.h"

struct out_move {
	struct move node;
	uint32_t clock, on_ticks;
};

/*
 * Time runs in three kinds of events: a cycle's edges (toggle), the clock of
 * the next queued change, and the deadline by which a level that is not the
 * default must have been renewed.  The deadline is a timer like the others, so
 * that it holds even when the main loop hangs.
 */
struct digital_out {
	struct timer t;
	struct hal_out pin;
	struct move_queue queue;
	uint32_t on_ticks, off_ticks; /* of the PWM under way */
	uint32_t end;		      /* of what is going on now */
	uint32_t cycle_ticks, max_duration;
	uint32_t late;		/* so late a change may come */
	bool level, idle_level; /* idle_level: default_value */
	bool toggling, has_end, has_deadline;
};

static const uint8_t kind;

static enum timer_result load_event(struct timer *);

static struct out_move *
next_move(const struct digital_out *d)
{
	return (struct out_move *)d->queue.first;
}

static void
set_level(struct digital_out *d, bool level)
{
	d->level = level;
	hal_out_write(d->pin, level);
}

/* AVR: at most 120 cycles */
static enum timer_result
toggle_event(struct timer *t)
{
	struct digital_out *d = (struct digital_out *)t;

	set_level(d, !d->level);
	t->waketime += d->level ? d->on_ticks : d->off_ticks;
	if (d->has_end && !ticks_before(t->waketime, d->end)) {
		t->waketime = d->end;
		t->func = load_event;
	}
	return TIMER_AGAIN;
}

/* What comes after this moment: the next change, else the deadline. */
static void
find_end(struct digital_out *d)
{
	const struct out_move *m = next_move(d);

	if (m) {
		if (d->has_deadline && ticks_before(d->end, m->clock))
			shutdown(STR_OUT_EXCEED);
		d->end = m->clock;
	}
	d->has_end = m || d->has_deadline;
}

/* AVR: at most 300 cycles */
static enum timer_result
load_event(struct timer *t)
{
	struct digital_out *d = (struct digital_out *)t;
	struct out_move *m = move_pop(&d->queue);
	uint32_t clock, on;

	if (!m)
		shutdown(STR_OUT_MISSED);
	clock = m->clock;
	on = m->on_ticks;
	move_free(m);
	d->toggling = on != 0 && on < d->cycle_ticks;
	set_level(d, on != 0);
	d->has_deadline =
	    d->max_duration && (d->toggling || d->level != d->idle_level);
	d->end = clock + d->max_duration;
	find_end(d);
	d->on_ticks = on;
	d->off_ticks = d->cycle_ticks - on;
	t->waketime = clock + on;
	t->func = toggle_event;
	if (d->toggling && (!d->has_end || ticks_before(t->waketime, d->end)))
		return TIMER_AGAIN;
	t->waketime = d->end;
	t->func = load_event;
	return d->has_end ? TIMER_AGAIN : TIMER_DONE;
}

void
command_queue_digital_out(uint32_t *args)
{
	struct digital_out *d = oid_get((uint8_t)args[0], &kind);
	struct out_move *m = move_new();
	uint8_t irq = hal_irq_save();
	uint32_t clock = out_clock(args[1], d->late,
	    d->queue.first ? &((struct out_move *)d->queue.last)->clock : 0);

	m->clock = clock;
	m->on_ticks = args[2];
	if (!move_push(&d->queue, &m->node)) {
		hal_irq_restore(irq);
		return;
	}
	/* the first in the queue: it ends what goes on now */
	if (d->has_deadline && ticks_before(d->end, clock))
		shutdown(STR_OUT_EXCEED);
	d->end = clock;
	d->has_end = true;
	if (d->toggling && ticks_before(d->t.waketime, clock)) {
		/* toggle_event() will find it */
		hal_irq_restore(irq);
		return;
	}
	sched_del(&d->t);
	d->t.waketime = clock;
	d->t.func = load_event;
	sched_add(&d->t);
	hal_irq_restore(irq);
}

void
command_update_digital_out(uint32_t *args)
{
	struct digital_out *d = oid_get((uint8_t)args[0], &kind);
	uint8_t irq = hal_irq_save();

	sched_del(&d->t);
	if (d->queue.first)
		shutdown(STR_OUT_QUEUE);
	set_level(d, args[1] != 0);
	d->toggling = false;
	d->has_deadline = d->max_duration && d->level != d->idle_level;
	d->has_end = d->has_deadline;
	if (d->has_end) {
		d->end = hal_ticks() + d->max_duration;
		d->t.waketime = d->end;
		d->t.func = load_event;
		sched_add(&d->t);
	}
	hal_irq_restore(irq);
}

void
command_digital_out_allow_late(uint32_t *args)
{
	struct digital_out *d = oid_get((uint8_t)args[0], &kind);

	d->late = args[1] < OUT_LATE_MAX ? args[1] : OUT_LATE_MAX;
}

void
command_set_digital_out_pwm_cycle(uint32_t *args)
{
	struct digital_out *d = oid_get((uint8_t)args[0], &kind);
	uint8_t irq = hal_irq_save();

	if (d->queue.first)
		shutdown(STR_OUT_PENDING);
	d->cycle_ticks = args[1];
	hal_irq_restore(irq);
}

void
command_config_digital_out(uint32_t *args)
{
	struct digital_out *d = oid_new((uint8_t)args[0], &kind, sizeof(*d));

	d->level = args[2] != 0;
	d->idle_level = args[3] != 0;
	d->max_duration = args[4];
	d->pin = hal_out_setup((uint16_t)args[1], d->level);
	move_queue_init(&d->queue);
	move_request(sizeof(struct out_move));
}

void
command_set_digital_out(uint32_t *args)
{
	hal_out_setup((uint16_t)args[0], args[1] != 0);
}

void
digital_out_init(void)
{
}

void
digital_out_shutdown(void)
{
	struct digital_out *d;
	uint8_t next = 0;

	while ((d = oid_next(&next, &kind))) {
		set_level(d, d->idle_level);
		d->toggling = d->has_end = d->has_deadline = false;
		move_queue_init(&d->queue);
	}
}
