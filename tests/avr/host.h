/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A small host for the emulated chip: says lines, keeps what it answers. */
#ifndef GANTRY_TESTS_AVR_HOST_H
#define GANTRY_TESTS_AVR_HOST_H

#include <stdint.h>

#include "base/buf.h"

#define AVR_FREQ 16000000u

/* Boots the image, fetches its dictionary; exits when that fails. */
void host_open(const char *mcu, const char *elf);
void host_run(uint64_t cycles);
/* One command, printf-like, in a frame of its own; 10 ms for the answer. */
void host_say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* What was answered since host_forget(), a line each. */
extern struct buf host_said;
void host_forget(void);
/* The number behind "key=" of the first answer that begins so; exits when
 * there is none. */
uint32_t host_number(const char *begin, const char *key);
uint32_t host_clock(void);

#endif
