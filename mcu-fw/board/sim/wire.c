/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The serial line: its speed, the chip's buffers, and damage on purpose. */
#include <string.h>

#include "mcu-fw/board/sim/sim-private.h"
#include "mcu-fw/core/command.h"
#include "mcu-fw/hal.h"
#include "proto/frame.h"

#define NEVER	     UINT64_MAX
#define BITS	     10
#define RECEIVE_SIZE SIM_RECEIVE_WINDOW
#define SEND_SIZE    192

/* bytes on their way, and the moments at which parts of them arrive */
struct wire {
	struct buf bytes;
	struct buf parts; /* of struct part */
	size_t at;	  /* the first part that has not arrived */
	uint64_t free_at; /* when the line is idle */
};

struct part {
	uint64_t time;
	size_t n;
};

struct buf sim_link_out = BUF_INIT;

static struct wire to_chip, to_host;
static struct sim_link_stats stats;
static uint8_t received[RECEIVE_SIZE];
static uint8_t n_received;
static uint64_t random_state, spoil_below, hold_until;

/* xorshift64*: good enough for bad luck */
static uint64_t
next_random(void)
{
	random_state ^= random_state >> 12;
	random_state ^= random_state << 25;
	random_state ^= random_state >> 27;
	return random_state * 0x2545f4914f6cdd1dull;
}

void
sim_link_spoil(double probability, uint64_t seed)
{
	spoil_below = probability >= 1
			  ? UINT64_MAX
			  : (uint64_t)(probability * 18446744073709551616.0);
	random_state = seed * 0x9e3779b97f4a7c15ull | 1;
}

void
sim_link_hold(uint64_t until)
{
	hold_until = until;
}

static uint64_t
byte_ticks(void)
{
	return sim_options.baud
		   ? ((uint64_t)sim_freq * BITS + sim_options.baud - 1) /
			 sim_options.baud
		   : 0;
}

/* Copies the bytes, less or more of them, as the line spoils them. */
static void
add_spoilt(struct wire *w, const uint8_t *p, size_t n)
{
	for (; n > 0; n--, p++) {
		if (spoil_below == 0 || next_random() >= spoil_below) {
			buf_addc(&w->bytes, (char)*p);
			continue;
		}
		switch (next_random() % 3) {
		case 0:
			stats.lost++;
			break;
		case 1:
			stats.doubled++;
			buf_addc(&w->bytes, (char)*p);
			buf_addc(&w->bytes, (char)*p);
			break;
		default:
			stats.corrupted++;
			buf_addc(
			    &w->bytes, (char)(*p ^ (1 + next_random() % 255)));
		}
	}
}

static struct part *
part_at(struct wire *w, size_t i)
{
	return (struct part *)(void *)(w->parts.data + i * sizeof(struct part));
}

static void
add_part(struct wire *w, const uint8_t *p, size_t n)
{
	struct part part;
	size_t before = w->bytes.len;

	add_spoilt(w, p, n);
	part.n = w->bytes.len - before;
	if (w->free_at < sim_clock)
		w->free_at = sim_clock;
	w->free_at += n * byte_ticks();
	part.time = w->free_at;
	if (part.time < hold_until)
		part.time = hold_until;
	buf_add(&w->parts, &part, sizeof(part));
}

static uint64_t
due(struct wire *w)
{
	if (w->at * sizeof(struct part) >= w->parts.len)
		return NEVER;
	return part_at(w, w->at)->time;
}

/* Forgets the part that has arrived. */
static void
shift(struct wire *w, size_t n)
{
	w->at++;
	buf_consume(&w->bytes, n);
	if (w->at * sizeof(struct part) >= w->parts.len) {
		buf_clear(&w->parts);
		w->at = 0;
	}
}

uint64_t
sim_link_due(void)
{
	uint64_t a = due(&to_chip), b = due(&to_host);

	return a < b ? a : b;
}

bool
sim_link_arrive(void)
{
	size_t n, room = RECEIVE_SIZE - n_received;

	if (due(&to_host) <= sim_clock) {
		n = part_at(&to_host, to_host.at)->n;
		buf_add(&sim_link_out, to_host.bytes.data, n);
		shift(&to_host, n);
		return true;
	}
	n = part_at(&to_chip, to_chip.at)->n;
	if (n < room)
		room = n;
	stats.overrun += n - room;
	if (room > 0)
		memcpy(received + n_received, to_chip.bytes.data, room);
	n_received = (uint8_t)(n_received + room);
	shift(&to_chip, n);
	command_wake();
	return false;
}

/*
 * Bytes are handed to the chip in parts that end with a sync byte: in between
 * there is nothing that it would do with them.
 */
void
sim_link_write(const void *data, size_t n)
{
	const uint8_t *p = data;

	stats.bytes_in += n;
	stats.busy_ticks += n * byte_ticks();
	while (n > 0) {
		size_t part = n < FRAME_MAX ? n : FRAME_MAX;
		const uint8_t *sync = memchr(p, FRAME_SYNC, part);

		if (sync)
			part = (size_t)(sync - p) + 1;
		add_part(&to_chip, p, part);
		p += part;
		n -= part;
	}
}

size_t
sim_link_room(void)
{
	size_t used = n_received + to_chip.bytes.len;

	return used < RECEIVE_SIZE ? RECEIVE_SIZE - used : 0;
}

/* --- what hal.h asks for ------------------------------------------------ */

const uint8_t *
hal_link_peek(uint8_t *n)
{
	*n = n_received;
	return received;
}

void
hal_link_drop(uint8_t n)
{
	n_received = (uint8_t)(n_received - n);
	memmove(received, received + n, n_received);
}

/* Bytes that have not left the chip: what has was sent meanwhile, even while
 * a task that waits for a slow bus keeps them from being delivered. */
static size_t
unsent(void)
{
	size_t sum = 0, i = to_host.parts.len / sizeof(struct part);

	while (i > to_host.at && part_at(&to_host, i - 1)->time > sim_clock)
		sum += part_at(&to_host, --i)->n;
	return sum;
}

bool
hal_link_send(const uint8_t *p, uint8_t n)
{
	if (sim_options.baud && unsent() + n > SEND_SIZE)
		return false;
	stats.bytes_out += n;
	add_part(&to_host, p, n);
	return true;
}

/* --- life --------------------------------------------------------------- */

static void
add_counts(void)
{
	stats.frames_good += command_stats.frames_good;
	stats.frames_bad += command_stats.frames_bad;
	stats.frames_repeated += command_stats.frames_repeated;
	stats.frames_sent += command_stats.frames_sent;
	stats.frames_lost += command_stats.frames_lost;
}

void
sim_link_get_stats(struct sim_link_stats *out)
{
	struct sim_link_stats before = stats;

	add_counts();
	*out = stats;
	stats = before;
}

/* The chip forgets what it had; the line goes on. */
void
sim_link_boot(void)
{
	add_counts();
	n_received = 0;
}

static void
empty(struct wire *w)
{
	buf_clear(&w->bytes);
	buf_clear(&w->parts);
	w->at = 0;
	w->free_at = 0;
}

void
sim_link_begin(void)
{
	empty(&to_chip);
	empty(&to_host);
	buf_clear(&sim_link_out);
	memset(&command_stats, 0, sizeof(command_stats));
	memset(&stats, 0, sizeof(stats));
	hold_until = 0;
}

void
sim_link_end(void)
{
	buf_release(&to_chip.bytes);
	buf_release(&to_chip.parts);
	buf_release(&to_host.bytes);
	buf_release(&to_host.parts);
	buf_release(&sim_link_out);
}
