/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPI devices: chip select, mode, and words for the moment of a shutdown. */
#include "mcu-fw/core/spi.h"

#include <string.h>

#include "mcu-fw/core/basic.h"
#include "mcu-fw/core/command.h"
#include "mcu-fw/core/sched.h"

#define MESSAGE_MAX 64

enum {
	SPI_NO_BUS,
	SPI_HARDWARE,
	SPI_SOFTWARE
};

struct spi {
	struct hal_out cs;
	bool has_cs, cs_active;
	uint8_t bus, mode;
	struct hal_spi hard;
	struct hal_in miso;
	struct hal_out mosi, sclk;
	uint32_t half_ticks; /* of a bit made by hand */
};

struct spi_farewell {
	struct spi *spi;
	uint8_t n;
	uint8_t data[];
};

static const uint8_t kind, kind_farewell;

/* --- by hand ------------------------------------------------------------ */

static void
put_clock(struct spi *s, bool level)
{
	uint8_t irq = hal_irq_save();

	hal_out_write(s->sclk, level);
	hal_irq_restore(irq);
}

static void
put_data(struct spi *s, bool level)
{
	uint8_t irq = hal_irq_save();

	hal_out_write(s->mosi, level);
	hal_irq_restore(irq);
}

/*
 * Mode bit 1 is the clock's idle level.  Mode bit 0: data changes on the first
 * edge and is taken on the second; else it is there before the first.
 */
static uint8_t
exchange_byte(struct spi *s, uint8_t out)
{
	const bool idle = s->mode & 2, late = s->mode & 1;
	uint32_t t = hal_ticks();
	uint8_t in = 0;

	for (uint8_t bit = 0; bit < 8; bit++) {
		if (late)
			put_clock(s, !idle);
		put_data(s, (out & 0x80) != 0);
		out = (uint8_t)(out << 1);
		hal_wait_until(t += s->half_ticks);
		put_clock(s, late ? idle : !idle);
		in = (uint8_t)(in << 1 | hal_in_read(s->miso));
		hal_wait_until(t += s->half_ticks);
		if (!late)
			put_clock(s, idle);
	}
	return in;
}

/* --- devices ------------------------------------------------------------ */

static void
select_device(struct spi *s, bool on)
{
	uint8_t irq;

	if (!s->has_cs)
		return;
	irq = hal_irq_save();
	hal_out_write(s->cs, on == s->cs_active);
	hal_irq_restore(irq);
}

void
spi_exchange(struct spi *s, bool receive, uint8_t n, uint8_t *data)
{
	if (s->bus == SPI_NO_BUS)
		return;
	select_device(s, true);
	if (s->bus == SPI_HARDWARE) {
		hal_spi_transfer(s->hard, receive, n, data);
	} else {
		for (uint8_t i = 0; i < n; i++) {
			uint8_t in = exchange_byte(s, data[i]);

			if (receive)
				data[i] = in;
		}
	}
	select_device(s, false);
}

struct spi *
spi_get(uint8_t oid)
{
	return oid_get(oid, &kind);
}

void
command_config_spi(uint32_t *args)
{
	struct spi *s = oid_new((uint8_t)args[0], &kind, sizeof(*s));

	s->has_cs = true;
	s->cs_active = args[2] != 0;
	s->cs = hal_out_setup((uint16_t)args[1], !s->cs_active);
}

void
command_config_spi_without_cs(uint32_t *args)
{
	oid_new((uint8_t)args[0], &kind, sizeof(struct spi));
}

static struct spi *
new_bus(uint8_t oid, uint32_t mode)
{
	struct spi *s = spi_get(oid);

	if (s->bus != SPI_NO_BUS || mode > 3)
		shutdown(STR_SPI_CONFIG);
	s->mode = (uint8_t)mode;
	return s;
}

void
command_spi_set_bus(uint32_t *args)
{
	struct spi *s = new_bus((uint8_t)args[0], args[2]);

	s->hard = hal_spi_setup(args[1], s->mode, args[3]);
	s->bus = SPI_HARDWARE;
}

void
command_spi_set_sw_bus(uint32_t *args)
{
	struct spi *s = new_bus((uint8_t)args[0], args[4]);

	s->miso = hal_in_setup((uint16_t)args[1], 1);
	s->mosi = hal_out_setup((uint16_t)args[2], false);
	s->sclk = hal_out_setup((uint16_t)args[3], (s->mode & 2) != 0);
	s->half_ticks = (args[5] + 1) / 2;
	s->bus = SPI_SOFTWARE;
}

/* The bytes of a command, where they may be written over. */
static uint8_t *
copy_bytes(uint8_t *to, const uint32_t *args)
{
	memcpy(to, command_bytes(args[1]), args[0]);
	return to;
}

void
command_spi_send(uint32_t *args)
{
	uint8_t data[MESSAGE_MAX];

	spi_exchange(spi_get((uint8_t)args[0]), false, (uint8_t)args[1],
	    copy_bytes(data, args + 1));
}

void
command_spi_transfer(uint32_t *args)
{
	uint8_t data[MESSAGE_MAX];

	spi_exchange(spi_get((uint8_t)args[0]), true, (uint8_t)args[1],
	    copy_bytes(data, args + 1));
	RESPOND_BYTES(spi_transfer_response, (uint8_t)args[1], data, args[0]);
}

void
command_config_spi_shutdown(uint32_t *args)
{
	struct spi *s = spi_get((uint8_t)args[1]);
	struct spi_farewell *f = oid_new(
	    (uint8_t)args[0], &kind_farewell, (uint16_t)(sizeof(*f) + args[2]));

	f->spi = s;
	f->n = (uint8_t)args[2];
	copy_bytes(f->data, args + 2);
}

void
spi_init(void)
{
}

void
spi_shutdown(void)
{
	struct spi_farewell *f;
	uint8_t data[MESSAGE_MAX];
	struct spi *s;
	uint8_t next = 0;

	/* a transfer may have been cut off */
	while ((s = oid_next(&next, &kind)))
		select_device(s, false);
	next = 0;
	while ((f = oid_next(&next, &kind_farewell))) {
		memcpy(data, f->data, f->n);
		spi_exchange(f->spi, false, f->n, data);
	}
}
