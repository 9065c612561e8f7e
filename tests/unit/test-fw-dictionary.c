/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a stock host looks up when it connects, by its exact words. */
#include "base/buf.h"
#include "mcu-fw/board/sim/sim-private.h"
#include "tests/unit/tap.h"
#include "wire/dict.h"

/*
 * Recorded from a Klipper host (84104bbbd) with its Ender 3 Pro, generic
 * corexy and TMC5160 configurations: it compares whole signatures.
 */
static const char *const commands[] = {
    "identify offset=%u count=%c",
    "get_uptime",
    "get_clock",
    "get_config",
    "allocate_oids count=%c",
    "finalize_config crc=%u",
    "emergency_stop",
    "reset",
    "clear_shutdown",
    "config_stepper oid=%c step_pin=%c dir_pin=%c invert_step=%c "
    "step_pulse_ticks=%u",
    "queue_step oid=%c interval=%u count=%hu add=%hi",
    "set_next_step_dir oid=%c dir=%c",
    "reset_step_clock oid=%c clock=%u",
    "stepper_get_position oid=%c",
    "stepper_stop_on_trigger oid=%c trsync_oid=%c",
    "config_trsync oid=%c",
    "trsync_start oid=%c report_clock=%u report_ticks=%u expire_reason=%c",
    "trsync_set_timeout oid=%c clock=%u",
    "trsync_trigger oid=%c reason=%c",
    "config_endstop oid=%c pin=%c pull_up=%c",
    "endstop_home oid=%c clock=%u sample_ticks=%u sample_count=%c "
    "rest_ticks=%u pin_value=%c trsync_oid=%c trigger_reason=%c",
    "endstop_query_state oid=%c",
    "set_digital_out pin=%u value=%c",
    "config_digital_out oid=%c pin=%u value=%c default_value=%c "
    "max_duration=%u",
    "set_digital_out_pwm_cycle oid=%c cycle_ticks=%u",
    "queue_digital_out oid=%c clock=%u on_ticks=%u",
    "update_digital_out oid=%c value=%c",
    "set_pwm_out pin=%u cycle_ticks=%u value=%hu",
    "config_pwm_out oid=%c pin=%u cycle_ticks=%u value=%hu "
    "default_value=%hu max_duration=%u",
    "queue_pwm_out oid=%c clock=%u value=%hu",
    "config_analog_in oid=%c pin=%u",
    "query_analog_in oid=%c clock=%u sample_ticks=%u sample_count=%c "
    "rest_ticks=%u bytes_per_report=%c min_value=%hu max_value=%hu "
    "range_check_count=%c",
    "config_spi oid=%c pin=%u cs_active_high=%c",
    "config_spi_without_cs oid=%c",
    "spi_set_bus oid=%c spi_bus=%u mode=%u rate=%u",
    "spi_set_sw_bus oid=%c miso_pin=%u mosi_pin=%u sclk_pin=%u mode=%u "
    "pulse_ticks=%u",
    "spi_send oid=%c data=%*s",
    "spi_transfer oid=%c data=%*s",
    "config_spi_shutdown oid=%c spi_oid=%c shutdown_msg=%*s",
    "config_i2c oid=%c",
    "i2c_set_bus oid=%c i2c_bus=%u rate=%u address=%u",
    "i2c_set_sw_bus oid=%c scl_pin=%u sda_pin=%u pulse_ticks=%u address=%u",
    "i2c_transfer oid=%c write=%*s read_len=%u",
    "config_buttons oid=%c button_count=%c",
    "buttons_add oid=%c pos=%c pin=%u pull_up=%c",
    "buttons_query oid=%c clock=%u rest_ticks=%u retransmit_count=%c "
    "invert=%c",
    "buttons_ack oid=%c count=%c",
    "config_adxl345 oid=%c spi_oid=%c",
    "query_adxl345 oid=%c rest_ticks=%u",
    "query_adxl345_status oid=%c",
    "config_st7920 oid=%c cs_pin=%u sclk_pin=%u sid_pin=%u "
    "sync_delay_ticks=%u cmd_delay_ticks=%u",
    "st7920_send_cmds oid=%c cmds=%*s",
    "st7920_send_data oid=%c data=%*s",
    "config_hd44780 oid=%c rs_pin=%u e_pin=%u d4_pin=%u d5_pin=%u d6_pin=%u "
    "d7_pin=%u delay_ticks=%u",
    "hd44780_send_cmds oid=%c cmds=%*s",
    "hd44780_send_data oid=%c data=%*s",
    "config_reset",
    "config_tmcuart oid=%c rx_pin=%u pull_up=%c tx_pin=%u bit_time=%u",
    "tmcuart_send oid=%c write=%*s read=%c",
    "config_thermocouple oid=%c spi_oid=%c thermocouple_type=%c",
    "query_thermocouple oid=%c clock=%u rest_ticks=%u min_value=%u "
    "max_value=%u max_invalid_count=%c",
    "config_counter oid=%c pin=%u pull_up=%c",
    "query_counter oid=%c clock=%u poll_ticks=%u sample_ticks=%u",
    "config_neopixel oid=%c pin=%u data_size=%hu bit_max_ticks=%u "
    "reset_min_ticks=%u",
    "neopixel_update oid=%c pos=%hu data=%*s",
    "neopixel_send oid=%c",
    "config_lis2dw oid=%c bus_oid=%c bus_oid_type=%c lis_chip_type=%c",
    "query_lis2dw oid=%c rest_ticks=%u",
    "query_lis2dw_status oid=%c",
    "config_mpu9250 oid=%c i2c_oid=%c",
    "query_mpu9250 oid=%c rest_ticks=%u",
    "query_mpu9250_status oid=%c",
    "config_icm20948 oid=%c i2c_oid=%c",
    "query_icm20948 oid=%c rest_ticks=%u",
    "query_icm20948_status oid=%c",
    "config_bmi160 oid=%c bus_oid=%c bus_oid_type=%c",
    "query_bmi160 oid=%c rest_ticks=%u",
    "query_bmi160_status oid=%c",
    "debug_read order=%c addr=%u",
    "debug_write order=%c addr=%u val=%u",
    "debug_ping data=%*s",
    "debug_nop",
};

