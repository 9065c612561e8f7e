/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the dictionary of the STM32F103 says beyond the messages. */
#define BOARD_CONSTANTS                                                        \
	{"CLOCK_FREQ", 72000000, 0}, {"MCU", 0, "stm32f103xe"},                \
	    {"STATS_SUMSQ_BASE", 256, 0}, {"ADC_MAX", 4095, 0},                \
	    {"PWM_MAX", 32768, 0}, {"STEPPER_STEP_BOTH_EDGE", 1, 0},           \
	    {"SERIAL_BAUD", 250000, 0}, {"RECEIVE_WINDOW", 192, 0},            \
	    {"RESERVE_PINS_serial", 0, "PA10,PA9"},                            \
	    {"BUS_PINS_spi1", 0, "PA6,PA7,PA5"},                               \
	    {"BUS_PINS_spi2", 0, "PB14,PB15,PB13"},                            \
	    {"BUS_PINS_spi3", 0, "PB4,PB5,PB3"},                               \
	    {"BUS_PINS_i2c1", 0, "PB6,PB7"},                                   \
	    {"BUS_PINS_i2c2", 0, "PB10,PB11"},
#define BOARD_RANGES                                                           \
	{"pin", "PA0", 0, 16}, {"pin", "PB0", 16, 16}, {"pin", "PC0", 32, 16}, \
	    {"pin", "PD0", 48, 16}, {"pin", "PE0", 64, 16},                    \
	    {"pin", "PF0", 80, 16}, {"pin", "PG0", 96, 16},                    \
	    {"pin", "ADC_TEMPERATURE", 254, 1}, {"spi_bus", "spi1", 0, 1},     \
	    {"spi_bus", "spi2", 1, 1}, {"spi_bus", "spi3", 2, 1},              \
	    {"i2c_bus", "i2c1", 0, 1}, {"i2c_bus", "i2c2", 1, 1},
