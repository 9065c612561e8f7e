/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The accelerometers that a board can listen to. */
#include "mcu-accel.h"

#include <string.h>

#define GRAVITY 9806.65

#define ALIKE(v)                                                               \
	{                                                                      \
		(v), (v), (v)                                                  \
	}

static const struct accel_chip chips[] = {
    /* full resolution, 16 g; the units are those at 3.3 V */
    {.section = "adxl345",
	.query = "adxl345",
	.config = MCU_CMD_CONFIG_ADXL345,
	.query_cmd = MCU_CMD_QUERY_ADXL345,
	.status = MCU_CMD_QUERY_ADXL345_STATUS,
	.sample = 5,
	.per_message = 10,
	.look = 4,
	.rate_hz = 3200,
	.scale = {0.003774 * GRAVITY, 0.003774 * GRAVITY, 0.003906 * GRAVITY},
	.spi_mode = 3,
	.spi_hz = 5000000,
	.start_spi = "2d00 310b 3800 2c0f 3890",
	.go = "2d08",
	.stop = "2d00"},
    /* high performance, 16 g, low noise, FIFO in continuous mode; of CTRL2 the
     * bit that turns I2C off belongs to SPI alone */
    {.section = "lis2dw",
	.query = "lis2dw",
	.config = MCU_CMD_CONFIG_LIS2DW,
	.query_cmd = MCU_CMD_QUERY_LIS2DW,
	.status = MCU_CMD_QUERY_LIS2DW_STATUS,
	.sample = 6,
	.per_message = 8,
	.look = 4,
	.rate_hz = 1600,
	.scale = ALIKE(4.785645),
	.spi_mode = 3,
	.spi_hz = 5000000,
	.i2c_address = 0x19,
	.start_spi = "2000 2e00 2106 2534 2ec0",
	.start_i2c = "2000 2e00 2104 2534 2ec0",
	.go = "2094",
	.stop = "2000"},
    /* high resolution, 16 g, FIFO in stream mode */
    {.section = "lis3dh",
	.query = "lis2dw",
	.config = MCU_CMD_CONFIG_LIS2DW,
	.query_cmd = MCU_CMD_QUERY_LIS2DW,
	.status = MCU_CMD_QUERY_LIS2DW_STATUS,
	.sample = 6,
	.per_message = 8,
	.look = 4,
	.rate_hz = 1344,
	.scale = ALIKE(7.182145),
	.spi_mode = 3,
	.spi_hz = 5000000,
	.i2c_address = 0x19,
	.start_spi = "2000 2e00 2100 2338 2440 2e80",
	.start_i2c = "2000 2e00 2100 2338 2440 2e80",
	.go = "2097",
	.stop = "2000"},
    /* out of sleep without the gyroscope; 8 g, no filter's delay, the FIFO
     * emptied, then the accelerometer into it */
    {.section = "mpu9250",
	.query = "mpu9250",
	.config = MCU_CMD_CONFIG_MPU9250,
	.query_cmd = MCU_CMD_QUERY_MPU9250,
	.status = MCU_CMD_QUERY_MPU9250_STATUS,
	.sample = 6,
	.per_message = 8,
	.look = 8,
	.rate_hz = 4000,
	.big_endian = true,
	.scale = ALIKE(2.394202),
	.i2c_address = 0x68,
	.wake = "6b00 6c07",
	.start_i2c = "2300 1900 1a01 1c10 1d08 6a04 6a40",
	.go = "2308",
	.stop = "2300"},
    /* the same of its kin; the range lies in the third bank of registers */
    {.section = "icm20948",
	.query = "icm20948",
	.config = MCU_CMD_CONFIG_ICM20948,
	.query_cmd = MCU_CMD_QUERY_ICM20948,
	.status = MCU_CMD_QUERY_ICM20948_STATUS,
	.sample = 6,
	.per_message = 8,
	.look = 8,
	.rate_hz = 4500,
	.big_endian = true,
	.scale = ALIKE(4.788403),
	.i2c_address = 0x68,
	.wake = "0601 0707",
	.start_i2c = "6700 7f20 1000 1100 1406 7f00 030e 0340",
	.go = "6710",
	.stop = "6700"},
    /* a read of its last register is how it learns that it is on SPI */
    {.section = "bmi160",
	.query = "bmi160",
	.config = MCU_CMD_CONFIG_BMI160,
	.query_cmd = MCU_CMD_QUERY_BMI160,
	.status = MCU_CMD_QUERY_BMI160_STATUS,
	.sample = 6,
	.per_message = 8,
	.look = 8,
	.rate_hz = 1600,
	.scale = ALIKE(4.788403),
	.spi_mode = 0,
	.spi_hz = 1000000,
	.i2c_address = 0x69,
	.wake = "7e11",
	.wake_spi = "ff00",
	.start_spi = "4700 402c 410c 4500 7eb0",
	.start_i2c = "4700 402c 410c 4500 7eb0",
	.go = "4740",
	.stop = "4700"},
};

const struct accel_chip *
accel_chip_at(size_t i)
{
	return i < sizeof(chips) / sizeof(*chips) ? &chips[i] : NULL;
}

const struct accel_chip *
accel_chip(const char *section)
{
	for (size_t i = 0; i < sizeof(chips) / sizeof(*chips); i++)
		if (strcmp(chips[i].section, section) == 0)
			return &chips[i];
	return NULL;
}
