/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The STM32F103's I2C: what is done to its registers, in which order. */
#include "mcu-fw/board/arm/arm.h"
#include "mcu-fw/core/i2c.h"
#include "mcu-fw/core/sched.h"
#include "mcu-fw/hal.h"
#include "tests/unit/tap.h"

#include <setjmp.h>
#include <stdlib.h>

/* --- the mock bus: I2C2, and a record of what matters ----------------------
 */

#define BASE 0x40005800u

static uint32_t registers[0x24 / 4], clocks, flags, ticks;
static char done[200];
static uint8_t next_byte;

static void
note(const char *what)
{
	size_t n = strlen(done);

	snprintf(done + n, sizeof(done) - n, "%s", what);
}

uint32_t
reg_read(uint32_t address)
{
	if (address == 0x4002101c)
		return clocks;
	switch (address - BASE) {
	case 0x10:
		note(" get");
		return ++next_byte;
	case 0x14:
		return flags;
	case 0x18:
		note(" go");
		return 0;
	default:
		return registers[(address - BASE) / 4];
	}
}

static void
note_control(uint32_t was, uint32_t is)
{
	static const struct {
		uint32_t bit;
		const char *on, *off;
	} rows[] = {
	    {0x8000, " reset", ""},
	    {0x0001, " on", ""},
	    {0x0400, " ack", " noack"},
	    {0x0800, " second", ""},
	    {0x0100, " start", ""},
	    {0x0200, " stop", ""},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if ((was ^ is) & rows[i].bit)
			note(is & rows[i].bit ? rows[i].on : rows[i].off);
}

void
reg_write(uint32_t address, uint32_t v)
{
	if (address == 0x4002101c) {
		clocks = v;
		return;
	}
	if (address == BASE)
		note_control(registers[0], v);
	if (address == BASE + 0x10)
		snprintf(done + strlen(done), sizeof(done) - strlen(done),
		    " %02x", (unsigned)v);
	/* the chip takes these two down itself */
	registers[(address - BASE) / 4] = address == BASE ? v & ~0x300u : v;
}

/* --- what the code asks of the rest ----------------------------------------
 */

static jmp_buf refused;
static int opened;

void
shutdown(enum fw_string why)
{
	longjmp(refused, (int)why);
}

uint32_t
hal_ticks(void)
{
	return ticks += 1000;
}

void
chip_pin_open_drain(uint16_t pin)
{
	opened += pin == 26 || pin == 27;
}

/* --- tests -----------------------------------------------------------------
 */

static struct hal_i2c dev = {1, 100000, 0x48};
static uint8_t data[5];

/* After the opening, which is always the same. */
static const char *
transfer(uint8_t n_write, uint8_t n_read, int want)
{
	static const uint8_t out[3] = {7, 8, 9};

	*done = '\0';
	next_byte = 0;
	registers[0] = 0;
	is_int(hal_i2c_transfer(&dev, n_write, out, n_read, data), want,
	    "%d out, %d in: %d", n_write, n_read, want);
	return strncmp(done, " reset on", 9) == 0 ? done + 9 : done;
}

static void
test_set_up(void)
{
	flags = 0xc7; /* never anything to wait for */
	transfer(0, 0, I2C_SUCCESS);
	is_str(done, "", "to ask for a bus changes nothing");
	transfer(1, 0, I2C_SUCCESS);
	ok(clocks & 1u << 22, "I2C2 has a clock");
	is_int(opened, 2, "PB10 and PB11 pull low only");
	is_int(registers[1], 36, "36 MHz");
	is_int(registers[7], 180, "100 kHz");
	is_int(registers[8], 37, "1 us for a rise");
	dev.rate = 400000;
	transfer(1, 0, I2C_SUCCESS);
	is_int(registers[7], 0x8000 | 30, "400 kHz");
	is_int(registers[8], 11, "0.3 us for a rise");
}

static void
test_order(void)
{
	is_str(transfer(3, 0, I2C_SUCCESS), " start 90 go 07 08 09 stop go",
	    "writing");
	is_str(transfer(0, 1, I2C_SUCCESS),
	    " ack start 91 noack go stop get go",
	    "one byte: no and stop are said before it comes");
	is_str(transfer(0, 2, I2C_SUCCESS),
	    " ack start 91 noack second go stop get get go",
	    "two: no is meant for the second");
	is_str(transfer(0, 4, I2C_SUCCESS),
	    " ack start 91 go get noack get stop get get go",
	    "more: no before the last but two is taken");
	is_int(data[0] << 12 | data[1] << 8 | data[2] << 4 | data[3], 0x1234,
	    "in order");
	is_str(transfer(1, 2, I2C_SUCCESS),
	    " start 90 go 07 ack start 91 noack second go stop get get go",
	    "a register's content: started anew between");
}

static void
test_failures(void)
{
	flags = 0x401; /* started, refused */
	is_str(transfer(1, 2, I2C_START_NACK), " start 90 stop go",
	    "nobody is there");
	is_str(transfer(0, 2, I2C_START_READ_NACK), " ack start 91 stop go",
	    "nobody to read from");
	flags = 0;
	transfer(1, 0, I2C_BUS_TIMEOUT);
	dev.bus = 2;
	switch (setjmp(refused)) {
	case 0:
		transfer(0, 0, I2C_SUCCESS);
		ok(false, "a third bus was taken");
		break;
	default:
		ok(true, "there are two buses");
	}
}

int
main(void)
{
	test_set_up();
	test_order();
	test_failures();
	return done_testing();
}
