/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The STM32F103's register set-up, on a bus that only remembers. */
#include "mcu-fw/board/arm/arm.h"
#include "mcu-fw/core/sched.h"
#include "mcu-fw/hal.h"
#include "tests/unit/tap.h"

#include <setjmp.h>
#include <stdlib.h>

/* --- the mock bus -------------------------------------------------------- */

#define CELLS	  256
#define RCC_CR	  0x40021000u
#define CFGR	  0x40021004u
#define APB2ENR	  0x40021018u
#define APB1ENR	  0x4002101cu
#define USART_SR  0x40013800u
#define ADC_SR	  0x40012400u
#define ADC_CR2	  0x40012408u
#define SPI2	  0x40003800u
#define PIN(p, n) (((p) - 'A') * 16 + (n))

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

static uint32_t
value(uint32_t address)
{
	return cell(address)->value;
}

static bool no_pll, adc_done, uart_full;
static int spi_bytes, spi_early, calibrations, bytes_in;
static uint8_t to_send[8];
static int n_to_send;

/* Clocks that were asked for are ready at once, or never. */
uint32_t
reg_read(uint32_t address)
{
	uint32_t v = value(address);

	switch (address) {
	case RCC_CR:
		v |= (v & 1u << 16) << 1;
		return no_pll ? v : v | (v & 1u << 24) << 1;
	case CFGR:
		return v | (v & 3) << 2;
	case USART_SR:
		return (uart_full ? 0 : 0x80) | 0x20;
	case ADC_SR:
		return adc_done ? 2 : 0;
	case ADC_CR2: /* calibrations end */
		return v & ~0xcu;
	case SPI2 + 0x08: /* room, a byte, not busy */
		return 3;
	case SPI2 + 0x0c: /* who is there answers with the complement */
		return ~v & 0xff;
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
	if (address == ADC_CR2 && v & 4)
		calibrations++;
	if (address == SPI2 + 0x0c) {
		spi_bytes++;
		spi_early += !(value(SPI2) & 0x40);
	}
}

/* The four bits that say what a pin is. */
static uint32_t
mode(int pin)
{
	uint32_t port = 0x40010800u + (uint32_t)(pin / 16) * 0x400;

	return value(port + (pin & 8 ? 4 : 0)) >> (pin & 7) * 4 & 0xf;
}

/* --- what the chip's code asks of the rest -------------------------------- */

static jmp_buf refused;
static enum fw_string reason;
static uint32_t ticks;

void chip_uart_irq(void);

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
	bytes_in += c == 0x7e;
}

int
arm_link_next(void)
{
	return n_to_send > 0 ? to_send[--n_to_send] : -1;
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
	no_pll = true;
	chip_init();
	is_int(value(CFGR) & 3, 0, "without PLL it stays on what it has");
	no_pll = false;
	chip_init();
	is_int(value(0x40022000), 0x12, "two wait states, prefetch");
	is_int(value(CFGR) >> 18 & 0xf, 7, "crystal times 9: 72 MHz");
	is_int(value(CFGR) >> 16 & 1, 1, "of the crystal");
	is_int(value(CFGR) >> 8 & 0x3f, 0x24, "both buses at half");
	is_int(value(CFGR) >> 14 & 3, 1, "the converter at a quarter of that");
	is_int(value(CFGR) & 3, 2, "the core runs from the PLL");
	ok(cell(0x40022000)->order < cell(CFGR)->order,
	    "flash waits before the core is fast");
	is_int(value(0x40010004), 2 << 24, "PB3, PB4 and PA15 are pins");
	ok(value(APB2ENR) & 1, "that has a clock");
	is_int(value(0x40003008), 4095, "the watchdog's time");
	is_int(value(0x40003000), 0xcccc, "it runs");
	hal_watchdog_feed();
	is_int(value(0x40003000), 0xaaaa, "and is fed");
}

