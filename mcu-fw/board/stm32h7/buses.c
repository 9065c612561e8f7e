/* SPDX-License-Identifier: GPL-3.0-or-later */
/* PWM, SPI and I2C of an STM32H723. */
#include "mcu-fw/board/stm32h7/chip.h"
#include "mcu-fw/core/i2c.h"
#include "mcu-fw/core/sched.h"
#include "mcu-fw/hal.h"

/* --- PWM ---------------------------------------------------------------- */

#define TIM_CR1	 0x00
#define TIM_EGR	 0x14
#define TIM_CCMR 0x18 /* and 0x1c of channels 3 and 4 */
#define TIM_CCER 0x20
#define TIM_PSC	 0x28
#define TIM_ARR	 0x2c
#define TIM_CCR1 0x34
#define TIM_BDTR 0x44

#define TICKS_PER_COUNT (HAL_CLOCK_FREQ / (2 * PCLK))

struct pwm_row {
	uint8_t pin, timer, channel, function;
};

/* Where two timers reach a pin: the one that shares its period with less. */
static const struct pwm_row pwm_rows[] = {
    {PIN('A', 0), 5, 1, 2},
    {PIN('A', 1), 5, 2, 2},
    {PIN('A', 2), 15, 1, 4},
    {PIN('A', 3), 5, 4, 2},
    {PIN('A', 5), 2, 1, 1},
    {PIN('A', 6), 3, 1, 2},
    {PIN('B', 10), 2, 3, 1},
    {PIN('B', 11), 2, 4, 1},
    {PIN('D', 12), 4, 1, 2},
    {PIN('D', 13), 4, 2, 2},
    {PIN('D', 14), 4, 3, 2},
    {PIN('D', 15), 4, 4, 2},
    {PIN('E', 9), 1, 1, 1},
    {PIN('E', 11), 1, 2, 1},
    {PIN('F', 6), 16, 1, 1},
    {PIN('F', 7), 17, 1, 1},
    {PIN('F', 8), 13, 1, 9},
    {PIN('F', 9), 14, 1, 9},
};
#define N_PWM (sizeof(pwm_rows) / sizeof(*pwm_rows))

/* Switches a timer's clock on; its base. */
static uint32_t
timer_base(uint8_t n)
{
	if (n >= 15) {
		reg_change(RCC_APB2ENR, 0, 1u << (n + 1));
		return 0x40014000 + (n - 15u) * 0x400;
	}
	if (n == 1) {
		reg_change(RCC_APB2ENR, 0, 1);
		return 0x40010000;
	}
	n = (uint8_t)(n >= 13 ? n - 6 : n - 2);
	reg_change(RCC_APB1LENR, 0, 1u << n);
	return 0x40000000 + n * 0x400u;
}

struct hal_pwm
hal_pwm_setup(uint16_t pin, uint32_t cycle_ticks, uint16_t v)
{
	const struct pwm_row *r = pwm_rows;
	uint32_t base, prescaler = 1, shift, counts;
	struct hal_pwm pwm;

	while (r->pin != pin)
		if (++r == pwm_rows + N_PWM)
			shutdown(STR_NOT_PWM);
	base = timer_base(r->timer);
	counts = cycle_ticks / TICKS_PER_COUNT;
	while (counts / prescaler > 0xffff)
		prescaler++;
	pwm.period = counts / prescaler;
	if (pwm.period < 2)
		pwm.period = 2;
	if ((reg_read(base + TIM_CR1) & 1) &&
	    (reg_read(base + TIM_PSC) != prescaler - 1 ||
		reg_read(base + TIM_ARR) != pwm.period - 1))
		shutdown(STR_PWM_SPEED);
	pwm.compare = base + TIM_CCR1 + (r->channel - 1u) * 4;
	reg_write(base + TIM_PSC, prescaler - 1);
	reg_write(base + TIM_ARR, pwm.period - 1);
	hal_pwm_write(pwm, v);
	shift = (r->channel - 1u) % 2 * 8;
	reg_change(base + TIM_CCMR + (r->channel > 2 ? 4 : 0), 0xffu << shift,
	    0x68u << shift); /* PWM mode 1, preloaded */
	reg_change(base + TIM_CCER, 0, 1u << ((r->channel - 1u) * 4));
	if (r->timer == 1 || r->timer >= 15)
		reg_change(base + TIM_BDTR, 0, 1u << 15); /* outputs on */
	reg_write(base + TIM_EGR, 1);			  /* take the values */
	reg_change(base + TIM_CR1, 0, 0x81);
	chip_pin_alternate(pin, r->function, DRIVE_PUSH_PULL);
	return pwm;
}

void
hal_pwm_write(struct hal_pwm pwm, uint16_t v)
{
	/* PWM_MAX is 32768 */
	reg_write(pwm.compare, (uint32_t)(((uint64_t)v * pwm.period) >> 15));
}

