/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Stepper motors: moves of many steps, each at its tick. */
#ifndef GANTRY_FW_STEPPER_H
#define GANTRY_FW_STEPPER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mcu-fw/core/basic.h"
#include "mcu-fw/core/dry_stop.h"
#include "mcu-fw/core/sched.h"
#include "mcu-fw/core/trsync.h"
#include "proto/cubic.h"

struct step_move {
	struct move node;
	uint32_t first; /* gap, ticks */
	uint16_t count;
	bool dir : 1;
	bool is_cubic : 1;
	bool is_short : 1; /* see HAL_STEP_SHORT */
	uint32_t interval; /* of a cubic, in fractions of ticks */
	int32_t add, add2; /* a plain move has 16 bits of add alone */
};

/*
 *	step k of a move:  t(k) = t(0) + k interval + add k (k - 1) / 2
 *
 * or along a cubic, see proto/cubic.h.  `base` is the exact time of the last
 * step.  Three shapes of the event, by the pulse: waited for inside the
 * event, ended by an event of its own, or none where each edge is a step.
 * The first one keeps base in waketime.
 *
 * A board may carry out short moves in its own dispatcher: see below.  The
 * first members, and cubic, are known to it by their places.
 */
struct stepper {
	struct timer t;
	uint32_t interval; /* of a cubic: its first gap, 0 when that is over */
	int16_t add;
	uint16_t count; /* steps of this move still to come */
	struct hal_out step_pin;
	struct hal_out dir_pin;
	uint32_t base;
	uint32_t pulse_ticks;
	enum timer_result (*event)(struct timer *);
	struct cubic_steps cubic;
	struct move_queue queue;
	struct trsync_signal signal;
	struct dry_stop *dry; /* or NULL */
	uint32_t position;    /* where the loaded move ends */
	uint8_t dir, next_dir;
	bool idle_level; /* of the step pin */
	bool is_cubic;	 /* the loaded move */
	bool active;	 /* the timer is in the list */
	bool need_reset; /* steps are dropped until there is a time base */
	bool cut;	 /* a shutdown stopped it on its way */
};

struct stepper *stepper_get(uint8_t oid);

/* For survive.c: of objects that may be another life's. */
bool stepper_is(const void *kind);
/* Ticks between its steps at present, or when it was shut down; 0: it stood. */
uint32_t stepper_gap(const struct stepper *);
uint32_t stepper_position(const struct stepper *); /* executed steps */
/* Adds what never changes to a checksum. */
uint32_t stepper_sum(uint32_t h, const struct stepper *,
    uint32_t (*sum)(uint32_t h, const void *data, uint8_t n));

#ifdef HAL_STEP_SHORT
/*
 * Events of the board's own, for pulses inside of the event and moves of which
 * no interval reaches HAL_STEP_SHORT ticks; they are told by their addresses
 * and never called.  The cubic one makes two steps of one piece of work: the
 * first leaves the gap behind the second in cubic.wake, takes both from count,
 * and sets the event for the second.
 */
enum timer_result stepper_short_event(struct timer *);
enum timer_result stepper_cubic_event(struct timer *);
enum timer_result stepper_cubic_second(struct timer *);
#endif
/* Sets is_short, once the rest of the move is known. */
void stepper_measure(struct step_move *);
enum timer_result stepper_load_next(struct stepper *);

#endif
