/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Clock, pins, converters and buses of an ATmega. */
#include <avr/interrupt.h>
#include <avr/io.h>
#include <avr/sleep.h>
#include <avr/wdt.h>

#include "mcu-fw/board/avr/timer.h"
#include "mcu-fw/core/basic.h"
#include "mcu-fw/core/sched.h"
#include "mcu-fw/core/stepper.h"

#define LEAD_TICKS  80 /* as in dispatch.S */
#define SOON_TICKS  40 /* a compare so far ahead is not missed */
#define BUSY_TICKS  3000
#define DEFER_TICKS 400
#define LATE_TICKS  16000 /* 1 ms */
#define STACK_BYTES 704

_Static_assert(offsetof(struct timer, next) == 0, "T_NEXT");
_Static_assert(offsetof(struct timer, waketime) == 2, "T_WAKE");
_Static_assert(offsetof(struct timer, func) == 6, "T_FUNC");
_Static_assert(offsetof(struct stepper, interval) == 8, "S_INTERVAL");
_Static_assert(offsetof(struct stepper, add) == 12, "S_ADD");
_Static_assert(offsetof(struct stepper, count) == 14, "S_COUNT");
_Static_assert(offsetof(struct stepper, step_pin) == 16, "S_PIN");
_Static_assert(offsetof(struct hal_out, mask) == 2, "S_MASK");
_Static_assert(offsetof(struct stepper, cubic.wake) == 32, "C_GAP");
_Static_assert(offsetof(struct stepper, cubic.frac) == 36, "C_FRAC");
_Static_assert(offsetof(struct stepper, cubic.interval) == 40, "C_INTERVAL");
_Static_assert(offsetof(struct stepper, cubic.add) == 44, "C_ADD");
_Static_assert(offsetof(struct stepper, cubic.add2) == 48, "C_ADD2");

/* --- the clock ---------------------------------------------------------- */

static volatile uint16_t ticks_high;
volatile uint16_t avr_busy_since;
volatile uint8_t avr_tasks_ran;

/*
 * The upper half is counted where the periodic timer runs, four times a wrap;
 * until then the overflow flag and a small lower half tell of it.
 */
void
avr_period(void)
{
	if (TIFR1 & _BV(TOV1)) {
		TIFR1 = _BV(TOV1);
		ticks_high++;
	}
}

uint32_t
hal_ticks(void)
{
	uint8_t irq = hal_irq_save();
	uint16_t low = TCNT1, high = ticks_high;

	if ((TIFR1 & _BV(TOV1)) && low < 0x8000)
		high++;
	hal_irq_restore(irq);
	return (uint32_t)high << 16 | low;
}

/* Only if its flag is up: simavr 1.6 takes the overflow's down, too. */
static void
forget_compare(void)
{
	if (TIFR1 & _BV(OCF1A))
		TIFR1 = _BV(OCF1A);
}

void
hal_timer_kick(void)
{
	uint16_t at = (uint16_t)((uint16_t)sched_first() - LEAD_TICKS);
	uint16_t soon = (uint16_t)(TCNT1 + SOON_TICKS);

	OCR1A = (int16_t)(at - soon) < 0 ? soon : at;
	forget_compare();
	/* a shutdown may have come out of the middle of the interrupt */
	TIMSK1 = _BV(OCIE1A);
}

/* Called by dispatch.S. */
uint16_t avr_dispatch(void);
uint16_t avr_settle(struct timer *t);
uint16_t avr_last_step(struct stepper *s);
uint8_t avr_row_ends(void);

uint16_t
avr_dispatch(void)
{
	return (uint16_t)sched_dispatch();
}

uint16_t
avr_settle(struct timer *t)
{
	return (uint16_t)sched_settle(t, TIMER_AGAIN);
}

uint16_t
avr_last_step(struct stepper *s)
{
	s->base = s->t.waketime;
	return (uint16_t)sched_settle(&s->t, stepper_load_next(s));
}

/*
 * Timers have run in rows.  Tasks must get their turn, even if timers become
 * late by it; more than a millisecond late is the end.
 */
uint8_t
avr_row_ends(void)
{
	uint16_t now = TCNT1;

	if ((uint16_t)(now - avr_busy_since) < BUSY_TICKS)
		return 0;
	if ((int16_t)(now - (uint16_t)sched_first()) > LATE_TICKS)
		shutdown(STR_TIMER_PAST);
	avr_busy_since = now;
	if (avr_tasks_ran || !sched_work()) {
		avr_tasks_ran = 0;
		return 0;
	}
	OCR1A = (uint16_t)(TCNT1 + DEFER_TICKS);
	forget_compare();
	return 1;
}

void
avr_timer_init(void)
{
	TCCR1A = 0;
	TCCR1B = _BV(CS10);
	TIMSK1 = _BV(OCIE1A);
}

void
hal_idle(void)
{
	avr_tasks_ran = 1;
	sleep_enable();
	sei();
	sleep_cpu();
	cli();
}

