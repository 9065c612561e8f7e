/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The converters for thermocouples and RTDs; the numbers travel. */
#ifndef GANTRY_FW_THERMOCOUPLE_H
#define GANTRY_FW_THERMOCOUPLE_H

enum thermocouple_type {
	MAX31855 = 0,
	MAX31856 = 1,
	MAX31865 = 2,
	MAX6675 = 3,
};

#endif
