/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The registers of an ADXL345. */
#ifndef GANTRY_SIM_ADXL345_H
#define GANTRY_SIM_ADXL345_H

#include <stdbool.h>
#include <stdint.h>

/*
 * SPI: the first byte after the chip select is the address, 0x80 to read,
 * 0x40 to go on to the next register; then data.  Reading DATAX0 takes the
 * oldest entry out of the FIFO of 32.  Samples are taken only in measure mode.
 */
struct adxl345;

struct adxl345 *adxl345_new(void);
void adxl345_free(struct adxl345 *);
void adxl345_select(struct adxl345 *, bool on);
uint8_t adxl345_exchange(struct adxl345 *, uint8_t out);
/* mm/s2 in the axes of the sensor, at its highest rate; it thins them out as
 * BW_RATE says, and drops the oldest when the FIFO is full. */
void adxl345_sample(struct adxl345 *, const double accel[3]);

#endif
