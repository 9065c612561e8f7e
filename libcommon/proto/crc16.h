/* SPDX-License-Identifier: GPL-3.0-or-later */
/* CRC-16/MCRF4XX, the check of every frame on the MCU wire. */
#ifndef GANTRY_PROTO_CRC16_H
#define GANTRY_PROTO_CRC16_H

#include <stdint.h>

/*
 * Polynomial 0x1021 reflected, initial value 0xffff, no final inversion;
 * "123456789" gives 0x6f91.  Sent high byte first.  No table: eight bits at
 * once by shifts, which suits an 8-bit chip.
 */
#define CRC16_INIT 0xffff

static inline uint16_t
crc16_add(uint16_t crc, uint8_t c)
{
	c = (uint8_t)(c ^ (crc & 0xff));
	c = (uint8_t)(c ^ (uint8_t)(c << 4));
	return (uint16_t)(((uint16_t)c << 8 | crc >> 8) ^ (c >> 4) ^
			  (uint16_t)((uint16_t)c << 3));
}

static inline uint16_t
crc16(const uint8_t *p, uint8_t n)
{
	uint16_t crc = CRC16_INIT;

	while (n--)
		crc = crc16_add(crc, *p++);
	return crc;
}

#endif
