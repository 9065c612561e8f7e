/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Analog inputs: thermistors, read by the board at its own pace. */
#include <math.h>

#include "base/endian.h"
#include "base/xalloc.h"
#include "mcu-private.h"

#define SAMPLE_TIME_S 0.001
#define SAMPLES	      8
#define RANGE_CHECKS  4 /* measurements out of range in a row: shutdown */
#define STAGGER_S     0.010

static void
report(struct mcu_adc *a, uint64_t clock, uint32_t sum)
{
	struct mcu *mcu = a->base.mcu;

	a->fn(
	    a->ctx, (double)clock / mcu->freq, sum / (SAMPLES * mcu->adc_max));
}

static void
adc_response(
    struct mcu_object *o, enum mcu_response rsp, const struct dict_value *v)
{
	struct mcu_adc *a = (struct mcu_adc *)o;
	uint64_t next = mcu_extend_clock(o->mcu, v[1].num);

	if (rsp == MCU_RSP_ANALOG_IN_STATE_OLD) {
		report(a, next - a->rest_ticks, v[2].num);
		return;
	}
	for (size_t i = 0, n = v[2].len / 2; i < n; i++)
		report(a, next - (n - i) * a->rest_ticks,
		    get_le16(v[2].data + 2 * i));
}

struct mcu_adc *
mcu_add_adc(struct mcu *mcu, const struct machine_pin *pin, double report_time,
    double min_ratio, double max_ratio, mcu_adc_fn *fn, void *ctx)
{
	struct mcu_adc *a = xcalloc(1, sizeof(*a));

	mcu_new_object(mcu, &a->base, true);
	mcu->adc[mcu->n_adcs++] = a;
	a->base.response = adc_response;
	a->report_time = report_time;
	a->min_ratio = min_ratio;
	a->max_ratio = max_ratio;
	a->fn = fn;
	a->ctx = ctx;
	a->rest_ticks = mcu_ticks(mcu, report_time);
	mcu_use_pin(mcu, pin, true);
	if (mcu_need(mcu, MCU_CMD_CONFIG_ANALOG_IN, "read a sensor"))
		mcu_config_line(mcu, &mcu->config_text,
		    "config_analog_in oid=%d pin=%s", a->base.oid, pin->name);
	if (!mcu->command[MCU_CMD_QUERY_ANALOG_IN_OLD])
		mcu_need(mcu, MCU_CMD_QUERY_ANALOG_IN, "read a sensor");
	return a;
}

static uint32_t
limit(const struct mcu_adc *a, double ratio, double (*round)(double))
{
	double v = round(ratio * SAMPLES * a->base.mcu->adc_max);

	return v < 0 ? 0 : v > 65535 ? 65535 : (uint32_t)v;
}

void
mcu_adc_begin(struct mcu_adc *a, double now)
{
	struct mcu *mcu = a->base.mcu;
	uint32_t ticks = mcu_ticks(mcu, SAMPLE_TIME_S);
	uint32_t lo = limit(a, a->min_ratio, floor);
	uint32_t hi = limit(a, a->max_ratio, ceil);
	/* sensors take turns, so that no two measure at one moment */
	uint64_t clock =
	    mcu_clock(mcu, fmax(now, 0) + 0.5 + a->base.oid * STAGGER_S);

	if (mcu->command[MCU_CMD_QUERY_ANALOG_IN])
		MCU_SEND(mcu, &a->base.queue, 0, clock, MCU_CMD_QUERY_ANALOG_IN,
		    a->base.oid, (uint32_t)clock, ticks, SAMPLES, a->rest_ticks,
		    2, lo, hi, RANGE_CHECKS);
	else
		MCU_SEND(mcu, &a->base.queue, 0, clock,
		    MCU_CMD_QUERY_ANALOG_IN_OLD, a->base.oid, (uint32_t)clock,
		    ticks, SAMPLES, a->rest_ticks, lo, hi, RANGE_CHECKS);
}
