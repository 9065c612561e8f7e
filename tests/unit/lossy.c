/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A wire that spoils bytes, and an MCU at its far end, for link tests. */
#include <string.h>

#include "base/endian.h"
#include "proto/crc16.h"
#include "tests/unit/lossy.h"

static uint32_t
random_below(struct lossy_wire *w, uint32_t n)
{
	w->seed = w->seed * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)((w->seed >> 33) % n);
}

static void
put(struct lossy_wire *w, uint8_t byte, int64_t now_ns)
{
	if (w->last_ns < now_ns)
		w->last_ns = now_ns;
	w->last_ns += w->byte_ns;
	w->data[w->tail % LOSSY_RING] = byte;
	w->at_ns[w->tail % LOSSY_RING] = w->last_ns;
	w->tail++;
}

void
lossy_write(
    struct lossy_wire *w, const uint8_t *data, size_t len, int64_t now_ns)
{
	for (size_t i = 0; i < len; i++) {
		if (random_below(w, 1000000) >= w->spoil_ppm) {
			put(w, data[i], now_ns);
			continue;
		}
		w->spoiled++;
		switch (random_below(w, 3)) {
		case 0:
			put(w, (uint8_t)(data[i] ^ (1 + random_below(w, 255))),
			    now_ns);
			break;
		case 1:
			put(w, data[i], now_ns);
			put(w, data[i], now_ns);
			break;
		}
	}
}

int64_t
lossy_next(const struct lossy_wire *w)
{
	return w->head == w->tail ? INT64_MAX : w->at_ns[w->head % LOSSY_RING];
}

bool
lossy_read(struct lossy_wire *w, int64_t now_ns, uint8_t *byte)
{
	if (lossy_next(w) > now_ns)
		return false;
	*byte = w->data[w->head++ % LOSSY_RING];
	return true;
}

void
lossy_flush(struct lossy_wire *w, int64_t now_ns)
{
	while (w->tail > w->head &&
	       w->at_ns[(w->tail - 1) % LOSSY_RING] - w->byte_ns > now_ns)
		w->tail--;
	w->last_ns =
	    w->tail > w->head ? w->at_ns[(w->tail - 1) % LOSSY_RING] : now_ns;
}

static void
reply(struct lossy_peer *p, const uint8_t *payload, size_t n, int64_t now_ns)
{
	uint8_t f[FRAME_MAX];
	uint16_t crc;

	f[0] = (uint8_t)(n + FRAME_MIN);
	f[1] = (uint8_t)(FRAME_DEST | (p->seq & FRAME_SEQ_MASK));
	if (n > 0)
		memcpy(f + FRAME_HEAD, payload, n);
	crc = crc16(f, (uint8_t)(FRAME_HEAD + n));
	f[n + 2] = (uint8_t)(crc >> 8);
	f[n + 3] = (uint8_t)crc;
	f[n + 4] = FRAME_SYNC;
	lossy_write(p->reply, f, n + FRAME_MIN, now_ns);
}

static void
run_commands(struct lossy_peer *p, const uint8_t *c, size_t n, int64_t now_ns)
{
	while (n > 0) {
		uint32_t count;

		if (c[0] < 6 || c[0] > n || c[1] >= PEER_QUEUES) {
			p->broken++;
			return;
		}
		count = get_le32(c + 2);
		if (count != p->count[c[1]]++)
			p->out_of_order++;
		p->commands++;
		if (count % 16 == 5)
			reply(p, c + 1, 5, now_ns);
		n -= c[0];
		c += c[0];
	}
}

static void
drop(struct lossy_peer *p, size_t n)
{
	p->len -= n;
	memmove(p->data, p->data + n, p->len);
}

static void
refuse(struct lossy_peer *p, int64_t now_ns)
{
	const uint8_t *sync = memchr(p->data, FRAME_SYNC, p->len);

	p->need_sync = sync == NULL;
	drop(p, sync ? (size_t)(sync - p->data) + 1 : p->len);
	if (!p->need_valid)
		reply(p, NULL, 0, now_ns);
	p->need_valid = true;
}

/* One step of the table; false when more bytes are needed. */
static bool
parse(struct lossy_peer *p, int64_t now_ns)
{
	const uint8_t *d = p->data;
	size_t len = d[0];

	if (p->need_sync) {
		refuse(p, now_ns);
		return p->len > 0;
	}
	if (p->len < FRAME_MIN)
		return false;
	if (len < FRAME_MIN || len > FRAME_MAX || (d[1] & 0xf0) != FRAME_DEST)
		goto bad;
	if (p->len < len)
		return false;
	if (d[len - 1] != FRAME_SYNC ||
	    crc16(d, (uint8_t)(len - 3)) != (d[len - 3] << 8 | d[len - 2]))
		goto bad;
	p->need_valid = false;
	if ((d[1] & FRAME_SEQ_MASK) == (p->seq & FRAME_SEQ_MASK)) {
		p->seq++;
		p->frames++;
		run_commands(p, d + FRAME_HEAD, len - FRAME_MIN, now_ns);
	}
	drop(p, len);
	reply(p, NULL, 0, now_ns);
	return p->len > 0;
bad:
	if (d[0] == FRAME_SYNC)
		drop(p, 1);
	else
		refuse(p, now_ns);
	return p->len > 0;
}

void
peer_byte(struct lossy_peer *p, uint8_t byte, int64_t now_ns)
{
	if (p->len == PEER_BUFFER) {
		p->overflow++;
		return;
	}
	p->data[p->len++] = byte;
	if (p->len > p->buffer_peak)
		p->buffer_peak = p->len;
	while (parse(p, now_ns))
		;
}
