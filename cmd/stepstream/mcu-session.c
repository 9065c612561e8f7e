/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Configuring the board, and handing over what is due. */
#include <errno.h>
#include <math.h>
#include <string.h>
#include <zlib.h>

#include "cli/cli.h"
#include "mcu-private.h"

/* Complains and gives mcu_configure()'s result. */
static int
give_up(struct mcu *mcu, int *status)
{
	if (mcu->failure.len > 0) {
		diag_report(
		    mcu->sink, DIAG_ERROR, NULL, NULL, "%s", mcu->failure.data);
		*status = mcu->status;
	}
	return -1;
}

/* Queues each line of the text; offline they are written at once. */
int
mcu_send_lines(struct mcu *mcu, const struct buf *text)
{
	struct buf why = BUF_INIT, line = BUF_INIT;
	const char *s = text->len > 0 ? text->data : "";
	int result = 0;

	while (*s && result == 0) {
		size_t n = strcspn(s, "\n"), len;
		uint8_t data[64];

		buf_clear(&line);
		buf_add(&line, s, n);
		s += n + (s[n] == '\n');
		len = dict_encode_text(mcu->dict, line.data, data, &why);
		if (len == 0)
			result = mcu_fail(mcu, EXIT_PROTO,
			    "mcu '%s' cannot be told '%s': %s",
			    mcu->config->name, line.data, why.data);
		else if (mcu->live)
			msgq_add(&mcu->misc, 0, 0, data, len);
		else
			recorder_put(mcu->recorder, data, len);
	}
	buf_release(&why);
	buf_release(&line);
	return result;
}

void
mcu_finish_text(struct mcu *mcu)
{
	struct buf all = BUF_INIT;

	if (mcu->text_finished)
		return;
	mcu->text_finished = true;
	buf_addf(&all, "allocate_oids count=%d", mcu->n_oids);
	if (mcu->config_text.len > 0) {
		buf_addc(&all, '\n');
		buf_add(&all, mcu->config_text.data, mcu->config_text.len);
	}
	buf_release(&mcu->config_text);
	mcu->config_text = all;
	mcu->config_crc = (uint32_t)crc32(
	    crc32(0, NULL, 0), (const Bytef *)all.data, (uInt)all.len);
}

static void
begin_objects(struct mcu *mcu)
{
	double now = mcu_now(mcu);

	for (int i = 0; i < mcu->n_outputs; i++)
		mcu_output_begin(mcu->output[i]);
	for (int i = 0; i < mcu->n_adcs; i++)
		mcu_adc_begin(mcu->adc[i], now);
}

uint32_t
mcu_configuration(const struct mcu *mcu)
{
	return mcu->config_crc;
}

int
mcu_configure(struct mcu *mcu, int *status)
{
	struct buf finalize = BUF_INIT;
	int result;

	*status = EXIT_CONFIG;
	if (mcu->config_bad)
		return give_up(mcu, status);
	mcu_finish_text(mcu);
	buf_addf(&finalize, "finalize_config crc=%u", mcu->config_crc);
	if (mcu->live) {
		result =
		    mcu_live_configure(mcu, mcu->config_crc, finalize.data);
	} else {
		result = mcu_send_lines(mcu, &mcu->config_text);
		if (result == 0)
			result = mcu_send_lines(mcu, &finalize);
	}
	buf_release(&finalize);
	if (result != 0 || mcu->failure.len > 0)
		return give_up(mcu, status);
	begin_objects(mcu);
	mcu->configured = true;
	return 0;
}

/* Writes what is wanted up to horizon, in the order it would be sent. */
static void
drain_offline(struct mcu *mcu, uint64_t horizon)
{
	struct mcu_order order;
	struct msgq *q;
	uint64_t until;

	order.n = order.last = 0;
	mcu_order_add(&order, mcu->queue, mcu->n_queues);
	mcu_order_add(&order, mcu->step_queue, mcu->n_steppers);
	while ((q = mcu_order_next(&order, horizon, &until)) != NULL)
		do {
			recorder_put_message(mcu->recorder, msgq_head(q));
			msgq_drop(q);
		} while (q->count > 0 && msgq_head(q)->req_clock <= until);
}

void
mcu_flush(struct mcu *mcu, double horizon)
{
	uint64_t clock = mcu_clock(mcu, horizon);

	if (mcu->failure.len > 0)
		return;
	if (mcu->live) {
		mcu_live_flush(mcu, clock);
		return;
	}
	if (isfinite(horizon))
		for (int i = 0; i < mcu->n_outputs; i++)
			mcu_output_refresh(mcu->output[i], clock);
	drain_offline(mcu, clock);
	if (recorder_flush(mcu->recorder) != 0)
		mcu_fail(mcu, EXIT_IO, "cannot write: %s", strerror(errno));
	recorder_stats(mcu->recorder, &mcu->stats);
}
