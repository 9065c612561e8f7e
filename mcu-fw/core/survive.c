/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Finds the motors of the last life in the memory that a reset left. */
#include "mcu-fw/core/survive.h"

#include <stddef.h>

#include "mcu-fw/core/basic.h"
#include "mcu-fw/core/command.h"
#include "mcu-fw/core/stepper.h"

#ifndef HAL_NOINIT
#define HAL_NOINIT
#endif

#define MOTORS_MAX 16
#define LIFE_MAGIC 0x4c494645
#define TOLD_MAGIC 0x544f4c44

/* The life that goes on; its last members change. */
static HAL_NOINIT struct life {
	uint32_t magic;
	const void *memory;
	const struct oid_entry *oids;
	uint32_t config_crc;
	uint32_t objects; /* their checksum */
	uint8_t n_oids;
	uint32_t check; /* of all above */
	uint16_t reason, not_reason;
} life;

/* The report of the one before. */
static HAL_NOINIT struct report {
	uint32_t magic;
	uint32_t config_crc;
	uint16_t reason;
	uint8_t n;
	struct {
		uint8_t oid;
		int32_t position;
		uint32_t gap;
	} motor[MOTORS_MAX];
	uint32_t check;
} report;

static uint32_t
sum(uint32_t h, const void *data, uint8_t n)
{
	const uint8_t *p = data;

	while (n-- > 0)
		h = ((h << 5) | (h >> 27)) ^ *p++;
	return h;
}

static uint32_t
sum_life(void)
{
	uint32_t size;

	/* another firmware has another dictionary */
	dictionary_data(&size);
	return sum(size, &life, offsetof(struct life, check));
}

static uint32_t
sum_report(void)
{
	return sum(1, &report, offsetof(struct report, check));
}

/* A pointer out of a memory that was damaged must not be followed. */
static bool
is_motor(const struct oid_entry *e)
{
	uint32_t size;
	const uint8_t *memory = hal_memory(&size), *p = e->object;

	return stepper_is(e->kind) && p >= memory &&
	       p + sizeof(struct stepper) <= memory + size;
}

/* Where the objects are and what of each motor stays the same. */
static uint32_t
sum_objects(const struct oid_entry *oids, uint8_t n)
{
	uint32_t h = 2;

	while (n-- > 0) {
		h = sum(h, oids, sizeof(*oids));
		if (is_motor(oids))
			h = stepper_sum(h, oids->object, sum);
		oids++;
	}
	return h;
}

static bool
life_is_sound(void)
{
	uint32_t size;
	const void *memory = hal_memory(&size);

	return life.magic == LIFE_MAGIC && life.memory == memory &&
	       life.check == sum_life() &&
	       life.objects == sum_objects(life.oids, life.n_oids);
}

static void
make_report(void)
{
	report.magic = TOLD_MAGIC;
	report.config_crc = life.config_crc;
	report.reason =
	    (life.reason ^ life.not_reason) == 0xffff ? life.reason : 0;
	report.n = 0;
	for (uint8_t oid = 0; oid < life.n_oids; oid++) {
		const struct oid_entry *e = &life.oids[oid];

		if (!is_motor(e) || report.n == MOTORS_MAX)
			continue;
		report.motor[report.n].oid = oid;
		report.motor[report.n].gap = stepper_gap(e->object);
		report.motor[report.n++].position =
		    (int32_t)stepper_position(e->object);
	}
	report.check = sum_report();
}

void
survive_begin(void)
{
	if (life_is_sound()) {
		make_report();
	} else if (report.magic != TOLD_MAGIC || report.n > MOTORS_MAX ||
		   report.check != sum_report()) {
		report.n = 0;
		report.config_crc = report.reason = 0;
	}
	life.magic = 0;
}

void
survive_note(uint32_t config_crc)
{
	uint32_t size;

	life.magic = LIFE_MAGIC;
	life.memory = hal_memory(&size);
	life.oids = oid_table(&life.n_oids);
	life.config_crc = config_crc;
	life.objects = sum_objects(life.oids, life.n_oids);
	life.check = sum_life();
	survive_note_reason(0);
}

void
survive_note_reason(uint16_t reason)
{
	life.reason = reason;
	life.not_reason = (uint16_t)~reason;
}

void
command_get_reset_state(uint32_t *args)
{
	(void)args;
	/* a life that was shut down has ended as well */
	if (sched_is_shutdown() && life_is_sound())
		make_report();
	RESPOND(reset_state, report.n, report.config_crc, report.reason);
}

void
command_get_reset_position(uint32_t *args)
{
	uint8_t i = (uint8_t)args[0];

	if (i >= report.n)
		shutdown(STR_RESET_INDEX);
	RESPOND(reset_position, report.motor[i].oid,
	    (uint32_t)report.motor[i].position, report.motor[i].gap);
}