void
hal_wait_until(uint32_t ticks)
{
	while (ticks_before(hal_ticks(), ticks))
		;
}

void
hal_watchdog_feed(void)
{
	avr_tasks_ran = 1;
	wdt_reset();
}

void
hal_reset(void)
{
	cli();
	wdt_enable(WDTO_15MS);
	for (;;)
		;
}

ISR(WDT_vect)
{
	shutdown(STR_WATCHDOG);
}

void *
hal_memory(uint32_t *size)
{
	extern uint8_t _end;

	*size = (uint32_t)((uint8_t *)RAMEND - &_end) - STACK_BYTES;
	return &_end;
}

/* --- pins --------------------------------------------------------------- */

#define NO_PORT 0
/* addresses of the PIN registers; port I does not exist */
static const uint16_t ports[] HAL_FLASH = {
#ifdef __AVR_ATmega2560__
    (uint16_t)&PINA, (uint16_t)&PINB, (uint16_t)&PINC, (uint16_t)&PIND,
    (uint16_t)&PINE, (uint16_t)&PINF, (uint16_t)&PING, (uint16_t)&PINH, NO_PORT,
    (uint16_t)&PINJ, (uint16_t)&PINK, (uint16_t)&PINL
#else
    (uint16_t)&PINA, (uint16_t)&PINB, (uint16_t)&PINC, (uint16_t)&PIND
#endif
};
#define N_PINS (sizeof(ports) / sizeof(*ports) * 8)

static volatile uint8_t *
port_of(uint16_t pin, enum fw_string why)
{
	uint16_t address =
	    pin < N_PINS ? hal_flash_u16(&ports[pin / 8]) : NO_PORT;

	if (address == NO_PORT)
		shutdown(why);
	return (volatile uint8_t *)address;
}

struct hal_out
hal_out_setup(uint16_t pin, bool level)
{
	struct hal_out out = {
	    port_of(pin, STR_NOT_OUTPUT), (uint8_t)(1 << pin % 8)};
	uint8_t irq = hal_irq_save();

	hal_out_write(out, level);
	out.pin[1] |= out.mask;
	hal_irq_restore(irq);
	return out;
}

struct hal_in
hal_in_setup(uint16_t pin, int8_t pull)
{
	struct hal_in in = {
	    port_of(pin, STR_NOT_INPUT), (uint8_t)(1 << pin % 8)};
	uint8_t irq;

	if (pull < 0)
		shutdown(STR_NOT_INPUT);
	irq = hal_irq_save();
	in.pin[1] &= (uint8_t)~in.mask;
	if (pull > 0)
		in.pin[2] |= in.mask;
	else
		in.pin[2] &= (uint8_t)~in.mask;
	hal_irq_restore(irq);
	return in;
}

/* --- analog in ---------------------------------------------------------- */

#define PIN(port, bit) ((port - 'A') * 8 + (bit))
#define ADC_ENABLE                                                             \
	(_BV(ADPS0) | _BV(ADPS1) | _BV(ADPS2) | _BV(ADEN)) /* 125 kHz */
#define ADC_TICKS  1664 /* 13 cycles of 128 */
#define ADC_NOBODY 0xff

static uint8_t adc_owner = ADC_NOBODY;

struct hal_adc
hal_adc_setup(uint16_t pin)
{
	struct hal_adc adc;

#ifdef __AVR_ATmega2560__
	if (pin >= PIN('F', 0) && pin <= PIN('F', 7)) {
		adc.channel = (uint8_t)(pin - PIN('F', 0));
		DIDR0 |= (uint8_t)(1 << adc.channel);
	} else if (pin >= PIN('K', 0) && pin <= PIN('K', 7)) {
		adc.channel = (uint8_t)(pin - PIN('K', 0) + 8);
		DIDR2 |= (uint8_t)(1 << (adc.channel - 8));
	} else {
		shutdown(STR_NOT_ADC);
	}
#else
	if (pin > PIN('A', 7))
		shutdown(STR_NOT_ADC);
	adc.channel = (uint8_t)pin;
	DIDR0 |= (uint8_t)(1 << adc.channel);
#endif
	ADCSRA = ADC_ENABLE;
	return adc;
}

uint32_t
hal_adc_sample(struct hal_adc adc, uint16_t *value)
{
	if (adc_owner == adc.channel) {
		if (ADCSRA & _BV(ADSC))
			return 200;
		adc_owner = ADC_NOBODY;
		*value = ADC;
		return 0;
	}
	if (adc_owner != ADC_NOBODY)
		return ADC_TICKS;
	adc_owner = adc.channel;
	ADMUX = _BV(REFS0) | (adc.channel & 7);
#ifdef MUX5
	ADCSRB = adc.channel > 7 ? _BV(MUX5) : 0;
#endif
	ADCSRA = ADC_ENABLE | _BV(ADSC);
	return ADC_TICKS + 100;
}

void
hal_adc_cancel(struct hal_adc adc)
{
	if (adc_owner == adc.channel)
		adc_owner = ADC_NOBODY;
}
