/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The shape of a frame on the MCU wire. */
#ifndef GANTRY_PROTO_FRAME_H
#define GANTRY_PROTO_FRAME_H

/*
 *	length  0x10|seq  payload 0..59  crc high  crc low  0x7e
 *
 * length counts the whole frame; the CRC covers length, sequence and payload.
 * 0x7e is not escaped inside, it only helps to find the next frame.
 */
#define FRAME_MIN	  5
#define FRAME_MAX	  64
#define FRAME_HEAD	  2
#define FRAME_TAIL	  3
#define FRAME_PAYLOAD_MAX 59
#define FRAME_SYNC	  0x7e
#define FRAME_DEST	  0x10 /* upper half of the sequence byte */
#define FRAME_SEQ_MASK	  0x0f

#endif
