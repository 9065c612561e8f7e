/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Frames of the MCU link, as the host writes and reads them. */
#include <string.h>

#include "proto/crc16.h"
#include "wire/frame.h"

/* The chip goes byte by byte; here four go at a time: what a byte does to the
 * CRC when k bytes follow it is in table[k]. */
static uint16_t table[4][256];

static void
fill_table(void)
{
	for (unsigned i = 0; i < 256; i++)
		table[0][i] = crc16_add(0, (uint8_t)i);
	for (int k = 1; k < 4; k++)
		for (int i = 0; i < 256; i++)
			table[k][i] = crc16_add(table[k - 1][i], 0);
}

static uint16_t
frame_crc(const uint8_t *p, size_t n)
{
	uint16_t crc = CRC16_INIT;

	if (table[0][1] == 0)
		fill_table();
	for (; n >= 4; n -= 4, p += 4) {
		unsigned x = crc ^ (p[0] | (unsigned)p[1] << 8);

		crc = table[3][x & 255] ^ table[2][x >> 8] ^ table[1][p[2]] ^
		      table[0][p[3]];
	}
	while (n--)
		crc = crc16_add(crc, *p++);
	return crc;
}

size_t
frame_close(uint8_t frame[FRAME_MAX], uint64_t seq, size_t n)
{
	size_t len = FRAME_HEAD + n + FRAME_TAIL;
	uint16_t crc;

	frame[0] = (uint8_t)len;
	frame[1] = (uint8_t)(FRAME_DEST | (seq & FRAME_SEQ_MASK));
	crc = frame_crc(frame, FRAME_HEAD + n);
	frame[len - 3] = (uint8_t)(crc >> 8);
	frame[len - 2] = (uint8_t)crc;
	frame[len - 1] = FRAME_SYNC;
	return len;
}

void
frame_reader_init(struct frame_reader *r)
{
	memset(r, 0, sizeof(*r));
}

/*
 * Looks at the n bytes at p: > 0 a good frame of that length, 0 more bytes are
 * needed, < 0 that many bytes are no frame (-1 for a lone sync byte).
 */
static int
examine(const uint8_t *p, size_t n)
{
	const uint8_t *sync;
	size_t len;

	if (n == 0)
		return 0;
	if (p[0] == FRAME_SYNC)
		return -1;
	len = p[0];
	if (len < FRAME_MIN || len > FRAME_MAX)
		goto skip;
	if (n < 2)
		return 0;
	if ((p[1] & ~FRAME_SEQ_MASK) != FRAME_DEST)
		goto skip;
	if (n < len)
		return 0;
	if (p[len - 1] == FRAME_SYNC &&
	    frame_crc(p, len - FRAME_TAIL) == (p[len - 3] << 8 | p[len - 2]))
		return (int)len;
skip:
	sync = memchr(p, FRAME_SYNC, n);
	return sync ? -(int)(sync - p + 1) : -(int)n;
}

static size_t
parse(struct frame_reader *r, frame_fn *fn, void *ctx)
{
	size_t used = 0;
	int n;

	while ((n = examine(r->data + used, r->len - used)) != 0) {
		const uint8_t *p = r->data + used;

		if (n > 0)
			fn(ctx, p[1] & FRAME_SEQ_MASK, p + FRAME_HEAD,
			    (size_t)n - FRAME_HEAD - FRAME_TAIL);
		else if (n < -1 || p[0] != FRAME_SYNC)
			r->bytes_invalid += (uint64_t)-n;
		used += (size_t)(n > 0 ? n : -n);
	}
	return used;
}

void
frame_reader_feed(struct frame_reader *r, const void *data, size_t len,
    frame_fn *fn, void *ctx)
{
	const uint8_t *p = data;

	while (len > 0) {
		size_t room = sizeof(r->data) - r->len, used;

		if (room > len)
			room = len;
		memcpy(r->data + r->len, p, room);
		r->len += room;
		p += room;
		len -= room;
		used = parse(r, fn, ctx);
		r->len -= used;
		memmove(r->data, r->data + used, r->len);
	}
}
