/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Power, clocks, pins, UART and converters of an STM32H723. */
#include "mcu-fw/board/stm32h7/chip.h"
#include "mcu-fw/core/sched.h"
#include "mcu-fw/hal.h"

#define FLASH_ACR     0x52002000
#define PWR_CR3	      0x5802480c
#define PWR_D3CR      0x58024818
#define RCC_CR	      0x58024400
#define RCC_CFGR      0x58024410
#define RCC_D1CFGR    0x58024418
#define RCC_D2CFGR    0x5802441c
#define RCC_D3CFGR    0x58024420
#define RCC_PLLCKSELR 0x58024428
#define RCC_PLLCFGR   0x5802442c
#define RCC_PLL1DIVR  0x58024430
#define RCC_D3CCIPR   0x58024458
#define RCC_AHB1ENR   0x580244d8
#define RCC_AHB4ENR   0x580244e0
#define GPIOA	      0x58020000
#define GPIO_STEP     0x400
#define IWDG_KR	      0x58004800
#define IWDG_RLR      0x58004808
#define USART1_CR1    0x40011000
#define USART1_BRR    0x4001100c
#define USART1_ISR    0x4001101c
#define USART1_ICR    0x40011020
#define USART1_RDR    0x40011024
#define USART1_TDR    0x40011028
#define ADC1	      0x40022000
#define ADC12_CCR     0x40022308

#define N_PORTS	 11 /* PA..PK */
#define BAUD	 250000u
#define UART_IRQ 37
#define CR1_BASE 0x0d /* enabled, both directions */
#define CR1_RXNE 0x20
#define CR1_TXE	 0x80

/* --- clocks ------------------------------------------------------------- */

/*
 * 25 MHz crystal / 5 * 104 = 520 MHz for the core; 260 for the buses, 130 for
 * the peripherals, PLL1Q 130.  520 MHz needs the highest voltage scale, with
 * the linear regulator that this board has, and four wait states of flash.
 */
void
chip_init(void)
{
	reg_write(PWR_CR3, 2); /* LDO alone */
	reg_wait(PWR_D3CR, 1u << 13, 1u << 13);
	reg_change(PWR_D3CR, 3u << 14, 0); /* VOS0 */
	reg_wait(PWR_D3CR, 1u << 13, 1u << 13);
	reg_change(FLASH_ACR, 0x3f, 0x24);
	reg_wait(FLASH_ACR, 0x3f, 0x24);
	reg_change(RCC_CR, 0, 1u << 16); /* HSE */
	reg_wait(RCC_CR, 1u << 17, 1u << 17);
	reg_change(RCC_PLLCKSELR, 0x3f3, 5u << 4 | 2);
	/* input 4..8 MHz, wide VCO, outputs P and Q */
	reg_change(RCC_PLLCFGR, 0x0007000f, 3u << 16 | 2u << 2);
	reg_write(RCC_PLL1DIVR, 1u << 24 | 3u << 16 | 0u << 9 | 103);
	reg_change(RCC_CR, 0, 1u << 24);
	if (reg_wait(RCC_CR, 1u << 25, 1u << 25)) {
		reg_write(RCC_D1CFGR, 0x48);  /* AHB / 2, APB3 / 2 */
		reg_write(RCC_D2CFGR, 0x440); /* APB1 / 2, APB2 / 2 */
		reg_write(RCC_D3CFGR, 0x40);  /* APB4 / 2 */
		reg_change(RCC_CFGR, 7, 3);
		reg_wait(RCC_CFGR, 0x38, 0x18);
	}
	reg_write(IWDG_KR, 0x5555);
	reg_write(IWDG_RLR, 4095); /* 512 ms of 32 kHz / 4 */
	reg_write(IWDG_KR, 0xcccc);
}

void
hal_watchdog_feed(void)
{
	reg_write(IWDG_KR, 0xaaaa);
}

/* --- pins --------------------------------------------------------------- */

#define MODER	0x00
#define OTYPER	0x04
#define OSPEEDR 0x08
#define PUPDR	0x0c
#define AFRL	0x20

uint32_t
chip_port(uint8_t port)
{
	if (port >= N_PORTS)
		return 0;
	reg_change(RCC_AHB4ENR, 0, 1u << port);
	return GPIOA + port * GPIO_STEP;
}

