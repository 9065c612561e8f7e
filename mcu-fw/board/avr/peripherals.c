/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Hardware PWM, SPI and I2C of an ATmega. */
#include <avr/io.h>

#include "mcu-fw/core/i2c.h"
#include "mcu-fw/core/sched.h"
#include "mcu-fw/hal.h"

#define PIN(port, bit) ((port - 'A') * 8 + (bit))

/* --- PWM: phase correct, 510 counts, prescaler as near as can be --------- */

struct pwm_row {
	uint8_t pin;
	volatile void *compare;
	volatile uint8_t *a, *b; /* TCCRnA, TCCRnB */
	uint8_t enable;		 /* COMnx1 in TCCRnA */
	uint8_t kind;
};
enum {
	PWM_8 = 0,  /* prescalers 1 8 64 256 1024 */
	PWM_2 = 1,  /* timer 2: and 32, 128 */
	PWM_16 = 2, /* 16 bits wide registers */
};

static const struct pwm_row rows[] HAL_FLASH = {
#ifdef __AVR_ATmega2560__
    {PIN('B', 7), &OCR0A, &TCCR0A, &TCCR0B, _BV(COM0A1), PWM_8},
    {PIN('G', 5), &OCR0B, &TCCR0A, &TCCR0B, _BV(COM0B1), PWM_8},
    {PIN('B', 4), &OCR2A, &TCCR2A, &TCCR2B, _BV(COM2A1), PWM_2},
    {PIN('H', 6), &OCR2B, &TCCR2A, &TCCR2B, _BV(COM2B1), PWM_2},
    {PIN('E', 3), &OCR3A, &TCCR3A, &TCCR3B, _BV(COM3A1), PWM_16},
    {PIN('E', 4), &OCR3B, &TCCR3A, &TCCR3B, _BV(COM3B1), PWM_16},
    {PIN('E', 5), &OCR3C, &TCCR3A, &TCCR3B, _BV(COM3C1), PWM_16},
    {PIN('H', 3), &OCR4A, &TCCR4A, &TCCR4B, _BV(COM4A1), PWM_16},
    {PIN('H', 4), &OCR4B, &TCCR4A, &TCCR4B, _BV(COM4B1), PWM_16},
    {PIN('H', 5), &OCR4C, &TCCR4A, &TCCR4B, _BV(COM4C1), PWM_16},
    {PIN('L', 3), &OCR5A, &TCCR5A, &TCCR5B, _BV(COM5A1), PWM_16},
    {PIN('L', 4), &OCR5B, &TCCR5A, &TCCR5B, _BV(COM5B1), PWM_16},
    {PIN('L', 5), &OCR5C, &TCCR5A, &TCCR5B, _BV(COM5C1), PWM_16},
#else
    {PIN('B', 3), &OCR0A, &TCCR0A, &TCCR0B, _BV(COM0A1), PWM_8},
    {PIN('B', 4), &OCR0B, &TCCR0A, &TCCR0B, _BV(COM0B1), PWM_8},
    {PIN('D', 7), &OCR2A, &TCCR2A, &TCCR2B, _BV(COM2A1), PWM_2},
    {PIN('D', 6), &OCR2B, &TCCR2A, &TCCR2B, _BV(COM2B1), PWM_2},
    {PIN('B', 6), &OCR3A, &TCCR3A, &TCCR3B, _BV(COM3A1), PWM_16},
    {PIN('B', 7), &OCR3B, &TCCR3A, &TCCR3B, _BV(COM3B1), PWM_16},
#endif
};
#define N_ROWS (sizeof(rows) / sizeof(*rows))

/* The clock select bits that bring 510 prescaled counts nearest to the cycle:
 * the borders lie half way. */
static uint8_t
clock_select(uint8_t kind, uint32_t cycle_ticks)
{
	static const uint32_t borders[] = {2295, 18360, 81600, 326400};
	static const uint32_t borders_2[] = {
	    2295, 10200, 24480, 48960, 97920, 326400};
	const uint32_t *p = kind == PWM_2 ? borders_2 : borders;
	uint8_t n = kind == PWM_2 ? 6 : 4, cs = 1;

	while (cs <= n && cycle_ticks >= *p++)
		cs++;
	return cs;
}

struct hal_pwm
hal_pwm_setup(uint16_t pin, uint32_t cycle_ticks, uint16_t v)
{
	const struct pwm_row *r = rows;
	struct hal_pwm pwm;
	uint8_t kind, cs;
	volatile uint8_t *a, *b;

	while (hal_flash_u8(&r->pin) != pin)
		if (++r == rows + N_ROWS)
			shutdown(STR_NOT_PWM);
	kind = hal_flash_u8(&r->kind);
	a = hal_flash_ptr(&r->a);
	b = hal_flash_ptr(&r->b);
	pwm.compare = hal_flash_ptr(&r->compare);
	pwm.wide = kind == PWM_16;
	cs = clock_select(kind, cycle_ticks);
	/* all channels of a timer share its speed */
	if ((*b & 7) && (*b & 7) != cs)
		shutdown(STR_PWM_SPEED);
	hal_out_setup(pin, false);
	hal_pwm_write(pwm, v);
	*a |= (uint8_t)(hal_flash_u8(&r->enable) | 1); /* WGMn0 */
	*b = cs;
	return pwm;
}

