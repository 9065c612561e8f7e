/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every command, response and text of the firmware, declared once. */
#ifndef GANTRY_FW_MESSAGES_H
#define GANTRY_FW_MESSAGES_H

/*
 * From these rows come the message numbers, the parser's table, the checks of
 * RESPOND(), and the data dictionary that the host downloads, so they cannot
 * drift apart.
 *
 *	X(name, flags, params)	a command; command_<name>() handles it
 *	X(name, params)		a response
 *	P(name, type)		a parameter: u i hu hi c, or
 *				s: bytes in RAM, d: bytes, of a response
 *
 * Small numbers travel in one byte, so what is frequent stands first.
 */
#define CMD_ANYTIME 1 /* also while shut down */

#define RESPONSES_BASIC(X)                                                     \
	X(identify_response, P(offset, u) P(data, d))                          \
	X(clock, P(clock, u))                                                  \
	X(stats, P(count, u) P(sum, u) P(sumsq, u))                            \
	X(uptime, P(high, u) P(clock, u))                                      \
	X(config,                                                              \
	    P(is_config, c) P(crc, u) P(is_shutdown, c) P(move_count, hu))     \
	X(shutdown, P(clock, u) P(static_string_id, hu))                       \
	X(is_shutdown, P(static_string_id, hu))                                \
	X(starting, )                                                          \
	X(reset_state, P(count, c) P(crc, u) P(static_string_id, hu))          \
	X(reset_position, P(oid, c) P(pos, i) P(gap, u))                       \
	X(pong, P(data, s))                                                    \
	X(debug_result, P(val, u))

#define COMMANDS_BASIC(X)                                                      \
	X(get_clock, CMD_ANYTIME, )                                            \
	X(get_uptime, CMD_ANYTIME, )                                           \
	X(get_config, CMD_ANYTIME, )                                           \
	X(allocate_oids, 0, P(count, c))                                       \
	X(finalize_config, 0, P(crc, u))                                       \
	X(emergency_stop, CMD_ANYTIME, )                                       \
	X(clear_shutdown, CMD_ANYTIME, )                                       \
	X(reset, CMD_ANYTIME, )                                                \
	X(config_reset, CMD_ANYTIME, )                                         \
	X(get_reset_state, CMD_ANYTIME, )                                      \
	X(get_reset_position, CMD_ANYTIME, P(index, c))                        \
	X(debug_read, CMD_ANYTIME, P(order, c) P(addr, u))                     \
	X(debug_write, CMD_ANYTIME, P(order, c) P(addr, u) P(val, u))          \
	X(debug_ping, CMD_ANYTIME, P(data, s))                                 \
	X(debug_nop, CMD_ANYTIME, )

#define RESPONSES_STEPPER(X)                                                   \
	X(stepper_position, P(oid, c) P(pos, i))                               \
	X(stepper_ran_dry, P(oid, c) P(clock, u) P(steps, hu) P(pos, i))

#define COMMANDS_STEPPER(X)                                                    \
	X(queue_step, 0, P(oid, c) P(interval, u) P(count, hu) P(add, hi))     \
	X(set_next_step_dir, 0, P(oid, c) P(dir, c))                           \
	X(reset_step_clock, 0, P(oid, c) P(clock, u))                          \
	X(stepper_get_position, 0, P(oid, c))                                  \
	X(stepper_stop_on_trigger, 0, P(oid, c) P(trsync_oid, c))              \
	X(queue_step_cubic, 0,                                                 \
	    P(oid, c) P(first, u) P(interval, u) P(count, hu) P(add, i)        \
		P(add2, i))                                                    \
	X(stepper_stop_when_dry, 0, P(oid, c) P(below, u) P(stop_ticks, u))    \
	X(config_stepper, 0,                                                   \
	    P(oid, c) P(step_pin, c) P(dir_pin, c) P(invert_step, c)           \
		P(step_pulse_ticks, u))

#define RESPONSES_ENDSTOP(X)                                                   \
	X(trsync_state,                                                        \
	    P(oid, c) P(can_trigger, c) P(trigger_reason, c) P(clock, u))      \
	X(endstop_state,                                                       \
	    P(oid, c) P(homing, c) P(next_clock, u) P(pin_value, c))

