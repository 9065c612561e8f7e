/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From trapezoids to exact step times, and from step times to commands. */
#ifndef GANTRY_MOTION_STEPS_H
#define GANTRY_MOTION_STEPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "motion/kinematics.h"
#include "motion/shaper_def.h"

/*
 * Plan, then execute: a motion_queue holds the segments of one time line (XYZ
 * together with E of the active extruder); each motor reads the queue with its
 * own cursor and turns the crossing of every midpoint p_ref + (k + 1/2) D into
 * a step (motion.md 3.2: 1e-9 counts as crossed, a reversal needs 1e-8,
 * step-dir-step filter of 0.750 ms).  Piecewise quadratic positions are solved
 * in closed form.  Times are seconds on the print clock.
 */
struct motion_segment_in { /* one plan_move at its absolute time */
	double t0;	   /* print time of the start, s */
	double start[3], start_e;
	double dir[3], ratio_e;
	double distance;
	double accel_t, cruise_t, decel_t;
	double start_v, cruise_v, accel;
	double jerk; /* of its ramp, of which it has one then */
	bool advance;
};

struct motion_queue;
struct motion_queue *motion_queue_new(void);
void motion_queue_free(struct motion_queue *);
/* t0 must not lie before the end of the move queued last. */
void motion_queue_add(struct motion_queue *, const struct motion_segment_in *);
/* End of the last queued move, or the time given to motion_queue_rest(). */
double motion_queue_end(const struct motion_queue *);
/* Nothing moves before t: the end of the queue is t from now on. */
void motion_queue_rest(struct motion_queue *, double t);
/* Forgets all moves, done or not (a trigger stopped the machine). */
void motion_queue_clear(struct motion_queue *);
/* Drops what every motor has finished and lies before t (history for
 * motion_queue_position() is kept by the caller's choice of t). */
void motion_queue_expire(struct motion_queue *, double t);
/* X, Y, Z, E at time t, before any shaper; 0, or -1 when t is before the kept
 * history. */
int motion_queue_position(const struct motion_queue *, double t, double pos[4]);

/*
 * Shapes axis 0..2 from now on (NULL: not any more).  All motors must have
 * been generated to the end of the motion, with what the old shaper lets come
 * after it: moves queued so far are forgotten, and so is the history.
 */
void motion_queue_set_shaper(
    struct motion_queue *, int axis, const struct shaper *);

/*
 * A filtered motor moves from ahead before a move begins until behind after
 * it has ended: every move that begins before t + ahead must be in the queue
 * when steps before t are generated, and the motion of a move that ends at t1
 * is over at t1 + behind.  Largest of all motors, s.
 */
void motion_queue_reach(
    const struct motion_queue *, double *ahead, double *behind);

/* What a motor's coordinate is made of: p = c . (x, y, z, e). */
struct step_motor_setup {
	double coef[4]; /* cartesian X: 1 0 0 0; corexy A: 1 1 0 0, B: 1 -1 0 0;
			   extruder: 0 0 0 1 */
	double step_distance; /* mm, or rad of what turns */
	/* E keeps in time with the shaped axes: each takes the part of E that
	 * is the square of its share in the direction of the move (motion.md
	 * 5.3); of use when X and Y have the same shaper. */
	bool follow_shaper;
	/* When set, the coordinate is that of this motor of the machine, coef
	 * is not used; the caller keeps it as long as the motor. */
	const struct kinematics *kinematics;
	int kinematics_motor;
};

/*
 * Encoding.  Commands are queue_step (interval, count, add) on the MCU's
 * clock; every encoded step lies within max_error_s of its exact time, the
 * window symmetrical around it and never wider than half the gap to the
 * neighbouring step.
 */
struct step_command {
	uint64_t first_clock, last_clock; /* absolute, 64 bit */
	uint32_t interval;
	uint16_t count;
	int16_t add;
	/* queue_step_cubic (proto/cubic.h): interval in its fractions of a
	 * tick, add is 0 */
	bool cubic;
	uint32_t first; /* ticks after the last step */
	int32_t cubic_add, cubic_add2;
	int8_t dir;	  /* +1 or -1, motor direction (not pin level) */
	bool dir_changed; /* send set_next_step_dir first */
};

#define STEP_MAX_ERROR_S 12.5e-6
#define STEP_HOLD_S	 0.050

struct step_motor;
typedef void step_command_fn(void *ctx, const struct step_command *);
/* Sees every exact step before encoding (tests, traces); may be NULL. */
typedef void step_exact_fn(void *ctx, double t, int dir);

