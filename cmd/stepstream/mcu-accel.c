/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An ADXL345: started, listened to, and its clock set against the board's. */
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "mcu-private.h"
#include "sample-clock.h"

#define STATUS_NS   100000000ll /* between two looks at the sensor's clock */
#define SAMPLE	    5		/* bytes, packed by the firmware */
#define PER_MESSAGE 10
#define STALE	    8 /* messages; a recording begins with number 0 */
#define SPEED_HZ    5000000

struct mcu_accel {
	struct mcu_object base, spi;
	int rate_hz;
	bool running;
	int64_t next_ns;
	int16_t (*raw)[3];
	size_t n, alloc;
	uint64_t sequence;  /* of the message that comes next */
	uint64_t lost, bad; /* samples */
	uint32_t overflows;
	/* sample number against the board's clock, since the first one */
	uint64_t first_clock;
	struct sample_clock clock;
	bool solved;
	size_t hint;
};

static int16_t
thirteen_bits(unsigned v)
{
	return (int16_t)(v & 0x1000 ? (int)v - 0x2000 : (int)v);
}

/* x y z low, then x high and two thirds of z, then y high and the rest */
static void
unpack(struct mcu_accel *a, const uint8_t *d)
{
	int16_t *to;

	ALLOC_GROW(a->raw, a->n + 1, a->alloc);
	to = a->raw[a->n];
	if (d[4] & 0x80) {
		/* no reading: the one before stands in for it */
		a->bad++;
		memset(to, 0, sizeof(a->raw[0]));
		if (a->n > 0)
			memcpy(to, a->raw[a->n - 1], sizeof(a->raw[0]));
		a->n++;
		return;
	}
	to[0] = thirteen_bits(d[0] | (d[3] & 0x1fu) << 8);
	to[1] = thirteen_bits(d[1] | (d[4] & 0x1fu) << 8);
	to[2] = thirteen_bits(d[2] | (d[3] & 0xe0u) << 3 | (d[4] & 0x60u) << 6);
	a->n++;
}

static void
take_data(struct mcu_accel *a, const struct dict_value *v)
{
	uint16_t ahead = (uint16_t)(v[1].num - (uint32_t)a->sequence);

	/* the end of the recording before may still be on its way */
	if (!a->running || ahead >= 0x8000 || (a->n == 0 && ahead > STALE))
		return;
	/* messages that were lost: their samples are held in their place */
	for (unsigned i = 0; i < ahead * PER_MESSAGE; i++) {
		static const uint8_t none[SAMPLE] = {0, 0, 0, 0, 0x80};

		unpack(a, none);
		a->lost++;
	}
	for (size_t i = 0; i + SAMPLE <= v[2].len; i += SAMPLE)
		unpack(a, v[2].data + i);
	a->sequence += ahead + 1u;
}

static void
take_status(struct mcu_accel *a, const struct dict_value *v)
{
	uint64_t clock = mcu_extend_clock(a->base.mcu, v[1].num);
	int16_t behind = (int16_t)((uint16_t)v[3].num - (uint16_t)a->sequence);
	double n = (double)((int64_t)a->sequence + behind) * PER_MESSAGE +
		   (double)(v[4].num / SAMPLE) + 0.5;

	if (!a->running || a->n == 0)
		return;
	if (a->clock.n == 0)
		a->first_clock = clock;
	sample_clock_add(&a->clock,
	    &(struct sample_point){.n = n,
		.clock =
		    (double)(int64_t)(clock - a->first_clock) + v[2].num / 2.0,
		.took = v[2].num,
		.overflows = v[5].num});
	a->overflows = v[5].num;
}

static void
response(
    struct mcu_object *o, enum mcu_response rsp, const struct dict_value *v)
{
	struct mcu_accel *a = (struct mcu_accel *)o;

	if (rsp == MCU_RSP_SENSOR_BULK_DATA)
		take_data(a, v);
	else if (rsp == MCU_RSP_SENSOR_BULK_STATUS)
		take_status(a, v);
}

struct mcu_accel *
mcu_add_accel(
    struct mcu *mcu, const struct machine_pin *cs, const char *bus, int rate_hz)
{
	static const enum mcu_command needed[] = {MCU_CMD_CONFIG_SPI,
	    MCU_CMD_SPI_SET_BUS, MCU_CMD_SPI_SEND, MCU_CMD_CONFIG_ADXL345,
	    MCU_CMD_QUERY_ADXL345, MCU_CMD_QUERY_ADXL345_STATUS};
	struct mcu_accel *a = xcalloc(1, sizeof(*a));

