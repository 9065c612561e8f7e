/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the Cortex-M boards share: clock, interrupts, pins, start. */
#ifndef GANTRY_FW_BOARD_ARM_ARM_H
#define GANTRY_FW_BOARD_ARM_ARM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mcu-fw/board/arm/reg.h"

/* --- what each chip's folder provides ----------------------------------- */
void chip_init(void); /* clocks, before anything else */
void chip_uart_init(void);
void chip_uart_send(void); /* what arm_link_next() has */
/* Port number 0 is A: its registers are clocked. */
uint32_t chip_port(uint8_t port);
void chip_pin_output(uint16_t pin);
void chip_pin_input(uint16_t pin, int8_t pull);

/* --- what arm.c and link.c provide to the chips ------------------------- */
void arm_link_byte(uint8_t c); /* one came in */
int arm_link_next(void);       /* the next to go, or -1 */
void arm_irq_enable(uint8_t number);
void arm_start(void);

/*
 * A pin is the address of its port's BSRR, which sets with the lower and
 * clears with the upper half, and a bit.  ODR and IDR lie at known distances.
 */
struct hal_out {
	uint32_t bsrr;
	uint32_t mask;
};
struct hal_in {
	uint32_t idr;
	uint32_t mask;
};

#define HAL_FLASH
#define HAL_NOINIT	    __attribute__((section(".noinit")))
#define hal_flash_u8(p)	    (*(p))
#define hal_flash_u16(p)    (*(p))
#define hal_flash_ptr(p)    (*(p))
#define hal_flash_far_u8(p) (*(p))
#define HAL_IRQ_ON	    0 /* PRIMASK */
#define HAL_ADDRESS_SPACE
/* each edge is an event of its own: nothing is waited for */
#define HAL_PULSE_INLINE      0
#define HAL_PULSE_HOLD(ticks) ((void)(ticks))

#define HAL_INLINE_IRQ
#ifdef __arm__
static inline uint8_t
hal_irq_save(void)
{
	uint32_t primask;

	__asm__ volatile("mrs %0, primask\n\tcpsid i"
			 : "=r"(primask)::"memory");
	return (uint8_t)primask;
}

static inline void
hal_irq_restore(uint8_t state)
{
	__asm__ volatile("msr primask, %0" ::"r"((uint32_t)state) : "memory");
}
#else
static inline uint8_t
hal_irq_save(void)
{
	return HAL_IRQ_ON;
}

static inline void
hal_irq_restore(uint8_t state)
{
	(void)state;
}
#endif

#define HAL_INLINE_PINS
static inline void
hal_out_write(struct hal_out out, bool level)
{
	reg_write(out.bsrr, level ? out.mask : out.mask << 16);
}

/* ODR lies ARM_ODR_FROM_BSRR in front of BSRR. */
static inline void
hal_out_toggle(struct hal_out out)
{
	hal_out_write(out, !(reg_read(out.bsrr - 4) & out.mask));
}

static inline bool
hal_in_read(struct hal_in in)
{
	return (reg_read(in.idr) & in.mask) != 0;
}

#endif
