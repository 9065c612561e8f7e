/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Steppers, triggers, outputs and inputs of the firmware, tick by tick. */
#include "mcu-fw/board/sim/sim.h"
#include "proto/cubic.h"
#include "tests/unit/fw-host.h"
#include "tests/unit/tap.h"

#include <inttypes.h>
#include <stdio.h>

static const char steppers[] =
    "allocate_oids count=4\n"
    "config_stepper oid=0 step_pin=PA0 dir_pin=PA1 invert_step=0 "
    "step_pulse_ticks=8\n"
    "config_stepper oid=1 step_pin=PA2 dir_pin=PA3 invert_step=-1 "
    "step_pulse_ticks=8\n"
    "config_trsync oid=2\n"
    "config_endstop oid=3 pin=PA4 pull_up=1\n"
    "finalize_config crc=1";

static bool endstop_level;

static bool
read_endstop(void *ctx)
{
	(void)ctx;
	return endstop_level;
}

static void
begin(const char *config)
{
	endstop_level = false;
	sim_pin("PA4")->read = read_endstop;
	fw_begin();
	fw_say(config);
	fw_forget();
}

/* The sequence that a stock firmware was recorded with on an AVR. */
static void
test_step_times(uint32_t inline_max, const char *what)
{
	static const uint32_t want[] = {2000, 4100, 6300, 8600, 11000, 14000,
	    16750, 19250, 21500, 26500, 31500};
	struct fw_pin *step, *dir;
	bool exact = true, wide = true;

	sim_pulse_inline = inline_max;
	begin(steppers);
	step = fw_watch("PA0");
	dir = fw_watch("PA1");
	fw_say("reset_step_clock oid=0 clock=10000\n"
	       "set_next_step_dir oid=0 dir=1\n"
	       "queue_step oid=0 interval=2000 count=5 add=100\n"
	       "queue_step oid=0 interval=3000 count=4 add=-250\n"
	       "set_next_step_dir oid=0 dir=0\n"
	       "queue_step oid=0 interval=5000 count=2 add=0");
	fw_run(16700);
	fw_say("stepper_get_position oid=0");
	is_str(fw_answer("stepper_position"), "stepper_position oid=0 pos=3",
	    "%s: the position in mid-move", what);
	fw_run(100000);
	is_int((long long)step->n, 22, "%s: an edge up and down a step", what);
	for (size_t i = 0; i < 11 && 2 * i + 1 < step->n; i++) {
		exact &= step->tick[2 * i] == 10000 + want[i];
		wide &= step->tick[2 * i + 1] - step->tick[2 * i] == 8;
	}
	ok(exact, "%s: each step at its tick", what);
	ok(wide, "%s: each pulse as long as asked for", what);
	ok(dir->n == 2 && dir->tick[1] >= 31500 && dir->tick[1] <= 31508,
	    "%s: the direction changes after the last step", what);
	fw_forget();
	fw_say("stepper_get_position oid=0");
	is_str(fw_answer("stepper_position"), "stepper_position oid=0 pos=7",
	    "%s: the position in the end", what);
	ok(!sim_is_shutdown(), "%s: no complaint", what);
	fw_end();
	sim_pulse_inline = UINT32_MAX;
}

static void
test_edges(void)
{
	struct fw_pin *step;

	begin(steppers);
	step = fw_watch("PA2");
	fw_say("reset_step_clock oid=1 clock=10000\n"
	       "queue_step oid=1 interval=100 count=3 add=10\n"
	       "queue_step oid=1 interval=3 count=2 add=0");
	fw_run(20000);
	is_int((long long)step->n, 5, "each edge is a step");
	ok(step->tick[0] == 10100 && step->tick[1] == 10210 &&
		step->tick[2] == 10330,
	    "at its tick");
	ok(step->tick[3] == 10338 && step->tick[4] == 10346,
	    "not before the pulse of the one before was long enough");
	fw_end();
}

