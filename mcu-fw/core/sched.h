/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Timers, tasks and the one way to stop. */
#ifndef GANTRY_FW_SCHED_H
#define GANTRY_FW_SCHED_H

#include <setjmp.h>
#include <stdbool.h>
#include <stdint.h>

#include "mcu-fw/core/messages.h"
#include "mcu-fw/hal.h"

/*
 * A timer is called in interrupt context at its waketime or a little later,
 * and says whether its new waketime counts.  The list is sorted; timers of
 * the same moment run in the order they were added.
 */
enum timer_result {
	TIMER_DONE,
	TIMER_AGAIN
};

struct timer {
	struct timer *next;
	uint32_t waketime;
	enum timer_result (*func)(struct timer *);
};

void sched_add(struct timer *);
void sched_del(struct timer *); /* not in the list: nothing happens */
/* For boards, interrupts off: runs the first timer; the next one's time. */
uint32_t sched_dispatch(void);
/* The second half of it: t, the first, has run and said this. */
uint32_t sched_settle(struct timer *t, enum timer_result);
uint32_t sched_first(void); /* when the first timer is due */
extern struct timer *sched_first_timer;
/* Always in the list, never more than HAL_PERIOD_TICKS away. */
extern struct timer sched_periodic;

/* Tasks run from the main loop when they were woken. */
#define FW_NUMBER_TASK(name) TASK_##name,
enum fw_task {
	FW_TASKS(FW_NUMBER_TASK) FW_N_TASKS
};
#undef FW_NUMBER_TASK
void sched_wake(enum fw_task);

/* Texts have numbers from 2 up on the wire. */
#define FW_NUMBER_STRING(name, text) STR_##name,
enum fw_string {
	STR_NONE_0,
	STR_NONE_1,
	FW_STRINGS(FW_NUMBER_STRING) FW_N_STRINGS
};
#undef FW_NUMBER_STRING

/*
 * The one way to stop: everything falls to its safe state, the host is told,
 * and the machine answers but does not move until it is reset or cleared.
 * Does not return; may be called from anywhere after sched_enter().
 */
void shutdown(enum fw_string why) __attribute__((noreturn));
bool sched_is_shutdown(void);
enum fw_string sched_shutdown_reason(void);
void sched_clear_shutdown(void);
void sched_report_shutdown(void);

/*
 * The board's main(): sched_boot() once; then, in the frame that shutdown()
 * is to come back to,
 *
 *	if (setjmp(sched_frame) != 0)
 *		sched_shut();
 *	for (;;)
 *		sched_pass();
 *
 * sched_pass() runs the woken tasks, or hal_idle() when there are none.
 */
extern jmp_buf sched_frame;
void sched_boot(void);
void sched_shut(void);
void sched_pass(void);
bool sched_work(void); /* is a task woken? */

#endif