	mcu_new_object(mcu, &a->base, true);
	mcu_new_object(mcu, &a->spi, false);
	a->spi.owned = false;
	a->base.response = response;
	a->rate_hz = rate_hz;
	mcu->accel = a;
	mcu_use_pin(mcu, cs, false);
	for (size_t i = 0; i < sizeof(needed) / sizeof(*needed); i++)
		if (!mcu_need(mcu, needed[i], "listen to an accelerometer"))
			return a;
	mcu_config_line(mcu, &mcu->config_text,
	    "config_spi oid=%d pin=%s cs_active_high=0", a->spi.oid, cs->name);
	mcu_config_line(mcu, &mcu->config_text,
	    "spi_set_bus oid=%d spi_bus=%s mode=3 rate=%d", a->spi.oid, bus,
	    SPEED_HZ);
	mcu_config_line(mcu, &mcu->config_text,
	    "config_adxl345 oid=%d spi_oid=%d", a->base.oid, a->spi.oid);
	mcu_config_line(mcu, &mcu->restart_text,
	    "query_adxl345 oid=%d rest_ticks=0", a->base.oid);
	return a;
}

void
mcu_accel_start(struct mcu_accel *a)
{
	/* standby, 16 g in full resolution, FIFO emptied, rate, stream */
	static const char *const set_up[] = {
	    "2d00", "310b", "3800", NULL, "3890"};
	struct mcu *mcu = a->base.mcu;
	struct buf text = BUF_INIT;
	int code = 0xf;

	for (int rate = 3200; rate > a->rate_hz && code > 8; rate /= 2)
		code--;
	for (size_t i = 0; i < sizeof(set_up) / sizeof(*set_up); i++) {
		buf_addf(&text, "spi_send oid=%d data=", a->spi.oid);
		if (set_up[i])
			buf_addf(&text, "%s\n", set_up[i]);
		else
			buf_addf(&text, "2c%02x\n", (unsigned)code);
	}
	/* four samples a look; measuring begins with the last word */
	buf_addf(&text, "query_adxl345 oid=%d rest_ticks=%u\n", a->base.oid,
	    mcu_ticks(mcu, 4.0 / a->rate_hz));
	buf_addf(&text, "spi_send oid=%d data=2d08\n", a->spi.oid);
	a->n = 0;
	a->sequence = a->lost = a->bad = 0;
	sample_clock_reset(&a->clock);
	a->running = true;
	a->next_ns = 0;
	mcu_send_lines(mcu, &text);
	buf_release(&text);
}

void
mcu_accel_stop(struct mcu_accel *a)
{
	struct buf text = BUF_INIT;

	buf_addf(&text,
	    "query_adxl345 oid=%d rest_ticks=0\nspi_send oid=%d data=2d00\n",
	    a->base.oid, a->spi.oid);
	mcu_send_lines(a->base.mcu, &text);
	buf_release(&text);
	a->running = false;
}

int64_t
mcu_accel_poll(struct mcu_accel *a, int64_t now_ns)
{
	if (!a || !a->running)
		return INT64_MAX;
	if (now_ns >= a->next_ns) {
		MCU_SEND(a->base.mcu, &a->base.mcu->misc, 0, 0,
		    MCU_CMD_QUERY_ADXL345_STATUS, a->base.oid);
		a->next_ns = now_ns + STATUS_NS;
	}
	return a->next_ns;
}

void
mcu_accel_result(struct mcu_accel *a, struct mcu_accel_result *r)
{
	*r = (struct mcu_accel_result){.n = a->n,
	    .raw = (const int16_t(*)[3])a->raw,
	    .lost = a->lost,
	    .bad = a->bad - a->lost,
	    .overflows = a->overflows};
	a->solved = sample_clock_solve(&a->clock) == 0;
	a->hint = 0;
}

double
mcu_accel_time(struct mcu_accel *a, size_t i)
{
	if (!a->solved)
		return (double)i / a->rate_hz;
	return ((double)a->first_clock +
		   sample_clock_at(&a->clock, (double)i, &a->hint)) /
	       a->base.mcu->freq;
}

void
mcu_accel_free(struct mcu_accel *a)
{
	if (!a)
		return;
	free(a->raw);
	sample_clock_release(&a->clock);
}
