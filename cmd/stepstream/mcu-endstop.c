/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Endstops, and the homing moves that end at them. */
#include <math.h>

#include "base/xalloc.h"
#include "cli/cli.h"
#include "io/signals.h"
#include "mcu-private.h"

/*
 * The board watches the pin and stops the motors by itself: the endstop
 * triggers a trsync object, the trsync stops every motor that was tied to it.
 * It also triggers when the host has not been heard of for TIMEOUT_S, so the
 * host keeps pushing that time ahead as reports come in.  Steps are fed
 * FEED_S ahead and no more, because that is what may still be thrown away.
 */
#define TIMEOUT_S	0.250
#define REPORT_FRACTION 0.3
#define SAMPLE_TIME_S	15e-6
#define SAMPLE_COUNT	4
#define FEED_S		0.150
#define FEED_STEP_S	0.050

enum {
	REASON_HIT = 1,
	REASON_HOST = 2,
	REASON_END = 3,
	REASON_SILENCE = 4
};

static void
now_send(struct mcu_endstop *e, enum mcu_command cmd, int n, const uint32_t *v)
{
	mcu_send(e->base.mcu, &e->base.queue, 0, 0, cmd, n, v);
}
#define NOW(e, cmd, ...)                                                       \
	now_send((e), (cmd),                                                   \
	    (int)(sizeof((uint32_t[]){__VA_ARGS__}) / sizeof(uint32_t)),       \
	    (uint32_t[]){__VA_ARGS__})

static void
endstop_response(
    struct mcu_object *o, enum mcu_response rsp, const struct dict_value *v)
{
	struct mcu_endstop *e = (struct mcu_endstop *)o;

	(void)rsp;
	e->state_seen = true;
	e->state_next = v[2].num;
	e->state_high = v[3].num != 0;
}

static void
extend_timeout(struct mcu_endstop *e, uint64_t alive_clock)
{
	uint64_t timeout = alive_clock + mcu_ticks(e->base.mcu, TIMEOUT_S);

	if (!e->armed || e->reason != 0 ||
	    timeout < e->timeout_clock + e->report_ticks * 4 / 5)
		return;
	e->timeout_clock = timeout;
	NOW(e, MCU_CMD_TRSYNC_SET_TIMEOUT, e->trsync.oid, (uint32_t)timeout);
}

static void
trsync_response(
    struct mcu_object *o, enum mcu_response rsp, const struct dict_value *v)
{
	struct mcu_endstop *e = o->context;
	struct mcu *mcu = o->mcu;

	(void)rsp;
	if (v[1].num == 0) {
		e->report_final = true;
		if (e->reason == 0)
			e->reason = v[2].num;
		return;
	}
	if (!e->armed || e->reason != 0)
		return;
	e->report_clock = mcu_extend_clock(mcu, v[3].num);
	if (e->report_clock >= e->end_clock) {
		NOW(e, MCU_CMD_TRSYNC_TRIGGER, e->trsync.oid, REASON_END);
		return;
	}
	extend_timeout(e, e->report_clock);
}

struct mcu_endstop *
mcu_add_endstop(struct mcu *mcu, const struct machine_pin *pin,
    struct mcu_stepper *const *stop, int n_stop)
{
	static const enum mcu_command needed[] = {MCU_CMD_CONFIG_ENDSTOP,
	    MCU_CMD_ENDSTOP_HOME, MCU_CMD_ENDSTOP_QUERY_STATE,
	    MCU_CMD_CONFIG_TRSYNC, MCU_CMD_TRSYNC_START,
	    MCU_CMD_TRSYNC_SET_TIMEOUT, MCU_CMD_TRSYNC_TRIGGER,
	    MCU_CMD_STEPPER_STOP_ON_TRIGGER};
	struct mcu_endstop *e = xcalloc(1, sizeof(*e));