/* The steps of a cubic, in both shapes, between two plain moves. */
static void
test_cubic(uint32_t inline_max, const char *what)
{
	struct cubic_steps c = {.wake = 12000};
	struct fw_pin *step;
	bool exact = true;

	sim_pulse_inline = inline_max;
	begin(steppers);
	step = fw_watch("PA0");
	fw_say("reset_step_clock oid=0 clock=10000\n"
	       "set_next_step_dir oid=0 dir=1\n"
	       "queue_step oid=0 interval=1000 count=2 add=0\n"
	       "queue_step_cubic oid=0 first=700 interval=200100 count=50 "
	       "add=-3001 add2=77\n"
	       "queue_step oid=0 interval=900 count=1 add=0");
	fw_run(100000);
	is_int((long long)step->n, 106, "%s: all steps of a cubic", what);
	cubic_load(&c, 8, 700, 200100, -3001, 77);
	for (size_t i = 2; i < 52 && 2 * i < step->n; i++) {
		exact &= step->tick[2 * i] == c.wake;
		if (i < 51)
			cubic_next(&c, 8);
	}
	ok(exact, "%s: each of them at its tick", what);
	is_int((long long)step->tick[104], c.wake + 900,
	    "%s: the next move goes on from the last", what);
	fw_say("stepper_get_position oid=0");
	is_str(fw_answer("stepper_position"), "stepper_position oid=0 pos=53",
	    "%s: they count", what);
	fw_end();
	sim_pulse_inline = UINT32_MAX;
}

/* A pin that is none ends the making of an object; it is not touched then. */
static void
test_unfinished(void)
{
	static const struct {
		const char *line, *why;
	} row[] = {
	    {"config_stepper oid=0 step_pin=%u dir_pin=PA1 invert_step=0 "
	     "step_pulse_ticks=2",
		"Not an output pin"},
	    {"config_digital_out oid=0 pin=%u value=0 default_value=1 "
	     "max_duration=0",
		"Not an output pin"},
	    {"config_pwm_out oid=0 pin=%u cycle_ticks=100 value=0 "
	     "default_value=9 max_duration=0",
		"Not a valid PWM pin"},
	    {"config_spi oid=0 pin=%u cs_active_high=0", "Not an output pin"},
	    {"config_neopixel oid=0 pin=%u data_size=3 bit_max_ticks=64 "
	     "reset_min_ticks=50",
		"Not an output pin"},
	    {"config_tmcuart oid=0 rx_pin=%u pull_up=1 tx_pin=PA1 bit_time=9",
		"Not a valid input pin"},
	    {"config_analog_in oid=0 pin=%u", "Not a valid ADC pin"},
	};

	for (size_t i = 0; i < sizeof(row) / sizeof(*row); i++) {
		uint8_t payload[64];
		char line[200], *p;
		size_t n;

		begin("allocate_oids count=1");
		/* a known name in its place, then the number of no pin */
		snprintf(line, sizeof(line), "%s", row[i].line);
		p = strstr(line, "%u");
		memmove(p + 3, p + 2, strlen(p + 2) + 1);
		memcpy(p, "PA0", 3);
		n = fw_encode(line, payload);
		for (size_t k = 2; k < n; k++) {
			if (payload[k] == 0) {
				/* 12287, of two bytes */
				memmove(payload + k + 2, payload + k + 1,
				    n - k - 1);
				payload[k] = 0xdf;
				payload[k + 1] = 0x7f;
				n++;
				break;
			}
		}
		fw_payload(payload, n);
		is_str(sim_shutdown_reason(), row[i].why, "%.20s on no pin",
		    row[i].line);
		fw_say("clear_shutdown\nget_clock");
		is_int(fw_answers("clock"), 1, "and the chip goes on");
		fw_end();
	}
}

