/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the dictionaries of the ATmega boards say beyond the messages. */
#define BOARD_CONSTANTS                                                        \
	{"CLOCK_FREQ", 16000000, 0}, {"MCU", 0, BOARD_MCU},                    \
	    {"STATS_SUMSQ_BASE", 256, 0}, {"ADC_MAX", 1023, 0},                \
	    {"PWM_MAX", 255, 0}, {"STEPPER_STEP_BOTH_EDGE", 1, 0},             \
	    {"STEPPER_OPTIMIZED_UNSTEP", 32, 0}, {"SERIAL_BAUD", 250000, 0},   \
	    {"RECEIVE_WINDOW", 192, 0},                                        \
	    {"RESERVE_PINS_serial", 0, BOARD_SERIAL_PINS},

#if defined BOARD_atmega2560
#define BOARD_MCU	  "atmega2560"
#define BOARD_SERIAL_PINS "PE0,PE1"
#define BOARD_RANGES                                                           \
	{"i2c_bus", "twi", 0, 1}, {"pin", "PA0", 0, 8}, {"pin", "PB0", 8, 8},  \
	    {"pin", "PC0", 16, 8}, {"pin", "PD0", 24, 8},                      \
	    {"pin", "PE0", 32, 8}, {"pin", "PF0", 40, 8},                      \
	    {"pin", "PG0", 48, 8}, {"pin", "PH0", 56, 8},                      \
	    {"pin", "PJ0", 72, 8}, {"pin", "PK0", 80, 8},                      \
	    {"pin", "PL0", 88, 8}, {"spi_bus", "spi", 0, 1},
#else
#define BOARD_MCU	  "atmega1284p"
#define BOARD_SERIAL_PINS "PD0,PD1"
#define BOARD_RANGES                                                           \
	{"i2c_bus", "twi", 0, 1}, {"pin", "PA0", 0, 8}, {"pin", "PB0", 8, 8},  \
	    {"pin", "PC0", 16, 8}, {"pin", "PD0", 24, 8},                      \
	    {"spi_bus", "spi", 0, 1},
#endif
