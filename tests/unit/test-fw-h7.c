/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The STM32H723's register set-up, on a bus that only remembers. */
#include "mcu-fw/board/arm/arm.h"
#include "mcu-fw/core/sched.h"
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
		return v | 5;
	case 0x40022008: /* ADC_CR: calibration ends */
		return v & 0x7fffffff;
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
	return ticks;
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

int
main(void)
{
	test_clocks();
	test_pins();
	test_uart();
	test_adc();
	return done_testing();
}