static void
test_stepper_errors(void)
{
	begin(steppers);
	fw_say("queue_step oid=0 interval=100 count=0 add=0");
	is_str(sim_shutdown_reason(), "Invalid count parameter", "no steps");
	fw_end();
	begin(steppers);
	fw_run(50000);
	fw_say("reset_step_clock oid=0 clock=100\n"
	       "queue_step oid=0 interval=100 count=1 add=0");
	is_str(sim_shutdown_reason(), "Timer too close", "steps of the past");
	fw_end();
	begin(steppers);
	fw_say("reset_step_clock oid=0 clock=10000\n"
	       "queue_step oid=0 interval=100 count=9 add=0\n"
	       "reset_step_clock oid=0 clock=20000");
	is_str(sim_shutdown_reason(), "Can't reset time when stepper active",
	    "a new time base while it moves");
	fw_end();
	begin(steppers);
	fw_say("reset_step_clock oid=0 clock=10000");
	for (int i = 0; i < 1024 && !sim_is_shutdown(); i++)
		fw_say("queue_step oid=0 interval=9000 count=9 add=0");
	is_str(sim_shutdown_reason(), "Move queue overflow",
	    "more moves than there is room for");
	fw_end();
	begin(steppers);
	fw_say("reset_step_clock oid=0 clock=10000\n"
	       "queue_step oid=0 interval=1 count=60000 add=0");
	fw_run(20000);
	ok(!sim_is_shutdown(), "a step each tick, as this chip can");
	fw_end();
}

static void
test_wrap(void)
{
	struct fw_pin *step;

	begin(steppers);
	step = fw_watch("PA0");
	fw_run(4294900000u);
	/* the first move after the boot counts from 0: a long interval */
	fw_say("queue_step oid=0 interval=4294950000 count=1 add=0\n"
	       "queue_step oid=0 interval=40000 count=2 add=0");
	fw_run(4295100000u);
	ok(step->n == 6 && step->tick[0] == 4294950000u &&
		step->tick[4] == 4295030000u,
	    "steps before and after the clock's wrap");
	fw_forget();
	fw_say("get_uptime");
	is_str(fw_answer("uptime"), "uptime high=1 clock=132704",
	    "uptime counts the wrap");
	fw_end();
}

static void
test_homing(void)
{
	struct fw_pin *step;
	size_t n;

	begin(steppers);
	step = fw_watch("PA0");
	fw_say("reset_step_clock oid=0 clock=10000\n"
	       "set_next_step_dir oid=0 dir=1\n"
	       "trsync_start oid=2 report_clock=12000 report_ticks=5000 "
	       "expire_reason=4\n"
	       "stepper_stop_on_trigger oid=0 trsync_oid=2\n"
	       "trsync_set_timeout oid=2 clock=60000\n"
	       "endstop_home oid=3 clock=10000 sample_ticks=15 sample_count=4 "
	       "rest_ticks=500 pin_value=1 trsync_oid=2 trigger_reason=1\n"
	       "queue_step oid=0 interval=500 count=100 add=0\n"
	       "queue_step oid=0 interval=500 count=100 add=0");
	fw_run(23900);
	is_str(fw_answer("trsync_state"),
	    "trsync_state oid=2 can_trigger=1 trigger_reason=0 clock=12000",
	    "the trigger reports while it waits");
	is_int(fw_answers("trsync_state"), 3, "each report_ticks");
	fw_forget();
	endstop_level = true;
	fw_run(24300);
	n = step->n;
	is_int((long long)step->tick[n - 2], 24000, "steps up to the hit");
	is_str(fw_answer("trsync_state oid=2 can_trigger=0 trigger_reason=1"),
	    "trsync_state oid=2 can_trigger=0 trigger_reason=1 clock=24045",
	    "it triggers after four more readings");
	fw_forget();
	fw_say("endstop_query_state oid=3\nstepper_get_position oid=0");
	is_str(fw_answer("endstop_state"),
	    "endstop_state oid=3 homing=1 next_clock=24500 pin_value=1",
	    "the hit was at next_clock less rest_ticks");
	is_str(fw_answer("stepper_position"), "stepper_position oid=0 pos=28",
	    "the motor knows where it stopped");
	fw_run(40000);
	is_int((long long)step->n, (long long)n, "and stands");
	fw_say("queue_step oid=0 interval=500 count=100 add=0");
	fw_run(50000);
	is_int((long long)step->n, (long long)n, "until it gets a time base");
	fw_say("trsync_trigger oid=2 reason=2");
	is_str(fw_answer("trsync_state oid=2 can_trigger=0 trigger_reason=1 "
			 "clock=0"),
	    "trsync_state oid=2 can_trigger=0 trigger_reason=1 clock=0",
	    "the first reason stays");
	fw_end();
}

