/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Commands that every firmware has, the oid table and the move pool. */
#include "mcu-fw/core/basic.h"

#include <string.h>

#include "mcu-fw/core/command.h"
#include "mcu-fw/core/sched.h"
#include "mcu-fw/core/survive.h"

#define STATS_TICKS	  (HAL_CLOCK_FREQ * 5ul)
#define STATS_SUMSQ_SHIFT 8
#define MOVES_MAX	  1024
#define MEMORY_ALIGN	  sizeof(void *)
/* the way from a command into the list of timers */
#define OUT_SOON_TICKS (HAL_CLOCK_FREQ / 10000)

static struct oid_entry *oids;
static struct oid_entry *unfinished; /* made by the command under way */
static uint8_t n_oids;
static bool is_final;
static uint32_t config_crc;

static uint8_t *memory_at, *memory_end;
static uint8_t *moves;
static struct move *free_moves;
static uint16_t n_moves, move_size;

static struct {
	uint32_t start, count, sum, sumsq;
	uint32_t high, last; /* the wraps of the clock */
} stats;

/* --- memory ------------------------------------------------------------- */

void *
memory_new(uint32_t size)
{
	void *p = memory_at;

	size =
	    (size + (uint32_t)MEMORY_ALIGN - 1) & ~((uint32_t)MEMORY_ALIGN - 1);
	if (is_final || size > (uint32_t)(memory_end - memory_at))
		shutdown(STR_NO_MEMORY);
	memory_at += size;
	memset(p, 0, size);
	return p;
}

void *
oid_new(uint8_t oid, const void *kind, uint16_t size)
{
	if (is_final || oid >= n_oids || oids[oid].kind)
		shutdown(STR_OID_TAKEN);
	oids[oid].object = memory_new(size);
	oids[oid].kind = kind;
	unfinished = &oids[oid];
	return oids[oid].object;
}

void
oid_finished(void)
{
	unfinished = 0;
}

void *
oid_get(uint8_t oid, const void *kind)
{
	if (oid >= n_oids || oids[oid].kind != kind)
		shutdown(STR_OID_TYPE);
	return oids[oid].object;
}

void *
oid_next(uint8_t *oid, const void *kind)
{
	while (*oid < n_oids) {
		const struct oid_entry *e = &oids[(*oid)++];

		if (e->kind == kind)
			return e->object;
	}
	return 0;
}

const struct oid_entry *
oid_table(uint8_t *n)
{
	*n = n_oids;
	return oids;
}

/* --- moves -------------------------------------------------------------- */

void
move_request(uint8_t size)
{
	if (is_final)
		shutdown(STR_MOVE_SIZE);
	if (size > move_size)
		move_size = size;
}

static void
make_moves(void)
{
	uint32_t size = (move_size + (uint32_t)MEMORY_ALIGN - 1) &
			~((uint32_t)MEMORY_ALIGN - 1);

	if (size == 0)
		size = sizeof(struct move);
	move_size = (uint16_t)size;
	n_moves = 0;
	moves = memory_at;
	while (
	    size <= (uint32_t)(memory_end - memory_at) && n_moves < MOVES_MAX) {
		memory_at += size;
		n_moves++;
	}
	if (n_moves == 0)
		shutdown(STR_NO_MEMORY_MOVES);
}

static void
free_all_moves(void)
{
	uint8_t *p = moves + (uint32_t)n_moves * move_size;

	free_moves = 0;
	for (uint16_t i = 0; i < n_moves; i++) {
		p -= move_size;
		move_free(p);
	}
}

void *
move_new(void)
{
	uint8_t irq = hal_irq_save();
	struct move *m = free_moves;

	if (!m)
		shutdown(STR_MOVE_OVERFLOW);
	free_moves = m->next;
	hal_irq_restore(irq);
	return m;
}

/* Interrupts are off. */
void
move_free(void *p)
{
	struct move *m = p;

	m->next = free_moves;
	free_moves = m;
}

void
move_queue_init(struct move_queue *q)
{
	q->first = 0;
	q->last = &q->first;
}

bool
move_push(struct move_queue *q, struct move *m)
{
	bool was_empty = !q->first;

	m->next = 0;
	if (was_empty)
		q->first = m;
	else
		*q->last = m;
	q->last = &m->next;
	return was_empty;
}

void *
move_pop(struct move_queue *q)
{
	struct move *m = q->first;

	if (m)
		q->first = m->next;
	return m;
}

uint16_t
moves_total(void)
{
	return n_moves;
}

uint32_t
out_clock(uint32_t clock, uint32_t late, const uint32_t *last)
{
	uint32_t soonest = (last ? *last : hal_ticks()) + OUT_SOON_TICKS;

	if (late && ticks_before(clock, soonest) &&
	    !ticks_before(clock + late, soonest))
		return soonest;
	return clock;
}

/* --- configuration ------------------------------------------------------ */

