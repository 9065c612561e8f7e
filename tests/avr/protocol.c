/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What any build of the firmware answers, asked over a terminal. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "tests/avr/chip.h"
#include "tests/avr/host.h"
#include "tests/unit/tap.h"
#include "wire/frame.h"

/*
 * protocol TTY FREQ ADC PWM: the clock's, and pins, or "-" where the emulator
 * has none.  The chip has just booted.  It has seconds for what takes it
 * milliseconds: a busy computer is no fault of it.
 */
#define PATIENCE 500 /* of 10 ms */

static uint32_t freq;

static bool
said(const char *begin)
{
	const char *p = host_said.data ? host_said.data : "";

	for (; *p; p += strcspn(p, "\n") + 1)
		if (strncmp(p, begin, strlen(begin)) == 0)
			return true;
	return false;
}

/* Waits for an answer that begins so. */
static bool
answers(const char *begin)
{
	for (int i = 0; i < PATIENCE && !said(begin); i++)
		host_run(AVR_FREQ / 100);
	return said(begin);
}

/* Asks, and waits for the answer, where the number is. */
static int64_t
ask(const char *question, const char *begin, const char *key)
{
	host_forget();
	host_say("%s", question);
	return answers(begin) ? (int64_t)host_number(begin, key) : -1;
}

static uint32_t
now(void)
{
	return (uint32_t)ask("get_clock", "clock", "clock");
}

static void
test_clock(void)
{
	uint32_t before = now();

	ok(ask("get_uptime", "uptime", "high") == 0, "it has just booted");
	host_run(AVR_FREQ / 10);
	ok((int32_t)(now() - before) > 0, "its clock goes on");
	is_int(ask("get_config", "config", "is_config"), 0, "no configuration");
}

static void
test_config(const char *adc, const char *pwm)
{
	host_say("allocate_oids count=6");
	host_say("config_stepper oid=0 step_pin=PA5 dir_pin=PA4 invert_step=0 "
		 "step_pulse_ticks=32");
	host_say("config_endstop oid=1 pin=PA7 pull_up=1");
	host_say("config_trsync oid=2");
	host_say("config_digital_out oid=3 pin=PA6 value=1 default_value=0 "
		 "max_duration=0");
	if (*adc != '-')
		host_say("config_analog_in oid=4 pin=%s", adc);
	if (*pwm != '-')
		host_say("config_pwm_out oid=5 pin=%s cycle_ticks=16384 value=0"
			 " default_value=0 max_duration=0",
		    pwm);
	host_say("finalize_config crc=4660");
	is_int(ask("get_config", "config", "is_config"), 1, "configured");
	is_int(host_number("config", "crc"), 4660, "with our checksum");
	ok(host_number("config", "move_count") >= 200, "room for moves");
}

/* n steps from a moment that surely has not come yet. */
static void
queue(int dir, unsigned interval, unsigned n)
{
	host_say("reset_step_clock oid=0 clock=%u", now() + freq);
	host_say("set_next_step_dir oid=0 dir=%d", dir);
	host_say("queue_step oid=0 interval=%u count=%u add=0", interval, n);
}

static int
position(int want)
{
	int at = 0;

	for (int i = 0; i < PATIENCE; i++) {
		at = (int)ask(
		    "stepper_get_position oid=0", "stepper_position", "pos");
		if (at == want)
			break;
	}
	return at;
}

static void
test_steps(void)
{
	int at;

	queue(1, 20000, 100);
	is_int(position(100), 100, "100 steps");
	queue(0, 20000, 40);
	is_int(position(60), 60, "40 of them back");
	queue(1, 20000, 30000);
	host_forget();
	host_say("trsync_start oid=2 report_clock=0 report_ticks=0 "
		 "expire_reason=4");
	host_say("stepper_stop_on_trigger oid=0 trsync_oid=2");
	host_say("trsync_set_timeout oid=2 clock=%u", now() + 2 * freq);
	ok(answers("trsync_state oid=2 can_trigger=0 trigger_reason=4"),
	    "who is not told to go on stops");
	at = (int)ask("stepper_get_position oid=0", "stepper_position", "pos");
	ok(at > 60 && at < 30000, "in the middle of the move: at %d", at);
	host_run(AVR_FREQ / 10);
	is_int(ask("stepper_get_position oid=0", "stepper_position", "pos"), at,
	    "for good");
}