enum {
	MODE_INPUT,
	MODE_OUTPUT,
	MODE_ALTERNATE,
	MODE_ANALOG
};

static void
set_mode(uint16_t pin, uint32_t mode, uint32_t pull)
{
	uint32_t port = chip_port((uint8_t)(pin / 16));
	uint32_t shift = pin % 16 * 2;

	reg_change(port + PUPDR, 3u << shift, pull << shift);
	reg_change(port + MODER, 3u << shift, mode << shift);
}

/* The second speed class: 60 MHz at 3.3 V. */
void
chip_pin_alternate(uint16_t pin, uint32_t function, enum chip_drive drive)
{
	uint32_t port = chip_port((uint8_t)(pin / 16));
	uint32_t shift = pin % 8 * 4, bit = 1u << pin % 16;

	reg_change(
	    port + AFRL + (pin & 8 ? 4 : 0), 0xfu << shift, function << shift);
	reg_change(port + OTYPER, bit, drive == DRIVE_OPEN_DRAIN ? bit : 0);
	reg_change(port + OSPEEDR, 3u << pin % 16 * 2, 1u << pin % 16 * 2);
	set_mode(pin, MODE_ALTERNATE, drive == DRIVE_PUSH_PULL ? 0 : 1);
}

/* The slow speed class, which is the reset's, is fast enough for steps. */
void
chip_pin_output(uint16_t pin)
{
	set_mode(pin, MODE_OUTPUT, 0);
}

void
chip_pin_input(uint16_t pin, int8_t pull)
{
	set_mode(pin, MODE_INPUT, pull > 0 ? 1 : pull < 0 ? 2 : 0);
}

/* --- UART --------------------------------------------------------------- */

void
chip_uart_init(void)
{
	reg_change(RCC_APB2ENR, 0, 1u << 4);
	chip_pin_alternate(PIN('A', 9), 7, DRIVE_PULLED_UP);
	chip_pin_alternate(PIN('A', 10), 7, DRIVE_PULLED_UP);
	reg_write(USART1_BRR, PCLK / BAUD);
	reg_write(USART1_CR1, CR1_BASE | CR1_RXNE);
	arm_irq_enable(UART_IRQ);
}

/* Interrupts are off.  What the transmitter takes at once goes at once. */
void
chip_uart_send(void)
{
	while (reg_read(USART1_ISR) & CR1_TXE) {
		int next = arm_link_next();

		if (next < 0) {
			reg_write(USART1_CR1, CR1_BASE | CR1_RXNE);
			return;
		}
		reg_write(USART1_TDR, (uint32_t)next);
	}
	reg_write(USART1_CR1, CR1_BASE | CR1_RXNE | CR1_TXE);
}

void chip_uart_irq(void);

void
chip_uart_irq(void)
{
	uint32_t status = reg_read(USART1_ISR);

	if (status & 8) /* one was lost */
		reg_write(USART1_ICR, 8);
	if (status & CR1_RXNE)
		arm_link_byte((uint8_t)reg_read(USART1_RDR));
	chip_uart_send();
}

/* --- analog in: ADC1, its 16 bits shifted to 12, and ADC3 of 12 bits ------ */

#define ADC3	   0x58026000
#define ADC3_CCR   0x58026308
#define ADC_ISR	   0x00
#define ADC_CR	   0x08
#define ADC_SMPR1  0x14
#define ADC_SMPR2  0x18
#define ADC_PCSEL  0x1c
#define ADC_SQR1   0x30
#define ADC_DR	   0x40
#define CR_ENABLE  0x00000001
#define CR_START   0x00000004
#define CR_BOOST   0x00000300
#define CR_LINEAR  0x00010000
#define CR_REG_ON  0x10000000
#define CR_CALIB   0x80000000u
#define ISR_READY  1
#define ISR_END	   4
#define PIN_TEMP   254
#define TEMP_INPUT 17
#define ADC_NOBODY 0xff
#define ADC_TICKS  (HAL_CLOCK_FREQ / 1000000 * 13)
#define CLOCK_BY_4 (3u << 16)
#define TEMP_ON	   (1u << 23)

/* Both keep a sample for 12 us or 10 us: 387.5 cycles of 32.5 MHz, 640.5 of
 * 65 MHz, which is what the temperature sensor wants. */
