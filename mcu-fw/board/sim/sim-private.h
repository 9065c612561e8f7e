/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Shared by the files of the simulated chip alone. */
#ifndef GANTRY_FW_BOARD_SIM_PRIVATE_H
#define GANTRY_FW_BOARD_SIM_PRIVATE_H

#include "mcu-fw/board/sim/sim.h"

#define SIM_PORTS     11 /* PA..PK */
#define SIM_PORT_PINS 16
#define SIM_EXTRA     256
#define SIM_PINS      (SIM_PORTS * SIM_PORT_PINS + SIM_EXTRA)
#define SIM_I2C_BUSES 4	 /* i2c1 i2c1a i2c2 i2c3 */
#define SIM_SPI_BUSES 24 /* spi1 spi1a spi1b spi1c spi2 ... spi6c */

extern struct sim_pin sim_pins[SIM_PINS];
extern int sim_n_extra;
extern struct sim_options sim_options;

/* Appends the compressed data dictionary. */
void sim_dictionary(struct buf *out);

void sim_link_begin(void);
void sim_link_boot(void);
void sim_link_end(void);
/* When the next bytes arrive on either side; UINT64_MAX: never. */
uint64_t sim_link_due(void);
/* Lets those of this moment arrive; true: the host can read. */
bool sim_link_arrive(void);

#endif
