/* SPDX-License-Identifier: GPL-3.0-or-later */
/* STM32H723 at 520 MHz, as on the Manta M8P V2. */
#ifndef GANTRY_FW_BOARD_STM32H7_BOARD_H
#define GANTRY_FW_BOARD_STM32H7_BOARD_H

#include "mcu-fw/board/arm/arm.h"

#define HAL_CLOCK_FREQ 520000000u
#define HAL_GPIO_IDR   0x10
#define HAL_GPIO_BSRR  0x18

struct hal_adc {
	uint8_t converter, channel;
};
struct hal_pwm {
	uint32_t compare; /* the register */
	uint32_t period;
};
struct hal_spi {
	uint32_t base;
	uint32_t cfg1, cfg2;
};

#endif