static void
test_pins(void)
{
	is_int(chip_port(4), 0x40011800, "port E");
	ok(value(APB2ENR) & 1u << 6, "its clock is on");
	is_int(chip_port(7), 0, "there is no port H");
	chip_pin_output(PIN('C', 2)); /* X step of a 4.2.2 */
	is_int(mode(PIN('C', 2)), 1, "an output");
	chip_pin_output(PIN('B', 9));
	is_int(mode(PIN('B', 9)), 1, "one of the upper half");
	is_int(mode(PIN('B', 1)), 0, "not of the lower");
	chip_pin_input(PIN('A', 5), 1); /* X stop */
	is_int(mode(PIN('A', 5)), 8, "an input that is pulled");
	is_int(value(0x40010810), 1 << 5, "up");
	chip_pin_input(PIN('A', 5), -1);
	is_int(value(0x40010810), 1 << 21, "or down");
	chip_pin_input(PIN('A', 5), 0);
	is_int(mode(PIN('A', 5)), 4, "or not");
	chip_pin_open_drain(PIN('B', 10));
	is_int(mode(PIN('B', 10)), 15, "or pulls low only, for a bus");
}

static void
test_uart(void)
{
	chip_uart_init();
	is_int(value(0x40013808), 144, "36 MHz / 144: 250000 baud");
	is_int(value(0x4001380c), 0x202c, "both directions, receive interrupt");
	ok(value(APB2ENR) & 1u << 14, "USART1 has a clock");
	is_int(mode(PIN('A', 9)), 0xb, "PA9 sends");
	is_int(mode(PIN('A', 10)), 8, "PA10 receives");
	ok(value(0xe000e104) & 1u << 5, "interrupt 37");
	to_send[0] = 0x7e;
	to_send[1] = 0x10;
	n_to_send = 2;
	uart_full = true;
	chip_uart_send();
	is_int(value(0x4001380c), 0x20ac, "while it is full it asks for more");
	uart_full = false;
	reg_write(0x40013804, 0x7e);
	chip_uart_irq();
	is_int(bytes_in, 1, "a byte comes in");
	is_int(n_to_send, 0, "two go");
	is_int(value(0x40013804), 0x7e, "in order");
	is_int(value(0x4001380c), 0x202c, "then it is quiet");
}

static void
test_adc(void)
{
	struct hal_adc bed = hal_adc_setup(PIN('C', 4)), hot, temp;
	uint16_t v = 0;

	is_int(bed.channel, 14, "PC4 is input 14");
	ok(value(APB2ENR) & 1u << 9, "ADC1 has a clock");
	is_int(calibrations, 1, "it is calibrated");
	is_int(mode(PIN('C', 4)), 0, "the pin is analog");
	hot = hal_adc_setup(PIN('B', 1));
	is_int(hot.channel, 9, "PB1 is input 9");
	temp = hal_adc_setup(254);
	is_int(temp.channel, 16, "the chip itself is input 16");
	is_int(calibrations, 1, "once is enough");
	ok(hal_adc_sample(bed, &v) > 0, "a conversion takes time");
	is_int(value(0x40012434), 14, "of that input");
	ok(value(ADC_CR2) & 1u << 22, "it is started");
	ok(hal_adc_sample(hot, &v) > 0, "meanwhile others wait");
	is_int(value(0x40012434), 14, "and do not disturb");
	adc_done = true;
	reg_write(0x4001244c, 0xabc);
	is_int(hal_adc_sample(bed, &v), 0, "then it is there");
	is_int(v, 0xabc, "12 bits");
	hal_adc_sample(temp, &v);
	hal_adc_cancel(temp);
	hal_adc_sample(hot, &v);
	is_int(value(0x40012434), 9, "one that was given up is no hindrance");
	hal_adc_cancel(hot);
	if (setjmp(refused) == 0) {
		hal_adc_setup(PIN('D', 0));
		ok(false, "PD0 was taken");
	} else {
		is_int(reason, STR_NOT_ADC, "PD0 is no analog input");
	}
}