static void
test_misses(void)
{
	begin(steppers);
	fw_say("trsync_start oid=2 report_clock=12000 report_ticks=0 "
	       "expire_reason=4\ntrsync_set_timeout oid=2 clock=20000\n"
	       "endstop_home oid=3 clock=10000 sample_ticks=15 sample_count=4 "
	       "rest_ticks=500 pin_value=1 trsync_oid=2 trigger_reason=1");
	fw_run(14490);
	endstop_level = true;
	fw_run(14520); /* seen at 14500 and 14515 */
	endstop_level = false;
	fw_run(20001);
	is_str(fw_answer("trsync_state"),
	    "trsync_state oid=2 can_trigger=0 trigger_reason=4 clock=20000",
	    "a bounce does not trigger, silence of the host does");
	fw_end();
	begin(steppers);
	fw_say("trsync_start oid=2 report_clock=0 report_ticks=0 "
	       "expire_reason=4\nstepper_stop_on_trigger oid=0 trsync_oid=2\n"
	       "stepper_stop_on_trigger oid=0 trsync_oid=2");
	is_str(sim_shutdown_reason(), "Can't add signal that is already active",
	    "a signal twice");
	fw_end();
}

static const char output[] =
    "allocate_oids count=2\n"
    "config_digital_out oid=0 pin=PB0 value=0 default_value=0 "
    "max_duration=30000\n"
    "set_digital_out_pwm_cycle oid=0 cycle_ticks=1000\n"
    "config_pwm_out oid=1 pin=PB1 cycle_ticks=1000 value=0 "
    "default_value=0 max_duration=30000\n"
    "finalize_config crc=1";

static void
test_soft_pwm(void)
{
	static const uint64_t want[] = {
	    10000, 10250, 11000, 11250, 12000, 12100, 20000};
	struct fw_pin *pin;

	begin(output);
	pin = fw_watch("PB0");
	fw_say("queue_digital_out oid=0 clock=10000 on_ticks=250\n"
	       "queue_digital_out oid=0 clock=12100 on_ticks=0\n"
	       "queue_digital_out oid=0 clock=20000 on_ticks=1000");
	fw_run(30000);
	is_int((long long)pin->n, 7, "edges of soft PWM");
	for (size_t i = 0; i < 7 && i < pin->n; i++)
		is_int((long long)pin->tick[i], (long long)want[i],
		    "edge %zu: %s", i, pin->level[i] ? "up" : "down");
	fw_run(49999);
	ok(!sim_is_shutdown(), "on for max_duration less a tick: still fine");
	fw_run(50000);
	is_str(sim_shutdown_reason(),
	    "Missed scheduling of next digital out event",
	    "the deadline ends it");
	is_int(pin->level[pin->n - 1], 0, "and the pin is off");
	fw_end();
}

