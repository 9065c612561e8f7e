/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as the words of an MCU: frames, messages, acknowledgements. */
#include "base/die.h"
#include "tests/fuzz/fuzz.h"
#include "wire/clocksync.h"
#include "wire/dict.h"
#include "wire/link.h"

#include <stdlib.h>
#include <string.h>

static const char dictionary[] =
    "{\"commands\":{\"get_clock\":5,\"spi_send oid=%c data=%*s\":6},"
    "\"responses\":{\"identify_response offset=%u data=%.*s\":0,"
    "\"clock clock=%u\":-5,\"state pin=%c oid=%c pos=%i v=%hu w=%hi\":7,"
    "\"raw a=%*s b=%*s c=%u\":200},\"output\":{\"%u %% %s\":9},"
    "\"enumerations\":{\"pin\":{\"PA0\":[0,16],\"X\":99}}}";

static struct dict *dict;
static struct buf text;
static struct clocksync sync;

static void
quiet(struct diag_sink *s, enum diag_level level,
    const struct diag_place *place, const char *slug, const char *what)
{
	(void)s;
	(void)level;
	(void)place;
	(void)slug;
	(void)what;
}

static void
on_message(void *ctx, const uint8_t *p, size_t len, int64_t sent_ns)
{
	struct dict_value v[DICT_PARAMS_MAX];
	const struct dict_message *m;
	struct link *l = ctx;

	if (dict_decode(dict, p, len, &m, v) == 0)
		return;
	buf_clear(&text);
	dict_format(m, v, &text);
	if (m->id == -5)
		clocksync_sample(&sync, v[0].num, sent_ns, l->now_ns);
}

/*
 * Every byte is a moment: 0xff lets time pass to the link's next wish, a pair
 * 0xfe x adds a command; the rest is what comes in.
 */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct diag_sink sink = {.emit = quiet};
	struct buf out = BUF_INIT;
	struct msgq q = MSGQ_INIT;
	struct link l;
	int64_t now = 1000;

	if (!dict)
		dict = dict_load(
		    dictionary, sizeof(dictionary) - 1, "fuzz", &sink);
	if (!dict)
		BUG("the dictionary of the fuzzer is none");
	link_init(&l, on_message, NULL, &l);
	link_set_wire(&l, 250000, 192);
	link_attach(&l, &q);
	clocksync_begin(&sync, 1e6, 0, now);
	for (size_t i = 0; i < len; i++) {
		if (data[i] == 0xff) {
			link_transmit(&l, now, &out);
			l.flush_output = false;
			if (link_wake_ns(&l) < INT64_MAX / 2)
				now = link_wake_ns(&l) + 1;
			if (out.len > 65536)
				buf_clear(&out);
		} else if (data[i] == 0xfe && i + 1 < len) {
			i++;
			msgq_add(&q, data[i] * 100ull, data[i] * 200ull,
			    (const uint8_t *)"\x05\x05\x05", 1 + data[i] % 3);
		} else {
			link_receive(&l, &data[i], 1, now);
			now += 40000;
		}
	}
	if (l.send_seq - l.receive_seq > LINK_FRAMES_MAX)
		BUG("more frames under way than allowed");
	msgq_release(&q);
	buf_release(&out);
	return 0;
}
