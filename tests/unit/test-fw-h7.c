/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The STM32H723's register set-up, on a bus that only remembers. */
#include "mcu-fw/board/arm/arm.h"
#include "mcu-fw/board/stm32h7/chip.h"
#include "mcu-fw/core/i2c.h"
#include "mcu-fw/core/sched.h"
#include "mcu-fw/hal.h"
#include "tests/unit/tap.h"

#include <setjmp.h>
#include <stdlib.h>

/* --- the mock bus -------------------------------------------------------- */

#define CELLS 512

static struct cell {
	uint32_t address, value;
	int order; /* of the last write */
} cells[CELLS];
static int n_cells, n_writes;

static struct cell *
cell(uint32_t address)
{
	for (int i = 0; i < n_cells; i++)
		if (cells[i].address == address)
			return &cells[i];
	if (n_cells == CELLS)
		abort();
	cells[n_cells].address = address;
	return &cells[n_cells++];
}

static uint32_t i2c_flags;
static int i2c_bytes, spi_bytes, spi_pushed;

/* Clocks and regulators that were asked for are ready at once. */
uint32_t
reg_read(uint32_t address)
{
	uint32_t v = cell(address)->value;

	switch (address) {
	case 0x58024400: /* RCC_CR: HSE and PLL1 */
		return v | (v & 1u << 16) << 1 | (v & 1u << 24) << 1;
	case 0x58024410: /* RCC_CFGR: the switch that was asked for */
		return v | (v & 7) << 3;
	case 0x58024818: /* PWR_D3CR: the voltage is there */
		return v | 1u << 13;
	case 0x40022000: /* ADC_ISR */
	case 0x58026000:
		return v | 5;
	case 0x40022008: /* ADC_CR: calibration ends */
	case 0x58026008:
		return v & 0x7fffffff;
	case 0x40003c14: /* SPI3_SR: room, a byte, the end */
		return 0xb;
	case 0x40005c18: /* I2C3_ISR */
		return i2c_flags;
	case 0x40005c24: /* I2C3_RXDR */
		return (uint32_t)++i2c_bytes;
	default:
		return v;
	}
}

void
reg_write(uint32_t address, uint32_t v)
{
	struct cell *c = cell(address);

	c->value = v;
	c->order = ++n_writes;
}

/* What is on SPI3 answers each byte with its complement. */
uint8_t
reg_read8(uint32_t address)
{
	return (uint8_t)~cell(address - 0x10)->value;
}

void
reg_write8(uint32_t address, uint8_t v)
{
	spi_bytes++;
	/* switched on and started, never before */
	spi_pushed += (cell(address - 0x20)->value & 0x1201) == 0x1201;
	reg_write(address, v);
}

static uint32_t
value(uint32_t address)
{
	return cell(address)->value;
}

/* --- what the chip's code asks of the rest -------------------------------- */

static jmp_buf refused;
static enum fw_string reason;
static uint32_t ticks;

void
shutdown(enum fw_string why)
{
	reason = why;
	longjmp(refused, 1);
}

uint32_t
hal_ticks(void)
{
	return ticks += 1000;
}

void
hal_wait_until(uint32_t until)
{
	ticks = until;
}

void
arm_link_byte(uint8_t c)
{
	(void)c;
}

int
arm_link_next(void)
{
	return -1;
}

void
arm_irq_enable(uint8_t n)
{
	reg_write(0xe000e100 + n / 32u * 4, 1u << n % 32);
}

/* --- tests ---------------------------------------------------------------- */

static void
test_clocks(void)
{
	chip_init();
	is_int(value(0x5802480c), 2, "the linear regulator alone feeds it");
	is_int(value(0x58024818) >> 14 & 3, 0, "voltage scale 0");
	is_int(value(0x52002000) & 0x3f, 0x24,
	    "four wait states, delay for the frequency");
	is_int(value(0x58024428) & 0x3f3, 5 << 4 | 2, "crystal / 5 into PLL1");
	is_int(value(0x58024430), 0x01030067,
	    "times 104, P undivided, Q / 4: 520 and 130 MHz");
	is_int(value(0x58024418), 0x48, "AHB half of the core");
	is_int(value(0x5802441c), 0x440, "APB1 and APB2 half of that");
	is_int(value(0x58024410) & 7, 3, "the core runs from PLL1");
	ok(cell(0x52002000)->order < cell(0x58024410)->order,
	    "flash waits before the core is fast");
	ok(cell(0x58024818)->order < cell(0x58024400)->order,
	    "the voltage comes before the clocks");
	is_int(value(0x58004800), 0xcccc, "the watchdog runs");
	hal_watchdog_feed();
	is_int(value(0x58004800), 0xaaaa, "and is fed");
}