static void
test_out_errors(void)
{
	begin(output);
	fw_say("queue_digital_out oid=0 clock=10000 on_ticks=500\n"
	       "queue_digital_out oid=0 clock=40001 on_ticks=0");
	fw_run(10000);
	is_str(sim_shutdown_reason(),
	    "Scheduled digital out event will exceed max_duration",
	    "a change after the deadline");
	fw_end();
	begin(output);
	fw_say("queue_digital_out oid=0 clock=10000 on_ticks=500\n"
	       "update_digital_out oid=0 value=0");
	is_str(sim_shutdown_reason(),
	    "update_digital_out not valid with active queue", "two masters");
	fw_end();
	begin(output);
	fw_say("queue_digital_out oid=0 clock=10000 on_ticks=500\n"
	       "set_digital_out_pwm_cycle oid=0 cycle_ticks=5");
	is_str(sim_shutdown_reason(),
	    "Can not set soft pwm cycle ticks while updates pending",
	    "another cycle in between");
	fw_end();
	begin(output);
	fw_say("update_digital_out oid=0 value=1");
	fw_run(29000);
	is_int(sim_pin("PB0")->level, 1, "an update is at once");
	fw_run(40000);
	is_str(sim_shutdown_reason(),
	    "Missed scheduling of next digital out event",
	    "it has a deadline, too");
	fw_end();
	begin(output);
	fw_run(10000);
	fw_say("queue_digital_out oid=0 clock=500 on_ticks=0");
	is_str(
	    sim_shutdown_reason(), "Timer too close", "a change of the past");
	fw_end();
}

/* A link that was held up brings changes of the past, two of a pin at once. */
static void
test_out_late(void)
{
	uint32_t soon = sim_freq / 10000;
	struct fw_pin *pin;

	begin(output);
	fw_say("digital_out_allow_late oid=0 ticks=25000\n"
	       "pwm_out_allow_late oid=1 ticks=25000");
	pin = fw_watch("PB0");
	fw_run(20000);
	fw_say("queue_digital_out oid=0 clock=500 on_ticks=1000\n"
	       "queue_digital_out oid=0 clock=900 on_ticks=0\n"
	       "queue_digital_out oid=0 clock=90000 on_ticks=1000\n"
	       "queue_pwm_out oid=1 clock=500 value=100\n"
	       "queue_pwm_out oid=1 clock=600 value=0");
	fw_run(100000);
	ok(pin->n == 3 && pin->tick[0] == 20000 + soon &&
		pin->tick[1] == 20000 + 2 * soon && pin->tick[2] == 90000,
	    "late changes are made at once, in their order");
	ok(!sim_is_shutdown(), "without a complaint");
	fw_run(120000);
	is_str(sim_shutdown_reason(),
	    "Missed scheduling of next digital out event",
	    "the deadline holds as ever");
	fw_end();
	begin(output);
	fw_say("digital_out_allow_late oid=0 ticks=25000");
	fw_run(30000);
	fw_say("queue_digital_out oid=0 clock=4000 on_ticks=0");
	is_str(sim_shutdown_reason(), "Timer too close",
	    "a change that is later than that is refused");
	fw_end();
	begin(output);
	fw_say("digital_out_allow_late oid=1 ticks=5");
	is_str(sim_shutdown_reason(), "Invalid oid type",
	    "each kind has a command of its own");
	fw_end();
}

static double duty;

static void
on_duty(void *ctx, double d)
{
	(void)ctx;
	duty = d;
}

static void
test_hard_pwm(void)
{
	sim_pin("PB1")->pwm = on_duty;
	begin(output);
	fw_say("queue_pwm_out oid=1 clock=10000 value=8192\n"
	       "queue_pwm_out oid=1 clock=20000 value=16384");
	fw_run(10000);
	is_near(duty, 0.25, 1e-9, "hardware PWM at its time");
	fw_run(49999);
	is_near(duty, 0.5, 1e-9, "and its successor");
	fw_run(50000);
	is_str(sim_shutdown_reason(),
	    "Missed scheduling of next hard pwm event", "the deadline ends it");
	is_near(duty, 0, 1e-9, "at its default");
	fw_end();
	sim_pin("PB1")->pwm = NULL;
}

static double ratio;

