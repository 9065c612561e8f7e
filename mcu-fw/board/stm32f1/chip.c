/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Clocks, pins, UART, converter, PWM and SPI of an STM32F103. */
#include "mcu-fw/core/sched.h"
#include "mcu-fw/hal.h"

#define RCC_CR	    0x40021000
#define RCC_CFGR    0x40021004
#define RCC_AHBENR  0x40021014
#define RCC_APB2ENR 0x40021018
#define RCC_APB1ENR 0x4002101c
#define FLASH_ACR   0x40022000
#define AFIO_MAPR   0x40010004
#define GPIOA	    0x40010800
#define GPIO_STEP   0x400
#define IWDG_KR	    0x40003000
#define IWDG_RLR    0x40003008
#define USART1_SR   0x40013800
#define USART1_DR   0x40013804
#define USART1_BRR  0x40013808
#define USART1_CR1  0x4001380c
#define ADC1	    0x40012400

#define N_PORTS	  7
#define PCLK	  36000000u
#define BAUD	  250000u
#define UART_IRQ  37
#define CR1_BASE  0x200c /* enabled, both directions */
#define CR1_RXNE  0x20
#define CR1_TXE	  0x80
#define PIN(p, n) (((p) - 'A') * 16 + (n))

/* --- clocks ------------------------------------------------------------- */

/*
 * 8 MHz crystal, times 9; both peripheral buses at 36 MHz, so their timers run
 * at 72.  An emulator never says that a clock is ready: what does not come is
 * done without.
 */
void
chip_init(void)
{
	reg_write(FLASH_ACR, 0x12);	 /* prefetch, two wait states */
	reg_change(RCC_CR, 0, 1u << 16); /* HSE */
	reg_wait(RCC_CR, 1u << 17, 1u << 17);
	reg_write(RCC_CFGR, 0x001d6400); /* PLL = HSE * 9, APB / 2, ADC / 4 */
	reg_change(RCC_CR, 0, 1u << 24); /* PLL */
	if (reg_wait(RCC_CR, 1u << 25, 1u << 25)) {
		reg_change(RCC_CFGR, 3, 2);
		reg_wait(RCC_CFGR, 0xc, 8);
	}
	reg_change(RCC_APB2ENR, 0, 1); /* AFIO */
	/* PB3, PB4 and PA15 are pins; SWD stays */
	reg_write(AFIO_MAPR, 2u << 24);
	reg_write(IWDG_KR, 0x5555);
	reg_write(IWDG_RLR, 4095); /* 410 ms of its 40 kHz / 4 */
	reg_write(IWDG_KR, 0xcccc);
}

void
hal_watchdog_feed(void)
{
	reg_write(IWDG_KR, 0xaaaa);
}

/* --- pins --------------------------------------------------------------- */

uint32_t
chip_port(uint8_t port)
{
	if (port >= N_PORTS)
		return 0;
	reg_change(RCC_APB2ENR, 0, 4u << port);
	return GPIOA + port * GPIO_STEP;
}

enum {
	MODE_ANALOG = 0x0,
	MODE_OUTPUT = 0x1, /* 10 MHz */
	MODE_FLOAT = 0x4,
	MODE_PULL = 0x8,
	MODE_ALTERNATE = 0xb, /* push-pull, 50 MHz */
	MODE_OPEN_DRAIN = 0xf,
};

static void
set_mode(uint16_t pin, uint32_t mode)
{
	uint32_t port = chip_port((uint8_t)(pin / 16));
	uint32_t shift = (pin & 7) * 4;

	reg_change(port + (pin & 8 ? 4 : 0), 0xfu << shift, mode << shift);
}

void
chip_pin_output(uint16_t pin)
{
	set_mode(pin, MODE_OUTPUT);
}

void
chip_pin_open_drain(uint16_t pin)
{
	set_mode(pin, MODE_OPEN_DRAIN);
}

void
chip_pin_input(uint16_t pin, int8_t pull)
{
	uint32_t mask = 1u << (pin % 16);

	set_mode(pin, pull ? MODE_PULL : MODE_FLOAT);
	if (pull)
		reg_write(chip_port((uint8_t)(pin / 16)) + HAL_GPIO_BSRR,
		    pull > 0 ? mask : mask << 16);
}

/* --- UART --------------------------------------------------------------- */

void
chip_uart_init(void)
{
	reg_change(RCC_APB2ENR, 0, 1u << 14);
	set_mode(PIN('A', 9), MODE_ALTERNATE);
	chip_pin_input(PIN('A', 10), 1);
	reg_write(USART1_BRR, PCLK / BAUD);
	reg_write(USART1_CR1, CR1_BASE | CR1_RXNE);
	arm_irq_enable(UART_IRQ);
}

