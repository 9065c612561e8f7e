/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Output pins: digital, software and hardware PWM. */
#include <math.h>
#include <string.h>

#include "base/xalloc.h"
#include "mcu-private.h"

/*
 * A heater's pin falls back to its shutdown level unless it is told something
 * within max_duration, 3 s.  A repeat is placed at a quarter of that time and
 * queued 0.3 s ahead of it, so that a link may be held up for 2.5 s.  What it
 * brings too late then is made at once, where the firmware can.
 */
#define REFRESH_FRACTION 0.25
#define REFRESH_LEAD_S	 0.3
#define LATE_S		 3.0

static uint32_t
level_of(const struct mcu_output *o, double value)
{
	double full = o->hardware ? o->base.mcu->pwm_max : o->cycle_ticks;

	value = value < 0 ? 0 : value > 1 ? 1 : value;
	if (o->invert)
		value = 1 - value;
	if (!o->hardware && !o->soft)
		return value >= 0.5;
	return (uint32_t)floor(value * full + 0.5);
}

/* A pin shared by several drivers (enable of all motors) is one object. */
static struct mcu_output *
same_pin(struct mcu *mcu, const struct machine_pin *pin)
{
	for (int i = 0; i < mcu->n_outputs; i++) {
		struct mcu_output *o = mcu->output[i];

		if (!o->soft && !o->hardware &&
		    strcmp(o->pin.name, pin->name) == 0 &&
		    o->pin.invert == pin->invert)
			return o;
	}
	return NULL;
}

static void
configure_digital(struct mcu_output *o, double value, double shutdown_value)
{
	struct mcu *mcu = o->base.mcu;

	if (!mcu_need(mcu, MCU_CMD_CONFIG_DIGITAL_OUT, "switch a pin") ||
	    !mcu_need(mcu, MCU_CMD_QUEUE_DIGITAL_OUT, "switch a pin"))
		return;
	mcu_config_line(mcu, &mcu->config_text,
	    "config_digital_out oid=%d pin=%s value=%d default_value=%d "
	    "max_duration=%u",
	    o->base.oid, o->pin.name, (value >= 1.0) ^ o->invert,
	    (shutdown_value >= 0.5) ^ o->invert, o->max_ticks);
	mcu_config_line(mcu, &mcu->restart_text,
	    "update_digital_out oid=%d value=%d", o->base.oid,
	    (value >= 1.0) ^ o->invert);
	if (mcu->command[MCU_CMD_DIGITAL_OUT_ALLOW_LATE])
		mcu_config_line(mcu, &mcu->config_text,
		    "digital_out_allow_late oid=%d ticks=%u", o->base.oid,
		    mcu_ticks(mcu, LATE_S));
	if (!o->soft ||
	    !mcu_need(mcu, MCU_CMD_SET_DIGITAL_OUT_PWM_CYCLE, "pulse a pin"))
		return;
	mcu_config_line(mcu, &mcu->config_text,
	    "set_digital_out_pwm_cycle oid=%d cycle_ticks=%u", o->base.oid,
	    o->cycle_ticks);
}

static void
configure_hardware(struct mcu_output *o)
{
	struct mcu *mcu = o->base.mcu;

	if (!mcu_need(mcu, MCU_CMD_CONFIG_PWM_OUT, "do hardware PWM") ||
	    !mcu_need(mcu, MCU_CMD_QUEUE_PWM_OUT, "do hardware PWM"))
		return;
	mcu_config_line(mcu, &mcu->config_text,
	    "config_pwm_out oid=%d pin=%s cycle_ticks=%u value=%u "
	    "default_value=%u max_duration=%u",
	    o->base.oid, o->pin.name, o->cycle_ticks, o->start_level,
	    o->shutdown_level, o->max_ticks);
	if (mcu->command[MCU_CMD_PWM_OUT_ALLOW_LATE])
		mcu_config_line(mcu, &mcu->config_text,
		    "pwm_out_allow_late oid=%d ticks=%u", o->base.oid,
		    mcu_ticks(mcu, LATE_S));
}

struct mcu_output *
mcu_add_output(struct mcu *mcu, const struct machine_pin *pin,
    double cycle_time, bool hardware, double value, double shutdown_value,
    double max_duration)
{
	struct mcu_output *o;

	if (cycle_time == 0 && !hardware && (o = same_pin(mcu, pin)) != NULL)
		return o;
	o = xcalloc(1, sizeof(*o));
	mcu_new_object(mcu, &o->base, true);
	mcu->output[mcu->n_outputs++] = o;
	mcu_use_pin(mcu, pin, false);
	o->pin = *pin;
	o->invert = pin->invert;
	o->hardware = hardware;
	o->soft = !hardware && cycle_time > 0;
	o->cycle_ticks = mcu_ticks(mcu, cycle_time);
	o->max_ticks = mcu_ticks(mcu, max_duration);
	o->start_level = level_of(o, value);
	/* a software PWM can only be left on or off */
	o->shutdown_level = level_of(
	    o, o->soft ? (double)(shutdown_value >= 0.5) : shutdown_value);
	if (hardware)
		configure_hardware(o);
	else
		configure_digital(o, value, shutdown_value);
	return o;
}

static void
queue_level(struct mcu_output *o, uint64_t clock, uint32_t level)
{
	/* min_clock keeps one pending change a pin on the board */
	MCU_SEND(o->base.mcu, &o->base.queue, o->last_clock, clock,
	    o->hardware ? MCU_CMD_QUEUE_PWM_OUT : MCU_CMD_QUEUE_DIGITAL_OUT,
	    o->base.oid, (uint32_t)clock, level);
	o->last_clock = clock;
	o->level = level;
}

void
mcu_output_begin(struct mcu_output *o)
{
	struct mcu *mcu = o->base.mcu;

	o->level = o->start_level;
	if (!o->soft && !o->hardware)
		return;
	queue_level(o, mcu_clock(mcu, fmax(mcu_now(mcu), 0) + 2 * MCU_LEAD_S),
	    o->start_level);
}

void
mcu_output_set(struct mcu_output *o, double print_time, double value)
{
	uint32_t level = level_of(o, value);
	struct mcu *mcu = o->base.mcu;
	double soonest = mcu_now(mcu) + MCU_LEAD_S / 2;
	uint64_t clock;

	if (level == o->level || mcu->failure.len > 0)
		return;
	if (print_time < soonest) {
		mcu->stats.late_shifts++;
		print_time = mcu_now(mcu) + MCU_LEAD_S;
	}
	clock = mcu_clock(mcu, print_time);
	/* it is sent when the one before has taken effect */
	if (clock < o->last_clock + mcu_ticks(mcu, MCU_LEAD_S))
		clock = o->last_clock + mcu_ticks(mcu, MCU_LEAD_S);
	queue_level(o, clock, level);
}

double
mcu_outputs_settled(const struct mcu *mcu)
{
	double last = -HUGE_VAL;

	for (int i = 0; i < mcu->n_outputs; i++)
		last =
		    fmax(last, (double)mcu->output[i]->last_clock / mcu->freq);
	return last;
}

void
mcu_output_refresh(struct mcu_output *o, uint64_t now)
{
	uint64_t due, lead = mcu_ticks(o->base.mcu, REFRESH_LEAD_S);

	while (o->max_ticks != 0 && o->level != o->shutdown_level) {
		due =
		    o->last_clock + (uint64_t)(o->max_ticks * REFRESH_FRACTION);
		if (now + lead < due)
			break;
		queue_level(o, due, o->level);
	}
}
