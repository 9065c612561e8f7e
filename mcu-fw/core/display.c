/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Two kinds of character and graphics displays, by hand on their pins. */
#include "mcu-fw/core/basic.h"
#include "mcu-fw/core/command.h"
#include "mcu-fw/core/sched.h"

#define HALF_CLOCK_TICKS (HAL_CLOCK_FREQ / 5000000 + 1) /* 200 ns */

static const uint8_t kind_st7920, kind_hd44780;

/* --- ST7920: serial, a prefix, then each byte in two halves -------------- */

struct st7920 {
	struct hal_out cs, sclk, sid;
	uint32_t sync_ticks, byte_ticks;
};

static void
set_pin(struct hal_out pin, bool level)
{
	uint8_t irq = hal_irq_save();

	hal_out_write(pin, level);
	hal_irq_restore(irq);
}

static void
wait(uint32_t ticks)
{
	hal_wait_until(hal_ticks() + ticks);
}

static void
st7920_byte(struct st7920 *d, uint8_t c)
{
	for (uint8_t bit = 0; bit < 8; bit++) {
		set_pin(d->sid, (c & 0x80) != 0);
		wait(HALF_CLOCK_TICKS);
		set_pin(d->sclk, true);
		wait(HALF_CLOCK_TICKS);
		set_pin(d->sclk, false);
		c = (uint8_t)(c << 1);
	}
}

static void
st7920_send(struct st7920 *d, uint8_t prefix, const uint32_t *args)
{
	const uint8_t *p = command_bytes(args[1]);

	set_pin(d->cs, true);
	st7920_byte(d, prefix);
	wait(d->sync_ticks);
	for (uint32_t n = args[0]; n > 0; n--, p++) {
		st7920_byte(d, *p & 0xf0);
		st7920_byte(d, (uint8_t)(*p << 4));
		wait(d->byte_ticks);
	}
	set_pin(d->cs, false);
}

void
command_config_st7920(uint32_t *args)
{
	struct st7920 *d = oid_new((uint8_t)args[0], &kind_st7920, sizeof(*d));

	d->cs = hal_out_setup((uint16_t)args[1], false);
	d->sclk = hal_out_setup((uint16_t)args[2], false);
	d->sid = hal_out_setup((uint16_t)args[3], false);
	d->sync_ticks = args[4];
	d->byte_ticks = args[5];
}

void
command_st7920_send_cmds(uint32_t *args)
{
	st7920_send(oid_get((uint8_t)args[0], &kind_st7920), 0xf8, args + 1);
}

void
command_st7920_send_data(uint32_t *args)
{
	st7920_send(oid_get((uint8_t)args[0], &kind_st7920), 0xfa, args + 1);
}

/* --- HD44780: four data lines and a strobe ------------------------------- */

struct hd44780 {
	struct hal_out rs, e, d[4];
	uint32_t delay_ticks;
};

static void
hd44780_nibble(struct hd44780 *d, uint8_t nibble)
{
	for (uint8_t i = 0; i < 4; i++)
		set_pin(d->d[i], (nibble >> i & 1) != 0);
	set_pin(d->e, true);
	wait(HALF_CLOCK_TICKS * 2);
	set_pin(d->e, false);
	wait(HALF_CLOCK_TICKS * 2);
}

static void
hd44780_send(struct hd44780 *d, bool data, const uint32_t *args)
{
	const uint8_t *p = command_bytes(args[1]);

	set_pin(d->rs, data);
	for (uint32_t n = args[0]; n > 0; n--, p++) {
		hd44780_nibble(d, *p >> 4);
		hd44780_nibble(d, *p & 0x0f);
		wait(d->delay_ticks);
	}
}

void
command_config_hd44780(uint32_t *args)
{
	struct hd44780 *d =
	    oid_new((uint8_t)args[0], &kind_hd44780, sizeof(*d));

	d->rs = hal_out_setup((uint16_t)args[1], false);
	d->e = hal_out_setup((uint16_t)args[2], false);
	for (uint8_t i = 0; i < 4; i++)
		d->d[i] = hal_out_setup((uint16_t)args[3 + i], false);
	d->delay_ticks = args[7];
}

void
command_hd44780_send_cmds(uint32_t *args)
{
	hd44780_send(oid_get((uint8_t)args[0], &kind_hd44780), false, args + 1);
}

void
command_hd44780_send_data(uint32_t *args)
{
	hd44780_send(oid_get((uint8_t)args[0], &kind_hd44780), true, args + 1);
}

void
display_init(void)
{
}

void
display_shutdown(void)
{
}
