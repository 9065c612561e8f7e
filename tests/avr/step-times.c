/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Steps of plain and cubic commands on an AVR against their formulas. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/cubic.h"
#include "tests/avr/chip.h"
#include "tests/avr/host.h"

/*
 * Two steppers at a time carry out commands made by chance, of every count
 * that the dispatcher treats apart; a third one is asked to stop in the middle
 * again and again.  A step may be late by what else is due, by nothing more,
 * and never early; each that was made is counted.
 */
#define IDLE_MOTORS 7
#define MOTORS	    2
#define MOVES	    60
#define STEPS_MAX   100000
#define SPARE	    400000 /* ticks to send the moves in */

struct motor {
	uint64_t edge[STEPS_MAX];
	size_t n;
	uint32_t want[STEPS_MAX];
	size_t n_want;
	uint32_t at;
	int32_t position;
};

static struct motor motor[MOTORS + 1];
static uint32_t random_state = 12345;

static uint32_t
pick(uint32_t n)
{
	random_state = random_state * 1664525 + 1013904223;
	return (random_state >> 8) % n;
}

static int32_t
pick_signed(uint32_t max)
{
	return (int32_t)pick(2 * max + 1) - (int32_t)max;
}

static void
on_edge(void *ctx, bool level)
{
	struct motor *m = ctx;

	if (level && m->n < STEPS_MAX)
		m->edge[m->n++] = chip_cycle();
}

static const uint32_t counts[] = {
    1, 2, 3, 4, 5, 17, 100, 255, 256, 257, 258, 511, 512, 513, 768};
#define N_COUNTS (sizeof(counts) / sizeof(*counts))

static void
plain_move(unsigned i, uint32_t count)
{
	struct motor *m = &motor[i];
	uint32_t gap = 1200 + pick(400);
	int32_t add = (int32_t)pick(3) - 1;

	host_say("queue_step oid=%u interval=%u count=%u add=%d", i, gap, count,
	    (int)add);
	while (count-- > 0) {
		m->at += gap;
		gap += (uint32_t)add;
		m->want[m->n_want++] = m->at;
	}
}

static void
cubic_move(unsigned i, uint32_t count)
{
	struct motor *m = &motor[i];
	uint32_t first = 300 + pick(40000);
	uint32_t gap = (600 + pick(600)) << 8;
	int32_t add = pick_signed((150 << 8) / count);
	int32_t add2 = pick_signed((200 << 8) / (count * count));
	struct cubic_steps c = {.wake = m->at};

	gap += pick(256);
	host_say("queue_step_cubic oid=%u first=%u interval=%u count=%u "
		 "add=%d add2=%d",
	    i, first, gap, count, (int)add, (int)add2);
	cubic_load(&c, CUBIC_FRACTION_DEFAULT, first, gap, add, add2);
	for (;;) {
		m->want[m->n_want++] = c.wake;
		if (--count == 0)
			break;
		cubic_next(&c, CUBIC_FRACTION_DEFAULT);
	}
	m->at = c.wake;
}

/* Moves in turns, so that both are busy together. */
static void
queue_moves(void)
{
	for (int k = 0; k < MOVES; k++) {
		for (unsigned i = 0; i < MOTORS; i++) {
			uint32_t count = counts[pick(N_COUNTS)];
			uint32_t dir = pick(2);

			host_say("set_next_step_dir oid=%u dir=%u", i, dir);
			motor[i].position +=
			    dir ? (int32_t)count : -(int32_t)count;
			if (pick(3) == 0)
				plain_move(i, count);
			else
				cubic_move(i, count);
		}
	}
}

/* How late the latest was against the one that was least late; -1: wrong. */
static long
compare(const struct motor *m, int64_t *lo, int64_t *hi)
{
	if (m->n != m->n_want)
		return -1;
	for (size_t i = 0; i < m->n; i++) {
		int64_t late =
		    (int64_t)m->edge[i] - (int64_t)(uint64_t)m->want[i];

		if (late < *lo)
			*lo = late;
		if (late > *hi)
			*hi = late;
	}
	return 0;
}

/* A trigger in the middle of a cubic: is each step counted that was made? */
static int
stop_in_the_middle(void)
{
	struct motor *m = &motor[MOTORS];
	int wrong = 0, made = 0;

	for (int k = 0; k < 12; k++) {
		uint32_t start = host_clock() + AVR_FREQ / 5;

		host_say("reset_step_clock oid=2 clock=%u", start);
		host_say("trsync_start oid=3 report_clock=0 report_ticks=0 "
			 "expire_reason=4");
		host_say("stepper_stop_on_trigger oid=2 trsync_oid=3");
		host_say("set_next_step_dir oid=2 dir=1");
		host_say("queue_step_cubic oid=2 first=0 interval=%u "
			 "count=9000 add=1 add2=0",
		    700u << 8);
		host_say("trsync_set_timeout oid=3 clock=%u",
		    start + 50000 + 311u * (unsigned)k);
		host_run(AVR_FREQ / 4);
		host_forget();
		host_say("stepper_get_position oid=2");
		made = (int)m->n;
		wrong += (int)host_number("stepper_position", "pos") != made;
	}
	printf("%d stops in the middle, %d steps, %d miscounted\n", 12, made,
	    wrong);
	return wrong || made < 12 * 60;
}

