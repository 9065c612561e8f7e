/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A device on an I2C bus; how a transfer ended: the numbers travel. */
#ifndef GANTRY_FW_I2C_H
#define GANTRY_FW_I2C_H

#include <stdint.h>

enum i2c_status {
	I2C_SUCCESS = 0,
	I2C_NACK = 1,
	I2C_BUS_TIMEOUT = 2,
	I2C_START_NACK = 3,
	I2C_START_READ_NACK = 4,
};

/* A device, for other modules. */
struct i2c;
struct i2c *i2c_get(uint8_t oid);
/* From a task: writes, then reads.  A device that fails is the end. */
void i2c_exchange(struct i2c *, uint8_t n_write, const uint8_t *write,
    uint8_t n_read, uint8_t *read);

#endif