void
command_allocate_oids(uint32_t *args)
{
	if (oids)
		shutdown(STR_OIDS_ALLOCATED);
	oids = memory_new((uint32_t)((uint8_t)args[0] * sizeof(*oids)));
	n_oids = (uint8_t)args[0];
}

void
command_finalize_config(uint32_t *args)
{
	if (is_final)
		shutdown(STR_FINALIZED);
	make_moves();
	free_all_moves();
	config_crc = args[0];
	is_final = true;
	survive_note(config_crc);
}

void
command_get_config(uint32_t *args)
{
	(void)args;
	RESPOND(config, is_final, config_crc, sched_is_shutdown(), n_moves);
}

void
command_identify(uint32_t *args)
{
	const uint8_t *data;
	uint32_t size, at = args[0];
	uint8_t n = (uint8_t)args[1];

	data = dictionary_data(&size);
	if (at >= size)
		n = 0;
	else if (n > size - at)
		n = (uint8_t)(size - at);
	command_respond_flash(at, data + (n ? at : 0), n);
}

void
command_reset(uint32_t *args)
{
	(void)args;
	hal_reset();
}

void
command_config_reset(uint32_t *args)
{
	(void)args;
	if (!sched_is_shutdown())
		shutdown(STR_RESET_RUNNING);
	hal_reset();
}

void
command_emergency_stop(uint32_t *args)
{
	(void)args;
	shutdown(STR_COMMAND_REQUEST);
}

void
command_clear_shutdown(uint32_t *args)
{
	(void)args;
	sched_clear_shutdown();
}

/* --- clock and statistics ----------------------------------------------- */

void
command_get_clock(uint32_t *args)
{
	(void)args;
	RESPOND(clock, hal_ticks());
}

void
command_get_uptime(uint32_t *args)
{
	uint32_t now = hal_ticks();

	(void)args;
	RESPOND(uptime, stats.high + (now < stats.last), now);
}

/* Once a pass of the main loop. */
void
stats_add(uint32_t busy)
{
	uint32_t square;

	stats.count++;
	stats.sum += busy;
	if (busy > 0xffff)
		square = (busy >> 8) > 0xffff ? 0xffffffff
					      : (busy >> 8) * (busy >> 8) * 256;
	else
		square = (busy * busy + 255) >> STATS_SUMSQ_SHIFT;
	stats.sumsq =
	    stats.sumsq + square < square ? 0xffffffff : stats.sumsq + square;
}

/* Every 100 ms; it counts the wraps and reports each 5 s. */
void
stats_task(void)
{
	uint32_t now = hal_ticks();

	if (now < stats.last)
		stats.high++;
	stats.last = now;
	if (ticks_before(now, stats.start + STATS_TICKS))
		return;
	RESPOND(stats, stats.count + 1, stats.sum, stats.sumsq);
	stats.start = now;
	stats.count = stats.sum = stats.sumsq = 0;
}

/* --- debugging ---------------------------------------------------------- */

void
command_debug_ping(uint32_t *args)
{
	command_respond(
	    RSP_pong, 0, 0, (uint8_t)args[0], command_bytes(args[1]));
}

void
command_debug_nop(uint32_t *args)
{
	(void)args;
}

#ifdef HAL_ADDRESS_SPACE
#define AT(type, address) (*(volatile type *)(uintptr_t)(address))

void
command_debug_read(uint32_t *args)
{
	uint32_t v = args[0] == 0   ? AT(uint8_t, args[1])
		     : args[0] == 1 ? AT(uint16_t, args[1])
				    : AT(uint32_t, args[1]);

	RESPOND(debug_result, v);
}

void
command_debug_write(uint32_t *args)
{
	if (args[0] == 0)
		AT(uint8_t, args[1]) = (uint8_t)args[2];
	else if (args[0] == 1)
		AT(uint16_t, args[1]) = (uint16_t)args[2];
	else
		AT(uint32_t, args[1]) = args[2];
}
#else
void
command_debug_read(uint32_t *args)
{
	(void)args;
	RESPOND(debug_result, 0);
}

void
command_debug_write(uint32_t *args)
{
	(void)args;
}
#endif

/* --- the module --------------------------------------------------------- */

void
basic_init(void)
{
	uint32_t size;

	survive_begin();
	oids = unfinished = 0;
	n_oids = 0;
	is_final = false;
	config_crc = 0;
	n_moves = move_size = 0;
	free_moves = 0;
	memory_at = hal_memory(&size);
	memory_end = memory_at + size;
	memset(&stats, 0, sizeof(stats));
	stats.start = stats.last = hal_ticks();
}

void
basic_shutdown(void)
{
	/* a pin that is none ended its making: it has nothing to put in a safe
	 * state, and no other module may try */
	if (unfinished)
		unfinished->kind = 0;
	unfinished = 0;
	if (is_final)
		free_all_moves();
}
