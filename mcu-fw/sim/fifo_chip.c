/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The registers of accelerometers whose FIFO gives out 6 bytes a sample. */
#include "mcu-fw/sim/fifo_chip.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "mcu-fw/core/i2c.h"

enum {
	SAMPLE = 6,
	FIFO_MAX = 682, /* samples, of the largest */
	BANKS = 4,
	REGS = 128,
};

/* a register and what its bits must be for the chip to measure */
struct demand {
	uint8_t bank, at, mask, value;
};

/* By the data sheets. */
struct kind {
	const char *name;
	double rate_hz;
	double unit; /* mm/s2 */
	int step;    /* units; the lower bits are always 0 */
	bool big_endian;
	uint8_t id_at, id, address;
	uint16_t fifo;		   /* samples it holds */
	uint8_t count_at, data_at; /* registers */
	uint8_t full_at, full_bit; /* 0: no such register */
	uint8_t bank_at;	   /* selects a bank by bits 5:4 */
	bool needs_wake;	   /* of SPI, by a read of 7f */
	struct demand wants[8];	   /* mask 0 ends */
	struct demand clears[2];   /* the FIFO, when written so */
	uint8_t asleep_at, asleep; /* at power-on */
	uint8_t command_at;	   /* BMI160: 11 wakes it, b0 clears */
	uint8_t off_mask;	   /* of SPI's bit that turns I2C off */
	uint8_t off_at;
};

static const struct kind kinds[] = {
    /* 1600 Hz high performance, 16 g, FIFO in continuous mode */
    {.name = "lis2dw",
	.rate_hz = 1600,
	.unit = 4.785645,
	.step = 4,
	.id_at = 0x0f,
	.id = 0x44,
	.address = 0x19,
	.fifo = 32,
	.count_at = 0x2f,
	.data_at = 0x28,
	.full_at = 0x2f,
	.full_bit = 0x40,
	.wants = {{0, 0x20, 0xfc, 0x94}, {0, 0x25, 0x30, 0x30},
	    {0, 0x2e, 0xe0, 0xc0}, {0, 0x21, 0x04, 0x04}},
	.clears = {{0, 0x2e, 0xe0, 0x00}},
	.off_at = 0x21,
	.off_mask = 0x02},
    /* 1344 Hz, 16 g high resolution, FIFO on and streaming */
    {.name = "lis3dh",
	.rate_hz = 1344,
	.unit = 7.182145,
	.step = 16,
	.id_at = 0x0f,
	.id = 0x33,
	.address = 0x19,
	.fifo = 32,
	.count_at = 0x2f,
	.data_at = 0x28,
	.full_at = 0x2f,
	.full_bit = 0x40,
	.wants = {{0, 0x20, 0xff, 0x97}, {0, 0x23, 0x38, 0x38},
	    {0, 0x24, 0x40, 0x40}, {0, 0x2e, 0xc0, 0x80}},
	.clears = {{0, 0x2e, 0xc0, 0x00}}},
    /* awake, accelerometer on, 8 g at 4 kHz, FIFO on and fed by it alone */
    {.name = "mpu9250",
	.rate_hz = 4000,
	.unit = 2.394202,
	.step = 1,
	.big_endian = true,
	.id_at = 0x75,
	.id = 0x71,
	.address = 0x68,
	.fifo = 85,
	.count_at = 0x72,
	.data_at = 0x74,
	.full_at = 0x3a,
	.full_bit = 0x10,
	.wants = {{0, 0x6b, 0x40, 0x00}, {0, 0x6c, 0x38, 0x00},
	    {0, 0x1c, 0x18, 0x10}, {0, 0x1d, 0x08, 0x08}, {0, 0x6a, 0x40, 0x40},
	    {0, 0x23, 0xff, 0x08}},
	.clears = {{0, 0x6a, 0x04, 0x04}},
	.asleep_at = 0x6b,
	.asleep = 0x40},
    /* the same, 16 g at 4.5 kHz, with the range in bank 2 */
    {.name = "icm20948",
	.rate_hz = 4500,
	.unit = 4.788403,
	.step = 1,
	.big_endian = true,
	.id_at = 0x00,
	.id = 0xea,
	.address = 0x68,
	.fifo = 682,
	.count_at = 0x70,
	.data_at = 0x72,
	.full_at = 0x1b,
	.full_bit = 0x01,
	.bank_at = 0x7f,
	.wants = {{0, 0x06, 0x40, 0x00}, {0, 0x07, 0x38, 0x00},
	    {2, 0x14, 0x07, 0x06}, {0, 0x03, 0x40, 0x40},
	    {0, 0x67, 0x1f, 0x10}},
	.clears = {{0, 0x03, 0x04, 0x04}},
	.asleep_at = 0x06,
	.asleep = 0x41},
    /* 1600 Hz, 16 g, FIFO without headers */
    {.name = "bmi160",
	.rate_hz = 1600,
	.unit = 4.788403,
	.step = 1,
	.id_at = 0x00,
	.id = 0xd1,
	.address = 0x69,
	.fifo = 170,
	.count_at = 0x22,
	.data_at = 0x24,
	.needs_wake = true,
	.wants = {{0, 0x40, 0x7f, 0x2c}, {0, 0x41, 0x0f, 0x0c},
	    {0, 0x47, 0xd0, 0x40}},
	.command_at = 0x7e},
};

