/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Schema: heaters, temperature sensors, fans. */
#include "machine/schema_rows.h"

const struct schema_key schema_heater[] = {
    PIN("heater_pin", NONE, "switches the heater on"),
    D("max_power", "", OVER(0, 1), "1.0", "greatest share of full power"),
    C("control", "pid|watermark", NONE, "law of the temperature control"),
    D("pid_Kp", "", ANY, NONE, "proportional, on a scale of 0 to 255"),
    D("pid_Ki", "", ANY, NONE, "integral, on a scale of 0 to 255"),
    D("pid_Kd", "", ANY, NONE, "derivative, on a scale of 0 to 255"),
    D("max_delta", "deg C", ABOVE0, "=2.0",
	"with watermark: off that much above the target, on below"),
    D("pwm_cycle_time", "s", ABOVE0, "0.100", "period of the heater's PWM"),
    D("smooth_time", "s", ABOVE0, "1.",
	"time over which readings are smoothed"),
    D("min_extrude_temp", "deg C", ANY, "170.",
	"colder than that nothing is extruded"),
    D("power", "W", OWN(ABOVE0), NONE, "of the heater at its supply voltage"),
    {"supply", SCHEMA_STRING, "", ANY | SCHEMA_OWN, NONE, NULL,
	"the rail that feeds the heater, one of the group supply", 0},
    END};

const struct schema_key schema_sensor[] = {
    S("sensor_type", NONE, "kind of the sensor, or the name of one of yours"),
    PIN("sensor_pin", NONE, "analog input of the sensor"),
    D("pullup_resistor", "ohm", ABOVE0, "4700.",
	"from the input to the reference voltage"),
    D("inline_resistor", "ohm", FROM0, "0.", "in series with the sensor"),
    D("adc_voltage", "V", ABOVE0, "=5.",
	"of sensors whose voltage is known: full scale of the input"),
    D("voltage_offset", "V", ANY, "=0.", "read at 0 volts"),
    D("min_temp", "deg C", FROM(-273.15), "-273.15", "below: shutdown"),
    D("max_temp", "deg C", FROM(-273.15), "99999999.9", "above: shutdown"),
    S("gcode_id", NONE, "name in the answer to M105"),
    /* chips on SPI */
    PIN("spi_sensor_pin", NONE, "an older name of sensor_pin"),
    C("tc_type", "B|E|J|K|N|R|S|T", "=K", "MAX31856: type of thermocouple"),
    B("tc_use_50Hz_filter", "=false", "MAX31856: filter for 50 Hz mains"),
    I("tc_averaging_count", "", IN(1, 16), "=1", "MAX31856: readings averaged"),
    D("rtd_nominal_r", "ohm", ABOVE0, "=100", "MAX31865: at 0 deg C"),
    D("rtd_reference_r", "ohm", ABOVE0, "=430.", "MAX31865: reference"),
    I("rtd_num_of_wires", "", IN(2, 4), "=2", "MAX31865: wires of the sensor"),
    B("rtd_use_50Hz_filter", "=false", "MAX31865: filter for 50 Hz mains"),
    /* others */
    S("sensor_mcu", NONE, "temperature_mcu: the board; default the main one"),
    D("sensor_temperature1", "deg C", ANY, NONE,
	"temperature_mcu: calibration"),
    D("sensor_adc1", "", IN(0, 1), NONE, "temperature_mcu: calibration"),
    D("sensor_temperature2", "deg C", ANY, NONE,
	"temperature_mcu: calibration"),
    D("sensor_adc2", "", IN(0, 1), NONE, "temperature_mcu: calibration"),
    S("sensor_path", NONE,
	"temperature_host: file with thousandths of a degree"),
    S("sensor_list", NONE, "temperature_combined: sensors to combine"),
    C("combination_method", "min|max|mean", NONE,
	"temperature_combined: how to combine"),
    D("maximum_deviation", "deg C", ABOVE0, NONE,
	"temperature_combined: sensors may differ that much"),
    D("ds18_report_time", "s", FROM(1), "=3.0", "DS18B20: between readings"),
    S("serial_no", NONE, "DS18B20: serial number"),
    B("htu21d_hold_master", "=false", "HTU21D: hold the bus"),
    S("htu21d_resolution", "=TEMP12_HUM08", "HTU21D: resolution"),
    D("htu21d_report_time", "s", FROM0, "=30", "HTU21D: between readings"),
    D("bme280_report_time", "s", FROM0, NONE, "BME280: between readings"),
    D("aht10_report_time", "s", FROM0, "=30", "AHT10: between readings"),
    D("sht3x_report_time", "s", FROM0, "=1", "SHT3X: between readings"),
    D("lm75_report_time", "s", FROM0, "=0.8", "LM75: between readings"), END};

const struct schema_key schema_verify_heater[] = {
    D("max_error", "deg C s", FROM0, "120.",
	"sum of the error below the target, at most"),
    D("check_gain_time", "s", FROM(1), "=20, of a heater_bed 60",
	"time in which a heater must gain heating_gain"),
    D("hysteresis", "deg C", FROM0, "5.", "an error up to that counts as none"),
    D("heating_gain", "deg C", ABOVE0, "2.", "least rise while heating"), END};

