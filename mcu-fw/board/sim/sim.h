/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The simulated chip from outside: its clock, its pins, its wire. */
#ifndef GANTRY_FW_BOARD_SIM_SIM_H
#define GANTRY_FW_BOARD_SIM_SIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/buf.h"

/*
 * One chip a process.  Its clock stands still while the firmware computes and
 * jumps from event to event: timers, bytes that arrive or have left, what the
 * model of the machine asked for.  The same inputs give the same run.
 */
extern uint64_t sim_clock; /* ticks since the first boot */
extern uint32_t sim_freq;
extern uint32_t sim_pulse_inline;
extern uint32_t sim_pulse_hold;

/* --- pins --------------------------------------------------------------- */
struct sim_watch {
	struct sim_watch *next;
	void (*changed)(void *ctx, bool level);
	void *ctx;
};

struct sim_pin {
	bool level; /* what the firmware puts out */
	bool is_output;
	bool is_pwm;
	int8_t pull;
	struct sim_watch *watch;
	bool (*read)(void *ctx);
	void *read_ctx;
	double (*analog)(void *ctx); /* ratio 0..1; NULL: floats at 1 */
	void *analog_ctx;
	void (*pwm)(void *ctx, double duty);
	void *pwm_ctx;
	const char *name;
};

/*
 * The pin of this name: PA0..PK15 as STM32 numbers them, and any other name,
 * for which a number is taken when it is first asked for, before the boot.
 * NULL: no more room.
 */
struct sim_pin *sim_pin(const char *name);
struct sim_pin *sim_pin_number(uint32_t number); /* NULL: no such pin */
void sim_pin_watch(
    struct sim_pin *, void (*changed)(void *ctx, bool level), void *ctx);
void sim_pin_trace(struct sim_pin *);
extern FILE *sim_trace; /* "tick pin level" a line, or NULL */

static inline void
sim_pin_toggle(struct sim_pin *p)
{
	p->level = !p->level;
	for (const struct sim_watch *w = p->watch; w; w = w->next)
		w->changed(w->ctx, p->level);
	if (sim_trace)
		sim_pin_trace(p);
	sim_pulse_hold = 0;
}

#define SIM_PWM_MAX	   32768
#define SIM_RECEIVE_WINDOW 192

/* --- life --------------------------------------------------------------- */
struct sim_options {
	uint32_t freq;	      /* ticks a second */
	uint32_t baud;	      /* of the wire; 0: as fast as one likes */
	uint32_t memory;      /* bytes for objects and moves */
	uint16_t adc_max;     /* full scale */
	uint16_t event_ticks; /* what a timer's event would take; not 0 */
	const char *mcu;      /* the constant MCU */
};
/* Builds the dictionary: all pins have been named.  Boots. */
void sim_begin(const struct sim_options *);
void sim_end(void);
/* As if the power had gone and come back: time goes on, the rest is new.
 * Called by the model from inside sim_run(); does not return. */
void sim_restart(void) __attribute__((noreturn));
bool sim_is_shutdown(void);
const char *sim_shutdown_reason(void); /* NULL: it runs */
uint32_t sim_boots(void);	       /* 1 after sim_begin() */

/* Runs until then, or until the firmware has said something. */
void sim_run(uint64_t until);

/* One moment at which the model wants to be called; UINT64_MAX: never. */
extern uint64_t sim_alarm;
extern void (*sim_alarm_fn)(void *ctx);
extern void *sim_alarm_ctx;

/* --- the wire ----------------------------------------------------------- */
struct sim_link_stats {
	uint64_t bytes_in, bytes_out;	   /* as put on the wire */
	uint64_t lost, doubled, corrupted; /* on purpose, both directions */
	uint64_t overrun;		   /* no room in the chip */
	uint64_t busy_ticks;		   /* of host to chip */
	uint64_t frames_good, frames_bad, frames_repeated;
	uint64_t frames_sent, frames_lost;
};
/* Each byte is lost, doubled or corrupted with this probability. */
void sim_link_spoil(double probability, uint64_t seed);
/* Bytes that leave before then arrive no sooner. */
void sim_link_hold(uint64_t until);
/* The host puts bytes on the wire now. */
void sim_link_write(const void *data, size_t n);
/* What has arrived at the host; emptied by the reader. */
extern struct buf sim_link_out;
/* How much the chip would take without losing any. */
size_t sim_link_room(void);
void sim_link_get_stats(struct sim_link_stats *);

/* --- buses: set by the model, before sim_begin() ------------------------ */
/* One byte each way with the chip select that is active now. */
extern uint8_t (*sim_spi_exchange)(void *ctx, uint8_t out);
extern void *sim_spi_ctx;
/* A transfer on any I2C bus: an enum i2c_status.  NULL: nothing is on them. */
extern uint8_t (*sim_i2c_transfer)(void *ctx, uint8_t address, uint8_t n_write,
    const uint8_t *write, uint8_t n_read, uint8_t *read);
extern void *sim_i2c_ctx;

#endif
