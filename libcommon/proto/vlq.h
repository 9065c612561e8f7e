/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Integers of the MCU wire: 7 bits a byte, most significant first. */
#ifndef GANTRY_PROTO_VLQ_H
#define GANTRY_PROTO_VLQ_H

#include <stdint.h>

/*
 * Bit 7 of a byte says that another follows.  Bits 6 and 5 of the first byte
 * both set mean a negative number, so one byte holds -32..95, two hold
 * -4096..12287, three -524288..1572863, four -67108864..201326591, five the
 * rest of 32 bits.  What is written is always that shortest form; what is
 * read may be any form (arithmetic is modulo 2^32, longer forms lose their
 * upper bits).
 */
#define VLQ_MAX 5 /* bytes that vlq_put() may write */

/* Writes v (signed numbers cast to uint32_t) and returns the end. */
static inline uint8_t *
vlq_put(uint8_t *p, uint32_t v)
{
	/* v + 32 folds the asymmetric signed range into one comparison */
	if (v + 32 >= 128) {
		if (v + ((uint32_t)1 << 12) >= (uint32_t)1 << 14) {
			if (v + ((uint32_t)1 << 19) >= (uint32_t)1 << 21) {
				if (v + ((uint32_t)1 << 26) >= (uint32_t)1
								   << 28)
					*p++ = (uint8_t)(v >> 28 | 0x80);
				*p++ = (uint8_t)((v >> 21 & 0x7f) | 0x80);
			}
			*p++ = (uint8_t)((v >> 14 & 0x7f) | 0x80);
		}
		*p++ = (uint8_t)((v >> 7 & 0x7f) | 0x80);
	}
	*p++ = (uint8_t)(v & 0x7f);
	return p;
}

/*
 * Reads one number from p, not beyond end, and returns the byte after it;
 * 0 (a null pointer) when the bytes run out.
 */
static inline const uint8_t *
vlq_get(const uint8_t *p, const uint8_t *end, uint32_t *out)
{
	uint32_t v;
	uint8_t c;

	if (p >= end)
		return 0;
	c = *p++;
	v = c & 0x7f;
	if ((c & 0x60) == 0x60)
		v |= ~(uint32_t)0x1f;
	while (c & 0x80) {
		if (p >= end)
			return 0;
		c = *p++;
		v = v << 7 | (uint32_t)(c & 0x7f);
	}
	*out = v;
	return p;
}

#endif