	mcu_new_object(mcu, &e->base, true);
	mcu_new_object(mcu, &e->trsync, false);
	e->trsync.owned = false;
	mcu->endstop[mcu->n_endstops++] = e;
	e->base.response = endstop_response;
	e->trsync.response = trsync_response;
	e->trsync.context = e;
	e->invert = pin->invert;
	e->n_stop = n_stop;
	e->stop = xcalloc((size_t)n_stop + 1, sizeof(*e->stop));
	for (int i = 0; i < n_stop; i++)
		e->stop[i] = stop[i];
	mcu_use_pin(mcu, pin, true);
	for (size_t i = 0; i < sizeof(needed) / sizeof(*needed); i++)
		if (!mcu_need(mcu, needed[i], "home to an endstop"))
			return e;
	mcu_config_line(mcu, &mcu->config_text,
	    "config_endstop oid=%d pin=%s pull_up=%d", e->base.oid, pin->name,
	    pin->pull);
	mcu_config_line(
	    mcu, &mcu->config_text, "config_trsync oid=%d", e->trsync.oid);
	mcu_config_line(mcu, &mcu->restart_text,
	    "endstop_home oid=%d clock=0 sample_ticks=0 sample_count=0 "
	    "rest_ticks=0 pin_value=0 trsync_oid=0 trigger_reason=0",
	    e->base.oid);
	mcu_config_line(mcu, &mcu->restart_text,
	    "trsync_start oid=%d report_clock=0 report_ticks=0 "
	    "expire_reason=0",
	    e->trsync.oid);
	return e;
}

int
mcu_endstop_query(struct mcu_endstop *e, bool *triggered)
{
	struct mcu *mcu = e->base.mcu;

	*triggered = false;
	if (!mcu->live)
		return 0;
	e->state_seen = false;
	if (mcu_live_query(mcu, MCU_CMD_ENDSTOP_QUERY_STATE, e->base.oid,
		&e->state_seen) != 0)
		return -1;
	*triggered = e->state_high != e->invert;
	return 0;
}

void
mcu_endstop_arm(
    struct mcu_endstop *e, double print_time, double rest_time, bool released)
{
	struct mcu *mcu = e->base.mcu;
	uint64_t clock = mcu_clock(mcu, print_time);

	mcu_flush(mcu, print_time); /* what moves before goes before */
	e->rest_ticks = mcu_ticks(mcu, rest_time);
	e->report_ticks = mcu_ticks(mcu, TIMEOUT_S * REPORT_FRACTION);
	e->timeout_clock = clock + mcu_ticks(mcu, TIMEOUT_S);
	e->end_clock = UINT64_MAX;
	e->reason = 0;
	e->report_final = false;
	e->armed = true;
	NOW(e, MCU_CMD_TRSYNC_START, e->trsync.oid, (uint32_t)clock,
	    e->report_ticks, REASON_SILENCE);
	for (int i = 0; i < e->n_stop; i++)
		NOW(e, MCU_CMD_STEPPER_STOP_ON_TRIGGER, e->stop[i]->base.oid,
		    e->trsync.oid);
	NOW(e, MCU_CMD_TRSYNC_SET_TIMEOUT, e->trsync.oid,
	    (uint32_t)e->timeout_clock);
	NOW(e, MCU_CMD_ENDSTOP_HOME, e->base.oid, (uint32_t)clock,
	    mcu_ticks(mcu, SAMPLE_TIME_S), SAMPLE_COUNT, e->rest_ticks,
	    e->invert == released, e->trsync.oid, REASON_HIT);
	mcu_flush(mcu, 0);
}

/* The motors stand: forget their queues, tell them a new time base. */
static void
restart_steppers(struct mcu_endstop *e)
{
	for (int i = 0; i < e->n_stop; i++)
		mcu_stepper_restart(e->stop[i]);
}

static void
drop_steps(struct mcu_endstop *e)
{
	for (int i = 0; i < e->n_stop; i++)
		msgq_clear(&e->stop[i]->base.queue);
	if (e->base.mcu->live)
		mcu_live_drop_steps(e->base.mcu);
}

static void
disarm(struct mcu_endstop *e)
{
	NOW(e, MCU_CMD_ENDSTOP_HOME, e->base.oid, 0, 0, 0, 0, 0, 0, 0);
	e->armed = false;
}

