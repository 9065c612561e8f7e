/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A connection to a board that is there: its loop and its messages. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "io/signals.h"
#include "mcu-live.h"
#include "proto/vlq.h"

#define MS		  1000000ll
#define CLOCK_QUERY_NS	  983900000ll /* odd, so that it drifts past others */
#define CLOCK_MISSES_MAX  4
#define REFRESH_PERIOD_NS (50 * MS)
#define ASK_FIRST_NS	  (100 * MS)
#define ASK_TRIES	  6
#define STEP_NS		  1000	/* at least this long passes */
#define LATE_S		  0.010 /* what is wanted so soon comes too late */
#define OVERSLEPT_NS	  (50 * MS)

/* --- messages ---------------------------------------------------------- */

/* Before there is a dictionary, one message is known: number 0. */
static void
identify_message(struct mcu_live *l, const uint8_t *p, size_t len)
{
	const uint8_t *end = p + len;
	uint32_t id, offset;

	p = vlq_get(p, end, &id);
	if (p)
		p = id == 0 ? vlq_get(p, end, &offset) : NULL;
	if (!p || p == end || *p != end - p - 1 || offset != l->ident.len)
		return;
	l->ident_more = true;
	if (*p == 0)
		l->ident_done = true;
	else
		buf_add(&l->ident, p + 1, *p);
}

static void
shutdown_message(struct mcu *mcu, uint32_t string_id)
{
	struct dict_enum *e = dict_enum(mcu->dict, "static_string_id");
	struct buf reason = BUF_INIT;
	const char *advice;

	if (e)
		dict_enum_name(e, (int32_t)string_id, &reason);
	else
		buf_addf(&reason, "reason %u", string_id);
	advice = mcu_advice(reason.data);
	mcu_fail(mcu, EXIT_PROTO, "mcu '%s' shut down: %s%s%s",
	    mcu->config->name, reason.data, *advice ? ": " : "", advice);
	buf_release(&reason);
}

static void
clock_message(struct mcu *mcu, uint32_t clock, int64_t sent_ns)
{
	struct mcu_live *l = mcu->live;
	double at, freq;
	int64_t at_ns;

	l->clock_seen = true;
	l->unanswered = 0;
	clocksync_sample(&l->sync, clock, sent_ns, l->link.now_ns);
	clocksync_cautious(&l->sync, &at_ns, &at, &freq);
	link_set_clock(&l->link, at_ns, at, freq);
	if (sent_ns != 0)
		mcu->stats.round_trip_s =
		    (double)(l->link.now_ns - sent_ns) * 1e-9;
}

static void
config_message(struct mcu_live *l, const struct dict_value *v)
{
	l->config_seen = true;
	l->is_config = v[0].num != 0;
	l->crc = v[1].num;
	l->is_shutdown = v[2].num != 0;
	l->move_count = v[3].num;
}

static void
started_anew(struct mcu *mcu)
{
	if (!mcu->live->polling || mcu->live->restarting)
		return;
	mcu->live->restarted = true;
	mcu_fail(mcu, EXIT_PROTO,
	    "mcu '%s' restarted by itself: look for a weak power supply, a "
	    "loose cable or a pressed reset button",
	    mcu->config->name);
}

static void
object_message(
    struct mcu *mcu, enum mcu_response rsp, const struct dict_value *v)
{
	struct mcu_object *o;

	if (v[0].num >= (uint32_t)mcu->n_oids || !mcu->configured)
		return;
	o = mcu->object[v[0].num];
	if (!o->response)
		return;
	o->response(o, rsp, v);
	mcu->live->dispatched = true;
}

