/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Schema: motor drivers, motors, supplies, buses. */
#include "machine/schema_rows.h"

const struct schema_key schema_spi[] = {PIN("cs_pin", NONE, "selects the chip"),
    I("spi_speed", "Hz", FROM(100000), NONE, "clock of the bus"),
    S("spi_bus", NONE, "hardware bus of the board"),
    PIN("spi_software_sclk_pin", NONE, "clock of a bus made by software"),
    PIN("spi_software_mosi_pin", NONE, "its data out"),
    PIN("spi_software_miso_pin", NONE, "its data in"), END};

const struct schema_key schema_i2c[] = {
    I("i2c_address", "", IN(0, 127), NONE, "address of the chip"),
    S("i2c_mcu", "=mcu", "board that the chip is wired to"),
    S("i2c_bus", NONE, "hardware bus of the board"),
    PIN("i2c_software_scl_pin", NONE, "clock of a bus made by software"),
    PIN("i2c_software_sda_pin", NONE, "its data"),
    I("i2c_speed", "Hz", FROM(100000), NONE, "clock of the bus"), END};

/* every driver with registers */
const struct schema_key schema_tmc[] = {
    B("interpolate", "true", "the driver interpolates to 256 microsteps"),
    D("run_current", "A", OVER(0, 10), MUST, "RMS current while moving"),
    D("hold_current", "A", OVER(0, 10), "=run_current", "RMS current at rest"),
    D("stealthchop_threshold", "mm/s", FROM0, "=0",
	"stealthChop below that speed; 0: never"),
    {"module", SCHEMA_STRING, "", ANY | SCHEMA_OWN, NONE, NULL,
	"the module, as \"TMC5160T Pro\", for the electrical check", 0},
    {"supply", SCHEMA_STRING, "", ANY | SCHEMA_OWN, NONE, NULL,
	"the rail that feeds the driver, one of the group supply", 0},
    END};

const struct schema_key schema_tmc_sense_110[] = {
    D("sense_resistor", "ohm", INSIDE(0, 10), "0.110", "of the driver module"),
    END};

const struct schema_key schema_tmc_sense_075[] = {
    D("sense_resistor", "ohm", INSIDE(0, 10), "0.075", "of the driver module"),
    END};

const struct schema_key schema_tmc_sense_own[] = {
    D("sense_resistor", "ohm", INSIDE(0, 10), MUST, "of the driver module"),
    END};

const struct schema_key schema_tmc_uart[] = {
    PIN("uart_pin", NONE, "one-wire serial line of the driver"),
    PIN("tx_pin", NONE, "the sending side, if it has a pin of its own"),
    L("select_pins", STRINGS, "", ANY, NONE, "pins that select the driver"),
    I("uart_address", "", IN(0, 3), "0", "address of the driver"), END};

const struct schema_key schema_tmc_chain[] = {
    I("chain_position", "", FROM(1), NONE, "place in a chain of drivers"),
    I("chain_length", "", FROM(2), NONE, "drivers in the chain"), END};

const struct schema_key schema_tmc_speed[] = {
    D("coolstep_threshold", "mm/s", FROM0, NONE,
	"coolStep and stallGuard above that speed"),
    D("high_velocity_threshold", "mm/s", FROM0, NONE,
	"fast mode above that speed"),
    END};

const struct schema_key schema_tmc_diag[] = {
    PIN("diag_pin", NONE, "tells a stall"),
    PIN("diag0_pin", NONE, "tells a stall"),
    PIN("diag1_pin", NONE, "tells a stall"), END};

const struct schema_key schema_tmc_rref[] = {
    D("rref", "ohm", IN(12000, 60000), "12000",
	"reference resistor of a TMC2240"),
    I("driver_CS", "", IN(0, 31), "31", "current scale, before rref"), END};

const struct schema_key schema_tmc2660_own[] = {
    I("idle_current_percent", "%", IN(0, 100), "100",
	"current at rest, of the run current"),
    END};

/* Gantry's own: what a motor is, for speeds and torques */
const struct schema_key schema_motor[] = {
    OS("model", NONE, "a motor that `printerconf motor --list' knows"),
    D("resistance", "ohm", OWN(ABOVE0), NONE, "of a phase"),
    D("inductance", "mH", OWN(ABOVE0), NONE, "of a phase"),
    D("holding_torque", "N m", OWN(ABOVE0), NONE,
	"with both phases at the rated current"),
    D("rated_current", "A", OWN(ABOVE0), NONE, "of a phase, on the nameplate"),
    D("rotor_inertia", "g cm2", OWN(ABOVE0), NONE, "of the rotor"),
    I("full_steps_per_rotation", "", OWN(FROM(4)), "=that of the stepper",
	"full steps for one turn"),
    D("current", "A", OWN(ABOVE0), "=run_current of its driver",
	"RMS current; needed where the driver has no registers"),
    OS("driver", "=the section of its driver",
	"kind of a driver without registers, as \"A4988\""),
    OS("supply", NONE, "the rail that feeds the driver"),
    D("moved_mass", "kg", OWN(ABOVE0), NONE,
	"mass that the motor moves; of the first tower, shoulder or cable, "
	"the head"),
    D("own_mass", "kg", OWN(FROM0), "0",
	"mass that this motor alone moves beside it, as a tower's carriage"),
    D("own_inertia", "kg cm2", OWN(FROM0), "0",
	"of what this motor turns, as a polar bed or an upper arm"),
    D("friction", "N", OWN(FROM0), "=2, of an extruder 20",
	"friction of what it moves; of an extruder, what pushing the filament "
	"takes"),
    D("friction_torque", "N m", OWN(FROM0), "0.1",
	"the same of what turns, a polar bed or a shoulder"),
    D("efficiency", "", OWN(OVER(0, 1)), "1", "of gears and screw"),
    I("count", "", OWN(IN(1, 8)), "1", "motors wired to the driver"), END};

const struct schema_key schema_supply[] = {
    D("voltage", "V", OWN(ABOVE0), MUST, "of the rail"),
    D("current", "A", OWN(ABOVE0), NONE, "that the supply can give"),
    D("capacitance", "uF", OWN(ABOVE0), NONE,
	"of the rail, for the energy that braking motors give back"),
    OC("brake_chopper", "no|yes", "no",
	"a chopper takes what braking motors give back"),
    OC("for", "any|board|motors|logic", "any", "what the rail is meant for"),
    END};

const struct schema_key schema_board[] = {
    OS("model", NONE, "the board, as \"Manta M8P V2\" or \"Creality 4.2.2\""),
    OS("supply", NONE, "the rail at its main terminals"),
    OS("motor_supply", "=supply",
	"the rail that feeds its drivers where nothing else is said"),
    OS("bed_supply", "=supply", "the rail that feeds the bed"), END};