const struct schema_key schema_homing_heaters[] = {
    S("steppers", NONE, "motors whose homing switches heaters off"),
    S("heaters", NONE, "heaters that are switched off"), END};

const struct schema_key schema_thermistor[] = {
    D("temperature#", "deg C", FROM(-273.15), NONE, "a measured temperature"),
    D("resistance#", "ohm", ABOVE0, NONE, "its resistance"),
    D("beta", "K", ABOVE0, NONE, "with one point: the beta value"), END};

const struct schema_key schema_adc_temperature[] = {
    D("temperature#", "deg C", FROM(-273.15), NONE, "a known temperature"),
    D("voltage#", "V", ANY, NONE, "its voltage"),
    D("resistance#", "ohm", ABOVE0, NONE, "or its resistance"), END};

const struct schema_key schema_fan[] = {PIN("pin", MUST, "runs the fan"),
    D("max_power", "", OVER(0, 1), "1.", "greatest share of full power"),
    D("shutdown_speed", "", IN(0, 1), "=0, of fans that watch something 1",
	"speed after an emergency stop"),
    D("cycle_time", "s", ABOVE0, "0.010", "period of the PWM"),
    B("hardware_pwm", "false", "let a timer of the chip do the PWM"),
    D("kick_start_time", "s", FROM0, "0.1",
	"full speed at the start for that long"),
    D("off_below", "", IN(0, 1), "0.", "a slower speed is none"),
    PIN("tachometer_pin", NONE, "pulses of the fan"),
    I("tachometer_ppr", "", FROM(1), "=2", "pulses for a turn"),
    D("tachometer_poll_interval", "s", ABOVE0, "=0.0015",
	"how often the pulses are looked at"),
    PIN("enable_pin", NONE, "power of the fan"),
    D("current", "A", OWN(ABOVE0), NONE, "of the fan at full speed"),
    {"supply", SCHEMA_STRING, "", ANY | SCHEMA_OWN, NONE, NULL,
	"the rail that feeds the fan, one of the group supply", 0},
    END};

const struct schema_key schema_heater_fan[] = {
    L("heater", STRINGS, "", ANY, "extruder", "heaters to watch"),
    D("heater_temp", "deg C", ANY, "50.0", "the fan runs while one is warmer"),
    D("fan_speed", "", IN(0, 1), "1.", "speed while it runs"), END};

const struct schema_key schema_controller_fan[] = {
    D("fan_speed", "", IN(0, 1), "1.", "speed while motors or heaters work"),
    D("idle_speed", "", IN(0, 1), "=fan_speed", "speed afterwards"),
    I("idle_timeout", "s", FROM0, "30", "how long afterwards"),
    L("heater", STRINGS, "", ANY, "extruder", "heaters to watch"),
    L("stepper", STRINGS, "", ANY, NONE, "motors to watch; default all"), END};

const struct schema_key schema_temperature_fan[] = {
    C("control", "pid|watermark", MUST, "law of the temperature control"),
    D("max_delta", "deg C", ABOVE0, "=2.0",
	"with watermark: on that much above the target, off below"),
    D("pid_Kp", "", ANY, NONE, "proportional, on a scale of 0 to 255"),
    D("pid_Ki", "", ANY, NONE, "integral, on a scale of 0 to 255"),
    D("pid_Kd", "", ANY, NONE, "derivative, on a scale of 0 to 255"),
    D("pid_deriv_time", "s", ABOVE0, "=2.",
	"time over which readings are smoothed"),
    D("target_temp", "deg C", ANY, "=40, or max_temp if that is lower",
	"temperature to hold"),
    D("max_speed", "", OVER(0, 1), "1.", "greatest speed"),
    D("min_speed", "", IN(0, 1), "0.3", "least speed while it runs"), END};

const struct schema_key schema_temperature_probe[] = {
    D("smooth_time", "s", ABOVE0, "2.",
	"time over which readings are smoothed"),
    D("speed", "mm/s", ABOVE0, NONE, "of travel between points"),
    D("horizontal_move_z", "mm", ABOVE0, "2.", "height of travel"),
    D("resting_z", "mm", ABOVE0, ".4", "height at which the probe warms"),
    LN("calibration_position", 3, DOUBLES, "mm", ANY, NONE,
	"X, Y, Z of the calibration"),
    D("calibration_bed_temp", "deg C", ABOVE(50), NONE,
	"bed while calibrating"),
    D("calibration_extruder_temp", "deg C", ABOVE(50), NONE,
	"extruder while calibrating"),
    D("extruder_heating_z", "mm", ABOVE0, "50.",
	"height while the extruder heats"),
    D("max_validation_temp", "deg C", ABOVE0, "60.",
	"greatest temperature used to validate"),
    S("drift_calibration", NONE, "saved by the calibration"),
    D("drift_calibration_min_temp", "deg C", ANY, NONE,
	"saved by the calibration"),
    END};
