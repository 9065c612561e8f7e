/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The commands and responses that stepstream knows. */
#ifndef STEPSTREAM_MCU_MESSAGES_H
#define STEPSTREAM_MCU_MESSAGES_H

#include "proto/cubic.h"

/*
 * Found by their whole text in the dictionary of the board; what is not there
 * is NULL in mcu->command[] and mcu->response[].  Where a signature changed
 * over the years, both forms stand here and the code takes what it finds.
 */
#define MCU_COMMANDS(X)                                                        \
	X(QUEUE_STEP_CUBIC, CUBIC_COMMAND)                                     \
	X(STEPPER_STOP_WHEN_DRY,                                               \
	    "stepper_stop_when_dry oid=%c below=%u stop_ticks=%u")             \
	X(DIGITAL_OUT_ALLOW_LATE, "digital_out_allow_late oid=%c ticks=%u")    \
	X(PWM_OUT_ALLOW_LATE, "pwm_out_allow_late oid=%c ticks=%u")            \
	X(GET_RESET_STATE, "get_reset_state")                                  \
	X(GET_RESET_POSITION, "get_reset_position index=%c")                   \
	MCU_COMMON_COMMANDS(X)

/* what a board of any make may have */
#define MCU_COMMON_COMMANDS(X)                                                 \
	X(IDENTIFY, "identify offset=%u count=%c")                             \
	X(GET_UPTIME, "get_uptime")                                            \
	X(GET_CLOCK, "get_clock")                                              \
	X(GET_CONFIG, "get_config")                                            \
	X(ALLOCATE_OIDS, "allocate_oids count=%c")                             \
	X(FINALIZE_CONFIG, "finalize_config crc=%u")                           \
	X(EMERGENCY_STOP, "emergency_stop")                                    \
	X(RESET, "reset")                                                      \
	X(CONFIG_RESET, "config_reset")                                        \
	X(CONFIG_STEPPER,                                                      \
	    "config_stepper oid=%c step_pin=%c dir_pin=%c invert_step=%c "     \
	    "step_pulse_ticks=%u")                                             \
	X(CONFIG_STEPPER_OLD,                                                  \
	    "config_stepper oid=%c step_pin=%c dir_pin=%c invert_step=%c")     \
	X(QUEUE_STEP, "queue_step oid=%c interval=%u count=%hu add=%hi")       \
	X(SET_NEXT_STEP_DIR, "set_next_step_dir oid=%c dir=%c")                \
	X(RESET_STEP_CLOCK, "reset_step_clock oid=%c clock=%u")                \
	X(STEPPER_GET_POSITION, "stepper_get_position oid=%c")                 \
	X(STEPPER_STOP_ON_TRIGGER,                                             \
	    "stepper_stop_on_trigger oid=%c trsync_oid=%c")                    \
	X(CONFIG_TRSYNC, "config_trsync oid=%c")                               \
	X(TRSYNC_START, "trsync_start oid=%c report_clock=%u report_ticks=%u " \
			"expire_reason=%c")                                    \
	X(TRSYNC_SET_TIMEOUT, "trsync_set_timeout oid=%c clock=%u")            \
	X(TRSYNC_TRIGGER, "trsync_trigger oid=%c reason=%c")                   \
	X(CONFIG_ENDSTOP, "config_endstop oid=%c pin=%c pull_up=%c")           \
	X(ENDSTOP_HOME,                                                        \
	    "endstop_home oid=%c clock=%u sample_ticks=%u sample_count=%c "    \
	    "rest_ticks=%u pin_value=%c trsync_oid=%c trigger_reason=%c")      \
	X(ENDSTOP_QUERY_STATE, "endstop_query_state oid=%c")                   \
	X(CONFIG_DIGITAL_OUT,                                                  \
	    "config_digital_out oid=%c pin=%u value=%c default_value=%c "      \
	    "max_duration=%u")                                                 \
	X(SET_DIGITAL_OUT_PWM_CYCLE,                                           \
	    "set_digital_out_pwm_cycle oid=%c cycle_ticks=%u")                 \
	X(QUEUE_DIGITAL_OUT, "queue_digital_out oid=%c clock=%u on_ticks=%u")  \
	X(UPDATE_DIGITAL_OUT, "update_digital_out oid=%c value=%c")            \
	X(CONFIG_PWM_OUT,                                                      \
	    "config_pwm_out oid=%c pin=%u cycle_ticks=%u value=%hu "           \
	    "default_value=%hu max_duration=%u")                               \
	X(QUEUE_PWM_OUT, "queue_pwm_out oid=%c clock=%u value=%hu")            \
	X(CONFIG_ANALOG_IN, "config_analog_in oid=%c pin=%u")                  \
	X(QUERY_ANALOG_IN,                                                     \
	    "query_analog_in oid=%c clock=%u sample_ticks=%u "                 \
	    "sample_count=%c rest_ticks=%u bytes_per_report=%c "               \
	    "min_value=%hu max_value=%hu range_check_count=%c")                \
	X(QUERY_ANALOG_IN_OLD,                                                 \
	    "query_analog_in oid=%c clock=%u sample_ticks=%u "                 \
	    "sample_count=%c rest_ticks=%u min_value=%hu max_value=%hu "       \
	    "range_check_count=%c")                                            \
	X(CONFIG_SPI, "config_spi oid=%c pin=%u cs_active_high=%c")            \
	X(SPI_SET_BUS, "spi_set_bus oid=%c spi_bus=%u mode=%u rate=%u")        \
	X(SPI_SEND, "spi_send oid=%c data=%*s")                                \
	X(CONFIG_ADXL345, "config_adxl345 oid=%c spi_oid=%c")                  \
	X(QUERY_ADXL345, "query_adxl345 oid=%c rest_ticks=%u")                 \
	X(QUERY_ADXL345_STATUS, "query_adxl345_status oid=%c")                 \
	X(CONFIG_LIS2DW, "config_lis2dw oid=%c bus_oid=%c bus_oid_type=%c "    \
			 "lis_chip_type=%c")                                   \
	X(QUERY_LIS2DW, "query_lis2dw oid=%c rest_ticks=%u")                   \
	X(QUERY_LIS2DW_STATUS, "query_lis2dw_status oid=%c")                   \
	X(CONFIG_MPU9250, "config_mpu9250 oid=%c i2c_oid=%c")                  \
	X(QUERY_MPU9250, "query_mpu9250 oid=%c rest_ticks=%u")                 \
	X(QUERY_MPU9250_STATUS, "query_mpu9250_status oid=%c")                 \
	X(CONFIG_ICM20948, "config_icm20948 oid=%c i2c_oid=%c")                \
	X(QUERY_ICM20948, "query_icm20948 oid=%c rest_ticks=%u")               \
	X(QUERY_ICM20948_STATUS, "query_icm20948_status oid=%c")               \
	X(CONFIG_BMI160, "config_bmi160 oid=%c bus_oid=%c bus_oid_type=%c")    \
	X(QUERY_BMI160, "query_bmi160 oid=%c rest_ticks=%u")                   \
	X(QUERY_BMI160_STATUS, "query_bmi160_status oid=%c")                   \
	X(SPI_SET_SW_BUS,                                                      \
	    "spi_set_sw_bus oid=%c miso_pin=%u mosi_pin=%u sclk_pin=%u "       \
	    "mode=%u pulse_ticks=%u")                                          \
	X(CONFIG_I2C, "config_i2c oid=%c")                                     \
	X(I2C_SET_BUS, "i2c_set_bus oid=%c i2c_bus=%u rate=%u address=%u")     \
	X(I2C_SET_SW_BUS, "i2c_set_sw_bus oid=%c scl_pin=%u sda_pin=%u "       \
			  "pulse_ticks=%u address=%u")                         \
	X(I2C_TRANSFER, "i2c_transfer oid=%c write=%*s read_len=%u")           \
	X(I2C_WRITE_OLD, "i2c_write oid=%c data=%*s")