/* Interrupts are off.  What the transmitter takes at once goes at once: it is
 * an interrupt less, and some emulators know no other way. */
void
chip_uart_send(void)
{
	while (reg_read(USART1_SR) & CR1_TXE) {
		int next = arm_link_next();

		if (next < 0) {
			reg_write(USART1_CR1, CR1_BASE | CR1_RXNE);
			return;
		}
		reg_write(USART1_DR, (uint32_t)next);
	}
	reg_write(USART1_CR1, CR1_BASE | CR1_RXNE | CR1_TXE);
}

void chip_uart_irq(void);

void
chip_uart_irq(void)
{
	/* a byte, or one was lost */
	if (reg_read(USART1_SR) & (CR1_RXNE | 8))
		arm_link_byte((uint8_t)reg_read(USART1_DR));
	chip_uart_send();
}

/* --- analog in ---------------------------------------------------------- */

#define ADC_SR	   (ADC1 + 0x00)
#define ADC_CR2	   (ADC1 + 0x08)
#define ADC_SMPR1  (ADC1 + 0x0c)
#define ADC_SMPR2  (ADC1 + 0x10)
#define ADC_SQR1   (ADC1 + 0x2c)
#define ADC_SQR3   (ADC1 + 0x34)
#define ADC_DR	   (ADC1 + 0x4c)
#define CR2_ON	   0x00800001 /* and the temperature sensor */
#define CR2_SOFT   0x001e0000 /* started by software */
#define CR2_START  0x00400000
#define PIN_TEMP   254
#define ADC_NOBODY 0xff
#define ADC_TICKS  (HAL_CLOCK_FREQ / 1000000 * 28) /* 252 cycles of 9 MHz */

static uint8_t adc_owner;
static bool adc_ready;

static void
adc_start_up(void)
{
	if (adc_ready)
		return;
	reg_change(RCC_APB2ENR, 0, 1u << 9);
	reg_write(ADC_CR2, CR2_ON);
	hal_wait_until(hal_ticks() + HAL_CLOCK_FREQ / 100000);
	reg_write(ADC_CR2, CR2_ON | 8); /* forget the calibration */
	reg_wait(ADC_CR2, 8, 0);
	reg_write(ADC_CR2, CR2_ON | 4); /* calibrate */
	reg_wait(ADC_CR2, 4, 0);
	reg_write(ADC_SMPR1, 0x00ffffff); /* 239.5 cycles all */
	reg_write(ADC_SMPR2, 0x3fffffff);
	reg_write(ADC_SQR1, 0);
	reg_write(ADC_CR2, CR2_ON | CR2_SOFT);
	adc_owner = ADC_NOBODY;
	adc_ready = true;
}

struct hal_adc
hal_adc_setup(uint16_t pin)
{
	struct hal_adc adc;

	if (pin <= PIN('A', 7))
		adc.channel = (uint8_t)pin;
	else if (pin == PIN('B', 0) || pin == PIN('B', 1))
		adc.channel = (uint8_t)(pin - PIN('B', 0) + 8);
	else if (pin >= PIN('C', 0) && pin <= PIN('C', 5))
		adc.channel = (uint8_t)(pin - PIN('C', 0) + 10);
	else if (pin == PIN_TEMP)
		adc.channel = 16;
	else
		shutdown(STR_NOT_ADC);
	adc_start_up();
	if (pin != PIN_TEMP)
		set_mode(pin, MODE_ANALOG);
	return adc;
}

uint32_t
hal_adc_sample(struct hal_adc adc, uint16_t *value)
{
	if (adc_owner == adc.channel) {
		if (!(reg_read(ADC_SR) & 2))
			return HAL_CLOCK_FREQ / 500000;
		adc_owner = ADC_NOBODY;
		*value = (uint16_t)reg_read(ADC_DR);
		return 0;
	}
	if (adc_owner != ADC_NOBODY)
		return ADC_TICKS;
	adc_owner = adc.channel;
	reg_write(ADC_SQR3, adc.channel);
	reg_write(ADC_CR2, CR2_ON | CR2_SOFT | CR2_START);
	return ADC_TICKS + HAL_CLOCK_FREQ / 1000000;
}

void
hal_adc_cancel(struct hal_adc adc)
{
	if (adc_owner == adc.channel)
		adc_owner = ADC_NOBODY;
}

/* --- PWM ---------------------------------------------------------------- */

struct pwm_row {
	uint8_t pin, timer, channel; /* TIM2..4 */
};

