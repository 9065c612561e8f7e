/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Boots an ATmega. */
#include <avr/io.h>
#include <avr/wdt.h>

#include "mcu-fw/board/avr/timer.h"
#include "mcu-fw/core/sched.h"

/* A watchdog that bit is still on, with 15 ms: first of all it is quieted. */
void quiet_watchdog(void) __attribute__((naked, used, section(".init3")));

void
quiet_watchdog(void)
{
	MCUSR = 0;
	wdt_disable();
}

static void
init(void)
{
#ifdef JTD
	/* the pins of JTAG are ports here; twice within four cycles */
	MCUCR |= _BV(JTD);
	MCUCR |= _BV(JTD);
#endif
	avr_timer_init();
	avr_uart_init();
	wdt_enable(WDTO_500MS);
	WDTCSR |= _BV(WDIE);
}

int
main(void)
{
	init();
	if (setjmp(sched_frame) != 0)
		sched_shut();
	else
		sched_boot();
	hal_irq_restore(HAL_IRQ_ON);
	for (;;)
		sched_pass();
}
