/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The receiver's state machine, the parser's table, and what is sent. */
#include "mcu-fw/core/command.h"

#include <string.h>

#include "mcu-fw/core/basic.h"
#include "mcu-fw/core/sched.h"
#include "proto/crc16.h"
#include "proto/frame.h"
#include "proto/vlq.h"

enum param_type {
	PARAM_END,
	PARAM_NUMBER,
	PARAM_BYTES
};

struct command {
	void (*handler)(uint32_t *args);
	const uint8_t *params;
	uint8_t flags;
};

#define PARAM_u	      PARAM_NUMBER
#define PARAM_i	      PARAM_NUMBER
#define PARAM_hu      PARAM_NUMBER
#define PARAM_hi      PARAM_NUMBER
#define PARAM_c	      PARAM_NUMBER
#define PARAM_s	      PARAM_BYTES
#define P(name, type) PARAM_##type,

#define PARAMS(name, flags, params)                                            \
	static const uint8_t params_##name[] HAL_FLASH = {params PARAM_END};
FW_COMMANDS(PARAMS)
static const uint8_t params_identify[] HAL_FLASH = {
    PARAM_NUMBER, PARAM_NUMBER, PARAM_END};

#define ROW(name, flags, params) {command_##name, params_##name, flags},
static const struct command commands[] HAL_FLASH = {
    FW_COMMANDS(ROW){command_identify, params_identify, CMD_ANYTIME}};
#undef P
#define ROW_IDENTIFY (FW_N_MESSAGES - FW_N_RESPONSES)

/* two flags of the receiver: skip to a sync byte; the host has been told */
static bool need_sync, told;
static uint8_t next_sequence;
static const uint8_t *frame; /* under way */
static uint8_t out[FRAME_MAX];
struct command_stats command_stats;

/* --- sending ------------------------------------------------------------ */

static bool
finish(uint8_t *end)
{
	uint8_t n = (uint8_t)(end - out);
	uint16_t crc;

	out[0] = (uint8_t)(n + FRAME_TAIL);
	out[1] = next_sequence | FRAME_DEST;
	crc = crc16(out, n);
	end[0] = (uint8_t)(crc >> 8);
	end[1] = (uint8_t)crc;
	end[2] = FRAME_SYNC;
	if (!hal_link_send(out, (uint8_t)(n + FRAME_TAIL))) {
		command_stats.frames_lost++;
		return false;
	}
	command_stats.frames_sent++;
	return true;
}

static uint8_t *
begin(uint8_t message)
{
	uint16_t id = fw_message_id(message);

	/* 96..127 fit one byte as the negative numbers they look like */
	return vlq_put(
	    out + FRAME_HEAD, id >= 96 && id < 128 ? (uint32_t)id - 128 : id);
}

bool
command_respond(uint8_t message, uint8_t n, const uint32_t *v, uint8_t len,
    const uint8_t *data)
{
	uint8_t *p = begin(message);

	/* 5 numbers at the most and a length byte always fit */
	while (n-- > 0)
		p = vlq_put(p, *v++);
	if (data) {
		if (len > out + FRAME_MAX - FRAME_TAIL - 1 - p) {
			command_stats.frames_lost++;
			return false;
		}
		*p++ = len;
		memcpy(p, data, len);
		p += len;
	}
	return finish(p);
}

bool
command_respond_flash(uint32_t offset, const uint8_t *data, uint8_t len)
{
	uint8_t *p = vlq_put(begin(RSP_identify_response), offset);

	if (len > out + FRAME_MAX - FRAME_TAIL - 1 - p)
		return false;
	*p++ = len;
	while (len-- > 0)
		*p++ = hal_flash_far_u8(data++);
	return finish(p);
}

bool
command_respond_empty(uint8_t message)
{
	return finish(begin(message));
}

static void
acknowledge(void)
{
	finish(out + FRAME_HEAD);
}

/* --- running ------------------------------------------------------------ */

const uint8_t *
command_bytes(uint32_t where)
{
	return frame + where;
}

