/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The I2C buses of an STM32F103. */
#include "mcu-fw/core/i2c.h"
#include "mcu-fw/core/sched.h"
#include "mcu-fw/hal.h"

#define RCC_APB1ENR 0x4002101c
#define PCLK_MHZ    36u

#define I2C_CR1	  0x00
#define I2C_CR2	  0x04
#define I2C_DR	  0x10
#define I2C_SR1	  0x14
#define I2C_SR2	  0x18
#define I2C_CCR	  0x1c
#define I2C_TRISE 0x20

#define CR1_ON	   0x0001
#define CR1_START  0x0100
#define CR1_STOP   0x0200
#define CR1_ACK	   0x0400
#define CR1_SECOND 0x0800 /* ACK is meant for the byte after the next */
#define CR1_RESET  0x8000
#define SR1_START  0x0001
#define SR1_SENT   0x0002 /* the address */
#define SR1_FULL   0x0004 /* the clock waits for us */
#define SR1_BYTE   0x0040
#define SR1_ROOM   0x0080
#define SR1_NACK   0x0400
#define FAST	   0x8000
#define I2C_TICKS  (HAL_CLOCK_FREQ / 200)

struct i2c_row {
	uint32_t base;
	uint8_t enable, scl, sda; /* the bit in RCC_APB1ENR */
};

static const struct i2c_row i2c_rows[] = {
    {0x40005400, 21, 16 + 6, 16 + 7},	/* PB6, PB7 */
    {0x40005800, 22, 16 + 10, 16 + 11}, /* PB10, PB11 */
};
#define N_I2C (sizeof(i2c_rows) / sizeof(*i2c_rows))

/* Waits for the flag, 5 ms at most. */
static uint8_t
await(uint32_t base, uint32_t flag)
{
	uint32_t end = hal_ticks() + I2C_TICKS;

	for (;;) {
		uint32_t sr = reg_read(base + I2C_SR1);

		if (sr & flag)
			return I2C_SUCCESS;
		if (sr & SR1_NACK)
			return I2C_NACK;
		if (!ticks_before(hal_ticks(), end))
			return I2C_BUS_TIMEOUT;
	}
}

/* A glitch while it was off may have left it busy for ever: it is reset before
 * each use, which takes a microsecond. */
static void
open_bus(const struct i2c_row *r, uint32_t rate)
{
	bool fast = rate >= 400000;

	reg_change(RCC_APB1ENR, 0, 1u << r->enable);
	chip_pin_open_drain(r->scl);
	chip_pin_open_drain(r->sda);
	reg_write(r->base + I2C_CR1, CR1_RESET);
	reg_write(r->base + I2C_CR1, 0);
	reg_write(r->base + I2C_CR2, PCLK_MHZ);
	reg_write(r->base + I2C_CCR, fast ? FAST | 30 : 180);
	reg_write(r->base + I2C_TRISE, fast ? 11 : 37);
	reg_write(r->base + I2C_CR1, CR1_ON);
}

/* (Re)start and address; what the device is asked for goes on from there. */
static uint8_t
call(uint32_t base, uint8_t address)
{
	uint8_t status;

	reg_change(base + I2C_CR1, 0, CR1_START);
	status = await(base, SR1_START);
	if (status != I2C_SUCCESS)
		return I2C_BUS_TIMEOUT;
	reg_write(base + I2C_DR, address);
	return await(base, SR1_SENT);
}

static uint8_t
write_all(uint32_t base, uint8_t address, uint8_t n, const uint8_t *data)
{
	uint8_t status = call(base, address);

	if (status == I2C_NACK)
		return I2C_START_NACK;
	if (status == I2C_SUCCESS)
		reg_read(base + I2C_SR2); /* go on */
	while (status == I2C_SUCCESS && n-- > 0) {
		status = await(base, SR1_ROOM);
		if (status == I2C_SUCCESS)
			reg_write(base + I2C_DR, *data++);
	}
	return status == I2C_SUCCESS ? await(base, SR1_FULL) : status;
}

/* The only byte: all must be said before it is there. */
static uint8_t
read_one(uint32_t base, uint8_t *data)
{
	uint8_t irq = hal_irq_save(), status;

	reg_change(base + I2C_CR1, CR1_ACK, 0);
	reg_read(base + I2C_SR2);
	reg_change(base + I2C_CR1, 0, CR1_STOP);
	hal_irq_restore(irq);
	status = await(base, SR1_BYTE);
	*data = (uint8_t)reg_read(base + I2C_DR);
	return status;
}

/*
 * The clock waits while two bytes are there and neither was taken: so the last
 * three are told apart without a race.  ACK is in force for the byte that comes
 * next, or with CR1_SECOND for the one after it.
 */
static uint8_t
read_more(uint32_t base, uint8_t n, uint8_t *data)
{
	uint8_t status = I2C_SUCCESS;

	if (n == 2)
		reg_change(base + I2C_CR1, CR1_ACK, CR1_SECOND);
	reg_read(base + I2C_SR2);
	for (; n > 2 && status == I2C_SUCCESS; n--) {
		status = await(base, SR1_FULL);
		if (n == 3)
			reg_change(base + I2C_CR1, CR1_ACK, 0);
		*data++ = (uint8_t)reg_read(base + I2C_DR);
	}
	if (status == I2C_SUCCESS)
		status = await(base, SR1_FULL);
	reg_change(base + I2C_CR1, 0, CR1_STOP);
	*data++ = (uint8_t)reg_read(base + I2C_DR);
	*data = (uint8_t)reg_read(base + I2C_DR);
	return status;
}

static uint8_t
read_all(uint32_t base, uint8_t address, uint8_t n, uint8_t *data)
{
	uint8_t status;

	reg_change(base + I2C_CR1, CR1_SECOND, CR1_ACK);
	status = call(base, address);
	if (status == I2C_NACK)
		return I2C_START_READ_NACK;
	if (status != I2C_SUCCESS)
		return status;
	return n == 1 ? read_one(base, data) : read_more(base, n, data);
}

uint8_t
hal_i2c_transfer(const struct hal_i2c *i2c, uint8_t n_write,
    const uint8_t *write, uint8_t n_read, uint8_t *read)
{
	uint8_t address = (uint8_t)(i2c->address << 1), status = I2C_SUCCESS;
	uint32_t base, end;

	if (i2c->bus >= N_I2C)
		shutdown(STR_I2C_BUS);
	if (n_write == 0 && n_read == 0)
		return status;
	base = i2c_rows[i2c->bus].base;
	open_bus(&i2c_rows[i2c->bus], i2c->rate);
	if (n_write > 0)
		status = write_all(base, address, n_write, write);
	if (n_read > 0 && status == I2C_SUCCESS)
		status = read_all(base, address | 1, n_read, read);
	else
		reg_change(base + I2C_CR1, 0, CR1_STOP);
	if (status == I2C_START_READ_NACK)
		reg_change(base + I2C_CR1, 0, CR1_STOP);
	/* the stop is on its way: it must be made before the next reset */
	end = hal_ticks() + I2C_TICKS;
	while ((reg_read(base + I2C_SR2) & 2) && ticks_before(hal_ticks(), end))
		;
	return status;
}
