/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How a transfer on an I2C bus ended; the numbers travel. */
#ifndef GANTRY_FW_I2C_H
#define GANTRY_FW_I2C_H

enum i2c_status {
	I2C_SUCCESS = 0,
	I2C_NACK = 1,
	I2C_BUS_TIMEOUT = 2,
	I2C_START_NACK = 3,
	I2C_START_READ_NACK = 4,
};

#endif
