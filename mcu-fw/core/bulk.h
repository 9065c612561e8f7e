/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sensors with many readings a second: batches, sequence, overflows. */
#ifndef GANTRY_FW_BULK_H
#define GANTRY_FW_BULK_H

#include <stdint.h>

#define BULK_BYTES_MAX 50

struct bulk {
	uint16_t sequence, overflows;
	uint8_t n;
	uint8_t data[BULK_BYTES_MAX];
};

void bulk_reset(struct bulk *);
/* Sends what there is. */
void bulk_report(struct bulk *, uint8_t oid);
/* clock: just before the sensor was asked how much it holds. */
void bulk_status(struct bulk *, uint8_t oid, uint32_t clock,
    uint32_t query_ticks, uint32_t in_sensor);

#endif