static double
read_ratio(void *ctx)
{
	(void)ctx;
	return ratio;
}

static void
test_adc(void)
{
	sim_pin("PC0")->analog = read_ratio;
	ratio = 0.5;
	begin("allocate_oids count=1\nconfig_analog_in oid=0 pin=PC0\n"
	      "finalize_config crc=1");
	fw_say("query_analog_in oid=0 clock=10000 sample_ticks=1000 "
	       "sample_count=8 rest_ticks=300000 bytes_per_report=4 "
	       "min_value=1000 max_value=30000 range_check_count=3");
	fw_run(400000);
	is_str(fw_answer("analog_in_state"),
	    "analog_in_state oid=0 next_clock=610000 values=00400040",
	    "two sums of eight readings in a report");
	ratio = 0.01;
	fw_run(1210000);
	ok(!sim_is_shutdown(), "two readings out of range are borne");
	fw_run(1240000);
	is_str(sim_shutdown_reason(), "ADC out of range", "the third is not");
	fw_forget();
	fw_run(3000000);
	ok(fw_answers("analog_in_state") > 0, "readings go on in a shutdown");
	fw_end();
	sim_pin("PC0")->analog = NULL;
}

static const char dry[] =
    "allocate_oids count=2\n"
    "config_stepper oid=0 step_pin=PA0 dir_pin=PA1 invert_step=0 "
    "step_pulse_ticks=2\n"
    "config_stepper oid=1 step_pin=PA2 dir_pin=PA3 invert_step=-1 "
    "step_pulse_ticks=2\n"
    "stepper_stop_when_dry oid=0 below=5000 stop_ticks=200000\n"
    "stepper_stop_when_dry oid=1 below=5000 stop_ticks=200000\n"
    "finalize_config crc=1";

/* 5000 steps a second, then nothing: even deceleration to rest in 0.2 s. */
static void
test_dry_stop(const char *move, uint64_t last)
{
	struct fw_pin *step;
	size_t n, made;
	double worst = 0, v0 = 1.0 / 200, a = v0 / 200000;

	begin(dry);
	step = fw_watch("PA0");
	fw_say("reset_step_clock oid=0 clock=10000\n"
	       "set_next_step_dir oid=0 dir=1");
	fw_say(move);
	fw_run(last + 100);
	for (n = 0; n < step->n && step->tick[n] <= last; n += 2)
		;
	fw_run(2000000);
	made = (step->n - n) / 2;
	ok(made > 475 && made <= 500,
	    "the queue runs dry: %zu steps more, of 500", made);
	for (size_t i = n + 40; i + 40 < step->n; i += 2) {
		double t = (double)(step->tick[i] - last);
		double v =
		    20 / (double)(step->tick[i + 20] - step->tick[i - 20]);
		double off = fabs(v - (v0 - a * t)) / v0;

		worst = off > worst ? off : worst;
	}
	ok(worst < 0.05, "the speed falls evenly, within %.3f", worst);
	ok(step->tick[step->n - 2] - last > 160000 &&
		step->tick[step->n - 2] - last < 205000,
	    "to rest in 0.2 s");
	{
		char want[100];

		snprintf(want, sizeof(want),
		    "stepper_ran_dry oid=0 clock=%" PRIu64 " steps=%zu pos=%zu",
		    step->tick[step->n - 2], made, step->n / 2);
		is_str(fw_answer("stepper_ran_dry"), want, "the host is told");
	}
	n = step->n;
	fw_say("queue_step oid=0 interval=1000 count=9 add=0");
	fw_run(3000000);
	is_int(
	    (long long)step->n, (long long)n, "what came too late is dropped");
	fw_say("reset_step_clock oid=0 clock=4000000\n"
	       "queue_step oid=0 interval=6000 count=9 add=0");
	fw_run(5000000);
	is_int((long long)step->n, (long long)n + 18,
	    "with a new time base it goes on, and stops when it is slow");
	ok(!sim_is_shutdown(), "no complaint");
	fw_end();
}

