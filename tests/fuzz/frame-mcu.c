/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as the words of a host: receiver, parser and every handler. */
#include "base/die.h"
#include "mcu-fw/board/sim/sim.h"
#include "proto/frame.h"
#include "tests/fuzz/fuzz.h"
#include "wire/frame.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/fw-host.h"

static const char objects[] =
    "allocate_oids count=12\n"
    "config_stepper oid=0 step_pin=PA0 dir_pin=PA1 invert_step=0 "
    "step_pulse_ticks=2\n"
    "config_stepper oid=1 step_pin=PA2 dir_pin=PA3 invert_step=-1 "
    "step_pulse_ticks=2\n"
    "config_trsync oid=2\n"
    "config_endstop oid=3 pin=PA4 pull_up=1\n"
    "config_digital_out oid=4 pin=PA5 value=0 default_value=0 "
    "max_duration=5000\n"
    "set_digital_out_pwm_cycle oid=4 cycle_ticks=100\n"
    "config_pwm_out oid=5 pin=PA6 cycle_ticks=100 value=0 default_value=0 "
    "max_duration=5000\n"
    "config_analog_in oid=6 pin=PA7\n"
    "finalize_config crc=1";

/* The first byte: odd makes objects first, '#' and '"' are text.  Then a byte
 * below 60 is a frame of so many bytes; the others are... */
enum {
	RAW = 60,   /* ...this many raw bytes less 60 */
	TIME = 128, /* ...a step of time, squared */
};

static void
run_frame(const uint8_t *p, size_t n)
{
	uint8_t frame[FRAME_MAX];

	memcpy(frame + FRAME_HEAD, p, n);
	fw_raw(frame, frame_close(frame, fw_next_sequence++, n));
}

/* Text: a command a line, "T n" lets n ticks pass.  Seeds stay what they are
 * when messages get other numbers. */
static void
run_text(const char *p, size_t len)
{
	const char *end = p + len;

	while (p < end) {
		const char *eol = memchr(p, '\n', (size_t)(end - p));
		size_t n = (size_t)((eol ? eol : end) - p);
		uint8_t payload[FRAME_MAX];
		char line[400];
		unsigned ticks;

		if (n < sizeof(line)) {
			memcpy(line, p, n);
			line[n] = '\0';
			if (sscanf(line, "T %u", &ticks) == 1)
				fw_run(sim_clock + ticks % 100000);
			else if ((n = fw_encode_any(line, payload)) > 0)
				run_frame(payload, n);
			fw_next_sequence = (unsigned)fw_sequence();
		}
		p = eol ? eol + 1 : end;
	}
}

static void
run_bytes(const uint8_t *data, size_t len)
{
	for (size_t i = 1; i < len;) {
		size_t op = data[i++], n;

		if (op >= TIME) {
			fw_run(sim_clock + (op - TIME) * (op - TIME));
			continue;
		}
		n = op >= RAW ? op - RAW : op;
		if (n > FRAME_PAYLOAD_MAX)
			n = FRAME_PAYLOAD_MAX;
		if (n > len - i)
			n = len - i;
		if (op >= RAW)
			fw_raw(data + i, n);
		else
			run_frame(data + i, n);
		i += n;
		/* the frames that are made must go on being the right ones */
		fw_next_sequence = (unsigned)fw_sequence();
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	bool made = len > 0 && (data[0] & 1);

	fw_begin();
	if (made)
		fw_say(objects);
	if (len > 0 && (data[0] == '#' || data[0] == '"'))
		run_text((const char *)data + 1, len - 1);
	else
		run_bytes(data, len);
	fw_forget();
	fw_run(sim_clock + 20000);
	/* twice its longest duration later nothing is on by itself */
	if (made && sim_is_shutdown() && sim_pin("PA5")->level)
		BUG("an output is on in a shutdown");
	return 0;
}