static int
wait_offline(struct mcu_endstop *const *e, int n, double end_time,
    void (*feed)(void *, double), void *ctx, double *trigger_time)
{
	struct mcu *mcu = e[0]->base.mcu;

	feed(ctx, end_time);
	mcu_flush(mcu, (double)INFINITY);
	for (int i = 0; i < n; i++) {
		disarm(e[i]);
		NOW(e[i], MCU_CMD_TRSYNC_TRIGGER, e[i]->trsync.oid,
		    REASON_HOST);
	}
	mcu_flush(mcu, 0);
	for (int i = 0; i < n; i++) {
		restart_steppers(e[i]);
		trigger_time[i] = end_time;
	}
	return mcu_failed(mcu) ? -1 : 0;
}

/* The motors have stopped, or must: collect what happened. */
static int
finish(struct mcu_endstop *e)
{
	struct mcu *mcu = e->base.mcu;

	e->report_final = false;
	if (mcu_live_query_reason(
		mcu, e->trsync.oid, REASON_HOST, &e->report_final) != 0)
		return -1;
	disarm(e);
	e->state_seen = false;
	if (mcu_live_query(mcu, MCU_CMD_ENDSTOP_QUERY_STATE, e->base.oid,
		&e->state_seen) != 0)
		return -1;
	return 0;
}

/* Of all before any restarts: dropping takes what is on its way to any. */
static int
finish_all(struct mcu_endstop *const *e, int n)
{
	for (int i = 0; i < n; i++)
		drop_steps(e[i]);
	for (int i = 0; i < n; i++)
		if (finish(e[i]) != 0)
			return -1;
	for (int i = 0; i < n; i++)
		restart_steppers(e[i]);
	return 0;
}

static bool
waits(struct mcu_endstop *const *e, int n)
{
	for (int i = 0; i < n; i++)
		if (e[i]->reason == 0)
			return true;
	return false;
}

/* Why one of them ended, and when. */
static int
result_of(struct mcu_endstop *e, double *trigger_time)
{
	struct mcu *mcu = e->base.mcu;

	*trigger_time = (double)NAN;
	if (e->reason == REASON_HOST)
		return -1;
	if (e->reason == REASON_END)
		return 1;
	if (e->reason != REASON_HIT)
		return mcu_fail(mcu, EXIT_BUSY,
		    "the host was too late for mcu '%s' while homing: the "
		    "motors were stopped %.2f s after its last word",
		    mcu->config->name, TIMEOUT_S);
	*trigger_time =
	    (double)(mcu_extend_clock(mcu, e->state_next) - e->rest_ticks) /
	    mcu->freq;
	return 0;
}

int
mcu_endstops_wait(struct mcu_endstop *const *e, int n, double end_time,
    void (*feed)(void *ctx, double until), void *ctx, double *trigger_time)
{
	struct mcu *mcu = e[0]->base.mcu;
	int result = 0;

	if (!mcu->live)
		return wait_offline(e, n, end_time, feed, ctx, trigger_time);
	for (int i = 0; i < n; i++)
		e[i]->end_clock = mcu_clock(mcu, end_time);
	while (waits(e, n) && !mcu_failed(mcu) && !signals_pending()) {
		double now = mcu_now(mcu);
		double until = fmin(now + FEED_S, end_time);

		feed(ctx, until);
		mcu_flush(mcu, until);
		mcu_run(mcu, now + FEED_STEP_S, -1);
		/* reports may get lost; any word of the board will do */
		for (int i = 0; i < n; i++)
			if (mcu_live_heard(mcu, FEED_STEP_S))
				extend_timeout(e[i], mcu_clock(mcu, now));
	}
	if (mcu_failed(mcu) || finish_all(e, n) != 0)
		return -1;
	for (int i = 0; i < n && result >= 0; i++) {
		int one = result_of(e[i], &trigger_time[i]);

		result = one < 0 ? -1 : one > result ? one : result;
	}
	return result;
}
