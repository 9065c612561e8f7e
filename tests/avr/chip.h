/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An ATmega in simavr with a firmware image in it, as tests want it. */
#ifndef GANTRY_TESTS_AVR_CHIP_H
#define GANTRY_TESTS_AVR_CHIP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

/* "atmega2560", its ELF; exits with a line when there is no such thing. */
void chip_open(const char *mcu, const char *elf);
uint64_t chip_cycle(void);
/* Bytes for USART0, which takes them at its speed; what it sent. */
void chip_write(const void *data, size_t n);
extern struct buf chip_out;
/* Runs until then, or until something was sent; false: the chip crashed. */
bool chip_run(uint64_t until);
/* Port letter and bit. */
void chip_watch(
    char port, int bit, void (*changed)(void *ctx, bool level), void *ctx);
/* Called before each instruction: where it is, in bytes, and the stack. */
extern void (*chip_trace)(uint32_t pc, uint16_t sp);
void chip_set_pin(char port, int bit, bool level);
/* Called before each conversion: mV for the channel. */
void chip_set_adc(uint32_t (*millivolt)(int channel));

#endif