#define MCU_RESPONSES(X)                                                       \
	X(IDENTIFY_RESPONSE, "identify_response offset=%u data=%.*s")          \
	X(UPTIME, "uptime high=%u clock=%u")                                   \
	X(CLOCK, "clock clock=%u")                                             \
	X(CONFIG, "config is_config=%c crc=%u is_shutdown=%c move_count=%hu")  \
	X(SHUTDOWN, "shutdown clock=%u static_string_id=%hu")                  \
	X(IS_SHUTDOWN, "is_shutdown static_string_id=%hu")                     \
	X(STARTING, "starting")                                                \
	X(STATS, "stats count=%u sum=%u sumsq=%u")                             \
	X(STEPPER_POSITION, "stepper_position oid=%c pos=%i")                  \
	X(STEPPER_RAN_DRY, "stepper_ran_dry oid=%c clock=%u steps=%hu pos=%i") \
	X(RESET_STATE, "reset_state count=%c crc=%u static_string_id=%hu")     \
	X(RESET_POSITION, "reset_position oid=%c pos=%i gap=%u")               \
	X(TRSYNC_STATE,                                                        \
	    "trsync_state oid=%c can_trigger=%c trigger_reason=%c clock=%u")   \
	X(ENDSTOP_STATE,                                                       \
	    "endstop_state oid=%c homing=%c next_clock=%u pin_value=%c")       \
	X(ANALOG_IN_STATE, "analog_in_state oid=%c next_clock=%u values=%*s")  \
	X(ANALOG_IN_STATE_OLD, "analog_in_state oid=%c next_clock=%u "         \
			       "value=%hu")                                    \
	X(I2C_RESPONSE, "i2c_response oid=%c i2c_bus_status=%c response=%*s")  \
	X(SENSOR_BULK_DATA, "sensor_bulk_data oid=%c sequence=%hu data=%*s")   \
	X(SENSOR_BULK_STATUS,                                                  \
	    "sensor_bulk_status oid=%c clock=%u query_ticks=%u "               \
	    "next_sequence=%hu buffered=%u possible_overflows=%hu")

#define MCU_COMMAND_NAME(name, text)  MCU_CMD_##name,
#define MCU_RESPONSE_NAME(name, text) MCU_RSP_##name,
enum mcu_command {
	MCU_COMMANDS(MCU_COMMAND_NAME) MCU_N_COMMANDS
};
enum mcu_response {
	MCU_RESPONSES(MCU_RESPONSE_NAME) MCU_N_RESPONSES
};

#endif
