/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The simulated chip's dictionary: the pins of its configuration. */
#include "mcu-fw/tools/dictionary.h"

#include <stdio.h>
#include <string.h>

#include "base/die.h"
#include "config.h"
#include "mcu-fw/board/sim/sim-private.h"
#include "proto/cubic.h"

#define N_CONSTANTS 16

static int
add_pins(struct dictionary_range *r, char (*names)[4])
{
	const struct sim_pin *extra = sim_pins + SIM_PORTS * SIM_PORT_PINS;
	int n = 0;

	for (int i = 0; i < SIM_PORTS; i++) {
		snprintf(names[i], sizeof(names[i]), "P%c0", 'A' + i);
		r[n++] = (struct dictionary_range){"pin", names[i],
		    (uint32_t)(i * SIM_PORT_PINS), SIM_PORT_PINS};
	}
	for (int i = 0; i < sim_n_extra; i++)
		r[n++] = (struct dictionary_range){"pin", extra[i].name,
		    (uint32_t)(SIM_PORTS * SIM_PORT_PINS + i), 1};
	return n;
}

static int
add_buses(struct dictionary_range *r, char (*names)[8])
{
	static const char *const variant[] = {"", "a", "b", "c"};

	for (int i = 0; i < SIM_SPI_BUSES; i++) {
		snprintf(names[i], sizeof(names[i]), "spi%d%s", i / 4 + 1,
		    variant[i % 4]);
		r[i] = (struct dictionary_range){
		    "spi_bus", names[i], (uint32_t)i, 1};
	}
	return SIM_SPI_BUSES;
}

static const struct dictionary_range i2c_ranges[] = {
    {"i2c_bus", "i2c1", 0, 1},
    {"i2c_bus", "i2c1a", 1, 1},
    {"i2c_bus", "i2c2", 2, 1},
    {"i2c_bus", "i2c3", 3, 1},
};

void
sim_dictionary(struct buf *out)
{
	struct dictionary_constant constants[N_CONSTANTS] = {
	    {"CLOCK_FREQ", sim_freq, NULL},
	    {"MCU", 0, sim_options.mcu},
	    {"STATS_SUMSQ_BASE", 256, NULL},
	    {"ADC_MAX", sim_options.adc_max, NULL},
	    {"PWM_MAX", SIM_PWM_MAX, NULL},
	    {"STEPPER_STEP_BOTH_EDGE", 1, NULL},
	    {CUBIC_FRACTION_CONSTANT, CUBIC_FRACTION_DEFAULT, NULL},
	};
	struct dictionary_range
	    ranges[SIM_PORTS + SIM_EXTRA + SIM_SPI_BUSES + SIM_I2C_BUSES + 1];
	char names[SIM_PORTS][4], buses[SIM_SPI_BUSES][8];
	struct dictionary d = {constants, ranges, "gantry " GANTRY_VERSION};
	struct buf json = BUF_INIT;
	int n = 7;

	if (sim_options.baud) {
		constants[n++] = (struct dictionary_constant){
		    "SERIAL_BAUD", sim_options.baud, NULL};
		constants[n++] = (struct dictionary_constant){
		    "RECEIVE_WINDOW", SIM_RECEIVE_WINDOW, NULL};
	}
	constants[n].name = NULL;
	n = add_pins(ranges, names);
	n += add_buses(ranges + n, buses);
	memcpy(ranges + n, i2c_ranges, sizeof(i2c_ranges));
	n += SIM_I2C_BUSES;
	ranges[n].name = NULL;
	dictionary_json(&json, &d);
	if (dictionary_compress(out, &json) != 0)
		BUG("the dictionary cannot be compressed");
	buf_release(&json);
}
