/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Talks to the simulated chip through frames and its own dictionary. */
#include "tests/unit/fw-host.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/die.h"
#include "base/xalloc.h"
#include "mcu-fw/board/sim/sim.h"
#include "proto/vlq.h"
#include "wire/dict.h"
#include "wire/frame.h"

unsigned fw_next_sequence;
uint32_t fw_freq = 1000000;

static struct dict *dict;
static struct frame_reader reader;
static struct buf answers, answer, ident;
static int n_empty, last_sequence;
static bool identifying, ident_done;
static struct fw_pin *watched[16];
static struct sim_pin *watched_pin[16];
static int n_watched;

static void
quiet(struct diag_sink *s, enum diag_level level, const struct diag_place *p,
    const char *slug, const char *text)
{
	(void)s;
	(void)level;
	(void)p;
	(void)slug;
	printf("# %s\n", text);
}
static struct diag_sink sink = {.emit = quiet};

static void
on_frame(void *ctx, unsigned seq, const uint8_t *p, size_t len)
{
	struct dict_value v[DICT_PARAMS_MAX];
	const struct dict_message *m;

	(void)ctx;
	last_sequence = (int)seq;
	if (len == 0) {
		n_empty++;
	} else if (identifying) {
		uint32_t offset;
		const uint8_t *q =
		    p[0] == 0 ? vlq_get(p + 1, p + len, &offset) : NULL;

		if (!q || offset != ident.len)
			return;
		ident_done = *q == 0;
		buf_add(&ident, q + 1, *q);
	} else if (dict_decode(dict, p, len, &m, v) == len) {
		dict_format(m, v, &answers);
		buf_addc(&answers, '\n');
	} else {
		buf_adds(&answers, "?\n");
	}
}

static void
collect(void)
{
	frame_reader_feed(
	    &reader, sim_link_out.data, sim_link_out.len, on_frame, NULL);
	buf_clear(&sim_link_out);
}

void
fw_run(uint64_t until)
{
	do {
		sim_run(until);
		collect();
	} while (sim_clock < until);
}

void
fw_raw(const void *data, size_t n)
{
	sim_link_write(data, n);
	for (int i = 0; i < 8; i++)
		fw_run(sim_clock);
}

void
fw_payload(const uint8_t *payload, size_t n)
{
	uint8_t frame[FRAME_MAX];

	memcpy(frame + FRAME_HEAD, payload, n);
	n = frame_close(frame, fw_next_sequence++, n);
	fw_raw(frame, n);
}

size_t
fw_encode_any(const char *line, uint8_t *out)
{
	struct buf why = BUF_INIT;
	size_t n = dict_encode_text(dict, line, out, &why);

	buf_release(&why);
	return n;
}

size_t
fw_encode(const char *line, uint8_t *out)
{
	struct buf why = BUF_INIT;
	size_t n = dict_encode_text(dict, line, out, &why);

	if (n == 0)
		BUG("'%s': %s", line, why.data);
	buf_release(&why);
	return n;
}

void
fw_say(const char *lines)
{
	uint8_t payload[FRAME_MAX];

	while (*lines) {
		size_t n = strcspn(lines, "\n");
		char *line = xstrndup(lines, n);

		fw_payload(payload, fw_encode(line, payload));
		free(line);
		lines += strcspn(lines, "\n");
		lines += *lines == '\n';
	}
}

static void
identify(void)
{
	uint8_t ask[8], *p;

	buf_clear(&ident);
	identifying = true;
	ident_done = false;
	while (!ident_done) {
		size_t before = ident.len;

		p = vlq_put(ask, 1);
		p = vlq_put(p, (uint32_t)ident.len);
		p = vlq_put(p, 40);
		fw_payload(ask, (size_t)(p - ask));
		if (!ident_done && ident.len == before)
			BUG("no answer to identify");
	}
	identifying = false;
	dict_free(dict);
	dict = dict_load(ident.data, ident.len, "chip", &sink);
	if (!dict)
		BUG("the dictionary is none");
}

void
fw_begin(void)
{
	struct sim_options o = {.freq = fw_freq,
	    .memory = 16384,
	    .adc_max = 4095,
	    .event_ticks = 1,
	    .mcu = "test"};

	sim_begin(&o);
	fw_next_sequence = 0;
	frame_reader_init(&reader);
	fw_forget();
	if (!dict)
		identify();
}

void
fw_end(void)
{
	sim_end();
	while (n_watched > 0) {
		struct sim_watch *w = watched_pin[--n_watched]->watch;

		watched_pin[n_watched]->watch = w->next;
		free(w);
		free(watched[n_watched]);
	}
	dict_free(dict);
	dict = NULL;
	buf_release(&answers);
	buf_release(&answer);
	buf_release(&ident);
}

const char *
fw_answer(const char *begin)
{
	const char *p = answers.data ? answers.data : "";
	size_t n = strlen(begin);

	for (; *p; p += strcspn(p, "\n") + 1) {
		if (strncmp(p, begin, n) != 0)
			continue;
		buf_clear(&answer);
		buf_add(&answer, p, strcspn(p, "\n"));
		return answer.data;
	}
	return "";
}

int
fw_answers(const char *begin)
{
	const char *p = answers.data ? answers.data : "";
	int n = 0;

	for (; *p; p += strcspn(p, "\n") + 1)
		n += strncmp(p, begin, strlen(begin)) == 0;
	return n;
}

int
fw_empty_frames(void)
{
	return n_empty;
}

int
fw_sequence(void)
{
	return last_sequence;
}

void
fw_forget(void)
{
	buf_clear(&answers);
	n_empty = 0;
}

static void
on_change(void *ctx, bool level)
{
	struct fw_pin *w = ctx;

	if (w->n >= sizeof(w->tick) / sizeof(*w->tick))
		return;
	w->tick[w->n] = sim_clock + sim_pulse_hold;
	w->level[w->n++] = level;
}

struct fw_pin *
fw_watch(const char *pin)
{
	struct fw_pin *w = xcalloc(1, sizeof(*w));

	watched[n_watched] = w;
	watched_pin[n_watched] = sim_pin(pin);
	sim_pin_watch(watched_pin[n_watched++], on_change, w);
	return w;
}
