/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The chips that the FIFO reader knows; the first two numbers travel. */
#ifndef GANTRY_FW_FIFO_SENSOR_H
#define GANTRY_FW_FIFO_SENSOR_H

enum fifo_chip_type {
	FIFO_LIS2DW = 0,
	FIFO_LIS3DH = 1,
	FIFO_MPU9250,
	FIFO_ICM20948,
	FIFO_BMI160,
};

/* bus_oid_type on the wire */
enum fifo_bus {
	BUS_SPI = 0,
	BUS_I2C = 1,
};

#endif
