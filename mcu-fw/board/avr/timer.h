/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Shared by the files of the AVR boards. */
#ifndef GANTRY_FW_BOARD_AVR_TIMER_H
#define GANTRY_FW_BOARD_AVR_TIMER_H

#include <stdint.h>

void avr_uart_init(void);
void avr_timer_init(void);
/* The main loop has made a pass. */
extern volatile uint8_t avr_tasks_ran;

#endif
