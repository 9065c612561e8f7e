/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What hal.h asks for, on a virtual clock. */
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include "base/die.h"
#include "base/xalloc.h"
#include "mcu-fw/board/sim/sim-private.h"
#include "mcu-fw/core/basic.h"
#include "mcu-fw/core/command.h"
#include "mcu-fw/core/i2c.h"
#include "mcu-fw/core/sched.h"
#include "mcu-fw/hal.h"

#define NEVER UINT64_MAX

uint64_t sim_clock;
uint32_t sim_freq = 72000000;
uint32_t sim_pulse_inline = UINT32_MAX;
uint32_t sim_pulse_hold;
uint64_t sim_alarm = NEVER;
void (*sim_alarm_fn)(void *ctx);
void *sim_alarm_ctx;
FILE *sim_trace;
uint8_t (*sim_spi_exchange)(void *ctx, uint8_t out);
void *sim_spi_ctx;
uint8_t (*sim_i2c_transfer)(
    void *, uint8_t, uint8_t, const uint8_t *, uint8_t, uint8_t *);
void *sim_i2c_ctx;
struct sim_options sim_options;
struct sim_pin sim_pins[SIM_PINS];
int sim_n_extra;

static uint64_t limit; /* of this sim_run() */
static uint64_t busy_until;
static bool stopped, in_timer, want_boot;
static uint32_t boots;
static void *memory;
static struct buf dictionary;
static int named_extra; /* of the dictionary */
static const char *const strings[] = {
#define TEXT(name, text) text,
    FW_STRINGS(TEXT)
#undef TEXT
};

/* --- the clock ---------------------------------------------------------- */

static uint64_t
timer_due(void)
{
	int32_t left = (int32_t)(sched_first() - (uint32_t)sim_clock);

	return sim_clock + (left > 0 ? (uint64_t)left : 0);
}

/*
 * A timer's event takes its time on a chip.  Here it takes none, but what
 * would pile up is counted: more than a millisecond late ends it, as there.
 */
static void
run_timer(uint64_t at)
{
	if (busy_until < at)
		busy_until = at;
	busy_until += sim_options.event_ticks;
	if (busy_until - at > sim_freq / 1000) {
		busy_until = at;
		shutdown(STR_TIMER_PAST);
	}
	sim_clock = at;
	in_timer = true;
	sched_dispatch();
	in_timer = false;
}

/* What is not a timer: one event of the wire or the model. */
static void
run_other(uint64_t at)
{
	if (at > sim_clock)
		sim_clock = at;
	if (sim_alarm <= at)
		sim_alarm_fn(sim_alarm_ctx);
	else if (sim_link_arrive())
		stopped = true;
}

static uint64_t
other_due(void)
{
	uint64_t link = sim_link_due();

	return link < sim_alarm ? link : sim_alarm;
}

void
hal_idle(void)
{
	uint64_t other = other_due();

	while (!sched_work()) {
		uint64_t timer = timer_due();

		if (timer <= other && timer <= limit) {
			run_timer(timer);
		} else if (other <= limit) {
			run_other(other);
			if (stopped)
				return;
		} else {
			if (limit > sim_clock)
				sim_clock = limit;
			stopped = true;
			return;
		}
		other = other_due();
	}
}

/* A task that waits is interrupted by timers; a timer is not. */
void
hal_wait_until(uint32_t ticks)
{
	int32_t left = (int32_t)(ticks - (uint32_t)sim_clock);
	uint64_t end = sim_clock + (left > 0 ? (uint64_t)left : 0);

	while (!in_timer && timer_due() <= end)
		run_timer(timer_due());
	if (end > sim_clock)
		sim_clock = end;
}

void
hal_timer_kick(void)
{
}

void
hal_watchdog_feed(void)
{
}

static void
boot(void)
{
	boots++;
	for (int i = 0; i < SIM_PINS; i++) {
		struct sim_pin *p = &sim_pins[i];

		/* pins float: nothing is driven */
		if (p->is_output && p->level)
			sim_pin_toggle(p);
		if (p->is_pwm && p->pwm)
			p->pwm(p->pwm_ctx, 0);
		p->is_output = p->is_pwm = false;
		p->pull = 0;
	}
	want_boot = false;
	sim_link_boot();
	sched_boot();
}