/* --- SPI ---------------------------------------------------------------- */

#define SPI_CR1	 0x00
#define SPI_CR2	 0x04
#define SPI_CFG1 0x08
#define SPI_CFG2 0x0c
#define SPI_SR	 0x14
#define SPI_IFCR 0x18
#define SPI_TXDR 0x20
#define SPI_RXDR 0x30

#define CR1_ON	     0x00000001
#define CR1_START    0x00000200
#define CR1_SELECTED 0x00001000 /* itself, in place of a pin */
#define SR_RECEIVED  0x1
#define SR_ROOM	     0x2
#define SR_END	     0x8
#define IFCR_ALL     0x18
/* keeps its pins while off, master, select by software */
#define CFG2_MASTER 0x84400000
#define CFG1_BYTES  7

struct spi_row {
	uint32_t base, enable_register, enable;
	uint8_t miso, mosi, sclk;
	uint8_t function, mosi_function;
};

static const struct spi_row spi_rows[] = {
    {0x40013000, RCC_APB2ENR, 1u << 12, PIN('A', 6), PIN('A', 7), PIN('A', 5),
	5, 5},
    {0x40003800, RCC_APB1LENR, 1u << 14, PIN('B', 14), PIN('B', 15),
	PIN('B', 13), 5, 5},
    {0x40003c00, RCC_APB1LENR, 1u << 15, PIN('B', 4), PIN('B', 5), PIN('B', 3),
	6, 7},
    {0x40003c00, RCC_APB1LENR, 1u << 15, PIN('C', 11), PIN('C', 12),
	PIN('C', 10), 6, 6},
    {0x40013400, RCC_APB2ENR, 1u << 13, PIN('E', 13), PIN('E', 14),
	PIN('E', 12), 5, 5},
};
#define N_SPI (sizeof(spi_rows) / sizeof(*spi_rows))

struct hal_spi
hal_spi_setup(uint32_t bus, uint8_t mode, uint32_t rate)
{
	const struct spi_row *r;
	struct hal_spi spi;
	uint32_t div = 0;

	if (bus >= N_SPI)
		shutdown(STR_SPI_BUS);
	r = &spi_rows[bus];
	reg_change(r->enable_register, 0, r->enable);
	while ((PCLK >> (div + 1)) > rate && div < 7)
		div++;
	spi.base = r->base;
	spi.cfg1 = div << 28 | CFG1_BYTES;
	spi.cfg2 = CFG2_MASTER | (uint32_t)mode << 24;
	reg_write(spi.base + SPI_CR1, CR1_SELECTED);
	reg_write(spi.base + SPI_CFG1, spi.cfg1);
	reg_write(spi.base + SPI_CFG2, spi.cfg2);
	chip_pin_alternate(r->miso, r->function, DRIVE_PULLED_UP);
	chip_pin_alternate(r->mosi, r->mosi_function, DRIVE_PUSH_PULL);
	chip_pin_alternate(r->sclk, r->function, DRIVE_PUSH_PULL);
	return spi;
}

/* A byte at a time: the next is sent when the answer to it is there. */
void
hal_spi_transfer(struct hal_spi spi, bool receive, uint8_t n, uint8_t *data)
{
	if (n == 0)
		return;
	/* another device may have used the bus */
	reg_write(spi.base + SPI_CFG1, spi.cfg1);
	reg_write(spi.base + SPI_CFG2, spi.cfg2);
	reg_write(spi.base + SPI_CR2, n);
	reg_write(spi.base + SPI_CR1, CR1_SELECTED | CR1_ON);
	reg_write(spi.base + SPI_CR1, CR1_SELECTED | CR1_ON | CR1_START);
	for (uint8_t i = 0; i < n; i++) {
		uint8_t in;

		reg_wait(spi.base + SPI_SR, SR_ROOM, SR_ROOM);
		reg_write8(spi.base + SPI_TXDR, data[i]);
		reg_wait(spi.base + SPI_SR, SR_RECEIVED, SR_RECEIVED);
		in = reg_read8(spi.base + SPI_RXDR);
		if (receive)
			data[i] = in;
	}
	reg_wait(spi.base + SPI_SR, SR_END, SR_END);
	reg_write(spi.base + SPI_IFCR, IFCR_ALL);
	reg_write(spi.base + SPI_CR1, CR1_SELECTED);
}

/* --- I2C ---------------------------------------------------------------- */

#define I2C_CR1	   0x00
#define I2C_CR2	   0x04
#define I2C_TIMING 0x10
#define I2C_ISR	   0x18
#define I2C_ICR	   0x1c
#define I2C_RXDR   0x24
#define I2C_TXDR   0x28