static void
dispatch(struct mcu *mcu, enum mcu_response rsp, const struct dict_value *v,
    int64_t sent_ns)
{
	struct mcu_live *l = mcu->live;

	if (rsp != MCU_RSP_STARTING && rsp != MCU_RSP_SHUTDOWN &&
	    !l->restarting)
		l->alive_ns = l->link.now_ns;
	switch (rsp) {
	case MCU_RSP_UPTIME:
		l->uptime_seen = true;
		l->uptime = (uint64_t)v[0].num << 32 | v[1].num;
		l->uptime_sent_ns = sent_ns;
		break;
	case MCU_RSP_CLOCK:
		clock_message(mcu, v[0].num, sent_ns);
		break;
	case MCU_RSP_CONFIG:
		config_message(l, v);
		break;
	case MCU_RSP_SHUTDOWN:
		l->shut_seen = true;
		l->shut_clock = v[0].num;
		if (!l->restarting)
			shutdown_message(mcu, v[1].num);
		break;
	case MCU_RSP_IS_SHUTDOWN:
		if (!l->restarting)
			shutdown_message(mcu, v[0].num);
		break;
	case MCU_RSP_STARTING:
		started_anew(mcu);
		break;
	case MCU_RSP_STATS:
		l->stats_busy += v[1].num;
		break;
	case MCU_RSP_STEPPER_RAN_DRY:
		/* what is still here would come too late as well */
		msgq_clear(&l->steps);
		l->steps_lost = l->dispatched = true;
		break;
	case MCU_RSP_RESET_STATE:
		l->reset_seen = true;
		l->reset_count = v[0].num;
		l->reset_crc = v[1].num;
		break;
	case MCU_RSP_RESET_POSITION:
		mcu_live_left(mcu, v[0].num, v[1].num, v[2].num);
		break;
	case MCU_RSP_I2C_RESPONSE:
	case MCU_RSP_STEPPER_POSITION:
	case MCU_RSP_TRSYNC_STATE:
	case MCU_RSP_ENDSTOP_STATE:
	case MCU_RSP_ANALOG_IN_STATE:
	case MCU_RSP_ANALOG_IN_STATE_OLD:
	case MCU_RSP_SENSOR_BULK_DATA:
	case MCU_RSP_SENSOR_BULK_STATUS:
		object_message(mcu, rsp, v);
		break;
	case MCU_RSP_IDENTIFY_RESPONSE:
	case MCU_N_RESPONSES:
		break;
	}
}

void
mcu_live_message(void *ctx, const uint8_t *payload, size_t len, int64_t sent_ns)
{
	struct mcu *mcu = ctx;
	struct dict_value v[DICT_PARAMS_MAX];
	const struct dict_message *m;

	if (!mcu->dict) {
		identify_message(mcu->live, payload, len);
		return;
	}
	if (dict_decode(mcu->dict, payload, len, &m, v) != len) {
		mcu->stats.bytes_invalid += len;
		return;
	}
	for (int i = 0; i < MCU_N_RESPONSES; i++)
		if (mcu->response[i] == m) {
			dispatch(mcu, (enum mcu_response)i, v, sent_ns);
			return;
		}
}

/* A sound frame with an impossible number: only a restart explains it. */
static void
foreign_message(void *ctx, const uint8_t *payload, size_t len, int64_t sent_ns)
{
	struct mcu *mcu = ctx;
	struct dict_value v[DICT_PARAMS_MAX];
	const struct dict_message *m;

	(void)sent_ns;
	if (mcu->dict && mcu->response[MCU_RSP_STARTING] &&
	    dict_decode(mcu->dict, payload, len, &m, v) == len &&
	    m == mcu->response[MCU_RSP_STARTING])
		started_anew(mcu);
}

static void
sent_message(void *ctx, const uint8_t *msg, size_t len)
{
	struct mcu *mcu = ctx;

	if (mcu->recorder)
		recorder_put(mcu->recorder, msg, len);
}

void
mcu_live_init_link(struct mcu *mcu)
{
	struct mcu_live *l = mcu->live;

	link_init(&l->link, mcu_live_message, sent_message, mcu);
	l->link.foreign = foreign_message;
	link_attach(&l->link, &mcu->misc);
}

/* --- the loop ---------------------------------------------------------- */

static void
poll_clock(struct mcu *mcu, int64_t now)
{
	struct mcu_live *l = mcu->live;

	if (now < l->next_query_ns)
		return;
	if (l->unanswered > CLOCK_MISSES_MAX) {
		mcu_fail(mcu, EXIT_NO_DEVICE,
		    "lost communication with mcu '%s': it has not answered "
		    "for %d s; check its cable and power",
		    mcu->config->name, (int)(CLOCK_MISSES_MAX * 0.9839 + 1));
		return;
	}
	l->unanswered++;
	l->next_query_ns = now + CLOCK_QUERY_NS;
	mcu_send(mcu, &mcu->misc, 0, 0, MCU_CMD_GET_CLOCK, 0, NULL);
}

static void
refresh_outputs(struct mcu *mcu, int64_t now)
{
	struct mcu_live *l = mcu->live;
	uint64_t clock;

	if (now < l->next_refresh_ns || !mcu->configured)
		return;
	l->next_refresh_ns = now + REFRESH_PERIOD_NS;
	clock = (uint64_t)fmax(clocksync_clock(&l->sync, now), 0);
	for (int i = 0; i < mcu->n_outputs; i++)
		mcu_output_refresh(mcu->output[i], clock);
}