void
sim_run(uint64_t until)
{
	limit = until;
	stopped = false;
	in_timer = false;
	if (setjmp(sched_frame) != 0) {
		in_timer = false;
		if (want_boot)
			boot();
		else
			sched_shut();
	}
	/* All that can be done at this moment is done, even at the end of it;
	 * tasks that are never done, as with a sensor that is asked faster than
	 * its bus can answer, go on in the next run. */
	do
		sched_pass();
	while (!stopped && sim_clock <= until);
}

/* --- life --------------------------------------------------------------- */

void
sim_begin(const struct sim_options *o)
{
	bool same = memcmp(&sim_options, o, sizeof(*o)) == 0 &&
		    named_extra == sim_n_extra && dictionary.len > 0;

	sim_options = *o;
	sim_freq = o->freq;
	sim_clock = busy_until = 0;
	boots = 0;
	free(memory);
	memory = xcalloc(1, o->memory);
	named_extra = sim_n_extra;
	if (!same) {
		buf_clear(&dictionary);
		sim_dictionary(&dictionary);
	}
	sim_link_begin();
	if (setjmp(sched_frame) != 0)
		BUG("the firmware does not boot");
	boot();
}

void
sim_end(void)
{
	sim_link_end();
	free(memory);
	memory = NULL;
	buf_release(&dictionary);
}

void
sim_restart(void)
{
	hal_reset();
}

void
hal_reset(void)
{
	want_boot = true;
	longjmp(sched_frame, 1);
}

bool
sim_is_shutdown(void)
{
	return sched_is_shutdown();
}

const char *
sim_shutdown_reason(void)
{
	return sched_is_shutdown() ? strings[sched_shutdown_reason() - 2]
				   : NULL;
}

uint32_t
sim_boots(void)
{
	return boots;
}

void *
hal_memory(uint32_t *size)
{
	*size = sim_options.memory;
	return memory;
}

const uint8_t *
dictionary_data(uint32_t *size)
{
	*size = (uint32_t)dictionary.len;
	return (const uint8_t *)dictionary.data;
}

/* --- pins --------------------------------------------------------------- */

struct sim_pin *
sim_pin_number(uint32_t n)
{
	if (n >= (uint32_t)(SIM_PORTS * SIM_PORT_PINS + sim_n_extra))
		return NULL;
	return &sim_pins[n];
}

static int
standard_number(const char *name)
{
	int port = name[1] - 'A', n = 0;
	const char *p = name + 2;

	if (name[0] != 'P' || port < 0 || port >= SIM_PORTS || *p == '\0')
		return -1;
	for (; *p; p++) {
		if (*p < '0' || *p > '9' || n >= SIM_PORT_PINS)
			return -1;
		n = n * 10 + *p - '0';
	}
	return n < SIM_PORT_PINS ? port * SIM_PORT_PINS + n : -1;
}

struct sim_pin *
sim_pin(const char *name)
{
	int n = standard_number(name);
	struct sim_pin *extra = sim_pins + SIM_PORTS * SIM_PORT_PINS;

	if (n >= 0) {
		if (!sim_pins[n].name)
			sim_pins[n].name = xstrdup(name);
		return &sim_pins[n];
	}
	for (int i = 0; i < sim_n_extra; i++)
		if (strcmp(extra[i].name, name) == 0)
			return &extra[i];
	if (sim_n_extra >= SIM_EXTRA)
		return NULL;
	extra[sim_n_extra].name = xstrdup(name);
	return &extra[sim_n_extra++];
}

void
sim_pin_watch(struct sim_pin *p, void (*changed)(void *, bool), void *ctx)
{
	struct sim_watch *w = xcalloc(1, sizeof(*w));

	w->changed = changed;
	w->ctx = ctx;
	w->next = p->watch;
	p->watch = w;
}

