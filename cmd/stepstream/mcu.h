/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One microcontroller as the rest of stepstream sees it. */
#ifndef STEPSTREAM_MCU_H
#define STEPSTREAM_MCU_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/diag.h"
#include "machine/machine.h"
#include "motion/steps.h"

/*
 * Life: mcu_open() connects (serial device, pty, lock-step simulator, file or
 * dump), downloads or loads the dictionary; the mcu_add_*() calls create
 * objects from the configuration; mcu_configure() does the configuration
 * hand-shake (mcu-protocol.md 3.4 to 3.6) and clock synchronisation; then the
 * objects are used; mcu_close().
 *
 * Time: "print time" is clock / CLOCK_FREQ of this MCU, in seconds.  Live and
 * simulated connections take it from the clock estimate; file and dump
 * connections have no clock: print time now is whatever the caller reached
 * last (mcu_now() returns -inf, nothing ever waits).
 *
 * Every function that schedules takes a print time; the message goes into the
 * object's own queue with min_clock/req_clock as in mcu-protocol.md 1.8 and
 * 3.7 and is sent when it is due.  Nothing here blocks except mcu_open(),
 * mcu_configure() and mcu_run(), which run the connection's loop.
 *
 * The mcu_add_*() calls never return NULL: what is wrong with them (a pin that
 * the board has not, a pin used twice, a command its firmware lacks) is
 * reported there and makes mcu_configure() fail.  Objects belong to the mcu.
 *
 * Failure after opening (link lost, MCU shut down, protocol error) is sticky:
 * mcu_failed() says so with one sentence; later calls do nothing.
 */
struct mcu;

struct mcu_options {
	/*
	 * Device or "sim:"; NULL: the machine's, or none at all (offline)
	 * when there is a dump_path or an output_path.  With both a serial and
	 * a dump_path the dump shows what a live connection is sent.
	 */
	const char *serial;
	const char *const *sim_args; /* further arguments of mcu-sim */
	int n_sim_args;
	const char *config_path; /* handed to mcu-sim -c */
	const char *dump_path;	 /* text dump of what is sent; "-" stdout */
	const char *output_path; /* raw bytes; needs dictionary_path */
	const char *dictionary_path;
	double clock_freq; /* offline without a dictionary; 0: 16 MHz */
};

enum mcu_kind {
	MCU_LIVE,
	MCU_SIMULATED,
	MCU_OFFLINE
};

/* NULL on failure, reported; *status is the exit status then. */
struct mcu *mcu_open(const struct machine *, const struct machine_mcu *,
    const struct mcu_options *, struct diag_sink *, int *status);
/* Ends the connection, completes the files; -1 with errno when they could not
 * be written. */
int mcu_close(struct mcu *);
/* What was written to output_path so far is not wanted. */
void mcu_discard_output(struct mcu *);
enum mcu_kind mcu_kind(const struct mcu *);
double mcu_clock_freq(const struct mcu *);
/* Does the firmware take third-order step commands, with how many bits? */
bool mcu_has_cubic(const struct mcu *, int *bits);

/* 0, or -1 reported with *status set (64, 69, 76, 78 ...). */
int mcu_configure(struct mcu *, int *status);

/* The checksum of the board's configuration, once it is complete. */
uint32_t mcu_configuration(const struct mcu *);

/* NULL while all is well, else what happened ("shutdown: ADC out of range"
 * with the help a user needs). */
const char *mcu_failed(const struct mcu *);
/* The exit status that goes with it. */
int mcu_failed_status(const struct mcu *);

/* Estimated print time at this moment. */
double mcu_now(struct mcu *);

/*
 * Runs the connection until print time `until`, or until the descriptor
 * wake_fd (-1: none) is readable, or a message was dispatched to a callback,
 * or a signal arrived (io/signals.h), or it failed.  Simulated: virtual time
 * passes.  Offline: returns at once.
 */
void mcu_run(struct mcu *, double until, int wake_fd);

/* All that is queued has been sent and acknowledged (offline: written). */
bool mcu_idle(const struct mcu *);
/* Hands over everything whose turn has come; horizon: no step command whose
 * first clock lies beyond it needs to be sent yet. */
void mcu_flush(struct mcu *, double horizon);

/* --- steppers ---------------------------------------------------------- */
struct mcu_stepper;
struct mcu_stepper *mcu_add_stepper(
    struct mcu *, const struct machine_stepper *);
/*
 * Where the firmware can: without more steps at a gap below this, 0: never,
 * it slows down by itself within stop_s; late steps are lost, no shutdown.
 */
void mcu_stepper_stop_when_dry(
    struct mcu_stepper *, double below_s, double stop_s);
/* A step_command_fn: ctx is the struct mcu_stepper. */
void mcu_stepper_command(void *stepper, const struct step_command *);
/* From mcu_part() to mcu_collect() step commands are kept apart: those of
 * different steppers may come from different threads, while the thread that
 * does all else sends what was there before. */
void mcu_part(struct mcu *);
void mcu_collect(struct mcu *);
/* Queries the position counter and waits for it (motor's own direction);
 * offline it is what was sent. */
int mcu_stepper_position(struct mcu_stepper *, int32_t *position);

