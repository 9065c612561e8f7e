/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The trigger object: armed, triggered once, reports, expires. */
#include "mcu-fw/core/trsync.h"

#include <stddef.h>

#include "mcu-fw/core/basic.h"
#include "mcu-fw/core/command.h"
#include "mcu-fw/core/sched.h"

enum {
	TRSYNC_REPORT = 1,
	TRSYNC_REPORT_TRIGGER = 2,
	TRSYNC_CAN_TRIGGER = 4,
};

struct trsync {
	struct timer report, expire;
	struct trsync_signal *signals;
	uint32_t report_ticks, report_clock;
	uint8_t flags, reason, expire_reason;
};

static const uint8_t kind;
#define OF(t, member)                                                          \
	((struct trsync *)(void *)((char *)(t)-offsetof(struct trsync, member)))

struct trsync *
trsync_get(uint8_t oid)
{
	return oid_get(oid, &kind);
}

void
trsync_trigger(struct trsync *ts, uint8_t reason)
{
	struct trsync_signal *s;

	if (!(ts->flags & TRSYNC_CAN_TRIGGER))
		return;
	ts->flags = (uint8_t)((ts->flags & ~TRSYNC_CAN_TRIGGER) |
			      TRSYNC_REPORT_TRIGGER);
	ts->reason = reason;
	while ((s = ts->signals)) {
		void (*func)(struct trsync_signal *) = s->func;

		ts->signals = s->next;
		s->next = 0;
		s->func = 0;
		func(s);
	}
	sched_wake(TASK_trsync);
}

void
trsync_sign_up(struct trsync *ts, struct trsync_signal *s,
    void (*func)(struct trsync_signal *))
{
	uint8_t irq = hal_irq_save();

	if (s->func || !(ts->flags & TRSYNC_CAN_TRIGGER)) {
		if (s->func)
			shutdown(STR_SIGNAL_ACTIVE);
		/* it has triggered already */
		hal_irq_restore(irq);
		return;
	}
	s->func = func;
	s->next = ts->signals;
	ts->signals = s;
	hal_irq_restore(irq);
}

/* AVR: at most 60 cycles */
static enum timer_result
report_event(struct timer *t)
{
	struct trsync *ts = OF(t, report);

	ts->report_clock = t->waketime;
	ts->flags |= TRSYNC_REPORT;
	sched_wake(TASK_trsync);
	t->waketime += ts->report_ticks;
	return TIMER_AGAIN;
}

/* AVR: at most 1150 cycles, as it stops three motors */
static enum timer_result
expire_event(struct timer *t)
{
	struct trsync *ts = OF(t, expire);

	trsync_trigger(ts, ts->expire_reason);
	return TIMER_DONE;
}

/* Forgets who signed up. */
static void
clear(struct trsync *ts)
{
	struct trsync_signal *s;

	while ((s = ts->signals)) {
		ts->signals = s->next;
		s->next = 0;
		s->func = 0;
	}
	ts->flags = ts->reason = 0;
}

void
command_config_trsync(uint32_t *args)
{
	struct trsync *ts = oid_new((uint8_t)args[0], &kind, sizeof(*ts));

	ts->report.func = report_event;
	ts->expire.func = expire_event;
}

void
command_trsync_start(uint32_t *args)
{
	struct trsync *ts = trsync_get((uint8_t)args[0]);
	uint8_t irq = hal_irq_save();

	sched_del(&ts->report);
	sched_del(&ts->expire);
	clear(ts);
	ts->flags = TRSYNC_CAN_TRIGGER;
	ts->report.waketime = args[1];
	ts->report_ticks = args[2];
	ts->expire_reason = (uint8_t)args[3];
	if (ts->report_ticks)
		sched_add(&ts->report);
	hal_irq_restore(irq);
}

void
command_trsync_set_timeout(uint32_t *args)
{
	struct trsync *ts = trsync_get((uint8_t)args[0]);
	uint8_t irq = hal_irq_save();

	sched_del(&ts->expire);
	ts->expire.waketime = args[1];
	if (ts->flags & TRSYNC_CAN_TRIGGER)
		sched_add(&ts->expire);
	hal_irq_restore(irq);
}

static void
respond(uint8_t oid, uint8_t flags, uint8_t reason, uint32_t clock)
{
	RESPOND(
	    trsync_state, oid, !!(flags & TRSYNC_CAN_TRIGGER), reason, clock);
}

void
command_trsync_trigger(uint32_t *args)
{
	struct trsync *ts = trsync_get((uint8_t)args[0]);
	uint8_t irq = hal_irq_save(), flags, reason;

	trsync_trigger(ts, (uint8_t)args[1]);
	sched_del(&ts->report);
	sched_del(&ts->expire);
	ts->flags &= (uint8_t) ~(TRSYNC_REPORT | TRSYNC_REPORT_TRIGGER);
	flags = ts->flags;
	reason = ts->reason;
	hal_irq_restore(irq);
	respond((uint8_t)args[0], flags, reason, 0);
}

void
trsync_task(void)
{
	struct trsync *ts;
	uint8_t next = 0;

	while ((ts = oid_next(&next, &kind))) {
		uint8_t irq = hal_irq_save();
		uint8_t flags = ts->flags, reason = ts->reason;
		uint32_t clock = flags & TRSYNC_REPORT_TRIGGER
				     ? hal_ticks()
				     : ts->report_clock;

		ts->flags &= (uint8_t) ~(TRSYNC_REPORT | TRSYNC_REPORT_TRIGGER);
		hal_irq_restore(irq);
		if (flags & (TRSYNC_REPORT | TRSYNC_REPORT_TRIGGER))
			respond((uint8_t)(next - 1), flags, reason, clock);
	}
}

void
trsync_init(void)
{
}

void
trsync_shutdown(void)
{
	struct trsync *ts;
	uint8_t next = 0;

	while ((ts = oid_next(&next, &kind)))
		clear(ts);
}
