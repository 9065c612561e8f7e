/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the chips do at their pins. */
#include "tests/unit/fw-chips.h"

#include <string.h>

#include "mcu-fw/board/sim/sim.h"
#include "mcu-fw/core/i2c.h"

/* --- registers ----------------------------------------------------------- */

static uint8_t
read_next(struct reg_chip *c)
{
	uint8_t v;

	if (c->fifo_at && c->at == c->fifo_at && c->offset < c->fifo_wrap) {
		c->offset++;
		if (c->fifo_n == 0)
			return 0;
		v = c->fifo[0];
		memmove(c->fifo, c->fifo + 1, --c->fifo_n);
		return v;
	}
	if (c->count)
		c->count(c);
	return c->reg[(uint8_t)(c->at + c->offset++)];
}

static uint8_t
spi_exchange_byte(void *ctx, uint8_t out)
{
	struct reg_chip *c = ctx;

	if (!c->selected)
		return 0xff;
	if (!c->is_stream && !c->addressed) {
		c->addressed = true;
		c->at = out & 0x3f;
		c->offset = 0;
		if ((out & 0x80) == 0 && c->fifo_at)
			c->selected = false; /* written to: not expected */
		return 0;
	}
	return read_next(c);
}

static void
on_select(void *ctx, bool level)
{
	struct reg_chip *c = ctx;

	c->selected = !level;
	c->addressed = false;
	c->at = c->offset = 0;
}

void
reg_chip_on_spi(struct reg_chip *c, const char *cs_pin)
{
	sim_pin_watch(sim_pin(cs_pin), on_select, c);
	sim_spi_exchange = spi_exchange_byte;
	sim_spi_ctx = c;
}

static uint8_t
i2c_transfer(void *ctx, uint8_t address, uint8_t n_write, const uint8_t *write,
    uint8_t n_read, uint8_t *read)
{
	struct reg_chip *c = ctx;

	(void)address;
	if (c->absent)
		return n_write ? I2C_START_NACK : I2C_START_READ_NACK;
	if (n_write > 0) {
		c->at = write[0];
		c->offset = 0;
	}
	while (n_read-- > 0)
		*read++ = read_next(c);
	return I2C_SUCCESS;
}

void
reg_chip_on_i2c(struct reg_chip *c)
{
	sim_i2c_transfer = i2c_transfer;
	sim_i2c_ctx = c;
}

/* --- a driver's UART ----------------------------------------------------- */

static uint8_t
crc8(const uint8_t *p, int n)
{
	uint8_t crc = 0;

	for (int i = 0; i < n; i++) {
		for (int k = 0; k < 8; k++) {
			bool bit = (crc >> 7) ^ (p[i] >> k & 1);

			crc = (uint8_t)(crc << 1 ^ (bit ? 0x07 : 0));
		}
	}
	return crc;
}

static void
on_edge(void *ctx, bool level)
{
	struct uart_chip *c = ctx;

	if (c->n_edges < 256) {
		c->edge[c->n_edges] = sim_clock;
		c->level[c->n_edges++] = level;
	}
}

static bool
line_at(const struct uart_chip *c, uint64_t t)
{
	bool level = true;

	for (int i = 0; i < c->n_edges && c->edge[i] <= t; i++)
		level = c->level[i];
	return level;
}

/* The bytes from the first falling edge on; the speed is the sync nibble's. */
static int
decode(struct uart_chip *c, uint8_t *out)
{
	int first = 0, n = 0;
	uint64_t t;

	while (first < c->n_edges && c->level[first])
		first++;
	if (first + 4 >= c->n_edges)
		return 0;
	c->bit_ticks = (uint32_t)((c->edge[first + 4] - c->edge[first]) / 4);
	t = c->edge[first] + c->bit_ticks / 2;
	while (n < 8 && t < c->edge[c->n_edges - 1] + c->bit_ticks / 2) {
		uint8_t v = 0;

		if (line_at(c, t))
			break;
		for (int k = 0; k < 8; k++)
			v |= (uint8_t)(line_at(c,
					   t + (uint64_t)(k + 1) * c->bit_ticks)
				       << k);
		if (!line_at(c, t + 9ull * c->bit_ticks))
			return -1;
		out[n++] = v;
		t += 10ull * c->bit_ticks;
	}
	return n;
}

static void
put_byte(uint8_t *bits, int at, uint8_t v)
{
	uint16_t frame = (uint16_t)(v << 1 | 0x200);

	for (int k = 0; k < 10; k++)
		if (frame >> k & 1)
			bits[(at * 10 + k) / 8] |=
			    (uint8_t)(1 << (at * 10 + k) % 8);
}

/* The line was let go: a whole request is answered 8 bit times later. */
static void
hear(struct uart_chip *c)
{
	uint8_t m[8], a[8] = {0x05, 0xff};
	int n = decode(c, m);
	uint64_t end = c->edge[c->n_edges - 1];

	c->n_edges = 0;
	c->n_requests++;
	if (n < 4 || m[0] != 0xf5 || crc8(m, n - 1) != m[n - 1]) {
		c->n_bad++;
		return;
	}
	if (m[2] & 0x80) {
		c->reg[m[2] & 0x7f] = (uint32_t)m[3] << 24 |
				      (uint32_t)m[4] << 16 |
				      (uint32_t)m[5] << 8 | m[6];
		c->reg[2]++;
		return;
	}
	a[2] = m[2];
	for (int i = 0; i < 4; i++)
		a[3 + i] = (uint8_t)(c->reg[m[2]] >> (24 - 8 * i));
	a[7] = crc8(a, 7);
	memset(c->answer, 0, sizeof(c->answer));
	for (int i = 0; i < 8; i++)
		put_byte(c->answer, i, a[i]);
	c->answer_at = end + 8ull * c->bit_ticks;
}

static bool
read_line(void *ctx)
{
	struct uart_chip *c = ctx;
	uint64_t bit;

	if (c->n_edges > 0)
		hear(c);
	if (c->mute || c->answer_at == 0 || sim_clock < c->answer_at)
		return true;
	bit = (sim_clock - c->answer_at) / c->bit_ticks;
	return bit >= 80 || (c->answer[bit / 8] >> bit % 8 & 1);
}

void
uart_chip_on(struct uart_chip *c, const char *pin)
{
	struct sim_pin *p = sim_pin(pin);

	sim_pin_watch(p, on_edge, c);
	p->read = read_line;
	p->read_ctx = c;
}