struct fifo_chip_model {
	const struct kind *kind;
	uint8_t address;
	uint8_t reg[BANKS][REGS];
	uint8_t fifo[FIFO_MAX][SAMPLE];
	uint16_t first, n;
	uint8_t taken; /* bytes of the oldest sample that were read */
	bool overflowed, awake, on_spi;
	bool selected, addressed, reading;
	uint8_t at;
};

struct fifo_chip_model *
fifo_chip_new(const char *name, int address)
{
	struct fifo_chip_model *c;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		if (strcmp(kinds[i].name, name) != 0)
			continue;
		c = xcalloc(1, sizeof(*c));
		c->kind = &kinds[i];
		c->address = (uint8_t)(address ? address : kinds[i].address);
		c->reg[0][kinds[i].id_at] = kinds[i].id;
		if (kinds[i].asleep)
			c->reg[0][kinds[i].asleep_at] = kinds[i].asleep;
		c->awake = kinds[i].command_at == 0;
		return c;
	}
	return NULL;
}

void
fifo_chip_free(struct fifo_chip_model *c)
{
	free(c);
}

double
fifo_chip_rate_hz(const struct fifo_chip_model *c)
{
	return c->kind->rate_hz;
}

/* --- measuring ----------------------------------------------------------- */

static bool
measures(const struct fifo_chip_model *c)
{
	for (const struct demand *d = c->kind->wants; d->mask; d++)
		if ((c->reg[d->bank][d->at] & d->mask) != d->value)
			return false;
	return c->awake;
}

void
fifo_chip_sample(struct fifo_chip_model *c, const double accel[3])
{
	const struct kind *k = c->kind;
	uint8_t *to;

	if (!measures(c))
		return;
	if (c->n == k->fifo) { /* the oldest goes */
		c->first = (uint16_t)((c->first + 1) % k->fifo);
		c->n--;
		c->taken = 0;
		c->overflowed = true;
	}
	to = c->fifo[(c->first + c->n++) % k->fifo];
	for (int i = 0; i < 3; i++) {
		double v = k->step * round(accel[i] / k->unit / k->step);
		uint16_t bits =
		    (uint16_t)(int16_t)fmin(fmax(v, -32768), 32768 - k->step);

		to[2 * i + k->big_endian] = (uint8_t)bits;
		to[2 * i + !k->big_endian] = (uint8_t)(bits >> 8);
	}
}

/* --- registers ----------------------------------------------------------- */

static uint8_t
bank(const struct fifo_chip_model *c)
{
	return c->kind->bank_at ? c->reg[0][c->kind->bank_at] >> 4 & 3 : 0;
}

static void
empty(struct fifo_chip_model *c)
{
	c->n = c->taken = 0;
	c->overflowed = false;
}

static void
write_register(struct fifo_chip_model *c, uint8_t at, uint8_t v)
{
	const struct kind *k = c->kind;
	uint8_t b = bank(c);

	if (at >= REGS || at == k->count_at || at == k->data_at ||
	    (b == 0 && at == k->id_at))
		return;
	if (at == k->bank_at)
		b = 0; /* there in every bank */
	c->reg[b][at] = v;
	for (const struct demand *d = k->clears; d->mask; d++)
		if (d->bank == b && d->at == at && (v & d->mask) == d->value)
			empty(c);
	if (k->command_at && at == k->command_at && v == 0xb0)
		empty(c);
	else if (k->command_at && at == k->command_at && v == 0x11)
		c->awake = true;
}

