/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Chips for the simulated buses: registers, a FIFO, a driver's UART. */
#ifndef GANTRY_TESTS_FW_CHIPS_H
#define GANTRY_TESTS_FW_CHIPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* --- registers, on SPI behind a chip select, or on I2C ------------------- */
struct reg_chip {
	uint8_t reg[256];
	bool is_stream;	 /* no addresses: the registers from 0 on, each time */
	uint8_t fifo_at; /* reading there takes from the FIFO; 0: it has none */
	uint8_t fifo_wrap; /* so many registers from there on are one sample */
	uint8_t fifo[2048];
	size_t fifo_n;
	/* the register, and the next, that count what is in the FIFO */
	void (*count)(struct reg_chip *);
	bool absent; /* does not acknowledge */
	/* the inside */
	uint8_t at, offset;
	bool selected, addressed;
};

void reg_chip_on_spi(struct reg_chip *, const char *cs_pin);
void reg_chip_on_i2c(struct reg_chip *);

/* --- a TMC2209 on one wire ----------------------------------------------- */
struct uart_chip {
	uint32_t reg[128];
	uint32_t n_requests, n_bad;
	uint32_t bit_ticks; /* as its sync nibble had it */
	bool mute;
	/* the inside: edges of a request, bits of the answer */
	uint64_t edge[256];
	bool level[256];
	int n_edges;
	uint8_t answer[10]; /* line bits */
	uint64_t answer_at;
};

void uart_chip_on(struct uart_chip *, const char *pin);

#endif
