/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Chains of WS2812 and their kin: pulses of a quarter of a microsecond. */
#include <string.h>

#include "mcu-fw/core/basic.h"
#include "mcu-fw/core/command.h"
#include "mcu-fw/core/sched.h"

/*
 *	0: __|~|_____    250 ns high
 *	1: __|~~~~|__    800 ns high; either at least 1250 ns in all
 *
 * Interrupts are off while the pin is high, which is never longer than 800 ns;
 * an interrupt between two bits makes the low part longer.  If it is longer
 * than the chips bear, they have taken it for the end: no success, the host
 * sends it all again.
 */
#define NS(n)	   ((uint32_t)((HAL_CLOCK_FREQ / 100000 * (n) + 9999) / 10000))
#define ZERO_NS	   250
#define ONE_NS	   800
#define PERIOD_NS  1250
#define SIZE_LIMIT 0x8000

/* A board whose clock takes too long to read counts cycles. */
#ifndef HAL_BIT_CLOCK
#define HAL_BIT_CLOCK		uint32_t
#define HAL_BIT_NOW()		hal_ticks()
#define HAL_BIT_HIGH(since, ns) hal_wait_until((since) + NS(ns))
#define HAL_BIT_END(since, ns)	hal_wait_until((since) + NS(ns))
#endif

struct neopixel {
	struct hal_out pin;
	uint32_t reset_ticks, last_clock;
	HAL_BIT_CLOCK bit_max;
	uint16_t size;
	uint8_t data[];
};

static const uint8_t kind;

/* False: the pause before a bit was too long. */
static bool
send_byte(struct hal_out pin, uint8_t c, HAL_BIT_CLOCK max, HAL_BIT_CLOCK *last)
{
	for (uint8_t i = 8; i > 0; i--) {
		uint8_t irq = hal_irq_save();
		HAL_BIT_CLOCK now = HAL_BIT_NOW();

		if ((HAL_BIT_CLOCK)(now - *last) > max) {
			hal_irq_restore(irq);
			return false;
		}
		*last = now;
		hal_out_toggle(pin);
		if (c & 0x80)
			HAL_BIT_HIGH(now, ONE_NS);
		else
			HAL_BIT_HIGH(now, ZERO_NS);
		hal_out_toggle(pin);
		hal_irq_restore(irq);
		c = (uint8_t)(c << 1);
		HAL_BIT_END(now, PERIOD_NS);
	}
	return true;
}

static bool
send_all(struct neopixel *n)
{
	struct hal_out pin = n->pin;
	HAL_BIT_CLOCK last, max = n->bit_max;
	const uint8_t *p = n->data, *end = p + n->size;
	uint8_t irq = hal_irq_save();

	last = HAL_BIT_NOW();
	hal_irq_restore(irq);
	while (p < end)
		if (!send_byte(pin, *p++, max, &last))
			return false;
	return true;
}

void
command_config_neopixel(uint32_t *args)
{
	uint16_t size = (uint16_t)args[2];
	struct neopixel *n;

	if (size >= SIZE_LIMIT)
		shutdown(STR_NEOPIXEL_SIZE);
	n = oid_new((uint8_t)args[0], &kind, (uint16_t)(sizeof(*n) + size));
	n->pin = hal_out_setup((uint16_t)args[1], false);
	n->size = size;
	n->bit_max = (HAL_BIT_CLOCK)args[3];
	n->reset_ticks = args[4];
	n->last_clock = hal_ticks();
}

void
command_neopixel_update(uint32_t *args)
{
	struct neopixel *n = oid_get((uint8_t)args[0], &kind);
	uint16_t at = (uint16_t)args[1];
	uint8_t len = (uint8_t)args[2];

	if (at > n->size || len > n->size - at)
		shutdown(STR_NEOPIXEL_UPDATE);
	memcpy(n->data + at, command_bytes(args[3]), len);
}

void
command_neopixel_send(uint32_t *args)
{
	struct neopixel *n = oid_get((uint8_t)args[0], &kind);
	bool sent;

	if (hal_ticks() - n->last_clock < n->reset_ticks)
		hal_wait_until(n->last_clock + n->reset_ticks);
	sent = send_all(n);
	n->last_clock = hal_ticks();
	RESPOND(neopixel_result, args[0], sent);
}

void
neopixel_init(void)
{
}

/* A bit may have been cut off. */
void
neopixel_shutdown(void)
{
	struct neopixel *n;
	uint8_t next = 0;

	while ((n = oid_next(&next, &kind)))
		hal_out_write(n->pin, false);
}
