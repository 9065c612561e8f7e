/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Frames to the emulated chip and back, by its own dictionary. */
#include "tests/avr/host.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/die.h"
#include "base/xalloc.h"
#include "proto/vlq.h"
#include "tests/avr/chip.h"
#include "wire/dict.h"
#include "wire/frame.h"

struct buf host_said = BUF_INIT;

static struct dict *dict;
static struct frame_reader reader;
static unsigned sequence;
static struct buf ident;
static bool identifying, ident_done;

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
		dict_format(m, v, &host_said);
		buf_addc(&host_said, '\n');
	}
}

void
host_run(uint64_t cycles)
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
	unsigned sent = sequence;

	memcpy(frame + FRAME_HEAD, p, n);
	n = frame_close(frame, sent, n);
	chip_write(frame, n);
	/* in real time the acknowledgement may take longer */
	for (int i = 0; i < 500 && (i == 0 || sequence == sent); i++)
		host_run(AVR_FREQ / 100);
}

static void
say_line(const char *line)
{
	struct buf why = BUF_INIT;
	uint8_t payload[FRAME_MAX];
	size_t n = dict_encode_text(dict, line, payload, &why);

	if (n == 0)
		BUG("'%s': %s", line, why.data);
	send_payload(payload, n);
	buf_release(&why);
}

void
host_say(const char *fmt, ...)
{
	char line[300];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	say_line(line);
}

void
host_open(const char *mcu, const char *elf)
{
	struct diag_sink sink = {.emit = quiet};
	uint8_t ask[8], *p;

	chip_open(mcu, elf);
	frame_reader_init(&reader);
	host_run(AVR_FREQ / 10);
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

void
host_forget(void)
{
	buf_clear(&host_said);
}

uint32_t
host_number(const char *begin, const char *key)
{
	const char *p = host_said.data ? host_said.data : "";
	char word[40];

	snprintf(word, sizeof(word), " %s=", key);
	for (; *p; p += strcspn(p, "\n") + 1) {
		if (strncmp(p, begin, strlen(begin)) != 0)
			continue;
		p = strstr(p, word);
		if (p)
			return (uint32_t)strtol(p + strlen(word), NULL, 10);
		break;
	}
	BUG("no answer '%s' with '%s'", begin, key);
}

uint32_t
host_clock(void)
{
	host_forget();
	host_say("get_clock");
	return host_number("clock", "clock");
}