static const uint8_t *
read_number(const uint8_t *p, const uint8_t *end, uint32_t *v)
{
	p = vlq_get(p, end, v);
	if (!p)
		shutdown(STR_PARSER);
	return p;
}

/* The row of the command whose number stands at p, which moves behind it. */
static const struct command *
find_command(const uint8_t **p, const uint8_t *end)
{
	uint32_t id;

	*p = read_number(*p, end, &id);
	if (id >= (uint32_t)-32)
		id &= 0x7f;
	if (id == 1)
		return &commands[ROW_IDENTIFY];
	if (id <= FW_N_RESPONSES || id > FW_N_MESSAGES)
		shutdown(STR_INVALID_COMMAND);
	return &commands[id - 1 - FW_N_RESPONSES];
}

static void
run_commands(const uint8_t *p, const uint8_t *end)
{
	uint32_t args[COMMAND_ARGS_MAX];

	while (p < end) {
		const struct command *c = find_command(&p, end);
		const uint8_t *types = hal_flash_ptr(&c->params);
		uint32_t *a = args;
		uint8_t type;

		while ((type = hal_flash_u8(types)) != PARAM_END) {
			types++;
			if (type == PARAM_NUMBER) {
				p = read_number(p, end, a++);
				continue;
			}
			if (p >= end || *p > end - p - 1)
				shutdown(STR_PARSER);
			a[0] = *p++;
			a[1] = (uint32_t)(p - frame);
			p += a[0];
			a += 2;
		}
		if (sched_is_shutdown() &&
		    !(hal_flash_u8(&c->flags) & CMD_ANYTIME)) {
			sched_report_shutdown();
			continue;
		}
		((void (*)(uint32_t *))hal_flash_ptr(&c->handler))(args);
		oid_finished();
	}
}

/* --- receiving ---------------------------------------------------------- */

/* Up to the next sync byte, it too; none: all, and it is still missed. */
static uint8_t
skip_to_sync(const uint8_t *p, uint8_t n)
{
	const uint8_t *sync = memchr(p, FRAME_SYNC, n);

	need_sync = !sync;
	if (!told) {
		told = true;
		command_stats.frames_bad++;
		acknowledge();
	}
	return sync ? (uint8_t)(sync - p + 1) : n;
}

static bool
is_sound(const uint8_t *p, uint8_t len)
{
	uint16_t crc = crc16(p, (uint8_t)(len - FRAME_TAIL));

	return p[len - 1] == FRAME_SYNC && p[len - 3] == (uint8_t)(crc >> 8) &&
	       p[len - 2] == (uint8_t)crc;
}

/* How many bytes are done with; 0: more must come first. */
static uint8_t
receive(const uint8_t *p, uint8_t n)
{
	uint8_t len = p[0];

	if (need_sync)
		return skip_to_sync(p, n);
	if (n < FRAME_MIN)
		return 0;
	if (len < FRAME_MIN || len > FRAME_MAX ||
	    (p[1] & ~FRAME_SEQ_MASK) != FRAME_DEST)
		return len == FRAME_SYNC ? 1 : skip_to_sync(p, n);
	if (n < len)
		return 0;
	if (!is_sound(p, len))
		return skip_to_sync(p, n);
	told = false;
	if ((p[1] & FRAME_SEQ_MASK) != next_sequence) {
		command_stats.frames_repeated++;
	} else {
		next_sequence = (next_sequence + 1) & FRAME_SEQ_MASK;
		command_stats.frames_good++;
		frame = p;
		run_commands(p + FRAME_HEAD, p + len - FRAME_TAIL);
	}
	acknowledge();
	return len;
}

void
command_task(void)
{
	uint8_t n, done;
	const uint8_t *p = hal_link_peek(&n);

	if (n == 0)
		return;
	done = receive(p, n);
	if (done == 0)
		return;
	hal_link_drop(done);
	if (done < n)
		command_wake();
}

void
command_wake(void)
{
	sched_wake(TASK_command);
}

void
command_init(void)
{
	need_sync = told = false;
	next_sequence = 0;
	memset(&command_stats, 0, sizeof(command_stats));
}
