/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SysTick, the cycle counter, the watchdog and the main loop of Cortex-M. */
#include "mcu-fw/board/arm/arm.h"
#include "mcu-fw/core/basic.h"
#include "mcu-fw/core/command.h"
#include "mcu-fw/core/sched.h"

#define SYST_CSR   0xe000e010
#define SYST_RVR   0xe000e014
#define SYST_CVR   0xe000e018
#define NVIC_ISER  0xe000e100
#define SCB_ICSR   0xe000ed04
#define SCB_VTOR   0xe000ed08
#define SCB_AIRCR  0xe000ed0c
#define SCB_SHPR3  0xe000ed20
#define DEMCR	   0xe000edfc
#define DWT_CTRL   0xe0001000
#define DWT_CYCCNT 0xe0001004

#define CSR_RUN	    7 /* enabled, with interrupt, from the core clock */
#define AIRCR_RESET 0x05fa0004
#define DEMCR_TRACE 0x01000000
#define RELOAD_MAX  0xffffff
#define SOON_TICKS  (HAL_CLOCK_FREQ / 1000000) /* not worth an exit */
#define BUSY_TICKS  (HAL_CLOCK_FREQ / 10000)   /* 100 us */
#define DEFER_TICKS (HAL_CLOCK_FREQ / 200000)  /* 5 us */
#define LATE_TICKS  (HAL_CLOCK_FREQ / 1000)
#define STACK_BYTES 2048

static volatile bool tasks_ran;

#ifdef ARM_NO_CYCLE_COUNTER
/* An emulator's cycle counter may stand still: there SysTick ticks all the
 * time, and its wraps are counted. */
#define WRAP_TICKS   7200
#define ICSR_PENDING 0x04000000
static uint32_t wraps_ticks;

uint32_t
hal_ticks(void)
{
	uint8_t irq = hal_irq_save();
	uint32_t ticks = wraps_ticks, left = reg_read(SYST_CVR);

	if (reg_read(SCB_ICSR) & ICSR_PENDING) {
		ticks += WRAP_TICKS;
		left = reg_read(SYST_CVR);
	}
	hal_irq_restore(irq);
	return ticks + (WRAP_TICKS - 1 - left);
}

static void
wake_in(uint32_t ticks)
{
	(void)ticks;
	reg_write(SYST_RVR, WRAP_TICKS - 1);
}
#else
#ifndef HAL_INLINE_TICKS
uint32_t
hal_ticks(void)
{
	return reg_read(DWT_CYCCNT);
}
#endif

static void
wake_in(uint32_t ticks)
{
	if (ticks > RELOAD_MAX)
		ticks = RELOAD_MAX;
	reg_write(SYST_RVR, ticks);
	reg_write(SYST_CVR, 0); /* takes the value at once */
}
#endif

void
hal_timer_kick(void)
{
	uint32_t left = sched_first() - hal_ticks();

	if ((int32_t)left < (int32_t)SOON_TICKS)
		left = SOON_TICKS;
	wake_in(left);
}

/* Is there time for tasks, which must have some? */
static bool
must_defer(uint32_t now, uint32_t *busy_since)
{
	if (now - *busy_since < BUSY_TICKS)
		return false;
	if (ticks_before(sched_first() + LATE_TICKS, now))
		shutdown(STR_TIMER_PAST);
	*busy_since = now;
	if (tasks_ran || !sched_work()) {
		tasks_ran = false;
		return false;
	}
	return true;
}

/* Runs what is due and what will be in a moment. */
void arm_systick(void);

void
arm_systick(void)
{
	uint8_t irq = hal_irq_save();
	uint32_t busy_since, next = sched_first();

#ifdef ARM_NO_CYCLE_COUNTER
	wraps_ticks += WRAP_TICKS;
#endif
	busy_since = hal_ticks();

	for (;;) {
		uint32_t now = hal_ticks();
		int32_t left = (int32_t)(next - now);

		if (left > (int32_t)SOON_TICKS) {
			wake_in((uint32_t)left);
			break;
		}
		if (left > 0)
			continue;
		if (must_defer(now, &busy_since)) {
			wake_in(DEFER_TICKS);
			break;
		}
		next = sched_dispatch();
	}
	hal_irq_restore(irq);
}

void
hal_idle(void)
{
	tasks_ran = true;
#ifdef __arm__
	/* wakes although interrupts are masked; they run after the cpsie */
	__asm__ volatile("wfi\n\tcpsie i\n\tnop\n\tnop\n\tcpsid i" ::
			     : "memory");
#endif
}

void
hal_wait_until(uint32_t ticks)
{
	while (ticks_before(hal_ticks(), ticks))
		;
}

void
hal_reset(void)
{
	hal_irq_save();
	reg_write(SCB_AIRCR, AIRCR_RESET);
	for (;;)
		;
}

void
arm_irq_enable(uint8_t n)
{
	reg_write(NVIC_ISER + n / 32u * 4, (uint32_t)1 << (n % 32));
}

#ifdef __arm__
void *
hal_memory(uint32_t *size)
{
	extern uint8_t arm_memory, arm_stack_top;

	*size = (uint32_t)(&arm_stack_top - &arm_memory) - STACK_BYTES;
	return &arm_memory;
}
#endif

/* --- pins --------------------------------------------------------------- */

struct hal_out
hal_out_setup(uint16_t pin, bool level)
{
	uint32_t port = chip_port((uint8_t)(pin / 16));
	struct hal_out out = {port + HAL_GPIO_BSRR, (uint32_t)1 << (pin % 16)};
	uint8_t irq;

	if (!port)
		shutdown(STR_NOT_OUTPUT);
	irq = hal_irq_save();
	hal_out_write(out, level);
	chip_pin_output(pin);
	hal_irq_restore(irq);
	return out;
}

struct hal_in
hal_in_setup(uint16_t pin, int8_t pull)
{
	uint32_t port = chip_port((uint8_t)(pin / 16));
	struct hal_in in = {port + HAL_GPIO_IDR, (uint32_t)1 << (pin % 16)};
	uint8_t irq;

	if (!port)
		shutdown(STR_NOT_INPUT);
	irq = hal_irq_save();
	chip_pin_input(pin, pull);
	hal_irq_restore(irq);
	return in;
}

/* --- start -------------------------------------------------------------- */

void
arm_start(void)
{
	hal_irq_save();
	chip_init();
#ifdef __arm__
	{
		extern uint8_t arm_vectors;

		reg_write(SCB_VTOR, (uint32_t)&arm_vectors);
	}
#endif
	reg_change(DEMCR, 0, DEMCR_TRACE);
	reg_write(DWT_CYCCNT, 0);
	reg_change(DWT_CTRL, 0, 1);
	/* timers come before bytes */
	reg_change(SCB_SHPR3, 0xff000000, 0);
	wake_in(RELOAD_MAX);
	reg_write(SYST_CVR, 0);
	reg_write(SYST_CSR, CSR_RUN);
	chip_uart_init();
	if (setjmp(sched_frame) != 0)
		sched_shut();
	else
		sched_boot();
	hal_irq_restore(HAL_IRQ_ON);
	for (;;)
		sched_pass();
}