void
hal_pwm_write(struct hal_pwm pwm, uint16_t v)
{
	uint8_t irq = hal_irq_save();

	if (pwm.wide)
		*(volatile uint16_t *)pwm.compare = v;
	else
		*(volatile uint8_t *)pwm.compare = (uint8_t)v;
	hal_irq_restore(irq);
}

/* --- SPI ---------------------------------------------------------------- */

#ifdef __AVR_ATmega2560__
#define SPI_SS	 PIN('B', 0)
#define SPI_SCK	 PIN('B', 1)
#define SPI_MOSI PIN('B', 2)
#define SPI_MISO PIN('B', 3)
#else
#define SPI_SS	 PIN('B', 4)
#define SPI_SCK	 PIN('B', 7)
#define SPI_MOSI PIN('B', 5)
#define SPI_MISO PIN('B', 6)
#endif

struct hal_spi
hal_spi_setup(uint32_t bus, uint8_t mode, uint32_t rate)
{
	struct hal_spi spi = {.spcr = _BV(SPE) | _BV(MSTR), .spsr = 0};
	uint8_t div = 0;
	uint32_t f = HAL_CLOCK_FREQ / 2;

	if (bus != 0)
		shutdown(STR_SPI_BUS);
	for (; f > rate && div < 6; f >>= 1)
		div++;
	/* 2 4 8 16 32 64 128: SPI2X halves the even ones */
	spi.spsr = div % 2 == 0 && div < 6 ? _BV(SPI2X) : 0;
	spi.spcr |= (uint8_t)(div / 2);
	if (mode & 1)
		spi.spcr |= _BV(CPHA);
	if (mode & 2)
		spi.spcr |= _BV(CPOL);
	/* a slave select that reads low would end being the master */
	hal_out_setup(SPI_SS, true);
	hal_out_setup(SPI_SCK, (mode & 2) != 0);
	hal_out_setup(SPI_MOSI, false);
	hal_in_setup(SPI_MISO, 0);
	return spi;
}

void
hal_spi_transfer(struct hal_spi spi, bool receive, uint8_t n, uint8_t *data)
{
	SPCR = spi.spcr;
	SPSR = spi.spsr;
	for (uint8_t i = 0; i < n; i++) {
		SPDR = data[i];
		while (!(SPSR & _BV(SPIF)))
			;
		if (receive)
			data[i] = SPDR;
		else
			(void)SPDR;
	}
}

/* --- I2C ---------------------------------------------------------------- */

#define I2C_TIMEOUT_TICKS (HAL_CLOCK_FREQ / 200)

/* One step of the bus; the status, or 0xff when it hangs. */
static uint8_t
twi(uint8_t control)
{
	uint32_t end = hal_ticks() + I2C_TIMEOUT_TICKS;

	TWCR = (uint8_t)(control | _BV(TWINT) | _BV(TWEN));
	while (!(TWCR & _BV(TWINT)))
		if (!ticks_before(hal_ticks(), end))
			return 0xff;
	return TWSR & 0xf8;
}

static uint8_t
start(uint8_t address)
{
	uint8_t s = twi(_BV(TWSTA));

	if (s != 0x08 && s != 0x10)
		return I2C_BUS_TIMEOUT;
	TWDR = address;
	s = twi(0);
	return s == 0x18 || s == 0x40 ? I2C_SUCCESS
	       : s == 0xff	      ? I2C_BUS_TIMEOUT
				      : I2C_START_NACK;
}

uint8_t
hal_i2c_transfer(const struct hal_i2c *i2c, uint8_t n_write,
    const uint8_t *write, uint8_t n_read, uint8_t *read)
{
	uint8_t status = I2C_SUCCESS;

	if (i2c->bus != 0)
		shutdown(STR_I2C_BUS);
	if (n_write == 0 && n_read == 0)
		return status;
	TWSR = 0;
	TWBR = i2c->rate >= 400000 ? 12 : 72;
	if (n_write > 0) {
		status = start((uint8_t)(i2c->address << 1));
		while (status == I2C_SUCCESS && n_write-- > 0) {
			TWDR = *write++;
			if (twi(0) != 0x28)
				status = I2C_NACK;
		}
	}
	if (n_read > 0 && status == I2C_SUCCESS) {
		status = start((uint8_t)(i2c->address << 1 | 1));
		if (status == I2C_START_NACK)
			status = I2C_START_READ_NACK;
		while (status == I2C_SUCCESS && n_read-- > 0) {
			if (twi(n_read ? _BV(TWEA) : 0) == 0xff)
				status = I2C_BUS_TIMEOUT;
			*read++ = TWDR;
		}
	}
	TWCR = _BV(TWINT) | _BV(TWSTO) | _BV(TWEN);
	return status;
}
