/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The timer list, the tasks, and what happens at a shutdown. */
#include "mcu-fw/core/sched.h"

#include "mcu-fw/core/basic.h"
#include "mcu-fw/core/command.h"
#include "mcu-fw/core/survive.h"

#ifndef HAL_PERIOD_TICKS
#define HAL_PERIOD_TICKS  (HAL_CLOCK_FREQ / 10)
#define HAL_PERIODS_TENTH 1
#define HAL_PERIOD_HOOK()
#endif

jmp_buf sched_frame;

static volatile bool woken[FW_N_TASKS];
static volatile bool any_woken;
#define first sched_first_timer

static bool is_shut;
static enum fw_string reason;
static uint32_t shut_clock;

/* --- timers ------------------------------------------------------------- */

/*
 * Two timers are always in the list, so that no walk looks for its end: the
 * periodic one is never further than 100 ms away, and the sentinel's time is
 * always half a wrap behind the periodic one's, after everything else.
 */
static enum timer_result periodic_event(struct timer *);
static enum timer_result sentinel_event(struct timer *);
static struct timer sentinel = {0, 0x80000000, sentinel_event};
struct timer sched_periodic = {&sentinel, 0, periodic_event};
struct timer *sched_first_timer = &sched_periodic;
static uint8_t periods;

/* AVR: at most 70 cycles */
static enum timer_result
periodic_event(struct timer *t)
{
	HAL_PERIOD_HOOK();
	if (++periods >= HAL_PERIODS_TENTH) {
		periods = 0;
		sched_wake(TASK_stats);
	}
	t->waketime += HAL_PERIOD_TICKS;
	sentinel.waketime = t->waketime + 0x80000000;
	return TIMER_AGAIN;
}

static enum timer_result
sentinel_event(struct timer *t)
{
	(void)t;
	shutdown(STR_SENTINEL);
}

static void
insert(struct timer *pos, struct timer *t)
{
	const uint32_t waketime = t->waketime;
	struct timer *after;

	for (;;) {
		after = pos->next;
		if (ticks_before(waketime, after->waketime))
			break;
		pos = after;
	}
	t->next = after;
	pos->next = t;
}

void
sched_add(struct timer *t)
{
	uint8_t irq = hal_irq_save();

	if (ticks_before(t->waketime, first->waketime)) {
		if (ticks_before(t->waketime, hal_ticks()))
			shutdown(STR_TIMER_TOO_CLOSE);
		t->next = first;
		first = t;
		hal_timer_kick();
	} else {
		insert(first, t);
	}
	hal_irq_restore(irq);
}

void
sched_del(struct timer *t)
{
	uint8_t irq = hal_irq_save();
	struct timer *pos;

	if (first == t) {
		first = t->next;
		hal_timer_kick();
	} else {
		for (pos = first; pos != &sentinel; pos = pos->next) {
			if (pos->next == t) {
				pos->next = t->next;
				break;
			}
		}
	}
	hal_irq_restore(irq);
}

uint32_t
sched_settle(struct timer *t, enum timer_result result)
{
	struct timer *after = t->next;

	if (first != t) {
		/* a handler has put another in front */
		sched_del(t);
		if (result == TIMER_AGAIN)
			insert(first, t);
	} else if (result == TIMER_DONE) {
		first = after;
	} else {
		if (ticks_before(t->waketime, after->waketime))
			return t->waketime;
		first = after;
		insert(after, t);
	}
	return first->waketime;
}

uint32_t
sched_dispatch(void)
{
	struct timer *t = first;

	return sched_settle(t, t->func(t));
}

uint32_t
sched_first(void)
{
	return first->waketime;
}

/*
 * Only our own two are left.  The clock may count its wraps in the hook of the
 * periodic one, and the list is not served while interrupts are off: they
 * begin together.
 */
static void
forget_timers(void)
{
	periodic_event(&sched_periodic);
	sched_periodic.waketime = hal_ticks() + HAL_PERIOD_TICKS;
	sentinel.waketime = sched_periodic.waketime + 0x80000000;
	sched_periodic.next = &sentinel;
	sched_first_timer = &sched_periodic;
	hal_timer_kick();
}

/* --- tasks -------------------------------------------------------------- */

void
sched_wake(enum fw_task task)
{
	woken[task] = true;
	any_woken = true;
}

bool
sched_work(void)
{
	return any_woken;
}

static void
run_tasks(void)
{
	uint8_t irq;

	any_woken = false;
#define RUN(name)                                                              \
	if (woken[TASK_##name]) {                                              \
		woken[TASK_##name] = false;                                    \
		name##_task();                                                 \
		irq = hal_irq_save();                                          \
		hal_irq_restore(irq);                                          \
	}
	FW_TASKS(RUN)
#undef RUN
}

void
sched_pass(void)
{
	uint32_t start;
	uint8_t irq;

	if (!any_woken) {
		irq = hal_irq_save();
		if (!any_woken)
			hal_idle();
		hal_irq_restore(irq);
		return;
	}
	hal_watchdog_feed();
	start = hal_ticks();
	run_tasks();
	stats_add(hal_ticks() - start);
}

/* --- shutdown ----------------------------------------------------------- */

void
shutdown(enum fw_string why)
{
	hal_irq_save();
	if (!is_shut)
		reason = why;
	survive_note_reason((uint16_t)reason);
	shut_clock = hal_ticks();
	is_shut = true;
	longjmp(sched_frame, 1);
}

bool
sched_is_shutdown(void)
{
	return is_shut;
}

enum fw_string
sched_shutdown_reason(void)
{
	return reason;
}

void
sched_clear_shutdown(void)
{
	if (!is_shut)
		shutdown(STR_NOT_SHUTDOWN);
	is_shut = false;
	survive_note_reason(0);
}

void
sched_report_shutdown(void)
{
	RESPOND(is_shutdown, reason);
}

void
sched_shut(void)
{
	hal_irq_save();
	forget_timers();
#define SHUT(name) name##_shutdown();
	FW_MODULES(SHUT)
#undef SHUT
	RESPOND(shutdown, shut_clock, reason);
	command_wake();
	hal_irq_restore(HAL_IRQ_ON);
}

void
sched_boot(void)
{
	is_shut = false;
	any_woken = false;
	for (uint8_t i = 0; i < FW_N_TASKS; i++)
		woken[i] = false;
	command_init();
#define INIT(name) name##_init();
	FW_MODULES(INIT)
#undef INIT
	/* last: to look through the life before may take longer than a wrap of
	 * the chip's counter */
	forget_timers();
	command_respond_empty(RSP_starting);
}
