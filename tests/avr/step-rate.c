/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The public step-rate test: how few cycles a step may take. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/die.h"
#include "base/xalloc.h"
#include "proto/vlq.h"
#include "tests/avr/chip.h"
#include "wire/dict.h"
#include "wire/frame.h"

#define FREQ	   16000000u
#define STEPS	   60000
#define WAIT	   (FREQ / 4)
#define MOTORS_MAX 3

static struct dict *dict;
static struct frame_reader reader;
static unsigned sequence;
static struct buf ident, said;
static bool identifying, ident_done;
static uint64_t edges[MOTORS_MAX], first_edge, last_edge;

static void
quiet(struct diag_sink *s, enum diag_level level, const struct diag_place *p,
    const char *slug, const char *text)
{
	(void)s, (void)level, (void)p, (void)slug;
	fprintf(stderr, "%s\n", text);
}

static void
on_frame(void *ctx, unsigned seq, const uint8_t *p, size_t len)
{
	struct dict_value v[DICT_PARAMS_MAX];
	const struct dict_message *m;
	uint32_t offset;

	(void)ctx;
	sequence = seq;
	if (len == 0)
		return;
	if (identifying) {
		const uint8_t *q =
		    p[0] == 0 ? vlq_get(p + 1, p + len, &offset) : NULL;

		if (q && offset == ident.len) {
			ident_done = *q == 0;
			buf_add(&ident, q + 1, *q);
		}
	} else if (dict && dict_decode(dict, p, len, &m, v)) {
		dict_format(m, v, &said);
		buf_addc(&said, '\n');
	}
}

static void
run(uint64_t cycles)
{
	uint64_t end = chip_cycle() + cycles;

	while (chip_cycle() < end) {
		if (!chip_run(end))
			BUG("the chip has crashed");
		frame_reader_feed(
		    &reader, chip_out.data, chip_out.len, on_frame, NULL);
		buf_clear(&chip_out);
	}
}

static void
send_payload(const uint8_t *p, size_t n)
{
	uint8_t frame[FRAME_MAX];

	memcpy(frame + FRAME_HEAD, p, n);
	n = frame_close(frame, sequence, n);
	chip_write(frame, n);
	run(FREQ / 100);
}

static void
say(const char *line)
{
	struct buf why = BUF_INIT;
	uint8_t payload[FRAME_MAX];
	size_t n = dict_encode_text(dict, line, payload, &why);

	if (n == 0)
		BUG("'%s': %s", line, why.data);
	send_payload(payload, n);
	buf_release(&why);
}

static void
sayf(const char *fmt, unsigned a, unsigned b)
{
	char line[200];

	snprintf(line, sizeof(line), fmt, a, b);
	say(line);
}

static void
identify(void)
{
	struct diag_sink sink = {.emit = quiet};
	uint8_t ask[8], *p;

	frame_reader_init(&reader);
	run(FREQ / 10);
	identifying = true;
	for (int i = 0; !ident_done && i < 500; i++) {
		p = vlq_put(ask, 1);
		p = vlq_put(p, (uint32_t)ident.len);
		p = vlq_put(p, 40);
		send_payload(ask, (size_t)(p - ask));
	}
	identifying = false;
	dict = dict_load(ident.data, ident.len, "chip", &sink);
	if (!dict)
		exit(76);
}

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

static uint32_t
now(void)
{
	const char *p;

	buf_clear(&said);
	say("get_clock");
	p = said.data ? strstr(said.data, "clock clock=") : NULL;
	return p ? (uint32_t)strtoul(p + 12, NULL, 10) : 0;
}

/* One run of the test in a fresh chip of its own: 0 it kept up. */
static int
test(const char *mcu, const char *elf, unsigned motors, unsigned ticks)
{
	static const char pins[MOTORS_MAX][2][4] = {
	    {"PA5", "PA4"}, {"PC3", "PC2"}, {"PC7", "PC6"}};
	char line[200];
	uint32_t start;

	chip_open(mcu, elf);
	identify();
	sayf("allocate_oids count=%u", motors, 0);
	for (unsigned i = 0; i < motors; i++) {
		snprintf(line, sizeof(line),
		    "config_stepper oid=%u step_pin=%s dir_pin=%s "
		    "invert_step=0 step_pulse_ticks=32",
		    i, pins[i][0], pins[i][1]);
		say(line);
		chip_watch(
		    pins[i][0][1], pins[i][0][2] - '0', on_edge, &edges[i]);
	}
	say("finalize_config crc=0");
	start = now() + WAIT + FREQ / 4;
	for (unsigned i = 0; i < motors; i++) {
		sayf("reset_step_clock oid=%u clock=%u", i, start);
		sayf("set_next_step_dir oid=%u dir=0", i, 0);
		snprintf(line, sizeof(line),
		    "queue_step oid=%u interval=%u count=%u add=0", i, ticks,
		    STEPS);
		say(line);
		sayf("set_next_step_dir oid=%u dir=1", i, 0);
		sayf("queue_step oid=%u interval=3000 count=1 add=0", i, 0);
	}
	run((uint64_t)STEPS * ticks + FREQ);
	if (getenv("STEP_RATE_SAY"))
		fprintf(stderr, "%llu of %u steps, %.2f cycles each\n%s",
		    (unsigned long long)edges[0], STEPS + 1,
		    (double)(last_edge - first_edge) / (double)(edges[0] - 1),
		    said.data ? said.data : "");
	for (unsigned i = 0; i < motors; i++)
		if (edges[i] != STEPS + 1)
			return 1;
	return said.data && strstr(said.data, "shutdown") != NULL;
}

int
main(int argc, char **argv)
{
	if (argc != 5) {
		fprintf(stderr, "usage: step-rate MCU ELF MOTORS TICKS\n");
		return 64;
	}
	return test(
	    argv[1], argv[2], (unsigned)atoi(argv[3]), (unsigned)atoi(argv[4]));
}
