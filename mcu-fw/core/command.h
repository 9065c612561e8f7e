/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Frames from the host become calls; answers become frames. */
#ifndef GANTRY_FW_COMMAND_H
#define GANTRY_FW_COMMAND_H

#include <stdbool.h>
#include <stdint.h>

#include "mcu-fw/core/messages.h"

/*
 * A handler gets its parameters in signature order, each as 32 bits; signed
 * ones are to be cast.  A parameter of bytes takes two places: the length,
 * then where they stand, for command_bytes().  They are gone when it returns.
 */
#define COMMAND_ARGS_MAX 16
const uint8_t *command_bytes(uint32_t where);

#define FW_DECLARE_HANDLER(name, flags, params)                                \
	void command_##name(uint32_t *args);
FW_COMMANDS(FW_DECLARE_HANDLER)
#undef FW_DECLARE_HANDLER
void command_identify(uint32_t *args);

/* The numbers: identify_response 0, identify 1, then as they stand. */
#define FW_NUMBER_RESPONSE(name, params)       RSP_##name,
#define FW_NUMBER_COMMAND(name, flags, params) CMD_##name,
enum fw_message {
	FW_RESPONSES(FW_NUMBER_RESPONSE) FW_N_RESPONSES,
	FW_BEFORE_COMMANDS = FW_N_RESPONSES - 1,
	FW_COMMANDS(FW_NUMBER_COMMAND) FW_N_MESSAGES
};
#undef FW_NUMBER_RESPONSE
#undef FW_NUMBER_COMMAND

/* The number on the wire: identify takes 1, what follows moves up by one. */
static inline uint16_t
fw_message_id(uint16_t message)
{
	return (uint16_t)(message + (message > 0));
}

/* How many numbers a response carries. */
#define P_IS_NUMBER_u  1
#define P_IS_NUMBER_i  1
#define P_IS_NUMBER_hu 1
#define P_IS_NUMBER_hi 1
#define P_IS_NUMBER_c  1
#define P_IS_NUMBER_s  0
#define P_IS_NUMBER_d  0
#define P(name, type)  +P_IS_NUMBER_##type
enum {
#define FW_COUNT(name, params) RSP_NUMBERS_##name = (0 params),
	FW_RESPONSES(FW_COUNT)
#undef FW_COUNT
};
#undef P
/*
 * RESPOND(name, number, ...) sends a response, RESPOND_BYTES() one that ends in
 * bytes.  False: there was no room and it is lost.  The count of the numbers is
 * checked when compiled.
 */
#define RESPOND(name, ...)                                                     \
	RESPOND_BYTES_(name, ((const uint32_t[]){__VA_ARGS__}),                \
	    sizeof((const uint32_t[]){__VA_ARGS__}) / 4, 0,                    \
	    (const uint8_t *)0)
#define RESPOND_BYTES(name, len, data, ...)                                    \
	RESPOND_BYTES_(name, ((const uint32_t[]){__VA_ARGS__}),                \
	    sizeof((const uint32_t[]){__VA_ARGS__}) / 4, (len), (data))
#define RESPOND_BYTES_(name, v, n, len, data)                                  \
	command_respond(RSP_##name,                                            \
	    (uint8_t)(RSP_NUMBERS_##name +                                     \
		      0 * sizeof(char[(n) == RSP_NUMBERS_##name ? 1 : -1])),   \
	    (v), (len), (data))
bool command_respond(uint8_t message, uint8_t n, const uint32_t *v, uint8_t len,
    const uint8_t *data);
/* One without parameters. */
bool command_respond_empty(uint8_t message);
/* identify_response: its bytes lie in flash. */
bool command_respond_flash(uint32_t offset, const uint8_t *data, uint8_t len);

/* The expected sequence is 0 again: after a reset only. */
void command_init(void);
void command_task(void);
/* Bytes have come: let command_task() run. */
void command_wake(void);
/* The link's figures. */
struct command_stats {
	uint32_t frames_good, frames_bad, frames_repeated;
	uint32_t frames_sent, frames_lost;
};
extern struct command_stats command_stats;

#endif