#define COMMANDS_ENDSTOP(X)                                                    \
	X(trsync_set_timeout, 0, P(oid, c) P(clock, u))                        \
	X(trsync_trigger, 0, P(oid, c) P(reason, c))                           \
	X(trsync_start, 0,                                                     \
	    P(oid, c) P(report_clock, u) P(report_ticks, u)                    \
		P(expire_reason, c))                                           \
	X(endstop_home, 0,                                                     \
	    P(oid, c) P(clock, u) P(sample_ticks, u) P(sample_count, c)        \
		P(rest_ticks, u) P(pin_value, c) P(trsync_oid, c)              \
		    P(trigger_reason, c))                                      \
	X(endstop_query_state, 0, P(oid, c))                                   \
	X(config_trsync, 0, P(oid, c))                                         \
	X(config_endstop, 0, P(oid, c) P(pin, c) P(pull_up, c))

#define COMMANDS_OUTPUT(X)                                                     \
	X(queue_digital_out, 0, P(oid, c) P(clock, u) P(on_ticks, u))          \
	X(update_digital_out, 0, P(oid, c) P(value, c))                        \
	X(set_digital_out_pwm_cycle, 0, P(oid, c) P(cycle_ticks, u))           \
	X(digital_out_allow_late, 0, P(oid, c) P(ticks, u))                    \
	X(config_digital_out, 0,                                               \
	    P(oid, c) P(pin, u) P(value, c) P(default_value, c)                \
		P(max_duration, u))                                            \
	X(set_digital_out, 0, P(pin, u) P(value, c))

#define COMMANDS_PWM(X)                                                        \
	X(queue_pwm_out, 0, P(oid, c) P(clock, u) P(value, hu))                \
	X(pwm_out_allow_late, 0, P(oid, c) P(ticks, u))                        \
	X(config_pwm_out, 0,                                                   \
	    P(oid, c) P(pin, u) P(cycle_ticks, u) P(value, hu)                 \
		P(default_value, hu) P(max_duration, u))                       \
	X(set_pwm_out, 0, P(pin, u) P(cycle_ticks, u) P(value, hu))

#define RESPONSES_ADC(X)                                                       \
	X(analog_in_state, P(oid, c) P(next_clock, u) P(values, s))

#define COMMANDS_ADC(X)                                                        \
	X(query_analog_in, 0,                                                  \
	    P(oid, c) P(clock, u) P(sample_ticks, u) P(sample_count, c)        \
		P(rest_ticks, u) P(bytes_per_report, c) P(min_value, hu)       \
		    P(max_value, hu) P(range_check_count, c))                  \
	X(config_analog_in, 0, P(oid, c) P(pin, u))

#define RESPONSES_BUTTONS(X)                                                   \
	X(buttons_state, P(oid, c) P(ack_count, c) P(state, s))

#define COMMANDS_BUTTONS(X)                                                    \
	X(buttons_ack, 0, P(oid, c) P(count, c))                               \
	X(buttons_query, 0,                                                    \
	    P(oid, c) P(clock, u) P(rest_ticks, u) P(retransmit_count, c)      \
		P(invert, c))                                                  \
	X(buttons_add, 0, P(oid, c) P(pos, c) P(pin, u) P(pull_up, c))         \
	X(config_buttons, 0, P(oid, c) P(button_count, c))

#define COMMANDS_DISPLAY(X)                                                    \
	X(st7920_send_data, 0, P(oid, c) P(data, s))                           \
	X(st7920_send_cmds, 0, P(oid, c) P(cmds, s))                           \
	X(config_st7920, 0,                                                    \
	    P(oid, c) P(cs_pin, u) P(sclk_pin, u) P(sid_pin, u)                \
		P(sync_delay_ticks, u) P(cmd_delay_ticks, u))                  \
	X(hd44780_send_data, 0, P(oid, c) P(data, s))                          \
	X(hd44780_send_cmds, 0, P(oid, c) P(cmds, s))                          \
	X(config_hd44780, 0,                                                   \
	    P(oid, c) P(rs_pin, u) P(e_pin, u) P(d4_pin, u) P(d5_pin, u)       \
		P(d6_pin, u) P(d7_pin, u) P(delay_ticks, u))

