/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What to do when the board has shut itself down. */
#include <string.h>

#include "mcu-live.h"

/* by the beginning of the board's own words */
static const struct {
	const char *reason, *advice;
} table[] = {
    {"Timer too close",
	"commands came too late: lower the load of this computer, shorten "
	"the cable, or lower microsteps and speed"},
    {"Rescheduled timer in the past",
	"the board could not keep up: lower microsteps or speed"},
    {"Stepper too far in past",
	"the board could not keep up: lower microsteps or speed"},
    {"Missed scheduling of next",
	"this computer was not heard of for too long, so heaters and outputs "
	"went to their safe state: check the cable and the load"},
    {"Scheduled digital out event will exceed max_duration",
	"a heater command was too far ahead: please report this"},
    {"Scheduled pwm event will exceed max_duration",
	"an output command was too far ahead: please report this"},
    {"ADC out of range",
	"a temperature sensor reads below min_temp or above max_temp: look "
	"for a loose or shorted thermistor, and check its sensor_type"},
    {"Thermocouple reader fault",
	"the thermocouple is open or shorted: check its wires"},
    {"Command request", "an emergency stop was asked for"},
    {"Move queue overflow",
	"more moves were sent than the board can hold: please report this"},
    {"Watchdog timer!",
	"the board was stuck for half a second: check its power and firmware"},
    {"Invalid oid type", "host and firmware disagree: flash the firmware "
			 "again"},
    {"Invalid command", "host and firmware disagree: flash the firmware "
			"again"},
    {"Command parser error",
	"host and firmware disagree: flash the firmware again"},
    {"alloc_chunk", "the board's memory is full: configure fewer objects"},
    {"Not an output pin", "a configured pin cannot be an output"},
    {"Not a valid input pin", "a configured pin cannot be an input"},
    {"Not a valid ADC pin", "a configured sensor_pin cannot measure"},
    {"Not a valid PWM pin",
	"a configured pin has no hardware PWM: leave hardware_pwm out"},
    {"PWM already programmed",
	"two pins share one PWM timer: give them the same cycle_time"},
    {"I2C", "a device on the I2C bus does not answer: check its wires"},
    {"i2c", "a device on the I2C bus does not answer: check its wires"},
};

const char *
mcu_advice(const char *reason)
{
	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++)
		if (strncmp(reason, table[i].reason, strlen(table[i].reason)) ==
		    0)
			return table[i].advice;
	return "";
}
