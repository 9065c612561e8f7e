/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Finding the board, learning its dictionary, configuring it. */
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "cli/cli.h"
#include "io/signals.h"
#include "mcu-live.h"
#include "proto/vlq.h"

#define MS		     1000000ll
#define S		     (1000 * MS)
#define IDENTIFY_CHUNK	     52 /* the answer is a full frame */
#define IDENTIFY_FIRST_NS    (50 * MS)
#define IDENTIFY_NEXT_NS     (500 * MS)
#define IDENTIFY_PATIENCE_NS (8 * S)
#define IDENTIFY_MAX	     ((size_t)1 << 20)
#define CLOCK_SAMPLES	     8
#define CLOCK_SAMPLE_NS	     (50 * MS)
#define RESTART_NS	     (15 * MS)
#define RESTART_SETTLE_NS    (1 * S)
#define REOPEN_TRIES	     10
#define MOVES_MIN	     16 /* fewer cannot keep motors going */
#define DEFAULT_BAUD	     250000

static bool
is_simulator(const char *serial)
{
	return strncmp(serial, "sim:", 4) == 0;
}

static const char *
serial_name(const struct mcu *mcu)
{
	const char *s = mcu->options.serial;

	return s ? s : mcu->config->serial ? mcu->config->serial : "";
}

static uint32_t
baud_rate(const struct mcu *mcu)
{
	return mcu->config->baud ? mcu->config->baud : DEFAULT_BAUD;
}

static int
open_transport(struct mcu *mcu, struct buf *why, int *status)
{
	const char *serial = serial_name(mcu);
	struct mcu_live *l = mcu->live;

	if (*serial == '\0') {
		*status = EXIT_CONFIG;
		buf_addf(why,
		    "mcu '%s' has no serial: set it in the configuration, or "
		    "give --port DEVICE or --simulate",
		    mcu->config->name);
		return -1;
	}
	if (is_simulator(serial))
		l->t = transport_open_simulator(mcu->options.config_path,
		    mcu->options.sim_args, mcu->options.n_sim_args, why,
		    status);
	else
		l->t =
		    transport_open_device(serial, baud_rate(mcu), why, status);
	return l->t ? 0 : -1;
}

static void
set_wire(struct mcu *mcu)
{
	struct mcu_live *l = mcu->live;
	double baud = 0, window = 0;

	if (mcu->dict) {
		dict_constant(mcu->dict, "SERIAL_BAUD", &baud);
		dict_constant(mcu->dict, "RECEIVE_WINDOW", &window);
		if (baud > 0 && l->t->has_line)
			baud = baud_rate(mcu);
	} else {
		baud = baud_rate(mcu);
	}
	link_set_wire(&l->link, baud, window > 0 ? (uint32_t)window : 0);
}

/* --- identify ---------------------------------------------------------- */

static void
ask_identify(struct mcu *mcu)
{
	struct mcu_live *l = mcu->live;
	uint8_t data[16], *p;

	p = vlq_put(data, 1);
	p = vlq_put(p, (uint32_t)l->ident.len);
	p = vlq_put(p, IDENTIFY_CHUNK);
	if (!l->link.synced) {
		/* nothing is known: begin anew, a sync byte first */
		msgq_clear(&mcu->misc);
		mcu_live_init_link(mcu);
		set_wire(mcu);
		buf_addc(&l->out, FRAME_SYNC);
	}
	msgq_add(&mcu->misc, 0, 0, data, (size_t)(p - data));
}

static int
silent(struct mcu *mcu)
{
	const struct mcu_live *l = mcu->live;
	uint64_t noise = l->link.reader.bytes_invalid + l->noise;

	if (noise > 0 && l->t->has_line)
		return mcu_fail(mcu, EXIT_PROTO,
		    "what comes from '%s' is not understood (%llu bytes): is "
		    "its baud %u, and is it flashed with Klipper-protocol "
		    "firmware?",
		    l->t->name, (unsigned long long)noise, baud_rate(mcu));
	return mcu_fail(mcu, EXIT_NO_DEVICE,
	    "no answer from '%s': is the board powered, flashed with "
	    "Klipper-protocol firmware, and set to baud %u?",
	    l->t->name, baud_rate(mcu));
}

