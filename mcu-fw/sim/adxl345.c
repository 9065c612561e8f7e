/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The registers of an ADXL345. */
#include "mcu-fw/sim/adxl345.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"

#define GRAVITY 9806.65
#define FIFO	32
#define REGS	64

/* registers, by the data sheet */
enum {
	DEVID = 0x00,
	BW_RATE = 0x2c,
	POWER_CTL = 0x2d,
	DATA_FORMAT = 0x31,
	DATAX0 = 0x32,
	DATAZ1 = 0x37,
	FIFO_CTL = 0x38,
	FIFO_STATUS = 0x39,
};

#define READ	0x80
#define MULTI	0x40
#define MEASURE 0x08
#define MODE	0xc0 /* of the FIFO; 0 is bypass */

struct adxl345 {
	uint8_t reg[REGS];
	int16_t fifo[FIFO][3];
	uint8_t first, n;
	double sum[3]; /* of the samples that one at a lower rate is made of */
	unsigned summed;
	bool selected, addressed;
	uint8_t command, at;
};

struct adxl345 *
adxl345_new(void)
{
	struct adxl345 *a = xcalloc(1, sizeof(*a));

	a->reg[DEVID] = 0xe5;
	a->reg[BW_RATE] = 0x0a;
	return a;
}

void
adxl345_free(struct adxl345 *a)
{
	free(a);
}

void
adxl345_select(struct adxl345 *a, bool on)
{
	a->selected = on;
	a->addressed = false;
}

/* the oldest sample moves to the data registers */
static void
take(struct adxl345 *a)
{
	if (a->n == 0)
		return;
	for (int i = 0; i < 3; i++) {
		uint16_t v = (uint16_t)a->fifo[a->first][i];

		a->reg[DATAX0 + 2 * i] = (uint8_t)v;
		a->reg[DATAX0 + 2 * i + 1] = (uint8_t)(v >> 8);
	}
	a->first = (uint8_t)((a->first + 1) % FIFO);
	a->n--;
}

static void
write_register(struct adxl345 *a, uint8_t at, uint8_t v)
{
	if (at == DEVID || (at >= DATAX0 && at <= DATAZ1) || at == FIFO_STATUS)
		return; /* read only */
	a->reg[at] = v;
	if (at == FIFO_CTL && (v & MODE) == 0)
		a->n = 0; /* bypass clears it */
}

uint8_t
adxl345_exchange(struct adxl345 *a, uint8_t out)
{
	uint8_t in = 0;

	if (!a->selected)
		return 0xff;
	if (!a->addressed) {
		a->addressed = true;
		a->command = out;
		a->at = out & (REGS - 1);
		if ((out & READ) && a->at == DATAX0)
			take(a);
		return 0;
	}
	a->reg[FIFO_STATUS] = a->n;
	if (a->command & READ)
		in = a->reg[a->at];
	else
		write_register(a, a->at, out);
	if (a->command & MULTI)
		a->at = (uint8_t)((a->at + 1) % REGS);
	return in;
}

/* 13 bits; at 3200 and 1600 Hz the lowest is always 0 */
static int16_t
quantise(double accel, double g_per_unit)
{
	double v = 2 * round(accel / (2 * g_per_unit * GRAVITY));

	return (int16_t)fmin(fmax(v, -4096), 4094);
}

/* 3200 samples a second come in; each step of BW_RATE below 15 halves them.
 * True when one is whole: the mean. */
static bool
whole(struct adxl345 *a, const double accel[3], double mean[3])
{
	unsigned n = 1u << (15 - (a->reg[BW_RATE] & 15));

	for (int i = 0; i < 3; i++)
		a->sum[i] += accel[i];
	if (++a->summed < n)
		return false;
	for (int i = 0; i < 3; i++)
		mean[i] = a->sum[i] / a->summed;
	memset(a->sum, 0, sizeof(a->sum));
	a->summed = 0;
	return true;
}

void
adxl345_sample(struct adxl345 *a, const double accel[3])
{
	double mean[3];
	int16_t *to;

	if (!(a->reg[POWER_CTL] & MEASURE) || !whole(a, accel, mean))
		return;
	if ((a->reg[FIFO_CTL] & MODE) == 0)
		a->n = 0;
	if (a->n == FIFO) { /* stream mode: the oldest goes */
		a->first = (uint8_t)((a->first + 1) % FIFO);
		a->n--;
	}
	to = a->fifo[(a->first + a->n++) % FIFO];
	/* units at 3.3 V: X and Y 3.774 mg, Z 3.906 mg */
	to[0] = quantise(mean[0], 0.003774);
	to[1] = quantise(mean[1], 0.003774);
	to[2] = quantise(mean[2], 0.003906);
}
