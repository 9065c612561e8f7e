/* SPDX-License-Identifier: GPL-3.0-or-later */
/* STM32F103 at 72 MHz, as on Creality's 4.2.2 and 4.2.7 boards. */
#ifndef GANTRY_FW_BOARD_STM32F1_BOARD_H
#define GANTRY_FW_BOARD_STM32F1_BOARD_H

#include "mcu-fw/board/arm/arm.h"

#define HAL_CLOCK_FREQ 72000000u
#define HAL_GPIO_IDR   0x08
#define HAL_GPIO_BSRR  0x10

struct hal_adc {
	uint8_t channel;
};
struct hal_pwm {
	uint32_t compare; /* the register */
	uint32_t period;
};
struct hal_spi {
	uint32_t base;
	uint16_t cr1;
};

/* Gives the pin to a bus that pulls low only. */
void chip_pin_open_drain(uint16_t pin);

#endif
