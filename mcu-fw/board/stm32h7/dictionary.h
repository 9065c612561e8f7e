/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the dictionary of the STM32H723 says beyond the messages. */
#define BOARD_CONSTANTS                                                        \
	{"CLOCK_FREQ", 520000000, 0}, {"MCU", 0, "stm32h723xx"},               \
	    {"STATS_SUMSQ_BASE", 256, 0}, {"ADC_MAX", 4095, 0},                \
	    {"PWM_MAX", 32768, 0}, {"STEPPER_STEP_BOTH_EDGE", 1, 0},           \
	    {"SERIAL_BAUD", 250000, 0}, {"RECEIVE_WINDOW", 192, 0},            \
	    {"RESERVE_PINS_serial", 0, "PA10,PA9"},                            \
	    {"RESERVE_PINS_crystal", 0, "PH0,PH1"},
#define BOARD_RANGES                                                           \
	{"pin", "PA0", 0, 16}, {"pin", "PB0", 16, 16}, {"pin", "PC0", 32, 16}, \
	    {"pin", "PD0", 48, 16}, {"pin", "PE0", 64, 16},                    \
	    {"pin", "PF0", 80, 16}, {"pin", "PG0", 96, 16},                    \
	    {"pin", "PH0", 112, 16}, {"pin", "PI0", 128, 16},                  \
	    {"pin", "PJ0", 144, 16}, {"pin", "PK0", 160, 16},