static void
copy_stats(struct mcu *mcu)
{
	const struct link *k = &mcu->live->link;
	struct mcu_stats *s = &mcu->stats;

	s->bytes_sent = k->stats.bytes_sent;
	s->bytes_received = k->stats.bytes_received;
	s->frames_sent = k->stats.frames_sent;
	s->retransmits = k->stats.retransmits;
	s->bytes_invalid = k->reader.bytes_invalid;
	s->wire_busy_s = (double)k->stats.wire_ns * 1e-9;
}

/*
 * This computer was held up.  Steps whose time has gone would shut the board
 * down: they stay here, and with them all that follow.
 */
static void
after_sleep(struct mcu *mcu, int64_t now)
{
	struct mcu_live *l = mcu->live;
	double clock = clocksync_clock(&l->sync, now) + LATE_S * mcu->freq;

	if (l->t->is_virtual || l->awake_ns == 0 ||
	    now < l->awake_ns + OVERSLEPT_NS || l->steps.count == 0 ||
	    (double)msgq_head(&l->steps)->req_clock > clock)
		return;
	msgq_clear(&l->steps);
	l->steps_lost = l->dispatched = true;
}

int
mcu_live_pass(struct mcu *mcu, int64_t until_ns, int wake_fd)
{
	struct mcu_live *l = mcu->live;
	int64_t now = transport_now_ns(l->t), wake = until_ns;
	int woken;

	after_sleep(mcu, now);
	if (l->polling) {
		poll_clock(mcu, now);
		refresh_outputs(mcu, now);
		if (l->next_query_ns < wake)
			wake = l->next_query_ns;
		if (mcu->configured && l->next_refresh_ns < wake)
			wake = l->next_refresh_ns;
	}
	if (mcu->configured && mcu->accel) {
		int64_t next = mcu_accel_poll(mcu->accel, now);

		if (next < wake)
			wake = next;
	}
	link_transmit(&l->link, now, &l->out);
	if (l->link.flush_output) {
		l->t->drop_output(l->t);
		l->link.flush_output = false;
	}
	if (link_wake_ns(&l->link) < wake)
		wake = link_wake_ns(&l->link);
	if (wake <= now && until_ns > now)
		wake = now + STEP_NS;
	l->awake_ns = wake;
	woken = transport_exchange(l->t, &l->out, wake, wake_fd, &l->in);
	if (transport_now_ns(l->t) < wake)
		l->awake_ns = transport_now_ns(l->t);
	if (l->in.len > 0) {
		link_receive(
		    &l->link, l->in.data, l->in.len, transport_now_ns(l->t));
		buf_clear(&l->in);
	}
	copy_stats(mcu);
	if (woken < 0)
		mcu_fail(mcu, EXIT_NO_DEVICE, "%s", l->t->why.data);
	return mcu->failure.len > 0 ? -1 : woken;
}

bool
mcu_live_until(struct mcu *mcu, const bool *flag, int64_t wait_ns)
{
	int64_t end = transport_now_ns(mcu->live->t) + wait_ns;

	while (!*flag && transport_now_ns(mcu->live->t) < end)
		if (mcu_live_pass(mcu, end, -1) < 0)
			return false;
	return *flag;
}

int
mcu_live_ask(struct mcu *mcu, enum mcu_command cmd, int n, const uint32_t *v,
    const bool *answered)
{
	int64_t wait_ns = ASK_FIRST_NS;

	for (int i = 0; i < ASK_TRIES && !*answered; i++, wait_ns *= 2) {
		if (mcu->failure.len > 0)
			return -1;
		mcu_send(mcu, &mcu->misc, 0, 0, cmd, n, v);
		mcu_live_until(mcu, answered, wait_ns);
	}
	if (*answered)
		return mcu->failure.len > 0 ? -1 : 0;
	return mcu_fail(mcu, EXIT_NO_DEVICE, "mcu '%s' does not answer '%s'",
	    mcu->config->name,
	    mcu->command[cmd] ? mcu->command[cmd]->name : "?");
}

int
mcu_live_query(
    struct mcu *mcu, enum mcu_command cmd, uint8_t oid, const bool *answered)
{
	uint32_t v[1] = {oid};

	return mcu_live_ask(mcu, cmd, 1, v, answered);
}

int
mcu_live_query_reason(
    struct mcu *mcu, uint8_t oid, uint32_t reason, const bool *answered)
{
	uint32_t v[2] = {oid, reason};

	return mcu_live_ask(mcu, MCU_CMD_TRSYNC_TRIGGER, 2, v, answered);
}

