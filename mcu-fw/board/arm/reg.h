/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Registers of a chip by address; of a mock bus in the unit tests. */
#ifndef GANTRY_FW_BOARD_ARM_REG_H
#define GANTRY_FW_BOARD_ARM_REG_H

#include <stdint.h>

#ifdef __arm__
static inline uint32_t
reg_read(uint32_t address)
{
	return *(volatile uint32_t *)address;
}

static inline void
reg_write(uint32_t address, uint32_t v)
{
	*(volatile uint32_t *)address = v;
}

/* Where a byte is not the same as a word with zeros. */
static inline uint8_t
reg_read8(uint32_t address)
{
	return *(volatile uint8_t *)address;
}

static inline void
reg_write8(uint32_t address, uint8_t v)
{
	*(volatile uint8_t *)address = v;
}
#else
uint32_t reg_read(uint32_t address);
void reg_write(uint32_t address, uint32_t v);
uint8_t reg_read8(uint32_t address);
void reg_write8(uint32_t address, uint8_t v);
#endif

/* Clears the bits of clear, then sets those of set. */
static inline void
reg_change(uint32_t address, uint32_t clear, uint32_t set)
{
	reg_write(address, (reg_read(address) & ~clear) | set);
}

/* Waits for (register & mask) == want; false: too many reads. */
static inline int
reg_wait(uint32_t address, uint32_t mask, uint32_t want)
{
	for (uint32_t i = 0; i < 1000000; i++)
		if ((reg_read(address) & mask) == want)
			return 1;
	return 0;
}

#endif