/* Two motors on a line stay on it. */
static void
test_dry_line(void)
{
	struct fw_pin *x, *y;
	double worst = 0;
	size_t k = 0;

	begin(dry);
	x = fw_watch("PA0");
	y = fw_watch("PA2");
	fw_say("reset_step_clock oid=0 clock=10000\n"
	       "reset_step_clock oid=1 clock=10000\n"
	       "queue_step oid=0 interval=200 count=90 add=0\n"
	       "queue_step oid=1 interval=600 count=30 add=0");
	fw_run(3000000);
	is_int(fw_answers("stepper_ran_dry"), 2, "both ran dry");
	for (size_t i = 0; i < y->n; i++) {
		double off;

		while (k + 2 < x->n && x->tick[k] < y->tick[i])
			k += 2;
		off = fabs((double)(k / 2 + 1) / 3 - (double)(i + 1));
		if (i + 3 < y->n)
			worst = off > worst ? off : worst;
	}
	ok(worst < 4, "they stay on their line within %.1f steps of %zu", worst,
	    y->n);
	fw_end();
}

static void
test_dry_interrupted(void)
{
	struct fw_pin *step;

	begin(steppers);
	fw_say("stepper_stop_when_dry oid=0 below=5000 stop_ticks=9000");
	is_str(sim_shutdown_reason(), "alloc_chunk failed",
	    "no memory is given out after the configuration");
	fw_end();
	begin(dry);
	step = fw_watch("PA0");
	fw_run(50000);
	fw_say("reset_step_clock oid=0 clock=10000\n"
	       "queue_step oid=0 interval=200 count=30 add=0\n"
	       "queue_step oid=0 interval=200000 count=30 add=0");
	fw_run(2000000);
	ok(step->n == 0 && !sim_is_shutdown(), "steps of the past are dropped");
	is_str(fw_answer("stepper_ran_dry"),
	    "stepper_ran_dry oid=0 clock=10000 steps=0 pos=0",
	    "and reported, once");
	fw_end();
	begin(steppers);
	step = fw_watch("PA0");
	fw_say("reset_step_clock oid=0 clock=10000\n"
	       "queue_step oid=0 interval=200 count=30 add=0");
	fw_run(2000000);
	is_int((long long)step->n, 60, "not asked for: nothing is added");
	fw_end();
	begin(dry);
	step = fw_watch("PA0");
	fw_say("reset_step_clock oid=0 clock=10000\n"
	       "queue_step oid=0 interval=200 count=30 add=0");
	fw_run(12000);
	fw_say("queue_step oid=0 interval=200 count=30 add=0\n"
	       "queue_step oid=0 interval=5001 count=1 add=0");
	fw_run(2000000);
	is_int((long long)step->n, 122, "moves that come in time are made");
	fw_end();
	begin(dry);
	fw_say("reset_step_clock oid=0 clock=10000\n"
	       "queue_step oid=0 interval=200 count=30 add=0");
	fw_run(30000);
	fw_say("emergency_stop");
	fw_forget();
	fw_run(2000000);
	is_int(fw_answers("stepper_ran_dry"), 0, "a shutdown ends it");
	fw_end();
}