static int
identify(struct mcu *mcu)
{
	struct mcu_live *l = mcu->live;
	int64_t last = transport_now_ns(l->t);
	struct dict *dict;

	buf_clear(&l->ident);
	l->ident_done = false;
	while (!l->ident_done) {
		l->noise += l->link.synced ? 0 : l->link.reader.bytes_invalid;
		l->ident_more = false;
		ask_identify(mcu);
		if (mcu_live_until(mcu, &l->ident_more,
			l->link.synced ? IDENTIFY_NEXT_NS : IDENTIFY_FIRST_NS))
			last = transport_now_ns(l->t);
		if (mcu->failure.len > 0)
			return -1;
		if (signals_pending())
			return mcu_fail(mcu, EXIT_BUSY, "interrupted");
		if (transport_now_ns(l->t) - last > IDENTIFY_PATIENCE_NS)
			return silent(mcu);
		if (l->ident.len > IDENTIFY_MAX)
			return mcu_fail(mcu, EXIT_PROTO,
			    "the data dictionary of '%s' has no end",
			    l->t->name);
	}
	dict = dict_load(l->ident.data ? l->ident.data : "", l->ident.len,
	    l->t->name, mcu->sink);
	if (!dict)
		return mcu_fail(mcu, EXIT_PROTO,
		    "'%s' delivers no usable data dictionary", l->t->name);
	buf_release(&l->ident);
	return mcu_take_dictionary(mcu, dict);
}

/* --- clock ------------------------------------------------------------- */

static int
synchronise(struct mcu *mcu)
{
	struct mcu_live *l = mcu->live;
	int64_t before = transport_now_ns(l->t);
	const bool never = false;

	l->uptime_seen = false;
	if (mcu_live_ask(mcu, MCU_CMD_GET_UPTIME, 0, NULL, &l->uptime_seen))
		return -1;
	clocksync_begin(&l->sync, mcu->freq, l->uptime,
	    l->uptime_sent_ns ? l->uptime_sent_ns : before);
	for (int i = 0; i < CLOCK_SAMPLES; i++) {
		mcu_live_until(mcu, &never, CLOCK_SAMPLE_NS);
		l->clock_seen = false;
		if (mcu_live_ask(
			mcu, MCU_CMD_GET_CLOCK, 0, NULL, &l->clock_seen))
			return -1;
	}
	l->unanswered = 0;
	l->next_query_ns = transport_now_ns(l->t);
	l->polling = true;
	return 0;
}

int
mcu_live_open(struct mcu *mcu, int *status)
{
	static const enum mcu_command needed[] = {MCU_CMD_GET_UPTIME,
	    MCU_CMD_GET_CLOCK, MCU_CMD_GET_CONFIG, MCU_CMD_ALLOCATE_OIDS,
	    MCU_CMD_FINALIZE_CONFIG, MCU_CMD_EMERGENCY_STOP};
	struct buf why = BUF_INIT;
	bool complete = true;

	mcu->kind = is_simulator(serial_name(mcu)) ? MCU_SIMULATED : MCU_LIVE;
	mcu->live = xcalloc(1, sizeof(*mcu->live));
	if (open_transport(mcu, &why, status) != 0) {
		mcu_fail(mcu, *status, "%s", why.data);
		buf_release(&why);
		return -1;
	}
	mcu_live_init_link(mcu);
	if (identify(mcu) != 0)
		return -1;
	for (size_t i = 0; i < sizeof(needed) / sizeof(*needed); i++)
		complete &= mcu_need(mcu, needed[i], "be driven by a host");
	if (!complete) {
		*status = EXIT_PROTO;
		return -1;
	}
	set_wire(mcu);
	return synchronise(mcu);
}

void
mcu_live_close(struct mcu *mcu)
{
	struct mcu_live *l = mcu->live;

	if (transport_close(l->t) != 0)
		mcu_fail(mcu, EXIT_PROTO, "the simulator ended badly");
	msgq_release(&l->steps);
	buf_release(&l->in);
	buf_release(&l->out);
	buf_release(&l->ident);
	free(l->ring);
	free(l);
	mcu->live = NULL;
}

/* --- restart ----------------------------------------------------------- */

static void
send_urgent(struct mcu *mcu, enum mcu_command cmd)
{
	struct mcu_live *l = mcu->live;
	const bool never = false;
	uint8_t data[64];
	size_t len = dict_encode_numbers(mcu->command[cmd], data, 0, NULL);

	link_urgent(&l->link, data, len, transport_now_ns(l->t), &l->out);
	mcu_live_until(mcu, &never, RESTART_NS);
}

static int
restart_by_command(struct mcu *mcu)
{
	if (mcu->command[MCU_CMD_RESET]) {
		send_urgent(mcu, MCU_CMD_RESET);
	} else if (mcu->command[MCU_CMD_CONFIG_RESET]) {
		send_urgent(mcu, MCU_CMD_EMERGENCY_STOP);
		send_urgent(mcu, MCU_CMD_CONFIG_RESET);
	} else {
		return mcu_fail(mcu, EXIT_PROTO,
		    "mcu '%s' must be reset and has no command for it: press "
		    "its reset button",
		    mcu->config->name);
	}
	return 0;
}