/* the next byte of the FIFO; what an empty one gives is nothing */
static uint8_t
take(struct fifo_chip_model *c)
{
	uint8_t v;

	if (c->n == 0)
		return 0;
	v = c->fifo[c->first][c->taken++];
	if (c->taken == SAMPLE) {
		c->taken = 0;
		c->first = (uint16_t)((c->first + 1) % c->kind->fifo);
		c->n--;
		/* LIS: no more full; the others remember until asked */
		if (c->kind->full_at == c->kind->count_at)
			c->overflowed = false;
	}
	return v;
}

/* the count as the register there has it: LIS in samples with bits of state,
 * the others in bytes, two registers */
static uint8_t
count(const struct fifo_chip_model *c, uint8_t at)
{
	const struct kind *k = c->kind;
	uint16_t bytes = (uint16_t)(c->n * SAMPLE - c->taken);

	if (k->full_at == k->count_at) {
		uint8_t v = (uint8_t)(c->n & 0x3f);

		if (k->step == 16) /* LIS3DH: five bits, and one of empty */
			v = c->n == 0 ? 0x20 : (uint8_t)(c->n & 0x1f);
		return v | (c->overflowed ? k->full_bit : 0);
	}
	return (
	    uint8_t)((at == k->count_at) == k->big_endian ? bytes >> 8 : bytes);
}

static uint8_t
read_register(struct fifo_chip_model *c)
{
	const struct kind *k = c->kind;
	bool small = k->full_at == k->count_at;
	uint8_t at = c->at, v;

	if (bank(c) == 0 && at >= k->data_at &&
	    at < k->data_at + (small ? SAMPLE : 1)) {
		/* LIS: six registers of the oldest sample, and round again */
		if (small)
			c->at =
			    at + 1 == k->data_at + SAMPLE ? k->data_at : at + 1;
		return take(c);
	}
	c->at = (uint8_t)((at + 1) % REGS);
	if (bank(c) == 0 &&
	    (at == k->count_at || (!small && at == k->count_at + 1))) {
		return count(c, at);
	}
	if (bank(c) == 0 && k->full_bit && at == k->full_at) {
		v = c->overflowed ? k->full_bit : 0;
		c->overflowed = false;
		return v;
	}
	return c->reg[bank(c)][at];
}

/* --- buses --------------------------------------------------------------- */

void
fifo_chip_select(struct fifo_chip_model *c, bool on)
{
	c->selected = on;
	c->addressed = false;
}

uint8_t
fifo_chip_exchange(struct fifo_chip_model *c, uint8_t out)
{
	if (!c->selected)
		return 0xff;
	if (!c->addressed) {
		/* LIS3DH: bit 6 says that the register counts up */
		c->addressed = true;
		c->reading = out & 0x80;
		c->at = out & (c->kind->step == 16 ? 0x3f : 0x7f);
		if (c->reading && c->at == 0x7f)
			c->on_spi = true;
		return 0;
	}
	if (c->kind->needs_wake && !c->on_spi)
		return 0xff; /* it still listens to I2C */
	if (c->reading)
		return read_register(c);
	write_register(c, c->at, out);
	c->at = (uint8_t)((c->at + 1) % REGS);
	return 0;
}

uint8_t
fifo_chip_transfer(struct fifo_chip_model *c, uint8_t address, uint8_t n_write,
    const uint8_t *write, uint8_t n_read, uint8_t *read)
{
	const struct kind *k = c->kind;

	if (address != c->address ||
	    (k->off_mask && (c->reg[0][k->off_at] & k->off_mask)))
		return n_write ? I2C_START_NACK : I2C_START_READ_NACK;
	if (n_write > 0)
		c->at = write[0] & (k->step == 16 ? 0x7f : 0xff);
	for (uint8_t i = 1; i < n_write; i++, c->at++)
		write_register(c, c->at, write[i]);
	for (uint8_t i = 0; i < n_read; i++)
		read[i] = read_register(c);
	return I2C_SUCCESS;
}
