/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The public step-rate test: how few cycles a step may take. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/avr/chip.h"
#include "tests/avr/host.h"

#define STEPS	   60000
#define WAIT	   (AVR_FREQ / 4)
#define MOTORS_MAX 3

static uint64_t edges[MOTORS_MAX], first_edge, last_edge;

static void
on_edge(void *ctx, bool level)
{
	uint64_t *n = ctx;

	*n += level;
	if (level && n == &edges[0] && *n <= STEPS) {
		if (*n == 1)
			first_edge = chip_cycle();
		last_edge = chip_cycle();
	}
}

/* One run of the test in a fresh chip of its own: 0 it kept up. */
static int
test(const char *mcu, const char *elf, unsigned motors, unsigned ticks,
    bool cubic)
{
	static const char pins[MOTORS_MAX][2][4] = {
	    {"PA5", "PA4"}, {"PC3", "PC2"}, {"PC7", "PC6"}};
	uint32_t start;

	host_open(mcu, elf);
	host_say("allocate_oids count=%u", motors);
	for (unsigned i = 0; i < motors; i++) {
		host_say("config_stepper oid=%u step_pin=%s dir_pin=%s "
			 "invert_step=0 step_pulse_ticks=32",
		    i, pins[i][0], pins[i][1]);
		chip_watch(
		    pins[i][0][1], pins[i][0][2] - '0', on_edge, &edges[i]);
	}
	host_say("finalize_config crc=0");
	start = host_clock() + WAIT + AVR_FREQ / 4;
	for (unsigned i = 0; i < motors; i++) {
		host_say("reset_step_clock oid=%u clock=%u", i, start);
		host_say("set_next_step_dir oid=%u dir=0", i);
		if (cubic)
			host_say("queue_step_cubic oid=%u first=%u "
				 "interval=%u count=%u add=0 add2=0",
			    i, ticks, ticks << 8, STEPS);
		else
			host_say("queue_step oid=%u interval=%u count=%u add=0",
			    i, ticks, STEPS);
		host_say("set_next_step_dir oid=%u dir=1", i);
		host_say("queue_step oid=%u interval=3000 count=1 add=0", i);
	}
	host_run((uint64_t)STEPS * ticks + AVR_FREQ);
	if (getenv("STEP_RATE_SAY"))
		fprintf(stderr, "%llu of %u steps, %.2f cycles each\n%s",
		    (unsigned long long)edges[0], STEPS + 1,
		    (double)(last_edge - first_edge) / (double)(edges[0] - 1),
		    host_said.data ? host_said.data : "");
	for (unsigned i = 0; i < motors; i++)
		if (edges[i] != STEPS + 1)
			return 1;
	return host_said.data && strstr(host_said.data, "shutdown") != NULL;
}

int
main(int argc, char **argv)
{
	if (argc < 5) {
		fprintf(
		    stderr, "usage: step-rate MCU ELF MOTORS TICKS [cubic]\n");
		return 64;
	}
	return test(argv[1], argv[2], (unsigned)atoi(argv[3]),
	    (unsigned)atoi(argv[4]), argc > 5);
}