static void
test_pins(void)
{
	is_int(chip_port(6), 0x58021800, "port G");
	ok(value(0x580244e0) & 1u << 6, "its clock is on");
	is_int(chip_port(11), 0, "there is no port L");
	chip_pin_output(4 * 16 + 6); /* PE6, step of the first slot */
	is_int(value(0x58021000) >> 12 & 3, 1, "an output");
	chip_pin_input(5 * 16 + 4, 1); /* PF4, its stop */
	is_int(value(0x58021400) >> 8 & 3, 0, "an input");
	is_int(value(0x5802140c) >> 8 & 3, 1, "with pull-up");
	chip_pin_input(5 * 16 + 4, -1);
	is_int(value(0x5802140c) >> 8 & 3, 2, "with pull-down");
}

static void
test_uart(void)
{
	chip_uart_init();
	is_int(value(0x4001100c), 520, "130 MHz / 520: 250000 baud");
	is_int(value(0x40011000), 0x2d, "both directions, receive interrupt");
	is_int(value(0x58020024) >> 4 & 0xff, 0x77, "PA9, PA10: USART1");
	ok(value(0xe000e104) & 1u << 5, "interrupt 37");
}

static void
test_adc(void)
{
	struct hal_adc adc = hal_adc_setup(16 + 1); /* PB1 */
	uint16_t v = 0;

	is_int(adc.channel, 5, "PB1 is input 5");
	ok(value(0x4002201c) & 1u << 5, "its switch is closed");
	is_int(value(0x58020400) >> 2 & 3, 3, "the pin is analog");
	ok(hal_adc_sample(adc, &v) > 0, "a conversion takes time");
	is_int(value(0x40022030), 5 << 6, "of that input");
	reg_write(0x40022040, 0xabcd);
	is_int(hal_adc_sample(adc, &v), 0, "then it is there");
	is_int(v, 0xabc, "as 12 bits");
	if (setjmp(refused) == 0) {
		hal_adc_setup(3);
		hal_adc_setup(6 * 16);
		ok(false, "PG0 was taken");
	} else {
		is_int(reason, STR_NOT_ADC, "PG0 is no analog input");
	}
}

static void
test_temperature(void)
{
	struct hal_adc adc = hal_adc_setup(254);
	uint16_t v = 0;

	ok(value(0x580244e0) & 1u << 24, "ADC3 has a clock");
	is_int(value(0x58026308), 3u << 16 | 1u << 23,
	    "a quarter of the bus, the sensor on");
	is_int(value(0x58026018) >> 21 & 7, 7, "640 cycles for input 17");
	ok(hal_adc_sample(adc, &v) > 0, "a conversion takes time");
	is_int(value(0x58026030), 17 << 6, "of the sensor");
	reg_write(0x58026040, 0x321);
	is_int(hal_adc_sample(adc, &v), 0, "then it is there");
	is_int(v, 0x321, "12 bits as they are");
}

static void
test_pwm(void)
{
	/* FAN0, 25 kHz: 260 MHz / 10400 */
	struct hal_pwm fan = hal_pwm_setup(5 * 16 + 7, 20800, 8192);
	/* HE0, 100 ms */
	struct hal_pwm heater;

	ok(value(RCC_APB2ENR) & 1u << 18, "TIM17 has a clock");
	is_int(value(0x40014828), 0, "undivided");
	is_int(value(0x4001482c), 10399, "counts to the period");
	is_int(value(0x40014834), 2600, "a quarter");
	is_int(value(0x40014818), 0x68, "PWM, preloaded");
	is_int(value(0x40014820), 1, "channel 1 is on");
	ok(value(0x40014844) & 1u << 15, "with the outputs");
	is_int(value(0x40014800), 0x81, "it runs");
	is_int(value(0x58021420) >> 28, 1, "PF7: function 1");
	is_int(value(0x58021400) >> 14 & 3, 2, "is the timer's");
	hal_pwm_write(fan, 32768);
	is_int(value(0x40014834), 10400, "all of it is on all the time");
	heater = hal_pwm_setup(0, 52000000, 0);
	ok(value(RCC_APB1LENR) & 1u << 3, "TIM5 has a clock");
	is_int((value(0x40000c28) + 1) * (value(0x40000c2c) + 1) / 10000, 2599,
	    "a prescaler makes 100 ms");
	is_int(heater.compare, 0x40000c34, "channel 1");
	hal_pwm_setup(3, 52000000, 16384); /* PA3: channel 4, as fast */
	is_int(value(0x40000c1c) >> 8, 0x68, "channel 4 beside it");
	is_int(value(0x40000c20), 0x1001, "both are on");
	if (setjmp(refused) == 0) {
		hal_pwm_setup(1, 26000000, 0);
		ok(false, "another period was taken");
	} else {
		is_int(reason, STR_PWM_SPEED, "a timer has one period");
	}
	if (setjmp(refused) == 0) {
		hal_pwm_setup(5 * 16 + 5, 20800, 0);
		ok(false, "the bed's PF5 was taken");
	} else {
		is_int(reason, STR_NOT_PWM, "no timer reaches the bed's PF5");
	}
}