static const char *const responses[] = {
    "identify_response offset=%u data=%.*s",
    "uptime high=%u clock=%u",
    "clock clock=%u",
    "config is_config=%c crc=%u is_shutdown=%c move_count=%hu",
    "shutdown clock=%u static_string_id=%hu",
    "is_shutdown static_string_id=%hu",
    "starting",
    "stats count=%u sum=%u sumsq=%u",
    "stepper_position oid=%c pos=%i",
    "trsync_state oid=%c can_trigger=%c trigger_reason=%c clock=%u",
    "endstop_state oid=%c homing=%c next_clock=%u pin_value=%c",
    "analog_in_state oid=%c next_clock=%u values=%*s",
    "spi_transfer_response oid=%c response=%*s",
    "i2c_response oid=%c i2c_bus_status=%c response=%*s",
    "buttons_state oid=%c ack_count=%c state=%*s",
    "sensor_bulk_data oid=%c sequence=%hu data=%*s",
    "sensor_bulk_status oid=%c clock=%u query_ticks=%u next_sequence=%hu "
    "buffered=%u possible_overflows=%hu",
    "tmcuart_response oid=%c read=%*s",
    "thermocouple_result oid=%c next_clock=%u value=%u fault=%c",
    "counter_state oid=%c next_clock=%u count=%u count_clock=%u",
    "neopixel_result oid=%c success=%c",
    "debug_result val=%u",
    "pong data=%*s",
};

#define N(a) (sizeof(a) / sizeof(*(a)))

static void
quiet(struct diag_sink *s, enum diag_level level, const struct diag_place *p,
    const char *slug, const char *text)
{
	(void)s;
	(void)level;
	(void)p;
	(void)slug;
	printf("# %s\n", text);
}

/* What a configuration names instead of numbers. */
static void
test_names(const struct dict *d)
{
	static const struct {
		const char *of, *name;
		int32_t value;
	} row[] = {
	    {"pin", "PC13", 45},
	    {"spi_bus", "spi1", 0},
	    {"i2c_bus", "i2c1", 0},
	    {"i2c_bus_status", "START_READ_NACK", 4},
	    {"thermocouple_type", "MAX31865", 2},
	    {"thermocouple_type", "MAX6675", 3},
	    {"bus_oid_type", "spi", 0},
	    {"bus_oid_type", "i2c", 1},
	    {"lis_chip_type", "LIS2DW", 0},
	    {"lis_chip_type", "LIS3DH", 1},
	};
	int32_t v;

	for (size_t i = 0; i < N(row); i++)
		ok(dict_enum_value(dict_enum(d, row[i].of), row[i].name, &v) ==
			    0 &&
			v == row[i].value,
		    "%s %s is %d", row[i].of, row[i].name, row[i].value);
}

int
main(void)
{
	static const char *const constants[] = {
	    "CLOCK_FREQ", "STATS_SUMSQ_BASE", "ADC_MAX", "PWM_MAX"};
	struct sim_options o = {.freq = 72000000,
	    .baud = 250000,
	    .memory = 20000,
	    .adc_max = 4095,
	    .event_ticks = 60,
	    .mcu = "sim"};
	struct diag_sink sink = {.emit = quiet};
	struct buf data = BUF_INIT;
	struct dict *d;
	int32_t pin;
	double v;

	sim_begin(&o);
	sim_dictionary(&data);
	d = dict_load(data.data, data.len, "firmware", &sink);
	ok(d != NULL, "the dictionary is read");
	for (size_t i = 0; d && i < N(commands); i++)
		ok(dict_command(d, commands[i]) != NULL, "command %s",
		    commands[i]);
	for (size_t i = 0; d && i < N(responses); i++)
		ok(dict_response(d, responses[i]) != NULL, "response %s",
		    responses[i]);
	for (size_t i = 0; d && i < N(constants); i++)
		ok(dict_constant(d, constants[i], &v) == 0 && v > 0,
		    "constant %s", constants[i]);
	ok(d && dict_constant(d, "CLOCK_FREQ", &v) == 0 && v <= 715827882,
	    "three seconds fit 31 bits of the clock");
	if (d)
		test_names(d);
	ok(d && dict_enum_value(dict_enum(d, "static_string_id"),
		    "Timer too close", &pin) == 0,
	    "shutdown reasons have their known words");
	dict_free(d);
	buf_release(&data);
	sim_end();
	return done_testing();
}
