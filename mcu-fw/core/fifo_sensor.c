/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Accelerometers with a FIFO of 6-byte samples: one reader, five chips. */
#include "mcu-fw/core/fifo_sensor.h"

#include "mcu-fw/core/basic.h"
#include "mcu-fw/core/bulk.h"
#include "mcu-fw/core/command.h"
#include "mcu-fw/core/i2c.h"
#include "mcu-fw/core/sched.h"
#include "mcu-fw/core/spi.h"

#define SAMPLE 6
#define BLOCK  48 /* bytes of a message */

/* What the data sheets say of each chip's FIFO. */
struct fifo_chip {
	uint8_t count_at; /* register; what it counts, and... */
	uint8_t count_len, count_unit;
	uint8_t count_big;	    /* ...big-endian */
	uint8_t mask_hi, mask_lo;   /* the bits of the count */
	uint8_t empty;		    /* a bit that says there is none */
	uint8_t full_at, full_mask; /* register and bits of an overflow; no
				       bits: told by the count */
	uint8_t data_at, data_max;  /* bytes of one read */
	uint8_t spi_read, i2c_read; /* bits of the address */
	uint16_t bytes;		    /* what it holds */
};

static const struct fifo_chip chips[] HAL_FLASH = {
    [FIFO_LIS2DW] = {0x2f, 1, SAMPLE, 0, 0, 0x3f, 0, 0x2f, 0x40, 0x28, SAMPLE,
	0x80, 0, 32 * SAMPLE},
    [FIFO_LIS3DH] = {0x2f, 1, SAMPLE, 0, 0, 0x1f, 0x20, 0x2f, 0x40, 0x28,
	SAMPLE, 0xc0, 0x80, 32 * SAMPLE},
    [FIFO_MPU9250] = {0x72, 2, 1, 1, 0x1f, 0xff, 0, 0x3a, 0x10, 0x74, BLOCK,
	0x80, 0, 512},
    [FIFO_ICM20948] = {0x70, 2, 1, 1, 0x1f, 0xff, 0, 0x1b, 0x1f, 0x72, BLOCK,
	0x80, 0, 4096},
    [FIFO_BMI160] = {0x22, 2, 1, 0, 0x07, 0xff, 0, 0, 0, 0x24, BLOCK, 0x80, 0,
	1024},
};
#define CHIP(s, member) hal_flash_u8(&chips[(s)->chip].member)

enum {
	FIFO_RUNNING = 1,
	FIFO_DUE = 2,
};

struct fifo_sensor {
	struct timer t;
	uint32_t rest_ticks;
	struct spi *spi; /* or: */
	struct i2c *i2c;
	volatile uint8_t state;
	uint8_t chip;
	struct bulk bulk;
};

static const uint8_t kind;

/* AVR: at most 20 cycles */
static enum timer_result
fifo_event(struct timer *t)
{
	struct fifo_sensor *s = (struct fifo_sensor *)t;

	s->state |= FIFO_DUE;
	sched_wake(TASK_fifo_sensor);
	return TIMER_DONE;
}

/* --- the bus ------------------------------------------------------------ */

/* n bytes from a register on, after a place for its address. */
static void
read_registers(struct fifo_sensor *s, uint8_t at, uint8_t n, uint8_t *m)
{
	if (s->spi) {
		m[0] = at | CHIP(s, spi_read);
		spi_exchange(s->spi, true, (uint8_t)(n + 1), m);
	} else {
		m[0] = at | CHIP(s, i2c_read);
		i2c_exchange(s->i2c, 1, m, n, m + 1);
	}
}

/* Bytes that wait in the chip; none when it says what cannot be. */
static uint16_t
read_count(struct fifo_sensor *s)
{
	uint8_t m[3] = {0}, lo, hi = 0;
	uint16_t n;

	read_registers(s, CHIP(s, count_at), CHIP(s, count_len), m);
	lo = m[1];
	if (CHIP(s, count_len) == 2) {
		lo = CHIP(s, count_big) ? m[2] : m[1];
		hi = CHIP(s, count_big) ? m[1] : m[2];
	}
	if (lo & CHIP(s, empty))
		return 0;
	lo &= CHIP(s, mask_lo);
	hi &= CHIP(s, mask_hi);
	n = (uint16_t)((hi << 8 | lo) * CHIP(s, count_unit));
	return n <= hal_flash_u16(&chips[s->chip].bytes) ? n : 0;
}

static bool
has_overflowed(struct fifo_sensor *s, uint16_t count)
{
	uint8_t m[2] = {0};

	if (CHIP(s, full_mask) == 0)
		return count > hal_flash_u16(&chips[s->chip].bytes) - SAMPLE;
	read_registers(s, CHIP(s, full_at), 1, m);
	return (m[1] & CHIP(s, full_mask)) != 0;
}