double
mcu_now(struct mcu *mcu)
{
	struct mcu_live *l = mcu->live;

	if (!l)
		return -HUGE_VAL;
	return clocksync_clock(&l->sync, transport_now_ns(l->t)) / mcu->freq;
}

uint64_t
mcu_extend_clock(const struct mcu *mcu, uint32_t clock)
{
	return mcu->live ? clocksync_extend(&mcu->live->sync, clock) : clock;
}

/* The host time of a print time, no sooner than a moment from now. */
static int64_t
moment(struct mcu *mcu, double print_time)
{
	struct mcu_live *l = mcu->live;
	int64_t now = transport_now_ns(l->t), ns;
	double clock = print_time * mcu->freq;

	if (!(clock > 0))
		return now;
	if (!isfinite(clock))
		return INT64_MAX;
	/* the estimate back and forth may lose a little: add a little */
	ns = clocksync_ns(&l->sync, clock);
	return ns == INT64_MAX ? ns : ns + STEP_NS;
}

void
mcu_run(struct mcu *mcu, double until, int wake_fd)
{
	struct mcu_live *l = mcu->live;
	int64_t until_ns;

	if (!l) {
		mcu_flush(mcu, -HUGE_VAL);
		return;
	}
	l->dispatched = false;
	do {
		if (mcu->failure.len > 0)
			return;
		until_ns = moment(mcu, until);
		if (mcu_live_pass(mcu, until_ns, wake_fd) != 0)
			return;
	} while (!l->dispatched && transport_now_ns(l->t) < until_ns);
}

bool
mcu_idle(const struct mcu *mcu)
{
	for (int i = 0; i < mcu->n_steppers; i++)
		if (mcu->step_queue[i]->count > 0)
			return false;
	if (mcu->live)
		return link_idle(&mcu->live->link);
	for (int i = 0; i < mcu->n_queues; i++)
		if (mcu->queue[i]->count > 0)
			return false;
	return true;
}

/* --- steps ------------------------------------------------------------- */

/*
 * The board has room for ring_n moves of all motors together.  A move frees
 * its entry when it begins, at its req_clock; these clocks rise, so the n-th
 * move may be sent when the (n - ring_n)-th has begun.
 */
static uint64_t
take_entry(struct mcu_live *l, uint64_t req_clock)
{
	uint64_t free_at;

	if (l->ring_n == 0)
		return 0;
	free_at = l->ring[l->ring_at];
	if (l->ring_last < req_clock)
		l->ring_last = req_clock;
	l->ring[l->ring_at] = l->ring_last;
	if (++l->ring_at == l->ring_n)
		l->ring_at = 0;
	return free_at;
}

void
mcu_live_flush(struct mcu *mcu, uint64_t horizon)
{
	struct mcu_live *l = mcu->live;
	struct mcu_order order;
	struct msgq *q;
	uint64_t until;

	order.n = order.last = 0;
	mcu_order_add(&order, mcu->step_queue, mcu->n_steppers);
	while ((q = mcu_order_next(&order, horizon, &until)) != NULL)
		do {
			const struct msg *m = msgq_head(q);
			uint64_t min = 0;

			if (m->min_clock != 0)
				min = take_entry(l, m->req_clock);
			msgq_add(&l->steps, min, m->req_clock, m->data, m->len);
			msgq_drop(q);
		} while (q->count > 0 && msgq_head(q)->req_clock <= until);
}

bool
mcu_live_heard(const struct mcu *mcu, double within_s)
{
	struct mcu_live *l = mcu->live;

	return transport_now_ns(l->t) - l->link.heard_ns <
	       (int64_t)(within_s * 1e9);
}

bool
mcu_live_steps_lost(struct mcu *mcu)
{
	bool lost = mcu->live->steps_lost;

	mcu->live->steps_lost = false;
	return lost;
}

void
mcu_live_drop_steps(struct mcu *mcu)
{
	msgq_clear(&mcu->live->steps);
}

void
mcu_emergency_stop(struct mcu *mcu)
{
	struct mcu_live *l = mcu->live;
	uint8_t data[64];
	size_t len;

	if (!l || !mcu->dict || !mcu->command[MCU_CMD_EMERGENCY_STOP])
		return;
	len = dict_encode_numbers(
	    mcu->command[MCU_CMD_EMERGENCY_STOP], data, 0, NULL);
	link_urgent(&l->link, data, len, transport_now_ns(l->t), &l->out);
	transport_exchange(l->t, &l->out, transport_now_ns(l->t), -1, &l->in);
}
