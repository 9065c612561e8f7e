/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Devices on an I2C bus, the chip's own or made by hand. */
#include "mcu-fw/core/i2c.h"

#include "mcu-fw/core/basic.h"
#include "mcu-fw/core/command.h"
#include "mcu-fw/core/sched.h"

#define DATA_MAX	  58
#define STRETCH_TICKS_MAX (HAL_CLOCK_FREQ / 200)

struct i2c {
	bool is_set, by_hand;
	struct hal_i2c hard;
	/* by hand: a line is let go by making it an input */
	uint16_t scl_pin, sda_pin;
	uint32_t half_ticks;
};

static const uint8_t kind;

/* --- by hand ------------------------------------------------------------ */

static void
wait_half(const struct i2c *d)
{
	hal_wait_until(hal_ticks() + d->half_ticks);
}

static struct hal_in
let_go(uint16_t pin)
{
	return hal_in_setup(pin, 1);
}

static void
pull_down(uint16_t pin)
{
	hal_out_setup(pin, false);
}

/* False: the device holds the clock for too long. */
static bool
clock_up(const struct i2c *d)
{
	struct hal_in scl = let_go(d->scl_pin);
	uint32_t end = hal_ticks() + STRETCH_TICKS_MAX;

	while (!hal_in_read(scl)) {
		if (!ticks_before(hal_ticks(), end))
			return false;
		wait_half(d);
	}
	return true;
}

static void
hand_start(const struct i2c *d)
{
	let_go(d->sda_pin);
	wait_half(d);
	clock_up(d);
	wait_half(d);
	pull_down(d->sda_pin);
	wait_half(d);
	pull_down(d->scl_pin);
}

static void
hand_stop(const struct i2c *d)
{
	pull_down(d->sda_pin);
	wait_half(d);
	clock_up(d);
	wait_half(d);
	let_go(d->sda_pin);
	wait_half(d);
}

/* One bit each way; the level of the line while the clock was high. */
static bool
hand_bit(const struct i2c *d, bool out)
{
	struct hal_in sda = {0};
	bool in;

	if (out)
		sda = let_go(d->sda_pin);
	else
		pull_down(d->sda_pin);
	wait_half(d);
	clock_up(d);
	in = out && hal_in_read(sda);
	wait_half(d);
	pull_down(d->scl_pin);
	return in;
}

/* True: it was acknowledged. */
static bool
hand_write(const struct i2c *d, uint8_t c)
{
	for (uint8_t i = 0; i < 8; i++) {
		hand_bit(d, (c & 0x80) != 0);
		c = (uint8_t)(c << 1);
	}
	return !hand_bit(d, true);
}

static uint8_t
hand_read(const struct i2c *d, bool more)
{
	uint8_t c = 0;

	for (uint8_t i = 0; i < 8; i++)
		c = (uint8_t)(c << 1 | hand_bit(d, true));
	hand_bit(d, !more);
	return c;
}

static uint8_t
hand_transfer(const struct i2c *d, uint8_t n_write, const uint8_t *write,
    uint8_t n_read, uint8_t *read)
{
	uint8_t address = (uint8_t)(d->hard.address << 1);
	uint8_t status = I2C_SUCCESS;

	if (n_write > 0) {
		hand_start(d);
		if (!hand_write(d, address))
			status = I2C_START_NACK;
		while (status == I2C_SUCCESS && n_write-- > 0)
			if (!hand_write(d, *write++))
				status = I2C_NACK;
	}
	if (n_read > 0 && status == I2C_SUCCESS) {
		hand_start(d);
		if (!hand_write(d, address | 1))
			status = I2C_START_READ_NACK;
		while (status == I2C_SUCCESS && n_read-- > 0)
			*read++ = hand_read(d, n_read > 0);
	}
	hand_stop(d);
	return status;
}

/* --- commands ----------------------------------------------------------- */

void
command_config_i2c(uint32_t *args)
{
	oid_new((uint8_t)args[0], &kind, sizeof(struct i2c));
}

void
command_i2c_set_bus(uint32_t *args)
{
	struct i2c *d = oid_get((uint8_t)args[0], &kind);

	d->hard.bus = args[1];
	d->hard.rate = args[2];
	d->hard.address = args[3] & 0x7f;
	hal_i2c_transfer(&d->hard, 0, 0, 0, 0);
	d->is_set = true;
}

void
command_i2c_set_sw_bus(uint32_t *args)
{
	struct i2c *d = oid_get((uint8_t)args[0], &kind);

	d->scl_pin = (uint16_t)args[1];
	d->sda_pin = (uint16_t)args[2];
	d->half_ticks = args[3];
	d->hard.address = args[4] & 0x7f;
	let_go(d->scl_pin);
	let_go(d->sda_pin);
	d->is_set = d->by_hand = true;
}

static uint8_t
transfer(const struct i2c *d, uint8_t n_write, const uint8_t *write,
    uint8_t n_read, uint8_t *read)
{
	if (!d->is_set)
		return I2C_BUS_TIMEOUT;
	if (d->by_hand)
		return hand_transfer(d, n_write, write, n_read, read);
	return hal_i2c_transfer(&d->hard, n_write, write, n_read, read);
}

struct i2c *
i2c_get(uint8_t oid)
{
	return oid_get(oid, &kind);
}

void
i2c_exchange(struct i2c *d, uint8_t n_write, const uint8_t *write,
    uint8_t n_read, uint8_t *read)
{
	switch (transfer(d, n_write, write, n_read, read)) {
	case I2C_SUCCESS:
		return;
	case I2C_NACK:
		shutdown(STR_I2C_NACK);
	case I2C_START_NACK:
		shutdown(STR_I2C_START_NACK);
	case I2C_START_READ_NACK:
		shutdown(STR_I2C_START_READ_NACK);
	default:
		shutdown(STR_I2C_TIMEOUT);
	}
}

void
command_i2c_transfer(uint32_t *args)
{
	struct i2c *d = i2c_get((uint8_t)args[0]);
	uint8_t read[DATA_MAX], status;
	uint8_t n_read = args[3] < DATA_MAX ? (uint8_t)args[3] : DATA_MAX;

	status =
	    transfer(d, (uint8_t)args[1], command_bytes(args[2]), n_read, read);
	if (status != I2C_SUCCESS)
		n_read = 0;
	RESPOND_BYTES(i2c_response, n_read, read, args[0], status);
}

void
i2c_init(void)
{
}

void
i2c_shutdown(void)
{
}
