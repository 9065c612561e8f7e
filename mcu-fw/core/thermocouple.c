/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Thermocouples and RTDs behind converters on SPI, with limits. */
#include "mcu-fw/core/thermocouple.h"
#include "mcu-fw/core/basic.h"
#include "mcu-fw/core/command.h"
#include "mcu-fw/core/sched.h"
#include "mcu-fw/core/spi.h"

struct thermocouple {
	struct timer t;
	uint32_t rest_ticks, min_value, max_value;
	struct spi *spi;
	uint8_t type, faults, max_faults;
	volatile bool due;
};

struct reading {
	uint32_t value;
	uint8_t fault;
};

static const uint8_t kind;

/* AVR: at most 50 cycles */
static enum timer_result
thermocouple_event(struct timer *t)
{
	struct thermocouple *c = (struct thermocouple *)t;

	c->due = true;
	sched_wake(TASK_thermocouple);
	t->waketime += c->rest_ticks;
	return TIMER_AGAIN;
}

/* --- the converters ----------------------------------------------------- */

static uint32_t
big_endian(const uint8_t *p, uint8_t n)
{
	uint32_t v = 0;

	while (n-- > 0)
		v = v << 8 | *p++;
	return v;
}

/* 14 bits of temperature, 12 of the cold junction, faults in the last three */
static struct reading
read_max31855(struct spi *spi)
{
	uint8_t m[4] = {0};
	struct reading r;

	spi_exchange(spi, true, sizeof(m), m);
	r.value = big_endian(m, 4);
	r.fault = m[3] & 0x07;
	return r;
}

/* 12 bits of temperature, then "open" */
static struct reading
read_max6675(struct spi *spi)
{
	uint8_t m[2] = {0};
	struct reading r;

	spi_exchange(spi, true, sizeof(m), m);
	r.value = big_endian(m, 2);
	r.fault = m[1] & 0x04;
	return r;
}

/* registers 0x0c to 0x0e hold the temperature, 0x0f the faults */
static struct reading
read_max31856(struct spi *spi)
{
	uint8_t m[5] = {0x0c};
	struct reading r;

	spi_exchange(spi, true, sizeof(m), m);
	r.value = big_endian(m + 1, 3);
	r.fault = m[4];
	return r;
}

/* registers 1 and 2 hold the resistance and a bit that says to look at 7 */
static struct reading
read_max31865(struct spi *spi)
{
	uint8_t m[3] = {0x01}, f[2] = {0x07};
	struct reading r;

	spi_exchange(spi, true, sizeof(m), m);
	spi_exchange(spi, true, sizeof(f), f);
	r.value = big_endian(m + 1, 2);
	r.fault = (f[1] & 0xfc) | (m[2] & 1);
	return r;
}

static struct reading
read_chip(const struct thermocouple *c)
{
	switch (c->type) {
	case MAX31855:
		return read_max31855(c->spi);
	case MAX31856:
		return read_max31856(c->spi);
	case MAX31865:
		return read_max31865(c->spi);
	default:
		return read_max6675(c->spi);
	}
}

/* --- commands ----------------------------------------------------------- */

void
command_config_thermocouple(uint32_t *args)
{
	struct spi *spi = spi_get((uint8_t)args[1]); /* may shut down */
	struct thermocouple *c;

	if ((uint8_t)args[2] > MAX6675)
		shutdown(STR_THERMOCOUPLE_TYPE);
	c = oid_new((uint8_t)args[0], &kind, sizeof(*c));
	c->t.func = thermocouple_event;
	c->spi = spi;
	c->type = (uint8_t)args[2];
}

void
command_query_thermocouple(uint32_t *args)
{
	struct thermocouple *c = oid_get((uint8_t)args[0], &kind);

	sched_del(&c->t);
	c->due = false;
	c->t.waketime = args[1];
	c->rest_ticks = args[2];
	if (c->rest_ticks == 0)
		return;
	c->min_value = args[3];
	c->max_value = args[4];
	c->max_faults = (uint8_t)args[5];
	c->faults = 0;
	sched_add(&c->t);
}

static void
take_reading(struct thermocouple *c, uint8_t oid)
{
	struct reading r = read_chip(c);
	uint8_t irq = hal_irq_save();
	uint32_t next = c->t.waketime;

	c->due = false;
	hal_irq_restore(irq);
	RESPOND(thermocouple_result, oid, next, r.value, r.fault);
	if (!r.fault && r.value >= c->min_value && r.value <= c->max_value)
		c->faults = 0;
	else if (++c->faults >= c->max_faults)
		shutdown(STR_THERMOCOUPLE_FAULT);
}

void
thermocouple_task(void)
{
	struct thermocouple *c;
	uint8_t next = 0;

	while ((c = oid_next(&next, &kind)))
		if (c->due)
			take_reading(c, (uint8_t)(next - 1));
}

void
thermocouple_init(void)
{
}

void
thermocouple_shutdown(void)
{
	struct thermocouple *c;
	uint8_t next = 0;

	while ((c = oid_next(&next, &kind)))
		c->due = false;
}
