/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An accelerometer: started, listened to, its clock set against the board's. */
#include "mcu-accel.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "cli/cli.h"
#include "mcu-private.h"
#include "sample-clock.h"

#define STATUS_NS 100000000ll /* between two looks at the sensor's clock */
#define WAKE_NS	  60000000ll  /* until a sensor is out of its sleep */
#define STALE	  8	      /* messages; a recording begins with number 0 */
#define PURPOSE	  "listen to this accelerometer"

struct mcu_accel {
	struct mcu_object base, bus;
	const struct accel_chip *chip;
	const struct mcu_accel_wires *wires;
	bool on_spi;
	bool woken, running;
	bool waiting; /* to be started once it is awake */
	int64_t next_ns, awake_ns;
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

/* no reading: the one before stands in for it */
static void
no_sample(struct mcu_accel *a)
{
	int16_t *to;

	ALLOC_GROW(a->raw, a->n + 1, a->alloc);
	to = a->raw[a->n];
	memset(to, 0, sizeof(a->raw[0]));
	if (a->n > 0)
		memcpy(to, a->raw[a->n - 1], sizeof(a->raw[0]));
	a->n++;
}

static void
take_words(struct mcu_accel *a, const uint8_t *d)
{
	bool big = a->chip->big_endian;

	ALLOC_GROW(a->raw, a->n + 1, a->alloc);
	for (int i = 0; i < 3; i++, d += 2)
		a->raw[a->n][i] = (int16_t)(d[big] | d[!big] << 8);
	a->n++;
}

/* An ADXL345's, packed by the firmware: x y z low, then x high and two thirds
 * of z, then y high and the rest. */
static void
take_packed(struct mcu_accel *a, const uint8_t *d)
{
	int16_t *to;

	if (d[4] & 0x80) {
		a->bad++;
		no_sample(a);
		return;
	}
	ALLOC_GROW(a->raw, a->n + 1, a->alloc);
	to = a->raw[a->n];
	to[0] = thirteen_bits(d[0] | (d[3] & 0x1fu) << 8);
	to[1] = thirteen_bits(d[1] | (d[4] & 0x1fu) << 8);
	to[2] = thirteen_bits(d[2] | (d[3] & 0xe0u) << 3 | (d[4] & 0x60u) << 6);
	a->n++;
}

static void
take_data(struct mcu_accel *a, const struct dict_value *v)
{
	uint16_t ahead = (uint16_t)(v[1].num - (uint32_t)a->sequence);
	size_t size = (size_t)a->chip->sample;

	/* the end of the recording before may still be on its way */
	if (!a->running || ahead >= 0x8000 || (a->n == 0 && ahead > STALE))
		return;
	/* messages that were lost: their samples are held in their place */
	for (int i = 0; i < ahead * a->chip->per_message; i++) {
		no_sample(a);
		a->lost++;
	}
	for (size_t i = 0; i + size <= v[2].len; i += size)
		if (a->chip->sample == 5)
			take_packed(a, v[2].data + i);
		else
			take_words(a, v[2].data + i);
	a->sequence += ahead + 1u;
}

static void
take_status(struct mcu_accel *a, const struct dict_value *v)
{
	uint64_t clock = mcu_extend_clock(a->base.mcu, v[1].num);
	int16_t behind = (int16_t)((uint16_t)v[3].num - (uint16_t)a->sequence);
	double n =
	    (double)((int64_t)a->sequence + behind) * a->chip->per_message +
	    (double)(v[4].num / (uint32_t)a->chip->sample) + 0.5;

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

/* The bus: a write that nobody acknowledged. */
static void
answered(
    struct mcu_object *o, enum mcu_response rsp, const struct dict_value *v)
{
	struct mcu_accel *a = o->context;

	if (rsp == MCU_RSP_I2C_RESPONSE && v[1].num != 0)
		mcu_fail(o->mcu, EXIT_NO_DEVICE,
		    "the %s does not answer at its address 0x%02x: check its "
		    "wires, its bus and i2c_address",
		    a->chip->section, (unsigned)a->wires->i2c_address);
}

/* config_spi or config_i2c, and where the bus is */
static void
add_bus(struct mcu_accel *a)
{
	const struct mcu_accel_wires *w = a->wires;
	struct mcu *mcu = a->base.mcu;
	struct buf *text = &mcu->config_text;
	int oid = a->bus.oid;

	for (int i = 0; i < 3 && !w->bus && w->line[i].name; i++)
		mcu_use_pin(mcu, &w->line[i], true);
	if (a->on_spi) {
		mcu_use_pin(mcu, &w->cs, false);
		mcu_config_line(mcu, text,
		    "config_spi oid=%d pin=%s cs_active_high=0", oid,
		    w->cs.name);
		if (w->bus)
			mcu_config_line(mcu, text,
			    "spi_set_bus oid=%d spi_bus=%s mode=%d rate=%d",
			    oid, w->bus, a->chip->spi_mode, w->speed_hz);
		else
			mcu_config_line(mcu, text,
			    "spi_set_sw_bus oid=%d miso_pin=%s mosi_pin=%s "
			    "sclk_pin=%s mode=%d pulse_ticks=%u",
			    oid, w->line[2].name, w->line[1].name,
			    w->line[0].name, a->chip->spi_mode,
			    mcu_ticks(mcu, 1.0 / w->speed_hz));
		return;
	}
	mcu_config_line(mcu, text, "config_i2c oid=%d", oid);
	if (w->bus)
		mcu_config_line(mcu, text,
		    "i2c_set_bus oid=%d i2c_bus=%s rate=%d address=%d", oid,
		    w->bus, w->speed_hz, w->i2c_address);
	else
		mcu_config_line(mcu, text,
		    "i2c_set_sw_bus oid=%d scl_pin=%s sda_pin=%s "
		    "pulse_ticks=%u address=%d",
		    oid, w->line[0].name, w->line[1].name,
		    mcu_ticks(mcu, 0.5 / w->speed_hz), w->i2c_address);
}

static bool
can(const struct mcu_accel *a)
{
	const struct mcu_accel_wires *w = a->wires;
	struct mcu *mcu = a->base.mcu;
	const enum mcu_command needed[] = {a->chip->config, a->chip->query_cmd,
	    a->chip->status,
	    a->on_spi ? MCU_CMD_CONFIG_SPI : MCU_CMD_CONFIG_I2C,
	    a->on_spi ? w->bus ? MCU_CMD_SPI_SET_BUS : MCU_CMD_SPI_SET_SW_BUS
	    : w->bus  ? MCU_CMD_I2C_SET_BUS
		      : MCU_CMD_I2C_SET_SW_BUS,
	    a->on_spi				  ? MCU_CMD_SPI_SEND
	    : mcu->command[MCU_CMD_I2C_WRITE_OLD] ? MCU_CMD_I2C_WRITE_OLD
						  : MCU_CMD_I2C_TRANSFER};

	for (size_t i = 0; i < sizeof(needed) / sizeof(*needed); i++)
		if (!mcu_need(mcu, needed[i], PURPOSE))
			return false;
	return true;
}

struct mcu_accel *
mcu_add_accel(struct mcu *mcu, const struct accel_chip *chip,
    const struct mcu_accel_wires *wires)
{
	struct mcu_accel *a = xcalloc(1, sizeof(*a));
	struct buf type = BUF_INIT;

	mcu_new_object(mcu, &a->base, true);
	mcu_new_object(mcu, &a->bus, false);
	a->bus.owned = false;
	a->bus.context = a;
	a->bus.response = answered;
	a->base.response = response;
	a->chip = chip;
	a->wires = wires;
	a->on_spi = wires->cs.name != NULL;
	mcu->accel = a;
	if (!can(a))
		return a;
	add_bus(a);
	if (chip->sample == 5)
		buf_addf(&type, "spi_oid=%d", a->bus.oid);
	else if (chip->spi_hz == 0)
		buf_addf(&type, "i2c_oid=%d", a->bus.oid);
	else
		buf_addf(&type, "bus_oid=%d bus_oid_type=%s", a->bus.oid,
		    a->on_spi ? "spi" : "i2c");
	if (chip->config == MCU_CMD_CONFIG_LIS2DW)
		buf_addf(&type, " lis_chip_type=%s",
		    strcmp(chip->section, "lis3dh") == 0 ? "LIS3DH" : "LIS2DW");
	mcu_config_line(mcu, &mcu->config_text, "config_%s oid=%d %s",
	    chip->query, a->base.oid, type.data);
	mcu_config_line(mcu, &mcu->restart_text, "query_%s oid=%d rest_ticks=0",
	    chip->query, a->base.oid);
	buf_release(&type);
	return a;
}

/* "rrvv rrvv": a register and its value each */
static void
put_registers(const struct mcu_accel *a, const char *pairs, struct buf *text)
{
	bool old = a->base.mcu->command[MCU_CMD_I2C_TRANSFER] == NULL;

	while (pairs && *pairs) {
		if (a->on_spi)
			buf_addf(text, "spi_send oid=%d data=%.4s\n",
			    a->bus.oid, pairs);
		else if (old)
			buf_addf(text, "i2c_write oid=%d data=%.4s\n",
			    a->bus.oid, pairs);
		else
			buf_addf(text,
			    "i2c_transfer oid=%d write=%.4s read_len=0\n",
			    a->bus.oid, pairs);
		pairs += 4 + (pairs[4] == ' ');
	}
}

static void
wake(struct mcu_accel *a, int64_t now_ns)
{
	struct buf text = BUF_INIT;

	a->woken = true;
	a->awake_ns = now_ns;
	if (a->on_spi)
		put_registers(a, a->chip->wake_spi, &text);
	put_registers(a, a->chip->wake, &text);
	if (text.len > 0) {
		mcu_send_lines(a->base.mcu, &text);
		a->awake_ns += WAKE_NS;
	}
	buf_release(&text);
}

static void
begin(struct mcu_accel *a)
{
	struct mcu *mcu = a->base.mcu;
	struct buf text = BUF_INIT;
	char slower[8];
	int code = 0xf;

	put_registers(
	    a, a->on_spi ? a->chip->start_spi : a->chip->start_i2c, &text);
	for (int rate = 3200; rate > a->wires->rate_hz && code > 8; rate /= 2)
		code--;
	if (a->chip->sample == 5 && code < 0xf) {
		snprintf(slower, sizeof(slower), "2c%02x", (unsigned)code);
		put_registers(a, slower, &text);
	}
	buf_addf(&text, "query_%s oid=%d rest_ticks=%u\n", a->chip->query,
	    a->base.oid,
	    mcu_ticks(mcu, (double)a->chip->look / a->wires->rate_hz));
	put_registers(a, a->chip->go, &text);
	mcu_send_lines(mcu, &text);
	buf_release(&text);
	a->waiting = false;
	a->next_ns = 0;
}

void
mcu_accel_start(struct mcu_accel *a)
{
	a->n = 0;
	a->sequence = a->lost = a->bad = 0;
	sample_clock_reset(&a->clock);
	a->running = a->waiting = true;
	if (a->woken && a->awake_ns == 0)
		begin(a);
}

void
mcu_accel_stop(struct mcu_accel *a)
{
	struct buf text = BUF_INIT;

	buf_addf(&text, "query_%s oid=%d rest_ticks=0\n", a->chip->query,
	    a->base.oid);
	put_registers(a, a->chip->stop, &text);
	mcu_send_lines(a->base.mcu, &text);
	buf_release(&text);
	a->running = a->waiting = false;
}

int64_t
mcu_accel_poll(struct mcu_accel *a, int64_t now_ns)
{
	if (!a)
		return INT64_MAX;
	if (!a->woken)
		wake(a, now_ns);
	if (a->awake_ns != 0 && now_ns >= a->awake_ns)
		a->awake_ns = 0;
	if (a->awake_ns != 0)
		return a->awake_ns;
	if (!a->running)
		return INT64_MAX;
	if (a->waiting)
		begin(a);
	if (now_ns >= a->next_ns) {
		MCU_SEND(a->base.mcu, &a->base.mcu->misc, 0, 0, a->chip->status,
		    a->base.oid);
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
	    .bad = a->bad,
	    .overflows = a->overflows};
	a->solved = sample_clock_solve(&a->clock) == 0;
	a->hint = 0;
}

double
mcu_accel_time(struct mcu_accel *a, size_t i)
{
	if (!a->solved)
		return (double)i / a->wires->rate_hz;
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
