/* SPDX-License-Identifier: GPL-3.0-or-later */
/* libsimavr behind five functions. */
#include "tests/avr/chip.h"

#include <simavr/avr_adc.h>
#include <simavr/avr_extint.h>
#include <simavr/avr_ioport.h>
#include <simavr/avr_uart.h>
#include <simavr/sim_avr.h>
#include <simavr/sim_elf.h>
#include <simavr/sim_interrupts.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SP_LOW 0x5d
#define PORTS  12

struct buf chip_out = BUF_INIT;
void (*chip_trace)(uint32_t pc, uint16_t sp);

static avr_t *avr;
static struct buf waiting = BUF_INIT;
static bool xoff;
static uint32_t (*adc_millivolt)(int channel);

struct watch {
	void (*changed)(void *ctx, bool level);
	void *ctx;
};

static void
on_sent(struct avr_irq_t *irq, uint32_t value, void *param)
{
	(void)irq;
	(void)param;
	buf_addc(&chip_out, (char)value);
}

static void
on_xoff(struct avr_irq_t *irq, uint32_t value, void *param)
{
	(void)irq;
	(void)param;
	xoff = value != 0;
}

static void
on_xon(struct avr_irq_t *irq, uint32_t value, void *param)
{
	(void)irq;
	(void)value;
	(void)param;
	xoff = false;
}

static void
on_convert(struct avr_irq_t *irq, uint32_t value, void *param)
{
	union {
		avr_adc_mux_t mux;
		uint32_t v;
	} e = {.v = value};

	(void)irq;
	(void)param;
	if (adc_millivolt)
		avr_raise_irq(avr_io_getirq(avr, AVR_IOCTL_ADC_GETIRQ,
				  ADC_IRQ_ADC0 + e.mux.src),
		    adc_millivolt(e.mux.src + e.mux.diff));
}

/*
 * simavr 1.6 keeps eight voltages, and for the other eight channels of a big
 * chip reads behind them.  Those share the first eight here, and carry their 8
 * in a field that single channels do not use.
 */
static void
mend_channels(avr_adc_t *adc)
{
	for (int i = 0; i < 64; i++) {
		avr_adc_mux_t *mux = &adc->muxmode[i];

		if (mux->kind == ADC_MUX_SINGLE && mux->src > 7) {
			mux->diff = 8;
			mux->src -= 8;
		}
	}
}

static void (*extint_reset)(avr_io_t *io);
static bool was_reset;

/* A low pin would be looked at in every cycle, for interrupts that this
 * firmware does not use. */
static void
calm_reset(avr_io_t *io)
{
	was_reset = true;
	extint_reset(io);
	for (int i = 0; i < EXTINT_COUNT; i++)
		((avr_extint_t *)io)->eint[i].strict_lvl_trig = 0;
}

/* A reset takes the pins' levels away, but not the memory of having told of
 * them: they are told again. */
static void
forget_inputs(void)
{
	was_reset = false;
	for (avr_io_t *io = avr->io_port; io; io = io->next)
		for (int i = 0; i < 8 && strcmp(io->kind, "port") == 0; i++)
			io->irq[i].value = 2;
}

static void
mend_modules(void)
{
	for (avr_io_t *io = avr->io_port; io; io = io->next) {
		if (strcmp(io->kind, "adc") == 0)
			mend_channels((avr_adc_t *)io);
		if (strcmp(io->kind, "extint") == 0 && io->reset) {
			extint_reset = io->reset;
			io->reset = calm_reset;
			calm_reset(io);
		}
	}
}

/* A chip that sleeps would else be given real time for it. */
static void
no_sleep(avr_t *chip, avr_cycle_count_t cycles)
{
	(void)chip;
	(void)cycles;
}

void
chip_open(const char *mcu, const char *elf)
{
	elf_firmware_t f = {0};
	uint32_t flags = 0;

	if (elf_read_firmware(elf, &f) != 0) {
		fprintf(stderr, "cannot read '%s'\n", elf);
		exit(66);
	}
	avr = avr_make_mcu_by_name(mcu);
	if (!avr) {
		fprintf(stderr, "no chip '%s'\n", mcu);
		exit(69);
	}
	avr->log = LOG_ERROR;
	avr_init(avr);
	avr->sleep = no_sleep;
	f.frequency = 16000000;
	avr_load_firmware(avr, &f);
	avr->frequency = 16000000;
	avr->avcc = avr->vcc = avr->aref = 5000;
	mend_modules();
	avr_ioctl(avr, AVR_IOCTL_UART_SET_FLAGS('0'), &flags);
	avr_irq_register_notify(
	    avr_io_getirq(avr, AVR_IOCTL_UART_GETIRQ('0'), UART_IRQ_OUTPUT),
	    on_sent, NULL);
	avr_irq_register_notify(
	    avr_io_getirq(avr, AVR_IOCTL_UART_GETIRQ('0'), UART_IRQ_OUT_XOFF),
	    on_xoff, NULL);
	avr_irq_register_notify(
	    avr_io_getirq(avr, AVR_IOCTL_UART_GETIRQ('0'), UART_IRQ_OUT_XON),
	    on_xon, NULL);
	avr_irq_register_notify(
	    avr_io_getirq(avr, AVR_IOCTL_ADC_GETIRQ, ADC_IRQ_OUT_TRIGGER),
	    on_convert, NULL);
}

uint64_t
chip_cycle(void)
{
	return avr->cycle;
}

void
chip_write(const void *data, size_t n)
{
	buf_add(&waiting, data, n);
}

bool
chip_run(uint64_t until)
{
	static avr_irq_t *in;

	if (!in)
		in = avr_io_getirq(
		    avr, AVR_IOCTL_UART_GETIRQ('0'), UART_IRQ_INPUT);
	while (avr->cycle < until && chip_out.len == 0) {
		int state;

		while (waiting.len > 0 && !xoff) {
			avr_raise_irq(in, (uint8_t)waiting.data[0]);
			buf_consume(&waiting, 1);
		}
		if (chip_trace)
			chip_trace((uint32_t)avr->pc,
			    (uint16_t)(avr->data[SP_LOW] | avr->data[SP_LOW + 1]
							       << 8));
		state = avr_run(avr);
		if (was_reset)
			forget_inputs();
		if (state == cpu_Crashed || state == cpu_Done)
			return false;
	}
	return true;
}

static void
on_pin(struct avr_irq_t *irq, uint32_t value, void *param)
{
	const struct watch *w = param;

	(void)irq;
	w->changed(w->ctx, value != 0);
}

void
chip_watch(
    char port, int bit, void (*changed)(void *ctx, bool level), void *ctx)
{
	struct watch *w = malloc(sizeof(*w));

	if (!w)
		abort();
	w->changed = changed;
	w->ctx = ctx;
	avr_irq_register_notify(
	    avr_io_getirq(avr, AVR_IOCTL_IOPORT_GETIRQ(port), bit), on_pin, w);
}

/* Looked up once: it is a search through all of the chip. */
void
chip_set_pin(char port, int bit, bool level)
{
	static avr_irq_t *known[PORTS][8];
	avr_irq_t **irq = &known[port - 'A'][bit];

	if (!*irq)
		*irq = avr_io_getirq(avr, AVR_IOCTL_IOPORT_GETIRQ(port), bit);
	avr_raise_irq(*irq, level);
}

void
chip_set_adc(uint32_t (*millivolt)(int channel))
{
	adc_millivolt = millivolt;
}