/* No more moves at 8000 steps a second: half a tenth of them more. */
static int
run_dry(void)
{
	struct motor *m = &motor[MOTORS];
	size_t before = m->n;
	int32_t at;

	host_say(
	    "reset_step_clock oid=2 clock=%u", host_clock() + AVR_FREQ / 10);
	host_say("set_next_step_dir oid=2 dir=1");
	host_say("queue_step oid=2 interval=2000 count=400 add=0");
	host_forget();
	host_run(AVR_FREQ / 2);
	at = (int32_t)host_number("stepper_ran_dry", "pos");
	printf("%zu steps to rest, %d of them its own\n", m->n - before,
	    (int)host_number("stepper_ran_dry", "steps"));
	return at != (int32_t)m->n || m->n - before < 785 ||
	       m->n - before > 800;
}

/* The chip is reset in the middle of a move: does it know how far it came? */
static int
reset_in_the_middle(void)
{
	struct motor *m = &motor[MOTORS];
	int32_t at;

	host_say(
	    "reset_step_clock oid=2 clock=%u", host_clock() + AVR_FREQ / 10);
	host_say("queue_step_cubic oid=2 first=0 interval=%u count=9000 add=0 "
		 "add2=0",
	    900u << 8);
	host_run(AVR_FREQ / 8);
	host_say("reset");
	host_run(AVR_FREQ); /* the emulator takes half a second for it */
	host_forget();
	host_say("get_reset_state");
	host_say("get_reset_position index=2");
	at = (int32_t)host_number("reset_position", "pos");
	printf(
	    "%zu steps before the reset, %d known after it\n", m->n, (int)at);
	return labs((long)at - (long)m->n) > 2 ||
	       host_number("reset_state", "count") != 3 + IDLE_MOTORS ||
	       host_number("reset_position", "gap") != 900;
}

/* To look through the life before took long: is the clock still right? */
static int
move_after_the_reset(void)
{
	int32_t at;

	host_say("allocate_oids count=1");
	host_say("config_stepper oid=0 step_pin=PA5 dir_pin=PA4 "
		 "invert_step=0 step_pulse_ticks=32");
	host_say("finalize_config crc=0");
	host_say(
	    "reset_step_clock oid=0 clock=%u", host_clock() + AVR_FREQ / 10);
	host_say("set_next_step_dir oid=0 dir=1");
	host_say("queue_step oid=0 interval=2000 count=400 add=0");
	host_say("queue_step oid=0 interval=2000 count=400 add=0");
	host_run(AVR_FREQ / 4);
	host_forget();
	host_say("stepper_get_position oid=0");
	at = (int32_t)host_number("stepper_position", "pos");
	printf("%d of 800 steps after the reset\n", (int)at);
	return at != 800;
}

int
main(int argc, char **argv)
{
	static const char pins[3][2][4] = {
	    {"PA5", "PA4"}, {"PC3", "PC2"}, {"PC7", "PC6"}};
	int64_t lo = INT64_MAX, hi = INT64_MIN;
	int failed = 0;
	uint32_t start;

	if (argc != 3) {
		fprintf(stderr, "usage: step-times MCU ELF\n");
		return 64;
	}
	host_open(argv[1], argv[2]);
	host_say("allocate_oids count=%u", 4 + IDLE_MOTORS);
	for (unsigned i = 0; i < 3; i++) {
		host_say("config_stepper oid=%u step_pin=%s dir_pin=%s "
			 "invert_step=0 step_pulse_ticks=32",
		    i, pins[i][0], pins[i][1]);
		chip_watch(
		    pins[i][0][1], pins[i][0][2] - '0', on_edge, &motor[i]);
	}
	host_say("stepper_stop_when_dry oid=2 below=40000 stop_ticks=%u",
	    AVR_FREQ / 10);
	host_say("config_trsync oid=3");
	for (unsigned i = 0; i < IDLE_MOTORS; i++)
		host_say("config_stepper oid=%u step_pin=PF%u dir_pin=PF%u "
			 "invert_step=0 step_pulse_ticks=32",
		    4 + i, i, i + 1);
	host_say("finalize_config crc=0");
	/* 10 ms a command */
	start = host_clock() + (MOVES * 4 + 10) * (AVR_FREQ / 100);
	for (unsigned i = 0; i < MOTORS; i++) {
		motor[i].at = start;
		host_say("reset_step_clock oid=%u clock=%u", i, start);
	}
	queue_moves();
	host_run(AVR_FREQ * 4);
	for (unsigned i = 0; i < MOTORS; i++) {
		host_forget();
		host_say("stepper_get_position oid=%u", i);
		if ((int32_t)host_number("stepper_position", "pos") !=
			motor[i].position ||
		    compare(&motor[i], &lo, &hi) != 0) {
			printf("motor %u: %zu of %zu steps\n", i, motor[i].n,
			    motor[i].n_want);
			failed = 1;
		}
	}
	printf("%zu steps, late by %lld at most\n", motor[0].n + motor[1].n,
	    (long long)(hi - lo));
	failed |= stop_in_the_middle();
	failed |= run_dry();
	failed |= reset_in_the_middle();
	return failed | move_after_the_reset();
}
