/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Steps along a cubic: the third-order step command, wire and arithmetic. */
#ifndef GANTRY_PROTO_CUBIC_H
#define GANTRY_PROTO_CUBIC_H

#include <stdint.h>

/*
 * A queue_step spreads its steps along a parabola of time; what a machine
 * with input shaping and pressure advance does is closer to a cubic.  This
 * command takes one, and it takes the first gap apart, so that the end of the
 * command before it binds nothing but one step.  Firmware that has it says so
 * by the command's presence in its dictionary and by the constant below.
 *
 * Fields as on the wire:
 *
 *	first     ticks from the last step of the command before (or from
 *	          reset_step_clock) to the first step, as `interval` of
 *	          queue_step
 *	interval  between the first step and the second, in units of
 *	          2^-CUBIC_FRACTION_BITS ticks
 *	count     steps, at least 1
 *	add       is added to the interval after each gap, same unit, signed
 *	add2      is added to add after each gap, same unit, signed
 *
 * It queues with queue_step, set_next_step_dir and reset_step_clock in
 * the order of arrival and means the same position, direction and trigger
 * handling.  Step n (0 is the first) comes at
 *
 *	t0 + first + floor((h + n interval + n(n-1)/2 add
 *	                      + n(n-1)(n-2)/6 add2) / 2^F)
 *
 * with F the fraction bits, h = 2^(F-1) (0 if F is 0).  The host promises: no
 * interval is below 0 or above 2^32 - 2^F - 1 on the way, no gap is longer
 * than 2^31 ticks, add does not leave 32 bits.  There is no division and no
 * multiplication in carrying it out; with F = 8 no shift either on a chip
 * that addresses bytes.
 */
#define CUBIC_COMMAND                                                          \
	"queue_step_cubic oid=%c first=%u interval=%u count=%hu add=%i "       \
	"add2=%i"
#define CUBIC_FRACTION_CONSTANT "CUBIC_FRACTION_BITS"
#define CUBIC_FRACTION_DEFAULT	8
#define CUBIC_FRACTION_MAX	16

/* One command in work: what a stepper keeps, beyond count and direction. */
struct cubic_steps {
	uint32_t wake; /* clock of the step, 32 bits as timers are */
	uint32_t frac; /* below 2^F */
	uint32_t interval;
	int32_t add, add2;
};

/* Loads a command; wake was the clock of the last step, becomes the first's. */
static inline void
cubic_load(struct cubic_steps *c, uint8_t fraction, uint32_t first,
    uint32_t interval, int32_t add, int32_t add2)
{
	c->wake += first;
	c->frac = fraction ? (uint32_t)1 << (fraction - 1) : 0;
	c->interval = interval;
	c->add = add;
	c->add2 = add2;
}

/* From one step to the next of the same command. */
static inline void
cubic_next(struct cubic_steps *c, uint8_t fraction)
{
	c->frac += c->interval;
	c->wake += c->frac >> fraction;
	c->frac &= ((uint32_t)1 << fraction) - 1;
	c->interval += (uint32_t)c->add;
	c->add = (int32_t)((uint32_t)c->add + (uint32_t)c->add2);
}

#endif