/*
 * Once true: this computer or the link was held up, steps came too late and
 * were not sent any more, or the board had none. Then mcu_drop_steps() forgets
 * those behind them; when the board has done what it got, mcu_stepper_restart()
 * gives a motor a new time base, and mcu_stepper_position() tells where it
 * stands.
 */
bool mcu_steps_lost(struct mcu *);
double mcu_dry_stop_s(const struct mcu *); /* how long a stop takes; 0 */
void mcu_drop_steps(struct mcu *);
void mcu_stepper_restart(struct mcu_stepper *);

/*
 * The session failed, or there was none yet and another one ended before: asks
 * the board where its motors stand.  0, or -1 with a clause why that is
 * unknown.  Of each motor: its position, and how long it took from step to
 * step when the board was reset or shut down, inf: it stood, 0: nobody knows;
 * false: unknown.
 */
int mcu_survey(struct mcu *, struct buf *why);
bool mcu_stepper_left(
    const struct mcu_stepper *, int32_t *position, double *gap_s);
/* After a failure: the print time up to which the board certainly went on. */
double mcu_certain(const struct mcu *);

/* --- outputs ----------------------------------------------------------- */
struct mcu_output;
/* cycle_time 0: plain digital.  hardware: config_pwm_out.  Values 0..1 before
 * the pin's inversion.  max_duration 0: unlimited. */
struct mcu_output *mcu_add_output(struct mcu *, const struct machine_pin *,
    double cycle_time, bool hardware, double value, double shutdown_value,
    double max_duration);
/* Print times of one output must not decrease. */
void mcu_output_set(struct mcu_output *, double print_time, double value);
/* When all that outputs were told has happened: each change waits for the one
 * before.  -inf: nothing was. */
double mcu_outputs_settled(const struct mcu *);

/* --- analog in --------------------------------------------------------- */
typedef void mcu_adc_fn(void *ctx, double print_time, double ratio);
struct mcu_adc;
/* Average of 8 samples, each report_time; ratio outside min..max four times
 * in a row shuts the MCU down. */
struct mcu_adc *mcu_add_adc(struct mcu *, const struct machine_pin *,
    double report_time, double min_ratio, double max_ratio, mcu_adc_fn *,
    void *ctx);

/* --- endstops ---------------------------------------------------------- */
struct mcu_endstop;
struct mcu_endstop *mcu_add_endstop(struct mcu *, const struct machine_pin *,
    struct mcu_stepper *const *stop, int n_stop);
int mcu_endstop_query(struct mcu_endstop *, bool *triggered);

/*
 * Homing: arm each at print_time with one sample per rest_time, for when it is
 * triggered or released; then queue
 * steps; mcu_endstops_wait() runs the connection until all have triggered or
 * end_time (the caller feeds steps from its callback `feed`, asked for time up
 * to its argument).  Result: 0 all triggered, 1 not all by end_time, -1 failed.
 * Each stops its own motors alone.  trigger_time[] is the first matching
 * sample of each, NaN of one that did not trigger; the steppers have stopped,
 * their queues are empty and their clocks were reset (mcu_stepper_position()
 * tells where they are).  A signal ends it with -1 while mcu_failed() is NULL;
 * the motors stand then as well.  Offline all of the move is fed and its
 * end_time is the trigger_time.
 */
void mcu_endstop_arm(
    struct mcu_endstop *, double print_time, double rest_time, bool released);
int mcu_endstops_wait(struct mcu_endstop *const *, int n, double end_time,
    void (*feed)(void *ctx, double until), void *ctx, double *trigger_time);

/* --- accelerometer ------------------------------------------------------ */
struct mcu_accel;
struct accel_chip; /* mcu-accel.h */
/* Where it is wired to: cs on SPI, none on I2C; bus NULL: one made by hand on
 * these pins, clock first, then data out and in, or I2C's data. */
struct mcu_accel_wires {
	struct machine_pin cs, line[3];
	const char *bus;
	int speed_hz, i2c_address, rate_hz;
};
/* At most one.  The wires are borrowed as long as the mcu lives. */
struct mcu_accel *mcu_add_accel(
    struct mcu *, const struct accel_chip *, const struct mcu_accel_wires *);
/* Neither waits.  A start forgets what was recorded before. */
void mcu_accel_start(struct mcu_accel *);
void mcu_accel_stop(struct mcu_accel *);

struct mcu_accel_result {
	size_t n;
	const int16_t (*raw)[3]; /* units of the chip's x, y, z */
	uint64_t lost, bad;	 /* on the way; not read by the board */
	uint32_t overflows;
};
void mcu_accel_result(struct mcu_accel *, struct mcu_accel_result *);
/* Print time of sample i, for rising i after a result. */
double mcu_accel_time(struct mcu_accel *, size_t i);

/* --- last resort ------------------------------------------------------- */
void mcu_emergency_stop(struct mcu *);

struct mcu_stats {
	uint64_t bytes_sent, bytes_received, frames_sent, retransmits;
	uint64_t bytes_invalid, late_shifts;
	double round_trip_s; /* the latest */
	double wire_busy_s;  /* time the wire was busy, sending */
};
const struct mcu_stats *mcu_stats(const struct mcu *);

#endif