static void
test_pwm(void)
{
	/* a fan at 25 kHz on PA0, the second of TIM2 on PA3; TIM4 on PB9 */
	struct hal_pwm fan = hal_pwm_setup(PIN('A', 0), 2880, 8192), slow;

	ok(value(APB1ENR) & 1, "TIM2 has a clock");
	is_int(value(0x40000028), 0, "undivided");
	is_int(value(0x4000002c), 2879, "counts to the period");
	is_int(value(0x40000034), 720, "a quarter");
	is_int(value(0x40000018), 0x68, "PWM, preloaded");
	is_int(value(0x40000020), 1, "channel 1 is on");
	is_int(value(0x40000000), 0x81, "it runs");
	is_int(mode(PIN('A', 0)), 0xb, "the pin is the timer's");
	ok(cell(0x40000034)->order < cell(0x40000000)->order,
	    "it has its value before it runs");
	hal_pwm_write(fan, 32768);
	is_int(value(0x40000034), 2880, "all of it is on all the time");
	hal_pwm_write(fan, 0);
	is_int(value(0x40000034), 0, "nothing is off all the time");
	hal_pwm_setup(PIN('A', 3), 2880, 16384);
	is_int(value(0x4000001c) >> 8, 0x68, "channel 4 beside it");
	is_int(value(0x40000040), 1440, "a half");
	is_int(value(0x40000020), 0x1001, "both are on");
	slow = hal_pwm_setup(PIN('B', 9), 7200000, 32768);
	is_int(slow.compare, 0x40000840, "PB9 is channel 4 of TIM4");
	ok(value(APB1ENR) & 4, "which has a clock");
	is_int(value(0x40000828), 109, "a prescaler of 110 makes 100 ms");
	is_int(value(0x4000082c), 65453, "of 65454 counts");
	is_int(value(0x40000840), 65454, "full on");
	if (setjmp(refused) == 0) {
		hal_pwm_setup(PIN('A', 1), 2881, 0);
		ok(false, "another period was taken");
	} else {
		is_int(reason, STR_PWM_SPEED, "a timer has one period");
	}
	if (setjmp(refused) == 0) {
		hal_pwm_setup(PIN('A', 4), 2880, 0);
		ok(false, "PA4 was taken");
	} else {
		is_int(reason, STR_NOT_PWM, "no timer reaches PA4");
	}
}

static void
test_spi_set_up(void)
{
	struct hal_spi spi = hal_spi_setup(0, 0, 36000000);

	ok(value(APB2ENR) & 1u << 12, "SPI1 has a clock");
	is_int(spi.base, 0x40013000, "and its place");
	is_int(spi.cr1, 0x344, "as fast as it goes: 18 MHz, mode 0");
	is_int(mode(PIN('A', 5)), 0xb, "PA5 is its clock");
	is_int(mode(PIN('A', 7)), 0xb, "PA7 goes out");
	is_int(mode(PIN('A', 6)), 8, "PA6 comes in, pulled up");
	spi = hal_spi_setup(2, 2, 1000000);
	ok(value(APB1ENR) & 1u << 15, "SPI3 has a clock");
	is_int(spi.cr1, 0x344 | 5 << 3 | 2, "562 kHz and mode 2");
	is_int(mode(PIN('B', 3)), 0xb, "PB3 is its clock");
	is_int(mode(PIN('B', 5)), 0xb, "PB5 goes out");
	is_int(mode(PIN('B', 4)), 8, "PB4 comes in");
	spi = hal_spi_setup(1, 0, 1);
	is_int(spi.cr1 >> 3 & 7, 7, "no slower than 141 kHz");
	if (setjmp(refused) == 0) {
		hal_spi_setup(3, 0, 1000000);
		ok(false, "a fourth bus was taken");
	} else {
		is_int(reason, STR_SPI_BUS, "there are three");
	}
}

static void
test_spi_transfer(void)
{
	/* an ADXL345: mode 3, 5 MHz at most */
	struct hal_spi spi = hal_spi_setup(1, 3, 5000000), other;
	uint8_t data[3] = {0x12, 0x34, 0x56};

	ok(value(APB1ENR) & 1u << 14, "SPI2 has a clock");
	is_int(spi.cr1, 0x344 | 2 << 3 | 3, "36 MHz / 8, mode 3");
	is_int(mode(PIN('B', 13)), 0xb, "PB13 is its clock");
	hal_spi_transfer(spi, true, 3, data);
	is_int(spi_bytes, 3, "three bytes go");
	is_int(spi_early, 0, "while it is on");
	is_int(data[0] << 16 | data[1] << 8 | data[2], 0xedcba9,
	    "the answers take their place");
	hal_spi_transfer(spi, false, 1, data);
	is_int(data[0], 0xed, "what is not asked for stays");
	other = hal_spi_setup(1, 0, 500000);
	hal_spi_transfer(other, false, 1, data);
	is_int(value(SPI2) & 0x3b, 6 << 3, "another device: slower, mode 0");
	hal_spi_transfer(spi, false, 1, data);
	is_int(value(SPI2) & 0x3b, 2 << 3 | 3, "and back");
}

int
main(void)
{
	test_clocks();
	test_pins();
	test_uart();
	test_adc();
	test_pwm();
	test_spi_set_up();
	test_spi_transfer();
	return done_testing();
}