#define RESPONSES_SPI(X) X(spi_transfer_response, P(oid, c) P(response, s))

#define COMMANDS_SPI(X)                                                        \
	X(spi_transfer, 0, P(oid, c) P(data, s))                               \
	X(spi_send, 0, P(oid, c) P(data, s))                                   \
	X(config_spi, 0, P(oid, c) P(pin, u) P(cs_active_high, c))             \
	X(config_spi_without_cs, 0, P(oid, c))                                 \
	X(spi_set_bus, 0, P(oid, c) P(spi_bus, u) P(mode, u) P(rate, u))       \
	X(spi_set_sw_bus, 0,                                                   \
	    P(oid, c) P(miso_pin, u) P(mosi_pin, u) P(sclk_pin, u) P(mode, u)  \
		P(pulse_ticks, u))                                             \
	X(config_spi_shutdown, 0, P(oid, c) P(spi_oid, c) P(shutdown_msg, s))

#define RESPONSES_BULK(X)                                                      \
	X(sensor_bulk_data, P(oid, c) P(sequence, hu) P(data, s))              \
	X(sensor_bulk_status,                                                  \
	    P(oid, c) P(clock, u) P(query_ticks, u) P(next_sequence, hu)       \
		P(buffered, u) P(possible_overflows, hu))

#define COMMANDS_BULK(X)                                                       \
	X(query_adxl345_status, 0, P(oid, c))                                  \
	X(query_adxl345, 0, P(oid, c) P(rest_ticks, u))                        \
	X(config_adxl345, 0, P(oid, c) P(spi_oid, c))

#define RESPONSES_I2C(X)                                                       \
	X(i2c_response, P(oid, c) P(i2c_bus_status, c) P(response, s))

#define COMMANDS_I2C(X)                                                        \
	X(i2c_transfer, 0, P(oid, c) P(write, s) P(read_len, u))               \
	X(config_i2c, 0, P(oid, c))                                            \
	X(i2c_set_bus, 0, P(oid, c) P(i2c_bus, u) P(rate, u) P(address, u))    \
	X(i2c_set_sw_bus, 0,                                                   \
	    P(oid, c) P(scl_pin, u) P(sda_pin, u) P(pulse_ticks, u)            \
		P(address, u))

#define RESPONSES_TMCUART(X) X(tmcuart_response, P(oid, c) P(read, s))

#define COMMANDS_TMCUART(X)                                                    \
	X(tmcuart_send, 0, P(oid, c) P(write, s) P(read, c))                   \
	X(config_tmcuart, 0,                                                   \
	    P(oid, c) P(rx_pin, u) P(pull_up, c) P(tx_pin, u) P(bit_time, u))

#define RESPONSES_THERMOCOUPLE(X)                                              \
	X(thermocouple_result,                                                 \
	    P(oid, c) P(next_clock, u) P(value, u) P(fault, c))

#define COMMANDS_THERMOCOUPLE(X)                                               \
	X(query_thermocouple, 0,                                               \
	    P(oid, c) P(clock, u) P(rest_ticks, u) P(min_value, u)             \
		P(max_value, u) P(max_invalid_count, c))                       \
	X(config_thermocouple, 0,                                              \
	    P(oid, c) P(spi_oid, c) P(thermocouple_type, c))

#define RESPONSES_COUNTER(X)                                                   \
	X(counter_state,                                                       \
	    P(oid, c) P(next_clock, u) P(count, u) P(count_clock, u))

#define COMMANDS_COUNTER(X)                                                    \
	X(query_counter, 0,                                                    \
	    P(oid, c) P(clock, u) P(poll_ticks, u) P(sample_ticks, u))         \
	X(config_counter, 0, P(oid, c) P(pin, u) P(pull_up, c))

#define RESPONSES_NEOPIXEL(X) X(neopixel_result, P(oid, c) P(success, c))

