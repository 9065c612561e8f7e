/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the two files of the STM32H723 share. */
#ifndef GANTRY_FW_BOARD_STM32H7_CHIP_H
#define GANTRY_FW_BOARD_STM32H7_CHIP_H

#include <stdint.h>

#define RCC_APB1LENR 0x580244e8
#define RCC_APB2ENR  0x580244f0

/* Clock of the peripherals, PLL1Q and what I2C gets; timers run at twice. */
#define PCLK	  130000000u
#define PIN(p, n) (((p) - 'A') * 16 + (n))

enum chip_drive {
	DRIVE_PUSH_PULL,
	DRIVE_PULLED_UP, /* push-pull with a pull-up: lines of a bus, inputs */
	DRIVE_OPEN_DRAIN,
};
/* Gives the pin to a peripheral. */
void chip_pin_alternate(uint16_t pin, uint32_t function, enum chip_drive drive);

#endif