/* --- reading ------------------------------------------------------------ */

/* Fills the message, as far as there is something. */
static uint16_t
fill(struct fifo_sensor *s, uint16_t left)
{
	uint8_t m[BLOCK + 1], n;

	while (left >= SAMPLE && s->bulk.n < BLOCK) {
		n = (uint8_t)(BLOCK - s->bulk.n);
		if (n > CHIP(s, data_max))
			n = CHIP(s, data_max);
		while (n > left)
			n -= SAMPLE;
		for (uint8_t i = 0; i < n; i++)
			m[i + 1] = 0; /* what SPI sends meanwhile */
		read_registers(s, CHIP(s, data_at), n, m);
		for (uint8_t i = 0; i < n; i++)
			s->bulk.data[s->bulk.n++] = m[i + 1];
		left = (uint16_t)(left - n);
	}
	return left;
}

static void
read_fifo(struct fifo_sensor *s, uint8_t oid)
{
	uint16_t left = read_count(s);
	uint8_t irq;

	if (has_overflowed(s, left))
		s->bulk.overflows++;
	left = fill(s, left);
	if (s->bulk.n >= BLOCK)
		bulk_report(&s->bulk, oid);
	irq = hal_irq_save();
	if (left >= SAMPLE) {
		/* more is waiting; other tasks first */
		sched_wake(TASK_fifo_sensor);
	} else if (s->state & FIFO_RUNNING) {
		s->state &= (uint8_t)~FIFO_DUE;
		s->t.waketime = hal_ticks() + s->rest_ticks;
		sched_add(&s->t);
	}
	hal_irq_restore(irq);
}

void
fifo_sensor_task(void)
{
	struct fifo_sensor *s;
	uint8_t next = 0;

	while ((s = oid_next(&next, &kind)))
		if (s->state & FIFO_DUE)
			read_fifo(s, (uint8_t)(next - 1));
}

/* --- commands ----------------------------------------------------------- */

static void
config(const uint32_t *args, uint8_t bus, uint8_t chip)
{
	struct spi *spi = 0;
	struct i2c *i2c = 0;
	struct fifo_sensor *s;

	if (bus > BUS_I2C)
		shutdown(STR_BUS_TYPE);
	if (bus == BUS_SPI)
		spi = spi_get((uint8_t)args[1]); /* may shut down */
	else
		i2c = i2c_get((uint8_t)args[1]);
	s = oid_new((uint8_t)args[0], &kind, sizeof(*s));
	s->t.func = fifo_event;
	s->spi = spi;
	s->i2c = i2c;
	s->chip = chip;
}

void
command_config_lis2dw(uint32_t *args)
{
	if ((uint8_t)args[3] > FIFO_LIS3DH)
		shutdown(STR_MODEL_TYPE);
	config(args, (uint8_t)args[2], (uint8_t)args[3]);
}

void
command_config_mpu9250(uint32_t *args)
{
	config(args, BUS_I2C, FIFO_MPU9250);
}

void
command_config_icm20948(uint32_t *args)
{
	config(args, BUS_I2C, FIFO_ICM20948);
}

void
command_config_bmi160(uint32_t *args)
{
	config(args, (uint8_t)args[2], FIFO_BMI160);
}

static void
query(const uint32_t *args)
{
	struct fifo_sensor *s = oid_get((uint8_t)args[0], &kind);

	sched_del(&s->t);
	s->state = 0;
	if (args[1] == 0)
		return;
	bulk_reset(&s->bulk);
	s->rest_ticks = args[1];
	s->state = FIFO_RUNNING;
	s->t.waketime = hal_ticks() + args[1];
	sched_add(&s->t);
}

static void
query_status(const uint32_t *args)
{
	struct fifo_sensor *s = oid_get((uint8_t)args[0], &kind);
	uint32_t before = hal_ticks(), took;
	uint16_t left = read_count(s);

	took = hal_ticks() - before;
	bulk_status(&s->bulk, (uint8_t)args[0], before, took, left);
}

#define QUERIES(name)                                                          \
	void command_query_##name(uint32_t *args)                              \
	{                                                                      \
		query(args);                                                   \
	}                                                                      \
	void command_query_##name##_status(uint32_t *args)                     \
	{                                                                      \
		query_status(args);                                            \
	}
QUERIES(lis2dw)
QUERIES(mpu9250)
QUERIES(icm20948)
QUERIES(bmi160)

void
fifo_sensor_init(void)
{
}

void
fifo_sensor_shutdown(void)
{
	struct fifo_sensor *s;
	uint8_t next = 0;

	while ((s = oid_next(&next, &kind)))
		s->state = 0;
}
