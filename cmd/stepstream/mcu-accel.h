/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The accelerometers that a board can listen to. */
#ifndef STEPSTREAM_MCU_ACCEL_H
#define STEPSTREAM_MCU_ACCEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mcu-messages.h"

/*
 * What data sheets say of each.  Registers are written in pairs, "rrvv rrvv
 * ...": wake once, long before anything is measured; start before the board
 * begins to look, all but the measuring itself; go behind that; stop at the
 * end.
 */
struct accel_chip {
	const char *section; /* of the configuration */
	const char *query;   /* query_NAME of the board */
	enum mcu_command config, query_cmd, status;
	int sample, per_message; /* bytes; samples */
	int look;		 /* samples between two looks of the board */
	int rate_hz;
	bool big_endian;
	double scale[3];	     /* mm/s2 of a unit of its x, y, z */
	int spi_mode, spi_hz;	     /* 0 Hz: it is not on SPI */
	int i2c_address;	     /* 0: it is not on I2C */
	const char *wake, *wake_spi; /* or NULL */
	const char *start_spi, *start_i2c, *go, *stop;
};

/* NULL: no sensor has such a section. */
const struct accel_chip *accel_chip(const char *section);
/* All of them, in the order in which they are looked for; NULL ends. */
const struct accel_chip *accel_chip_at(size_t i);

#endif