static struct converter {
	uint32_t base, common, common_bits, on, smpr1, smpr2;
	uint8_t owner, shift;
	bool ready;
} converters[] = {
    {ADC1, ADC12_CCR, CLOCK_BY_4, CR_REG_ON | CR_BOOST, 0x36db6db6, 0x36db6db6,
	ADC_NOBODY, 4, false},
    {ADC3, ADC3_CCR, CLOCK_BY_4 | TEMP_ON, CR_REG_ON, 0x3fffffff, 0x3fffffff,
	ADC_NOBODY, 0, false},
};

struct adc_row {
	uint8_t pin, channel;
};
static const struct adc_row adc_rows[] = {
    {PIN('A', 0), 16},
    {PIN('A', 1), 17},
    {PIN('A', 2), 14},
    {PIN('A', 3), 15},
    {PIN('A', 4), 18},
    {PIN('A', 5), 19},
    {PIN('A', 6), 3},
    {PIN('A', 7), 7},
    {PIN('B', 0), 9},
    {PIN('B', 1), 5},
    {PIN('C', 0), 10},
    {PIN('C', 1), 11},
    {PIN('C', 4), 4},
    {PIN('C', 5), 8},
    {PIN('F', 11), 2},
    {PIN('F', 12), 6},
};
#define N_ADC (sizeof(adc_rows) / sizeof(*adc_rows))

static void
adc_start_up(struct converter *c)
{
	uint32_t linear = c->base == ADC1 ? CR_LINEAR : 0;

	if (c->ready)
		return;
	if (c->base == ADC1)
		reg_change(RCC_AHB1ENR, 0, 1u << 5);
	else
		reg_change(RCC_AHB4ENR, 0, 1u << 24);
	reg_write(c->common, c->common_bits);
	reg_write(c->base + ADC_CR, 0); /* out of deep power-down */
	reg_write(c->base + ADC_CR, c->on);
	hal_wait_until(hal_ticks() + HAL_CLOCK_FREQ / 100000);
	reg_write(c->base + ADC_CR, c->on | linear | CR_CALIB);
	reg_wait(c->base + ADC_CR, CR_CALIB, 0);
	reg_write(c->base + ADC_ISR, ISR_READY);
	reg_write(c->base + ADC_CR, c->on | CR_ENABLE);
	reg_wait(c->base + ADC_ISR, ISR_READY, ISR_READY);
	reg_write(c->base + ADC_SMPR1, c->smpr1);
	reg_write(c->base + ADC_SMPR2, c->smpr2);
	c->ready = true;
}

struct hal_adc
hal_adc_setup(uint16_t pin)
{
	const struct adc_row *r = adc_rows;
	struct hal_adc adc = {0, TEMP_INPUT};

	if (pin == PIN_TEMP) {
		adc.converter = 1;
		adc_start_up(&converters[1]);
		return adc;
	}
	while (r->pin != pin)
		if (++r == adc_rows + N_ADC)
			shutdown(STR_NOT_ADC);
	adc.channel = r->channel;
	adc_start_up(&converters[0]);
	reg_change(ADC1 + ADC_PCSEL, 0, 1u << adc.channel);
	set_mode(pin, MODE_ANALOG, 0);
	return adc;
}

uint32_t
hal_adc_sample(struct hal_adc adc, uint16_t *value)
{
	struct converter *c = &converters[adc.converter];

	if (c->owner == adc.channel) {
		if (!(reg_read(c->base + ADC_ISR) & ISR_END))
			return HAL_CLOCK_FREQ / 500000;
		c->owner = ADC_NOBODY;
		*value = (uint16_t)(reg_read(c->base + ADC_DR) >> c->shift);
		return 0;
	}
	if (c->owner != ADC_NOBODY)
		return ADC_TICKS;
	c->owner = adc.channel;
	reg_write(c->base + ADC_SQR1, (uint32_t)adc.channel << 6);
	reg_write(c->base + ADC_CR, c->on | CR_ENABLE | CR_START);
	return ADC_TICKS + HAL_CLOCK_FREQ / 1000000;
}

void
hal_adc_cancel(struct hal_adc adc)
{
	struct converter *c = &converters[adc.converter];

	if (c->owner == adc.channel)
		c->owner = ADC_NOBODY;
}