static void
test_spi(void)
{
	struct hal_spi spi = hal_spi_setup(3, 3, 4000000);
	uint8_t data[3] = {0x12, 0x34, 0x56};

	ok(value(RCC_APB1LENR) & 1u << 15, "SPI3 has a clock");
	is_int(value(0x40003c08), 5u << 28 | 7, "130 MHz / 64, bytes");
	ok(value(0x40003c0c) == 0x87400000,
	    "master, mode 3, select by software, keeps its pins");
	is_int(value(0x58020824) >> 8 & 0xfff, 0x666, "PC10 to PC12");
	hal_spi_transfer(spi, true, 3, data);
	is_int(value(0x40003c04), 3, "three bytes");
	is_int(spi_bytes, 3, "each written as a byte");
	is_int(spi_pushed, 3, "while it is on");
	is_int(data[0] << 16 | data[1] << 8 | data[2], 0xedcba9,
	    "the answers take their place");
	is_int(value(0x40003c00), 0x1000, "off again");
	hal_spi_transfer(spi, false, 1, data);
	is_int(data[0], 0xed, "what is not asked for stays");
	if (setjmp(refused) == 0) {
		hal_spi_setup(5, 0, 1000000);
		ok(false, "a sixth bus was taken");
	} else {
		is_int(reason, STR_SPI_BUS, "there are five");
	}
}

static void
test_i2c(void)
{
	struct hal_i2c dev = {2, 400000, 0x48};
	const uint8_t reg[2] = {7, 9};
	uint8_t data[2] = {0};

	i2c_flags = 0x66; /* room, a byte, done, stopped */
	is_int(hal_i2c_transfer(&dev, 0, NULL, 0, NULL), I2C_SUCCESS,
	    "there is a bus 2");
	is_int(hal_i2c_transfer(&dev, 2, reg, 0, NULL), I2C_SUCCESS, "written");
	ok(value(RCC_APB1LENR) & 1u << 23, "I2C3 has a clock");
	is_int(value(0x40005c10) >> 28, 9, "13 MHz");
	ok((value(0x40005c10) & 0xff) + (value(0x40005c10) >> 8 & 0xff) + 2 >=
		32,
	    "no more than 400 kHz");
	is_int(value(0x40005c04), 0x48 << 1 | 2 << 16 | 0x2002000,
	    "two bytes to the device, then stop");
	is_int(value(0x40005c28), 9, "the last of them");
	is_int(value(0x58020004) & 1u << 8, 1 << 8, "PA8 is an open drain");
	is_int(value(0x58020824) >> 4 & 0xf, 4, "PC9: function 4");
	is_int(hal_i2c_transfer(&dev, 1, reg, 2, data), I2C_SUCCESS, "read");
	is_int(value(0x40005c04), 0x48 << 1 | 2 << 16 | 0x2002400,
	    "two bytes from the device, then stop");
	is_int(data[0] << 8 | data[1], 0x0102, "as they came");
	i2c_flags = 0x30; /* no, stopped */
	is_int(hal_i2c_transfer(&dev, 1, reg, 2, data), I2C_START_NACK,
	    "nobody is there");
	is_int(hal_i2c_transfer(&dev, 0, NULL, 2, data), I2C_START_READ_NACK,
	    "nobody to read from");
	is_int(value(0x40005c00), 0, "what waited is forgotten");
	i2c_flags = 0;
	is_int(hal_i2c_transfer(&dev, 1, reg, 0, NULL), I2C_BUS_TIMEOUT,
	    "a bus that hangs is not waited for");
	if (setjmp(refused) == 0) {
		dev.bus = 3;
		hal_i2c_transfer(&dev, 0, NULL, 0, NULL);
		ok(false, "a fourth bus was taken");
	} else {
		is_int(reason, STR_I2C_BUS, "there are three");
	}
}

int
main(void)
{
	test_clocks();
	test_pins();
	test_uart();
	test_adc();
	test_temperature();
	test_pwm();
	test_spi();
	test_i2c();
	return done_testing();
}