/* A board on USB vanishes while it restarts: open it again. */
static int
reopen(struct mcu *mcu)
{
	struct mcu_live *l = mcu->live;
	struct buf why = BUF_INIT;
	const bool never = false;
	int status;

	buf_clear(&mcu->failure);
	if (l->t->is_virtual) {
		mcu_live_until(mcu, &never, RESTART_SETTLE_NS);
		return mcu->failure.len > 0 ? -1 : 0;
	}
	mcu_live_until(mcu, &never, RESTART_SETTLE_NS);
	buf_clear(&mcu->failure);
	transport_close(l->t);
	l->t = NULL;
	for (int i = 0; i < REOPEN_TRIES; i++) {
		buf_clear(&why);
		if (open_transport(mcu, &why, &status) == 0)
			break;
		transport_pause(RESTART_SETTLE_NS);
	}
	if (!l->t)
		mcu_fail(mcu, status, "after its restart: %s", why.data);
	buf_release(&why);
	return l->t ? 0 : -1;
}

int
mcu_live_begin_anew(struct mcu *mcu)
{
	struct mcu_live *l = mcu->live;

	msgq_clear(&mcu->misc);
	buf_clear(&l->out);
	mcu_live_init_link(mcu);
	set_wire(mcu);
	buf_addc(&l->out, FRAME_SYNC);
	return synchronise(mcu);
}

static int
restart(struct mcu *mcu)
{
	const char *method = mcu->config->restart_method;
	struct mcu_live *l = mcu->live;
	struct buf why = BUF_INIT;
	int result;

	l->restarting = true;
	l->polling = false;
	if (!method || *method == '\0')
		method = l->t->has_line &&
				 dict_constant_text(mcu->dict, "SERIAL_BAUD")
			     ? "arduino"
			     : "command";
	if (strcmp(method, "command") == 0 || !l->t->reset) {
		result = restart_by_command(mcu);
	} else if (strcmp(method, "arduino") == 0) {
		result = l->t->reset(l->t, method, &why);
		if (result != 0)
			result = restart_by_command(mcu);
	} else {
		result = mcu_fail(mcu, EXIT_CONFIG,
		    "mcu '%s' must be reset, and restart_method '%s' is not "
		    "known here: press its reset button",
		    mcu->config->name, method);
	}
	buf_release(&why);
	if (result != 0 || reopen(mcu) != 0)
		return -1;
	result = mcu_live_begin_anew(mcu);
	l->restarting = false;
	return result;
}

/* --- configuration ----------------------------------------------------- */

static int
get_config(struct mcu *mcu)
{
	struct mcu_live *l = mcu->live;

	l->config_seen = false;
	return mcu_live_ask(mcu, MCU_CMD_GET_CONFIG, 0, NULL, &l->config_seen);
}

static int
set_budget(struct mcu *mcu)
{
	struct mcu_live *l = mcu->live;
	uint32_t reserved = (uint32_t)mcu->n_outputs;

	if (l->move_count < reserved + MOVES_MIN)
		return mcu_fail(mcu, EXIT_CONFIG,
		    "mcu '%s' has room for %u moves only, with %u outputs: "
		    "configure fewer",
		    mcu->config->name, l->move_count, reserved);
	l->ring_n = l->move_count - reserved;
	l->ring_at = 0;
	free(l->ring);
	l->ring = xcalloc(l->ring_n, sizeof(*l->ring));
	return 0;
}

static void
attach_queues(struct mcu *mcu)
{
	struct link *k = &mcu->live->link;

	link_attach(k, &mcu->live->steps);
	for (int i = 0; i < mcu->n_queues; i++)
		if (mcu->queue[i] != &mcu->misc)
			link_attach(k, mcu->queue[i]);
}

/* The board may come out of another session: make it ours. */
static int
claim(struct mcu *mcu, uint32_t crc)
{
	struct mcu_live *l = mcu->live;

	if (get_config(mcu) != 0)
		return -1;
	if (!l->is_shutdown && (!l->is_config || l->crc == crc))
		return 0;
	if (restart(mcu) != 0 || get_config(mcu) != 0)
		return -1;
	if (l->is_shutdown || l->is_config)
		return mcu_fail(mcu, EXIT_PROTO,
		    "mcu '%s' does not restart: press its reset button",
		    mcu->config->name);
	return 0;
}

int
mcu_live_configure(struct mcu *mcu, uint32_t crc, const char *finalize)
{
	struct mcu_live *l = mcu->live;
	struct buf last = BUF_INIT;
	int result;

	if (claim(mcu, crc) != 0)
		return -1;
	if (l->is_config) {
		result = mcu_send_lines(mcu, &mcu->restart_text);
	} else {
		buf_adds(&last, finalize);
		result = mcu_send_lines(mcu, &mcu->config_text);
		if (result == 0)
			result = mcu_send_lines(mcu, &last);
		buf_release(&last);
	}
	if (result != 0 || get_config(mcu) != 0)
		return -1;
	if (!l->is_config || l->crc != crc)
		return mcu_fail(mcu, EXIT_PROTO,
		    "mcu '%s' did not take its configuration",
		    mcu->config->name);
	attach_queues(mcu);
	return set_budget(mcu);
}
