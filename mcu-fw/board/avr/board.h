/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ATmega2560 and ATmega1284P at 16 MHz. */
#ifndef GANTRY_FW_BOARD_AVR_BOARD_H
#define GANTRY_FW_BOARD_AVR_BOARD_H

#include <avr/interrupt.h>
#include <avr/io.h>
#include <avr/pgmspace.h>
#include <stdbool.h>
#include <stdint.h>

#define HAL_CLOCK_FREQ 16000000ul
#define HAL_IRQ_ON     0x80 /* SREG, bit I */
#define HAL_ADDRESS_SPACE
#define HAL_FLASH	 PROGMEM
#define HAL_NOINIT	 __attribute__((section(".noinit")))
#define hal_flash_u8(p)	 pgm_read_byte(p)
#define hal_flash_u16(p) pgm_read_word(p)
#define hal_flash_ptr(p) ((void *)pgm_read_word(p))
/* the dictionary lies with the other tables, in the first 64 KiB */
#define hal_flash_far_u8(p) pgm_read_byte(p)

/* the upper half of the clock is counted, and low halves stay comparable */
#define HAL_PERIOD_TICKS  0x4000
#define HAL_PERIODS_TENTH 98
#define HAL_PERIOD_HOOK() avr_period()
void avr_period(void);

/* from edge to edge the event takes longer than this by itself */
#define HAL_PULSE_INLINE      32
#define HAL_TICKS_LOW	      TCNT1
#define HAL_PULSE_HOLD(ticks) ((void)(ticks))
/* moves with shorter intervals are carried out by dispatch.S */
#define HAL_STEP_SHORT 0x4000ul

/* the bits of WS2812: cycles are counted, the clock's low half is near */
#define HAL_BIT_CLOCK uint16_t
#define HAL_BIT_NOW() TCNT1
#define HAL_BIT_HIGH(since, ns)                                                \
	__builtin_avr_delay_cycles(((ns)*16 + 999) / 1000 - 2)
#define HAL_BIT_END(since, ns) ((void)(since))

/*
 * A pin is the address of its port's PIN register, behind which DDR and PORT
 * lie, and a bit.  Writing ones to PIN toggles.
 */
struct hal_out {
	volatile uint8_t *pin;
	uint8_t mask;
};
struct hal_in {
	volatile uint8_t *pin;
	uint8_t mask;
};
struct hal_adc {
	uint8_t channel;
};
struct hal_pwm {
	volatile void *compare;
	bool wide;
};
struct hal_spi {
	uint8_t spcr, spsr;
};

#define HAL_INLINE_IRQ
static inline uint8_t
hal_irq_save(void)
{
	uint8_t state = SREG;

	cli();
	return state;
}

static inline void
hal_irq_restore(uint8_t state)
{
	__asm__ volatile("" ::: "memory");
	SREG = state;
}

#define HAL_INLINE_PINS
static inline void
hal_out_toggle(struct hal_out out)
{
	*out.pin = out.mask;
}

static inline void
hal_out_write(struct hal_out out, bool level)
{
	uint8_t irq = hal_irq_save();

	if (level)
		out.pin[2] |= out.mask;
	else
		out.pin[2] &= (uint8_t)~out.mask;
	hal_irq_restore(irq);
}

static inline bool
hal_in_read(struct hal_in in)
{
	return (*in.pin & in.mask) != 0;
}

#endif