/* A reset in the middle of a move; where the motors stood is not forgotten. */
static void
test_survive(void)
{
	struct fw_pin *step;
	char want[80];

	begin(steppers);
	fw_say("get_reset_state");
	is_str(fw_answer("reset_state"),
	    "reset_state count=0 crc=0 static_string_id=?0",
	    "a new chip knows of no life before");
	fw_say("get_reset_position index=0");
	is_str(sim_shutdown_reason(), "No such motor in the reset state",
	    "and of no motor");
	fw_say("clear_shutdown");
	step = fw_watch("PA0");
	fw_say("reset_step_clock oid=0 clock=10000\n"
	       "reset_step_clock oid=1 clock=10000\n"
	       "set_next_step_dir oid=0 dir=1\n"
	       "queue_step oid=0 interval=100 count=300 add=0\n"
	       "queue_step oid=1 interval=100 count=7 add=0");
	fw_run(22345);
	fw_forget();
	fw_say("reset");
	fw_next_sequence = 0;
	fw_say("get_reset_state\nget_reset_position index=0");
	is_str(fw_answer("reset_state"),
	    "reset_state count=2 crc=1 static_string_id=?0",
	    "after a reset there are two");
	snprintf(want, sizeof(want), "reset_position oid=0 pos=%zu gap=100",
	    step->n / 2);
	is_str(fw_answer("reset_position"), want, "one was moving, so fast");
	fw_forget();
	fw_say("reset");
	fw_next_sequence = 0;
	fw_say("get_reset_position index=1");
	is_str(fw_answer("reset_position"), "reset_position oid=1 pos=-7 gap=0",
	    "the other stood; a second reset changes nothing");
	fw_say(steppers);
	fw_say("emergency_stop\nreset");
	fw_next_sequence = 0;
	fw_forget();
	fw_say("get_reset_state\nget_reset_position index=0");
	is_str(fw_answer("reset_state"),
	    "reset_state count=2 crc=1 static_string_id=Command request",
	    "why it had shut down is told as well");
	is_str(fw_answer("reset_position"), "reset_position oid=0 pos=0 gap=0",
	    "and the new life's motors");
	fw_end();
}

/* The same without a reset: a shutdown ends a life, too. */
static void
test_survive_shutdown(void)
{
	struct fw_pin *step;
	char want[80];

	begin(steppers);
	step = fw_watch("PA0");
	fw_say("reset_step_clock oid=0 clock=10000\n"
	       "reset_step_clock oid=1 clock=10000\n"
	       "set_next_step_dir oid=0 dir=1\n"
	       "queue_step oid=0 interval=150 count=200 add=-1\n"
	       "queue_step oid=1 interval=100 count=7 add=0");
	fw_run(21050);
	fw_say("emergency_stop\nget_reset_state\nget_reset_position index=0");
	is_str(fw_answer("reset_state"),
	    "reset_state count=2 crc=1 static_string_id=Command request",
	    "in a shutdown the motors are known");
	ok(step->n / 2 == 127, "after %zu steps of one of them", step->n / 2);
	snprintf(want, sizeof(want), "reset_position oid=0 pos=%zu gap=23",
	    step->n / 2);
	is_str(fw_answer("reset_position"), want, "which was moving");
	fw_say("clear_shutdown\nreset_step_clock oid=0 clock=90000\n"
	       "reset_step_clock oid=1 clock=90000\nemergency_stop");
	fw_forget();
	fw_say("get_reset_state\nget_reset_position index=0");
	snprintf(want, sizeof(want), "reset_position oid=0 pos=%zu gap=0",
	    step->n / 2);
	is_str(fw_answer("reset_position"), want,
	    "with a new time base it has been found again");
	fw_end();
}

int
main(void)
{
	test_step_times(UINT32_MAX, "pulse in one event");
	test_step_times(0, "pulse in two events");
	test_cubic(UINT32_MAX, "pulse in one event");
	test_cubic(0, "pulse in two events");
	test_edges();
	test_dry_stop("queue_step oid=0 interval=200 count=100 add=0", 30000);
	test_dry_stop("queue_step_cubic oid=0 first=4460 interval=51200 "
		      "count=100 add=0 add2=0",
	    34260);
	test_dry_line();
	test_dry_interrupted();
	test_survive();
	test_survive_shutdown();
	test_unfinished();
	test_stepper_errors();
	test_wrap();
	test_homing();
	test_misses();
	test_soft_pwm();
	test_out_errors();
	test_out_late();
	test_hard_pwm();
	test_adc();
	return done_testing();
}
