/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Accelerometers: read from their FIFO by a task, sent in batches. */
#include "mcu-fw/core/bulk.h"

#include "mcu-fw/core/basic.h"
#include "mcu-fw/core/command.h"
#include "mcu-fw/core/sched.h"
#include "mcu-fw/core/spi.h"

void
bulk_reset(struct bulk *b)
{
	b->sequence = b->overflows = 0;
	b->n = 0;
}

void
bulk_report(struct bulk *b, uint8_t oid)
{
	RESPOND_BYTES(sensor_bulk_data, b->n, b->data, oid, b->sequence);
	b->sequence++;
	b->n = 0;
}

void
bulk_status(struct bulk *b, uint8_t oid, uint32_t clock, uint32_t query_ticks,
    uint32_t in_sensor)
{
	RESPOND(sensor_bulk_status, oid, clock, query_ticks, b->sequence,
	    b->n + in_sensor, b->overflows);
}

/* --- ADXL345 ------------------------------------------------------------ */

#define ADXL_READ	 0x80
#define ADXL_MULTI	 0x40
#define ADXL_DATA	 0x32
#define ADXL_FIFO	 0x39
#define ADXL_FIFO_STREAM 0x90
#define ADXL_FIFO_MAX	 32
#define ADXL_SAMPLE	 5 /* bytes, packed */

/* bits of state; the timer sets DUE, the task does the rest */
enum {
	BULK_RUNNING = 1,
	BULK_DUE = 2
};

struct adxl345 {
	struct timer t;
	uint32_t rest_ticks;
	struct spi *spi;
	volatile uint8_t state;
	struct bulk bulk;
};

static const uint8_t kind_adxl345;

/* AVR: at most 20 cycles */
static enum timer_result
adxl345_event(struct timer *t)
{
	struct adxl345 *a = (struct adxl345 *)t;

	a->state |= BULK_DUE;
	sched_wake(TASK_bulk);
	return TIMER_DONE;
}

/*
 *	x: 7..0 | y: 7..0 | z: 7..0 | z 10..8, x 12..8 | 0, z 12..11, y 12..8
 *
 * All bits set: the reading was none.
 */
static void
pack(uint8_t *d, const uint8_t *m)
{
	uint8_t fifo = m[7] & 0x7f;

	for (uint8_t i = 1; i < 6; i += 2) {
		uint8_t sign = m[i] & 0xf0;

		if ((sign != 0 && sign != 0xf0) || m[6] != ADXL_FIFO_STREAM ||
		    fifo > ADXL_FIFO_MAX) {
			for (i = 0; i < ADXL_SAMPLE; i++)
				d[i] = 0xff;
			return;
		}
	}
	d[0] = m[0];
	d[1] = m[2];
	d[2] = m[4];
	d[3] = (uint8_t)((m[1] & 0x1f) | m[5] << 5);
	d[4] = (uint8_t)((m[3] & 0x1f) | (m[5] << 2 & 0x60));
}

static void
adxl345_read(struct adxl345 *a, uint8_t oid)
{
	uint8_t m[9] = {ADXL_DATA | ADXL_READ | ADXL_MULTI};
	uint8_t fifo, irq;

	spi_exchange(a->spi, true, sizeof(m), m);
	fifo = m[8] & 0x7f;
	if (fifo >= ADXL_FIFO_MAX - 1)
		a->bulk.overflows++;
	pack(a->bulk.data + a->bulk.n, m + 1);
	a->bulk.n += ADXL_SAMPLE;
	if (a->bulk.n + ADXL_SAMPLE > BULK_BYTES_MAX)
		bulk_report(&a->bulk, oid);
	irq = hal_irq_save();
	if (fifo > 1 && fifo <= ADXL_FIFO_MAX) {
		/* more is waiting; other tasks first */
		sched_wake(TASK_bulk);
	} else if (a->state & BULK_RUNNING) {
		a->state &= (uint8_t)~BULK_DUE;
		a->t.waketime = hal_ticks() + a->rest_ticks;
		sched_add(&a->t);
	}
	hal_irq_restore(irq);
}

void
bulk_task(void)
{
	struct adxl345 *a;
	uint8_t next = 0;

	while ((a = oid_next(&next, &kind_adxl345)))
		if (a->state & BULK_DUE)
			adxl345_read(a, (uint8_t)(next - 1));
}

void
command_config_adxl345(uint32_t *args)
{
	struct spi *spi = spi_get((uint8_t)args[1]); /* may shut down */
	struct adxl345 *a =
	    oid_new((uint8_t)args[0], &kind_adxl345, sizeof(*a));

	a->t.func = adxl345_event;
	a->spi = spi;
}

void
command_query_adxl345(uint32_t *args)
{
	struct adxl345 *a = oid_get((uint8_t)args[0], &kind_adxl345);

	sched_del(&a->t);
	a->state = 0;
	if (args[1] == 0)
		return;
	bulk_reset(&a->bulk);
	a->rest_ticks = args[1];
	a->state = BULK_RUNNING;
	a->t.waketime = hal_ticks() + args[1];
	sched_add(&a->t);
}

void
command_query_adxl345_status(uint32_t *args)
{
	struct adxl345 *a = oid_get((uint8_t)args[0], &kind_adxl345);
	uint8_t m[2] = {ADXL_FIFO | ADXL_READ, 0};
	uint32_t before = hal_ticks(), took;

	spi_exchange(a->spi, true, sizeof(m), m);
	took = hal_ticks() - before;
	if ((m[1] & 0x7f) > ADXL_FIFO_MAX)
		return; /* no sane answer; the host asks again */
	bulk_status(&a->bulk, (uint8_t)args[0], before, took,
	    (m[1] & 0x7fu) * ADXL_SAMPLE);
}

void
bulk_init(void)
{
}

void
bulk_shutdown(void)
{
	struct adxl345 *a;
	uint8_t next = 0;

	while ((a = oid_next(&next, &kind_adxl345)))
		a->state = 0;
}