#define CR2_READ  0x00000400
#define CR2_START 0x00002000
#define CR2_AUTO  0x02000000 /* stops by itself after the last byte */
#define ISR_ROOM  0x02
#define ISR_BYTE  0x04
#define ISR_NACK  0x10
#define ISR_STOP  0x20
#define ISR_DONE  0x40
#define ICR_ALL	  0x3f38
#define I2C_TICKS (HAL_CLOCK_FREQ / 200)
/* 130 MHz / 10; setup, hold, high and low time of the clock in 77 ns */
#define TIMING_100K 0x90f33c40
#define TIMING_400K 0x90530d11

struct i2c_row {
	uint32_t base;
	uint8_t enable, scl, sda; /* the bit in RCC_APB1LENR */
};

static const struct i2c_row i2c_rows[] = {
    {0x40005400, 21, PIN('B', 6), PIN('B', 7)},
    {0x40005800, 22, PIN('B', 10), PIN('B', 11)},
    {0x40005c00, 23, PIN('A', 8), PIN('C', 9)},
};
#define N_I2C (sizeof(i2c_rows) / sizeof(*i2c_rows))

/* Waits for one of the flags, 5 ms at most; a device that says no comes before
 * them. */
static uint8_t
await(uint32_t base, uint32_t flags)
{
	uint32_t end = hal_ticks() + I2C_TICKS;

	for (;;) {
		uint32_t isr = reg_read(base + I2C_ISR);

		if (isr & ISR_NACK)
			return I2C_NACK;
		if (isr & flags)
			return I2C_SUCCESS;
		if (!ticks_before(hal_ticks(), end))
			return I2C_BUS_TIMEOUT;
	}
}

static void
open_bus(const struct i2c_row *r, uint32_t rate)
{
	uint32_t timing = rate >= 400000 ? TIMING_400K : TIMING_100K;

	if (reg_read(r->base + I2C_TIMING) == timing)
		return;
	reg_change(RCC_APB1LENR, 0, 1u << r->enable);
	reg_write(r->base + I2C_CR1, 0); /* forgets what was under way */
	reg_write(r->base + I2C_TIMING, timing);
	chip_pin_alternate(r->scl, 4, DRIVE_OPEN_DRAIN);
	chip_pin_alternate(r->sda, 4, DRIVE_OPEN_DRAIN);
	reg_write(r->base + I2C_CR1, 1);
}

static uint8_t
write_all(uint32_t base, uint32_t to, uint8_t n, const uint8_t *data, bool last)
{
	uint8_t status = I2C_SUCCESS;

	reg_write(base + I2C_CR2,
	    to | (uint32_t)n << 16 | CR2_START | (last ? CR2_AUTO : 0));
	for (uint8_t i = 0; i < n && status == I2C_SUCCESS; i++) {
		status = await(base, ISR_ROOM);
		if (status == I2C_SUCCESS)
			reg_write(base + I2C_TXDR, data[i]);
		else if (status == I2C_NACK && i == 0)
			status = I2C_START_NACK;
	}
	if (status == I2C_SUCCESS)
		status = await(base, last ? ISR_STOP : ISR_DONE);
	return status;
}

static uint8_t
read_all(uint32_t base, uint32_t from, uint8_t n, uint8_t *data)
{
	uint8_t status = I2C_SUCCESS;

	reg_write(base + I2C_CR2,
	    from | (uint32_t)n << 16 | CR2_START | CR2_AUTO | CR2_READ);
	for (uint8_t i = 0; i < n && status == I2C_SUCCESS; i++) {
		status = await(base, ISR_BYTE);
		if (status == I2C_SUCCESS)
			data[i] = (uint8_t)reg_read(base + I2C_RXDR);
		else if (status == I2C_NACK && i == 0)
			status = I2C_START_READ_NACK;
	}
	return status == I2C_SUCCESS ? await(base, ISR_STOP) : status;
}

/* A byte may wait to be sent: the next transfer opens the bus anew. */
static void
abandon(uint32_t base)
{
	reg_write(base + I2C_ICR, ISR_NACK);
	await(base, ISR_STOP);
	reg_write(base + I2C_CR1, 0);
	reg_write(base + I2C_TIMING, 0);
}

uint8_t
hal_i2c_transfer(const struct hal_i2c *i2c, uint8_t n_write,
    const uint8_t *write, uint8_t n_read, uint8_t *read)
{
	uint32_t device = (uint32_t)i2c->address << 1;
	const struct i2c_row *r;
	uint8_t status = I2C_SUCCESS;

	if (i2c->bus >= N_I2C)
		shutdown(STR_I2C_BUS);
	if (n_write == 0 && n_read == 0)
		return status;
	r = &i2c_rows[i2c->bus];
	open_bus(r, i2c->rate);
	reg_write(r->base + I2C_ICR, ICR_ALL);
	if (n_write > 0)
		status =
		    write_all(r->base, device, n_write, write, n_read == 0);
	if (n_read > 0 && status == I2C_SUCCESS)
		status = read_all(r->base, device, n_read, read);
	if (status != I2C_SUCCESS)
		abandon(r->base);
	return status;
}