struct step_encoder_setup {
	double clock_freq;  /* ticks per second */
	double max_error_s; /* 0: STEP_MAX_ERROR_S */
	/* A command that may still grow is kept back until its first step is
	 * this much older than the time generated; 0: STEP_HOLD_S. */
	double hold_s;
	/* Third-order commands, for firmware that has them, and the fraction
	 * bits that its dictionary states. */
	bool cubic;
	int cubic_bits;
	step_command_fn *command;
	step_exact_fn *exact;
	void *ctx;
};

struct step_motor *step_motor_new(struct motion_queue *,
    const struct step_motor_setup *, const struct step_encoder_setup *);
void step_motor_free(struct step_motor *);

/* Anchors the grid: the motor stands at the coordinate of pos, unrounded.
 * Steps that were kept back are dropped, the count stays.  Moves queued so far
 * are forgotten: filters see only what follows. */
void step_motor_set_position(struct step_motor *, const double pos[4]);

/*
 * Pressure advance K, s, of moves queued from now on; smooth_time is the width
 * of the triangle that E and K E' are smoothed with (motion.md 5).  With K 0
 * E is not smoothed.  When that width changes (also from or to K 0) the same
 * holds as for motion_queue_set_shaper().
 */
void step_motor_set_advance(
    struct step_motor *, double k, double smooth_time_s);

/*
 * How the smoothed speed u of E adds to it (motion.md 5.3):
 *
 *	linear   e + K u              e is smoothed as well
 *	tanh     e + L u + N tanh(u / V)
 *	recipr   e + L u + N (1 - 1 / (1 + u / V))
 *
 * u is that of moves with pressure advance, under the same triangle.  Other
 * models than the linear one take K as a factor of u, usually 1; e is not
 * smoothed.  All of it is evaluated time_offset_s later, when positive: E is
 * ahead of the head.  At rest, like a change of the smooth time.
 */
enum step_advance_kind {
	STEP_ADVANCE_LINEAR,
	STEP_ADVANCE_TANH,
	STEP_ADVANCE_RECIPR
};

struct step_advance_model {
	enum step_advance_kind kind;
	double linear;	      /* L, s */
	double offset_mm;     /* N */
	double velocity_mm_s; /* V, above 0 */
	double time_offset_s;
};
void step_motor_set_model(
    struct step_motor *, const struct step_advance_model *);
/* Other weights, like those of a second carriage; at rest, the caller sets the
 * position next. */
void step_motor_set_coef(struct step_motor *, const double coef[4]);
/* The same where `before` is known by another position from now on; between
 * two steps, too, the motor stays where it is. */
void step_motor_rewire(struct step_motor *, const double coef[4],
    const double before[4], const double after[4]);

/* It stands that much beyond the coordinate that was set last: between two
 * steps, where it stood when it counted otherwise. */
void step_motor_shift(struct step_motor *, double by);

/* clock = offset_ticks + t * clock_freq from now on (clock synchronisation;
 * applies to steps not generated yet). */
void step_motor_set_clock(
    struct step_motor *, double offset_ticks, double clock_freq);
/* Time base of the next interval: after boot 0, after reset_step_clock. */
void step_motor_reset_clock(struct step_motor *, uint64_t last_clock);

/*
 * Generates all steps before t and hands out commands.  What flush false
 * keeps back are the steps of the last hold_s before t and a command that
 * could still grow, unless it holds 65535 steps or begins before t - hold_s.
 * With flush true (motion comes to rest at t, the queue ends, a homing piece)
 * everything is handed out.  The commands do not depend on how the time is
 * cut into calls, as long as hold_s or flush does not force one out.
 */
void step_motor_generate(struct step_motor *, double t, bool flush);

/* No step to come lies before this clock: commands of several motors with
 * first clocks before the least of these can be sent in order. */
uint64_t step_motor_done_clock(const struct step_motor *);

int64_t step_motor_count(const struct step_motor *); /* steps +/- emitted */
/* Commanded coordinate after the steps emitted so far, mm */
double step_motor_coordinate(const struct step_motor *);
/* Step count after all steps at or before a past clock (trigger position); -1
 * if history is gone. */
int step_motor_count_at(
    const struct step_motor *, uint64_t clock, int64_t *count);

struct step_stats {
	uint64_t steps, commands;
	double error_max_s, error_sum_sq; /* s, s^2: encoded against exact */
	double rate_max_hz;		  /* shortest gap seen */
};
/* As of the end of the last step_motor_generate(). */
const struct step_stats *step_motor_stats(const struct step_motor *);

#endif
