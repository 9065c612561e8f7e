/* SPDX-License-Identifier: GPL-3.0-or-later */
/* All that the firmware's core asks of a chip: 25 functions. */
#ifndef GANTRY_FW_HAL_H
#define GANTRY_FW_HAL_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Each board has a folder with a board.h, which the build puts on the include
 * path; it defines the handles (struct hal_out, hal_in, hal_adc, hal_pwm,
 * hal_spi: small, passed by value), may define any function below as
 * static inline, and defines
 *
 *	HAL_CLOCK_FREQ		ticks a second
 *	HAL_FLASH		attribute of constant tables
 *	hal_flash_u8(p), hal_flash_u16(p), hal_flash_ptr(p)
 *				read one element of such a table;
 *	hal_flash_far_u8(p)	of the dictionary
 *	HAL_PERIOD_TICKS, HAL_PERIODS_TENTH, HAL_PERIOD_HOOK()
 *				if one timer is wanted more often than each
 *				0.1 s: how often, how many of them that are,
 *				and what else it does
 *	HAL_PULSE_HOLD(ticks)	lets so much time pass since the pulse began
 *	HAL_IRQ_ON		what hal_irq_save() returns when they were on
 *	HAL_ADDRESS_SPACE	debug_read and debug_write may touch memory
 *	HAL_PULSE_INLINE	longest step pulse, in ticks, that is waited
 *				for inside of the step's own event
 *	HAL_TICKS_LOW		the lower 16 bits of the clock, where 32 are
 *slow HAL_NOINIT		attribute of what a reset shall leave alone
 *	HAL_STEP_SHORT		if the dispatcher makes short steps by itself:
 *				see core/stepper.h
 *	HAL_BIT_CLOCK, HAL_BIT_NOW(), HAL_BIT_HIGH(), HAL_BIT_END()
 *				where the clock takes too long to read for
 *				pulses of 250 ns: see core/neopixel.c
 *
 * Time is a counter of 32 bits that wraps, compared by ticks_before() only.
 * Interrupt context is where timers run.  A pin, bus or channel that does not
 * exist ends in shutdown(), never in a return value.
 */
#include "board.h"

#define ticks_before(a, b) ((int32_t)((a) - (b)) < 0)

/* --- time and interrupts ------------------------------------------------ */
#ifndef HAL_INLINE_IRQ
uint8_t hal_irq_save(void); /* interrupts off; the state before */
void hal_irq_restore(uint8_t state);
#endif
#ifndef HAL_INLINE_TICKS
uint32_t hal_ticks(void);
#endif
/* Interrupts are off: lets them in, sleeps until one came; off again. */
void hal_idle(void);
/* Interrupts are off; the first timer of the list is another one now. */
void hal_timer_kick(void);
/* Spends time, for delays far below a millisecond. */
void hal_wait_until(uint32_t ticks);
/* Restarts the chip; does not return on a real one. */
void hal_reset(void) __attribute__((noreturn));
/* Called from the main loop; half a second without is a reset. */
void hal_watchdog_feed(void);
/* All the memory that there is for objects and moves. */
void *hal_memory(uint32_t *size);

/* --- the link to the host ----------------------------------------------- */
/* What has come in and was not dropped yet. */
const uint8_t *hal_link_peek(uint8_t *n);
void hal_link_drop(uint8_t n);
/* Sends all of it, or nothing when there is no room: false. */
bool hal_link_send(const uint8_t *p, uint8_t n);

/* --- pins --------------------------------------------------------------- */
struct hal_out hal_out_setup(uint16_t pin, bool level);
#ifndef HAL_INLINE_PINS
void hal_out_write(struct hal_out, bool level);
/* Interrupts are off. */
void hal_out_toggle(struct hal_out);
bool hal_in_read(struct hal_in);
#endif
/* pull: 1 up, 0 none, -1 down. */
struct hal_in hal_in_setup(uint16_t pin, int8_t pull);

/* --- analog in ---------------------------------------------------------- */
struct hal_adc hal_adc_setup(uint16_t pin);
/* 0: *value is the reading; else ask again after so many ticks. */
uint32_t hal_adc_sample(struct hal_adc, uint16_t *value);
void hal_adc_cancel(struct hal_adc);

/* --- PWM made by a timer of the chip ------------------------------------ */
struct hal_pwm hal_pwm_setup(uint16_t pin, uint32_t cycle_ticks, uint16_t v);
void hal_pwm_write(struct hal_pwm, uint16_t v);

/* --- buses -------------------------------------------------------------- */
struct hal_spi hal_spi_setup(uint32_t bus, uint8_t mode, uint32_t rate);
/* Sends n bytes; with receive their place takes what came back. */
void hal_spi_transfer(struct hal_spi, bool receive, uint8_t n, uint8_t *data);
struct hal_i2c {
	uint32_t bus, rate;
	uint8_t address;
};
/*
 * Writes, then reads; an enum i2c_status.  Nothing to write and nothing to
 * read: only checks that there is such a bus.
 */
uint8_t hal_i2c_transfer(const struct hal_i2c *, uint8_t n_write,
    const uint8_t *write, uint8_t n_read, uint8_t *read);

#endif