#define COMMANDS_NEOPIXEL(X)                                                   \
	X(neopixel_update, 0, P(oid, c) P(pos, hu) P(data, s))                 \
	X(neopixel_send, 0, P(oid, c))                                         \
	X(config_neopixel, 0,                                                  \
	    P(oid, c) P(pin, u) P(data_size, hu) P(bit_max_ticks, u)           \
		P(reset_min_ticks, u))

#define COMMANDS_FIFO(X)                                                       \
	X(query_lis2dw_status, 0, P(oid, c))                                   \
	X(query_lis2dw, 0, P(oid, c) P(rest_ticks, u))                         \
	X(config_lis2dw, 0,                                                    \
	    P(oid, c) P(bus_oid, c) P(bus_oid_type, c) P(lis_chip_type, c))    \
	X(query_mpu9250_status, 0, P(oid, c))                                  \
	X(query_mpu9250, 0, P(oid, c) P(rest_ticks, u))                        \
	X(config_mpu9250, 0, P(oid, c) P(i2c_oid, c))                          \
	X(query_icm20948_status, 0, P(oid, c))                                 \
	X(query_icm20948, 0, P(oid, c) P(rest_ticks, u))                       \
	X(config_icm20948, 0, P(oid, c) P(i2c_oid, c))                         \
	X(query_bmi160_status, 0, P(oid, c))                                   \
	X(query_bmi160, 0, P(oid, c) P(rest_ticks, u))                         \
	X(config_bmi160, 0, P(oid, c) P(bus_oid, c) P(bus_oid_type, c))

/* --- all of them -------------------------------------------------------- */

#define FW_RESPONSES(X)                                                        \
	RESPONSES_BASIC(X)                                                     \
	RESPONSES_ENDSTOP(X)                                                   \
	RESPONSES_ADC(X)                                                       \
	RESPONSES_STEPPER(X)                                                   \
	RESPONSES_BULK(X)                                                      \
	RESPONSES_SPI(X)                                                       \
	RESPONSES_BUTTONS(X)                                                   \
	RESPONSES_I2C(X)                                                       \
	RESPONSES_TMCUART(X)                                                   \
	RESPONSES_THERMOCOUPLE(X)                                              \
	RESPONSES_COUNTER(X)                                                   \
	RESPONSES_NEOPIXEL(X)

#define FW_COMMANDS(X)                                                         \
	COMMANDS_STEPPER(X)                                                    \
	COMMANDS_ENDSTOP(X)                                                    \
	COMMANDS_OUTPUT(X)                                                     \
	COMMANDS_PWM(X)                                                        \
	COMMANDS_ADC(X)                                                        \
	COMMANDS_BASIC(X)                                                      \
	COMMANDS_SPI(X)                                                        \
	COMMANDS_BULK(X)                                                       \
	COMMANDS_BUTTONS(X)                                                    \
	COMMANDS_DISPLAY(X)                                                    \
	COMMANDS_I2C(X)                                                        \
	COMMANDS_TMCUART(X)                                                    \
	COMMANDS_THERMOCOUPLE(X)                                               \
	COMMANDS_COUNTER(X)                                                    \
	COMMANDS_NEOPIXEL(X)                                                   \
	COMMANDS_FIFO(X)

