/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A wire that spoils bytes, and an MCU at its far end, for link tests. */
#ifndef GANTRY_TESTS_LOSSY_H
#define GANTRY_TESTS_LOSSY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/frame.h"

/*
 * One direction of a serial line: bytes arrive one after the other, byte_ns
 * apart.  Of a million, spoil_ppm are corrupted, lost or doubled.
 */
#define LOSSY_RING (1 << 16)
struct lossy_wire {
	uint8_t data[LOSSY_RING];
	int64_t at_ns[LOSSY_RING];
	size_t head, tail;
	int64_t byte_ns, last_ns;
	uint32_t spoil_ppm;
	uint64_t seed, spoiled;
};

void lossy_write(
    struct lossy_wire *, const uint8_t *data, size_t len, int64_t now_ns);
/* When the next byte arrives; INT64_MAX if none is under way. */
int64_t lossy_next(const struct lossy_wire *);
/* The next byte that has arrived by now_ns; false if none. */
bool lossy_read(struct lossy_wire *, int64_t now_ns, uint8_t *byte);
/* What has not begun its way yet is lost, as by tcflush(3). */
void lossy_flush(struct lossy_wire *, int64_t now_ns);

/*
 * The MCU's receiver (mcu-protocol.md 1.5) around a buffer of 192 bytes.
 * Commands are {length, queue, counter of 4 bytes, filling}; it checks that
 * each queue counts 0, 1, 2, ... and answers some.
 */
#define PEER_BUFFER 192
#define PEER_QUEUES 8
struct lossy_peer {
	uint8_t data[PEER_BUFFER];
	size_t len;
	unsigned seq;
	bool need_sync, need_valid;
	uint32_t count[PEER_QUEUES];
	uint64_t commands, out_of_order, broken, overflow, frames;
	size_t buffer_peak;
	struct lossy_wire *reply;
};

void peer_byte(struct lossy_peer *, uint8_t byte, int64_t now_ns);

#endif
