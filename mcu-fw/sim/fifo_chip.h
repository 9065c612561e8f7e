/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The registers of accelerometers whose FIFO gives out 6 bytes a sample. */
#ifndef GANTRY_SIM_FIFO_CHIP_H
#define GANTRY_SIM_FIFO_CHIP_H

#include <stdbool.h>
#include <stdint.h>

struct fifo_chip_model;

/* "lis2dw", "lis3dh", "mpu9250", "icm20948", "bmi160"; NULL: none of them.
 * address: its own on I2C, 0 for the usual one. */
struct fifo_chip_model *fifo_chip_new(const char *name, int address);
void fifo_chip_free(struct fifo_chip_model *);
/* Samples a second by the data sheet. */
double fifo_chip_rate_hz(const struct fifo_chip_model *);

/* mm/s2 of its x, y and z: into the FIFO, if it is told to measure so */
void fifo_chip_sample(struct fifo_chip_model *, const double accel[3]);

void fifo_chip_select(struct fifo_chip_model *, bool on);
/* One byte each way over SPI. */
uint8_t fifo_chip_exchange(struct fifo_chip_model *, uint8_t out);
/* An enum i2c_status. */
uint8_t fifo_chip_transfer(struct fifo_chip_model *, uint8_t address,
    uint8_t n_write, const uint8_t *write, uint8_t n_read, uint8_t *read);

#endif