static void
test_pins(const char *adc, const char *pwm)
{
	host_forget();
	host_say("endstop_query_state oid=1");
	ok(answers("endstop_state oid=1 homing=0"), "an endstop answers");
	host_say("queue_digital_out oid=3 clock=%u on_ticks=0", now() + freq);
	if (*pwm != '-')
		host_say(
		    "queue_pwm_out oid=5 clock=%u value=100", now() + freq);
	host_forget();
	if (*adc != '-') {
		host_say("query_analog_in oid=4 clock=%u sample_ticks=16000 "
			 "sample_count=4 rest_ticks=4000000 bytes_per_report=1 "
			 "min_value=0 max_value=65535 range_check_count=0",
		    now() + freq);
		ok(answers("analog_in_state oid=4"), "a reading comes");
	} else {
		tap_skip("a reading comes", "no converter");
	}
	is_int(ask("get_config", "config", "is_shutdown"), 0, "all is well");
}

static void
test_shutdown(void)
{
	host_forget();
	host_say("emergency_stop");
	ok(answers("shutdown clock="), "a stop is told");
	ok(said("shutdown clock=") && strstr(host_said.data, "Command request"),
	    "with its reason");
	is_int(ask("get_config", "config", "is_shutdown"), 1, "and known");
	host_forget();
	host_say("queue_step oid=0 interval=1000 count=1 add=0");
	ok(answers("is_shutdown"), "a move is refused");
	host_say("clear_shutdown");
	is_int(ask("get_config", "config", "is_shutdown"), 0, "until cleared");
	is_int(host_number("config", "is_config"), 1, "still configured");
}

/* --- below the messages --------------------------------------------------- */

static struct frame_reader reader;
static unsigned last;
static int empty, full;

static void
on_frame(void *ctx, unsigned seq, const uint8_t *p, size_t len)
{
	(void)ctx;
	last = seq;
	/* statistics come when they want: only identify_response counts */
	if (len == 0)
		empty++;
	else if (p[0] == 0)
		full++;
}

static void
send(const uint8_t *frame, size_t n, int want)
{
	empty = full = 0;
	chip_write(frame, n);
	for (int i = 0; i < PATIENCE && empty + full < want; i++) {
		if (!chip_run(chip_cycle() + AVR_FREQ / 100))
			exit(70);
		frame_reader_feed(
		    &reader, chip_out.data, chip_out.len, on_frame, NULL);
		buf_clear(&chip_out);
	}
}

static void
test_frames(void)
{
	uint8_t frame[FRAME_MAX];
	const uint8_t ask_identify[3] = {1, 0, 4};
	unsigned expected;
	size_t n;

	frame_reader_init(&reader);
	/* a bad checksum tells which sequence is expected */
	memcpy(frame + FRAME_HEAD, ask_identify, 3);
	n = frame_close(frame, 0, 3);
	frame[n - 2] ^= 1;
	send(frame, n, 1);
	ok(empty == 1 && full == 0, "a bad checksum is not obeyed");
	expected = last;
	n = frame_close(frame, expected, 3);
	send(frame, n, 2);
	ok(full >= 1 && empty >= 1, "the frame whose turn it is, is");
	is_int(last, (expected + 1) & 15, "and the next is awaited");
	send(frame, n, 1);
	ok(full == 0 && last == ((expected + 1) & 15),
	    "a repetition is not obeyed twice");
	n = frame_close(frame, (expected + 5) & 15, 3);
	send(frame, n, 1);
	ok(full == 0 && last == ((expected + 1) & 15),
	    "nor what comes out of turn");
}

int
main(int argc, char **argv)
{
	if (argc != 5) {
		fprintf(stderr, "usage: protocol TTY FREQ ADC PWM\n");
		return 64;
	}
	freq = (uint32_t)strtoul(argv[2], NULL, 10);
	host_open("", argv[1]);
	ok(true, "its dictionary is whole");
	test_clock();
	test_config(argv[3], argv[4]);
	test_steps();
	test_pins(argv[3], argv[4]);
	test_shutdown();
	test_frames();
	return done_testing();
}
