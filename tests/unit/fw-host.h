/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A small host for the simulated chip: says lines, keeps the answers. */
#ifndef GANTRY_TESTS_FW_HOST_H
#define GANTRY_TESTS_FW_HOST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* of the next chip; 1 MHz */
extern uint32_t fw_freq;
/* Boots a chip with a fast wire; fetches its dictionary unless that
 * is known since the last fw_end(). */
void fw_begin(void);
void fw_end(void);

/* Sends commands, one a line, in frames of their own; runs them at once. */
void fw_say(const char *lines);
/* Encodes one command into out (FRAME_PAYLOAD_MAX bytes): its length. */
size_t fw_encode(const char *line, uint8_t *out);
/* The same; 0 when it is none. */
size_t fw_encode_any(const char *line, uint8_t *out);
/* Lets time go on to this tick. */
void fw_run(uint64_t until);
/* Sends a frame with this in it. */
void fw_payload(const uint8_t *payload, size_t n);
/* Sends bytes as they are. */
void fw_raw(const void *data, size_t n);

/* The first answer since the last fw_forget() that begins with the word, as
 * "name key=value ..."; "" when there is none. */
const char *fw_answer(const char *begin);
int fw_answers(const char *begin); /* how many */
/* Frames without a message, and the sequence of the last frame of all. */
int fw_empty_frames(void);
int fw_sequence(void);
void fw_forget(void);
/* The sequence that the next frame will carry. */
extern unsigned fw_next_sequence;

/* The changes of a pin, from now on. */
struct fw_pin {
	size_t n;
	uint64_t tick[4096];
	bool level[4096];
};
struct fw_pin *fw_watch(const char *pin); /* freed by fw_end() */

#endif
