/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A device on an SPI bus, the chip's own or made by hand. */
#ifndef GANTRY_FW_SPI_H
#define GANTRY_FW_SPI_H

#include <stdbool.h>
#include <stdint.h>

struct spi;
struct spi *spi_get(uint8_t oid);

/*
 * From a task: selects the device, exchanges n bytes, lets it go.  With
 * receive, data takes what came back.  A device without a bus yet: nothing.
 */
void spi_exchange(struct spi *, bool receive, uint8_t n, uint8_t *data);

#endif