/* the reasons of shutdown(); hosts key their help texts on the words */
#define FW_STRINGS(X)                                                          \
	X(TIMER_TOO_CLOSE, "Timer too close")                                  \
	X(TIMER_PAST, "Rescheduled timer in the past")                         \
	X(SENTINEL, "sentinel timer called")                                   \
	X(COMMAND_REQUEST, "Command request")                                  \
	X(NOT_SHUTDOWN, "Shutdown cleared when not shutdown")                  \
	X(INVALID_COMMAND, "Invalid command")                                  \
	X(PARSER, "Command parser error")                                      \
	X(OIDS_ALLOCATED, "oids already allocated")                            \
	X(OID_TAKEN, "Can't assign oid")                                       \
	X(OID_TYPE, "Invalid oid type")                                        \
	X(NO_MEMORY, "alloc_chunk failed")                                     \
	X(NO_MEMORY_MOVES, "alloc_chunks failed")                              \
	X(MOVE_SIZE, "Invalid move request size")                              \
	X(MOVE_OVERFLOW, "Move queue overflow")                                \
	X(FINALIZED, "Already finalized")                                      \
	X(STEP_COUNT, "Invalid count parameter")                               \
	X(STEP_PAST, "Stepper too far in past")                                \
	X(STEP_ACTIVE, "Can't reset time when stepper active")                 \
	X(SIGNAL_ACTIVE, "Can't add signal that is already active")            \
	X(OUT_MISSED, "Missed scheduling of next digital out event")           \
	X(OUT_EXCEED, "Scheduled digital out event will exceed max_duration")  \
	X(OUT_PENDING,                                                         \
	    "Can not set soft pwm cycle ticks while updates pending")          \
	X(OUT_QUEUE, "update_digital_out not valid with active queue")         \
	X(PWM_MISSED, "Missed scheduling of next hard pwm event")              \
	X(PWM_EXCEED, "Scheduled pwm event will exceed max_duration")          \
	X(ADC_RANGE, "ADC out of range")                                       \
	X(ADC_BYTES, "Invalid analog_in bytes_per_report")                     \
	X(NOT_PIN, "Not a valid pin")                                          \
	X(NOT_OUTPUT, "Not an output pin")                                     \
	X(NOT_INPUT, "Not a valid input pin")                                  \
	X(NOT_ADC, "Not a valid ADC pin")                                      \
	X(NOT_PWM, "Not a valid PWM pin")                                      \
	X(PWM_SPEED, "PWM already programmed at different speed")              \
	X(WATCHDOG, "Watchdog timer!")                                         \
	X(BUTTONS_MAX, "Max of 8 buttons")                                     \
	X(BUTTONS_POS, "Set button past maximum button count")                 \
	X(BUTTONS_RETRANSMIT, "Invalid buttons retransmit count")              \
	X(SPI_CONFIG, "Invalid spi config")                                    \
	X(SPI_BUS, "Invalid spi bus")                                          \
	X(SPI_PARAMETERS, "Invalid spi_setup parameters")                      \
	X(I2C_BUS, "Unsupported i2c bus")                                      \
	X(I2C_NACK, "I2C NACK")                                                \
	X(I2C_START_NACK, "I2C START NACK")                                    \
	X(I2C_START_READ_NACK, "I2C START READ NACK")                          \
	X(I2C_TIMEOUT, "I2C Timeout")                                          \
	X(RESET_RUNNING, "config_reset only available when shutdown")          \
	X(RESET_INDEX, "No such motor in the reset state")                     \
	X(TMCUART_LARGE, "tmcuart data too large")                             \
	X(THERMOCOUPLE_TYPE, "Invalid thermocouple chip type")                 \
	X(THERMOCOUPLE_FAULT, "Thermocouple reader fault")                     \
	X(NEOPIXEL_SIZE, "Invalid neopixel data_size")                         \
	X(NEOPIXEL_UPDATE, "Invalid neopixel update command")                  \
	X(MODEL_TYPE, "model type invalid")                                    \
	X(BUS_TYPE, "bus_type invalid")

/* what a module does: when a flag of its own is up, when all stops */
#define FW_TASKS(X)                                                            \
	X(command)                                                             \
	X(stepper)                                                             \
	X(trsync)                                                              \
	X(adc)                                                                 \
	X(bulk)                                                                \
	X(buttons)                                                             \
	X(tmcuart)                                                             \
	X(thermocouple)                                                        \
	X(counter)                                                             \
	X(fifo_sensor)                                                         \
	X(stats)

#define FW_MODULES(X)                                                          \
	X(basic)                                                               \
	X(stepper)                                                             \
	X(trsync)                                                              \
	X(endstop)                                                             \
	X(digital_out)                                                         \
	X(pwm_out)                                                             \
	X(adc)                                                                 \
	X(spi)                                                                 \
	X(bulk)                                                                \
	X(buttons)                                                             \
	X(display)                                                             \
	X(i2c)                                                                 \
	X(tmcuart)                                                             \
	X(thermocouple)                                                        \
	X(counter)                                                             \
	X(neopixel)                                                            \
	X(fifo_sensor)

#endif
