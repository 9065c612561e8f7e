/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Analog inputs: sums of readings, checked against limits, in batches. */
#include "mcu-fw/core/basic.h"
#include "mcu-fw/core/command.h"
#include "mcu-fw/core/sched.h"

#define REPORT_MAX 48

enum {
	ADC_IDLE,
	ADC_SAMPLING,
	ADC_READY
};

struct adc {
	struct timer t;
	struct hal_adc pin;
	uint32_t rest_ticks, sample_ticks, next_begin;
	uint16_t sum, min_value, max_value;
	uint8_t sample_count, taken, state;
	uint8_t range_count, faults;
	uint8_t report_bytes, n_bytes;
	uint8_t bytes[REPORT_MAX];
};

static const uint8_t kind;

/* AVR: at most 120 cycles */
static enum timer_result
adc_event(struct timer *t)
{
	struct adc *a = (struct adc *)t;
	uint16_t value;
	uint32_t wait = hal_adc_sample(a->pin, &value);

	if (wait) {
		t->waketime += wait;
		return TIMER_AGAIN;
	}
	if (a->state != ADC_SAMPLING) { /* not taken by the task: too late */
		a->state = ADC_SAMPLING;
		a->taken = 0;
		a->sum = 0;
	}
	a->sum = (uint16_t)(a->sum + value);
	if (++a->taken < a->sample_count) {
		t->waketime += a->sample_ticks;
		return TIMER_AGAIN;
	}
	if (a->sum < a->min_value || a->sum > a->max_value) {
		if (++a->faults >= a->range_count)
			shutdown(STR_ADC_RANGE);
	} else {
		a->faults = 0;
	}
	a->state = ADC_READY;
	sched_wake(TASK_adc);
	a->next_begin += a->rest_ticks;
	t->waketime = a->next_begin;
	return TIMER_AGAIN;
}

void
command_config_analog_in(uint32_t *args)
{
	struct adc *a = oid_new((uint8_t)args[0], &kind, sizeof(*a));

	a->pin = hal_adc_setup((uint16_t)args[1]);
	a->t.func = adc_event;
}

void
command_query_analog_in(uint32_t *args)
{
	struct adc *a = oid_get((uint8_t)args[0], &kind);

	if ((uint8_t)args[5] > REPORT_MAX)
		shutdown(STR_ADC_BYTES);
	sched_del(&a->t);
	hal_adc_cancel(a->pin);
	a->t.waketime = a->next_begin = args[1];
	a->sample_ticks = args[2];
	a->sample_count = (uint8_t)args[3];
	a->rest_ticks = args[4];
	a->report_bytes = (uint8_t)args[5];
	a->min_value = (uint16_t)args[6];
	a->max_value = (uint16_t)args[7];
	a->range_count = (uint8_t)args[8];
	a->state = ADC_IDLE;
	a->faults = a->n_bytes = 0;
	if (a->sample_count)
		sched_add(&a->t);
}

void
adc_task(void)
{
	struct adc *a;
	uint8_t next = 0;

	while ((a = oid_next(&next, &kind))) {
		uint8_t irq = hal_irq_save();
		uint16_t sum = a->sum;
		uint32_t clock = a->next_begin;
		bool ready = a->state == ADC_READY;

		if (ready)
			a->state = ADC_IDLE;
		hal_irq_restore(irq);
		if (!ready)
			continue;
		a->bytes[a->n_bytes++] = (uint8_t)sum;
		a->bytes[a->n_bytes++] = (uint8_t)(sum >> 8);
		if (a->n_bytes + 2 <= a->report_bytes)
			continue;
		RESPOND_BYTES(
		    analog_in_state, a->n_bytes, a->bytes, next - 1u, clock);
		a->n_bytes = 0;
	}
}

void
adc_init(void)
{
}

/* Readings go on, so that the host sees how it cools; limits do not. */
void
adc_shutdown(void)
{
	struct adc *a;
	uint8_t next = 0;

	while ((a = oid_next(&next, &kind))) {
		hal_adc_cancel(a->pin);
		if (!a->sample_count)
			continue;
		a->state = ADC_IDLE;
		a->min_value = 0;
		a->max_value = 0xffff;
		/* not where the host wanted it: that may be the reason */
		a->next_begin = hal_ticks() + HAL_CLOCK_FREQ / 10;
		a->t.waketime = a->next_begin;
		sched_add(&a->t);
	}
}