static const struct pwm_row pwm_rows[] = {
    {PIN('A', 0), 2, 1},
    {PIN('A', 1), 2, 2},
    {PIN('A', 2), 2, 3},
    {PIN('A', 3), 2, 4},
    {PIN('A', 6), 3, 1},
    {PIN('A', 7), 3, 2},
    {PIN('B', 0), 3, 3},
    {PIN('B', 1), 3, 4},
    {PIN('B', 6), 4, 1},
    {PIN('B', 7), 4, 2},
    {PIN('B', 8), 4, 3},
    {PIN('B', 9), 4, 4},
};
#define N_PWM (sizeof(pwm_rows) / sizeof(*pwm_rows))

struct hal_pwm
hal_pwm_setup(uint16_t pin, uint32_t cycle_ticks, uint16_t v)
{
	const struct pwm_row *r = pwm_rows;
	struct hal_pwm pwm;
	uint32_t base, prescaler, shift;

	while (r->pin != pin)
		if (++r == pwm_rows + N_PWM)
			shutdown(STR_NOT_PWM);
	base = 0x40000000 + (r->timer - 2u) * 0x400;
	reg_change(RCC_APB1ENR, 0, 1u << (r->timer - 2));
	for (prescaler = 1; cycle_ticks / prescaler > 0xffff; prescaler++)
		;
	pwm.period = cycle_ticks / prescaler;
	if ((reg_read(base) & 1) &&
	    (reg_read(base + 0x28) != prescaler - 1 ||
		reg_read(base + 0x2c) != pwm.period - 1))
		shutdown(STR_PWM_SPEED);
	pwm.compare = base + 0x34 + (r->channel - 1u) * 4;
	reg_write(base + 0x28, prescaler - 1);
	reg_write(base + 0x2c, pwm.period - 1);
	hal_pwm_write(pwm, v);
	shift = (r->channel - 1u) % 2 * 8;
	reg_change(base + (r->channel > 2 ? 0x1c : 0x18), 0xffu << shift,
	    0x68u << shift); /* PWM mode 1, preloaded */
	reg_change(base + 0x20, 0, 1u << ((r->channel - 1u) * 4));
	reg_write(base + 0x14, 1); /* take the values */
	reg_change(base, 0, 0x81);
	set_mode(pin, MODE_ALTERNATE);
	return pwm;
}

void
hal_pwm_write(struct hal_pwm pwm, uint16_t v)
{
	/* PWM_MAX is 32768 */
	reg_write(pwm.compare, (uint32_t)(((uint64_t)v * pwm.period) >> 15));
}

/* --- SPI ---------------------------------------------------------------- */

struct spi_row {
	uint32_t base, enable_register, enable;
	uint8_t miso, mosi, sclk;
};

static const struct spi_row spi_rows[] = {
    {0x40013000, RCC_APB2ENR, 1u << 12, PIN('A', 6), PIN('A', 7), PIN('A', 5)},
    {0x40003800, RCC_APB1ENR, 1u << 14, PIN('B', 14), PIN('B', 15),
	PIN('B', 13)},
    {0x40003c00, RCC_APB1ENR, 1u << 15, PIN('B', 4), PIN('B', 5), PIN('B', 3)},
};
#define N_SPI (sizeof(spi_rows) / sizeof(*spi_rows))

struct hal_spi
hal_spi_setup(uint32_t bus, uint8_t mode, uint32_t rate)
{
	const struct spi_row *r;
	struct hal_spi spi;
	uint32_t div = 0;

	if (bus >= N_SPI)
		shutdown(STR_SPI_BUS);
	r = &spi_rows[bus];
	reg_change(r->enable_register, 0, r->enable);
	set_mode(r->mosi, MODE_ALTERNATE);
	set_mode(r->sclk, MODE_ALTERNATE);
	chip_pin_input(r->miso, 1);
	while ((PCLK >> (div + 1)) > rate && div < 7)
		div++;
	spi.base = r->base;
	/* master, its select line by software, enabled */
	spi.cr1 = (uint16_t)(0x0344 | div << 3 | mode);
	return spi;
}

void
hal_spi_transfer(struct hal_spi spi, bool receive, uint8_t n, uint8_t *data)
{
	reg_write(spi.base, spi.cr1);
	for (uint8_t i = 0; i < n; i++) {
		uint32_t in;

		reg_write(spi.base + 0x0c, data[i]);
		reg_wait(spi.base + 0x08, 1, 1);
		in = reg_read(spi.base + 0x0c);
		if (receive)
			data[i] = (uint8_t)in;
	}
	reg_wait(spi.base + 0x08, 0x80, 0);
}
