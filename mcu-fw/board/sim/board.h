/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The chip that is not there: handles and what can be inlined. */
#ifndef GANTRY_FW_BOARD_SIM_BOARD_H
#define GANTRY_FW_BOARD_SIM_BOARD_H

#include "mcu-fw/board/sim/sim.h"

#define HAL_CLOCK_FREQ sim_freq
#define HAL_IRQ_ON     1
#define HAL_FLASH
#define hal_flash_u8(p)	    (*(p))
#define hal_flash_u16(p)    (*(p))
#define hal_flash_ptr(p)    (*(p))
#define hal_flash_far_u8(p) (*(p))

/*
 * A pulse is an event as long as sim_pulse_inline allows; it takes no time
 * then, only its trace is drawn as long as it is.
 */
#define HAL_PULSE_INLINE      sim_pulse_inline
#define HAL_PULSE_HOLD(ticks) (sim_pulse_hold = (ticks))

struct hal_out {
	struct sim_pin *pin;
};
struct hal_in {
	struct sim_pin *pin;
};
struct hal_adc {
	struct sim_pin *pin;
};
struct hal_pwm {
	struct sim_pin *pin;
};
struct hal_spi {
	uint32_t byte_ticks;
};

/* timers run one after the other: nothing interrupts */
#define HAL_INLINE_IRQ
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

#define HAL_INLINE_TICKS
static inline uint32_t
hal_ticks(void)
{
	return (uint32_t)sim_clock;
}

#define HAL_INLINE_PINS
static inline void
hal_out_write(struct hal_out out, bool level)
{
	if (out.pin->level != level)
		sim_pin_toggle(out.pin);
}

static inline void
hal_out_toggle(struct hal_out out)
{
	sim_pin_toggle(out.pin);
}

static inline bool
hal_in_read(struct hal_in in)
{
	return in.pin->read ? in.pin->read(in.pin->read_ctx) : in.pin->pull > 0;
}

#endif