void
sim_pin_trace(struct sim_pin *p)
{
	int n = (int)(p - sim_pins);

	fprintf(sim_trace, "%llu ",
	    (unsigned long long)(sim_clock + sim_pulse_hold));
	if (p->name)
		fputs(p->name, sim_trace);
	else
		fprintf(sim_trace, "P%c%d", 'A' + n / SIM_PORT_PINS,
		    n % SIM_PORT_PINS);
	fprintf(sim_trace, " %d\n", p->level);
}

static struct sim_pin *
take_pin(uint16_t number, enum fw_string why)
{
	struct sim_pin *p = sim_pin_number(number);

	if (!p)
		shutdown(why);
	return p;
}

struct hal_out
hal_out_setup(uint16_t pin, bool level)
{
	struct hal_out out = {take_pin(pin, STR_NOT_OUTPUT)};

	out.pin->is_output = true;
	hal_out_write(out, level);
	return out;
}

struct hal_in
hal_in_setup(uint16_t pin, int8_t pull)
{
	struct hal_in in = {take_pin(pin, STR_NOT_INPUT)};

	in.pin->is_output = false;
	in.pin->pull = pull;
	return in;
}

struct hal_adc
hal_adc_setup(uint16_t pin)
{
	struct hal_adc adc = {take_pin(pin, STR_NOT_ADC)};

	return adc;
}

uint32_t
hal_adc_sample(struct hal_adc adc, uint16_t *value)
{
	double ratio =
	    adc.pin->analog ? adc.pin->analog(adc.pin->analog_ctx) : 1;

	*value = (uint16_t)(ratio * sim_options.adc_max + 0.5);
	return 0;
}

void
hal_adc_cancel(struct hal_adc adc)
{
	(void)adc;
}

struct hal_pwm
hal_pwm_setup(uint16_t pin, uint32_t cycle_ticks, uint16_t v)
{
	struct hal_pwm pwm = {take_pin(pin, STR_NOT_PWM)};

	(void)cycle_ticks;
	pwm.pin->is_pwm = true;
	hal_pwm_write(pwm, v);
	return pwm;
}

void
hal_pwm_write(struct hal_pwm pwm, uint16_t v)
{
	if (pwm.pin->pwm)
		pwm.pin->pwm(pwm.pin->pwm_ctx, (double)v / SIM_PWM_MAX);
}

/* --- buses -------------------------------------------------------------- */

struct hal_spi
hal_spi_setup(uint32_t bus, uint8_t mode, uint32_t rate)
{
	struct hal_spi spi;

	(void)mode;
	if (bus >= SIM_SPI_BUSES)
		shutdown(STR_SPI_BUS);
	if (rate == 0)
		shutdown(STR_SPI_PARAMETERS);
	/* a chip's bus is slowed down by 256 at most; and never for nothing: a
	 * task that goes on and on would stop time */
	if (rate < sim_freq / 256)
		rate = sim_freq / 256;
	spi.byte_ticks = (uint32_t)(8ull * sim_freq / rate) + 1;
	return spi;
}

void
hal_spi_transfer(struct hal_spi spi, bool receive, uint8_t n, uint8_t *data)
{
	for (uint8_t i = 0; i < n; i++) {
		uint8_t in = sim_spi_exchange
				 ? sim_spi_exchange(sim_spi_ctx, data[i])
				 : 0xff;

		if (receive)
			data[i] = in;
		hal_wait_until(hal_ticks() + spi.byte_ticks);
	}
}

uint8_t
hal_i2c_transfer(const struct hal_i2c *i2c, uint8_t n_write,
    const uint8_t *write, uint8_t n_read, uint8_t *read)
{
	uint32_t bytes;

	if (i2c->bus >= SIM_I2C_BUSES)
		shutdown(STR_I2C_BUS);
	if (n_write == 0 && n_read == 0)
		return I2C_SUCCESS;
	if (!sim_i2c_transfer)
		return I2C_START_NACK;
	/* nine bits a byte, with the address once each way */
	bytes = (n_write ? n_write + 1u : 0) + (n_read ? n_read + 1u : 0);
	if (i2c->rate > 0)
		hal_wait_until(hal_ticks() +
			       (uint32_t)(9ull * bytes * sim_freq / i2c->rate));
	return sim_i2c_transfer(
	    sim_i2c_ctx, i2c->address, n_write, write, n_read, read);
}
